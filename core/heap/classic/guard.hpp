#pragma once
// Bytes with a known pattern, to see who wrote where nobody should. The patterns are those of
// Microsoft's debug heap, which students meet elsewhere too.
//
//   guarded block:  | header | fd .. fd | distance, fd .. fd | payload | fd .. padding and guard ..
//   |
//                                         2 + 6 bytes
//
// A front always ends with eight bytes that begin with the distance from the payload back to the
// header: an underflow of up to six bytes leaves the way to the header intact.

#include <cstddef>
#include <cstdint>

#include "core/heap/classic/block.hpp"
#include "core/include/microheap.h"

namespace mh {

inline constexpr std::byte guard_byte{0xfd};
inline constexpr std::byte poison_byte{0xdd};

/// A damaged byte; error is MH_OK if there is none.
struct Damage {
  mh_error error = MH_OK;
  const std::byte* where = nullptr;
};

/// Fills the front of a block that is handed out, and if it is guarded all behind its payload.
void write_guards(Block& block);
/// Looks at each guard byte of a used block.
[[nodiscard]] Damage check_guards(const Block& block);
/// What the front of a payload says is its distance from the header, bytes; anything if there is no
/// front.
[[nodiscard]] std::size_t distance_before(const std::byte* payload);

/// Fills [from, to), which lies in a free block.
void write_poison(std::byte* from, std::byte* to);
/// Looks at each byte of poison of a free block.
[[nodiscard]] Damage check_poison(const Block& block);

}  // namespace mh
