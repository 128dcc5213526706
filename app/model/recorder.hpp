#pragma once
// The reading side of a source: drains its rings on a timer into the log, keeps the newest picture,
// keyframes and history, and checks the picture against the real heap all the time.

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "app/model/event_log.hpp"
#include "app/model/heap_picture.hpp"
#include "app/model/history.hpp"
#include "app/model/source.hpp"
#include "core/events/merger.hpp"

namespace mh {

/// What is known about picture == heap.
struct Verdict {
  enum class State { unchecked, equal, different };
  State state = State::unchecked;
  std::uint64_t checked_ns = 0;   ///< monotonic_ns() at which the newest comparison ended
  std::uint64_t blocks = 0;       ///< compared in the last full round
  double round_seconds = 0;       ///< how long the last full round over the heap took
  std::string difference;         ///< the first difference, in words; empty if none
};

class Recorder {
 public:
  struct Options {
    std::size_t log_bytes = std::size_t{256} << 20;
    std::size_t region_blocks = 32768;  ///< compared at a time
    double check_interval = 0.2;        ///< seconds between comparisons
  };
  /// Starts the reader thread. The source must outlive the recorder.
  Recorder(Source& source, const Options& options);
  ~Recorder();

  /// Holds the reader still; while it lives, what follows may be read. Keep it for at most a few ms:
  /// the rings fill meanwhile.
  class Reading {
   public:
    [[nodiscard]] const EventLog& log() const;
    [[nodiscard]] const HeapPicture& picture() const;   ///< at the end of the log
    [[nodiscard]] const History& history() const;
    /// The newest keyframe at or before position: a picture and the number of the event it is before.
    [[nodiscard]] std::pair<std::uint64_t, HeapPicture> keyframe(std::uint64_t position) const;
    [[nodiscard]] const std::vector<ThreadInfo>& threads() const;
  };
  [[nodiscard]] Reading read();

  [[nodiscard]] Verdict verdict() const;
  [[nodiscard]] std::uint64_t end() const;              ///< of the log, without waiting
  [[nodiscard]] double events_per_second() const;       ///< over the last second
  [[nodiscard]] std::uint64_t lost() const;
  [[nodiscard]] std::uint64_t now_ns() const;           ///< the source's time now
  /// Waits until everything written before this call is in the log. False after timeout_ns.
  bool drain(std::uint64_t timeout_ns);
  /// Compares the whole heap once, now; for tests, and after a drain(). Waits for the answer.
  Verdict check_now(std::uint64_t timeout_ns);
  /// Empties log, picture, history: a new recording begins. The source is quiet meanwhile.
  void clear();
  /// Called by the reader thread after it appended something or its verdict changed (wakes the window).
  void set_wake(void (*wake)(void*), void* context);
  /// For the test of the check itself: damages the newest picture.
  void corrupt_picture_for_test();
};

}  // namespace mh
