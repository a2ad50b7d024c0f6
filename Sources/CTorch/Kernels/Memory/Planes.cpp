#include "Planes.h"

#include <algorithm>

namespace ct {

PaddedImage::PaddedImage(int height, int width, int lanes, int border, float fill)
    : border(border), height(height), width(width), lanes(lanes), stride(rowStride(width, lanes, border)) {
  buffer = Buffer(floats());
  std::fill(at(-border, -border), at(0, 0), fill);
  // What lies behind a row is the border right of it and left of the next one.
  for (int y = 0; y < height; ++y) std::fill(at(y, width), at(y + 1, 0), fill);
  std::fill(at(height, 0), buffer.data() + floats(), fill);
}

}  // namespace ct
