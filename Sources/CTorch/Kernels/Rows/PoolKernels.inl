// Max-pool of 3x3 windows and its gradient.

/// The larger of both, the first of equal ones; not-a-number wins.
template <typename Vector>
CT_INLINE Vector larger(Vector best, Vector value) {
  const Vector larger = value > best ? value : best;
  return value != value ? value : larger;
}

static void largest(float *out, const float *in, long inStep, const long *offsets, int tapCount, int width, int lanes) {
  constexpr int together = 4;
  inVectors<Lanes>(lanes, [&](auto type, long c) {
    typedef typename decltype(type)::Vector Vector;
    int p = 0;
    for (; p + together <= width; p += together) {
      const float *at = in + p * inStep + c;
      Vector best[together];
      for (int q = 0; q < together; ++q) best[q] = load<Vector>(at + offsets[0] + q * inStep);
      for (int t = 1; t < tapCount; ++t)
        for (int q = 0; q < together; ++q) best[q] = larger(best[q], load<Vector>(at + offsets[t] + q * inStep));
      for (int q = 0; q < together; ++q) store(out + static_cast<long>(p + q) * lanes + c, best[q]);
    }
    for (; p < width; ++p) {
      const float *at = in + p * inStep + c;
      auto best = load<Vector>(at + offsets[0]);
      for (int t = 1; t < tapCount; ++t) best = larger(best, load<Vector>(at + offsets[t]));
      store(out + static_cast<long>(p) * lanes + c, best);
    }
  });
}

/// Neighbouring windows of stride STRIDE share columns: what goes to a column stays in registers until no window reaches it.
template <typename Vector, int STRIDE>
CT_INLINE void largestGradientColumns(float *dIn, const float *in, long rowStride, const float *out, const float *d,
                                      int width, int lanes) {
  constexpr int shared = 3 - STRIDE;
  Vector values[3][3], targets[3][3];
  for (int y = 0; y < 3; ++y) {
    for (int x = 0; x < shared; ++x) {
      values[y][x + STRIDE] = load<Vector>(in + y * rowStride + static_cast<long>(x) * lanes);
      targets[y][x + STRIDE] = load<Vector>(dIn + y * rowStride + static_cast<long>(x) * lanes);
    }
  }
  for (int p = 0; p < width; ++p) {
    const long column = static_cast<long>(p) * STRIDE * lanes;
    const Vector best = load<Vector>(out + static_cast<long>(p) * lanes);
    Vector left = load<Vector>(d + static_cast<long>(p) * lanes);
#pragma clang loop unroll(full)
    for (int y = 0; y < 3; ++y) {
      const float *from = in + y * rowStride + column;
      float *to = dIn + y * rowStride + column;
#pragma clang loop unroll(full)
      for (int x = 0; x < 3; ++x) {
        const bool isKept = x < shared;
        values[y][x] = isKept ? values[y][x + STRIDE < 3 ? x + STRIDE : 2] : load<Vector>(from + static_cast<long>(x) * lanes);
        targets[y][x] = isKept ? targets[y][x + STRIDE < 3 ? x + STRIDE : 2] : load<Vector>(to + static_cast<long>(x) * lanes);
      }
#pragma clang loop unroll(full)
      for (int x = 0; x < 3; ++x) {
        const auto isBest = values[y][x] == best;
        targets[y][x] += isBest ? left : zero<Vector>();
        left = isBest ? zero<Vector>() : left;
      }
#pragma clang loop unroll(full)
      for (int x = 0; x < STRIDE; ++x) store(to + static_cast<long>(x) * lanes, targets[y][x]);
    }
  }
  for (int y = 0; y < 3; ++y)
    for (int x = 0; x < shared; ++x)
      store(dIn + y * rowStride + static_cast<long>(width * STRIDE + x) * lanes, targets[y][x + STRIDE]);
}

static void largestGradient(float *dIn, const float *in, long rowStride, int stride, const float *out, const float *d,
                            int width, int lanes) {
  inVectors<Wide>(lanes, [&](auto type, long c) {
    typedef typename decltype(type)::Vector Vector;
    if (stride == 1)
      largestGradientColumns<Vector, 1>(dIn + c, in + c, rowStride, out + c, d + c, width, lanes);
    else
      largestGradientColumns<Vector, 2>(dIn + c, in + c, rowStride, out + c, d + c, width, lanes);
  });
}
