// Vectors of 16 floats that hold what several pixels, inputs or rows have less of: half a vector of two, four floats of four.

#if CT_PAIRS_HALVES
/// Half vectors from two places as one.
CT_INLINE Lanes loadPair(const float *first, const float *second) {
  return __builtin_shufflevector(load<HalfLanes>(first), load<HalfLanes>(second), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
                                 13, 14, 15);
}
CT_INLINE HalfLanes firstOfPair(Lanes pair) { return __builtin_shufflevector(pair, pair, 0, 1, 2, 3, 4, 5, 6, 7); }
CT_INLINE HalfLanes lastOfPair(Lanes pair) { return __builtin_shufflevector(pair, pair, 8, 9, 10, 11, 12, 13, 14, 15); }
CT_INLINE void storePair(float *first, float *second, Lanes pair) {
  store<HalfLanes>(first, firstOfPair(pair));
  store<HalfLanes>(second, lastOfPair(pair));
}
/// The bits of the second of a pair. The compiler must not know them: it would make `paired` a permutation, which fewer units
/// of a processor compute.
CT_INLINE unsigned short secondOfPair() {
  unsigned short bits = 0xff00;
  asm("" : "+r"(bits));
  return bits;
}
/// The first half of one and the second half of the other.
CT_INLINE Lanes paired(Lanes first, Lanes second, unsigned short bits) {
  return __builtin_ia32_selectps_512(bits, second, first);
}

typedef float Four __attribute__((vector_size(16)));

/// Four floats from each of four places.
CT_INLINE Lanes loadFours(const float *at, long step) {
  const auto low = __builtin_shufflevector(load<Four>(at), load<Four>(at + step), 0, 1, 2, 3, 4, 5, 6, 7);
  const auto high = __builtin_shufflevector(load<Four>(at + 2 * step), load<Four>(at + 3 * step), 0, 1, 2, 3, 4, 5, 6, 7);
  return __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}
/// The same to four places, with zeros behind them, so that half a vector is written.
CT_INLINE void storeFours(float *at, long step, Lanes fours) {
  const auto none = zero();
  store(at, __builtin_shufflevector(fours, none, 0, 1, 2, 3, 16, 17, 18, 19));
  store(at + step, __builtin_shufflevector(fours, none, 4, 5, 6, 7, 16, 17, 18, 19));
  store(at + 2 * step, __builtin_shufflevector(fours, none, 8, 9, 10, 11, 16, 17, 18, 19));
  store(at + 3 * step, __builtin_shufflevector(fours, none, 12, 13, 14, 15, 16, 17, 18, 19));
}
/// Four floats, four times.
CT_INLINE Lanes repeatFour(const float *at) {
  const auto four = load<Four>(at);
  return __builtin_shufflevector(four, four, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3);
}
/// Each of four floats four times.
CT_INLINE Lanes spreadFour(const float *at) {
  const auto four = load<Four>(at);
  return __builtin_shufflevector(four, four, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3);
}
/// Of each four elements of two vectors the same four, counted as those of the first and, from 16 on, of the second.
template <int A, int B, int C, int D>
CT_INLINE Lanes inFours(Lanes first, Lanes second) {
  return __builtin_shufflevector(first, second, A, B, C, D, A + 4, B + 4, C + 4, D + 4, A + 8, B + 8, C + 8, D + 8, A + 12,
                                 B + 12, C + 12, D + 12);
}
#endif
