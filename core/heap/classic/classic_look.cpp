// Looking at the classic heap: figures, check, walks, and what a new reader is told.

#include <algorithm>
#include <cstring>
#include <mutex>

#include "core/events/clock.hpp"
#include "core/heap/address.hpp"
#include "core/heap/classic/classic_heap.hpp"
#include "core/heap/pools/pool_block.hpp"

namespace mh {

mh_stats ClassicHeap::stats() const {
  const std::lock_guard guard(lock_);
  mh_stats stats = counts_;
  stats.heap = static_cast<std::size_t>(list_.end() - list_.start());
  stats.header = tally_.header;
  stats.requested = tally_.requested;
  stats.padding = tally_.padding;
  stats.guard = tally_.guard;
  stats.free = tally_.free;
  stats.set_aside = tally_.set_aside;
  stats.foreign = tally_.foreign;
  stats.header_saved =
      tally_.compact_headers * (header_size(HeaderKind::plain) - header_size(HeaderKind::compact));
  stats.used_blocks = tally_.used_blocks;
  stats.free_blocks = tally_.free_blocks;
  stats.set_aside_blocks = tally_.set_aside_blocks;
  for (FreeWalk walk(free_, range()); walk.block() != nullptr; walk.step()) {
    stats.largest_free = std::max(stats.largest_free, walk.block()->capacity());
  }
  return stats;
}

// ---- check

/// What is wrong with a block whose header is sealed.
Damage ClassicHeap::damage_of(const Block& block) const {
  if (!is_plausible(block)) return {MH_HEADER_DAMAGED, block.address()};
  if (block.set_aside()) return {static_cast<mh_error>(block.requested()), block.address()};
  if (block.used()) {
    const Damage damage = check_guards(block);
    return damage.error == MH_OK && block.pool() ? check_slots(block) : damage;
  }
  if (block.foreign()) return {};
  return check_poison(block);
}

mh_error ClassicHeap::check(const void** where) const {
  const std::lock_guard guard(lock_);
  const void* at = nullptr;
  mh_error error = check_blocks(at);
  if (error == MH_OK) error = check_free_list(at);
  if (where != nullptr) *where = at;
  return error;
}

mh_error ClassicHeap::check_blocks(const void*& where) const {
  Tally found;
  ListFault torn;  // of the lowest block whose links are wrong
  mh_error error = MH_OK;
  BlockWalk walk = blocks();
  for (; walk.block() != nullptr && error == MH_OK; walk.step()) {
    const Block& block = *walk.block();
    error = damage_of(block).error;
    if (error != MH_OK) where = &block;
    const ListFault fault = block.free() ? free_.check(block, range()) : ListFault{};
    if (fault.error != MH_OK && (torn.error == MH_OK || fault.block < torn.block)) torn = fault;
    found.add(block);
  }
  if (error == MH_OK) {
    error = walk.error();
    where = walk.where();
  }
  const bool explained = error == MH_HEADER_DAMAGED && torn.next == where;
  if (torn.error != MH_OK && !explained && (error == MH_OK || torn.block < where)) {
    where = torn.block;
    return MH_WRITE_AFTER_FREE;
  }
  const auto heap = static_cast<std::size_t>(list_.end() - list_.start());
  if (error == MH_OK && (found != tally_ || found.bytes() != heap)) {
    where = list_.start();
    return MH_LIST_BROKEN;
  }
  return error;
}

/// Each free block's links were found sound: then the list is whole if it is as long as it should
/// be, and in order.
mh_error ClassicHeap::check_free_list(const void*& where) const {
  std::size_t count = 0;
  const Block* before = nullptr;
  FreeWalk walk(free_, range());
  for (; walk.block() != nullptr; walk.step()) {
    const bool in_order = before == nullptr || before < walk.block();
    where = walk.block();
    if (policy_.free_order == MH_ORDER_ADDRESS && !in_order) return MH_LIST_BROKEN;
    before = walk.block();
    ++count;
  }
  if (walk.fault().error == MH_OK && count == free_.count() && count == tally_.free_blocks) {
    where = nullptr;
    return MH_OK;
  }
  where = list_.start();
  return MH_LIST_BROKEN;
}

// ---- walks

mh_block ClassicHeap::describe(const Block& block) {
  return {.address = block.start(),
          .size = block.size(),
          .header = block.foreign() ? 0 : block.header(),
          .front = block.foreign() ? 0 : block.front(),
          .guard = block.guard(),
          .requested = block.used() ? block.requested() : 0,
          .thread = block.thread(),
          .used = block.used(),
          .foreign = block.foreign(),
          .guarded = block.guarded(),
          .poisoned = block.poisoned(),
          .set_aside = block.set_aside(),
          .pool = block.pool(),
          .cached = 0,
          .mapped = 0};
}

ClassicHeap::WalkEnd ClassicHeap::walk(mh_visitor visitor, void* context) const {
  const std::lock_guard guard(lock_);
  return walk_locked(visitor, context);
}

bool ClassicHeap::walk_within(std::uint64_t timeout_ns, mh_visitor visitor, void* context,
                              WalkEnd& end) const {
  if (!lock_.try_lock_for(timeout_ns)) return false;
  const std::lock_guard guard(lock_, std::adopt_lock);
  end = walk_locked(visitor, context);
  return true;
}

ClassicHeap::WalkEnd ClassicHeap::walk_locked(mh_visitor visitor, void* context) const {
  const std::uint64_t clock = clock_now();
  if (!list_.begun()) return {.start = break_.current(), .end = break_.current(), .clock = clock};
  BlockWalk walk = blocks();
  for (; walk.block() != nullptr; walk.step()) {
    const mh_block seen = describe(*walk.block());
    if (visitor(&seen, context) == 0) break;
  }
  return {.start = list_.start(),
          .end = list_.end(),
          .clock = clock,
          .error = walk.error(),
          .where = walk.where()};
}

void ClassicHeap::undisturbed(void (*action)(void*), void* context) const {
  const std::lock_guard guard(lock_);
  action(context);
}

void ClassicHeap::walk_free(mh_visitor visitor, void* context) const {
  const std::lock_guard guard(lock_);
  for (FreeWalk walk(free_, range()); walk.block() != nullptr; walk.step()) {
    const mh_block seen = describe(*walk.block());
    if (visitor(&seen, context) == 0) return;
  }
}

// ---- what a new reader is told

void ClassicHeap::announce() {
  const Call call(*this);
  describe();
}

void ClassicHeap::describe() {
  if (events_.walk_wanted()) {
    events_.walk_given();  // before it begins: what is asked for meanwhile gets a walk of its own
  }
  if (!list_.begun()) list_.begin(break_.current());
  EventScope scope(events_);
  scope.emit(EventKind::reset, address_of(list_.start()));
  scope.emit(EventKind::break_moved, address_of(list_.end()));
  scope.emit(EventKind::policy, 0, pack_policy(policy_));
  BlockWalk walk = blocks();
  for (; walk.block() != nullptr; walk.step()) tell_block(*walk.block(), scope);
  if (walk.error() != MH_OK) report_damage(walk.error(), walk.where(), scope);
  const Block* before = nullptr;
  for (FreeWalk listed(free_, range()); listed.block() != nullptr; listed.step()) {
    scope.emit(EventKind::link, address_of(listed.block()), address_of(before));
    before = listed.block();
  }
}

void ClassicHeap::tell_block(const Block& block, EventScope& scope) {
  const std::uint64_t start = address_of(block.start());
  const auto header = static_cast<std::uint8_t>(block.header());
  if (block.foreign()) {
    scope.emit(EventKind::foreign, start, block.size());
    return;
  }
  scope.emit(EventKind::block, start, block.size(), header);
  if (block.set_aside()) {
    scope.emit(EventKind::set_aside, start, block.size(), header);
  } else if (block.used()) {
    scope.emit(EventKind::alloc, start, block.requested(), block.shape().pack());
    scope.emit(EventKind::owner, start, block.thread());
    if (block.pool()) tell_slots(block, scope);
  }
}

void ClassicHeap::name_block(const void* payload, const char* name) {
  const Call call(*this);
  Block* block = nullptr;
  if (find(payload, block) == MH_OK) {
    EventScope scope(events_);
    scope.emit(EventKind::label, address_of(block), pack_name(name));
  }
}

void ClassicHeap::mark(const char* text) {
  constexpr std::size_t most = 40;
  constexpr std::size_t in_one = 8;
  const Call call(*this);
  EventScope scope(events_);
  const std::size_t length = strnlen(text, most);
  for (std::size_t at = 0; at == 0 || at < length; at += in_one) {
    char part[in_one + 1] = {};
    std::memcpy(part, text + at, std::min(in_one, length - at));
    scope.emit(EventKind::marker, 0, pack_name(part));
  }
}

}  // namespace mh
