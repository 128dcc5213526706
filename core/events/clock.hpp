#pragma once
// The clock that orders events across threads, and what its ticks are in nanoseconds.

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
  return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000ULL + static_cast<std::uint64_t>(t.tv_nsec);
}

/// A reading of the processor's constant-rate counter; it is not taken before earlier loads are done
/// (a plain rdtsc was seen reordered before an acquire load). Ticks; clock_ticks_per_ns() tells their length.
inline std::uint64_t clock_now() {
#if defined(__x86_64__)
  unsigned aux = 0;
  return __rdtscp(&aux);
#elif defined(__aarch64__)
  std::uint64_t value = 0;
  asm volatile("isb; mrs %0, cntvct_el0" : "=r"(value)::"memory");
  return value;
#else
  return monotonic_ns();
#endif
}

}  // namespace mh
