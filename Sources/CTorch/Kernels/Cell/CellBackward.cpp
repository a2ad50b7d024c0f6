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
  const auto &filled = arguments.shape.concatenated;
  gradients.clear();
  isFilled.assign(nodeCount(), false);
  for (int node : filled) isFilled[node] = true;
  for (int node = 0; node < nodeCount(); ++node)
    gradients.push_back(nodePlane(node, nodes[node].height, nodes[node].width, takesPlanes ? outputGradient : nullptr));
  imageSums.assign(nodeCount(), std::vector<double>(static_cast<size_t>(arguments.images) * lanes, 0));
  hasImageSum.assign(nodeCount(), std::vector<char>(arguments.images, 0));
  if (takesPlanes && isFilled.back()) return;
  const long step = arguments.shape.outputChannels(), imagePixels = static_cast<long>(height) * width;
  forEachPart([&](const CellPart &part) {
    // No edge leaves the last one; the others' are written by those that do.
    if (!isFilled.back()) gradients.back().clear(part.begin, part.end);
    if (takesPlanes) return;
    for (int node : filled)
      if (lanes != channels) gradients[node].clear(part.begin, part.end);
    const float *from = outputGradient + part.begin * imagePixels * step;
    for (int node : filled) {
      copyPixels(gradients[node].image(part.begin), lanes, from, step, (part.end - part.begin) * imagePixels, channels);
      from += channels;
    }
  });
}

// MARK: A node's edges

/// Group by group, so that what the sums have read is still in the processor's caches when the convolutions read it.
void CellPass::differentiateSource(int source) {
  const auto &leaving = leavingEdges(source);
  SourceBackward back;
  back.source = source;
  back.sums.reserve(leaving.size());
  // One group's needs no more than the image at hand.
  const auto &node = nodes[source];
  if (readsRelu(leaving) && groups[source].size() > 1) back.active = Plane(arguments.images, node.height, node.width, lanes);
  if (leaving.empty()) return differentiateGroup({}, back, true);
  for (const auto &group : groups[source]) {
    gatherSums(group, back.sums);
    differentiateGroup(group, back, &group == &groups[source].back());
  }
}

/// All convolutions of a group, from the gradients of its nodes to that of their source behind the ReLU; with the last group
/// what is left of the source.
void CellPass::differentiateGroup(const EdgeGroup &group, SourceBackward &back, bool isLast) {
  GroupBackward through;
  const size_t first = back.sums.size() - group.size();
  for (size_t position = 0; position < group.size(); ++position)
    throughEdge(group[position], back.sums[first + position], through);
  differentiateSeconds(through.blocks);
  runs.begin(parts.count);
  for (int index : group) placeGradients(index);
  if (isLast) prepareFinish(back);
  if (runs.isEmpty() && !(isLast && hasMore(back))) return;
  const auto &node = nodes[back.source];
  const bool reads = readsRelu(leavingEdges(back.source));
  const bool isWritten = back.isWritten;
  forEachPart([&](const CellPart &part) {
    runs.open(part.number);
    Plane own;
    if (reads && !back.active) own = Plane(1, node.height, node.width, lanes);
    for (int n = part.begin; n < part.end; ++n) {
      float *active = !reads ? nullptr : own ? own.image(0) : back.active.image(n);
      bool adds = isWritten;
      if (reads) differentiateFirst(group, back.source, through, n, active, adds, part);
      if (isLast) finishImage(back, n, active, adds, part);
    }
    runs.arrive(part.number, kernels);
    if (isLast) finishPart(back, part);
  });
  back.isWritten = true;
  runs.finish(*team, kernels);
}

/// Through the last batch norm of each of an edge's convolutions.
void CellPass::throughEdge(int index, const EdgeSums &sums, GroupBackward &through) {
  auto &edge = edges[index];
  for (int c = 0; c < convolutionCount; ++c) {
    const int place = convolutionPlace[c];
    if (!edge.isAlive[place]) continue;
    through.blocks.emplace_back();
    auto &block = through.blocks.back();
    block.index = index;
    block.convolution = c;
    const auto own = sums.scaled(place, edge.z[place]);
    if (isSeparable(c))
      block.second = throughNorm(slot(index, place, 1), edge.secondOutput[c].norm, own);
    else
      block.first = throughNorm(slot(index, place, 0), edge.firstOutput[c].norm, own);
  }
  const auto own = [&](int place, const NormalisedPlane &output) {
    return throughNorm(slot(index, place, 0), output.norm, sums.scaled(place, edge.z[place]));
  };
  for (int d = 0; d < denseCount; ++d)
    if (edge.isAlive[firstDensePlace + d])
      through.dense.push_back({index, d, own(firstDensePlace + d, edge.denseOutput[d])});
  if (edge.isAlive[rowThenColumnPlace])
    through.rowThenColumns.push_back({index, own(rowThenColumnPlace, edge.rowThenColumn.output)});
}

/// The second halves of the separable convolutions: from the edges' gradients to that of each first batch norm's output, with
/// the sums that its backward pass needs.
void CellPass::differentiateSeconds(std::vector<BlockBackward> &blocks) {
  std::vector<BlockBackward *> separable;
  for (auto &block : blocks)
    if (isSeparable(block.convolution)) separable.push_back(&block);
  if (separable.empty()) return;
  for (auto *block : separable) block->inner = Plane(arguments.images, height, width, lanes);
  runs.begin(parts.count);
  if (firstSums.size() < separable.size()) firstSums.resize(separable.size());
  for (size_t k = 0; k < separable.size(); ++k) {
    const auto &block = *separable[k];
    const int64_t *own = arguments.shape.offsets(block.index, convolutionPlace[block.convolution]);
    edges[block.index].second[block.convolution].placeGradients(runs, weightGradient + own[2], weightGradient + own[3]);
    firstSums[k].begin(parts.count, lanes);
  }
  forEachPart([&](const CellPart &part) {
    runs.open(part.number);
    for (int n = part.begin; n < part.end; ++n)
      for (size_t k = 0; k < separable.size(); ++k) {
        const auto &next = k + 1 < separable.size() ? *separable[k + 1] : *separable[0];
        differentiateSecond(*separable[k], n, next, k + 1 < separable.size() ? n : n + 1, firstSums[k][part.number], part);
      }
    runs.arrive(part.number, kernels);
  });
  runs.finish(*team, kernels);
  for (size_t k = 0; k < separable.size(); ++k) {
    auto &block = *separable[k];
    block.first = throughNorm(slot(block.index, convolutionPlace[block.convolution], 0),
                              edges[block.index].firstOutput[block.convolution].norm, firstSums[k].joined());
  }
}

/// One image; `next` and `nextImage` are what comes behind it.
void CellPass::differentiateSecond(const BlockBackward &block, int image, const BlockBackward &next, int nextImage,
                                   GradientSums &sums, const CellPart &part) {
  const auto &edge = edges[block.index], &nextEdge = edges[next.index];
  const auto &gradient = gradients[edge.to];
  const int c = block.convolution;
  const auto &first = edge.firstOutput[c];
  const auto &second = edge.secondOutput[c];
  const auto &middle = fillMiddle(first, image, part.scratch);
  const auto through =
      block.second.factors(second.norm, edge.z[convolutionPlace[c]] * mask(block.index, image), part.scratch.onImage);
  fetchImage(part.scratch, nextEdge.firstOutput[next.convolution].raw, nextImage, 1);
  convolveBackward(edge.second[c], middle, gradient, second.raw, through, image, block.inner.image(image), false,
                   {gradients[nextEdge.to].image(nextImage), nextEdge.secondOutput[next.convolution].raw.image(nextImage)},
                   part);
  const int together = rowsTogether(block.inner);
  for (int y = 0; y < height; y += together)
    kernels.maskedMoments(sums.sums.data(), sums.products.data(), block.inner.row(image, y), first.raw.row(image, y),
                          first.norm.scale.data(), first.norm.shift.data(), first.norm.mean.data(),
                          std::min(together, height - y) * width, lanes);
}

/// One image of all that reads the source behind its ReLU, edge by edge. `adds` says whether something has been written.
void CellPass::differentiateFirst(const EdgeGroup &group, int source, const GroupBackward &through, int image, float *active,
                                  bool &adds, const CellPart &part) {
  const auto &node = nodes[source];
  auto &padded = activeSourceImage(part.scratch, node);
  fillRelu(padded, node, image);
  const auto &[blocks, dense, rowThenColumns] = through;
  const int most = static_cast<int>(blocks.size() + dense.size() + rowThenColumns.size());
  if (most > 0) fetchImage(part.scratch, node, image + 1, std::min(2, most));
  size_t block = 0, next = 0, last = 0;
  for (int index : group) {
    for (; block < blocks.size() && blocks[block].index == index; ++block, adds = true)
      differentiateBlock(blocks[block], image, blocks[(block + 1) % blocks.size()],
                         block + 1 < blocks.size() ? image : image + 1, active, adds, part);
    for (; next < dense.size() && dense[next].index == index; ++next, adds = true)
      differentiateDense(dense[next], padded, image, active, adds, part);
    for (; last < rowThenColumns.size() && rowThenColumns[last].index == index; ++last, adds = true)
      differentiateRowThenColumn(rowThenColumns[last], padded, image, active, adds, part);
  }
}

/// One image of a convolution's first block; `next` and `nextImage` are what comes behind it.
void CellPass::differentiateBlock(const BlockBackward &block, int image, const BlockBackward &next, int nextImage,
                                  float *active, bool adds, const CellPart &part) {
  const auto gradientOf = [&](const BlockBackward &own) -> const Plane & {
    return own.inner ? own.inner : gradients[edges[own.index].to];
  };
  const auto &edge = edges[block.index];
  const auto &first = edge.firstOutput[block.convolution];
  const float factor = edge.z[convolutionPlace[block.convolution]] * mask(block.index, image);
  const auto through = block.inner ? block.first.factors() : block.first.factors(first.norm, factor, part.scratch.onImage);
  const int fetched = std::min(nextImage, arguments.images - 1);
  convolveBackward(edge.first[block.convolution], part.scratch.activeSource, gradientOf(block), first.raw, through, image,
                   active, adds,
                   {gradientOf(next).image(fetched), edges[next.index].firstOutput[next.convolution].raw.image(fetched)}, part);
}

}  // namespace ct
