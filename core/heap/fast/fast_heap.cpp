#include "core/heap/fast/fast_heap.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <mutex>

#include "core/heap/fast/fast_call.hpp"

namespace mh {

namespace {

std::uint64_t address_of(const void* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer);
}

constexpr std::uint64_t header_bytes = FastBlock::header_bytes;

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

// ---- malloc

/// fresh, if asked for: where in the payload the bytes begin that are zero; nullptr: perhaps none.
void* FastHeap::allocate_locked(std::size_t size, std::size_t alignment, std::byte** fresh,
                                const Told& told) {
  if (size == 0) return nullptr;
  Call call(*this);
  EventScope scope(events_);
  if (told.call != CallKind{}) scope.tell_call(told.call, told.argument, told.address);
  if (size <= max_request) {
    void* payload = allocate_any(size, alignment, scope, fresh);
    // What is free here may be what a limit of the system counts.
    if (payload == nullptr && give_addresses_back(scope)) {
      payload = allocate_any(size, alignment, scope, fresh);
    }
    if (payload != nullptr) return payload;
  }
  return call.fail_with(ENOMEM, refuse(size, scope));
}

void* FastHeap::allocate_any(std::size_t size, std::size_t alignment, EventScope& scope,
                             std::byte** fresh) {
  if (size <= FastCache::max_request && alignment <= FastBlock::grain) {
    if (fresh != nullptr) *fresh = nullptr;
    return allocate_small(size, scope);
  }
  // For a great alignment the heap would have to grow by as much.
  void* payload = nullptr;
  if (std::max(size, alignment) >= mapping_threshold_) {
    payload = allocate_mapped(size, alignment, scope);
  }
  if (fresh != nullptr) *fresh = static_cast<std::byte*>(payload);
  return payload != nullptr ? payload : allocate_large(size, alignment, scope, fresh);
}

void* FastHeap::allocate_small(std::size_t size, EventScope& scope) {
  const std::uint32_t grains = FastBlock::grains_for(size);
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
  FastCache* const cache =
      alignment <= FastBlock::grain && FastCache::is_medium(size) && events_.active()
          ? cache_of_this_thread()
          : nullptr;  // without a listener malloc looked into it already
  FastBlock* block = cache != nullptr ? cache->take_medium(FastBlock::grains_for(size)) : nullptr;
  const bool kept = block != nullptr;
  if (!kept) block = take_block(FastBlock::size_for(size), alignment, scope);
  if (block == nullptr) return nullptr;
  block->use(size);
  scope.emit(EventKind::alloc, address_of(block), size);
  if (fresh != nullptr) {
    *fresh = kept || alignment > FastBlock::grain ? nullptr : arena_.fresh_from();
  }
  return block->payload();
}

/// A block from the arena; what the pools hold comes before new memory.
FastBlock* FastHeap::take_block(std::size_t size, std::size_t alignment, EventScope& scope) {
  if (alignment > FastBlock::grain) return arena_.take_aligned(alignment, size, scope);
  FastBlock* block = arena_.take_whole(size);
  if (block == nullptr) block = arena_.take(size, false, scope);
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
  // All that malloc_usable_size() tells the caller is zero, not only what he asked for.
  if (void* const payload = try_allocate(bytes); payload != nullptr) {
    return std::memset(payload, 0, FastBlock::of_payload(payload)->usable());
  }
  std::byte* fresh = nullptr;
  auto* const payload = static_cast<std::byte*>(
      allocate_locked(bytes, FastBlock::grain, &fresh, {CallKind::calloc, count}));
  if (payload != nullptr && fresh != payload) {
    const std::size_t usable = FastBlock::of_payload(payload)->usable();
    const auto used_before = fresh != nullptr ? static_cast<std::size_t>(fresh - payload) : usable;
    std::memset(payload, 0, std::min(usable, used_before));
  }
  return payload;
}

void* FastHeap::allocate_aligned(std::size_t alignment, std::size_t size) {
  if (alignment == 0 || (alignment & (alignment - 1)) != 0) {
    errno = EINVAL;
    return nullptr;
  }
  if (alignment <= FastBlock::grain && !events_.active()) return allocate(size);
  const Told told{CallKind::aligned_alloc, alignment};
  if (alignment > max_request || size > max_request) alignment = size = max_request + 1;
  return allocate_locked(size, std::max(alignment, FastBlock::grain), nullptr, told);
}

/// Want of memory is no mistake: an event, and no handler.
void* FastHeap::refuse(std::size_t size, EventScope& scope) {
  ++counts_.failed;
  scope.emit(EventKind::error, 0, size, MH_OUT_OF_MEMORY);
  return nullptr;
}

// ---- free

void FastHeap::release_in_full(void* pointer, const Told& told) {
  if (pointer == nullptr) return;
  Call call(*this);
  EventScope scope(events_);
  if (told.call != CallKind{}) scope.tell_call(told.call, told.argument, told.address);
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
    give_large(block, scope);
    return;
  }
  if (grains >= FastCache::grains_end) {
    cache->medium_limit = std::max(FastCache::least_medium, arena_.bytes() / medium_share);
    if (cache->keep_medium(block, grains, FastBlock::hash(block, grains), false)) {
      scope.emit(EventKind::cache, address_of(block), 0, 1);
    } else {
      give_large(block, scope);
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

void FastHeap::give_large(FastBlock* block, EventScope& scope) {
  constexpr std::size_t least_free = std::size_t{8} << 20;
  if (!arena_.give_large(block, scope)) give_back_if_past_peak(least_free, scope);
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
/// nullptr, and nothing has changed, if that is not possible, or if it may grow where it is.
void* FastHeap::try_reallocate(void* pointer, std::size_t size) {
  FastBlock* const block = FastBlock::of_payload(pointer);
  InUse small;
  if (size > FastCache::max_request || !in_use(block, small)) return nullptr;
  if (small.grains >= FastCache::grains_end) return nullptr;
  const std::size_t whole = small.grains * FastBlock::grain;
  const std::size_t wanted = FastBlock::size_for(size);
  if (wanted <= whole) {
    const bool far_too_large =
        wanted <= whole / 2 && block->capacity() - size > FastBlock::max_slack;
    if (far_too_large) return nullptr;
    block->use(size);
    return pointer;
  }
  const FastBlock* const next = block->next();
  if (next->state() == FastState::free && whole + next->size() >= wanted) return nullptr;
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
      if (void* const resized = resize_mapping(mapping, size, false, scope)) return resized;
      kept = mapping->capacity();
    } else {
      if (resize_block(block, size, true, scope)) return pointer;
      kept = block->usable();
    }
  }
  // The block is the caller's, so it stays as it is while the lock is not held.
  // One that grows will grow on: with some room it need not move each time.
  const bool grows = size > kept && size >= 256 && size < max_request / 2;
  const Told told{CallKind::realloc, 0, address_of(FastBlock::of_payload(pointer))};
  const auto get = [&](std::size_t bytes) {
    return events_.active() ? allocate_locked(bytes, FastBlock::grain, nullptr, told)
                            : allocate(bytes);
  };
  void* moved = grows ? get(size + size / 8) : nullptr;
  if (moved != nullptr) {
    shrink_request(moved, size);
  } else {
    moved = get(size);
  }
  if (moved == nullptr) return resize_at_last(pointer, size);
  std::memcpy(moved, pointer, std::min(kept, size));
  events_.active() ? release_in_full(pointer, told) : release(pointer);
  return moved;
}

/// In place, or not at all.
bool FastHeap::resize_block(FastBlock* block, std::size_t size, bool may_move, EventScope& scope) {
  const std::size_t wanted = FastBlock::size_for(size);
  const std::size_t whole = block->size();
  if (wanted <= whole) {
    // What becomes small, or was, and is far too large moves to a block of its size: cut, it would
    // go to the caches when it is freed, and lie between free ranges.
    constexpr std::size_t small_end = FastCache::grains_end * FastBlock::grain;
    const bool small = whole < small_end;
    if (may_move && wanted < small_end && wanted <= whole / 2) return false;
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

/// Where no memory came to move to: without, after all that is free went back. nullptr, and nothing
/// has changed, if that is not possible.
void* FastHeap::resize_at_last(void* pointer, std::size_t size) {
  const Call call(*this);
  EventScope scope(events_);
  FastBlock* block = nullptr;
  const FastMapping* mapping = nullptr;
  if (find(pointer, block, mapping) != MH_OK) return nullptr;
  if (mapping != nullptr) return resize_mapping(mapping, size, true, scope);
  return resize_block(block, size, false, scope) ? pointer : nullptr;
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

/// nullptr, and nothing has changed, if it cannot be, or, unless it must stay, should go back among
/// the others.
void* FastHeap::resize_mapping(const FastMapping* mapping, std::size_t size, bool must_stay,
                               EventScope& scope) {
  if (size < mapping_threshold_ / 2 && !must_stay) return nullptr;
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

bool FastHeap::trim(std::size_t keep) {
  const Call call(*this);
  EventScope scope(events_);
  return give_all_back(keep, scope);
}

}  // namespace mh
