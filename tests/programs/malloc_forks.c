/* Forks in every way that there is while threads allocate, and prints how many children ended well.
 * The library fork_handlers.c is part of it. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

void allocate_under_the_lock(void);
extern int handlers_allocate;

static atomic_int stop;
static atomic_int from_signals;

static void say(const char* what, long value) {
  printf("%s: %ld\n", what, value);
  fflush(stdout);
}

static void churn(unsigned seed, int rounds) {
  enum { kept = 64 };
  char* blocks[kept] = {0};
  for (int i = 0; i < rounds; ++i) {
    seed = seed * 1103515245 + 12345;
    char** const at = &blocks[(seed >> 8) % kept];
    const size_t size = (seed >> 16) % ((seed & 64) != 0 ? 200000 : 2000) + 1;
    if (*at != NULL && (seed & 3) == 0) {
      *at = realloc(*at, size);
    } else {
      free(*at);
      *at = (seed & 4) != 0 ? malloc(size) : calloc(1, size);
    }
    memset(*at, 1, size < 64 ? size : 64);
  }
  for (int i = 0; i < kept; ++i) free(blocks[i]);
}

static void* work(void* seed) {
  for (unsigned i = 0; !stop; ++i) {
    churn((unsigned)(uintptr_t)seed + i, 300);
    allocate_under_the_lock();
  }
  return NULL;
}

static void* short_life(void* seed) {
  churn((unsigned)(uintptr_t)seed, 20);
  return NULL;
}

static void* come_and_go(void* seed) {
  for (uintptr_t i = 0; !stop; ++i) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, short_life, (void*)((uintptr_t)seed + i)) == 0)
      pthread_join(thread, NULL);
  }
  return NULL;
}

static int good(pid_t child) {
  int status = 0;
  return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 7;
}

static void child_work(unsigned seed) {
  churn(seed, 100);
  if (seed % 8 == 0) {
    pthread_t thread;
    pthread_create(&thread, NULL, short_life, (void*)(uintptr_t)seed);
    pthread_join(thread, NULL);
  }
  _exit(7);
}

static void forks(int rounds) {
  long well = 0;
  for (int i = 0; i < rounds; ++i) {
    const pid_t child = fork();
    if (child == 0) child_work((unsigned)i);
    well += good(child);
  }
  say("forked", well);
}

static void others(void) {
  char* arguments[] = {(char*)"sh", (char*)"-c", (char*)"exit 7", NULL};
  long well = 0;
  for (int i = 0; i < 10; ++i) {
    pid_t child = 0;
    if (posix_spawn(&child, "/bin/sh", NULL, NULL, arguments, environ) == 0) well += good(child);
  }
  say("spawned", well);
  volatile long after_vfork = 0;
  for (volatile int i = 0; i < 10; ++i) {
    const pid_t child = vfork();
    if (child == 0) {
      execv("/bin/sh", arguments);
      _exit(1);
    }
    after_vfork += good(child);
  }
  say("after vfork", after_vfork);
  well = 0;
  for (int i = 0; i < 10; ++i) well += system("exit 7") == 7 << 8;
  say("by the shell", well);
}

/* Without handlers: only while there is one thread. */
static void raw_clones(void) {
  long well = 0;
  for (int i = 0; i < 50; ++i) {
    void* const block = malloc(1000);
    const pid_t child = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
    if (child == 0) {
      free(block);
      churn((unsigned)i, 100);
      _exit(7);
    }
    free(block);
    well += good(child);
  }
  say("raw clones", well);
}

static void fork_now(int signal) {
  (void)signal;
  const pid_t child = fork();
  if (child == 0) _exit(7);
  from_signals += good(child);
}

/* One thread, interrupted anywhere in malloc and free: there not even glibc may be called again. */
static void signals(void) {
  struct sigaction action = {.sa_handler = fork_now, .sa_flags = SA_RESTART};
  sigaction(SIGALRM, &action, NULL);
  handlers_allocate = 0;
  for (unsigned i = 0; from_signals < 50; ++i) {
    const struct itimerval once = {{0, 0}, {0, 100 + i * 7 % 50}};
    const int before = from_signals;
    setitimer(ITIMER_REAL, &once, NULL);
    while (from_signals == before) churn(i, 10);
  }
  handlers_allocate = 1;
  say("forked by signals", from_signals);
}

int main(int count, char** arguments) {
  const int rounds = count > 1 ? atoi(arguments[1]) : 100;
  raw_clones();
  signals();
  pthread_t threads[3];
  pthread_create(&threads[0], NULL, work, (void*)1);
  pthread_create(&threads[1], NULL, work, (void*)1000);
  pthread_create(&threads[2], NULL, come_and_go, (void*)2000);
  forks(rounds);
  others();
  stop = 1;
  for (int i = 0; i < 3; ++i) pthread_join(threads[i], NULL);
  return 0;
}
