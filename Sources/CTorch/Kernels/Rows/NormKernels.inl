// ReLU, batch norms and the sums that they and the credits need.

static void relu(float *out, const float *in, long count) {
  for (long at = 0; at < count; at += laneBlock) store(out + at, positive(load(in + at)));
}

static void normalisedRelu(float *out, const float *in, const float *scale, const float *shift, int width, int lanes) {
  for (int c = 0; c < lanes; c += laneBlock) {
    const Lanes a = load(scale + c), b = load(shift + c);
    const long end = static_cast<long>(width) * lanes;
    for (long at = c; at < end; at += lanes) {
      fetchAhead(in + at + end);
      store(out + at, positive(fused(a, load(in + at), b)));
    }
  }
}

/// Sums over a row run in four chains, pixel p in chain p % 4: one alone would wait for itself at every pixel.
constexpr int chains = 4;

CT_INLINE void clear(Lanes *sums) {
  for (int chain = 0; chain < chains; ++chain) sums[chain] = zero();
}
CT_INLINE Lanes joined(const Lanes *sums) { return (sums[0] + sums[1]) + (sums[2] + sums[3]); }

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

CT_INLINE void momentsPixel(Lanes &sum, Lanes &square, const float *in, Lanes middle) {
  const Lanes value = load(in) - middle;
  sum += value;
  square = fused(value, value, square);
}

static void moments(double *sums, double *squares, const float *in, const float *centre, int width, int lanes) {
  for (int c = 0; c < lanes; c += laneBlock) {
    const Lanes middle = load(centre + c);
    Lanes sum[chains], square[chains];
    clear(sum);
    clear(square);
#define CT_BODY(chain, at) momentsPixel(sum[chain], square[chain], in + at, middle)
    CT_IN_CHAINS(CT_BODY)
#undef CT_BODY
    addToDoubles(sums + c, joined(sum));
    addToDoubles(squares + c, joined(square));
  }
}

static void sum(double *sums, const float *a, int width, int lanes) {
  for (int c = 0; c < lanes; c += laneBlock) {
    Lanes total[chains];
    clear(total);
#define CT_BODY(chain, at) total[chain] += load(a + at)
    CT_IN_CHAINS(CT_BODY)
#undef CT_BODY
    addToDoubles(sums + c, joined(total));
  }
}

CT_INLINE void productPixel(Lanes &total, const float *a, const float *b, Lanes middle, long ahead) {
  fetchAhead(b + ahead);
  total = fused(load(a), load(b) - middle, total);
}

static void product(double *sums, const float *a, const float *b, const float *centre, int width, int lanes) {
  const long ahead = static_cast<long>(width) * lanes;
  for (int c = 0; c < lanes; c += laneBlock) {
    const Lanes middle = load(centre + c);
    Lanes total[chains];
    clear(total);
#define CT_BODY(chain, at) productPixel(total[chain], a + at, b + at, middle, ahead)
    CT_IN_CHAINS(CT_BODY)
#undef CT_BODY
    addToDoubles(sums + c, joined(total));
  }
}

static void normGradient(float *out, const float *g, const float *y, const float *a, const float *b, const float *d,
                         int width, int lanes) {
  for (int c = 0; c < lanes; c += laneBlock) {
    const Lanes onG = load(a + c), onY = load(b + c), constant = load(d + c);
    const long end = static_cast<long>(width) * lanes;
    for (long at = c; at < end; at += lanes) {
      store(out + at, fused(onG, load(g + at), fused(onY, load(y + at), constant)));
    }
  }
}

struct MaskedNorm {
  Lanes scale, shift, centre;
};

CT_INLINE void maskedPixel(Lanes &sum, Lanes &product, float *d, const float *y, const MaskedNorm &norm) {
  const Lanes value = load(y);
  const Lanes kept = fused(norm.scale, value, norm.shift) > zero() ? load(d) : zero();
  store(d, kept);
  sum += kept;
  product = fused(kept, value - norm.centre, product);
}

static void maskedMoments(double *sums, double *products, float *d, const float *y, const float *scale,
                          const float *shift, const float *centre, int width, int lanes) {
  for (int c = 0; c < lanes; c += laneBlock) {
    const MaskedNorm norm = {load(scale + c), load(shift + c), load(centre + c)};
    Lanes sum[chains], product[chains];
    clear(sum);
    clear(product);
#define CT_BODY(chain, at) maskedPixel(sum[chain], product[chain], d + at, y + at, norm)
    CT_IN_CHAINS(CT_BODY)
#undef CT_BODY
    addToDoubles(sums + c, joined(sum));
    addToDoubles(products + c, joined(product));
  }
}
