#pragma once
// A writer and a reader on one segment, as the tests of the event stream use them.

#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

#include "core/events/clock.hpp"
#include "core/events/event_writer.hpp"
#include "core/events/merger.hpp"
#include "core/events/segment.hpp"

namespace mh {

/// A segment whose reader counts as attached, and whose writers wait long: for tests in which
/// nothing may be lost however busy the machine is.
inline Segment patient_segment(std::uint32_t slot_count = 16,
                               std::uint32_t ring_records = 1U << 12) {
  Segment segment = Segment::anonymous({slot_count, ring_records, 10'000'000});
  segment.header().reader_attached.store(1);
  return segment;
}

/// One scope with one alloc event that carries number in its size.
inline void write_one(EventWriter& writer, std::uint64_t number) {
  EventScope scope(writer);
  scope.emit(EventKind::alloc, 0x1000, number);
}

/// Polls until done() holds. False after ten seconds.
template <typename Done>
bool poll_until(Merger& merger, std::vector<Event>& out, Done&& done) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (true) {
    merger.poll(out);
    if (done()) return true;
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

/// Polls until everything written before this call is out. False after ten seconds.
inline bool drain(Merger& merger, std::vector<Event>& out) {
  const std::uint64_t now = merger.to_ns(clock_now());
  return poll_until(merger, out, [&] { return merger.released_until_ns() >= now; });
}

inline std::vector<std::uint64_t> sizes_of(const std::vector<Event>& events) {
  std::vector<std::uint64_t> sizes;
  for (const Event& event : events) sizes.push_back(event.size);
  return sizes;
}

/// The events of one kind.
inline std::vector<Event> only(const std::vector<Event>& events, EventKind kind) {
  std::vector<Event> chosen;
  for (const Event& event : events) {
    if (event.kind() == kind) chosen.push_back(event);
  }
  return chosen;
}

}  // namespace mh
