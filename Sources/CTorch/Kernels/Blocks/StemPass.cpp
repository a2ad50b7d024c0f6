#include "StemPass.h"

#include <algorithm>

#include "../Layers/PartSums.h"

namespace ct {
namespace {
constexpr double epsilon = 1e-5;
}  // namespace

StemPass::StemPass(const StemArguments &given)
    : arguments(given), kernels(rowKernels()), parts(given.images, given.parts), lanes(paddedLanes(given.channels)),
      padded(static_cast<size_t>(given.images) * (given.height + 2) * (given.width + 2) * given.inputs),
      raw(given.images, given.height, given.width, lanes) {
  packWeights();
}

void StemPass::packWeights() {
  const size_t floats = 3UL * reach() * lanes;
  weights = Buffer(floats);
  std::fill_n(weights.data(), floats, 0.0f);
  for (int o = 0; o < arguments.channels; ++o)
    for (int i = 0; i < arguments.inputs; ++i)
      for (int tap = 0; tap < 9; ++tap)
        weights.data()[static_cast<long>(tap * arguments.inputs + i) * lanes + o] =
            arguments.weights[(o * arguments.inputs + i) * 9 + tap];
}

void StemPass::packPixels(int image) {
  const int inputs = arguments.inputs;
  std::fill_n(under(image, 0, 0), static_cast<long>(arguments.height + 2) * (arguments.width + 2) * inputs, 0.0f);
  const float *from = arguments.pixels + static_cast<long>(image) * inputs * arguments.height * arguments.width;
  for (int i = 0; i < inputs; ++i) {
    for (int y = 0; y < arguments.height; ++y, from += arguments.width) {
      float *to = under(image, y, 1) + inputs + i;
      for (int x = 0; x < arguments.width; ++x) to[x * inputs] = from[x];
    }
  }
}

void StemPass::convolve(int image) {
  for (int y = 0; y < arguments.height; ++y)
    for (int part = 0; part < 3; ++part)
      kernels.pointwise(raw.row(image, y), lanes, under(image, y, part), arguments.inputs,
                        weights.data() + static_cast<long>(part) * reach() * lanes, reach(), lanes, arguments.width,
                        part > 0, part == 0 ? raw.row(image, y + 1) : nullptr);
}

void StemPass::forward(float *output, float *statistics) {
  const int channels = arguments.channels;
  norm.begin(channels, lanes, arguments.givenStatistics ? 0 : parts.count);
  norm.gain = arguments.gain;
  norm.offset = arguments.offset;
  forEachPart([&](int part) {
    for (int n = parts.begin(part); n < parts.end(part); ++n) {
      packPixels(n);
      convolve(n);
      if (!arguments.givenStatistics) norm.add(kernels, raw.image(n), raw.height, raw.width, part);
    }
  });
  if (arguments.givenStatistics) {
    norm.take(arguments.givenStatistics, arguments.givenStatistics + channels, epsilon);
  } else {
    norm.finish(epsilon);
    norm.write(statistics, statistics + channels);
  }
  forEachPart([&](int part) {
    for (int n = parts.begin(part); n < parts.end(part); ++n) normalise(n, output);
  });
}

void StemPass::normalise(int image, float *output) {
  const int channels = arguments.channels;
  const Buffer row = emptyRow();
  float *to = output + static_cast<long>(image) * raw.imagePixels() * channels;
  for (int y = 0; y < raw.height; ++y, to += static_cast<long>(raw.width) * channels) {
    const float *source = raw.row(image, y);
    kernels.mix(channels == lanes ? to : row.data(), &source, norm.scale.data(), norm.shift.data(), 1, raw.width, lanes,
                false);
    if (channels != lanes) copyPixels(to, channels, row.data(), lanes, raw.width, channels);
  }
}

const float *StemPass::gradientRow(const float *outputGradient, int image, int y, Buffer &row) const {
  const int channels = arguments.channels;
  const float *from = outputGradient + (static_cast<long>(image) * raw.height + y) * raw.width * channels;
  if (channels == lanes) return from;
  std::fill_n(row.data(), raw.rowFloats(), 0.0f);
  copyPixels(row.data(), lanes, from, channels, raw.width, channels);
  return row.data();
}

void StemPass::gatherSums(const float *outputGradient, int part, GradientSums &sums) const {
  Buffer row = emptyRow();
  for (int n = parts.begin(part); n < parts.end(part); ++n) {
    for (int y = 0; y < raw.height; ++y) {
      const float *gradient = gradientRow(outputGradient, n, y, row);
      kernels.sum(sums.sums.data(), gradient, raw.width, lanes);
      kernels.product(sums.products.data(), gradient, raw.row(n, y), norm.mean.data(), raw.width, lanes);
    }
  }
}

void StemPass::differentiateWeights(const float *outputGradient, int part, const NormBackward &through,
                                    float *packed) const {
  Buffer row = emptyRow(), rawGradient(raw.rowFloats());
  for (int n = parts.begin(part); n < parts.end(part); ++n) {
    for (int y = 0; y < raw.height; ++y) {
      kernels.normGradient(rawGradient.data(), gradientRow(outputGradient, n, y, row), raw.row(n, y),
                           through.onGradient.data(), through.onRaw.data(), through.constant.data(), raw.width, lanes);
      for (int window = 0; window < 3; ++window)
        kernels.outer(packed + static_cast<long>(window) * reach() * lanes, under(n, y, window), arguments.inputs,
                      rawGradient.data(), lanes, reach(), lanes, raw.width, 1, false, Ahead());
    }
  }
}

void StemPass::unpackGradient(float *weightGradient, const float *packed) const {
  for (int o = 0; o < arguments.channels; ++o)
    for (int i = 0; i < arguments.inputs; ++i)
      for (int tap = 0; tap < 9; ++tap)
        weightGradient[(o * arguments.inputs + i) * 9 + tap] =
            packed[static_cast<long>(tap * arguments.inputs + i) * lanes + o];
}

void StemPass::backward(const float *outputGradient, float *weightGradient, float *gainGradient,
                        float *offsetGradient) {
  PartSums<GradientSums> sums;
  sums.begin(parts.count, lanes);
  forEachPart([&](int part) { gatherSums(outputGradient, part, sums[part]); });
  const auto &total = sums.joined();
  for (int c = 0; c < arguments.channels; ++c) {
    gainGradient[c] = static_cast<float>(total.products[c] * norm.inverse[c]);
    offsetGradient[c] = static_cast<float>(total.sums[c]);
  }
  auto through = NormBackward::identity(lanes);
  if (arguments.givenStatistics)
    std::copy_n(norm.scale.data(), lanes, through.onGradient.data());
  else
    through = NormBackward(norm, norm.scale, total.sums, total.products);
  GradientRuns runs;
  runs.begin(parts.count);
  const auto place = runs.place(3UL * reach() * lanes, [&](const float *sum) { unpackGradient(weightGradient, sum); });
  forEachPart([&](int part) {
    runs.openCleared(part);
    differentiateWeights(outputGradient, part, through, runs.run(part) + place);
    runs.arrive(part, kernels);
  });
  runs.finish(Team::ofThisThread(), kernels);
}

}  // namespace ct
