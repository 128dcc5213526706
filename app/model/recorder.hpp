#pragma once
// The reading side of a source: drains its rings on a timer into the log, keeps the newest picture,
// keyframes and history, and checks the picture against the real heap all the time.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "app/model/error_list.hpp"
#include "app/model/event_log.hpp"
#include "app/model/fair_mutex.hpp"
#include "app/model/heap_picture.hpp"
#include "app/model/history.hpp"
#include "app/model/rate_meter.hpp"
#include "app/model/source.hpp"
#include "app/model/verdict.hpp"

namespace mh {

class Verifier;

/// Methods may be called from any thread, but none of those that wait (drain, check_now, clear,
/// corrupt_picture_for_test) by one that holds a Reading.
class Recorder {
 public:
  struct Options {
    std::size_t log_bytes = std::size_t{256} << 20;
    std::size_t region_blocks = 32768;  ///< compared at a time
    double check_interval = 0.2;        ///< seconds between comparisons
  };
  /// Starts the reader thread. The source must outlive the recorder. What is in the heap already is
  /// the picture at position 0.
  Recorder(Source& source, const Options& options);
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  /// Holds the reader still; while it lives, what follows may be read. Keep it for at most a few
  /// ms: the rings fill meanwhile.
  class Reading {
   public:
    [[nodiscard]] const EventLog& log() const { return recorder_->log_; }
    [[nodiscard]] const HeapPicture& picture() const {
      return recorder_->picture_;
    }  ///< at the end of the log
    [[nodiscard]] const History& history() const { return recorder_->history_; }
    [[nodiscard]] const ErrorList& errors() const { return recorder_->errors_; }
    /// The newest keyframe at or before position: a picture and the number of the event it is
    /// before. The oldest keyframe if position is below it.
    [[nodiscard]] std::pair<std::uint64_t, HeapPicture> keyframe(std::uint64_t position) const;
    /// The first position that can be sought: from there on there are a keyframe and every event.
    [[nodiscard]] std::uint64_t oldest_position() const {
      return recorder_->keyframes_.front().first;
    }
    [[nodiscard]] const std::vector<ThreadInfo>& threads() const { return recorder_->threads_; }

   private:
    friend class Recorder;
    explicit Reading(const Recorder& recorder) : recorder_(&recorder), lock_(recorder.mutex_) {}
    const Recorder* recorder_;
    std::unique_lock<FairMutex> lock_;
  };
  [[nodiscard]] Reading read() const { return Reading(*this); }

  [[nodiscard]] Verdict verdict() const;
  [[nodiscard]] std::uint64_t end() const {
    return end_.load(std::memory_order_relaxed);
  }  ///< of the log, without waiting
  [[nodiscard]] double events_per_second() const {
    return rate_.load(std::memory_order_relaxed);
  }  ///< over the last second
  /// Events that the writers had to drop, ever.
  [[nodiscard]] std::uint64_t lost() const { return lost_.load(std::memory_order_relaxed); }
  /// The source's time now; once it has ended, the time of its end.
  [[nodiscard]] std::uint64_t now_ns() const;
  /// Nothing more will come, and all that came is in the log.
  [[nodiscard]] bool ended() const { return ended_.load(std::memory_order_acquire); }
  /// Waits until everything written before this call is in the log. False after timeout_ns.
  bool drain(std::uint64_t timeout_ns);
  /// Compares the whole heap once, now; for tests, and after a drain(). Waits for the answer, which
  /// is unchecked after timeout_ns.
  Verdict check_now(std::uint64_t timeout_ns);
  /// Empties log and history: a new recording begins, at position 0 with the heap as it is now. The
  /// source is quiet meanwhile.
  void clear();
  /// Called by the reader thread after it appended something or its verdict changed (wakes the
  /// window), at most 120 times a second. Null: nobody is called, and no call is under way any
  /// more.
  void set_wake(void (*wake)(void*), void* context);
  /// Compare again soon, though no event tells that something changed. Does not wait.
  void look_again() { look_again_.store(true, std::memory_order_relaxed); }
  /// Somebody looked at the heap and found a block damaged (0: it is not known which): lists it.
  void note_damage(mh_error error, std::uint64_t block);
  /// For the test of the check itself: damages the newest picture.
  void corrupt_picture_for_test();

 private:
  using Keyframe = std::pair<std::uint64_t, HeapPicture>;

  // The reader thread.
  void run();
  void take_turn();
  void notice_loss();
  void apply_pending();
  void apply_batch(std::uint64_t moment_ns);
  void append(const Event& event);
  void watch_for_repair(const Event& event);
  void keep_keyframes();
  void verify();
  void compare();
  void start_recording();
  void serve_task();
  void answer_requests();
  void publish();
  void publish_verdict();
  void wake_if_due(std::uint64_t now);
  void sleep();
  [[nodiscard]] bool moment_has_come() const;
  [[nodiscard]] bool somebody_waits() const;
  void run_on_reader(std::function<void()> task);

  Source& source_;
  std::unique_ptr<Stream> stream_;

  // What a Reading shows, guarded by mutex_. Only the reader thread writes.
  mutable FairMutex mutex_;
  EventLog log_;
  HeapPicture picture_;
  History history_;
  ErrorList errors_;
  std::deque<Keyframe> keyframes_;  ///< never empty
  std::vector<ThreadInfo> threads_;

  // The reader thread's own.
  std::vector<Event> pending_;  ///< released by the stream, in order; applied up to next_
  std::size_t next_ = 0;
  std::uint64_t skip_until_ns_ = 0;  ///< what happened until then is in keyframe 0 already
  std::uint64_t lost_at_ns_ =
      0;  ///< not 0: events were lost then, and no fresh walk has come since
  bool in_fresh_walk_ = false;
  std::unique_ptr<Verifier> verifier_;
  std::uint64_t moment_ns_ = 0;  ///< of the region that verifier_ waits to compare
  RateMeter meter_;
  std::uint64_t pause_ns_ = 0;
  std::uint64_t woken_ns_ = 0;
  bool wake_owed_ = false;
  std::uint64_t check_started_ = 0;  ///< the request that the walk under way answers; 0: none

  // Read by anybody at any time.
  std::atomic<std::uint64_t> end_{0};
  std::atomic<std::uint64_t> lost_{0};
  std::atomic<double> rate_{0};
  std::atomic<bool> look_again_{false};
  std::atomic<bool> ended_{false};
  std::atomic<std::uint64_t> ended_ns_{0};
  std::atomic<std::int64_t> clock_offset_ns_{0};  ///< the source's time - monotonic_ns()

  // Requests and answers, guarded by control_.
  mutable std::mutex control_;
  std::condition_variable asked_;     ///< wakes the reader
  std::condition_variable answered_;  ///< wakes who asked
  bool stopping_ = false;
  std::function<void()> task_;                    ///< to run between two turns
  std::uint64_t drain_wanted_ = 0, drained_ = 0;  ///< clock ticks
  std::uint64_t check_wanted_ = 0, checked_ = 0;  ///< numbers of requests
  unsigned checks_waiting_ = 0;  ///< callers of check_now() that still want an answer
  Verdict check_answer_;
  Verdict verdict_;

  std::mutex wake_mutex_;
  void (*wake_)(void*) = nullptr;
  void* wake_context_ = nullptr;

  std::thread thread_;
};

}  // namespace mh
