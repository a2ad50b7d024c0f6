#include "BufferPool.h"

#include <cstdlib>
#include <mutex>
#include <new>
#include <unordered_map>
#include <vector>

namespace ct {
namespace {
struct Pool {
  std::mutex mutex;
  std::unordered_map<size_t, std::vector<void *>> free;
  int64_t taken = 0;
};

/// Never destroyed: threads may still give buffers back while the process ends.
Pool &pool() {
  static auto *shared = new Pool;
  return *shared;
}

/// Sizes in steps of an eighth of their power of two, so that a pass of another size finds most buffers usable.
size_t rounded(size_t bytes) {
  size_t step = 4096;
  while (step * 8 < bytes) step *= 2;
  return (bytes + step - 1) / step * step;
}
}  // namespace

Buffer::Buffer(size_t count) : bytes(rounded(count * sizeof(float))) {
  auto &shared = pool();
  std::lock_guard<std::mutex> lock(shared.mutex);
  auto &list = shared.free[bytes];
  if (!list.empty()) {
    floats = static_cast<float *>(list.back());
    list.pop_back();
    return;
  }
  floats = static_cast<float *>(std::aligned_alloc(4096, bytes));
  if (!floats) throw std::bad_alloc();
  shared.taken += static_cast<int64_t>(bytes);
}

Buffer::~Buffer() {
  if (!floats) return;
  auto &shared = pool();
  std::lock_guard<std::mutex> lock(shared.mutex);
  shared.free[bytes].push_back(floats);
}

int64_t pooledBytes() {
  auto &shared = pool();
  std::lock_guard<std::mutex> lock(shared.mutex);
  return shared.taken;
}

}  // namespace ct
