// The row kernels for any processor: 64-bit Arm runs them on its own vectors, old x86 slowly. Multiply-add is fused only
// where the source says so.
#include "RowKernels.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

#pragma STDC FP_CONTRACT OFF
#define CT_KERNEL_NAME "portable"
#define CT_REGISTER HalfLanes
#define CT_PIXELS_AT_ONCE 4
#define CT_POINTWISE_SUMS 4
#define CT_POINTWISE_THREES 0
#define CT_HOLDS_SQUARE 0
#define CT_COLUMNS 2
#define CT_PAIRS_HALVES 0
#define CT_OUTER_SUMS 4
#define CT_OUTER_ROW_SUMS 0
#define CT_TAPS_SUMS 16
#define CT_DENSE_SUMS 4
#define CT_SMALL_WINDOW_ROWS 1
#define CT_KNOWS_STEPS 0
#define CT_WALKS 0
#define CT_GRADIENT_ROWS 1
#define CT_LARGE_WINDOW_ROWS 1
namespace ct {
namespace {
namespace portable {
#include "RowKernels.inl"
}

const RowKernels *chosen = nullptr;
const RowKernels *timed = nullptr;

const RowKernels *named(const char *name) {
  if (std::strcmp(name, "portable") == 0) return &portable::kernels;
#if defined(__x86_64__)
  const bool hasFused = __builtin_cpu_supports("fma") && __builtin_cpu_supports("avx2");
  const bool hasWide = hasFused && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                       __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
  if (std::strcmp(name, "avx512") == 0) return hasWide ? &avx512Kernels() : nullptr;
  if (std::strcmp(name, "avx2") == 0) return hasFused ? &avx2Kernels() : nullptr;
  if (std::strcmp(name, "auto") == 0)
    return hasWide ? &avx512Kernels() : hasFused ? &avx2Kernels() : &portable::kernels;
#else
  if (std::strcmp(name, "auto") == 0) return &portable::kernels;
#endif
  return nullptr;
}
}  // namespace

const RowKernels &portableKernels() { return portable::kernels; }

bool hasKernels(const char *name) { return named(name) != nullptr; }

bool chooseKernels(const char *name) {
  const RowKernels *found = named(name);
  if (found) chosen = found;
  return found != nullptr;
}

const RowKernels &rowKernels() { return timed ? *timed : chosen ? *chosen : *named("auto"); }

void timeKernels(bool isOn) {
  timed = nullptr;
  if (isOn) timed = &timedKernels(rowKernels());
}
}  // namespace ct
