// One cell of the super-network, or of a derived network, on one shard: forward, with everything kept that backward needs,
// and backward. A derived cell is one whose rows of Z have a single 1 each: what is 0 is left out, forward and backward.
//
// What backward keeps is the raw output of each pointwise convolution and the nodes; depthwise outputs and ReLU masks are
// computed again, which is cheaper than the memory they would pass through.
#pragma once
#include <algorithm>
#include <vector>

#include "CellEdges.h"
#include "CellGradients.h"
#include "CellPools.h"
#include "CellScratch.h"
#include "CellShape.h"
#include "../Layers/PartSums.h"
#include "../Threads/Parts.h"
#include "../Memory/Planes.h"
#include "../Threads/Team.h"

namespace ct {

class CellPass {
  friend class PoolGradient;

 public:
  explicit CellPass(const CellArguments &arguments);

  /// output: images x height x width x channels of the concatenated nodes; where planes are given, nodes x images x height x
  /// width x lanes, which are the pass's own nodes from then on: they stay where they are as long as it lives. statistics: as given
  /// ones, written unless they are given; of what is not computed mean 0, variance 1.
  void forward(float *output, float *statistics);

  /// Gradients by both inputs, in the inputs' forms (written; by `previous` alone where there is one), by the cell's weights
  /// (written where something was computed; where zeros are skipped the slice comes in as zeros) and by Z (written; 0 where
  /// nothing was computed). Only after a forward that kept; the inputs' values must still be there.
  ///
  /// - outputGradient: in the output's form; planes are worked on in place.
  /// - passedGradient: what the second input gets from later readers, for the cell's own to be added to; null where there is none.
  ///   It may be `previousGradient` itself.
  void backward(float *outputGradient, const float *passedGradient, float *beforeGradient, float *previousGradient,
                float *weightGradient, float *mixtureGradient);

  int outputHeight() const { return height; }
  int outputWidth() const { return width; }

 private:
  // Parts.
  void takeTeam();
  /// Runs `task(part)` for all parts of the images, on all threads.
  template <typename Task>
  void forEachPart(const Task &task) {
    team->run(parts.count, [&](int number, int thread) {
      task(CellPart{number, parts.begin(number), parts.end(number), scratch[thread]});
    });
  }

  void findGroups();
  void findWaiting();
  /// Operations of an edge that read its source behind a ReLU.
  int convolutionsOf(const EdgePass &edge) const;

  // Forward.
  void packWeights();
  void packPreprocessings();
  void packEdge(EdgePass &edge, int index);
  void beginOutput(NormalisedPlane &plane, int planeHeight, int planeWidth);
  void addMoments(NormalisedPlane &plane, const CellPart &part, int image, int top, int rows);
  void preprocessInput(int slot, const CellPart &part);
  void reduceInput(const CellPart &part);
  void finishNorm(NormalisedPlane &plane, int slot);
  void finishPool(NormalisedPlane &plane, int edge, int place);
  void normalise(const NormalisedPlane &plane, const Plane &node, const CellPart &part);
  void computeSource(int source);
  void computeFirst(int source, const EdgeGroup &group);
  void beginFirst(int index, std::vector<std::pair<NormalisedPlane *, int>> &outputs);
  void computeSeconds(const EdgeGroup &group);
  void computePools(int source);
  void computeMaxPool(int source, const CellPart &part);
  void computeAveragePool(int source, const PoolShares &shares, const CellPart &part);
  PaddedImage &activeSourceImage(CellScratch &own, const Plane &node) const;
  void fillRelu(PaddedImage &padded, const Plane &plane, int image) const;
  PaddedImage &fillMiddle(const NormalisedPlane &first, int image, CellScratch &own) const;
  void convolve(const ConvolutionBlock &block, const PaddedImage &input, NormalisedPlane &output, int image,
                const CellPart &part);
  int rowsTogether(const Plane &plane) const;
  /// Fetches an image of a plane while some `convolutions` of another one are computed.
  void fetchImage(CellScratch &own, const Plane &plane, int image, int convolutions) const;
  void depthwiseRows(const ConvolutionBlock &block, const PaddedImage &input, float *out, int top, int rows, int width) const;
  void reduceSkip(EdgePass &edge, const PaddedImage &input, int image, const CellPart &part);
  void takeInputs();
  Plane nodePlane(int node, int planeHeight, int planeWidth, float *planes) const;
  void mixEdges(const EdgeGroup &group);
  EdgeMix edgeMix(int index);
  void mixEdge(const NodeMix &mix, const CellPart &part);
  void mixNode(const NodeMix &mix, const CellPart &part);
  const MixFactors &factorsOf(const EdgeMix &edge, int image, MixFactors &own) const;
  /// For images with a factor `kept` by the drop path.
  void findFactors(MixFactors &factors, const std::vector<MixSource> &sources, float kept) const;
  void giveOutput(float *output);

  // Backward.
  void takeGradient(float *outputGradient);
  void differentiateSource(int source);
  void differentiateGroup(const EdgeGroup &group, SourceBackward &back, bool isLast);
  void throughEdge(int index, const EdgeSums &sums, GroupBackward &through);
  void differentiateSeconds(std::vector<BlockBackward> &blocks);
  void differentiateSecond(const BlockBackward &block, int image, const BlockBackward &next, int nextImage, GradientSums &sums,
                           const CellPart &part);
  void differentiateFirst(const EdgeGroup &group, int source, const GroupBackward &through, int image, float *active,
                          bool &adds, const CellPart &part);
  void differentiateBlock(const BlockBackward &block, int image, const BlockBackward &next, int nextImage, float *active,
                          bool adds, const CellPart &part);
  void prepareFinish(SourceBackward &back);
  bool hasMore(const SourceBackward &back) const;
  void finishImage(const SourceBackward &back, int image, float *active, bool isWritten, const CellPart &part);
  void finishPart(const SourceBackward &back, const CellPart &part);
  void placeGradients(int index);
  void preparePools(int source, const std::vector<EdgeSums> &sums, PoolsBackward &pools);
  void differentiateMaxPool(int source, const NormBackward &through, const CellPart &part);
  void differentiateAveragePool(int source, const PoolsBackward &pools, const CellPart &part);
  NormBackward throughPool(int place, const std::vector<int> &leaving, const std::vector<EdgeSums> &sums);
  void affineGradient(int slot, const Norm &norm, const GradientSums &sums);
  NormBackward throughNorm(int slot, const Norm &norm, const GradientSums &sums);
  /// Those of a group's edges, behind what `sums` holds.
  void gatherSums(const EdgeGroup &group, std::vector<EdgeSums> &sums);
  std::vector<Operand> operandsOf(int index) const;
  void gatherImages(const SummedEdge &edge, EdgeSums &sums, const CellPart &part);
  void credit(const EdgePass &edge, int index, const EdgeSums &sums);
  void convolveBackward(const ConvolutionBlock &block, const PaddedImage &input, const Plane &gradient, const Plane &raw,
                        const NormFactors &through, int image, float *inputGradient, bool add, Ahead next,
                        const CellPart &part);
  void reduceImageBackward(const EdgePass &edge, const PaddedImage &input, const NormFactors &through, int image,
                           float *inputGradient, const CellPart &part) const;
  NormalisedPlane &preprocessed(int slot) { return reducesInput(slot) ? reduction.output : preprocesses[slot].output; }
  const NormalisedPlane &preprocessed(int slot) const {
    return reducesInput(slot) ? reduction.output : preprocesses[slot].output;
  }
  bool reducesInput(int slot) const { return slot == 0 && arguments.shape.reducesPrevious; }
  const FeatureMaps &input(int slot) const { return slot == 0 ? arguments.before : arguments.previous; }
  void placeInputGradients(int slot);
  void gatherInput(int slot, int image, const CellPart &part);
  void differentiateInput(int slot, const NormBackward &through, const FeatureMaps &target, bool adds, const CellPart &part);
  void differentiateReduction(const NormBackward &through, const FeatureMaps &target, const CellPart &part);
  void takePixels(const PointwiseWeights &weights, int plane, const float *active, const float *gradient, float *target,
                  bool adds, int pixels, int pixelStep, int stride, const CellPart &part) const;
  void giveInputGradients(const float *passedGradient, float *beforeGradient, float *previousGradient);

  // Dense convolutions (CellDense.cpp).
  void packDense(EdgePass &edge, int index);
  void computeDense(EdgePass &edge, const PaddedImage &input, int image, const CellPart &part);
  void differentiateDense(const DenseBackward &convolution, const PaddedImage &input, int image, float *active, bool adds,
                          const CellPart &part);
  void denseBackward(const DenseConvolution &dense, const PaddedImage &input, const Plane &gradient, const Plane &raw,
                     const NormFactors &through, int image, float *inputGradient, bool add, const CellPart &part);
  PaddedImage &innerImage(CellScratch &own, int border) const {
    return CellScratch::sized(own.inners[border], height, width, lanes, border);
  }
  int denseRowsTogether() const;

  // A row's and a column's convolution (CellRowThenColumn.cpp).
  void packRowThenColumn(EdgePass &edge, int index);
  PaddedImage &fillBetween(const Plane &between, int image, CellScratch &own) const;
  void computeRowThenColumn(EdgePass &edge, const PaddedImage &input, int image, const CellPart &part);
  void differentiateRowThenColumn(const RowThenColumnBackward &convolution, const PaddedImage &input, int image, float *active,
                                  bool adds, const CellPart &part);
  void rowThenColumnBackward(const RowThenColumn &pass, const PaddedImage &input, const Plane &gradient,
                             const NormFactors &through, int image, float *inputGradient, bool add, const CellPart &part);

  const float *activeRows(const FeatureMaps &from, int plane, int image, int top, int rows, const CellPart &part) const;

  float mask(int edge, int image) const {
    return arguments.dropPath ? arguments.dropPath[edge * arguments.images + image] : 1;
  }
  int inputCount() const { return arguments.shape.inputs; }
  /// Columns of an edge's source.
  int sourceWidth(const EdgePass &edge) const { return edge.stride == 2 ? arguments.previous.width : width; }
  /// Whether a node is an input behind a preprocessing.
  bool isPreprocessed(int node) const { return inputCount() == ct_cell_inputs && node < ct_cell_inputs; }
  int nodeCount() const { return arguments.shape.nodes + inputCount(); }
  const std::vector<int> &leavingEdges(int source) const { return leaving[source]; }
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
  ImageParts parts;
  /// Of the thread that computes; as long as a pass.
  Team *team = nullptr;
  std::vector<CellScratch> scratch;
  int channels, lanes;
  /// Of the nodes that edges lead to.
  int height, width;
  /// Of a source behind its ReLU: as far as the widest window that reads it.
  int sourceBorder = 0;
  /// Of what lies between the halves of a separable convolution, likewise.
  int middleBorder = 0;
  /// All packed weights.
  Pieces pieces;
  /// Their gradients, while a loop adds them up.
  GradientRuns runs;
  /// What the batch norms and credits of a group's edges need, the first batch norms of its separable convolutions, and a
  /// preprocessing's.
  std::vector<PartSums<EdgeSums>> edgeSums;
  std::vector<PartSums<GradientSums>> firstSums;
  PartSums<GradientSums> inputSums[ct_cell_inputs];
  std::vector<EdgePass> edges;
  /// By nodes: the edges that leave each.
  std::vector<std::vector<int>> leaving;
  std::vector<std::vector<EdgeGroup>> groups;
  std::vector<WaitingNode> waiting;
  std::vector<PoolPass> pools;
  std::vector<Plane> nodes, gradients;
  /// Of the concatenated nodes, where planes are given on.
  float *outputPlanes = nullptr;
  /// Of the nodes behind the inputs: whether an edge has written to it. One that none reaches is zero.
  std::vector<bool> isMixed;
  /// Of all nodes: whether the output's gradient fills their own, else the edges that leave them write it.
  std::vector<bool> isFilled;
  /// Of the nodes' gradients: sums by image and channel, once for all edges that lead there, and which images have theirs.
  std::vector<std::vector<double>> imageSums;
  std::vector<std::vector<char>> hasImageSum;
  ReluPointwise preprocesses[ct_cell_inputs];
  FactorizedReduce reduction;
  std::vector<float> zeros;
  float *statistics = nullptr;
  float *mixtureGradient = nullptr, *weightGradient = nullptr;
};

}  // namespace ct
