#pragma once
// Where events come from, and what can be asked of the heap behind them.

#include <cstdint>

#include "core/events/segment.hpp"
#include "core/include/microheap.h"

namespace mh {

class Source {
 public:
  struct WalkEnd {
    std::uint64_t start;      ///< of the heap, address
    std::uint64_t end;        ///< the break, address
    std::uint64_t clock;      ///< ticks: the walk shows the heap as it was then
    mh_error error = MH_OK;   ///< a damaged heap ended the walk early ...
    std::uint64_t where = 0;  ///< ... at the block with this header
  };

  virtual ~Source() = default;
  [[nodiscard]] virtual Segment& segment() = 0;
  /// Walks the real heap under its lock. False if the lock was not to be had within timeout_ns.
  virtual bool walk(std::uint64_t timeout_ns, mh_visitor visitor, void* context, WalkEnd& end) = 0;
};

}  // namespace mh
