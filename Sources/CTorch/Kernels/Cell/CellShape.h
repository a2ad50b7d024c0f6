// What a cell is, and what it is computed from.
#pragma once
#include <vector>

#include "CellOperations.h"
#include "../Memory/FeatureMaps.h"

namespace ct {

/// Half of a side, rounded up: what a stride of 2 leaves of it where windows are padded.
constexpr int halved(int side) { return (side + 1) / 2; }

/// Pixels of a side of which a stride of 2 sees the first, or only the second, of every two.
constexpr int everySecond(int side, int first) { return (side + 1 - first) / 2; }

/// What a cell is, whatever its numbers (`ct_cell_plan`, owned).
struct CellShape {
  int channels = 0, inputs = ct_cell_inputs, nodes = 0;
  bool reduces = false, reducesPrevious = false, poolsHaveNorm = true;
  /// Whether the concatenated nodes are given on as planes, else as one map.
  bool givesPlanes = false;
  std::vector<int> from, to, concatenated;
  /// Edges x operations: places in Z, below 0 where an edge does not have the operation.
  std::vector<int> mixturePlaces;
  std::vector<int64_t> weightOffsets, affineOffsets;

  explicit CellShape(const ct_cell_plan &plan);
  int edgeCount() const { return static_cast<int>(from.size()); }
  /// The place in Z of an operation.
  int mixturePlace(int edge, int operation) const { return mixturePlaces[ct_mixture_entry(edge, operation)]; }
  /// Where an operation's weights lie, tensor after tensor.
  const int64_t *offsets(int edge, int operation) const { return &weightOffsets[ct_weight_entry(edge, operation, 0)]; }
  int outputs() const { return static_cast<int>(concatenated.size()); }
  int outputChannels() const { return outputs() * channels; }
};

struct CellArguments {
  CellShape shape;
  int images = 0;
  /// Into how many parts the images are cut, as far as there are images.
  int parts = 1;
  FeatureMaps before, previous;
  const float *weights = nullptr;
  const float *mixture = nullptr;
  /// Edges x images, 0 or 1/keep; null drops nothing.
  const float *dropPath = nullptr;
  /// Slots x (mean, variance) x channels; null normalises with the batch's own.
  const float *givenStatistics = nullptr;
  bool skipsZeros = false, keepsForBackward = false;
};

}  // namespace ct
