// The source of one instruction set's row kernels; included by a file that has set the target, inside a namespace of its
// own. CT_REGISTER is the vector that a register holds. CT_PIXELS_AT_ONCE, CT_POINTWISE_SUMS, CT_OUTER_SUMS, CT_DENSE_SUMS
// and CT_TAPS_SUMS are how many vectors of partial sums the registers hold; CT_COLUMNS over how many vectors of channels they
// are spread where there are several, CT_HOLDS_SQUARE whether 16 vectors of weights fit beside 8 sums, CT_PAIRS_HALVES whether
// half vectors share a register, CT_POINTWISE_THREES whether a pointwise convolution takes three vectors where they come out
// even, CT_OUTER_ROW_SUMS how many of CT_OUTER_SUMS are kept of a row while as many hold those of the rows before it (or 0),
// CT_SMALL_WINDOW_ROWS and CT_LARGE_WINDOW_ROWS how many rows of a 3x3 and a 5x5 window: a 7x7
// one has no more sums than the latter. CT_GRADIENT_ROWS is how many rows of an image a 3x3 window's gradient takes at a time,
// CT_KNOWS_STEPS whether windows have forms of their own for frequent numbers of channels, CT_WALKS whether the addresses of the
// others are found one after the other.

// Vectors cross no call: everything that takes one is inlined.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wpsabi"

#include "Lanes.inl"
#include "SharedLanes.inl"
#include "StridedKernels.inl"
#include "PointwiseKernels.inl"
#include "PointwiseGradientKernels.inl"
#include "DenseKernels.inl"
#include "WindowBlocks.inl"
#include "HalfWindowKernels.inl"
#include "WindowKernels.inl"
#include "WindowGradientKernels.inl"
#include "NormKernels.inl"
#include "MixKernels.inl"
#include "PoolKernels.inl"

/// Sums that are not alike, so that no compiler takes one for another, and as many as the outer products keep.
static double multiplyAdds(long rounds) {
  Wide sums[CT_OUTER_SUMS];
  for (int sum = 0; sum < CT_OUTER_SUMS; ++sum)
    for (int at = 0; at < wideFloats; ++at) sums[sum][at] = static_cast<float>(sum * wideFloats + at);
  const auto factor = splat<Wide>(0.999f), term = splat<Wide>(0.001f);
  for (long round = 0; round < rounds; ++round)
    for (int sum = 0; sum < CT_OUTER_SUMS; ++sum) sums[sum] = fused(sums[sum], factor, term);
  volatile float seen = 0;
  for (int sum = 0; sum < CT_OUTER_SUMS; ++sum)
    for (int at = 0; at < wideFloats; ++at) seen = seen + sums[sum][at];
  return 2.0 * wideFloats * CT_OUTER_SUMS * static_cast<double>(rounds);
}

static const RowKernels kernels = {
    CT_KERNEL_NAME, window, windowGradient, taps, pointwise, outer, dense, denseGradient, relu, normalisedRelu,
    moments, sum, product, mix, mixEdges, sourceGradient, normGradient, maskedMoments, maskedAdd, maskedCopy, scalePixels,
    addScaled, largest, largestGradient, multiplyAdds,
};

#undef CT_INLINE
#undef CT_APART
#undef CT_IN_CHAINS
#pragma clang diagnostic pop
