#include "StemPass.h"

#include <algorithm>

namespace ct {
namespace {
constexpr double epsilon = 1e-5;
}  // namespace

StemPass::StemPass(const StemArguments &given)
    : arguments(given), kernels(rowKernels()), lanes(paddedLanes(given.channels)),
      row(static_cast<size_t>(given.width) * lanes), raw(given.images, given.height, given.width, lanes) {
  packWeights();
  packPixels();
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

void StemPass::packPixels() {
  const size_t floats =
      static_cast<size_t>(arguments.images) * (arguments.height + 2) * (arguments.width + 2) * arguments.inputs;
  padded = Buffer(floats);
  std::fill_n(padded.data(), floats, 0.0f);
  const float *from = arguments.pixels;
  for (int n = 0; n < arguments.images; ++n) {
    for (int i = 0; i < arguments.inputs; ++i) {
      for (int y = 0; y < arguments.height; ++y, from += arguments.width) {
        float *to = under(n, y, 1) + arguments.inputs + i;
        for (int x = 0; x < arguments.width; ++x) to[x * arguments.inputs] = from[x];
      }
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
  norm.begin(channels, lanes);
  norm.gain = arguments.gain;
  norm.offset = arguments.offset;
  for (int n = 0; n < arguments.images; ++n) {
    convolve(n);
    if (!arguments.givenStatistics) norm.add(kernels, raw.image(n), raw.height, raw.width);
  }
  if (arguments.givenStatistics) {
    norm.take(arguments.givenStatistics, arguments.givenStatistics + channels, epsilon);
  } else {
    norm.finish(epsilon);
    norm.write(statistics, statistics + channels);
  }
  for (int n = 0; n < arguments.images; ++n) {
    for (int y = 0; y < raw.height; ++y, output += static_cast<long>(raw.width) * channels) {
      const float *source = raw.row(n, y);
      kernels.mix(channels == lanes ? output : row.data(), &source, norm.scale.data(), norm.shift.data(), 1, raw.width,
                  lanes, false);
      if (channels == lanes) continue;
      copyPixels(output, channels, row.data(), lanes, raw.width, channels);
    }
  }
}

const float *StemPass::gradientRow(const float *outputGradient, int image, int y) {
  const int channels = arguments.channels;
  const float *from = outputGradient + (static_cast<long>(image) * raw.height + y) * raw.width * channels;
  if (channels == lanes) return from;
  std::fill_n(row.data(), raw.rowFloats(), 0.0f);
  copyPixels(row.data(), lanes, from, channels, raw.width, channels);
  return row.data();
}

void StemPass::backward(const float *outputGradient, float *weightGradient, float *gainGradient,
                        float *offsetGradient) {
  std::vector<double> sums(lanes, 0), products(lanes, 0);
  for (int n = 0; n < arguments.images; ++n) {
    for (int y = 0; y < raw.height; ++y) {
      const float *gradient = gradientRow(outputGradient, n, y);
      kernels.sum(sums.data(), gradient, raw.width, lanes);
      kernels.product(products.data(), gradient, raw.row(n, y), norm.mean.data(), raw.width, lanes);
    }
  }
  for (int c = 0; c < arguments.channels; ++c) {
    gainGradient[c] = static_cast<float>(products[c] * norm.inverse[c]);
    offsetGradient[c] = static_cast<float>(sums[c]);
  }
  auto through = NormBackward::identity(lanes);
  if (arguments.givenStatistics)
    through.onGradient = norm.scale;
  else
    through = NormBackward(norm, norm.scale, sums, products);
  Buffer packed(3UL * reach() * lanes), rawGradient(raw.rowFloats());
  std::fill_n(packed.data(), 3L * reach() * lanes, 0.0f);
  for (int n = 0; n < arguments.images; ++n) {
    for (int y = 0; y < raw.height; ++y) {
      kernels.normGradient(rawGradient.data(), gradientRow(outputGradient, n, y), raw.row(n, y),
                           through.onGradient.data(), through.onRaw.data(), through.constant.data(), raw.width, lanes);
      for (int part = 0; part < 3; ++part)
        kernels.outer(packed.data() + static_cast<long>(part) * reach() * lanes, under(n, y, part), arguments.inputs,
                      rawGradient.data(), lanes, reach(), lanes, raw.width, Ahead());
    }
  }
  for (int o = 0; o < arguments.channels; ++o)
    for (int i = 0; i < arguments.inputs; ++i)
      for (int tap = 0; tap < 9; ++tap)
        weightGradient[(o * arguments.inputs + i) * 9 + tap] =
            packed.data()[static_cast<long>(tap * arguments.inputs + i) * lanes + o];
}

}  // namespace ct
