#include "HeadPass.h"

#include <algorithm>

#pragma STDC FP_CONTRACT OFF
namespace ct {
namespace {
constexpr double epsilon = 1e-5;

/// BODY(first pixel, pixels) for a map's pixels, some at a time: the row kernels sum in float within a call, in Double over calls.
template <typename Body>
void inGroups(int pixels, Body body) {
  for (int first = 0; first < pixels; first += pixelsTogether) body(first, std::min(pixelsTogether, pixels - first));
}
}  // namespace

HeadPass::HeadPass(const HeadArguments &given)
    : arguments(given), kernels(rowKernels()), lanes(paddedLanes(given.input.channels())),
      means(static_cast<size_t>(given.input.images) * lanes) {
  linear.pack(arguments.weight, arguments.input.channels(), arguments.classes, 0, paddedLanes(arguments.classes),
              arguments.keepsForBackward, pieces);
  if (!isWhole()) {
    padded = Buffer(imageFloats());
    std::fill_n(padded.data(), imageFloats(), 0.0f);
  }
  if (arguments.hasRelu) active = Buffer(imageFloats());
}

const float *HeadPass::image(int n) {
  if (isWhole()) return arguments.input.row(0, n, 0);
  arguments.input.gather(padded.data(), lanes, n);
  return padded.data();
}

void HeadPass::spread(float *to, const float *share) const { copyPixels(to, lanes, share, 0, pixels(), lanes); }

// MARK: Forward

void HeadPass::normalise(float *statistics) {
  const int channels = arguments.input.channels();
  norm.begin(channels, lanes);
  norm.gain = arguments.gain;
  norm.offset = arguments.offset;
  if (arguments.givenStatistics)
    return norm.take(arguments.givenStatistics, arguments.givenStatistics + channels, epsilon);
  for (int n = 0; n < arguments.input.images; ++n) norm.add(kernels, image(n), arguments.input.height, arguments.input.width);
  norm.finish(epsilon);
  norm.write(statistics, statistics + channels);
}

void HeadPass::average(int n) {
  const float *values = image(n);
  if (hasNorm())
    kernels.normalisedRelu(active.data(), values, norm.scale.data(), norm.shift.data(), pixels(), lanes);
  else if (arguments.hasRelu)
    kernels.relu(active.data(), values, imageFloats());
  if (arguments.hasRelu) values = active.data();
  std::vector<double> sums(lanes, 0);
  inGroups(pixels(), [&](int first, int count) {
    kernels.sum(sums.data(), values + static_cast<long>(first) * lanes, count, lanes);
  });
  float *mean = means.data() + static_cast<long>(n) * lanes;
  for (int c = 0; c < lanes; ++c) mean[c] = static_cast<float>(sums[c] / pixels());
}

void HeadPass::forward(float *logits, float *statistics) {
  if (hasNorm()) normalise(statistics);
  for (int n = 0; n < arguments.input.images; ++n) average(n);
  const int classes = arguments.classes;
  Buffer sums(static_cast<size_t>(arguments.input.images) * linear.lanes);
  std::fill_n(sums.data(), static_cast<long>(arguments.input.images) * linear.lanes, 0.0f);
  copyPixels(sums.data(), linear.lanes, arguments.bias, 0, arguments.input.images, classes);
  kernels.pointwise(sums.data(), linear.lanes, means.data(), lanes, linear.weights.data(), arguments.input.channels(), linear.lanes,
                    arguments.input.images, true, nullptr);
  copyPixels(logits, classes, sums.data(), linear.lanes, arguments.input.images, classes);
}

// MARK: Backward

void HeadPass::backward(const float *logitGradient, const HeadGradients &gradients) {
  const int images = arguments.input.images, classes = arguments.classes;
  Buffer d(static_cast<size_t>(images) * linear.lanes), shares(static_cast<size_t>(images) * lanes);
  std::fill_n(d.data(), static_cast<long>(images) * linear.lanes, 0.0f);
  copyPixels(d.data(), linear.lanes, logitGradient, classes, images, classes);
  std::vector<double> sums(classes, 0);
  for (int n = 0; n < images; ++n)
    for (int k = 0; k < classes; ++k) sums[k] += logitGradient[static_cast<long>(n) * classes + k];
  for (int k = 0; k < classes; ++k) gradients.bias[k] = static_cast<float>(sums[k]);
  GradientRuns runs;
  runs.begin(1);
  linear.placeGradient(runs, gradients.weight);
  runs.open(0);
  kernels.outer(runs.run(0) + linear.gradient, means.data(), lanes, d.data(), linear.lanes, arguments.input.channels(), linear.lanes,
                images, 1, true, Ahead());
  runs.arrive(0, kernels);
  runs.finish(Team::ofThisThread(), kernels);
  kernels.pointwise(shares.data(), lanes, d.data(), linear.lanes, linear.transposed.data(), classes, lanes, images, false,
                    nullptr);
  for (long at = 0; at < static_cast<long>(images) * lanes; ++at) shares.data()[at] /= static_cast<float>(pixels());
  if (hasNorm())
    throughNorm(shares.data(), gradients);
  else
    throughMean(shares.data(), arguments.input.with(gradients.input));
}

void HeadPass::throughMean(const float *shares, const FeatureMaps &onInput) {
  for (int n = 0; n < arguments.input.images; ++n, shares += lanes) {
    if (!arguments.hasRelu) {
      onInput.scatter(shares, 0, n);
      continue;
    }
    spread(active.data(), shares);
    kernels.maskedCopy(active.data(), image(n), active.data(), imageFloats());
    onInput.scatter(active.data(), lanes, n);
  }
}

void HeadPass::throughNorm(const float *shares, const HeadGradients &gradients) {
  const Plane masked(arguments.input.images, arguments.input.height, arguments.input.width, lanes);
  std::vector<double> sums(lanes, 0), products(lanes, 0);
  for (int n = 0; n < arguments.input.images; ++n) {
    const float *raw = image(n);
    spread(masked.image(n), shares + static_cast<long>(n) * lanes);
    inGroups(pixels(), [&](int first, int count) {
      const long start = static_cast<long>(first) * lanes;
      kernels.maskedMoments(sums.data(), products.data(), masked.image(n) + start, raw + start, norm.scale.data(),
                            norm.shift.data(), norm.mean.data(), count, lanes);
    });
  }
  for (int c = 0; c < arguments.input.channels(); ++c) {
    gradients.gain[c] = static_cast<float>(products[c] * norm.inverse[c]);
    gradients.offset[c] = static_cast<float>(sums[c]);
  }
  const NormBackward through(norm, norm.scale, sums, products);
  const auto onInput = arguments.input.with(gradients.input);
  for (int n = 0; n < arguments.input.images; ++n) {
    kernels.normGradient(active.data(), masked.image(n), image(n), through.onGradient.data(), through.onRaw.data(),
                         through.constant.data(), pixels(), lanes);
    onInput.scatter(active.data(), lanes, n);
  }
}

}  // namespace ct
