#pragma once
// Many rings, one log: takes records out of a segment and hands them on in the order of their
// stamps.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/events/clock.hpp"
#include "core/events/event.hpp"
#include "core/events/ring_cursor.hpp"
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
///   1. reads the clock;
///   2. then reads every slot's in_flight, and after that its head. A slot whose mark is even, or
///   has
///      changed since the last poll, can publish nothing older than (this, the last) poll's clock;
///   3. releases what is older than the least of these bounds.
/// A thread that died with its mark up holds nobody back: its id and start time no longer exist.
///
/// Why step 2 is right. A scope raises its mark with an atomic exchange, a full barrier, then reads
/// its clock, publishes, and lowers its mark. Take a scope that is not to be seen in the slot's
/// head.
///   - If the mark is even: had the scope raised its mark before the reader looked, the reader
///   would
///     have seen that mark, which is odd, or a later one; and a later one comes after the scope's
///     records, which the reader would have seen in the head, read after the mark (release,
///     acquire). So the scope raised its mark after the reader looked, and read its clock after the
///     reader's.
///   - If the mark is odd and differs from the last poll's: the scope that owns it raised it after
///     the last poll looked, so it read its clock after the last poll's; scopes before it are in
///     the head.
///   - If the mark is odd and was there at the last poll: the scope is the same, and so is its
///   bound.
/// (Instead of the exchange the reader could impose the barrier, with membarrier. That lets the
/// writer raise its mark with a plain store, but measured it gains 1 ns of 15.)
///
/// A ring that still holds records holds nobody back: what it says later is younger than those.
class Merger {
 public:
  /// Waits a few ms if the segment is younger than that, to measure the clock.
  explicit Merger(Segment& segment);
  /// With a rate of the clock that was measured before: the same for all processes of a machine.
  Merger(Segment& segment, double ns_per_tick);

  /// Appends what can be released to out, oldest first. Returns the number of events appended.
  /// Takes at most limit records from the rings, so that a call has a bound.
  std::size_t poll(std::vector<Event>& out, std::size_t limit = 1U << 18);

  /// Nobody writes any more: the process is gone, or another program runs in it. Marks of threads
  /// that died in the middle of a call hold nobody back from the next poll on.
  void writers_gone();
  /// At the last poll every ring was empty, and no thread about to write.
  [[nodiscard]] bool drained() const;
  [[nodiscard]] double ns_per_tick() const { return ns_per_tick_; }

  /// Everything written before a clock reading at or below this has been handed on, ns.
  [[nodiscard]] std::uint64_t released_until_ns() const { return released_until_ns_; }
  /// The source's time of a clock reading, ns since the source began. Never falls as ticks grow.
  [[nodiscard]] std::uint64_t to_ns(std::uint64_t ticks) const;
  [[nodiscard]] std::uint64_t lost() const { return lost_; }  ///< records the writers had to drop
  [[nodiscard]] std::uint64_t malformed() const {
    return malformed_;
  }  ///< records that made no sense
  /// In the order in which they were first seen; a thread keeps its place until it is forgotten.
  [[nodiscard]] const std::vector<ThreadInfo>& threads() const { return threads_; }
  void forget_ended_threads();

 private:
  /// A slot as the merge sees it: its cursor, and who writes there.
  struct Lane {
    RingCursor cursor;
    bool known = false;     // the present owner was looked at
    bool end_seen = false;  // thread_end of the present owner was handed on
    std::uint16_t thread = 0;
    std::uint64_t quiet_since_ns = 0;
    std::uint64_t checked_ns = 0;  // when the owner was last found alive
  };
  /// A lane that has an event, ordered by its stamp and then by its slot.
  struct Candidate {
    std::uint64_t stamp;
    std::uint32_t lane;
    friend bool operator>(const Candidate& a, const Candidate& b) {
      return a.stamp != b.stamp ? a.stamp > b.stamp : a.lane > b.lane;
    }
  };
  static constexpr std::uint32_t no_lane = ~0U;
  static constexpr std::size_t least_lanes = 16;  // that are looked at, used or not

  void make_lanes();
  void measure_clock();
  ClockPair start_of_clock(const ClockPair& now);
  void observe_all(std::uint64_t now);
  [[nodiscard]] std::span<Lane> live_lanes() { return std::span(lanes_).first(live_lanes_); }
  void merge(std::vector<Event>& out);
  bool finish_open_call(std::vector<Event>& out);
  void collect_candidates();
  void hand_on_run(std::uint32_t index, std::vector<Event>& out);
  bool hand_on_call(std::uint32_t index, std::vector<Event>& out);
  void append(Lane& lane, std::vector<Event>& out);
  void meet_owner(Lane& lane);
  ThreadInfo& info_of(std::uint16_t number);
  void retire_threads(std::vector<Event>& out);
  void look_for_the_dead(std::uint64_t now_ns);
  void note_progress();

  Segment* segment_;
  std::vector<Lane> lanes_;            // one a slot
  std::size_t live_lanes_ = 0;         // those that matter, see observe_all()
  std::vector<Candidate> candidates_;  // a heap, the oldest on top
  ReadBudget budget_;
  std::uint64_t horizon_ = 0;          // ticks: no lane without an event will say anything older
  std::uint64_t last_poll_ = 0;        // ticks: the clock of the last poll
  std::uint64_t last_stamp_ = 0;       // ticks: of the newest event handed on
  std::uint32_t open_lane_ = no_lane;  // its call was handed on in part
  std::uint32_t check_from_ = 0;       // slots are checked for dead threads in turn
  std::uint64_t lost_without_slot_ = 0;

  std::uint64_t start_ticks_ = 0;
  double ns_per_tick_ = 1.0;
  std::uint64_t released_until_ns_ = 0;
  std::uint64_t lost_ = 0;
  std::uint64_t malformed_ = 0;
  std::vector<ThreadInfo> threads_;
  std::unordered_map<std::uint16_t, std::size_t> thread_places_;
};

}  // namespace mh
