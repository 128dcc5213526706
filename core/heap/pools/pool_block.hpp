#pragma once
// A block of a pool: what lies in the payload of a heap's block whose flags say block_pool. All
// that a reader must know to find the slots stands in the block itself:
//
//   payload ->  +-------------------------------------------------+
//               | "mh pool"                                       |  8 bytes
//               | pool       it belongs to                        |  8
//               | earlier    block of the pool, NULL in its first |  8
//               | lower      \ subtrees of the pool's tree of     |  8
//               | higher     / blocks, by address                 |  8
//               | next open  block of the pool with free slots    |  8
//               | slot size  bytes, a multiple of 16              |  8
//               | before  | first    | slots                      |  2 + 2 + 4
//               | used               | fresh                      |  4 + 4
//               | free slot          | checksum                   |  4 + 4
//               +-------------------------------------------------+
//               | the Pool itself, in its first block only        |
//               +-------------------------------------------------+
//               | a bit for each slot: it is in use               |  8 bytes for 64 slots
//     first ->  +-------------------------------------------------+
//               | slot 0 | slot 1 | slot 2 | ...                  |  slots * slot size
//               +-------------------------------------------------+
//
// The slots from number `fresh` on were never handed out. The other free ones are chained, the last
// one freed first; the links lie in the slots, as everywhere in the heap where memory is free:
//
//   free slot ->  +------------------------+
//                 | number of the next one |  8 bytes; `slots`: there is none
//                 | the same, inverted     |  8 bytes
//                 +------------------------+
//
// used + (slots in the chain) + (slots - fresh) == slots, and a slot's bit says the same.

#include <cstddef>
#include <cstdint>

#include "core/heap/classic/block.hpp"
#include "core/heap/classic/guard.hpp"

namespace mh {

class EventScope;

/// As in the drawing. Whoever changes a field seals the header afterwards; one that is not sealed()
/// was not written by us, at this place.
struct PoolBlock {
  char name[8] = "mh pool";
  void* pool = nullptr;
  PoolBlock* earlier = nullptr;
  PoolBlock* lower = nullptr;
  PoolBlock* higher = nullptr;
  PoolBlock* next_open = nullptr;
  std::uint64_t slot_size = 0;
  std::uint16_t before = 0;  ///< from the heap's header to this one, bytes
  std::uint16_t first = 0;   ///< from here to slot 0, bytes
  std::uint32_t slots = 0;
  std::uint32_t used = 0;
  std::uint32_t fresh = 0;
  std::uint32_t free_slot = 0;  ///< head of the chain; `slots`: it is empty
  std::uint32_t checksum = 0;

  static constexpr std::uint32_t max_slots = 1U << 14;

  [[nodiscard]] static constexpr std::size_t bitmap_bytes(std::size_t slots) {
    return round_up((slots + 63) / 64 * 8);
  }
  /// Bytes of payload that slots take with all that stands before them.
  [[nodiscard]] std::size_t size() const { return first + slots * slot_size; }
  /// The block of the heap, where the events say it is.
  [[nodiscard]] std::byte* heap_block() const { return bytes() - before; }

  [[nodiscard]] std::byte* bytes() const {
    return reinterpret_cast<std::byte*>(const_cast<PoolBlock*>(this));
  }
  [[nodiscard]] std::byte* slot(std::uint32_t number) const {
    return bytes() + first + number * slot_size;
  }
  [[nodiscard]] std::byte* end() const { return slot(slots); }
  [[nodiscard]] bool full() const { return used == slots; }

  [[nodiscard]] std::uint64_t* bits() const {
    return reinterpret_cast<std::uint64_t*>(bytes() + first - bitmap_bytes(slots));
  }
  [[nodiscard]] bool is_used(std::uint32_t number) const {
    return (bits()[number / 64] >> (number % 64) & 1) != 0;
  }
  /// How many bits are set; `used` if nobody wrote to them.
  [[nodiscard]] std::uint32_t used_bits() const;
  void flip(std::uint32_t number) { bits()[number / 64] ^= std::uint64_t{1} << (number % 64); }

  /// Whether the links in a free slot lead to a free slot or to the end.
  [[nodiscard]] bool is_linked(std::uint32_t number) const;
  [[nodiscard]] std::uint32_t next_free(std::uint32_t number) const;
  void set_next_free(std::uint32_t number, std::uint32_t next);
  /// Makes the chain anew from the bits.
  void relink();

  void seal() { checksum = expected_checksum(); }
  [[nodiscard]] bool sealed() const { return checksum == expected_checksum(); }

 private:
  [[nodiscard]] std::uint32_t expected_checksum() const;
};
static_assert(sizeof(PoolBlock) == 80);

/// The header in the payload of a heap's block, capacity bytes at payload, if it is one: sealed,
/// and its slots lie inside. nullptr otherwise.
[[nodiscard]] const PoolBlock* pool_block_at(const std::byte* payload, std::size_t capacity);

/// Tells which slots of a pool's block are in use; nothing if it does not say so.
void tell_slots(const Block& block, EventScope& scope);
/// Looks at the header, each bit and each link of a pool's block.
[[nodiscard]] Damage check_slots(const Block& block);

}  // namespace mh
