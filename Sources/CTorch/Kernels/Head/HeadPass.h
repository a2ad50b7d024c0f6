// What stands behind the last cell: where the network has them a batch norm and a ReLU, then the mean over the map and one linear
// layer. Forward and backward.
#pragma once
#include <vector>

#include "../Memory/FeatureMaps.h"

namespace ct {

struct HeadArguments {
  FeatureMaps input;
  int classes = 0;
  /// Of the linear layer: classes x channels, and a value for each class.
  const float *weight = nullptr, *bias = nullptr;
  /// Whether a ReLU stands before the mean.
  bool hasRelu = false;
  /// Scale and shift of the batch norm before the ReLU, `channels` values each; null where there is none.
  const float *gain = nullptr, *offset = nullptr;
  /// Means, then variances, to normalise with; null takes the batch's own.
  const float *givenStatistics = nullptr;
  bool keepsForBackward = false;
};

/// All written, the input's in its form; those of the batch norm only where there is one.
struct HeadGradients {
  float *input = nullptr, *weight = nullptr, *bias = nullptr, *gain = nullptr, *offset = nullptr;
};

class HeadPass {
 public:
  explicit HeadPass(const HeadArguments &arguments);

  /// logits: images x classes. statistics: as given ones (variance unbiased), written where the batch's own are used.
  void forward(float *logits, float *statistics);

  /// Only after a forward that kept; the input must still be there.
  void backward(const float *logitGradient, const HeadGradients &gradients);

 private:
  bool hasNorm() const { return arguments.gain != nullptr; }
  int pixels() const { return arguments.input.height * arguments.input.width; }
  long imageFloats() const { return static_cast<long>(pixels()) * lanes; }
  /// An image in one piece on whole lanes: zeros fill up what has fewer channels.
  const float *image(int n);
  void normalise(float *statistics);
  void average(int n);
  /// To `to`, as many floats as an image has: what every pixel of the map gets.
  void spread(float *to, const float *share) const;
  void throughMean(const float *shares, const FeatureMaps &onInput);
  void throughNorm(const float *shares, const HeadGradients &gradients);

  HeadArguments arguments;
  const RowKernels &kernels;
  int lanes;
  Pieces pieces;
  PointwiseWeights linear;
  bool isWhole() const { return arguments.input.planes == 1 && arguments.input.step == lanes; }

  /// One image, where the input has it in pieces or without padding, and behind its ReLU.
  Buffer padded, active;
  /// images x lanes.
  Buffer means;
  Norm norm;
};

}  // namespace ct
