// What a batch of several shards computes by shard: their images stand one behind the other, as many of each.
#include "Handle.h"

using namespace ct;

namespace {

/// Shards x images of one x the other sides.
at::Tensor byShard(const at::Tensor &images, int64_t shards) {
  TORCH_CHECK(shards > 0 && images.size(0) % shards == 0, images.size(0), " images of ", shards, " equal shards");
  auto sides = images.sizes().vec();
  sides[0] /= shards;
  sides.insert(sides.begin(), shards);
  return images.reshape(sides);
}

at::Tensor repeated(const ct_tensor *channels, int64_t shards) {
  return channels ? channels->value.repeat({shards}) : at::Tensor();
}

}  // namespace

ct_tensor *ct_batch_norm_by_shard(const ct_tensor *input, const ct_tensor *scale, const ct_tensor *shift, double epsilon,
                                  int64_t shards, ct_tensor **mean, ct_tensor **variance) {
  *mean = nullptr;
  *variance = nullptr;
  ct_tensor *shardMeans = nullptr;
  ct_tensor *shardVariances = nullptr;
  auto *output = guarded([&] {
    // A channel of a shard is a channel of its own to libtorch's batch norm: one call, whose backward is libtorch's too. The images
    // are copied on the way in and out; in primitive operators every intermediate result would be kept for the gradient.
    auto images = byShard(input->value, shards).transpose(0, 1);
    auto channels = shards * images.size(2);
    auto options = input->value.options().requires_grad(false);
    auto means = at::zeros({channels}, options);
    auto variances = at::ones({channels}, options);
    auto normalised =
        at::batch_norm(images.reshape({images.size(0), channels, images.size(3), images.size(4)}),
                       repeated(scale, shards), repeated(shift, shards), means, variances, /*training=*/true,
                       /*momentum=*/1.0, epsilon, /*cudnn_enabled=*/true);
    shardMeans = own(means.view({shards, -1}));
    shardVariances = own(variances.view({shards, -1}));
    return normalised.view(images.sizes()).transpose(0, 1).reshape(input->value.sizes());
  });
  if (!output) {
    ct_free(shardMeans);
    ct_free(shardVariances);
    return nullptr;
  }
  *mean = shardMeans;
  *variance = shardVariances;
  return output;
}

int ct_columns_by_image(const ct_tensor *table, int64_t images, ct_tensor **columns, int64_t count) {
  return static_cast<int>(guardedNumber([&]() -> int64_t {
    auto shards = table->value.size(0);
    TORCH_CHECK(table->value.size(1) == count && images % shards == 0, images, " images for ", shards, " rows of ",
                table->value.size(1), " columns, not ", count);
    // Expanded, not gathered: the gradient is a sum in libtorch's fixed order on every device.
    auto parts = table->value.unsqueeze(1).expand({shards, images / shards, count}).reshape({images, count}).unbind(1);
    for (int64_t place = 0; place < count; ++place) columns[place] = own(parts[place].reshape({images, 1, 1, 1}));
    return 0;
  }));
}

ct_tensor *ct_losses_by_shard(const ct_tensor *logits, const ct_tensor *labels, double smoothing, int64_t shards) {
  return guarded([&] {
    auto logs = at::log_softmax(logits->value, 1);
    auto losses = at::nll_loss(logs, labels->value, {}, at::Reduction::None);
    if (smoothing != 0) losses = (1 - smoothing) * losses - smoothing * logs.mean(1);
    return byShard(losses, shards).mean(1);
  });
}

ct_tensor *ct_hits_by_shard(const ct_tensor *logits, const ct_tensor *labels, int64_t shards) {
  return guarded([&] { return byShard(logits->value.argmax(1).eq(labels->value), shards).sum(1); });
}

ct_tensor *ct_inner_product(const ct_tensor *left, const ct_tensor *right) {
  return guarded([&] { return (left->value * right->value).sum(); });
}
