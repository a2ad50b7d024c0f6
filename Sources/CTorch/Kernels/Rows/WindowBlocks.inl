// A depthwise convolution's window over blocks of outputs in registers.

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
  int stride;
  FilledRows filled;

  /// What is left behind some rows of outputs.
  void skip(int rows) {
    out += rows * outStride;
    in += rows * rowStep;
    filled.begin -= rows * stride;
    filled.end -= rows * stride;
  }
};

/// Rows of a window's taps.
struct TapRows {
  int first, count;
};

/// Those that rows `y` to `y + rows` of outputs need: what the others would add is zero.
template <int K, int D>
CT_INLINE TapRows tapRows(const WindowRows &all, int y, int rows) {
  const int top = y * all.stride, bottom = top + (rows - 1) * all.stride;
  const int first = bottom < all.filled.begin ? (all.filled.begin - bottom + D - 1) / D : 0;
  const int end = top >= all.filled.end ? 0 : std::min(K, (all.filled.end - 1 - top) / D + 1);
  return {first, std::max(0, end - first)};
}

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
CT_INLINE void windowBlock(const WindowRows &rows, float *out, const float *in, const float *weights, long split, int tapRows) {
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
  for (int y = 0; y < tapRows; ++y, in += down, weights += K * lanes) {
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
    const auto taps = tapRows<K, D>(all, y, count);
    const float *at = all.in + c + y * all.rowStep + from * inStep + taps.first * D * all.rowStride;
    const float *weights = all.weights + weight + taps.first * K * (STEP ? STEP : all.lanes);
    for (int p = from; p + B <= width; p += B, to += B * outStep, at += B * inStep)
      windowBlock<Vector, ALTERNATES, ACROSS, count, B, K, D, STEP>(all, to, at, weights, split, taps.count);
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
