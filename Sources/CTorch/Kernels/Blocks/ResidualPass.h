// What stands between two stages of NAS-Bench-201's networks: ReLU, a dense 3x3 convolution of stride 2, batch norm, and the same
// with stride 1; beside them the mean over 2x2 pixels and a pointwise convolution. Both ways are added. Forward and backward.
#pragma once
#include <vector>

#include "../Layers/DenseConvolution.h"
#include "../Threads/Parts.h"

namespace ct {

/// A convolution and the batch norm behind it; scale and shift have a value for each output.
struct ConvolutionNorm {
  const float *weights = nullptr, *gain = nullptr, *offset = nullptr;
};

struct ResidualArguments {
  int images = 0, inputs = 0, outputs = 0;
  /// Into how many parts the images are cut, as far as there are images.
  int parts = 1;
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
  struct Layer {
    DenseConvolution convolution;
    Plane raw;
    Norm norm;
  };
  /// Of one thread: one image each, with and without a border for windows, and a row of the input on whole lanes.
  struct Scratch {
    PaddedImage active, middle, means, inner, bare;
    Plane beside, sum, onActive, onMeans;
    Buffer row;
  };
  /// Some of the images, and what the thread that computes them has for itself.
  struct Part {
    int number, begin, end;
    Scratch &scratch;
  };

  void takeTeam(bool goesBack);
  /// Runs `task(part)` for all parts of the images, on all threads.
  template <typename Task>
  void forEachPart(const Task &task) {
    team->run(parts.count, [&](int number, int thread) {
      task(Part{number, parts.begin(number), parts.end(number), scratch[thread]});
    });
  }

  void finish(Layer &layer, int slot, const ConvolutionNorm &given, float *statistics);
  void convolve(Layer &layer, const PaddedImage &input, int image, const Part &part);
  void giveOutput(float *output, const std::vector<float> &scales, const Part &part) const;
  /// An image of the input behind its ReLU, or as means over 2x2 pixels.
  void fillRelu(int image, Scratch &own) const;
  void fillMiddle(int image, Scratch &own) const;
  void fillMeans(int image, Scratch &own) const;
  const float *inputRow(int image, int y, Scratch &own) const;
  void takeGradient(const float *outputGradient, const Plane &gradient, const Part &part, GradientSums &sums) const;
  void throughNorm(const Layer &layer, const NormBackward &through, const Plane &gradient, int image, Scratch &own) const;
  NormBackward through(const Layer &layer, const GradientSums &sums, float *onGain, float *onOffset) const;
  void differentiateSecond(const Plane &gradient, const NormBackward &through, const Plane &inner, const Part &part,
                           GradientSums &sums) const;
  void differentiateInput(const Plane &inner, const Plane &gradient, const NormBackward &through, float *inputGradient,
                          const Part &part) const;
  void joinInput(float *inputGradient, Scratch &own) const;

  ResidualArguments arguments;
  const RowKernels &kernels;
  ImageParts parts;
  int inputLanes, lanes, height, width;
  Pieces pieces;
  GradientRuns runs;
  Layer first, second;
  DenseConvolution shortcut;
  /// Of the thread that computes; as long as a pass.
  Team *team = nullptr;
  std::vector<Scratch> scratch;
};

}  // namespace ct
