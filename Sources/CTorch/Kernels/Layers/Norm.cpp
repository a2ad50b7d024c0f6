#include "Norm.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "../Threads/Parts.h"

#pragma STDC FP_CONTRACT OFF

namespace ct {

Moments::Moments(int lanes, int parts) : lanes(lanes), partCount(parts) {
  if (parts == 0) return;
  const size_t floats = static_cast<size_t>(parts) * partFloats(lanes);
  buffer = Buffer(floats);
  std::memset(buffer.data(), 0, floats * sizeof(float));
}

void Moments::add(const RowKernels &kernels, const float *rows, int height, int width, int part) {
  double *own = sums(part);
  float *middle = centre(part);
  if (count(part) == 0) {
    kernels.sum(own, rows, width, lanes);
    for (int c = 0; c < lanes; ++c) middle[c] = static_cast<float>(own[c] / width);
    std::fill_n(own, lanes, 0.0);
  }
  const int pixels = height * width;
  count(part) += pixels;
  // As most are.
  if (height == 1 || pixels <= pixelsTogether) return kernels.moments(own, squares(part), rows, middle, pixels, lanes);
  const int together = std::max(1, pixelsTogether / width);
  for (int y = 0; y < height; y += together)
    kernels.moments(own, squares(part), rows + static_cast<long>(y) * width * lanes, middle,
                    std::min(together, height - y) * width, lanes);
}

void Norm::begin(int channelCount, int laneCount, int parts) {
  channels = channelCount;
  lanes = laneCount;
  count = 0;
  floats.assign(4UL * lanes, 0);
  float *next = floats.data();
  for (auto *kind : {&mean, &inverse, &scale, &shift}) kind->values = std::exchange(next, next + lanes);
  doubles.assign(2UL * lanes, 0);
  variance.values = doubles.data();
  averages.values = doubles.data() + lanes;
  moments = Moments(lanes, parts);
}

/// Means and variances over all parts' pixels, by counts, means and sums of squared deviations (Chan, Golub and LeVeque,
/// *Updating Formulae and a Pairwise Algorithm for Computing Sample Variances*, 1979): centres may be far apart.
void Norm::join() {
  for (int part = 0; part < moments.parts(); ++part) {
    // Sums become means, squares become sums of squared deviations.
    double *sums = moments.sums(part), *squares = moments.squares(part);
    const float *centre = moments.centre(part);
    const double pixels = moments.count(part);
    for (int c = 0; c < lanes; ++c) {
      const double offset = sums[c] / pixels, deviations = squares[c] - sums[c] * offset;
      sums[c] = static_cast<double>(centre[c]) + offset;
      // Not-a-number is not below 0: it stays.
      squares[c] = deviations < 0 ? 0 : deviations;
    }
  }
  addInTree(0, moments.parts(), [&](int left, int right) {
    double *means = moments.sums(left), *deviations = moments.squares(left);
    const double *otherMeans = moments.sums(right), *otherDeviations = moments.squares(right);
    const double total = moments.count(left) + moments.count(right), share = moments.count(right) / total,
                 weight = moments.count(left) * share;
    for (int c = 0; c < lanes; ++c) {
      const double apart = otherMeans[c] - means[c];
      means[c] += apart * share;
      deviations[c] += otherDeviations[c] + apart * apart * weight;
    }
    moments.count(left) = total;
  });
  count = moments.count(0);
  for (int c = 0; c < lanes; ++c) {
    averages[c] = moments.sums(0)[c];
    variance[c] = moments.squares(0)[c] / count;
  }
}

void Norm::measure() {
  const double *sums = moments.sums(0), *squares = moments.squares(0);
  const float *centre = moments.centre(0);
  count = moments.count(0);
  for (int c = 0; c < lanes; ++c) {
    const double offset = sums[c] / count;
    variance[c] = std::max(0.0, squares[c] / count - offset * offset);
    // std::max keeps its first argument where the second is not a number: that must not be hidden.
    if (std::isnan(squares[c]) || std::isnan(offset)) variance[c] = std::nan("");
    averages[c] = static_cast<double>(centre[c]) + offset;
  }
}

void Norm::finish(double epsilon) {
  if (moments.parts() > 1) join();
  if (moments.parts() == 1) measure();
  moments = Moments();
  for (int c = 0; c < lanes; ++c) {
    mean[c] = static_cast<float>(averages[c]);
    if (c < channels) setAffine(c, averages[c], 1 / std::sqrt(variance[c] + epsilon));
  }
}

void Norm::setAffine(int c, double average, double one) {
  inverse[c] = static_cast<float>(one);
  const double whole = gain ? gain[c] * one : one;
  scale[c] = static_cast<float>(whole);
  shift[c] = static_cast<float>((offset ? offset[c] : 0) - average * whole);
}

void Norm::passThrough() {
  std::fill_n(inverse.data(), channels, 1.0f);
  std::fill_n(scale.data(), channels, 1.0f);
}

void Norm::take(const float *means, const float *variances, double epsilon) {
  for (int c = 0; c < channels; ++c) {
    mean[c] = means[c];
    variance[c] = variances[c];
    setAffine(c, means[c], 1 / std::sqrt(static_cast<double>(variances[c]) + epsilon));
  }
}

void Norm::write(float *means, float *variances) const {
  const double correction = count > 1 ? count / (count - 1) : 1;
  for (int c = 0; c < channels; ++c) {
    means[c] = mean[c];
    variances[c] = static_cast<float>(variance[c] * correction);
  }
}

void GradientSums::add(const GradientSums &other) {
  for (size_t c = 0; c < sums.size(); ++c) {
    sums[c] += other.sums[c];
    products[c] += other.products[c];
  }
}

NormBackward::NormBackward(int lanes) : floats(3UL * lanes, 0) {
  onGradient.values = floats.data();
  onRaw.values = onGradient.values + lanes;
  constant.values = onRaw.values + lanes;
}

NormBackward::NormBackward(const Norm &norm, const LaneValues<float> &outward, const std::vector<double> &sums,
                           const std::vector<double> &products)
    : NormBackward(norm.lanes) {
  std::copy_n(outward.data(), norm.lanes, onGradient.data());
  for (int c = 0; c < norm.lanes; ++c) {
    const double inverse = norm.inverse[c], scale = outward[c];
    // xhat = (y - mean) * inverse; the gradient is scale * (g - mean(g) - xhat * mean(g * xhat)).
    const double slope = -scale * inverse * inverse * products[c] / norm.count;
    onRaw[c] = static_cast<float>(slope);
    constant[c] = static_cast<float>(-scale * sums[c] / norm.count - slope * static_cast<double>(norm.mean[c]));
  }
}

NormBackward NormBackward::identity(int lanes) {
  NormBackward through(lanes);
  std::fill_n(through.onGradient.data(), lanes, 1.0f);
  return through;
}

NormFactors NormBackward::factors(const Norm &norm, float factor, std::vector<float> &onImage) const {
  onImage.resize(norm.lanes);
  for (int c = 0; c < norm.lanes; ++c) onImage[c] = norm.scale[c] * factor;
  return {onImage.data(), onRaw.data(), constant.data()};
}

}  // namespace ct
