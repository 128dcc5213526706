#include "core/heap/classic/classic_heap.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <mutex>

#include "core/heap/address.hpp"

namespace mh {

namespace {

/// Fills a free block with poison, but for the room that links need.
void poison(Block& block) {
  BlockFields fields = block.fields();
  fields.flags = block_poisoned;
  block.set(fields);
  write_poison(block.address() + block.header() + min_payload, block.end());
}

}  // namespace

// ---- the calls

/// A call first waits for room in its thread's event ring, then takes the lock.
void ClassicHeap::enter() {
  events_.reserve();
  const std::uint64_t waited = lock_.lock_and_measure();
  if (waited != 0) {
    ++counts_.lock_waits;
    counts_.lock_wait_ns += waited;
  }
}

/// At its end it gives the walk that the reader may have asked for.
void ClassicHeap::leave() {
  if (events_.walk_wanted()) describe();
  lock_.unlock();
}

void* ClassicHeap::allocate(std::size_t size) {
  if (size == 0) return nullptr;
  Call call(*this);
  EventScope scope(events_);
  Block* const block = obtain(size, scope);
  if (block == nullptr) return call.fail_with(ENOMEM);
  hand_out(*block, size, block_used, scope);
  return block->payload();
}

void ClassicHeap::release(void* pointer) {
  if (pointer == nullptr) return;
  const Call call(*this);
  EventScope scope(events_);
  if (Block* const block = find_callers(pointer, scope); block != nullptr) {
    take_back(*block, scope);
    trim(scope);
  }
}

void* ClassicHeap::allocate_zeroed(std::size_t count, std::size_t size) {
  const bool overflows = size != 0 && count > std::numeric_limits<std::size_t>::max() / size;
  // A product that overflows is more than any heap can give; obtain() says so.
  const std::size_t bytes = overflows ? std::numeric_limits<std::size_t>::max() : count * size;
  if (bytes == 0) return nullptr;
  Call call(*this);
  EventScope scope(events_);
  scope.tell_call(CallKind::calloc, count);
  Block* const block = obtain(bytes, scope);
  if (block == nullptr) return call.fail_with(ENOMEM);
  hand_out(*block, bytes, block_used, scope);
  // Also above the old break: its page may have been used before.
  return std::memset(block->payload(), 0, bytes);
}

void* ClassicHeap::reallocate(void* pointer, std::size_t size) {
  if (pointer == nullptr) return allocate(size);
  if (size == 0) {
    release(pointer);
    return nullptr;
  }
  Call call(*this);
  EventScope scope(events_);
  Block* const old = find_callers(pointer, scope);
  if (old == nullptr) return call.fail_with(EINVAL);
  if (resize_in_place(*old, size, scope)) return pointer;

  scope.tell_call(CallKind::realloc, 0, address_of(old->address()));
  Block* const moved = obtain(size, scope);
  if (moved == nullptr) return call.fail_with(ENOMEM);
  hand_out(*moved, size, block_used, scope);
  std::memcpy(moved->payload(), old->payload(), std::min(old->usable(), size));
  take_back(*old, scope);
  trim(scope);
  return moved->payload();
}

void* ClassicHeap::allocate_aligned(std::size_t alignment, std::size_t size) {
  const bool power_of_two = alignment != 0 && (alignment & (alignment - 1)) == 0;
  if (!power_of_two || alignment > MH_MAX_ALIGNMENT) {
    errno = EINVAL;
    return nullptr;
  }
  if (size == 0) return nullptr;
  Call call(*this);
  EventScope scope(events_);
  scope.tell_call(CallKind::aligned_alloc, alignment);
  if (alignment <= policy_.alignment) {
    Block* const block = obtain(size, scope);
    if (block == nullptr) return call.fail_with(ENOMEM);
    hand_out(*block, size, block_used, scope);
    return block->payload();
  }
  // Large enough for the payload to lie aligned with a free block of its own before it.
  const std::size_t room = alignment + 2 * min_block(HeaderKind::plain) + policy_.alignment;
  Block* const block = obtain(std::min(size, max_request) + room, scope);
  if (block == nullptr) return call.fail_with(ENOMEM);
  Block& aligned = align(*block, alignment, scope);
  hand_out(aligned, size, block_used, scope);
  trim(scope);  // of the room, what was not needed
  return aligned.payload();
}

std::size_t ClassicHeap::usable_size(const void* pointer) const {
  if (pointer == nullptr) return 0;
  const std::lock_guard guard(lock_);
  Block* block = nullptr;
  if (find(pointer, block) != MH_OK) return 0;
  return block->usable();
}

// ---- what pools get

PoolGround::Plot ClassicHeap::obtain_for_pool(std::size_t size, EventScope& scope) {
  Block* const block = obtain(size, scope);
  if (block == nullptr) return {};
  hand_out(*block, size, block_used | block_pool, scope);
  return {block->address(), block->payload()};
}

void ClassicHeap::give_back_from_pool(std::byte* payload, EventScope& scope) {
  if (Block* const block = find_or_report(payload, scope); block != nullptr) {
    take_back(*block, scope);
    trim(scope);
  }
}

// ---- malloc: where a block comes from

/// A free block outside the free list in which requested bytes fit, to be handed out; nullptr if
/// there is no memory.
Block* ClassicHeap::obtain(std::size_t requested, EventScope& scope) {
  Block* block = nullptr;
  heal_foreign_headers(scope);
  if (requested <= max_request) {
    block = place(requested, scope);
    if (block == nullptr && merges(MH_COALESCE_DEFERRED) && coalesce_all(scope)) {
      block = place(requested, scope);
    }
    if (block == nullptr) block = grow(requested, scope);
  }
  if (block == nullptr) {
    ++counts_.failed;
    scope.emit(EventKind::error, 0, requested, MH_OUT_OF_MEMORY);
    return nullptr;
  }
  in_hand_ = block;
  return policy_.carving == MH_CARVE_TAIL ? &keep_tail(*block, requested, scope) : block;
}

/// The free block that the policy chooses, taken out of the free list; nullptr if none will do. If
/// one was met that somebody wrote to after its free, the search begins anew.
Block* ClassicHeap::place(std::size_t requested, EventScope& scope) {
  while (free_.head() != nullptr) {
    FreeWalk walk(free_, range(), policy_.placement == MH_NEXT_FIT ? free_.rover() : nullptr);
    tell_search(requested, scope);
    Search search(layout_, requested, events_.explaining() ? &scope : nullptr);
    Block* const block = choose(walk, search);
    tell_search_end(search, walk, block, scope);
    if (vet(walk, block, scope)) {
      if (block == nullptr) return nullptr;
      free_.set_rover(block);  // unlink() moves it on
      if (unlink(*block, scope)) return block;
    }
    if (known_damage_ != nullptr) return nullptr;
  }
  tell_search(requested, scope);
  tell_nothing_free(scope);
  return nullptr;
}

Block* ClassicHeap::choose(FreeWalk& walk, Search& search) const {
  switch (policy_.placement) {
    case MH_FIRST_FIT:
    case MH_NEXT_FIT:
      return first_fit(walk, search);
    case MH_BEST_FIT:
      return best_fit(walk, search);
    case MH_WORST_FIT:
      return worst_fit(walk, search);
  }
  return nullptr;
}

/// Splits off what a free block has beyond requested bytes.
void ClassicHeap::split_rest(Block& block, std::size_t requested, EventScope& scope) {
  Block* const rest = split(block, layout_.size_at(block.address(), requested), scope);
  if (rest == nullptr) return;
  if (rest->poisoned()) poison(*rest);
  link(*rest, scope);
}

/// Makes what a block has beyond size bytes a free block of its own, if the policy wants that and
/// it is large enough to be a block. It is in no list yet. nullptr: nothing was split off.
Block* ClassicHeap::split(Block& block, std::size_t size, EventScope& scope) {
  const std::size_t least =
      header_size(layout_.header) + std::max(policy_.split_minimum, min_payload);
  if (policy_.split == 0 || block.size() < size || block.size() - size < least) return nullptr;
  count_out(block);
  Block* const rest = list_.split(block, size, layout_.header);
  scope.emit(EventKind::split, address_of(&block), size, static_cast<std::uint8_t>(rest->header()));
  count_in(block);
  count_in(*rest);
  ++counts_.splits;
  return rest;
}

/// Leaves of a free block in hand what requested bytes need at its end, if the policy splits and
/// what stays free before it is large enough to be a block. The next search of next fit begins
/// there.
Block& ClassicHeap::keep_tail(Block& block, std::size_t requested, EventScope& scope) {
  if (policy_.split == 0) return block;
  const std::size_t least = block.header() + std::max(policy_.split_minimum, min_payload);
  if (block.size() < layout_.size_at(block.address(), requested) + least) return block;
  const auto fits_behind = [&](std::size_t front) {
    return front + layout_.size_at(block.address() + front, requested) <= block.size();
  };
  std::size_t front = block.size() - min_block(layout_.header);
  while (front >= least && !fits_behind(front)) front -= granule;
  if (front < least) return block;
  Block& tail = split_front(block, front, scope);
  free_.set_rover(&block);
  return tail;
}

/// Cuts a free block of its own off the front of the one in hand, so that the payload of what
/// remains is aligned.
Block& ClassicHeap::align(Block& block, std::size_t alignment, EventScope& scope) {
  const std::size_t before_payload = header_size(layout_.header) + (layout_.guarded ? granule : 0);
  const std::uint64_t start = address_of(&block);
  std::uint64_t aligned = round_up(start + before_payload, alignment) - before_payload;
  while (aligned != start && aligned - start < min_block(HeaderKind::plain)) aligned += alignment;
  if (aligned == start) return block;
  Block& rest = split_front(block, aligned - start, scope);
  // A block that was carved from a tail has a free one before it.
  if (merges(MH_COALESCE_AT_FREE) && block.free()) merge_into_free_before(block, scope);
  return rest;
}

/// Makes the first bytes of the block in hand a free block of their own. What remains is in hand.
Block& ClassicHeap::split_front(Block& block, std::size_t bytes, EventScope& scope) {
  count_out(block);
  Block* const rest = list_.split(block, bytes, layout_.header);
  scope.emit(EventKind::split, address_of(&block), bytes,
             static_cast<std::uint8_t>(rest->header()));
  count_in(block);
  count_in(*rest);
  ++counts_.splits;
  in_hand_ = rest;
  link(block, scope);
  return *rest;
}

/// Makes the block in hand a used one of the size it needs.
void ClassicHeap::hand_out(Block& block, std::size_t requested, std::uint8_t flags,
                           EventScope& scope) {
  split_rest(block, requested, scope);
  in_hand_ = nullptr;
  count_out(block);
  const auto guarded = layout_.guarded ? block_guarded : block_free;
  list_.rewrite(block, layout_.header,
                {.size = block.size(),
                 .requested = requested,
                 .front = layout_.front_at(block.address()),
                 .thread = this_thread_number(),
                 .flags = static_cast<std::uint8_t>(flags | guarded)});
  scope.emit(EventKind::alloc, address_of(&block), requested, block.shape().pack());
  write_guards(block);
  count_in(block);
  ++counts_.mallocs;
  ++counts_.size_class[size_class_of(requested)].mallocs;
}

// ---- free: where a block goes

void ClassicHeap::take_back(Block& block, EventScope& scope) {
  mark_free(block, scope);
  link(block, scope);
  if (merges(MH_COALESCE_AT_FREE) && block.free()) coalesce(block, scope);
}

void ClassicHeap::mark_free(Block& block, EventScope& scope) {
  count_out(block);
  BlockFields fields = block.fields();
  fields.requested = 0;
  fields.front = 0;
  fields.flags = block_free;
  block.set(fields);
  scope.emit(EventKind::free, address_of(&block));
  if (policy_.poison != 0) poison(block);
  count_in(block);
  ++counts_.frees;
}

/// Whether the policy merges blocks, in such a way. What lies behind a damage that cannot be
/// repaired is in no list, and stays as it is.
bool ClassicHeap::merges(mh_coalescing how) const {
  return policy_.coalescing == how && known_damage_ == nullptr;
}

bool ClassicHeap::merges() const {
  return !merges(MH_COALESCE_NEVER) && known_damage_ == nullptr;
}

/// Merges a free block of the list with its free neighbours: none, the next, the one before, or
/// both. Returns the block that covers it now.
Block& ClassicHeap::coalesce(Block& block, EventScope& scope) {
  Block* const next = list_.after(block);
  if (next != nullptr && next->sealed() && next->free()) {
    if (!unlink(*next, scope)) return block;
    absorb(block, *next, scope);
  }
  return merge_into_free_before(block, scope);
}

Block& ClassicHeap::merge_into_free_before(Block& block, EventScope& scope) {
  Block* const before = free_block_before(block);
  if (before != nullptr && unlink(block, scope)) {
    absorb(*before, block, scope);
    return *before;
  }
  return block;
}

/// The free block that ends where block starts. In an address-ordered list it is the one before; in
/// another the whole list is searched, since headers do not lead backwards.
Block* ClassicHeap::free_block_before(const Block& block) const {
  if (policy_.free_order == MH_ORDER_ADDRESS) {
    if (free_.check(block, range()).error != MH_OK) return nullptr;
    Block* const before = free_.previous(block);
    return before != nullptr && before->end() == block.address() ? before : nullptr;
  }
  for (FreeWalk walk(free_, range()); walk.block() != nullptr; walk.step()) {
    if (walk.block()->end() == block.address()) return walk.block();
  }
  return nullptr;
}

/// Merges all neighbouring free blocks. False if there were none.
bool ClassicHeap::coalesce_all(EventScope& scope) {
  bool merged = false;
  for (BlockWalk walk = blocks(); walk.block() != nullptr; walk.step()) {
    Block& block = *walk.block();
    while (block.free()) {
      Block* const next = list_.after(block);
      if (next == nullptr || !next->sealed() || !next->free() || !unlink(*next, scope)) break;
      absorb(block, *next, scope);
      merged = true;
    }
  }
  return merged;
}

/// Makes block cover the free one behind it, which is in no list any more.
void ClassicHeap::absorb(Block& block, Block& next, EventScope& scope) {
  count_out(block);
  count_out(next);
  const bool poisoned = block.poisoned() && next.poisoned();
  std::byte* const seam = next.address();
  std::byte* const behind_links = seam + next.header() + min_payload;
  list_.absorb(block, next);
  scope.emit(EventKind::coalesce, address_of(&block), block.size());
  if (block.free()) {
    BlockFields fields = block.fields();
    fields.flags = poisoned ? block_poisoned : block_free;
    block.set(fields);
    if (poisoned) write_poison(seam, behind_links);
  }
  count_in(block);
  ++counts_.merges;
}

// ---- realloc in place

bool ClassicHeap::resize_in_place(Block& block, std::size_t requested, EventScope& scope) {
  if (requested > block.capacity() && !extend(block, requested, scope)) return false;
  resize(block, requested, scope);
  return true;
}

/// Gets a used block the room for requested bytes from the free block behind it, or at the end of
/// the heap from the break, where the policy merges at all.
bool ClassicHeap::extend(Block& block, std::size_t requested, EventScope& scope) {
  if (!merges() || requested > max_request) return false;
  const std::size_t missing = round_up(requested - block.capacity());
  Block* next = list_.after(block);
  if (next == nullptr) {
    if (break_.current() != list_.end()) return false;
    next = grow_by(missing, 0, scope);
    if (next == nullptr || list_.after(block) != next) {
      if (next != nullptr) link(*next, scope);
      return false;
    }
  } else if (!next->sealed() || !next->free() || next->size() < missing || !vet(*next, scope) ||
             !unlink(*next, scope)) {
    return false;
  }
  absorb(block, *next, scope);
  return true;
}

/// Gives a used block another requested size, which fits; what it has too much then is split off.
void ClassicHeap::resize(Block& block, std::size_t requested, EventScope& scope) {
  count_out(block);
  BlockFields fields = block.fields();
  fields.requested = requested;
  block.set(fields);
  scope.emit(EventKind::resize, address_of(&block), requested);
  write_guards(block);
  count_in(block);

  const std::size_t overhead = block.size() - block.capacity();
  const std::size_t kept = round_up(overhead + std::max(requested, min_payload), policy_.alignment);
  Block* const rest = split(block, kept, scope);
  if (rest == nullptr) return;
  write_guards(block);
  if (policy_.poison != 0) poison(*rest);
  link(*rest, scope);
  if (merges(MH_COALESCE_AT_FREE) && rest->free()) coalesce(*rest, scope);
  trim(scope);
}

// ---- the free list, and what it tells

/// Puts a free block into the list where the policy says. If the way there is damaged the list is
/// made anew, with this block.
void ClassicHeap::link(Block& block, EventScope& scope) {
  if (const ListFault fault = free_.insert(block, policy_.free_order, range());
      fault.error != MH_OK) {
    repair(fault, scope);
    return;
  }
  scope.emit(EventKind::link, address_of(&block), address_of(free_.previous(block)));
}

/// Takes a block out of the free list. False: its links or its neighbours' were overwritten; the
/// list has been repaired, and the block may have been set aside.
bool ClassicHeap::unlink(Block& block, EventScope& scope) {
  const ListFault fault = free_.check(block, range());
  if (fault.error != MH_OK) {
    repair(fault, scope);
    return false;
  }
  const Block* const before = free_.remove(block);
  scope.emit(EventKind::unlink, address_of(&block), address_of(before));
  return true;
}

/// Puts every free block into the list anew, by address; not the one in hand.
void ClassicHeap::relink_all(EventScope& scope) {
  free_.clear();
  scope.emit(EventKind::unlink, 0);
  for (BlockWalk walk = blocks(); walk.block() != nullptr; walk.step()) {
    Block& block = *walk.block();
    if (!block.free() || &block == in_hand_) continue;
    free_.append(block);
    scope.emit(EventKind::link, address_of(&block), address_of(free_.previous(block)));
  }
}

// ---- what a search tells, explaining; the line is the caller's

void ClassicHeap::tell_search(std::size_t requested, EventScope& scope, SourceLine from) {
  if (events_.explaining()) scope.emit(EventKind::search, 0, requested, policy_.placement, from);
}

void ClassicHeap::tell_search_end(const Search& search, const FreeWalk& walk, Block* block,
                                  EventScope& scope, SourceLine from) {
  ++counts_.searches;
  counts_.visited += search.visited();
  if (!events_.explaining()) return;
  const bool damaged =
      walk.fault().error != MH_OK || (block != nullptr && check_poison(*block).error != MH_OK);
  const SearchEnd end = damaged            ? SearchEnd::damaged
                        : block != nullptr ? SearchEnd::found
                                           : SearchEnd::all_too_small;
  scope.emit(EventKind::search_end, address_of(block), search.largest(),
             static_cast<std::uint8_t>(end), from);
}

void ClassicHeap::tell_nothing_free(EventScope& scope, SourceLine from) {
  if (!events_.explaining()) return;
  scope.emit(EventKind::search_end, 0, 0, static_cast<std::uint8_t>(SearchEnd::nothing_free), from);
}

// ---- the switches

mh_policy ClassicHeap::policy() const {
  const std::lock_guard guard(lock_);
  return policy_;
}

bool ClassicHeap::set_policy(const mh_policy& policy) {
  if (!is_valid(policy)) return false;
  const Call call(*this);
  EventScope scope(events_);
  const bool sorts =
      policy.free_order == MH_ORDER_ADDRESS && policy_.free_order != policy.free_order;
  policy_ = policy;
  layout_ = layout_of(policy);
  scope.emit(EventKind::policy, 0, pack_policy(policy));
  if (sorts) {
    heal_headers(scope);  // the way to each free block leads over all headers
    relink_all(scope);
  }
  return true;
}

void ClassicHeap::set_explaining(bool on) {
  const std::lock_guard guard(lock_);
  events_.set_explaining(on);
}

bool ClassicHeap::explaining() const {
  const std::lock_guard guard(lock_);
  return events_.explaining();
}

// ---- sums

void ClassicHeap::count_in(const Block& block) {
  tally_.add(block);
  if (!block.used()) return;
  mh_size_class& size_class = counts_.size_class[size_class_of(block.requested())];
  ++size_class.blocks;
  size_class.requested += block.requested();
  counts_.peak_requested = std::max(counts_.peak_requested, tally_.requested);
}

void ClassicHeap::count_out(const Block& block) {
  tally_.remove(block);
  if (!block.used()) return;
  mh_size_class& size_class = counts_.size_class[size_class_of(block.requested())];
  --size_class.blocks;
  size_class.requested -= block.requested();
}

}  // namespace mh
