/* What the programs of this folder share. Each makes one mistake, on a heap that is set to catch
 * it, and prints what the heap says: one line. The table in core/README.md tells what is caught
 * when. */
#ifndef TELL_H
#define TELL_H

#include <stddef.h>
#include <unistd.h>

#include "microheap.h"

/* Called under the heap's lock: it only writes. */
static void tell(const mh_report* report, void* context) {
  (void)context;
  char line[160];
  size_t length = mh_format_report(report, line, sizeof line - 1);
  line[length++] = '\n';
  if (write(STDOUT_FILENO, line, length) < 0) _exit(1);
}

/* Switches guard bytes and poison of the process heap. */
static inline void catch_writes(int guards, int poison) {
  mh_policy policy;
  mh_get_policy(NULL, &policy);
  policy.guards = guards;
  policy.poison = poison;
  mh_set_policy(NULL, &policy);
}

#endif
