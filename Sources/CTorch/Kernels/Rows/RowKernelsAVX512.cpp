// The row kernels for processors with AVX512. Multiply-add is fused only where the source says so.
#include "RowKernels.h"

#include <algorithm>
#include <type_traits>

#if defined(__x86_64__)
#pragma STDC FP_CONTRACT OFF
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,fma"))), apply_to = function)
#define CT_KERNEL_NAME "avx512"
#define CT_REGISTER Lanes
#define CT_PIXELS_AT_ONCE 16
#define CT_POINTWISE_SUMS 16
#define CT_POINTWISE_THREES 1
#define CT_HOLDS_SQUARE 1
#define CT_COLUMNS 2
#define CT_PAIRS_HALVES 1
#define CT_OUTER_SUMS 16
#define CT_OUTER_ROW_SUMS 12
#define CT_TAPS_SUMS 16
#define CT_DENSE_SUMS 16
#define CT_SMALL_WINDOW_ROWS 3
#define CT_KNOWS_STEPS 1
#define CT_WALKS 1
#define CT_GRADIENT_ROWS 2
#define CT_LARGE_WINDOW_ROWS 5
namespace ct {
namespace {
namespace avx512 {
#include "RowKernels.inl"
}
}  // namespace
const RowKernels &avx512Kernels() { return avx512::kernels; }
}  // namespace ct
#pragma clang attribute pop
#endif
