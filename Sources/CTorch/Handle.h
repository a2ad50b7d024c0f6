// How a C++ call becomes a C one.
#pragma once
#include <ATen/ATen.h>

#include <string>

#include "CTorch.h"

struct ct_tensor {
  at::Tensor value;
};

namespace ct {

extern thread_local std::string lastError;
/// Made by this thread, less those that it freed.
extern thread_local int64_t liveHandles;

inline ct_tensor *own(at::Tensor value) {
  ++liveHandles;
  return new ct_tensor{std::move(value)};
}

/// Runs a body that makes a tensor; whatever it throws becomes null and a message.
template <typename Body>
ct_tensor *guarded(Body body) noexcept {
  try {
    return own(body());
  } catch (const c10::Error &error) {
    lastError = error.what_without_backtrace();
  } catch (const std::exception &error) {
    lastError = error.what();
  } catch (...) {
    lastError = "an unknown C++ exception";
  }
  return nullptr;
}

/// Runs a body that answers with a number; -1 stands for failure.
template <typename Body>
int64_t guardedNumber(Body body) noexcept {
  try {
    return body();
  } catch (const c10::Error &error) {
    lastError = error.what_without_backtrace();
  } catch (const std::exception &error) {
    lastError = error.what();
  } catch (...) {
    lastError = "an unknown C++ exception";
  }
  return -1;
}

inline at::Tensor optional(const ct_tensor *tensor) { return tensor ? tensor->value : at::Tensor(); }

inline at::Device device(int index) {
  return index < 0 ? at::Device(at::kCPU) : at::Device(at::kCUDA, static_cast<at::DeviceIndex>(index));
}

}  // namespace ct
