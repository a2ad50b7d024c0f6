// Windows over half vectors, of which two share a register.

#if CT_PAIRS_HALVES
/// R rows of 2 * B outputs of a half vector, the second B of them in the same registers as the first.
template <int R, int B, int K>
CT_INLINE void windowPairs(const WindowRows &rows, float *out, const float *in, const float *weights, int tapRows) {
  const long lanes = rows.lanes, outStride = rows.outStride, rowStride = rows.rowStride, apart = B * lanes;
  Lanes sums[R][B];
#pragma clang loop unroll(full)
  for (int r = 0; r < R; ++r) {
    const float *from = out + r * outStride;
#pragma clang loop unroll(full)
    for (int p = 0; p < B; ++p) sums[r][p] = zero();
    if (!rows.add) continue;
#pragma clang loop unroll(full)
    for (int p = 0; p < B; ++p, from = after(from, lanes)) sums[r][p] = loadPair(from, from + apart);
  }
#pragma clang loop unroll(disable)
  for (int y = 0; y < tapRows; ++y, in += rowStride) {
    Lanes weight[K];
#pragma clang loop unroll(full)
    for (int x = 0; x < K; ++x, weights = after(weights, lanes)) weight[x] = loadPair(weights, weights);
#pragma clang loop unroll(full)
    for (int r = 0; r < R; ++r) {
      const float *from = in + r * rowStride;
#pragma clang loop unroll(full)
      for (int at = 0; at < B + K - 1; ++at, from = after(from, lanes)) {
        const auto value = loadPair(from, from + apart);
#pragma clang loop unroll(full)
        for (int x = 0; x < K; ++x) {
          const int p = at - x;
          if (p >= 0 && p < B) sums[r][p] = fused(weight[x], value, sums[r][p]);
        }
      }
    }
  }
#pragma clang loop unroll(full)
  for (int r = 0; r < R; ++r) {
    float *to = after(out, r * outStride);
#pragma clang loop unroll(full)
    for (int p = 0; p < B; ++p, to = after(to, lanes)) storePair(to, to + apart, sums[r][p]);
  }
}

/// Columns `from` on in blocks of 2 * B, all rows; answers the first column that is left.
template <int B, int K>
CT_APART int windowPairBlocks(const WindowRows &all, long c, int from, int width, int rows) {
  constexpr int together = CT_PIXELS_AT_ONCE / B;
  const auto row = [&](auto count, int y) __attribute__((always_inline)) {
    float *to = all.out + c + y * all.outStride;
    const auto taps = tapRows<K, 1>(all, y, count);
    const float *at = all.in + c + (y + taps.first) * all.rowStride, *weights = all.weights + c + taps.first * K * all.lanes;
    for (int p = from; p + 2 * B <= width; p += 2 * B)
      windowPairs<count, B, K>(all, to + p * all.lanes, at + p * all.lanes, weights, taps.count);
  };
  int y = 0;
  for (; y + together <= rows; y += together) row(std::integral_constant<int, together>(), y);
  if constexpr (together > 1)
    for (; y < rows; ++y) row(std::integral_constant<int, 1>(), y);
  return from + (width - from) / (2 * B) * (2 * B);
}
#endif
