/* Prints what malloc promises, one fact a line. On glibc and on the drop-in it says the same: what
 * glibc prints is what programs_test.py expects. */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void say(const char* what, long value) {
  printf("%s: %ld\n", what, value);
}

/* Hidden from the compiler, which knows what some calls cannot do. */
static size_t plain(size_t value) {
  volatile size_t hidden = value;
  return hidden;
}

static long aligned(const void* pointer, size_t alignment) {
  return pointer != NULL && (uintptr_t)pointer % alignment == 0;
}

static void sizes(void) {
  void* const nothing = malloc(plain(0));
  void* const as_well = malloc(plain(0));
  say("malloc(0) is a block", nothing != NULL && nothing != as_well);
  free(nothing);
  free(as_well);
  free(NULL);
  long all = 1;
  for (size_t size = 1; size < 5000; ++size) {
    char* const p = malloc(size);
    all = all && aligned(p, 16) && malloc_usable_size(p) >= size;
    memset(p, 1, malloc_usable_size(p));
    free(p);
  }
  say("16 for every size", all);
  say("usable size of NULL", (long)malloc_usable_size(NULL));
}

static void errors(void) {
  errno = 0;
  say("too large", malloc(plain((size_t)PTRDIFF_MAX + 1)) == NULL && errno == ENOMEM);
  errno = 0;
  say("calloc overflows", calloc(plain(SIZE_MAX / 2), 3) == NULL && errno == ENOMEM);
  errno = 0;
  say("reallocarray overflows",
      reallocarray(NULL, plain(SIZE_MAX / 2), 3) == NULL && errno == ENOMEM);
  char* p = malloc(100);
  strcpy(p, "kept");
  errno = 0;
  char* const moved = realloc(p, plain(SIZE_MAX - 100));
  say("realloc too large", moved == NULL && errno == ENOMEM && strcmp(p, "kept") == 0);
  errno = 77;
  p = realloc(p, 100000);
  char* const q = malloc(50);
  char* const large = malloc(3000000);
  char* const zeros = calloc(1, 3000000);
  say("calloc is zero", zeros[0] == 0 && zeros[2999999] == 0);
  free(large);
  free(zeros);
  free(q);
  say("errno stays", errno);
  say("realloc keeps", strcmp(p, "kept") == 0);
  long kept = 1;
  for (size_t size = 1; size < 3000; size += 97) {
    char* grown = malloc(size);
    const size_t usable = malloc_usable_size(grown);
    memset(grown, 'x', usable);
    void* const behind = malloc(size);
    grown = realloc(grown, 9000);
    for (size_t i = 0; i < usable; ++i) kept = kept && grown[i] == 'x';
    free(behind);
    free(grown);
  }
  say("all that was usable", kept);
  say("realloc(p, 0) frees", realloc(p, plain(0)) == NULL);
  say("realloc(NULL)", (p = realloc(NULL, 10)) != NULL);
  free(p);
}

static void alignments(void) {
  void* p = NULL;
  say("posix_memalign 24", posix_memalign(&p, plain(24), 10));
  say("posix_memalign 4", posix_memalign(&p, plain(4), 10));
  say("posix_memalign 0", posix_memalign(&p, plain(0), 10));
  say("p untouched", p == NULL);
  errno = 33;
  say("posix_memalign too large", posix_memalign(&p, 64, plain((size_t)PTRDIFF_MAX)));
  say("and errno", errno);
  for (size_t alignment = 8; alignment <= 65536; alignment *= 2) {
    const int error = posix_memalign(&p, alignment, 100);
    say("posix_memalign", error == 0 && aligned(p, alignment));
    free(p);
    p = memalign(alignment, 5);
    say("memalign", aligned(p, alignment));
    p = realloc(p, 3 * alignment);
    say("realloc of it", aligned(p, 16));
    free(p);
    p = aligned_alloc(alignment, 2 * alignment);
    say("aligned_alloc", aligned(p, alignment));
    free(p);
  }
  errno = 0;
  say("memalign too much", memalign(plain(SIZE_MAX / 2 + 2), 1) == NULL && errno == EINVAL);
  p = memalign(plain(48), 100);
  say("memalign 48", aligned(p, 64));
  free(p);
  p = valloc(10);
  say("valloc", aligned(p, 4096));
  free(p);
  p = pvalloc(10);
  say("pvalloc", aligned(p, 4096) && malloc_usable_size(p) >= 4096);
  free(p);
}

static void figures(void) {
  void* const p = malloc(50000);
  const struct mallinfo2 info = mallinfo2();
  say("mallinfo2", info.uordblks >= 50000 && info.arena + info.hblkhd >= info.uordblks);
  say("mallopt", mallopt(M_MMAP_THRESHOLD, 65536));
  say("mallopt of nothing", mallopt(M_TRIM_THRESHOLD, 100000));
  free(p);
  malloc_trim(0);
}

/* ---- threads and processes */

static void* churn(void* seed) {
  uintptr_t state = (uintptr_t)seed;
  void* blocks[20] = {0};
  for (int i = 0; i < 300; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    void** const block = &blocks[state >> 40 & 15];
    free(*block);
    *block = malloc(1 + (state >> 50));
  }
  for (int i = 0; i < 20; ++i) free(blocks[i]);
  if (state & 256) pthread_exit(NULL);
  return NULL;
}

static void* churn_for_long(void* seed) {
  for (int i = 0; i < 300; ++i) {
    if ((i & 1) != 0) churn((void*)((uintptr_t)seed & ~(uintptr_t)256));
    free(calloc(1, 3000));
  }
  return NULL;
}

static long status_of(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static void threads(void) {
  for (int round = 0; round < 300; ++round) {
    pthread_t group[10];
    for (int i = 0; i < 10; ++i)
      pthread_create(&group[i], NULL, churn, (void*)(uintptr_t)(round * 10 + i));
    for (int i = 0; i < 10; ++i) pthread_join(group[i], NULL);
  }
  say("short threads", 3000);
}

static void forks(void) {
  pthread_t busy[3];
  for (int i = 0; i < 3; ++i)
    pthread_create(&busy[i], NULL, churn_for_long, (void*)(uintptr_t)(i + 1));
  long good = 0;
  for (int i = 0; i < 40; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      pthread_t own;
      churn((void*)2);
      pthread_create(&own, NULL, churn, (void*)3);
      pthread_join(own, NULL);
      free(malloc(1000000));
      exit(7);
    }
    good += status_of(child) == 7;
  }
  say("forked children", good);
  const pid_t child = vfork();
  if (child == 0) {
    execl("/bin/true", "true", (char*)NULL);
    _exit(9);
  }
  say("vfork", status_of(child));
  for (int i = 0; i < 3; ++i) pthread_join(busy[i], NULL);
}

/* ---- before and after main */

static char* early;

__attribute__((constructor(101))) static void begin(void) {
  early = strdup("allocated before main");
}

__attribute__((destructor(101))) static void end(void) {
  char* const late = malloc(1000);
  printf("%s, freed after it: %d\n", early, late != NULL);
  free(late);
  free(early);
}

static void at_exit(void) {
  free(malloc(100));
  puts("at exit");
}

int main(void) {
  atexit(at_exit);
  setvbuf(stdout, NULL, _IOLBF, 0);
  sizes();
  errors();
  alignments();
  figures();
  threads();
  forks();
  return 0;
}
