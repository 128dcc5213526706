#include "core/events/event_writer.hpp"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "core/events/clock.hpp"
#include "core/events/os_thread.hpp"

namespace mh {
namespace {

constexpr std::uint64_t usual_records = 64;                // what reserve() makes room for
constexpr std::uint64_t max_patience_ns = 10'000'000'000;  // whatever the segment says
constexpr long permit_pause_ns = 500'000;                  // between two looks for one
constexpr std::uint64_t longest_pulse_ns =
    1'000'000'000;                                // between two signs of life of the reader
constexpr std::uint32_t look_after_calls = 1024;  // that were dropped: is the reader gone?

// What a thread remembers. Plain data without destructors: it is used while threads end.
struct KnownSlot {
  std::uint64_t attachment;  // of the EventWriter; 0: empty
  ThreadSlot* slot;          // null: the table was full ...
  std::uint32_t recycled;    // ... when this many slots had been recycled
};
struct ThreadMemory {
  std::array<KnownSlot, 4> slots;  // by attachment modulo 4
  std::array<char, 24> name;       // empty: not named
  std::uint16_t number;            // 0: not given yet
};

[[gnu::tls_model("initial-exec")]] constinit thread_local ThreadMemory this_thread{};

// Numbers that identify within the process. They only count up.
constinit std::atomic<std::uint64_t> next_attachment{1};
constinit std::atomic<std::uint32_t> next_thread_number{0};

KnownSlot& known_slot(std::uint64_t attachment) {
  return this_thread.slots[attachment % this_thread.slots.size()];
}

std::uint32_t this_os_thread() {
  return static_cast<std::uint32_t>(syscall(SYS_gettid));
}

void store_name(ThreadSlot& slot, const std::array<char, 24>& name) {
  for (std::size_t i = 0; i < slot.name.size(); ++i) {
    std::uint64_t word = 0;
    std::memcpy(&word, name.data() + 8 * i, 8);
    slot.name[i].store(word, std::memory_order_relaxed);
  }
}

// A thread that was not named goes by the name the system knows.
std::array<char, 24> name_of_this_thread() {
  std::array<char, 24> name = this_thread.name;
  if (name[0] == '\0') prctl(PR_GET_NAME, name.data());  // at most 16 bytes
  return name;
}

}  // namespace

std::uint16_t this_thread_number() {
  while (this_thread.number == 0) {
    const std::uint32_t count = next_thread_number.fetch_add(1, std::memory_order_relaxed) + 1;
    this_thread.number = static_cast<std::uint16_t>(count);
  }
  return this_thread.number;
}

void set_this_thread_number(std::uint16_t number) {
  if (number == this_thread.number) return;
  this_thread.number = number;
  this_thread.slots = {};  // a slot belongs to one number: look again
}

void EventWriter::attach(Segment& segment) {
  detach();
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return;  // without it a forked child could write into our rings
  if (madvise(page, 4096, MADV_WIPEONFORK) != 0) {
    munmap(page, 4096);
    return;
  }
  auto* cookie = new (page) std::atomic<std::uint32_t>(1);
  cookie_ = cookie;
  segment_ = &segment;
  attachment_ = next_attachment.fetch_add(1, std::memory_order_relaxed);
  listening_.store(&segment.header().reader_attached, std::memory_order_release);
}

void EventWriter::detach() {
  listening_.store(&nobody_, std::memory_order_relaxed);
  segment_ = nullptr;
  if (cookie_ != nullptr) munmap(const_cast<std::atomic<std::uint32_t>*>(cookie_), 4096);
  cookie_ = nullptr;
}

void EventWriter::expect_segment() {
  detach();
  listening_.store(&somebody_, std::memory_order_relaxed);
}

// The rings are the parent's: a child that wrote into them would mix its heap with the parent's.
bool EventWriter::forked() {
  if (cookie_ == nullptr) return true;  // a segment is expected, and not there yet
  if (cookie_->load(std::memory_order_relaxed) != 0) return false;
  listening_.store(&nobody_, std::memory_order_relaxed);
  return true;
}

bool EventWriter::walk_wanted() const {
  if (!active() || segment_ == nullptr) return false;
  const SegmentHeader& header = segment_->header();
  const std::uint32_t requested = header.walk_requested.load(std::memory_order_acquire);
  walk_seen_.store(requested, std::memory_order_relaxed);
  return requested != header.walk_done.load(std::memory_order_relaxed);
}

void EventWriter::walk_given() {
  if (segment_ == nullptr) return;
  segment_->header().walk_done.store(walk_seen_.load(std::memory_order_relaxed),
                                     std::memory_order_release);
}

void EventWriter::thread_begin(const char* name) {
  this_thread.name = {};
  std::strncpy(this_thread.name.data(), name, this_thread.name.size() - 1);
  if (!active() || forked()) return;
  reserve_room();
  if (ThreadSlot* slot = slot_of_this_thread()) store_name(*slot, this_thread.name);
  EventScope scope(*this, EventScope::Order::by_clock);
  scope.emit(EventKind::thread_start, 0);
}

void EventWriter::thread_end() {
  if (!active() || forked()) return;
  const KnownSlot& own = known_slot(attachment_);
  ThreadSlot* const slot = own.attachment == attachment_ ? own.slot : nullptr;
  if (slot == nullptr) return;  // it never said anything, or said so already
  {
    EventScope scope(*this, EventScope::Order::by_clock);
    scope.emit(EventKind::thread_end, 0);
  }
  for (KnownSlot& known : this_thread.slots) {
    if (known.slot == slot) known = {};  // of another heap on the same segment, too
  }
  slot->state.store(static_cast<std::uint32_t>(SlotState::ended), std::memory_order_release);
}

ThreadSlot* EventWriter::slot_of_this_thread() {
  KnownSlot& known = known_slot(attachment_);
  if (known.attachment == attachment_ && known.slot != nullptr) return known.slot;
  // A full table is searched again only after the reader gave a slot back.
  const std::uint32_t recycled = segment_->header().slots_recycled.load(std::memory_order_acquire);
  if (known.attachment == attachment_ && known.recycled == recycled) return nullptr;
  known = {attachment_, find_or_claim_slot(), recycled};
  return known.slot;
}

ThreadSlot* EventWriter::find_or_claim_slot() {
  const std::uint32_t os_thread = this_os_thread();
  const std::uint64_t start_time = look_up_thread(os_thread).start_time;
  ThreadSlot* slot = find_own_slot(os_thread, start_time);
  return slot != nullptr ? slot : claim_slot(os_thread, start_time);
}

ThreadSlot* EventWriter::find_own_slot(std::uint32_t os_thread, std::uint64_t start_time) {
  for (std::uint32_t i = 0; i < segment_->slot_count(); ++i) {
    ThreadSlot& slot = segment_->slot(i);
    if (slot.state.load(std::memory_order_acquire) !=
            static_cast<std::uint32_t>(SlotState::active) ||
        slot.os_thread.load(std::memory_order_relaxed) != os_thread ||
        slot.os_start_time.load(std::memory_order_relaxed) != start_time) {
      continue;
    }
    if (slot.thread.load(std::memory_order_relaxed) == this_thread_number()) return &slot;
    // The thread goes by another number now. Its old slot has told all that it will tell.
    slot.state.store(static_cast<std::uint32_t>(SlotState::ended), std::memory_order_release);
  }
  return nullptr;
}

ThreadSlot* EventWriter::claim_slot(std::uint32_t os_thread, std::uint64_t start_time) {
  for (std::uint32_t i = 0; i < segment_->slot_count(); ++i) {
    ThreadSlot& slot = segment_->slot(i);
    auto expected = static_cast<std::uint32_t>(SlotState::unused);
    if (slot.state.load(std::memory_order_relaxed) != expected ||
        !slot.state.compare_exchange_strong(expected,
                                            static_cast<std::uint32_t>(SlotState::claimed),
                                            std::memory_order_acquire, std::memory_order_relaxed)) {
      continue;
    }
    slot.thread.store(this_thread_number(), std::memory_order_relaxed);
    slot.os_thread.store(os_thread, std::memory_order_relaxed);
    slot.os_start_time.store(start_time, std::memory_order_relaxed);
    store_name(slot, name_of_this_thread());
    slot.dropping = 0;
    slot.last_stamp = 0;  // the previous owner may have died before it published its last one
    slot.tail_seen = slot.tail.load(std::memory_order_acquire);
    slot.state.store(static_cast<std::uint32_t>(SlotState::active), std::memory_order_release);
    return &slot;
  }
  return nullptr;
}

Record* EventWriter::ring_of(const ThreadSlot& slot) const {
  return segment_->ring(static_cast<std::uint32_t>(&slot - &segment_->slot(0)));
}

void EventWriter::reserve_room() {
  if (forked()) return;
  if (segment_->header().paced.load(std::memory_order_relaxed) != 0) wait_for_permit();
  ThreadSlot* slot = slot_of_this_thread();
  if (slot == nullptr) slot = wait_for_slot();
  if (slot == nullptr) return;
  if (slot->dropping != 0) {
    if (skipped_.fetch_add(1, std::memory_order_relaxed) % look_after_calls == 0) {
      leave_a_dead_reader();
    }
    return;
  }
  const std::uint64_t head = slot->head.load(std::memory_order_relaxed);
  const std::uint64_t wanted = std::min<std::uint64_t>(usual_records, segment_->ring_records() / 2);
  if (!has_room(*slot, head, wanted)) wait_for_room(*slot, head, wanted);
}

void EventWriter::wait_for_permit() const {
  const int saved_errno = errno;
  SegmentHeader& header = segment_->header();
  while (active() && header.paced.load(std::memory_order_relaxed) != 0 && reader_lives()) {
    if (header.permits.fetch_sub(1, std::memory_order_relaxed) > 0) break;
    header.permits.fetch_add(1, std::memory_order_relaxed);
    const timespec pause{0, permit_pause_ns};
    nanosleep(&pause, nullptr);
  }
  errno = saved_errno;
}

/// A reader that says nothing of itself is taken for alive.
bool EventWriter::reader_lives() const {
  const std::uint64_t pulse = segment_->header().pulse_ns.load(std::memory_order_relaxed);
  return pulse == 0 || monotonic_ns() - pulse < longest_pulse_ns;
}

/// A reader that only sleeps finds its place again; one whose process is gone never comes back.
void EventWriter::leave_a_dead_reader() {
  SegmentHeader& header = segment_->header();
  if (header.reader_process == 0 || reader_lives()) return;
  const OsThread found = look_up_thread(header.reader_process);
  const bool gone = found.state == OsThread::State::gone ||
                    (found.state == OsThread::State::alive && header.reader_start_time != 0 &&
                     found.start_time != header.reader_start_time);
  if (gone) header.reader_attached.store(0, std::memory_order_relaxed);
}

/// Asks again and again whether what the reader is to do is done, for at most the segment's
/// patience.
template <typename Condition>
bool EventWriter::wait_until(Condition&& is_done) const {
  const int saved_errno = errno;
  const std::uint64_t patience_ns =
      std::min(segment_->header().patience_us.load(std::memory_order_relaxed) * std::uint64_t{1000},
               max_patience_ns);
  const std::uint64_t deadline = monotonic_ns() + patience_ns;
  long pause_ns = 50'000;
  bool done = false;
  while (!(done = is_done()) && active() && monotonic_ns() < deadline && reader_lives()) {
    const timespec pause{0, pause_ns};
    nanosleep(&pause, nullptr);
    pause_ns = std::min(pause_ns * 2, 1'000'000L);
  }
  errno = saved_errno;
  return done;
}

/// Threads may come and go faster than the reader follows: their slots are given back only when
/// their last events have been read. Where that is all there is to wait for, it is waited for.
ThreadSlot* EventWriter::wait_for_slot() {
  const std::atomic<std::uint32_t>& recycled = segment_->header().slots_recycled;
  if (!slots_will_be_recycled() || recycled.load(std::memory_order_acquire) ==
                                       waited_in_vain_at_.load(std::memory_order_relaxed)) {
    return nullptr;
  }
  ThreadSlot* slot = nullptr;
  if (!wait_until([&] { return (slot = slot_of_this_thread()) != nullptr; })) {
    // The reader may be gone. Nobody waits again before it shows that it is not.
    waited_in_vain_at_.store(recycled.load(std::memory_order_acquire), std::memory_order_relaxed);
  }
  return slot;
}

bool EventWriter::slots_will_be_recycled() const {
  for (std::uint32_t i = 0; i < segment_->slot_count(); ++i) {
    if (segment_->slot(i).state.load(std::memory_order_relaxed) ==
        static_cast<std::uint32_t>(SlotState::ended)) {
      return true;
    }
  }
  return false;
}

bool EventWriter::has_room(ThreadSlot& slot, std::uint64_t head, std::uint64_t records) const {
  const std::uint64_t capacity = segment_->ring_records();
  if (head - slot.tail_seen + records <= capacity) return true;
  // acquire: the reader has read the records before tail, they may be overwritten
  const std::uint64_t tail = slot.tail.load(std::memory_order_acquire);
  if (head - tail > capacity) return false;  // a damaged tail
  slot.tail_seen = tail;
  return head - tail + records <= capacity;
}

bool EventWriter::wait_for_room(ThreadSlot& slot, std::uint64_t head, std::uint64_t records) const {
  const bool room = wait_until([&] { return has_room(slot, head, records); });
  if (!room) slot.dropping = 1;
  return room;
}

void EventScope::open(EventWriter& writer, Order order) {
  if (writer.forked()) return;
  writer_ = &writer;
  slot_ = writer.slot_of_this_thread();
  std::uint64_t stamp = 0;
  if (slot_ != nullptr) {
    raise_mark();
    stamp = std::max(clock_now_after_exchange(), slot_->last_stamp);
  } else {
    stamp = clock_now();
  }
  // A heap's stamps grow strictly, even where two readings of the clock are equal; a ring's never
  // shrink.
  if (order == Order::locked) {
    stamp = std::max(stamp, writer.last_stamp_ + 1);
    writer.last_stamp_ = stamp;
  }
  stamp_ = stamp;
  if (slot_ == nullptr) return;

  ring_ = writer.ring_of(*slot_);
  mask_ = writer.segment_->ring_records() - 1;
  begin_ = head_ = slot_->head.load(std::memory_order_relaxed);
  if (slot_->dropping != 0) {
    const std::uint64_t wanted = std::min<std::uint64_t>(usual_records, (mask_ + 1) / 2);
    cut_ = !writer.has_room(*slot_, head_, wanted);
    if (!cut_) slot_->dropping = 0;
  }
}

// The mark must be visible to the reader before the clock is read: the exchange is a full barrier.
// It costs next to nothing, because what follows it may be the plain rdtsc (see
// clock_now_after_exchange).
void EventScope::raise_mark() {
  const std::uint64_t mark = (slot_->in_flight.load(std::memory_order_relaxed) + 1) | 1;
  slot_->in_flight.exchange(mark, std::memory_order_seq_cst);
}

void EventScope::tell_step(std::uint64_t address, SourceLine from) {
  write(EventKind::step, address, from.line, source_file_number(from.file));
}

void EventScope::write(EventKind kind, std::uint64_t address, std::uint64_t size,
                       std::uint8_t extra) {
  if (slot_ == nullptr || cut_) return count_lost();
  // 0 from the second record on. A wide record has no delta: its stamp goes before it.
  const std::uint64_t delta = stamp_ - slot_->last_stamp;
  const bool wide = is_wide(kind);
  const bool stamp_first = delta >= Record::unstamped_delta || (wide && delta != 0);
  if (!make_room(stamp_first ? 2 : 1)) return count_lost();

  if (stamp_first) put(Record::make_wide(EventKind::stamp, 0, stamp_));
  put(wide ? Record::make_wide(kind, address, size)
           : Record::make(kind, address, size, extra, stamp_first ? 0 : delta));
  slot_->last_stamp = stamp_;
}

// A scope larger than the ring publishes what it has and waits for the reader. The newest record
// stays back: should the scope be cut here, it becomes the last one.
bool EventScope::make_room(std::uint64_t records) {
  if (writer_->has_room(*slot_, head_, records)) return true;
  if (head_ > begin_ + 1) slot_->head.store(head_ - 1, std::memory_order_release);
  cut_ = !writer_->wait_for_room(*slot_, head_, records);
  return !cut_;
}

void EventScope::put(Record record) {
  record.set_more(true);
  ring_[head_ & mask_] = record;
  ++head_;
}

void EventScope::count_lost() {
  if (slot_ == nullptr) {
    writer_->segment_->header().lost_without_slot.fetch_add(1, std::memory_order_relaxed);
  } else {
    slot_->lost.store(slot_->lost.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
}

void EventScope::close() {
  if (head_ != begin_) {
    ring_[(head_ - 1) & mask_].set_more(false);
    slot_->head.store(head_, std::memory_order_release);
  }
  slot_->in_flight.store(slot_->in_flight.load(std::memory_order_relaxed) + 1,
                         std::memory_order_release);
}

}  // namespace mh
