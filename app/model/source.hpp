#pragma once
// Where events come from, and what can be asked of the heap behind them.

#include <cstdint>
#include <memory>

#include "app/model/stream.hpp"
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
  /// What happens from now on. The source must outlive it, and has one at a time.
  [[nodiscard]] virtual std::unique_ptr<Stream> open_stream() = 0;
  /// The real heap can be walked. If not, the stream tells all from the heap's beginning on.
  [[nodiscard]] virtual bool can_walk() const { return true; }
  /// Walks the real heap under its lock. False if the lock was not to be had within timeout_ns.
  virtual bool walk(std::uint64_t timeout_ns, mh_visitor visitor, void* context, WalkEnd& end) = 0;
};

}  // namespace mh
