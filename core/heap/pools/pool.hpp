#pragma once
// Many objects of one size: a pool divides blocks of a heap into slots of that size, so that an
// object costs a bit and no header, and none is searched for (Bonwick, "The Slab Allocator: An
// Object-Caching Kernel Memory Allocator", 1994). How such a block looks: pool_block.hpp.
//
//                 open
//                  |
//     +- block 3 --v-------+   +- block 1 ----------+   +- block 2 ----------+
//     | used | free | used |   | used | used | used |   | used | free | free |
//     +--------------------+   +--------------------+   +---------^----------+
//              next open                                          |
//                  +----------------------------------------------+
//
// An object comes from the first open block: the head of its chain of free slots, or the next that
// was never used. A pointer's block is found in a tree of the blocks by address, which is balanced
// by giving each block a random rank and keeping higher ranks above (Seidel and Aragon, "Randomized
// Search Trees", 1996): blocks only join, so that this is all it takes.
//
// Everything happens under the heap's lock, not under one of the pool's own: then a slot's events
// lie between those of its block, and a walk of the heap sees no slot in mid-change. A program that
// writes beyond its objects writes into slots and headers: no header is followed that is not
// sealed, no link in a slot that does not lead to a free slot.

#include <cstddef>
#include <cstdint>

#include "core/heap/heap.hpp"
#include "core/heap/pools/pool_block.hpp"

/// What the C interface calls a pool.
struct mh_pool {
 protected:
  ~mh_pool() = default;
};

namespace mh {

/// What the functions promise stands in microheap.h. Lies in its first block, and is dead when the
/// heap is reset. All but destroy() may be called from any thread.
class Pool final : public mh_pool {
 public:
  /// nullptr with EINVAL if there is no such pool or the heap has none, with ENOMEM if it is full.
  static Pool* create(Heap& heap, std::size_t object_size, std::size_t slots_per_block);
  void destroy();

  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  void* allocate();
  void release(void* object);
  [[nodiscard]] mh_pool_stats stats() const;

 private:
  using Call = HeapCall<PoolGround>;
  /// Which slot a pointer means, and what is wrong with it.
  struct Found {
    mh_error error = MH_OK;
    PoolBlock* block = nullptr;
    std::uint32_t number = 0;
    std::ptrdiff_t offset = 0;  ///< of the pointer in the slot, bytes
  };

  Pool(PoolGround& ground, std::size_t object_size, std::uint32_t slots)
      : ground_(ground), object_size_(object_size), slots_(slots) {}

  // Slots.
  [[nodiscard]] Found find(const void* pointer) const;
  static std::uint32_t take_slot(PoolBlock& block);
  bool chain_is_sound(PoolBlock& block, EventScope& scope);
  void report(const Found& found, const void* pointer, EventScope& scope);

  // Blocks.
  PoolBlock* open_block(EventScope& scope);
  PoolBlock* grow(EventScope& scope);
  [[nodiscard]] PoolBlock* block_below(const void* pointer, PoolBlock*& damaged) const;
  void plant(PoolBlock& block);
  void hang(PoolBlock* above, bool higher, PoolBlock* block);
  void add_block(PoolBlock& block, EventScope& scope);
  static PoolBlock* divide(const PoolGround::Plot& plot, std::size_t first, std::uint32_t slots,
                           std::size_t slot_size);

  PoolGround& ground_;
  std::size_t object_size_;      // bytes
  std::uint32_t slots_;          // in each block
  PoolBlock* root_ = nullptr;    // of the tree
  PoolBlock* open_ = nullptr;    // first block with free slots; they are chained
  PoolBlock* newest_ = nullptr;  // of all blocks; each leads to the one before
  mh_pool_stats stats_{};
};

}  // namespace mh
