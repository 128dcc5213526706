#pragma once
// How long the allocator takes for all calls of a lesson: they are made again on a heap of their
// own, without events, where nobody looks.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include "app/lessons/lesson_trace.hpp"
#include "core/heap/break/program_break.hpp"
#include "core/heap/classic/classic_heap.hpp"
#include "core/include/microheap.h"

namespace mh {

struct LessonCall {
  enum class Kind : std::uint8_t { allocate, resize, release, reset };
  Kind kind = Kind::allocate;
  std::size_t block = 0;   ///< index of the block
  std::uint64_t size = 0;  ///< bytes requested
};

/// The calls of a lesson that did something, of all its threads, in the order in which the lock let
/// them in. Mistakes and the objects of pools are left out; calloc is an allocation like others.
struct LessonCalls {
  mh_policy policy{};
  std::vector<LessonCall> calls;
  std::size_t blocks = 0;  ///< different ones
};
[[nodiscard]] LessonCalls calls_of(const LessonTrace& trace);

/// A heap on which a lesson's calls can be made any number of times. calls must outlive it.
class LessonReplay {
 public:
  /// Throws std::bad_alloc.
  explicit LessonReplay(const LessonCalls& calls);
  /// Makes all calls on the empty heap. Returns how long they took, ns.
  std::uint64_t run();
  [[nodiscard]] mh_stats stats() const { return heap_.stats(); }

 private:
  const LessonCalls& calls_;
  ReservedBreak memory_;
  ClassicHeap heap_;
  std::vector<void*> blocks_;
};

/// The median for each of several, ns. They take turns, so that whatever else the machine does
/// meanwhile meets all of them alike. Takes about 0.3 s; empty if it was stopped.
[[nodiscard]] std::vector<std::uint64_t> time_calls(const std::vector<LessonCalls>& all,
                                                    const std::stop_token& stop = {});

/// The same on a thread of its own. Methods are for one thread.
class LessonTimer {
 public:
  /// What was under way or not yet taken is forgotten.
  void start(std::vector<LessonCalls> all);
  void forget();
  [[nodiscard]] bool running() const { return thread_.joinable(); }
  /// The medians, once, as soon as they are there; none if there was no room for the heaps.
  std::optional<std::vector<std::uint64_t>> take();

 private:
  std::vector<std::uint64_t> result_;
  std::atomic<bool> done_{false};
  std::jthread thread_;  // the last: it ends before what it uses
};

}  // namespace mh
