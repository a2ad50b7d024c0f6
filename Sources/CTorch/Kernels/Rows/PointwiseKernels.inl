// Pointwise convolution and its gradient by the weights.

/// B pixels times V vectors of outputs. STEP is `inStep` where it is known beforehand, 0 elsewhere: addresses of neighbouring
/// pixels are then constants.
template <typename Vector, int B, int V, int STEP>
CT_INLINE void pointwiseBlock(float *out, long outStep, const float *in, long inStep, const float *weights, int inputs,
                              int lanes, bool add, float *ahead) {
  constexpr int floats = floatsOf<Vector>;
  const long step = STEP ? STEP : inStep;
  if (ahead) fetchPixels(ahead, outStep, B, V * floats, 1);
  Vector sums[B][V];
  for (int p = 0; p < B; ++p)
    for (int v = 0; v < V; ++v) sums[p][v] = add ? load<Vector>(out + p * outStep + v * floats) : zero<Vector>();
  for (int i = 0; i < inputs; ++i) {
    Vector weight[V];
    for (int v = 0; v < V; ++v) weight[v] = load<Vector>(weights + static_cast<long>(i) * lanes + v * floats);
    for (int p = 0; p < B; ++p) {
      const auto value = splat<Vector>(in[p * step + i]);
      for (int v = 0; v < V; ++v) sums[p][v] = fused(value, weight[v], sums[p][v]);
    }
  }
  for (int p = 0; p < B; ++p)
    for (int v = 0; v < V; ++v) store(out + p * outStep + v * floats, sums[p][v]);
}

#if CT_PAIRS_HALVES
/// B pixels times V vectors and the half one behind them, that of two pixels in one register.
template <int B, int V, int STEP>
CT_INLINE void pointwisePairs(float *out, long outStep, const float *in, long inStep, const float *weights, int inputs,
                              int lanes, bool add, float *ahead) {
  constexpr int half = V * wideFloats;
  const long step = STEP ? STEP : inStep;
  if (ahead) fetchPixels(ahead, outStep, B, half + laneBlock, 1);
  const auto second = secondOfPair();
  Lanes sums[B][V], pairs[B / 2];
  for (int p = 0; p < B; ++p)
    for (int v = 0; v < V; ++v) sums[p][v] = add ? load(out + p * outStep + v * wideFloats) : zero();
  for (int p = 0; p < B; p += 2)
    pairs[p / 2] = add ? loadPair(out + p * outStep + half, out + (p + 1) * outStep + half) : zero();
  for (int i = 0; i < inputs; ++i, weights += lanes) {
    Lanes weight[V];
    for (int v = 0; v < V; ++v) weight[v] = load(weights + v * wideFloats);
    const auto last = loadPair(weights + half, weights + half);
    for (int p = 0; p < B; p += 2) {
      const auto value = splat(in[p * step + i]), next = splat(in[(p + 1) * step + i]);
      for (int v = 0; v < V; ++v) sums[p][v] = fused(value, weight[v], sums[p][v]);
      for (int v = 0; v < V; ++v) sums[p + 1][v] = fused(next, weight[v], sums[p + 1][v]);
      pairs[p / 2] = fused(paired(value, next, second), last, pairs[p / 2]);
    }
  }
  for (int p = 0; p < B; ++p)
    for (int v = 0; v < V; ++v) store(out + p * outStep + v * wideFloats, sums[p][v]);
  for (int p = 0; p < B; p += 2)
    storePair(out + p * outStep + half, out + (p + 1) * outStep + half, pairs[p / 2]);
}

/// B pixels times V vectors and four outputs behind them, those of four pixels in one register; `inputs` are a multiple of four.
template <int B, int V, int STEP>
CT_INLINE void pointwiseFours(float *out, long outStep, const float *in, long inStep, const float *weights, int inputs,
                              int lanes, bool add, float *ahead) {
  constexpr int rest = V * wideFloats;
  const long step = STEP ? STEP : inStep;
  if (ahead) fetchPixels(ahead, outStep, B, rest + laneBlock, 1);
  Lanes sums[B][V], fours[B / 4];
  for (int p = 0; p < B; ++p)
    for (int v = 0; v < V; ++v) sums[p][v] = add ? load(out + p * outStep + v * wideFloats) : zero();
  for (int p = 0; p < B; p += 4) fours[p / 4] = add ? loadFours(out + p * outStep + rest, outStep) : zero();
  for (int i = 0; i < inputs; i += 4) {
    Lanes values[B / 4];
    for (int p = 0; p < B; p += 4) values[p / 4] = loadFours(in + p * step + i, step);
    const auto term = [&](auto k) __attribute__((always_inline)) {
      Lanes weight[V];
      for (int v = 0; v < V; ++v) weight[v] = load(weights + v * wideFloats);
      const auto last = repeatFour(weights + rest);
      for (int p = 0; p < B; ++p) {
        const auto value = splat(in[p * step + i + k]);
        for (int v = 0; v < V; ++v) sums[p][v] = fused(value, weight[v], sums[p][v]);
      }
      for (int p = 0; p < B; p += 4)
        fours[p / 4] = fused(inFours<k, k, k, k>(values[p / 4], values[p / 4]), last, fours[p / 4]);
      weights += lanes;
      // What the next term loads stays behind it: loaded beforehand, it would not find a register.
      asm volatile("" ::: "memory");
    };
    term(std::integral_constant<int, 0>());
    term(std::integral_constant<int, 1>());
    term(std::integral_constant<int, 2>());
    term(std::integral_constant<int, 3>());
  }
  for (int p = 0; p < B; ++p)
    for (int v = 0; v < V; ++v) store(out + p * outStep + v * wideFloats, sums[p][v]);
  for (int p = 0; p < B; p += 4) storeFours(out + p * outStep + rest, outStep, fours[p / 4]);
}
#endif

/// REST: how many outputs are behind the vectors, 8, at most 4, or none.
template <typename Vector, int V, int REST, int STEP>
CT_INLINE void pointwiseColumns(float *out, long outStep, const float *in, long inStep, const float *weights,
                                int inputs, int lanes, int width, bool add, float *ahead) {
  // Three vectors take as many pixels as two.
  inBlocks<CT_POINTWISE_SUMS / (V < 3 ? V : 2)>(width, [&](int p, auto size) {
    float *to = out + p * outStep, *next = ahead ? ahead + p * outStep : nullptr;
    const float *from = in + p * inStep;
#if CT_PAIRS_HALVES
    if constexpr (REST == 4 && size % 4 == 0)
      return pointwiseFours<size, V, STEP>(to, outStep, from, inStep, weights, inputs, lanes, add, next);
    if constexpr (REST > 0 && size % 2 == 0)
      return pointwisePairs<size, V, STEP>(to, outStep, from, inStep, weights, inputs, lanes, add, next);
    if constexpr (REST > 0)
      pointwiseBlock<HalfLanes, size, 1, STEP>(to + V * wideFloats, outStep, from, inStep, weights + V * wideFloats, inputs,
                                               lanes, add, nullptr);
#endif
    pointwiseBlock<Vector, size, V, STEP>(to, outStep, from, inStep, weights, inputs, lanes, add, next);
  });
}

template <int STEP>
CT_APART void pointwiseAll(float *out, long outStep, const float *in, long inStep, const float *weights, int inputs,
                           int outputs, int width, bool add, float *ahead) {
  const int lanes = wholeBlocks(outputs);
  if constexpr (CT_POINTWISE_THREES)
    if (lanes % (3 * wideFloats) == 0) {
      for (long c = 0; c < lanes; c += 3 * wideFloats)
        pointwiseColumns<Wide, 3, 0, STEP>(out + c, outStep, in, inStep, weights + c, inputs, lanes, width, add,
                                           ahead ? ahead + c : nullptr);
      return;
    }
  inColumnsAndHalf<CT_COLUMNS>(lanes, [&](auto columns, auto type, long c, auto hasHalf) {
    typedef typename decltype(type)::Vector Vector;
    const auto compute = [&](auto rest) {
      pointwiseColumns<Vector, columns, rest, STEP>(out + c, outStep, in, inStep, weights + c, inputs, lanes, width, add,
                                                    ahead ? ahead + c : nullptr);
    };
    if (hasHalf && lanes - outputs >= 4 && inputs % 4 == 0)
      compute(std::integral_constant<int, hasHalf ? 4 : 0>());
    else
      compute(std::integral_constant<int, hasHalf ? laneBlock : 0>());
  });
}

/// Sixteen channels to sixteen, side by side: where the registers hold all weights, only the inputs are loaded.
CT_APART void pointwiseSquare(float *out, const float *in, const float *weights, int width, bool add, float *ahead) {
  constexpr int block = 8, channels = floatsOf<Lanes>;
  Lanes weight[channels];
  for (int i = 0; i < channels; ++i) weight[i] = load(weights + i * channels);
  for (int p = 0; p < width; p += block, out += block * channels, in += block * channels) {
    if (ahead) {
      fetchPixels(ahead, channels, block, channels, 1);
      ahead += block * channels;
    }
    Lanes sums[block];
    for (int q = 0; q < block; ++q) sums[q] = add ? load(out + q * channels) : zero();
#pragma clang loop unroll(full)
    for (int i = 0; i < channels; ++i)
#pragma clang loop unroll(full)
      for (int q = 0; q < block; ++q) sums[q] = fused(splat(in[q * channels + i]), weight[i], sums[q]);
    for (int q = 0; q < block; ++q) store(out + q * channels, sums[q]);
  }
}

static void pointwise(float *out, long outStep, const float *in, long inStep, const float *weights, int inputs,
                      int outputs, int width, bool add, float *ahead) {
  constexpr int side = floatsOf<Lanes>;
  const bool isSquare = inStep == side && outStep == side && inputs == side && outputs == side;
  if (CT_HOLDS_SQUARE && isSquare && width % 8 == 0) return pointwiseSquare(out, in, weights, width, add, ahead);
  switch (inStep) {
    case 16: return pointwiseAll<16>(out, outStep, in, inStep, weights, inputs, outputs, width, add, ahead);
    case 32: return pointwiseAll<32>(out, outStep, in, inStep, weights, inputs, outputs, width, add, ahead);
    case 64: return pointwiseAll<64>(out, outStep, in, inStep, weights, inputs, outputs, width, add, ahead);
    case 128: return pointwiseAll<128>(out, outStep, in, inStep, weights, inputs, outputs, width, add, ahead);
    default: return pointwiseAll<0>(out, outStep, in, inStep, weights, inputs, outputs, width, add, ahead);
  }
}
