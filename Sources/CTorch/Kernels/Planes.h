// The parts of a cell as the kernels see them: planes of activations and batch norms.
//
// A plane is images x height x width x lanes, channels last, padded with zero channels to a multiple of 16.
#pragma once
#include <cstring>
#include <vector>

#include "../include/CTorch.h"
#include "BufferPool.h"
#include "PackedWeights.h"
#include "Rows/RowKernels.h"

namespace ct {

/// Pixels that are worked on together where rows are narrower.
constexpr int pixelsTogether = 32;

struct Plane {
  Buffer buffer;
  int images = 0, height = 0, width = 0, lanes = 0;

  Plane() = default;
  Plane(int images, int height, int width, int lanes)
      : buffer(static_cast<size_t>(images) * height * width * lanes),
        images(images), height(height), width(width), lanes(lanes) {}

  explicit operator bool() const { return static_cast<bool>(buffer); }
  long rowFloats() const { return static_cast<long>(width) * lanes; }
  long imageFloats() const { return height * rowFloats(); }
  long floats() const { return images * imageFloats(); }
  int imagePixels() const { return height * width; }
  float *image(int n) const { return buffer.data() + n * imageFloats(); }
  float *row(int n, int y) const { return image(n) + y * rowFloats(); }
  void clear() { std::memset(buffer.data(), 0, sizeof(float) * floats()); }
};

/// Copies the channels of pixels, `toStep` and `fromStep` floats apart.
inline void copyPixels(float *to, long toStep, const float *from, long fromStep, long pixels, int channels) {
  // A known size is copied in place; a call for each pixel would take longer than its copy.
  constexpr int few = 4;
  const int whole = channels / laneBlock * laneBlock, fours = channels / few * few;
  for (long p = 0; p < pixels; ++p, to += toStep, from += fromStep) {
    int c = 0;
    for (; c < whole; c += laneBlock) std::memcpy(to + c, from + c, laneBlock * sizeof(float));
    for (; c < fours; c += few) std::memcpy(to + c, from + c, few * sizeof(float));
    for (; c < channels; ++c) to[c] = from[c];
  }
}

/// One image with a border on all sides, for windows that reach over the edge.
struct PaddedImage {
  Buffer buffer;
  int border = 0, height = 0, width = 0, lanes = 0;

  PaddedImage() = default;
  PaddedImage(int height, int width, int lanes, int border, float fill = 0);
  /// Rows whole pages apart would share the few lines of the first cache that one column of them falls on.
  long rowStride() const {
    constexpr long page = 1024;
    const long floats = static_cast<long>(width + 2 * border) * lanes;
    return floats % page == 0 ? floats + laneBlock : floats;
  }
  size_t floats() const { return static_cast<size_t>(height + 2 * border) * rowStride(); }
  /// The pixel (y, x) of the image; both may lie in the border.
  float *at(int y, int x) const { return buffer.data() + (y + border) * rowStride() + static_cast<long>(x + border) * lanes; }
  void clear() { std::memset(buffer.data(), 0, floats() * sizeof(float)); }
};

/// A batch norm: its statistics, and sums while they are gathered. What it does is scale * raw + shift.
struct Norm {
  int channels = 0, lanes = 0;
  double count = 0;
  bool hasCentre = false;
  /// The affine part, `channels` values each; null in a search, where there is none.
  const float *gain = nullptr, *offset = nullptr;
  /// `inverse` is one over the standard deviation, `scale` is gain * inverse.
  std::vector<float> centre, mean, inverse, scale, shift;
  std::vector<double> variance, sums, squares;

  void begin(int channels, int lanes);
  /// Adds rows of an image, contiguous; the first row's mean is what all sums are taken around, so that nothing cancels.
  /// Rows are summed `pixelsTogether` at a time: no call may end within such a group unless its image does.
  void add(const RowKernels &kernels, const float *rows, int height, int width);
  void finish(double epsilon);
  /// Takes given statistics instead: mean and variance, `channels` values each.
  void take(const float *mean, const float *variance, double epsilon);
  /// Becomes the identity: a pool without batch norm.
  void passThrough();
  /// Writes mean and unbiased variance.
  void write(float *mean, float *variance) const;

 private:
  void setAffine(int channel, double average, double inverse);
};

/// What turns dL/d(normalised) times `scale` into dL/d(raw): raw gradient = onGradient * g + onRaw * y + constant.
struct NormBackward {
  std::vector<float> onGradient, onRaw, constant;

  /// - outward: what g is multiplied with on its way to the normalised value: the norm's `scale`, or `inverse` where g has
  ///   the gain in it already. sums: of g (already scaled) over the batch; products: of g times (y - mean).
  NormBackward(const Norm &norm, const std::vector<float> &outward, const std::vector<double> &sums,
               const std::vector<double> &products);
  /// That of a pool without batch norm.
  static NormBackward identity(int lanes);
  /// The same for an image whose g still has to be multiplied by `factor`.
  void scaleGradient(const Norm &norm, float factor);

 private:
  NormBackward() = default;
};

}  // namespace ct
