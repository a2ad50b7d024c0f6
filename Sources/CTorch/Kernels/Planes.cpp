#include "Planes.h"

#include <algorithm>
#include <cmath>

namespace ct {

PaddedImage::PaddedImage(int height, int width, int lanes, int border, float fill)
    : border(border), height(height), width(width), lanes(lanes) {
  buffer = Buffer(floats());
  std::fill_n(buffer.data(), floats(), fill);
}

void Norm::begin(int channelCount, int laneCount) {
  channels = channelCount;
  lanes = laneCount;
  count = 0;
  hasCentre = false;
  centre.assign(lanes, 0);
  mean.assign(lanes, 0);
  inverse.assign(lanes, 0);
  scale.assign(lanes, 0);
  shift.assign(lanes, 0);
  variance.assign(lanes, 0);
  sums.assign(lanes, 0);
  squares.assign(lanes, 0);
}

void Norm::add(const RowKernels &kernels, const float *rows, int height, int width) {
  if (!hasCentre) {
    std::vector<double> first(lanes, 0);
    kernels.sum(first.data(), rows, width, lanes);
    for (int c = 0; c < lanes; ++c) centre[c] = static_cast<float>(first[c] / width);
    hasCentre = true;
  }
  const int together = std::max(1, pixelsTogether / width);
  for (int y = 0; y < height; y += together)
    kernels.moments(sums.data(), squares.data(), rows + static_cast<long>(y) * width * lanes, centre.data(),
                    std::min(together, height - y) * width, lanes);
  count += static_cast<double>(height) * width;
}

void Norm::finish(double epsilon) {
  for (int c = 0; c < lanes; ++c) {
    const double offset = sums[c] / count;
    variance[c] = std::max(0.0, squares[c] / count - offset * offset);
    // std::max keeps its first argument where the second is not a number: that must not be hidden.
    if (std::isnan(squares[c]) || std::isnan(offset)) variance[c] = std::nan("");
    const double average = static_cast<double>(centre[c]) + offset;
    mean[c] = static_cast<float>(average);
    if (c < channels) setAffine(c, average, 1 / std::sqrt(variance[c] + epsilon));
  }
}

void Norm::setAffine(int c, double average, double one) {
  inverse[c] = static_cast<float>(one);
  const double whole = gain ? gain[c] * one : one;
  scale[c] = static_cast<float>(whole);
  shift[c] = static_cast<float>((offset ? offset[c] : 0) - average * whole);
}

void Norm::passThrough() {
  std::fill_n(inverse.begin(), channels, 1.0f);
  std::fill_n(scale.begin(), channels, 1.0f);
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

NormBackward::NormBackward(const Norm &norm, const std::vector<float> &outward, const std::vector<double> &sums,
                           const std::vector<double> &products)
    : onGradient(outward), onRaw(norm.lanes), constant(norm.lanes) {
  for (int c = 0; c < norm.lanes; ++c) {
    const double inverse = norm.inverse[c], scale = outward[c];
    // xhat = (y - mean) * inverse; the gradient is scale * (g - mean(g) - xhat * mean(g * xhat)).
    const double slope = -scale * inverse * inverse * products[c] / norm.count;
    onRaw[c] = static_cast<float>(slope);
    constant[c] = static_cast<float>(-scale * sums[c] / norm.count - slope * static_cast<double>(norm.mean[c]));
  }
}

NormBackward NormBackward::identity(int lanes) {
  NormBackward through;
  through.onGradient.assign(lanes, 1);
  through.onRaw.assign(lanes, 0);
  through.constant.assign(lanes, 0);
  return through;
}

void NormBackward::scaleGradient(const Norm &norm, float factor) {
  for (int c = 0; c < norm.lanes; ++c) onGradient[c] = norm.scale[c] * factor;
}

}  // namespace ct
