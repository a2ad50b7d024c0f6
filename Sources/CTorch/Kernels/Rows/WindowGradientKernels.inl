// The gradient of a depthwise convolution by its weights.

/// Rows `top` to `top + R` of the window's gradient from N rows of d: N * R * K chains of sums that do not wait for each other.
/// PAIRS: N rows of half vectors, and in the second half of each register those of the row behind them. S is the stride.
template <typename Vector, bool PAIRS, int S, int N, int R, int K, int D, int STEP>
CT_INLINE void windowGradientBlock(float *gradient, const float *in, long rowStride, const float *d, long dStride, int top,
                                   int width, long lanes) {
  constexpr int together = 4;
  constexpr bool walks = STEP == 0;
  if (STEP) lanes = STEP;
  const auto take = [](const float *at, long stride) { return PAIRS ? loadHalves<Vector>(at, at + stride) : load<Vector>(at); };
  Vector sums[N][R][K];
#pragma clang loop unroll(full)
  for (int n = 0; n < N; ++n)
#pragma clang loop unroll(full)
    for (int y = 0; y < R; ++y)
#pragma clang loop unroll(full)
      for (int x = 0; x < K; ++x) sums[n][y][x] = zero<Vector>();
  const float *corner = in + top * D * rowStride;
  int p = 0;
  for (; p + together <= width; p += together) {
    Vector value[N][together];
#pragma clang loop unroll(full)
    for (int q = 0; q < together; ++q, d = next<walks>(d, lanes))
#pragma clang loop unroll(full)
      for (int n = 0; n < N; ++n) value[n][q] = take(d + n * dStride, dStride);
    const float *column = corner;
#pragma clang loop unroll(full)
    for (int at = 0; at < (together - 1) * S + (K - 1) * D + 1; ++at, column = next<walks>(column, lanes)) {
#pragma clang loop unroll(full)
      for (int row = 0; row < (N - 1) * S + (R - 1) * D + 1; ++row) {
        if (S == D && (at % S != 0 || row % S != 0)) continue;
        const auto source = take(column + row * rowStride, S * rowStride);
#pragma clang loop unroll(full)
        for (int n = 0; n < N; ++n) {
          const int y = (row - n * S) / D;
          if (row < n * S || y * D != row - n * S || y >= R) continue;
#pragma clang loop unroll(full)
          for (int x = 0; x < K; ++x) {
            const int q = (at - x * D) / S;
            if (at >= x * D && q * S == at - x * D && q < together) sums[n][y][x] = fused(source, value[n][q], sums[n][y][x]);
          }
        }
      }
    }
    corner += static_cast<long>(together) * S * lanes;
  }
  for (; p < width; ++p, d += lanes, corner += S * lanes)
#pragma clang loop unroll(full)
    for (int n = 0; n < N; ++n) {
      const auto value = take(d + n * dStride, dStride);
#pragma clang loop unroll(full)
      for (int y = 0; y < R; ++y)
#pragma clang loop unroll(full)
        for (int x = 0; x < K; ++x) {
          const auto source = take(corner + (n * S + y * D) * rowStride + static_cast<long>(x) * D * lanes, S * rowStride);
          sums[n][y][x] = fused(source, value, sums[n][y][x]);
        }
    }
  float *place = gradient + static_cast<long>(top) * K * lanes;
#pragma clang loop unroll(full)
  for (int y = 0; y < R; ++y) {
#pragma clang loop unroll(full)
    for (int x = 0; x < K; ++x, place = next<walks>(place, lanes)) {
      if constexpr (PAIRS) {
        auto total = load<HalfLanes>(place);
#pragma clang loop unroll(full)
        for (int n = 0; n < N; ++n) total = (total + firstOfPair(sums[n][y][x])) + lastOfPair(sums[n][y][x]);
        store(place, total);
      } else {
        auto total = load<Vector>(place);
#pragma clang loop unroll(full)
        for (int n = 0; n < N; ++n) total = total + sums[n][y][x];
        store(place, total);
      }
    }
  }
}

/// N rows of d after N rows; answers the first that is left.
template <typename Vector, bool PAIRS, int S, int N, int K, int D, int STEP>
CT_APART int windowGradientRows(float *gradient, const float *in, long rowStride, const float *d, long dStride, int first,
                                int width, int rows, int lanes, FilledRows filled) {
  // Of a 7x7 window as many sums as of a 5x5 one, in whole rows.
  constexpr int large = CT_LARGE_WINDOW_ROWS * 5 / K, together = K == 3 ? CT_SMALL_WINDOW_ROWS : large > 1 ? large : 1;
  constexpr int count = PAIRS ? 2 * N : N;
  // Whether rows `top` to `top + taps` of the window meet anything but zeros.
  const auto isNeeded = [&](int row, int top, int taps) {
    return (row + count - 1) * S + (top + taps - 1) * D >= filled.begin && row * S + top * D < filled.end;
  };
  int y = first;
  for (; y + count <= rows; y += count) {
    const float *corner = in + y * S * rowStride, *from = d + y * dStride;
    int top = 0;
    for (; top + together <= K; top += together)
      if (isNeeded(y, top, together))
        windowGradientBlock<Vector, PAIRS, S, N, together, K, D, STEP>(gradient, corner, rowStride, from, dStride, top, width,
                                                                       lanes);
    for (; top < K; ++top)
      if (isNeeded(y, top, 1))
        windowGradientBlock<Vector, PAIRS, S, N, 1, K, D, STEP>(gradient, corner, rowStride, from, dStride, top, width, lanes);
  }
  return y;
}

template <int K, int D, int S>
CT_INLINE void windowGradientOf(float *gradient, const float *in, long rowStride, const float *d, long dStride, int width,
                                int rows, int lanes, FilledRows filled) {
  inVectors<Wide>(lanes, [&](auto type, long c) {
    typedef typename decltype(type)::Vector Vector;
    constexpr int most = K == 3 && S == 1 ? CT_GRADIENT_ROWS : 1;
    int y = 0;
    const auto take = [&](auto form) {
      y = form(gradient + c, in + c, rowStride, d + c, dStride, y, width, rows, lanes, filled);
    };
    if constexpr (CT_PAIRS_HALVES && floatsOf<Vector> == laneBlock) {
      take(windowGradientRows<Lanes, true, S, 1, K, D, 0>);
      take(windowGradientRows<Vector, false, S, 1, K, D, 0>);
    } else {
      withStep(lanes, [&](auto known) {
        // Of the others constants make the compiler keep too much in registers.
        constexpr int step = S == 1 && (K == 3 || (K == 5 && D == 2)) ? known : 0;
        if (most > 1) take(windowGradientRows<Vector, false, S, most, K, D, step>);
        take(windowGradientRows<Vector, false, S, 1, K, D, step>);
      });
    }
  });
}

static void windowGradient(float *gradient, const float *in, long rowStride, const float *d, long dStride, int kernel,
                           int dilation, int stride, int width, int rows, int lanes, FilledRows filled) {
  const auto form = [&](auto one, auto two) {
    if (stride == 1) return one(gradient, in, rowStride, d, dStride, width, rows, lanes, filled);
    two(gradient, in, rowStride, d, dStride, width, rows, lanes, filled);
  };
  if (kernel == 3 && dilation == 1) return form(windowGradientOf<3, 1, 1>, windowGradientOf<3, 1, 2>);
  if (kernel == 5 && dilation == 1) return form(windowGradientOf<5, 1, 1>, windowGradientOf<5, 1, 2>);
  if (kernel == 7 && dilation == 1) return form(windowGradientOf<7, 1, 1>, windowGradientOf<7, 1, 2>);
  if (kernel == 3 && dilation == 2) return form(windowGradientOf<3, 2, 1>, windowGradientOf<3, 2, 2>);
  if (kernel == 5 && dilation == 2) return form(windowGradientOf<5, 2, 1>, windowGradientOf<5, 2, 2>);
  __builtin_trap();
}
