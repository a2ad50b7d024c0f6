// The vector that all row kernels work with, whatever the registers' width.

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
