#include "BufferPool.h"

#include <sys/mman.h>

#include <mutex>
#include <new>
#include <unordered_map>
#include <vector>

namespace ct {
namespace {
constexpr size_t hugePage = 2 << 20;
constexpr size_t slabBytes = 32 << 20;
constexpr size_t page = 4096, cacheLine = 64;
/// Buffers from here on are planes.
constexpr size_t planeBytes = 64 << 10;

/// Buffers that nobody uses, by size.
using Free = std::unordered_map<size_t, std::vector<void *>>;

/// One of that size, the one that was given back last; null where there is none.
void *takeFrom(Free &free, size_t bytes) {
  auto &list = free[bytes];
  if (list.empty()) return nullptr;
  void *last = list.back();
  list.pop_back();
  return last;
}

struct Pool {
  std::mutex mutex;
  Free free;
  char *slab = nullptr;
  size_t left = 0;
  int64_t taken = 0;
  size_t planes = 0;

  /// Cut from slabs that ask for huge pages: with small ones every row of a plane would miss the translation cache.
  void *cut(size_t bytes) {
    if (bytes > left) {
      const size_t size = bytes > slabBytes ? (bytes + hugePage - 1) / hugePage * hugePage : slabBytes;
      void *fresh = mmap(nullptr, size + hugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      if (fresh == MAP_FAILED) throw std::bad_alloc();
      const auto address = (reinterpret_cast<uintptr_t>(fresh) + hugePage - 1) / hugePage * hugePage;
      slab = reinterpret_cast<char *>(address);
      left = size;
      madvise(slab, size, MADV_HUGEPAGE);
      taken += static_cast<int64_t>(size);
    }
    void *piece = slab;
    slab += bytes;
    left -= bytes;
    return piece;
  }

  /// Rows at the same place of several planes are read together: a plane begins some lines further into its page than the
  /// one before it, lest they all fall on the same few lines of the first cache.
  void *cutPlane(size_t bytes) {
    constexpr size_t colours = page / cacheLine, step = 5;
    return static_cast<char *>(cut(bytes + page)) + planes++ * step % colours * cacheLine;
  }
};

/// Never destroyed: threads may still give buffers back while the process ends.
Pool &pool() {
  static auto *shared = new Pool;
  return *shared;
}

/// What a thread has given back and takes again before it asks the pool: its processor's caches may still hold it, and another
/// processor would have to take it from there first. Bounded: what is beyond goes to the pool.
class ThreadBuffers {
 public:
  void *take(size_t bytes) {
    void *own = takeFrom(free, bytes);
    if (own) held -= bytes;
    return own;
  }
  /// False where there is no room for it.
  bool give(void *buffer, size_t bytes) {
    if (held + bytes > mostBytes) return false;
    free[bytes].push_back(buffer);
    held += bytes;
    return true;
  }
  /// The thread's; null when it has ended but for the last of its buffers.
  static ThreadBuffers *own() {
    static thread_local ThreadBuffers buffers;
    return hasEnded ? nullptr : &buffers;
  }
  ~ThreadBuffers() {
    hasEnded = true;
    auto &shared = pool();
    std::lock_guard<std::mutex> lock(shared.mutex);
    for (auto &[bytes, list] : free) {
      auto &all = shared.free[bytes];
      all.insert(all.end(), list.begin(), list.end());
    }
  }

 private:
  static constexpr size_t mostBytes = 32 << 20;
  static thread_local bool hasEnded;

  Free free;
  size_t held = 0;
};
thread_local bool ThreadBuffers::hasEnded = false;

/// Of buffers that the thread has taken. One that a thread takes and another gives back leaves the one with more and the other with
/// less.
thread_local int64_t heldByThread = 0;

/// Sizes in steps of an eighth of their power of two, so that a pass of another size finds most buffers usable.
size_t rounded(size_t bytes) {
  size_t step = page;
  while (step * 8 < bytes) step *= 2;
  return (bytes + step - 1) / step * step;
}
}  // namespace

Buffer::Buffer(size_t count) : bytes(rounded(count * sizeof(float))) {
  heldByThread += static_cast<int64_t>(bytes);
  auto *own = ThreadBuffers::own();
  void *taken = own ? own->take(bytes) : nullptr;
  if (!taken) {
    auto &shared = pool();
    std::lock_guard<std::mutex> lock(shared.mutex);
    taken = takeFrom(shared.free, bytes);
    if (!taken) taken = bytes >= planeBytes ? shared.cutPlane(bytes) : shared.cut(bytes);
  }
  floats = static_cast<float *>(taken);
}

Buffer::~Buffer() {
  if (!floats || bytes == 0) return;
  heldByThread -= static_cast<int64_t>(bytes);
  auto *own = ThreadBuffers::own();
  if (own && own->give(floats, bytes)) return;
  auto &shared = pool();
  std::lock_guard<std::mutex> lock(shared.mutex);
  shared.free[bytes].push_back(floats);
}

int64_t pooledBytes() {
  auto &shared = pool();
  std::lock_guard<std::mutex> lock(shared.mutex);
  return shared.taken;
}

int64_t heldBytes() { return heldByThread; }

}  // namespace ct
