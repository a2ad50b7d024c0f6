// The operators of the search space, on images x channels x height x width.
#include "Handle.h"

using namespace ct;

ct_tensor *ct_relu(const ct_tensor *input) {
  return guarded([&] { return at::relu(input->value); });
}

ct_tensor *ct_convolution(const ct_tensor *input, const ct_tensor *weight, int stride, int padding, int dilation,
                          int groups) {
  return guarded([&] {
    return at::conv2d(input->value, weight->value, {}, at::IntArrayRef{stride, stride},
                      at::IntArrayRef{padding, padding}, at::IntArrayRef{dilation, dilation}, groups);
  });
}

ct_tensor *ct_max_pool(const ct_tensor *input, int stride) {
  return guarded([&] { return at::max_pool2d(input->value, {3, 3}, {stride, stride}, {1, 1}); });
}

ct_tensor *ct_average_pool(const ct_tensor *input, int stride) {
  return guarded([&] {
    return at::avg_pool2d(input->value, {3, 3}, {stride, stride}, {1, 1}, /*ceil_mode=*/false,
                          /*count_include_pad=*/false);
  });
}

ct_tensor *ct_batch_norm(const ct_tensor *input, const ct_tensor *scale, const ct_tensor *shift, double epsilon,
                         ct_tensor **mean, ct_tensor **variance) {
  *mean = nullptr;
  *variance = nullptr;
  ct_tensor *batchMean = nullptr;
  ct_tensor *batchVariance = nullptr;
  auto *output = guarded([&] {
    // Fresh buffers with a momentum of 1 come back as the batch's own mean and unbiased variance: nothing is shared.
    auto options = input->value.options().requires_grad(false);
    auto runningMean = at::zeros({input->value.size(1)}, options);
    auto runningVariance = at::ones({input->value.size(1)}, options);
    auto normalised = at::batch_norm(input->value, optional(scale), optional(shift), runningMean, runningVariance,
                                     /*training=*/true, /*momentum=*/1.0, epsilon, /*cudnn_enabled=*/true);
    batchMean = own(runningMean);
    batchVariance = own(runningVariance);
    return normalised;
  });
  if (!output) {
    ct_free(batchMean);
    ct_free(batchVariance);
    return nullptr;
  }
  *mean = batchMean;
  *variance = batchVariance;
  return output;
}

ct_tensor *ct_batch_norm_with(const ct_tensor *input, const ct_tensor *scale, const ct_tensor *shift,
                              const ct_tensor *mean, const ct_tensor *variance, double epsilon) {
  return guarded([&] {
    return at::batch_norm(input->value, optional(scale), optional(shift), mean->value, variance->value,
                          /*training=*/false, 0.0, epsilon, true);
  });
}

ct_tensor *ct_without_first_row_and_column(const ct_tensor *input) {
  return guarded([&] {
    auto height = input->value.size(2), width = input->value.size(3);
    auto cut = input->value.slice(2, 1).slice(3, 1);
    return height % 2 == 0 && width % 2 == 0 ? cut : at::constant_pad_nd(cut, {0, width % 2, 0, height % 2});
  });
}

static std::vector<at::Tensor> values(const ct_tensor *const *tensors, int count) {
  std::vector<at::Tensor> list;
  list.reserve(count);
  for (int position = 0; position < count; ++position) list.push_back(tensors[position]->value);
  return list;
}

ct_tensor *ct_concatenate(const ct_tensor *const *inputs, int count) {
  return guarded([&] { return at::cat(values(inputs, count), 1); });
}

ct_tensor *ct_add(const ct_tensor *left, const ct_tensor *right) {
  return guarded([&] { return left->value + right->value; });
}

int ct_entries(const ct_tensor *vector, ct_tensor **entries, int64_t count) {
  return static_cast<int>(guardedNumber([&]() -> int64_t {
    auto scalars = vector->value.unbind(0);
    TORCH_CHECK(static_cast<int64_t>(scalars.size()) == count, "a vector of ", scalars.size(), " entries, not ", count);
    for (int64_t position = 0; position < count; ++position) entries[position] = own(scalars[position]);
    return 0;
  }));
}

ct_tensor *ct_weighted_sum(const ct_tensor *const *inputs, const ct_tensor *const *weights, int count) {
  return guarded([&] {
    auto sum = inputs[0]->value * weights[0]->value;
    for (int position = 1; position < count; ++position) sum = sum + inputs[position]->value * weights[position]->value;
    return sum;
  });
}

ct_tensor *ct_scale_images(const ct_tensor *input, const ct_tensor *mask) {
  return guarded([&] { return input->value * mask->value.view({-1, 1, 1, 1}); });
}

ct_tensor *ct_zeros(int64_t images, int64_t channels, int64_t height, int64_t width, int doubles, int index) {
  return guarded([&] {
    return at::zeros({images, channels, height, width},
                     at::TensorOptions(doubles ? at::kDouble : at::kFloat).device(device(index)));
  });
}

ct_tensor *ct_global_mean(const ct_tensor *input) {
  return guarded([&] { return input->value.mean({2, 3}); });
}

ct_tensor *ct_linear(const ct_tensor *input, const ct_tensor *weight, const ct_tensor *bias) {
  return guarded([&] { return at::linear(input->value, weight->value, bias->value); });
}

ct_tensor *ct_cross_entropy(const ct_tensor *logits, const ct_tensor *labels, int sum) {
  return guarded([&] {
    return at::nll_loss(at::log_softmax(logits->value, 1), labels->value, {},
                        sum ? at::Reduction::Sum : at::Reduction::Mean);
  });
}

ct_tensor *ct_rectangular_convolution(const ct_tensor *input, const ct_tensor *weight, int stride_rows, int stride_columns) {
  return guarded([&] {
    auto rows = weight->value.size(2), columns = weight->value.size(3);
    return at::conv2d(input->value, weight->value, {}, at::IntArrayRef{stride_rows, stride_columns},
                      at::IntArrayRef{rows / 2, columns / 2});
  });
}

ct_tensor *ct_mean_of_windows(const ct_tensor *input, int rows, int columns, int stride_rows, int stride_columns) {
  return guarded([&] { return at::avg_pool2d(input->value, {rows, columns}, {stride_rows, stride_columns}); });
}

ct_tensor *ct_scale(const ct_tensor *input, double factor) {
  return guarded([&] { return input->value * factor; });
}

ct_tensor *ct_smoothed_cross_entropy(const ct_tensor *logits, const ct_tensor *labels, double smoothing) {
  return guarded([&] {
    auto logs = at::log_softmax(logits->value, 1);
    return (1 - smoothing) * at::nll_loss(logs, labels->value) - smoothing * logs.mean();
  });
}
