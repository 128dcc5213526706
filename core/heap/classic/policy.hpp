#pragma once
// The switches of the classic engine: which values they have, and how an event tells them.

#include <cstdint>

#include "core/heap/classic/layout.hpp"
#include "core/include/microheap.h"

namespace mh {

/// The simplest allocator that works: first fit by address, no splitting, no coalescing.
inline constexpr mh_policy plainest_policy{.placement = MH_FIRST_FIT,
                                           .free_order = MH_ORDER_ADDRESS,
                                           .coalescing = MH_COALESCE_NEVER,
                                           .header = MH_HEADER_PLAIN,
                                           .trimming = MH_TRIM_AT_ONCE,
                                           .growth = MH_GROW_EXACT,
                                           .split = 0,
                                           .split_minimum = 16,
                                           .carving = MH_CARVE_FRONT,
                                           .alignment = 16,
                                           .trim_threshold = 128 * 1024,
                                           .growth_chunk = 4096,
                                           .guards = 0,
                                           .poison = 0};

inline constexpr std::size_t max_growth_chunk = std::size_t{1} << 30;

/// Whether each field has a value that the engine knows.
[[nodiscard]] bool is_valid(const mh_policy& policy);

[[nodiscard]] constexpr Layout layout_of(const mh_policy& policy) {
  return {policy.header == MH_HEADER_PLAIN ? HeaderKind::plain : HeaderKind::compact,
          policy.alignment, policy.guards != 0};
}

/// The switches of a policy, without its byte counts, as a policy event tells them. From the lowest
/// bit: placement 2, order 2, coalescing 2, header 1, trimming 2, growth 1, split 1, alignment / 32
/// 2, guards 1, poison 1, carving 1.
[[nodiscard]] std::uint64_t pack_policy(const mh_policy& policy);
/// The other way; byte counts are those of the plainest policy.
[[nodiscard]] mh_policy unpack_policy(std::uint64_t bits);

}  // namespace mh
