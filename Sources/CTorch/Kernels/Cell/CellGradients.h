// What a cell's edges and nodes need on the way back.
#pragma once
#include <vector>

#include "CellEdges.h"
#include "CellPools.h"
#include "../Memory/Planes.h"

namespace ct {

/// An operation that an edge has summed up: what `output` returns and the gradient is multiplied with.
struct Operand {
  int operation;
  const Plane *plane;
  const float *centre;
};
struct SummedEdge {
  int index;
  std::vector<Operand> operands;
};

/// A convolution of an edge on its way back.
struct BlockBackward {
  int index, convolution;
  /// Through the second batch norm of a separable one, and the gradient behind it.
  NormBackward second;
  Plane inner;
  /// Through the first one.
  NormBackward first;
};

/// Where a source has pools: through their batch norms, and what spreads averages.
struct PoolsBackward {
  bool hasLargest = false, hasAverage = false;
  NormBackward largest, average;
  ConvolutionBlock ones;
  PoolShares shares;
  Pieces pieces;

  bool any() const { return hasLargest || hasAverage; }
};

struct DenseBackward {
  int index, dense;
  NormBackward through;
};
struct RowThenColumnBackward {
  int index;
  NormBackward through;
};
/// Those of a group, edge by edge.
struct GroupBackward {
  std::vector<BlockBackward> blocks;
  std::vector<DenseBackward> dense;
  std::vector<RowThenColumnBackward> rowThenColumns;
};
struct ReductionBackward {
  int index;
  NormBackward through;
};
/// A node that edges leave.
struct SourceBackward {
  int source = 0;
  /// By the edges that leave it.
  std::vector<EdgeSums> sums;
  /// Of the source behind its ReLU, where several groups add to it, and whether one has written it.
  Plane active;
  bool isWritten = false;
  std::vector<int> identities;
  std::vector<ReductionBackward> reductions;
  PoolsBackward pools;
};

}  // namespace ct
