// What is counted of logits: the class of the largest one, and whether it is the label's. Whole numbers, on any device.
#include <algorithm>
#include <cmath>
#include <vector>

#include "../../Handle.h"

using namespace ct;

namespace {

/// Of equal ones the first; a logit that is not a number is the largest of all.
template <typename Value>
int64_t largest(const Value *row, int64_t classes) {
  int64_t best = 0;
  for (int64_t k = 1; k < classes && !std::isnan(row[best]); ++k)
    if (row[k] > row[best] || std::isnan(row[k])) best = k;
  return best;
}

/// Logits that stand before this one: the larger ones, and of equal ones the first.
template <typename Value>
int64_t ahead(const Value *row, int64_t classes, int64_t place) {
  int64_t count = 0;
  for (int64_t k = 0; k < classes; ++k) count += row[k] > row[place] || (row[k] == row[place] && k < place) ? 1 : 0;
  return count;
}

/// BODY(image, row, classes) for each image.
template <typename Body>
void forEachImage(const at::Tensor &logits, Body body) {
  TORCH_CHECK(logits.dim() == 2 && logits.size(1) > 0, "logits are images x classes");
  const auto values = logits.detach().to(at::kCPU).contiguous();
  const int64_t classes = values.size(1);
  for (int64_t n = 0; n < values.size(0); ++n) {
    if (values.scalar_type() == at::kDouble)
      body(n, values.data_ptr<double>() + n * classes, classes);
    else
      body(n, values.data_ptr<float>() + n * classes, classes);
  }
}

std::vector<int64_t> copied(const at::Tensor &labels, const at::Tensor &logits) {
  TORCH_CHECK(labels.numel() == logits.size(0), labels.numel(), " labels of ", logits.size(0), " images");
  const auto values = labels.detach().to(at::kCPU, at::kLong).contiguous();
  std::vector<int64_t> own(values.data_ptr<int64_t>(), values.data_ptr<int64_t>() + values.numel());
  for (const auto label : own)
    TORCH_CHECK(label >= 0 && label < logits.size(1), "label ", label, " of ", logits.size(1), " classes");
  return own;
}

}  // namespace

int64_t ct_hits(const ct_tensor *logits, const ct_tensor *labels) {
  return guardedNumber([&] {
    const auto own = copied(labels->value, logits->value);
    int64_t hits = 0;
    forEachImage(logits->value, [&](int64_t n, const auto *row, int64_t classes) { hits += largest(row, classes) == own[n]; });
    return hits;
  });
}

int64_t ct_top_hits(const ct_tensor *logits, const ct_tensor *labels, int count) {
  return guardedNumber([&] {
    const auto own = copied(labels->value, logits->value);
    int64_t hits = 0;
    forEachImage(logits->value, [&](int64_t n, const auto *row, int64_t classes) {
      hits += std::isfinite(row[own[n]]) && ahead(row, classes, own[n]) < count;
    });
    return hits;
  });
}

int ct_predictions(const ct_tensor *logits, int32_t *classes, int64_t count) {
  return static_cast<int>(guardedNumber([&]() -> int64_t {
    TORCH_CHECK(logits->value.size(0) == count, logits->value.size(0), " predictions copied into ", count);
    forEachImage(logits->value, [&](int64_t n, const auto *row, int64_t classCount) {
      classes[n] = static_cast<int32_t>(largest(row, classCount));
    });
    return 0;
  }));
}
