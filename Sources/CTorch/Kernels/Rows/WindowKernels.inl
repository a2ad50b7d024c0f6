// Depthwise convolution of stride 1 and 2.

/// Where windows lie: `outStep` and `inStep` floats between neighbouring outputs and between the corners of their windows,
/// `outStride` and `rowStep` between two rows of them; `lanes` and `rowStride` between neighbours within a window, `lanes` from
/// one tap's weights to the next.
struct WindowRows {
  float *out;
  long outStep, outStride;
  const float *in;
  long inStep, rowStep, rowStride;
  const float *weights;
  long lanes;
  bool add;
};

/// Which pixels of a row of `in` have vectors that lie across two lines of the cache, as every second one has where half a vector
/// ends a pixel; `unknown` where there are none, or pixels are not told apart. Of `out` these are the odd ones.
enum class Across { unknown, even, odd };

/// Whether a line of the cache begins there.
CT_INLINE bool beginsLine(const float *at) { return reinterpret_cast<unsigned long>(at) / sizeof(float) % cacheLine == 0; }

/// Neighbouring outputs share what they read, so each input vector is loaded once for a row of the window. R rows of B outputs,
/// so that narrow images have as many chains of sums as wide ones. ALTERNATES: windows lie two pixels apart, and of a window
/// without gaps even and odd taps read every second pixel, each their own; the second half of the weights lies `split` floats
/// behind the first. STEP is `lanes` where it is known beforehand, 0 elsewhere: addresses of neighbouring pixels are then
/// constants. What lies ACROSS is loaded and stored as two halves: the processor takes longer for a whole one than for both.
template <typename Vector, bool ALTERNATES, Across ACROSS, int R, int B, int K, int D, int STEP>
CT_INLINE void windowBlock(const WindowRows &rows, float *out, const float *in, const float *weights, long split) {
  constexpr int streams = ALTERNATES && D == 1 ? 2 : 1, apart = ALTERNATES ? 1 : D;
  constexpr int even = (K + streams - 1) / streams, odd = K - even;
  // A sum's next term comes some eight multiply-adds behind the last one, which is as long as one takes.
  constexpr int latency = 8, gap = STEP == 0 || apart * K >= latency ? apart : (latency + K - 1) / K;
  constexpr bool walks = CT_WALKS && STEP == 0, knowsLines = ACROSS != Across::unknown;
  // The compiler must not see that the halves are neighbours: it would make one of them again.
  const auto behind = [](auto *at) { return knowsLines ? after(at, laneBlock) : at; };
  // Whatever the block writes, these stay.
  const long outStep = STEP ? STEP : rows.outStep, outStride = rows.outStride;
  const long inStep = STEP ? (ALTERNATES ? 2 * STEP : STEP) : rows.inStep, rowStep = rows.rowStep;
  const long lanes = STEP ? STEP : rows.lanes, down = D * rows.rowStride;
  Vector sums[R][B];
  if (rows.add) {
#pragma clang loop unroll(full)
    for (int r = 0; r < R; ++r) {
      const float *from = out + r * outStride, *rest = behind(from);
#pragma clang loop unroll(full)
      for (int p = 0; p < B; ++p)
        sums[r][p] = knowsLines && p % 2 == 1 ? loadHalves<Vector>(from + p * outStep, rest + p * outStep)
                                              : load<Vector>(pixel<walks>(from, outStep, p));
    }
  } else {
#pragma clang loop unroll(full)
    for (int r = 0; r < R; ++r)
#pragma clang loop unroll(full)
      for (int p = 0; p < B; ++p) sums[r][p] = zero<Vector>();
  }
#pragma clang loop unroll(disable)
  for (int y = 0; y < K; ++y, in += down, weights += K * lanes) {
    Vector weight[K];
#pragma clang loop unroll(full)
    for (int x = 0; x < K; ++x) {
      const float *at = weights + x * lanes;
      weight[x] = ALTERNATES ? loadHalves<Vector>(at, at + split) : load<Vector>(at);
    }
#pragma clang loop unroll(full)
    for (int r = 0; r < R; ++r) {
      const float *from = in + r * rowStep, *between = from + lanes, *rest = behind(from);
      Vector value[B + (even - 1) * apart], other[B + odd];
#pragma clang loop unroll(full)
      for (int step = 0; step < B + (K - 1) * gap; ++step) {
        if (step < B + (even - 1) * apart)
          value[step] = knowsLines && step % 2 == (ACROSS == Across::odd)
                            ? loadHalves<Vector>(from + step * inStep, rest + step * inStep)
                            : load<Vector>(pixel<walks>(from, inStep, step));
        if (streams == 2 && step >= gap && step - gap < B + odd - 1)
          other[step - gap] = load<Vector>(pixel<walks>(between, inStep, step - gap));
#pragma clang loop unroll(full)
        for (int x = 0; x < K; ++x) {
          const int p = step - x * gap;
          if (p < 0 || p >= B) continue;
          const auto &source = streams == 1 ? value[p + x * apart] : x % 2 == 0 ? value[p + x / 2] : other[p + x / 2];
          sums[r][p] = fused(weight[x], source, sums[r][p]);
        }
      }
    }
  }
#pragma clang loop unroll(full)
  for (int r = 0; r < R; ++r) {
    float *to = walks ? after(out, r * outStride) : out + r * outStride, *rest = behind(to);
#pragma clang loop unroll(full)
    for (int p = 0; p < B; ++p) {
      if (knowsLines && p % 2 == 1)
        storeHalves(to + p * outStep, rest + p * outStep, sums[r][p]);
      else
        store(pixel<walks>(to, outStep, p), sums[r][p]);
    }
  }
}

/// Channels from `c` on, columns `from` on in blocks of B, all rows; answers the first column that is left.
template <typename Vector, bool ALTERNATES, Across ACROSS, int B, int K, int D, int STEP>
CT_APART int windowBlocks(const WindowRows &all, long c, long weight, long split, int from, int width, int rows) {
  constexpr int together = CT_PIXELS_AT_ONCE > B ? CT_PIXELS_AT_ONCE / B : 1;
  const auto row = [&](auto count, int y) __attribute__((always_inline)) {
    const long outStep = STEP ? STEP : all.outStep, inStep = STEP ? (ALTERNATES ? 2 * STEP : STEP) : all.inStep;
    float *to = all.out + c + y * all.outStride + from * outStep;
    const float *at = all.in + c + y * all.rowStep + from * inStep;
    for (int p = from; p + B <= width; p += B, to += B * outStep, at += B * inStep)
      windowBlock<Vector, ALTERNATES, ACROSS, count, B, K, D, STEP>(all, to, at, all.weights + weight, split);
  };
  int y = 0;
  for (; y + together <= rows; y += together) row(std::integral_constant<int, together>(), y);
  if constexpr (together > 1)
    for (; y < rows; ++y) row(std::integral_constant<int, 1>(), y);
  return from + (width - from) / B * B;
}

template <typename Vector, bool ALTERNATES, int K, int D>
CT_INLINE void windowColumns(const WindowRows &all, long c, long weight, long split, int from, int width, int rows) {
  constexpr int most = CT_PIXELS_AT_ONCE;
  // Of the channels and windows that searches have.
  constexpr bool hasSteps = K < 7 && floatsOf<Vector> == floatsOf<Lanes>;
  constexpr int least = most < 8 ? most : 8;
  int p = from;
  const auto blocks = [&](auto form, int size) {
    if (p + size <= width) p = form(all, c, weight, split, p, width, rows);
  };
  const auto large = [&](auto known) {
    constexpr int step = hasSteps ? known : 0;
    const auto sizes = [&](auto across) {
      blocks(windowBlocks<Vector, ALTERNATES, across, most, K, D, step>, most);
      if (most > 8) blocks(windowBlocks<Vector, ALTERNATES, across, least, K, D, step>, least);
    };
    if constexpr (CT_PAIRS_HALVES && !ALTERNATES && D == 1 && step % wideFloats != 0) {
      if (beginsLine(all.out) && beginsLine(all.in)) return sizes(std::integral_constant<Across, Across::odd>());
      if (beginsLine(all.out) && beginsLine(all.in + laneBlock)) return sizes(std::integral_constant<Across, Across::even>());
    }
    sizes(std::integral_constant<Across, Across::unknown>());
  };
  if (hasSteps && all.outStep == all.lanes)
    withStep(all.lanes, large);
  else
    large(std::integral_constant<int, 0>());
  if (most > 4) blocks(windowBlocks<Vector, ALTERNATES, Across::unknown, 4, K, D, 0>, 4);
  blocks(windowBlocks<Vector, ALTERNATES, Across::unknown, 1, K, D, 0>, 1);
}

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

/// R rows of 2 * B outputs of a half vector, the second B of them in the same registers as the first.
template <int R, int B, int K>
CT_INLINE void windowPairs(const WindowRows &rows, float *out, const float *in, const float *weights) {
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
  for (int y = 0; y < K; ++y, in += rowStride) {
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
    const float *at = all.in + c + y * all.rowStride;
    for (int p = from; p + 2 * B <= width; p += 2 * B)
      windowPairs<count, B, K>(all, to + p * all.lanes, at + p * all.lanes, all.weights + c);
  };
  int y = 0;
  for (; y + together <= rows; y += together) row(std::integral_constant<int, together>(), y);
  if constexpr (together > 1)
    for (; y < rows; ++y) row(std::integral_constant<int, 1>(), y);
  return from + (width - from) / (2 * B) * (2 * B);
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
    all.out += together * all.outStride;
    all.in += together * all.rowStep;
  }
}

static void window(float *out, long outStride, const float *in, long rowStride, const float *weights, int kernel,
                   int dilation, int stride, int width, int rows, int lanes, bool add) {
  WindowRows all = {out, lanes, outStride, in, static_cast<long>(stride) * lanes, stride * rowStride, rowStride, weights,
                    lanes, add};
  if (kernel == 3 && dilation == 1)
    return lanes % wideFloats == 0 ? windowOf<3, 1>(all, stride, width, rows) : windowOfSome<3, 1>(all, stride, width, rows);
  if (kernel == 5 && dilation == 1) return windowOf<5, 1>(all, stride, width, rows);
  if (kernel == 7 && dilation == 1) return windowOf<7, 1>(all, stride, width, rows);
  if (kernel == 3 && dilation == 2) return windowOf<3, 2>(all, stride, width, rows);
  if (kernel == 5 && dilation == 2) return windowOf<5, 2>(all, stride, width, rows);
  __builtin_trap();
}
