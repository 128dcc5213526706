#pragma once
// What the parts of the classic engine share: the frame of a call, and small conversions.

#include <bit>
#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "core/heap/classic_heap.hpp"

namespace mh {

inline std::uint64_t address_of(const void* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer);
}

/// Index of the class of requested bytes (1 up) in mh_stats.size_class.
inline unsigned size_class_of(std::size_t requested) {
  const auto bits = static_cast<unsigned>(std::bit_width((requested - 1) >> 4));
  return bits < MH_SIZE_CLASSES ? bits : MH_SIZE_CLASSES - 1;
}

/// Lives for one call: waits for room in the event ring, then holds the lock; at the end gives the
/// walk that the reader may have asked for, and leaves errno as the caller shall see it.
class ClassicHeap::Call {
 public:
  explicit Call(ClassicHeap& heap) : heap_(heap), errno_(errno) {
    heap_.events_.reserve();
    const std::uint64_t waited = heap_.lock_.lock_and_measure();
    if (waited != 0) {
      ++heap_.counts_.lock_waits;
      heap_.counts_.lock_wait_ns += waited;
    }
  }
  ~Call() {
    if (heap_.events_.walk_wanted()) heap_.describe();
    heap_.lock_.unlock();
    errno = errno_;
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  void* fail_with(int error) {
    errno_ = error;
    return nullptr;
  }

 private:
  ClassicHeap& heap_;
  int errno_;
};

}  // namespace mh
