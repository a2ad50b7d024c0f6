#include "GradientRuns.h"

#include <algorithm>

namespace ct {
namespace {
/// Below it the calling thread is through with all of them before the others have come.
constexpr size_t fewFloats = 8 << 10;
}  // namespace

void GradientRuns::begin(int parts) {
  tree.begin(parts);
  runs.resize(parts);
  floats = 0;
  places.clear();
}

size_t GradientRuns::place(size_t count, Unpack unpack) {
  const size_t from = floats;
  places.push_back({from, count, std::move(unpack)});
  floats += count;
  return from;
}

void GradientRuns::openCleared(int part) {
  open(part);
  std::fill_n(run(part), floats, 0.0f);
}

void GradientRuns::arrive(int part, const RowKernels &kernels) {
  tree.arrive(part, [&](int left, int right) {
    kernels.addScaled(run(left), run(right), 1, static_cast<long>(floats));
    runs[right] = Buffer();
  });
}

void GradientRuns::finish(Team &team, const RowKernels &kernels) {
  const int other = tree.secondHalf();
  const auto unpack = [&](int number, int) {
    const auto &place = places[number];
    float *sum = run(0) + place.from;
    if (other > 0) kernels.addScaled(sum, run(other) + place.from, 1, static_cast<long>(place.floats));
    place.unpack(sum);
  };
  const int count = static_cast<int>(places.size());
  if (floats < fewFloats)
    for (int number = 0; number < count; ++number) unpack(number, 0);
  else
    team.run(count, unpack);
  places.clear();
  runs.clear();
}

}  // namespace ct
