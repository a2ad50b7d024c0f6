#include "HalvingPass.h"

#include <algorithm>

#include "../Cell/CellShape.h"
#include "../Layers/PartSums.h"

namespace ct {
namespace {
constexpr double epsilon = 1e-5;
constexpr int kernel = 3, stride = 2;
/// Rows that are worked on together: enough pixels that a weight's gradient is seldom loaded and stored.
int rowsTogether(const Plane &raw) { return std::min(raw.height, 4 * std::max(1, pixelsTogether / raw.width)); }
}  // namespace

HalvingPass::HalvingPass(const HalvingArguments &given)
    : arguments(given), kernels(rowKernels()), parts(given.images, given.parts), inputLanes(paddedLanes(given.inputs)),
      lanes(paddedLanes(given.outputs)), raw(given.images, halved(given.height), halved(given.width), lanes) {
  convolution.kernel = {kernel, kernel};
  convolution.stride = {stride, stride};
  convolution.inputs = arguments.inputs;
  convolution.outputs = arguments.outputs;
  convolution.pack(arguments.weights, arguments.keepsForBackward, pieces);
  convolution.follow(PaddedImage::rowStride(arguments.width, inputLanes, convolution.border()));
  convolution.followGradient(PaddedImage::rowStride(raw.width, lanes, convolution.border()));
}

template <typename Task>
void HalvingPass::forEachPart(bool goesBack, const Task &task) {
  auto &team = Team::ofThisThread();
  std::vector<Scratch> scratch(team.threads());
  for (auto &own : scratch) {
    own.active = PaddedImage(arguments.height, arguments.width, inputLanes, convolution.border());
    own.inputRow = Buffer(static_cast<size_t>(arguments.width) * inputLanes);
    own.row = Buffer(raw.rowFloats());
    if (!goesBack) continue;
    own.inner = PaddedImage(raw.height, raw.width, lanes, convolution.border());
    own.onActive = Plane(1, arguments.height, arguments.width, inputLanes);
  }
  team.run(parts.count, [&](int number, int thread) {
    task(Part{number, parts.begin(number), parts.end(number), scratch[thread]});
  });
}

/// An image behind the ReLU. Zeros fill up the lanes of rows that have fewer channels.
void HalvingPass::takeInput(int image, Scratch &own) const {
  const int inputs = arguments.inputs;
  const long rowFloats = static_cast<long>(arguments.width) * inputLanes;
  const float *from = arguments.input + static_cast<long>(image) * arguments.height * arguments.width * inputs;
  if (inputs != inputLanes) std::fill_n(own.inputRow.data(), rowFloats, 0.0f);
  for (int y = 0; y < arguments.height; ++y, from += static_cast<long>(arguments.width) * inputs) {
    copyPixels(own.inputRow.data(), inputLanes, from, inputs, arguments.width, inputs);
    if (arguments.rectifies)
      kernels.relu(own.active.at(y, 0), own.inputRow.data(), rowFloats);
    else
      std::copy_n(own.inputRow.data(), rowFloats, own.active.at(y, 0));
  }
}

void HalvingPass::convolve(const Part &part) {
  for (int n = part.begin; n < part.end; ++n) {
    takeInput(n, part.scratch);
    convolution.forward(kernels, part.scratch.active, raw, n, 0, raw.height);
    if (!arguments.givenStatistics) norm.add(kernels, raw.image(n), raw.height, raw.width, part.number);
  }
}

void HalvingPass::forward(float *output, float *statistics) {
  const int channels = arguments.outputs;
  norm.begin(channels, lanes, arguments.givenStatistics ? 0 : parts.count);
  norm.gain = arguments.gain;
  norm.offset = arguments.offset;
  forEachPart(false, [&](const Part &part) { convolve(part); });
  if (arguments.givenStatistics) {
    norm.take(arguments.givenStatistics, arguments.givenStatistics + channels, epsilon);
  } else {
    norm.finish(epsilon);
    norm.write(statistics, statistics + channels);
  }
  forEachPart(false, [&](const Part &part) { normalise(part, output); });
}

void HalvingPass::normalise(const Part &part, float *output) const {
  const int channels = arguments.outputs;
  const long rowFloats = static_cast<long>(raw.width) * channels;
  float *row = part.scratch.row.data();
  for (int n = part.begin; n < part.end; ++n) {
    for (int y = 0; y < raw.height; ++y) {
      const float *source = raw.row(n, y);
      kernels.mix(row, &source, norm.scale.data(), norm.shift.data(), 1, raw.width, lanes, false);
      copyPixels(output + (static_cast<long>(n) * raw.height + y) * rowFloats, channels, row, lanes, raw.width, channels);
    }
  }
}

// MARK: Backward

/// Zeros fill up the lanes.
const float *HalvingPass::gradientRow(const float *outputGradient, int image, int y, Scratch &own) const {
  const int channels = arguments.outputs;
  const float *from = outputGradient + (static_cast<long>(image) * raw.height + y) * raw.width * channels;
  if (channels == lanes) return from;
  std::fill_n(own.row.data(), raw.rowFloats(), 0.0f);
  copyPixels(own.row.data(), lanes, from, channels, raw.width, channels);
  return own.row.data();
}

void HalvingPass::gatherSums(const float *outputGradient, const Part &part, GradientSums &sums) const {
  for (int n = part.begin; n < part.end; ++n) {
    for (int y = 0; y < raw.height; ++y) {
      const float *gradient = gradientRow(outputGradient, n, y, part.scratch);
      kernels.sum(sums.sums.data(), gradient, raw.width, lanes);
      kernels.product(sums.products.data(), gradient, raw.row(n, y), norm.mean.data(), raw.width, lanes);
    }
  }
}

void HalvingPass::backward(const float *outputGradient, float *inputGradient, float *weightGradient, float *gainGradient,
                           float *offsetGradient) {
  PartSums<GradientSums> sums;
  sums.begin(parts.count, lanes);
  forEachPart(true, [&](const Part &part) { gatherSums(outputGradient, part, sums[part.number]); });
  const auto &total = sums.joined();
  for (int c = 0; c < arguments.outputs; ++c) {
    gainGradient[c] = static_cast<float>(total.products[c] * norm.inverse[c]);
    offsetGradient[c] = static_cast<float>(total.sums[c]);
  }
  const NormBackward through(norm, norm.scale, total.sums, total.products);
  runs.begin(parts.count);
  convolution.placeGradient(runs, weightGradient);
  forEachPart(true, [&](const Part &part) {
    runs.openCleared(part.number);
    differentiate(outputGradient, through, inputGradient, part);
    runs.arrive(part.number, kernels);
  });
  runs.finish(Team::ofThisThread(), kernels);
}

void HalvingPass::differentiate(const float *outputGradient, const NormBackward &through, float *inputGradient,
                                const Part &part) const {
  auto &own = part.scratch;
  const int together = rowsTogether(raw);
  const long imageFloats = static_cast<long>(arguments.height) * arguments.width * arguments.inputs;
  for (int n = part.begin; n < part.end; ++n) {
    takeInput(n, own);
    for (int top = 0; top < raw.height; top += together) {
      const int rows = std::min(together, raw.height - top);
      for (int y = top; y < top + rows; ++y)
        kernels.normGradient(own.inner.at(y, 0), gradientRow(outputGradient, n, y, own), raw.row(n, y),
                             through.onGradient.data(), through.onRaw.data(), through.constant.data(), raw.width, lanes);
      convolution.gradientByWeights(kernels, own.active, own.inner, top, rows, runs.run(part.number));
    }
    if (inputGradient) giveInputGradient(inputGradient + n * imageFloats, own);
  }
}

/// Of one image, through the convolution and the ReLU.
void HalvingPass::giveInputGradient(float *inputGradient, Scratch &own) const {
  convolution.gradientByInput(kernels, own.inner, own.onActive.image(0), arguments.height, arguments.width, false);
  for (int y = 0; y < arguments.height; ++y) {
    float *row = own.onActive.row(0, y);
    if (arguments.rectifies) kernels.maskedCopy(row, own.active.at(y, 0), row, own.onActive.rowFloats());
    copyPixels(inputGradient, arguments.inputs, row, inputLanes, arguments.width, arguments.inputs);
    inputGradient += static_cast<long>(arguments.width) * arguments.inputs;
  }
}

}  // namespace ct
