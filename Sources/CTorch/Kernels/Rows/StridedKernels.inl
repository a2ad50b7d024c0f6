// Depthwise convolution of any stride and offsets, and its gradient by the weights.

/// V blocks of channels side by side, so that few pixels have enough chains of sums.
template <int B, int V>
CT_INLINE void tapsBlock(float *out, long outStep, const float *in, long inStep, const float *weights,
                         const long *offsets, int tapCount, int lanes, bool add) {
  Lanes sums[B][V];
  for (int p = 0; p < B; ++p)
    for (int v = 0; v < V; ++v) sums[p][v] = add ? load(out + p * outStep + v * laneBlock) : zero();
  for (int t = 0; t < tapCount; ++t) {
    Lanes weight[V];
    for (int v = 0; v < V; ++v) weight[v] = load(weights + static_cast<long>(t) * lanes + v * laneBlock);
    const float *at = in + offsets[t];
    for (int p = 0; p < B; ++p)
      for (int v = 0; v < V; ++v) sums[p][v] = fused(weight[v], load(at + p * inStep + v * laneBlock), sums[p][v]);
  }
  for (int p = 0; p < B; ++p)
    for (int v = 0; v < V; ++v) store(out + p * outStep + v * laneBlock, sums[p][v]);
}

template <int V>
CT_INLINE void tapsColumns(float *out, long outStep, const float *in, long inStep, const float *weights,
                           const long *offsets, int tapCount, int width, int lanes, bool add) {
  int p = 0;
  for (; p + 8 <= width; p += 8)
    tapsBlock<8, V>(out + p * outStep, outStep, in + p * inStep, inStep, weights, offsets, tapCount, lanes, add);
  for (; p + 4 <= width; p += 4)
    tapsBlock<4, V>(out + p * outStep, outStep, in + p * inStep, inStep, weights, offsets, tapCount, lanes, add);
  for (; p < width; ++p)
    tapsBlock<1, V>(out + p * outStep, outStep, in + p * inStep, inStep, weights, offsets, tapCount, lanes, add);
}

static void taps(float *out, long outStep, const float *in, long inStep, const float *weights, const long *offsets,
                 int tapCount, int width, int lanes, bool add) {
  int c = 0;
  for (; c + CT_COLUMNS * laneBlock <= lanes; c += CT_COLUMNS * laneBlock)
    tapsColumns<CT_COLUMNS>(out + c, outStep, in + c, inStep, weights + c, offsets, tapCount, width, lanes, add);
  for (; c < lanes; c += laneBlock)
    tapsColumns<1>(out + c, outStep, in + c, inStep, weights + c, offsets, tapCount, width, lanes, add);
}

template <int T, int V>
CT_INLINE void tapGradientBlock(float *gradient, const float *in, long inStep, const float *d, long dStep,
                                const long *offsets, int width, int lanes) {
  Lanes sums[T][V];
  const float *from[T];
  for (int t = 0; t < T; ++t) {
    from[t] = in + offsets[t];
    for (int v = 0; v < V; ++v) sums[t][v] = zero();
  }
  for (int p = 0; p < width; ++p) {
    Lanes value[V];
    for (int v = 0; v < V; ++v) value[v] = load(d + p * dStep + v * laneBlock);
    for (int t = 0; t < T; ++t)
      for (int v = 0; v < V; ++v)
        sums[t][v] = fused(load(from[t] + p * inStep + v * laneBlock), value[v], sums[t][v]);
  }
  for (int t = 0; t < T; ++t) {
    for (int v = 0; v < V; ++v) {
      float *place = gradient + static_cast<long>(t) * lanes + v * laneBlock;
      store(place, load(place) + sums[t][v]);
    }
  }
}

template <int V>
CT_INLINE void tapGradientColumns(float *gradient, const float *in, long inStep, const float *d, long dStep,
                                  const long *offsets, int tapCount, int width, int lanes) {
  int t = 0;
  for (; t + 5 <= tapCount; t += 5)
    tapGradientBlock<5, V>(gradient + static_cast<long>(t) * lanes, in, inStep, d, dStep, offsets + t, width, lanes);
  for (; t + 2 <= tapCount; t += 2)
    tapGradientBlock<2, V>(gradient + static_cast<long>(t) * lanes, in, inStep, d, dStep, offsets + t, width, lanes);
  for (; t < tapCount; ++t)
    tapGradientBlock<1, V>(gradient + static_cast<long>(t) * lanes, in, inStep, d, dStep, offsets + t, width, lanes);
}

static void tapGradient(float *gradient, const float *in, long inStep, const float *d, long dStep, const long *offsets,
                        int tapCount, int width, int lanes) {
  int c = 0;
  for (; c + CT_COLUMNS * laneBlock <= lanes; c += CT_COLUMNS * laneBlock)
    tapGradientColumns<CT_COLUMNS>(gradient + c, in + c, inStep, d + c, dStep, offsets, tapCount, width, lanes);
  for (; c < lanes; c += laneBlock)
    tapGradientColumns<1>(gradient + c, in + c, inStep, d + c, dStep, offsets, tapCount, width, lanes);
}
