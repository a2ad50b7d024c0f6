// Sums over the batch that the batch norms' backward passes need, and the credits that fall out of them.
#include <algorithm>

#include "CellPass.h"

namespace ct {

GradientSums EdgeSums::scaled(int place, double z) const {
  GradientSums result(lanes);
  for (int c = 0; c < lanes; ++c) {
    result.sums[c] = gradient()[c] * z;
    result.products[c] = product(place)[c] * z;
  }
  return result;
}

/// dL/dZ is the inner product of g with each operation's normalised output: it falls out of the sums that the batch norms
/// need anyway. What no batch norm needs, an identity's and a bare pool's, is summed for the credits alone.
void CellPass::gatherSums(const EdgeGroup &group, std::vector<EdgeSums> &sums) {
  std::vector<SummedEdge> summed;
  for (int index : group) {
    auto operands = operandsOf(index);
    if (!operands.empty()) summed.push_back({index, std::move(operands)});
  }
  if (edgeSums.size() < summed.size()) edgeSums.resize(summed.size());
  for (size_t k = 0; k < summed.size(); ++k) edgeSums[k].begin(parts.count, lanes);
  if (!summed.empty())
    forEachPart([&](const CellPart &part) {
      for (size_t k = 0; k < summed.size(); ++k) gatherImages(summed[k], edgeSums[k][part.number], part);
    });
  size_t next = 0;
  for (int index : group) {
    if (next == summed.size() || summed[next].index != index) {
      sums.emplace_back(lanes);
      continue;
    }
    sums.push_back(edgeSums[next++].joined());
    if (mixtureGradient) credit(edges[index], index, sums.back());
  }
}

std::vector<Operand> CellPass::operandsOf(int index) const {
  const auto &edge = edges[index];
  std::vector<Operand> operands;
  for (int place = 0; place < operationCount; ++place) {
    if (!edge.isAlive[place]) continue;
    const auto *own = output(edge, place);
    const bool isPool = cellOperations[place].kind == OperationKind::pool;
    const bool hasNorm = own && (!isPool || arguments.shape.poolsHaveNorm);
    if (!hasNorm && !mixtureGradient) continue;
    if (own)
      operands.push_back({place, &own->raw, own->norm.mean.data()});
    else
      operands.push_back({place, &nodes[edge.from], zeros.data()});
  }
  return operands;
}

void CellPass::gatherImages(const SummedEdge &edge, EdgeSums &sums, const CellPart &part) {
  const int node = edges[edge.index].to;
  const auto &gradient = gradients[node];
  const int together = rowsTogether(gradient);
  const auto pixels = [&](int y) { return std::min(together, height - y) * width; };
  auto &product = part.scratch.imageSum;
  for (int n = part.begin; n < part.end; ++n) {
    const double kept = mask(edge.index, n);
    if (kept == 0) continue;
    const auto addImage = [&](double *total, const double *image) {
      for (int c = 0; c < lanes; ++c) total[c] += kept * image[c];
    };
    double *sum = imageSums[node].data() + static_cast<long>(n) * lanes;
    const bool isSummed = hasImageSum[node][n] != 0, isAlone = edge.operands.size() == 1;
    const auto addRows = [&](int y) { kernels.sum(sum, gradient.row(n, y), pixels(y), lanes); };
    hasImageSum[node][n] = 1;
    if (!isSummed && !isAlone)
      for (int y = 0; y < height; y += together) addRows(y);
    // One plane after the other: these come from memory, which is fastest in one stream. One alone shares its rows of g with
    // their sum.
    for (const auto &operand : edge.operands) {
      product.assign(lanes, 0);
      for (int y = 0; y < height; y += together) {
        if (!isSummed && isAlone) addRows(y);
        kernels.product(product.data(), gradient.row(n, y), operand.plane->row(n, y), operand.centre, pixels(y), lanes);
      }
      addImage(sums.product(operand.operation), product.data());
    }
    addImage(sums.gradient(), sum);
  }
}

void CellPass::credit(const EdgePass &edge, int index, const EdgeSums &sums) {
  for (int place = 0; place < operationCount; ++place) {
    if (!edge.isAlive[place]) continue;
    const auto *own = output(edge, place);
    const Norm *norm = own ? &own->norm : nullptr;
    double total = 0;
    for (int c = 0; c < channels; ++c) {
      total += sums.product(place)[c] * (norm ? norm->scale[c] : 1.0);
      if (norm && norm->offset) total += sums.gradient()[c] * norm->offset[c];
    }
    mixtureGradient[arguments.shape.mixturePlace(index, place)] = static_cast<float>(total);
  }
}

/// What a batch norm's scale and shift get: sums of g times the normalised value, and of g.
void CellPass::affineGradient(int slot, const Norm &norm, const GradientSums &sums) {
  if (!affine(slot, 0)) return;
  const int64_t *offsets = arguments.shape.affineOffsets.data() + 2 * slot;
  for (int c = 0; c < channels; ++c) {
    weightGradient[offsets[0] + c] = static_cast<float>(sums.products[c] * norm.inverse[c]);
    weightGradient[offsets[1] + c] = static_cast<float>(sums.sums[c]);
  }
}

NormBackward CellPass::throughNorm(int slot, const Norm &norm, const GradientSums &sums) {
  affineGradient(slot, norm, sums);
  return {norm, norm.scale, sums.sums, sums.products};
}

}  // namespace ct
