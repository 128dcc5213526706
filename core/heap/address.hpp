#pragma once
// Small conversions that the engines share.

#include <bit>
#include <cstddef>
#include <cstdint>

#include "core/include/microheap.h"

namespace mh {

inline std::uint64_t address_of(const void* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer);
}

/// Index of the class of requested bytes (1 up) in mh_stats.size_class.
inline unsigned size_class_of(std::size_t requested) {
  const auto bits = static_cast<unsigned>(std::bit_width((requested - 1) >> 4));
  return bits < MH_SIZE_CLASSES ? bits : MH_SIZE_CLASSES - 1;
}

}  // namespace mh
