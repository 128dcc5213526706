/* Limits of the system that come and go while a program runs: what fails fails with ENOMEM, and
 * what was freed can be had again. One fact a line. The argument: as or data, which limit. */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static const size_t mib = 1 << 20;

static void say(const char* what, long value) {
  printf("%s: %ld\n", what, value);
}

/* What counts against the limit now, bytes. */
static size_t counted(int kind) {
  long size = 0;
  long data = 0;
  FILE* const file = fopen("/proc/self/statm", "r");
  if (fscanf(file, "%ld %*d %*d %*d %*d %ld", &size, &data) != 2) abort();
  fclose(file);
  return (size_t)(kind == RLIMIT_AS ? size : data) * (size_t)sysconf(_SC_PAGESIZE);
}

/* As another process would do it. */
static void limit(int kind, rlim_t bytes) {
  const struct rlimit to = {bytes, RLIM_INFINITY};
  say("prlimit", prlimit(getpid(), kind, &to, NULL));
}

static void get(const char* what, void* block) {
  say(what, block != NULL);
  free(block);
}

/* Allocates until nothing comes any more, and frees all. */
static void exhaust(size_t size) {
  enum { most = 100000 };
  static void* kept[most];
  long count = 0;
  errno = 0;
  while (count < most && (kept[count] = malloc(size)) != NULL) ++count;
  const int error = errno;
  say("most of the limit was used", (size_t)count * size > 40 * mib);
  say("and errno", error);
  say("realloc keeps what it cannot move", realloc(kept[0], 1024 * mib) == NULL);
  while (count > 0) free(kept[--count]);
}

static void grow(void) {
  long failed = 0;
  for (size_t size = 100; size < 20 * mib; size *= 3) {
    char* const p = malloc(size);
    p[size - 1] = 'x';
    char* const grown = realloc(p, 2 * size);
    failed += grown == NULL || grown[size - 1] != 'x';
    free(grown != NULL ? grown : p);
  }
  say("realloc failed", failed);
}

static void live_within(int kind) {
  get("a GiB", memalign(mib, 1024 * mib));
  get("aligned to a GiB", memalign(1024 * mib, 100));
  limit(kind, counted(kind) + 64 * mib);
  errno = 0;
  get("a GiB beyond the limit", memalign(mib, 1024 * mib));
  say("errno", errno);
  get("20 MiB", malloc(20 * mib));
  get("20 MiB, aligned", memalign(4096, 20 * mib));
  grow();
  exhaust(1000);
  get("30 MiB", malloc(30 * mib));
  exhaust(100000);
  get("50 MiB", malloc(50 * mib));
  get("50 MiB of zeros", calloc(1, 50 * mib));
  limit(kind, RLIM_INFINITY);
  get("300 MiB", malloc(300 * mib));
}

int main(int count, char** arguments) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  live_within(count > 1 && strcmp(arguments[1], "data") == 0 ? RLIMIT_DATA : RLIMIT_AS);
  return 0;
}
