// The source of one instruction set's row kernels; included by a file that has set the target, inside a namespace of its
// own. CT_PIXELS_AT_ONCE and CT_OUTER_AT_ONCE are how many vectors of partial sums the registers hold.

// Vectors cross no call: everything that takes one is inlined.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wpsabi"

typedef float Lanes __attribute__((vector_size(64), aligned(4)));
typedef int Masks __attribute__((vector_size(64), aligned(4)));

#define CT_INLINE static inline __attribute__((always_inline))

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
  for (int lane = 0; lane < laneBlock; ++lane) sums[lane] += static_cast<double>(value[lane]);
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
                              int lanes, bool add) {
  const long step = STEP ? STEP : inStep;
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
                                int inputs, int lanes, int width, bool add) {
  constexpr int block = CT_POINTWISE_PIXELS / V;
  int p = 0;
  for (; p + block <= width; p += block)
    pointwiseBlock<block, V, STEP>(out + p * outStep, outStep, in + p * inStep, inStep, weights, inputs, lanes, add);
  for (; p < width; ++p)
    pointwiseBlock<1, V, STEP>(out + p * outStep, outStep, in + p * inStep, inStep, weights, inputs, lanes, add);
}

template <int STEP>
CT_INLINE void pointwiseAll(float *out, long outStep, const float *in, long inStep, const float *weights, int inputs,
                            int lanes, int width, bool add) {
  int c = 0;
  for (; c + 2 * laneBlock <= lanes; c += 2 * laneBlock)
    pointwiseColumns<2, STEP>(out + c, outStep, in, inStep, weights + c, inputs, lanes, width, add);
  for (; c < lanes; c += laneBlock)
    pointwiseColumns<1, STEP>(out + c, outStep, in, inStep, weights + c, inputs, lanes, width, add);
}

static void pointwise(float *out, long outStep, const float *in, long inStep, const float *weights, int inputs,
                      int lanes, int width, bool add) {
  switch (inStep) {
    case 16: return pointwiseAll<16>(out, outStep, in, inStep, weights, inputs, lanes, width, add);
    case 32: return pointwiseAll<32>(out, outStep, in, inStep, weights, inputs, lanes, width, add);
    case 64: return pointwiseAll<64>(out, outStep, in, inStep, weights, inputs, lanes, width, add);
    case 128: return pointwiseAll<128>(out, outStep, in, inStep, weights, inputs, lanes, width, add);
    default: return pointwiseAll<0>(out, outStep, in, inStep, weights, inputs, lanes, width, add);
  }
}

template <int I>
CT_INLINE void outerBlock(float *gradient, const float *in, long inStep, const float *d, long dStep, int lanes,
                          int width) {
  Lanes sums[I];
  for (int i = 0; i < I; ++i) sums[i] = zero();
  for (int p = 0; p < width; ++p) {
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
                  int width) {
  for (int c = 0; c < lanes; c += laneBlock) {
    int i = 0;
    for (; i + CT_OUTER_AT_ONCE <= inputs; i += CT_OUTER_AT_ONCE)
      outerBlock<CT_OUTER_AT_ONCE>(gradient + static_cast<long>(i) * lanes + c, in + i, inStep, d + c, dStep, lanes,
                                   width);
    for (; i + 4 <= inputs; i += 4)
      outerBlock<4>(gradient + static_cast<long>(i) * lanes + c, in + i, inStep, d + c, dStep, lanes, width);
    for (; i < inputs; ++i)
      outerBlock<1>(gradient + static_cast<long>(i) * lanes + c, in + i, inStep, d + c, dStep, lanes, width);
  }
}

/// Stride 1: neighbouring outputs share what they read, so each input vector is loaded once for a row of the window.
template <int B, int K, int D>
CT_INLINE void windowBlock(float *out, const float *in, long rowStride, const float *weights, int lanes, bool add) {
  Lanes sums[B];
  for (int p = 0; p < B; ++p) sums[p] = add ? load(out + static_cast<long>(p) * lanes) : zero();
  for (int y = 0; y < K; ++y) {
    Lanes weight[K];
    for (int x = 0; x < K; ++x) weight[x] = load(weights + static_cast<long>(y * K + x) * lanes);
    const float *row = in + y * D * rowStride;
#pragma clang loop unroll(full)
    for (int at = 0; at < B + (K - 1) * D; ++at) {
      const Lanes value = load(row + static_cast<long>(at) * lanes);
#pragma clang loop unroll(full)
      for (int x = 0; x < K; ++x) {
        const int p = at - x * D;
        if (p >= 0 && p < B) sums[p] = fused(weight[x], value, sums[p]);
      }
    }
  }
  for (int p = 0; p < B; ++p) store(out + static_cast<long>(p) * lanes, sums[p]);
}

template <int K, int D>
CT_INLINE void windowRow(float *out, const float *in, long rowStride, const float *weights, int width, int lanes,
                         bool add) {
  for (int c = 0; c < lanes; c += laneBlock) {
    int p = 0;
    for (; p + CT_PIXELS_AT_ONCE <= width; p += CT_PIXELS_AT_ONCE) {
      const long at = static_cast<long>(p) * lanes + c;
      windowBlock<CT_PIXELS_AT_ONCE, K, D>(out + at, in + at, rowStride, weights + c, lanes, add);
    }
    for (; p < width; ++p) {
      const long at = static_cast<long>(p) * lanes + c;
      windowBlock<1, K, D>(out + at, in + at, rowStride, weights + c, lanes, add);
    }
  }
}

static void window(float *out, const float *in, long rowStride, const float *weights, int kernel, int dilation,
                   int width, int lanes, bool add) {
  if (kernel == 3 && dilation == 1) return windowRow<3, 1>(out, in, rowStride, weights, width, lanes, add);
  if (kernel == 5 && dilation == 1) return windowRow<5, 1>(out, in, rowStride, weights, width, lanes, add);
  if (kernel == 3 && dilation == 2) return windowRow<3, 2>(out, in, rowStride, weights, width, lanes, add);
  if (kernel == 5 && dilation == 2) return windowRow<5, 2>(out, in, rowStride, weights, width, lanes, add);
  __builtin_trap();
}

template <int K, int D>
CT_INLINE void windowGradientRow(float *gradient, const float *in, long rowStride, const float *d, int width,
                                 int lanes) {
  for (int c = 0; c < lanes; c += laneBlock) {
    for (int y = 0; y < K; ++y) {
      Lanes sums[K];
      for (int x = 0; x < K; ++x) sums[x] = zero();
      const float *row = in + y * D * rowStride + c;
      const float *values = d + c;
      int p = 0;
      for (; p + 4 <= width; p += 4) {
        Lanes value[4];
        for (int q = 0; q < 4; ++q) value[q] = load(values + static_cast<long>(p + q) * lanes);
#pragma clang loop unroll(full)
        for (int at = 0; at < 4 + (K - 1) * D; ++at) {
          const Lanes source = load(row + static_cast<long>(p + at) * lanes);
#pragma clang loop unroll(full)
          for (int x = 0; x < K; ++x) {
            const int q = at - x * D;
            if (q >= 0 && q < 4) sums[x] = fused(source, value[q], sums[x]);
          }
        }
      }
      for (; p < width; ++p) {
        const Lanes value = load(values + static_cast<long>(p) * lanes);
        for (int x = 0; x < K; ++x)
          sums[x] = fused(load(row + static_cast<long>(p + x * D) * lanes), value, sums[x]);
      }
      for (int x = 0; x < K; ++x) {
        float *place = gradient + static_cast<long>(y * K + x) * lanes + c;
        store(place, load(place) + sums[x]);
      }
    }
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

static void moments(double *sums, double *squares, const float *in, const float *centre, int width, int lanes) {
  for (int c = 0; c < lanes; c += laneBlock) {
    const Lanes middle = load(centre + c);
    Lanes sum = zero(), square = zero();
    for (long at = c, end = static_cast<long>(width) * lanes; at < end; at += lanes) {
      const Lanes value = load(in + at) - middle;
      sum += value;
      square = fused(value, value, square);
    }
    addToDoubles(sums + c, sum);
    addToDoubles(squares + c, square);
  }
}

static void sum(double *sums, const float *a, int width, int lanes) {
  for (int c = 0; c < lanes; c += laneBlock) {
    Lanes total = zero();
    for (long at = c, end = static_cast<long>(width) * lanes; at < end; at += lanes) total += load(a + at);
    addToDoubles(sums + c, total);
  }
}

static void product(double *sums, const float *a, const float *b, const float *centre, int width, int lanes) {
  for (int c = 0; c < lanes; c += laneBlock) {
    const Lanes middle = load(centre + c);
    Lanes total = zero();
    const long end = static_cast<long>(width) * lanes;
    for (long at = c; at < end; at += lanes) {
      fetchAhead(b + at + end);
      total = fused(load(a + at), load(b + at) - middle, total);
    }
    addToDoubles(sums + c, total);
  }
}

static void mix(float *out, const float *const *sources, const float *scales, const float *bias, int count, int width,
                int lanes, bool add) {
  for (int c = 0; c < lanes; c += laneBlock) {
    const Lanes shift = load(bias + c);
    for (long at = c, end = static_cast<long>(width) * lanes; at < end; at += lanes) {
      Lanes value = (add ? load(out + at) : zero()) + shift;
      for (int k = 0; k < count; ++k)
        value = fused(load(scales + static_cast<long>(k) * lanes + c), load(sources[k] + at), value);
      store(out + at, value);
    }
  }
}

static void normGradient(float *out, const float *g, const float *y, const float *a, const float *b, const float *d,
                         int width, int lanes) {
  for (int c = 0; c < lanes; c += laneBlock) {
    const Lanes onG = load(a + c), onY = load(b + c), constant = load(d + c);
    const long end = static_cast<long>(width) * lanes;
    for (long at = c; at < end; at += lanes) {
      fetchAhead(g + at + end);
      fetchAhead(y + at + end);
      store(out + at, fused(onG, load(g + at), fused(onY, load(y + at), constant)));
    }
  }
}

static void maskedMoments(double *sums, double *products, float *d, const float *y, const float *scale,
                          const float *shift, const float *centre, int width, int lanes) {
  for (int c = 0; c < lanes; c += laneBlock) {
    const Lanes a = load(scale + c), b = load(shift + c), middle = load(centre + c);
    Lanes sum = zero(), products0 = zero();
    for (long at = c, end = static_cast<long>(width) * lanes; at < end; at += lanes) {
      const Lanes value = load(y + at);
      const Lanes kept = fused(a, value, b) > zero() ? load(d + at) : zero();
      store(d + at, kept);
      sum += kept;
      products0 = fused(kept, value - middle, products0);
    }
    addToDoubles(sums + c, sum);
    addToDoubles(products + c, products0);
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
  constexpr int chains = 8;
  Lanes sums[chains];
  for (int chain = 0; chain < chains; ++chain) sums[chain] = splat(static_cast<float>(chain));
  const Lanes factor = splat(0.999f), term = splat(0.001f);
  for (long round = 0; round < rounds; ++round)
    for (int chain = 0; chain < chains; ++chain) sums[chain] = fused(sums[chain], factor, term);
  volatile float seen = 0;
  for (int chain = 0; chain < chains; ++chain) seen = seen + sums[chain][0];
  return 2.0 * laneBlock * chains * static_cast<double>(rounds);
}

static const RowKernels kernels = {
    CT_KERNEL_NAME, window, windowGradient, taps, tapGradient, pointwise, outer, relu, normalisedRelu, moments, sum, product, mix,
    normGradient, maskedMoments, maskedAdd, maskedCopy, scalePixels, addScaled, largest, largestGradient, multiplyAdds,
};

#undef CT_INLINE
#pragma clang diagnostic pop
