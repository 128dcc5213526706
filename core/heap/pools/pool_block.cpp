#include "core/heap/pools/pool_block.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "core/events/event_writer.hpp"
#include "core/include/microheap.h"

namespace mh {

std::uint32_t PoolBlock::used_bits() const {
  std::uint32_t count = 0;
  for (std::size_t i = 0; i < bitmap_bytes(slots) / 8; ++i) {
    count += static_cast<std::uint32_t>(std::popcount(bits()[i]));
  }
  return count;
}

// ---- links in free slots

namespace {

struct SlotLinks {
  std::uint64_t next;
  std::uint64_t inverted;
};
static_assert(sizeof(SlotLinks) <= granule);

SlotLinks links_in(const std::byte* slot) {
  SlotLinks links{};
  std::memcpy(&links, slot, sizeof links);  // a program may have written any type there
  return links;
}

}  // namespace

bool PoolBlock::is_linked(std::uint32_t number) const {
  const SlotLinks links = links_in(slot(number));
  if (links.inverted != ~links.next) return false;
  return links.next == slots ||
         (links.next < fresh && !is_used(static_cast<std::uint32_t>(links.next)));
}

std::uint32_t PoolBlock::next_free(std::uint32_t number) const {
  return static_cast<std::uint32_t>(links_in(slot(number)).next);
}

void PoolBlock::set_next_free(std::uint32_t number, std::uint32_t next) {
  const SlotLinks links{next, ~std::uint64_t{next}};
  std::memcpy(slot(number), &links, sizeof links);
}

void PoolBlock::relink() {
  free_slot = slots;
  for (std::uint32_t number = fresh; number-- > 0;) {
    if (is_used(number)) continue;
    set_next_free(number, free_slot);
    free_slot = number;
  }
}

/// A multilinear hash of all other fields and the address, as in Block.
std::uint32_t PoolBlock::expected_checksum() const {
  constexpr std::size_t words = sizeof(PoolBlock) / 8;
  std::uint64_t word[words];
  std::memcpy(word, this, sizeof word);
  word[words - 1] &= 0xffff'ffffU;  // the checksum itself lies in the last one's high half
  std::uint64_t key = 0x243f'6a88'85a3'08d3U;
  std::uint64_t sum = reinterpret_cast<std::uintptr_t>(this) * key;
  for (const std::uint64_t one : word) {
    key = key * 0x5851'f42d'4c95'7f2dU + 2;  // odd stays odd
    sum += one * key;
  }
  return static_cast<std::uint32_t>(sum >> 32);
}

// ---- what a block says of its slots

const PoolBlock* pool_block_at(const std::byte* payload, std::size_t capacity) {
  const auto* const block = reinterpret_cast<const PoolBlock*>(payload);
  if (capacity < sizeof(PoolBlock) || !block->sealed()) return nullptr;
  const bool plausible =
      block->slots > 0 && block->slots <= PoolBlock::max_slots && block->slot_size >= granule &&
      block->slot_size % granule == 0 && block->first % granule == 0 &&
      block->first >= sizeof(PoolBlock) + PoolBlock::bitmap_bytes(block->slots) &&
      block->first <= capacity && block->slot_size <= (capacity - block->first) / block->slots &&
      block->used <= block->fresh && block->fresh <= block->slots &&
      block->free_slot <= block->slots;
  return plausible ? block : nullptr;
}

void tell_slots(const Block& block, EventScope& scope) {
  const PoolBlock* const pool = pool_block_at(block.payload(), block.requested());
  if (pool == nullptr) return;
  const auto first = block.header() + block.front() + pool->first;
  scope.emit(EventKind::pool, reinterpret_cast<std::uintptr_t>(block.address()), pool->slot_size,
             static_cast<std::uint8_t>(first / granule));
  for (std::uint32_t i = 0; i < pool->slots; ++i) {
    if (!pool->is_used(i)) continue;
    scope.emit(EventKind::slot_alloc, reinterpret_cast<std::uintptr_t>(pool->slot(i)));
  }
}

Damage check_slots(const Block& block) {
  const PoolBlock* const pool = pool_block_at(block.payload(), block.requested());
  const Damage damaged{MH_HEADER_DAMAGED, block.payload()};
  if (pool == nullptr) return damaged;
  if (pool->used_bits() != pool->used) return damaged;
  std::uint32_t used = 0;
  std::uint32_t chained = 0;
  for (std::uint32_t i = 0; i < pool->fresh; ++i) {
    if (!pool->is_used(i) && !pool->is_linked(i)) return {MH_WRITE_AFTER_FREE, pool->slot(i)};
    ++(pool->is_used(i) ? used : chained);
  }
  if (used != pool->used) return damaged;  // a bit of a slot that was never used is set
  // Each free slot leads to another: all are in the chain if it is as long as it should be.
  for (std::uint32_t at = pool->free_slot; at != pool->slots; at = pool->next_free(at)) {
    if (at >= pool->fresh || pool->is_used(at) || chained-- == 0) return damaged;
  }
  return chained == 0 ? Damage{} : damaged;
}

}  // namespace mh

int mh_slots_of(const mh_block* block, mh_slots* slots) {
  if (block->pool == 0) return 0;
  const auto* const payload =
      static_cast<const std::byte*>(block->address) + block->header + block->front;
  const mh::PoolBlock* const pool = mh::pool_block_at(payload, block->requested);
  if (pool == nullptr) return 0;
  *slots = {.first = pool->slot(0),
            .size = pool->slot_size,
            .count = pool->slots,
            .used = pool->used,
            .bits = pool->bits()};
  return 1;
}
