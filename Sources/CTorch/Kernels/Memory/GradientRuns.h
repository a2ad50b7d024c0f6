// Gradients of weights while a loop over the images adds them up: a run of floats for each part of the images. Each is added to
// its neighbour in the tree over the parts as soon as both are there, and its memory serves the next part: a few runs stay in the
// caches.
#pragma once
#include <functional>
#include <vector>

#include "BufferPool.h"
#include "../Threads/Parts.h"
#include "../Rows/RowKernels.h"
#include "../Threads/Team.h"

namespace ct {

class GradientRuns {
 public:
  using Unpack = std::function<void(const float *sum)>;

  /// Begins anew: no weight has a place.
  void begin(int parts);
  /// A place for some weights' gradients, in whole blocks of lanes: how far into each run it is. `unpack` takes their sum over
  /// the parts to where it belongs.
  size_t place(size_t floats, Unpack unpack);
  bool isEmpty() const { return places.empty(); }

  /// Takes memory for a part's run, by whoever works on the part; no more places come then. It holds what its last user left.
  void open(int part) {
    if (floats > 0) runs[part] = Buffer(floats);
  }
  /// The same, cleared.
  void openCleared(int part);
  float *run(int part) const { return runs[part].data(); }
  /// A part's run is complete: nothing is added to it any more but others' runs.
  void arrive(int part, const RowKernels &kernels);
  /// Adds the halves, unpacks the sum of all parts, which have arrived, and gives all memory back.
  void finish(Team &team, const RowKernels &kernels);

 private:
  struct Place {
    size_t from, floats;
    Unpack unpack;
  };

  size_t floats = 0;
  std::vector<Place> places;
  PartTree tree;
  std::vector<Buffer> runs;
};

}  // namespace ct
