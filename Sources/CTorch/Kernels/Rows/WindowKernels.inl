// Depthwise convolution of stride 1 and its gradient by the weights.

/// Stride 1: neighbouring outputs share what they read, so each input vector is loaded once for a row of the window. R rows
/// of B outputs, so that narrow images have as many chains of sums as wide ones.
template <typename Vector, int R, int B, int K, int D>
CT_INLINE void windowBlock(float *out, long outStride, const float *in, long rowStride, const float *weights, int lanes,
                           bool add) {
  Vector sums[R][B];
  for (int r = 0; r < R; ++r)
    for (int p = 0; p < B; ++p)
      sums[r][p] = add ? load<Vector>(out + r * outStride + static_cast<long>(p) * lanes) : zero<Vector>();
  for (int y = 0; y < K; ++y) {
    Vector weight[K];
    for (int x = 0; x < K; ++x) weight[x] = load<Vector>(weights + static_cast<long>(y * K + x) * lanes);
#pragma clang loop unroll(full)
    for (int r = 0; r < R; ++r) {
      const float *row = in + (y * D + r) * rowStride;
#pragma clang loop unroll(full)
      for (int at = 0; at < B + (K - 1) * D; ++at) {
        const auto value = load<Vector>(row + static_cast<long>(at) * lanes);
#pragma clang loop unroll(full)
        for (int x = 0; x < K; ++x) {
          const int p = at - x * D;
          if (p >= 0 && p < B) sums[r][p] = fused(weight[x], value, sums[r][p]);
        }
      }
    }
  }
  for (int r = 0; r < R; ++r)
    for (int p = 0; p < B; ++p) store(out + r * outStride + static_cast<long>(p) * lanes, sums[r][p]);
}

#if CT_PAIRS_HALVES
/// A row of 2 * B outputs of a half vector, the second B of them in the same registers as the first.
template <int B, int K, int D>
CT_INLINE void windowPairs(float *out, const float *in, long rowStride, const float *weights, int lanes, bool add) {
  const long apart = static_cast<long>(B) * lanes;
  const auto pair = [&](const float *at, long pixel) { return loadPair(at + pixel * lanes, at + pixel * lanes + apart); };
  Lanes sums[B];
  for (int p = 0; p < B; ++p) sums[p] = add ? pair(out, p) : zero();
  for (int y = 0; y < K; ++y) {
    Lanes weight[K];
    for (int x = 0; x < K; ++x) {
      const float *one = weights + static_cast<long>(y * K + x) * lanes;
      weight[x] = loadPair(one, one);
    }
#pragma clang loop unroll(full)
    for (int at = 0; at < B + (K - 1) * D; ++at) {
      const auto value = pair(in + y * D * rowStride, at);
#pragma clang loop unroll(full)
      for (int x = 0; x < K; ++x) {
        const int p = at - x * D;
        if (p >= 0 && p < B) sums[p] = fused(weight[x], value, sums[p]);
      }
    }
  }
  for (int p = 0; p < B; ++p) {
    float *to = out + static_cast<long>(p) * lanes;
    storePair(to, to + apart, sums[p]);
  }
}

/// Columns in blocks of 2 * B, all rows; answers the first column that is left.
template <int B, int K, int D>
CT_APART int windowPairBlocks(float *out, long outStride, const float *in, long rowStride, const float *weights, int width,
                              int rows, int lanes, bool add) {
  for (int y = 0; y < rows; ++y)
    for (int p = 0; p + 2 * B <= width; p += 2 * B)
      windowPairs<B, K, D>(out + y * outStride + static_cast<long>(p) * lanes,
                           in + y * rowStride + static_cast<long>(p) * lanes, rowStride, weights, lanes, add);
  return width / (2 * B) * (2 * B);
}
#endif

/// Columns `from` on in blocks of B, all rows; answers the first column that is left.
template <typename Vector, int B, int K, int D>
CT_APART int windowBlocks(float *out, long outStride, const float *in, long rowStride, const float *weights, int from,
                          int width, int rows, int lanes, bool add) {
  constexpr int together = CT_PIXELS_AT_ONCE > B ? CT_PIXELS_AT_ONCE / B : 1;
  int y = 0;
  for (; y + together <= rows; y += together)
    for (int p = from; p + B <= width; p += B)
      windowBlock<Vector, together, B, K, D>(out + y * outStride + static_cast<long>(p) * lanes, outStride,
                                     in + y * rowStride + static_cast<long>(p) * lanes, rowStride, weights, lanes, add);
  for (; y < rows; ++y)
    for (int p = from; p + B <= width; p += B)
      windowBlock<Vector, 1, B, K, D>(out + y * outStride + static_cast<long>(p) * lanes, outStride,
                              in + y * rowStride + static_cast<long>(p) * lanes, rowStride, weights, lanes, add);
  return from + (width - from) / B * B;
}

template <int K, int D>
CT_APART void windowOf(float *out, long outStride, const float *in, long rowStride, const float *weights, int width,
                       int rows, int lanes, bool add) {
  inVectors<Lanes>(lanes, [&](auto type, long c) {
    typedef typename decltype(type)::Vector Vector;
    constexpr int most = CT_PIXELS_AT_ONCE;
    int p = 0;
#if CT_PAIRS_HALVES
    if (floatsOf<Vector> == laneBlock)
      p = windowPairBlocks<8, K, D>(out + c, outStride, in + c, rowStride, weights + c, width, rows, lanes, add);
#endif
    const auto blocks = [&](auto form, int size) {
      if (p + size <= width)
        p = form(out + c, outStride, in + c, rowStride, weights + c, p, width, rows, lanes, add);
    };
    blocks(windowBlocks<Vector, most, K, D>, most);
    if (most > 8) blocks(windowBlocks<Vector, 8, K, D>, 8);
    if (most > 4) blocks(windowBlocks<Vector, 4, K, D>, 4);
    blocks(windowBlocks<Vector, 1, K, D>, 1);
  });
}

static void window(float *out, long outStride, const float *in, long rowStride, const float *weights, int kernel,
                   int dilation, int width, int rows, int lanes, bool add) {
  if (kernel == 3 && dilation == 1)
    return windowOf<3, 1>(out, outStride, in, rowStride, weights, width, rows, lanes, add);
  if (kernel == 5 && dilation == 1)
    return windowOf<5, 1>(out, outStride, in, rowStride, weights, width, rows, lanes, add);
  if (kernel == 7 && dilation == 1)
    return windowOf<7, 1>(out, outStride, in, rowStride, weights, width, rows, lanes, add);
  if (kernel == 3 && dilation == 2)
    return windowOf<3, 2>(out, outStride, in, rowStride, weights, width, rows, lanes, add);
  if (kernel == 5 && dilation == 2)
    return windowOf<5, 2>(out, outStride, in, rowStride, weights, width, rows, lanes, add);
  __builtin_trap();
}

/// Rows `top` to `top + R` of the window's gradient: R * K chains of sums that do not wait for each other.
template <typename Vector, int R, int K, int D>
CT_INLINE void windowGradientRows(float *gradient, const float *in, long rowStride, const float *d, int top, int width,
                                  int lanes) {
  Vector sums[R][K];
  for (int y = 0; y < R; ++y)
    for (int x = 0; x < K; ++x) sums[y][x] = zero<Vector>();
  const float *corner = in + top * D * rowStride;
  int p = 0;
  for (; p + 4 <= width; p += 4) {
    Vector value[4];
    for (int q = 0; q < 4; ++q) value[q] = load<Vector>(d + static_cast<long>(p + q) * lanes);
#pragma clang loop unroll(full)
    for (int at = 0; at < 4 + (K - 1) * D; ++at) {
#pragma clang loop unroll(full)
      for (int y = 0; y < R; ++y) {
        const Vector source = load<Vector>(corner + y * D * rowStride + static_cast<long>(p + at) * lanes);
#pragma clang loop unroll(full)
        for (int x = 0; x < K; ++x) {
          const int q = at - x * D;
          if (q >= 0 && q < 4) sums[y][x] = fused(source, value[q], sums[y][x]);
        }
      }
    }
  }
  for (; p < width; ++p) {
    const Vector value = load<Vector>(d + static_cast<long>(p) * lanes);
    for (int y = 0; y < R; ++y)
      for (int x = 0; x < K; ++x)
        sums[y][x] = fused(load<Vector>(corner + y * D * rowStride + static_cast<long>(p + x * D) * lanes), value, sums[y][x]);
  }
  for (int y = 0; y < R; ++y) {
    for (int x = 0; x < K; ++x) {
      float *place = gradient + static_cast<long>((top + y) * K + x) * lanes;
      store(place, load<Vector>(place) + sums[y][x]);
    }
  }
}

template <int K, int D>
CT_INLINE void windowGradientRow(float *gradient, const float *in, long rowStride, const float *d, int width,
                                 int lanes) {
  // Of a 7x7 window as many sums as of a 5x5 one, in whole rows.
  constexpr int rows = CT_LARGE_WINDOW_ROWS * 5 / K, together = K == 3 ? CT_SMALL_WINDOW_ROWS : rows > 1 ? rows : 1;
  inVectors<Wide>(lanes, [&](auto type, long c) {
    typedef typename decltype(type)::Vector Vector;
    int top = 0;
    for (; top + together <= K; top += together)
      windowGradientRows<Vector, together, K, D>(gradient + c, in + c, rowStride, d + c, top, width, lanes);
    for (; top < K; ++top) windowGradientRows<Vector, 1, K, D>(gradient + c, in + c, rowStride, d + c, top, width, lanes);
  });
}

static void windowGradient(float *gradient, const float *in, long rowStride, const float *d, int kernel, int dilation,
                           int width, int lanes) {
  if (kernel == 3 && dilation == 1) return windowGradientRow<3, 1>(gradient, in, rowStride, d, width, lanes);
  if (kernel == 5 && dilation == 1) return windowGradientRow<5, 1>(gradient, in, rowStride, d, width, lanes);
  if (kernel == 7 && dilation == 1) return windowGradientRow<7, 1>(gradient, in, rowStride, d, width, lanes);
  if (kernel == 3 && dilation == 2) return windowGradientRow<3, 2>(gradient, in, rowStride, d, width, lanes);
  if (kernel == 5 && dilation == 2) return windowGradientRow<5, 2>(gradient, in, rowStride, d, width, lanes);
  __builtin_trap();
}
