// ReLU, batch norms and the sums that they and the credits need.

static void relu(float *out, const float *in, long count) {
  inVectors<Lanes>(count, [&](auto type, long at) {
    typedef typename decltype(type)::Vector Vector;
    store(out + at, positive(load<Vector>(in + at)));
  });
}

#if CT_PAIRS_HALVES
/// Vector `index` of the channels of pixels side by side, each of which has the same.
CT_INLINE Lanes repeated(const float *values, int lanes, int index) {
  const int at = index * floatsOf<Lanes>;
  return loadHalves<Lanes>(values + at % lanes, values + (at + laneBlock) % lanes);
}

/// BODY(count, first, step) for pixels whose channels fill vectors, or two where half a vector ends one: `count` vectors side by
/// side, the first of `step` floats, so that loads are whole lines of the cache, one after the other. Answers the pixels that are
/// left, all of them where there is no such form.
template <typename Body>
CT_INLINE int inWholeVectors(int width, int lanes, Body body) {
  const auto all = [&](auto count) { body(count, 0, count * floatsOf<Lanes>); };
  const auto thirds = [&] {
    for (int first = 0; first < 9; first += 3) body(std::integral_constant<int, 3>(), first, 9 * floatsOf<Lanes>);
  };
  switch (lanes) {
    case 32: return all(std::integral_constant<int, 2>()), 0;
    case 40: return all(std::integral_constant<int, 5>()), width % 2;
    case 64: return all(std::integral_constant<int, 4>()), 0;
    case 72: return thirds(), width % 2;
    case 144: return thirds(), 0;
    default: return width;
  }
}
#endif

static void normalisedRelu(float *out, const float *in, const float *scale, const float *shift, int width, int lanes) {
  const long floats = static_cast<long>(width) * lanes;
#if CT_PAIRS_HALVES
  const int left = inWholeVectors(width, lanes, [&](auto count, int begin, int some) {
    Lanes a[count], b[count];
#pragma clang loop unroll(full)
    for (int v = 0; v < count; ++v) a[v] = repeated(scale, lanes, begin + v), b[v] = repeated(shift, lanes, begin + v);
    for (long at = 0; at + some <= floats; at += some)
#pragma clang loop unroll(full)
      for (int v = 0; v < count; ++v) {
        const long place = at + (begin + v) * floatsOf<Lanes>;
        fetchAhead(in + place + floats);
        store(out + place, positive(fused(a[v], load(in + place), b[v])));
      }
  });
  if (left == 0) return;
  const long first = floats - static_cast<long>(left) * lanes;
#else
  const long first = 0;
#endif
  inVectors<Lanes>(lanes, [&](auto type, long c) {
    typedef typename decltype(type)::Vector Vector;
    const auto a = load<Vector>(scale + c), b = load<Vector>(shift + c);
    for (long at = first + c; at < floats; at += lanes) {
      fetchAhead(in + at + floats);
      store(out + at, positive(fused(a, load<Vector>(in + at), b)));
    }
  });
}

/// Sums over a row run in four chains, pixel p in chain p % 4: one alone would wait for itself at every pixel.
constexpr int chains = 4;

template <typename Vector>
CT_INLINE void clear(Vector *sums) {
  for (int chain = 0; chain < chains; ++chain) sums[chain] = zero<Vector>();
}
template <typename Vector>
CT_INLINE Vector joined(const Vector *sums) {
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

/// BODY(chain, at) for all pixels of a row; the chains' numbers are constants, so that their sums stay in registers.
#define CT_IN_CHAINS(BODY)                                                                    \
  {                                                                                           \
    int p = 0;                                                                                \
    for (; p + chains <= width; p += chains) {                                                \
      _Pragma("clang loop unroll(full)") for (int chain = 0; chain < chains; ++chain)         \
          BODY(chain, c + static_cast<long>(p + chain) * lanes);                              \
    }                                                                                         \
    _Pragma("clang loop unroll(full)") for (int chain = 0; chain < chains - 1; ++chain)       \
        if (p + chain < width) BODY(chain, c + static_cast<long>(p + chain) * lanes);         \
  }

template <typename Vector>
CT_INLINE void momentsPixel(Vector &sum, Vector &square, const float *in, Vector middle) {
  const auto value = load<Vector>(in) - middle;
  sum += value;
  square = fused(value, value, square);
}

static void moments(double *sums, double *squares, const float *in, const float *centre, int width, int lanes) {
  inVectors<Wide>(lanes, [&](auto type, long c) {
    typedef typename decltype(type)::Vector Vector;
    const auto middle = load<Vector>(centre + c);
    Vector sum[chains], square[chains];
    clear(sum);
    clear(square);
#define CT_BODY(chain, at) momentsPixel(sum[chain], square[chain], in + at, middle)
    CT_IN_CHAINS(CT_BODY)
#undef CT_BODY
    addToDoubles(sums + c, joined(sum));
    addToDoubles(squares + c, joined(square));
  });
}

static void sum(double *sums, const float *a, int width, int lanes) {
  inVectors<Lanes>(lanes, [&](auto type, long c) {
    typedef typename decltype(type)::Vector Vector;
    Vector total[chains];
    clear(total);
#define CT_BODY(chain, at) total[chain] += load<Vector>(a + at)
    CT_IN_CHAINS(CT_BODY)
#undef CT_BODY
    addToDoubles(sums + c, joined(total));
  });
}

template <typename Vector>
CT_INLINE void productPixel(Vector &total, const float *a, const float *b, Vector middle) {
  // Into the first cache and two pages ahead: `b` comes from memory, and what one of the processor's few buffers for misses
  // holds until then is little.
  constexpr long ahead = 2048;
  __builtin_prefetch(b + ahead, 0, 3);
  total = fused(load<Vector>(a), load<Vector>(b) - middle, total);
}

static void product(double *sums, const float *a, const float *b, const float *centre, int width, int lanes) {
  inVectors<Lanes>(lanes, [&](auto type, long c) {
    typedef typename decltype(type)::Vector Vector;
    const auto middle = load<Vector>(centre + c);
    Vector total[chains];
    clear(total);
#define CT_BODY(chain, at) productPixel(total[chain], a + at, b + at, middle)
    CT_IN_CHAINS(CT_BODY)
#undef CT_BODY
    addToDoubles(sums + c, joined(total));
  });
}

static void normGradient(float *out, const float *g, const float *y, const float *a, const float *b, const float *d,
                         int width, int lanes) {
  const long floats = static_cast<long>(width) * lanes;
#if CT_PAIRS_HALVES
  const int left = inWholeVectors(width, lanes, [&](auto count, int begin, int some) {
    Lanes onG[count], onY[count], constant[count];
#pragma clang loop unroll(full)
    for (int v = 0; v < count; ++v)
      onG[v] = repeated(a, lanes, begin + v), onY[v] = repeated(b, lanes, begin + v), constant[v] = repeated(d, lanes, begin + v);
    for (long at = 0; at + some <= floats; at += some)
#pragma clang loop unroll(full)
      for (int v = 0; v < count; ++v) {
        const long place = at + (begin + v) * floatsOf<Lanes>;
        store(out + place, fused(onG[v], load(g + place), fused(onY[v], load(y + place), constant[v])));
      }
  });
  if (left == 0) return;
  const long first = floats - static_cast<long>(left) * lanes;
#else
  const long first = 0;
#endif
  inVectors<Lanes>(lanes, [&](auto type, long c) {
    typedef typename decltype(type)::Vector Vector;
    const auto onG = load<Vector>(a + c), onY = load<Vector>(b + c), constant = load<Vector>(d + c);
    for (long at = first + c; at < floats; at += lanes)
      store(out + at, fused(onG, load<Vector>(g + at), fused(onY, load<Vector>(y + at), constant)));
  });
}

template <typename Vector>
struct MaskedNorm {
  Vector scale, shift, centre;
};

template <typename Vector>
CT_INLINE void maskedPixel(Vector &sum, Vector &product, float *d, const float *y, const MaskedNorm<Vector> &norm) {
  const auto value = load<Vector>(y);
  const auto kept = fused(norm.scale, value, norm.shift) > zero<Vector>() ? load<Vector>(d) : zero<Vector>();
  store(d, kept);
  sum += kept;
  product = fused(kept, value - norm.centre, product);
}

static void maskedMoments(double *sums, double *products, float *d, const float *y, const float *scale,
                          const float *shift, const float *centre, int width, int lanes) {
  inVectors<Wide>(lanes, [&](auto type, long c) {
    typedef typename decltype(type)::Vector Vector;
    const MaskedNorm<Vector> norm = {load<Vector>(scale + c), load<Vector>(shift + c), load<Vector>(centre + c)};
    Vector sum[chains], product[chains];
    clear(sum);
    clear(product);
#define CT_BODY(chain, at) maskedPixel(sum[chain], product[chain], d + at, y + at, norm)
    CT_IN_CHAINS(CT_BODY)
#undef CT_BODY
    addToDoubles(sums + c, joined(sum));
    addToDoubles(products + c, joined(product));
  });
}
