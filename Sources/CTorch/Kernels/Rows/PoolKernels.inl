// Max-pool of 3x3 windows and its gradient.

/// The larger of both, the first of equal ones; not-a-number wins.
template <typename Vector>
CT_INLINE Vector larger(Vector best, Vector value) {
  const Vector larger = value > best ? value : best;
  return value != value ? value : larger;
}

/// The larger of both, the first of equal ones, where neither is not-a-number: one instruction.
template <typename Vector>
CT_INLINE Vector largerNumber(Vector best, Vector value) {
  return value > best ? value : best;
}

/// B windows side by side, row by row, so that neighbours of stride 1 share pairs. `pick` may be applied in any grouping, as long
/// as places stay in order: it takes the first of equal ones. Answers the sum of all, not-a-number if one of them is.
template <typename Vector, int STRIDE, int B, typename Pick>
CT_INLINE Vector largestBlock(float *out, const float *in, long rowStride, int lanes, Pick pick) {
  Vector best[B], sum = zero<Vector>();
#pragma clang loop unroll(full)
  for (int y = 0; y < 3; ++y, in += rowStride) {
    Vector value[(B - 1) * STRIDE + 3], ofRow[B];
#pragma clang loop unroll(full)
    for (int at = 0; at < (B - 1) * STRIDE + 3; ++at) {
      value[at] = load<Vector>(in + static_cast<long>(at) * lanes);
      sum += value[at];
    }
#pragma clang loop unroll(full)
    for (int p = 0; p < B; ++p) {
      const int at = p * STRIDE;
      const bool sharesFirst = STRIDE == 1 && p % 2 == 1;
      ofRow[p] = sharesFirst ? pick(pick(value[at], value[at + 1]), value[at + 2])
                             : pick(value[at], pick(value[at + 1], value[at + 2]));
    }
#pragma clang loop unroll(full)
    for (int p = 0; p < B; ++p) best[p] = y == 0 ? ofRow[p] : pick(best[p], ofRow[p]);
  }
#pragma clang loop unroll(full)
  for (int p = 0; p < B; ++p) store(out + static_cast<long>(p) * lanes, best[p]);
  return sum;
}

/// The same, where not-a-number wins: rare, so it is looked for in the sum of all values alone.
template <typename Vector, int STRIDE, int B>
CT_INLINE void largestOf(float *out, const float *in, long rowStride, int lanes) {
  const auto sum = largestBlock<Vector, STRIDE, B>(out, in, rowStride, lanes, largerNumber<Vector>);
  if (__builtin_reduce_or(sum != sum)) largestBlock<Vector, STRIDE, B>(out, in, rowStride, lanes, larger<Vector>);
}

template <int STRIDE>
CT_INLINE void largestOfRow(float *out, const float *in, long rowStride, int width, int lanes) {
  constexpr int together = 4;
  inVectors<Wide>(lanes, [&](auto type, long c) {
    typedef typename decltype(type)::Vector Vector;
    const auto place = [&](int p) { return static_cast<long>(p) * lanes + c; };
    int p = 0;
    for (; p + together <= width; p += together)
      largestOf<Vector, STRIDE, together>(out + place(p), in + place(p * STRIDE), rowStride, lanes);
    for (; p < width; ++p) largestOf<Vector, STRIDE, 1>(out + place(p), in + place(p * STRIDE), rowStride, lanes);
  });
}

static void largest(float *out, const float *in, long rowStride, int stride, int width, int lanes) {
  if (stride == 1)
    largestOfRow<1>(out, in, rowStride, width, lanes);
  else
    largestOfRow<2>(out, in, rowStride, width, lanes);
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
