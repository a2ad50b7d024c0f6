#include "CellPass.h"

#include <algorithm>

namespace ct {

void CellPass::backward(float *outputGradient, const float *passedGradient, float *beforeGradient,
                        float *previousGradient, float *weightGradientOut, float *creditsOut) {
  weightGradient = weightGradientOut;
  mixtureGradient = creditsOut;
  if (mixtureGradient)
    for (int place : arguments.shape.mixturePlaces)
      if (place >= 0) mixtureGradient[place] = 0;
  takeTeam();
  takeGradient(outputGradient);
  for (int source = nodeCount() - 2; source >= 0; --source) differentiateSource(source);
  giveInputGradients(passedGradient, beforeGradient, previousGradient);
  scratch.clear();
}

void CellPass::takeGradient(float *outputGradient) {
  const bool takesPlanes = arguments.shape.givesPlanes;
  gradients.clear();
  for (int node = 0; node < nodeCount(); ++node)
    gradients.push_back(nodePlane(node, nodes[node].height, nodes[node].width, takesPlanes ? outputGradient : nullptr));
  const auto &filled = arguments.shape.concatenated;
  const long step = arguments.shape.outputChannels(), imagePixels = static_cast<long>(height) * width;
  forEachPart([&](const CellPart &part) {
    // What the output's gradient fills need not be cleared first.
    for (int node = 0; node < nodeCount(); ++node) {
      const bool isFilled = std::find(filled.begin(), filled.end(), node) != filled.end();
      if (!isFilled || (!takesPlanes && lanes != channels)) gradients[node].clear(part.begin, part.end);
    }
    if (takesPlanes) return;
    const float *from = outputGradient + part.begin * imagePixels * step;
    for (int node : filled) {
      copyPixels(gradients[node].image(part.begin), lanes, from, step, (part.end - part.begin) * imagePixels, channels);
      from += channels;
    }
  });
}

// MARK: A node's edges

void CellPass::differentiateSource(int source) {
  const auto &node = nodes[source];
  const auto &leaving = leavingEdges(source);
  std::vector<EdgeSums> sums;
  // Of the source behind its ReLU. Edge by edge, so that what the sums have read is still in the processor's caches when the
  // convolutions read it.
  Plane active;
  if (readsRelu(leaving)) active = Plane(arguments.images, node.height, node.width, lanes);
  bool isWritten = false;
  for (int index : leaving) {
    sums.push_back(gatherSums(index));
    differentiateEdge(index, sums.back(), active, isWritten);
  }
  finishSource(source, sums, active, isWritten);
}

/// All convolutions of an edge, from the gradient of its node to that of its source behind the ReLU.
void CellPass::differentiateEdge(int index, const EdgeSums &sums, const Plane &active, bool &isWritten) {
  auto &edge = edges[index];
  std::vector<BlockBackward> blocks;
  for (int c = 0; c < convolutionCount; ++c) {
    const int place = convolutionPlace[c];
    if (!edge.isAlive[place]) continue;
    blocks.emplace_back();
    blocks.back().convolution = c;
    const auto own = sums.scaled(place, edge.z[place]);
    if (isSeparable(c))
      blocks.back().second = throughNorm(slot(index, place, 1), edge.secondOutput[c].norm, own);
    else
      blocks.back().first = throughNorm(slot(index, place, 0), edge.firstOutput[c].norm, own);
  }
  const auto dense = throughDense(index, sums);
  NormBackward rowThenColumn;
  if (edge.isAlive[rowThenColumnPlace])
    rowThenColumn = throughNorm(slot(index, rowThenColumnPlace, 0), edge.rowThenColumn.output.norm,
                                sums.scaled(rowThenColumnPlace, edge.z[rowThenColumnPlace]));
  differentiateSeconds(index, blocks);
  runs.begin(parts.count);
  placeGradients(index);
  if (runs.isEmpty()) return;
  forEachPart([&](const CellPart &part) {
    runs.open(part.number);
    differentiateFirst(index, blocks, active, isWritten, part);
    differentiateDense(index, dense, active, isWritten || !blocks.empty(), part);
    differentiateRowThenColumn(index, rowThenColumn, active, isWritten || !blocks.empty() || !dense.empty(), part);
    runs.arrive(part.number, kernels);
  });
  isWritten = true;
  runs.finish(*team);
}

/// The second halves of the separable convolutions: from the edge's gradient to that of each first batch norm's output, with
/// the sums that its backward pass needs.
void CellPass::differentiateSeconds(int index, std::vector<BlockBackward> &blocks) {
  auto &edge = edges[index];
  std::vector<BlockBackward *> separable;
  for (auto &block : blocks)
    if (isSeparable(block.convolution)) separable.push_back(&block);
  if (separable.empty()) return;
  for (auto *block : separable) block->inner = Plane(arguments.images, height, width, lanes);
  runs.begin(parts.count);
  for (const auto *block : separable) {
    const int c = block->convolution;
    const int64_t *own = arguments.shape.offsets(index, convolutionPlace[c]);
    edge.second[c].placeGradients(runs, weightGradient + own[2], weightGradient + own[3]);
    firstSums[c].begin(parts.count, lanes);
  }
  forEachPart([&](const CellPart &part) {
    runs.open(part.number);
    for (int n = part.begin; n < part.end; ++n)
      for (size_t k = 0; k < separable.size(); ++k) {
        const auto &next = k + 1 < separable.size() ? *separable[k + 1] : *separable[0];
        differentiateSecond(index, *separable[k], n, next, k + 1 < separable.size() ? n : n + 1, part);
      }
    runs.arrive(part.number, kernels);
  });
  runs.finish(*team);
  for (auto *block : separable) {
    const int c = block->convolution;
    block->first = throughNorm(slot(index, convolutionPlace[c], 0), edge.firstOutput[c].norm, firstSums[c].joined());
  }
}

/// One image; `next` and `nextImage` are what comes behind it.
void CellPass::differentiateSecond(int index, const BlockBackward &block, int image, const BlockBackward &next,
                                   int nextImage, const CellPart &part) {
  const auto &edge = edges[index];
  const auto &gradient = gradients[edge.to];
  const int c = block.convolution;
  const auto &first = edge.firstOutput[c];
  const auto &second = edge.secondOutput[c];
  const auto &middle = fillMiddle(first, image, part.scratch);
  const auto through =
      block.second.factors(second.norm, edge.z[convolutionPlace[c]] * mask(index, image), part.scratch.onImage);
  fetchImage(part.scratch, edge.firstOutput[next.convolution].raw, nextImage, 1);
  convolveBackward(edge.second[c], middle, gradient, second.raw, through, image, block.inner.image(image), false,
                   {gradient.image(nextImage), edge.secondOutput[next.convolution].raw.image(nextImage)}, part);
  auto &sums = firstSums[c][part.number];
  const int together = rowsTogether(block.inner);
  for (int y = 0; y < height; y += together)
    kernels.maskedMoments(sums.sums.data(), sums.products.data(), block.inner.row(image, y), first.raw.row(image, y),
                          first.norm.scale.data(), first.norm.shift.data(), first.norm.mean.data(),
                          std::min(together, height - y) * width, lanes);
}

void CellPass::differentiateFirst(int index, const std::vector<BlockBackward> &blocks, const Plane &active, bool isWritten,
                                  const CellPart &part) {
  if (blocks.empty()) return;
  const auto &edge = edges[index];
  const auto gradientOf = [&](const BlockBackward &block) -> const Plane & {
    return block.inner ? block.inner : gradients[edge.to];
  };
  const auto &node = nodes[edge.from];
  auto &padded = activeSourceImage(part.scratch, node);
  for (int n = part.begin; n < part.end; ++n) {
    fillRelu(padded, node, n);
    fetchImage(part.scratch, node, n + 1, 2);
    for (size_t k = 0; k < blocks.size(); ++k) {
      const auto &block = blocks[k];
      const auto &first = edge.firstOutput[block.convolution];
      const float factor = edge.z[convolutionPlace[block.convolution]] * mask(index, n);
      const auto through =
          block.inner ? block.first.factors() : block.first.factors(first.norm, factor, part.scratch.onImage);
      const bool isLast = k + 1 == blocks.size();
      const auto &next = blocks[isLast ? 0 : k + 1];
      const int nextImage = std::min(isLast ? n + 1 : n, arguments.images - 1);
      convolveBackward(edge.first[block.convolution], padded, gradientOf(block), first.raw, through, n, active.image(n),
                       isWritten || k > 0,
                       {gradientOf(next).image(nextImage), edge.firstOutput[next.convolution].raw.image(nextImage)}, part);
    }
  }
}

/// What is left of a source when the convolutions of its edges are done: skips, the ReLU, pools.
void CellPass::finishSource(int source, const std::vector<EdgeSums> &sums, const Plane &active, bool isWritten) {
  const auto &leaving = leavingEdges(source);
  const auto &node = nodes[source];
  const auto &gradient = gradients[source];
  runs.begin(parts.count);
  std::vector<NormBackward> through(leaving.size());
  for (size_t position = 0; position < leaving.size(); ++position) {
    const int index = leaving[position];
    auto &edge = edges[index];
    if (!edge.isAlive[skipPlace] || edge.stride == 1) continue;
    for (int half = 0; half < 2; ++half)
      edge.reduce.halves[half].placeGradient(runs, weightGradient + arguments.shape.offsets(index, skipPlace)[half]);
    through[position] = throughNorm(slot(index, skipPlace, 0), edge.reduce.output.norm,
                                    sums[position].scaled(skipPlace, edge.z[skipPlace]));
  }
  PoolsBackward back;
  preparePools(source, sums, back);
  forEachPart([&](const CellPart &part) {
    runs.openCleared(part.number);
    if (active && !isWritten) active.clear(part.begin, part.end);
    for (size_t position = 0; position < leaving.size(); ++position) {
      const int index = leaving[position];
      if (!edges[index].isAlive[skipPlace]) continue;
      if (edges[index].stride == 2)
        reduceBackward(index, through[position], active, part);
      else
        skipBackward(index, gradient, part);
    }
    runs.arrive(part.number, kernels);
    if (active)
      kernels.maskedAdd(gradient.image(part.begin), node.image(part.begin), active.image(part.begin),
                        (part.end - part.begin) * active.imageFloats());
    if (back.hasLargest) differentiateMaxPool(source, back.largest, part);
    if (back.hasAverage) differentiateAveragePool(source, back, part);
  });
  runs.finish(*team);
}

void CellPass::skipBackward(int index, const Plane &gradient, const CellPart &part) const {
  const auto &edge = edges[index];
  for (int n = part.begin; n < part.end; ++n)
    kernels.addScaled(gradient.image(n), gradients[edge.to].image(n), edge.z[skipPlace] * mask(index, n),
                      gradient.imageFloats());
}

void CellPass::reduceBackward(int index, const NormBackward &through, const Plane &active, const CellPart &part) {
  const auto &edge = edges[index];
  const auto &node = nodes[edge.from];
  auto &padded = activeSourceImage(part.scratch, node);
  for (int n = part.begin; n < part.end; ++n) {
    fillRelu(padded, node, n);
    const auto factors =
        through.factors(edge.reduce.output.norm, edge.z[skipPlace] * mask(index, n), part.scratch.onImage);
    reduceImageBackward(edge, padded, factors, n, active.image(n), part);
  }
}

}  // namespace ct
