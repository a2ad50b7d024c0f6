#include "CellPass.h"

#include <algorithm>

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
  if (arguments.shape.givesPlanes && isMixed.back()) return;
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
  // Group by group, so that what the operations wrote is still in the processor's caches when they are mixed. The ReLU is
  // computed again for each of them, which is cheaper than memory.
  for (const auto &group : groups[source]) {
    computeFirst(source, group);
    computeSeconds(group);
    mixEdges(group);
  }
}

/// All operations of a group that read their source behind a ReLU; of separable convolutions the first half.
void CellPass::computeFirst(int source, const EdgeGroup &group) {
  const auto &node = nodes[source];
  std::vector<std::pair<NormalisedPlane *, int>> outputs;
  for (int index : group) beginFirst(index, outputs);
  if (outputs.empty()) return;
  forEachPart([&](const CellPart &part) {
    auto &padded = activeSourceImage(part.scratch, node);
    for (int n = part.begin; n < part.end; ++n) {
      fillRelu(padded, node, n);
      fetchImage(part.scratch, node, n + 1, 2);
      for (int index : group) {
        auto &edge = edges[index];
        if (edge.stride == 2 && edge.isAlive[skipPlace]) reduceSkip(edge, padded, n, part);
        for (int c = 0; c < convolutionCount; ++c)
          if (edge.isAlive[convolutionPlace[c]]) convolve(edge.first[c], padded, edge.firstOutput[c], n, part);
        computeDense(edge, padded, n, part);
        computeRowThenColumn(edge, padded, n, part);
      }
    }
  });
  for (auto &[plane, slot] : outputs) finishNorm(*plane, slot);
}

/// Planes for what an edge's operations write from their source behind a ReLU, with the slots of their batch norms.
void CellPass::beginFirst(int index, std::vector<std::pair<NormalisedPlane *, int>> &outputs) {
  auto &edge = edges[index];
  const auto begin = [&](NormalisedPlane &plane, int place) {
    beginOutput(plane, height, width);
    outputs.emplace_back(&plane, slot(index, place, 0));
  };
  if (edge.stride == 2 && edge.isAlive[skipPlace]) begin(edge.reduce.output, skipPlace);
  for (int c = 0; c < convolutionCount; ++c)
    if (edge.isAlive[convolutionPlace[c]]) begin(edge.firstOutput[c], convolutionPlace[c]);
  for (int d = 0; d < denseCount; ++d)
    if (edge.isAlive[firstDensePlace + d]) begin(edge.denseOutput[d], firstDensePlace + d);
  if (edge.isAlive[rowThenColumnPlace]) {
    begin(edge.rowThenColumn.output, rowThenColumnPlace);
    edge.rowThenColumn.between = Plane(arguments.images, nodes[edge.from].height, width, lanes);
  }
}

/// The second halves of a group's separable convolutions.
void CellPass::computeSeconds(const EdgeGroup &group) {
  struct Second {
    EdgePass *edge;
    int index, convolution;
  };
  std::vector<Second> seconds;
  for (int index : group)
    for (int c = 0; c < separableCount; ++c)
      if (edges[index].isAlive[convolutionPlace[c]]) seconds.push_back({&edges[index], index, c});
  if (seconds.empty()) return;
  for (auto [edge, index, c] : seconds) beginOutput(edge->secondOutput[c], height, width);
  forEachPart([&](const CellPart &part) {
    for (int n = part.begin; n < part.end; ++n) {
      for (size_t k = 0; k < seconds.size(); ++k) {
        auto [edge, index, c] = seconds[k];
        const bool isLast = k + 1 == seconds.size();
        const auto &next = seconds[isLast ? 0 : k + 1];
        const auto &middle = fillMiddle(edge->firstOutput[c], n, part.scratch);
        fetchImage(part.scratch, next.edge->firstOutput[next.convolution].raw, isLast ? n + 1 : n, 1);
        convolve(edge->second[c], middle, edge->secondOutput[c], n, part);
      }
    }
  });
  for (auto [edge, index, c] : seconds) finishNorm(edge->secondOutput[c], slot(index, convolutionPlace[c], 1));
}

}  // namespace ct
