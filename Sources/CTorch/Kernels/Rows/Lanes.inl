// The vectors that row kernels work with, whatever the registers' width.

typedef float Lanes __attribute__((vector_size(64)));
/// Where the channels of a pixel end within `Lanes`.
typedef float HalfLanes __attribute__((vector_size(32)));
/// As many as a register holds: what keeps sums in registers works on these, so that each sum has its own.
typedef CT_REGISTER Wide;

#define CT_INLINE static inline __attribute__((always_inline))
/// Of several forms of one loop: inlined into one function they would take each other's registers.
#define CT_APART static __attribute__((noinline))

template <typename Vector>
constexpr int floatsOf = static_cast<int>(sizeof(Vector) / sizeof(float));
constexpr int wideFloats = floatsOf<Wide>;

template <typename Vector>
struct DoublesOf {
  typedef double Type __attribute__((vector_size(2 * sizeof(Vector))));
};

template <typename Vector = Lanes>
CT_INLINE Vector load(const float *at) {
  Vector value;
  __builtin_memcpy(&value, at, sizeof(Vector));
  return value;
}
template <typename Vector>
CT_INLINE void store(float *at, Vector value) {
  __builtin_memcpy(at, &value, sizeof(Vector));
}
template <typename Vector = Lanes>
CT_INLINE Vector splat(float value) {
  Vector all = {};
  for (int at = 0; at < floatsOf<Vector>; ++at) all[at] = value;
  return all;
}
template <typename Vector = Lanes>
CT_INLINE Vector zero() {
  return Vector{};
}
template <typename Vector>
CT_INLINE Vector fused(Vector a, Vector b, Vector c) {
  return __builtin_elementwise_fma(a, b, c);
}
template <typename Vector>
CT_INLINE Vector positive(Vector v) {
  return v < Vector{} ? Vector{} : v;
}

/// Planes are read row after row, far more rows than the processor's own prefetching follows: the next row is asked for
/// while this one is worked on.
CT_INLINE void fetchAhead(const float *at) { __builtin_prefetch(at, 0, 2); }

template <typename Vector>
CT_INLINE void addToDoubles(double *sums, Vector value) {
  typedef typename DoublesOf<Vector>::Type Doubles;
  Doubles total;
  __builtin_memcpy(&total, sums, sizeof(Doubles));
  total += __builtin_convertvector(value, Doubles);
  __builtin_memcpy(sums, &total, sizeof(Doubles));
}

/// Moves on by `step` floats. The compiler must not see through it: it would compute all addresses of a block beforehand, and has
/// no registers for them.
template <typename Float>
CT_INLINE Float *after(Float *at, long step) {
  at += step;
  asm("" : "+r"(at));
  return at;
}
template <bool WALKS, typename Float>
CT_INLINE Float *next(Float *at, long step) {
  return WALKS ? after(at, step) : at + step;
}
/// Pixel `index` of a row, `step` floats apart. WALKS: pixels are asked for one after the other, and `at` goes with them.
template <bool WALKS, typename Float>
CT_INLINE Float *pixel(Float *&at, long step, int index) {
  if (!WALKS) return at + index * step;
  if (index > 0) at = after(at, step);
  return at;
}

/// BODY(step) with the floats of a pixel as a constant where kernels have a form of their own for them, those of default searches
/// and retrainings; 0 elsewhere.
template <typename Body>
CT_INLINE void withStep(long lanes, Body body) {
  if constexpr (!CT_KNOWS_STEPS) return body(std::integral_constant<int, 0>());
  switch (lanes) {
    case 16: return body(std::integral_constant<int, 16>());
    case 32: return body(std::integral_constant<int, 32>());
    case 40: return body(std::integral_constant<int, 40>());
    case 64: return body(std::integral_constant<int, 64>());
    case 72: return body(std::integral_constant<int, 72>());
    case 144: return body(std::integral_constant<int, 144>());
    default: return body(std::integral_constant<int, 0>());
  }
}

/// Half a vector from each of two places; of a half vector only the first.
template <typename Vector>
CT_INLINE Vector loadHalves(const float *first, const float *second) {
  Vector value;
  auto *at = reinterpret_cast<char *>(&value);
  __builtin_memcpy(at, first, sizeof(HalfLanes));
  if (sizeof(Vector) > sizeof(HalfLanes)) __builtin_memcpy(at + sizeof(HalfLanes), second, sizeof(HalfLanes));
  return value;
}

template <typename Vector>
CT_INLINE void storeHalves(float *first, float *second, Vector value) {
  const auto *at = reinterpret_cast<const char *>(&value);
  __builtin_memcpy(first, at, sizeof(HalfLanes));
  if (sizeof(Vector) > sizeof(HalfLanes)) __builtin_memcpy(second, at + sizeof(HalfLanes), sizeof(HalfLanes));
}

/// A type of vector as an argument.
template <typename Type>
struct Of {
  typedef Type Vector;
};

/// BODY(type, c) for the channels of a pixel: whole vectors, and half a one where they end within it.
template <typename Vector, typename Body>
CT_INLINE void inVectors(long lanes, Body body) {
  long c = 0;
  for (; c + floatsOf<Vector> <= lanes; c += floatsOf<Vector>) body(Of<Vector>(), c);
  if (floatsOf<Vector> > laneBlock && c < lanes) body(Of<HalfLanes>(), c);
}

/// BODY(count, type, c): the same with MOST vectors side by side, which share what is loaded for all of them, and single ones
/// behind them.
template <int MOST, typename Body>
CT_INLINE void inColumns(long lanes, Body body) {
  const long whole = lanes / (MOST * wideFloats) * (MOST * wideFloats);
  for (long c = 0; c < whole; c += MOST * wideFloats) body(std::integral_constant<int, MOST>(), Of<Wide>(), c);
  if (whole < lanes)
    inVectors<Wide>(lanes - whole,
                    [&](auto type, long c) { body(std::integral_constant<int, 1>(), type, whole + c); });
}

/// BODY(count, type, c, hasHalf): the same, but that a half vector behind whole ones goes with the last of them, where two of it
/// fit into one register.
template <int MOST, typename Body>
CT_INLINE void inColumnsAndHalf(long lanes, Body body) {
  if (!CT_PAIRS_HALVES || lanes % wideFloats == 0 || lanes < wideFloats)
    return inColumns<MOST>(lanes, [&](auto columns, auto type, long c) { body(columns, type, c, std::false_type()); });
  long c = 0;
  for (; lanes - c > (MOST + 1) * wideFloats; c += MOST * wideFloats)
    body(std::integral_constant<int, MOST>(), Of<Wide>(), c, std::false_type());
  if (lanes - c > MOST * wideFloats)
    body(std::integral_constant<int, MOST>(), Of<Wide>(), c, std::true_type());
  else
    body(std::integral_constant<int, 1>(), Of<Wide>(), c, std::true_type());
}

/// Asks for `floats` floats of each of `count` pixels, cache line by cache line.
CT_INLINE void fetchPixels(const float *from, long step, int count, int floats, int forWriting) {
  for (int p = 0; p < count; ++p)
    for (int at = 0; at < floats; at += cacheLine) {
      if (forWriting)
        __builtin_prefetch(from + p * step + at, 1, 3);
      else
        __builtin_prefetch(from + p * step + at, 0, 3);
    }
}

/// Blocks of `MOST`, unless fewer than four would be left over, which have too few sums to keep the processor busy; then 8, 4,
/// 2 and 1.
template <int MOST, typename Block>
CT_INLINE void inBlocks(int count, Block block) {
  int at = 0;
  const auto isBest = [&](int size) {
    const int left = count - at - size;
    return left == 0 || left >= 4;
  };
  while (at < count) {
    if (isBest(MOST)) {
      block(at, std::integral_constant<int, MOST>());
      at += MOST;
    } else if (MOST > 8 && at + 8 <= count) {
      block(at, std::integral_constant<int, 8>());
      at += 8;
    } else if (at + 4 <= count) {
      block(at, std::integral_constant<int, 4>());
      at += 4;
    } else if (at + 2 <= count) {
      block(at, std::integral_constant<int, 2>());
      at += 2;
    } else {
      block(at, std::integral_constant<int, 1>());
      at += 1;
    }
  }
}
