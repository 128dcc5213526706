/* A pointer into the middle of a block is freed. Told at the free, always. */
#include "tell.h"

int main(void) {
  mh_set_error_handler(NULL, tell, NULL);
  char* p = my_malloc(100);
  my_free(p + 16);
  return 0;
}
