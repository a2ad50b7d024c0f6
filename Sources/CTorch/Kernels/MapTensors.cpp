#include "MapTensors.h"

#include <memory>
#include <vector>

namespace ct {
namespace {

constexpr int64_t wholeDimensions = 4, planesDimensions = 5;

std::vector<int64_t> planeStrides(at::IntArrayRef sizes) {
  const int64_t lanes = paddedLanes(static_cast<int>(sizes[4]));
  return {sizes[1] * sizes[2] * sizes[3] * lanes, sizes[2] * sizes[3] * lanes, sizes[3] * lanes, lanes, 1};
}

at::Tensor emptyPlanes(at::IntArrayRef sizes) {
  const auto strides = planeStrides(sizes);
  const auto memory = std::make_shared<Buffer>(static_cast<size_t>(sizes[0] * strides[0]));
  return at::from_blob(
      memory->data(), sizes, strides, [memory](void *) {}, at::TensorOptions().dtype(at::kFloat));
}

}  // namespace

bool areMaps(const at::Tensor &tensor) { return tensor.dim() == wholeDimensions || arePlanes(tensor); }

bool arePlanes(const at::Tensor &maps) { return maps.dim() == planesDimensions; }

at::Tensor readableMaps(const at::Tensor &maps) {
  const auto values = maps.detach();
  if (!arePlanes(values)) return values.contiguous(at::MemoryFormat::ChannelsLast);
  if (values.strides() == at::IntArrayRef(planeStrides(values.sizes()))) return values;
  const auto planes = emptyPlanes(values.sizes());
  const auto whole = mapsOf(planes);
  whole.clear(0, whole.images);
  return planes.copy_(values);
}

FeatureMaps mapsOf(const at::Tensor &readable) {
  const auto size = [&](int64_t dimension) { return static_cast<int>(readable.size(dimension)); };
  auto *values = readable.data_ptr<float>();
  if (!arePlanes(readable)) return {values, size(0), size(2), size(3), 1, size(1), size(1)};
  return {values, size(1), size(2), size(3), size(0), size(4), paddedLanes(size(4))};
}

at::Tensor planesTensor(int planes, int images, int height, int width, int channels) {
  return emptyPlanes({planes, images, height, width, channels});
}

at::Tensor alikeMaps(const at::Tensor &readable) {
  return arePlanes(readable) ? emptyPlanes(readable.sizes()) : at::empty_like(readable);
}

}  // namespace ct
