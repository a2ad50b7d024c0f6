// What is left of a node on the way back when the convolutions of its edges are done: factorised reductions, the ReLU once,
// identities, pools.
#include <algorithm>

#include "CellPass.h"

namespace ct {

/// Places for the reductions' gradients, and what goes through their batch norms and the pools'.
void CellPass::prepareFinish(SourceBackward &back) {
  const auto &leaving = leavingEdges(back.source);
  for (size_t position = 0; position < leaving.size(); ++position) {
    const int index = leaving[position];
    auto &edge = edges[index];
    if (!edge.isAlive[skipPlace]) continue;
    if (edge.stride == 1) {
      back.identities.push_back(index);
      continue;
    }
    for (int half = 0; half < 2; ++half)
      edge.reduce.halves[half].placeGradient(runs, weightGradient + arguments.shape.offsets(index, skipPlace)[half]);
    back.reductions.push_back({index, throughNorm(slot(index, skipPlace, 0), edge.reduce.output.norm,
                                                  back.sums[position].scaled(skipPlace, edge.z[skipPlace]))});
  }
  preparePools(back.source, back.sums, back.pools);
  if (isPreprocessed(back.source)) inputSums[back.source].begin(parts.count, lanes);
}

/// Whether anything is left to do but gradients of weights.
bool CellPass::hasMore(const SourceBackward &back) const {
  return !isFilled[back.source] || !back.identities.empty() || back.pools.any() || isPreprocessed(back.source);
}

/// One image, in one pass over it but for the reductions. `active` is its gradient behind the ReLU, if any edge reads that, and
/// `isWritten` whether it holds something.
void CellPass::finishImage(const SourceBackward &back, int image, float *active, bool isWritten, const CellPart &part) {
  const auto &node = nodes[back.source];
  const auto &gradient = gradients[back.source];
  if (active && !isWritten) std::fill_n(active, node.imageFloats(), 0.0f);
  for (const auto &[index, through] : back.reductions) {
    const auto factors =
        through.factors(edges[index].reduce.output.norm, edges[index].z[skipPlace] * mask(index, image), part.scratch.onImage);
    reduceImageBackward(edges[index], part.scratch.activeSource, factors, image, active, part);
  }
  auto &skips = part.scratch.mixSources;
  auto &scales = part.scratch.mixFactors.scales;
  skips.clear();
  scales.clear();
  for (int index : back.identities) {
    skips.push_back(gradients[edges[index].to].image(image));
    scales.push_back(edges[index].z[skipPlace] * mask(index, image));
  }
  const bool adds = isFilled[back.source];
  if (!adds || !skips.empty() || active)
    kernels.sourceGradient(gradient.image(image), skips.data(), scales.data(), static_cast<int>(skips.size()),
                           node.image(image), active, node.imageFloats(), adds);
  // While it is at hand.
  if (isPreprocessed(back.source) && !back.pools.any()) gatherInput(back.source, image, part);
}

/// What takes all of a part's images one after the other.
void CellPass::finishPart(const SourceBackward &back, const CellPart &part) {
  if (!back.pools.any()) return;
  if (back.pools.hasLargest) differentiateMaxPool(back.source, back.pools.largest, part);
  if (back.pools.hasAverage) differentiateAveragePool(back.source, back.pools, part);
  if (isPreprocessed(back.source))
    for (int n = part.begin; n < part.end; ++n) gatherInput(back.source, n, part);
}

}  // namespace ct
