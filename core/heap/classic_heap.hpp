#pragma once
// The teaching engine: a list of all blocks, first fit, one lock, memory from the break.

#include <cstddef>
#include <cstdint>

#include "core/events/event_writer.hpp"
#include "core/heap/block_list.hpp"
#include "core/heap/lock.hpp"
#include "core/heap/program_break.hpp"
#include "core/include/microheap.h"

namespace mh {

/// The simplest allocator that works. What it promises stands in microheap.h; what always holds
/// between two calls, in core/README.md. Every method may be called from any thread.
class ClassicHeap {
 public:
  /// The largest size that can be asked for, bytes: what an event's size field can say.
  static constexpr std::size_t max_request = Record::max_size;

  /// Memory comes from end, which must outlive the heap. Moves nothing yet.
  constexpr explicit ClassicHeap(Break& end) : break_(end) {}
  ClassicHeap(const ClassicHeap&) = delete;
  ClassicHeap& operator=(const ClassicHeap&) = delete;

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
  /// Visits every block in the order of addresses, under the lock. Ends at a damaged block.
  WalkEnd walk(mh_visitor visitor, void* context) const;
  /// The same, unless the lock is not to be had within timeout_ns. False: nothing was visited.
  bool walk_within(std::uint64_t timeout_ns, mh_visitor visitor, void* context, WalkEnd& end) const;

  /// Takes back every block, used or not, and moves the break to where the heap began. Pointers
  /// into the heap are dead after it. Figures that say "ever" or "so far" keep their values.
  /// What lies below somebody else's memory stays behind: the heap begins anew above it.
  void reset();

  void set_error_handler(mh_error_handler handler, void* context);

  /// The stream of this heap's events. After attaching a segment call announce().
  [[nodiscard]] EventWriter& events() { return events_; }
  /// Tells a new reader what is there: reset, break, every block with its state and owner.
  void announce();
  /// Tells the stream what the used block of this payload is called, in at most 8 characters. The
  /// heap itself keeps no names: after announce() they have to be told again.
  void name_block(const void* payload, const char* name);

 private:
  class Call;

  // Policy: where a block comes from, and when memory goes back.
  Block* obtain(std::size_t size, EventScope& scope);
  Block* place(std::size_t size, EventScope& scope);
  Block* grow(std::size_t size, EventScope& scope);
  void trim(EventScope& scope);

  // What a block is.
  void hand_out(Block& block, std::size_t requested, EventScope& scope);
  void take_back(Block& block, EventScope& scope);
  void resize(Block& block, std::size_t requested, EventScope& scope);

  // The end of the heap.
  [[nodiscard]] bool can_grow(EventScope& scope);
  Block* append_at(std::byte* base, std::size_t size, EventScope& scope);
  [[nodiscard]] bool give_back_to(std::byte* new_end);

  // Which block a pointer means.
  mh_error find(const void* pointer, Block*& found) const;
  Block* find_or_report(const void* pointer, EventScope& scope);
  [[nodiscard]] bool in_list(const Block* block) const;

  [[nodiscard]] BlockWalk blocks() const { return {list_, limit()}; }
  [[nodiscard]] const std::byte* limit() const;

  void report(mh_error error, const void* pointer, EventScope& scope);
  void report_damage(mh_error error, const void* where, EventScope& scope);
  void describe();
  WalkEnd walk_locked(mh_visitor visitor, void* context) const;

  Break& break_;
  mutable Lock lock_;
  BlockList list_;
  Tally tally_;        // of the list; what check() compares with the blocks themselves
  mh_stats counts_{};  // the figures that only go up; the others are worked out by stats()
  const void* known_damage_ = nullptr;  // reported already: a search meets it again and again
  mh_error_handler handler_ = nullptr;
  void* handler_context_ = nullptr;
  EventWriter events_;
};

/// The heap behind my_malloc(), on the process's own program break. It lives as long as the
/// process.
ClassicHeap& process_heap();

}  // namespace mh
