// The heap of the process, separate heaps, and the C interface to both: one body each, exported
// thinly.

#include <sys/mman.h>

#include <cerrno>
#include <new>

#include "core/heap/break/program_break.hpp"
#include "core/heap/classic/classic_heap.hpp"
#include "core/heap/pools/pool.hpp"
#include "core/include/microheap.h"

namespace mh {

namespace {

/// Never destroyed, because other destructors may still use the heap when the process ends.
template <typename T>
union Immortal {
  T object;
  template <typename... Arguments>
  constexpr explicit Immortal(Arguments&&... arguments) : object(arguments...) {}
  ~Immortal() {}
};

// Ready before any code runs, so that the first my_malloc() needs no guard and no memory.
constinit Immortal<ProgramBreak> the_break;
constinit Immortal<HeapDirectory> the_directory;
constinit Immortal<ClassicHeap> the_heap(the_break.object, &the_directory.object);

struct HoldsBreak {
  explicit HoldsBreak(std::size_t capacity) : end(capacity) {}
  ReservedBreak end;
};

/// A heap of its own, with all that it needs, in pages of its own beside the range it reserves.
class SeparateHeap final : private HoldsBreak, public ClassicHeap {
 public:
  /// nullptr if there is no memory.
  static SeparateHeap* create(std::size_t capacity) {
    void* const pages = mmap(nullptr, sizeof(SeparateHeap), PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) return nullptr;
    try {
      auto* const created = new (pages) SeparateHeap(capacity);
      the_directory.object.add(process_heap());
      the_directory.object.add(*created);
      return created;
    } catch (const std::bad_alloc&) {
      munmap(pages, sizeof(SeparateHeap));
      return nullptr;
    }
  }
  void destroy() {
    the_directory.object.remove(*this);
    this->~SeparateHeap();
    munmap(this, sizeof(SeparateHeap));
  }

 private:
  explicit SeparateHeap(std::size_t capacity)
      : HoldsBreak(capacity), ClassicHeap(HoldsBreak::end, &the_directory.object) {}
  ~SeparateHeap() = default;
};

Heap& heap_of(mh_heap* heap) {
  return heap != nullptr ? *static_cast<Heap*>(heap) : process_heap();
}

}  // namespace

Heap& process_heap() {
  return the_heap.object;
}

HeapDirectory& heap_directory() {
  return the_directory.object;
}

}  // namespace mh

using mh::heap_of;
using mh::process_heap;

void* my_malloc(size_t size) {
  return process_heap().allocate(size);
}

void my_free(void* pointer) {
  process_heap().release(pointer);
}

void* my_calloc(size_t count, size_t size) {
  return process_heap().allocate_zeroed(count, size);
}

void* my_realloc(void* pointer, size_t size) {
  return process_heap().reallocate(pointer, size);
}

void* my_aligned_alloc(size_t alignment, size_t size) {
  return process_heap().allocate_aligned(alignment, size);
}

size_t my_usable_size(const void* pointer) {
  return process_heap().usable_size(pointer);
}

mh_heap* mh_heap_create(size_t capacity, const mh_policy* policy) {
  if (policy != nullptr && !mh::is_valid(*policy)) {
    errno = EINVAL;
    return nullptr;
  }
  mh::SeparateHeap* const created = mh::SeparateHeap::create(capacity);
  if (created == nullptr) {
    errno = ENOMEM;
    return nullptr;
  }
  if (policy != nullptr) created->set_policy(*policy);
  return created;
}

void mh_heap_destroy(mh_heap* heap) {
  if (heap == nullptr || heap == &process_heap()) return;
  static_cast<mh::SeparateHeap*>(static_cast<mh::Heap*>(heap))->destroy();
}

void* mh_malloc(mh_heap* heap, size_t size) {
  return heap_of(heap).allocate(size);
}

void mh_free(mh_heap* heap, void* pointer) {
  heap_of(heap).release(pointer);
}

void* mh_calloc(mh_heap* heap, size_t count, size_t size) {
  return heap_of(heap).allocate_zeroed(count, size);
}

void* mh_realloc(mh_heap* heap, void* pointer, size_t size) {
  return heap_of(heap).reallocate(pointer, size);
}

void* mh_aligned_alloc(mh_heap* heap, size_t alignment, size_t size) {
  return heap_of(heap).allocate_aligned(alignment, size);
}

size_t mh_usable_size(mh_heap* heap, const void* pointer) {
  return heap_of(heap).usable_size(pointer);
}

void mh_get_policy(mh_heap* heap, mh_policy* policy) {
  *policy = heap_of(heap).policy();
}

int mh_set_policy(mh_heap* heap, const mh_policy* policy) {
  return heap_of(heap).set_policy(*policy) ? 0 : EINVAL;
}

void mh_set_explaining(mh_heap* heap, int on) {
  heap_of(heap).set_explaining(on != 0);
}

void mh_set_error_handler(mh_heap* heap, mh_error_handler handler, void* context) {
  heap_of(heap).set_error_handler(handler, context);
}

mh_error mh_check(mh_heap* heap, const void** where) {
  return heap_of(heap).check(where);
}

void mh_get_stats(mh_heap* heap, mh_stats* stats) {
  *stats = heap_of(heap).stats();
}

const void* mh_walk(mh_heap* heap, mh_visitor visitor, void* context) {
  return heap_of(heap).walk(visitor, context).end;
}

void mh_walk_free(mh_heap* heap, mh_visitor visitor, void* context) {
  heap_of(heap).walk_free(visitor, context);
}

int mh_block_of(mh_heap* heap, const void* pointer, mh_block* block) {
  return heap_of(heap).block_at(pointer, *block) ? 1 : 0;
}

mh_pool* mh_pool_create(mh_heap* heap, size_t object_size, size_t objects_per_block) {
  return mh::Pool::create(heap_of(heap), object_size, objects_per_block);
}

void* mh_pool_alloc(mh_pool* pool) {
  return static_cast<mh::Pool*>(pool)->allocate();
}

void mh_pool_free(mh_pool* pool, void* object) {
  static_cast<mh::Pool*>(pool)->release(object);
}

void mh_pool_destroy(mh_pool* pool) {
  if (pool != nullptr) static_cast<mh::Pool*>(pool)->destroy();
}

void mh_pool_get_stats(mh_pool* pool, mh_pool_stats* stats) {
  *stats = static_cast<mh::Pool*>(pool)->stats();
}

void mh_mark(mh_heap* heap, const char* text) {
  heap_of(heap).mark(text);
}
