// Dense convolution of any window and stride, and its gradient by the weights.
//
// With channels last, neighbours under a window lie side by side: a window is a few runs of floats, and a run is as many inputs
// of one sum.

/// STEP is `inStep` where it is known beforehand, 0 elsewhere: addresses of neighbouring pixels are then constants.
template <typename Vector, int B, int V, int STEP>
CT_INLINE void denseBlock(float *out, long outStep, const float *in, long inStep, const float *weights, const Runs &runs,
                          int lanes, bool add, float *ahead) {
  constexpr int floats = floatsOf<Vector>;
  const long step = STEP ? STEP : inStep;
  if (ahead) fetchPixels(ahead, outStep, B, V * floats, 1);
  Vector sums[B][V];
  for (int p = 0; p < B; ++p)
    for (int v = 0; v < V; ++v) sums[p][v] = add ? load<Vector>(out + p * outStep + v * floats) : zero<Vector>();
  for (int r = 0; r < runs.count; ++r) {
    const float *at = in + runs.offsets[r];
    for (int i = 0; i < runs.inputs; ++i, weights += lanes) {
      Vector weight[V];
      for (int v = 0; v < V; ++v) weight[v] = load<Vector>(weights + v * floats);
      for (int p = 0; p < B; ++p) {
        const auto value = splat<Vector>(at[p * step + i]);
        for (int v = 0; v < V; ++v) sums[p][v] = fused(value, weight[v], sums[p][v]);
      }
    }
  }
  for (int p = 0; p < B; ++p)
    for (int v = 0; v < V; ++v) store(out + p * outStep + v * floats, sums[p][v]);
}

template <typename Vector, int V, int STEP>
CT_APART void denseColumns(float *out, long outStep, const float *in, long inStep, const float *weights, const Runs &runs,
                           int lanes, int width, bool add, float *ahead) {
  inBlocks<CT_DENSE_SUMS / V>(width, [&](int p, auto size) {
    denseBlock<Vector, size, V, STEP>(out + p * outStep, outStep, in + p * inStep, inStep, weights, runs, lanes, add,
                              ahead ? ahead + p * outStep : nullptr);
  });
}

template <int STEP>
CT_INLINE void denseAll(float *out, long outStep, const float *in, long inStep, const float *weights, const Runs &runs,
                        int lanes, int width, bool add, float *ahead) {
  inColumns<CT_COLUMNS>(lanes, [&](auto columns, auto type, long c) {
    typedef typename decltype(type)::Vector Vector;
    denseColumns<Vector, columns, STEP>(out + c, outStep, in, inStep, weights + c, runs, lanes, width, add,
                                        ahead ? ahead + c : nullptr);
  });
}

static void dense(float *out, long outStep, const float *in, long inStep, const float *weights, Runs runs, int lanes,
                  int width, bool add, float *ahead) {
  switch (inStep) {
    case 16: return denseAll<16>(out, outStep, in, inStep, weights, runs, lanes, width, add, ahead);
    case 32: return denseAll<32>(out, outStep, in, inStep, weights, runs, lanes, width, add, ahead);
    case 64: return denseAll<64>(out, outStep, in, inStep, weights, runs, lanes, width, add, ahead);
    default: return denseAll<0>(out, outStep, in, inStep, weights, runs, lanes, width, add, ahead);
  }
}

/// I inputs times V vectors of outputs: each d is loaded once for I products, each input is spread once for V.
template <typename Vector, int I, int V>
CT_INLINE void denseGradientBlock(float *gradient, const Rows &in, const Rows &d, int lanes, int width, int rows) {
  constexpr int floats = floatsOf<Vector>;
  Vector sums[I][V];
  for (int i = 0; i < I; ++i)
    for (int v = 0; v < V; ++v) sums[i][v] = zero<Vector>();
  for (int y = 0; y < rows; ++y) {
    const float *at = in.first + y * in.rowStride, *from = d.first + y * d.rowStride;
    for (int p = 0; p < width; ++p, at += in.step, from += d.step) {
      Vector value[V];
      for (int v = 0; v < V; ++v) value[v] = load<Vector>(from + v * floats);
      for (int i = 0; i < I; ++i) {
        const auto input = splat<Vector>(at[i]);
        for (int v = 0; v < V; ++v) sums[i][v] = fused(input, value[v], sums[i][v]);
      }
    }
  }
  for (int i = 0; i < I; ++i) {
    for (int v = 0; v < V; ++v) {
      float *place = gradient + static_cast<long>(i) * lanes + v * floats;
      store(place, load<Vector>(place) + sums[i][v]);
    }
  }
}

template <typename Vector, int V>
CT_APART void denseGradientColumns(float *gradient, const Rows &in, const Rows &d, const Runs &runs, int lanes, int width,
                                   int rows) {
  for (int r = 0; r < runs.count; ++r, gradient += static_cast<long>(runs.inputs) * lanes)
    inBlocks<CT_DENSE_SUMS / V>(runs.inputs, [&](int i, auto size) {
      denseGradientBlock<Vector, size, V>(gradient + static_cast<long>(i) * lanes, in.from(runs.offsets[r] + i), d, lanes, width,
                                  rows);
    });
}

static void denseGradient(float *gradient, Rows in, Rows d, Runs runs, int lanes, int width, int rows) {
  inColumns<CT_COLUMNS>(lanes, [&](auto columns, auto type, long c) {
    typedef typename decltype(type)::Vector Vector;
    denseGradientColumns<Vector, columns>(gradient + c, in, d.from(c), runs, lanes, width, rows);
  });
}
