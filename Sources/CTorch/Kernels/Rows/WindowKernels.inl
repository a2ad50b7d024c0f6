// Depthwise convolution of stride 1 and 2.

#if CT_PAIRS_HALVES
/// Of two pixels side by side all vectors are whole: the one in the middle has the end of the first and the beginning of the
/// second. Answers the first column that is left.
template <int K, int D>
CT_INLINE int windowOfTwo(WindowRows &all, int width, int rows) {
  all.outStep = all.inStep = 2 * all.lanes;
  for (long c = 0; c < 2 * all.lanes; c += wideFloats) {
    const long weight = c % all.lanes;
    windowColumns<Lanes, true, K, D>(all, c, weight, (weight + laneBlock) % all.lanes - weight, 0, width / 2, rows);
  }
  all.outStep = all.inStep = all.lanes;
  return width / 2 * 2;
}
#endif

template <int K, int D>
CT_APART void windowOf(WindowRows &all, int stride, int width, int rows) {
  int first = 0;
#if CT_PAIRS_HALVES
  // Of a window without gaps half of the loads would lie across two lines of the cache.
  if (D == 2 && stride == 1 && all.lanes % wideFloats != 0) first = windowOfTwo<K, D>(all, width, rows);
  if (first == width) return;
#endif
  inVectors<Lanes>(all.lanes, [&](auto type, long c) {
    typedef typename decltype(type)::Vector Vector;
    if (stride == 2) return windowColumns<Vector, true, K, D>(all, c, c, laneBlock, 0, width, rows);
    int from = first;
#if CT_PAIRS_HALVES
    if constexpr (D == 1 && floatsOf<Vector> == laneBlock) {
      if (width >= 32) from = windowPairBlocks<16, K>(all, c, 0, width, rows);
      from = windowPairBlocks<8, K>(all, c, from, width, rows);
    }
#endif
    windowColumns<Vector, false, K, D>(all, c, c, laneBlock, from, width, rows);
  });
}

/// The same, some rows after the others. All rows of 16 channels pass before the next channels; where these share lines of the cache
/// with others, few rows do, so that the lines are still in the first cache.
template <int K, int D>
CT_APART void windowOfSome(WindowRows &all, int stride, int width, int rows) {
  constexpr int pixelsAtOnce = 32;
  const int together = std::max(1, pixelsAtOnce / width);
  for (; rows > 0; rows -= together) {
    windowOf<K, D>(all, stride, width, std::min(together, rows));
    all.skip(together);
  }
}

static void window(float *out, long outStride, const float *in, long rowStride, const float *weights, int kernel,
                   int dilation, int stride, int width, int rows, int lanes, FilledRows filled, bool add) {
  WindowRows all = {out, lanes, outStride, in, static_cast<long>(stride) * lanes, stride * rowStride, rowStride, weights,
                    lanes, add, stride, filled};
  if (kernel == 3 && dilation == 1)
    return lanes % wideFloats == 0 ? windowOf<3, 1>(all, stride, width, rows) : windowOfSome<3, 1>(all, stride, width, rows);
  if (kernel == 5 && dilation == 1) return windowOf<5, 1>(all, stride, width, rows);
  if (kernel == 7 && dilation == 1) return windowOf<7, 1>(all, stride, width, rows);
  if (kernel == 3 && dilation == 2) return windowOf<3, 2>(all, stride, width, rows);
  if (kernel == 5 && dilation == 2) return windowOf<5, 2>(all, stride, width, rows);
  __builtin_trap();
}
