/* MicroHeap: a heap to look at. C11 and C++20.
 *
 * The process heap lies at the program break, which it moves with sbrk(); separate heaps lie in
 * reserved ranges of addresses. Functions that take an mh_heap mean the process heap when it is
 * NULL. Every function may be called from any thread. No function prints. Sizes are bytes. */
#ifndef MICROHEAP_H
#define MICROHEAP_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- the four classics, on the process heap ------------------------------------------------- */

/** Allocates size bytes, aligned to 16 (or as the policy says). Their contents are undefined.
 *  Returns NULL for size 0 (errno kept), and NULL with errno ENOMEM when the break cannot move. */
void* my_malloc(size_t size);

/** Gives back what my_malloc, my_calloc, my_realloc or my_aligned_alloc returned. NULL is allowed.
 *  errno is kept. */
void my_free(void* pointer);

/** Allocates count * size bytes and sets them to zero. NULL with ENOMEM if the product overflows.
 */
void* my_calloc(size_t count, size_t size);

/** Changes the requested size of a block: in place if its payload has room or can get it from a
 * free neighbour or the break, otherwise by allocating, copying and freeing. NULL means
 * my_malloc(size); size 0 frees and returns NULL. On failure returns NULL with ENOMEM, and the old
 * block stays as it was. A pointer that is not a block in use is reported as an error: NULL with
 * EINVAL. */
void* my_realloc(void* pointer, size_t size);

/** Allocates size bytes at a multiple of alignment, a power of two up to MH_MAX_ALIGNMENT. NULL
 *  with EINVAL for another alignment, else as my_malloc. */
void* my_aligned_alloc(size_t alignment, size_t size);
#define MH_MAX_ALIGNMENT ((size_t)1 << 30)

/** Bytes of payload that may be written, at least what was requested (exactly that while guard
 *  bytes lie behind it); 0 for NULL and for what is not a block in use. */
size_t my_usable_size(const void* pointer);

/* ---- heaps ---------------------------------------------------------------------------------- */

typedef struct mh_heap mh_heap;
struct mh_policy;

/** A heap of its own in a reserved range of capacity bytes, with a break of its own. policy: NULL
 *  for the plainest. NULL with ENOMEM if the range cannot be had, EINVAL if the policy is none. */
mh_heap* mh_heap_create(size_t capacity, const struct mh_policy* policy);
/** Gives the whole range back; pointers into it are dead. Nobody may use the heap meanwhile. NULL
 *  is allowed; the process heap cannot be destroyed (nothing happens). */
void mh_heap_destroy(mh_heap* heap);

/* As my_malloc and the others, on a heap. */
void* mh_malloc(mh_heap* heap, size_t size);
void mh_free(mh_heap* heap, void* pointer);
void* mh_calloc(mh_heap* heap, size_t count, size_t size);
void* mh_realloc(mh_heap* heap, void* pointer, size_t size);
void* mh_aligned_alloc(mh_heap* heap, size_t alignment, size_t size);
size_t mh_usable_size(mh_heap* heap, const void* pointer);

/* ---- policy --------------------------------------------------------------------------------- */

/** Which free block a request gets (Knuth, TAOCP 1, 2.5; Wilson et al., "Dynamic Storage
 *  Allocation: A Survey and Critical Review", 1995). */
typedef enum mh_placement {
  MH_FIRST_FIT, /**< the first in the free list that is large enough */
  MH_NEXT_FIT,  /**< the same, but the search goes on where the last one ended */
  MH_BEST_FIT,  /**< the smallest that is large enough */
  MH_WORST_FIT  /**< the largest */
} mh_placement;

/** Where a block enters the free list when it is freed. */
typedef enum mh_free_order {
  MH_ORDER_ADDRESS, /**< where its address belongs */
  MH_ORDER_LIFO,    /**< at the head: the last one freed is found first */
  MH_ORDER_FIFO     /**< at the tail */
} mh_free_order;

/** When neighbouring free blocks become one. */
typedef enum mh_coalescing {
  MH_COALESCE_NEVER,
  MH_COALESCE_AT_FREE,
  MH_COALESCE_DEFERRED /**< all at once, when a search found nothing */
} mh_coalescing;

/** Which end of a free block that is too large a request gets. The other end stays free. */
typedef enum mh_carving {
  MH_CARVE_FRONT, /**< the lower addresses, as Bryant and O'Hallaron's place() */
  MH_CARVE_TAIL   /**< the higher ones, as Knuth's algorithm A and Kernighan and Ritchie's malloc */
} mh_carving;

typedef enum mh_header_kind {
  MH_HEADER_PLAIN,  /**< 32 bytes, each field a word that can be read in a dump */
  MH_HEADER_COMPACT /**< 16 bytes: the same facts packed, the next block implied by the size */
} mh_header_kind;

/** When free memory at the end of the heap goes back to the system. */
typedef enum mh_trimming {
  MH_TRIM_AT_ONCE,
  MH_TRIM_THRESHOLD, /**< when at least trim_threshold bytes are free there */
  MH_TRIM_NEVER
} mh_trimming;

/** How much memory is asked of the system. */
typedef enum mh_growth {
  MH_GROW_EXACT, /**< what the block takes */
  MH_GROW_CHUNKS /**< at least growth_chunk bytes at a time */
} mh_growth;

/** Every switch of the classic engine. All can be changed while the heap lives; header, alignment
 *  and guards apply to blocks handed out from then on. */
typedef struct mh_policy {
  mh_placement placement;
  mh_free_order free_order;
  mh_coalescing coalescing;
  mh_header_kind header;
  mh_trimming trimming;
  mh_growth growth;
  int split;             /**< 1: what a block has too much becomes a free block of its own ... */
  size_t split_minimum;  /**< ... if its payload would have at least so many bytes (16 at least) */
  mh_carving carving;    /**< which end of a block that is split the request gets */
  size_t alignment;      /**< of payloads: 16, 32 or 64 */
  size_t trim_threshold; /**< bytes, for MH_TRIM_THRESHOLD */
  size_t growth_chunk;   /**< bytes, for MH_GROW_CHUNKS; at most 1 GiB */
  int guards; /**< 1: guard bytes (0xfd) before and after each payload, checked at free */
  int poison; /**< 1: freed payloads are filled with 0xdd, checked when used again */
} mh_policy;

/** A combination that people teach. */
typedef struct mh_preset {
  const char* name;     /**< one word, for scripts: "plain" */
  const char* title;    /**< for people: "The plainest" */
  const char* sentence; /**< what it shows, and where it comes from */
  mh_policy policy;
} mh_preset;

/** All presets, the plainest first; their number in *count. Never NULL, lives forever. */
const mh_preset* mh_presets(size_t* count);

void mh_get_policy(mh_heap* heap, mh_policy* policy);
/** 0, or EINVAL if a field has no such value: then nothing changes. */
int mh_set_policy(mh_heap* heap, const mh_policy* policy);
/** Turned on, the event stream also tells each block that a search visits, and why it was taken or
 *  not. */
void mh_set_explaining(mh_heap* heap, int on);

/* ---- errors --------------------------------------------------------------------------------- */

/** What is wrong with a heap or a pointer. Which of them is found when, and in which mode:
 *  core/README.md, "Errors". */
typedef enum mh_error {
  MH_OK = 0,
  MH_DOUBLE_FREE,        /**< the block is free already */
  MH_INVALID_POINTER,    /**< never came from this heap, or was given back to the system */
  MH_HEADER_DAMAGED,     /**< a header's checksum does not match its fields and address */
  MH_LIST_BROKEN,        /**< the list of blocks does not lead from the start to the break */
  MH_OUT_OF_MEMORY,      /**< the break cannot move up */
  MH_MISALIGNED_POINTER, /**< no payload begins at such an address */
  MH_INTERIOR_POINTER,   /**< points into a block, not at its payload's start */
  MH_OTHER_HEAP,         /**< a block of another heap of this process */
  MH_OVERFLOW,           /**< the guard behind a payload was overwritten */
  MH_UNDERFLOW,          /**< the guard before a payload was overwritten */
  MH_WRITE_AFTER_FREE,   /**< the poison or the links in a free block were overwritten */
  MH_ERROR_COUNT
} mh_error;

/** One sentence on an error, e.g. "double free: the block is free already". Never NULL. */
const char* mh_error_text(mh_error error);

/** An error as a fact. */
typedef struct mh_report {
  mh_error error;
  const void* pointer; /**< as the caller gave it, or the first byte that is damaged */
  const void* block;   /**< address of the header of the block concerned; NULL: none is known */
  size_t requested;    /**< bytes that block was asked for, 0 if free or unknown */
  ptrdiff_t offset;    /**< of pointer from the start of the block's payload */
  int slot;            /**< 1: told by a pool; requested and offset are those of the slot */
} mh_report;

/** Writes a sentence with the report's figures, without addresses, e.g. "overflow: byte 100 of a
 *  block of 100 bytes was overwritten". Like snprintf: returns the length it wants. */
size_t mh_format_report(const mh_report* report, char* text, size_t size);

/** Is told of errors; called under the heap's lock, so it must not use the heap. */
typedef void (*mh_error_handler)(const mh_report* report, void* context);
void mh_set_error_handler(mh_heap* heap, mh_error_handler handler, void* context);

/** Validates every invariant of the heap: the chain of blocks from start to break, each header's
 *  checksum, sizes, alignment, guards, poison, the free list, and the figures of mh_stats. Changes
 *  nothing. Returns MH_OK, or the first error in the order of addresses with the address of the
 *  damaged block in *where (if where is not NULL). A block that was set aside counts as damaged. */
mh_error mh_check(mh_heap* heap, const void** where);

/* ---- figures -------------------------------------------------------------------------------- */

#define MH_SIZE_CLASSES 37

/** Blocks in use whose requested size is in (2^(n+3), 2^(n+4)] bytes; class 0: up to 16. */
typedef struct mh_size_class {
  uint64_t blocks;    /**< in use, count */
  uint64_t requested; /**< in use, bytes */
  uint64_t mallocs;   /**< ever, count */
} mh_size_class;

/** Figures of a heap. Bytes unless said otherwise.
 *  heap == header + requested + padding + guard + free + set_aside + foreign, always. */
typedef struct mh_stats {
  size_t heap;             /**< from the start of the heap to the break */
  size_t header;           /**< in headers, of used and of free blocks */
  size_t requested;        /**< what callers asked for, in used blocks */
  size_t padding;          /**< of used blocks: neither header, requested nor guard */
  size_t guard;            /**< guard bytes of used blocks */
  size_t free;             /**< payload of free blocks */
  size_t set_aside;        /**< payload of damaged blocks that are never used again */
  size_t foreign;          /**< ranges below the break that somebody else's sbrk() took */
  size_t largest_free;     /**< payload of the largest free block */
  size_t header_saved;     /**< what compact headers save against plain ones, now */
  size_t peak_heap;        /**< greatest value of heap so far */
  size_t peak_requested;   /**< greatest value of requested so far */
  size_t used_blocks;      /**< count */
  size_t free_blocks;      /**< count */
  size_t set_aside_blocks; /**< count */
  uint64_t mallocs;        /**< successful allocations, ever (a moving realloc counts one) */
  uint64_t frees;          /**< ever */
  uint64_t failed;         /**< allocations that returned NULL for want of memory */
  uint64_t errors;       /**< double frees and the like, refused; a damage met by searches, once */
  uint64_t searches;     /**< of the free list, ever */
  uint64_t visited;      /**< free blocks that searches looked at, ever */
  uint64_t splits;       /**< ever */
  uint64_t merges;       /**< two blocks that became one, ever */
  uint64_t break_moves;  /**< calls of sbrk() that moved the break, up or down */
  uint64_t lock_waits;   /**< calls that found the heap's lock taken */
  uint64_t lock_wait_ns; /**< what they waited in all, ns */
  mh_size_class size_class[MH_SIZE_CLASSES];
} mh_stats;

void mh_get_stats(mh_heap* heap, mh_stats* stats);
/** Share of the free bytes that a request as large as all of them could not get, 0 to 1:
 *  1 - largest_free / free. 0 if nothing is free. */
double mh_external_fragmentation(const mh_stats* stats);
/** Share of the used blocks' bytes that nobody asked for, 0 to 1: padding, headers and guards. */
double mh_internal_fragmentation(const mh_stats* stats);
/** Write the figures as one JSON object, or as lines for people. Like snprintf: return the length
 *  they want. */
size_t mh_stats_json(const mh_stats* stats, char* text, size_t size);
size_t mh_stats_text(const mh_stats* stats, char* text, size_t size);

/* ---- a walk --------------------------------------------------------------------------------- */

/** One block, as mh_walk shows it. Sizes in bytes.
 *
 *    address                                                          address + size
 *      | header | front |        requested        | padding | guard |
 *                       payload
 */
typedef struct mh_block {
  const void* address; /**< of its header; of a foreign block, its first byte */
  size_t size;         /**< of all of it; also the distance to the next block */
  size_t header;
  size_t front;      /**< between header and payload: guard bytes, or a gap for the alignment */
  size_t guard;      /**< at the end of the block */
  size_t requested;  /**< 0 if free */
  uint16_t thread;   /**< number of the thread that allocated it last */
  uint8_t used;      /**< 1: in use, 0: free */
  uint8_t foreign;   /**< 1: not ours, see mh_stats */
  uint8_t guarded;   /**< 1: front and guard hold guard bytes */
  uint8_t poisoned;  /**< 1: free, and filled with poison */
  uint8_t set_aside; /**< 1: found damaged, never used again */
  uint8_t pool;      /**< 1: holds the slots of a pool */
  uint8_t cached;    /**< 1: free, waiting for a request of its size */
  uint8_t mapped;    /**< 1: outside the heap, in a mapping of its own */
} mh_block;

/** Called for a block; returns 0 to end the walk. Must not call the walked heap. */
typedef int (*mh_visitor)(const mh_block* block, void* context);

/** Visits every block in the order of addresses, under the heap's lock; a damaged header ends the
 *  walk early (mh_check says which). Returns the heap's end: the break, as the heap left it. */
const void* mh_walk(mh_heap* heap, mh_visitor visitor, void* context);
/** Visits the free blocks in the order of the free list. */
void mh_walk_free(mh_heap* heap, mh_visitor visitor, void* context);
/** The block in whose payload pointer lies. 1, or 0 if there is none. */
int mh_block_of(mh_heap* heap, const void* pointer, mh_block* block);

/* ---- pools: many objects of one size -------------------------------------------------------- */

typedef struct mh_pool mh_pool;

#define MH_MAX_POOL_SLOTS ((size_t)1 << 14) /* in a block */

/** Figures of a pool. */
typedef struct mh_pool_stats {
  size_t object_size; /**< as asked for, bytes */
  size_t slot_size;   /**< what an object takes, bytes */
  size_t blocks;      /**< blocks of the heap that hold slots, count */
  size_t slots;       /**< count */
  size_t used;        /**< slots in use, count */
  size_t peak_used;   /**< greatest value of used so far, count */
  size_t bytes;       /**< of the heap, in those blocks' payloads */
  uint64_t allocs;    /**< ever */
  uint64_t frees;     /**< ever */
  uint64_t failed;    /**< mh_pool_alloc that returned NULL */
  uint64_t errors;    /**< refused frees, and damages found */
} mh_pool_stats;

/** A pool of objects of object_size bytes (1 up), aligned to 16, in blocks of a heap that hold
 *  objects_per_block slots each, at most MH_MAX_POOL_SLOTS (0: as many as fit in about 4 KiB, at
 *  least 8). A slot is found and given back in O(1), plus the search for its block, which is
 *  logarithmic in their number; a new block is taken when all slots are in use, and kept until the
 *  pool is destroyed. The pool itself lies in its first block, and works under the heap's lock.
 *  NULL with ENOMEM, or EINVAL for other numbers and on an engine without pools (the fast one).
 *  (Bonwick, "The Slab Allocator: An Object-Caching Kernel Memory Allocator", 1994.) */
mh_pool* mh_pool_create(mh_heap* heap, size_t object_size, size_t objects_per_block);
/** An object's memory, contents undefined; NULL with ENOMEM. */
void* mh_pool_alloc(mh_pool* pool);
/** NULL is allowed, errno is kept. A pointer that is no object in use of this pool is reported to
 *  the heap's error handler, and nothing is touched: MH_DOUBLE_FREE, MH_INTERIOR_POINTER (into an
 *  object), MH_INVALID_POINTER (no slot of this pool, or one that was never handed out). */
void mh_pool_free(mh_pool* pool, void* object);
/** Gives all its blocks back to the heap, whatever is still in use. Nobody may use the pool
 *  meanwhile. NULL is allowed. A heap that is destroyed takes its pools along. */
void mh_pool_destroy(mh_pool* pool);
void mh_pool_get_stats(mh_pool* pool, mh_pool_stats* stats);

/** The slots of a pool's block, side by side. */
typedef struct mh_slots {
  const void* first;    /**< address of slot 0 */
  size_t size;          /**< of a slot, bytes */
  size_t count;         /**< of slots */
  size_t used;          /**< slots in use, count */
  const uint64_t* bits; /**< bit i % 64 of word i / 64: slot i is in use */
} mh_slots;

/** Reads the slots from a block that an mh_visitor was just given; what bits points to is the
 * heap's and may be read until the visitor returns. 1, or 0 if the block is no pool's or is
 * damaged. */
int mh_slots_of(const mh_block* block, mh_slots* slots);

/* ---- markers -------------------------------------------------------------------------------- */

/** Puts a mark into the event stream, such as "phase 2": up to 40 characters of ASCII are kept. */
void mh_mark(mh_heap* heap, const char* text);

#ifdef __cplusplus
}
#endif
#endif
