// What stands before the cells: a full 3x3 convolution of stride 1 from a few channels to many, and a batch norm with scale
// and shift. Forward, and backward by the weights; images have no gradient.
//
// With channels last, the three pixels under a row of the window lie side by side: each row of the window is a pointwise
// convolution whose inputs are the channels of three neighbours, so the row kernels of the cells do all of the work.
#pragma once
#include <vector>

#include "../Memory/GradientRuns.h"
#include "../Threads/Parts.h"
#include "../Memory/Planes.h"

namespace ct {

struct StemArguments {
  int images = 0, inputs = 0, height = 0, width = 0, channels = 0;
  /// Into how many parts the images are cut, as far as there are images.
  int parts = 1;
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
  void packPixels(int image);
  void convolve(int image);
  void normalise(int image, float *output);
  const float *gradientRow(const float *outputGradient, int image, int y, Buffer &row) const;
  void gatherSums(const float *outputGradient, int part, GradientSums &sums) const;
  void differentiateWeights(const float *outputGradient, int part, const NormBackward &through, float *packed) const;
  void unpackGradient(float *weightGradient, const float *packed) const;

  /// Runs `task(part)` for all parts of the images, on all of the calling thread's team.
  template <typename Task>
  void forEachPart(const Task &task) const {
    Team::ofThisThread().run(parts.count, [&](int part, int) { task(part); });
  }
  /// A row of `lanes`, where the tensors' rows have fewer channels.
  Buffer emptyRow() const { return Buffer(static_cast<size_t>(arguments.width) * lanes); }

  /// The window's row `part` over an output row: three neighbours' channels for each of its pixels.
  float *under(int image, int y, int part) const {
    return padded.data() + ((static_cast<long>(image) * (arguments.height + 2) + y + part) * (arguments.width + 2)) *
                               arguments.inputs;
  }
  int reach() const { return 3 * arguments.inputs; }

  StemArguments arguments;
  const RowKernels &kernels;
  ImageParts parts;
  int lanes;
  /// Images x (height + 2) x (width + 2) x inputs: channels last, with a border of zeros.
  Buffer padded;
  /// 3 rows of the window x reach x lanes.
  Buffer weights;
  Plane raw;
  Norm norm;
};

}  // namespace ct
