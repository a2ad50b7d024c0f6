// Depthwise convolution of any stride and offsets, and its gradient by the weights.

/// V vectors of channels side by side, so that few pixels have enough chains of sums.
template <typename Vector, int B, int V>
CT_INLINE void tapsBlock(float *out, long outStep, const float *in, long inStep, const float *weights,
                         const long *offsets, int tapCount, int lanes, bool add) {
  constexpr int floats = floatsOf<Vector>;
  Vector sums[B][V];
  for (int p = 0; p < B; ++p)
    for (int v = 0; v < V; ++v) sums[p][v] = add ? load<Vector>(out + p * outStep + v * floats) : zero<Vector>();
  for (int t = 0; t < tapCount; ++t) {
    Vector weight[V];
    for (int v = 0; v < V; ++v) weight[v] = load<Vector>(weights + static_cast<long>(t) * lanes + v * floats);
    const float *at = in + offsets[t];
    for (int p = 0; p < B; ++p)
      for (int v = 0; v < V; ++v) sums[p][v] = fused(weight[v], load<Vector>(at + p * inStep + v * floats), sums[p][v]);
  }
  for (int p = 0; p < B; ++p)
    for (int v = 0; v < V; ++v) store(out + p * outStep + v * floats, sums[p][v]);
}

template <typename Vector, int V>
CT_INLINE void tapsColumns(float *out, long outStep, const float *in, long inStep, const float *weights,
                           const long *offsets, int tapCount, int width, int lanes, bool add) {
  constexpr int most = CT_TAPS_SUMS / V < 8 ? CT_TAPS_SUMS / V : 8;
  int p = 0;
  for (; p + most <= width; p += most)
    tapsBlock<Vector, most, V>(out + p * outStep, outStep, in + p * inStep, inStep, weights, offsets, tapCount, lanes, add);
  for (; p + 4 <= width; p += 4)
    tapsBlock<Vector, 4, V>(out + p * outStep, outStep, in + p * inStep, inStep, weights, offsets, tapCount, lanes, add);
  for (; p < width; ++p)
    tapsBlock<Vector, 1, V>(out + p * outStep, outStep, in + p * inStep, inStep, weights, offsets, tapCount, lanes, add);
}

static void taps(float *out, long outStep, const float *in, long inStep, const float *weights, const long *offsets,
                 int tapCount, int width, int lanes, bool add) {
  if (add && tapCount == 0) return;
  inColumns<CT_COLUMNS>(lanes, [&](auto columns, auto type, long c) {
    typedef typename decltype(type)::Vector Vector;
    tapsColumns<Vector, columns>(out + c, outStep, in + c, inStep, weights + c, offsets, tapCount, width, lanes, add);
  });
}

template <typename Vector, int T, int V>
CT_INLINE void tapGradientBlock(float *gradient, const float *in, long inStep, const float *d, long dStep,
                                const long *offsets, int width, int lanes) {
  constexpr int floats = floatsOf<Vector>;
  Vector sums[T][V];
  const float *from[T];
  for (int t = 0; t < T; ++t) {
    from[t] = in + offsets[t];
    for (int v = 0; v < V; ++v) sums[t][v] = zero<Vector>();
  }
  for (int p = 0; p < width; ++p) {
    Vector value[V];
    for (int v = 0; v < V; ++v) value[v] = load<Vector>(d + p * dStep + v * floats);
    for (int t = 0; t < T; ++t)
      for (int v = 0; v < V; ++v)
        sums[t][v] = fused(load<Vector>(from[t] + p * inStep + v * floats), value[v], sums[t][v]);
  }
  for (int t = 0; t < T; ++t) {
    for (int v = 0; v < V; ++v) {
      float *place = gradient + static_cast<long>(t) * lanes + v * floats;
      store(place, load<Vector>(place) + sums[t][v]);
    }
  }
}

template <typename Vector, int V>
CT_INLINE void tapGradientColumns(float *gradient, const float *in, long inStep, const float *d, long dStep,
                                  const long *offsets, int tapCount, int width, int lanes) {
  int t = 0;
  for (; t + 5 <= tapCount; t += 5)
    tapGradientBlock<Vector, 5, V>(gradient + static_cast<long>(t) * lanes, in, inStep, d, dStep, offsets + t, width, lanes);
  for (; t + 2 <= tapCount; t += 2)
    tapGradientBlock<Vector, 2, V>(gradient + static_cast<long>(t) * lanes, in, inStep, d, dStep, offsets + t, width, lanes);
  for (; t < tapCount; ++t)
    tapGradientBlock<Vector, 1, V>(gradient + static_cast<long>(t) * lanes, in, inStep, d, dStep, offsets + t, width, lanes);
}

static void tapGradient(float *gradient, const float *in, long inStep, const float *d, long dStep, const long *offsets,
                        int tapCount, int width, int lanes) {
  inColumns<CT_COLUMNS>(lanes, [&](auto columns, auto type, long c) {
    typedef typename decltype(type)::Vector Vector;
    tapGradientColumns<Vector, columns>(gradient + c, in + c, inStep, d + c, dStep, offsets, tapCount, width, lanes);
  });
}
