// One cell of the super-network, or of a derived network, on one shard: forward, with everything kept that backward needs,
// and backward. A derived cell is one whose rows of Z have a single 1 each: what is 0 is left out, forward and backward.
//
// What backward keeps is the raw output of each pointwise convolution and the nodes; depthwise outputs and ReLU masks are
// computed again, which is cheaper than the memory they would pass through.
#pragma once
#include <memory>
#include <vector>

#include "Background.h"
#include "CellShape.h"
#include "DenseConvolution.h"
#include "Planes.h"

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

/// The operations of one edge that have an output of their own.
struct EdgePass {
  int from = 0, to = 0, stride = 1;
  /// First blocks of all convolutions, then second blocks of the separable ones.
  ConvolutionBlock first[convolutionCount], second[separableCount];
  NormalisedPlane firstOutput[convolutionCount], secondOutput[separableCount];
  FactorizedReduce reduce;
  DenseConvolution dense[denseCount];
  NormalisedPlane denseOutput[denseCount];
  /// By the operations' places.
  bool isAlive[operationCount] = {};
  float z[operationCount] = {};
};

/// Pools of one node, shared by all its edges: they do not depend on the edge.
struct PoolPass {
  NormalisedPlane largest, average;
  int stride = 1;

  NormalisedPlane &plane(int place) { return place == maxPlace ? largest : average; }
  const NormalisedPlane &plane(int place) const { return place == maxPlace ? largest : average; }
};

/// Sums over the batch for one edge, of g = drop-path mask times the gradient of its node, by channel: what the batch
/// norms' backward passes need, and what the credits are made of.
struct EdgeSums {
  std::vector<double> gradient;
  /// Of g * (raw - mean), by operation.
  std::vector<double> product[operationCount];
};

/// Sums as they are of values `scale` times as large.
inline std::vector<double> scaled(const std::vector<double> &values, double scale) {
  std::vector<double> result(values);
  for (auto &value : result) value *= scale;
  return result;
}

class CellPass {
  friend class PoolGradient;

 public:
  explicit CellPass(const CellArguments &arguments);

  /// output: images x height x width x channels of the concatenated nodes. statistics: as given ones, written unless they
  /// are given; of what is not computed mean 0, variance 1.
  void forward(float *output, float *statistics);

  /// Gradients by both inputs (written; by `previous` alone where there is one), by the cell's weights (written where something
  /// was computed; where zeros are skipped the slice comes in as zeros) and by Z (written; 0 where nothing was computed). Only
  /// after a forward that kept; the inputs' values must still be there.
  void backward(const float *outputGradient, float *beforeGradient, float *previousGradient, float *weightGradient,
                float *mixtureGradient);

  int outputHeight() const { return height; }
  int outputWidth() const { return width; }

 private:
  // Forward.
  void packWeights();
  void packPreprocessings();
  void packEdge(EdgePass &edge, int index);
  void preprocess(const CellInput &input, int slot, Plane &node);
  void reluPointwise(const CellInput &input, ReluPointwise &pass, int slot);
  void reduceInput(const CellInput &input);
  void finishNorm(NormalisedPlane &plane, int slot);
  void finishPool(NormalisedPlane &plane, int edge, int place);
  void normalise(const NormalisedPlane &plane, Plane &node);
  void computeSource(int source);
  void computeFirst(EdgePass &edge, int index);
  void computeSecond(EdgePass &edge, int index, int convolution);
  void computePools(int source);
  PaddedImage &activeSourceImage(int height, int width);
  void fillRelu(PaddedImage &padded, const Plane &plane, int image);
  void convolve(const ConvolutionBlock &block, const PaddedImage &input, NormalisedPlane &output, int image);
  int rowsTogether(const Plane &plane) const;
  /// Fetches the next image of a plane while the `convolutions` of this one are computed.
  void fetchNextImage(const Plane &plane, int image, int convolutions);
  void depthwiseRows(const ConvolutionBlock &block, const PaddedImage &input, const std::vector<long> &offsets, float *out,
                     int top, int rows, int width);
  void reduceSkip(EdgePass &edge, const PaddedImage &input, int image);
  void takeInputs();
  void mixEdge(EdgePass &edge, int index);

  // Backward.
  void differentiateSource(int source);
  void differentiateFirst(EdgePass &edge, int index, const EdgeSums &sums, const Plane &active, bool &isWritten);
  void differentiateDense(EdgePass &edge, int index, const EdgeSums &sums, const Plane &active, bool &isWritten);
  void differentiatePools(int source, Plane &gradient, const std::vector<EdgeSums> &sums);
  void differentiateMaxPool(int source, Plane &gradient, const NormBackward &through);
  void differentiateAveragePool(int source, Plane &gradient, const NormBackward &through);
  NormBackward throughPool(int place, const std::vector<int> &leaving, const std::vector<EdgeSums> &sums);
  void affineGradient(int slot, const Norm &norm, const std::vector<double> &sums, const std::vector<double> &products);
  NormBackward throughNorm(int slot, const Norm &norm, const std::vector<double> &sums,
                           const std::vector<double> &products);
  void gatherSums(EdgePass &edge, int index, EdgeSums &sums);
  void credit(const EdgePass &edge, int index, const EdgeSums &sums);
  Plane differentiateSecond(EdgePass &edge, int index, int convolution, const EdgeSums &sums,
                            std::vector<double> &firstSums, std::vector<double> &firstProducts);
  void convolveBackward(ConvolutionBlock &block, const PaddedImage &input, const Plane &gradient, const Plane &raw,
                        const NormBackward &through, int image, float *inputGradient, bool add, Ahead next);
  void skipBackward(const EdgePass &edge, int index, const Plane &gradient);
  void reduceBackward(EdgePass &edge, int index, const EdgeSums &sums, const Plane &active);
  void reduceImageBackward(EdgePass &edge, const PaddedImage &input, const NormBackward &through, int image,
                           float *inputGradient);
  void preprocessBackward(const CellInput &input, int slot, const Plane &gradient, float *inputGradient);
  void pixelBackward(PointwiseWeights &weights, const float *active, const float *gradient, float *target, int pixels,
                     long step, Ahead ahead);
  void giveInputGradients(float *beforeGradient, float *previousGradient);
  void unpackGradients();
  void unpackPreprocessings();

  // Dense convolutions (CellDense.cpp).
  void packDense(EdgePass &edge, int index);
  void unpackDense(const EdgePass &edge, int index);
  void computeDense(EdgePass &edge, const PaddedImage &input, int image);
  void denseBackward(DenseConvolution &dense, const PaddedImage &input, const Plane &gradient, const Plane &raw,
                     const NormBackward &through, int image, float *inputGradient, bool add);
  PaddedImage &innerImage(int border);
  int denseRowsTogether() const;

  /// ReLU of a row of an input, which may have any count of floats.
  void activate(float *active, const float *row, long count) const {
    const long whole = count / laneBlock * laneBlock;
    kernels.relu(active, row, whole);
    for (long at = whole; at < count; ++at) active[at] = row[at] < 0 ? 0 : row[at];
  }

  float mask(int edge, int image) const {
    return arguments.dropPath ? arguments.dropPath[edge * arguments.images + image] : 1;
  }
  int inputCount() const { return arguments.shape.inputs; }
  int nodeCount() const { return arguments.shape.nodes + inputCount(); }
  std::vector<int> leavingEdges(int source) const;
  bool anyAlive(const std::vector<int> &indices, int place) const;
  /// Whether an operation of the edge starts with a ReLU: convolutions and skips of stride 2.
  bool readsRelu(const EdgePass &edge, int place) const;
  /// Whether any of these edges has one that does.
  bool readsRelu(const std::vector<int> &indices) const;
  /// What an operation writes, with its batch norm; null where it writes nothing of its own: `none` and an identity.
  const NormalisedPlane *output(const EdgePass &edge, int place) const;
  /// Scale (0) or shift (1) of a slot's batch norm; null where it has none.
  const float *affine(int slot, int part) const {
    const auto &offsets = arguments.shape.affineOffsets;
    if (offsets.empty() || offsets[2 * slot + part] < 0) return nullptr;
    return arguments.weights + offsets[2 * slot + part];
  }
  const float *given(int slot) const { return arguments.givenStatistics + 2L * slot * channels; }
  static int slot(int edge, int operation, int position) { return ct_norm_slot(edge, operation, position); }

  CellArguments arguments;
  const RowKernels &kernels;
  int channels, lanes;
  /// Of the nodes that edges lead to.
  int height, width;
  /// Of a source behind its ReLU: as far as the widest window that reads it.
  int sourceBorder = 0;
  /// All packed weights and their gradients.
  Pieces pieces;
  std::vector<EdgePass> edges;
  std::vector<PoolPass> pools;
  std::vector<Plane> nodes, gradients;
  /// Of the nodes behind the inputs: whether an edge has written to it. One that none reaches is zero.
  std::vector<bool> isMixed;
  ReluPointwise preprocesses[ct_cell_inputs];
  FactorizedReduce reduction;
  std::vector<float> zeros;
  /// By border: where a block's inner gradient lies while backward needs it.
  PaddedImage inners[firstBorder + 1];
  /// A source behind its ReLU, and a separable convolution's middle: their borders stay zero, so edges take turns.
  PaddedImage activeSource, middle;
  /// Rows on their way through a block: taking them from the pool for every image would cost as much as a pass over them.
  Buffer depthwiseOutput, rawGradients, inputRow;
  Background nextImage;
  float *statistics = nullptr;
  float *mixtureGradient = nullptr, *weightGradient = nullptr;
};

/// The gradient by a pool's normalised values without gain, from all edges that it lies on, row by row.
class PoolGradient {
 public:
  PoolGradient(const CellPass &pass, int place, const std::vector<int> &leaving);

  void begin(int image);
  void row(float *onPool, int y);

 private:
  const CellPass &pass;
  int place, image = 0;
  std::vector<int> from;
  std::vector<const float *> rows;
  /// Edges x lanes.
  std::vector<float> scales;
};

/// One over the pixels of a 3x3 window that lie in the image, for each output pixel of row `y`.
void poolShares(float *shares, int y, int stride, int inputHeight, int inputWidth, int width);

}  // namespace ct
