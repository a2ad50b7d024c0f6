// The parts of a cell as the kernels see them: planes of activations.
//
// A plane is images x height x width x lanes, channels last, padded with zero channels to a multiple of 8.
#pragma once
#include <cstring>
#include <vector>

#include "../../include/CTorch.h"
#include "BufferPool.h"
#include "CopyPixels.h"
#include "../Layers/Norm.h"
#include "PackedWeights.h"
#include "../Rows/RowKernels.h"

namespace ct {

struct Plane {
  Buffer buffer;
  int images = 0, height = 0, width = 0, lanes = 0;

  Plane() = default;
  Plane(int images, int height, int width, int lanes)
      : buffer(static_cast<size_t>(images) * height * width * lanes),
        images(images), height(height), width(width), lanes(lanes) {}
  /// A plane in memory of someone else's.
  Plane(float *values, int images, int height, int width, int lanes)
      : buffer(Buffer::borrowed(values)), images(images), height(height), width(width), lanes(lanes) {}

  explicit operator bool() const { return static_cast<bool>(buffer); }
  long rowFloats() const { return static_cast<long>(width) * lanes; }
  long imageFloats() const { return height * rowFloats(); }
  long floats() const { return images * imageFloats(); }
  int imagePixels() const { return height * width; }
  float *image(int n) const { return buffer.data() + n * imageFloats(); }
  float *row(int n, int y) const { return image(n) + y * rowFloats(); }
  /// Images from `begin` to before `end`.
  void clear(int begin, int end) const { std::memset(image(begin), 0, sizeof(float) * (end - begin) * imageFloats()); }
};

/// One image with a border on all sides, for windows that reach over the edge.
struct PaddedImage {
  Buffer buffer;
  int border = 0, height = 0, width = 0, lanes = 0;

  PaddedImage() = default;
  /// The border is filled; within it stands whatever the memory's last user left.
  PaddedImage(int height, int width, int lanes, int border, float fill = 0);
  /// Rows whole pages apart would share the few lines of the first cache that one column of them falls on.
  static long rowStride(int width, int lanes, int border) {
    constexpr long page = 1024;
    const long floats = static_cast<long>(width + 2 * border) * lanes;
    return floats % page == 0 ? floats + cacheLine : floats;
  }
  long rowStride() const { return stride; }
  size_t floats() const { return static_cast<size_t>(height + 2 * border) * rowStride(); }
  /// The pixel (y, x) of the image; both may lie in the border.
  float *at(int y, int x) const { return buffer.data() + (y + border) * stride + static_cast<long>(x + border) * lanes; }
  /// What windows find whose first row is row `first`.
  FilledRows filledFrom(int first) const { return {-first, height - first}; }
  void clear() { std::memset(buffer.data(), 0, floats() * sizeof(float)); }

 private:
  long stride = 0;
};

}  // namespace ct
