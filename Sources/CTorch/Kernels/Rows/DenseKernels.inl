// Dense convolution of any window and stride, and its gradient by the weights.
//
// With channels last, neighbours under a window lie side by side: a window is a few runs of floats, and a run is as many inputs
// of one sum.

/// STEP is `inStep` where it is known beforehand, 0 elsewhere: addresses of neighbouring pixels are then constants.
template <int B, int V, int STEP>
CT_INLINE void denseBlock(float *out, long outStep, const float *in, long inStep, const float *weights, const Runs &runs,
                          int lanes, bool add, float *ahead) {
  const long step = STEP ? STEP : inStep;
  if (ahead)
    for (int p = 0; p < B; ++p)
      for (int v = 0; v < V; ++v) __builtin_prefetch(ahead + p * outStep + v * laneBlock, 1, 3);
  Lanes sums[B][V];
  for (int p = 0; p < B; ++p)
    for (int v = 0; v < V; ++v) sums[p][v] = add ? load(out + p * outStep + v * laneBlock) : zero();
  for (int r = 0; r < runs.count; ++r) {
    const float *at = in + runs.offsets[r];
    for (int i = 0; i < runs.inputs; ++i, weights += lanes) {
      Lanes weight[V];
      for (int v = 0; v < V; ++v) weight[v] = load(weights + v * laneBlock);
      for (int p = 0; p < B; ++p) {
        const Lanes value = splat(at[p * step + i]);
        for (int v = 0; v < V; ++v) sums[p][v] = fused(value, weight[v], sums[p][v]);
      }
    }
  }
  for (int p = 0; p < B; ++p)
    for (int v = 0; v < V; ++v) store(out + p * outStep + v * laneBlock, sums[p][v]);
}

/// Blocks of `MOST`, unless fewer than four would be left over, which have too few sums to keep the processor busy; then 8, 4,
/// 2 and 1.
template <int MOST, typename Block>
CT_INLINE void inBlocks(int count, Block block) {
  int at = 0;
  const auto isBest = [&](int size) {
    const int left = count - at - size;
    return left == 0 || left >= 4;
  };
  while (at < count) {
    if (isBest(MOST)) {
      block(at, std::integral_constant<int, MOST>());
      at += MOST;
    } else if (MOST > 8 && at + 8 <= count) {
      block(at, std::integral_constant<int, 8>());
      at += 8;
    } else if (at + 4 <= count) {
      block(at, std::integral_constant<int, 4>());
      at += 4;
    } else if (at + 2 <= count) {
      block(at, std::integral_constant<int, 2>());
      at += 2;
    } else {
      block(at, std::integral_constant<int, 1>());
      at += 1;
    }
  }
}

template <int V, int STEP>
CT_APART void denseColumns(float *out, long outStep, const float *in, long inStep, const float *weights, const Runs &runs,
                           int lanes, int width, bool add, float *ahead) {
  inBlocks<CT_DENSE_PIXELS / V>(width, [&](int p, auto size) {
    denseBlock<size, V, STEP>(out + p * outStep, outStep, in + p * inStep, inStep, weights, runs, lanes, add,
                              ahead ? ahead + p * outStep : nullptr);
  });
}

template <int STEP>
CT_INLINE void denseAll(float *out, long outStep, const float *in, long inStep, const float *weights, const Runs &runs,
                        int lanes, int width, bool add, float *ahead) {
  int c = 0;
  for (; c + CT_COLUMNS * laneBlock <= lanes; c += CT_COLUMNS * laneBlock)
    denseColumns<CT_COLUMNS, STEP>(out + c, outStep, in, inStep, weights + c, runs, lanes, width, add,
                                   ahead ? ahead + c : nullptr);
  for (; c < lanes; c += laneBlock)
    denseColumns<1, STEP>(out + c, outStep, in, inStep, weights + c, runs, lanes, width, add, ahead ? ahead + c : nullptr);
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

/// I inputs times V blocks of outputs: each d is loaded once for I products, each input is spread once for V.
template <int I, int V>
CT_INLINE void denseGradientBlock(float *gradient, const Rows &in, const Rows &d, int lanes, int width, int rows) {
  Lanes sums[I][V];
  for (int i = 0; i < I; ++i)
    for (int v = 0; v < V; ++v) sums[i][v] = zero();
  for (int y = 0; y < rows; ++y) {
    const float *at = in.first + y * in.rowStride, *from = d.first + y * d.rowStride;
    for (int p = 0; p < width; ++p, at += in.step, from += d.step) {
      Lanes value[V];
      for (int v = 0; v < V; ++v) value[v] = load(from + v * laneBlock);
      for (int i = 0; i < I; ++i) {
        const Lanes input = splat(at[i]);
        for (int v = 0; v < V; ++v) sums[i][v] = fused(input, value[v], sums[i][v]);
      }
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
CT_APART void denseGradientColumns(float *gradient, const Rows &in, const Rows &d, const Runs &runs, int lanes, int width,
                                   int rows) {
  for (int r = 0; r < runs.count; ++r, gradient += static_cast<long>(runs.inputs) * lanes)
    inBlocks<CT_DENSE_INPUTS / V>(runs.inputs, [&](int i, auto size) {
      denseGradientBlock<size, V>(gradient + static_cast<long>(i) * lanes, in.from(runs.offsets[r] + i), d, lanes, width,
                                  rows);
    });
}

static void denseGradient(float *gradient, Rows in, Rows d, Runs runs, int lanes, int width, int rows) {
  int c = 0;
  for (; c + CT_COLUMNS * laneBlock <= lanes; c += CT_COLUMNS * laneBlock)
    denseGradientColumns<CT_COLUMNS>(gradient + c, in, d.from(c), runs, lanes, width, rows);
  for (; c < lanes; c += laneBlock) denseGradientColumns<1>(gradient + c, in, d.from(c), runs, lanes, width, rows);
}
