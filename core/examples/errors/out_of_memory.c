/* More memory is asked for than there is. That is no mistake of the program: malloc says so,
 * always, and the handler is not called. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>

#include "microheap.h"

int main(void) {
  if (my_malloc(SIZE_MAX / 2) == NULL && errno == ENOMEM) {
    puts(mh_error_text(MH_OUT_OF_MEMORY));
  }
  return 0;
}
