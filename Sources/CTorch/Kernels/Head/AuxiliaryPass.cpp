#include "AuxiliaryPass.h"

#include <algorithm>

#pragma STDC FP_CONTRACT OFF
namespace ct {
namespace {
constexpr double epsilon = 1e-5;
constexpr int side = 2;
}  // namespace

AuxiliaryPass::AuxiliaryPass(const AuxiliaryArguments &given)
    : arguments(given), kernels(rowKernels()), inputLanes(paddedLanes(given.input.channels())), lanes(paddedLanes(given.narrow)),
      wideLanes(paddedLanes(given.wide)), pooled(given.input.images, side, side, inputLanes), raw(given.input.images, side, side, lanes),
      middle(given.input.images, side, side, lanes), active(imageFloats()) {
  pointwise.pack(arguments.pointwise, arguments.input.channels(), arguments.narrow, 0, lanes, arguments.keepsForBackward, pieces);
  packSquare();
  if (isWhole()) return;
  padded = Buffer(imageFloats());
  std::fill_n(padded.data(), imageFloats(), 0.0f);
}

/// From channels x pixels to pixels x lanes, output by output.
void AuxiliaryPass::packSquare() {
  const long reach = static_cast<long>(corners) * lanes;
  std::vector<float> values(arguments.wide * reach, 0.0f);
  for (int o = 0; o < arguments.wide; ++o)
    transpose(values.data() + o * reach, lanes, arguments.square + static_cast<long>(o) * arguments.narrow * corners, corners,
              arguments.narrow, corners);
  square.pack(values.data(), static_cast<int>(reach), arguments.wide, 0, wideLanes, arguments.keepsForBackward, pieces);
}

void AuxiliaryPass::unpackSquare(float *to, const float *values) const {
  const long reach = static_cast<long>(corners) * lanes;
  for (int o = 0; o < arguments.wide; ++o)
    transpose(to + static_cast<long>(o) * arguments.narrow * corners, corners, values + o * reach, lanes, corners,
              arguments.narrow);
}

// MARK: Forward

const float *AuxiliaryPass::activeImage(int n) {
  if (!isWhole()) arguments.input.gather(padded.data(), inputLanes, n);
  kernels.relu(active.data(), isWhole() ? arguments.input.row(0, n, 0) : padded.data(), imageFloats());
  return active.data();
}

void AuxiliaryPass::pool(int n) {
  const float *image = activeImage(n);
  std::vector<long> offsets;
  for (int y = 0; y < arguments.rows; ++y)
    for (int x = 0; x < arguments.columns; ++x) offsets.push_back((static_cast<long>(y) * arguments.input.width + x) * inputLanes);
  const int taps = static_cast<int>(offsets.size());
  const std::vector<float> shares(static_cast<size_t>(taps) * inputLanes, 1.0f / static_cast<float>(taps));
  for (int y = 0; y < side; ++y)
    kernels.taps(pooled.row(n, y), inputLanes, image + static_cast<long>(y) * down() * arguments.input.width * inputLanes,
                 static_cast<long>(right()) * inputLanes, shares.data(), offsets.data(), taps, side, inputLanes, false);
}

void AuxiliaryPass::forward(float *output, float *statistics) {
  const int images = arguments.input.images, pixelCount = images * corners;
  for (int n = 0; n < images; ++n) pool(n);
  kernels.pointwise(raw.image(0), lanes, pooled.image(0), inputLanes, pointwise.weights.data(), arguments.input.channels(), lanes,
                    pixelCount, false, nullptr);
  norm.begin(arguments.narrow, lanes);
  norm.gain = arguments.gain;
  norm.offset = arguments.offset;
  for (int n = 0; n < images; ++n) norm.add(kernels, raw.image(n), side, side);
  norm.finish(epsilon);
  norm.write(statistics, statistics + arguments.narrow);
  kernels.normalisedRelu(middle.image(0), raw.image(0), norm.scale.data(), norm.shift.data(), pixelCount, lanes);
  const Buffer sums(static_cast<size_t>(images) * wideLanes);
  kernels.pointwise(sums.data(), wideLanes, middle.image(0), middle.imageFloats(), square.weights.data(), square.inputs,
                    wideLanes, images, false, nullptr);
  copyPixels(output, arguments.wide, sums.data(), wideLanes, images, arguments.wide);
}

// MARK: Backward

void AuxiliaryPass::backward(const float *outputGradient, const AuxiliaryGradients &gradients) {
  const int images = arguments.input.images, pixelCount = images * corners;
  const Buffer d(static_cast<size_t>(images) * wideLanes);
  std::fill_n(d.data(), static_cast<long>(images) * wideLanes, 0.0f);
  copyPixels(d.data(), wideLanes, outputGradient, arguments.wide, images, arguments.wide);
  std::vector<float> onSquare(static_cast<size_t>(arguments.wide) * square.inputs);
  GradientRuns runs;
  runs.begin(1);
  square.placeGradient(runs, onSquare.data());
  pointwise.placeGradient(runs, gradients.pointwise);
  runs.open(0);
  kernels.outer(runs.run(0) + square.gradient, middle.image(0), middle.imageFloats(), d.data(), wideLanes, square.inputs, wideLanes,
                images, 1, true, Ahead());

  const Plane onRaw(images, side, side, lanes), onPooled(images, side, side, inputLanes);
  kernels.pointwise(onRaw.image(0), onRaw.imageFloats(), d.data(), wideLanes, square.transposed.data(), arguments.wide,
                    square.inputs, images, false, nullptr);
  std::vector<double> sums(lanes, 0), products(lanes, 0);
  for (int first = 0; first < pixelCount; first += pixelsTogether) {
    const long start = static_cast<long>(first) * lanes;
    kernels.maskedMoments(sums.data(), products.data(), onRaw.image(0) + start, raw.image(0) + start, norm.scale.data(),
                          norm.shift.data(), norm.mean.data(), std::min(pixelsTogether, pixelCount - first), lanes);
  }
  for (int c = 0; c < arguments.narrow; ++c) {
    gradients.gain[c] = static_cast<float>(products[c] * norm.inverse[c]);
    gradients.offset[c] = static_cast<float>(sums[c]);
  }
  const NormBackward through(norm, norm.scale, sums, products);
  kernels.normGradient(onRaw.image(0), onRaw.image(0), raw.image(0), through.onGradient.data(), through.onRaw.data(),
                       through.constant.data(), pixelCount, lanes);
  kernels.outer(runs.run(0) + pointwise.gradient, pooled.image(0), inputLanes, onRaw.image(0), lanes, arguments.input.channels(), lanes,
                pixelCount, 1, true, Ahead());
  runs.arrive(0, kernels);
  runs.finish(Team::ofThisThread(), kernels);
  unpackSquare(gradients.square, onSquare.data());
  kernels.pointwise(onPooled.image(0), inputLanes, onRaw.image(0), lanes, pointwise.transposed.data(), arguments.narrow,
                    inputLanes, pixelCount, false, nullptr);
  const auto onInput = arguments.input.with(gradients.input);
  for (int n = 0; n < images; ++n) differentiatePool(n, onPooled, onInput);
}

/// Both windows of a row at once, pixel by pixel of a window: they may overlap, but the pixels of one call are different ones.
void AuxiliaryPass::differentiatePool(int n, const Plane &onPooled, const FeatureMaps &onInput) {
  const Buffer onActive(imageFloats());
  std::fill_n(onActive.data(), imageFloats(), 0.0f);
  const std::vector<float> share(inputLanes, 1.0f / static_cast<float>(arguments.rows * arguments.columns));
  const long nowhere = 0;
  for (int window = 0; window < side; ++window)
    for (int y = 0; y < arguments.rows; ++y)
      for (int x = 0; x < arguments.columns; ++x)
        kernels.taps(onActive.data() + ((static_cast<long>(window) * down() + y) * arguments.input.width + x) * inputLanes,
                     static_cast<long>(right()) * inputLanes, onPooled.row(n, window), inputLanes, share.data(), &nowhere, 1,
                     side, inputLanes, true);
  kernels.maskedCopy(onActive.data(), activeImage(n), onActive.data(), imageFloats());
  onInput.scatter(onActive.data(), inputLanes, n);
}

}  // namespace ct
