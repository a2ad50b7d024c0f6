#include "Exponential.h"

#include <cstdint>
#include <cstring>

#pragma STDC FP_CONTRACT OFF
namespace ct {
namespace {
/// The logarithm of 2 in two parts: the first has so few digits that its product with any exponent is exact.
constexpr double logTwo = 0x1.62e42feep-1, logTwoRest = 0x1.a39ef35793c76p-33;
constexpr double oneByLogTwo = 0x1.71547652b82fep+0;

/// 1/13!, 1/12! and so on to 1/0!.
constexpr double inverseFactorials[] = {1.0 / 6227020800, 1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880,
                                        1.0 / 40320,      1.0 / 5040,      1.0 / 720,      1.0 / 120,     1.0 / 24,
                                        1.0 / 6,          1.0 / 2,         1.0,            1.0};

/// 2 to the power of a whole number between the exponents of normal numbers.
double powerOfTwo(int64_t exponent) {
  const uint64_t bits = static_cast<uint64_t>(exponent + 1023) << 52;
  double value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}
}  // namespace

double exponential(double x) {
  constexpr double least = -707;
  if (x < least) return 0;
  if (x != x) return x;
  // A sum with 1.5 * 2^52 has no digits behind the point.
  constexpr double whole = 0x1.8p52;
  const double exponent = (x * oneByLogTwo + whole) - whole;
  const double rest = (x - exponent * logTwo) - exponent * logTwoRest;
  // Taylor's series at |rest| <= 0.35: the first term that is left out is below 1e-17.
  double sum = 0;
  for (const double factor : inverseFactorials) sum = sum * rest + factor;
  return sum * powerOfTwo(static_cast<int64_t>(exponent));
}

double logarithm(double x) {
  if (x != x) return x;
  uint64_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  int64_t exponent = static_cast<int64_t>(bits >> 52) - 1023;
  double fraction = x * powerOfTwo(-exponent);
  // From 0.7 to 1.4 instead of from 1 to 2: the series converges twice as fast.
  constexpr double rootOfTwo = 0x1.6a09e667f3bcdp0;
  if (fraction > rootOfTwo) {
    fraction *= 0.5;
    exponent += 1;
  }
  // log f = 2 artanh((f - 1) / (f + 1)), whose argument is at most 0.172.
  const double ratio = (fraction - 1) / (fraction + 1), square = ratio * ratio;
  constexpr int terms = 11;
  double sum = 0;
  for (int k = terms; k >= 0; --k) sum = sum * square + 1.0 / (2 * k + 1);
  return static_cast<double>(exponent) * logTwo + (2 * ratio * sum + static_cast<double>(exponent) * logTwoRest);
}

}  // namespace ct
