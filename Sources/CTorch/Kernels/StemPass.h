// What stands before the cells: a full 3x3 convolution of stride 1 from a few channels to many, and a batch norm with scale
// and shift. Forward, and backward by the weights; images have no gradient.
//
// With channels last, the three pixels under a row of the window lie side by side: each row of the window is a pointwise
// convolution whose inputs are the channels of three neighbours, so the row kernels of the cells do all of the work.
#pragma once
#include <vector>

#include "Planes.h"

namespace ct {

struct StemArguments {
  int images = 0, inputs = 0, height = 0, width = 0, channels = 0;
  /// images x inputs x height x width, not channels last.
  const float *pixels = nullptr;
  /// channels x inputs x 3 x 3.
  const float *weights = nullptr;
  /// The batch norm's scale and shift, `channels` values each.
  const float *gain = nullptr, *offset = nullptr;
  /// Means, then variances, to normalise with; null takes the batch's own.
  const float *givenStatistics = nullptr;
};

class StemPass {
 public:
  explicit StemPass(const StemArguments &arguments);

  /// output: images x height x width x channels. statistics: as given ones (variance unbiased), written unless they are
  /// given.
  void forward(float *output, float *statistics);

  /// Gradients by weights, scale and shift, all written. Only after a forward; scale must still be there.
  void backward(const float *outputGradient, float *weightGradient, float *gainGradient, float *offsetGradient);

 private:
  void packWeights();
  void packPixels();
  void convolve(int image);
  const float *gradientRow(const float *outputGradient, int image, int y);

  /// The window's row `part` over an output row: three neighbours' channels for each of its pixels.
  float *under(int image, int y, int part) const {
    return padded.data() + ((static_cast<long>(image) * (arguments.height + 2) + y + part) * (arguments.width + 2)) *
                               arguments.inputs;
  }
  int reach() const { return 3 * arguments.inputs; }

  StemArguments arguments;
  const RowKernels &kernels;
  int lanes;
  /// Images x (height + 2) x (width + 2) x inputs: channels last, with a border of zeros.
  Buffer padded;
  /// 3 rows of the window x reach x lanes.
  Buffer weights;
  /// A row of `lanes`, where the tensors' rows have fewer channels.
  Buffer row;
  Plane raw;
  Norm norm;
};

}  // namespace ct
