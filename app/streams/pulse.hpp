#pragma once
// Shows the processes that are watched that their watcher is alive.

#include "core/events/segment.hpp"

namespace mh {

/// While it lives the segment's header says, some ten times a second, that this process lives,
/// however long its reader is busy elsewhere. Nobody beats for a process that is stopped.
class Pulse {
 public:
  /// The header must outlive it.
  explicit Pulse(SegmentHeader& header);
  ~Pulse();
  Pulse(const Pulse&) = delete;
  Pulse& operator=(const Pulse&) = delete;

 private:
  SegmentHeader& header_;
};

}  // namespace mh
