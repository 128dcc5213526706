#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <limits>
#include <new>

#include "core/heap/break/program_break.hpp"

namespace mh {

namespace {

constexpr auto max_step = static_cast<std::size_t>(std::numeric_limits<std::intptr_t>::max());

void* reserve_at(std::uintptr_t address, std::size_t bytes, int extra_flags) {
  return mmap(reinterpret_cast<void*>(address), bytes, PROT_NONE,
              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | extra_flags, -1, 0);
}

}  // namespace

ReservedBreak::ReservedBreak(std::size_t capacity, std::uintptr_t address)
    : page_bytes_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))) {
  if (capacity == 0 || capacity > max_step) {
    throw std::bad_alloc();
  }
  capacity_ = (capacity + page_bytes_ - 1) / page_bytes_ * page_bytes_;
  void* range = MAP_FAILED;
  if (address != 0) {
    range = reserve_at(address, capacity_, MAP_FIXED_NOREPLACE);
  }
  if (range == MAP_FAILED) {
    range = reserve_at(0, capacity_, 0);
  }
  if (range == MAP_FAILED) {
    throw std::bad_alloc();
  }
  start_ = break_ = static_cast<std::byte*>(range);
}

ReservedBreak::~ReservedBreak() {
  munmap(start_, capacity_);
}

// Bytes of the whole pages that begin below position.
std::size_t ReservedBreak::pages_up_to(const std::byte* position) const {
  const auto bytes = static_cast<std::size_t>(position - start_);
  return (bytes + page_bytes_ - 1) / page_bytes_ * page_bytes_;
}

std::byte* ReservedBreak::grow(std::size_t bytes) {
  if (bytes > capacity_ - static_cast<std::size_t>(break_ - start_)) {
    errno = ENOMEM;
    return nullptr;
  }
  const std::size_t open = pages_up_to(break_);
  const std::size_t wanted = pages_up_to(break_ + bytes);
  if (wanted > open && mprotect(start_ + open, wanted - open, PROT_READ | PROT_WRITE) != 0) {
    errno = ENOMEM;
    return nullptr;
  }
  std::byte* const old_break = break_;
  break_ += bytes;
  return old_break;
}

bool ReservedBreak::shrink(std::size_t bytes) {
  const std::size_t open = pages_up_to(break_);
  const std::size_t kept = pages_up_to(break_ - bytes);
  if (kept < open) {
    // A new mapping over the old one frees its memory and keeps the addresses reserved.
    void* const closed =
        reserve_at(reinterpret_cast<std::uintptr_t>(start_ + kept), open - kept, MAP_FIXED);
    if (closed == MAP_FAILED) {
      return false;
    }
  }
  break_ -= bytes;
  return true;
}

}  // namespace mh
