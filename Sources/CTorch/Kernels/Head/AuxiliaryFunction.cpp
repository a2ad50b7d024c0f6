// The auxiliary head up to its last batch norm as a function with a gradient of its own, and its C face.
#include <memory>

#include "../../Handle.h"
#include "../KeptForGradient.h"
#include "../MapTensors.h"
#include "AuxiliaryPass.h"

using namespace ct;

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr int weightCount = ct_auxiliary_weights;

/// A forward pass and the tensors that its gradient reads.
struct KeptAuxiliary : public torch::CustomClassHolder {
  std::unique_ptr<AuxiliaryPass> pass;
  at::Tensor input, weights[weightCount];
};

/// What it takes beside the tensors that have gradients.
struct AuxiliaryCall {
  int rows, columns;
  float *statistics;
  bool keeps;
};

struct AuxiliaryFunction : public torch::autograd::Function<AuxiliaryFunction> {
  static at::Tensor forward(AutogradContext *context, const AuxiliaryCall &call, const at::Tensor &input,
                            at::TensorList weights) {
    auto kept = c10::make_intrusive<KeptAuxiliary>();
    kept->input = readableMaps(input);
    const float *values[weightCount];
    for (int k = 0; k < weightCount; ++k) {
      kept->weights[k] = weights[k].detach().contiguous();
      values[k] = kept->weights[k].data_ptr<float>();
    }
    AuxiliaryArguments arguments;
    arguments.input = mapsOf(kept->input);
    arguments.narrow = static_cast<int>(weights[0].size(0));
    arguments.wide = static_cast<int>(weights[3].size(0));
    arguments.rows = call.rows;
    arguments.columns = call.columns;
    arguments.pointwise = values[0];
    arguments.gain = values[1];
    arguments.offset = values[2];
    arguments.square = values[3];
    arguments.keepsForBackward = call.keeps;
    kept->pass = std::make_unique<AuxiliaryPass>(arguments);
    auto output = at::empty({arguments.input.images, arguments.wide, 1, 1}, input.options(), at::MemoryFormat::ChannelsLast);
    kept->pass->forward(output.data_ptr<float>(), call.statistics);
    if (call.keeps) keepForGradient(context, std::move(kept));
    return output;
  }

  static variable_list backward(AutogradContext *context, const variable_list &outputGradients) {
    const auto kept = takeForGradient<KeptAuxiliary>(context, "the auxiliary head's");
    const auto outputGradient = outputGradients[0].detach().contiguous(at::MemoryFormat::ChannelsLast);
    variable_list results{at::Tensor(), alikeMaps(kept->input)};
    float *values[weightCount];
    for (int k = 0; k < weightCount; ++k) {
      results.push_back(at::empty_like(kept->weights[k]));
      values[k] = results.back().data_ptr<float>();
    }
    kept->pass->backward(outputGradient.data_ptr<float>(),
                         {results[1].data_ptr<float>(), values[0], values[1], values[2], values[3]});
    return results;
  }
};

/// Whether the weights are those of an auxiliary head behind that many channels.
bool fits(const at::Tensor &input, const std::vector<at::Tensor> &weights) {
  const auto narrow = weights[0].size(0), wide = weights[3].size(0);
  const auto is = [&](int k, at::IntArrayRef shape) { return weights[k].sizes() == shape; };
  return is(0, {narrow, mapsOf(input).channels(), 1, 1}) && is(1, {narrow}) && is(2, {narrow}) && is(3, {wide, narrow, 2, 2});
}

}  // namespace

ct_tensor *ct_auxiliary(const ct_tensor *input, const ct_tensor *const *weights, int rows, int columns, float *statistics) {
  return guarded([&] {
    TORCH_CHECK(input->value.device().is_cpu() && input->value.scalar_type() == at::kFloat && areMaps(input->value) &&
                    input->value.numel() > 0,
                "the kernels take 32-bit floats on the processor");
    const auto maps = mapsOf(input->value);
    TORCH_CHECK(rows > 0 && rows < maps.height && columns > 0 && columns < maps.width,
                "the auxiliary head's windows do not fit");
    std::vector<at::Tensor> own;
    bool keeps = asksForGradient(input->value);
    for (int k = 0; k < weightCount; ++k) {
      own.push_back(weights[k]->value);
      keeps = keeps || asksForGradient(own.back());
    }
    TORCH_CHECK(fits(input->value, own), "the auxiliary head's weights do not fit");
    return AuxiliaryFunction::apply(AuxiliaryCall{rows, columns, statistics, keeps}, input->value, at::TensorList(own));
  });
}
