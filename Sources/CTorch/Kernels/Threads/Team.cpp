#include "Team.h"

#include <chrono>
#include <stdexcept>
#include <utility>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace ct {
namespace {

/// Longer than what lies between two tasks of a pass, and short beside a time slice: with more threads than cores, whoever
/// looks in vain makes room soon.
constexpr auto patience = std::chrono::microseconds(40);

void pause() {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// Looks for a while whether something holds.
template <typename Condition>
bool comesSoon(const Condition &holds) {
  constexpr int looks = 32;
  const auto end = std::chrono::steady_clock::now() + patience;
  do {
    for (int look = 0; look < looks; ++look) {
      if (holds()) return true;
      pause();
    }
  } while (std::chrono::steady_clock::now() < end);
  return false;
}

}  // namespace

Team::Team() : shares(new Share[mostThreads]) {
  for (int thread = 0; thread < mostThreads; ++thread) shares[thread].parts = Parts{};
}

Team::~Team() { endHelpers(); }

Team &Team::ofThisThread() {
  static thread_local Team team;
  return team;
}

void Team::use(int wanted) {
  if (wanted < 1 || wanted > mostThreads) throw std::invalid_argument("a team has from 1 to 256 threads");
  if (isRunning) throw std::logic_error("a team changes while it computes");
  if (wanted < threads()) endHelpers();
  try {
    while (threads() < wanted) {
      const int thread = threads();
      // It waits for a round behind this one, whatever it has slept through.
      shares[thread].parts = Parts{round, 0, 0};
      helpers.emplace_back([this, thread, last = round] { help(thread, last); });
      size = thread + 1;
    }
  } catch (...) {
    endHelpers();
    throw;
  }
}

void Team::endHelpers() {
  {
    std::lock_guard<std::mutex> lock(mutex);
    isOver = true;
  }
  forHelpers.notify_all();
  for (auto &helper : helpers) helper.join();
  helpers.clear();
  size = 1;
  isOver = false;
}

// MARK: The thread that asks

void Team::runTask(int parts, Call call, const void *task) {
  if (isRunning) throw std::logic_error("a task of a team asks for another one");
  struct Running {
    bool &is;
    explicit Running(bool &is) : is(is) { is = true; }
    ~Running() { is = false; }
  } running(isRunning);
  if (parts > mostParts) throw std::invalid_argument("a task has too many parts");
  const Work asked{call, task, parts};
  failure = nullptr;
  if (helpers.empty() || parts <= 1) {
    for (int part = 0; part < parts; ++part) compute(asked, part, 0);
  } else {
    deal(asked);
    work(0, round);
    waitForAll(parts);
  }
  if (failure) std::rethrow_exception(std::exchange(failure, nullptr));
}

/// Each thread gets as many as the others, one next to the other: then it finds in its caches what it has written in the task
/// before. Whoever is through takes from the others.
void Team::deal(const Work &work) {
  done.store(0, std::memory_order_relaxed);
  ++round;
  for (int thread = threads() - 1; thread >= 0; --thread) {
    const Parts parts{round, static_cast<uint16_t>(work.parts * thread / threads()),
                      static_cast<uint16_t>(work.parts * (thread + 1) / threads())};
    shares[thread].work = work;
    shares[thread].parts.store(parts, std::memory_order_seq_cst);
  }
  if (sleepers.load(std::memory_order_seq_cst) == 0) return;
  { std::lock_guard<std::mutex> lock(mutex); }
  forHelpers.notify_all();
}

void Team::waitForAll(int parts) {
  const auto isDone = [&] { return done.load(std::memory_order_seq_cst) == parts; };
  if (comesSoon(isDone)) return;
  std::unique_lock<std::mutex> lock(mutex);
  isOwnerAsleep.store(true, std::memory_order_seq_cst);
  forOwner.wait(lock, isDone);
  isOwnerAsleep.store(false, std::memory_order_seq_cst);
}

// MARK: All threads

/// The next part of a share, as long as it belongs to the round.
bool Team::take(int share, uint32_t ofRound, int &part) {
  auto &parts = shares[share].parts;
  Parts seen = parts.load(std::memory_order_acquire);
  while (seen.round == ofRound && !seen.isEmpty()) {
    Parts taken = seen;
    ++taken.next;
    if (!parts.compare_exchange_weak(seen, taken, std::memory_order_acq_rel, std::memory_order_acquire)) continue;
    part = seen.next;
    return true;
  }
  return false;
}

/// A part that was taken keeps the round from ending, so its task is still there; behind the last one nothing of it is read. A
/// thread's own parts come back together: the line that counts them is everybody's.
void Team::work(int thread, uint32_t ofRound) {
  const Work &work = shares[thread].work;
  int part = 0, computed = 0;
  for (; take(thread, ofRound, part); ++computed) compute(work, part, thread);
  if (computed > 0) comeBack(computed, work);
  for (int step = 1, count = threads(); step < count; ++step) {
    while (take((thread + step) % count, ofRound, part)) {
      compute(work, part, thread);
      comeBack(1, work);
    }
  }
}

void Team::comeBack(int parts, const Work &work) {
  const int all = work.parts;
  if (done.fetch_add(parts, std::memory_order_seq_cst) + parts != all) return;
  if (!isOwnerAsleep.load(std::memory_order_seq_cst)) return;
  { std::lock_guard<std::mutex> lock(mutex); }
  forOwner.notify_one();
}

void Team::compute(const Work &work, int part, int thread) {
  try {
    work.call(work.task, part, thread);
  } catch (...) {
    std::lock_guard<std::mutex> lock(mutex);
    if (failure && failedPart < part) return;
    failure = std::current_exception();
    failedPart = part;
  }
}

// MARK: Helpers

bool Team::seesRound(int thread, uint32_t last) const {
  return shares[thread].parts.load(std::memory_order_seq_cst).round != last || isOver.load(std::memory_order_seq_cst);
}

void Team::help(int thread, uint32_t last) {
  while (true) {
    const auto sees = [&] { return seesRound(thread, last); };
    if (!comesSoon(sees)) {
      std::unique_lock<std::mutex> lock(mutex);
      sleepers.fetch_add(1, std::memory_order_seq_cst);
      forHelpers.wait(lock, sees);
      sleepers.fetch_sub(1, std::memory_order_seq_cst);
    }
    if (isOver.load(std::memory_order_seq_cst)) return;
    last = shares[thread].parts.load(std::memory_order_acquire).round;
    work(thread, last);
  }
}

}  // namespace ct
