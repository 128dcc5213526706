/* Corners of malloc's interface, one fact a line, as malloc_facts.c has the usual ones. With an
 * argument: one thing that glibc does otherwise, or that has to be alone in its process. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

/* What <malloc.h> does not declare. */
void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);
void* __libc_valloc(size_t);
void* __libc_pvalloc(size_t);
int __libc_mallopt(int, int);
struct mallinfo __libc_mallinfo(void);
void __libc_free(void*);
__attribute__((weak)) void free_sized(void*, size_t);
__attribute__((weak)) void free_aligned_sized(void*, size_t, size_t);

static void say(const char* what, long value) {
  printf("%s: %ld\n", what, value);
  fflush(stdout);
}

static size_t plain(size_t value) {
  volatile size_t hidden = value;
  return hidden;
}

static int all_are(const char* bytes, size_t count, int value) {
  for (size_t i = 0; i < count; ++i) {
    if ((unsigned char)bytes[i] != value) return 0;
  }
  return 1;
}

/* ---- names */

static void names(void) {
  long same_heap = 0;
  for (size_t size = 1; size < 300000; size = size * 3 + 1) {
    free(__libc_malloc(size));
    __libc_free(malloc(size));
    char* p = __libc_calloc(3, size);
    p = realloc(p, size);
    p = __libc_realloc(p, 2 * size);
    same_heap += malloc_usable_size(p) >= 2 * size;
    __libc_free(p);
    p = __libc_memalign(256, size);
    same_heap += (uintptr_t)p % 256 == 0;
    free(p);
    free(__libc_valloc(size));
    free(__libc_pvalloc(size));
    p = malloc(size);
    free_sized != NULL ? free_sized(p, size) : free(p);
    p = aligned_alloc(64, size);
    free_aligned_sized != NULL ? free_aligned_sized(p, 64, size) : free(p);
  }
  say("glibc's other names", same_heap);
  say("__libc_mallopt", __libc_mallopt(M_MXFAST, 64));
  say("__libc_mallinfo", __libc_mallinfo().uordblks > 0);
}

/* ---- rules */

static void rules(void) {
  long well = 0;
  for (size_t alignment = 0; alignment < 200; ++alignment) {
    void* const p = aligned_alloc(alignment, plain(alignment + 5));
    well += p != NULL;
    free(p);
  }
  say("aligned_alloc takes what memalign takes", well);
  errno = 0;
  say("an alignment of half of all", aligned_alloc(plain(SIZE_MAX / 2 + 1), 1) == NULL);
  say("and errno", errno);
  errno = 0;
  say("greater", memalign(plain(SIZE_MAX / 2 + 2), 1) == NULL);
  say("and errno", errno);
  void* p = NULL;
  say("posix_memalign of a TiB", posix_memalign(&p, (size_t)1 << 40, plain(10)));
  say("p untouched", p == NULL);
  for (unsigned shift = 12; shift <= 30; shift += 6) {
    p = memalign((size_t)1 << shift, 100);
    say("memalign", p != NULL && (uintptr_t)p % ((size_t)1 << shift) == 0);
    free(p);
  }
  errno = 0;
  say("pvalloc too much", pvalloc(plain(SIZE_MAX - 10)) == NULL && errno == ENOMEM);
  say("valloc too much", valloc(plain(SIZE_MAX - 10)) == NULL && errno == ENOMEM);
  say("memalign of 0 too much", memalign(plain(0), plain(SIZE_MAX)) == NULL && errno == ENOMEM);
  errno = 5;
  p = pvalloc(plain(0));
  say("pvalloc(0) is a block", p != NULL);
  free(p);
  say("calloc(0, 0) is a block", (p = calloc(plain(0), 0)) != NULL);
  free(p);
  say("reallocarray(p, 0, 5) frees", reallocarray(malloc(10), plain(0), 5) == NULL);
  say("errno stays", errno);
}

static void options(void) {
  const int parameters[] = {M_MXFAST,     M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_MMAP_MAX,
                            M_ARENA_TEST, M_ARENA_MAX,      M_CHECK_ACTION,   99};
  const int values[] = {0, 1, 160, 161, -1, 65536, 1 << 30};
  for (size_t i = 0; i < sizeof parameters / sizeof *parameters; ++i) {
    long taken = 0;
    for (size_t k = 0; k < sizeof values / sizeof *values; ++k)
      taken = 2 * taken + mallopt(parameters[i], values[k]);
    say("mallopt takes", taken);
  }
  mallopt(M_MMAP_MAX, 65536);
  mallopt(M_TOP_PAD, 1 << 20);
  for (int threshold = 20 << 20; threshold <= 80 << 20; threshold *= 4) {
    mallopt(M_MMAP_THRESHOLD, threshold);
    void* const p = malloc(40 << 20);
    say("M_MMAP_THRESHOLD", (long)mallinfo2().hblks);
    free(p);
    say("and none", (long)mallinfo2().hblks);
  }
}

/* The last block of the heap, where freed blocks of its next size are at hand. */
static void last_block_grows(void) {
  for (int i = 0; i < 20; ++i) free(malloc(120));
  const size_t sizes[] = {120, 5000, 50000};
  long in_place = 0;
  char* p = malloc(100);
  for (int i = 0; i < 3; ++i) {
    char* const grown = realloc(p, sizes[i]);
    in_place += grown == p;
    p = grown;
  }
  free(p);
  say("realloc of the last block in place", in_place);
}

/* Blocks that no thread keeps at hand: those glibc does not fill. */
static void perturb(int value) {
  enum { size = 5000 };
  char* const guard = malloc(100000);
  char* p = malloc(size);
  say("filled", all_are(p, size, value ^ 0xff));
  free(p);
  p = calloc(1, size);
  say("calloc is zero", all_are(p, size, 0));
  memset(p, 1, size);
  p = realloc(p, 200000);
  say("realloc keeps", all_are(p, size, 1));
  say("and fills", all_are(p + 2 * size, 200000 - 2 * size, value ^ 0xff));
  char* const q = malloc(3 * size);
  char* const last = malloc(3 * size);
  memset(q, 1, 3 * size);
  free(q);
  say("freed", all_are(q + 64, 2 * size, value)); /* its memory is still there */
  free(last);
  free(p);
  free(guard);
}

/* ---- what it says of itself */

/* Its lines without figures, and those that depend on them. */
static void information(void) {
  char* text = NULL;
  size_t length = 0;
  FILE* const file = open_memstream(&text, &length);
  say("malloc_info(1)", malloc_info(1, file));
  say("malloc_info(0)", malloc_info(0, file));
  fclose(file);
  int in_heap = 0;
  for (char* line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
    if (strstr(line, "<heap") != NULL) in_heap = 1;
    if (strstr(line, "from=") == NULL && (!in_heap || strchr(line, '/') != NULL)) {
      for (char* c = line; *c != '\0'; ++c) {
        if (*c >= '0' && *c <= '9') *c = '0';
      }
      for (char* c = line; (c = strstr(c, "00")) != NULL;) memmove(c, c + 1, strlen(c));
      puts(line);
    }
  }
  free(text);
  void* const p = malloc(50000);
  const struct mallinfo2 info = mallinfo2();
  say("mallinfo2 adds up", info.arena == info.uordblks + info.fordblks && info.uordblks >= 50000);
  free(p);
}

/* ---- others who allocate for the caller */

static void callers(void) {
  char* line = NULL;
  size_t room = 0;
  FILE* const file = fopen("/proc/self/status", "r");
  long lines = 0;
  while (getline(&line, &room, file) > 0) ++lines;
  say("getline", lines > 10);
  free(line);
  fclose(file);
  char* text = NULL;
  say("asprintf", asprintf(&text, "%5000d", 7));
  char* const copy = strndup(text, 3000);
  say("strndup", (long)strlen(copy));
  free(copy);
  free(text);
  text = realpath("/proc/../proc", NULL);
  puts(text);
  free(text);
}

/* ---- limits */

static void limits(void) {
  const struct rlimit little = {30 << 20, RLIM_INFINITY};
  const struct rlimit much = {RLIM_INFINITY, RLIM_INFINITY};
  const int kinds[] = {RLIMIT_AS, RLIMIT_DATA};
  for (int k = 0; k < 2; ++k) {
    void* kept[2000] = {0};
    long count = 0;
    setrlimit(kinds[k], &little);
    while (count < 2000 && (kept[count] = malloc(50000)) != NULL) ++count;
    say("an end", count < 2000 && errno == ENOMEM);
    for (long i = 0; i < count; ++i) free(kept[i]);
    setrlimit(kinds[k], &much);
    void* const large = malloc(100 << 20);
    say("and much", large != NULL);
    free(large);
  }
}

/* ---- a break that cannot move, from the first allocation on or from some time on */

static void blocked_break(void) {
  char* const end = sbrk(0);
  const size_t page = 4096;
  void* const wall = (void*)(((uintptr_t)end + page - 1) / page * page);
  say("a wall", mmap(wall, page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
                     0) == wall);
  enum { many = 3000 };
  static char* kept[many];
  long well = 0;
  for (int i = 0; i < many; ++i) {
    const size_t size = (size_t)(i * 7919 % 9973) * 3 + 1;
    kept[i] = malloc(size);
    well += kept[i] != NULL;
    memset(kept[i], i, size);
    if (i % 3 == 0) {
      free(kept[i / 2]);
      kept[i / 2] = calloc(1, size);
    }
  }
  for (int i = 0; i < many; ++i) free(kept[i]);
  void* const large = malloc(50000000);
  say("blocks", well + (large != NULL));
  free(large);
  free(realloc(malloc(100000), 200000));
}

/* ---- stacks */

static void* allocate_a_bit(void* nothing) {
  for (size_t size = 1; size < 1000000; size = size * 2 + 1) free(realloc(malloc(size), 3 * size));
  free(strdup("text"));
  return nothing;
}

static void on_signal(int signal) {
  (void)signal;
  allocate_a_bit(NULL);
}

static void stacks(void) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 64 << 10);
  pthread_t thread;
  say("a small stack", pthread_create(&thread, &attributes, allocate_a_bit, NULL));
  pthread_join(thread, NULL);
  static char room[16 << 10];
  const stack_t stack = {.ss_sp = room, .ss_size = sizeof room};
  sigaltstack(&stack, NULL);
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};
  sigaction(SIGUSR1, &action, NULL);
  say("a signal's stack", raise(SIGUSR1));
}

/* ---- before and after everything */

static char* before_constructors;

static void first_of_all(void) {
  before_constructors = strdup("before constructors");
}

__attribute__((section(".preinit_array"), used)) static void (*const preinit)(void) = first_of_all;

static pthread_key_t key;

static void at_thread_end(void* round) {
  free(malloc(500));
  if ((uintptr_t)round < 4) pthread_setspecific(key, (void*)((uintptr_t)round + 1));
}

static void* with_key(void* nothing) {
  pthread_setspecific(key, (void*)1);
  return allocate_a_bit(nothing);
}

static void ends(void) {
  puts(before_constructors);
  free(before_constructors);
  pthread_key_create(&key, at_thread_end);
  pthread_t thread;
  for (int i = 0; i < 10; ++i) {
    pthread_create(&thread, NULL, with_key, NULL);
    pthread_join(thread, NULL);
  }
  puts("threads that allocate while they end");
}

/* ---- a library that comes and goes */

static void* use_plugin(void* function) {
  void* another = NULL;
  ((void (*)(void*, void**))(uintptr_t)function)(malloc(50), &another);
  free(another);
  return NULL;
}

static void plugin(const char* path) {
  for (int i = 0; i < 5; ++i) {
    void* const library = dlopen(path, RTLD_NOW | RTLD_LOCAL | (i % 2 == 0 ? RTLD_DEEPBIND : 0));
    if (library == NULL) {
      puts(dlerror());
      return;
    }
    void* const function = dlsym(library, "use_plugin");
    pthread_t thread;
    pthread_create(&thread, NULL, use_plugin, function);
    pthread_join(thread, NULL);
    say("closed", dlclose(library));
  }
}

/* ---- a thread that is cancelled while it writes */

static int full_pipe[2];

static void* write_figures(void* nothing) {
  for (;;) {
    malloc_stats();
    pthread_testcancel();
  }
  return nothing;
}

static void* read_all(void* last) {
  char buffer[4096];
  ssize_t came = 0;
  while ((came = read(full_pipe[0], buffer, sizeof buffer)) > 0) *(char*)last = buffer[came - 1];
  return last;
}

static long is_full(int file) {
  struct pollfd poll_for = {.fd = file, .events = POLLOUT};
  return poll(&poll_for, 1, 0) == 0;
}

static long writes_whole_lines(void) {
  if (pipe(full_pipe) != 0) return -1;
  fcntl(full_pipe[1], F_SETPIPE_SZ, 4096);
  const int saved = dup(STDERR_FILENO);
  dup2(full_pipe[1], STDERR_FILENO);
  pthread_t writer;
  pthread_t reader;
  char last = '-';
  pthread_create(&writer, NULL, write_figures, NULL);
  while (!is_full(full_pipe[1])) usleep(100);
  pthread_cancel(writer); /* it waits, or soon will */
  pthread_create(&reader, NULL, read_all, &last);
  pthread_join(writer, NULL);
  dup2(saved, STDERR_FILENO);
  close(full_pipe[1]);
  pthread_join(reader, NULL);
  return last == '\n';
}

int main(int count, char** arguments) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (count > 1 && strcmp(arguments[1], "cancel") == 0) {
    say("malloc_stats writes whole lines", writes_whole_lines());
    free(malloc(100000));
    malloc_stats();
    return 0;
  }
  if (count > 1 && strcmp(arguments[1], "blocked") == 0) {
    blocked_break();
    return 0;
  }
  if (count > 2 && strcmp(arguments[1], "plugin") == 0) {
    plugin(arguments[2]);
    return 0;
  }
  if (count > 1 && strcmp(arguments[1], "realloc") == 0) {
    last_block_grows();
    return 0;
  }
  if (count > 1 && strcmp(arguments[1], "options") == 0) {
    options();
    return 0;
  }
  if (count > 1 && strcmp(arguments[1], "perturb") == 0) {
    const char* const value = getenv("MALLOC_PERTURB_");
    if (value == NULL) mallopt(M_PERTURB, 0x5a);
    perturb(value != NULL ? atoi(value) : 0x5a);
    return 0;
  }
  information();
  limits();
  names();
  rules();
  callers();
  stacks();
  ends();
  return 0;
}
