/* One byte is written behind a payload. Told when the block is freed, with guards. */
#include "tell.h"

int main(void) {
  mh_set_error_handler(NULL, tell, NULL);
  catch_writes(1, 0);
  char* p = my_malloc(100);
  p[100] = '!';
  my_free(p);
  return 0;
}
