// What a pass keeps of a cell's edges, nodes and inputs, and the sums that it goes back with.
#pragma once
#include <algorithm>
#include <vector>

#include "CellOperations.h"
#include "../Layers/DenseConvolution.h"
#include "../Memory/Planes.h"

namespace ct {

/// Everything that backward needs of one batch norm behind a convolution.
struct NormalisedPlane {
  Plane raw;
  Norm norm;
};

/// Skip of stride 2, and the first preprocessing behind a reduction: ReLU, two pointwise convolutions of stride 2, the
/// second one pixel further down and right, side by side, batch norm (DARTS `FactorizedReduce`).
struct FactorizedReduce {
  PointwiseWeights halves[2];
  NormalisedPlane output;
};

/// ReLU, pointwise convolution, batch norm.
struct ReluPointwise {
  PointwiseWeights weights;
  NormalisedPlane output;
};

/// ReLU, a convolution of a row, then one of a column, batch norm.
struct RowThenColumn {
  DenseConvolution row, column;
  /// Between both: as high as the source, as wide as the node.
  Plane between;
  NormalisedPlane output;
};

/// The operations of one edge that have an output of their own.
struct EdgePass {
  int from = 0, to = 0, stride = 1;
  /// First blocks of all convolutions, then second blocks of the separable ones.
  ConvolutionBlock first[convolutionCount], second[separableCount];
  NormalisedPlane firstOutput[convolutionCount], secondOutput[separableCount];
  FactorizedReduce reduce;
  DenseConvolution dense[denseCount];
  NormalisedPlane denseOutput[denseCount];
  RowThenColumn rowThenColumn;
  /// By the operations' places.
  bool isAlive[operationCount] = {};
  float z[operationCount] = {};
};

/// Edges of one node that are computed together, by index.
using EdgeGroup = std::vector<int>;

/// What the sources of a mix are multiplied with, source by source and channel by channel; what is added, by channel.
struct MixFactors {
  std::vector<float> scales, bias;
};

/// What is mixed: a plane, its batch norm if it has one, its weight.
struct MixSource {
  const Plane *plane;
  const Norm *norm;
  float z;
};
/// An edge that is mixed.
struct EdgeMix {
  int index = 0;
  std::vector<MixSource> sources;
  /// Of images that the drop path keeps: their factor, and what follows from it. It is found before the next edge's batch norm
  /// takes the place of a shared pool's.
  float usual = 1;
  MixFactors factors;
};
/// Edges that are added to a node, or written where it does not hold any.
struct NodeMix {
  int node;
  bool adds;
  std::vector<EdgeMix> edges;
};
/// A node on its way: how many edges are missing, and what was computed, where it waits for all to be mixed in one pass.
struct WaitingNode {
  int missing = 0;
  bool waits = true;
  std::vector<EdgeMix> edges;
};

/// Pools of one node, shared by all its edges: they do not depend on the edge.
struct PoolPass {
  NormalisedPlane largest, average;
  int stride = 1;

  NormalisedPlane &plane(int place) { return place == maxPlace ? largest : average; }
  const NormalisedPlane &plane(int place) const { return place == maxPlace ? largest : average; }
};

/// Sums over images for one edge, of g = drop-path mask times the gradient of its node, by channel: what the batch norms'
/// backward passes need, and what the credits are made of.
class EdgeSums {
 public:
  explicit EdgeSums(int lanes) : lanes(lanes), values(static_cast<size_t>(lanes) * (1 + operationCount), 0) {}

  double *gradient() { return values.data(); }
  const double *gradient() const { return values.data(); }
  /// Of g * (raw - mean), by operation.
  double *product(int place) { return values.data() + static_cast<long>(1 + place) * lanes; }
  const double *product(int place) const { return values.data() + static_cast<long>(1 + place) * lanes; }
  /// All of them 0, for so many lanes.
  void clear(int newLanes) {
    lanes = newLanes;
    values.assign(static_cast<size_t>(lanes) * (1 + operationCount), 0);
  }
  void add(const EdgeSums &other) {
    for (size_t at = 0; at < values.size(); ++at) values[at] += other.values[at];
  }
  /// Those of one operation, of values `z` times as large.
  GradientSums scaled(int place, double z) const;

 private:
  int lanes;
  std::vector<double> values;
};

}  // namespace ct
