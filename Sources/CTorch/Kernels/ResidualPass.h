// What stands between two stages of NAS-Bench-201's networks: ReLU, a dense 3x3 convolution of stride 2, batch norm, and the same
// with stride 1; beside them the mean over 2x2 pixels and a pointwise convolution. Both ways are added. Forward and backward.
#pragma once
#include <vector>

#include "Background.h"
#include "DenseConvolution.h"

namespace ct {

/// A convolution and the batch norm behind it; scale and shift have a value for each output.
struct ConvolutionNorm {
  const float *weights = nullptr, *gain = nullptr, *offset = nullptr;
};

struct ResidualArguments {
  int images = 0, inputs = 0, outputs = 0;
  /// Of the input; both even.
  int height = 0, width = 0;
  /// images x height x width x inputs, channels last.
  const float *input = nullptr;
  ConvolutionNorm first, second;
  const float *shortcut = nullptr;
  /// Of both batch norms means, then variances, to normalise with; null takes the batch's own.
  const float *givenStatistics = nullptr;
  bool keepsForBackward = false;
};

/// Gradients by the input and all weights, all written.
struct ResidualGradients {
  float *input = nullptr;
  struct {
    float *weights = nullptr, *gain = nullptr, *offset = nullptr;
  } first, second;
  float *shortcut = nullptr;
};

class ResidualPass {
 public:
  explicit ResidualPass(const ResidualArguments &arguments);

  /// output: images x height / 2 x width / 2 x outputs. statistics: as given ones (variance unbiased), written unless they
  /// are given.
  void forward(float *output, float *statistics);

  /// Only after a forward that kept; the input's values and both scales must still be there.
  void backward(const float *outputGradient, const ResidualGradients &gradients);

 private:
  struct Part {
    DenseConvolution convolution;
    Plane raw;
    Norm norm;
  };

  void finish(Part &part, int slot, const ConvolutionNorm &given, float *statistics);
  void convolve(Part &part, const PaddedImage &input, int image);
  /// An image of the input behind its ReLU, or as means over 2x2 pixels.
  void fillRelu(int image);
  void fillMiddle(int image);
  void fillMeans(int image);
  const float *inputRow(int image, int y);
  void throughNorm(const Part &part, const NormBackward &through, const Plane &gradient, int image);
  NormBackward through(const Part &part, const std::vector<double> &sums, const std::vector<double> &products,
                       float *onGain, float *onOffset) const;
  void differentiateSecond(const Plane &gradient, const NormBackward &through, Plane &inner);
  void differentiateInput(const Plane &inner, const Plane &gradient, const NormBackward &through, float *inputGradient);

  ResidualArguments arguments;
  const RowKernels &kernels;
  int inputLanes, lanes, height, width;
  Pieces pieces;
  Part first, second;
  DenseConvolution shortcut;
  /// One image each, with and without a border for windows.
  PaddedImage active, middle, means, inner, bare;
  /// A row of the input on whole lanes.
  Buffer row;
};

}  // namespace ct
