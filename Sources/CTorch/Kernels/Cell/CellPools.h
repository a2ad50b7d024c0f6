// What the passes over max-pools and average-pools need beside their planes.
#pragma once
#include <vector>

#include "CellScratch.h"

namespace ct {

class CellPass;

/// One over the pixels of a 3x3 window that lie in the image, for each pixel of a row of averages.
class PoolShares {
 public:
  PoolShares() = default;
  PoolShares(int stride, int inputHeight, int inputWidth, int width);

  const float *row(int y) const { return shares.data() + static_cast<long>(rowsInside(y) - 1) * width; }

 private:
  int rowsInside(int y) const;

  int stride = 1, inputHeight = 0, width = 0;
  /// By how many rows of the window lie in the image: a division for each pixel of each row would take as long as the sums.
  std::vector<float> shares;
};

/// The gradient by a pool's normalised values without gain, from all edges that it lies on, row by row.
class PoolGradient {
 public:
  PoolGradient(const CellPass &pass, int place, int source, CellScratch &scratch);

  void begin(int image);
  void row(float *onPool, int y);

 private:
  const CellPass &pass;
  int place, source, image = 0;
  std::vector<const float *> &rows;
  /// Edges x lanes.
  std::vector<float> &scales;
};

}  // namespace ct
