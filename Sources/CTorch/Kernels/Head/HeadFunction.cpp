// The head as a function with a gradient of its own, and its C face.
#include <memory>

#include "../../Handle.h"
#include "../KeptForGradient.h"
#include "../MapTensors.h"
#include "HeadPass.h"

using namespace ct;

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Weight and bias of the linear layer; then scale and shift of the batch norm, where there is one.
constexpr size_t linearWeights = 2, allWeights = 4;

/// A forward pass and the tensors that its gradient reads.
struct KeptHead : public torch::CustomClassHolder {
  std::unique_ptr<HeadPass> pass;
  at::Tensor input;
  std::vector<at::Tensor> weights;
};

/// What the head takes beside the tensors that have gradients.
struct HeadCall {
  bool hasRelu;
  const float *givenStatistics;
  float *statistics;
  bool keeps;
};

struct HeadFunction : public torch::autograd::Function<HeadFunction> {
  static at::Tensor forward(AutogradContext *context, const HeadCall &call, const at::Tensor &input, at::TensorList weights) {
    auto kept = c10::make_intrusive<KeptHead>();
    kept->input = readableMaps(input);
    std::vector<const float *> values;
    for (const auto &weight : weights) {
      kept->weights.push_back(weight.detach().contiguous());
      values.push_back(kept->weights.back().data_ptr<float>());
    }
    HeadArguments arguments;
    arguments.input = mapsOf(kept->input);
    arguments.classes = static_cast<int>(weights[0].size(0));
    arguments.weight = values[0];
    arguments.bias = values[1];
    arguments.hasRelu = call.hasRelu;
    if (values.size() == allWeights) {
      arguments.gain = values[linearWeights];
      arguments.offset = values[linearWeights + 1];
    }
    arguments.givenStatistics = call.givenStatistics;
    arguments.keepsForBackward = call.keeps;
    kept->pass = std::make_unique<HeadPass>(arguments);
    auto logits = at::empty({arguments.input.images, arguments.classes}, input.options());
    kept->pass->forward(logits.data_ptr<float>(), call.statistics);
    if (call.keeps) keepForGradient(context, std::move(kept));
    return logits;
  }

  static variable_list backward(AutogradContext *context, const variable_list &outputGradients) {
    const auto kept = takeForGradient<KeptHead>(context, "the head's");
    const auto logitGradient = outputGradients[0].detach().contiguous();
    variable_list results{at::Tensor(), alikeMaps(kept->input)};
    for (const auto &weight : kept->weights) results.push_back(at::empty_like(weight));
    const auto values = [&](size_t place) {
      return place + 2 < results.size() ? results[place + 2].data_ptr<float>() : nullptr;
    };
    kept->pass->backward(logitGradient.data_ptr<float>(),
                         {results[1].data_ptr<float>(), values(0), values(1), values(2), values(3)});
    return results;
  }
};

/// Whether the weights are those of a head behind that many channels.
bool fits(const at::Tensor &input, const std::vector<at::Tensor> &weights) {
  if (weights.size() != linearWeights && weights.size() != allWeights) return false;
  const int64_t channels = mapsOf(input).channels(), classes = weights[0].size(0);
  if (weights[0].sizes() != at::IntArrayRef{classes, channels} || weights[1].numel() != classes) return false;
  return weights.size() == linearWeights || (weights[2].numel() == channels && weights[3].numel() == channels);
}

}  // namespace

ct_tensor *ct_head(const ct_tensor *input, const ct_tensor *const *weights, int count, int hasRelu, const float *givenStatistics,
                   float *statistics) {
  return guarded([&] {
    TORCH_CHECK(input->value.device().is_cpu() && input->value.scalar_type() == at::kFloat && areMaps(input->value) &&
                    input->value.numel() > 0,
                "the kernels take 32-bit floats on the processor");
    std::vector<at::Tensor> own;
    bool keeps = asksForGradient(input->value);
    for (int k = 0; k < count; ++k) {
      own.push_back(weights[k]->value);
      keeps = keeps || asksForGradient(own.back());
    }
    TORCH_CHECK(fits(input->value, own), "the head's weights do not fit");
    TORCH_CHECK(own.size() == linearWeights || hasRelu, "behind a head's batch norm stands a ReLU");
    // The backward pass is that of a batch norm that measured its own batch.
    TORCH_CHECK(!(keeps && givenStatistics && own.size() == allWeights), "a head has no gradient with given statistics");
    return HeadFunction::apply(HeadCall{hasRelu != 0, givenStatistics, statistics, keeps}, input->value, at::TensorList(own));
  });
}
