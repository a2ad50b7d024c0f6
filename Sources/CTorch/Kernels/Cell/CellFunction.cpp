// The cell as a function with a gradient of its own, and its C face.
#include <memory>

#include "../../Handle.h"
#include "CellPass.h"
#include "../KeptForGradient.h"
#include "../MapTensors.h"

using namespace ct;

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// A forward pass and the values that its gradient reads.
struct KeptCell : public torch::CustomClassHolder {
  std::unique_ptr<CellPass> pass;
  at::Tensor before, previous, weights, mixture;
  /// Where it is planes: they are the pass's nodes. Apart from the graph, which holds this.
  at::Tensor output;
  std::vector<float> dropPath;
  /// Whether operations whose Z is 0 are not computed.
  bool leavesOut = false;
};

/// What a cell takes beside the tensors that have gradients.
struct CellCall {
  const ct_cell_plan *plan;
  const float *dropPath, *givenStatistics;
  float *statistics;
  bool skipsZeros, keeps;
};

at::Tensor emptyOutput(const CellPass &pass, const CellArguments &arguments) {
  const auto &shape = arguments.shape;
  if (shape.givesPlanes)
    return planesTensor(shape.outputs(), arguments.images, pass.outputHeight(), pass.outputWidth(), shape.channels);
  return at::empty({arguments.images, shape.outputChannels(), pass.outputHeight(), pass.outputWidth()},
                   at::TensorOptions().dtype(at::kFloat), at::MemoryFormat::ChannelsLast);
}

struct CellFunction : public torch::autograd::Function<CellFunction> {
  /// Place of the mixture among the tensors that have gradients.
  static constexpr size_t mixturePlace = 3;

  /// The cell's output; of a cell of two inputs also `previous` as it is: who reads that later gives its gradient to this cell,
  /// which adds its own. Autograd would add them in a pass over memory of its own.
  static variable_list forward(AutogradContext *context, const CellCall &call, const at::Tensor &before,
                               const at::Tensor &previous, const at::Tensor &weights, const at::Tensor &mixture) {
    auto kept = c10::make_intrusive<KeptCell>();
    if (call.plan->inputs == ct_cell_inputs) kept->before = readableMaps(before);
    kept->previous = readableMaps(previous);
    kept->weights = weights.detach().contiguous();
    kept->mixture = mixture.detach().contiguous();
    kept->leavesOut = call.skipsZeros;
    const auto previousMaps = mapsOf(kept->previous);
    const int images = previousMaps.images;
    if (call.dropPath) kept->dropPath.assign(call.dropPath, call.dropPath + call.plan->edges * images);
    CellArguments arguments{CellShape(*call.plan)};
    arguments.images = images;
    arguments.parts = call.plan->parts;
    if (kept->before.defined()) arguments.before = mapsOf(kept->before);
    arguments.previous = previousMaps;
    arguments.weights = kept->weights.data_ptr<float>();
    arguments.mixture = kept->mixture.data_ptr<float>();
    arguments.dropPath = call.dropPath ? kept->dropPath.data() : nullptr;
    arguments.givenStatistics = call.givenStatistics;
    arguments.skipsZeros = call.skipsZeros;
    arguments.keepsForBackward = call.keeps;
    kept->pass = std::make_unique<CellPass>(arguments);
    auto output = emptyOutput(*kept->pass, arguments);
    if (arguments.shape.givesPlanes) kept->output = output.detach();
    kept->pass->forward(output.data_ptr<float>(), call.statistics);
    if (call.keeps) keepForGradient(context, std::move(kept));
    context->set_materialize_grads(false);
    if (call.plan->inputs == 1) return {output};
    return {output, previous};
  }

  static variable_list backward(AutogradContext *context, const variable_list &outputGradients) {
    const auto kept = takeForGradient<KeptCell>(context, "a cell's");
    const auto outputGradient = readableMaps(outputGradients[0]);
    const auto passedGradient =
        outputGradients.size() > 1 && outputGradients[1].defined() ? readableMaps(outputGradients[1]) : at::Tensor();
    // Planes are read by kernels only, each of which makes its gradient anew: nobody else holds it, and the cell's own is added in
    // place.
    const bool addsInPlace = passedGradient.defined() && arePlanes(passedGradient);
    auto onPrevious = addsInPlace ? passedGradient : alikeMaps(kept->previous);
    const auto onBefore = kept->before.defined() ? alikeMaps(kept->before) : at::Tensor();
    // Every weight of a cell that leaves nothing out is written.
    auto onWeights = kept->leavesOut ? at::zeros_like(kept->weights) : at::empty_like(kept->weights);
    // A derived cell's Z is fixed: nobody asks for its credits.
    const bool wantsCredits = context->needs_input_grad(mixturePlace);
    auto onMixture = wantsCredits ? at::empty_like(kept->mixture) : at::Tensor();
    const auto valuesOf = [](const at::Tensor &tensor) { return tensor.defined() ? tensor.data_ptr<float>() : nullptr; };
    kept->pass->backward(valuesOf(outputGradient), valuesOf(passedGradient), valuesOf(onBefore), valuesOf(onPrevious),
                         valuesOf(onWeights), valuesOf(onMixture));
    return {at::Tensor(), onBefore, onPrevious, onWeights, onMixture};
  }
};

/// Whether the first of two inputs is as large as the second, or is so behind its reduction.
bool fits(const ct_cell_plan &plan, const at::Tensor &before, const at::Tensor &previous) {
  if (!areMaps(before)) return false;
  const auto first = mapsOf(before), second = mapsOf(previous);
  const auto isAlike = [&](int own, int other) { return (plan.reduces_previous ? halved(own) : own) == other; };
  return first.images == second.images && isAlike(first.height, second.height) && isAlike(first.width, second.width);
}

}  // namespace

int ct_choose_kernels(const char *name) { return chooseKernels(name) ? 1 : 0; }

int ct_has_kernels(const char *name) { return hasKernels(name) ? 1 : 0; }

const char *ct_kernel_name(void) { return rowKernels().name; }

double ct_multiply_adds(int64_t rounds) { return rowKernels().multiplyAdds(rounds); }

int64_t ct_pooled_bytes(void) { return pooledBytes(); }

int64_t ct_held_bytes(void) { return heldBytes(); }

ct_operation ct_operation_at(int place) {
  const auto &operation = cellOperations[place];
  return {operation.name, operation.kernel, operation.dilation, operation.weights, operation.norms};
}

ct_tensor *ct_cell(const ct_cell_plan *plan, const ct_tensor *before, const ct_tensor *previous,
                   const ct_tensor *weights, const ct_tensor *mixture, const float *dropPath,
                   const float *givenStatistics, float *statistics, int skipsZeros, ct_tensor **passed) {
  *passed = nullptr;
  return guarded([&] {
    TORCH_CHECK(previous->value.device().is_cpu() && previous->value.scalar_type() == at::kFloat && areMaps(previous->value),
                "the kernels take 32-bit floats on the processor");
    TORCH_CHECK(plan->inputs == ct_cell_inputs ||
                    (!arePlanes(previous->value) && previous->value.size(1) == plan->channels && !plan->gives_planes),
                "a cell's only input has other channels than its nodes");
    TORCH_CHECK(plan->inputs == 1 || fits(*plan, before->value, previous->value), "a cell's inputs differ in size");
    const CellCall call{plan,
                        dropPath,
                        givenStatistics,
                        statistics,
                        skipsZeros != 0,
                        asksForGradient(before->value, previous->value, weights->value, mixture->value)};
    // The backward pass is that of batch norms that measured their own batch: it would give another gradient, without a word.
    TORCH_CHECK(!(call.keeps && givenStatistics), "a cell has no gradient with given statistics");
    const auto outputs = CellFunction::apply(call, before->value, previous->value, weights->value, mixture->value);
    *passed = own(outputs.size() > 1 ? outputs[1] : previous->value);
    return outputs[0];
  });
}
