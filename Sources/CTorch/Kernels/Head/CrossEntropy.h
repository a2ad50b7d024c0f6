// The loss of one image's logits, and what follows from logits alone. All of it is plain loops over the classes, in their order, in
// Double: with a thousand classes they take less than a hundredth of a pass.
#pragma once
#include <cstdint>

namespace ct {

/// Cross-entropy against a label of which a share of `smoothing` is spread evenly over all classes.
///
/// A logit that is not a number, or infinite, makes the loss not a number; one of minus infinity has a share of zero.
/// - shares: written, the softmax, a value for each class; null where nobody asks for them.
double crossEntropy(const float *logits, int classes, int64_t label, double smoothing, double *shares);

/// The gradient of `factor` times the loss by the logits, from what `crossEntropy` wrote.
void crossEntropyGradient(const double *shares, int classes, int64_t label, double smoothing, double factor, float *gradient);

}  // namespace ct
