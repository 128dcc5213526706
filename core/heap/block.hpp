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
//
// A foreign block stands for memory that somebody else's sbrk() took between two blocks of ours.
// Its bytes are not ours to write, so the header lies behind them, in memory that is ours; that is
// why start() and end(), not the header's address, say what a block covers:
//
//   start()   +---------------------------------------+
//             | somebody else's bytes                 |  size - 32 bytes
//   block ->  +---------------------------------------+
//             | size, next, 0, foreign, 0, checksum   |  32 bytes
//   end()     +---------------------------------------+

#include <cstddef>
#include <cstdint>

namespace mh {

inline constexpr std::size_t alignment = 16;

/// The smallest multiple of alignment that is at least bytes.
constexpr std::size_t align_up(std::size_t bytes) {
  return (bytes + alignment - 1) / alignment * alignment;
}

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
  [[nodiscard]] bool free() const { return flags == block_free; }

  [[nodiscard]] std::byte* address() const {
    return reinterpret_cast<std::byte*>(const_cast<Block*>(this));
  }
  [[nodiscard]] std::byte* payload() const { return address() + sizeof(Block); }
  [[nodiscard]] std::size_t capacity() const { return size - sizeof(Block); }
  [[nodiscard]] std::byte* end() const { return foreign() ? payload() : address() + size; }
  [[nodiscard]] std::byte* start() const { return foreign() ? payload() - size : address(); }

  /// Every change of a header ends with seal(); a header that is not sealed() was not written by
  /// us.
  void seal() { checksum = expected_checksum(); }
  void unseal() { checksum = ~expected_checksum(); }
  [[nodiscard]] bool sealed() const { return checksum == expected_checksum(); }

  /// Bound to all other fields and to the address, so that a copy of a header elsewhere is no
  /// header. The fields are the words of a multilinear hash (Lemire and Kaser, "Strongly universal
  /// string hashing is fast", 2014): five independent multiplications and one shift. The keys are
  /// digits of pi, made odd so that a change of a single field always changes the sum.
  [[nodiscard]] std::uint32_t expected_checksum() const {
    const std::uint64_t state = flags | static_cast<std::uint64_t>(thread) << 16;
    const std::uint64_t sum = reinterpret_cast<std::uintptr_t>(this) * 0x243f'6a88'85a3'08d3U +
                              size * 0x1319'8a2e'0370'7345U +
                              reinterpret_cast<std::uintptr_t>(next) * 0xa409'3822'299f'31d1U +
                              requested * 0x082e'fa98'ec4e'6c89U + state * 0x4528'21e6'38d0'1377U;
    return static_cast<std::uint32_t>(sum >> 32);
  }
};
static_assert(sizeof(Block) == 32 && sizeof(Block) % alignment == 0);

inline constexpr std::size_t min_payload = 16;
inline constexpr std::size_t min_block = sizeof(Block) + min_payload;

/// The block whose payload would start at pointer; whether there is one is for the caller to find
/// out.
inline Block* block_of(const void* pointer) {
  auto* const bytes = static_cast<std::byte*>(const_cast<void*>(pointer));
  return reinterpret_cast<Block*>(bytes - sizeof(Block));
}

}  // namespace mh
