// Gradients of weights while a loop over the images adds them up: a run of floats for each part of the images, which are
// added in the tree over the parts right behind the loop, while the caches hold them.
#pragma once
#include <functional>
#include <vector>

#include "BufferPool.h"
#include "Rows/RowKernels.h"
#include "Team.h"

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
  /// Before anything is added to a part's run, by whoever works on the part.
  void clear(int part);
  /// Adds the parts up and unpacks.
  void finish(Team &team, const RowKernels &kernels);

 private:
  struct Place {
    size_t from, floats;
    Unpack unpack;
  };

  void finish(const Place &place, const RowKernels &kernels);

  int parts = 1;
  size_t floats = 0, held = 0;
  std::vector<Place> places;
  Buffer buffer;
};

}  // namespace ct
