/* A block is written to after its free. Told when a search comes to use it again, with poison. */
#include "tell.h"

int main(void) {
  mh_set_error_handler(NULL, tell, NULL);
  catch_writes(0, 1);
  char* p = my_malloc(100);
  my_malloc(1); /* so that p's block stays in the heap */
  my_free(p);
  p[50] = '!';
  my_malloc(100);
  return 0;
}
