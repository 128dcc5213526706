#include "core/heap/fast/fast_arena.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>

namespace mh {

namespace {

constexpr std::size_t smallest = FastBlock::smallest;

std::uint64_t address_of(const void* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer);
}

constexpr std::uint32_t grains_of(std::size_t size) {
  return static_cast<std::uint32_t>(size / FastBlock::grain);
}

std::byte* align_up_to(std::byte* position, std::size_t alignment) {
  return position + (-address_of(position) & (alignment - 1));
}

std::byte* align_down_to(std::byte* position, std::size_t alignment) {
  return position - (address_of(position) & (alignment - 1));
}

}  // namespace

// ---- taking

FastBlock* FastArena::take(std::size_t size, bool may_grow, EventScope& scope) {
  if (size >= FastBlock::largest) return nullptr;
  if (FastBlock* const block = obtain(size); block != nullptr) return split(block, size, scope);
  if (top_size_ < size + smallest) {
    if (!may_grow) return nullptr;
    if (merge_whole_if_resident(scope)) return take(size, true, scope);
    if (!grow(size, scope)) return merge_whole(scope) ? take(size, true, scope) : nullptr;
  }
  return cut_from_top(size, scope);
}

/// A free block of at least size bytes, out of its bin; nullptr if there is none.
FastBlock* FastArena::obtain(std::size_t size) {
  const std::uint32_t grains = grains_of(size);
  for (;;) {
    FastBlock* const block = bins_.find(grains);
    if (block == nullptr || unbin(block)) return block;
    if (bins_.find(grains) == block) bins_.forget_list(grains);  // it was not the first
  }
}

/// The first size bytes of a block that is in no bin; the rest is free. A rest that is too small
/// for a block stays.
FastBlock* FastArena::split(FastBlock* block, std::size_t size, EventScope& scope) {
  const std::size_t whole = block->size();
  const std::size_t rest = whole - size;
  fresh_from_ = block->address() + whole;
  if (rest < smallest) {
    block->next()->set_previous_used(true);
    return block;
  }
  const std::size_t resident = reuse(block);
  block->set_size(size, block->previous_used());
  FastBlock* const tail = block->next();
  tail->set_size(rest, true);
  tell_split(block, size, scope);
  bin(tail, rest, std::min(resident, rest));
  return block;
}

/// The top has room for it.
FastBlock* FastArena::cut_from_top(std::size_t size, EventScope& scope) {
  constexpr std::size_t large = 8 * page;
  note_use();
  if (size >= large) small_run_ = 0;
  FastBlock* const block = top_;
  const std::size_t rest = top_size_ - size;
  block->set_size(size, block->previous_used());
  set_top(block->next(), rest);
  top_->set_size(rest, true);
  tell_split(block, size, scope);
  fresh_from_ = std::max(clean_from_, block->payload());
  clean_from_ = std::max(clean_from_, top_->payload());
  return block;
}

unsigned FastArena::take_many(std::size_t size, FastBlock** blocks, unsigned wanted, bool may_grow,
                              EventScope& scope) {
  const std::uint32_t grains = grains_of(size);
  unsigned count = 0;
  for (unsigned attempts = 0; count < wanted && attempts < wanted; ++attempts) {
    FastBlock* free = bins_.first(FastBins::bin_of(grains));
    // One grain more is no good: it would stay with a block, and all have to be of one size.
    if (free == nullptr) free = bins_.first_from(FastBins::bin_of(grains + 2));
    if (free != nullptr && free->grains() == grains + 1) {
      free = bins_.first_from(FastBins::bin_of(grains + 1) + 1);
    }
    if (free == nullptr) break;
    if (unbin(free)) count += split_many(free, size, blocks + count, wanted - count, scope);
  }
  if (count != 0) return count;
  if (top_size_ < size + smallest) {
    if (!may_grow) return 0;
    if (merge_whole_if_resident(scope)) return take_many(size, blocks, wanted, true, scope);
    if (!grow(size, scope)) {
      return merge_whole(scope) ? take_many(size, blocks, wanted, true, scope) : 0;
    }
  }
  const std::size_t room = (top_size_ - smallest) / size;
  const auto many = static_cast<unsigned>(std::min<std::size_t>(wanted, room));
  cut_many_from_top(size, blocks, many, scope);
  return many;
}

/// The top has room for them.
void FastArena::cut_many_from_top(std::size_t size, FastBlock** blocks, unsigned count,
                                  EventScope& scope) {
  note_use();
  const std::size_t rest = top_size_ - count * size;
  small_run_ += count * size;
  populate(top_->address() + count * size);
  set_top(lay_out(top_, grains_of(size), blocks, count), rest);
  clean_from_ = std::max(clean_from_, top_->payload());
  tell_laid_out(blocks, count, size, true, scope);
}

/// Blocks of state cached from here on, the lowest last; what lies behind them.
FastBlock* FastArena::lay_out(FastBlock* first, std::uint32_t grains, FastBlock** blocks,
                              unsigned count) {
  const std::size_t size = std::size_t{grains} * FastBlock::grain;
  bool previous_used = first->previous_used();
  std::byte* at = first->address();
  for (unsigned i = count; i-- > 0; at += size) {
    blocks[i] = FastBlock::at(at);
    blocks[i]->make(grains, previous_used, FastState::cached);
    previous_used = true;
  }
  return FastBlock::at(at);
}

void FastArena::tell_split(const FastBlock* block, std::size_t size, EventScope& scope) {
  ++splits_;
  scope.emit(EventKind::split, address_of(block), size, FastBlock::header_bytes);
}

void FastArena::tell_laid_out(FastBlock* const* blocks, unsigned count, std::size_t size,
                              bool last_is_cut, EventScope& scope) {
  splits_ += last_is_cut ? count : count - 1;
  if (!scope.heard()) return;
  for (unsigned i = count; i-- > 0;) {
    if (i != 0 || last_is_cut) {
      scope.emit(EventKind::split, address_of(blocks[i]), size, FastBlock::header_bytes);
    }
    scope.emit(EventKind::cache, address_of(blocks[i]), 0, 1);
  }
}

/// Cuts blocks of size bytes from a free one that is in no bin; what is left goes back.
unsigned FastArena::split_many(FastBlock* free, std::size_t size, FastBlock** blocks,
                               unsigned wanted, EventScope& scope) {
  const std::size_t whole = free->size();
  auto many = static_cast<unsigned>(std::min<std::size_t>(wanted, whole / size));
  if (whole - many * size == FastBlock::grain) --many;  // too small for a block
  const std::size_t rest = whole - many * size;
  const std::size_t resident = reuse(free);
  FastBlock* const behind = lay_out(free, grains_of(size), blocks, many);
  tell_laid_out(blocks, many, size, rest != 0, scope);
  if (rest != 0) {
    behind->set_size(rest, true);
    bin(behind, rest, std::min(resident, rest));
  } else {
    behind->set_previous_used(true);
  }
  return many;
}

FastBlock* FastArena::take_aligned(std::size_t alignment, std::size_t size, EventScope& scope) {
  // Enough to move the payload up to a multiple, and to leave a block of its own before it.
  FastBlock* block = take(size + alignment + smallest, true, scope);
  if (block == nullptr) return nullptr;
  std::byte* payload = align_up_to(block->payload(), alignment);
  if (payload != block->payload()) {
    while (payload - block->payload() < static_cast<std::ptrdiff_t>(smallest)) payload += alignment;
    FastBlock* const head = block;
    const auto skipped = static_cast<std::size_t>(payload - head->payload());
    const std::size_t rest = head->size() - skipped;
    block = FastBlock::of_payload(payload);
    head->set_size(skipped, head->previous_used());
    block->set_size(rest, true);
    tell_split(head, skipped, scope);
    block->become(FastState::used);  // until the head is free
    head->become(FastState::used);
    give(head, scope);
  }
  cut(block, size, scope);
  return block;
}

// ---- giving back

void FastArena::give(FastBlock* block, EventScope& scope) {
  FastBlock* const given = block;
  std::size_t size = block->size();
  std::size_t resident = size;
  block->become(FastState::free);
  if (!block->previous_used()) {
    block = merge_previous(block, &resident);
    size += static_cast<std::size_t>(given->address() - block->address());
    merges_ += block != given ? 1 : 0;
  }
  FastBlock* const next = given->next();
  if (next == top_) {
    if (block != given) block->become(FastState::free);
    set_top(block, size + top_size_);
    ++merges_;
    scope.emit(EventKind::coalesce, address_of(block), top_size_);
    std::size_t may_stay = std::max(trim_threshold_, bytes_ / 8);
    if (peak_is_over_) may_stay = std::min(may_stay, most_after_peak);
    if (clean_from_ > top_->address() + may_stay && !used_lately()) {
      trim_top(std::min(trim_threshold_, may_stay) / 4, scope);
    }
    return;
  }
  const std::uint32_t hash = FastBlock::hash(next, next->grains());
  if (next->is(hash, FastState::free)) {
    const std::size_t more = resident_of(next);
    if (unbin(next)) {
      size += next->size();
      resident += more;
      ++merges_;
    }
  } else if (!next->sealed(hash)) {
    note_damage(MH_HEADER_DAMAGED, next);
  }
  if (size != given->size()) scope.emit(EventKind::coalesce, address_of(block), size);
  block->set_size(size, true);
  bin(block, size, resident);
}

void FastArena::give_many(FastBlock** blocks, unsigned count, std::uint32_t grains,
                          EventScope& scope) {
  const std::size_t size = std::size_t{grains} * FastBlock::grain;
  count = sort_sound(blocks, count, grains);
  for (unsigned i = 0; i < count;) {
    FastBlock* const first = blocks[i];
    unsigned run = 1;
    while (i + run < count && blocks[i + run]->address() == first->address() + run * size) ++run;
    i += run;
    scope.emit(EventKind::cache, address_of(first), 0, 0);
    if (run > 1) {
      first->set_size(run * size, first->previous_used());
      merges_ += run - 1;
      scope.emit(EventKind::coalesce, address_of(first), run * size);
    }
    give(first, scope);
  }
}

/// Sorts blocks by address. What was damaged meanwhile is not used again; how many were not.
unsigned FastArena::sort_sound(FastBlock** blocks, unsigned count, std::uint32_t grains) {
  unsigned sound = 0;
  unsigned rises = 0;  // often they come in the order of addresses, or in reverse
  for (unsigned i = 0; i < count; ++i) {
    FastBlock* const block = blocks[i];
    if (block->grains() != grains ||
        !block->is(FastBlock::hash(block, grains), FastState::cached)) {
      note_damage(MH_HEADER_DAMAGED, block);
      continue;
    }
    if (sound != 0 && blocks[sound - 1] < block) ++rises;
    blocks[sound++] = block;
  }
  if (rises == 0) {
    std::reverse(blocks, blocks + sound);
  } else if (rises + 1 != sound) {
    std::sort(blocks, blocks + sound);
  }
  return sound;
}

/// The free block before this one, out of its bin; the block itself if that is damaged.
FastBlock* FastArena::merge_previous(FastBlock* block, std::size_t* resident) {
  const std::size_t size = block->previous_size();
  if (size % FastBlock::grain != 0 || size < smallest ||
      size > static_cast<std::size_t>(block->address() - lowest_)) {
    note_damage(MH_HEADER_DAMAGED, block);
    return block;
  }
  FastBlock* const previous = FastBlock::at(block->address() - size);
  if (previous->size() != size || !previous->is(FastState::free)) {
    note_damage(MH_HEADER_DAMAGED, previous);
    return block;
  }
  const std::size_t more = resident_of(previous);
  if (!unbin(previous)) return block;
  *resident += more;
  return previous;
}

bool FastArena::extend(FastBlock* block, std::size_t size, EventScope& scope) {
  const std::size_t old = block->size();
  if (size >= FastBlock::largest) return false;
  FastBlock* const next = block->next();
  if (next == top_) {
    const std::size_t more = size - old;
    if (top_size_ < more + smallest) merge_whole_if_resident(scope);
    if (top_size_ < more + smallest) {
      // Growing may close the region: then the block's neighbour is no longer the top.
      if (!grow(more, scope) || block->next() != top_) return false;
    }
    const std::size_t rest = top_size_ - more;
    tell_split(top_, more, scope);
    set_top(FastBlock::at(block->address() + size), rest);
    top_->set_size(rest, true);
    clean_from_ = std::max(clean_from_, top_->payload());
  } else {
    if (!next->is(FastState::free) || old + next->size() < size || !unbin(next)) return false;
    const std::size_t more = size - old;
    const std::size_t resident = resident_of(next);
    size = old + next->size();
    if (next->size() - more >= smallest) {
      size = old + more;
      const std::size_t rest = next->size() - more;
      FastBlock* const tail = FastBlock::at(next->address() + more);
      tail->set_size(rest, true);
      tell_split(next, more, scope);
      bin(tail, rest, std::min(resident, rest));
    } else {
      next->next()->set_previous_used(true);
    }
  }
  block->set_size(size, block->previous_used());
  ++merges_;
  scope.emit(EventKind::coalesce, address_of(block), size);
  return true;
}

void FastArena::cut(FastBlock* block, std::size_t size, EventScope& scope) {
  const std::size_t rest = block->size() - size;
  if (rest < smallest) return;
  block->set_size(size, block->previous_used());
  FastBlock* const tail = block->next();
  tail->set_size(rest, true);
  tell_split(block, size, scope);
  tail->become(FastState::used);
  give(tail, scope);
}

// ---- free blocks

void FastArena::set_top(FastBlock* block, std::size_t size) {
  top_ = block;
  top_size_ = size;
  block->set_size(size, true);
  block->become(FastState::free);
}

/// Puts a free block of this size, which has its size in the header, where it belongs.
void FastArena::bin(FastBlock* block, std::size_t size, std::size_t resident) {
  block->become(FastState::free);
  block->write_footer();
  block->next()->set_previous_used(false);
  if (size >= large_free) {
    std::memcpy(block->payload() + 2 * sizeof(void*), &resident, sizeof resident);
    const std::size_t may_stay = std::max(trim_threshold_ * 4, bytes_ / 8);
    const bool much = resident >= (peak_is_over_ ? std::min(may_stay, most_after_peak) : may_stay);
    if (much && !used_lately()) release_pages(block);
  }
  bins_.insert(block);
  binned_bytes_ += size;
}

/// Takes a free block out of its bin. False if its links are damaged: then it stays where it is,
/// and nobody may use it.
bool FastArena::unbin(FastBlock* block) {
  if (block->is(FastState::free) && bins_.remove(block)) {
    binned_bytes_ -= block->size();
    return true;
  }
  note_damage(MH_WRITE_AFTER_FREE, block);
  bins_.forget_list_of(block);
  return false;
}

/// How many bytes of a free block may be in memory.
std::size_t FastArena::resident_of(FastBlock* block) {
  const std::size_t size = block->size();
  if (size < large_free) return size;
  std::size_t resident = 0;
  std::memcpy(&resident, block->payload() + 2 * sizeof(void*), sizeof resident);
  return std::min(resident, size);
}

/// The same of a block that is about to be used.
std::size_t FastArena::reuse(FastBlock* block) {
  const std::size_t size = block->size();
  if (size < large_free) return size;
  note_use();
  const std::size_t resident = resident_of(block);
  if (resident < size / 2) note_wanted_back(size - resident);
  return resident;
}

/// What was given back to the system is wanted again: from now on as much as that may stay.
void FastArena::note_wanted_back(std::size_t bytes) {
  if (!fixed_threshold_)
    trim_threshold_ = std::max(trim_threshold_, 2 * std::min(bytes, most_kept));
}

/// The system may have the pages of a large free block; they come back as zeros when touched.
void FastArena::release_pages(FastBlock* block) {
  std::byte* const from = align_up_to(block->payload() + 3 * sizeof(void*), page);
  std::byte* const to = align_down_to(block->address() + block->size() - sizeof(void*), page);
  if (to <= from) return;
  const int saved_errno = errno;
  madvise(from, static_cast<std::size_t>(to - from), MADV_DONTNEED);
  errno = saved_errno;
  const std::size_t resident = 2 * page;
  std::memcpy(block->payload() + 2 * sizeof(void*), &resident, sizeof resident);
}

// ---- damage

void FastArena::note_damage(mh_error error, const void* where) {
  damage_ = error;
  damage_at_ = where;
}

mh_error FastArena::take_damage(const void** where) {
  const mh_error error = damage_;
  *where = damage_at_;
  damage_ = MH_OK;
  return error;
}

mh_error FastArena::check(const Region& region, const void** where,
                          std::size_t* free_blocks) const {
  const FastBlock* previous = nullptr;
  const FastBlock* last = nullptr;
  mh_error error = MH_OK;
  const bool whole = for_each(region, &last, [&](const FastBlock* block) {
    const bool previous_free = previous != nullptr && previous->state() == FastState::free;
    const bool free = block->state() == FastState::free;
    if (block->previous_used() == previous_free || (free && previous_free) ||
        (previous_free && block->previous_size() != previous->size())) {
      error = MH_LIST_BROKEN;
    }
    if (free && block != top_) ++*free_blocks;
    previous = block;
    return error == MH_OK;
  });
  if (whole) return MH_OK;
  *where = last;
  return error != MH_OK ? error : MH_HEADER_DAMAGED;
}

}  // namespace mh
