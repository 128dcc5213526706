#include "core/events/merger.hpp"

#include <algorithm>
#include <ctime>
#include <functional>

#include "core/events/clock.hpp"
#include "core/events/os_thread.hpp"

namespace mh {
namespace {

constexpr std::uint64_t ms = 1'000'000;  // ns
constexpr std::uint64_t calibration_ns = 4 * ms;
constexpr std::uint64_t check_in_flight_after_ns = 50 * ms;
constexpr std::uint64_t check_idle_after_ns = 1000 * ms;
constexpr std::uint64_t check_when_full_after_ns = 20 * ms;  // threads find no slot: look harder
constexpr unsigned checks_per_poll = 8;                      // each takes about 10 us
constexpr std::uint64_t stamp_slack =
    1U << 22;  // ticks that a stamp may be ahead of the reader's clock
constexpr std::uint64_t max_time = (1ULL << 47) - 1;  // what fits into Event::time, ns

void sleep_ns(std::uint64_t ns) {
  const timespec pause{static_cast<time_t>(ns / 1'000'000'000),
                       static_cast<long>(ns % 1'000'000'000)};
  nanosleep(&pause, nullptr);
}

// Names come from the segment: cut off at 23 characters, with nothing unprintable left in them.
std::string name_in(const ThreadSlot& slot) {
  std::string name;
  for (const auto& part : slot.name) {
    const std::uint64_t word = part.load(std::memory_order_relaxed);
    for (unsigned i = 0; i < 8 && name.size() < 23; ++i) {
      const auto byte = static_cast<unsigned char>(word >> (8 * i));
      if (byte == 0) return name;
      name.push_back(byte >= 0x20 && byte != 0x7f ? static_cast<char>(byte) : '?');
    }
  }
  return name;
}

// Whether the thread that claimed the slot does not exist any more. Its id may have a new owner.
bool is_dead(const ThreadSlot& slot) {
  const std::uint64_t start_time = slot.os_start_time.load(std::memory_order_relaxed);
  const OsThread found = look_up_thread(slot.os_thread.load(std::memory_order_relaxed));
  if (found.state == OsThread::State::unknown) return false;
  return found.state == OsThread::State::gone ||
         (start_time != 0 && found.start_time != start_time);
}

}  // namespace

Merger::Merger(Segment& segment) : segment_(&segment) {
  make_lanes();
  measure_clock();
}

Merger::Merger(Segment& segment, double ns_per_tick)
    : segment_(&segment), ns_per_tick_(ns_per_tick) {
  make_lanes();
  const ClockPair now = clock_pair();
  start_ticks_ = start_of_clock(now).ticks;
}

void Merger::make_lanes() {
  lanes_.reserve(segment_->slot_count());
  for (std::uint32_t i = 0; i < segment_->slot_count(); ++i) {
    lanes_.push_back({RingCursor(segment_->slot(i), segment_->ring(i), segment_->ring_records())});
  }
}

/// When the segment says that it began; now, if that cannot be.
ClockPair Merger::start_of_clock(const ClockPair& now) {
  const SegmentHeader& header = segment_->header();
  const ClockPair said{header.clock_ticks, header.clock_ns};
  if (said.ticks < now.ticks && said.ns < now.ns) return said;
  ++malformed_;
  return now;
}

// One rate for good: what was handed on stays older than what comes, and a clock reading has the
// same time whenever it is asked for. Over 4 ms the rate is right to about 20 in a million.
void Merger::measure_clock() {
  ClockPair to = clock_pair();
  const ClockPair from = start_of_clock(to);
  start_ticks_ = from.ticks;
  if (to.ns - from.ns < calibration_ns) {
    sleep_ns(calibration_ns - (to.ns - from.ns));
    to = clock_pair();
  }
  ns_per_tick_ = static_cast<double>(to.ns - from.ns) / static_cast<double>(to.ticks - from.ticks);
}

void Merger::writers_gone() {
  for (Lane& lane : live_lanes()) {
    if (lane.cursor.state() == SlotState::active) lane.cursor.set_owner_gone();
  }
}

bool Merger::drained() const {
  const auto end = lanes_.begin() + static_cast<std::ptrdiff_t>(live_lanes_);
  return std::all_of(lanes_.begin(), end, [](const Lane& lane) {
    return lane.cursor.drained() && !lane.cursor.in_flight();
  });
}

std::uint64_t Merger::to_ns(std::uint64_t ticks) const {
  if (ticks <= start_ticks_) return 0;
  const double ns = static_cast<double>(ticks - start_ticks_) * ns_per_tick_;
  return ns < static_cast<double>(max_time) ? static_cast<std::uint64_t>(ns) : max_time;
}

std::size_t Merger::poll(std::vector<Event>& out, std::size_t limit) {
  const std::size_t before = out.size();
  budget_ = {limit, 0, malformed_};
  const std::uint64_t now = clock_now_before_loads();
  observe_all(now);
  merge(out);
  for (Lane& lane : live_lanes()) lane.cursor.publish_tail();
  retire_threads(out);
  look_for_the_dead(to_ns(now));
  last_poll_ = now;
  malformed_ = budget_.malformed;
  note_progress();
  return out.size() - before;
}

// A thread claims the first unused slot that it finds. So where one was never used, none behind it
// is either, or only since we read the clock: there is nothing to read there yet.
void Merger::observe_all(std::uint64_t now) {
  const std::uint64_t now_ns = to_ns(now);
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    Lane& lane = lanes_[i];
    lane.cursor.observe(now, last_poll_, budget_);
    if (lane.cursor.moved()) lane.quiet_since_ns = now_ns;
    const SlotState state = lane.cursor.state();
    if (!lane.known && (state == SlotState::active || state == SlotState::ended)) meet_owner(lane);
    live_lanes_ = std::max(live_lanes_, i + 1);
    if (i + 1 == live_lanes_ && i >= least_lanes && state == SlotState::unused) break;
  }
  budget_.ceiling = clock_now() + stamp_slack;
}

void Merger::meet_owner(Lane& lane) {
  lane.known = true;
  lane.end_seen = false;
  lane.thread =
      static_cast<std::uint16_t>(lane.cursor.slot().thread.load(std::memory_order_relaxed));
  ThreadInfo& info = info_of(lane.thread);
  info.alive = true;
  info.name = name_in(lane.cursor.slot());
}

ThreadInfo& Merger::info_of(std::uint16_t number) {
  const auto [place, is_new] = thread_places_.try_emplace(number, threads_.size());
  if (is_new) threads_.push_back({number, {}, true});
  return threads_[place->second];
}

void Merger::forget_ended_threads() {
  std::erase_if(threads_, [](const ThreadInfo& info) { return !info.alive; });
  thread_places_.clear();
  for (std::size_t i = 0; i < threads_.size(); ++i) thread_places_[threads_[i].number] = i;
}

void Merger::merge(std::vector<Event>& out) {
  if (!finish_open_call(out)) return;
  collect_candidates();
  while (!candidates_.empty() && candidates_.front().stamp <= horizon_ && open_lane_ == no_lane) {
    std::pop_heap(candidates_.begin(), candidates_.end(), std::greater<>());
    const std::uint32_t index = candidates_.back().lane;
    candidates_.pop_back();
    hand_on_run(index, out);
  }
}

// A call that was handed on in part comes first: its events stand side by side.
bool Merger::finish_open_call(std::vector<Event>& out) {
  return open_lane_ == no_lane || hand_on_call(open_lane_, out);
}

void Merger::collect_candidates() {
  candidates_.clear();
  horizon_ = ~0ULL;
  for (std::uint32_t i = 0; i < live_lanes_; ++i) {
    RingCursor& cursor = lanes_[i].cursor;
    if (cursor.ready(budget_)) {
      candidates_.push_back({cursor.event_stamp(), i});
    } else {
      horizon_ = std::min(horizon_, cursor.oldest_possible());
    }
  }
  std::make_heap(candidates_.begin(), candidates_.end(), std::greater<>());
}

// Hands on calls of one lane until another lane has an older one.
void Merger::hand_on_run(std::uint32_t index, std::vector<Event>& out) {
  RingCursor& cursor = lanes_[index].cursor;
  const Candidate rival = candidates_.empty() ? Candidate{~0ULL, no_lane} : candidates_.front();
  do {
    if (!hand_on_call(index, out)) return;
    if (!cursor.ready(budget_)) {
      horizon_ = std::min(horizon_, cursor.oldest_possible());
      return;
    }
  } while (cursor.event_stamp() <= horizon_ && rival > Candidate{cursor.event_stamp(), index});
  candidates_.push_back({cursor.event_stamp(), index});
  std::push_heap(candidates_.begin(), candidates_.end(), std::greater<>());
}

// False: the rest of the call is not there yet, or the budget is spent.
bool Merger::hand_on_call(std::uint32_t index, std::vector<Event>& out) {
  Lane& lane = lanes_[index];
  bool more = true;
  while (more) {
    if (!lane.cursor.ready(budget_)) return false;
    more = lane.cursor.event().more != 0;
    append(lane, out);
    lane.cursor.pop();
    open_lane_ = more ? index : no_lane;
  }
  return true;
}

void Merger::append(Lane& lane, std::vector<Event>& out) {
  const std::uint64_t stamp = lane.cursor.event_stamp();
  if (stamp < last_stamp_) {
    ++budget_.malformed;  // too late; only a damaged ring can do this
  } else {
    last_stamp_ = stamp;
  }
  out.push_back(lane.cursor.event());
  Event& event = out.back();
  event.time = to_ns(last_stamp_) & max_time;
  event.thread = lane.thread;
  if (event.kind() == EventKind::thread_start) {
    info_of(lane.thread).name = name_in(lane.cursor.slot());
  } else if (event.kind() == EventKind::thread_end) {
    lane.end_seen = true;
    info_of(lane.thread).alive = false;
  }
}

// Slots of ended and dead threads are used again once all that they said is in the log.
void Merger::retire_threads(std::vector<Event>& out) {
  if (open_lane_ != no_lane) return;  // no event may come between those of a call
  for (Lane& lane : live_lanes()) {
    RingCursor& cursor = lane.cursor;
    const bool over = cursor.state() == SlotState::ended || cursor.owner_gone();
    if (!lane.known || !over || !cursor.drained()) continue;
    if (!lane.end_seen) {
      Event event{};
      event.kind_bits = static_cast<std::uint8_t>(EventKind::thread_end);
      event.time = to_ns(last_stamp_) & max_time;
      event.thread = lane.thread;
      out.push_back(event);
      info_of(lane.thread).alive = false;
    }
    lane.known = false;
    cursor.recycle();
    segment_->header().slots_recycled.fetch_add(1, std::memory_order_release);
  }
}

// A thread that keeps its mark up, or is silent for long, may have died. What it said before is in
// the ring, and is read in the next poll, after the death was seen.
void Merger::look_for_the_dead(std::uint64_t now_ns) {
  const std::uint64_t without_slot =
      segment_->header().lost_without_slot.load(std::memory_order_relaxed);
  const bool table_full = without_slot != lost_without_slot_;
  lost_without_slot_ = without_slot;

  const auto count = static_cast<std::uint32_t>(live_lanes_);
  const std::uint32_t first = check_from_;
  unsigned checks = 0;
  for (std::uint32_t i = 0; i < count && checks < checks_per_poll; ++i) {
    const std::uint32_t index = (first + i) % count;
    Lane& lane = lanes_[index];
    if (lane.cursor.state() != SlotState::active || lane.cursor.owner_gone()) continue;
    const std::uint64_t patience = lane.cursor.in_flight() ? check_in_flight_after_ns
                                   : table_full            ? check_when_full_after_ns
                                                           : check_idle_after_ns;
    if (now_ns < std::max(lane.quiet_since_ns, lane.checked_ns) + patience) continue;
    if (is_dead(lane.cursor.slot())) lane.cursor.set_owner_gone();
    lane.checked_ns = now_ns;
    check_from_ = index + 1;
    ++checks;
  }
}

void Merger::note_progress() {
  std::uint64_t until = ~0ULL;
  std::uint64_t lost = segment_->header().lost_without_slot.load(std::memory_order_relaxed);
  for (const Lane& lane : live_lanes()) {
    until = std::min(until, lane.cursor.oldest_possible());
    lost += lane.cursor.slot().lost.load(std::memory_order_relaxed);
  }
  lost_ = lost;
  // What is older than `until` is out; readings with the same ns as it may be younger.
  const std::uint64_t until_ns = to_ns(until);
  if (until_ns > released_until_ns_ + 1) released_until_ns_ = until_ns - 1;
}

}  // namespace mh
