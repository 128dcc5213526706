#pragma once
// Every event, in order, within a bound: when it is reached the oldest chunk is dropped.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>

#include "core/events/event.hpp"

namespace mh {

/// Events are numbered from 0 on and keep their number; begin() rises when old ones are dropped.
/// Not synchronised: the Recorder's lock guards it.
class EventLog {
 public:
  static constexpr std::size_t chunk_events = 1U << 15;

  /// Keeps at most max_bytes (at least two chunks) of events.
  explicit EventLog(std::size_t max_bytes = std::size_t{256} << 20);

  void append(const Event& event);
  void clear();

  [[nodiscard]] std::uint64_t begin() const { return begin_; }  ///< number of the oldest event kept
  [[nodiscard]] std::uint64_t end() const { return end_; }      ///< one past the newest
  /// begin() <= number < end()
  [[nodiscard]] const Event& at(std::uint64_t number) const {
    const std::uint64_t index = number - begin_;  // begin() is always the first of a chunk
    return chunks_[index / chunk_events]->events[index % chunk_events];
  }
  /// The events from number on that lie side by side in memory, at most to limit. Empty if number
  /// is not kept.
  [[nodiscard]] std::span<const Event> run(std::uint64_t number, std::uint64_t limit) const;
  /// The first position >= number at which a call of the allocator is complete (see Event::more);
  /// end() at most.
  [[nodiscard]] std::uint64_t end_of_call(std::uint64_t number) const;
  /// The position at which the call before number began; begin() at least.
  [[nodiscard]] std::uint64_t start_of_call_before(std::uint64_t number) const;
  /// The first event at or after time (ns); end() if none.
  [[nodiscard]] std::uint64_t find_time(std::uint64_t time) const;
  [[nodiscard]] std::size_t max_bytes() const { return max_chunks_ * sizeof(Chunk); }
  [[nodiscard]] std::size_t max_events() const { return max_chunks_ * chunk_events; }

 private:
  struct Chunk {
    Event events[chunk_events];
  };
  [[nodiscard]] bool call_ends_at(std::uint64_t position) const;

  std::size_t max_chunks_;
  std::deque<std::unique_ptr<Chunk>> chunks_;
  std::uint64_t begin_ = 0;
  std::uint64_t end_ = 0;
  bool cut_ = false;  ///< the newest event dropped was not the last of its call
};

}  // namespace mh
