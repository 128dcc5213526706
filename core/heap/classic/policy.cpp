#include "core/heap/classic/policy.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace mh {

namespace {

constexpr mh_policy knuth_policy() {
  mh_policy policy = plainest_policy;
  policy.split = 1;
  policy.coalescing = MH_COALESCE_AT_FREE;
  return policy;
}

constexpr mh_policy kernighan_ritchie_policy() {
  mh_policy policy = knuth_policy();
  policy.placement = MH_NEXT_FIT;
  policy.carving = MH_CARVE_TAIL;
  policy.header = MH_HEADER_COMPACT;
  policy.growth = MH_GROW_CHUNKS;
  policy.growth_chunk = 16 * 1024;
  policy.trimming = MH_TRIM_NEVER;
  return policy;
}

constexpr mh_policy csapp_policy() {
  mh_policy policy = knuth_policy();
  policy.free_order = MH_ORDER_LIFO;
  policy.header = MH_HEADER_COMPACT;
  policy.growth = MH_GROW_CHUNKS;
  policy.growth_chunk = 4096;
  policy.trimming = MH_TRIM_NEVER;
  return policy;
}

constexpr mh_policy with_placement(mh_placement placement) {
  mh_policy policy = knuth_policy();
  policy.placement = placement;
  return policy;
}

constexpr mh_policy deferred_policy() {
  mh_policy policy = knuth_policy();
  policy.free_order = MH_ORDER_LIFO;
  policy.coalescing = MH_COALESCE_DEFERRED;
  policy.trimming = MH_TRIM_THRESHOLD;
  policy.trim_threshold = 4096;
  return policy;
}

constexpr mh_policy debugging_policy() {
  mh_policy policy = knuth_policy();
  policy.free_order = MH_ORDER_FIFO;
  policy.guards = 1;
  policy.poison = 1;
  return policy;
}

constexpr std::array presets{
    mh_preset{"plain", "The plainest",
              "First fit, nothing is split, nothing merged: every hole keeps its size for ever.",
              plainest_policy},
    mh_preset{
        "textbook", "Textbook",
        "First fit by address, large blocks split, neighbours merged at free (Knuth, TAOCP 1, "
        "2.5, whose own takes the tail of a block).",
        knuth_policy()},
    mh_preset{
        "kr", "K&R",
        "Next fit, the tail of a block is handed out, small headers, memory in chunks, nothing "
        "given back (Kernighan and Ritchie, 8.7).",
        kernighan_ritchie_policy()},
    mh_preset{"csapp", "Explicit list",
              "The last block freed is tried first; memory comes in pages (Bryant and O'Hallaron, "
              "9.9).",
              csapp_policy()},
    mh_preset{"best", "Best fit",
              "Looks at every free block and takes the tightest: leaves slivers, keeps large ones.",
              with_placement(MH_BEST_FIT)},
    mh_preset{
        "worst", "Worst fit",
        "Takes the largest block, so that what is left over stays useful; soon none is large.",
        with_placement(MH_WORST_FIT)},
    mh_preset{
        "deferred", "Deferred merging",
        "Neighbours are merged only when a search finds nothing: cheap frees, dear surprises.",
        deferred_policy()},
    mh_preset{"debug", "Bug catcher",
              "Guard bytes round each payload, freed memory poisoned and reused as late as can be.",
              debugging_policy()}};

/// A caller in C can put any number into an enum; read as one it would be undefined behaviour.
template <typename Enum>
bool in_range(const Enum& field, int last) {
  static_assert(sizeof(Enum) == sizeof(int));
  int value = 0;
  std::memcpy(&value, &field, sizeof value);
  return value >= 0 && value <= last;
}

}  // namespace

bool is_valid(const mh_policy& policy) {
  return in_range(policy.placement, MH_WORST_FIT) && in_range(policy.free_order, MH_ORDER_FIFO) &&
         in_range(policy.coalescing, MH_COALESCE_DEFERRED) &&
         in_range(policy.header, MH_HEADER_COMPACT) && in_range(policy.trimming, MH_TRIM_NEVER) &&
         in_range(policy.growth, MH_GROW_CHUNKS) && in_range(policy.split, 1) &&
         in_range(policy.carving, MH_CARVE_TAIL) && in_range(policy.guards, 1) &&
         in_range(policy.poison, 1) &&
         (policy.alignment == 16 || policy.alignment == 32 || policy.alignment == 64) &&
         policy.growth_chunk <= max_growth_chunk && policy.split_minimum <= Block::max_size;
}

std::uint64_t pack_policy(const mh_policy& policy) {
  std::uint64_t bits = 0;
  unsigned at = 0;
  const auto put = [&](std::uint64_t value, unsigned width) {
    bits |= value << at;
    at += width;
  };
  put(policy.placement, 2);
  put(policy.free_order, 2);
  put(policy.coalescing, 2);
  put(policy.header, 1);
  put(policy.trimming, 2);
  put(policy.growth, 1);
  put(policy.split != 0, 1);
  put(policy.alignment / 32, 2);
  put(policy.guards != 0, 1);
  put(policy.poison != 0, 1);
  put(policy.carving, 1);
  return bits;
}

mh_policy unpack_policy(std::uint64_t bits) {
  const auto take = [&](unsigned width) {
    const std::uint64_t value = bits & ((1U << width) - 1);
    bits >>= width;
    return static_cast<int>(value);
  };
  mh_policy policy = plainest_policy;
  policy.placement = static_cast<mh_placement>(take(2));
  policy.free_order = static_cast<mh_free_order>(std::min(take(2), int{MH_ORDER_FIFO}));
  policy.coalescing = static_cast<mh_coalescing>(std::min(take(2), int{MH_COALESCE_DEFERRED}));
  policy.header = static_cast<mh_header_kind>(take(1));
  policy.trimming = static_cast<mh_trimming>(std::min(take(2), int{MH_TRIM_NEVER}));
  policy.growth = static_cast<mh_growth>(take(1));
  policy.split = take(1);
  policy.alignment = std::size_t{16} << std::min(take(2), 2);
  policy.guards = take(1);
  policy.poison = take(1);
  policy.carving = static_cast<mh_carving>(take(1));
  return policy;
}

}  // namespace mh

const mh_preset* mh_presets(size_t* count) {
  if (count != nullptr) *count = mh::presets.size();
  return mh::presets.data();
}
