#include "GradientRuns.h"

#include <algorithm>

#include "Parts.h"

namespace ct {
namespace {
/// Below it the calling thread is through with all of them before the others have come.
constexpr size_t fewFloats = 16 << 10;
}  // namespace

void GradientRuns::begin(int newParts) {
  parts = newParts;
  floats = 0;
  places.clear();
}

size_t GradientRuns::place(size_t count, Unpack unpack) {
  const size_t from = floats;
  places.push_back({from, count, std::move(unpack)});
  floats += count;
  return from;
}

void GradientRuns::open() {
  const size_t wanted = floats * static_cast<size_t>(parts);
  if (wanted <= held) return;
  buffer = Buffer();
  buffer = Buffer(wanted);
  held = wanted;
}

void GradientRuns::clear(int part) { std::fill_n(run(part), floats, 0.0f); }

void GradientRuns::finish(const Place &place, const RowKernels &kernels) {
  // In pieces that stay in the first cache while all parts are added.
  constexpr size_t together = 1 << 10;
  for (size_t from = 0; from < place.floats; from += together) {
    const size_t count = std::min(together, place.floats - from), start = place.from + from;
    addInTree(0, parts, [&](int left, int right) {
      kernels.addScaled(run(left) + start, run(right) + start, 1, static_cast<long>(count));
    });
  }
  place.unpack(run(0) + place.from);
}

void GradientRuns::finish(Team &team, const RowKernels &kernels) {
  if (floats * static_cast<size_t>(parts) < fewFloats) {
    for (const auto &place : places) finish(place, kernels);
  } else {
    team.run(static_cast<int>(places.size()), [&](int number, int) { finish(places[number], kernels); });
  }
  places.clear();
}

}  // namespace ct
