#pragma once
// A block of the classic heap, as it lies in memory. The plain header is four words:
//
//   block ->  +-----------------------------------------------+
//             | size       of the whole block                 |  8 bytes, a multiple of 16
//             +-----------------------------------------------+
//             | next       block, by address                  |  8 bytes, NULL in the last block
//             +-----------------------------------------------+
//             | requested  bytes, 0 if free                   |  8 bytes
//             +-------+-------+---------+---------------------+
//             | flags | front | thread  | checksum            |  1 + 1 + 2 + 4 bytes
//             +-------+-------+---------+---------------------+
//             | front: guard bytes, or a gap for alignment    |  front * 16 bytes, mostly none
// payload ->  +-----------------------------------------------+
//             | what the caller asked for                     |  requested bytes
//             +-----------------------------------------------+
//             | padding                                       |
//             +-----------------------------------------------+
//             | guard bytes, if the block is guarded          |  0 or 8 bytes
//    next ->  +-----------------------------------------------+
//
// The compact header says the same in two words; the next block is where this one ends:
//
//   block ->  +-------+--------+-------------------+----------+
//             | flags | thread | size/16   | front | 1        |  8 + 16 + 36 + 3 + 1 bits
//             +-------+--------+-----------+-------+----------+
//             | checksum       | requested                     |  24 + 40 bits
// payload ->  +-----------------------------------------------+
//
// Its lowest bit tells the two apart: a size is a multiple of 16. In a free block the links of the
// free list lie behind the header (free_list.hpp).
//
// The way back from a payload to its header: without a front, the header ends where the payload
// begins; with one, the front's last eight bytes begin with the distance (guard.hpp).
//
// A foreign block stands for memory that somebody else's sbrk() took between two blocks of ours.
// Its bytes are not ours to write, so the (plain) header lies behind them, in memory that is ours;
// that is why start() and end(), not the header's address, say what a block covers:
//
//   start()   +-----------------------------------------------+
//             | somebody else's bytes                         |  size - 32 bytes
//   block ->  +-----------------------------------------------+
//             | size, next, earlier foreign block, foreign    |  32 bytes
//   end()     +-----------------------------------------------+

#include <cstddef>
#include <cstdint>

#include "core/events/event.hpp"

namespace mh {

/// Addresses and sizes of blocks are multiples of it, bytes.
inline constexpr std::size_t granule = 16;

/// The smallest multiple of a power of two that is at least bytes.
constexpr std::size_t round_up(std::size_t bytes, std::size_t multiple = granule) {
  return (bytes + multiple - 1) & ~(multiple - 1);
}

enum BlockFlags : std::uint8_t {
  block_free = 0,
  block_used = 1,
  block_foreign = 2,
  block_guarded = 4,     ///< of a used block: front and end hold guard bytes
  block_poisoned = 8,    ///< of a free block: what lies behind the links is poison
  block_set_aside = 16,  ///< found damaged: neither used nor free, left alone for good
  block_pool = 32        ///< of a used block: holds the slots of a pool
};

enum class HeaderKind : std::uint8_t { plain, compact };

constexpr std::size_t header_size(HeaderKind kind) {
  return kind == HeaderKind::plain ? 32 : 16;
}

/// What a header says. size, front and requested in bytes.
struct BlockFields {
  std::size_t size = 0;
  std::size_t requested = 0;  ///< 0 if free; of a block that was set aside: the mh_error, why
  std::size_t front = 0;
  std::uint16_t thread = 0;
  std::uint8_t flags = block_free;
};

/// A header in the heap's memory. Every change of one ends with its seal: a header that is not
/// sealed() was not written by us, at this place.
class Block {
 public:
  static constexpr std::size_t max_size = (std::size_t{1} << 40) - granule;
  static constexpr std::size_t max_front = 7 * granule;

  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;

  /// Writes a header at a multiple of 16. Its next() is NULL.
  static Block* write(std::byte* at, HeaderKind kind, const BlockFields& fields) {
    auto* const block = reinterpret_cast<Block*>(at);
    if (kind == HeaderKind::plain) block->word(1) = 0;
    block->put(kind, fields);
    return block;
  }
  /// Changes all but the kind of header and next().
  void set(const BlockFields& fields) { put(kind(), fields); }
  /// Of a plain header; a compact one needs none.
  void set_next(const Block* block) {
    if (!is_plain()) return;
    word(1) = reinterpret_cast<std::uintptr_t>(block);
    seal();
  }

  [[nodiscard]] BlockFields fields() const {
    return {size(), requested(), front(), thread(), flags()};
  }
  [[nodiscard]] HeaderKind kind() const {
    return (word(0) & 1) == 0 ? HeaderKind::plain : HeaderKind::compact;
  }
  [[nodiscard]] bool is_plain() const { return kind() == HeaderKind::plain; }
  [[nodiscard]] std::size_t header() const { return header_size(kind()); }  ///< bytes
  [[nodiscard]] std::size_t size() const {
    return is_plain() ? word(0) : word(0) & 0xff'ffff'fff0U;
  }
  [[nodiscard]] std::size_t requested() const {
    return is_plain() ? word(2) : word(1) & 0xff'ffff'ffffU;
  }
  [[nodiscard]] std::size_t front() const {
    return (is_plain() ? word(3) >> 8 & 0xff : word(0) >> 1 & 7) * granule;
  }
  [[nodiscard]] std::uint16_t thread() const {
    return static_cast<std::uint16_t>(is_plain() ? word(3) >> 16 : word(0) >> 40);
  }
  [[nodiscard]] std::uint8_t flags() const {
    return static_cast<std::uint8_t>(is_plain() ? word(3) : word(0) >> 56);
  }
  /// What a plain header says comes next; of a compact one see BlockList::after().
  [[nodiscard]] Block* next() const { return reinterpret_cast<Block*>(word(1)); }

  [[nodiscard]] bool used() const { return (flags() & block_used) != 0; }
  [[nodiscard]] bool foreign() const { return (flags() & block_foreign) != 0; }
  [[nodiscard]] bool guarded() const { return (flags() & block_guarded) != 0; }
  [[nodiscard]] bool poisoned() const { return (flags() & block_poisoned) != 0; }
  [[nodiscard]] bool set_aside() const { return (flags() & block_set_aside) != 0; }
  [[nodiscard]] bool pool() const { return (flags() & block_pool) != 0; }
  [[nodiscard]] bool free() const {
    return (flags() & (block_used | block_foreign | block_set_aside)) == 0;
  }

  [[nodiscard]] std::byte* address() const {
    return reinterpret_cast<std::byte*>(const_cast<Block*>(this));
  }
  [[nodiscard]] std::byte* payload() const { return address() + header() + front(); }
  [[nodiscard]] std::size_t guard() const { return guarded() ? BlockShape::guard_bytes : 0; }
  /// Bytes from the payload's start to the guard, or to the end.
  [[nodiscard]] std::size_t capacity() const { return size() - header() - front() - guard(); }
  /// Bytes that the caller may use: behind what was asked for the guard may begin.
  [[nodiscard]] std::size_t usable() const { return guarded() ? requested() : capacity(); }
  [[nodiscard]] std::byte* end() const {
    return foreign() ? address() + header() : address() + size();
  }
  [[nodiscard]] std::byte* start() const { return foreign() ? end() - size() : address(); }
  [[nodiscard]] BlockShape shape() const {
    return {static_cast<std::uint8_t>(header()), guarded(), static_cast<std::uint16_t>(front())};
  }

  /// Foreign blocks are chained among themselves too: the one before this one, by address.
  [[nodiscard]] Block* earlier_foreign() const { return reinterpret_cast<Block*>(word(2)); }

  void unseal() { set_checksum(~expected_checksum()); }
  [[nodiscard]] bool sealed() const {
    return is_plain() ? word(3) >> 32 == expected_checksum() : word(1) >> 40 == short_checksum();
  }

 private:
  [[nodiscard]] std::uint64_t& word(unsigned i) {
    return *(reinterpret_cast<std::uint64_t*>(this) + i);
  }
  [[nodiscard]] const std::uint64_t& word(unsigned i) const {
    return *(reinterpret_cast<const std::uint64_t*>(this) + i);
  }
  void put(HeaderKind kind, const BlockFields& fields) {
    if (kind == HeaderKind::plain) {
      word(0) = fields.size;
      word(2) = fields.requested;
      word(3) = fields.flags | fields.front / granule << 8 | std::uint64_t{fields.thread} << 16;
    } else {
      word(0) = 1U | fields.front / granule << 1 | fields.size |
                std::uint64_t{fields.thread} << 40 | std::uint64_t{fields.flags} << 56;
      word(1) = fields.requested;
    }
    seal();
  }
  void seal() { set_checksum(expected_checksum()); }
  void set_checksum(std::uint32_t checksum) {
    if (is_plain()) {
      word(3) = (word(3) & 0xffff'ffffU) | std::uint64_t{checksum} << 32;
    } else {
      word(1) = (word(1) & 0xff'ffff'ffffU) | std::uint64_t{checksum >> 8} << 40;
    }
  }

  /// The high bits, because a change of one bit reaches upwards only.
  [[nodiscard]] std::uint32_t short_checksum() const { return expected_checksum() >> 8; }

  /// Bound to all other fields and to the address, so that a copy of a header elsewhere is no
  /// header. The fields are the words of a multilinear hash (Lemire and Kaser, "Strongly universal
  /// string hashing is fast", 2014): independent multiplications and one shift. The keys are
  /// digits of pi, made odd so that a change of a single field always changes the sum.
  [[nodiscard]] std::uint32_t expected_checksum() const {
    std::uint64_t sum = reinterpret_cast<std::uintptr_t>(this) * 0x243f'6a88'85a3'08d3U +
                        word(0) * 0x1319'8a2e'0370'7345U;
    if (is_plain()) {
      sum += word(1) * 0xa409'3822'299f'31d1U + word(2) * 0x082e'fa98'ec4e'6c89U +
             (word(3) & 0xffff'ffffU) * 0x4528'21e6'38d0'1377U;
    } else {
      sum += (word(1) & 0xff'ffff'ffffU) * 0xa409'3822'299f'31d1U;
    }
    return static_cast<std::uint32_t>(sum >> 32);
  }
};

/// The links of the free list need so much room behind the header of a free block, bytes.
inline constexpr std::size_t min_payload = 16;

constexpr std::size_t min_block(HeaderKind kind) {
  return header_size(kind) + min_payload;
}

}  // namespace mh
