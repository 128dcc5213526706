/* MicroHeap: a heap to look at. C11 and C++20.
 *
 * The process heap lies at the program break, which it moves with sbrk(). Every function may be
 * called from any thread. No function prints. */
#ifndef MICROHEAP_H
#define MICROHEAP_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Allocates size bytes, aligned to 16. Their contents are undefined.
 *  Returns NULL for size 0 (errno kept), and NULL with errno ENOMEM when the break cannot move. */
void* my_malloc(size_t size);

/** Gives back what my_malloc, my_calloc or my_realloc returned. NULL is allowed. errno is kept. */
void my_free(void* pointer);

/** Allocates count * size bytes and sets them to zero. NULL with ENOMEM if the product overflows.
 */
void* my_calloc(size_t count, size_t size);

/** Changes the requested size of a block: in place if its payload has room, otherwise by
 * allocating, copying and freeing. NULL means my_malloc(size); size 0 frees and returns NULL. On
 * failure returns NULL with ENOMEM, and the old block stays as it was. A pointer that is not a
 * block in use is reported as an error: NULL with EINVAL. */
void* my_realloc(void* pointer, size_t size);

/** Bytes of payload that the block holds, at least what was requested; 0 for NULL and for what is
 *  not a block in use. */
size_t my_usable_size(const void* pointer);

/** What is wrong with a heap or a pointer. */
typedef enum mh_error {
  MH_OK = 0,
  MH_DOUBLE_FREE,     /**< the block is free already */
  MH_INVALID_POINTER, /**< never came from this heap, or points into the middle of a block */
  MH_HEADER_DAMAGED,  /**< a header's checksum does not match its fields and address */
  MH_LIST_BROKEN,     /**< the list of blocks does not lead from the start to the break */
  MH_OUT_OF_MEMORY
} mh_error;

/** One sentence on an error, e.g. "double free: the block is free already". Never NULL. */
const char* mh_error_text(mh_error error);

/** Figures of a heap. Bytes unless said otherwise.
 *  heap == header + requested + padding + free + foreign, always. */
typedef struct mh_stats {
  size_t heap;          /**< from the start of the heap to the break */
  size_t header;        /**< in headers, of used and of free blocks */
  size_t requested;     /**< what callers asked for, in used blocks */
  size_t padding;       /**< payload of used blocks beyond what was asked for */
  size_t free;          /**< payload of free blocks */
  size_t foreign;       /**< ranges below the break that somebody else's sbrk() took */
  size_t largest_free;  /**< payload of the largest free block */
  size_t peak_heap;     /**< greatest value of heap so far */
  size_t used_blocks;   /**< count */
  size_t free_blocks;   /**< count */
  uint64_t mallocs;     /**< successful allocations, ever (a moving realloc counts one) */
  uint64_t frees;       /**< ever */
  uint64_t failed;      /**< allocations that returned NULL for want of memory */
  uint64_t errors;      /**< double frees and the like, refused; a damage met by searches, once */
  uint64_t visited;     /**< blocks that searches looked at, ever */
  uint64_t break_moves; /**< calls of sbrk() that moved the break, up or down */
} mh_stats;

void mh_get_stats(mh_stats* stats);

/** Validates every invariant of the heap: the chain of blocks from start to break, each header's
 *  checksum, sizes, alignment, and the figures of mh_stats. Returns MH_OK, or the first error with
 *  the address of the damaged block in *where (if where is not NULL). */
mh_error mh_check(const void** where);

/** One block, as mh_walk shows it. Sizes in bytes. */
typedef struct mh_block {
  const void* address; /**< of its header; of a foreign block, its first byte */
  size_t size;   /**< header, payload and padding together; also the distance to the next block */
  size_t header; /**< the payload starts at address + header */
  size_t requested; /**< 0 if free */
  uint16_t thread;  /**< number of the thread that allocated it last */
  uint8_t used;     /**< 1: in use, 0: free */
  uint8_t foreign;  /**< 1: not ours, see mh_stats */
} mh_block;

/** Called for a block; returns 0 to end the walk. Must not call the walked heap. */
typedef int (*mh_visitor)(const mh_block* block, void* context);

/** Visits every block in the order of addresses, under the heap's lock; a damaged header ends the
 *  walk early (mh_check says which). Returns the heap's end: the break, as the heap left it. */
const void* mh_walk(mh_visitor visitor, void* context);

/** Is told of errors; called under the heap's lock, so it must not use the heap. */
typedef void (*mh_error_handler)(mh_error error, const void* pointer, void* context);
void mh_set_error_handler(mh_error_handler handler, void* context);

#ifdef __cplusplus
}
#endif
#endif
