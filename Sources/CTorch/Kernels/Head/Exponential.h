// The exponential and the logarithm of a softmax, in Double. C libraries differ in the last bits of theirs, from one version to the
// next and from one processor to the next; these are products and sums that round once each (IEEE 754), the same on any machine.
//
// Both reduce their argument by a power of two and end in a series; what they are off is below 1e-15 of the result (of the logarithm:
// of 1, where the result is smaller).
#pragma once

namespace ct {

/// e to the power of x, for x of 0 and below. What is smaller than 1e-307 is 0; not-a-number stays.
double exponential(double x);
/// The natural logarithm, for finite x of 1 and above. Not-a-number stays.
double logarithm(double x);

}  // namespace ct
