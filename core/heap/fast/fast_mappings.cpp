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
  const FastMapping gone = *mapping;
  erase(mapping);
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
  const std::size_t position = position_of(at);
  if (position == count_ || entries_[position].block->payload() != at) return nullptr;
  return entries_ + position;
}

void FastMappings::clear() {
  for (const FastMapping& mapping : *this) munmap(mapping.base, mapping.bytes);
  if (entries_ != nullptr) munmap(entries_, capacity_ * sizeof(FastMapping));
  entries_ = nullptr;
  count_ = capacity_ = bytes_ = 0;
}

/// Room for one more entry.
bool FastMappings::make_room() {
  if (count_ < capacity_) return true;
  const std::size_t capacity = std::max(2 * capacity_, page / sizeof(FastMapping));
  void* const entries = entries_ == nullptr
                            ? map_pages(capacity * sizeof(FastMapping))
                            : mremap(entries_, capacity_ * sizeof(FastMapping),
                                     capacity * sizeof(FastMapping), MREMAP_MAYMOVE);
  if (entries == nullptr || entries == MAP_FAILED) return false;
  entries_ = static_cast<FastMapping*>(entries);
  capacity_ = capacity;
  return true;
}

const FastMapping* FastMappings::insert(const FastMapping& mapping) {
  const std::size_t position = position_of(mapping.block->payload());
  std::copy_backward(entries_ + position, entries_ + count_, entries_ + count_ + 1);
  entries_[position] = mapping;
  ++count_;
  bytes_ += mapping.bytes;
  return entries_ + position;
}

void FastMappings::erase(const FastMapping* mapping) {
  bytes_ -= mapping->bytes;
  std::copy(mapping + 1, end(), entries_ + (mapping - entries_));
  --count_;
}

/// Of the first entry that does not lie before.
std::size_t FastMappings::position_of(const std::byte* payload) const {
  const auto before = [](const FastMapping& mapping, const std::byte* at) {
    return mapping.block->payload() < at;
  };
  return static_cast<std::size_t>(std::lower_bound(begin(), end(), payload, before) - begin());
}

}  // namespace mh
