#include "core/heap/fast/fast_mappings.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>

namespace mh {

namespace {

constexpr std::size_t lead = 16;  // from the base of a mapping to the payload

void* map_pages(std::size_t bytes) {
  void* const base =
      mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return base == MAP_FAILED ? nullptr : base;
}

constexpr std::size_t whole_pages(std::size_t bytes) {
  return (bytes + FastMappings::page - 1) & ~(FastMappings::page - 1);
}

void seal(const FastMapping& mapping) {
  mapping.block->set_size(mapping.bytes / FastMappings::page * FastBlock::grain, true);
  mapping.block->become(FastState::mapped);
}

}  // namespace

const FastMapping* FastMappings::map(std::size_t requested, std::size_t alignment) {
  const std::size_t extra = alignment > FastBlock::grain ? alignment : 0;
  const std::size_t bytes = whole_pages(requested + lead + extra + FastMapping::tail);
  if (bytes < requested || !make_room()) return nullptr;
  auto* const start = static_cast<std::byte*>(map_pages(bytes));
  if (start == nullptr) return nullptr;
  const auto address = reinterpret_cast<std::uintptr_t>(start + lead);
  std::byte* const payload = start + lead + (-address & (alignment - 1));
  // Whole pages before and behind go back.
  const auto before = static_cast<std::size_t>(payload - lead - start) & ~(page - 1);
  std::byte* const base = start + before;
  const std::size_t kept =
      whole_pages(static_cast<std::size_t>(payload + requested + FastMapping::tail - base));
  if (before != 0) munmap(start, before);
  if (before + kept < bytes) munmap(base + kept, bytes - before - kept);
  const FastMapping mapping{base, kept, FastBlock::of_payload(payload), requested};
  seal(mapping);
  return insert(mapping);
}

void FastMappings::unmap(const FastMapping* mapping) {
  constexpr std::size_t little = 16 * page / sizeof(FastMapping);
  const FastMapping gone = *mapping;
  erase(mapping);
  if (count_ == 0 && capacity_ > little) forget_entries();
  gone.block->become(FastState::none);
  munmap(gone.base, gone.bytes);
}

const FastMapping* FastMappings::resize(const FastMapping* mapping, std::size_t requested) {
  const std::size_t offset = static_cast<std::size_t>(mapping->block->payload() - mapping->base);
  const std::size_t bytes = whole_pages(requested + offset + FastMapping::tail);
  if (bytes < requested || offset >= page) return nullptr;
  FastMapping moved = *mapping;
  if (bytes != mapping->bytes) {
    void* const base = mremap(mapping->base, mapping->bytes, bytes, MREMAP_MAYMOVE);
    if (base == MAP_FAILED) return nullptr;
    moved.base = static_cast<std::byte*>(base);
  }
  erase(mapping);
  moved.bytes = bytes;
  moved.requested = requested;
  moved.block = FastBlock::of_payload(moved.base + offset);
  seal(moved);
  return insert(moved);
}

const FastMapping* FastMappings::find(const void* payload) const {
  const auto* const at = static_cast<const std::byte*>(payload);
  // No more than a page lies between the base and the header: no hole begins there.
  const std::size_t position = position_of(at - lead);
  if (position == count_) return nullptr;
  const FastMapping& found = entries_[position];
  return found.block != nullptr && found.block->payload() == at ? entries_ + position : nullptr;
}

void FastMappings::clear() {
  for (const FastMapping* mapping = lowest(); mapping != nullptr; mapping = above(mapping)) {
    munmap(mapping->base, mapping->bytes);
  }
  if (entries_ != nullptr) forget_entries();
  bytes_ = 0;
}

void FastMappings::forget_entries() {
  munmap(entries_, capacity_ * sizeof(FastMapping));
  entries_ = nullptr;
  count_ = holes_ = capacity_ = 0;
}

/// Room for one more entry.
bool FastMappings::make_room() {
  if (count_ < capacity_) return true;
  if (holes_ > capacity_ / 4) {
    close_holes();
    return true;
  }
  const std::size_t capacity = std::max(2 * capacity_, page / sizeof(FastMapping));
  void* const entries = entries_ == nullptr
                            ? map_pages(capacity * sizeof(FastMapping))
                            : mremap(entries_, capacity_ * sizeof(FastMapping),
                                     capacity * sizeof(FastMapping), MREMAP_MAYMOVE);
  if (entries == nullptr || entries == MAP_FAILED) {
    close_holes();
    return count_ < capacity_;
  }
  entries_ = static_cast<FastMapping*>(entries);
  capacity_ = capacity;
  return true;
}

const FastMapping* FastMappings::insert(const FastMapping& mapping) {
  bytes_ += mapping.bytes;
  const std::size_t position = position_of(mapping.base);
  // Into a hole beside it, or all up to the next hole, or to the end, move by one.
  if (position != 0 && entries_[position - 1].block == nullptr) {
    --holes_;
    entries_[position - 1] = mapping;
    return entries_ + position - 1;
  }
  FastMapping* const end = entries_ + count_;
  FastMapping* const hole = std::find_if(
      entries_ + position, end, [](const FastMapping& entry) { return entry.block == nullptr; });
  std::copy_backward(entries_ + position, hole, hole + 1);
  hole == end ? ++count_ : --holes_;
  entries_[position] = mapping;
  return entries_ + position;
}

void FastMappings::erase(const FastMapping* mapping) {
  const auto position = static_cast<std::size_t>(mapping - entries_);
  bytes_ -= mapping->bytes;
  entries_[position].block = nullptr;
  ++holes_;
  while (count_ != 0 && entries_[count_ - 1].block == nullptr) {
    --count_;
    --holes_;
  }
  if (holes_ > count_ / 2 && holes_ > page) close_holes();
}

void FastMappings::close_holes() {
  FastMapping* const end = entries_ + count_;
  FastMapping* const kept = std::remove_if(
      entries_, end, [](const FastMapping& entry) { return entry.block == nullptr; });
  count_ = static_cast<std::size_t>(kept - entries_);
  holes_ = 0;
}

/// Of the first entry that begins at or below it.
std::size_t FastMappings::position_of(const std::byte* base) const {
  const auto above = [](const FastMapping& mapping, const std::byte* at) {
    return mapping.base > at;
  };
  return static_cast<std::size_t>(std::lower_bound(entries_, entries_ + count_, base, above) -
                                  entries_);
}

}  // namespace mh
