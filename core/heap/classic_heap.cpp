#include "core/heap/classic_heap.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <mutex>

#include "core/events/clock.hpp"

namespace mh {

namespace {

std::uint64_t address_of(const void* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer);
}

std::byte* next_aligned(std::byte* position) {
  return position + (align_up(address_of(position)) - address_of(position));
}

std::size_t block_size_for(std::size_t requested) {
  return sizeof(Block) + align_up(std::max(requested, min_payload));
}

}  // namespace

// ---- one call of the allocator

/// Lives for one call: waits for room in the event ring, then holds the lock; at the end gives the
/// walk that the reader may have asked for, and leaves errno as the caller shall see it.
class ClassicHeap::Call {
 public:
  explicit Call(ClassicHeap& heap) : heap_(heap), errno_(errno) {
    heap_.events_.reserve();
    heap_.lock_.lock();
  }
  ~Call() {
    if (heap_.events_.walk_wanted()) {
      heap_.describe();
    }
    heap_.lock_.unlock();
    errno = errno_;
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  void* fail_with(int error) {
    errno_ = error;
    return nullptr;
  }

 private:
  ClassicHeap& heap_;
  int errno_;
};

void* ClassicHeap::allocate(std::size_t size) {
  if (size == 0) {
    return nullptr;
  }
  Call call(*this);
  EventScope scope(events_);
  Block* const block = obtain(size, scope);
  return block != nullptr ? block->payload() : call.fail_with(ENOMEM);
}

void ClassicHeap::release(void* pointer) {
  if (pointer == nullptr) {
    return;
  }
  const Call call(*this);
  EventScope scope(events_);
  if (Block* const block = find_or_report(pointer, scope); block != nullptr) {
    take_back(*block, scope);
    trim(scope);
  }
}

void* ClassicHeap::allocate_zeroed(std::size_t count, std::size_t size) {
  const bool overflows = size != 0 && count > std::numeric_limits<std::size_t>::max() / size;
  // A product that overflows is more than any heap can give; allocate() says so.
  const std::size_t bytes = overflows ? std::numeric_limits<std::size_t>::max() : count * size;
  void* const pointer = allocate(bytes);
  if (pointer != nullptr) {
    std::memset(pointer, 0, bytes);  // also above the old break: its page may have been used before
  }
  return pointer;
}

void* ClassicHeap::reallocate(void* pointer, std::size_t size) {
  if (pointer == nullptr) {
    return allocate(size);
  }
  if (size == 0) {
    release(pointer);
    return nullptr;
  }
  Call call(*this);
  EventScope scope(events_);
  Block* const old = find_or_report(pointer, scope);
  if (old == nullptr) {
    return call.fail_with(EINVAL);
  }
  if (size <= old->capacity()) {
    resize(*old, size, scope);
    return pointer;
  }
  Block* const moved = obtain(size, scope);
  if (moved == nullptr) {
    return call.fail_with(ENOMEM);
  }
  std::memcpy(moved->payload(), old->payload(), old->requested);
  take_back(*old, scope);
  trim(scope);
  return moved->payload();
}

std::size_t ClassicHeap::usable_size(const void* pointer) const {
  if (pointer == nullptr) {
    return 0;
  }
  const std::lock_guard guard(lock_);
  Block* block = nullptr;
  return find(pointer, block) == MH_OK ? block->capacity() : 0;
}

// ---- policy: where a block comes from, and when memory goes back

/// A block in use of at least size bytes of payload; nullptr if there is no memory.
Block* ClassicHeap::obtain(std::size_t size, EventScope& scope) {
  if (size <= max_request) {
    Block* block = place(size, scope);
    if (block == nullptr) {
      block = grow(block_size_for(size), scope);
    }
    if (block != nullptr) {
      hand_out(*block, size, scope);
      return block;
    }
  }
  ++counts_.failed;
  scope.emit(EventKind::error, 0, size, MH_OUT_OF_MEMORY);
  return nullptr;
}

/// First fit: the free block with the lowest address that is large enough; nullptr if there is
/// none.
Block* ClassicHeap::place(std::size_t size, EventScope& scope) {
  if (tally_.free_blocks == 0) {
    return nullptr;
  }
  BlockWalk walk = blocks();
  for (; walk.block() != nullptr; walk.step()) {
    ++counts_.visited;
    if (walk.block()->free() && walk.block()->capacity() >= size) {
      return walk.block();
    }
  }
  if (walk.error() != MH_OK) {
    report_damage(walk.error(), walk.where(), scope);
  }
  return nullptr;
}

/// A new free block of size bytes at the end of the heap; nullptr if the break cannot move.
Block* ClassicHeap::grow(std::size_t size, EventScope& scope) {
  if (!can_grow(scope)) {
    return nullptr;
  }
  constexpr int attempts = 3;
  for (int i = 0; i < attempts; ++i) {
    std::byte* const seen = break_.current();
    std::byte* const base = next_aligned(seen);
    const bool bridged = !list_.empty() && base != list_.end();
    const auto skipped = static_cast<std::size_t>(base - seen);
    std::byte* const old = break_.grow(skipped + (bridged ? sizeof(Block) : 0) + size);
    if (old == nullptr) {
      return nullptr;
    }
    ++counts_.break_moves;
    if (old == seen) {
      return append_at(base, size, scope);
    }
    // Somebody moved the break between our look and our move, so the sum was wrong. What came is
    // left to the foreign block that the next attempt writes.
  }
  return nullptr;
}

/// Gives the free blocks at the end of the heap back, all with one move of the break. The list has
/// no way back, so that one walk looks for the last block that has to stay.
void ClassicHeap::trim(EventScope& scope) {
  if (break_.current() != list_.end() || !list_.last()->free()) {
    return;
  }
  Block* kept = nullptr;
  Tally tail;
  BlockWalk walk = blocks();
  for (; walk.block() != nullptr; walk.step()) {
    if (walk.block()->free()) {
      tail.add(*walk.block());
    } else {
      kept = walk.block();
      tail = {};
    }
  }
  if (walk.error() != MH_OK) {
    report_damage(walk.error(), walk.where(), scope);
    return;
  }
  std::byte* const new_end = kept != nullptr ? kept->end() : list_.start();
  if (give_back_to(new_end)) {
    list_.cut_after(kept);
    tally_.remove(tail);
    scope.emit(EventKind::break_moved, address_of(new_end));
  }
}

// ---- what a block is

void ClassicHeap::hand_out(Block& block, std::size_t requested, EventScope& scope) {
  tally_.remove(block);
  block.flags = block_used;
  block.requested = requested;
  block.thread = this_thread_number();
  block.seal();
  tally_.add(block);
  ++counts_.mallocs;
  scope.emit(EventKind::alloc, address_of(&block), requested);
}

void ClassicHeap::take_back(Block& block, EventScope& scope) {
  tally_.remove(block);
  block.flags = block_free;
  block.requested = 0;
  block.seal();
  tally_.add(block);
  ++counts_.frees;
  scope.emit(EventKind::free, address_of(&block));
}

void ClassicHeap::resize(Block& block, std::size_t requested, EventScope& scope) {
  tally_.remove(block);
  block.requested = requested;
  block.seal();
  tally_.add(block);
  scope.emit(EventKind::resize, address_of(&block), requested);
}

// ---- the end of the heap

/// Growing writes the last header (its next), so that header must be what we wrote.
bool ClassicHeap::can_grow(EventScope& scope) {
  if (list_.empty()) {
    return true;
  }
  if (break_.current() < list_.end()) {
    report_damage(MH_LIST_BROKEN, break_.current(), scope);  // somebody gave our memory away
    return false;
  }
  if (!list_.last_is_sound()) {
    const bool sealed = list_.last()->sealed();
    report_damage(sealed ? MH_LIST_BROKEN : MH_HEADER_DAMAGED, list_.last(), scope);
    return false;
  }
  return true;
}

/// Writes the new last block into memory that the break has just given: at base, or behind the
/// header of a foreign block if base is not where the heap ended.
Block* ClassicHeap::append_at(std::byte* base, std::size_t size, EventScope& scope) {
  if (list_.empty() && list_.start() != base) {
    list_.begin(base);  // an empty heap begins wherever the break is
    scope.emit(EventKind::reset, address_of(base));
  }
  const bool bridged = base != list_.end();
  std::byte* const at = bridged ? base + sizeof(Block) : base;
  scope.emit(EventKind::break_moved, address_of(at + size));
  if (bridged) {
    const auto covered = static_cast<std::size_t>(at - list_.end());
    const Block* const foreign = list_.append(base, covered, block_foreign);
    tally_.add(*foreign);
    scope.emit(EventKind::foreign, address_of(foreign->start()), foreign->size);
  }
  Block* const block = list_.append(at, size, block_free);
  tally_.add(*block);
  scope.emit(EventKind::block, address_of(block), size, sizeof(Block));
  counts_.peak_heap = std::max(counts_.peak_heap, tally_.bytes());
  return block;
}

/// Moves the break down from the end of the heap, where it must stand, to new_end.
bool ClassicHeap::give_back_to(std::byte* new_end) {
  if (!break_.shrink(static_cast<std::size_t>(list_.end() - new_end))) {
    return false;
  }
  ++counts_.break_moves;
  return true;
}

void ClassicHeap::reset() {
  const Call call(*this);
  EventScope scope(events_);
  // The page of the new break can still be read: no old header in it may look alive.
  for (BlockWalk walk = blocks(); walk.block() != nullptr; walk.step()) {
    walk.block()->unseal();
  }
  std::byte* start = list_.floor();
  const bool ours = list_.begun() && break_.current() == list_.end();
  if (!ours || (start != list_.end() && !give_back_to(start))) {
    start = break_.current();  // what cannot be given back is left behind
  }
  list_.begin(start);
  tally_ = {};
  known_damage_ = nullptr;
  scope.emit(EventKind::reset, address_of(start));
}

// ---- which block a pointer means

/// No block of ours lies at or above it. The break is below our end only if somebody took our
/// memory.
const std::byte* ClassicHeap::limit() const {
  return std::min<const std::byte*>(list_.end(), break_.current());
}

/// The used block whose payload starts at pointer. A header that is sealed at its own address was
/// written by us, so that no walk is needed; only to name an error exactly we take one.
mh_error ClassicHeap::find(const void* pointer, Block*& found) const {
  const std::uint64_t address = address_of(pointer);
  if (address % alignment != 0 || address < address_of(list_.start()) + sizeof(Block) ||
      address >= address_of(limit())) {
    return MH_INVALID_POINTER;
  }
  Block* const block = block_of(pointer);
  if (!block->sealed()) {
    return in_list(block) ? MH_HEADER_DAMAGED : MH_INVALID_POINTER;
  }
  if (block->foreign()) {
    return MH_INVALID_POINTER;
  }
  found = block;
  return block->free() ? MH_DOUBLE_FREE : MH_OK;
}

Block* ClassicHeap::find_or_report(const void* pointer, EventScope& scope) {
  Block* block = nullptr;
  const mh_error error = find(pointer, block);
  if (error != MH_OK) {
    report(error, pointer, scope);
    return nullptr;
  }
  return block;
}

/// True if the list leads to this header, which is damaged.
bool ClassicHeap::in_list(const Block* block) const {
  BlockWalk walk = blocks();
  while (walk.block() != nullptr) {
    walk.step();
  }
  return walk.error() == MH_HEADER_DAMAGED && walk.where() == block;
}

// ---- errors are facts: counted, told, and nothing is touched

void ClassicHeap::report(mh_error error, const void* pointer, EventScope& scope) {
  ++counts_.errors;
  scope.emit(EventKind::error, address_of(pointer), 0, static_cast<std::uint8_t>(error));
  if (handler_ != nullptr) {
    handler_(error, pointer, handler_context_);
  }
}

void ClassicHeap::report_damage(mh_error error, const void* where, EventScope& scope) {
  if (where != known_damage_) {
    known_damage_ = where;
    report(error, where, scope);
  }
}

void ClassicHeap::set_error_handler(mh_error_handler handler, void* context) {
  const std::lock_guard guard(lock_);
  handler_ = handler;
  handler_context_ = context;
}

// ---- looking at the heap

mh_stats ClassicHeap::stats() const {
  const std::lock_guard guard(lock_);
  mh_stats stats = counts_;
  stats.heap = static_cast<std::size_t>(list_.end() - list_.start());
  stats.header = tally_.header;
  stats.requested = tally_.requested;
  stats.padding = tally_.padding;
  stats.free = tally_.free;
  stats.foreign = tally_.foreign;
  stats.used_blocks = tally_.used_blocks;
  stats.free_blocks = tally_.free_blocks;
  for (BlockWalk walk = blocks(); walk.block() != nullptr; walk.step()) {
    if (walk.block()->free()) {
      stats.largest_free = std::max(stats.largest_free, walk.block()->capacity());
    }
  }
  return stats;
}

mh_error ClassicHeap::check(const void** where) const {
  const std::lock_guard guard(lock_);
  const auto result = [where](mh_error error, const void* at) {
    if (where != nullptr) {
      *where = at;
    }
    return error;
  };
  Tally found;
  BlockWalk walk = blocks();
  for (; walk.block() != nullptr; walk.step()) {
    if (!is_plausible(*walk.block())) {
      return result(MH_HEADER_DAMAGED, walk.block());
    }
    found.add(*walk.block());
  }
  if (walk.error() != MH_OK) {
    return result(walk.error(), walk.where());
  }
  const auto heap = static_cast<std::size_t>(list_.end() - list_.start());
  const bool figures_agree = found == tally_ && found.bytes() == heap;
  return figures_agree ? result(MH_OK, nullptr) : result(MH_LIST_BROKEN, list_.start());
}

ClassicHeap::WalkEnd ClassicHeap::walk(mh_visitor visitor, void* context) const {
  const std::lock_guard guard(lock_);
  return walk_locked(visitor, context);
}

bool ClassicHeap::walk_within(std::uint64_t timeout_ns, mh_visitor visitor, void* context,
                              WalkEnd& end) const {
  if (!lock_.try_lock_for(timeout_ns)) {
    return false;
  }
  const std::lock_guard guard(lock_, std::adopt_lock);
  end = walk_locked(visitor, context);
  return true;
}

ClassicHeap::WalkEnd ClassicHeap::walk_locked(mh_visitor visitor, void* context) const {
  const std::uint64_t clock = clock_now();
  if (!list_.begun()) {
    return {break_.current(), break_.current(), clock};
  }
  for (BlockWalk walk = blocks(); walk.block() != nullptr; walk.step()) {
    const Block& block = *walk.block();
    const mh_block seen{.address = block.start(),
                        .size = block.size,
                        .header = block.foreign() ? 0 : sizeof(Block),
                        .requested = block.requested,
                        .thread = block.thread,
                        .used = block.used(),
                        .foreign = block.foreign()};
    if (visitor(&seen, context) == 0) {
      break;
    }
  }
  return {list_.start(), list_.end(), clock};
}

void ClassicHeap::announce() {
  const Call call(*this);
  describe();
}

void ClassicHeap::describe() {
  if (events_.walk_wanted()) {
    events_.walk_given();  // before it begins: what is asked for meanwhile gets a walk of its own
  }
  if (!list_.begun()) {
    list_.begin(break_.current());
  }
  EventScope scope(events_);
  scope.emit(EventKind::reset, address_of(list_.start()));
  scope.emit(EventKind::break_moved, address_of(list_.end()));
  BlockWalk walk = blocks();
  for (; walk.block() != nullptr; walk.step()) {
    const Block& block = *walk.block();
    const std::uint64_t start = address_of(block.start());
    if (block.foreign()) {
      scope.emit(EventKind::foreign, start, block.size);
      continue;
    }
    scope.emit(EventKind::block, start, block.size, sizeof(Block));
    if (block.used()) {
      scope.emit(EventKind::alloc, start, block.requested);
      scope.emit(EventKind::owner, start, block.thread);
    }
  }
  if (walk.error() != MH_OK) {
    report_damage(walk.error(), walk.where(), scope);
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

}  // namespace mh
