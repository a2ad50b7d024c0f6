// The residual block as a function with a gradient of its own, and its C face.
#include <memory>

#include "../../Handle.h"
#include "../KeptForGradient.h"
#include "ResidualPass.h"

using namespace ct;

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr int weightCount = ct_residual_weights;

/// A forward pass and the tensors that its gradient reads.
struct KeptResidual : public torch::CustomClassHolder {
  std::unique_ptr<ResidualPass> pass;
  at::Tensor input, weights[weightCount];
};

/// What the block takes beside the tensors that have gradients.
struct ResidualCall {
  const float *givenStatistics;
  float *statistics;
  int parts;
  bool keeps;
};

struct ResidualFunction : public torch::autograd::Function<ResidualFunction> {
  static at::Tensor forward(AutogradContext *context, const ResidualCall &call, const at::Tensor &input,
                            at::TensorList weights) {
    auto kept = c10::make_intrusive<KeptResidual>();
    kept->input = input.detach().contiguous(at::MemoryFormat::ChannelsLast);
    const float *values[weightCount];
    for (int k = 0; k < weightCount; ++k) {
      kept->weights[k] = weights[k].detach().contiguous();
      values[k] = kept->weights[k].data_ptr<float>();
    }
    ResidualArguments arguments;
    arguments.images = static_cast<int>(input.size(0));
    arguments.parts = call.parts;
    arguments.inputs = static_cast<int>(input.size(1));
    arguments.outputs = static_cast<int>(weights[0].size(0));
    arguments.height = static_cast<int>(input.size(2));
    arguments.width = static_cast<int>(input.size(3));
    arguments.input = kept->input.data_ptr<float>();
    arguments.first = {values[0], values[1], values[2]};
    arguments.second = {values[3], values[4], values[5]};
    arguments.shortcut = values[6];
    arguments.givenStatistics = call.givenStatistics;
    arguments.keepsForBackward = call.keeps;
    kept->pass = std::make_unique<ResidualPass>(arguments);
    auto output = at::empty({arguments.images, arguments.outputs, arguments.height / 2, arguments.width / 2},
                            input.options(), at::MemoryFormat::ChannelsLast);
    kept->pass->forward(output.data_ptr<float>(), call.statistics);
    if (call.keeps) keepForGradient(context, std::move(kept));
    return output;
  }

  static variable_list backward(AutogradContext *context, const variable_list &outputGradients) {
    const auto kept = takeForGradient<KeptResidual>(context, "a residual block's");
    const auto outputGradient = outputGradients[0].detach().contiguous(at::MemoryFormat::ChannelsLast);
    variable_list results{at::Tensor(), at::empty_like(kept->input)};
    float *values[weightCount];
    for (int k = 0; k < weightCount; ++k) {
      results.push_back(at::empty_like(kept->weights[k]));
      values[k] = results.back().data_ptr<float>();
    }
    kept->pass->backward(outputGradient.data_ptr<float>(), {results[1].data_ptr<float>(),
                                                            {values[0], values[1], values[2]},
                                                            {values[3], values[4], values[5]},
                                                            values[6]});
    return results;
  }
};

/// Whether the weights are those of a block with so many inputs.
bool fits(const at::Tensor &input, const std::vector<at::Tensor> &weights) {
  const auto inputs = input.size(1), outputs = weights[0].size(0);
  const auto is = [&](int k, at::IntArrayRef shape) { return weights[k].sizes() == shape; };
  return is(0, {outputs, inputs, 3, 3}) && is(1, {outputs}) && is(2, {outputs}) && is(3, {outputs, outputs, 3, 3}) &&
         is(4, {outputs}) && is(5, {outputs}) && is(6, {outputs, inputs, 1, 1});
}

}  // namespace

ct_tensor *ct_residual(const ct_tensor *input, const ct_tensor *const *weights, const float *givenStatistics,
                       float *statistics, int parts) {
  return guarded([&] {
    TORCH_CHECK(input->value.device().is_cpu() && input->value.scalar_type() == at::kFloat,
                "the kernels take 32-bit floats on the processor");
    TORCH_CHECK(input->value.size(2) % 2 == 0 && input->value.size(3) % 2 == 0, "a residual block halves even sides");
    std::vector<at::Tensor> own;
    bool keeps = asksForGradient(input->value);
    for (int k = 0; k < weightCount; ++k) {
      own.push_back(weights[k]->value);
      keeps = keeps || asksForGradient(own.back());
    }
    TORCH_CHECK(fits(input->value, own), "the residual block's weights do not fit");
    // The backward pass is that of batch norms that measured their own batch.
    TORCH_CHECK(!(keeps && givenStatistics), "a residual block has no gradient with given statistics");
    return ResidualFunction::apply(ResidualCall{givenStatistics, statistics, parts, keeps}, input->value, at::TensorList(own));
  });
}
