#pragma once
// The vocabulary of the event stream: what can happen to a heap, and the 16 bytes it takes to say
// so.

#include <cstdint>

namespace mh {

/// What happened. `address` is always the start of a block, that is of its header.
enum class EventKind : std::uint8_t {
  none = 0,
  stamp,        ///< wire only: word1 is a full clock reading, the base of the deltas that follow
  reset,        ///< the picture empties; address: start of the heap, where the break stands too
  break_moved,  ///< address: the new program break; blocks at or above it are gone
  block,        ///< a block came to be, free; size: whole block, extra: header bytes
  foreign,      ///< memory below the break that is not ours; address, size
  alloc,        ///< the block at address is in use by the event's thread; size: bytes requested,
                ///< extra: its BlockShape
  free,         ///< the block at address is free; its front and guard are free bytes again
  resize,       ///< realloc in place; size: bytes requested now
  split,     ///< block at address shrinks to size; the rest is a new free block, extra: its header
             ///< bytes
  coalesce,  ///< block at address grows to size, over the free blocks that lay there
  owner,     ///< the block at address belongs to thread number size (written by a fresh walk)
  label,     ///< the block at address is called by the 8 bytes of size, ASCII, padded with zeros
  visit,   ///< a search looks at the block at address; size: bytes the request needs there, extra:
           ///< VisitVerdict (only while explaining)
  error,   ///< extra: mh_error, address: the pointer at fault or the first damaged byte
  marker,  ///< the program says: size holds 8 bytes of ASCII; more of them in the same call go on
  thread_start,  ///< the event's thread appeared; its name stands in the thread table
  thread_end,    ///< the event's thread is gone
  link,          ///< the free block at address enters the free list behind the free block whose
                 ///< address is size; 0: as its head
  unlink,        ///< the free block at address leaves the free list; size: address of the block
                 ///< before it, 0: it was the head. address 0: the list is emptied
  set_aside,     ///< the block at address, whose header may be lost, now covers size bytes and is
                 ///< never used again; extra: header bytes
  search,        ///< a search begins; size: bytes requested, extra: mh_placement (only while
                 ///< explaining)
  search_end,    ///< address: the block chosen, 0 if none; extra: SearchEnd, size: the largest free
                 ///< block, bytes (only while explaining)
  policy,        ///< the switches changed; size: PolicyBits
  pool,          ///< the used block at address holds slots of size bytes, the first at address +
                 ///< 16 * extra
  slot_alloc,    ///< the slot at address is in use; its block is the one that contains address
  slot_free,     ///< the slot at address is free
  step,          ///< the next event comes from line number size of the engine's source file extra,
                 ///< see source_file_number() (only while explaining)
  cache,     ///< extra 1: the free block at address waits for a thread, so that no neighbour may
             ///< swallow it; 0: it waits no more
  mapped,    ///< a free block of size bytes came to be outside the heap, in a mapping of its own;
             ///< extra: header bytes
  unmapped,  ///< the free block at address, and its mapping, are gone
  call,      ///< what follows in the same call was not asked for by malloc(); extra: CallKind,
             ///< address: of the block that a realloc moves, size: count or alignment
  count
};

/// Kinds whose record takes all 64 bits of its second word, and so has no room for a delta.
constexpr bool is_wide(EventKind kind) {
  return kind == EventKind::stamp || kind == EventKind::label || kind == EventKind::marker ||
         kind == EventKind::link || kind == EventKind::unlink || kind == EventKind::policy;
}

/// Where header, payload and guards lie in a block that is handed out: the extra byte of an alloc
/// event. 0: as the block's own event said, with no front and no guard.
///
///   bits 0-1 header in units of 16 bytes, 0: unchanged | bit 2 guarded | bits 3-7 front in units
///   of 16 bytes
struct BlockShape {
  std::uint8_t header = 0;  ///< bytes; 0: unchanged
  bool guarded = false;     ///< the front and the last guard_bytes of the block are guard bytes
  std::uint16_t front = 0;  ///< bytes between header and payload, at most max_front

  static constexpr unsigned unit = 16;
  static constexpr std::uint16_t max_front = 31 * unit;
  static constexpr std::uint8_t guard_bytes = 8;

  [[nodiscard]] constexpr std::uint8_t pack() const {
    return static_cast<std::uint8_t>(header / unit | (guarded ? 4U : 0U) | (front / unit) << 3);
  }
  static constexpr BlockShape unpack(std::uint8_t extra) {
    return {static_cast<std::uint8_t>((extra & 3U) * unit), (extra & 4U) != 0,
            static_cast<std::uint16_t>((extra >> 3) * unit)};
  }
  [[nodiscard]] constexpr std::uint8_t guard() const { return guarded ? guard_bytes : 0; }
  bool operator==(const BlockShape&) const = default;
};

/// What a search thinks of a free block.
enum class VisitVerdict : std::uint8_t {
  too_small,
  taken,        ///< large enough, and the policy looks no further
  best_so_far,  ///< best or worst fit: the one to beat
  not_better,   ///< large enough, but the one to beat stays
  damaged,      ///< what lay in it was overwritten: set aside
  count
};

/// By which call a block was asked for, where it was not malloc().
enum class CallKind : std::uint8_t { calloc = 1, aligned_alloc, realloc };

/// How a search ended.
enum class SearchEnd : std::uint8_t { found, nothing_free, all_too_small, damaged, count };

/// Where a call stands in the source: as a default argument, the caller's file and line. (clang 14
/// has no std::source_location.)
struct SourceLine {
  const char* file = "";
  std::uint32_t line = 0;

  static constexpr SourceLine current(const char* file = __builtin_FILE(),
                                      std::uint32_t line = __builtin_LINE()) {
    return {file, line};
  }
};

/// Number of a source file of the engine in step events: a hash of its name without folders.
constexpr std::uint8_t source_file_number(const char* path) {
  const char* name = path;
  for (const char* at = path; *at != '\0'; ++at) {
    if (*at == '/') name = at + 1;
  }
  std::uint32_t hash = 2166136261U;  // FNV-1a
  for (; *name != '\0'; ++name) {
    hash = (hash ^ static_cast<unsigned char>(*name)) * 16777619U;
  }
  return static_cast<std::uint8_t>(hash ^ hash >> 8 ^ hash >> 16 ^ hash >> 24);
}

/// One event of the merged, totally ordered log. 24 bytes.
///
/// One call of the allocator can take several events (the break moves, a block comes to be, it is
/// handed out). All but the last carry `more`; they stand side by side in the log.
struct Event {
  std::uint64_t address : 48;
  std::uint64_t kind_bits : 8;
  std::uint64_t extra : 8;
  std::uint64_t size;         ///< bytes, or as the kind says
  std::uint64_t time : 47;    ///< ns since the source began
  std::uint64_t more : 1;     ///< 1: the next event belongs to the same call
  std::uint64_t thread : 16;  ///< number of the thread, 0 if unknown

  [[nodiscard]] EventKind kind() const { return static_cast<EventKind>(kind_bits); }
};
static_assert(sizeof(Event) == 24);

/// Packs up to 8 characters of a name into an event's size field; the rest is cut off.
constexpr std::uint64_t pack_name(const char* name) {
  std::uint64_t packed = 0;
  for (unsigned i = 0; i < 8 && name[i] != '\0'; ++i) {
    packed |= static_cast<std::uint64_t>(static_cast<unsigned char>(name[i])) << (8 * i);
  }
  return packed;
}

/// One event as a thread writes it into its ring. 16 bytes.
///
///   word0   48 bits address | 7 bits kind | 1 bit more | 8 bits extra
///   word1   40 bits size    | 24 bits clock ticks since the ring's last stamped record
///
/// Wide kinds use all 64 bits of word1: they happen at the ring's last stamp. delta ==
/// unstamped_delta: no reading was taken, the event happened at the ring's last stamp.
struct Record {
  std::uint64_t word0;
  std::uint64_t word1;

  static constexpr std::uint64_t max_size = (1ULL << 40) - 1;
  static constexpr std::uint64_t unstamped_delta = (1ULL << 24) - 1;

  static constexpr Record make(EventKind kind, std::uint64_t address, std::uint64_t size,
                               std::uint8_t extra, std::uint64_t delta) {
    const std::uint64_t capped = size < max_size ? size : max_size;
    return {(address & 0xffff'ffff'ffffULL) | (static_cast<std::uint64_t>(kind) << 48) |
                (static_cast<std::uint64_t>(extra) << 56),
            capped | (delta << 40)};
  }
  static constexpr Record make_wide(EventKind kind, std::uint64_t address, std::uint64_t word1) {
    return {(address & 0xffff'ffff'ffffULL) | (static_cast<std::uint64_t>(kind) << 48), word1};
  }

  [[nodiscard]] constexpr std::uint64_t address() const { return word0 & 0xffff'ffff'ffffULL; }
  [[nodiscard]] constexpr EventKind kind() const {
    return static_cast<EventKind>((word0 >> 48) & 0x7f);
  }
  [[nodiscard]] constexpr bool more() const { return ((word0 >> 55) & 1) != 0; }
  [[nodiscard]] constexpr std::uint8_t extra() const {
    return static_cast<std::uint8_t>(word0 >> 56);
  }
  [[nodiscard]] constexpr std::uint64_t size() const { return word1 & max_size; }
  [[nodiscard]] constexpr std::uint64_t delta() const { return word1 >> 40; }
  [[nodiscard]] constexpr bool wide() const { return is_wide(kind()); }
  constexpr void set_more(bool value) {
    word0 = (word0 & ~(1ULL << 55)) | (static_cast<std::uint64_t>(value) << 55);
  }
};
static_assert(sizeof(Record) == 16);

}  // namespace mh
