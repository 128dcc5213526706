#pragma once
// Where header, front, payload and guard lie in a block that is handed out next. The policy's
// layout switches meet here: kind of header, alignment, guards.

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "core/heap/classic/block.hpp"

namespace mh {

struct Layout {
  HeaderKind header = HeaderKind::plain;
  std::size_t alignment = granule;  ///< of payloads: 16, 32 or 64 bytes
  bool guarded = false;

  /// Bytes between header and payload of a block at address: none, or the guard bytes and what the
  /// alignment needs on top.
  [[nodiscard]] std::size_t front_at(const std::byte* address) const {
    const std::size_t least = header_size(header) + (guarded ? granule : 0);
    const std::size_t payload = reinterpret_cast<std::uintptr_t>(address) + least;
    return least - header_size(header) + (round_up(payload, alignment) - payload);
  }
  /// Bytes that a block at address takes to hold requested bytes. It ends where the payload of a
  /// next block would be aligned without a gap.
  [[nodiscard]] std::size_t size_at(const std::byte* address, std::size_t requested) const {
    const std::size_t least = header_size(header) + front_at(address) +
                              std::max(requested, min_payload) +
                              (guarded ? BlockShape::guard_bytes : 0);
    const std::size_t end = reinterpret_cast<std::uintptr_t>(address) + least;
    const std::size_t next_payload = end + header_size(header) + (guarded ? granule : 0);
    return least + (round_up(next_payload, alignment) - next_payload);
  }
};

}  // namespace mh
