// The mixed operation, and sums of gradients.

template <typename Vector, int B>
CT_INLINE void mixBlock(float *out, const float *const *sources, const float *scales, Vector shift, int count, long at,
                        int lanes, bool add) {
  Vector values[B];
  for (int p = 0; p < B; ++p)
    values[p] = (add ? load<Vector>(out + at + static_cast<long>(p) * lanes) : zero<Vector>()) + shift;
  for (int k = 0; k < count; ++k) {
    const auto scale = load<Vector>(scales + static_cast<long>(k) * lanes);
    const float *source = sources[k] + at;
    for (int p = 0; p < B; ++p) values[p] = fused(scale, load<Vector>(source + static_cast<long>(p) * lanes), values[p]);
  }
  for (int p = 0; p < B; ++p) store(out + at + static_cast<long>(p) * lanes, values[p]);
}

static void mix(float *out, const float *const *sources, const float *scales, const float *bias, int count, int width,
                int lanes, bool add) {
  inVectors<Lanes>(lanes, [&](auto type, long c) {
    typedef typename decltype(type)::Vector Vector;
    const auto shift = load<Vector>(bias + c);
    int p = 0;
    for (; p + 4 <= width; p += 4)
      mixBlock<Vector, 4>(out, sources, scales + c, shift, count, static_cast<long>(p) * lanes + c, lanes, add);
    for (; p < width; ++p)
      mixBlock<Vector, 1>(out, sources, scales + c, shift, count, static_cast<long>(p) * lanes + c, lanes, add);
  });
}

template <typename Vector, int B>
CT_INLINE void mixEdgesBlock(float *out, const float *const *sources, const float *const *scales, const float *const *biases,
                             int count, long c, long pixel, int lanes) {
  Vector values[B];
  for (int p = 0; p < B; ++p) values[p] = zero<Vector>();
  for (int k = 0; k < count; ++k) {
    const auto scale = load<Vector>(scales[k] + c), shift = load<Vector>(biases[k] + c);
    const float *source = sources[k] + pixel * lanes + c;
    for (int p = 0; p < B; ++p)
      values[p] = fused(scale, load<Vector>(source + static_cast<long>(p) * lanes), values[p] + shift);
  }
  for (int p = 0; p < B; ++p) store(out + (pixel + p) * lanes + c, values[p]);
}

static void mixEdges(float *out, const float *const *sources, const float *const *scales, const float *const *biases, int count,
                     int width, int lanes) {
  inVectors<Lanes>(lanes, [&](auto type, long c) {
    typedef typename decltype(type)::Vector Vector;
    int p = 0;
    for (; p + 4 <= width; p += 4) mixEdgesBlock<Vector, 4>(out, sources, scales, biases, count, c, p, lanes);
    for (; p < width; ++p) mixEdgesBlock<Vector, 1>(out, sources, scales, biases, count, c, p, lanes);
  });
}

/// Sources and what comes through the ReLU, added without a store between them.
static void sourceGradient(float *out, const float *const *skips, const float *scales, int count, const float *in,
                           const float *d, long floats, bool add) {
  inVectors<Lanes>(floats, [&](auto type, long at) {
    typedef typename decltype(type)::Vector Vector;
    auto value = add ? load<Vector>(out + at) : zero<Vector>();
    for (int k = 0; k < count; ++k) value = fused(splat<Vector>(scales[k]), load<Vector>(skips[k] + at), value);
    if (d) value = value + (load<Vector>(in + at) > zero<Vector>() ? load<Vector>(d + at) : zero<Vector>());
    store(out + at, value);
  });
}

static void maskedAdd(float *out, const float *in, const float *d, long count) {
  inVectors<Lanes>(count, [&](auto type, long at) {
    typedef typename decltype(type)::Vector Vector;
    const auto share = load<Vector>(in + at) > zero<Vector>() ? load<Vector>(d + at) : zero<Vector>();
    store(out + at, load<Vector>(out + at) + share);
  });
}

static void maskedCopy(float *out, const float *in, const float *d, long count) {
  inVectors<Lanes>(count, [&](auto type, long at) {
    typedef typename decltype(type)::Vector Vector;
    store(out + at, load<Vector>(in + at) > zero<Vector>() ? load<Vector>(d + at) : zero<Vector>());
  });
}

static void scalePixels(float *out, const float *in, const float *factors, int width, int lanes) {
  for (int p = 0; p < width; ++p) {
    const long start = static_cast<long>(p) * lanes;
    inVectors<Lanes>(lanes, [&](auto type, long c) {
      typedef typename decltype(type)::Vector Vector;
      store(out + start + c, splat<Vector>(factors[p]) * load<Vector>(in + start + c));
    });
  }
}

static void addScaled(float *out, const float *in, float scale, long count) {
  inVectors<Lanes>(count, [&](auto type, long at) {
    typedef typename decltype(type)::Vector Vector;
    store(out + at, fused(splat<Vector>(scale), load<Vector>(in + at), load<Vector>(out + at)));
  });
}
