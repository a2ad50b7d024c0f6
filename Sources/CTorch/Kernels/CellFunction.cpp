// The cell as a node of autograd's graph, and its C face.
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>

#include <chrono>

#include "../Handle.h"
#include "CellPass.h"

using namespace ct;

namespace {

at::Tensor channelsLast(const at::Tensor &tensor) { return tensor.detach().contiguous(at::MemoryFormat::ChannelsLast); }

CellInput input(const at::Tensor &tensor) {
  return {tensor.data_ptr<float>(), static_cast<int>(tensor.size(2)), static_cast<int>(tensor.size(3)),
          static_cast<int>(tensor.size(1))};
}

/// Keeps a forward pass until its gradient is asked for, once.
struct CellBackward : public torch::autograd::Node {
  std::unique_ptr<CellPass> pass;
  at::Tensor before, previous, weights, mixture;
  std::vector<float> dropPath;
  /// Whether Z's gradient is asked for: a derived cell's is fixed.
  bool wantsCredits = false;
  /// Whether operations whose Z is 0 are not computed.
  bool leavesOut = false;

  torch::autograd::variable_list apply(torch::autograd::variable_list &&outputGradients) override {
    TORCH_CHECK(pass, "a cell's gradient was asked for twice");
    const auto outputGradient = channelsLast(outputGradients[0]);
    auto onBefore = at::empty_like(before), onPrevious = at::empty_like(previous);
    // Every weight of a cell that leaves nothing out is written.
    auto onWeights = leavesOut ? at::zeros_like(weights) : at::empty_like(weights);
    auto onMixture = wantsCredits ? at::empty_like(mixture) : at::Tensor();
    pass->backward(outputGradient.data_ptr<float>(), onBefore.data_ptr<float>(), onPrevious.data_ptr<float>(),
                   onWeights.data_ptr<float>(), wantsCredits ? onMixture.data_ptr<float>() : nullptr);
    release_variables();
    return {onBefore, onPrevious, onWeights, onMixture};
  }

  void release_variables() override { pass.reset(); }
};

}  // namespace

int ct_choose_kernels(const char *name) { return chooseKernels(name) ? 1 : 0; }

int ct_has_kernels(const char *name) { return hasKernels(name) ? 1 : 0; }

const char *ct_kernel_name(void) { return rowKernels().name; }

double ct_peak_gigaflops(void) {
  using Clock = std::chrono::steady_clock;
  constexpr long rounds = 1 << 20;
  double best = 0;
  for (int attempt = 0; attempt < 5; ++attempt) {
    const auto start = Clock::now();
    const double operations = rowKernels().multiplyAdds(rounds);
    best = std::max(best, operations / std::chrono::duration<double>(Clock::now() - start).count());
  }
  return best * 1e-9;
}

int64_t ct_pooled_bytes(void) { return pooledBytes(); }

ct_tensor *ct_cell(const ct_cell_plan *plan, const ct_tensor *before, const ct_tensor *previous,
                   const ct_tensor *weights, const ct_tensor *mixture, const float *dropPath,
                   const float *givenStatistics, float *statistics, int skipsZeros) {
  return guarded([&] {
    TORCH_CHECK(previous->value.device().is_cpu() && previous->value.scalar_type() == at::kFloat,
                "the kernels take 32-bit floats on the processor");
    const bool keeps = at::GradMode::is_enabled();
    auto node = std::shared_ptr<CellBackward>(new CellBackward, torch::autograd::deleteNode);
    node->before = channelsLast(before->value);
    node->previous = channelsLast(previous->value);
    node->weights = weights->value.detach().contiguous();
    node->mixture = mixture->value.detach().contiguous();
    node->leavesOut = skipsZeros != 0;
    node->wantsCredits = mixture->value.requires_grad();
    const int images = static_cast<int>(node->previous.size(0));
    if (dropPath) node->dropPath.assign(dropPath, dropPath + plan->edges * images);
    CellArguments arguments{CellShape(*plan)};
    arguments.images = images;
    arguments.before = input(node->before);
    arguments.previous = input(node->previous);
    arguments.weights = node->weights.data_ptr<float>();
    arguments.mixture = node->mixture.data_ptr<float>();
    arguments.dropPath = dropPath ? node->dropPath.data() : nullptr;
    arguments.givenStatistics = givenStatistics;
    arguments.skipsZeros = skipsZeros != 0;
    arguments.keepsForBackward = keeps;
    auto pass = std::make_unique<CellPass>(arguments);
    auto output = at::empty({images, arguments.shape.outputChannels(), pass->outputHeight(), pass->outputWidth()},
                            node->previous.options(), at::MemoryFormat::ChannelsLast);
    pass->forward(output.data_ptr<float>(), statistics);
    if (keeps) {
      node->pass = std::move(pass);
      node->set_next_edges(
          torch::autograd::collect_next_edges(before->value, previous->value, weights->value, mixture->value));
      torch::autograd::set_history(output, node);
    }
    return output;
  });
}
