// ReLU, batch norms and the sums that they and the credits need.

static void relu(float *out, const float *in, long count) {
  inVectors<Lanes>(count, [&](auto type, long at) {
    typedef typename decltype(type)::Vector Vector;
    store(out + at, positive(load<Vector>(in + at)));
  });
}

static void normalisedRelu(float *out, const float *in, const float *scale, const float *shift, int width, int lanes) {
  const long floats = static_cast<long>(width) * lanes;
  inVectors<Lanes>(lanes, [&](auto type, long c) {
    typedef typename decltype(type)::Vector Vector;
    const auto a = load<Vector>(scale + c), b = load<Vector>(shift + c);
    for (long at = c; at < floats; at += lanes) {
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
  inVectors<Lanes>(lanes, [&](auto type, long c) {
    typedef typename decltype(type)::Vector Vector;
    const auto onG = load<Vector>(a + c), onY = load<Vector>(b + c), constant = load<Vector>(d + c);
    for (long at = c; at < floats; at += lanes)
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
