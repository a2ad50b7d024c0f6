// The row kernels for processors with AVX2. Multiply-add is fused only where the source says so.
#include "RowKernels.h"

#include <algorithm>
#include <type_traits>

#if defined(__x86_64__)
#pragma STDC FP_CONTRACT OFF
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define CT_KERNEL_NAME "avx2"
#define CT_REGISTER HalfLanes
#define CT_PIXELS_AT_ONCE 4
#define CT_POINTWISE_SUMS 12
#define CT_POINTWISE_THREES 0
#define CT_HOLDS_SQUARE 0
#define CT_COLUMNS 2
#define CT_PAIRS_HALVES 0
#define CT_OUTER_SUMS 12
#define CT_OUTER_ROW_SUMS 0
#define CT_TAPS_SUMS 8
#define CT_DENSE_SUMS 12
#define CT_SMALL_WINDOW_ROWS 3
#define CT_KNOWS_STEPS 1
#define CT_WALKS 0
#define CT_GRADIENT_ROWS 1
#define CT_LARGE_WINDOW_ROWS 2
namespace ct {
namespace {
namespace avx2 {
#include "RowKernels.inl"
}
}  // namespace
const RowKernels &avx2Kernels() { return avx2::kernels; }
}  // namespace ct
#pragma clang attribute pop
#endif
