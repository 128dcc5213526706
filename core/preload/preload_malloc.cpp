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
  const auto bytes = static_cast<std::size_t>(value);
  switch (parameter) {
    case M_MMAP_THRESHOLD:
      fast_heap().set_mapping_threshold(bytes, true);
      return value >= 0 ? 1 : 0;
    case M_MMAP_MAX:
      if (value == 0) fast_heap().set_mapping_threshold(mh::Heap::max_request + 1, true);
      return 1;
    case M_TRIM_THRESHOLD:
      fast_heap().set_trim_threshold(value < 0 ? std::numeric_limits<std::size_t>::max() : bytes);
      return 1;
    case M_TOP_PAD:
      if (value < 0) return 0;
      fast_heap().set_pad(bytes);
      return 1;
    default:
      return 0;
  }
}

MH_EXPORT struct mallinfo2 mallinfo2() noexcept {
  const mh_stats stats = heap().stats();
  struct mallinfo2 info {};
  info.arena = stats.heap;
  info.ordblks = stats.free_blocks;
  info.uordblks = stats.heap - stats.free;
  info.fordblks = stats.free;
  info.keepcost = stats.largest_free;
  return info;
}

MH_EXPORT struct mallinfo mallinfo() noexcept {
  const struct mallinfo2 info = mallinfo2();
  struct mallinfo narrow {};
  narrow.arena = static_cast<int>(info.arena);
  narrow.ordblks = static_cast<int>(info.ordblks);
  narrow.uordblks = static_cast<int>(info.uordblks);
  narrow.fordblks = static_cast<int>(info.fordblks);
  narrow.keepcost = static_cast<int>(info.keepcost);
  return narrow;
}

MH_EXPORT void malloc_stats() noexcept {
  const mh_stats stats = heap().stats();
  char text[4096];
  mh_stats_text(&stats, text, sizeof text);
  mh::preload::say(text);
}
