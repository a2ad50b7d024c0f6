// The row kernels for processors with AVX2. Multiply-add is fused only where the source says so.
#include "RowKernels.h"

#include <type_traits>

#if defined(__x86_64__)
#pragma STDC FP_CONTRACT OFF
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define CT_KERNEL_NAME "avx2"
#define CT_PIXELS_AT_ONCE 4
#define CT_POINTWISE_PIXELS 6
#define CT_POINTWISE_COLUMNS 1
#define CT_HOLDS_SQUARE 0
#define CT_COLUMNS 1
#define CT_OUTER_AT_ONCE 6
#define CT_DENSE_PIXELS 6
#define CT_DENSE_INPUTS 6
#define CT_SMALL_WINDOW_ROWS 1
#define CT_LARGE_WINDOW_ROWS 1
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
