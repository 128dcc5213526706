#include "core/heap/classic/guard.hpp"

#include <algorithm>
#include <cstring>

namespace mh {

namespace {

constexpr std::size_t tag_bytes = sizeof(std::uint16_t);
constexpr std::size_t tag_distance = 8;  // bytes from the tag to the payload

/// The first byte of [from, to) that is not value; to if all are.
const std::byte* first_other(const std::byte* from, const std::byte* to, std::byte value) {
  return std::find_if(from, to, [value](std::byte byte) { return byte != value; });
}

}  // namespace

void write_guards(Block& block) {
  std::byte* const payload = block.payload();
  if (block.front() > 0) {
    std::memset(payload - block.front(), static_cast<int>(guard_byte), block.front());
    const auto distance = static_cast<std::uint16_t>(payload - block.address());
    std::memcpy(payload - tag_distance, &distance, tag_bytes);
  }
  if (block.guarded()) {
    std::byte* const behind = payload + block.requested();
    std::memset(behind, static_cast<int>(guard_byte),
                static_cast<std::size_t>(block.end() - behind));
  }
}

std::size_t distance_before(const std::byte* payload) {
  std::uint16_t distance = 0;
  std::memcpy(&distance, payload - tag_distance, tag_bytes);
  return distance;
}

Damage check_guards(const Block& block) {
  if (!block.guarded()) return {};
  const std::byte* const payload = block.payload();
  const std::byte* const tag = payload - tag_distance;
  // From the payload outwards, so that the byte next to it is the one that is named.
  for (const std::byte* byte = payload - 1; byte >= payload - block.front(); --byte) {
    const bool in_tag = byte >= tag && byte < tag + tag_bytes;
    if (!in_tag && *byte != guard_byte) return {MH_UNDERFLOW, byte};
  }
  if (distance_before(payload) != static_cast<std::size_t>(payload - block.address())) {
    return {MH_UNDERFLOW, tag};
  }
  const std::byte* const other = first_other(payload + block.requested(), block.end(), guard_byte);
  if (other != block.end()) return {MH_OVERFLOW, other};
  return {};
}

void write_poison(std::byte* from, std::byte* to) {
  if (from < to) {
    std::memset(from, static_cast<int>(poison_byte), static_cast<std::size_t>(to - from));
  }
}

Damage check_poison(const Block& block) {
  if (!block.poisoned()) return {};
  const std::byte* const from = block.address() + block.header() + min_payload;
  const std::byte* const other = first_other(from, block.end(), poison_byte);
  if (other != block.end()) return {MH_WRITE_AFTER_FREE, other};
  return {};
}

}  // namespace mh
