/* A pointer is freed at which no payload can begin. Told at the free, always. */
#include "tell.h"

int main(void) {
  mh_set_error_handler(NULL, tell, NULL);
  char* p = my_malloc(100);
  my_free(p + 1);
  return 0;
}
