#pragma once
// A block of the classic heap, as it lies in memory.
//
//   block ->  +---------------------------------------+
//             | size       of the whole block         |  8 bytes, a multiple of 16
//             +---------------------------------------+
//             | next       block, by address          |  8 bytes, NULL in the last block
//             +---------------------------------------+
//             | requested  bytes, 0 if free           |  8 bytes
//             +---------+---------+-------------------+
//             | flags   | thread  | checksum          |  2 + 2 + 4 bytes
// payload ->  +---------+---------+-------------------+
//             | what the caller asked for             |  requested bytes
//             +---------------------------------------+
//             | padding                               |  size - 32 - requested bytes
//    next ->  +---------------------------------------+

#include <cstddef>
#include <cstdint>

namespace mh {

inline constexpr std::size_t alignment = 16;

enum BlockFlags : std::uint16_t { block_free = 0, block_used = 1, block_foreign = 2 };

struct Block {
  std::size_t size;
  Block* next;
  std::size_t requested;
  std::uint16_t flags;
  std::uint16_t thread;
  std::uint32_t checksum;

  [[nodiscard]] bool used() const { return (flags & block_used) != 0; }
  [[nodiscard]] bool foreign() const { return (flags & block_foreign) != 0; }
};
static_assert(sizeof(Block) == 32 && sizeof(Block) % alignment == 0);

}  // namespace mh
