// Tensors in and out, and what the process is told once.
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/api/include/torch/version.h>

#include "Handle.h"
#include "Kernels/Threads/Team.h"

namespace ct {
thread_local std::string lastError;
thread_local int64_t liveHandles = 0;
}  // namespace ct

using namespace ct;

const char *ct_last_error(void) { return lastError.c_str(); }

const char *ct_version(void) { return TORCH_VERSION; }

int64_t ct_live_handles(void) { return liveHandles; }

void ct_free(ct_tensor *tensor) {
  if (!tensor) return;
  --liveHandles;
  delete tensor;
}

void ct_hold_to_one_thread(void) {
  if (at::get_num_threads() != 1) at::set_num_threads(1);
}

int ct_use_threads(int threads) {
  return static_cast<int>(guardedNumber([&]() -> int64_t {
    Team::ofThisThread().use(threads);
    return 0;
  }));
}

int ct_run_parts(int parts, int (*task)(void *context, int part, int thread), void *context) {
  return static_cast<int>(guardedNumber([&]() -> int64_t {
    Team::ofThisThread().run(parts, [&](int part, int thread) {
      if (task(context, part, thread) != 0) throw std::runtime_error("part " + std::to_string(part) + " failed");
    });
    return 0;
  }));
}

void ct_record_gradients(int on) { at::GradMode::set_enabled(on != 0); }

int ct_require_determinism(void) {
  return static_cast<int>(guardedNumber([]() -> int64_t {
    auto &context = at::globalContext();
    context.setDeterministicAlgorithms(true, true);
    context.setDeterministicCuDNN(true);
    context.setBenchmarkCuDNN(false);
    context.setAllowTF32CuDNN(false);
    context.setAllowTF32CuBLAS(false);
    return 0;
  }));
}

ct_tensor *ct_from_floats(const float *values, const int64_t *shape, int dimensions, int doubles, int index) {
  return guarded([&] {
    auto view = at::from_blob(const_cast<float *>(values), at::IntArrayRef(shape, dimensions), at::kFloat);
    return view.to(device(index), doubles ? at::kDouble : at::kFloat, /*non_blocking=*/false, /*copy=*/true);
  });
}

ct_tensor *ct_from_labels(const int32_t *values, int64_t count, int index) {
  return guarded([&] {
    auto view = at::from_blob(const_cast<int32_t *>(values), {count}, at::kInt);
    return view.to(device(index), at::kLong, false, true);
  });
}

template <typename Value>
static int copyOut(const ct_tensor *tensor, Value *values, int64_t count, at::ScalarType type) {
  return static_cast<int>(guardedNumber([&]() -> int64_t {
    auto flat = tensor->value.detach().to(at::kCPU, type).contiguous();
    TORCH_CHECK(flat.numel() == count, "a tensor of ", flat.numel(), " values copied into ", count);
    std::copy(flat.data_ptr<Value>(), flat.data_ptr<Value>() + count, values);
    return 0;
  }));
}

int ct_copy_floats(const ct_tensor *tensor, float *values, int64_t count) {
  return copyOut(tensor, values, count, at::kFloat);
}

int ct_copy_doubles(const ct_tensor *tensor, double *values, int64_t count) {
  return copyOut(tensor, values, count, at::kDouble);
}

int ct_copy_float_pieces(const ct_tensor *tensor, const int64_t *from, const int64_t *to, const int64_t *counts,
                         int64_t pieces, float *values) {
  return static_cast<int>(guardedNumber([&]() -> int64_t {
    auto flat = tensor->value.detach().to(at::kCPU, at::kFloat).contiguous();
    const float *source = flat.data_ptr<float>();
    for (int64_t piece = 0; piece < pieces; ++piece) {
      TORCH_CHECK(from[piece] >= 0 && counts[piece] >= 0 && from[piece] + counts[piece] <= flat.numel(), counts[piece],
                  " values from ", from[piece], " on of a tensor of ", flat.numel());
      std::copy(source + from[piece], source + from[piece] + counts[piece], values + to[piece]);
    }
    return 0;
  }));
}

int64_t ct_count(const ct_tensor *tensor) {
  return guardedNumber([&] { return tensor->value.numel(); });
}

ct_tensor *ct_leaf(const ct_tensor *tensor) {
  return guarded([&] { return tensor->value.detach().requires_grad_(true); });
}
