// Gradients of weights while a loop over the images adds them up: a run of floats for each part of the images. Each is added to
// its neighbour in the tree over the parts as soon as both are there, while the caches hold them.
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
  /// Takes memory for all places; no more come then.
  void open();
  bool isEmpty() const { return places.empty(); }

  float *run(int part) const { return buffer.data() + static_cast<size_t>(part) * floats; }
  /// Before anything is added to a part's run, by whoever works on the part; or each place by itself.
  void clear(int part);
  /// A part's run is complete: nothing is added to it any more but others' runs.
  void arrive(int part, const RowKernels &kernels);
  /// Unpacks the sum of all parts, which have arrived.
  void finish(Team &team);

 private:
  struct Place {
    size_t from, floats;
    Unpack unpack;
  };

  int parts = 1;
  size_t floats = 0, held = 0;
  std::vector<Place> places;
  PartTree tree;
  Buffer buffer;
};

}  // namespace ct
