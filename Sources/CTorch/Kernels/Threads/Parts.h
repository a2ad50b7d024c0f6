// How a shard's images are cut into parts, and the tree in which what the parts give is added.
//
// The number of parts is said by whoever asks for a pass, never by the number of threads: so the order of every sum is fixed.
#pragma once
#include <algorithm>
#include <atomic>
#include <memory>
#include <utility>
#include <vector>

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

/// The same tree, for threads that are through with their parts one after the other: whoever completes a pair adds it, so that
/// neighbours are added where the caches hold them. What is added to what does not depend on who was first. Its two halves are left
/// to be added by whoever reads the sum: of two threads each has one in its caches, and neither waits for the other's addition.
class PartTree {
 public:
  /// No part has arrived.
  void begin(int parts) {
    if (parts != count) {
      count = parts;
      pairs.clear();
      parents.assign(parts, -1);
      arrived.reset(new std::atomic<int>[parts]);
      if (parts > 1) build(0, parts);
    }
    for (int at = 0; at < count; ++at) arrived[at].store(0, std::memory_order_relaxed);
  }

  /// A part is complete: adds all pairs that are complete with it but the halves, by `add(left, right)`.
  template <typename Add>
  void arrive(int part, const Add &add) {
    for (int at = parents[part]; at > whole; at = pairs[at].parent) {
      if (arrived[at].fetch_add(1, std::memory_order_acq_rel) == 0) return;
      add(pairs[at].left, pairs[at].right);
    }
  }

  /// The part that holds the second half's sum, where the first one's is in part 0; 0 where there is one part.
  int secondHalf() const { return count > 1 ? pairs[whole].right : 0; }

 private:
  static constexpr int whole = 0;

  /// The first part of each side, and the pair that this one is a side of; below 0 where it is the whole.
  struct Pair {
    int left, right, parent;
  };

  /// The pair over some parts; below 0 where it is one part.
  int build(int first, int size) {
    int left = 1;
    while (2 * left < size) left *= 2;
    const int pair = static_cast<int>(pairs.size());
    pairs.push_back({first, first + left, -1});
    for (const auto &[start, length] : {std::pair(first, left), std::pair(first + left, size - left)}) {
      if (length == 1)
        parents[start] = pair;
      else
        pairs[build(start, length)].parent = pair;
    }
    return pair;
  }

  int count = 0;
  std::vector<Pair> pairs;
  /// Of each part.
  std::vector<int> parents;
  std::unique_ptr<std::atomic<int>[]> arrived;
};

}  // namespace ct
