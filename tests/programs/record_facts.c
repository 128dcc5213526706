/* What record_test.py has recorded. Each way ends with what the heap says of itself, and calls
   neither malloc nor free after that: the recording's last moment has to say the same. */
#define _GNU_SOURCE
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { live = 400 };

static unsigned next_number(unsigned* state) {
  *state = *state * 1664525U + 1013904223U;
  return *state >> 8;
}

static void churn(unsigned seed, unsigned calls, void** blocks) {
  for (unsigned i = 0; i < calls; ++i) {
    const unsigned at = next_number(&seed) % live;
    const unsigned kind = next_number(&seed) % 16;
    const size_t size = kind == 0 ? next_number(&seed) % 300000 : next_number(&seed) % 700;
    if (kind < 3) {
      void* const moved = realloc(blocks[at], size + 1);
      if (moved != NULL) blocks[at] = moved;
    } else {
      free(blocks[at]);
      blocks[at] = kind == 4 ? calloc(1, size) : malloc(size);
    }
  }
}

static void* shared[8][live];
static unsigned calls = 20000;

static void* work(void* number) {
  const uintptr_t n = (uintptr_t)number;
  churn((unsigned)n + 1, calls, shared[n]);
  return NULL;
}

/* dprintf() would allocate. */
static void tell(const char* who) {
  const struct mallinfo2 info = mallinfo2();
  char line[128];
  const int length = snprintf(line, sizeof line, "%s %d %zu %zu %zu\n", who, getpid(), info.arena,
                              info.fordblks, info.ordblks + info.smblks);
  if (write(1, line, (size_t)length) != length) _exit(4);
}

static void run_threads(unsigned threads) {
  pthread_t ids[8];
  for (uintptr_t i = 0; i < threads; ++i) pthread_create(&ids[i], NULL, work, (void*)i);
  for (unsigned i = 0; i < threads; ++i) pthread_join(ids[i], NULL);
}

static void* one_block(void* unused) {
  free(malloc(100));
  return unused;
}

int main(int count, char** words) {
  const char* const way = count > 1 ? words[1] : "";
  if (strcmp(way, "threads") == 0) {
    run_threads(count > 2 ? (unsigned)atoi(words[2]) : 4);
    tell("main");
    _exit(3);
  }
  if (strcmp(way, "many-threads") == 0) {
    for (int i = 0; i < 1000; ++i) {
      pthread_t id;
      pthread_create(&id, NULL, one_block, NULL);
      pthread_join(id, NULL);
    }
    tell("main");
    _exit(0);
  }
  if (strcmp(way, "fork") == 0) {
    churn(7, 2000, shared[0]);
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
      churn(8, 2000, shared[0]);
      tell("child");
      _exit(0);
    }
    waitpid(child, NULL, 0);
    churn(9, 2000, shared[0]);
    tell("main");
    _exit(0);
  }
  if (strcmp(way, "exec") == 0) {
    churn(7, 2000, shared[0]);
    execl("/proc/self/exe", "record_facts", "threads", "1", (char*)NULL);
    return 1;
  }
  if (strcmp(way, "crash") == 0) {
    churn(7, 2000, shared[0]);
    raise(SIGSEGV);
  }
  if (strcmp(way, "threads-for") == 0) { /* some seconds */
    const time_t end = time(NULL) + (count > 2 ? atoi(words[2]) : 4);
    for (unsigned round = 0; time(NULL) < end; ++round) churn(round, 1000, shared[0]);
    _exit(3);
  }
  if (strcmp(way, "on-and-on") == 0) {
    for (unsigned round = 0;; ++round) churn(round, 1000, shared[0]);
  }
  if (strcmp(way, "until-eof") == 0) { /* goes on until its input ends */
    struct pollfd input = {0, POLLIN, 0};
    dprintf(1, "ready\n");
    for (unsigned round = 0; poll(&input, 1, 0) == 0; ++round) churn(round, 5000, shared[0]);
    dprintf(1, "done\n");
    _exit(0);
  }
  return 2;
}
