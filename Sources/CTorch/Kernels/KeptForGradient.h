// What a forward pass of a kernel keeps for its gradient, in autograd's public interface for functions of one's own.
//
// libtorch calls a function's `backward` under the lock of its node: threads that ask for the same gradient take turns, and
// all but the first find nothing.
#pragma once
#include <torch/csrc/autograd/custom_function.h>

#include <utility>

namespace ct {

/// Whether a function of these tensors will be asked for a gradient at all: what it need not keep otherwise.
template <typename... Tensors>
bool asksForGradient(const Tensors &...tensors) {
  return at::GradMode::is_enabled() && (tensors.requires_grad() || ...);
}

constexpr char keptName[] = "kept";

/// Keeps `kept` as long as the graph lives, or until it is taken.
template <typename Kept>
void keepForGradient(torch::autograd::AutogradContext *context, c10::intrusive_ptr<Kept> kept) {
  context->saved_data[keptName] = at::IValue::make_capsule(std::move(kept));
}

/// What was kept, once: it is gone when the gradient has been computed, whoever still holds the graph.
template <typename Kept>
c10::intrusive_ptr<Kept> takeForGradient(torch::autograd::AutogradContext *context, const char *owner) {
  const auto found = context->saved_data.find(keptName);
  TORCH_CHECK(found != context->saved_data.end(), owner, " gradient was asked for twice");
  auto kept = c10::static_intrusive_pointer_cast<Kept>(found->second.toCapsule());
  context->saved_data.erase(found);
  return kept;
}

}  // namespace ct
