// A layer of the ImageNet form's stem as a function with a gradient of its own, and its C face.
#include <memory>

#include "../../Handle.h"
#include "HalvingPass.h"
#include "../KeptForGradient.h"

using namespace ct;

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// A forward pass and the tensors that its gradient reads.
struct KeptHalving : public torch::CustomClassHolder {
  std::unique_ptr<HalvingPass> pass;
  at::Tensor input, weights, scale, shift;
};

/// What the layer takes beside the tensors that have gradients.
struct HalvingCall {
  bool rectifies;
  const float *givenStatistics;
  float *statistics;
  int parts;
  bool keeps;
};

struct HalvingFunction : public torch::autograd::Function<HalvingFunction> {
  /// Place of the input among the tensors that have gradients.
  static constexpr size_t inputPlace = 0;

  static at::Tensor forward(AutogradContext *context, const HalvingCall &call, const at::Tensor &input,
                            const at::Tensor &weights, const at::Tensor &scale, const at::Tensor &shift) {
    auto kept = c10::make_intrusive<KeptHalving>();
    kept->input = input.detach().contiguous(at::MemoryFormat::ChannelsLast);
    kept->weights = weights.detach().contiguous();
    kept->scale = scale.detach().contiguous();
    kept->shift = shift.detach().contiguous();
    HalvingArguments arguments;
    arguments.images = static_cast<int>(input.size(0));
    arguments.parts = call.parts;
    arguments.inputs = static_cast<int>(input.size(1));
    arguments.outputs = static_cast<int>(weights.size(0));
    arguments.height = static_cast<int>(input.size(2));
    arguments.width = static_cast<int>(input.size(3));
    arguments.input = kept->input.data_ptr<float>();
    arguments.rectifies = call.rectifies;
    arguments.weights = kept->weights.data_ptr<float>();
    arguments.gain = kept->scale.data_ptr<float>();
    arguments.offset = kept->shift.data_ptr<float>();
    arguments.givenStatistics = call.givenStatistics;
    arguments.keepsForBackward = call.keeps;
    kept->pass = std::make_unique<HalvingPass>(arguments);
    auto output = at::empty({arguments.images, arguments.outputs, kept->pass->outputHeight(), kept->pass->outputWidth()},
                            input.options(), at::MemoryFormat::ChannelsLast);
    kept->pass->forward(output.data_ptr<float>(), call.statistics);
    if (call.keeps) keepForGradient(context, std::move(kept));
    return output;
  }

  static variable_list backward(AutogradContext *context, const variable_list &outputGradients) {
    const auto kept = takeForGradient<KeptHalving>(context, "a stem layer's");
    const auto outputGradient = outputGradients[0].detach().contiguous(at::MemoryFormat::ChannelsLast);
    // Images have no gradient.
    auto onInput = context->needs_input_grad(inputPlace) ? at::empty_like(kept->input) : at::Tensor();
    auto onWeights = at::empty_like(kept->weights), onScale = at::empty_like(kept->scale),
         onShift = at::empty_like(kept->shift);
    kept->pass->backward(outputGradient.data_ptr<float>(), onInput.defined() ? onInput.data_ptr<float>() : nullptr,
                         onWeights.data_ptr<float>(), onScale.data_ptr<float>(), onShift.data_ptr<float>());
    return {at::Tensor(), onInput, onWeights, onScale, onShift};
  }
};

}  // namespace

ct_tensor *ct_halving(const ct_tensor *input, int rectifies, const ct_tensor *weights, const ct_tensor *scale,
                      const ct_tensor *shift, const float *givenStatistics, float *statistics, int parts) {
  return guarded([&] {
    TORCH_CHECK(input->value.device().is_cpu() && input->value.scalar_type() == at::kFloat,
                "the kernels take 32-bit floats on the processor");
    const auto outputs = weights->value.size(0), inputs = input->value.size(1);
    TORCH_CHECK(weights->value.sizes() == at::IntArrayRef({outputs, inputs, 3, 3}) && scale->value.numel() == outputs &&
                    shift->value.numel() == outputs,
                "the stem layer's weights do not fit");
    const bool keeps = asksForGradient(input->value, weights->value, scale->value, shift->value);
    // The backward pass is that of a batch norm that measured its own batch.
    TORCH_CHECK(!(keeps && givenStatistics), "a stem layer has no gradient with given statistics");
    const HalvingCall call{rectifies != 0, givenStatistics, statistics, parts, keeps};
    return HalvingFunction::apply(call, input->value, weights->value, scale->value, shift->value);
  });
}
