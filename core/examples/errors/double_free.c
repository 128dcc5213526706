/* A block is freed twice. Told at the second free, always. */
#include "tell.h"

int main(void) {
  mh_set_error_handler(NULL, tell, NULL);
  char* p = my_malloc(100);
  my_malloc(1); /* so that p's block stays in the heap */
  my_free(p);
  my_free(p);
  return 0;
}
