#pragma once
// The clock that orders events across threads, and what its ticks are in nanoseconds.

#include <atomic>
#include <cstdint>
#include <ctime>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace mh {

/// CLOCK_MONOTONIC in ns.
inline std::uint64_t monotonic_ns() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000ULL +
         static_cast<std::uint64_t>(t.tv_nsec);
}

/// A reading of the processor's constant-rate counter; it is not taken before earlier loads are
/// done (a plain rdtsc was seen reordered before an acquire load). Ticks; a ClockPair ties them to
/// ns.
inline std::uint64_t clock_now() {
  std::atomic_signal_fence(
      std::memory_order_seq_cst);  // the compiler moves no store past the reading
#if defined(__x86_64__)
  unsigned aux = 0;
  const std::uint64_t value = __rdtscp(&aux);
#elif defined(__aarch64__)
  std::uint64_t value = 0;
  asm volatile("isb; mrs %0, cntvct_el0" : "=r"(value)::"memory");
#else
  const std::uint64_t value = monotonic_ns();
#endif
  std::atomic_signal_fence(std::memory_order_seq_cst);
  return value;
}

/// A cheaper reading, for right behind an atomic exchange: after a LOCK-prefixed instruction the
/// plain rdtsc was never seen early, and it takes half the time (measured: 10 ns, rdtscp 19 ns).
inline std::uint64_t clock_now_after_exchange() {
#if defined(__x86_64__)
  std::atomic_signal_fence(std::memory_order_seq_cst);
  const std::uint64_t value = __rdtsc();
  std::atomic_signal_fence(std::memory_order_seq_cst);
  return value;
#else
  return clock_now();
#endif
}

/// A reading that is taken before any later load is done.
inline std::uint64_t clock_now_before_loads() {
  const std::uint64_t value = clock_now();
#if defined(__x86_64__)
  _mm_lfence();
#elif defined(__aarch64__)
  asm volatile("isb" ::: "memory");
#endif
  std::atomic_signal_fence(std::memory_order_seq_cst);
  return value;
}

/// The same moment on both clocks.
struct ClockPair {
  std::uint64_t ticks;  ///< of clock_now()
  std::uint64_t ns;     ///< of monotonic_ns()
};

/// The best of a few tries: the one in which the two readings lay closest together.
inline ClockPair clock_pair() {
  ClockPair best{};
  std::uint64_t closest = ~0ULL;
  for (int attempt = 0; attempt < 8; ++attempt) {
    const std::uint64_t before = clock_now();
    const std::uint64_t ns = monotonic_ns();
    const std::uint64_t width = clock_now() - before;
    if (width < closest) {
      closest = width;
      best = {before + width / 2, ns};
    }
  }
  return best;
}

}  // namespace mh
