#pragma once
// What the exported functions of the drop-in share: the heaps, and the ways through them that are
// not short.

#include <cstddef>

#include "core/heap/fast/fast_heap.hpp"

namespace mh::preload {

/// Never destroyed, because others still use the heap when the process ends.
template <typename T>
union Immortal {
  T object;
  template <typename... Arguments>
  constexpr explicit Immortal(Arguments&... arguments) : object(arguments...) {}
  ~Immortal() {}
};

/// Ready before any code runs. If the classic engine was chosen its short ways are never open.
extern constinit Immortal<FastHeap> the_fast_heap;
inline FastHeap& fast_heap() {
  return the_fast_heap.object;
}

// Its short ways. It is the only heap with caches here: its place need not be looked up.
inline FastCache& cache_at_hand() {
  return *fast_thread.caches[FastThread::first_place];
}
inline void* try_allocate(std::size_t size) {
  return fast_heap().try_allocate(size, cache_at_hand());
}
inline bool try_release(void* pointer) {
  return fast_heap().try_release(pointer, cache_at_hand());
}

// The ways that are not short, through the engine that was chosen. glibc's rules: size 0 is a block
// like others.
void* allocate(std::size_t size);
void* allocate_aligned(std::size_t alignment, std::size_t size);
void* allocate_zeroed(std::size_t count, std::size_t size);
void* reallocate(void* pointer, std::size_t size);
void release(void* pointer);
/// The engine that was chosen.
Heap& heap();
/// As mallopt(M_PERTURB): what is allocated is filled with the other bits of value, what is freed
/// with value. 0: neither.
void set_perturb(int value);

}  // namespace mh::preload

/// For functions that programs see.
#define MH_EXPORT extern "C" [[gnu::visibility("default")]]
