#pragma once
// A stream of events, whatever they come from: the lab, another process, a file.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/events/event.hpp"
#include "core/events/merger.hpp"

namespace mh {

/// The events of one heap, in order. One thread at a time.
class Stream {
 public:
  virtual ~Stream() = default;
  /// Whoever writes is to write from now on, or no more.
  virtual void listen(bool on) = 0;
  /// Appends what is there to out, oldest first; how many. A call has a bound: it takes about
  /// limit.
  virtual std::size_t poll(std::vector<Event>& out, std::size_t limit) = 0;
  /// Something was written since the last call of this; it may come only with a later poll().
  virtual bool moved() = 0;
  /// In the order in which they were first seen.
  [[nodiscard]] virtual const std::vector<ThreadInfo>& threads() const = 0;
  virtual void forget_ended_threads() = 0;
  [[nodiscard]] virtual std::uint64_t lost() const = 0;  ///< events that came to nobody
  /// All that happened until then was handed on; ns since the stream's heap began.
  [[nodiscard]] virtual std::uint64_t released_until_ns() const = 0;
  /// The stream's time of a reading of clock_now(). Never falls as the clock goes on.
  [[nodiscard]] virtual std::uint64_t to_ns(std::uint64_t ticks) const = 0;
  /// Asks the writer to tell the whole heap anew, among the events.
  virtual void request_walk() = 0;
  /// Nothing more will come.
  [[nodiscard]] virtual bool ended() const = 0;
};

}  // namespace mh
