#pragma once
// The teaching engine: a list of all blocks, first fit, one lock, memory from the break.

#include <cstddef>
#include <cstdint>
#include <functional>

#include "core/events/event_writer.hpp"
#include "core/heap/program_break.hpp"
#include "core/include/microheap.h"

namespace mh {

struct Block;

class ClassicHeap {
 public:
  explicit ClassicHeap(Break& end);

  void* allocate(std::size_t size);
  void release(void* pointer);
  void* allocate_zeroed(std::size_t count, std::size_t size);
  void* reallocate(void* pointer, std::size_t size);
  [[nodiscard]] std::size_t usable_size(const void* pointer) const;

  [[nodiscard]] mh_stats stats() const;
  [[nodiscard]] mh_error check(const void** where) const;

  /// Where a walk was taken, and when.
  struct WalkEnd {
    const void* start;    ///< of the heap
    const void* end;      ///< the break
    std::uint64_t clock;  ///< a reading of clock_now() taken under the lock, ticks
  };
  /// Visits every block in the order of addresses, under the lock.
  WalkEnd walk(mh_visitor visitor, void* context) const;
  /// The same, unless the lock is not to be had within timeout_ns. False: nothing was visited.
  bool walk_within(std::uint64_t timeout_ns, mh_visitor visitor, void* context, WalkEnd& end) const;

  /// Takes back every block, used or not, and moves the break to where the heap began.
  /// Pointers into the heap are dead after it.
  void reset();

  void set_error_handler(mh_error_handler handler, void* context);

  /// The stream of this heap's events. After attaching a segment call announce().
  [[nodiscard]] EventWriter& events() { return events_; }
  /// Tells a new reader what is there: reset, break, every block with its state and owner.
  void announce();
};

/// The heap behind my_malloc(), on the process's own program break. It lives as long as the process.
ClassicHeap& process_heap();

}  // namespace mh
