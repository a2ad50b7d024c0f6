// Pointwise convolution and its gradient by the weights.

/// STEP is `inStep` where it is known beforehand, 0 elsewhere: addresses of neighbouring pixels are then constants.
template <int B, int V, int STEP>
CT_INLINE void pointwiseBlock(float *out, long outStep, const float *in, long inStep, const float *weights, int inputs,
                              int lanes, bool add, float *ahead) {
  const long step = STEP ? STEP : inStep;
  if (ahead)
    for (int p = 0; p < B; ++p)
      for (int v = 0; v < V; ++v) __builtin_prefetch(ahead + p * outStep + v * laneBlock, 1, 3);
  Lanes sums[B][V];
  for (int p = 0; p < B; ++p)
    for (int v = 0; v < V; ++v) sums[p][v] = add ? load(out + p * outStep + v * laneBlock) : zero();
  for (int i = 0; i < inputs; ++i) {
    Lanes weight[V];
    for (int v = 0; v < V; ++v) weight[v] = load(weights + static_cast<long>(i) * lanes + v * laneBlock);
    for (int p = 0; p < B; ++p) {
      const Lanes value = splat(in[p * step + i]);
      for (int v = 0; v < V; ++v) sums[p][v] = fused(value, weight[v], sums[p][v]);
    }
  }
  for (int p = 0; p < B; ++p)
    for (int v = 0; v < V; ++v) store(out + p * outStep + v * laneBlock, sums[p][v]);
}

/// Pixels `from` to `end` in blocks of B; answers the first that is left.
template <int B, int V, int STEP>
CT_INLINE int pointwiseBlocks(float *out, long outStep, const float *in, long inStep, const float *weights, int inputs,
                              int lanes, int from, int end, bool add, float *ahead) {
  int p = from;
  for (; p + B <= end; p += B)
    pointwiseBlock<B, V, STEP>(out + p * outStep, outStep, in + p * inStep, inStep, weights, inputs, lanes, add,
                               ahead ? ahead + p * outStep : nullptr);
  return p;
}

template <int V, int STEP>
CT_INLINE void pointwiseColumns(float *out, long outStep, const float *in, long inStep, const float *weights,
                                int inputs, int lanes, int width, bool add, float *ahead) {
  // Single pixels wait for themselves: one large block less, where that leaves whole small ones.
  constexpr int block = CT_POINTWISE_PIXELS / V, few = block < 4 ? block : 4;
  const int left = width % block, large = width - left;
  const int end = left % few >= 2 && block % few == 2 ? large - block : large;
  int p = pointwiseBlocks<block, V, STEP>(out, outStep, in, inStep, weights, inputs, lanes, 0, end, add, ahead);
  p = pointwiseBlocks<few, V, STEP>(out, outStep, in, inStep, weights, inputs, lanes, p, width, add, ahead);
  pointwiseBlocks<1, V, STEP>(out, outStep, in, inStep, weights, inputs, lanes, p, width, add, ahead);
}

template <int STEP>
CT_INLINE void pointwiseAll(float *out, long outStep, const float *in, long inStep, const float *weights, int inputs,
                            int lanes, int width, bool add, float *ahead) {
  int c = 0;
  for (; c + CT_POINTWISE_COLUMNS * laneBlock <= lanes; c += CT_POINTWISE_COLUMNS * laneBlock)
    pointwiseColumns<CT_POINTWISE_COLUMNS, STEP>(out + c, outStep, in, inStep, weights + c, inputs, lanes, width, add,
                                                 ahead ? ahead + c : nullptr);
  for (; c < lanes; c += laneBlock)
    pointwiseColumns<1, STEP>(out + c, outStep, in, inStep, weights + c, inputs, lanes, width, add,
                              ahead ? ahead + c : nullptr);
}

/// Sixteen channels to sixteen, side by side: where the registers hold all weights, only the inputs are loaded.
CT_APART void pointwiseSquare(float *out, const float *in, const float *weights, int width, bool add, float *ahead) {
  constexpr int block = 8;
  Lanes weight[laneBlock];
  for (int i = 0; i < laneBlock; ++i) weight[i] = load(weights + i * laneBlock);
  for (int p = 0; p < width; p += block, out += block * laneBlock, in += block * laneBlock) {
    if (ahead) {
      for (int q = 0; q < block; ++q) __builtin_prefetch(ahead + q * laneBlock, 1, 3);
      ahead += block * laneBlock;
    }
    Lanes sums[block];
    for (int q = 0; q < block; ++q) sums[q] = add ? load(out + q * laneBlock) : zero();
#pragma clang loop unroll(full)
    for (int i = 0; i < laneBlock; ++i)
#pragma clang loop unroll(full)
      for (int q = 0; q < block; ++q) sums[q] = fused(splat(in[q * laneBlock + i]), weight[i], sums[q]);
    for (int q = 0; q < block; ++q) store(out + q * laneBlock, sums[q]);
  }
}

static void pointwise(float *out, long outStep, const float *in, long inStep, const float *weights, int inputs,
                      int lanes, int width, bool add, float *ahead) {
  const bool isSquare = inStep == laneBlock && outStep == laneBlock && inputs == laneBlock && lanes == laneBlock;
  if (CT_HOLDS_SQUARE && isSquare && width % 8 == 0) return pointwiseSquare(out, in, weights, width, add, ahead);
  switch (inStep) {
    case 16: return pointwiseAll<16>(out, outStep, in, inStep, weights, inputs, lanes, width, add, ahead);
    case 32: return pointwiseAll<32>(out, outStep, in, inStep, weights, inputs, lanes, width, add, ahead);
    case 64: return pointwiseAll<64>(out, outStep, in, inStep, weights, inputs, lanes, width, add, ahead);
    case 128: return pointwiseAll<128>(out, outStep, in, inStep, weights, inputs, lanes, width, add, ahead);
    default: return pointwiseAll<0>(out, outStep, in, inStep, weights, inputs, lanes, width, add, ahead);
  }
}

/// I inputs times V blocks of outputs: each d is loaded once for I products, each input is spread once for V.
template <int I, int V, bool FETCHES>
CT_INLINE void outerBlock(float *gradient, const float *in, long inStep, const float *d, long dStep, int lanes,
                          int width, const Ahead &ahead, int lane) {
  Lanes sums[I][V];
  for (int i = 0; i < I; ++i)
    for (int v = 0; v < V; ++v) sums[i][v] = zero();
  for (int p = 0; p < width; ++p) {
    Lanes value[V];
    for (int v = 0; v < V; ++v) {
      if (FETCHES) {
        __builtin_prefetch(ahead.first + p * dStep + lane + v * laneBlock, 0, 3);
        __builtin_prefetch(ahead.second + p * dStep + lane + v * laneBlock, 0, 3);
      }
      value[v] = load(d + p * dStep + v * laneBlock);
    }
    const float *at = in + p * inStep;
    for (int i = 0; i < I; ++i) {
      const Lanes input = splat(at[i]);
      for (int v = 0; v < V; ++v) sums[i][v] = fused(input, value[v], sums[i][v]);
    }
  }
  for (int i = 0; i < I; ++i) {
    for (int v = 0; v < V; ++v) {
      float *place = gradient + static_cast<long>(i) * lanes + v * laneBlock;
      store(place, load(place) + sums[i][v]);
    }
  }
}

template <int V>
CT_INLINE void outerColumns(float *gradient, const float *in, long inStep, const float *d, long dStep, int inputs,
                            int lanes, int width, const Ahead &ahead, int lane) {
  constexpr int together = CT_OUTER_AT_ONCE / V;
  int i = 0;
  if (ahead.first && together <= inputs) {
    outerBlock<together, V, true>(gradient, in, inStep, d, dStep, lanes, width, ahead, lane);
    i = together;
  }
  for (; i + together <= inputs; i += together)
    outerBlock<together, V, false>(gradient + static_cast<long>(i) * lanes, in + i, inStep, d, dStep, lanes, width, ahead,
                                   lane);
  for (; i + 4 <= inputs; i += 4)
    outerBlock<4, V, false>(gradient + static_cast<long>(i) * lanes, in + i, inStep, d, dStep, lanes, width, ahead, lane);
  for (; i < inputs; ++i)
    outerBlock<1, V, false>(gradient + static_cast<long>(i) * lanes, in + i, inStep, d, dStep, lanes, width, ahead, lane);
}

static void outer(float *gradient, const float *in, long inStep, const float *d, long dStep, int inputs, int lanes,
                  int width, Ahead ahead) {
  int c = 0;
  for (; c + CT_COLUMNS * laneBlock <= lanes; c += CT_COLUMNS * laneBlock)
    outerColumns<CT_COLUMNS>(gradient + c, in, inStep, d + c, dStep, inputs, lanes, width, ahead, c);
  for (; c < lanes; c += laneBlock)
    outerColumns<1>(gradient + c, in, inStep, d + c, dStep, inputs, lanes, width, ahead, c);
}
