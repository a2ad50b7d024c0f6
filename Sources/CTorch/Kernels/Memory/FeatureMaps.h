// What cells and heads read: feature maps, in one piece or as the nodes that a cell concatenates.
#pragma once
#include "Planes.h"

namespace ct {

/// Planes one behind the other, each images x height x width x `step`, of which the first `planeChannels` floats of a pixel are
/// channels. In one piece, as libtorch has it, it is one plane without padding.
struct FeatureMaps {
  float *values = nullptr;
  int images = 0, height = 0, width = 0;
  int planes = 1, planeChannels = 0, step = 0;

  int channels() const { return planes * planeChannels; }
  long rowFloats() const { return static_cast<long>(width) * step; }
  long imageFloats() const { return height * rowFloats(); }
  float *row(int plane, int n, int y) const {
    return values + (static_cast<long>(plane) * images + n) * imageFloats() + y * rowFloats();
  }
  /// Other values of the same form.
  FeatureMaps with(float *others) const {
    auto maps = *this;
    maps.values = others;
    return maps;
  }
  /// Images from `begin` to before `end`.
  void clear(int begin, int end) const {
    for (int plane = 0; plane < planes; ++plane)
      std::memset(row(plane, begin, 0), 0, sizeof(float) * (end - begin) * imageFloats());
  }
  /// All channels of an image's pixels side by side, `toStep` floats from pixel to pixel.
  void gather(float *to, long toStep, int n) const {
    for (int plane = 0; plane < planes; ++plane)
      copyPixels(to + static_cast<long>(plane) * planeChannels, toStep, row(plane, n, 0), step, height * width, planeChannels);
  }
  /// The way back; what pads a pixel becomes zero.
  void scatter(const float *from, long fromStep, int n) const {
    if (step > planeChannels) clear(n, n + 1);
    for (int plane = 0; plane < planes; ++plane)
      copyPixels(row(plane, n, 0), step, from + static_cast<long>(plane) * planeChannels, fromStep, height * width,
                 planeChannels);
  }
};

}  // namespace ct
