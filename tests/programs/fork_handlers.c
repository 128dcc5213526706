/* A library with fork handlers that allocate, and that wait for a thread which allocates. Its
 * constructor registers them before the program has allocated anything. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

int handlers_allocate = 1;

static void allocate_some(void) {
  if (!handlers_allocate) return;
  void* volatile blocks[40];
  for (int i = 0; i < 40; ++i) {
    const size_t size = (size_t)1 << (i % 20);
    blocks[i] = i % 3 == 0 ? calloc(1, size) : malloc(size);
    memset(blocks[i], i, size < 4096 ? size : 4096);
  }
  for (int i = 0; i < 40; i += 2) blocks[i] = realloc(blocks[i], 3000);
  for (int i = 0; i < 40; ++i) free(blocks[i]);
}

/* Called by threads of the program. */
void allocate_under_the_lock(void) {
  pthread_mutex_lock(&mutex);
  free(malloc(200000));
  free(malloc(5000));
  pthread_mutex_unlock(&mutex);
}

static void prepare(void) {
  allocate_some();
  pthread_mutex_lock(&mutex);
  allocate_some();
}

static void after(void) {
  allocate_some();
  pthread_mutex_unlock(&mutex);
  allocate_some();
}

__attribute__((constructor)) static void begin(void) {
  pthread_atfork(prepare, after, after);
}
