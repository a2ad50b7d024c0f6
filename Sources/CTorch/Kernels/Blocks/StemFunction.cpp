// The stem as a function with a gradient of its own, and its C face.
#include <memory>

#include "../../Handle.h"
#include "../KeptForGradient.h"
#include "StemPass.h"

using namespace ct;

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// A forward pass and the tensors that its gradient reads.
struct KeptStem : public torch::CustomClassHolder {
  std::unique_ptr<StemPass> pass;
  at::Tensor weights, scale, shift;
};

/// What the stem takes beside the tensors that have gradients.
struct StemCall {
  at::Tensor pixels;
  const float *givenStatistics;
  float *statistics;
  int parts;
  bool keeps;
};

struct StemFunction : public torch::autograd::Function<StemFunction> {
  static at::Tensor forward(AutogradContext *context, const StemCall &call, const at::Tensor &weights,
                            const at::Tensor &scale, const at::Tensor &shift) {
    auto kept = c10::make_intrusive<KeptStem>();
    kept->weights = weights.detach().contiguous();
    kept->scale = scale.detach().contiguous();
    kept->shift = shift.detach().contiguous();
    StemArguments arguments;
    arguments.images = static_cast<int>(call.pixels.size(0));
    arguments.parts = call.parts;
    arguments.inputs = static_cast<int>(call.pixels.size(1));
    arguments.height = static_cast<int>(call.pixels.size(2));
    arguments.width = static_cast<int>(call.pixels.size(3));
    arguments.channels = static_cast<int>(kept->weights.size(0));
    arguments.pixels = call.pixels.data_ptr<float>();
    arguments.weights = kept->weights.data_ptr<float>();
    arguments.gain = kept->scale.data_ptr<float>();
    arguments.offset = kept->shift.data_ptr<float>();
    arguments.givenStatistics = call.givenStatistics;
    kept->pass = std::make_unique<StemPass>(arguments);
    auto output = at::empty({arguments.images, arguments.channels, arguments.height, arguments.width},
                            call.pixels.options(), at::MemoryFormat::ChannelsLast);
    kept->pass->forward(output.data_ptr<float>(), call.statistics);
    if (call.keeps) keepForGradient(context, std::move(kept));
    return output;
  }

  static variable_list backward(AutogradContext *context, const variable_list &outputGradients) {
    const auto kept = takeForGradient<KeptStem>(context, "the stem's");
    const auto outputGradient = outputGradients[0].detach().contiguous(at::MemoryFormat::ChannelsLast);
    auto onWeights = at::empty_like(kept->weights), onScale = at::empty_like(kept->scale),
         onShift = at::empty_like(kept->shift);
    kept->pass->backward(outputGradient.data_ptr<float>(), onWeights.data_ptr<float>(), onScale.data_ptr<float>(),
                         onShift.data_ptr<float>());
    return {at::Tensor(), onWeights, onScale, onShift};
  }
};

}  // namespace

ct_tensor *ct_stem(const ct_tensor *images, const ct_tensor *weights, const ct_tensor *scale, const ct_tensor *shift,
                   const float *givenStatistics, float *statistics, int parts) {
  return guarded([&] {
    TORCH_CHECK(images->value.device().is_cpu() && images->value.scalar_type() == at::kFloat,
                "the kernels take 32-bit floats on the processor");
    TORCH_CHECK(weights->value.size(1) == images->value.size(1) && weights->value.size(2) == 3 &&
                    weights->value.size(3) == 3 && scale->value.numel() == weights->value.size(0) &&
                    shift->value.numel() == weights->value.size(0),
                "the stem's weights do not fit");
    const StemCall call{images->value.detach().contiguous(), givenStatistics, statistics, parts,
                        asksForGradient(weights->value, scale->value, shift->value)};
    return StemFunction::apply(call, weights->value, scale->value, shift->value);
  });
}
