// Threads that compute the parts of a shard together with the thread that asks for it.
//
// What a task writes goes by the number of the part, never by the thread: then the bits depend on neither how many threads
// there are nor which of them was faster.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

namespace ct {

/// One thread and its helpers. Only the thread that owns it calls it.
class Team {
 public:
  static constexpr int mostThreads = 256;
  /// Parts of a task, at most.
  static constexpr int mostParts = 1 << 15;

  Team();
  Team(const Team &) = delete;
  Team &operator=(const Team &) = delete;
  ~Team();

  /// The calling thread's own. Its helpers end with the thread.
  static Team &ofThisThread();

  /// How many threads compute, the calling one included; from 1 to `mostThreads`. Helpers that are too many end, as all do where
  /// one cannot be started, which is thrown.
  void use(int threads);
  int threads() const { return size.load(std::memory_order_relaxed); }

  /// Runs `task(part, thread)` for every part from 0 on, and returns when all have come back. Each thread has a number below
  /// `threads()`, the calling one 0. Of what parts throw, that of the first one is thrown again; the others run all the same.
  /// A task may not call this.
  template <typename Task>
  void run(int parts, const Task &task) {
    runTask(parts, [](const void *body, int part, int thread) { (*static_cast<const Task *>(body))(part, thread); }, &task);
  }

 private:
  using Call = void (*)(const void *task, int part, int thread);

  /// The parts of a thread: those from `next` on are not taken yet. One word, so that whoever takes one knows that the round is
  /// still the one it looked at.
  struct Parts {
    uint32_t round = 0;
    uint16_t next = 0, end = 0;

    bool isEmpty() const { return next >= end; }
  };
  static_assert(std::is_trivially_copyable_v<Parts> && sizeof(Parts) == sizeof(uint64_t));
  /// What the parts of a round are for.
  struct Work {
    Call call = nullptr;
    const void *task = nullptr;
    int parts = 0;
  };
  /// Apart from others in memory: its thread looks at it all the time. The work is written before the parts of its round, and read
  /// by its thread while that holds a part that has not come back: parts and work cross from processor to processor together.
  struct alignas(64) Share {
    std::atomic<Parts> parts;
    Work work;
  };

  void runTask(int parts, Call call, const void *task);
  void deal(const Work &work);
  bool take(int share, uint32_t ofRound, int &part);
  void work(int thread, uint32_t ofRound);
  void compute(const Work &work, int part, int thread);
  void comeBack(int parts, const Work &work);
  void waitForAll(int parts);
  void help(int thread, uint32_t last);
  bool seesRound(int thread, uint32_t last) const;
  void endHelpers();

  std::vector<std::thread> helpers;
  std::atomic<int> size{1};
  std::unique_ptr<Share[]> shares;
  uint32_t round = 0;
  bool isRunning = false;

  std::exception_ptr failure;
  int failedPart = 0;

  /// Parts that have come back. Apart from what helpers look at while they wait.
  alignas(64) std::atomic<int> done{0};
  alignas(64) std::atomic<int> sleepers{0};
  std::atomic<bool> isOwnerAsleep{false}, isOver{false};
  std::mutex mutex;
  std::condition_variable forHelpers, forOwner;
};

}  // namespace ct
