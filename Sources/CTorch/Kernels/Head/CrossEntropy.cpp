#include "CrossEntropy.h"

#include <cmath>

#include "Exponential.h"

#pragma STDC FP_CONTRACT OFF
namespace ct {

double crossEntropy(const float *logits, int classes, int64_t label, double smoothing, double *shares) {
  double largest = logits[0];
  for (int k = 1; k < classes; ++k)
    if (logits[k] > largest || std::isnan(logits[k])) largest = logits[k];
  double total = 0, below = 0;
  for (int k = 0; k < classes; ++k) {
    const double difference = logits[k] - largest, power = exponential(difference);
    total += power;
    below += difference;
    if (shares) shares[k] = power;
  }
  if (shares)
    for (int k = 0; k < classes; ++k) shares[k] /= total;
  const double logTotal = logarithm(total);
  const double own = (logits[label] - largest) - logTotal;
  // Zero times an infinite sum would not be a number.
  if (smoothing == 0) return -own;
  return -(1 - smoothing) * own - smoothing * (below / classes - logTotal);
}

void crossEntropyGradient(const double *shares, int classes, int64_t label, double smoothing, double factor, float *gradient) {
  const double spread = smoothing / classes;
  for (int k = 0; k < classes; ++k) {
    const double target = k == label ? spread + (1 - smoothing) : spread;
    gradient[k] = static_cast<float>((shares[k] - target) * factor);
  }
}

}  // namespace ct
