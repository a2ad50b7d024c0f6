// What each part of the images sums up, until the parts meet.
#pragma once
#include <vector>

#include "../Threads/Parts.h"

namespace ct {

/// Sums of one kind (`GradientSums`, or what has its `clear` and `add`), of each part. They keep their memory from loop to loop:
/// an edge of a cell is too little work to find some for every part.
template <typename Sums>
class PartSums {
 public:
  /// All are 0.
  void begin(int newParts, int lanes) {
    parts = newParts;
    while (static_cast<int>(sums.size()) < parts) sums.emplace_back(lanes);
    for (int part = 0; part < parts; ++part) sums[part].clear(lanes);
  }

  Sums &operator[](int part) { return sums[part]; }

  /// Over all parts, added in their tree.
  const Sums &joined() {
    addInTree(0, parts, [&](int left, int right) { sums[left].add(sums[right]); });
    return sums[0];
  }

 private:
  int parts = 0;
  std::vector<Sums> sums;
};

}  // namespace ct
