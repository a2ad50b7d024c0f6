// The auxiliary head up to its last batch norm: ReLU, the means of a map's four corners, a pointwise convolution, batch norm, ReLU, and
// a 2x2 convolution without padding, whose output is one pixel. What follows is a `HeadPass`. Forward and backward.
#pragma once
#include <vector>

#include "../Memory/FeatureMaps.h"

namespace ct {

struct AuxiliaryArguments {
  FeatureMaps input;
  /// Channels behind the pointwise convolution, and behind the 2x2 one.
  int narrow = 0, wide = 0;
  /// Sides of the four windows, each less than the map's.
  int rows = 0, columns = 0;
  /// narrow x inputs; then the batch norm's scale and shift.
  const float *pointwise = nullptr, *gain = nullptr, *offset = nullptr;
  /// wide x narrow x 2 x 2.
  const float *square = nullptr;
  bool keepsForBackward = false;
};

/// All written, the input's in its form.
struct AuxiliaryGradients {
  float *input = nullptr, *pointwise = nullptr, *gain = nullptr, *offset = nullptr, *square = nullptr;
};

class AuxiliaryPass {
 public:
  explicit AuxiliaryPass(const AuxiliaryArguments &arguments);

  /// output: images x wide. statistics: means, then unbiased variances, of the batch.
  void forward(float *output, float *statistics);

  /// Only after a forward that kept; the input must still be there.
  void backward(const float *outputGradient, const AuxiliaryGradients &gradients);

 private:
  static constexpr int corners = 4;

  void packSquare();
  void unpackSquare(float *to, const float *values) const;
  /// An image behind its ReLU, on whole lanes.
  const float *activeImage(int n);
  void pool(int n);
  void differentiatePool(int n, const Plane &onPooled, const FeatureMaps &onInput);

  int pixels() const { return arguments.input.height * arguments.input.width; }
  long imageFloats() const { return static_cast<long>(pixels()) * inputLanes; }
  bool isWhole() const { return arguments.input.planes == 1 && arguments.input.step == inputLanes; }
  /// From the first window to the next, down and to the right.
  int down() const { return arguments.input.height - arguments.rows; }
  int right() const { return arguments.input.width - arguments.columns; }

  AuxiliaryArguments arguments;
  const RowKernels &kernels;
  int inputLanes, lanes, wideLanes;
  Pieces pieces;
  /// The 2x2 convolution is a pointwise one of all four pixels' channels.
  PointwiseWeights pointwise, square;
  /// images x 2 x 2: the means, the pointwise convolution's output, and that behind batch norm and ReLU.
  Plane pooled, raw, middle;
  Norm norm;
  /// One image.
  Buffer padded, active;
};

}  // namespace ct
