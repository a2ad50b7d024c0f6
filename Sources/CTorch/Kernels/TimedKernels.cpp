// Row kernels with a clock around each, for the step bench's table of where a step's time goes. One thread only.
#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>
#include <vector>

#include "../include/CTorch.h"
#include "RowKernels.h"

namespace ct {
namespace {
using Clock = std::chrono::steady_clock;

constexpr const char *names[] = {
    "depthwise", "depthwise gradient", "depthwise, stride 2", "depthwise gradient, stride 2", "pointwise",
    "pointwise gradient", "ReLU", "batch norm and ReLU", "batch-norm statistics", "sums of gradients", "credits",
    "mixed operation", "gradient through batch norm", "gradient through batch norm and ReLU", "gradient through ReLU",
    "gradient through ReLU, copied", "average-pool shares", "skip gradient", "max-pool", "max-pool gradient",
};
constexpr int kernelCount = sizeof(names) / sizeof(names[0]);

RowKernels inner, timed;
Clock::duration spent[kernelCount];
long calls[kernelCount];
/// Of reading the clock once: what every call is charged too much.
double clockSeconds;

double measuredClockSeconds() {
  constexpr int readings = 10000;
  const auto start = Clock::now();
  auto last = start;
  for (int reading = 0; reading < readings; ++reading) last = Clock::now();
  return std::chrono::duration<double>(last - start).count() / readings;
}

template <int index, auto member>
struct Timed;

template <int index, typename... Arguments, void (*RowKernels::*member)(Arguments...)>
struct Timed<index, member> {
  static void call(Arguments... arguments) {
    const auto start = Clock::now();
    (inner.*member)(arguments...);
    spent[index] += Clock::now() - start;
    ++calls[index];
  }
};

template <auto... members, int... indices>
void wrap(std::integer_sequence<int, indices...>) {
  ((timed.*members = Timed<indices, members>::call), ...);
}
}  // namespace

const RowKernels &timedKernels(const RowKernels &kernels) {
  inner = kernels;
  timed = kernels;
  for (auto &duration : spent) duration = {};
  for (auto &count : calls) count = 0;
  clockSeconds = measuredClockSeconds();
  using K = RowKernels;
  wrap<&K::window, &K::windowGradient, &K::taps, &K::tapGradient, &K::pointwise, &K::outer, &K::relu, &K::normalisedRelu,
       &K::moments, &K::sum, &K::product, &K::mix, &K::normGradient, &K::maskedMoments, &K::maskedAdd, &K::maskedCopy,
       &K::scalePixels, &K::addScaled, &K::largest, &K::largestGradient>(std::make_integer_sequence<int, kernelCount>());
  return timed;
}

}  // namespace ct

void ct_time_kernels(int isOn) { ct::timeKernels(isOn != 0); }
int ct_timed_kernel_count(void) { return ct::kernelCount; }
const char *ct_timed_kernel_name(int index) { return ct::names[index]; }
double ct_timed_kernel_seconds(int index) {
  const double seconds = std::chrono::duration<double>(ct::spent[index]).count();
  return std::max(0.0, seconds - static_cast<double>(ct::calls[index]) * ct::clockSeconds);
}

double ct_read_gigabytes(void) {
  // Far more than any cache of one core holds, read as the passes over planes read it.
  constexpr size_t floats = 32 << 20;
  std::vector<float> values(floats, 1.0f), centre(ct::laneBlock, 0.0f);
  std::vector<double> sums(ct::laneBlock, 0.0);
  constexpr int width = 4096;
  double best = 0;
  for (int attempt = 0; attempt < 3; ++attempt) {
    const auto start = ct::Clock::now();
    for (size_t at = 0; at + width * ct::laneBlock <= floats; at += width * ct::laneBlock)
      ct::rowKernels().sum(sums.data(), values.data() + at, width, ct::laneBlock);
    const double seconds = std::chrono::duration<double>(ct::Clock::now() - start).count();
    best = std::max(best, floats * sizeof(float) / seconds);
  }
  return best * 1e-9;
}
