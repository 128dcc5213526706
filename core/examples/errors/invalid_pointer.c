/* A pointer that no malloc returned is freed. Told at the free, always. */
#include "tell.h"

int main(void) {
  mh_set_error_handler(NULL, tell, NULL);
  int local = 0;
  my_free(&local);
  return 0;
}
