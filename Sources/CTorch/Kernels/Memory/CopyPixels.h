// Copies of channels between memory of different widths.
#pragma once
#include <cstring>

#include "../Rows/RowKernels.h"

namespace ct {

/// Copies the channels of pixels, `toStep` and `fromStep` floats apart.
inline void copyPixels(float *to, long toStep, const float *from, long fromStep, long pixels, int channels) {
  // A known size is copied in place; a call for each pixel would take longer than its copy.
  constexpr int few = 4;
  const int whole = channels / cacheLine * cacheLine, fours = channels / few * few;
  for (long p = 0; p < pixels; ++p, to += toStep, from += fromStep) {
    int c = 0;
    for (; c < whole; c += cacheLine) std::memcpy(to + c, from + c, cacheLine * sizeof(float));
    for (; c < fours; c += few) std::memcpy(to + c, from + c, few * sizeof(float));
    for (; c < channels; ++c) to[c] = from[c];
  }
}

}  // namespace ct
