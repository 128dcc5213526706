#pragma once
// The one lock of a heap. Works with std::lock_guard.

#include <pthread.h>
#include <sys/single_threaded.h>

#include <cstdint>
#include <ctime>

#include "core/events/clock.hpp"
#include "core/heap/fork_hold.hpp"

namespace mh {

/// A mutex that needs no constructor to run and no memory, so that a heap can be used before
/// main(). (std::timed_mutex waits on a clock that ThreadSanitizer does not see through.)
class Lock {
 public:
  void lock() {
    if (!fork_.mine()) pthread_mutex_lock(&mutex_);
  }
  void unlock() {
    if (!fork_.mine()) pthread_mutex_unlock(&mutex_);
  }
  void hold_for_fork() {
    if (!fork_.mine()) taken_for_fork_ = lock_for_fork();
    fork_.begin();
  }
  void let_go_after_fork() {
    if (fork_.end() && taken_for_fork_) unlock();
  }

  /// Locks. Returns what the wait took, ns, at least 1 if the lock was taken; 0 if it was free.
  std::uint64_t lock_and_measure() {
    if (fork_.mine() || pthread_mutex_trylock(&mutex_) == 0) return 0;
    const std::uint64_t begin = monotonic_ns();
    pthread_mutex_lock(&mutex_);
    const std::uint64_t waited = monotonic_ns() - begin;
    return waited > 0 ? waited : 1;
  }

  /// False if the lock was not to be had within timeout_ns.
  [[nodiscard]] bool try_lock_for(std::uint64_t timeout_ns) {
    constexpr std::uint64_t second_ns = 1'000'000'000;
    timespec until{};
    clock_gettime(CLOCK_REALTIME, &until);
    const std::uint64_t ns = static_cast<std::uint64_t>(until.tv_nsec) + timeout_ns % second_ns;
    until.tv_sec += static_cast<std::time_t>(timeout_ns / second_ns + ns / second_ns);
    until.tv_nsec = static_cast<long>(ns % second_ns);
    return pthread_mutex_timedlock(&mutex_, &until) == 0;
  }

 private:
  /// False if a signal handler forks that interrupted the only thread while it held the lock.
  bool lock_for_fork() {
    if (__libc_single_threaded != 0) return pthread_mutex_trylock(&mutex_) == 0;
    return pthread_mutex_lock(&mutex_) == 0;
  }

  pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
  ForkHold fork_;
  bool taken_for_fork_ = false;
};

}  // namespace mh
