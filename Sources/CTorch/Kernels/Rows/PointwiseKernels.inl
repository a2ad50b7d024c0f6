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
#endif

template <typename Vector, int V, bool HALF, int STEP>
CT_INLINE void pointwiseColumns(float *out, long outStep, const float *in, long inStep, const float *weights,
                                int inputs, int lanes, int width, bool add, float *ahead) {
  inBlocks<CT_POINTWISE_SUMS / V>(width, [&](int p, auto size) {
    float *to = out + p * outStep, *next = ahead ? ahead + p * outStep : nullptr;
    const float *from = in + p * inStep;
#if CT_PAIRS_HALVES
    if constexpr (HALF && size % 2 == 0)
      return pointwisePairs<size, V, STEP>(to, outStep, from, inStep, weights, inputs, lanes, add, next);
    if constexpr (HALF)
      pointwiseBlock<HalfLanes, size, 1, STEP>(to + V * wideFloats, outStep, from, inStep, weights + V * wideFloats, inputs,
                                               lanes, add, nullptr);
#endif
    pointwiseBlock<Vector, size, V, STEP>(to, outStep, from, inStep, weights, inputs, lanes, add, next);
  });
}

template <int STEP>
CT_APART void pointwiseAll(float *out, long outStep, const float *in, long inStep, const float *weights, int inputs,
                           int lanes, int width, bool add, float *ahead) {
  inColumnsAndHalf<CT_COLUMNS>(lanes, [&](auto columns, auto type, long c, auto hasHalf) {
    typedef typename decltype(type)::Vector Vector;
    pointwiseColumns<Vector, columns, hasHalf, STEP>(out + c, outStep, in, inStep, weights + c, inputs, lanes, width, add,
                                                     ahead ? ahead + c : nullptr);
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
                      int lanes, int width, bool add, float *ahead) {
  constexpr int side = floatsOf<Lanes>;
  const bool isSquare = inStep == side && outStep == side && inputs == side && lanes == side;
  if (CT_HOLDS_SQUARE && isSquare && width % 8 == 0) return pointwiseSquare(out, in, weights, width, add, ahead);
  switch (inStep) {
    case 16: return pointwiseAll<16>(out, outStep, in, inStep, weights, inputs, lanes, width, add, ahead);
    case 32: return pointwiseAll<32>(out, outStep, in, inStep, weights, inputs, lanes, width, add, ahead);
    case 64: return pointwiseAll<64>(out, outStep, in, inStep, weights, inputs, lanes, width, add, ahead);
    case 128: return pointwiseAll<128>(out, outStep, in, inStep, weights, inputs, lanes, width, add, ahead);
    default: return pointwiseAll<0>(out, outStep, in, inStep, weights, inputs, lanes, width, add, ahead);
  }
}

/// I inputs times V vectors of outputs: each d is loaded once for I products, each input is spread once for V.
template <typename Vector, int I, int V, bool FETCHES>
CT_INLINE void outerBlock(float *gradient, const float *in, long inStep, const float *d, long dStep, int lanes,
                          int width, const Ahead &ahead, long lane) {
  constexpr int floats = floatsOf<Vector>;
  Vector sums[I][V];
  for (int i = 0; i < I; ++i)
    for (int v = 0; v < V; ++v) sums[i][v] = zero<Vector>();
  for (int p = 0; p < width; ++p) {
    if (FETCHES) {
      fetchPixels(ahead.first + p * dStep + lane, 0, 1, V * floats, 0);
      fetchPixels(ahead.second + p * dStep + lane, 0, 1, V * floats, 0);
    }
    Vector value[V];
    for (int v = 0; v < V; ++v) value[v] = load<Vector>(d + p * dStep + v * floats);
    const float *at = in + p * inStep;
    for (int i = 0; i < I; ++i) {
      const auto input = splat<Vector>(at[i]);
      for (int v = 0; v < V; ++v) sums[i][v] = fused(input, value[v], sums[i][v]);
    }
  }
  for (int i = 0; i < I; ++i) {
    for (int v = 0; v < V; ++v) {
      float *place = gradient + static_cast<long>(i) * lanes + v * floats;
      store(place, load<Vector>(place) + sums[i][v]);
    }
  }
}

#if CT_PAIRS_HALVES
/// I inputs times V vectors and the half one behind them, that of two inputs in one register.
template <int I, int V, bool FETCHES>
CT_INLINE void outerPairs(float *gradient, const float *in, long inStep, const float *d, long dStep, int lanes, int width,
                          const Ahead &ahead, long lane) {
  constexpr int half = V * wideFloats;
  const auto second = secondOfPair();
  Lanes sums[I][V], pairs[I / 2];
  for (int i = 0; i < I; ++i)
    for (int v = 0; v < V; ++v) sums[i][v] = zero();
  for (int i = 0; i < I; i += 2) pairs[i / 2] = zero();
  for (int p = 0; p < width; ++p) {
    if (FETCHES) {
      fetchPixels(ahead.first + p * dStep + lane, 0, 1, half + laneBlock, 0);
      fetchPixels(ahead.second + p * dStep + lane, 0, 1, half + laneBlock, 0);
    }
    const float *from = d + p * dStep, *at = in + p * inStep;
    Lanes value[V];
    for (int v = 0; v < V; ++v) value[v] = load(from + v * wideFloats);
    const auto last = loadPair(from + half, from + half);
    for (int i = 0; i < I; i += 2) {
      const auto input = splat(at[i]), next = splat(at[i + 1]);
      for (int v = 0; v < V; ++v) sums[i][v] = fused(input, value[v], sums[i][v]);
      for (int v = 0; v < V; ++v) sums[i + 1][v] = fused(next, value[v], sums[i + 1][v]);
      pairs[i / 2] = fused(paired(input, next, second), last, pairs[i / 2]);
    }
  }
  const auto place = [&](int i, int v) { return gradient + static_cast<long>(i) * lanes + v * wideFloats; };
  for (int i = 0; i < I; ++i)
    for (int v = 0; v < V; ++v) store(place(i, v), load(place(i, v)) + sums[i][v]);
  for (int i = 0; i < I; i += 2)
    storePair(place(i, V), place(i + 1, V), loadPair(place(i, V), place(i + 1, V)) + pairs[i / 2]);
}
#endif

template <typename Vector, int V, bool HALF>
CT_APART void outerColumns(float *gradient, const float *in, long inStep, const float *d, long dStep, int inputs,
                            int lanes, int width, int rows, const Ahead &ahead, long lane) {
  inBlocks<CT_OUTER_SUMS / V>(inputs, [&](int i, auto size) {
    float *place = gradient + static_cast<long>(i) * lanes;
    const auto block = [&](const float *from, const float *own, const Ahead &later, auto fetches) {
#if CT_PAIRS_HALVES
      if constexpr (HALF && size % 2 == 0)
        return outerPairs<size, V, fetches>(place, from, inStep, own, dStep, lanes, width, later, lane);
      if constexpr (HALF)
        outerBlock<HalfLanes, size, 1, false>(place + V * wideFloats, from, inStep, own + V * wideFloats, dStep, lanes, width,
                                              later, lane);
#endif
      outerBlock<Vector, size, V, fetches>(place, from, inStep, own, dStep, lanes, width, later, lane);
    };
    for (int row = 0; row < rows; ++row) {
      const long pixel = static_cast<long>(row) * width;
      const float *from = in + pixel * inStep + i, *own = d + pixel * dStep;
      if (size == CT_OUTER_SUMS / V && i == 0 && ahead.first)
        block(from, own, {ahead.first + pixel * dStep, ahead.second + pixel * dStep},
              std::integral_constant<bool, size == CT_OUTER_SUMS / V>());
      else
        block(from, own, ahead, std::false_type());
    }
  });
}

static void outer(float *gradient, const float *in, long inStep, const float *d, long dStep, int inputs, int lanes,
                  int width, int rows, Ahead ahead) {
  inColumnsAndHalf<CT_COLUMNS>(lanes, [&](auto columns, auto type, long c, auto hasHalf) {
    typedef typename decltype(type)::Vector Vector;
    outerColumns<Vector, columns, hasHalf>(gradient + c, in, inStep, d + c, dStep, inputs, lanes, width, rows, ahead, c);
  });
}
