// A layer of the ImageNet form's stem: ReLU, unless it reads images, a dense 3x3 convolution of stride 2, and a batch norm with
// scale and shift. Forward and backward.
#pragma once
#include <vector>

#include "../Layers/DenseConvolution.h"
#include "../Threads/Parts.h"

namespace ct {

struct HalvingArguments {
  int images = 0, inputs = 0, outputs = 0;
  /// Into how many parts the images are cut, as far as there are images.
  int parts = 1;
  /// Of the input.
  int height = 0, width = 0;
  /// images x height x width x inputs, channels last.
  const float *input = nullptr;
  /// Whether a ReLU stands before the convolution.
  bool rectifies = false;
  /// outputs x inputs x 3 x 3.
  const float *weights = nullptr;
  /// The batch norm's scale and shift, `outputs` values each.
  const float *gain = nullptr, *offset = nullptr;
  /// Means, then variances, to normalise with; null takes the batch's own.
  const float *givenStatistics = nullptr;
  bool keepsForBackward = false;
};

class HalvingPass {
 public:
  explicit HalvingPass(const HalvingArguments &arguments);

  int outputHeight() const { return raw.height; }
  int outputWidth() const { return raw.width; }

  /// output: images x half the height x half the width, both rounded up, x outputs. statistics: as given ones (variance
  /// unbiased), written unless they are given.
  void forward(float *output, float *statistics);

  /// Gradients by the input, or null where nobody asks for it, and by weights, scale and shift, all written. Only after a
  /// forward that kept; the input's values and scale must still be there.
  void backward(const float *outputGradient, float *inputGradient, float *weightGradient, float *gainGradient,
                float *offsetGradient);

 private:
  /// Of one thread: an image of the input, the gradient by an image of the output and by one of the input, and a row of both.
  struct Scratch {
    PaddedImage active, inner;
    Plane onActive;
    Buffer inputRow, row;
  };
  /// Some of the images, and what the thread that computes them has for itself.
  struct Part {
    int number, begin, end;
    Scratch &scratch;
  };

  /// Runs `task(part)` for all parts of the images, on all threads.
  template <typename Task>
  void forEachPart(bool goesBack, const Task &task);
  void takeInput(int image, Scratch &own) const;
  void convolve(const Part &part);
  void normalise(const Part &part, float *output) const;
  const float *gradientRow(const float *outputGradient, int image, int y, Scratch &own) const;
  void gatherSums(const float *outputGradient, const Part &part, GradientSums &sums) const;
  void differentiate(const float *outputGradient, const NormBackward &through, float *inputGradient, const Part &part) const;
  void giveInputGradient(float *inputGradient, Scratch &own) const;

  HalvingArguments arguments;
  const RowKernels &kernels;
  ImageParts parts;
  int inputLanes, lanes;
  Pieces pieces;
  GradientRuns runs;
  DenseConvolution convolution;
  Plane raw;
  Norm norm;
};

}  // namespace ct
