#include "core/heap/fast_heap.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <mutex>

#include "core/heap/fast_call.hpp"

namespace mh {

namespace {

std::uint64_t address_of(const void* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer);
}

constexpr std::uint64_t header_bytes = FastBlock::header_bytes;

std::uint32_t grains_for(std::size_t size) {
  return static_cast<std::uint32_t>(FastBlock::size_for(size) / FastBlock::grain);
}

/// Whether a thread may keep blocks for requests like this one.
bool is_medium(std::size_t size) {
  return size > FastCache::max_request &&
         size < FastCache::medium_end * FastBlock::grain - 2 * header_bytes;
}

/// An object whose bytes are all zero at first, in pages of its own: only those that are used take
/// memory. nullptr if there is none.
template <typename Object>
Object* map_zeros() {
  void* const memory = mmap(nullptr, sizeof(Object), PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return memory != MAP_FAILED ? static_cast<Object*>(memory) : nullptr;
}

}  // namespace

FastHeap::~FastHeap() {
  if (place() != 0) fast_threads.leave(place());
  for (FastCache* list : {caches_, spare_caches_}) {
    while (list != nullptr) {
      FastCache* const cache = list;
      list = cache->next;
      munmap(cache, sizeof(FastCache));
    }
  }
  if (pool_ != nullptr) munmap(pool_, sizeof(FastPool));
  arena_.reset();
}

// ---- between a thread's cache and the pool

/// A block of the pool, and more for the thread's cache. nullptr if there is none, or no cache.
void* FastHeap::allocate_pooled(std::size_t size) {
  if (size - 1 >= FastCache::max_request || events_.active()) return nullptr;
  FastCache* const cache = cache_of_this_thread();
  if (cache == nullptr) return nullptr;
  const std::uint32_t grains = grains_for(size);
  FastCache::Bin& bin = cache->bins[grains];
  if (bin.count() != 0) return nullptr;  // somebody stopped listening just now
  widen(bin, grains);
  if (take_from_shelf(*cache, grains) == 0) {
    const std::lock_guard guard(lock_);
    if (take_from_pool(bin, grains) == 0) return nullptr;
  }
  return try_allocate(size);
}

/// A medium block that the thread kept. nullptr if there is none.
void* FastHeap::allocate_medium(std::size_t size) {
  if (!is_medium(size) || events_.active()) return nullptr;
  FastCache* const cache = cache_of_this_thread();
  FastBlock* const block = cache != nullptr ? cache->take_medium(grains_for(size)) : nullptr;
  if (block == nullptr) return nullptr;
  use_kept(block, size);
  return block->payload();
}

/// What was requested of a block with much slack stands in the block, where a walk reads it: such a
/// block changes with the lock only.
void FastHeap::use_kept(FastBlock* block, std::size_t size) {
  if (block->capacity() - size <= FastBlock::max_slack) return block->use(size);
  const std::lock_guard guard(lock_);
  block->use(size);
}

/// Makes room in the thread's cache. False, and nothing is changed, if the pointer is none of a
/// block in use that can be cached, or there is no room or no cache.
bool FastHeap::release_pooled(void* pointer) {
  FastBlock* const block = FastBlock::of_payload(pointer);
  InUse small;
  FastCache* const cache = cache_of_this_thread();
  if (cache == nullptr || !in_use(block, small) || small.grains >= FastCache::medium_end) {
    return false;
  }
  if (small.grains >= FastCache::grains_end) {
    if (block->slack_code() != FastBlock::slack_elsewhere) {
      return cache->keep_medium(block, small.grains, small.hash, true);
    }
    const std::lock_guard guard(lock_);  // see use_kept()
    return cache->keep_medium(block, small.grains, small.hash, true);
  }
  FastCache::Bin& bin = cache->bins[small.grains];
  const std::uint64_t limit = bin.limit;
  widen(bin, small.grains);
  if (bin.limit == limit && !shelve(*cache, small.grains)) {
    const std::lock_guard guard(lock_);
    EventScope scope(events_);
    flush(*cache, small.grains, (bin.count() + 1U) / 2, scope);
    settle();
  }
  block->become(small.hash, FastState::cached, 0);
  bin.push(block);
  return true;
}

/// More blocks may stay in the stack, up to what is good for their size.
void FastHeap::widen(FastCache::Bin& bin, std::uint32_t grains) {
  const unsigned greatest = FastCache::limit_for(grains);
  if (bin.limit < greatest) bin.limit = std::min<std::uint64_t>(greatest, bin.limit * 2 + 2);
}

/// Puts the older half of a full stack onto the shelf. False if there is no room.
bool FastHeap::shelve(FastCache& cache, std::uint32_t grains) {
  FastCache::Bin& bin = cache.bins[grains];
  const unsigned count = bin.count();
  const unsigned many = (count + 1) / 2;
  const std::size_t bytes = std::size_t{many} * grains * FastBlock::grain;
  if (cache.shelf.bytes() + bytes > cache.shelf_limit || !cache.shelf.has_room(grains, many)) {
    return false;
  }
  // Another thread may fork() at any moment, and the child empties what it finds here: no block may
  // be in two places.
  bin.set_count(0);
  cache.shelf.put(grains, bin.blocks.data(), many);
  std::copy_n(bin.blocks.begin() + many, count - many, bin.blocks.begin());
  bin.set_count(count - many);
  return true;
}

/// Blocks for an empty stack; how many.
unsigned FastHeap::take_from_shelf(FastCache& cache, std::uint32_t grains) {
  FastCache::Bin& bin = cache.bins[grains];
  const auto wanted = static_cast<unsigned>((bin.limit + 1) / 2);
  const unsigned many = cache.shelf.take(grains, bin.blocks.data(), wanted);
  bin.set_count(many);
  return many;
}

/// With the lock. Blocks for an empty stack; how many.
unsigned FastHeap::take_from_pool(FastCache::Bin& bin, std::uint32_t grains) {
  const unsigned many =
      pool_->take(grains, bin.blocks.data(), static_cast<unsigned>((bin.limit + 1) / 2));
  bin.set_count(many);
  return many;
}

// ---- malloc

/// fresh, if asked for: where in the payload the bytes begin that are zero.
void* FastHeap::allocate_locked(std::size_t size, std::size_t alignment, std::byte** fresh) {
  if (size == 0) return nullptr;
  Call call(*this);
  EventScope scope(events_);
  void* payload = nullptr;
  if (size <= FastCache::max_request && alignment <= FastBlock::grain) {
    payload = allocate_small(size, scope);
    if (fresh != nullptr) *fresh = static_cast<std::byte*>(payload) + size;
  } else if (size <= max_request) {
    if (size >= mapping_threshold_) payload = allocate_mapped(size, alignment, scope);
    if (fresh != nullptr) *fresh = static_cast<std::byte*>(payload);
    if (payload == nullptr) payload = allocate_large(size, alignment, scope, fresh);
  }
  if (payload == nullptr) return call.fail_with(ENOMEM, refuse(size, scope));
  return payload;
}

void* FastHeap::allocate_small(std::size_t size, EventScope& scope) {
  const std::uint32_t grains = grains_for(size);
  FastCache* const cache = cache_of_this_thread();
  FastBlock* block = nullptr;
  if (cache != nullptr) {
    FastCache::Bin& bin = cache->bins[grains];
    while (block == nullptr && (bin.count() != 0 || fill(*cache, grains, scope) != 0)) {
      block = bin.pop();
      if (!block->is(FastState::cached) || block->grains() != grains) {
        report(MH_HEADER_DAMAGED, block, block, scope);  // not to be used; it stays what it is
        block = nullptr;
      }
    }
  } else {
    block = take_block(std::size_t{grains} * FastBlock::grain, FastBlock::grain, scope);
  }
  if (block == nullptr) return nullptr;
  block->use(size);
  scope.emit(EventKind::alloc, address_of(block), size);
  return block->payload();
}

void* FastHeap::allocate_large(std::size_t size, std::size_t alignment, EventScope& scope,
                               std::byte** fresh) {
  if (std::max(size, alignment) >= FastBlock::largest / 2) return nullptr;
  FastCache* const cache = alignment <= FastBlock::grain && is_medium(size) && events_.active()
                               ? cache_of_this_thread()
                               : nullptr;  // without a listener it was looked into already
  FastBlock* block = cache != nullptr ? cache->take_medium(grains_for(size)) : nullptr;
  if (block == nullptr) block = take_block(FastBlock::size_for(size), alignment, scope);
  if (block == nullptr) return nullptr;
  block->use(size);
  scope.emit(EventKind::alloc, address_of(block), size);
  if (fresh != nullptr) *fresh = alignment <= FastBlock::grain ? arena_.fresh_from() : nullptr;
  return block->payload();
}

/// A block from the arena; what the pools hold comes before new memory.
FastBlock* FastHeap::take_block(std::size_t size, std::size_t alignment, EventScope& scope) {
  if (alignment > FastBlock::grain) return arena_.take_aligned(alignment, size, scope);
  FastBlock* block = arena_.take(size, false, scope);
  if (block == nullptr && drain_pool(scope)) block = arena_.take(size, false, scope);
  return block != nullptr ? block : arena_.take(size, true, scope);
}

void* FastHeap::allocate_mapped(std::size_t size, std::size_t alignment, EventScope& scope) {
  const FastMapping* const mapping = mappings_.map(size, alignment);
  if (mapping == nullptr) return nullptr;
  arena_.set_beside(mappings_.bytes());
  scope.emit(EventKind::mapped, address_of(mapping->block), mapping->size(), header_bytes);
  scope.emit(EventKind::alloc, address_of(mapping->block), size);
  return mapping->block->payload();
}

void* FastHeap::allocate_zeroed(std::size_t count, std::size_t size) {
  std::size_t bytes = 0;
  // A product that overflows is more than any heap can give; allocate_locked() says so.
  if (__builtin_mul_overflow(count, size, &bytes)) bytes = std::numeric_limits<std::size_t>::max();
  if (void* const payload = try_allocate(bytes); payload != nullptr) {
    return std::memset(payload, 0, bytes);
  }
  std::byte* fresh = nullptr;
  auto* const payload = static_cast<std::byte*>(allocate_locked(bytes, FastBlock::grain, &fresh));
  if (payload != nullptr && fresh > payload) {
    const auto used_before = static_cast<std::size_t>(fresh - payload);
    std::memset(payload, 0, std::min(bytes, used_before));
  }
  return payload;
}

void* FastHeap::allocate_aligned(std::size_t alignment, std::size_t size) {
  if (alignment == 0 || (alignment & (alignment - 1)) != 0) {
    errno = EINVAL;
    return nullptr;
  }
  if (alignment <= FastBlock::grain) return allocate(size);
  if (alignment > max_request || size > max_request) alignment = size = max_request + 1;
  return allocate_locked(size, alignment, nullptr);
}

/// Want of memory is no mistake: an event, and no handler.
void* FastHeap::refuse(std::size_t size, EventScope& scope) {
  ++counts_.failed;
  scope.emit(EventKind::error, 0, size, MH_OUT_OF_MEMORY);
  return nullptr;
}

// ---- free

void FastHeap::release_in_full(void* pointer) {
  if (pointer == nullptr) return;
  Call call(*this);
  EventScope scope(events_);
  FastBlock* block = nullptr;
  const FastMapping* mapping = nullptr;
  const mh_error error = find(pointer, block, mapping);
  if (error != MH_OK) return report(error, pointer, block, scope);
  ++counts_.frees;
  if (mapping != nullptr) {
    release_mapping(mapping, scope);
  } else {
    release_block(block, scope);
  }
}

void FastHeap::release_block(FastBlock* block, EventScope& scope) {
  scope.emit(EventKind::free, address_of(block));
  const std::uint32_t grains = block->grains();
  FastCache* const cache = grains < FastCache::medium_end ? cache_of_this_thread() : nullptr;
  if (cache == nullptr) {
    arena_.give(block, scope);
    return;
  }
  if (grains >= FastCache::grains_end) {
    cache->medium_limit = std::max(FastCache::least_medium, arena_.bytes() / medium_share);
    if (cache->keep_medium(block, grains, FastBlock::hash(block, grains), false)) {
      scope.emit(EventKind::cache, address_of(block), 0, 1);
    } else {
      arena_.give(block, scope);
    }
    return;
  }
  FastCache::Bin& bin = cache->bins[grains];
  if (bin.count() >= bin.limit) widen(bin, grains);
  if (bin.count() >= bin.limit) flush(*cache, grains, (bin.count() + 1U) / 2, scope);
  block->become(FastState::cached);
  scope.emit(EventKind::cache, address_of(block), 0, 1);
  bin.put(block);
}

void FastHeap::release_mapping(const FastMapping* mapping, EventScope& scope) {
  constexpr std::size_t greatest = std::size_t{32} << 20;
  const std::size_t bytes = mapping->bytes;
  if (!fixed_threshold_ && bytes > mapping_threshold_ && bytes <= greatest) {
    // A program that frees blocks of this size will want more of them (as glibc does).
    mapping_threshold_ = bytes;
    arena_.set_trim_threshold(2 * bytes, false);
  }
  scope.emit(EventKind::free, address_of(mapping->block));
  scope.emit(EventKind::unmapped, address_of(mapping->block));
  mappings_.unmap(mapping);
  arena_.set_beside(mappings_.bytes());
}

// ---- realloc

void* FastHeap::reallocate(void* pointer, std::size_t size) {
  if (pointer == nullptr) return allocate(size);
  if (size == 0) {
    release(pointer);
    return nullptr;
  }
  if (void* const payload = try_reallocate(pointer, size); payload != nullptr) return payload;
  return reallocate_locked(pointer, size);
}

/// A small block that stays small, without the lock: in its place, or in one from the cache.
/// nullptr, and nothing has changed, if that is not possible.
void* FastHeap::try_reallocate(void* pointer, std::size_t size) {
  FastBlock* const block = FastBlock::of_payload(pointer);
  InUse small;
  if (size > FastCache::max_request || !in_use(block, small)) return nullptr;
  if (small.grains >= FastCache::grains_end) return nullptr;
  const std::size_t whole = small.grains * FastBlock::grain;
  const std::size_t wanted = FastBlock::size_for(size);
  if (wanted <= whole) {
    // What the header alone can say; more slack is written into the block, where a walk reads it.
    if (block->capacity() - size > FastBlock::max_slack) return nullptr;
    block->use(size);
    return pointer;
  }
  void* const moved = try_allocate(size);
  if (moved == nullptr) return nullptr;
  std::memcpy(moved, pointer, std::min(block->usable(), size));
  release(pointer);
  return moved;
}

void* FastHeap::reallocate_locked(void* pointer, std::size_t size) {
  std::size_t kept = 0;
  {
    Call call(*this);
    EventScope scope(events_);
    FastBlock* block = nullptr;
    const FastMapping* mapping = nullptr;
    const mh_error error = find(pointer, block, mapping);
    if (error != MH_OK) {
      report(error, pointer, block, scope);
      return call.fail_with(EINVAL, nullptr);
    }
    if (size > max_request) return call.fail_with(ENOMEM, refuse(size, scope));
    if (mapping != nullptr) {
      if (void* const resized = resize_mapping(mapping, size, scope)) return resized;
      kept = mapping->capacity();
    } else {
      if (resize_block(block, size, scope)) return pointer;
      kept = block->usable();
    }
  }
  // The block is the caller's, so it stays as it is while the lock is not held.
  // One that grows will grow on: with some room it need not move each time.
  const bool grows = size > kept && size >= 256 && size < max_request / 2;
  void* moved = grows ? allocate(size + size / 8) : allocate(size);
  if (moved == nullptr) return nullptr;
  if (grows) shrink_request(moved, size);
  std::memcpy(moved, pointer, std::min(kept, size));
  release(pointer);
  return moved;
}

/// In place, or not at all.
bool FastHeap::resize_block(FastBlock* block, std::size_t size, EventScope& scope) {
  const std::size_t wanted = FastBlock::size_for(size);
  const std::size_t whole = block->size();
  if (wanted <= whole) {
    // A small block that is far too large moves to one of its size: cutting it would leave a rest
    // that nobody wants.
    const bool small = whole < FastCache::grains_end * FastBlock::grain;
    if (small && wanted <= whole / 2) return false;
    block->use(size);
    scope.emit(EventKind::resize, address_of(block), size);
    if (small) return true;
    arena_.cut(block, wanted, scope);
    block->use(size);
    return true;
  }
  if (size >= mapping_threshold_ || !arena_.extend(block, wanted, scope)) {
    return false;
  }
  block->use(size);
  scope.emit(EventKind::resize, address_of(block), size);
  return true;
}

/// The caller of a new block wants only size bytes for now.
void FastHeap::shrink_request(void* payload, std::size_t size) {
  const Call call(*this);
  EventScope scope(events_);
  FastBlock* block = nullptr;
  const FastMapping* mapping = nullptr;
  if (find(payload, block, mapping) != MH_OK) return;
  if (mapping != nullptr) {
    mappings_.set_requested(mapping, size);
  } else {
    block->use(size);
  }
  scope.emit(EventKind::resize, address_of(payload) - header_bytes, size);
}

void* FastHeap::resize_mapping(const FastMapping* mapping, std::size_t size, EventScope& scope) {
  if (size < mapping_threshold_ / 2) return nullptr;  // it goes back among the others
  const std::uint64_t before = address_of(mapping->block);
  const std::size_t bytes = mapping->bytes;
  mapping = mappings_.resize(mapping, size);
  if (mapping == nullptr) return nullptr;
  arena_.set_beside(mappings_.bytes());
  const std::uint64_t after = address_of(mapping->block);
  if (after == before && bytes == mapping->bytes) {
    scope.emit(EventKind::resize, after, size);
  } else {
    scope.emit(EventKind::free, before);
    scope.emit(EventKind::unmapped, before);
    scope.emit(EventKind::mapped, after, mapping->size(), header_bytes);
    scope.emit(EventKind::alloc, after, size);
  }
  return mapping->block->payload();
}

std::size_t FastHeap::usable_size(const void* pointer) const {
  if (pointer == nullptr) return 0;
  const std::lock_guard guard(lock_);
  FastBlock* block = nullptr;
  const FastMapping* mapping = nullptr;
  if (find(pointer, block, mapping) != MH_OK) return 0;
  return mapping != nullptr ? mapping->capacity() : block->usable();
}

// ---- caches

/// nullptr if the thread has none and gets none.
FastCache* FastHeap::cache_of_this_thread() {
  FastCache* const cache = fast_thread.caches[place()];
  return cache != &no_fast_cache ? cache : nullptr;
}

/// Before the lock is taken: gives the thread a cache, if it has none and may have one.
void FastHeap::prepare_thread() {
  if (fast_thread.caches[place()] != &no_fast_cache) return;
  if (!entered_.load(std::memory_order_acquire)) enter();
  if (place() == 0 || !fast_threads.list_this_thread()) return;
  if (fast_thread.caches[place()] != &no_fast_cache) return;  // made on the way
  const std::lock_guard guard(lock_);
  fast_thread.caches[place()] = make_cache();
}

/// Gets the heap its place among the heaps with caches, once.
void FastHeap::enter() {
  const unsigned place = fast_threads.enter(*this);
  const std::lock_guard guard(lock_);
  if (entered_.load(std::memory_order_relaxed)) {
    if (place != 0) fast_threads.leave(place);
    return;
  }
  place_.store(place, std::memory_order_relaxed);
  entered_.store(true, std::memory_order_release);
}

/// With the lock. no_fast_cache if there is no memory.
FastCache* FastHeap::make_cache() {
  FastCache* cache = spare_caches_;
  if (cache != nullptr) {
    spare_caches_ = cache->next;
  } else {
    if (pool_ == nullptr) pool_ = map_zeros<FastPool>();
    if (pool_ != nullptr) cache = map_zeros<FastCache>();
    if (cache == nullptr) return &no_fast_cache;
  }
  cache->medium_limit = FastCache::least_medium;
  cache->shelf_limit = shelf_limit();
  cache->previous = nullptr;
  cache->next = caches_;
  if (caches_ != nullptr) caches_->previous = cache;
  caches_ = cache;
  return cache;
}

/// Puts blocks into an empty stack; how many.
unsigned FastHeap::fill(FastCache& cache, std::uint32_t grains, EventScope& scope) {
  FastCache::Bin& bin = cache.bins[grains];
  widen(bin, grains);
  const auto wanted = static_cast<unsigned>((bin.limit + 1) / 2);
  const std::size_t size = std::size_t{grains} * FastBlock::grain;
  if (const unsigned many = take_from_shelf(cache, grains); many != 0) return many;
  if (const unsigned many = take_from_pool(bin, grains); many != 0) return many;
  FastBlock** const blocks = bin.blocks.data();
  unsigned many = arena_.take_many(size, blocks, wanted, false, scope);
  if (many == 0 && drain_pool(scope)) {
    many = arena_.take_many(size, blocks, wanted, false, scope);
  }
  if (many == 0) many = arena_.take_many(size, blocks, wanted, true, scope);
  for (unsigned i = 0; i < many; ++i) {
    blocks[i]->become(FastState::cached);
    scope.emit(EventKind::cache, address_of(blocks[i]), 0, 1);
  }
  std::reverse(blocks, blocks + many);  // the lowest address comes first
  bin.set_count(many);
  return many;
}

/// Takes the oldest blocks out of a stack.
void FastHeap::flush(FastCache& cache, std::uint32_t grains, unsigned many, EventScope& scope) {
  FastCache::Bin& bin = cache.bins[grains];
  pool_or_give(bin.blocks.data(), many, grains, scope);
  bin.drop_oldest(many);
  cache.shelf_limit = shelf_limit();
}

/// Threads that wait for each other, and write to each other's lines of the cache, cost more than
/// what lies on their shelves. One thread alone needs none: it has the pool.
std::size_t FastHeap::shelf_limit() const {
  return FastLock::alone() ? 0 : std::max(least_shelf, arena_.bytes() / shelf_share);
}

void FastHeap::pool_or_give(FastBlock** blocks, unsigned many, std::uint32_t grains,
                            EventScope& scope) {
  if (!pool_has_room(grains, many)) {
    arena_.give_many(blocks, many, grains, scope);
    return;
  }
  pool_->put(grains, blocks, many);
}

/// The pools of all sizes together hold at most a quarter of the heap, or 128 KiB.
bool FastHeap::pool_has_room(std::uint32_t grains, unsigned many) const {
  return pool_->has_room(grains, many) &&
         pool_->bytes() < std::max(std::size_t{128} << 10, arena_.bytes() / 4);
}

/// Before the heap grows: if the pools hold much, all of it goes back to the arena.
bool FastHeap::drain_pool(EventScope& scope) {
  const std::size_t least = std::max(std::size_t{64} << 10, arena_.bytes() / 32);
  if (pool_ == nullptr || pool_->bytes() < least) return false;
  empty_pool(scope);
  return true;
}

void FastHeap::empty_pool(EventScope& scope) {
  if (pool_ == nullptr) return;
  for (std::uint32_t grains = 2; grains < FastCache::grains_end; ++grains) {
    const unsigned count = pool_->count(grains);
    if (count == 0) continue;
    arena_.give_many(pool_->blocks(grains), count, grains, scope);
    pool_->forget(grains, count);
  }
}

void FastHeap::empty(FastCache& cache, EventScope& scope) {
  for (std::uint32_t grains = 2; grains < FastCache::grains_end; ++grains) {
    FastCache::Bin& bin = cache.bins[grains];
    if (bin.count() != 0) flush(cache, grains, bin.count(), scope);
    if (const unsigned many = cache.shelf.count(grains); many != 0) {
      pool_or_give(cache.shelf.blocks(grains), many, grains, scope);
      cache.shelf.forget(grains, many);
    }
    counts_.frees += bin.pushes();
    bin.clear();
  }
  for (unsigned index = FastCache::grains_end; index < FastCache::bin_count; ++index) {
    FastCache::Bin& bin = cache.bins[index];
    for (unsigned i = 0; i < bin.count(); ++i) {
      arena_.give_many(&bin.blocks[i], 1, bin.blocks[i]->grains(), scope);
    }
    counts_.frees += bin.pushes();
    bin.clear();
  }
  cache.medium_bytes = 0;
}

/// The cache's thread is gone.
void FastHeap::retire(FastCache& cache) {
  const Call call(*this, Call::Thread::as_it_is);
  EventScope scope(events_);
  empty(cache, scope);
  if (cache.previous != nullptr) cache.previous->next = cache.next;
  if (cache.next != nullptr) cache.next->previous = cache.previous;
  if (caches_ == &cache) caches_ = cache.next;
  cache.next = spare_caches_;
  spare_caches_ = &cache;
}

bool FastHeap::trim(std::size_t keep) {
  const Call call(*this);
  EventScope scope(events_);
  if (FastCache* const cache = cache_of_this_thread()) empty(*cache, scope);
  empty_pool(scope);
  return arena_.trim(keep, scope);
}

}  // namespace mh
