// The mixed operation, and sums of gradients.

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
