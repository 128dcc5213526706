#pragma once
// What every worker passes before each operation: open or closed, and how many may pass a second.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <limits>
#include <mutex>
#include <optional>

namespace mh {

/// The workers' gate. All methods may be called from any thread. Waiting threads sleep; every
/// change wakes them at once.
///
/// How the rate is kept. A worker reserves the next free slots of a common schedule and sleeps
/// until the first of them. One slot at low rates, about a millisecond's worth at high ones: it
/// gets them as a ticket, and passes with them without the lock. A change of anything makes tickets
/// and reservations void, so that no one passes on old terms, and nothing is caught up after a
/// pause.
class WorkGate {
 public:
  static constexpr double unlimited = std::numeric_limits<double>::infinity();

  /// A worker's right to pass a few times. Each worker keeps its own.
  struct Ticket {
    std::uint64_t left = 0;
    std::uint64_t generation = 0;
    /// It passed, and has not come back(). Stored before the generation is looked at, so that who
    /// holds the gate and then finds nobody inside knows that nobody will be.
    std::atomic<bool> inside{false};
  };

  /// Waits until the worker may do one operation. False: the gate was shut for good by stop().
  bool pass(Ticket& ticket) {
    ticket.inside.store(true);
    if (ticket.left != 0 && ticket.generation == generation_.load()) {
      --ticket.left;
      return true;
    }
    return wait(ticket);
  }
  /// The operation is done.
  static void come_back(Ticket& ticket) { ticket.inside.store(false, std::memory_order_release); }
  /// Sleeps; for a worker that cannot do anything useful now. False: stopped.
  bool rest(std::chrono::nanoseconds duration);

  /// A new workload begins; what was let through before is forgotten.
  void start(double rate);
  void stop();  ///< pass() returns false from now on

  void set_open(bool open);          ///< by the player
  void set_paused(bool paused);      ///< by the workload's own pause
  void set_held(bool held);          ///< nobody passes at all; who is inside still comes back
  void let_through(unsigned calls);  ///< while closed or paused; ignored otherwise
  void set_rate(double rate);        ///< operations per second of the workload
  void set_limit(
      double limit);  ///< operations per second that the player allows; the lower one holds
  [[nodiscard]] bool paused() const;

 private:
  using Clock = std::chrono::steady_clock;

  bool wait(Ticket& ticket);
  bool wait_for_turn(Ticket& ticket, std::unique_lock<std::mutex>& lock);
  [[nodiscard]] bool flowing() const { return open_ && !paused_ && !held_; }
  Clock::time_point reserve(std::uint64_t slots);
  void change();

  std::atomic<std::uint64_t> generation_{1};  ///< tickets of another generation are void
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = true;
  bool paused_ = false;
  bool held_ = false;
  bool stopped_ = false;
  std::uint64_t credits_ = 0;  ///< operations let through a closed gate
  double rate_ = unlimited;
  double limit_ = unlimited;
  Clock::duration interval_{};  ///< between slots; zero: unlimited
  std::uint64_t batch_ = 1;     ///< slots of a ticket
  Clock::time_point next_slot_{};
  std::optional<Clock::time_point> last_pass_;  ///< the slot used last; empty: none since start()
};

}  // namespace mh
