#pragma once
// What each switch of the engine does, for people: a sentence, and its effect in figures.

#include <string>

#include "core/include/microheap.h"

namespace mh {

enum class Switch {
  preset,
  placement,
  free_order,
  split,
  carving,
  coalescing,
  header,
  alignment,
  trimming,
  growth,
  guards,
  poison,
  explaining
};

/// Whether the switch changes how blocks lie in memory: then it is for new blocks only.
[[nodiscard]] bool is_layout(Switch which);

/// What the switch does as it stands in the policy, in a sentence. Of explaining: if it is on.
[[nodiscard]] std::string sentence_of(Switch which, const mh_policy& policy);

/// What the switch has done to the heap so far, in figures: "12 searches visited 30 free blocks".
[[nodiscard]] std::string effect_of(Switch which, const mh_policy& policy, const mh_stats& stats);

}  // namespace mh
