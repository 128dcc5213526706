/* Every function of microheap.h, one after the other, with the heap drawn after each step.
 *
 * A row of the drawing is a block: where it begins (bytes from the first block), its size, and what
 * the size is made of. The output is the same in every run, so that it can be compared. */
#define _DEFAULT_SOURCE /* sbrk() */

#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "microheap.h"

/* ---- drawing the heap with mh_walk() */

static const char* first_block; /* addresses differ from run to run, distances do not */

static int draw_block(const mh_block* block, void* context) {
  (void)context;
  if (first_block == NULL) {
    first_block = block->address;
  }
  printf("  %6td  %5zu  ", (const char*)block->address - first_block, block->size);
  if (block->foreign) {
    printf("foreign\n");
  } else if (block->used) {
    printf("used     %zu header + %zu requested + %zu padding\n", block->header, block->requested,
           block->size - block->header - block->requested);
  } else {
    printf("free     %zu header + %zu free\n", block->header, block->size - block->header);
  }
  return 1; /* go on */
}

static void draw_heap(void) {
  printf("  offset   size  state\n");
  const char* program_break = mh_walk(NULL, draw_block, NULL);
  printf("  %6td         program break\n\n", first_block == NULL ? 0 : program_break - first_block);
}

static int draw_slots(const mh_block* block, void* context) {
  (void)context;
  mh_slots slots;
  if (mh_slots_of(block, &slots)) {
    printf("  a block of the pool: %zu slots of %zu bytes:", slots.count, slots.size);
    for (size_t i = 0; i < slots.count; ++i) {
      printf(" %s", slots.bits[i / 64] >> i % 64 & 1 ? "used" : "free");
    }
    printf("\n");
  }
  return 1;
}

static void chapter(const char* title) {
  printf("== %s\n", title);
}

/* ---- the tour */

static const char* text_of(int error) {
  return error == ENOMEM ? "ENOMEM" : "another error";
}

static void say_error(const mh_report* report, void* context) {
  int* told = context;
  ++*told;
  char sentence[160];
  mh_format_report(report, sentence, sizeof sentence);
  printf("  handler: %s", sentence);
  const char* pointer = report->pointer;
  if (pointer >= first_block && pointer < (const char*)sbrk(0)) {
    printf(" (at offset %td)", pointer - first_block);
  }
  printf("\n");
}

static void show_figures(void) {
  mh_stats s;
  mh_get_stats(NULL, &s);
  printf("  heap %zu = header %zu + requested %zu + padding %zu + free %zu + foreign %zu\n", s.heap,
         s.header, s.requested, s.padding, s.free, s.foreign);
  printf("  %zu used blocks, %zu free blocks, the largest free one has %zu bytes\n", s.used_blocks,
         s.free_blocks, s.largest_free);
  printf("  so far: %" PRIu64 " allocations, %" PRIu64 " frees, %" PRIu64 " failed, %" PRIu64
         " errors, at most %zu bytes of heap\n\n",
         s.mallocs, s.frees, s.failed, s.errors, s.peak_heap);
}

static void show_check(void) {
  const void* where = NULL;
  const mh_error error = mh_check(NULL, &where);
  printf("  mh_check: %s\n\n", mh_error_text(error));
}

int main(void) {
  static char output[4096]; /* so that printf() needs no memory from anybody's heap */
  setvbuf(stdout, output, _IOFBF, sizeof output);
  int errors_told = 0;
  mh_set_error_handler(NULL, say_error, &errors_told);

  chapter("my_malloc: each block is a 32-byte header and a payload, rounded up to 16 bytes");
  char* p = my_malloc(100);
  char* q = my_malloc(16);
  char* r = my_malloc(1);
  draw_heap();

  chapter("my_usable_size: what a payload can hold");
  printf("  p asked for 100 bytes and holds %zu; r asked for 1 and holds %zu; NULL holds %zu\n\n",
         my_usable_size(p), my_usable_size(r), my_usable_size(NULL));

  chapter("my_malloc(0) is NULL");
  printf("  %s\n\n", my_malloc(0) == NULL ? "NULL" : "a pointer");

  chapter("my_free(p): the block stays where it is, free for others");
  my_free(p);
  my_free(NULL); /* allowed, does nothing */
  draw_heap();

  chapter("my_calloc(5, 10): first fit finds the free block; it is not split, so padding is large");
  unsigned char* zeroes = my_calloc(5, 10);
  int not_zero = 0;
  for (int i = 0; i < 50; ++i) {
    not_zero += zeroes[i] != 0;
  }
  printf("  p's block again: %s; bytes that are not zero: %d\n", (char*)zeroes == p ? "yes" : "no",
         not_zero);
  draw_heap();

  chapter("my_realloc(r, 10): the payload has room, so the block stays in its place");
  char* same = my_realloc(r, 10);
  printf("  in place: %s\n\n", same == r ? "yes" : "no");
  strcpy(same, "contents");
  chapter("my_realloc(r, 200): no room, so allocate, copy, free");
  char* moved = my_realloc(same, 200);
  printf("  in place: %s; contents: \"%s\"\n", moved == same ? "yes" : "no", moved);
  draw_heap();

  chapter("my_realloc(NULL, 40) is malloc, my_realloc(s, 0) is free");
  char* s = my_realloc(NULL, 40);
  printf("  malloc: %s\n", s != NULL ? "a pointer" : "NULL");
  s = my_realloc(s, 0);
  printf("  free: %s\n\n", s == NULL ? "NULL" : "a pointer");

  chapter("mh_get_stats: where every byte of the heap is");
  show_figures();

  chapter("my_free of the last block: sbrk(-n) gives memory back, over all free blocks at the end");
  my_free(moved);
  draw_heap();

  chapter("too much to ask for");
  errno = 0;
  void* impossible = my_malloc(SIZE_MAX / 2);
  printf("  my_malloc(SIZE_MAX / 2): %s, %s\n", impossible == NULL ? "NULL" : "?", text_of(errno));
  errno = 0;
  impossible = my_calloc(SIZE_MAX / 2, 4);
  printf("  my_calloc(SIZE_MAX / 2, 4), which overflows: %s, %s\n\n",
         impossible == NULL ? "NULL" : "?", text_of(errno));

  chapter("mistakes are told to mh_set_error_handler's function, and nothing is touched");
  char* t = my_malloc(24);
  char* keeps_t_in_the_heap = my_malloc(24);
  my_free(t);
  my_free(t);
  my_free(keeps_t_in_the_heap + 8);
  my_free(keeps_t_in_the_heap + 16);
  my_free(&errors_told);
  printf("  %d errors told\n", errors_told);
  show_check();

  chapter("mh_pool_create: a pool divides blocks into slots of one size, with a bit for each");
  mh_pool* pool = mh_pool_create(NULL, 24, 2);
  void* objects[3];
  for (int i = 0; i < 3; ++i) {
    objects[i] = mh_pool_alloc(pool);
  }
  mh_pool_free(pool, objects[0]);
  mh_pool_free(pool, objects[0]);
  mh_walk(NULL, draw_slots, NULL);
  mh_pool_destroy(pool);
  printf("\n");

  chapter("somebody else calls sbrk(): their memory becomes a foreign block between ours");
  void* theirs = sbrk(1024);
  memset(theirs, 0xff, 1024);
  char* behind = my_malloc(64);
  draw_heap();

  chapter("all is freed; what lies below their memory cannot go back");
  my_free(zeroes);
  my_free(q);
  my_free(keeps_t_in_the_heap);
  my_free(behind);
  draw_heap();
  show_figures();
  show_check();
  mh_set_error_handler(NULL, NULL, NULL);
  return mh_check(NULL, NULL) == MH_OK && errors_told == 5 ? 0 : 1;
}
