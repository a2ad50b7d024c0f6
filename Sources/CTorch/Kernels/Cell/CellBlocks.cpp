// One image through what an edge has: depthwise and pointwise convolutions and factorised reductions, forward and backward.
#include <algorithm>

#include "CellPass.h"

namespace ct {

PaddedImage &CellPass::activeSourceImage(CellScratch &own, const Plane &node) const {
  return CellScratch::sized(own.activeSource, node.height, node.width, lanes, sourceBorder);
}

void CellPass::fillRelu(PaddedImage &padded, const Plane &plane, int image) const {
  for (int y = 0; y < plane.height; ++y) kernels.relu(padded.at(y, 0), plane.row(image, y), plane.rowFloats());
}

/// What the second half of a separable convolution reads.
PaddedImage &CellPass::fillMiddle(const NormalisedPlane &first, int image, CellScratch &own) const {
  auto &middle = CellScratch::sized(own.middle, height, width, lanes, middleBorder);
  for (int y = 0; y < height; ++y)
    kernels.normalisedRelu(middle.at(y, 0), first.raw.row(image, y), first.norm.scale.data(), first.norm.shift.data(), width,
                           lanes);
  return middle;
}

/// Rows that are worked on together: narrow ones by themselves would load and store the weights' gradients more often than
/// they add to them.
int CellPass::rowsTogether(const Plane &plane) const { return std::max(1, std::min(plane.height, pixelsTogether / plane.width)); }

void CellPass::fetchImage(CellScratch &own, const Plane &plane, int image, int convolutions) const {
  own.nextImage = Background();
  if (image < arguments.images)
    own.nextImage = Background(plane.image(image), plane.imageFloats(),
                               static_cast<long>(convolutions) * height / rowsTogether(nodes.back()));
}

/// `rows` rows of the depthwise convolution's output from row `top` on, one after the other.
void CellPass::depthwiseRows(const ConvolutionBlock &block, const PaddedImage &input, float *out, int top, int rows,
                             int width) const {
  const int first = top * block.stride - block.border();
  kernels.window(out, static_cast<long>(width) * lanes, input.at(first, -block.border()), input.rowStride(), block.depthwise.data(),
                 block.kernel, block.dilation, block.stride, width, rows, lanes, input.filledFrom(first), false);
}

/// One image through depthwise and pointwise convolution, and into the batch norm's sums while it is at hand; `input` has
/// passed the ReLU.
void CellPass::convolve(const ConvolutionBlock &block, const PaddedImage &input, NormalisedPlane &output, int image,
                        const CellPart &part) {
  const auto &raw = output.raw;
  auto &own = part.scratch;
  const int together = rowsTogether(raw);
  for (int top = 0; top < raw.height; top += together) {
    const int rows = std::min(together, raw.height - top);
    depthwiseRows(block, input, own.depthwiseOutput.data(), top, rows, raw.width);
    own.nextImage.step();
    kernels.pointwise(raw.row(image, top), lanes, own.depthwiseOutput.data(), lanes, block.pointwise.data(), channels, channels,
                      rows * raw.width, false, raw.row(image, top + rows));
    addMoments(output, part, image, top, rows);
  }
}

void CellPass::reduceSkip(EdgePass &edge, const PaddedImage &input, int image, const CellPart &part) {
  auto &raw = edge.reduce.output.raw;
  for (int y = 0; y < raw.height; ++y)
    for (int half = 0; half < 2; ++half)
      kernels.pointwise(raw.row(image, y), lanes, input.at(2 * y + half, half), 2L * lanes,
                        edge.reduce.halves[half].weights.data(), channels, channels, raw.width, half == 1,
                        half == 0 ? raw.row(image, y + 1) : nullptr);
  addMoments(edge.reduce.output, part, image, 0, height);
}

// MARK: Backward

/// Through batch norm, pointwise and depthwise convolution of one image. The depthwise output is computed again. `next` is
/// what comes after: gradient and raw output.
void CellPass::convolveBackward(const ConvolutionBlock &block, const PaddedImage &input, const Plane &gradient,
                                const Plane &raw, const NormFactors &through, int image, float *inputGradient, bool add,
                                Ahead next, const CellPart &part) {
  auto &own = part.scratch;
  auto &inner = innerImage(own, block.border());
  float *run = runs.run(part.number);
  if (image == part.begin) block.clearGradients(run);
  const int together = rowsTogether(raw);
  // Rows whose share of the depthwise weights' gradient is added.
  int summed = 0;
  for (int top = 0; top < raw.height; top += together) {
    const int rows = std::min(together, raw.height - top);
    const bool isLast = top + rows == raw.height;
    kernels.normGradient(own.rawGradients.data(), gradient.row(image, top), raw.row(image, top), through.onGradient,
                         through.onRaw, through.constant, rows * raw.width, lanes);
    depthwiseRows(block, input, own.depthwiseOutput.data(), top, rows, raw.width);
    own.nextImage.step();
    kernels.outer(run + block.pointwiseGradient, own.depthwiseOutput.data(), lanes, own.rawGradients.data(), lanes, channels,
                  channels, rows * raw.width, 1, image == part.begin && top == 0,
                  {isLast ? next.first : gradient.row(image, top + rows), isLast ? next.second : raw.row(image, top + rows)});
    for (int y = top; y < top + rows; ++y)
      kernels.pointwise(inner.at(y, 0), lanes, own.rawGradients.data() + (y - top) * raw.rowFloats(), lanes,
                        block.pointwiseTransposed, channels, channels, raw.width, false, nullptr);
    // Two rows and more at a time share what they read.
    const int end = top + rows;
    if (end - summed == 1 && end < raw.height) continue;
    const int first = summed * block.stride - block.border();
    kernels.windowGradient(run + block.depthwiseGradient, input.at(first, -block.border()), input.rowStride(), inner.at(summed, 0),
                           inner.rowStride(), block.kernel, block.dilation, block.stride, raw.width, end - summed, lanes,
                           input.filledFrom(first));
    summed = end;
  }
  const long rowFloats = static_cast<long>(input.width) * lanes;
  if (block.stride == 1)
    return kernels.window(inputGradient, rowFloats, inner.at(-block.border(), -block.border()), inner.rowStride(),
                          block.flipped.data(), block.kernel, block.dilation, 1, raw.width, raw.height, lanes,
                          inner.filledFrom(-block.border()), add);
  for (int y = 0; y < input.height; ++y) {
    for (int column = 0; column < 2; ++column) {
      const auto &parity = block.parities[y % 2][column];
      kernels.taps(inputGradient + y * rowFloats + column * lanes, 2L * lanes, inner.at(y / 2, 0), lanes,
                   parity.weights.data(), parity.offsets.data(), static_cast<int>(parity.offsets.size()),
                   everySecond(input.width, column), lanes, add);
    }
  }
}

void CellPass::reduceImageBackward(const EdgePass &edge, const PaddedImage &input, const NormFactors &through, int image,
                                   float *inputGradient, const CellPart &part) const {
  const auto &raw = edge.reduce.output.raw;
  const auto &gradient = gradients[edge.to];
  float *run = runs.run(part.number), *rawGradients = part.scratch.rawGradients.data();
  const long rowFloats = static_cast<long>(input.width) * lanes;
  for (int y = 0; y < raw.height; ++y) {
    kernels.normGradient(rawGradients, gradient.row(image, y), raw.row(image, y), through.onGradient,
                         through.onRaw, through.constant, raw.width, lanes);
    for (int half = 0; half < 2; ++half) {
      const auto &weights = edge.reduce.halves[half];
      kernels.outer(run + weights.gradient, input.at(2 * y + half, half), 2L * lanes, rawGradients, lanes, channels,
                    channels, raw.width, 1, image == part.begin && y == 0,
                    half == 0 ? Ahead{gradient.row(image, y + 1), raw.row(image, y + 1)} : Ahead());
      if (2 * y + half >= input.height) continue;
      kernels.pointwise(inputGradient + (2 * y + half) * rowFloats + half * lanes, 2L * lanes,
                        rawGradients + weights.first, lanes,
                        weights.transposed.data() + static_cast<long>(weights.first) * lanes, weights.outputs, channels,
                        everySecond(input.width, half), true, nullptr);
    }
  }
}

}  // namespace ct
