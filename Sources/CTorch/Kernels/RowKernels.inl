// The source of one instruction set's row kernels; included by a file that has set the target, inside a namespace of its
// own. CT_PIXELS_AT_ONCE and CT_OUTER_AT_ONCE are how many vectors of partial sums the registers hold.

// Vectors cross no call: everything that takes one is inlined.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wpsabi"

typedef float Lanes __attribute__((vector_size(64), aligned(4)));
typedef int Masks __attribute__((vector_size(64), aligned(4)));
typedef double Doubles __attribute__((vector_size(128), aligned(8)));

#define CT_INLINE static inline __attribute__((always_inline))
/// Of several forms of one loop: inlined into one function they would take each other's registers.
#define CT_APART static __attribute__((noinline))

CT_INLINE Lanes load(const float *at) { return *reinterpret_cast<const Lanes *>(at); }
CT_INLINE void store(float *at, Lanes value) { *reinterpret_cast<Lanes *>(at) = value; }
CT_INLINE Lanes splat(float value) {
  return Lanes{value, value, value, value, value, value, value, value,
               value, value, value, value, value, value, value, value};
}
CT_INLINE Lanes zero() { return splat(0); }
CT_INLINE Lanes fused(Lanes a, Lanes b, Lanes c) { return __builtin_elementwise_fma(a, b, c); }
CT_INLINE Lanes positive(Lanes v) { return v < zero() ? zero() : v; }

/// Planes are read row after row, far more rows than the processor's own prefetching follows: the next row is asked for
/// while this one is worked on.
CT_INLINE void fetchAhead(const float *at) { __builtin_prefetch(at, 0, 2); }

CT_INLINE void addToDoubles(double *sums, Lanes value) {
  *reinterpret_cast<Doubles *>(sums) += __builtin_convertvector(value, Doubles);
}

template <int B>
CT_INLINE void tapsBlock(float *out, long outStep, const float *in, long inStep, const float *weights,
                         const long *offsets, int tapCount, int lanes, bool add) {
  Lanes sums[B];
  for (int p = 0; p < B; ++p) sums[p] = add ? load(out + p * outStep) : zero();
  for (int t = 0; t < tapCount; ++t) {
    const Lanes weight = load(weights + static_cast<long>(t) * lanes);
    const float *at = in + offsets[t];
    for (int p = 0; p < B; ++p) sums[p] = fused(weight, load(at + p * inStep), sums[p]);
  }
  for (int p = 0; p < B; ++p) store(out + p * outStep, sums[p]);
}

static void taps(float *out, long outStep, const float *in, long inStep, const float *weights, const long *offsets,
                 int tapCount, int width, int lanes, bool add) {
  for (int c = 0; c < lanes; c += laneBlock) {
    int p = 0;
    for (; p + 8 <= width; p += 8)
      tapsBlock<8>(out + p * outStep + c, outStep, in + p * inStep + c, inStep, weights + c, offsets, tapCount, lanes, add);
    for (; p + 4 <= width; p += 4)
      tapsBlock<4>(out + p * outStep + c, outStep, in + p * inStep + c, inStep, weights + c, offsets, tapCount, lanes, add);
    for (; p < width; ++p)
      tapsBlock<1>(out + p * outStep + c, outStep, in + p * inStep + c, inStep, weights + c, offsets, tapCount, lanes, add);
  }
}

template <int T>
CT_INLINE void tapGradientBlock(float *gradient, const float *in, long inStep, const float *d, long dStep,
                                const long *offsets, int width, int lanes) {
  Lanes sums[T];
  for (int t = 0; t < T; ++t) sums[t] = zero();
  for (int p = 0; p < width; ++p) {
    const Lanes value = load(d + p * dStep);
    const float *at = in + p * inStep;
    for (int t = 0; t < T; ++t) sums[t] = fused(load(at + offsets[t]), value, sums[t]);
  }
  for (int t = 0; t < T; ++t) {
    float *place = gradient + static_cast<long>(t) * lanes;
    store(place, load(place) + sums[t]);
  }
}

static void tapGradient(float *gradient, const float *in, long inStep, const float *d, long dStep, const long *offsets,
                        int tapCount, int width, int lanes) {
  for (int c = 0; c < lanes; c += laneBlock) {
    int t = 0;
    for (; t + 5 <= tapCount; t += 5)
      tapGradientBlock<5>(gradient + static_cast<long>(t) * lanes + c, in + c, inStep, d + c, dStep, offsets + t, width,
                          lanes);
    for (; t < tapCount; ++t)
      tapGradientBlock<1>(gradient + static_cast<long>(t) * lanes + c, in + c, inStep, d + c, dStep, offsets + t, width,
                          lanes);
  }
}

/// STEP is `inStep` where it is known beforehand, 0 elsewhere: addresses of neighbouring pixels are then constants.
template <int B, int V, int STEP>
CT_INLINE void pointwiseBlock(float *out, long outStep, const float *in, long inStep, const float *weights, int inputs,
                              int lanes, bool add, float *ahead) {
  const long step = STEP ? STEP : inStep;
  if (ahead)
    for (int p = 0; p < B; ++p)
      for (int v = 0; v < V; ++v) __builtin_prefetch(ahead + p * outStep + v * laneBlock, 1, 3);
  Lanes sums[B][V];
  for (int p = 0; p < B; ++p)
    for (int v = 0; v < V; ++v) sums[p][v] = add ? load(out + p * outStep + v * laneBlock) : zero();
  for (int i = 0; i < inputs; ++i) {
    Lanes weight[V];
    for (int v = 0; v < V; ++v) weight[v] = load(weights + static_cast<long>(i) * lanes + v * laneBlock);
    for (int p = 0; p < B; ++p) {
      const Lanes value = splat(in[p * step + i]);
      for (int v = 0; v < V; ++v) sums[p][v] = fused(value, weight[v], sums[p][v]);
    }
  }
  for (int p = 0; p < B; ++p)
    for (int v = 0; v < V; ++v) store(out + p * outStep + v * laneBlock, sums[p][v]);
}

template <int V, int STEP>
CT_INLINE void pointwiseColumns(float *out, long outStep, const float *in, long inStep, const float *weights,
                                int inputs, int lanes, int width, bool add, float *ahead) {
  constexpr int block = CT_POINTWISE_PIXELS / V;
  int p = 0;
  for (; p + block <= width; p += block)
    pointwiseBlock<block, V, STEP>(out + p * outStep, outStep, in + p * inStep, inStep, weights, inputs, lanes, add,
                                   ahead ? ahead + p * outStep : nullptr);
  for (; p < width; ++p)
    pointwiseBlock<1, V, STEP>(out + p * outStep, outStep, in + p * inStep, inStep, weights, inputs, lanes, add,
                               ahead ? ahead + p * outStep : nullptr);
}

template <int STEP>
CT_INLINE void pointwiseAll(float *out, long outStep, const float *in, long inStep, const float *weights, int inputs,
                            int lanes, int width, bool add, float *ahead) {
  int c = 0;
  for (; c + 2 * laneBlock <= lanes; c += 2 * laneBlock)
    pointwiseColumns<2, STEP>(out + c, outStep, in, inStep, weights + c, inputs, lanes, width, add,
                              ahead ? ahead + c : nullptr);
  for (; c < lanes; c += laneBlock)
    pointwiseColumns<1, STEP>(out + c, outStep, in, inStep, weights + c, inputs, lanes, width, add,
                              ahead ? ahead + c : nullptr);
}

static void pointwise(float *out, long outStep, const float *in, long inStep, const float *weights, int inputs,
                      int lanes, int width, bool add, float *ahead) {
  switch (inStep) {
    case 16: return pointwiseAll<16>(out, outStep, in, inStep, weights, inputs, lanes, width, add, ahead);
    case 32: return pointwiseAll<32>(out, outStep, in, inStep, weights, inputs, lanes, width, add, ahead);
    case 64: return pointwiseAll<64>(out, outStep, in, inStep, weights, inputs, lanes, width, add, ahead);
    case 128: return pointwiseAll<128>(out, outStep, in, inStep, weights, inputs, lanes, width, add, ahead);
    default: return pointwiseAll<0>(out, outStep, in, inStep, weights, inputs, lanes, width, add, ahead);
  }
}

template <int I, bool FETCHES>
CT_INLINE void outerBlock(float *gradient, const float *in, long inStep, const float *d, long dStep, int lanes,
                          int width, const Ahead &ahead, int lane) {
  Lanes sums[I];
  for (int i = 0; i < I; ++i) sums[i] = zero();
  for (int p = 0; p < width; ++p) {
    if (FETCHES) {
      fetchAhead(ahead.first + p * dStep + lane);
      fetchAhead(ahead.second + p * dStep + lane);
    }
    const Lanes value = load(d + p * dStep);
    const float *at = in + p * inStep;
    for (int i = 0; i < I; ++i) sums[i] = fused(splat(at[i]), value, sums[i]);
  }
  for (int i = 0; i < I; ++i) {
    float *place = gradient + static_cast<long>(i) * lanes;
    store(place, load(place) + sums[i]);
  }
}

static void outer(float *gradient, const float *in, long inStep, const float *d, long dStep, int inputs, int lanes,
                  int width, Ahead ahead) {
  for (int c = 0; c < lanes; c += laneBlock) {
    int i = 0;
    if (ahead.first && CT_OUTER_AT_ONCE <= inputs) {
      outerBlock<CT_OUTER_AT_ONCE, true>(gradient + c, in, inStep, d + c, dStep, lanes, width, ahead, c);
      i = CT_OUTER_AT_ONCE;
    }
    for (; i + CT_OUTER_AT_ONCE <= inputs; i += CT_OUTER_AT_ONCE)
      outerBlock<CT_OUTER_AT_ONCE, false>(gradient + static_cast<long>(i) * lanes + c, in + i, inStep, d + c, dStep,
                                          lanes, width, ahead, c);
    for (; i + 4 <= inputs; i += 4)
      outerBlock<4, false>(gradient + static_cast<long>(i) * lanes + c, in + i, inStep, d + c, dStep, lanes, width,
                           ahead, c);
    for (; i < inputs; ++i)
      outerBlock<1, false>(gradient + static_cast<long>(i) * lanes + c, in + i, inStep, d + c, dStep, lanes, width,
                           ahead, c);
  }
}

/// Stride 1: neighbouring outputs share what they read, so each input vector is loaded once for a row of the window. R rows
/// of B outputs, so that narrow images have as many chains of sums as wide ones.
template <int R, int B, int K, int D>
CT_INLINE void windowBlock(float *out, long outStride, const float *in, long rowStride, const float *weights, int lanes,
                           bool add) {
  Lanes sums[R][B];
  for (int r = 0; r < R; ++r)
    for (int p = 0; p < B; ++p) sums[r][p] = add ? load(out + r * outStride + static_cast<long>(p) * lanes) : zero();
  for (int y = 0; y < K; ++y) {
    Lanes weight[K];
    for (int x = 0; x < K; ++x) weight[x] = load(weights + static_cast<long>(y * K + x) * lanes);
#pragma clang loop unroll(full)
    for (int r = 0; r < R; ++r) {
      const float *row = in + (y * D + r) * rowStride;
#pragma clang loop unroll(full)
      for (int at = 0; at < B + (K - 1) * D; ++at) {
        const Lanes value = load(row + static_cast<long>(at) * lanes);
#pragma clang loop unroll(full)
        for (int x = 0; x < K; ++x) {
          const int p = at - x * D;
          if (p >= 0 && p < B) sums[r][p] = fused(weight[x], value, sums[r][p]);
        }
      }
    }
  }
  for (int r = 0; r < R; ++r)
    for (int p = 0; p < B; ++p) store(out + r * outStride + static_cast<long>(p) * lanes, sums[r][p]);
}

/// Columns `from` on in blocks of B, all rows; answers the first column that is left.
template <int B, int K, int D>
CT_APART int windowBlocks(float *out, long outStride, const float *in, long rowStride, const float *weights, int from,
                          int width, int rows, int lanes, bool add) {
  constexpr int together = CT_PIXELS_AT_ONCE > B ? CT_PIXELS_AT_ONCE / B : 1;
  int y = 0;
  for (; y + together <= rows; y += together)
    for (int p = from; p + B <= width; p += B)
      windowBlock<together, B, K, D>(out + y * outStride + static_cast<long>(p) * lanes, outStride,
                                     in + y * rowStride + static_cast<long>(p) * lanes, rowStride, weights, lanes, add);
  for (; y < rows; ++y)
    for (int p = from; p + B <= width; p += B)
      windowBlock<1, B, K, D>(out + y * outStride + static_cast<long>(p) * lanes, outStride,
                              in + y * rowStride + static_cast<long>(p) * lanes, rowStride, weights, lanes, add);
  return from + (width - from) / B * B;
}

template <int K, int D>
CT_APART void windowOf(float *out, long outStride, const float *in, long rowStride, const float *weights, int width,
                       int rows, int lanes, bool add) {
  for (int c = 0; c < lanes; c += laneBlock) {
    int p = 0;
    const auto blocks = [&](auto form, int size) {
      if (p + size <= width)
        p = form(out + c, outStride, in + c, rowStride, weights + c, p, width, rows, lanes, add);
    };
    blocks(windowBlocks<CT_PIXELS_AT_ONCE, K, D>, CT_PIXELS_AT_ONCE);
    if (CT_PIXELS_AT_ONCE > 8) blocks(windowBlocks<8, K, D>, 8);
    if (CT_PIXELS_AT_ONCE > 4) blocks(windowBlocks<4, K, D>, 4);
    blocks(windowBlocks<1, K, D>, 1);
  }
}

static void window(float *out, long outStride, const float *in, long rowStride, const float *weights, int kernel,
                   int dilation, int width, int rows, int lanes, bool add) {
  if (kernel == 3 && dilation == 1)
    return windowOf<3, 1>(out, outStride, in, rowStride, weights, width, rows, lanes, add);
  if (kernel == 5 && dilation == 1)
    return windowOf<5, 1>(out, outStride, in, rowStride, weights, width, rows, lanes, add);
  if (kernel == 3 && dilation == 2)
    return windowOf<3, 2>(out, outStride, in, rowStride, weights, width, rows, lanes, add);
  if (kernel == 5 && dilation == 2)
    return windowOf<5, 2>(out, outStride, in, rowStride, weights, width, rows, lanes, add);
  __builtin_trap();
}

/// Rows `top` to `top + R` of the window's gradient: R * K chains of sums that do not wait for each other.
template <int R, int K, int D>
CT_INLINE void windowGradientRows(float *gradient, const float *in, long rowStride, const float *d, int top, int width,
                                  int lanes) {
  Lanes sums[R][K];
  for (int y = 0; y < R; ++y)
    for (int x = 0; x < K; ++x) sums[y][x] = zero();
  const float *corner = in + top * D * rowStride;
  int p = 0;
  for (; p + 4 <= width; p += 4) {
    Lanes value[4];
    for (int q = 0; q < 4; ++q) value[q] = load(d + static_cast<long>(p + q) * lanes);
#pragma clang loop unroll(full)
    for (int at = 0; at < 4 + (K - 1) * D; ++at) {
#pragma clang loop unroll(full)
      for (int y = 0; y < R; ++y) {
        const Lanes source = load(corner + y * D * rowStride + static_cast<long>(p + at) * lanes);
#pragma clang loop unroll(full)
        for (int x = 0; x < K; ++x) {
          const int q = at - x * D;
          if (q >= 0 && q < 4) sums[y][x] = fused(source, value[q], sums[y][x]);
        }
      }
    }
  }
  for (; p < width; ++p) {
    const Lanes value = load(d + static_cast<long>(p) * lanes);
    for (int y = 0; y < R; ++y)
      for (int x = 0; x < K; ++x)
        sums[y][x] = fused(load(corner + y * D * rowStride + static_cast<long>(p + x * D) * lanes), value, sums[y][x]);
  }
  for (int y = 0; y < R; ++y) {
    for (int x = 0; x < K; ++x) {
      float *place = gradient + static_cast<long>((top + y) * K + x) * lanes;
      store(place, load(place) + sums[y][x]);
    }
  }
}

template <int K, int D>
CT_INLINE void windowGradientRow(float *gradient, const float *in, long rowStride, const float *d, int width,
                                 int lanes) {
  constexpr int together = K == 3 ? CT_SMALL_WINDOW_ROWS : CT_LARGE_WINDOW_ROWS;
  for (int c = 0; c < lanes; c += laneBlock) {
    int top = 0;
    for (; top + together <= K; top += together)
      windowGradientRows<together, K, D>(gradient + c, in + c, rowStride, d + c, top, width, lanes);
    for (; top < K; ++top) windowGradientRows<1, K, D>(gradient + c, in + c, rowStride, d + c, top, width, lanes);
  }
}

static void windowGradient(float *gradient, const float *in, long rowStride, const float *d, int kernel, int dilation,
                           int width, int lanes) {
  if (kernel == 3 && dilation == 1) return windowGradientRow<3, 1>(gradient, in, rowStride, d, width, lanes);
  if (kernel == 5 && dilation == 1) return windowGradientRow<5, 1>(gradient, in, rowStride, d, width, lanes);
  if (kernel == 3 && dilation == 2) return windowGradientRow<3, 2>(gradient, in, rowStride, d, width, lanes);
  if (kernel == 5 && dilation == 2) return windowGradientRow<5, 2>(gradient, in, rowStride, d, width, lanes);
  __builtin_trap();
}

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

template <int B>
CT_INLINE void mixBlock(float *out, const float *const *sources, const float *scales, Lanes shift, int count, long at,
                        int lanes, bool add) {
  Lanes values[B];
  for (int p = 0; p < B; ++p) values[p] = (add ? load(out + at + static_cast<long>(p) * lanes) : zero()) + shift;
  for (int k = 0; k < count; ++k) {
    const Lanes scale = load(scales + static_cast<long>(k) * lanes);
    const float *source = sources[k] + at;
    for (int p = 0; p < B; ++p) values[p] = fused(scale, load(source + static_cast<long>(p) * lanes), values[p]);
  }
  for (int p = 0; p < B; ++p) store(out + at + static_cast<long>(p) * lanes, values[p]);
}

static void mix(float *out, const float *const *sources, const float *scales, const float *bias, int count, int width,
                int lanes, bool add) {
  for (int c = 0; c < lanes; c += laneBlock) {
    const Lanes shift = load(bias + c);
    int p = 0;
    for (; p + 4 <= width; p += 4)
      mixBlock<4>(out, sources, scales + c, shift, count, static_cast<long>(p) * lanes + c, lanes, add);
    for (; p < width; ++p)
      mixBlock<1>(out, sources, scales + c, shift, count, static_cast<long>(p) * lanes + c, lanes, add);
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

static void maskedAdd(float *out, const float *in, const float *d, long count) {
  for (long at = 0; at < count; at += laneBlock)
    store(out + at, load(out + at) + (load(in + at) > zero() ? load(d + at) : zero()));
}

static void maskedCopy(float *out, const float *in, const float *d, long count) {
  for (long at = 0; at < count; at += laneBlock) store(out + at, load(in + at) > zero() ? load(d + at) : zero());
}

static void scalePixels(float *out, const float *in, const float *factors, int width, int lanes) {
  for (int p = 0; p < width; ++p) {
    const Lanes factor = splat(factors[p]);
    const long start = static_cast<long>(p) * lanes;
    for (long at = start; at < start + lanes; at += laneBlock) store(out + at, factor * load(in + at));
  }
}

static void addScaled(float *out, const float *in, float scale, long count) {
  const Lanes factor = splat(scale);
  for (long at = 0; at < count; at += laneBlock) store(out + at, fused(factor, load(in + at), load(out + at)));
}

static void largest(float *out, const float *in, long inStep, const long *offsets, int tapCount, int width, int lanes) {
  for (int p = 0; p < width; ++p) {
    for (int c = 0; c < lanes; c += laneBlock) {
      const float *at = in + p * inStep + c;
      Lanes best = load(at + offsets[0]);
      for (int t = 1; t < tapCount; ++t) {
        const Lanes value = load(at + offsets[t]);
        best = ((value > best) | (value != value)) ? value : best;
      }
      store(out + static_cast<long>(p) * lanes + c, best);
    }
  }
}

static void largestGradient(float *dIn, const float *in, long inStep, const float *out, const float *d,
                            const long *offsets, int tapCount, int width, int lanes) {
  for (int p = 0; p < width; ++p) {
    for (int c = 0; c < lanes; c += laneBlock) {
      const long place = p * inStep + c;
      const Lanes best = load(out + static_cast<long>(p) * lanes + c);
      Lanes left = load(d + static_cast<long>(p) * lanes + c);
      for (int t = 0; t < tapCount; ++t) {
        const Masks isBest = load(in + place + offsets[t]) == best;
        float *target = dIn + place + offsets[t];
        store(target, load(target) + (isBest ? left : zero()));
        left = isBest ? zero() : left;
      }
    }
  }
}

static double multiplyAdds(long rounds) {
  constexpr int independent = 8;
  Lanes sums[independent];
  for (int chain = 0; chain < independent; ++chain) sums[chain] = splat(static_cast<float>(chain));
  const Lanes factor = splat(0.999f), term = splat(0.001f);
  for (long round = 0; round < rounds; ++round)
    for (int chain = 0; chain < independent; ++chain) sums[chain] = fused(sums[chain], factor, term);
  volatile float seen = 0;
  for (int chain = 0; chain < independent; ++chain) seen = seen + sums[chain][0];
  return 2.0 * laneBlock * independent * static_cast<double>(rounds);
}

static const RowKernels kernels = {
    CT_KERNEL_NAME, window, windowGradient, taps, tapGradient, pointwise, outer, relu, normalisedRelu, moments, sum, product, mix,
    normGradient, maskedMoments, maskedAdd, maskedCopy, scalePixels, addScaled, largest, largestGradient, multiplyAdds,
};

#undef CT_INLINE
#undef CT_APART
#undef CT_IN_CHAINS
#pragma clang diagnostic pop
