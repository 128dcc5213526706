#pragma once
// Many rings, one log: takes records out of a segment and hands them on in the order of their stamps.

#include <cstdint>
#include <string>
#include <vector>

#include "core/events/event.hpp"
#include "core/events/segment.hpp"

namespace mh {

/// What a reader learned about a thread.
struct ThreadInfo {
  std::uint16_t number = 0;
  std::string name;
  bool alive = true;
};

/// The reading side of a segment. One thread at a time. Treats the segment as hostile: whatever it
/// holds, poll() ends, stays inside the segment, and counts what made no sense.
///
/// The watermark. An event may be handed on once no older one can still appear. The reader
///   1. reads the clock, then calls membarrier(GLOBAL_EXPEDITED);
///   2. reads every slot's in_flight and head. A slot whose mark is even, or has changed since the
///      last poll, can publish nothing older than (this, the last) poll's clock;
///   3. releases what is older than the least of these bounds.
/// A thread that died with its mark up holds nobody back: its id and start time no longer exist.
class Merger {
 public:
  explicit Merger(Segment& segment);

  /// Appends what can be released to out, oldest first. Returns the number of events appended.
  /// Takes at most limit records from the rings, so that a call has a bound.
  std::size_t poll(std::vector<Event>& out, std::size_t limit = 1U << 18);

  /// Everything written before a clock reading at or below this has been handed on, ns.
  [[nodiscard]] std::uint64_t released_until_ns() const;
  /// The source's time of a clock reading, ns since the source began.
  [[nodiscard]] std::uint64_t to_ns(std::uint64_t ticks) const;
  [[nodiscard]] std::uint64_t lost() const;       ///< records the writers had to drop
  [[nodiscard]] std::uint64_t malformed() const;  ///< records that made no sense
  [[nodiscard]] const std::vector<ThreadInfo>& threads() const;
};

}  // namespace mh
