// What a thread needs on its way through one image of a cell, and the parts of the images that threads take.
#pragma once
#include <vector>

#include "../Memory/Background.h"
#include "CellEdges.h"
#include "CellOperations.h"
#include "../Memory/Planes.h"

namespace ct {

/// Of one thread, for the parts that it computes one after the other.
struct alignas(128) CellScratch {
  /// By border: where a block's inner gradient lies while backward needs it.
  PaddedImage inners[widestBorder + 1];
  /// A source behind its ReLU, and a separable convolution's middle: their borders stay zero, so edges take turns.
  PaddedImage activeSource, middle;
  /// What lies between a row's and a column's convolution, and its gradient, likewise.
  PaddedImage between, onBetween;
  /// A source for windows that take the largest pixel or the mean, and what comes back from them.
  PaddedImage low, zero, collected;
  /// Rows on their way through a block: taking them from the pool for every image would cost as much as a pass over them.
  Buffer depthwiseOutput, rawGradients, inputRow, activeRow;
  /// What an image's gradient is multiplied with, by channel.
  std::vector<float> onImage;
  /// What the sources of a mix are multiplied with and what is added, and their images or rows.
  MixFactors mixFactors;
  std::vector<const float *> mixSources;
  /// A sum of one image, by channel.
  std::vector<double> imageSum;
  Background nextImage;

  /// One of the images above, made anew where it had another size.
  static PaddedImage &sized(PaddedImage &image, int height, int width, int lanes, int border, float fill = 0) {
    if (image.height != height || image.width != width || !image.buffer)
      image = PaddedImage(height, width, lanes, border, fill);
    return image;
  }
};

/// Some of the images, and what the thread that computes them has for itself.
struct CellPart {
  int number, begin, end;
  CellScratch &scratch;
};

}  // namespace ct
