// What a cell is and what it keeps: its edges, packed weights and their gradients.
#include "CellPass.h"

#include <algorithm>

namespace ct {

CellShape::CellShape(const ct_cell_plan &plan)
    : channels(plan.channels),
      inputs(plan.inputs),
      nodes(plan.nodes),
      reduces(plan.reduces != 0),
      reducesPrevious(plan.reduces_previous != 0),
      poolsHaveNorm(plan.pools_have_norm != 0),
      givesPlanes(plan.gives_planes != 0),
      from(plan.edge_from, plan.edge_from + plan.edges),
      to(plan.edge_to, plan.edge_to + plan.edges),
      concatenated(plan.concatenated, plan.concatenated + plan.concatenated_count),
      mixturePlaces(plan.mixture_places, plan.mixture_places + ct_mixture_entry(plan.edges, 0)),
      weightOffsets(plan.weight_offsets, plan.weight_offsets + ct_weight_entry(plan.edges, 0, 0)) {
  if (plan.affine_offsets)
    affineOffsets.assign(plan.affine_offsets, plan.affine_offsets + 2 * ct_norm_slot(plan.edges, 0, 0));
}

CellPass::CellPass(const CellArguments &given)
    : arguments(given), kernels(rowKernels()), parts(given.images, given.parts), channels(given.shape.channels),
      lanes(paddedLanes(given.shape.channels)) {
  const auto &shape = arguments.shape;
  height = shape.reduces ? halved(arguments.previous.height) : arguments.previous.height;
  width = shape.reduces ? halved(arguments.previous.width) : arguments.previous.width;
  edges.reserve(shape.edgeCount());
  for (int index = 0; index < shape.edgeCount(); ++index) {
    EdgePass edge;
    edge.from = shape.from[index];
    edge.to = shape.to[index];
    edge.stride = shape.reduces && edge.from < inputCount() ? 2 : 1;
    for (int operation = 0; operation < operationCount; ++operation) {
      const int place = shape.mixturePlace(index, operation);
      edge.z[operation] = place < 0 ? 0 : arguments.mixture[place];
      edge.isAlive[operation] = cellOperations[operation].kind != OperationKind::none && place >= 0 &&
                                !(arguments.skipsZeros && edge.z[operation] == 0);
      if (readsRelu(edge, operation)) sourceBorder = std::max(sourceBorder, sourceReach(operation));
      if (edge.isAlive[operation] && cellOperations[operation].kind == OperationKind::separable)
        middleBorder = std::max(middleBorder, cellOperations[operation].border());
    }
    edges.push_back(std::move(edge));
  }
  leaving.resize(nodeCount());
  for (int index = 0; index < shape.edgeCount(); ++index) leaving[edges[index].from].push_back(index);
  findGroups();
  findWaiting();
  pools.resize(nodeCount());
  nodes.resize(nodeCount());
  zeros.assign(lanes, 0);
}

/// The calling thread's, and something to work with for each of its threads.
void CellPass::takeTeam() {
  team = &Team::ofThisThread();
  const int widest = std::max({arguments.before.width, arguments.previous.width, pixelsTogether});
  const int step = std::max(arguments.before.step, arguments.previous.step);
  scratch.clear();
  scratch.resize(team->threads());
  for (auto &own : scratch) {
    own.depthwiseOutput = Buffer(static_cast<size_t>(widest) * lanes);
    own.rawGradients = Buffer(static_cast<size_t>(widest) * lanes);
    own.inputRow = Buffer(static_cast<size_t>(widest) * paddedLanes(step));
    own.activeRow = Buffer(static_cast<size_t>(widest) * step + laneBlock);
  }
}

void CellPass::packEdge(EdgePass &edge, int index) {
  const bool keeps = arguments.keepsForBackward;
  const auto values = [&](int operation, int position) {
    return arguments.weights + arguments.shape.offsets(index, operation)[position];
  };
  if (edge.stride == 2 && edge.isAlive[skipPlace]) {
    const int first = channels / 2;
    edge.reduce.halves[0].pack(values(skipPlace, 0), channels, first, 0, lanes, keeps, pieces);
    edge.reduce.halves[1].pack(values(skipPlace, 1), channels, channels - first, first, lanes, keeps, pieces);
  }
  packDense(edge, index);
  packRowThenColumn(edge, index);
  for (int convolution = 0; convolution < convolutionCount; ++convolution) {
    const int operation = convolutionPlace[convolution];
    if (!edge.isAlive[operation]) continue;
    const auto &descriptor = cellOperations[operation];
    auto &block = edge.first[convolution];
    block.kernel = descriptor.kernel;
    block.dilation = descriptor.dilation;
    block.stride = edge.stride;
    block.channels = channels;
    block.pack(values(operation, 0), values(operation, 1), keeps, pieces);
    if (edge.stride == 2 && keeps) block.packParities(PaddedImage::rowStride(width, lanes, block.border()), pieces);
    if (!isSeparable(convolution)) continue;
    auto &next = edge.second[convolution];
    next.kernel = descriptor.kernel;
    next.channels = channels;
    next.pack(values(operation, 2), values(operation, 3), keeps, pieces);
  }
}

void CellPass::packWeights() {
  const int count = static_cast<int>(edges.size());
  team->run(count + 1, [&](int index, int) {
    if (index < count)
      packEdge(edges[index], index);
    else if (inputCount() == ct_cell_inputs)
      packPreprocessings();
  });
}

void CellPass::packPreprocessings() {
  const bool keeps = arguments.keepsForBackward;
  const auto &before = arguments.before, &previous = arguments.previous;
  const auto values = [&](int position) { return arguments.weights + arguments.shape.weightOffsets[position]; };
  if (arguments.shape.reducesPrevious) {
    const int first = channels / 2;
    reduction.halves[0].pack(values(beforeWeights), before.channels(), first, 0, lanes, keeps, pieces, before.planes);
    reduction.halves[1].pack(values(beforeWeights + 1), before.channels(), channels - first, first, lanes, keeps, pieces,
                             before.planes);
  } else {
    preprocesses[0].weights.pack(values(beforeWeights), before.channels(), channels, 0, lanes, keeps, pieces, before.planes);
  }
  preprocesses[1].weights.pack(values(previousWeights), previous.channels(), channels, 0, lanes, keeps, pieces,
                               previous.planes);
}

void CellPass::placeInputGradients(int slot) {
  const int64_t *offsets = arguments.shape.weightOffsets.data() + (slot == 0 ? beforeWeights : previousWeights);
  if (!reducesInput(slot)) return preprocesses[slot].weights.placeGradient(runs, weightGradient + offsets[0]);
  for (int half = 0; half < 2; ++half) reduction.halves[half].placeGradient(runs, weightGradient + offsets[half]);
}

/// Those of an edge's convolutions that read its source.
void CellPass::placeGradients(int index) {
  auto &edge = edges[index];
  for (int c = 0; c < convolutionCount; ++c) {
    if (!edge.isAlive[convolutionPlace[c]]) continue;
    const int64_t *own = arguments.shape.offsets(index, convolutionPlace[c]);
    edge.first[c].placeGradients(runs, weightGradient + own[0], weightGradient + own[1]);
  }
  for (int d = 0; d < denseCount; ++d)
    if (edge.isAlive[firstDensePlace + d])
      edge.dense[d].placeGradient(runs, weightGradient + arguments.shape.offsets(index, firstDensePlace + d)[0]);
  if (edge.isAlive[rowThenColumnPlace]) {
    const int64_t *own = arguments.shape.offsets(index, rowThenColumnPlace);
    edge.rowThenColumn.row.placeGradient(runs, weightGradient + own[0]);
    edge.rowThenColumn.column.placeGradient(runs, weightGradient + own[1]);
  }
}

bool CellPass::anyAlive(const std::vector<int> &indices, int place) const {
  return std::any_of(indices.begin(), indices.end(), [&](int index) { return edges[index].isAlive[place]; });
}

bool CellPass::readsRelu(const EdgePass &edge, int place) const {
  const auto &operation = cellOperations[place];
  if (!edge.isAlive[place]) return false;
  return operation.isConvolution() || operation.kind == OperationKind::dense ||
         operation.kind == OperationKind::rowThenColumn || (operation.kind == OperationKind::skip && edge.stride == 2);
}

bool CellPass::readsRelu(const std::vector<int> &indices) const {
  return std::any_of(indices.begin(), indices.end(), [&](int index) {
    for (int place = 0; place < operationCount; ++place)
      if (readsRelu(edges[index], place)) return true;
    return false;
  });
}

const NormalisedPlane *CellPass::output(const EdgePass &edge, int place) const {
  switch (cellOperations[place].kind) {
    case OperationKind::none: return nullptr;
    case OperationKind::pool: return &pools[edge.from].plane(place);
    case OperationKind::skip: return edge.stride == 2 ? &edge.reduce.output : nullptr;
    case OperationKind::separable: return &edge.secondOutput[convolutionAt(place)];
    case OperationKind::dilated: return &edge.firstOutput[convolutionAt(place)];
    case OperationKind::dense: return &edge.denseOutput[place - firstDensePlace];
    case OperationKind::rowThenColumn: return &edge.rowThenColumn.output;
  }
  return nullptr;
}

}  // namespace ct
