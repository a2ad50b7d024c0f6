// The gradient of a pointwise convolution by its weights: a matrix of inputs times outputs.

/// What a block of `outer` reads and where its sums go: from one pixel and one row of the matrix to the next.
struct OuterSteps {
  long in, d;
  int lanes, width;
};

/// The products of `width` pixels, I inputs times V vectors of outputs: each d is loaded once for I of them, each input is spread
/// once for V.
template <typename Vector, int I, int V, bool FETCHES>
CT_INLINE void addOuter(Vector (&sums)[I][V], const float *in, const float *d, const OuterSteps &steps, const Ahead &ahead) {
  constexpr int floats = floatsOf<Vector>;
  for (int p = 0; p < steps.width; ++p) {
    if (FETCHES) {
      fetchPixels(ahead.first + p * steps.d, 0, 1, V * floats, 0);
      fetchPixels(ahead.second + p * steps.d, 0, 1, V * floats, 0);
    }
    Vector value[V];
    for (int v = 0; v < V; ++v) value[v] = load<Vector>(d + p * steps.d + v * floats);
    const float *at = in + p * steps.in;
    for (int i = 0; i < I; ++i) {
      const auto input = splat<Vector>(at[i]);
      for (int v = 0; v < V; ++v) sums[i][v] = fused(input, value[v], sums[i][v]);
    }
  }
}

template <typename Vector, int I, int V>
CT_INLINE void clearSums(Vector (&sums)[I][V]) {
  for (int i = 0; i < I; ++i)
    for (int v = 0; v < V; ++v) sums[i][v] = zero<Vector>();
}

/// Adds sums to what the matrix holds, or to nothing: 0, so that no sum is -0 that would not be one behind another row.
template <typename Vector, int I, int V>
CT_INLINE void addToMatrix(float *gradient, const Vector (&sums)[I][V], int lanes, bool begins) {
  const auto place = [&](int i, int v) { return gradient + static_cast<long>(i) * lanes + v * floatsOf<Vector>; };
  if (begins) {
    for (int i = 0; i < I; ++i)
      for (int v = 0; v < V; ++v) store(place(i, v), zero<Vector>() + sums[i][v]);
  } else {
    for (int i = 0; i < I; ++i)
      for (int v = 0; v < V; ++v) store(place(i, v), load<Vector>(place(i, v)) + sums[i][v]);
  }
}

template <typename Vector, int I, int V, bool FETCHES>
CT_INLINE void outerBlock(float *gradient, const float *in, const float *d, const OuterSteps &steps, bool begins,
                          const Ahead &ahead) {
  Vector sums[I][V];
  clearSums(sums);
  addOuter<Vector, I, V, FETCHES>(sums, in, d, steps, ahead);
  addToMatrix(gradient, sums, steps.lanes, begins);
}

/// The same of several rows, whose sums meet in registers: the matrix is loaded and stored once.
template <int I, int V, bool FETCHES>
CT_INLINE void outerRows(float *gradient, const float *in, const float *d, const OuterSteps &steps, int rows, bool begins,
                         Ahead ahead) {
  Wide totals[I][V];
  clearSums(totals);
  if (!begins)
    for (int i = 0; i < I; ++i)
      for (int v = 0; v < V; ++v) totals[i][v] = load<Wide>(gradient + static_cast<long>(i) * steps.lanes + v * wideFloats);
  for (int row = 0; row < rows; ++row) {
    Wide sums[I][V];
    clearSums(sums);
    addOuter<Wide, I, V, FETCHES>(sums, in, d, steps, ahead);
    for (int i = 0; i < I; ++i)
      for (int v = 0; v < V; ++v) totals[i][v] += sums[i][v];
    in += steps.width * steps.in;
    d += steps.width * steps.d;
    if (FETCHES) ahead = {ahead.first + steps.width * steps.d, ahead.second + steps.width * steps.d};
  }
  for (int i = 0; i < I; ++i)
    for (int v = 0; v < V; ++v) store(gradient + static_cast<long>(i) * steps.lanes + v * wideFloats, totals[i][v]);
}

#if CT_PAIRS_HALVES
/// I inputs times V vectors and the half one behind them, that of two inputs in one register.
template <int I, int V, bool FETCHES>
CT_INLINE void outerPairs(float *gradient, const float *in, const float *d, const OuterSteps &steps, bool begins,
                          const Ahead &ahead) {
  constexpr int half = V * wideFloats;
  const auto second = secondOfPair();
  Lanes sums[I][V], pairs[I / 2];
  clearSums(sums);
  for (int i = 0; i < I; i += 2) pairs[i / 2] = zero();
  for (int p = 0; p < steps.width; ++p) {
    if (FETCHES) {
      fetchPixels(ahead.first + p * steps.d, 0, 1, half + laneBlock, 0);
      fetchPixels(ahead.second + p * steps.d, 0, 1, half + laneBlock, 0);
    }
    const float *from = d + p * steps.d, *at = in + p * steps.in;
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
  addToMatrix(gradient, sums, steps.lanes, begins);
  const auto place = [&](int i) { return gradient + static_cast<long>(i) * steps.lanes + half; };
  for (int i = 0; i < I; i += 2)
    storePair(place(i), place(i + 1), (begins ? zero() : loadPair(place(i), place(i + 1))) + pairs[i / 2]);
}

/// I inputs times V vectors and four outputs behind them, those of four inputs in one register.
template <int I, int V, bool FETCHES>
CT_INLINE void outerFours(float *gradient, const float *in, const float *d, const OuterSteps &steps, bool begins,
                          const Ahead &ahead) {
  constexpr int rest = V * wideFloats;
  Lanes sums[I][V], fours[I / 4];
  clearSums(sums);
  for (int i = 0; i < I; i += 4) fours[i / 4] = zero();
  for (int p = 0; p < steps.width; ++p) {
    if (FETCHES) {
      fetchPixels(ahead.first + p * steps.d, 0, 1, rest + laneBlock, 0);
      fetchPixels(ahead.second + p * steps.d, 0, 1, rest + laneBlock, 0);
    }
    const float *from = d + p * steps.d, *at = in + p * steps.in;
    Lanes value[V];
    for (int v = 0; v < V; ++v) value[v] = load(from + v * wideFloats);
    const auto last = repeatFour(from + rest);
    for (int i = 0; i < I; ++i) {
      const auto input = splat(at[i]);
      for (int v = 0; v < V; ++v) sums[i][v] = fused(input, value[v], sums[i][v]);
    }
    for (int i = 0; i < I; i += 4) fours[i / 4] = fused(spreadFour(at + i), last, fours[i / 4]);
  }
  addToMatrix(gradient, sums, steps.lanes, begins);
  for (int i = 0; i < I; i += 4) {
    float *place = gradient + static_cast<long>(i) * steps.lanes + rest;
    storeFours(place, steps.lanes, (begins ? zero() : loadFours(place, steps.lanes)) + fours[i / 4]);
  }
}

/// Sixteen inputs times one vector of outputs. To spread each input would take a load for every product. Here four inputs are
/// loaded at a time, once for each four outputs, and the outputs of each four change places: sums[g][k] holds, at place f of each
/// four, the product of input 4 g + f and output f ^ k.
template <bool FETCHES>
CT_INLINE void outerSixteen(float *gradient, const float *in, const float *d, const OuterSteps &steps, bool begins,
                            const Ahead &ahead) {
  Lanes sums[4][4];
  clearSums(sums);
  for (int p = 0; p < steps.width; ++p) {
    if (FETCHES) {
      fetchPixels(ahead.first + p * steps.d, 0, 1, wideFloats, 0);
      fetchPixels(ahead.second + p * steps.d, 0, 1, wideFloats, 0);
    }
    const auto value = load(d + p * steps.d);
    const Lanes values[4] = {value, inFours<1, 0, 3, 2>(value, value), inFours<2, 3, 0, 1>(value, value),
                             inFours<3, 2, 1, 0>(value, value)};
    const float *at = in + p * steps.in;
    for (int g = 0; g < 4; ++g) {
      const auto inputs = repeatFour(at + 4 * g);
      for (int k = 0; k < 4; ++k) sums[g][k] = fused(inputs, values[k], sums[g][k]);
    }
  }
#pragma clang loop unroll(full)
  for (int g = 0; g < 4; ++g) {
    auto *s = sums[g];
    Lanes rows[4][1];
    // Two steps: pairs of outputs for the even and the odd inputs, from the upper and from the lower two sums; then all four.
    const Lanes a0 = inFours<0, 16, 2, 18>(s[0], s[1]), a1 = inFours<17, 1, 19, 3>(s[0], s[1]);
    const Lanes b0 = inFours<0, 16, 2, 18>(s[2], s[3]), b1 = inFours<17, 1, 19, 3>(s[2], s[3]);
    rows[0][0] = inFours<0, 1, 16, 17>(a0, b0);
    rows[1][0] = inFours<0, 1, 16, 17>(a1, b1);
    rows[2][0] = inFours<2, 3, 18, 19>(b0, a0);
    rows[3][0] = inFours<2, 3, 18, 19>(b1, a1);
    addToMatrix(gradient + 4L * g * steps.lanes, rows, steps.lanes, begins);
  }
}
#endif

/// REST: how many outputs are behind the vectors, 8, at most 4, or none.
template <typename Vector, int V, int REST>
CT_APART void outerColumns(float *gradient, const float *in, const float *d, const OuterSteps &steps, int inputs, int rows,
                           bool begins, const Ahead &ahead) {
  constexpr int most = CT_OUTER_SUMS / V;
  inBlocks<most>(inputs, [&](int i, auto size) {
    float *place = gradient + static_cast<long>(i) * steps.lanes;
    const auto block = [&](const float *from, const float *own, bool isFirst, const Ahead &later, auto fetches) {
#if CT_PAIRS_HALVES
      if constexpr (REST == 4 && size % 4 == 0) return outerFours<size, V, fetches>(place, from, own, steps, isFirst, later);
      if constexpr (REST > 0 && size % 2 == 0) return outerPairs<size, V, fetches>(place, from, own, steps, isFirst, later);
      if constexpr (REST > 0)
        outerBlock<HalfLanes, size, 1, false>(place + V * wideFloats, from, own + V * wideFloats, steps, isFirst, later);
      if constexpr (floatsOf<Vector> == wideFloats && V == 1 && size == 16)
        return outerSixteen<fetches>(place, from, own, steps, isFirst, later);
#endif
      outerBlock<Vector, size, V, fetches>(place, from, own, steps, isFirst, later);
    };
    for (int row = 0; row < rows; ++row) {
      const long pixel = static_cast<long>(row) * steps.width;
      const float *from = in + pixel * steps.in + i, *own = d + pixel * steps.d;
      const bool isFirst = begins && row == 0;
      if (size == most && i == 0 && ahead.first)
        block(from, own, isFirst, {ahead.first + pixel * steps.d, ahead.second + pixel * steps.d},
              std::integral_constant<bool, size == most>());
      else
        block(from, own, isFirst, ahead, std::false_type());
    }
  });
}

/// The same of several rows, where registers hold both a row's sums and those of all.
template <int V>
CT_APART void outerColumnsOfRows(float *gradient, const float *in, const float *d, const OuterSteps &steps, int inputs, int rows,
                                 bool begins, const Ahead &ahead) {
  constexpr int most = CT_OUTER_ROW_SUMS / V;
  inBlocks<most>(inputs, [&](int i, auto size) {
    float *place = gradient + static_cast<long>(i) * steps.lanes;
    if (size == most && i == 0 && ahead.first)
      outerRows<size, V, size == most>(place, in + i, d, steps, rows, begins, ahead);
    else
      outerRows<size, V, false>(place, in + i, d, steps, rows, begins, ahead);
  });
}

static void outer(float *gradient, const float *in, long inStep, const float *d, long dStep, int inputs, int outputs,
                  int width, int rows, bool begins, Ahead ahead) {
  const int lanes = wholeBlocks(outputs);
  const OuterSteps steps{inStep, dStep, lanes, width};
  inColumnsAndHalf<CT_COLUMNS>(lanes, [&](auto columns, auto type, long c, auto hasHalf) {
    typedef typename decltype(type)::Vector Vector;
    const Ahead own = ahead.first ? Ahead{ahead.first + c, ahead.second + c} : ahead;
    if constexpr (CT_OUTER_ROW_SUMS > 0 && !hasHalf && floatsOf<Vector> == wideFloats)
      if (rows > 1) return outerColumnsOfRows<columns>(gradient + c, in, d + c, steps, inputs, rows, begins, own);
    if (hasHalf && lanes - outputs >= 4)
      outerColumns<Vector, columns, hasHalf ? 4 : 0>(gradient + c, in, d + c, steps, inputs, rows, begins, own);
    else
      outerColumns<Vector, columns, hasHalf ? laneBlock : 0>(gradient + c, in, d + c, steps, inputs, rows, begins, own);
  });
}
