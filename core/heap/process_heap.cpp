// The heap of the process, and the C interface to it: one body each, exported thinly.

#include "core/heap/classic_heap.hpp"
#include "core/heap/program_break.hpp"
#include "core/include/microheap.h"

namespace mh {

namespace {

/// Never destroyed, because other destructors may still use the heap when the process ends.
template <typename T>
union Immortal {
  T object;
  template <typename... Arguments>
  constexpr explicit Immortal(Arguments&... arguments) : object(arguments...) {}
  ~Immortal() {}
};

// Ready before any code runs, so that the first my_malloc() needs no guard and no memory.
constinit Immortal<ProgramBreak> the_break;
constinit Immortal<ClassicHeap> the_heap(the_break.object);

}  // namespace

ClassicHeap& process_heap() {
  return the_heap.object;
}

}  // namespace mh

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

size_t my_usable_size(const void* pointer) {
  return process_heap().usable_size(pointer);
}

void mh_get_stats(mh_stats* stats) {
  *stats = process_heap().stats();
}

mh_error mh_check(const void** where) {
  return process_heap().check(where);
}

const void* mh_walk(mh_visitor visitor, void* context) {
  return process_heap().walk(visitor, context).end;
}

void mh_set_error_handler(mh_error_handler handler, void* context) {
  process_heap().set_error_handler(handler, context);
}

const char* mh_error_text(mh_error error) {
  switch (error) {
    case MH_OK:
      return "no error";
    case MH_DOUBLE_FREE:
      return "double free: the block is free already";
    case MH_INVALID_POINTER:
      return "invalid pointer: it never came from this heap, or points into the middle of a block";
    case MH_HEADER_DAMAGED:
      return "damaged header: its checksum does not match its fields and address";
    case MH_LIST_BROKEN:
      return "broken list: the blocks do not lead from the start of the heap to its end";
    case MH_OUT_OF_MEMORY:
      return "out of memory: the program break cannot move up";
  }
  return "unknown error";
}
