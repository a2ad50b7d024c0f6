#include "Planes.h"

#include <algorithm>

namespace ct {

PaddedImage::PaddedImage(int height, int width, int lanes, int border, float fill)
    : border(border), height(height), width(width), lanes(lanes) {
  buffer = Buffer(floats());
  std::fill_n(buffer.data(), floats(), fill);
}

}  // namespace ct
