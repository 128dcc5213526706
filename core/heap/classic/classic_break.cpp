// The end of the classic heap: how it grows and shrinks.

#include <algorithm>

#include "core/heap/address.hpp"
#include "core/heap/classic/classic_heap.hpp"

namespace mh {

namespace {

std::byte* next_aligned(std::byte* position) {
  return position + (round_up(address_of(position)) - address_of(position));
}

}  // namespace

/// A free block outside the free list in which requested bytes fit, at the end of the heap; nullptr
/// if the break cannot move.
Block* ClassicHeap::grow(std::size_t requested, EventScope& scope) {
  if (!can_grow(scope)) return nullptr;
  while (merges() && ends_free()) {
    Block& last = *list_.last();
    if (!vet(last, scope)) continue;
    const std::size_t needed = layout_.size_at(last.address(), requested);
    Block* const added = grow_by(needed - std::min(needed, last.size()), 0, scope);
    if (added == nullptr) return nullptr;
    if (list_.after(last) == added && unlink(last, scope)) {
      absorb(last, *added, scope);
      return &last;
    }
    link(*added, scope);  // somebody else's memory came between
  }
  return grow_by(0, requested, scope);
}

/// Whether the last block is free and can grow with the break.
bool ClassicHeap::ends_free() const {
  return !list_.empty() && list_.last()->free() && break_.current() == list_.end();
}

/// A new free block at the end of the heap of at least so many bytes, in which requested bytes fit
/// too.
Block* ClassicHeap::grow_by(std::size_t least, std::size_t requested, EventScope& scope) {
  constexpr int attempts = 3;
  for (int i = 0; i < attempts; ++i) {
    Growth growth = plan_growth(least, requested);
    if (!fits_a_header(growth)) return nullptr;
    const std::byte* const old = move_break(growth);
    const SourceLine grown = SourceLine::current();
    if (old == nullptr) return nullptr;
    if (old == growth.seen) return append_at(growth.base, growth.size, scope, grown);
    // Somebody moved the break between our look and our move, so the sum was wrong. What came is
    // left to the foreign block that the next attempt writes.
  }
  return nullptr;
}

/// Where the new last block would begin, and how large it would be.
ClassicHeap::Growth ClassicHeap::plan_growth(std::size_t least, std::size_t requested) const {
  Growth growth{};
  growth.seen = break_.current();
  growth.base = next_aligned(growth.seen);
  const bool bridged = !list_.empty() && growth.base != list_.end();
  std::byte* const at = bridged ? growth.base + header_size(HeaderKind::plain) : growth.base;
  growth.before = static_cast<std::size_t>(at - growth.seen);
  growth.needed = std::max(least, min_block(layout_.header));
  if (requested > 0) growth.needed = std::max(growth.needed, layout_.size_at(at, requested));
  growth.size = growth.needed;
  if (policy_.growth == MH_GROW_CHUNKS) {
    growth.size = std::max(growth.needed, round_up(policy_.growth_chunk));
  }
  return growth;
}

/// No block, and so no heap, is larger than a header can say.
bool ClassicHeap::fits_a_header(const Growth& growth) const {
  const std::byte* const start = list_.empty() ? growth.base : list_.start();
  const auto used = static_cast<std::size_t>(growth.seen + growth.before - start);
  return used + growth.size <= Block::max_size;
}

/// Moves the break up by what is planned; if there is no room for that, by what is needed. Returns
/// where it was; nullptr: it cannot move.
std::byte* ClassicHeap::move_break(Growth& growth) {
  std::byte* old = break_.grow(growth.before + growth.size);
  if (old == nullptr && growth.size != growth.needed) {
    growth.size = growth.needed;
    old = break_.grow(growth.before + growth.size);
  }
  if (old != nullptr) ++counts_.break_moves;
  return old;
}

/// Growing writes the last header (its next), so that header must be what we wrote.
bool ClassicHeap::can_grow(EventScope& scope) {
  if (list_.empty()) return true;
  if (break_.current() < list_.end()) {
    report_damage(MH_LIST_BROKEN, break_.current(), scope);  // somebody gave our memory away
    return false;
  }
  if (list_.last_is_sound()) return true;
  heal_headers(scope);
  return list_.last_is_sound();
}

/// Writes the new last block into memory that the break has just given: at base, or behind the
/// header of a foreign block if base is not where the heap ended.
Block* ClassicHeap::append_at(std::byte* base, std::size_t size, EventScope& scope,
                              SourceLine grown) {
  if (list_.empty() && list_.start() != base) {
    list_.begin(base);  // an empty heap begins wherever the break is
    scope.emit(EventKind::reset, address_of(base));
  }
  const bool bridged = base != list_.end();
  std::byte* const at = bridged ? base + header_size(HeaderKind::plain) : base;
  scope.emit(EventKind::break_moved, address_of(at + size), 0, 0, grown);
  if (bridged) {
    const Block* const foreign = list_.append_foreign(base);
    count_in(*foreign);
    scope.emit(EventKind::foreign, address_of(foreign->start()), foreign->size());
  }
  Block* const block = list_.append(layout_.header, size);
  scope.emit(EventKind::block, address_of(block), size, static_cast<std::uint8_t>(block->header()));
  count_in(*block);
  counts_.peak_heap = std::max(counts_.peak_heap, tally_.bytes());
  publish_range();
  return block;
}

/// Gives the free blocks at the end of the heap back, all with one move of the break.
void ClassicHeap::trim(EventScope& scope) {
  if (policy_.trimming == MH_TRIM_NEVER || !ends_free()) return;
  Block* kept = nullptr;  // the last block that has to stay
  if (!find_last_kept(kept, scope)) return;
  std::byte* const new_end = kept != nullptr ? kept->end() : list_.start();
  const auto bytes = static_cast<std::size_t>(list_.end() - new_end);
  if (policy_.trimming == MH_TRIM_THRESHOLD && bytes < policy_.trim_threshold) return;
  if (!unlink_behind(kept, scope)) return;
  if (!give_back_to(new_end)) {
    restore_behind(kept, scope);
    return;
  }
  scope.emit(EventKind::break_moved, address_of(new_end));
  list_.cut_after(kept);
  publish_range();
}

/// The list has no way back, so that one walk looks for the last block that is not free (nullptr:
/// all are). False: a header on the way was damaged, and is healed now.
bool ClassicHeap::find_last_kept(Block*& kept, EventScope& scope) {
  BlockWalk walk = blocks();
  for (; walk.block() != nullptr; walk.step()) {
    if (!walk.block()->free()) kept = walk.block();
  }
  if (walk.error() != MH_OK) heal_headers(scope);
  return walk.error() == MH_OK;
}

Block* ClassicHeap::behind(const Block* block) const {
  return block != nullptr ? list_.after(*block) : list_.first();
}

/// Takes the free blocks behind kept out of the free list and unseals them: the page of the new
/// break can still be read, and no old header in it may look alive. False: a link was damaged, and
/// nothing was done but to repair it.
bool ClassicHeap::unlink_behind(const Block* kept, EventScope& scope) {
  for (Block* block = behind(kept); block != nullptr; block = list_.after(*block)) {
    const ListFault fault = free_.check(*block, range());
    if (fault.error == MH_OK) continue;
    repair(fault, scope);
    return false;
  }
  for (Block* block = behind(kept); block != nullptr; block = list_.after(*block)) {
    const Block* const before = free_.remove(*block);
    scope.emit(EventKind::unlink, address_of(block), address_of(before));
    count_out(*block);
    block->unseal();
  }
  return true;
}

/// The break did not move: what unlink_behind() did is taken back.
void ClassicHeap::restore_behind(const Block* kept, EventScope& scope) {
  for (Block* block = behind(kept); block != nullptr; block = list_.after(*block)) {
    block->set(block->fields());
    count_in(*block);
  }
  relink_all(scope);
}

/// Moves the break down from the end of the heap, where it must stand, to new_end.
bool ClassicHeap::give_back_to(std::byte* new_end) {
  if (!break_.shrink(static_cast<std::size_t>(list_.end() - new_end))) return false;
  ++counts_.break_moves;
  return true;
}

void ClassicHeap::reset() {
  const Call call(*this);
  EventScope scope(events_);
  BlockWalk walk = blocks();
  while (walk.block() != nullptr) {
    Block& block = *walk.block();
    walk.step();
    block.unseal();
  }
  std::byte* start = list_.floor();
  if (walk.error() != MH_OK && limit() == list_.end()) {  // what lies behind the damage
    for (std::byte* at = start; at < limit(); at += granule) {
      if (Block* const block = sealed_at(at); block != nullptr) block->unseal();
    }
  }
  const bool ours = list_.begun() && break_.current() == list_.end();
  if (!ours || (start != list_.end() && !give_back_to(start))) {
    start = break_.current();  // what cannot be given back is left behind
  }
  list_.begin(start);
  free_.clear();
  tally_ = {};
  for (mh_size_class& size_class : counts_.size_class) size_class.blocks = size_class.requested = 0;
  counts_.peak_heap = counts_.peak_requested = 0;
  known_damage_ = nullptr;
  publish_range();
  scope.emit(EventKind::reset, address_of(start));
  scope.emit(EventKind::policy, 0, pack_policy(policy_));
}

void ClassicHeap::publish_range() {
  covered_from_.store(address_of(list_.start()), std::memory_order_relaxed);
  covered_to_.store(address_of(list_.end()), std::memory_order_relaxed);
}

bool ClassicHeap::covers(const void* address) const {
  return address_of(address) >= covered_from_.load(std::memory_order_relaxed) &&
         address_of(address) < covered_to_.load(std::memory_order_relaxed);
}

}  // namespace mh
