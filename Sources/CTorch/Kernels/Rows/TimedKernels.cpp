// Row kernels with a clock around each, for the step bench's table of where a step's time goes. One thread only.
#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>
#include <vector>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

#include "../../include/CTorch.h"
#include "RowKernels.h"

namespace ct {
namespace {
using Clock = std::chrono::steady_clock;

constexpr const char *names[] = {
    "depthwise", "depthwise gradient", "depthwise backward, stride 2", "pointwise",
    "pointwise gradient", "dense", "dense gradient", "ReLU", "batch norm and ReLU", "batch-norm statistics",
    "sums of gradients", "credits", "mixed operation", "mixed edges", "gradient by a node", "gradient through batch norm",
    "gradient through batch norm and ReLU", "gradient through ReLU", "gradient through ReLU, copied",
    "average-pool shares", "skip gradient", "max-pool", "max-pool gradient",
};
constexpr int kernelCount = sizeof(names) / sizeof(names[0]);

/// A kernel is called some hundred thousand times a pass, many for less than a microsecond: the processor's own counter
/// costs a fraction of the system's clock.
uint64_t ticks() {
#if defined(__x86_64__)
  return __rdtsc();
#else
  return static_cast<uint64_t>(Clock::now().time_since_epoch().count());
#endif
}

RowKernels inner, timed;
uint64_t spent[kernelCount];
long calls[kernelCount];
double secondsPerTick;
/// What the clock adds to a call: what of it is charged to the kernel, and the whole.
double chargedTicks, wholeTicks;

void clearSpent() {
  for (auto &sum : spent) sum = 0;
  for (auto &count : calls) count = 0;
}

template <int index, auto member>
struct Timed;

template <int index, typename... Arguments, void (*RowKernels::*member)(Arguments...)>
struct Timed<index, member> {
  static void call(Arguments... arguments) {
    const auto start = ticks();
    (inner.*member)(arguments...);
    spent[index] += ticks() - start;
    ++calls[index];
  }
};

template <auto... members, int... indices>
void wrap(std::integer_sequence<int, indices...>) {
  ((timed.*members = Timed<indices, members>::call), ...);
}

/// Calls that do nothing, with and without a clock: the least of many short runs, since another process may come between.
void measureClock() {
  constexpr int runs = 100, rounds = 500;
  const auto began = Clock::now();
  const auto first = ticks();
  const auto run = [](const RowKernels &kernels) {
    const auto start = ticks();
    for (int round = 0; round < rounds; ++round) kernels.addScaled(nullptr, nullptr, 0, 0);
    return static_cast<double>(ticks() - start) / rounds;
  };
  double bare = run(inner), whole = run(timed), charged = whole;
  for (int attempt = 0; attempt < runs; ++attempt) {
    clearSpent();
    bare = std::min(bare, run(inner));
    whole = std::min(whole, run(timed));
    uint64_t sum = 0;
    for (const auto own : spent) sum += own;
    charged = std::min(charged, static_cast<double>(sum) / rounds);
  }
  clearSpent();
  wholeTicks = std::max(0.0, whole - bare);
  chargedTicks = std::min(wholeTicks, std::max(0.0, charged - bare));
  // Long enough for the slower of the two clocks to tell.
  while (Clock::now() - began < std::chrono::milliseconds(5)) {}
  secondsPerTick =
      std::chrono::duration<double>(Clock::now() - began).count() / static_cast<double>(ticks() - first);
}
}  // namespace

const RowKernels &timedKernels(const RowKernels &kernels) {
  inner = kernels;
  timed = kernels;
  using K = RowKernels;
  wrap<&K::window, &K::windowGradient, &K::taps, &K::pointwise, &K::outer, &K::dense, &K::denseGradient,
       &K::relu, &K::normalisedRelu, &K::moments, &K::sum, &K::product, &K::mix, &K::mixEdges, &K::sourceGradient,
       &K::normGradient, &K::maskedMoments, &K::maskedAdd, &K::maskedCopy, &K::scalePixels,
       &K::addScaled, &K::largest, &K::largestGradient>(
      std::make_integer_sequence<int, kernelCount>());
  measureClock();
  return timed;
}

}  // namespace ct

void ct_time_kernels(int isOn) { ct::timeKernels(isOn != 0); }
int ct_timed_kernel_count(void) { return ct::kernelCount; }
const char *ct_timed_kernel_name(int index) { return ct::names[index]; }
double ct_timed_kernel_seconds(int index) {
  const double ticks = static_cast<double>(ct::spent[index]) - static_cast<double>(ct::calls[index]) * ct::chargedTicks;
  return std::max(0.0, ticks * ct::secondsPerTick);
}
double ct_timing_seconds(void) {
  double total = 0;
  for (const auto count : ct::calls) total += static_cast<double>(count) * ct::wholeTicks;
  return total * ct::secondsPerTick;
}

double ct_read_gigabytes(void) {
  // Far more than any cache of one core holds, read as the passes over planes read it.
  constexpr size_t floats = 32 << 20;
  std::vector<float> values(floats, 1.0f), centre(ct::cacheLine, 0.0f);
  std::vector<double> sums(ct::cacheLine, 0.0);
  constexpr int width = 4096;
  double best = 0;
  for (int attempt = 0; attempt < 3; ++attempt) {
    const auto start = ct::Clock::now();
    for (size_t at = 0; at + width * ct::cacheLine <= floats; at += width * ct::cacheLine)
      ct::rowKernels().sum(sums.data(), values.data() + at, width, ct::cacheLine);
    const double seconds = std::chrono::duration<double>(ct::Clock::now() - start).count();
    best = std::max(best, floats * sizeof(float) / seconds);
  }
  return best * 1e-9;
}
