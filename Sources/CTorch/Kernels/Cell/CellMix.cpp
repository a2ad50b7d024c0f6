// The mixed operation (SNAS 2.2): all operations' batch norms, weights and the drop path folded into one scale a channel and
// source.
#include <cmath>

#include "CellPass.h"

namespace ct {

/// Adds a group's edges to their nodes. A node that waits for all its edges is written once, when the last of them is there:
/// each adds to it in its turn, as it would by itself.
void CellPass::mixEdges(const EdgeGroup &group) {
  std::vector<NodeMix> mixes;
  for (int index : group) {
    auto mix = edgeMix(index);
    if (mix.sources.empty()) continue;
    const int to = edges[index].to;
    auto &node = waiting[to];
    --node.missing;
    if (!node.waits) {
      mixes.push_back({to, isMixed[to - inputCount()], {}});
      mixes.back().edges.push_back(std::move(mix));
    } else {
      node.edges.push_back(std::move(mix));
      if (node.missing > 0) continue;
      mixes.push_back({to, false, std::move(node.edges)});
    }
    isMixed[to - inputCount()] = true;
  }
  if (mixes.empty()) return;
  forEachPart([&](const CellPart &part) {
    for (const auto &mix : mixes) {
      if (mix.edges.size() == 1)
        mixEdge(mix, part);
      else
        mixNode(mix, part);
    }
  });
}

EdgeMix CellPass::edgeMix(int index) {
  const auto &edge = edges[index];
  EdgeMix mix;
  mix.index = index;
  for (int place = 0; place < operationCount; ++place) {
    if (!edge.isAlive[place]) continue;
    if (cellOperations[place].kind == OperationKind::pool) finishPool(pools[edge.from].plane(place), index, place);
    if (const auto *own = output(edge, place))
      mix.sources.push_back({&own->raw, &own->norm, edge.z[place]});
    else
      mix.sources.push_back({&nodes[edge.from], nullptr, edge.z[place]});
  }
  // Images that the drop path keeps have one factor.
  for (int n = 0; n < arguments.images; ++n) mix.usual = mask(index, n) == 0 ? mix.usual : mask(index, n);
  findFactors(mix.factors, mix.sources, mix.usual);
  return mix;
}

/// All operations of one edge.
void CellPass::mixEdge(const NodeMix &mix, const CellPart &part) {
  const auto &node = nodes[mix.node];
  const auto &edge = mix.edges[0];
  auto &images = part.scratch.mixSources;
  images.resize(edge.sources.size());
  for (int n = part.begin; n < part.end; ++n) {
    // A dropped image adds zeros.
    if (mask(edge.index, n) == 0 && mix.adds) continue;
    const auto &factors = factorsOf(edge, n, part.scratch.mixFactors);
    for (size_t k = 0; k < edge.sources.size(); ++k) images[k] = edge.sources[k].plane->image(n);
    kernels.mix(node.image(n), images.data(), factors.scales.data(), factors.bias.data(),
                static_cast<int>(edge.sources.size()), node.imagePixels(), lanes, mix.adds);
  }
}

/// All edges of a node, of an operation each.
void CellPass::mixNode(const NodeMix &mix, const CellPart &part) {
  const auto &node = nodes[mix.node];
  auto &images = part.scratch.mixSources;
  std::vector<const float *> scales, biases;
  std::vector<MixFactors> others(mix.edges.size());
  for (int n = part.begin; n < part.end; ++n) {
    images.clear();
    scales.clear();
    biases.clear();
    for (size_t k = 0; k < mix.edges.size(); ++k) {
      const auto &edge = mix.edges[k];
      // A dropped image adds zeros, behind the first edge, which writes.
      if (mask(edge.index, n) == 0 && k > 0) continue;
      const auto &factors = factorsOf(edge, n, others[k]);
      images.push_back(edge.sources[0].plane->image(n));
      scales.push_back(factors.scales.data());
      biases.push_back(factors.bias.data());
    }
    kernels.mixEdges(node.image(n), images.data(), scales.data(), biases.data(), static_cast<int>(images.size()),
                     node.imagePixels(), lanes);
  }
}

/// The usual ones, or those of an image that is dropped.
const MixFactors &CellPass::factorsOf(const EdgeMix &edge, int image, MixFactors &own) const {
  const float kept = mask(edge.index, image);
  if (kept == edge.usual) return edge.factors;
  findFactors(own, edge.sources, kept);
  return own;
}

void CellPass::findFactors(MixFactors &factors, const std::vector<MixSource> &sources, float kept) const {
  factors.scales.resize(sources.size() * lanes);
  factors.bias.assign(lanes, 0);
  float *scales = factors.scales.data();
  for (const auto &[plane, norm, z] : sources) {
    const float weight = kept * z;
    for (int c = 0; c < lanes; ++c) {
      *scales++ = norm ? weight * norm->scale[c] : weight;
      if (norm) factors.bias[c] = std::fma(weight, norm->shift[c], factors.bias[c]);
    }
  }
}

}  // namespace ct
