// Depthwise convolution of any stride and offsets.

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
