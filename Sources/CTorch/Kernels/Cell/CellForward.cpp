#include "CellPass.h"

#include <algorithm>
#include <cmath>

namespace ct {
namespace {
constexpr double epsilon = 1e-5;
}  // namespace

void CellPass::forward(float *output, float *statisticsOut) {
  statistics = statisticsOut;
  if (statistics && !arguments.givenStatistics) {
    const int slots = slot(arguments.shape.edgeCount(), 0, 0);
    for (int at = 0; at < slots; ++at) {
      std::fill_n(statistics + 2L * at * channels, channels, 0.0f);
      std::fill_n(statistics + (2L * at + 1) * channels, channels, 1.0f);
    }
  }
  takeTeam();
  packWeights();
  if (arguments.shape.givesPlanes) outputPlanes = output;
  for (int node = inputCount(); node < nodeCount(); ++node) {
    nodes[node] = nodePlane(node, height, width, outputPlanes);
    isMixed.push_back(false);
  }
  takeInputs();
  for (int source = 0; source + 1 < nodeCount(); ++source) computeSource(source);
  giveOutput(output);
  scratch.clear();
}

/// A plane for a node, or for its gradient: its own place among the planes that are given on, where it has one.
Plane CellPass::nodePlane(int node, int planeHeight, int planeWidth, float *planes) const {
  const auto &given = arguments.shape.concatenated;
  const auto place = std::find(given.begin(), given.end(), node);
  if (!planes || place == given.end()) return Plane(arguments.images, planeHeight, planeWidth, lanes);
  const long planeFloats = static_cast<long>(arguments.images) * planeHeight * planeWidth * lanes;
  return Plane(planes + (place - given.begin()) * planeFloats, arguments.images, planeHeight, planeWidth, lanes);
}

void CellPass::giveOutput(float *output) {
  const long step = arguments.shape.outputChannels(), imagePixels = static_cast<long>(height) * width;
  forEachPart([&](const CellPart &part) {
    if (!isMixed.back()) nodes.back().clear(part.begin, part.end);
    if (arguments.shape.givesPlanes) return;
    float *to = output + part.begin * imagePixels * step;
    for (int node : arguments.shape.concatenated) {
      copyPixels(to, step, nodes[node].image(part.begin), lanes, (part.end - part.begin) * imagePixels, channels);
      to += channels;
    }
  });
}

/// A plane to be written, and its batch norm's sums.
void CellPass::beginOutput(NormalisedPlane &plane, int planeHeight, int planeWidth) {
  plane.raw = Plane(arguments.images, planeHeight, planeWidth, lanes);
  plane.norm.begin(channels, lanes, arguments.givenStatistics ? 0 : parts.count);
}

/// Some rows of an image that was written, as long as they are at hand.
void CellPass::addMoments(NormalisedPlane &plane, const CellPart &part, int image, int top, int rows) {
  if (!arguments.givenStatistics) plane.norm.add(kernels, plane.raw.row(image, top), rows, plane.raw.width, part.number);
}

void CellPass::finishNorm(NormalisedPlane &plane, int slot) {
  plane.norm.gain = affine(slot, 0);
  plane.norm.offset = affine(slot, 1);
  if (arguments.givenStatistics) {
    plane.norm.begin(channels, lanes, 0);
    return plane.norm.take(given(slot), given(slot) + channels, epsilon);
  }
  plane.norm.finish(epsilon);
  if (statistics) plane.norm.write(statistics + 2L * slot * channels, statistics + (2L * slot + 1) * channels);
}

/// The pools are shared, their batch norms are each edge's own.
void CellPass::finishPool(NormalisedPlane &plane, int edge, int place) {
  if (arguments.shape.poolsHaveNorm) return finishNorm(plane, slot(edge, place, 0));
  plane.norm.begin(channels, lanes, 0);
  plane.norm.passThrough();
}

// MARK: A node's edges

void CellPass::computeSource(int source) {
  if (source >= inputCount() && !isMixed[source - inputCount()])
    forEachPart([&](const CellPart &part) { nodes[source].clear(part.begin, part.end); });
  computePools(source);
  // Edge by edge, so that what an edge's operations wrote is still in the processor's caches when they are mixed. The ReLU is
  // computed again for each of them, which is cheaper than memory.
  for (int index : leavingEdges(source)) {
    auto &edge = edges[index];
    computeFirst(edge, index);
    computeSeconds(edge, index);
    mixEdge(edge, index);
  }
}

/// All operations of an edge that read its source behind a ReLU; of separable convolutions the first half.
void CellPass::computeFirst(EdgePass &edge, int index) {
  const auto &node = nodes[edge.from];
  std::vector<std::pair<NormalisedPlane *, int>> outputs;
  const auto begin = [&](NormalisedPlane &plane, int place) {
    beginOutput(plane, height, width);
    outputs.emplace_back(&plane, place);
  };
  const bool reduces = edge.stride == 2 && edge.isAlive[skipPlace];
  if (reduces) begin(edge.reduce.output, skipPlace);
  for (int c = 0; c < convolutionCount; ++c)
    if (edge.isAlive[convolutionPlace[c]]) begin(edge.firstOutput[c], convolutionPlace[c]);
  for (int d = 0; d < denseCount; ++d)
    if (edge.isAlive[firstDensePlace + d]) begin(edge.denseOutput[d], firstDensePlace + d);
  if (edge.isAlive[rowThenColumnPlace]) {
    begin(edge.rowThenColumn.output, rowThenColumnPlace);
    edge.rowThenColumn.between = Plane(arguments.images, node.height, width, lanes);
  }
  if (outputs.empty()) return;
  forEachPart([&](const CellPart &part) {
    auto &padded = activeSourceImage(part.scratch, node);
    for (int n = part.begin; n < part.end; ++n) {
      fillRelu(padded, node, n);
      fetchImage(part.scratch, node, n + 1, 2);
      if (reduces) reduceSkip(edge, padded, n, part);
      for (int c = 0; c < convolutionCount; ++c)
        if (edge.isAlive[convolutionPlace[c]]) convolve(edge.first[c], padded, edge.firstOutput[c], n, part);
      computeDense(edge, padded, n, part);
      computeRowThenColumn(edge, padded, n, part);
    }
  });
  for (auto &[plane, place] : outputs) finishNorm(*plane, slot(index, place, 0));
}

/// The second halves of an edge's separable convolutions.
void CellPass::computeSeconds(EdgePass &edge, int index) {
  std::vector<int> convolutions;
  for (int c = 0; c < separableCount; ++c)
    if (edge.isAlive[convolutionPlace[c]]) convolutions.push_back(c);
  if (convolutions.empty()) return;
  for (int c : convolutions) beginOutput(edge.secondOutput[c], height, width);
  forEachPart([&](const CellPart &part) {
    for (int n = part.begin; n < part.end; ++n) {
      for (size_t k = 0; k < convolutions.size(); ++k) {
        const int c = convolutions[k];
        const bool isLast = k + 1 == convolutions.size();
        const auto &middle = fillMiddle(edge.firstOutput[c], n, part.scratch);
        fetchImage(part.scratch, edge.firstOutput[convolutions[isLast ? 0 : k + 1]].raw, isLast ? n + 1 : n, 1);
        convolve(edge.second[c], middle, edge.secondOutput[c], n, part);
      }
    }
  });
  for (int c : convolutions) finishNorm(edge.secondOutput[c], slot(index, convolutionPlace[c], 1));
}

// MARK: The mixed operation

/// Adds one edge's mixed operation (SNAS 2.2) to its node: all operations' batch norms, weights and the drop path folded
/// into one scale a channel and source.
void CellPass::mixEdge(EdgePass &edge, int index) {
  auto &node = nodes[edge.to];
  const int mixed = edge.to - inputCount();
  std::vector<MixSource> sources;
  for (int place = 0; place < operationCount; ++place) {
    if (!edge.isAlive[place]) continue;
    if (cellOperations[place].kind == OperationKind::pool) finishPool(pools[edge.from].plane(place), index, place);
    if (const auto *own = output(edge, place))
      sources.push_back({&own->raw, &own->norm, edge.z[place]});
    else
      sources.push_back({&nodes[edge.from], nullptr, edge.z[place]});
  }
  if (sources.empty()) return;
  // Images that the drop path keeps have one factor.
  float usual = 1;
  for (int n = 0; n < arguments.images; ++n) usual = mask(index, n) == 0 ? usual : mask(index, n);
  MixFactors usualFactors;
  findFactors(usualFactors, sources, usual);
  forEachPart([&](const CellPart &part) {
    auto &images = part.scratch.mixSources;
    images.resize(sources.size());
    for (int n = part.begin; n < part.end; ++n) {
      const float kept = mask(index, n);
      // A dropped image adds zeros.
      if (kept == 0 && isMixed[mixed]) continue;
      if (kept != usual) findFactors(part.scratch.mixFactors, sources, kept);
      const auto &factors = kept == usual ? usualFactors : part.scratch.mixFactors;
      for (size_t k = 0; k < sources.size(); ++k) images[k] = sources[k].plane->image(n);
      kernels.mix(node.image(n), images.data(), factors.scales.data(), factors.bias.data(),
                  static_cast<int>(sources.size()), node.imagePixels(), lanes, isMixed[mixed]);
    }
  });
  isMixed[mixed] = true;
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
