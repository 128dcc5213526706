#pragma once
// How an engine says what it does. One EventWriter a heap; each thread has a ring of its own.

#include <atomic>
#include <cstdint>

#include "core/events/event.hpp"
#include "core/events/segment.hpp"

namespace mh {

/// Number of the calling thread, 1..65535; given at the first call, unless set_this_thread_number() was first.
std::uint16_t this_thread_number();
void set_this_thread_number(std::uint16_t number);

/// Writes events into a segment. Without a segment, or without a reader, every call is a single branch.
/// Never allocates, never locks; a system call is made only to wait for a slow reader, and when a
/// thread registers.
class EventWriter {
 public:
  /// Starts writing into segment, which must outlive the writer or detach(). Not while calls are under way.
  void attach(Segment& segment);
  void detach();
  [[nodiscard]] bool active() const;
  /// The reader asked for a fresh walk which nobody has given yet.
  [[nodiscard]] bool walk_wanted() const;
  void walk_given();

  /// Names the calling thread (at most 23 characters) and writes thread_start.
  void thread_begin(const char* name);
  /// Writes thread_end and gives the slot back. A thread that never says so is noticed by the reader.
  void thread_end();

  /// Waits, outside the heap's lock, until the calling thread's ring has room for a call's usual
  /// events; for at most the segment's patience, and then drops and counts until there is room again.
  void reserve();

 private:
  friend class EventScope;
  ThreadSlot* slot_of_this_thread();  // null: the table is full, or nobody listens
  // ... (owner of this file fills in)
};

/// The events of one call of the allocator. Open it inside the heap's lock: it raises the thread's
/// in-flight mark, then reads the clock once for all of them; emit() writes; the destructor publishes
/// and lowers the mark. The events of one scope stand side by side in the merged log.
class EventScope {
 public:
  explicit EventScope(EventWriter& writer);
  ~EventScope();
  EventScope(const EventScope&) = delete;
  EventScope& operator=(const EventScope&) = delete;

  void emit(EventKind kind, std::uint64_t address, std::uint64_t size = 0, std::uint8_t extra = 0);
  /// The clock reading of this scope, in ticks; 0 if nobody listens.
  [[nodiscard]] std::uint64_t stamp() const;
};

}  // namespace mh
