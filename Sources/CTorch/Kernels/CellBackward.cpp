#include "CellPass.h"

#include <algorithm>

namespace ct {

void CellPass::backward(const float *outputGradient, float *beforeGradient, float *previousGradient,
                        float *weightGradientOut, float *creditsOut) {
  weightGradient = weightGradientOut;
  mixtureGradient = creditsOut;
  if (mixtureGradient)
    for (int place : arguments.shape.mixturePlaces)
      if (place >= 0) mixtureGradient[place] = 0;
  gradients.clear();
  for (int node = 0; node < nodeCount(); ++node) {
    gradients.emplace_back(arguments.images, nodes[node].height, nodes[node].width, lanes);
    // What the copy below fills need not be cleared first.
    const auto &filled = arguments.shape.concatenated;
    if (lanes != channels || std::find(filled.begin(), filled.end(), node) == filled.end()) gradients[node].clear();
  }
  const long step = arguments.shape.outputChannels(), pixels = static_cast<long>(arguments.images) * height * width;
  const float *from = outputGradient;
  for (int node : arguments.shape.concatenated) {
    copyPixels(gradients[node].buffer.data(), lanes, from, step, pixels, channels);
    from += channels;
  }
  for (int source = nodeCount() - 2; source >= 0; --source) differentiateSource(source);
  giveInputGradients(beforeGradient, previousGradient);
  unpackGradients();
}

// MARK: A node's edges

/// Where a gradient lies while a window goes over it. Its border stays zero, so one image serves all of the same reach.
PaddedImage &CellPass::innerImage(int border) {
  auto &inner = inners[border];
  if (!inner.buffer) inner = PaddedImage(height, width, lanes, border);
  return inner;
}

void CellPass::differentiateSource(int source) {
  const auto &node = nodes[source];
  auto &gradient = gradients[source];
  const auto leaving = leavingEdges(source);
  std::vector<EdgeSums> sums(leaving.size());
  // Of the source behind its ReLU. Edge by edge, so that what the sums have read is still in the processor's caches when the
  // convolutions read it.
  Plane active;
  if (readsRelu(leaving)) active = Plane(arguments.images, node.height, node.width, lanes);
  bool isWritten = false;
  for (size_t position = 0; position < leaving.size(); ++position) {
    gatherSums(edges[leaving[position]], leaving[position], sums[position]);
    differentiateFirst(edges[leaving[position]], leaving[position], sums[position], active, isWritten);
    differentiateDense(edges[leaving[position]], leaving[position], sums[position], active, isWritten);
  }
  if (active && !isWritten) active.clear();
  for (size_t position = 0; position < leaving.size(); ++position) {
    auto &edge = edges[leaving[position]];
    if (!edge.isAlive[skipPlace]) continue;
    if (edge.stride == 2)
      reduceBackward(edge, leaving[position], sums[position], active);
    else
      skipBackward(edge, leaving[position], gradient);
  }
  if (active) kernels.maskedAdd(gradient.buffer.data(), node.buffer.data(), active.buffer.data(), active.floats());
  differentiatePools(source, gradient, sums);
}

/// All convolutions of an edge, from the gradient of its node to that of its source behind the ReLU.
void CellPass::differentiateFirst(EdgePass &edge, int index, const EdgeSums &sums, const Plane &active, bool &isWritten) {
  struct Block {
    int convolution;
    /// The gradient that comes in: of the node for a dilated convolution, of the first batch norm for a separable one.
    Plane own;
    NormBackward through;
  };
  std::vector<Block> blocks;
  for (int c = 0; c < convolutionCount; ++c) {
    const int place = convolutionPlace[c];
    if (!edge.isAlive[place]) continue;
    const auto &norm = edge.firstOutput[c].norm;
    if (isSeparable(c)) {
      std::vector<double> firstSums(lanes, 0), firstProducts(lanes, 0);
      Plane inner = differentiateSecond(edge, index, c, sums, firstSums, firstProducts);
      blocks.push_back({c, std::move(inner), throughNorm(slot(index, place, 0), norm, firstSums, firstProducts)});
    } else {
      const float z = edge.z[place];
      blocks.push_back({c, Plane(),
                        throughNorm(slot(index, place, 0), norm, scaled(sums.gradient, z), scaled(sums.product[place], z))});
    }
  }
  if (blocks.empty()) return;
  const auto gradientOf = [&](const Block &block) -> const Plane & { return block.own ? block.own : gradients[edge.to]; };
  const auto &node = nodes[edge.from];
  auto &padded = activeSourceImage(node.height, node.width);
  for (int n = 0; n < arguments.images; ++n) {
    fillRelu(padded, node, n);
    fetchNextImage(node, n, 2);
    for (size_t k = 0; k < blocks.size(); ++k) {
      auto &block = blocks[k];
      const auto &first = edge.firstOutput[block.convolution];
      if (!block.own) block.through.scaleGradient(first.norm, edge.z[convolutionPlace[block.convolution]] * mask(index, n));
      const bool isLast = k + 1 == blocks.size();
      const auto &next = blocks[isLast ? 0 : k + 1];
      const int nextImage = std::min(isLast ? n + 1 : n, arguments.images - 1);
      convolveBackward(edge.first[block.convolution], padded, gradientOf(block), first.raw, block.through, n,
                       active.image(n), isWritten || k > 0,
                       {gradientOf(next).image(nextImage), edge.firstOutput[next.convolution].raw.image(nextImage)});
    }
  }
  isWritten = true;
}

void CellPass::skipBackward(const EdgePass &edge, int index, const Plane &gradient) {
  for (int n = 0; n < arguments.images; ++n)
    kernels.addScaled(gradient.image(n), gradients[edge.to].image(n), edge.z[skipPlace] * mask(index, n),
                      gradient.imageFloats());
}

/// Through batch norm, pointwise and depthwise convolution of one image. The depthwise output is computed again. `next` is
/// what comes after: gradient and raw output.
void CellPass::convolveBackward(ConvolutionBlock &block, const PaddedImage &input, const Plane &gradient,
                                const Plane &raw, const NormBackward &through, int image, float *inputGradient,
                                bool add, Ahead next) {
  auto &inner = innerImage(block.border());
  const int together = rowsTogether(raw);
  const auto offsets = block.stride == 2 ? block.windowOffsets(input.rowStride()) : std::vector<long>();
  for (int top = 0; top < raw.height; top += together) {
    const int rows = std::min(together, raw.height - top);
    kernels.normGradient(rawGradients.data(), gradient.row(image, top), raw.row(image, top), through.onGradient.data(),
                         through.onRaw.data(), through.constant.data(), rows * raw.width, lanes);
    depthwiseRows(block, input, offsets, depthwiseOutput.data(), top, rows, raw.width);
    nextImage.step();
    kernels.outer(block.pointwiseGradient.data(), depthwiseOutput.data(), lanes, rawGradients.data(), lanes, channels,
                  lanes, rows * raw.width,
                  top + rows < raw.height ? Ahead{gradient.row(image, top + rows), raw.row(image, top + rows)} : next);
    for (int y = top; y < top + rows; ++y) {
      const float *corner = input.at(y * block.stride - block.border(), -block.border());
      float *innerRow = inner.at(y, 0);
      kernels.pointwise(innerRow, lanes, rawGradients.data() + (y - top) * raw.rowFloats(), lanes,
                        block.pointwiseTransposed.data(), channels, lanes, raw.width, false, nullptr);
      if (block.stride == 1)
        kernels.windowGradient(block.depthwiseGradient.data(), corner, input.rowStride(), innerRow, block.kernel,
                               block.dilation, raw.width, lanes);
      else
        kernels.tapGradient(block.depthwiseGradient.data(), corner, 2L * lanes, innerRow, lanes, offsets.data(),
                            block.taps(), raw.width, lanes);
    }
  }
  const long rowFloats = static_cast<long>(input.width) * lanes;
  if (block.stride == 1)
    return kernels.window(inputGradient, rowFloats, inner.at(-block.border(), -block.border()), inner.rowStride(),
                          block.flipped.data(), block.kernel, block.dilation, raw.width, raw.height, lanes, add);
  if (block.parities[0][0].offsets.empty()) block.packParities(inner.rowStride());
  for (int y = 0; y < input.height; ++y) {
    for (int column = 0; column < 2; ++column) {
      const auto &parity = block.parities[y % 2][column];
      kernels.taps(inputGradient + y * rowFloats + column * lanes, 2L * lanes, inner.at(y / 2, 0), lanes,
                   parity.weights.data(), parity.offsets.data(), static_cast<int>(parity.offsets.size()), raw.width,
                   lanes, add);
    }
  }
}

/// The second half of a separable convolution: from the edge's gradient to that of the first batch norm's output, with the
/// sums that its backward pass needs.
Plane CellPass::differentiateSecond(EdgePass &edge, int index, int convolution, const EdgeSums &sums,
                                    std::vector<double> &firstSums, std::vector<double> &firstProducts) {
  const auto &first = edge.firstOutput[convolution];
  const auto &second = edge.secondOutput[convolution];
  const int operation = convolutionPlace[convolution];
  const float z = edge.z[operation];
  NormBackward through = throughNorm(slot(index, operation, 1), second.norm, scaled(sums.gradient, z),
                                     scaled(sums.product[operation], z));
  Plane inner(arguments.images, height, width, lanes);
  for (int n = 0; n < arguments.images; ++n) {
    for (int y = 0; y < height; ++y)
      kernels.normalisedRelu(middle.at(y, 0), first.raw.row(n, y), first.norm.scale.data(), first.norm.shift.data(),
                             width, lanes);
    through.scaleGradient(second.norm, z * mask(index, n));
    fetchNextImage(first.raw, n, 1);
    convolveBackward(edge.second[convolution], middle, gradients[edge.to], second.raw, through, n, inner.image(n), false,
                     {gradients[edge.to].image(n + 1), second.raw.image(n + 1)});
    const int together = rowsTogether(inner);
    for (int y = 0; y < height; y += together)
      kernels.maskedMoments(firstSums.data(), firstProducts.data(), inner.row(n, y), first.raw.row(n, y),
                            first.norm.scale.data(), first.norm.shift.data(), first.norm.mean.data(),
                            std::min(together, height - y) * width, lanes);
  }
  return inner;
}

void CellPass::reduceBackward(EdgePass &edge, int index, const EdgeSums &sums, const Plane &active) {
  const auto &[raw, norm] = edge.reduce.output;
  const auto &node = nodes[edge.from];
  const float z = edge.z[skipPlace];
  NormBackward through = throughNorm(slot(index, skipPlace, 0), norm, scaled(sums.gradient, z),
                                     scaled(sums.product[skipPlace], z));
  auto &padded = activeSourceImage(node.height, node.width);
  for (int n = 0; n < arguments.images; ++n) {
    fillRelu(padded, node, n);
    through.scaleGradient(norm, z * mask(index, n));
    reduceImageBackward(edge, padded, through, n, active.image(n));
  }
}

void CellPass::reduceImageBackward(EdgePass &edge, const PaddedImage &input, const NormBackward &through, int image,
                                   float *inputGradient) {
  const auto &raw = edge.reduce.output.raw;
  const auto &gradient = gradients[edge.to];
  const long rowFloats = static_cast<long>(input.width) * lanes;
  for (int y = 0; y < raw.height; ++y) {
    kernels.normGradient(rawGradients.data(), gradient.row(image, y), raw.row(image, y), through.onGradient.data(),
                         through.onRaw.data(), through.constant.data(), raw.width, lanes);
    for (int half = 0; half < 2; ++half) {
      auto &weights = edge.reduce.halves[half];
      kernels.outer(weights.gradient.data(), input.at(2 * y + half, half), 2L * lanes, rawGradients.data(), lanes, channels,
                    lanes, raw.width, half == 0 ? Ahead{gradient.row(image, y + 1), raw.row(image, y + 1)} : Ahead());
      kernels.pointwise(inputGradient + (2 * y + half) * rowFloats + half * lanes, 2L * lanes,
                        rawGradients.data() + weights.first, lanes,
                        weights.transposed.data() + static_cast<long>(weights.first) * lanes, weights.outputs, lanes,
                        raw.width, true, nullptr);
    }
  }
}

}  // namespace ct
