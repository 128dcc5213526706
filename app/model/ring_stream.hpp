#pragma once
// The events of a heap of this process, out of the rings of its segment.

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "app/model/stream.hpp"
#include "core/events/segment.hpp"

namespace mh {

/// Records that threads wrote into the rings so far: rises with each.
inline std::uint64_t records_written(const Segment& segment) {
  std::uint64_t sum = 0;
  for (std::uint32_t i = 0; i < segment.slot_count(); ++i) {
    sum += segment.slot(i).head.load(std::memory_order_relaxed);
  }
  return sum;
}
/// Asks whoever writes to tell the whole heap anew. One that was asked for, but not begun, will do.
inline void request_walk(SegmentHeader& header) {
  const std::uint32_t requested = header.walk_requested.load();
  if (header.walk_done.load() == requested) header.walk_requested.store(requested + 1);
}

class RingStream final : public Stream {
 public:
  /// The segment must outlive the stream.
  explicit RingStream(Segment& segment) : segment_(segment), merger_(segment) {}

  void listen(bool on) override { segment_.header().reader_attached.store(on ? 1 : 0); }
  std::size_t poll(std::vector<Event>& out, std::size_t limit) override {
    return merger_.poll(out, limit);
  }
  bool moved() override {
    const std::uint64_t written = records_written(segment_);
    return std::exchange(written_, written) != written;
  }
  [[nodiscard]] const std::vector<ThreadInfo>& threads() const override {
    return merger_.threads();
  }
  void forget_ended_threads() override { merger_.forget_ended_threads(); }
  [[nodiscard]] std::uint64_t lost() const override { return merger_.lost(); }
  [[nodiscard]] std::uint64_t released_until_ns() const override {
    return merger_.released_until_ns();
  }
  [[nodiscard]] std::uint64_t to_ns(std::uint64_t ticks) const override {
    return merger_.to_ns(ticks);
  }
  void request_walk() override { mh::request_walk(segment_.header()); }
  [[nodiscard]] bool ended() const override { return false; }

 private:
  Segment& segment_;
  Merger merger_;
  std::uint64_t written_ = 0;  ///< when last asked
};

}  // namespace mh
