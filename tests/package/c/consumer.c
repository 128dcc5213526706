#include <microheap.h>

int main(void) {
  char* block = my_malloc(100);
  const int usable = my_usable_size(block) >= 100;
  my_free(block);
  return usable && mh_check(NULL, NULL) == MH_OK ? 0 : 1;
}
