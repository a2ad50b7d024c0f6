#include <algorithm>

#include "../Layers/PartSums.h"
#include "ResidualPass.h"

namespace ct {
namespace {
/// Rows that are worked on together: enough pixels that a weight's gradient is seldom loaded and stored.
int rowsTogether(int height, int width) { return std::min(height, 4 * std::max(1, pixelsTogether / width)); }
}  // namespace

NormBackward ResidualPass::through(const Layer &layer, const GradientSums &sums, float *onGain, float *onOffset) const {
  for (int c = 0; c < arguments.outputs; ++c) {
    onGain[c] = static_cast<float>(sums.products[c] * layer.norm.inverse[c]);
    onOffset[c] = static_cast<float>(sums.sums[c]);
  }
  return {layer.norm, layer.norm.scale, sums.sums, sums.products};
}

void ResidualPass::backward(const float *outputGradient, const ResidualGradients &gradients) {
  takeTeam(true);
  const Plane gradient(arguments.images, height, width, lanes), onFirst(arguments.images, height, width, lanes);
  PartSums<GradientSums> sums, firstSums;
  for (auto *own : {&sums, &firstSums}) own->begin(parts.count, lanes);
  runs.begin(parts.count);
  first.convolution.placeGradient(runs, gradients.first.weights);
  second.convolution.placeGradient(runs, gradients.second.weights);
  shortcut.placeGradient(runs, gradients.shortcut);
  forEachPart([&](const Part &part) {
    runs.openCleared(part.number);
    takeGradient(outputGradient, gradient, part, sums[part.number]);
  });
  const auto throughSecond = through(second, sums.joined(), gradients.second.gain, gradients.second.offset);
  forEachPart([&](const Part &part) {
    differentiateSecond(gradient, throughSecond, onFirst, part, firstSums[part.number]);
  });
  const auto throughFirst = through(first, firstSums.joined(), gradients.first.gain, gradients.first.offset);
  forEachPart([&](const Part &part) {
    differentiateInput(onFirst, gradient, throughFirst, gradients.input, part);
    runs.arrive(part.number, kernels);
  });
  runs.finish(*team, kernels);
  scratch.clear();
}

void ResidualPass::takeGradient(const float *outputGradient, const Plane &gradient, const Part &part,
                                GradientSums &sums) const {
  const int together = rowsTogether(height, width);
  const long pixels = gradient.imagePixels();
  if (lanes != arguments.outputs) gradient.clear(part.begin, part.end);
  copyPixels(gradient.image(part.begin), lanes, outputGradient + part.begin * pixels * arguments.outputs, arguments.outputs,
             (part.end - part.begin) * pixels, arguments.outputs);
  for (int n = part.begin; n < part.end; ++n) {
    for (int y = 0; y < height; y += together) {
      const int some = std::min(together, height - y) * width;
      kernels.sum(sums.sums.data(), gradient.row(n, y), some, lanes);
      kernels.product(sums.products.data(), gradient.row(n, y), second.raw.row(n, y), second.norm.mean.data(), some, lanes);
    }
  }
}

void ResidualPass::throughNorm(const Layer &layer, const NormBackward &through, const Plane &gradient, int image,
                               Scratch &own) const {
  for (int y = 0; y < height; ++y)
    kernels.normGradient(own.inner.at(y, 0), gradient.row(image, y), layer.raw.row(image, y), through.onGradient.data(),
                         through.onRaw.data(), through.constant.data(), width, lanes);
}

/// From the block's gradient to that of the first batch norm's output, with the sums that its backward pass needs.
void ResidualPass::differentiateSecond(const Plane &gradient, const NormBackward &through, const Plane &onFirst,
                                       const Part &part, GradientSums &sums) const {
  const int together = rowsTogether(height, width);
  const auto &norm = first.norm;
  auto &own = part.scratch;
  for (int n = part.begin; n < part.end; ++n) {
    fillMiddle(n, own);
    throughNorm(second, through, gradient, n, own);
    for (int top = 0; top < height; top += together)
      second.convolution.gradientByWeights(kernels, own.middle, own.inner, top, std::min(together, height - top),
                                           runs.run(part.number));
    second.convolution.gradientByInput(kernels, own.inner, onFirst.image(n), height, width, false);
    for (int y = 0; y < height; y += together)
      kernels.maskedMoments(sums.sums.data(), sums.products.data(), onFirst.row(n, y), first.raw.row(n, y),
                            norm.scale.data(), norm.shift.data(), norm.mean.data(), std::min(together, height - y) * width,
                            lanes);
  }
}

/// Through the first convolution and its ReLU, and through the means beside it.
void ResidualPass::differentiateInput(const Plane &onFirst, const Plane &gradient, const NormBackward &through,
                                      float *inputGradient, const Part &part) const {
  const int together = rowsTogether(height, width);
  auto &own = part.scratch;
  for (int n = part.begin; n < part.end; ++n) {
    fillRelu(n, own);
    fillMeans(n, own);
    throughNorm(first, through, onFirst, n, own);
    for (int y = 0; y < height; ++y) std::copy_n(gradient.row(n, y), gradient.rowFloats(), own.bare.at(y, 0));
    for (int top = 0; top < height; top += together) {
      const int rows = std::min(together, height - top);
      first.convolution.gradientByWeights(kernels, own.active, own.inner, top, rows, runs.run(part.number));
      shortcut.gradientByWeights(kernels, own.means, own.bare, top, rows, runs.run(part.number));
    }
    first.convolution.gradientByInput(kernels, own.inner, own.onActive.image(0), arguments.height, arguments.width, false);
    shortcut.gradientByInput(kernels, own.bare, own.onMeans.image(0), height, width, false);
    const long imageFloats = static_cast<long>(arguments.height) * arguments.width * arguments.inputs;
    joinInput(inputGradient + n * imageFloats, own);
  }
}

/// One image's gradient behind the ReLU, and that of the means, spread over their pixels.
void ResidualPass::joinInput(float *inputGradient, Scratch &own) const {
  const std::vector<float> quarter(inputLanes, 0.25f);
  const long nowhere = 0;
  for (int y = 0; y < arguments.height; ++y) {
    float *to = own.onActive.row(0, y);
    kernels.maskedCopy(to, own.active.at(y, 0), to, own.onActive.rowFloats());
    for (int column = 0; column < 2; ++column)
      kernels.taps(to + static_cast<long>(column) * inputLanes, 2L * inputLanes, own.onMeans.row(0, y / 2), inputLanes,
                   quarter.data(), &nowhere, 1, width, inputLanes, true);
    copyPixels(inputGradient, arguments.inputs, to, inputLanes, arguments.width, arguments.inputs);
    inputGradient += static_cast<long>(arguments.width) * arguments.inputs;
  }
}

}  // namespace ct
