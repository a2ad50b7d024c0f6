// Memory for activations, used again from pass to pass: fresh pages for 200 MB a shard would cost more than some layers.
#pragma once
#include <cstddef>
#include <cstdint>
#include <utility>

namespace ct {

/// Floats on a 64-byte boundary, taken from a process-wide pool and given back to it.
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(size_t floats);
  /// Memory of someone else's, who keeps it as long as this is used.
  static Buffer borrowed(float *floats) {
    Buffer other;
    other.floats = floats;
    return other;
  }
  Buffer(Buffer &&other) noexcept : floats(std::exchange(other.floats, nullptr)), bytes(other.bytes) {}
  Buffer &operator=(Buffer &&other) noexcept {
    std::swap(floats, other.floats);
    std::swap(bytes, other.bytes);
    return *this;
  }
  Buffer(const Buffer &) = delete;
  Buffer &operator=(const Buffer &) = delete;
  ~Buffer();

  /// Whatever its last user left.
  float *data() const { return floats; }
  explicit operator bool() const { return floats != nullptr; }

 private:
  float *floats = nullptr;
  /// 0 of what is borrowed.
  size_t bytes = 0;
};

/// Bytes that the pool has taken from the system and not given back: a test of growth.
int64_t pooledBytes();
/// Bytes of the buffers that this thread has taken and not given back: a test that nothing is left behind. The pool's own size does not tell,
/// which grows by slabs.
int64_t heldBytes();

}  // namespace ct
