// Gradients as a function of a graph.
#include <torch/csrc/autograd/autograd.h>

#include "Handle.h"

using namespace ct;

int ct_gradients(const ct_tensor *scalar, const ct_tensor *const *inputs, int count, ct_tensor **gradients) {
  return static_cast<int>(guardedNumber([&]() -> int64_t {
    std::vector<at::Tensor> sources;
    sources.reserve(count);
    for (int position = 0; position < count; ++position) sources.push_back(inputs[position]->value);
    auto results = torch::autograd::grad({scalar->value}, sources, /*grad_outputs=*/{}, /*retain_graph=*/false,
                                         /*create_graph=*/false, /*allow_unused=*/true);
    for (int position = 0; position < count; ++position) {
      gradients[position] = results[position].defined() ? own(results[position]) : nullptr;
    }
    return 0;
  }));
}
