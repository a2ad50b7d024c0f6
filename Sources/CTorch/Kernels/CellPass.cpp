// What a cell is and what it keeps: its edges, packed weights and their gradients.
#include "CellPass.h"

#include <algorithm>

namespace ct {
namespace {
constexpr int kernelOf[] = {3, 5, 3, 5};
}  // namespace

CellShape::CellShape(const ct_cell_plan &plan)
    : channels(plan.channels),
      nodes(plan.nodes),
      reduces(plan.reduces != 0),
      reducesPrevious(plan.reduces_previous != 0),
      poolsHaveNorm(plan.pools_have_norm != 0),
      from(plan.edge_from, plan.edge_from + plan.edges),
      to(plan.edge_to, plan.edge_to + plan.edges),
      concatenated(plan.concatenated, plan.concatenated + plan.concatenated_count),
      mixturePlaces(plan.mixture_places, plan.mixture_places + 8L * plan.edges),
      weightOffsets(plan.weight_offsets, plan.weight_offsets + 3 + 32L * plan.edges) {
  if (plan.affine_offsets)
    affineOffsets.assign(plan.affine_offsets, plan.affine_offsets + 2 * (2 + 16L * plan.edges));
}

CellPass::CellPass(const CellArguments &given)
    : arguments(given), kernels(rowKernels()), channels(given.shape.channels), lanes(paddedLanes(given.shape.channels)) {
  const auto &shape = arguments.shape;
  height = arguments.previous.height / (shape.reduces ? 2 : 1);
  width = arguments.previous.width / (shape.reduces ? 2 : 1);
  edges.reserve(shape.edgeCount());
  for (int index = 0; index < shape.edgeCount(); ++index) {
    EdgePass edge;
    edge.from = shape.from[index];
    edge.to = shape.to[index];
    edge.stride = shape.reduces && edge.from < 2 ? 2 : 1;
    for (int operation = 0; operation < 8; ++operation) {
      const int place = shape.mixturePlaces[index * 8 + operation];
      edge.z[operation] = place < 0 ? 0 : arguments.mixture[place];
      edge.isAlive[operation] = operation > 0 && place >= 0 && !(arguments.skipsZeros && edge.z[operation] == 0);
    }
    edges.push_back(std::move(edge));
  }
  pools.resize(nodeCount());
  nodes.resize(nodeCount());
  zeros.assign(lanes, 0);
  const int widest = std::max({arguments.before.width, arguments.previous.width, pixelsTogether});
  depthwiseOutput = Buffer(static_cast<size_t>(widest) * lanes);
  rawGradients = Buffer(static_cast<size_t>(widest) * lanes);
  const int inputs = std::max(arguments.before.channels, arguments.previous.channels);
  inputRow = Buffer(static_cast<size_t>(widest) * paddedLanes(inputs));
  middle = PaddedImage(height, width, lanes, secondBorder);
}

void CellPass::packEdge(EdgePass &edge, int index) {
  const int64_t *offsets = arguments.shape.weightOffsets.data() + 3 + index * 32;
  const bool keeps = arguments.keepsForBackward;
  const auto values = [&](int operation, int position) {
    return arguments.weights + offsets[operation * 4 + position];
  };
  if (edge.stride == 2 && edge.isAlive[3]) {
    edge.reduce.halves[0].pack(values(3, 0), channels, channels / 2, 0, lanes, keeps, pieces);
    edge.reduce.halves[1].pack(values(3, 1), channels, channels - channels / 2, channels / 2, lanes, keeps, pieces);
  }
  for (int convolution = 0; convolution < EdgePass::convolutionCount; ++convolution) {
    const int operation = convolutionPlace[convolution];
    if (!edge.isAlive[operation]) continue;
    auto &block = edge.first[convolution];
    block.kernel = kernelOf[convolution];
    block.dilation = convolution < 2 ? 1 : 2;
    block.stride = edge.stride;
    block.channels = channels;
    block.pack(values(operation, 0), values(operation, 1), keeps, pieces);
    if (convolution >= 2) continue;
    auto &next = edge.second[convolution];
    next.kernel = kernelOf[convolution];
    next.channels = channels;
    next.pack(values(operation, 2), values(operation, 3), keeps, pieces);
  }
}

void CellPass::packWeights() {
  const auto &offsets = arguments.shape.weightOffsets;
  const bool keeps = arguments.keepsForBackward;
  const float *weights = arguments.weights;
  if (arguments.shape.reducesPrevious) {
    const int first = channels / 2;
    reduction.halves[0].pack(weights + offsets[0], arguments.before.channels, first, 0, lanes, keeps, pieces);
    reduction.halves[1].pack(weights + offsets[1], arguments.before.channels, channels - first, first, lanes, keeps, pieces);
  } else {
    preprocesses[0].weights.pack(weights + offsets[0], arguments.before.channels, channels, 0, lanes, keeps, pieces);
  }
  preprocesses[1].weights.pack(weights + offsets[2], arguments.previous.channels, channels, 0, lanes, keeps, pieces);
  for (size_t index = 0; index < edges.size(); ++index) packEdge(edges[index], static_cast<int>(index));
}

void CellPass::unpackGradients() {
  const int64_t *offsets = arguments.shape.weightOffsets.data();
  if (arguments.shape.reducesPrevious) {
    reduction.halves[0].unpackGradient(weightGradient + offsets[0]);
    reduction.halves[1].unpackGradient(weightGradient + offsets[1]);
  } else {
    preprocesses[0].weights.unpackGradient(weightGradient + offsets[0]);
  }
  preprocesses[1].weights.unpackGradient(weightGradient + offsets[2]);
  for (size_t index = 0; index < edges.size(); ++index) {
    const int64_t *own = offsets + 3 + index * 32;
    auto &edge = edges[index];
    if (edge.stride == 2 && edge.isAlive[skipPlace])
      for (int half = 0; half < 2; ++half)
        edge.reduce.halves[half].unpackGradient(weightGradient + own[skipPlace * 4 + half]);
    for (int c = 0; c < EdgePass::convolutionCount; ++c) {
      if (!edge.isAlive[convolutionPlace[c]]) continue;
      const int64_t *place = own + convolutionPlace[c] * 4;
      edge.first[c].unpackGradients(weightGradient + place[0], weightGradient + place[1]);
      if (c < 2) edge.second[c].unpackGradients(weightGradient + place[2], weightGradient + place[3]);
    }
  }
}

std::vector<int> CellPass::leavingEdges(int source) const {
  std::vector<int> leaving;
  for (size_t index = 0; index < edges.size(); ++index)
    if (edges[index].from == source) leaving.push_back(static_cast<int>(index));
  return leaving;
}

bool CellPass::anyAlive(const std::vector<int> &indices, int place) const {
  return std::any_of(indices.begin(), indices.end(), [&](int index) { return edges[index].isAlive[place]; });
}

bool CellPass::readsRelu(const std::vector<int> &indices) const {
  return std::any_of(indices.begin(), indices.end(), [&](int index) {
    const auto &edge = edges[index];
    return std::any_of(std::begin(convolutionPlace), std::end(convolutionPlace),
                       [&](int place) { return edge.isAlive[place]; }) ||
           (edge.stride == 2 && edge.isAlive[skipPlace]);
  });
}

}  // namespace ct
