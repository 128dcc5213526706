#pragma once
// The fast heap's lock: a futex (Drepper, "Futexes are tricky", 2011, the second mutex), after a
// short while of spinning. It costs nothing in a process that has one thread.

#include <linux/futex.h>
#include <sys/single_threaded.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <ctime>

#include "core/heap/fork_hold.hpp"

namespace mh {

/// Works with std::lock_guard. Needs no constructor to run and no memory.
class FastLock {
 public:
  /// The process has one thread.
  static bool alone() {
#if defined(__SANITIZE_THREAD__)
    return false;
#else
    return __libc_single_threaded != 0;
#endif
  }

  void lock() {
    if (fork_.mine()) [[unlikely]]
      return;
    if (alone()) return state_.store(locked, std::memory_order_relaxed);
    std::uint32_t expected = free;
    if (!state_.compare_exchange_strong(expected, locked, std::memory_order_acquire,
                                        std::memory_order_relaxed)) {
      lock_slowly(nullptr);
    }
  }
  void unlock() {
    if (fork_.mine()) [[unlikely]]
      return;
    if (alone()) return state_.store(free, std::memory_order_relaxed);
    if (state_.exchange(free, std::memory_order_release) == waited_for) wake();
  }
  /// False if the lock was not to be had within timeout_ns.
  [[nodiscard]] bool try_lock_for(std::uint64_t timeout_ns) {
    std::uint32_t expected = free;
    if (state_.compare_exchange_strong(expected, locked, std::memory_order_acquire,
                                       std::memory_order_relaxed)) {
      return true;
    }
    constexpr std::uint64_t second_ns = 1'000'000'000;
    timespec until{};
    clock_gettime(CLOCK_MONOTONIC, &until);
    const std::uint64_t ns = static_cast<std::uint64_t>(until.tv_nsec) + timeout_ns % second_ns;
    until.tv_sec += static_cast<std::time_t>(timeout_ns / second_ns + ns / second_ns);
    until.tv_nsec = static_cast<long>(ns % second_ns);
    return lock_slowly(&until);
  }

  void hold_for_fork() {
    lock();
    fork_.begin();
  }
  void let_go_after_fork() {
    if (fork_.end()) unlock();
  }

 private:
  enum : std::uint32_t { free = 0, locked = 1, waited_for = 2 };

  [[gnu::noinline]] bool lock_slowly(const timespec* until) {
    constexpr int spins = 100;
    for (int i = 0; i < spins; ++i) {
      std::uint32_t expected = free;
      if (state_.load(std::memory_order_relaxed) == free &&
          state_.compare_exchange_weak(expected, locked, std::memory_order_acquire,
                                       std::memory_order_relaxed)) {
        return true;
      }
#if defined(__x86_64__)
      __builtin_ia32_pause();
#endif
    }
    const int saved_errno = errno;
    bool in_time = true;
    while (state_.exchange(waited_for, std::memory_order_acquire) != free) {
      const long result = syscall(SYS_futex, &state_, FUTEX_WAIT_BITSET_PRIVATE, waited_for, until,
                                  nullptr, FUTEX_BITSET_MATCH_ANY);
      if (result != 0 && errno == ETIMEDOUT) {
        in_time = false;
        break;
      }
    }
    errno = saved_errno;
    return in_time;
  }
  [[gnu::noinline]] void wake() {
    const int saved_errno = errno;
    syscall(SYS_futex, &state_, FUTEX_WAKE_PRIVATE, 1);
    errno = saved_errno;
  }

  std::atomic<std::uint32_t> state_{free};
  ForkHold fork_;
};

}  // namespace mh
