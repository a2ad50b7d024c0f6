// How a shard's images are cut into parts, and the tree in which what the parts give is added.
//
// The number of parts is said by whoever asks for a pass, never by the number of threads: so the order of every sum is fixed.
#pragma once
#include <algorithm>

namespace ct {

/// Contiguous ranges of images, as equal as can be; the first ones have an image more where it does not divide.
struct ImageParts {
  int images = 0, count = 1;

  ImageParts() = default;
  /// No part is empty.
  ImageParts(int images, int wanted) : images(images), count(std::max(1, std::min(wanted, images))) {}

  int begin(int part) const { return part * (images / count) + std::min(part, images % count); }
  int end(int part) const { return begin(part + 1); }
};

/// The parts from `first` on, added up in the first of them: `add(left, right)` adds a part to one before it. A tree whose left
/// child has the largest power of two below the count, as over shards (`ShardTree` in the target `Optimization`).
template <typename Add>
void addInTree(int first, int count, const Add &add) {
  if (count < 2) return;
  int left = 1;
  while (2 * left < count) left *= 2;
  addInTree(first, left, add);
  addInTree(first + left, count - left, add);
  add(first, first + left);
}

}  // namespace ct
