/* Makes the mistake that is named, and says so if it goes on. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int count, char** arguments) {
  char* const p = malloc(100);
  char* const q = malloc(100);
  char* volatile wrong = p;
  if (count < 2 || p == NULL || q == NULL) return 2;
  if (strcmp(arguments[1], "double-free") == 0) {
    free(wrong);
    free(wrong);
  } else if (strcmp(arguments[1], "foreign") == 0) {
    static char ours[64];
    wrong = ours + 16;
    free(wrong);
  } else if (strcmp(arguments[1], "interior") == 0) {
    wrong = p + 16;
    free(wrong);
  } else if (strcmp(arguments[1], "misaligned") == 0) {
    wrong = p + 3;
    free(wrong);
  } else if (strcmp(arguments[1], "overflow") == 0) {
    wrong = q > p ? p : q;
    memset(wrong + 100, 0x41, 12); /* over the header of the block behind */
    free(q > p ? q : p);
  }
  puts("goes on");
  return 0;
}
