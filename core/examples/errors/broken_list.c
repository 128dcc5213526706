/* Somebody else moves the break down and takes memory that is the heap's. Told when the heap
 * wants to grow, always; it cannot be repaired. */
#define _DEFAULT_SOURCE /* sbrk() */
#include "tell.h"

int main(void) {
  mh_set_error_handler(NULL, tell, NULL);
  my_malloc(100000);
  sbrk(-8192);
  my_malloc(100000);
  return 0;
}
