#pragma once
// Where the reader stands in one ring: takes records out, checks them, and makes events of them.

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/events/event.hpp"
#include "core/events/segment.hpp"

namespace mh {

/// What the cursors of one poll share.
struct ReadBudget {
  std::size_t records = 0;      ///< that may still be taken from the rings
  std::uint64_t ceiling = 0;    ///< no honest stamp is beyond it
  std::uint64_t malformed = 0;  ///< counts up
};

/// The reader's side of one slot. The ring is hostile: each word is read once, into a copy, and
/// judged there.
class RingCursor {
 public:
  RingCursor(ThreadSlot& slot, const Record* ring, std::uint32_t capacity)
      : slot_(&slot), ring_(ring), capacity_(capacity) {
    // A reader before this one may have taken records; go on where it stopped, if that is possible.
    const std::uint64_t head = slot.head.load(std::memory_order_acquire);
    const std::uint64_t tail = slot.tail.load(std::memory_order_relaxed);
    const bool plausible = head - tail <= capacity;
    next_ = taken_ = head_ = plausible ? tail : head;
    published_ = tail;
    stamp_ = taken_stamp_ = slot.tail_stamp.load(std::memory_order_relaxed);
  }

  /// Reads the slot's mark, then its state, then its head: see Merger for why in this order.
  /// now and before: the clock readings of this poll and of the last.
  void observe(std::uint64_t now, std::uint64_t before, ReadBudget& budget) {
    const std::uint64_t mark = slot_->in_flight.load(std::memory_order_acquire);
    state_ = static_cast<SlotState>(slot_->state.load(std::memory_order_acquire));
    const std::uint64_t head = slot_->head.load(std::memory_order_acquire);
    moved_ = mark != mark_ || head != head_;
    in_flight_ = (mark & 1) != 0 && state_ == SlotState::active && !owner_gone_;
    if (!in_flight_) {
      bound_ = now;
    } else if (mark != mark_ && bound_ < before) {
      bound_ = before;
    }
    mark_ = mark;
    if (head - taken_ <= capacity_ && head - taken_ >= head_ - taken_) {
      head_ = head;
    } else {
      skip_to(head);
      ++budget.malformed;
    }
  }

  /// True: event() is the next of this ring, and its `more` is right: its successor is at hand,
  /// too.
  bool ready(ReadBudget& budget) {
    if (!has_event_) {
      cut_ = false;
      has_event_ = read(event_, budget);
      if (!has_event_) {
        if (next_ == head_) taken_ = next_;  // what was left made no event
        return false;
      }
    }
    if (!event_.event.more || has_successor_) return true;
    has_successor_ = read(successor_, budget);
    if (has_successor_) {
      // A call has one stamp. Else records between were bad, and the two belong to different calls.
      if (cut_ || successor_.stamp != event_.stamp) end_call_here(budget);
      return true;
    }
    if (next_ != head_ || !call_is_over()) return false;
    end_call_here(budget);
    return true;
  }

  /// After ready(). Its time and thread are the caller's to fill in.
  [[nodiscard]] const Event& event() const { return event_.event; }
  [[nodiscard]] std::uint64_t event_stamp() const { return event_.stamp; }

  /// Takes event() out.
  void pop() {
    taken_ = event_.end;
    taken_stamp_ = event_.stamp;
    has_event_ = has_successor_;
    if (has_successor_) event_ = successor_;
    has_successor_ = false;
    cut_ = false;
    waiting_mark_ = 0;
    if (taken_ - published_ >= capacity_ / 8) publish_tail();
  }

  /// Lets the writer use the room of what was taken.
  void publish_tail() {
    if (taken_ == published_) return;
    slot_->tail_stamp.store(taken_stamp_, std::memory_order_relaxed);
    slot_->tail.store(taken_, std::memory_order_release);
    published_ = taken_;
  }

  /// This ring will never say anything older than this stamp.
  [[nodiscard]] std::uint64_t oldest_possible() const {
    if (has_event_) return event_.stamp;
    if (next_ != head_) return stamp_;
    return bound_ > stamp_ ? bound_ : stamp_;
  }

  [[nodiscard]] ThreadSlot& slot() const { return *slot_; }
  [[nodiscard]] SlotState state() const { return state_; }
  [[nodiscard]] bool in_flight() const {
    return in_flight_;
  }  ///< the thread may be about to publish
  [[nodiscard]] bool moved() const {
    return moved_;
  }  ///< the thread did something since the last poll
  [[nodiscard]] bool drained() const { return !has_event_ && next_ == head_; }

  /// The slot's thread does not exist any more; from the next observe() on, its mark does not
  /// count.
  void set_owner_gone() { owner_gone_ = true; }
  [[nodiscard]] bool owner_gone() const { return owner_gone_; }

  /// Gives the slot to whoever claims it next. After drained(), when the thread has ended.
  void recycle() {
    publish_tail();
    if ((mark_ & 1) != 0) slot_->in_flight.store(++mark_, std::memory_order_relaxed);
    owner_gone_ = false;
    slot_->state.store(static_cast<std::uint32_t>(SlotState::unused), std::memory_order_release);
  }

 private:
  struct Decoded {
    Event event;
    std::uint64_t stamp = 0;
    std::uint64_t end = 0;  ///< index of the record after it
  };

  // The next event of the ring. False: there is none, or the budget is spent.
  bool read(Decoded& decoded, ReadBudget& budget) {
    while (next_ != head_ && budget.records != 0) {
      const Record record = load(next_++);
      --budget.records;
      const EventKind kind = record.kind();
      if (kind == EventKind::stamp) {
        set_stamp(record.word1, budget);
        if (!record.more()) cut_ = true;
        continue;
      }
      if (kind == EventKind::none || kind >= EventKind::count) {
        ++budget.malformed;
        if (!record.more()) cut_ = true;
        continue;
      }
      const bool wide = record.wide();
      const std::uint64_t delta = record.delta();
      if (!wide && delta != 0 && delta != Record::unstamped_delta) {
        set_stamp(stamp_ + delta, budget);
      }
      Event& event = decoded.event;
      event.address = record.address() & 0xffff'ffff'ffffULL;
      event.kind_bits = static_cast<std::uint8_t>(kind);
      event.extra = record.extra();
      event.size = wide ? record.word1 : record.size();
      event.more = record.more();
      decoded.stamp = stamp_;
      decoded.end = next_;
      return true;
    }
    return false;
  }

  [[nodiscard]] Record load(std::uint64_t index) const {
    // volatile: a hostile writer may change the record between two reads of it, so there is only
    // one
    const volatile Record* record = ring_ + (index & (capacity_ - 1));
    return {record->word0, record->word1};
  }

  void set_stamp(std::uint64_t stamp, ReadBudget& budget) {
    if (stamp < stamp_ || stamp > budget.ceiling) {
      ++budget.malformed;
      if (stamp < stamp_ || stamp_ > budget.ceiling) return;
      stamp = budget.ceiling;
    }
    stamp_ = stamp;
  }

  // The event says that more follows, and nothing does. That is right while the thread is still in
  // the scope that wrote it, waiting for room.
  [[nodiscard]] bool call_is_over() {
    if (!in_flight_) return true;
    if (waiting_mark_ == 0) waiting_mark_ = mark_;
    return waiting_mark_ != mark_;
  }

  void end_call_here(ReadBudget& budget) {
    event_.event.more = 0;
    ++budget.malformed;
  }

  void skip_to(std::uint64_t head) {
    next_ = head_ = taken_ = head;
    event_.end = successor_.end = head;
  }

  ThreadSlot* slot_;
  const Record* ring_;
  std::uint64_t capacity_;

  // taken_ <= next_ <= head_ <= taken_ + capacity_. Indices of records count from the ring's
  // beginning on.
  std::uint64_t head_ = 0;       // as last read, and found possible
  std::uint64_t next_ = 0;       // record to read next
  std::uint64_t taken_ = 0;      // all before it was popped
  std::uint64_t published_ = 0;  // value of the slot's tail
  std::uint64_t stamp_ = 0;      // of the newest record read
  std::uint64_t taken_stamp_ = 0;

  Decoded event_;
  Decoded successor_;
  bool has_event_ = false;
  bool has_successor_ = false;
  bool cut_ = false;  // a record without `more` was skipped since event_

  std::uint64_t mark_ = 0;
  std::uint64_t bound_ = 0;         // what is not published yet has at least this stamp
  std::uint64_t waiting_mark_ = 0;  // the mark when event_ was first seen to lack its successor
  SlotState state_ = SlotState::unused;
  bool in_flight_ = false;
  bool moved_ = false;
  bool owner_gone_ = false;
};

}  // namespace mh
