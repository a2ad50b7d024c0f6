// A tensor as two, one for each of its readers. Autograd adds the gradients of a tensor with several readers in the order in which they
// come. Two give the same sum in either order; a tensor with three readers is made two, so that no order but ours is left.
#include <torch/csrc/autograd/custom_function.h>

#include "../../Handle.h"

using namespace ct;

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Another tensor of the same values, without a copy.
at::Tensor sameValues(const at::Tensor &tensor) {
  const auto values = tensor.detach();
  return at::from_blob(
      values.data_ptr(), values.sizes(), values.strides(), [values](void *) {}, values.options());
}

struct SharedFunction : public torch::autograd::Function<SharedFunction> {
  static variable_list forward(AutogradContext *context, const at::Tensor &tensor) {
    context->set_materialize_grads(false);
    return {sameValues(tensor), sameValues(tensor)};
  }

  static variable_list backward(AutogradContext *, const variable_list &gradients) {
    const auto &first = gradients[0], &second = gradients[1];
    if (!first.defined()) return {second};
    if (!second.defined()) return {first};
    return {first.detach() + second.detach()};
  }
};

}  // namespace

int ct_shared(const ct_tensor *tensor, ct_tensor **first, ct_tensor **second) {
  return static_cast<int>(guardedNumber([&]() -> int64_t {
    const auto both = SharedFunction::apply(tensor->value);
    *first = own(both[0]);
    *second = own(both[1]);
    return 0;
  }));
}
