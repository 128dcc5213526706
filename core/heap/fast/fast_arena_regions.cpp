// The regions of an arena: where its memory comes from, and how it goes back.

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <ctime>

#include "core/heap/fast/fast_arena.hpp"

namespace mh {

namespace {

constexpr std::size_t smallest = FastBlock::smallest;
constexpr std::size_t fence_bytes = FastBlock::grain;

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

/// Makes the top large enough for a block of size bytes.
bool FastArena::grow(std::size_t size, EventScope& scope) {
  if (break_refuses_) return grow_by_mapping(size, scope) || grow_by_break(size, scope);
  if (grow_by_break(size, scope)) return true;
  break_refuses_ = grow_by_mapping(size, scope);  // else it was only too much
  return break_refuses_;
}

/// How many bytes it may grow by.
std::size_t FastArena::room_of(const Region& region) {
  return FastBlock::largest - static_cast<std::size_t>(region.end - region.start);
}

bool FastArena::grow_by_break(std::size_t size, EventScope& scope) {
  constexpr int attempts = 3;
  for (int i = 0; i < attempts; ++i) {
    std::byte* const seen = break_.current();
    bool ours = top_ != nullptr && !regions_[region_count_ - 1].mapped &&
                seen == regions_[region_count_ - 1].end + FastBlock::header_bytes;
    // All of a region may become one block.
    if (ours && room_of(regions_[region_count_ - 1]) <= size + 2 * most_pad) ours = false;
    if (!ours && region_count_ >= max_regions / 2) return false;  // the others are for mappings
    const std::size_t pad = std::min(std::max(pad_, std::min(bytes_ / 64, usual_pad)), most_pad);
    const std::size_t missing = size + smallest + 4 * FastBlock::grain - (ours ? top_size_ : 0);
    // The break comes to stand at a page's end.
    auto bytes = static_cast<std::size_t>(align_up_to(seen + missing + pad, page) - seen);
    std::byte* old = break_.grow(bytes);
    if (old == nullptr) {
      bytes = static_cast<std::size_t>(align_up_to(seen + missing, page) - seen);
      old = break_.grow(bytes);
    }
    if (old == nullptr) return false;
    ++break_moves_;
    if (old != seen) continue;  // somebody else moved it meanwhile; what came is left to them
    return ours ? lengthen_top(bytes, scope) : begin_region(old, bytes, false, scope);
  }
  return false;
}

bool FastArena::grow_by_mapping(std::size_t size, EventScope& scope) {
  constexpr std::size_t usual = std::size_t{32} << 20;  // takes addresses, not memory
  if (region_count_ == max_regions) return false;
  const std::size_t least = (size + smallest + 4 * FastBlock::grain + page - 1) & ~(page - 1);
  std::size_t bytes = std::max(least, usual);
  void* base = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base == MAP_FAILED) {
    bytes = least;
    base = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  }
  if (base == MAP_FAILED) return false;
  return begin_region(static_cast<std::byte*>(base), bytes, true, scope);
}

/// Milliseconds, to a few; costs little.
std::uint64_t FastArena::coarse_clock_ms() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1000 +
         static_cast<std::uint64_t>(now.tv_nsec) / 1'000'000;
}

/// Pages that are about to be used come faster in one call than one by one when they are touched:
/// those up to there, and a small share of the heap beyond; only where small blocks follow each
/// other: of a large one perhaps nobody touches the rest.
void FastArena::populate(const std::byte* up_to) {
  constexpr std::size_t most = std::size_t{256} << 10;
  constexpr std::size_t least = 4 * page;
  const std::size_t ahead = std::min({bytes_ / 64, most, small_run_ / 4});
  std::byte* const from = std::max(populated_to_, align_up_to(clean_from_, page));
  if (ahead < least || up_to <= from) return;
  std::byte* const end = regions_[region_count_ - 1].end;
  const auto wanted = static_cast<std::size_t>(up_to - from) + ahead;
  populated_to_ =
      align_down_to(from + std::min(wanted, static_cast<std::size_t>(end - from)), page);
  const int saved_errno = errno;
  // A kernel before 5.14 does not know this, and nothing is lost.
  madvise(from, static_cast<std::size_t>(populated_to_ - from), MADV_POPULATE_WRITE);
  errno = saved_errno;
}

void FastArena::note_use() {
  used_at_ms_ = coarse_clock_ms();
}

/// A program that takes something down will build the next thing, and wants the same memory again:
/// large free ranges stay for a while. Not if the program asked for a threshold, or if it has given
/// back the most of what it had, and perhaps will not call us again.
bool FastArena::used_lately() const {
  return !fixed_threshold_ && !peak_is_over_ && coarse_clock_ms() - used_at_ms_ < while_ms;
}

bool FastArena::lengthen_top(std::size_t bytes, EventScope& scope) {
  Region& region = regions_[region_count_ - 1];
  std::byte* const old_end = region.end;
  if (bytes_ < trimmed_from_) {
    note_wanted_back(trimmed_from_ - bytes_);
    trimmed_from_ = 0;
  }
  region.end += bytes;
  bytes_ += bytes;
  note_peak();
  set_top(top_, top_size_ + bytes);
  scope.emit(EventKind::break_moved, address_of(region.end));
  scope.emit(EventKind::block, address_of(old_end), bytes, FastBlock::header_bytes);
  scope.emit(EventKind::coalesce, address_of(top_), top_size_);
  find_limits();
  return true;
}

/// Payloads are multiples of 16, so that blocks begin 8 bytes before one.
bool FastArena::begin_region(std::byte* base, std::size_t bytes, bool mapped, EventScope& scope) {
  if (top_ != nullptr) close_region(scope);
  std::byte* const start = align_up_to(base, FastBlock::grain) + FastBlock::header_bytes;
  std::byte* const end = align_down_to(base + bytes, FastBlock::grain) - FastBlock::header_bytes;
  const Region* const before = last_below_break();
  const std::byte* const fence = before != nullptr ? before->end - fence_bytes : nullptr;
  regions_[region_count_++] = {start, end, mapped};
  const auto size = static_cast<std::size_t>(end - start);
  bytes_ += size;
  note_peak();
  set_top(FastBlock::at(start), size);
  populated_to_ = nullptr;
  clean_from_ = mapped ? top_->payload() : std::max(top_->payload(), align_up_to(base, page));
  find_limits();
  if (mapped) {
    scope.emit(EventKind::mapped, address_of(start), size, FastBlock::header_bytes);
    return true;
  }
  if (fence == nullptr) {
    scope.emit(EventKind::reset, address_of(start));
    began_ = true;
  } else {
    scope.emit(EventKind::break_moved, address_of(fence));
  }
  scope.emit(EventKind::break_moved, address_of(end));
  if (fence != nullptr) {
    scope.emit(EventKind::foreign, address_of(fence), static_cast<std::size_t>(start - fence));
  }
  scope.emit(EventKind::block, address_of(start), size, FastBlock::header_bytes);
  return true;
}

/// The top becomes a free block like others, before a fence.
void FastArena::close_region(EventScope& scope) {
  const std::size_t size = top_size_ - fence_bytes;
  FastBlock* const fence = FastBlock::at(top_->address() + size);
  fence->set_size(fence_bytes, size == 0);
  fence->become(FastState::fence);
  top_->set_size(size, true);
  scope.emit(EventKind::split, address_of(top_), size, FastBlock::header_bytes);
  FastBlock* const last = top_;
  top_ = nullptr;
  top_size_ = 0;
  if (size >= smallest) {
    bin(last, size, size);
  } else {
    last->become(FastState::cached);  // 16 bytes, for nobody
    scope.emit(EventKind::cache, address_of(last), 0, 1);
    fence->set_previous_used(true);
  }
  const Region& region = regions_[region_count_ - 1];
  if (region.mapped) {
    scope.emit(EventKind::unmapped, address_of(fence));
    return;
  }
  scope.emit(EventKind::break_moved, address_of(fence));
  scope.emit(EventKind::break_moved, address_of(region.end));
  scope.emit(EventKind::foreign, address_of(fence), fence_bytes);
}

/// The newest of the regions below the break; nullptr if there is none.
const FastArena::Region* FastArena::last_below_break() const {
  for (unsigned i = region_count_; i-- > 0;) {
    if (!regions_[i].mapped) return &regions_[i];
  }
  return nullptr;
}

const std::byte* FastArena::start() const {
  for (unsigned i = 0; i < region_count_; ++i) {
    if (!regions_[i].mapped) return regions_[i].start;
  }
  return align_up_to(break_.current(), FastBlock::grain) + FastBlock::header_bytes;
}

const std::byte* FastArena::end() const {
  const Region* const last = last_below_break();
  return last != nullptr ? last->end : start();
}

std::size_t FastArena::covered_by(const FastBlock* block, const Region& region) const {
  if (block->state() != FastState::fence || region.mapped) return block->size();
  const std::byte* next = block->address() + block->size();
  for (unsigned i = region_count_; i-- > 0;) {
    if (!regions_[i].mapped && regions_[i].start > region.start) next = regions_[i].start;
  }
  return static_cast<std::size_t>(next - block->address());
}

bool FastArena::trim(std::size_t keep, EventScope& scope) {
  const std::size_t before = bytes_;
  merge_whole(scope);
  if (top_ != nullptr && top_size_ > keep + page) trim_top(keep, scope);
  for (unsigned bin = FastBins::bin_of(grains_of(large_free)); bin < FastBins::bin_count; ++bin) {
    for (FastBlock* block = bins_.first(bin); block != nullptr; block = block->next_free()) {
      if (resident_of(block) > 2 * page) release_pages(block);
    }
  }
  return bytes_ != before;
}

/// Regions that are all free go back, where the addresses themselves are wanted.
bool FastArena::unmap_free_regions(EventScope& scope) {
  const unsigned before = region_count_;
  for (unsigned i = region_count_; i-- > 0;) {
    const Region region = regions_[i];
    FastBlock* const first = FastBlock::at(region.start);
    const bool is_top = first == top_;
    const auto size = static_cast<std::size_t>(region.end - region.start);
    if (!region.mapped || !first->is(FastState::free)) continue;
    if (!is_top && (first->size() != size - fence_bytes || !unbin(first))) continue;
    if (is_top) {
      top_ = nullptr;
      top_size_ = 0;
      clean_from_ = populated_to_ = nullptr;
    }
    scope.emit(EventKind::unmapped, address_of(region.start));
    const int saved_errno = errno;
    munmap(region.start - FastBlock::header_bytes, size + 2 * FastBlock::header_bytes);
    errno = saved_errno;
    bytes_ -= size;
    std::copy(regions_.begin() + i + 1, regions_.begin() + region_count_, regions_.begin() + i);
    regions_[--region_count_] = {};
  }
  if (region_count_ == before) return false;
  find_limits();
  break_refuses_ = false;
  return true;
}

/// Gives the end of the top back to the system, but for keep bytes.
void FastArena::trim_top(std::size_t keep, EventScope& scope) {
  trimmed_from_ = std::max(trimmed_from_, bytes_);
  Region& region = regions_[region_count_ - 1];
  std::byte* const old_break = region.end + FastBlock::header_bytes;
  std::byte* const least = top_->address() + std::max(keep, smallest) + FastBlock::header_bytes;
  std::byte* const new_break = align_up_to(least, page);
  if (new_break >= old_break) return;
  const auto bytes = static_cast<std::size_t>(old_break - new_break);
  const int saved_errno = errno;
  if (region.mapped) {
    madvise(new_break, bytes, MADV_DONTNEED);
    errno = saved_errno;
    clean_from_ = std::min(clean_from_, new_break);
    populated_to_ = std::min(populated_to_, new_break);
    return;
  }
  const bool shrunk = break_.current() == old_break && break_.shrink(bytes);
  errno = saved_errno;
  if (!shrunk) return;
  ++break_moves_;
  region.end -= bytes;
  bytes_ -= bytes;
  clean_from_ = std::min(clean_from_, new_break);
  populated_to_ = std::min(populated_to_, new_break);
  set_top(top_, top_size_ - bytes);
  scope.emit(EventKind::split, address_of(top_), top_size_, FastBlock::header_bytes);
  scope.emit(EventKind::break_moved, address_of(region.end));
  find_limits();
}

void FastArena::reset() {
  for (unsigned i = region_count_; i-- > 0;) {
    const Region& region = regions_[i];
    std::byte* const base = region.start - FastBlock::header_bytes;
    std::byte* const end = region.end + FastBlock::header_bytes;
    // No old header in the page of the new break may look alive.
    const FastBlock* last = nullptr;
    for_each(region, &last, [](const FastBlock* block) {
      const_cast<FastBlock*>(block)->become(0, FastState::none, 0);
      return true;
    });
    if (region.mapped) {
      munmap(base, static_cast<std::size_t>(end - base));
    } else if (break_.current() == end && break_.shrink(static_cast<std::size_t>(end - base))) {
      ++break_moves_;
    }
  }
  bins_.clear();
  binned_bytes_ = most_used_bytes_ = 0;
  forget_whole();
  regions_ = {};
  region_count_ = 0;
  top_ = nullptr;
  top_size_ = 0;
  bytes_ = peak_bytes_ = 0;
  began_ = false;
  clean_from_ = populated_to_ = lowest_ = highest_ = nullptr;
  small_run_ = 0;
}

void FastArena::find_limits() {
  lowest_ = regions_[0].start;
  highest_ = regions_[0].end;
  for (unsigned i = 1; i < region_count_; ++i) {
    lowest_ = std::min(lowest_, regions_[i].start);
    highest_ = std::max(highest_, regions_[i].end);
  }
}

bool FastArena::contains(const void* pointer) const {
  const auto* const at = static_cast<const std::byte*>(pointer);
  for (unsigned i = 0; i < region_count_; ++i) {
    if (at >= regions_[i].start && at < regions_[i].end) return true;
  }
  return false;
}

}  // namespace mh
