#pragma once
// What the continuous comparison of picture and heap has found out.

#include <cstdint>
#include <string>

#include "core/include/microheap.h"

namespace mh {

/// What is known about picture == heap.
struct Verdict {
  enum class State {
    unchecked,
    equal,
    different,
    damaged  ///< the heap itself: a walk ends before its end; what it saw equals the picture
  };
  State state = State::unchecked;
  std::uint64_t checked_ns = 0;  ///< monotonic_ns() at which the newest comparison ended
  std::uint64_t blocks = 0;      ///< compared in the last full round
  double round_seconds = 0;      ///< how long the last full round over the heap took
  std::string difference;        ///< the first difference or the damage, in words; empty if none
  std::uint64_t damaged_at = 0;  ///< damaged: the address of the header that ended the walk
  mh_error error = MH_OK;        ///< damaged: what ended it
};

}  // namespace mh
