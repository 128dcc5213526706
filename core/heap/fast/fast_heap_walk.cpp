// The fast heap looked at: errors, figures, walks.

#include <algorithm>
#include <cstring>
#include <mutex>

#include "core/events/clock.hpp"
#include "core/heap/address.hpp"
#include "core/heap/fast/fast_call.hpp"
#include "core/heap/fast/fast_heap.hpp"

namespace mh {

namespace {

constexpr std::uint64_t header_bytes = FastBlock::header_bytes;

mh_block seen_as(const FastBlock* block) {
  mh_block seen{};
  seen.address = block;
  seen.size = block->size();
  seen.used = block->state() == FastState::used;
  seen.foreign = block->state() == FastState::fence;
  seen.cached = block->state() == FastState::cached;
  seen.header = seen.foreign != 0 ? 0 : header_bytes;
  seen.requested = seen.used != 0 ? block->requested() : 0;
  return seen;
}

mh_block seen_in(const FastArena& arena, const FastArena::Region& region, const FastBlock* block) {
  mh_block seen = seen_as(block);
  seen.size = arena.covered_by(block, region);
  seen.mapped = region.mapped;
  return seen;
}

mh_block seen_as(const FastMapping& mapping) {
  mh_block seen{};
  seen.address = mapping.block;
  seen.size = mapping.size();
  seen.header = header_bytes;
  seen.requested = mapping.requested;
  seen.used = 1;
  seen.mapped = 1;
  return seen;
}

void add_to(mh_stats& stats, const mh_block& block) {
  const std::size_t payload = block.size - block.header;
  stats.heap += block.size;
  stats.header += block.header;
  if (block.foreign != 0) {
    stats.foreign += payload;
  } else if (block.used != 0) {
    ++stats.used_blocks;
    stats.requested += block.requested;
    stats.padding += payload - block.requested;
    mh_size_class& of_size = stats.size_class[size_class_of(block.requested)];
    ++of_size.blocks;
    of_size.requested += block.requested;
  } else {
    ++stats.free_blocks;
    stats.free += payload;
    stats.largest_free = std::max(stats.largest_free, payload);
  }
}

}  // namespace

// ---- which block a pointer means

mh_error FastHeap::find(const void* pointer, FastBlock*& block, const FastMapping*& mapping) const {
  block = nullptr;
  mapping = nullptr;
  FastBlock* const candidate = FastBlock::of_payload(pointer);
  if (address_of(pointer) % FastBlock::grain == 0 && arena_.contains(candidate)) {
    if (!candidate->sealed()) return name_error(pointer, block);
    block = candidate;
    switch (candidate->state()) {
      case FastState::used:
        return MH_OK;
      case FastState::free:
      case FastState::cached:
        return MH_DOUBLE_FREE;
      default:
        return MH_INVALID_POINTER;
    }
  }
  mapping = mappings_.find(pointer);
  return mapping != nullptr ? MH_OK : name_error(pointer, block);
}

/// What is wrong with a pointer to which no sealed header belongs: only a walk tells.
mh_error FastHeap::name_error(const void* pointer, FastBlock*& found) const {
  if (!arena_.contains(pointer)) {
    const bool elsewhere = directory_ != nullptr && directory_->covered_by_another(*this, pointer);
    return elsewhere ? MH_OTHER_HEAP : MH_INVALID_POINTER;
  }
  const FastBlock* damaged = nullptr;
  const FastBlock* const block = covering(pointer, &damaged);
  found = const_cast<FastBlock*>(block != nullptr ? block : damaged);
  if (block == nullptr) return damaged != nullptr ? MH_HEADER_DAMAGED : MH_INVALID_POINTER;
  if (block->state() == FastState::fence) return MH_INVALID_POINTER;
  if (address_of(pointer) % FastBlock::grain != 0) return MH_MISALIGNED_POINTER;
  return block->state() == FastState::used ? MH_INTERIOR_POINTER : MH_DOUBLE_FREE;
}

/// The block of a region that contains address. nullptr with *damaged set: a header before it, or
/// its own, is damaged.
const FastBlock* FastHeap::covering(const void* address, const FastBlock** damaged) const {
  const auto* const byte = static_cast<const std::byte*>(address);
  for (unsigned i = 0; i < arena_.region_count(); ++i) {
    const FastArena::Region& region = arena_.region(i);
    if (byte < region.start || byte >= region.end) continue;
    const FastBlock* last = nullptr;
    const bool whole = arena_.for_each(region, &last, [byte](const FastBlock* block) {
      return byte >= block->address() + block->size();
    });
    if (whole) return nullptr;
    if (last->sealed()) return last;
    if (byte < last->payload() + FastBlock::smallest) *damaged = last;
  }
  return nullptr;
}

void FastHeap::report(mh_error error, const void* pointer, const FastBlock* block,
                      EventScope& scope) {
  ++counts_.errors;
  const bool used = block != nullptr && block->sealed() && block->state() == FastState::used;
  const std::size_t requested = used ? block->requested() : 0;
  scope.emit(EventKind::error, address_of(pointer), requested, static_cast<std::uint8_t>(error));
  if (handler_ == nullptr) return;
  const mh_report report{
      .error = error,
      .pointer = pointer,
      .block = block,
      .requested = requested,
      .offset = block != nullptr ? static_cast<const std::byte*>(pointer) - block->payload() : 0,
      .slot = 0};
  handler_(&report, handler_context_);
}

void FastHeap::set_error_handler(mh_error_handler handler, void* context) {
  const std::lock_guard guard(lock_);
  handler_ = handler;
  handler_context_ = context;
}

/// At the end of each call with the lock.
void FastHeap::settle() {
  lowest_.store(address_of(arena_.lowest()), std::memory_order_relaxed);
  grains_.store(static_cast<std::size_t>(arena_.highest() - arena_.lowest()) / FastBlock::grain,
                std::memory_order_relaxed);
  const void* where = nullptr;
  const mh_error error = arena_.take_damage(&where);
  if (error != MH_OK && where != known_damage_) {
    known_damage_ = where;  // it is met again and again
    EventScope scope(events_);
    report(error, where, static_cast<const FastBlock*>(where), scope);
  }
  // The picture began anew with the memory below the break; what has mappings is told again.
  const bool began = arena_.take_began() && mappings_.bytes() != 0;
  if (events_.walk_wanted() || (began && events_.active())) describe();
}

// ---- looking at the heap

/// Calls visit(const mh_block&) for each block in the order of addresses, while it returns true.
template <typename Visit>
void FastHeap::for_each_block(Visit&& visit) const {
  const FastMapping* mapping = mappings_.lowest();
  const unsigned count = arena_.region_count();
  const std::byte* done = nullptr;  // regions that begin at or below it have been visited
  bool more = true;
  const auto visit_mappings_below = [&](const std::byte* limit) {
    while (more && mapping != nullptr && (limit == nullptr || mapping->base < limit)) {
      more = visit(seen_as(*mapping));
      mapping = mappings_.above(mapping);
    }
  };
  for (unsigned i = 0; more && i < count; ++i) {
    const FastArena::Region* next = nullptr;
    for (unsigned j = 0; j < count; ++j) {
      const FastArena::Region& region = arena_.region(j);
      if (region.start > done && (next == nullptr || region.start < next->start)) next = &region;
    }
    done = next->start;
    visit_mappings_below(done);
    const FastBlock* last = nullptr;
    if (more) {
      arena_.for_each(*next, &last, [&](const FastBlock* block) {
        const bool hidden = next->mapped && block->state() == FastState::fence;
        return more = hidden || visit(seen_in(arena_, *next, block));
      });
    }
  }
  visit_mappings_below(nullptr);
}

mh_stats FastHeap::stats() const {
  const std::lock_guard guard(lock_);
  mh_stats stats = counts_;
  stats.break_moves = arena_.break_moves();
  stats.splits = arena_.splits();
  stats.merges = arena_.merges();
  stats.peak_heap = std::max(arena_.peak_bytes(), counts_.peak_heap);
  for (const FastCache* cache = caches_; cache != nullptr; cache = cache->next) {
    for (const FastCache::Bin& bin : cache->bins) stats.frees += bin.pushes();
  }
  for_each_block([&stats](const mh_block& block) {
    add_to(stats, block);
    return true;
  });
  stats.mallocs = stats.frees + stats.used_blocks + dropped_;
  stats.peak_requested = std::max(stats.peak_requested, stats.requested);
  return stats;
}

mh_error FastHeap::check(const void** where) const {
  const std::lock_guard guard(lock_);
  const void* at = nullptr;
  mh_error error = check_regions(&at);
  for (const FastMapping* mapping = mappings_.lowest(); error == MH_OK && mapping != nullptr;
       mapping = mappings_.above(mapping)) {
    if (mapping->block->is(FastState::mapped)) continue;
    error = MH_HEADER_DAMAGED;
    at = mapping->block;
  }
  if (where != nullptr) *where = at;
  return error;
}

mh_error FastHeap::check_regions(const void** where) const {
  mh_error error = MH_OK;
  std::size_t free_blocks = 0;
  for (unsigned i = 0; error == MH_OK && i < arena_.region_count(); ++i) {
    error = arena_.check(arena_.region(i), where, &free_blocks);
  }
  std::size_t binned = 0;
  arena_.for_each_binned([&binned](const FastBlock*) { return ++binned != 0; });
  return error == MH_OK && free_blocks != binned ? MH_LIST_BROKEN : error;
}

FastHeap::WalkEnd FastHeap::walk(mh_visitor visitor, void* context) const {
  const std::lock_guard guard(lock_);
  return walk_locked(visitor, context);
}

/// By size, the smallest first, as the bins are searched.
void FastHeap::walk_free(mh_visitor visitor, void* context) const {
  const std::lock_guard guard(lock_);
  arena_.for_each_binned([&](const FastBlock* block) {
    const mh_block seen = seen_as(block);
    return visitor(&seen, context) != 0;
  });
}

bool FastHeap::block_at(const void* address, mh_block& block) const {
  const std::lock_guard guard(lock_);
  const FastBlock* damaged = nullptr;
  if (const FastBlock* const found = covering(address, &damaged); found != nullptr) {
    for (unsigned i = 0; i < arena_.region_count(); ++i) {
      const FastArena::Region& region = arena_.region(i);
      if (found->address() < region.start || found->address() >= region.end) continue;
      block = seen_in(arena_, region, found);
    }
    return true;
  }
  for (const FastMapping* mapping = mappings_.lowest(); mapping != nullptr;
       mapping = mappings_.above(mapping)) {
    const auto* const byte = static_cast<const std::byte*>(address);
    if (byte < mapping->block->address() || byte >= mapping->base + mapping->bytes) continue;
    block = seen_as(*mapping);
    return true;
  }
  return false;
}

bool FastHeap::covers(const void* address) const {
  return address_of(address) - lowest_.load(std::memory_order_relaxed) <
         grains_.load(std::memory_order_relaxed) * FastBlock::grain;
}

bool FastHeap::walk_within(std::uint64_t timeout_ns, mh_visitor visitor, void* context,
                           WalkEnd& end) const {
  if (!lock_.try_lock_for(timeout_ns)) return false;
  const std::lock_guard guard(lock_, std::adopt_lock);
  end = walk_locked(visitor, context);
  return true;
}

FastHeap::WalkEnd FastHeap::walk_locked(mh_visitor visitor, void* context) const {
  const std::uint64_t clock = clock_now();
  for_each_block([&](const mh_block& block) { return visitor(&block, context) != 0; });
  return {.start = arena_.start(), .end = arena_.end(), .clock = clock};
}

void FastHeap::reset() {
  const Call call(*this);
  EventScope scope(events_);
  dropped_ += count_used();
  for (FastCache* cache = caches_; cache != nullptr; cache = cache->next) {
    cache->forget_blocks();
  }
  if (pool_ != nullptr) pool_->clear();
  counts_.peak_heap = counts_.peak_requested = 0;
  mappings_.clear();
  arena_.set_beside(0);
  arena_.reset();
  known_damage_ = nullptr;
  scope.emit(EventKind::reset, address_of(arena_.start()));
}

std::uint64_t FastHeap::count_used() const {
  std::uint64_t used = 0;
  for_each_block([&used](const mh_block& block) {
    used += block.used;
    return true;
  });
  return used;
}

// ---- the event stream

void FastHeap::announce() {
  const Call call(*this);
  describe();
}

void FastHeap::describe() {
  if (events_.walk_wanted()) events_.walk_given();  // what is asked for meanwhile gets its own
  EventScope scope(events_);
  scope.emit(EventKind::reset, address_of(arena_.start()));
  scope.emit(EventKind::break_moved, address_of(arena_.end()));
  for_each_block([&scope](const mh_block& block) {
    const std::uint64_t address = address_of(block.address);
    if (block.foreign != 0) {
      scope.emit(EventKind::foreign, address, block.size);
      return true;
    }
    const EventKind kind = block.mapped != 0 ? EventKind::mapped : EventKind::block;
    scope.emit(kind, address, block.size, header_bytes);
    if (block.cached != 0) scope.emit(EventKind::cache, address, 0, 1);
    if (block.used != 0) scope.emit(EventKind::alloc, address, block.requested);
    return true;
  });
}

void FastHeap::mark(const char* text) {
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

void FastHeap::name_block(const void* payload, const char* name) {
  const Call call(*this);
  FastBlock* block = nullptr;
  const FastMapping* mapping = nullptr;
  if (find(payload, block, mapping) != MH_OK) return;
  EventScope scope(events_);
  scope.emit(EventKind::label, address_of(payload) - header_bytes, pack_name(name));
}

void FastHeap::set_mapping_threshold(std::size_t bytes, bool fixed) {
  const std::lock_guard guard(lock_);
  mapping_threshold_ = bytes;
  fixed_threshold_ = fixed;
}

void FastHeap::set_trim_threshold(std::size_t bytes) {
  const std::lock_guard guard(lock_);
  arena_.set_trim_threshold(bytes, true);
}

void FastHeap::set_pad(std::size_t bytes) {
  const std::lock_guard guard(lock_);
  arena_.set_pad(bytes);
}

}  // namespace mh
