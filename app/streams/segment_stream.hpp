#pragma once
// The events of another process, out of the segment that it writes into.

#include <atomic>
#include <cstdint>
#include <vector>

#include "app/model/stream.hpp"
#include "app/streams/pace.hpp"
#include "app/streams/pulse.hpp"
#include "app/streams/recording_facts.hpp"
#include "core/events/merger.hpp"
#include "core/events/segment.hpp"

namespace mh {

class SegmentStream final : public Stream {
 public:
  /// ns_per_tick: of the clock, see Merger.
  SegmentStream(Segment segment, double ns_per_tick);

  /// Off: we leave, and the process writes no more.
  void listen(bool on) override { segment_.header().reader_attached.store(on ? 1 : 0); }
  bool moved() override;
  void forget_ended_threads() override { merger_.forget_ended_threads(); }
  [[nodiscard]] std::uint64_t to_ns(std::uint64_t ticks) const override {
    return merger_.to_ns(ticks);
  }
  void request_walk() override;
  std::size_t poll(std::vector<Event>& out, std::size_t limit) override;
  [[nodiscard]] const std::vector<ThreadInfo>& threads() const override {
    return merger_.threads();
  }
  [[nodiscard]] std::uint64_t lost() const override { return merger_.lost(); }
  [[nodiscard]] std::uint64_t released_until_ns() const override {
    return merger_.released_until_ns();
  }
  [[nodiscard]] bool ended() const override { return ended_; }

  /// Who writes: copied when it came, and checked.
  [[nodiscard]] const ProcessFacts& process() const { return process_; }
  /// monotonic_ns() when its clock began.
  [[nodiscard]] std::uint64_t began_ns() const { return began_ns_; }
  /// Holds the process's calls. From any thread.
  [[nodiscard]] Pace& pace() { return pace_; }
  /// Another program runs in the process now, or it was seen to end. From any thread.
  void set_writers_gone() { writers_gone_.store(true); }

 private:
  void notice_loss(std::uint64_t now_ns);
  void look_for_the_end(std::size_t came, std::uint64_t now_ns);

  Segment segment_;
  Pulse pulse_;
  Merger merger_;
  Pace pace_;
  ProcessFacts process_;
  std::uint64_t start_time_ = 0;
  std::uint64_t began_ns_ = 0;
  std::uint64_t looked_ns_ = 0;  ///< monotonic_ns() when the process was last found alive
  std::uint64_t lost_seen_ = 0;
  std::uint64_t walk_asked_ns_ = 0;
  unsigned polls_since_gone_ = 0;
  std::atomic<bool> writers_gone_{false};
  std::uint64_t written_ = 0;  ///< when last asked
  bool ended_ = false;
};

}  // namespace mh
