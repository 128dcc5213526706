// What threads keep at hand of a fast heap: their caches, their shelves, and the pool between them.

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <utility>

#include "core/heap/fast/fast_call.hpp"
#include "core/heap/fast/fast_heap.hpp"

namespace mh {

namespace {

/// An object whose bytes are all zero at first, in pages of its own: only those that are used take
/// memory. nullptr if there is none.
template <typename Object>
Object* map_zeros() {
  void* const memory = mmap(nullptr, sizeof(Object), PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return memory != MAP_FAILED ? static_cast<Object*>(memory) : nullptr;
}

}  // namespace

// ---- between a thread's cache and the pool

/// A block of the pool, and more for the thread's cache. nullptr if there is none, or no cache.
void* FastHeap::allocate_pooled(std::size_t size) {
  if (size - 1 >= FastCache::max_request || events_.active()) return nullptr;
  FastCache* const cache = cache_of_this_thread();
  if (cache == nullptr) return nullptr;
  const std::uint32_t grains = FastBlock::grains_for(size);
  FastCache::Bin& bin = cache->bins[grains];
  if (bin.count() != 0) return nullptr;  // somebody stopped listening just now
  if (cache->shelf.count(grains) == 0 && pool_->count(grains) == 0) return nullptr;
  widen(bin, grains);
  if (take_from_shelf(*cache, grains) == 0) {
    const std::lock_guard guard(lock_);
    if (take_from_pool(bin, grains) == 0) return nullptr;
  }
  return try_allocate(size);
}

/// A medium block that the thread kept. nullptr if there is none.
void* FastHeap::allocate_medium(std::size_t size) {
  if (!FastCache::is_medium(size) || events_.active()) return nullptr;
  FastCache* const cache = cache_of_this_thread();
  FastBlock* const block =
      cache != nullptr ? cache->take_medium(FastBlock::grains_for(size)) : nullptr;
  if (block == nullptr) return nullptr;
  block->use(size);
  return block->payload();
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
    return cache->keep_medium(block, small.grains, small.hash, true);
  }
  FastCache::Bin& bin = cache->bins[small.grains];
  const std::uint32_t limit = bin.limit;
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
  if (bin.limit < greatest) bin.limit = std::min(greatest, bin.limit * 2 + 2);
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
  const unsigned many = cache.shelf.take(grains, bin.blocks.data(), (bin.limit + 1) / 2);
  bin.set_count(many);
  return many;
}

/// With the lock. Blocks for an empty stack; how many.
unsigned FastHeap::take_from_pool(FastCache::Bin& bin, std::uint32_t grains) {
  pool_->sort_if_scattered(grains);
  const unsigned many = pool_->take(grains, bin.blocks.data(), bin.batch());
  bin.drawn += many;
  bin.set_count(many);
  return many;
}

// ---- caches

/// nullptr if the thread has none and gets none.
FastCache* FastHeap::cache_of_this_thread() {
  FastCache& cache = at_hand();
  return &cache != &no_fast_cache ? &cache : nullptr;
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

void FastHeap::forgo_caches() {
  if (!entered_.load(std::memory_order_acquire)) enter();
  const unsigned place = place_.exchange(0, std::memory_order_relaxed);
  if (place == 0) return;
  FastCache* const cache = std::exchange(fast_thread.caches[place], &no_fast_cache);
  if (cache != &no_fast_cache) retire(*cache);
}

/// With the lock. no_fast_cache if there is no memory.
FastCache* FastHeap::make_cache() {
  FastCache* cache = spare_caches_;
  if (cache != nullptr) {
    spare_caches_ = cache->next;
    --spare_count_;
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
  const unsigned wanted = bin.batch();
  const std::size_t size = std::size_t{grains} * FastBlock::grain;
  if (const unsigned many = take_from_shelf(cache, grains); many != 0) return many;
  if (const unsigned many = take_from_pool(bin, grains); many != 0) return many;
  arena_.age_whole(scope);
  FastBlock** const blocks = bin.blocks.data();
  unsigned many = arena_.take_many(size, blocks, wanted, false, scope);
  if (many == 0 && drain_pool(scope)) {
    many = arena_.take_many(size, blocks, wanted, false, scope);
  }
  if (many == 0 && give_excess(cache, scope)) {
    many = arena_.take_many(size, blocks, wanted, false, scope);
  }
  if (many == 0) many = arena_.take_many(size, blocks, wanted, true, scope);
  bin.drawn += many;
  bin.set_count(many);
  return many;
}

/// Before the heap grows: if the thread has many more blocks at hand than it uses, of whatever
/// sizes, those go back to the arena.
bool FastHeap::give_excess(FastCache& cache, EventScope& scope) {
  const std::size_t least = std::max(std::size_t{16} << 10, arena_.bytes() / 32);
  std::size_t bytes = 0;
  for (std::uint32_t grains = 2; grains < FastCache::grains_end; ++grains) {
    bytes += std::size_t{cache.excess(grains)} * grains * FastBlock::grain;
  }
  if (bytes < least) return false;
  for (std::uint32_t grains = 2; grains < FastCache::grains_end; ++grains) {
    FastCache::Bin& bin = cache.bins[grains];
    const unsigned many = cache.excess(grains);
    const unsigned shelved = std::min(many, cache.shelf.count(grains));
    FastBlock** const last = cache.shelf.entries(grains) + cache.shelf.count(grains);
    arena_.give_many(last - shelved, shelved, grains, scope);
    cache.shelf.forget(grains, shelved);
    arena_.give_many(bin.blocks.data(), many - shelved, grains, scope);
    bin.drop_oldest(many - shelved);
    bin.drawn -= std::min(bin.drawn, many);
  }
  return true;
}

/// Takes the oldest blocks out of a stack.
void FastHeap::flush(FastCache& cache, std::uint32_t grains, unsigned many, EventScope& scope) {
  FastCache::Bin& bin = cache.bins[grains];
  pool_or_give(bin.blocks.data(), many, grains, scope);
  bin.drawn -= std::min(bin.drawn, many);
  bin.drop_oldest(many);
  cache.shelf_limit = shelf_limit();
  arena_.age_whole(scope);
}

/// Threads that wait for each other, and write to each other's lines of the cache, cost more than
/// what lies on their shelves. One thread alone needs none: it has the pool.
std::size_t FastHeap::shelf_limit() const {
  return FastLock::alone() ? 0 : std::max(least_shelf, arena_.bytes() / shelf_share);
}

void FastHeap::pool_or_give(FastBlock** blocks, unsigned many, std::uint32_t grains,
                            EventScope& scope) {
  if (!pool_has_room(grains, many) || !pool_->reaches(blocks, many)) {
    arena_.give_many(blocks, many, grains, scope);
    return;
  }
  pool_->put(grains, blocks, many);
}

/// The pools of all sizes together hold at most half of the heap, or 128 KiB.
bool FastHeap::pool_has_room(std::uint32_t grains, unsigned many) const {
  return pool_->has_room(grains, many) &&
         pool_->bytes() < std::max(std::size_t{128} << 10, arena_.bytes() / 2);
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
  std::array<FastBlock*, 256> blocks{};
  for (std::uint32_t grains = 2; grains < FastCache::grains_end; ++grains) {
    pool_->sort(grains);
    while (const unsigned many = pool_->take(grains, blocks.data(), blocks.size())) {
      arena_.give_many(blocks.data(), many, grains, scope);
    }
  }
}

/// Once hardly anything is in use a peak is over: what the pool and this thread keep is merged,
/// which parts what could go back to the system, and that goes back. (glibc, too, takes back what
/// it keeps when much is free.) Not again before half of what is in use is gone, or more was in
/// use; and as much may stay as proved to be wanted again: waves of some size keep their memory.
/// least_free: less than that stays.
void FastHeap::give_back_if_past_peak(std::size_t least_free, EventScope& scope) {
  constexpr std::size_t heap_to_used = 64;
  constexpr std::size_t little_used = std::size_t{256} << 10;
  constexpr std::size_t free_to_kept = 8;  // with what the thread keeps, which takes time to count
  constexpr std::size_t stays = std::size_t{512} << 10;
  if (pool_ == nullptr) return;
  const std::size_t heap = arena_.bytes();
  const std::size_t kept = arena_.taken_bytes() - pool_->bytes();
  if (heap - kept < std::max({least_free, arena_.trim_threshold(), free_to_kept * kept})) {
    used_after_peak_ = heap;
    return;
  }
  const std::size_t used = kept - std::min(kept, at_hand().bytes());
  if (used > std::min(used_after_peak_ / 2, std::max(heap / heap_to_used, little_used))) return;
  used_after_peak_ = used;
  give_all_back(stays, scope);
}

/// Merges what the calling thread and the pool keep, and gives all that the system can have back,
/// but for keep bytes at the top. Whether the heap has become smaller.
bool FastHeap::give_all_back(std::size_t keep, EventScope& scope) {
  if (FastCache* const cache = cache_of_this_thread()) empty(*cache, scope);
  empty_pool(scope);
  return arena_.trim(keep, scope);
}

/// For want of memory. Whether there were some.
bool FastHeap::give_addresses_back(EventScope& scope) {
  const bool trimmed = give_all_back(0, scope);
  return arena_.unmap_free_regions(scope) || trimmed;
}

void FastHeap::empty(FastCache& cache, EventScope& scope) {
  for (std::uint32_t grains = 2; grains < FastCache::grains_end; ++grains) {
    FastCache::Bin& bin = cache.bins[grains];
    finish_push(bin, grains);
    if (bin.count() != 0) flush(cache, grains, bin.count(), scope);
    if (const unsigned many = cache.shelf.count(grains); many != 0) {
      pool_or_give(cache.shelf.entries(grains), many, grains, scope);
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
  // After a fork these sums may be those of the middle of a move.
  cache.shelf.clear();
  cache.medium_bytes = 0;
}

/// A thread that was in free() when another one called fork() may have put a block into its stack
/// and not yet said so in the block.
void FastHeap::finish_push(FastCache::Bin& bin, std::uint32_t grains) {
  FastBlock* const block = bin.count() != 0 ? bin.top() : nullptr;
  if (block == nullptr || block->grains() != grains) return;
  const std::uint32_t hash = FastBlock::hash(block, grains);
  if (block->is_used(hash)) block->become(hash, FastState::cached, 0);
}

/// The cache's thread is gone.
void FastHeap::retire(FastCache& cache) {
  const Call call(*this, Call::Thread::as_it_is);
  EventScope scope(events_);
  empty(cache, scope);
  constexpr std::size_t least_free = std::size_t{2} << 20;
  give_back_if_past_peak(least_free, scope);  // it may be the last of many, and nobody call again
  if (cache.previous != nullptr) cache.previous->next = cache.next;
  if (cache.next != nullptr) cache.next->previous = cache.previous;
  if (caches_ == &cache) caches_ = cache.next;
  constexpr unsigned most_spare = 4;
  if (spare_count_ == most_spare) {
    munmap(&cache, sizeof cache);
    return;
  }
  cache.next = spare_caches_;
  spare_caches_ = &cache;
  ++spare_count_;
}

}  // namespace mh
