/* A payload is overrun into the next block's header. Told when that block is freed, always. */
#include <string.h>

#include "tell.h"

int main(void) {
  mh_set_error_handler(NULL, tell, NULL);
  char* p = my_malloc(100);
  char* next = my_malloc(100);
  memset(p, '!', 120);
  my_free(next);
  return 0;
}
