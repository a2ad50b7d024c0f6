// The stem as a node of autograd's graph, and its C face.
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>

#include <memory>

#include "../Handle.h"
#include "StemPass.h"

using namespace ct;

namespace {

/// Keeps a forward pass until its gradient is asked for, once.
struct StemBackward : public torch::autograd::Node {
  std::unique_ptr<StemPass> pass;
  at::Tensor weights, scale, shift;

  torch::autograd::variable_list apply(torch::autograd::variable_list &&outputGradients) override {
    TORCH_CHECK(pass, "the stem's gradient was asked for twice");
    const auto outputGradient = outputGradients[0].detach().contiguous(at::MemoryFormat::ChannelsLast);
    auto onWeights = at::empty_like(weights), onScale = at::empty_like(scale), onShift = at::empty_like(shift);
    pass->backward(outputGradient.data_ptr<float>(), onWeights.data_ptr<float>(), onScale.data_ptr<float>(),
                   onShift.data_ptr<float>());
    release_variables();
    return {onWeights, onScale, onShift};
  }

  void release_variables() override { pass.reset(); }
};

}  // namespace

ct_tensor *ct_stem(const ct_tensor *images, const ct_tensor *weights, const ct_tensor *scale, const ct_tensor *shift,
                   const float *givenStatistics, float *statistics) {
  return guarded([&] {
    TORCH_CHECK(images->value.device().is_cpu() && images->value.scalar_type() == at::kFloat,
                "the kernels take 32-bit floats on the processor");
    TORCH_CHECK(weights->value.size(1) == images->value.size(1) && weights->value.size(2) == 3 &&
                    weights->value.size(3) == 3 && scale->value.numel() == weights->value.size(0) &&
                    shift->value.numel() == weights->value.size(0),
                "the stem's weights do not fit");
    const auto pixels = images->value.detach().contiguous();
    auto node = std::shared_ptr<StemBackward>(new StemBackward, torch::autograd::deleteNode);
    node->weights = weights->value.detach().contiguous();
    node->scale = scale->value.detach().contiguous();
    node->shift = shift->value.detach().contiguous();
    StemArguments arguments;
    arguments.images = static_cast<int>(pixels.size(0));
    arguments.inputs = static_cast<int>(pixels.size(1));
    arguments.height = static_cast<int>(pixels.size(2));
    arguments.width = static_cast<int>(pixels.size(3));
    arguments.channels = static_cast<int>(node->weights.size(0));
    arguments.pixels = pixels.data_ptr<float>();
    arguments.weights = node->weights.data_ptr<float>();
    arguments.gain = node->scale.data_ptr<float>();
    arguments.offset = node->shift.data_ptr<float>();
    arguments.givenStatistics = givenStatistics;
    auto pass = std::make_unique<StemPass>(arguments);
    auto output = at::empty({arguments.images, arguments.channels, arguments.height, arguments.width}, pixels.options(),
                            at::MemoryFormat::ChannelsLast);
    pass->forward(output.data_ptr<float>(), statistics);
    if (at::GradMode::is_enabled()) {
      node->pass = std::move(pass);
      node->set_next_edges(torch::autograd::collect_next_edges(weights->value, scale->value, shift->value));
      torch::autograd::set_history(output, node);
    }
    return output;
  });
}
