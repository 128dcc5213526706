// Every operator new and delete, on the same bodies as malloc and free.

#include <new>

#include "core/preload/preload.hpp"
#include "core/preload/runtime.hpp"

namespace {

void* allocate(std::size_t size, std::size_t alignment) {
  return alignment <= mh::FastBlock::grain ? mh::preload::allocate(size)
                                           : mh::preload::allocate_aligned(alignment, size);
}

/// As the standard says: until there is memory, or no handler.
[[gnu::noinline]] void* allocate_or_handle(std::size_t size, std::size_t alignment,
                                           bool may_throw) {
  for (;;) {
    if (void* const payload = allocate(size, alignment); payload != nullptr) return payload;
    const std::new_handler handler = mh::preload::runtime_new_handler();
    if (handler == nullptr) break;
    if (may_throw) {
      handler();
    } else if (!mh::preload::call_and_catch(handler)) {
      return nullptr;
    }
  }
  if (may_throw) mh::preload::throw_bad_alloc();
  return nullptr;
}

inline void* new_of(std::size_t size, bool may_throw) {
  if (void* const payload = mh::preload::try_allocate(size); payload != nullptr) [[likely]] {
    return payload;
  }
  return allocate_or_handle(size, 1, may_throw);
}

inline void delete_of(void* pointer) {
  if (!mh::preload::try_release(pointer)) [[unlikely]]
    mh::preload::release(pointer);
}

constexpr std::size_t bytes(std::align_val_t alignment) {
  return static_cast<std::size_t>(alignment);
}

}  // namespace

void* operator new(std::size_t size) {
  return new_of(size, true);
}

void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return new_of(size, false);
}

void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate_or_handle(size, bytes(alignment), true);
}

void* operator new(std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return allocate_or_handle(size, bytes(alignment), false);
}

void* operator new[](std::size_t size) {
  return new_of(size, true);
}

void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return new_of(size, false);
}

void* operator new[](std::size_t size, std::align_val_t alignment) {
  return allocate_or_handle(size, bytes(alignment), true);
}

void* operator new[](std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return allocate_or_handle(size, bytes(alignment), false);
}

void operator delete(void* pointer) noexcept {
  delete_of(pointer);
}

void operator delete(void* pointer, std::size_t) noexcept {
  delete_of(pointer);
}

void operator delete(void* pointer, std::align_val_t) noexcept {
  delete_of(pointer);
}

void operator delete(void* pointer, std::size_t, std::align_val_t) noexcept {
  delete_of(pointer);
}

void operator delete(void* pointer, const std::nothrow_t&) noexcept {
  delete_of(pointer);
}

void operator delete(void* pointer, std::align_val_t, const std::nothrow_t&) noexcept {
  delete_of(pointer);
}

void operator delete[](void* pointer) noexcept {
  delete_of(pointer);
}

void operator delete[](void* pointer, std::size_t) noexcept {
  delete_of(pointer);
}

void operator delete[](void* pointer, std::align_val_t) noexcept {
  delete_of(pointer);
}

void operator delete[](void* pointer, std::size_t, std::align_val_t) noexcept {
  delete_of(pointer);
}

void operator delete[](void* pointer, const std::nothrow_t&) noexcept {
  delete_of(pointer);
}

void operator delete[](void* pointer, std::align_val_t, const std::nothrow_t&) noexcept {
  delete_of(pointer);
}
