#include "app/sources/gate.hpp"

#include <algorithm>

namespace mh {
namespace {

/// A worker that comes late (it was preempted, the heap was busy) may catch up this much.
constexpr std::chrono::milliseconds catch_up{50};
/// How much time the slots of one ticket cover.
constexpr double ticket_seconds = 1e-3;
// Operations per second.
constexpr double slowest = 1.0 / 3600;
constexpr double fastest = 1e9;

}  // namespace

bool WorkGate::wait(Ticket& ticket) {
  std::unique_lock lock(mutex_);
  ticket.inside.store(false, std::memory_order_relaxed);
  const bool passes = wait_for_turn(ticket, lock);
  ticket.inside.store(passes, std::memory_order_relaxed);
  return passes;
}

bool WorkGate::wait_for_turn(Ticket& ticket, std::unique_lock<std::mutex>& lock) {
  for (;;) {
    if (stopped_) return false;
    if (!flowing()) {
      if (credits_ > 0 && !held_) {
        --credits_;
        return true;
      }
      changed_.wait(lock);
      continue;
    }
    const std::uint64_t generation = generation_.load(std::memory_order_relaxed);
    if (interval_ == Clock::duration::zero()) {
      ticket.left = std::numeric_limits<std::uint64_t>::max();
      ticket.generation = generation;
      return true;
    }
    const Clock::time_point slot = reserve(batch_);
    const bool is_void = changed_.wait_until(
        lock, slot, [&] { return generation_.load(std::memory_order_relaxed) != generation; });
    if (is_void) continue;
    last_pass_ = std::max(last_pass_.value_or(slot), slot);
    ticket.left = batch_ - 1;
    ticket.generation = generation;
    return true;
  }
}

WorkGate::Clock::time_point WorkGate::reserve(std::uint64_t slots) {
  const Clock::time_point slot = std::max(next_slot_, Clock::now() - catch_up);
  next_slot_ = slot + interval_ * static_cast<Clock::rep>(slots);
  return slot;
}

bool WorkGate::rest(std::chrono::nanoseconds duration) {
  std::unique_lock lock(mutex_);
  return !changed_.wait_until(lock, Clock::now() + duration, [this] { return stopped_; });
}

void WorkGate::start(double rate) {
  const std::lock_guard lock(mutex_);
  stopped_ = false;
  paused_ = false;
  credits_ = 0;
  rate_ = rate;
  last_pass_.reset();
  change();
}

void WorkGate::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  change();
}

void WorkGate::set_open(bool open) {
  const std::lock_guard lock(mutex_);
  if (open_ == open) return;
  open_ = open;
  change();
}

void WorkGate::set_paused(bool paused) {
  const std::lock_guard lock(mutex_);
  if (paused_ == paused) return;
  paused_ = paused;
  change();
}

void WorkGate::set_held(bool held) {
  const std::lock_guard lock(mutex_);
  if (held_ == held) return;
  held_ = held;
  change();
}

void WorkGate::let_through(unsigned calls) {
  const std::lock_guard lock(mutex_);
  if (open_ && !paused_) return;
  credits_ += calls;
  changed_.notify_all();
}

void WorkGate::set_rate(double rate) {
  const std::lock_guard lock(mutex_);
  if (rate_ == rate) return;
  rate_ = rate;
  change();
}

void WorkGate::set_limit(double limit) {
  const std::lock_guard lock(mutex_);
  if (limit_ == limit) return;
  limit_ = limit;
  change();
}

bool WorkGate::paused() const {
  const std::lock_guard lock(mutex_);
  return paused_;
}

/// The terms changed: makes tickets and reservations void and begins a new schedule.
void WorkGate::change() {
  generation_.store(generation_.load(std::memory_order_relaxed) + 1);
  if (flowing()) credits_ = 0;
  const double rate = std::min(rate_, limit_);
  if (rate == unlimited) {
    interval_ = Clock::duration::zero();
  } else {
    const double per_second = rate > slowest ? std::min(rate, fastest) : slowest;
    const std::chrono::duration<double> interval(1 / per_second);
    interval_ = std::max(std::chrono::duration_cast<Clock::duration>(interval), Clock::duration{1});
    batch_ = static_cast<std::uint64_t>(std::max(per_second * ticket_seconds, 1.0));
  }
  next_slot_ = Clock::now();
  if (last_pass_) next_slot_ = std::max(next_slot_, *last_pass_ + interval_);
  changed_.notify_all();
}

}  // namespace mh
