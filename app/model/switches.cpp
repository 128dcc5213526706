#include "app/model/switches.hpp"

#include <array>
#include <cstdio>

#include "app/model/format.hpp"
#include "app/model/policy_words.hpp"
#include "core/heap/classic/block.hpp"

namespace mh {
namespace {

std::string placement_sentence(const mh_policy& policy) {
  switch (policy.placement) {
    case MH_FIRST_FIT:
      return "First fit takes the first free block that is large enough.";
    case MH_NEXT_FIT:
      return "Next fit is first fit, but goes on searching where the last search ended.";
    case MH_BEST_FIT:
      return "Best fit looks at every free block and takes the tightest.";
    case MH_WORST_FIT:
      break;
  }
  return "Worst fit takes the largest free block, so that what is left over stays useful.";
}

std::string order_sentence(const mh_policy& policy) {
  switch (policy.free_order) {
    case MH_ORDER_ADDRESS:
      return "A freed block enters the free list where its address belongs.";
    case MH_ORDER_LIFO:
      return "A freed block becomes the head of the free list: the next search meets it first.";
    case MH_ORDER_FIFO:
      break;
  }
  return "A freed block becomes the tail of the free list: a search meets it last.";
}

std::string coalescing_sentence(const mh_policy& policy) {
  switch (policy.coalescing) {
    case MH_COALESCE_NEVER:
      return "Neighbouring free blocks are never merged: every hole keeps its size.";
    case MH_COALESCE_AT_FREE:
      return "A freed block merges with its free neighbours at once.";
    case MH_COALESCE_DEFERRED:
      break;
  }
  return "Free neighbours are merged all at once, when a search has found nothing.";
}

std::string trimming_sentence(const mh_policy& policy) {
  switch (policy.trimming) {
    case MH_TRIM_AT_ONCE:
      return "Free memory at the end of the heap goes back at once: the break moves down.";
    case MH_TRIM_THRESHOLD:
      return "Free memory at the end of the heap goes back when it has " +
             format_bytes(policy.trim_threshold) + " or more.";
    case MH_TRIM_NEVER:
      break;
  }
  return "Free memory at the end of the heap is kept: the break never moves down.";
}

std::string growth_sentence(const mh_policy& policy) {
  if (policy.growth == MH_GROW_EXACT) return "The break moves up by just what a new block takes.";
  return "The break moves up by " + format_bytes(policy.growth_chunk) +
         " or more at a time; what is too much is free.";
}

std::string split_sentence(const mh_policy& policy) {
  if (policy.split == 0) return "A request gets the whole free block, however large it is.";
  return "What a free block has too much becomes a free block of its own, if that has " +
         format_bytes(policy.split_minimum) + " or more.";
}

std::string carving_sentence(const mh_policy& policy) {
  if (policy.carving == MH_CARVE_FRONT) {
    return "A request gets the front of a block that is split; what lies behind it stays free.";
  }
  return "A request gets the tail of a block that is split; the front stays free where it is.";
}

std::string guards_sentence(const mh_policy& policy) {
  if (policy.guards == 0)
    return "New blocks have no guard bytes: a write past the end goes unnoticed.";
  return "New blocks have guard bytes before and after the payload, checked at free.";
}

std::string poison_sentence(const mh_policy& policy) {
  if (policy.poison == 0) return "Freed memory keeps what was in it.";
  return "Freed memory is filled with 0xdd, and checked when it is used again.";
}

std::string counted(std::uint64_t count, const char* one, const char* many) {
  return format_count(count) + " " + (count == 1 ? one : many);
}

std::string searches_effect(const mh_stats& stats) {
  if (stats.searches == 0) return "No search yet.";
  std::array<char, 16> average{};
  std::snprintf(average.data(), average.size(), "%.1f",
                static_cast<double>(stats.visited) / static_cast<double>(stats.searches));
  return counted(stats.searches, "search", "searches") + ", " + average.data() +
         " free blocks visited in each";
}

std::string free_effect(const mh_stats& stats) {
  if (stats.free_blocks == 0) return "No block is free.";
  return counted(stats.free_blocks, "free block", "free blocks") + ", the largest has " +
         format_bytes(stats.largest_free);
}

std::string header_effect(const mh_policy& policy, const mh_stats& stats) {
  constexpr std::size_t plain = header_size(HeaderKind::plain);
  constexpr std::size_t compact = header_size(HeaderKind::compact);
  const std::size_t compact_bytes = stats.header_saved / (plain - compact) * compact;
  const std::size_t could_save = (stats.header - compact_bytes) / plain * (plain - compact);
  const std::string cost = "Headers cost " + format_bytes(stats.header) + ", compact ones ";
  return policy.header == MH_HEADER_PLAIN ? cost + "would save " + format_bytes(could_save)
                                          : cost + "save " + format_bytes(stats.header_saved);
}

}  // namespace

bool is_layout(Switch which) {
  return which == Switch::header || which == Switch::alignment || which == Switch::guards;
}

std::string sentence_of(Switch which, const mh_policy& policy) {
  switch (which) {
    case Switch::preset: {
      const mh_preset* const preset = preset_of(policy);
      return preset != nullptr ? preset->sentence : "In a script: policy " + policy_words(policy);
    }
    case Switch::placement:
      return placement_sentence(policy);
    case Switch::free_order:
      return order_sentence(policy);
    case Switch::split:
      return split_sentence(policy);
    case Switch::carving:
      return carving_sentence(policy);
    case Switch::coalescing:
      return coalescing_sentence(policy);
    case Switch::header:
      return policy.header == MH_HEADER_PLAIN
                 ? "New blocks have the plain header: 32 bytes, each field a word to read."
                 : "New blocks have the compact header: 16 bytes, the same facts packed.";
    case Switch::alignment:
      return "Payloads of new blocks begin at multiples of " + std::to_string(policy.alignment) +
             " bytes.";
    case Switch::trimming:
      return trimming_sentence(policy);
    case Switch::growth:
      return growth_sentence(policy);
    case Switch::guards:
      return guards_sentence(policy);
    case Switch::poison:
      return poison_sentence(policy);
    case Switch::explaining:
      break;
  }
  return "Each search tells which free blocks it visits, and why it takes one: see under the map.";
}

std::string effect_of(Switch which, const mh_policy& policy, const mh_stats& stats) {
  switch (which) {
    case Switch::preset:
    case Switch::header:
      return header_effect(policy, stats);
    case Switch::placement:
    case Switch::explaining:
      return searches_effect(stats);
    case Switch::free_order:
      return free_effect(stats);
    case Switch::split:
    case Switch::carving:
      return counted(stats.splits, "split", "splits") + " so far; padding takes " +
             format_bytes(stats.padding);
    case Switch::coalescing:
      return counted(stats.merges, "merge", "merges") + " so far; " + free_effect(stats);
    case Switch::alignment:
      return "Padding takes " + format_bytes(stats.padding);
    case Switch::trimming:
    case Switch::growth:
      return "The heap has " + format_bytes(stats.heap) + " after " +
             counted(stats.break_moves, "move", "moves") + " of the break";
    case Switch::guards:
      return "Guard bytes take " + format_bytes(stats.guard);
    case Switch::poison:
      break;
  }
  return format_bytes(stats.free) + " are free";
}

}  // namespace mh
