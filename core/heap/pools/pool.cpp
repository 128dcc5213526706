#include "core/heap/pools/pool.hpp"

#include <algorithm>
#include <new>

namespace mh {

namespace {

std::uint64_t address_of(const void* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer);
}

/// Random, but the same each time: a block's place in the tree.
std::uint64_t rank_of(const PoolBlock* block) {
  std::uint64_t mixed = address_of(block) * 0x9e37'79b9'7f4a'7c15U;
  mixed ^= mixed >> 32;
  return mixed * 0xd6e8'feb8'6659'fd93U;
}

/// Bytes before slot 0 in a block whose payload begins with so many bytes of headers.
constexpr std::size_t first_slot(std::size_t headers, std::size_t slots) {
  return round_up(headers) + PoolBlock::bitmap_bytes(slots);
}

constexpr std::size_t first_block_headers = sizeof(PoolBlock) + sizeof(Pool);
static_assert(header_size(HeaderKind::plain) + Block::max_front +
                      first_slot(first_block_headers, PoolBlock::max_slots) <=
                  255 * granule,
              "the pool event says where slot 0 is in units of 16 bytes, in one byte");
static_assert(alignof(Pool) <= granule && PoolBlock::max_slots == MH_MAX_POOL_SLOTS);

/// As many slots as fit in about 4 KiB, at least 8.
std::size_t usual_slots(std::size_t slot_size) {
  constexpr std::size_t room = 4096 - sizeof(PoolBlock) - PoolBlock::bitmap_bytes(256);
  return std::max<std::size_t>(room / slot_size, 8);
}

}  // namespace

// ---- the calls

Pool* Pool::create(Heap& heap, std::size_t object_size, std::size_t slots_per_block) {
  PoolGround* const ground = heap.pool_ground();
  if (ground == nullptr || object_size == 0 || slots_per_block > PoolBlock::max_slots) {
    errno = EINVAL;
    return nullptr;
  }
  Call call(*ground);
  if (object_size > Heap::max_request) return call.fail_with(ENOMEM);
  const std::size_t slot_size = round_up(object_size);
  const auto slots =
      static_cast<std::uint32_t>(slots_per_block != 0 ? slots_per_block : usual_slots(slot_size));

  EventScope scope(ground->events());
  const std::size_t first = first_slot(first_block_headers, slots);
  const PoolGround::Plot plot = ground->obtain_for_pool(first + slots * slot_size, scope);
  if (plot.block == nullptr) return call.fail_with(ENOMEM);
  PoolBlock* const block = divide(plot, first, slots, slot_size);
  Pool* const pool = new (plot.payload + sizeof(PoolBlock)) Pool(*ground, object_size, slots);
  pool->stats_.object_size = object_size;
  pool->stats_.slot_size = slot_size;
  pool->add_block(*block, scope);
  return pool;
}

/// The first block goes last: the pool lies in it. What lies behind a damaged header stays.
void Pool::destroy() {
  PoolGround& ground = ground_;
  const Call call(ground);
  EventScope scope(ground.events());
  PoolBlock* block = newest_;
  while (block != nullptr && block->sealed()) {
    PoolBlock* const earlier = block->earlier;
    ground.give_back_from_pool(block->bytes(), scope);
    block = earlier;
  }
  if (block != nullptr) report({.error = MH_HEADER_DAMAGED, .block = block}, block, scope);
}

void* Pool::allocate() {
  Call call(ground_);
  EventScope scope(ground_.events());
  PoolBlock* const block = open_block(scope);
  if (block == nullptr) {
    ++stats_.failed;
    return call.fail_with(ENOMEM);
  }
  const std::uint32_t number = take_slot(*block);
  if (block->full()) {
    open_ = block->next_open;
    block->next_open = nullptr;
  }
  block->seal();
  ++stats_.allocs;
  stats_.peak_used = std::max(stats_.peak_used, ++stats_.used);
  scope.emit(EventKind::slot_alloc, address_of(block->slot(number)));
  return block->slot(number);
}

void Pool::release(void* object) {
  if (object == nullptr) return;
  const Call call(ground_);
  EventScope scope(ground_.events());
  const Found found = find(object);
  if (found.error != MH_OK) {
    report(found, object, scope);
    return;
  }
  PoolBlock& block = *found.block;
  if (block.full()) {
    block.next_open = open_;
    open_ = &block;
  }
  block.flip(found.number);
  --block.used;
  block.set_next_free(found.number, block.free_slot);
  block.free_slot = found.number;
  block.seal();
  ++stats_.frees;
  --stats_.used;
  scope.emit(EventKind::slot_free, address_of(object));
}

mh_pool_stats Pool::stats() const {
  const Call call(ground_);
  return stats_;
}

// ---- slots

Pool::Found Pool::find(const void* pointer) const {
  PoolBlock* damaged = nullptr;
  PoolBlock* const block = block_below(pointer, damaged);
  if (damaged != nullptr) return {.error = MH_HEADER_DAMAGED, .block = damaged};
  const auto* const byte = static_cast<const std::byte*>(pointer);
  if (block == nullptr || byte >= block->end()) return {.error = MH_INVALID_POINTER};
  if (byte < block->slot(0)) return {.error = MH_INVALID_POINTER, .block = block};

  const auto distance = static_cast<std::size_t>(byte - block->slot(0));
  Found found{.block = block,
              .number = static_cast<std::uint32_t>(distance / block->slot_size),
              .offset = static_cast<std::ptrdiff_t>(distance % block->slot_size)};
  if (found.offset != 0) {
    found.error = MH_INTERIOR_POINTER;
  } else if (found.number >= block->fresh) {
    found.error = MH_INVALID_POINTER;
  } else if (!block->is_used(found.number)) {
    found.error = MH_DOUBLE_FREE;
  } else if (block->used == 0) {
    found.error = MH_HEADER_DAMAGED;  // the bit was overwritten
  }
  return found;
}

/// Takes a slot of an open block whose chain is sound.
std::uint32_t Pool::take_slot(PoolBlock& block) {
  std::uint32_t number = block.free_slot;
  if (number != block.slots) {
    block.free_slot = block.next_free(number);
  } else {
    number = block.fresh++;
  }
  block.flip(number);
  ++block.used;
  return number;
}

/// Looks at the link that take_slot() would follow. If somebody wrote to the slot after its free
/// the chain is made anew from the bits. False: those do not agree with the header.
bool Pool::chain_is_sound(PoolBlock& block, EventScope& scope) {
  const std::uint32_t number = block.free_slot;
  if (number == block.slots) return block.fresh < block.slots && !block.is_used(block.fresh);
  if (number >= block.fresh || block.is_used(number)) return false;
  if (block.is_linked(number)) return true;
  if (block.used_bits() != block.used) return false;
  report({.error = MH_WRITE_AFTER_FREE, .block = &block, .number = number}, block.slot(number),
         scope);
  block.relink();
  block.seal();
  return block.free_slot != block.slots;
}

/// A damaged header is where the damage is, whatever pointer led there.
void Pool::report(const Found& found, const void* pointer, EventScope& scope) {
  ++stats_.errors;
  const bool damaged = found.error == MH_HEADER_DAMAGED;
  const bool known = found.block != nullptr && !damaged;
  ground_.report({.error = found.error,
                  .pointer = damaged ? found.block : pointer,
                  .block = known ? found.block->heap_block() : nullptr,
                  .requested = damaged ? 0 : object_size_,
                  .offset = found.offset,
                  .slot = 1},
                 scope);
}

// ---- blocks

/// The block that gives the next slot: the first open one, or a new one. One that is damaged is
/// told, and given up for as long as the pool lives.
PoolBlock* Pool::open_block(EventScope& scope) {
  while (open_ != nullptr) {
    PoolBlock& block = *open_;
    if (!block.sealed()) {
      report({.error = MH_HEADER_DAMAGED, .block = &block}, &block, scope);
      open_ = nullptr;  // where the others are stood there
    } else if (chain_is_sound(block, scope)) {
      return &block;
    } else {
      report({.error = MH_HEADER_DAMAGED, .block = &block}, &block, scope);
      open_ = block.next_open;
    }
  }
  return grow(scope);
}

PoolBlock* Pool::grow(EventScope& scope) {
  const std::size_t first = first_slot(sizeof(PoolBlock), slots_);
  const PoolGround::Plot plot = ground_.obtain_for_pool(first + slots_ * stats_.slot_size, scope);
  if (plot.block == nullptr) return nullptr;
  PoolBlock* damaged = nullptr;
  (void)block_below(plot.payload, damaged);  // the way that plant() goes
  if (damaged != nullptr) {
    report({.error = MH_HEADER_DAMAGED, .block = damaged}, damaged, scope);
    ground_.give_back_from_pool(plot.payload, scope);
    return nullptr;
  }
  PoolBlock* const block = divide(plot, first, slots_, stats_.slot_size);
  add_block(*block, scope);
  return block;
}

/// Writes the header of a block without used slots.
PoolBlock* Pool::divide(const PoolGround::Plot& plot, std::size_t first, std::uint32_t slots,
                        std::size_t slot_size) {
  auto* const block = new (plot.payload) PoolBlock;
  block->slot_size = slot_size;
  block->before = static_cast<std::uint16_t>(plot.payload - plot.block);
  block->first = static_cast<std::uint16_t>(first);
  block->slots = slots;
  block->free_slot = slots;
  std::fill_n(block->bits(), PoolBlock::bitmap_bytes(slots) / 8, 0);
  return block;
}

void Pool::add_block(PoolBlock& block, EventScope& scope) {
  block.pool = this;
  block.earlier = newest_;
  newest_ = &block;
  block.next_open = open_;
  open_ = &block;
  plant(block);
  ++stats_.blocks;
  stats_.slots += block.slots;
  stats_.bytes += block.size();
  scope.emit(EventKind::pool, address_of(block.heap_block()), block.slot_size,
             static_cast<std::uint8_t>((block.before + block.first) / granule));
}

/// The last block of the tree that starts at or below pointer. One whose header does not hold is
/// damaged: the way ends there.
PoolBlock* Pool::block_below(const void* pointer, PoolBlock*& damaged) const {
  PoolBlock* below = nullptr;
  for (PoolBlock* block = root_; block != nullptr;) {
    if (!block->sealed()) {
      damaged = block;
      return nullptr;
    }
    if (address_of(block) <= address_of(pointer)) {
      below = block;
      block = block->higher;
    } else {
      block = block->lower;
    }
  }
  return below;
}

/// Puts a block into the tree: below all blocks of higher rank on its way, above the rest, which
/// falls apart into what lies lower and what lies higher.
void Pool::plant(PoolBlock& block) {
  PoolBlock* above = nullptr;
  bool higher = false;
  PoolBlock* rest = root_;
  while (rest != nullptr && rank_of(rest) > rank_of(&block)) {
    above = rest;
    higher = above < &block;
    rest = higher ? above->higher : above->lower;
  }
  hang(above, higher, &block);

  PoolBlock* lower_end = &block;
  PoolBlock* higher_end = &block;
  while (rest != nullptr) {
    PoolBlock* const top = rest;
    if (top < &block) {
      rest = top->higher;
      hang(lower_end, lower_end != &block, top);
      lower_end = top;
    } else {
      rest = top->lower;
      hang(higher_end, higher_end == &block, top);
      higher_end = top;
    }
  }
  if (lower_end != &block) hang(lower_end, true, nullptr);
  if (higher_end != &block) hang(higher_end, false, nullptr);
  block.seal();
}

/// Makes block the root, or the lower or higher subtree of above.
void Pool::hang(PoolBlock* above, bool higher, PoolBlock* block) {
  if (above == nullptr) {
    root_ = block;
    return;
  }
  (higher ? above->higher : above->lower) = block;
  above->seal();
}

}  // namespace mh
