// A dense convolution: weights packed for forward and backward, their gradients, and its passes over the rows of one image.
#pragma once
#include <vector>

#include "../Memory/Planes.h"

namespace ct {

/// Where the floats under a window lie, from its corner on, and the weights that they meet, run after run.
struct WindowRuns {
  std::vector<long> offsets;
  int inputs = 0;
  Piece weights;

  operator Runs() const { return {offsets.data(), static_cast<int>(offsets.size()), inputs}; }
};

/// Padded so that a stride of 1 keeps the size; sides of the window are odd, strides 1 or 2.
class DenseConvolution {
 public:
  /// Along rows and along columns.
  struct Extent {
    int rows = 1, columns = 1;
  };
  Extent kernel, stride;
  int inputs = 0, outputs = 0;

  /// How far the window reaches, at most: the images that it goes over have as wide a border, or a wider one.
  int border() const { return kernel.rows > kernel.columns ? reach().rows : reach().columns; }
  int taps() const { return kernel.rows * kernel.columns; }

  /// - values: outputs x inputs x rows x columns of the window.
  void pack(const float *values, bool forBackward, Pieces &pieces);
  /// Finds a place for the gradient by the weights, which goes to `values` in their order.
  void placeGradient(GradientRuns &runs, float *values);
  /// That of a run, just before the first are added, as a `ConvolutionBlock` does.
  void clearGradient(float *run) const;
  /// Before a pass over images whose rows lie `rowStride` floats apart.
  void follow(long rowStride);
  /// The same of gradients by the output, before a pass by the input.
  void followGradient(long rowStride);

  /// Rows `top` to `top + rows` of an image's output. The input has passed what stands before the convolution.
  void forward(const RowKernels &kernels, const PaddedImage &input, const Plane &output, int image, int top, int rows) const;

  /// Adds to the gradient by the weights in a part's run. `gradient` is by the output, of the same image.
  void gradientByWeights(const RowKernels &kernels, const PaddedImage &input, const PaddedImage &gradient, int top,
                         int rows, float *run) const;

  /// The gradient by the input, an image without border of `height` x `width`. `gradient` has this convolution's border.
  void gradientByInput(const RowKernels &kernels, const PaddedImage &gradient, float *input, int height, int width,
                       bool add) const;
  /// The same into an image with a border, which stays as it is.
  void gradientByInput(const RowKernels &kernels, const PaddedImage &gradient, const PaddedImage &input) const;

 private:
  Extent reach() const { return {kernel.rows / 2, kernel.columns / 2}; }
  /// The window's corner of an output row, in the input.
  float *corner(const PaddedImage &input, int y) const {
    return input.at(y * stride.rows - reach().rows, -reach().columns);
  }
  int inputLanes() const { return paddedLanes(inputs); }
  int lanes() const { return paddedLanes(outputs); }
  void unpackGradient(float *values, const float *sum) const;
  void packTurned(const float *values, Pieces &pieces);
  void gradientByRow(const RowKernels &kernels, const PaddedImage &gradient, float *row, int y, int width,
                     bool add) const;

  /// Of the input; offsets are those of images with rows `rowStride` apart.
  WindowRuns window;
  long rowStride = -1, gradientStride = -1;
  /// Where the gradient lies in each run.
  size_t gradient = 0;
  /// Of the gradient by the output, by parity of the input's row and column; at stride 1 all are the first.
  WindowRuns turned[2][2];
  /// Of each run: rows and columns from the pixel that lies above and left of all windows which read the input's.
  std::vector<std::pair<int, int>> turnedPlaces[2][2];
};

}  // namespace ct
