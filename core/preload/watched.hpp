#pragma once
// The drop-in under a watcher: whether there is one, and the segment that this process writes into.

#include <atomic>
#include <optional>

#include "core/events/segment.hpp"
#include "core/events/session.hpp"
#include "core/heap/heap.hpp"

namespace mh::preload {

/// One for the process.
class Watched {
 public:
  constexpr Watched() = default;
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;

  /// The heap tells the session's watcher what it does, from now on: its first call. Writes nothing
  /// if there is no watcher any more.
  void begin(Heap& heap, const SessionAddress& address);
  /// In a forked child: the heap is a heap of its own, which tells what it inherited as soon as it
  /// is used. Most children start another program first.
  void after_fork_in_child(Heap& heap);
  /// Called before each call that is not on the engine's short ways.
  void tend(Heap& heap) {
    if (inherited_.load(std::memory_order_relaxed)) [[unlikely]]
      begin_again(heap);
  }

 private:
  /// Never destroyed: others still use the heap when the process ends.
  union Held {
    Segment segment;
    constexpr Held() : segment() {}
    ~Held() {}
  };

  void begin_again(Heap& heap);
  bool join(Heap& heap, bool inherited);

  SessionAddress address_;
  Held held_;
  std::atomic<bool> inherited_{false};
};

}  // namespace mh::preload
