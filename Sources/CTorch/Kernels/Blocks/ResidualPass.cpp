#include "ResidualPass.h"

#include <algorithm>

namespace ct {
namespace {
constexpr double epsilon = 1e-5;
}  // namespace

ResidualPass::ResidualPass(const ResidualArguments &given)
    : arguments(given), kernels(rowKernels()), parts(given.images, given.parts), inputLanes(paddedLanes(given.inputs)),
      lanes(paddedLanes(given.outputs)), height(given.height / 2), width(given.width / 2) {
  const auto set = [&](DenseConvolution &convolution, int kernel, int stride, int inputs, const float *weights) {
    convolution.kernel = {kernel, kernel};
    convolution.stride = {stride, stride};
    convolution.inputs = inputs;
    convolution.outputs = arguments.outputs;
    convolution.pack(weights, arguments.keepsForBackward, pieces);
    // Of images that it reads, and of those that come back: as wide as its output, with its border.
    convolution.follow(PaddedImage::rowStride(stride * width, paddedLanes(inputs), convolution.border()));
    convolution.followGradient(PaddedImage::rowStride(width, lanes, convolution.border()));
  };
  Team::ofThisThread().run(3, [&](int number, int) {
    if (number == 0) set(first.convolution, 3, 2, arguments.inputs, arguments.first.weights);
    if (number == 1) set(second.convolution, 3, 1, arguments.outputs, arguments.second.weights);
    if (number == 2) set(shortcut, 1, 1, arguments.inputs, arguments.shortcut);
  });
  for (Layer *layer : {&first, &second}) {
    layer->raw = Plane(arguments.images, height, width, lanes);
    layer->norm.begin(arguments.outputs, lanes, arguments.givenStatistics ? 0 : parts.count);
  }
}

/// The calling thread's, and something to work with for each of its threads.
void ResidualPass::takeTeam(bool goesBack) {
  team = &Team::ofThisThread();
  scratch.clear();
  scratch.resize(team->threads());
  for (auto &own : scratch) {
    own.active = PaddedImage(arguments.height, arguments.width, inputLanes, 1);
    own.middle = PaddedImage(height, width, lanes, 1);
    own.means = PaddedImage(height, width, inputLanes, 0);
    own.row = Buffer(static_cast<size_t>(arguments.width) * inputLanes);
    if (goesBack) {
      own.inner = PaddedImage(height, width, lanes, 1);
      own.bare = PaddedImage(height, width, lanes, 0);
      own.onActive = Plane(1, arguments.height, arguments.width, inputLanes);
      own.onMeans = Plane(1, height, width, inputLanes);
    } else {
      own.beside = Plane(1, height, width, lanes);
      own.sum = Plane(1, height, width, lanes);
    }
  }
}

/// Zeros fill up the lanes of a row that has fewer channels.
const float *ResidualPass::inputRow(int image, int y, Scratch &own) const {
  const long start = (static_cast<long>(image) * arguments.height + y) * arguments.width * arguments.inputs;
  if (inputLanes == arguments.inputs) return arguments.input + start;
  std::fill_n(own.row.data(), static_cast<long>(arguments.width) * inputLanes, 0.0f);
  copyPixels(own.row.data(), inputLanes, arguments.input + start, arguments.inputs, arguments.width, arguments.inputs);
  return own.row.data();
}

void ResidualPass::fillRelu(int image, Scratch &own) const {
  for (int y = 0; y < arguments.height; ++y)
    kernels.relu(own.active.at(y, 0), inputRow(image, y, own), static_cast<long>(arguments.width) * inputLanes);
}

void ResidualPass::fillMeans(int image, Scratch &own) const {
  const std::vector<float> quarters(2L * inputLanes, 0.25f);
  const long offsets[] = {0, inputLanes};
  for (int y = 0; y < arguments.height; ++y)
    kernels.taps(own.means.at(y / 2, 0), inputLanes, inputRow(image, y, own), 2L * inputLanes, quarters.data(), offsets, 2,
                 width, inputLanes, y % 2 == 1);
}

void ResidualPass::fillMiddle(int image, Scratch &own) const {
  for (int y = 0; y < height; ++y)
    kernels.normalisedRelu(own.middle.at(y, 0), first.raw.row(image, y), first.norm.scale.data(), first.norm.shift.data(),
                           width, lanes);
}

void ResidualPass::convolve(Layer &layer, const PaddedImage &input, int image, const Part &part) {
  layer.convolution.forward(kernels, input, layer.raw, image, 0, height);
  if (!arguments.givenStatistics) layer.norm.add(kernels, layer.raw.image(image), height, width, part.number);
}

void ResidualPass::finish(Layer &layer, int slot, const ConvolutionNorm &given, float *statistics) {
  const int channels = arguments.outputs;
  layer.norm.gain = given.gain;
  layer.norm.offset = given.offset;
  const float *own = arguments.givenStatistics + 2L * slot * channels;
  if (arguments.givenStatistics) return layer.norm.take(own, own + channels, epsilon);
  layer.norm.finish(epsilon);
  layer.norm.write(statistics + 2L * slot * channels, statistics + (2L * slot + 1) * channels);
}

void ResidualPass::forward(float *output, float *statistics) {
  takeTeam(false);
  forEachPart([&](const Part &part) {
    for (int n = part.begin; n < part.end; ++n) {
      fillRelu(n, part.scratch);
      convolve(first, part.scratch.active, n, part);
    }
  });
  finish(first, 0, arguments.first, statistics);
  forEachPart([&](const Part &part) {
    for (int n = part.begin; n < part.end; ++n) {
      fillMiddle(n, part.scratch);
      convolve(second, part.scratch.middle, n, part);
    }
  });
  finish(second, 1, arguments.second, statistics);
  std::vector<float> scales(second.norm.scale.data(), second.norm.scale.data() + lanes);
  scales.resize(2L * lanes, 1.0f);
  forEachPart([&](const Part &part) { giveOutput(output, scales, part); });
  scratch.clear();
}

/// Both ways, added; `scales` are of the second batch norm and of what stands beside it.
void ResidualPass::giveOutput(float *output, const std::vector<float> &scales, const Part &part) const {
  const auto &beside = part.scratch.beside, &sum = part.scratch.sum;
  for (int n = part.begin; n < part.end; ++n) {
    fillMeans(n, part.scratch);
    shortcut.forward(kernels, part.scratch.means, beside, 0, 0, height);
    const float *sources[] = {second.raw.image(n), beside.image(0)};
    kernels.mix(sum.image(0), sources, scales.data(), second.norm.shift.data(), 2, sum.imagePixels(), lanes, false);
    copyPixels(output + static_cast<long>(n) * sum.imagePixels() * arguments.outputs, arguments.outputs, sum.image(0), lanes,
               sum.imagePixels(), arguments.outputs);
  }
}

}  // namespace ct
