/* A block is freed on a heap that it is not of. Told at the free, always. */
#include "tell.h"

int main(void) {
  mh_set_error_handler(NULL, tell, NULL);
  mh_heap* heap = mh_heap_create(1 << 20, NULL);
  void* p = mh_malloc(heap, 100);
  my_free(p);
  mh_heap_destroy(heap);
  return 0;
}
