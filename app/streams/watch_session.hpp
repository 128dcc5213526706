#pragma once
// The watcher's side of a session: offers segments, and sees who takes them. See
// core/events/session.hpp.

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "app/streams/pulse.hpp"
#include "app/streams/segment_stream.hpp"
#include "core/events/session.hpp"

namespace mh {

class WatchSession {
 public:
  /// nullptr, and a sentence in error, if the system gives no memory files.
  static std::unique_ptr<WatchSession> create(std::string& error);
  ~WatchSession();
  WatchSession(const WatchSession&) = delete;
  WatchSession& operator=(const WatchSession&) = delete;

  /// What programs have to find in their environment.
  [[nodiscard]] SessionAddress address() const { return address_; }
  /// Appends the streams of those who came since the last call, and offers new segments. To be
  /// called at least every 100 ms.
  void meet(std::vector<std::unique_ptr<SegmentStream>>& came);
  /// Nobody else may come.
  void close_doors() { mapping_.page().closed.store(1); }
  /// Processes for which there was no segment.
  [[nodiscard]] std::uint64_t missed() const { return mapping_.page().missed.load(); }

 private:
  struct Held {
    int file = -1;
    Segment segment;
    std::unique_ptr<Pulse> pulse;
    std::uint64_t claimed_ns = 0;  ///< when it was first seen to be claimed
  };

  WatchSession() = default;
  void offer(std::size_t place);
  void withdraw(std::size_t place);
  [[nodiscard]] bool is_stale(std::size_t place);

  int file_ = -1;
  SessionAddress address_;
  SessionMapping mapping_;
  std::array<Held, SessionPage::offer_count> held_;
  std::uint64_t start_time_ = 0;  ///< of our process
  double ns_per_tick_ = 1;
};

}  // namespace mh
