// The source of one instruction set's row kernels; included by a file that has set the target, inside a namespace of its
// own. CT_REGISTER is the vector that a register holds. CT_PIXELS_AT_ONCE, CT_POINTWISE_SUMS, CT_OUTER_SUMS and CT_DENSE_SUMS
// are how many vectors of partial sums the registers hold; CT_COLUMNS over how many vectors of channels they are spread where
// there are several, CT_HOLDS_SQUARE whether 16 vectors of weights fit beside 8 sums, CT_SMALL_WINDOW_ROWS and
// CT_LARGE_WINDOW_ROWS how many rows of a 3x3 and a 5x5 window.

// Vectors cross no call: everything that takes one is inlined.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wpsabi"

#include "Lanes.inl"
#include "StridedKernels.inl"
#include "PointwiseKernels.inl"
#include "DenseKernels.inl"
#include "WindowKernels.inl"
#include "NormKernels.inl"
#include "MixKernels.inl"
#include "PoolKernels.inl"

static double multiplyAdds(long rounds) {
  constexpr int independent = 8;
  Lanes sums[independent];
  for (int chain = 0; chain < independent; ++chain) sums[chain] = splat(static_cast<float>(chain));
  const Lanes factor = splat(0.999f), term = splat(0.001f);
  for (long round = 0; round < rounds; ++round)
    for (int chain = 0; chain < independent; ++chain) sums[chain] = fused(sums[chain], factor, term);
  volatile float seen = 0;
  for (int chain = 0; chain < independent; ++chain) seen = seen + sums[chain][0];
  return 2.0 * floatsOf<Lanes> * independent * static_cast<double>(rounds);
}

static const RowKernels kernels = {
    CT_KERNEL_NAME, window, windowGradient, taps, tapGradient, pointwise, outer, dense, denseGradient, relu, normalisedRelu,
    moments, sum, product, mix, normGradient, maskedMoments, maskedAdd, maskedCopy, scalePixels, addScaled, largest,
    largestGradient, multiplyAdds,
};

#undef CT_INLINE
#undef CT_APART
#undef CT_IN_CHAINS
#pragma clang diagnostic pop
