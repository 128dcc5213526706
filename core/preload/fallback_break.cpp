#include "core/preload/fallback_break.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>

namespace mh::preload {

namespace {

constexpr std::size_t page = 4096;
constexpr std::size_t gap = std::size_t{1} << 30;  // above the break, if that is free

constexpr std::size_t whole_pages(std::size_t bytes) {
  return (bytes + page - 1) / page * page;
}

}  // namespace

std::byte* FallbackBreak::current() const {
  return start_ != nullptr ? break_ : program_.current();
}

std::byte* FallbackBreak::grow(std::size_t bytes) {
  if (start_ == nullptr) {
    if (std::byte* const old = program_.grow(bytes)) return old;
  }
  if (bytes > static_cast<std::size_t>(end_ - break_) && !reserve(bytes)) {
    errno = ENOMEM;
    return nullptr;
  }
  std::byte* const old = break_;
  break_ += bytes;
  return old;
}

bool FallbackBreak::shrink(std::size_t bytes) {
  if (start_ == nullptr) return program_.shrink(bytes);
  std::byte* const kept = start_ + whole_pages(static_cast<std::size_t>(break_ - bytes - start_));
  std::byte* const open = start_ + whole_pages(static_cast<std::size_t>(break_ - start_));
  break_ -= bytes;
  if (kept < open) madvise(kept, static_cast<std::size_t>(open - kept), MADV_DONTNEED);
  return true;
}

/// Room for bytes more, right above the break or the range that there is, or further up. Addresses
/// cost nothing, but where a limit counts them no more than needed are taken.
bool FallbackBreak::reserve(std::size_t bytes) {
  constexpr std::size_t usual = std::size_t{64} << 30;
  constexpr std::size_t least = std::size_t{1} << 20;
  if (bytes > usual / 2) return false;
  const std::byte* const below = current();
  auto* hint = end_;
  if (hint == nullptr) {
    const std::byte* const above = below + gap;
    hint = const_cast<std::byte*>(above) - reinterpret_cast<std::uintptr_t>(above) % page;
  }
  for (const std::size_t size : std::array{usual, std::max(least, whole_pages(bytes))}) {
    void* const range = mmap(hint, size, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (range == MAP_FAILED) continue;
    auto* const first = static_cast<std::byte*>(range);
    if (first < below) {
      munmap(range, size);
      continue;
    }
    if (first != end_) start_ = break_ = first;
    end_ = first + size;
    return true;
  }
  return false;
}

}  // namespace mh::preload
