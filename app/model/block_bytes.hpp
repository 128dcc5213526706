#pragma once
// What the bytes of a block say, as they lie in memory: the fields of its header, and whether
// somebody wrote over its guards.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "app/model/heap_picture.hpp"

namespace mh {

/// A field of a header: bytes [from, to) of it.
struct HeaderField {
  unsigned from, to;
  std::string name;   ///< "size"
  std::string value;  ///< "112"; empty if it says nothing to people
};

/// The fields of a plain header (32 bytes), a compact one (16) or one of the fast engine (8), in
/// the order of their bytes. Nothing for another size. The layouts are drawn in
/// core/heap/classic/block.hpp and core/heap/fast/fast_block.hpp.
std::vector<HeaderField> header_fields(std::span<const unsigned char> header);

/// The fast engine's bin for a free block of this size: "bin 12, of 192 B".
std::string bin_words(std::uint64_t size);

/// What lies in a block's guards.
struct GuardReading {
  enum class State : std::uint8_t { unguarded, unreadable, intact, overwritten };
  State state = State::unguarded;
  std::int64_t offset = 0;  ///< overwritten: of the first byte that is, from the payload's start
};

inline constexpr unsigned char guard_pattern = 0xfd;

/// Copies bytes of memory from an address on; returns how many could be read.
using ReadBytes = std::function<std::size_t(std::uint64_t, std::span<unsigned char>)>;

/// Looks from the payload outwards, before it and then behind it. Padding of a guarded block holds
/// guard bytes too; of very much padding only the first 64 KiB are looked at, and the guard.
GuardReading read_guards(const PictureBlock& block, const ReadBytes& read);
/// Whether the byte at an address belongs to a guard (or the padding before it) and is not as it
/// was written.
bool guard_overwritten(const PictureBlock& block, std::uint64_t address, unsigned char byte);
/// "intact", "overwritten at +100".
std::string guard_words(const GuardReading& reading);

}  // namespace mh
