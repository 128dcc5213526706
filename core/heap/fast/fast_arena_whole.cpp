// Large blocks that were freed and stay whole for a while. A program that asks for a size again
// gets the block that it had: it touches the same pages, and nothing is cut or merged. Where
// programs touch only the beginning of what they ask for, as they do of buffers that are large to
// be sure, that keeps the rest of the heap's pages out of memory.

#include <algorithm>
#include "core/heap/fast/fast_arena.hpp"

namespace mh {

namespace {

std::uint64_t address_of(const void* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer);
}

}  // namespace

/// Looks at some pages, at equal distances. One that somebody wrote to is in memory; one without
/// a byte that is not zero, where we look, is probably not, or might as well not be. (To ask the
/// system would take mincore(), which ends a process in some sandboxes.) A page that is only read
/// is not in memory after it either: it is the page of zeros that all share.
void FastArena::PageSample::add(const FastBlock* block) {
  constexpr std::size_t looks = 8;
  constexpr std::size_t bytes_seen = 64;
  constexpr std::size_t most = 64;  // what was seen long ago counts less and less
  const std::size_t pages = block->size() / page - 1;
  const std::byte* const first = block->address() + (-address_of(block) & (page - 1));
  if (looked_at > most) {
    looked_at /= 2;
    resident /= 2;
  }
  for (std::size_t i = 0; i < looks; ++i) {
    const std::byte* const at = first + (2 * i + 1) * pages / (2 * looks) * page;
    const bool written =
        std::any_of(at, at + bytes_seen, [](std::byte byte) { return byte != std::byte{0}; });
    ++looked_at;
    resident += written ? 1 : 0;
  }
}

FastBlock* FastArena::take_whole(std::size_t size) {
  if (whole_bytes_ == 0 || size >= FastBlock::largest) return nullptr;
  const auto grains = static_cast<std::uint32_t>(size / FastBlock::grain);
  FastBlock* const block = whole_.find_near(grains);
  if (block == nullptr) return nullptr;
  if (!block->is(FastState::cached) || !whole_.remove(block)) {
    note_damage(MH_WRITE_AFTER_FREE, block);
    whole_.forget_list(grains);
    return nullptr;
  }
  whole_bytes_ -= block->size();
  whole_used_at_ms_ = coarse_clock_ms();
  fresh_from_ = block->address() + block->size();
  return block;
}

bool FastArena::give_large(FastBlock* block, EventScope& scope) {
  const std::size_t size = block->size();
  if (size < least_whole || !may_stay_whole(block, scope)) {
    peak_is_over_ = peak_ratio * (taken_bytes() - size) <= size + top_size_ + binned_bytes_;
    give(block, scope);
    peak_is_over_ = false;
    return false;
  }
  block->become(FastState::cached);
  whole_.insert(block);
  whole_bytes_ += size;
  scope.emit(EventKind::cache, address_of(block), 0, 1);
  return true;
}

/// Whether one more block may.
bool FastArena::may_stay_whole(const FastBlock* block, EventScope& scope) {
  const std::uint64_t now = coarse_clock_ms();
  if (now - whole_used_at_ms_ > while_ms || fixed_threshold_) merge_whole(scope);
  if (fixed_threshold_) return false;  // the program wants free memory to go back
  if (whole_pause_ != 0) {
    --whole_pause_;
    return false;
  }
  // As many as a program may want that uses its memory now for one size, now for another; one that
  // asks for ever new sizes wants none again.
  most_used_bytes_ = std::max(most_used_bytes_, taken_bytes());
  if (whole_bytes_ + block->size() > std::max(always_whole, 2 * most_used_bytes_)) return false;
  whole_used_at_ms_ = now;
  constexpr unsigned one_in = 64;
  if (whole_bytes_ != 0 && ++whole_looks_ % one_in != 0) return true;
  whole_pages_.add(block);
  if (whole_pages_.few()) return true;
  pause_whole();
  merge_whole(scope);
  return false;
}

void FastArena::age_whole(EventScope& scope) {
  const bool lately = whole_bytes_ == 0 || coarse_clock_ms() - whole_used_at_ms_ <= while_ms;
  if (!lately || fixed_threshold_) merge_whole(scope);
}

/// Blocks of this program are full.
void FastArena::pause_whole() {
  constexpr unsigned longest = 1U << 12;
  whole_next_pause_ = std::min(4 * whole_next_pause_ + 16, longest);
  whole_pause_ = whole_next_pause_;
}

void FastArena::forget_whole() {
  whole_.clear();
  whole_bytes_ = 0;
  whole_pause_ = whole_next_pause_ = 0;
  whole_pages_ = {};
}

/// All of them become free blocks like others. False if there were none.
bool FastArena::merge_whole(EventScope& scope) {
  if (whole_bytes_ == 0) return false;
  while (FastBlock* const block = whole_.first_from(FastBins::bin_of(2))) {
    if (!block->is(FastState::cached) || !whole_.remove(block)) {
      note_damage(MH_WRITE_AFTER_FREE, block);
      whole_.forget_list_of(block);
      continue;
    }
    scope.emit(EventKind::cache, address_of(block), 0, 0);
    give(block, scope);
  }
  whole_bytes_ = 0;
  return true;
}

/// Before the heap grows. Blocks of which little is in memory cost little as they are; others are
/// merged, and fewer stay whole from then on. False if none were.
bool FastArena::merge_whole_if_resident(EventScope& scope) {
  constexpr unsigned samples = 4;
  if (whole_bytes_ == 0) return false;
  PageSample pages;
  unsigned seen = 0;
  for (unsigned bin = FastBins::bin_count; bin-- > 0 && seen < samples;) {
    if (FastBlock* const block = whole_.first(bin); block != nullptr) {
      pages.add(block);
      ++seen;
    }
  }
  if (pages.few()) {
    whole_next_pause_ = 0;
    return false;
  }
  pause_whole();
  return merge_whole(scope);
}

}  // namespace mh
