// Which edges of a node are computed together.
//
// An edge of a search has so many operations that what they write fills the processor's caches: it is mixed before the next one
// is computed. An edge of a derived cell has one, so its source would pass through memory for each of them, and threads would
// meet for little work.
#include <algorithm>

#include "CellPass.h"

namespace ct {
namespace {
/// Convolutions of a group, as many as an edge of DARTS' space has: what they write is mixed while a cache may still hold it.
constexpr int convolutionsTogether = 4;
}  // namespace

int CellPass::convolutionsOf(const EdgePass &edge) const {
  int count = 0;
  for (int place = 0; place < operationCount; ++place) count += readsRelu(edge, place);
  return count;
}

/// Consecutive edges with few convolutions together; one with many by itself, and what has none beside its neighbour.
void CellPass::findGroups() {
  groups.resize(nodeCount());
  for (int source = 0; source < nodeCount(); ++source) {
    int convolutions = 0;
    for (int index : leavingEdges(source)) {
      const int own = convolutionsOf(edges[index]);
      auto &found = groups[source];
      if (found.empty() || convolutions + own > convolutionsTogether) {
        found.emplace_back();
        convolutions = 0;
      }
      found.back().push_back(index);
      convolutions += own;
    }
  }
}

/// The nodes that are mixed in one pass: those whose edges have an operation each.
void CellPass::findWaiting() {
  waiting.resize(nodeCount());
  for (const auto &edge : edges) {
    const auto alive = std::count(std::begin(edge.isAlive), std::end(edge.isAlive), true);
    auto &node = waiting[edge.to];
    node.missing += alive > 0;
    node.waits = node.waits && alive <= 1;
  }
}

}  // namespace ct
