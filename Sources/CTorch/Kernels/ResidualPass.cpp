#include "ResidualPass.h"

#include <algorithm>

namespace ct {
namespace {
constexpr double epsilon = 1e-5;
/// Rows that are worked on together: enough pixels that a weight's gradient is seldom loaded and stored.
int rowsTogether(int height, int width) { return std::min(height, 4 * std::max(1, pixelsTogether / width)); }
}  // namespace

ResidualPass::ResidualPass(const ResidualArguments &given)
    : arguments(given), kernels(rowKernels()), inputLanes(paddedLanes(given.inputs)), lanes(paddedLanes(given.outputs)),
      height(given.height / 2), width(given.width / 2), active(given.height, given.width, inputLanes, 1),
      middle(height, width, lanes, 1), means(height, width, inputLanes, 0),
      row(static_cast<size_t>(given.width) * inputLanes) {
  const auto set = [&](DenseConvolution &convolution, int kernel, int stride, int inputs, const float *weights) {
    convolution.kernel = kernel;
    convolution.stride = stride;
    convolution.inputs = inputs;
    convolution.outputs = arguments.outputs;
    convolution.pack(weights, arguments.keepsForBackward, pieces);
  };
  set(first.convolution, 3, 2, arguments.inputs, arguments.first.weights);
  set(second.convolution, 3, 1, arguments.outputs, arguments.second.weights);
  set(shortcut, 1, 1, arguments.inputs, arguments.shortcut);
  for (Part *part : {&first, &second}) {
    part->raw = Plane(arguments.images, height, width, lanes);
    part->norm.begin(arguments.outputs, lanes);
  }
}

/// Zeros fill up the lanes of a row that has fewer channels.
const float *ResidualPass::inputRow(int image, int y) {
  const long start = (static_cast<long>(image) * arguments.height + y) * arguments.width * arguments.inputs;
  if (inputLanes == arguments.inputs) return arguments.input + start;
  std::fill_n(row.data(), static_cast<long>(arguments.width) * inputLanes, 0.0f);
  copyPixels(row.data(), inputLanes, arguments.input + start, arguments.inputs, arguments.width, arguments.inputs);
  return row.data();
}

void ResidualPass::fillRelu(int image) {
  for (int y = 0; y < arguments.height; ++y)
    kernels.relu(active.at(y, 0), inputRow(image, y), static_cast<long>(arguments.width) * inputLanes);
}

void ResidualPass::fillMeans(int image) {
  const std::vector<float> quarters(2L * inputLanes, 0.25f);
  const long offsets[] = {0, inputLanes};
  for (int y = 0; y < arguments.height; ++y)
    kernels.taps(means.at(y / 2, 0), inputLanes, inputRow(image, y), 2L * inputLanes, quarters.data(), offsets, 2, width,
                 inputLanes, y % 2 == 1);
}

void ResidualPass::fillMiddle(int image) {
  for (int y = 0; y < height; ++y)
    kernels.normalisedRelu(middle.at(y, 0), first.raw.row(image, y), first.norm.scale.data(), first.norm.shift.data(), width,
                           lanes);
}

void ResidualPass::convolve(Part &part, const PaddedImage &input, int image) {
  part.convolution.forward(kernels, input, part.raw, image, 0, height);
  if (!arguments.givenStatistics) part.norm.add(kernels, part.raw.image(image), height, width);
}

void ResidualPass::finish(Part &part, int slot, const ConvolutionNorm &given, float *statistics) {
  const int channels = arguments.outputs;
  part.norm.gain = given.gain;
  part.norm.offset = given.offset;
  const float *own = arguments.givenStatistics + 2L * slot * channels;
  if (arguments.givenStatistics) return part.norm.take(own, own + channels, epsilon);
  part.norm.finish(epsilon);
  part.norm.write(statistics + 2L * slot * channels, statistics + (2L * slot + 1) * channels);
}

void ResidualPass::forward(float *output, float *statistics) {
  for (int n = 0; n < arguments.images; ++n) {
    fillRelu(n);
    convolve(first, active, n);
  }
  finish(first, 0, arguments.first, statistics);
  for (int n = 0; n < arguments.images; ++n) {
    fillMiddle(n);
    convolve(second, middle, n);
  }
  finish(second, 1, arguments.second, statistics);
  const Plane beside(1, height, width, lanes), sum(1, height, width, lanes);
  std::vector<float> scales(second.norm.scale);
  scales.resize(2L * lanes, 1.0f);
  for (int n = 0; n < arguments.images; ++n) {
    fillMeans(n);
    shortcut.forward(kernels, means, beside, 0, 0, height);
    const float *sources[] = {second.raw.image(n), beside.image(0)};
    kernels.mix(sum.image(0), sources, scales.data(), second.norm.shift.data(), 2, sum.imagePixels(), lanes, false);
    copyPixels(output, arguments.outputs, sum.image(0), lanes, sum.imagePixels(), arguments.outputs);
    output += static_cast<long>(sum.imagePixels()) * arguments.outputs;
  }
}

// MARK: Backward

NormBackward ResidualPass::through(const Part &part, const std::vector<double> &sums,
                                   const std::vector<double> &products, float *onGain, float *onOffset) const {
  for (int c = 0; c < arguments.outputs; ++c) {
    onGain[c] = static_cast<float>(products[c] * part.norm.inverse[c]);
    onOffset[c] = static_cast<float>(sums[c]);
  }
  return {part.norm, part.norm.scale, sums, products};
}

void ResidualPass::backward(const float *outputGradient, const ResidualGradients &gradients) {
  Plane gradient(arguments.images, height, width, lanes);
  if (lanes != arguments.outputs) gradient.clear();
  copyPixels(gradient.buffer.data(), lanes, outputGradient, arguments.outputs,
             static_cast<long>(arguments.images) * gradient.imagePixels(), arguments.outputs);
  std::vector<double> sums(lanes, 0), products(lanes, 0);
  const int together = rowsTogether(height, width);
  for (int n = 0; n < arguments.images; ++n) {
    for (int y = 0; y < height; y += together) {
      const int pixels = std::min(together, height - y) * width;
      kernels.sum(sums.data(), gradient.row(n, y), pixels, lanes);
      kernels.product(products.data(), gradient.row(n, y), second.raw.row(n, y), second.norm.mean.data(), pixels, lanes);
    }
  }
  inner = PaddedImage(height, width, lanes, 1);
  bare = PaddedImage(height, width, lanes, 0);
  Plane onFirst(arguments.images, height, width, lanes);
  differentiateSecond(gradient, through(second, sums, products, gradients.second.gain, gradients.second.offset), onFirst);
  std::fill(sums.begin(), sums.end(), 0.0);
  std::fill(products.begin(), products.end(), 0.0);
  for (int n = 0; n < arguments.images; ++n)
    for (int y = 0; y < height; y += together)
      kernels.maskedMoments(sums.data(), products.data(), onFirst.row(n, y), first.raw.row(n, y), first.norm.scale.data(),
                            first.norm.shift.data(), first.norm.mean.data(), std::min(together, height - y) * width, lanes);
  differentiateInput(onFirst, gradient, through(first, sums, products, gradients.first.gain, gradients.first.offset),
                     gradients.input);
  first.convolution.unpackGradient(gradients.first.weights);
  second.convolution.unpackGradient(gradients.second.weights);
  shortcut.unpackGradient(gradients.shortcut);
}

void ResidualPass::throughNorm(const Part &part, const NormBackward &through, const Plane &gradient, int image) {
  for (int y = 0; y < height; ++y)
    kernels.normGradient(inner.at(y, 0), gradient.row(image, y), part.raw.row(image, y), through.onGradient.data(),
                         through.onRaw.data(), through.constant.data(), width, lanes);
}

/// From the block's gradient to that of the first batch norm's output behind its ReLU.
void ResidualPass::differentiateSecond(const Plane &gradient, const NormBackward &through, Plane &onFirst) {
  const int together = rowsTogether(height, width);
  for (int n = 0; n < arguments.images; ++n) {
    fillMiddle(n);
    throughNorm(second, through, gradient, n);
    for (int top = 0; top < height; top += together)
      second.convolution.gradientByWeights(kernels, middle, inner, top, std::min(together, height - top));
    second.convolution.gradientByInput(kernels, inner, onFirst.image(n), height, width, false);
  }
}

/// Through the first convolution and its ReLU, and through the means beside it.
void ResidualPass::differentiateInput(const Plane &onFirst, const Plane &gradient, const NormBackward &through,
                                      float *inputGradient) {
  const int together = rowsTogether(height, width);
  const std::vector<float> quarter(inputLanes, 0.25f);
  const long nowhere = 0;
  const Plane onActive(1, arguments.height, arguments.width, inputLanes), onMeans(1, height, width, inputLanes);
  for (int n = 0; n < arguments.images; ++n) {
    fillRelu(n);
    fillMeans(n);
    throughNorm(first, through, onFirst, n);
    std::copy_n(gradient.image(n), gradient.imageFloats(), bare.at(0, 0));
    for (int top = 0; top < height; top += together) {
      const int rows = std::min(together, height - top);
      first.convolution.gradientByWeights(kernels, active, inner, top, rows);
      shortcut.gradientByWeights(kernels, means, bare, top, rows);
    }
    first.convolution.gradientByInput(kernels, inner, onActive.image(0), arguments.height, arguments.width, false);
    shortcut.gradientByInput(kernels, bare, onMeans.image(0), height, width, false);
    for (int y = 0; y < arguments.height; ++y) {
      float *to = onActive.row(0, y);
      kernels.maskedCopy(to, active.at(y, 0), to, onActive.rowFloats());
      for (int column = 0; column < 2; ++column)
        kernels.taps(to + static_cast<long>(column) * inputLanes, 2L * inputLanes, onMeans.row(0, y / 2), inputLanes,
                     quarter.data(), &nowhere, 1, width, inputLanes, true);
      copyPixels(inputGradient, arguments.inputs, to, inputLanes, arguments.width, arguments.inputs);
      inputGradient += static_cast<long>(arguments.width) * arguments.inputs;
    }
  }
}

}  // namespace ct
