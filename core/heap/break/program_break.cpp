#include "core/heap/break/program_break.hpp"

#include <unistd.h>

#include <cerrno>
#include <limits>

namespace mh {

namespace {

constexpr auto max_step = static_cast<std::size_t>(std::numeric_limits<std::intptr_t>::max());

}  // namespace

std::byte* ProgramBreak::current() const {
  return static_cast<std::byte*>(sbrk(0));
}

std::byte* ProgramBreak::grow(std::size_t bytes) {
  if (bytes > max_step) {
    errno = ENOMEM;
    return nullptr;
  }
  void* const old_break = sbrk(static_cast<std::intptr_t>(bytes));
  // sbrk() reports failure with an address that cannot be one: (void*)-1.
  return reinterpret_cast<std::intptr_t>(old_break) == -1 ? nullptr
                                                          : static_cast<std::byte*>(old_break);
}

bool ProgramBreak::shrink(std::size_t bytes) {
  return bytes <= max_step &&
         reinterpret_cast<std::intptr_t>(sbrk(-static_cast<std::intptr_t>(bytes))) != -1;
}

}  // namespace mh
