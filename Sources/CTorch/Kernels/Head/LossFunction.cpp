// What a pass minimises, as a function with a gradient of its own, and its C face.
#include <vector>

#include "../../Handle.h"
#include "../KeptForGradient.h"
#include "CrossEntropy.h"

#pragma STDC FP_CONTRACT OFF
using namespace ct;

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// The loss's gradient by each of the logits.
struct KeptLoss : public torch::CustomClassHolder {
  variable_list gradients;
};

struct LossCall {
  const double *weights;
  const int64_t *labels;
  double smoothing;
  bool keeps;
};

/// Cross-entropy, summed over the images; where there is a place for it also the gradient of `factor` times the sum.
double summedLoss(const at::Tensor &logits, const LossCall &call, double factor, float *gradient) {
  const int64_t images = logits.size(0);
  const int classes = static_cast<int>(logits.size(1));
  const float *row = logits.data_ptr<float>();
  std::vector<double> shares(gradient ? classes : 0);
  double sum = 0;
  for (int64_t n = 0; n < images; ++n, row += classes) {
    sum += crossEntropy(row, classes, call.labels[n], call.smoothing, gradient ? shares.data() : nullptr);
    if (!gradient) continue;
    crossEntropyGradient(shares.data(), classes, call.labels[n], call.smoothing, factor, gradient);
    gradient += classes;
  }
  return sum;
}

struct LossFunction : public torch::autograd::Function<LossFunction> {
  static at::Tensor forward(AutogradContext *context, const LossCall &call, at::TensorList logits) {
    auto kept = c10::make_intrusive<KeptLoss>();
    double loss = 0;
    for (size_t k = 0; k < logits.size(); ++k) {
      const auto values = logits[k].detach().contiguous();
      if (call.keeps) kept->gradients.push_back(at::empty_like(values));
      const double factor = call.weights[k] / static_cast<double>(values.size(0));
      loss += factor * summedLoss(values, call, factor, call.keeps ? kept->gradients[k].data_ptr<float>() : nullptr);
    }
    if (call.keeps) keepForGradient(context, std::move(kept));
    auto output = at::empty({}, logits[0].options());
    *output.data_ptr<float>() = static_cast<float>(loss);
    return output;
  }

  static variable_list backward(AutogradContext *context, const variable_list &outputGradients) {
    const auto kept = takeForGradient<KeptLoss>(context, "the loss's");
    const float factor = outputGradients[0].detach().contiguous().data_ptr<float>()[0];
    variable_list results{at::Tensor()};
    for (auto &gradient : kept->gradients) {
      float *values = gradient.data_ptr<float>();
      for (int64_t k = 0; k < gradient.numel(); ++k) values[k] *= factor;
      results.push_back(gradient);
    }
    return results;
  }
};

/// The labels, each of them a class of these logits.
at::Tensor checked(const at::Tensor &labels, const at::Tensor &logits) {
  TORCH_CHECK(logits.device().is_cpu() && logits.scalar_type() == at::kFloat && logits.dim() == 2 && logits.size(0) > 0 &&
                  logits.size(1) > 0,
              "the kernels take logits of images in 32-bit floats on the processor");
  TORCH_CHECK(labels.numel() == logits.size(0), labels.numel(), " labels of ", logits.size(0), " images");
  auto values = labels.to(at::kCPU, at::kLong).contiguous();
  for (int64_t n = 0; n < values.numel(); ++n) {
    const int64_t label = values.data_ptr<int64_t>()[n];
    TORCH_CHECK(label >= 0 && label < logits.size(1), "label ", label, " of ", logits.size(1), " classes");
  }
  return values;
}

}  // namespace

ct_tensor *ct_loss(const ct_tensor *const *logits, const double *weights, int count, const ct_tensor *labels, double smoothing) {
  return guarded([&] {
    TORCH_CHECK(count > 0, "a loss of no logits");
    std::vector<at::Tensor> own;
    bool keeps = false;
    at::Tensor targets;
    for (int k = 0; k < count; ++k) {
      own.push_back(logits[k]->value);
      keeps = keeps || asksForGradient(own.back());
      targets = checked(labels->value, own.back());
    }
    return LossFunction::apply(LossCall{weights, targets.data_ptr<int64_t>(), smoothing, keeps}, at::TensorList(own));
  });
}

int ct_loss_sum(const ct_tensor *logits, const ct_tensor *labels, double *sum) {
  return static_cast<int>(guardedNumber([&]() -> int64_t {
    const auto targets = checked(labels->value, logits->value);
    const LossCall call{nullptr, targets.data_ptr<int64_t>(), 0, false};
    const auto values = logits->value.detach().contiguous();
    *sum = summedLoss(values, call, 1, nullptr);
    return 0;
  }));
}
