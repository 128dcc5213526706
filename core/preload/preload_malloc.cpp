// The C functions of the drop-in malloc, with glibc's rules.

#include <malloc.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <limits>

#include "core/preload/options.hpp"
#include "core/preload/preload.hpp"

using mh::preload::fast_heap;
using mh::preload::heap;

MH_EXPORT void* malloc(std::size_t size) noexcept {
  if (void* const payload = mh::preload::try_allocate(size); payload != nullptr) [[likely]] {
    return payload;
  }
  return mh::preload::allocate(size);
}

MH_EXPORT void free(void* pointer) noexcept {
  if (mh::preload::try_release(pointer)) [[likely]]
    return;
  if (pointer != nullptr) mh::preload::release(pointer);
}

MH_EXPORT void* calloc(std::size_t count, std::size_t size) noexcept {
  return mh::preload::allocate_zeroed(count, size);
}

MH_EXPORT void* realloc(void* pointer, std::size_t size) noexcept {
  return pointer == nullptr ? malloc(size) : mh::preload::reallocate(pointer, size);
}

MH_EXPORT void* reallocarray(void* pointer, std::size_t count, std::size_t size) noexcept {
  std::size_t bytes = 0;
  if (__builtin_mul_overflow(count, size, &bytes)) {
    errno = ENOMEM;
    return nullptr;
  }
  return realloc(pointer, bytes);
}

/// C23. What the caller says of the block is not needed.
MH_EXPORT void free_sized(void* pointer, std::size_t) noexcept {
  free(pointer);
}

MH_EXPORT void free_aligned_sized(void* pointer, std::size_t, std::size_t) noexcept {
  free(pointer);
}

/// An alignment that is no power of two means the next one, as in glibc.
MH_EXPORT void* memalign(std::size_t alignment, std::size_t size) noexcept {
  constexpr std::size_t greatest = std::numeric_limits<std::size_t>::max() / 2 + 1;
  if (alignment > greatest) {
    errno = EINVAL;
    return nullptr;
  }
  return mh::preload::allocate_aligned(std::bit_ceil(alignment), size);
}

MH_EXPORT void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  return memalign(alignment, size);
}

MH_EXPORT int posix_memalign(void** result, std::size_t alignment, std::size_t size) noexcept {
  if (!std::has_single_bit(alignment) || alignment % sizeof(void*) != 0) return EINVAL;
  void* const payload = mh::preload::allocate_aligned(alignment, size);
  if (payload == nullptr) return ENOMEM;
  *result = payload;
  return 0;
}

MH_EXPORT void* valloc(std::size_t size) noexcept {
  return memalign(static_cast<std::size_t>(sysconf(_SC_PAGESIZE)), size);
}

MH_EXPORT void* pvalloc(std::size_t size) noexcept {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  if (size > std::numeric_limits<std::size_t>::max() - page) {
    errno = ENOMEM;
    return nullptr;
  }
  return memalign(page, (size + page - 1) / page * page);
}

MH_EXPORT std::size_t malloc_usable_size(void* pointer) noexcept {
  return heap().usable_size(pointer);
}

MH_EXPORT int malloc_trim(std::size_t keep) noexcept {
  return fast_heap().trim(keep) ? 1 : 0;
}

MH_EXPORT int mallopt(int parameter, int value) noexcept {
  constexpr int greatest_fast = 160;  // what glibc takes for M_MXFAST
  constexpr std::size_t never = mh::Heap::max_request + 1;
  const auto bytes = static_cast<std::size_t>(value);
  switch (parameter) {
    case M_MXFAST:
      return value >= 0 && value <= greatest_fast ? 1 : 0;
    case M_MMAP_THRESHOLD:
      fast_heap().set_mapping_threshold(value < 0 ? never : bytes, true);
      return 1;
    case M_MMAP_MAX:
      if (value == 0) fast_heap().set_mapping_threshold(never, true);
      return 1;
    case M_TRIM_THRESHOLD:
      fast_heap().set_trim_threshold(value < 0 ? std::numeric_limits<std::size_t>::max() : bytes);
      return 1;
    case M_TOP_PAD:
      if (value >= 0) fast_heap().set_pad(bytes);
      return 1;
    case M_PERTURB:
      mh::preload::set_perturb(value);
      return 1;
    default:
      return 1;  // as glibc: M_ARENA_MAX and others have no meaning here
  }
}

// ---- glibc's other names for the same functions
//
// In the assembler's words: an alias in C++ would have to repeat every attribute that <malloc.h>
// gives the function.

#define MH_ALIAS(name, function) \
  asm(".globl " name "\n.type " name ", @function\n.set " name ", " function)
MH_ALIAS("cfree", "free");
MH_ALIAS("__libc_free", "free");
MH_ALIAS("__libc_malloc", "malloc");
MH_ALIAS("__libc_calloc", "calloc");
MH_ALIAS("__libc_realloc", "realloc");
MH_ALIAS("__libc_reallocarray", "reallocarray");
MH_ALIAS("__libc_memalign", "memalign");
MH_ALIAS("__libc_valloc", "valloc");
MH_ALIAS("__libc_pvalloc", "pvalloc");
MH_ALIAS("__posix_memalign", "posix_memalign");
MH_ALIAS("__libc_mallopt", "mallopt");
