#pragma once
// How an engine says what it does. One EventWriter a heap; each thread has a ring of its own.
//
// The protocol of one scope, in the writing thread (merger.hpp has the reader's side and the
// proof):
//
//   raise    in_flight becomes odd, by an atomic exchange
//   stamp    read the clock, once for all events of the scope
//   write    records go into the ring beyond head, where the reader does not look
//   publish  head moves over them
//   lower    in_flight becomes even

#include <atomic>
#include <cstdint>

#include "core/events/event.hpp"
#include "core/events/segment.hpp"

namespace mh {

/// Number of the calling thread, 1..65535; given at the first call, unless set_this_thread_number()
/// was first.
std::uint16_t this_thread_number();
void set_this_thread_number(std::uint16_t number);

/// Writes events into a segment. Without a segment, or without a reader, every call is a single
/// branch. Never allocates, never locks; a system call is made only to wait for a slow reader, and
/// when a thread registers.
class EventWriter {
 public:
  EventWriter() = default;
  ~EventWriter() { detach(); }
  EventWriter(const EventWriter&) = delete;
  EventWriter& operator=(const EventWriter&) = delete;

  /// Starts writing into segment, which must outlive the writer or detach(). Not while calls are
  /// under way. After a fork the child's writer is silent until it attaches to a segment of its
  /// own.
  void attach(Segment& segment);
  void detach();
  /// Somebody will listen, but there is no segment yet: active() from now on, though nothing is
  /// written. So the next call comes to where a segment can be attached.
  void expect_segment();
  [[nodiscard]] bool active() const {
    return listening_.load(std::memory_order_relaxed)->load(std::memory_order_relaxed) != 0;
  }
  /// Turned on, each event is preceded by a step event: the line of the source that it comes from.
  /// Under the heap's lock.
  void set_explaining(bool on) { explaining_ = on; }
  [[nodiscard]] bool explaining() const { return explaining_; }
  /// The reader asked for a fresh walk which nobody has given yet.
  [[nodiscard]] bool walk_wanted() const;
  /// Answers what the last walk_wanted() saw; a request made since then stays open.
  void walk_given();

  /// Names the calling thread (at most 23 characters) and writes thread_start.
  void thread_begin(const char* name);
  /// Writes thread_end and gives the slot back. A thread that never says so is noticed by the
  /// reader.
  void thread_end();

  /// Waits, outside the heap's lock, for a permit if calls are paced (see SegmentHeader), and then
  /// until the calling thread has a ring, and room in it for a call's usual events; for at most the
  /// segment's patience, and then drops and counts until there is room again.
  void reserve() {
    if (active()) reserve_room();
  }

 private:
  friend class EventScope;

  ThreadSlot* slot_of_this_thread();  // null: the table is full, or nobody listens
  ThreadSlot* find_or_claim_slot();
  ThreadSlot* find_own_slot(std::uint32_t os_thread, std::uint64_t start_time);
  ThreadSlot* claim_slot(std::uint32_t os_thread, std::uint64_t start_time);
  Record* ring_of(const ThreadSlot& slot) const;
  bool forked();
  void reserve_room();
  void wait_for_permit() const;
  [[nodiscard]] bool reader_lives() const;
  void leave_a_dead_reader();
  template <typename Condition>
  bool wait_until(Condition&& is_done) const;
  ThreadSlot* wait_for_slot();
  [[nodiscard]] bool slots_will_be_recycled() const;
  bool has_room(ThreadSlot& slot, std::uint64_t head, std::uint64_t records) const;
  bool wait_for_room(ThreadSlot& slot, std::uint64_t head, std::uint64_t records) const;

  // active() follows listening_ to the segment's flag, or to this one, so that it takes one branch.
  std::atomic<std::uint32_t> nobody_{0};
  std::atomic<std::uint32_t> somebody_{1};
  std::atomic<std::atomic<std::uint32_t>*> listening_{&nobody_};

  Segment* segment_ = nullptr;
  std::uint64_t attachment_ = 0;  // unique in the process: what threads remember their slots by
  bool explaining_ = false;       // guarded by the heap's lock
  std::uint64_t last_stamp_ = 0;  // newest stamp of a scope; guarded by the heap's lock
  const std::atomic<std::uint32_t>* cookie_ =
      nullptr;  // a page that the kernel empties in a forked child
  mutable std::atomic<std::uint32_t> walk_seen_{0};
  std::atomic<std::uint32_t> skipped_{0};  // calls that did not wait, because it was in vain before
  // slots_recycled when a thread waited for a slot and got none
  std::atomic<std::uint32_t> waited_in_vain_at_{~std::uint32_t{0}};
};

/// The events of one call of the allocator. Open it inside the heap's lock: it raises the thread's
/// in-flight mark, then reads the clock once for all of them; emit() writes; the destructor
/// publishes and lowers the mark. The events of one scope stand side by side in the merged log. A
/// thread has one scope open at a time.
class EventScope {
 public:
  explicit EventScope(EventWriter& writer) {
    if (writer.active()) open(writer, Order::locked);
  }
  ~EventScope() {
    if (slot_ != nullptr) close();
  }
  EventScope(const EventScope&) = delete;
  EventScope& operator=(const EventScope&) = delete;

  void emit(EventKind kind, std::uint64_t address, std::uint64_t size = 0, std::uint8_t extra = 0,
            SourceLine from = SourceLine::current()) {
    if (writer_ == nullptr) return;
    if (writer_->explaining()) tell_step(address, from);
    write(kind, address, size, extra);
  }
  /// What the caller called, if it was not malloc(). No line of the engine: no step goes before it.
  void tell_call(CallKind call, std::uint64_t argument, std::uint64_t address = 0) {
    if (writer_ != nullptr)
      write(EventKind::call, address, argument, static_cast<std::uint8_t>(call));
  }
  /// Whether somebody listens: whoever has many events may ask first.
  [[nodiscard]] bool heard() const { return writer_ != nullptr; }
  /// The clock reading of this scope, in ticks; 0 if nobody listens.
  [[nodiscard]] std::uint64_t stamp() const { return stamp_; }

 private:
  friend class EventWriter;
  // locked: the heap's lock orders the scopes. by_clock: no lock is held; only the clock orders.
  enum class Order { locked, by_clock };
  EventScope(EventWriter& writer, Order order) {
    if (writer.active()) open(writer, order);
  }
  void open(EventWriter& writer, Order order);
  void raise_mark();
  void tell_step(std::uint64_t address, SourceLine from);
  void write(EventKind kind, std::uint64_t address, std::uint64_t size, std::uint8_t extra);
  bool make_room(std::uint64_t records);
  void put(Record record);
  void count_lost();
  void close();

  EventWriter* writer_ = nullptr;  // null: nobody listens
  ThreadSlot* slot_ = nullptr;     // null: this thread found no slot
  Record* ring_ = nullptr;
  std::uint64_t stamp_ = 0;
  std::uint64_t begin_ = 0;  // the ring's head when the scope opened ...
  std::uint64_t head_ = 0;   // ... and one past the last record written
  std::uint64_t mask_ = 0;
  bool cut_ = false;  // the ring was full: the rest of this scope is dropped
};

}  // namespace mh
