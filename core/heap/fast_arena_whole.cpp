// Large blocks that were freed and stay whole for a while. A program that asks for a size again
// gets the block that it had: it touches the same pages, and nothing is cut or merged. Where
// programs touch only the beginning of what they ask for, as they do of buffers that are large to
// be sure, that keeps the rest of the heap's pages out of memory.

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "core/heap/fast_arena.hpp"

namespace mh {

namespace {

std::uint64_t address_of(const void* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer);
}

/// What the system says of a block's pages, or of the first megabytes of it.
struct Pages {
  std::size_t looked_at = 0;
  std::size_t resident = 0;

  [[nodiscard]] bool few() const { return resident <= looked_at / 8 * 3; }  ///< are resident
  void add(const FastBlock* block) {
    constexpr std::size_t page = 4096;
    std::array<unsigned char, 1024> said{};
    const std::uint64_t from = (address_of(block) + page - 1) / page * page;
    const std::uint64_t to = (address_of(block) + block->size()) / page * page;
    const std::size_t count = std::min<std::size_t>((to - from) / page, said.size());
    const int saved_errno = errno;
    const bool known = mincore(reinterpret_cast<void*>(from), count * page, said.data()) == 0;
    errno = saved_errno;
    looked_at += count;
    resident += known ? static_cast<std::size_t>(
                            std::count_if(said.begin(), said.begin() + static_cast<long>(count),
                                          [](unsigned char one) { return (one & 1) != 0; }))
                      : count;
  }
};

}  // namespace

FastBlock* FastArena::take_whole(std::size_t size) {
  if (whole_bytes_ == 0 || size >= FastBlock::largest) return nullptr;
  FastBlock* const block = whole_.find_near(static_cast<std::uint32_t>(size / FastBlock::grain));
  if (block == nullptr) return nullptr;
  if (!block->is(FastState::cached) || !whole_.remove(block)) {
    note_damage(MH_WRITE_AFTER_FREE, block);
    whole_.forget_list_of(block);
    return nullptr;
  }
  whole_bytes_ -= block->size();
  whole_used_at_ms_ = coarse_clock_ms();
  fresh_from_ = block->address() + block->size();
  return block;
}

void FastArena::give_whole(FastBlock* block, EventScope& scope) {
  const std::size_t size = block->size();
  if (size < least_whole || !may_stay_whole(block, scope)) return give(block, scope);
  block->become(FastState::cached);
  whole_.insert(block);
  whole_bytes_ += size;
  scope.emit(EventKind::cache, address_of(block), 0, 1);
}

/// Whether one more block may.
bool FastArena::may_stay_whole(const FastBlock* block, EventScope& scope) {
  if (fixed_threshold_) return false;  // the program wants free memory to go back
  if (whole_pause_ != 0) {
    --whole_pause_;
    return false;
  }
  const std::uint64_t now = coarse_clock_ms();
  if (now - whole_used_at_ms_ > while_ms) merge_whole(scope);
  // As many as a program may want that uses its memory now for one size, now for another; one that
  // asks for ever new sizes wants none again.
  most_used_bytes_ = std::max(most_used_bytes_, bytes_ - whole_bytes_ - binned_bytes_ - top_size_);
  if (whole_bytes_ + block->size() > std::max(always_whole, 2 * most_used_bytes_)) return false;
  whole_used_at_ms_ = now;
  if (whole_bytes_ != 0) return true;
  Pages pages;
  pages.add(block);
  if (pages.few()) return true;
  pause_whole();
  return false;
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
}

/// All of them become free blocks like others.
void FastArena::merge_whole(EventScope& scope) {
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
}

/// Before the heap grows. Blocks of which little is in memory cost little as they are; others are
/// merged, and fewer stay whole from then on. False if none were.
bool FastArena::merge_whole_if_resident(EventScope& scope) {
  constexpr unsigned samples = 4;
  if (whole_bytes_ == 0) return false;
  Pages pages;
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
  merge_whole(scope);
  return true;
}

}  // namespace mh
