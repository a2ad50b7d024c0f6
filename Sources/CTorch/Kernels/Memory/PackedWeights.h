// Weights as the kernels read them, and their gradients as the kernels sum them: channels of the output side by side, padded
// with zeros to whole vectors.
#pragma once
#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

#include "BufferPool.h"
#include "GradientRuns.h"
#include "../Rows/RowKernels.h"

namespace ct {

inline int paddedLanes(int channels) { return (channels + laneBlock - 1) / laneBlock * laneBlock; }

/// out[column][row] = in[row][column].
void transpose(float *out, long outStep, const float *in, long inStep, int rows, int columns);

/// Floats inside a buffer of `Pieces`, on a 64-byte boundary.
struct Piece {
  float *floats = nullptr;

  float *data() const { return floats; }
  /// So many floats of it as a piece of their own; this one is what lies behind them.
  Piece cut(size_t count) { return {std::exchange(floats, floats + rounded(count))}; }
  /// As many as leave what lies behind them on a boundary too.
  static size_t rounded(size_t count) { return (count + cacheLine - 1) / cacheLine * cacheLine; }
};

/// Many small pieces of memory that live as long as this: a cell has some five hundred, each too small for a buffer of its
/// own. Threads may take some at once.
class Pieces {
 public:
  /// Zeros if they are asked for, else whatever the last user left.
  Piece take(size_t floats, bool cleared);

 private:
  std::mutex mutex;
  std::vector<Buffer> buffers;
  float *next = nullptr;
  size_t left = 0;
};

/// ReLU, depthwise and pointwise convolution: weights packed for forward and backward, and their gradients.
struct ConvolutionBlock {
  int kernel = 0, dilation = 1, stride = 1, channels = 0, lanes = 0;
  Piece depthwise, pointwise;
  /// Stride 1, backward by the input: the window turned around.
  Piece flipped;
  /// As PyTorch has them; a copy where the channels do not fill the lanes.
  const float *pointwiseTransposed = nullptr;
  /// Where their gradients lie in each run.
  size_t depthwiseGradient = 0, pointwiseGradient = 0;
  /// Stride 2, backward by the input: for each parity of row and column, the taps that reach it.
  struct Parity {
    std::vector<long> offsets;
    Piece weights;
  };
  Parity parities[2][2];

  int border() const { return dilation * (kernel - 1) / 2; }
  int taps() const { return kernel * kernel; }
  /// The weights must stay as they are until backward is done.
  void pack(const float *depthwise, const float *pointwise, bool forBackward, Pieces &pieces);
  /// Stride 2, before a pass by the input: rows of the gradients by the output lie `rowStride` floats apart.
  void packParities(long rowStride, Pieces &pieces);
  /// Finds places for the gradients, which go to `depthwise` and `pointwise` in PyTorch's order.
  void placeGradients(GradientRuns &runs, float *depthwise, float *pointwise);
  /// Those of a run by the window, just before the first are added: were a whole edge's cleared at once, these would have left the
  /// first cache. The pointwise ones begin with the first rows.
  void clearGradients(float *run) const;
};

/// Pointwise weights of any number of inputs, to all or to a range of the output channels (the rest is zero). The inputs may come
/// in planes of equal size, for each of which the transposed weights are a matrix of their own.
struct PointwiseWeights {
  int inputs = 0, planes = 1, inputLanes = 0, outputs = 0, lanes = 0, first = 0;
  /// inputs x lanes; planes x lanes x lanes of a plane's inputs.
  Piece weights, transposed;
  /// Where its gradient lies in each run.
  size_t gradient = 0;

  void pack(const float *values, int inputs, int outputs, int first, int lanes, bool forBackward, Pieces &pieces,
            int planes = 1);
  /// Finds a place for the gradient, which goes to `values` in PyTorch's order.
  void placeGradient(GradientRuns &runs, float *values);
  /// That of a run, where nothing begins it.
  void clearGradient(float *run) const { std::fill_n(run + gradient, static_cast<long>(inputs) * lanes, 0.0f); }
  int planeInputs() const { return inputs / planes; }
  /// Of a plane's inputs: where their weights begin, from those of all.
  long fromPlane(int plane) const { return static_cast<long>(plane) * planeInputs() * lanes; }
  /// Those of its inputs' lanes by the outputs that have weights.
  const float *transposedOf(int plane) const {
    return transposed.data() + (static_cast<long>(plane) * lanes + first) * inputLanes;
  }
};

}  // namespace ct
