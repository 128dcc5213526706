#pragma once
// For the fast heap's own files.

#include <cerrno>

#include "core/heap/fast/fast_heap.hpp"

namespace mh {

/// Lives for one call that takes the lock: waits for room in the event ring before, and after it
/// tells what was found damaged, gives the walk that the reader may have asked for, and leaves
/// errno as the caller shall see it.
class FastHeap::Call {
 public:
  enum class Thread { prepared, as_it_is };

  explicit Call(FastHeap& heap, Thread thread = Thread::prepared) : heap_(heap), errno_(errno) {
    if (thread == Thread::prepared) heap_.prepare_thread();
    heap_.events_.reserve();
    heap_.lock_.lock();
  }
  ~Call() {
    heap_.settle();
    heap_.lock_.unlock();
    errno = errno_;
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  /// Sets the errno to leave; returns result.
  void* fail_with(int error, void* result) {
    errno_ = error;
    return result;
  }

 private:
  FastHeap& heap_;
  int errno_;
};

}  // namespace mh
