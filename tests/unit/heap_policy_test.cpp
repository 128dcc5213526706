// Every switch of the classic heap, one by one.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <vector>

#include "tests/unit/heap_test_support.hpp"

namespace mh::test {
namespace {

constexpr std::size_t header = plain_header;

class HeapPolicyTest : public HeapTest {
 protected:
  /// The plainest policy with a change.
  template <typename Change>
  void use(Change&& change) {
    mh_policy policy = plainest_policy;
    change(policy);
    ASSERT_TRUE(heap.set_policy(policy));
  }
  /// Blocks of such sizes, each with a block in use behind it.
  std::vector<void*> fenced(std::initializer_list<std::size_t> sizes) {
    std::vector<void*> blocks;
    for (const std::size_t size : sizes) {
      blocks.push_back(heap.allocate(size));
      heap.allocate(16);
    }
    return blocks;
  }
  std::vector<void*> holes(std::initializer_list<std::size_t> sizes) {
    const auto blocks = fenced(sizes);
    for (void* const block : blocks) heap.release(block);
    return blocks;
  }
  /// Where payloads without a front would begin, in the order of the free list.
  [[nodiscard]] std::vector<void*> free_list() const {
    std::vector<void*> list;
    heap.walk_free(
        [](const mh_block* block, void* context) {
          auto* const address = static_cast<std::byte*>(const_cast<void*>(block->address));
          static_cast<std::vector<void*>*>(context)->push_back(address + block->header);
          return 1;
        },
        &list);
    return list;
  }
  [[nodiscard]] mh_block block_at(const void* pointer) const {
    mh_block block{};
    EXPECT_TRUE(heap.block_at(pointer, block));
    return block;
  }
  void expect_told(mh_error error, const void* pointer) {
    ASSERT_EQ(log.errors.size(), 1U);
    EXPECT_EQ(log.errors[0].first, error) << mh_error_text(log.errors[0].first);
    EXPECT_EQ(log.errors[0].second, pointer);
    log.errors.clear();
  }
};

std::byte* at(void* pointer, std::ptrdiff_t offset = 0) {
  return static_cast<std::byte*>(pointer) + offset;
}

// ---- placement

TEST_F(HeapPolicyTest, EachPlacementTakesItsHole) {
  const auto hole = holes({64, 200, 96, 300, 80});
  const auto taken = [&](mh_placement placement) {
    use([placement](mh_policy& p) { p.placement = placement; });
    void* const p = heap.allocate(70);
    heap.release(p);
    return p;
  };
  EXPECT_EQ(taken(MH_FIRST_FIT), hole[1]);
  EXPECT_EQ(taken(MH_BEST_FIT), hole[4]);
  EXPECT_EQ(taken(MH_WORST_FIT), hole[3]);
}

TEST_F(HeapPolicyTest, NextFitGoesOnWhereTheLastSearchEnded) {
  use([](mh_policy& p) { p.placement = MH_NEXT_FIT; });
  const auto hole = holes({96, 96, 16, 96});
  EXPECT_EQ(heap.allocate(90), hole[0]);
  EXPECT_EQ(heap.allocate(90), hole[1]);
  heap.release(hole[0]);
  EXPECT_EQ(heap.allocate(90), hole[3]) << "not the first again";
  heap.release(hole[1]);
  EXPECT_EQ(heap.allocate(90), hole[0]) << "round the end of the list";
  EXPECT_EQ(heap.allocate(10), hole[1]);
  EXPECT_EQ(heap.allocate(10), hole[2]);
}

TEST_F(HeapPolicyTest, AmongEqualsTheFirstOfTheListIsTaken) {
  const auto hole = holes({96, 96, 96});
  for (const mh_placement placement : {MH_BEST_FIT, MH_WORST_FIT}) {
    use([placement](mh_policy& p) { p.placement = placement; });
    EXPECT_EQ(heap.allocate(90), hole[0]);
    heap.release(hole[0]);
  }
}

// ---- the free list

TEST_F(HeapPolicyTest, TheOrderSaysWhereAFreedBlockEnters) {
  const auto order_of = [&](mh_free_order order) {
    heap.reset();
    use([order](mh_policy& p) { p.free_order = order; });
    const auto block = fenced({32, 32, 32});
    for (const std::size_t i : {2U, 0U, 1U}) heap.release(block[i]);
    std::vector<std::ptrdiff_t> order_found;
    for (void* const free : free_list()) {
      order_found.push_back(std::find(block.begin(), block.end(), free) - block.begin());
    }
    return order_found;
  };
  using Order = std::vector<std::ptrdiff_t>;
  EXPECT_EQ(order_of(MH_ORDER_ADDRESS), (Order{0, 1, 2}));
  EXPECT_EQ(order_of(MH_ORDER_LIFO), (Order{1, 0, 2}));
  EXPECT_EQ(order_of(MH_ORDER_FIFO), (Order{2, 0, 1}));
}

TEST_F(HeapPolicyTest, SwitchingToTheOrderOfAddressesSorts) {
  use([](mh_policy& p) { p.free_order = MH_ORDER_LIFO; });
  const auto hole = holes({32, 32, 32});
  EXPECT_EQ(free_list(), (std::vector<void*>{hole[2], hole[1], hole[0]}));
  use([](mh_policy& p) { p.free_order = MH_ORDER_ADDRESS; });
  EXPECT_EQ(free_list(), hole);
}

// ---- splitting

TEST_F(HeapPolicyTest, ASplitLeavesAFreeBlockBehind) {
  const auto hole = holes({200});
  use([](mh_policy& p) { p.split = 1; });
  EXPECT_EQ(heap.allocate(40), hole[0]);
  EXPECT_EQ(heap.stats().splits, 1U);
  EXPECT_EQ(heap.usable_size(hole[0]), 48U);
  EXPECT_EQ(free_list(), (std::vector<void*>{at(hole[0], 48 + header)}));
  EXPECT_EQ(heap.stats().largest_free, 208 - 48 - header);
}

TEST_F(HeapPolicyTest, WhatIsLeftMustReachTheMinimum) {
  const auto usable_after = [&](std::size_t minimum, std::size_t request) {
    heap.reset();
    use([minimum](mh_policy& p) {
      p.split = 1;
      p.split_minimum = minimum;
    });
    const auto hole = holes({208});
    EXPECT_EQ(heap.allocate(request), hole[0]);
    return heap.usable_size(hole[0]);
  };
  EXPECT_EQ(usable_after(0, 160), 160U) << "48 bytes are a header and 16";
  EXPECT_EQ(usable_after(0, 161), 208U);
  EXPECT_EQ(usable_after(16, 160), 160U);
  EXPECT_EQ(usable_after(100, 64), 64U) << "144 bytes are a header and 112";
  EXPECT_EQ(usable_after(100, 65), 208U) << "128 bytes are a header and 96";
}

TEST_F(HeapPolicyTest, CarvingTheTailLeavesTheFrontFree) {
  const auto hole = holes({200});
  use([](mh_policy& p) {
    p.split = 1;
    p.carving = MH_CARVE_TAIL;
  });
  void* const tail = heap.allocate(40);
  EXPECT_EQ(tail, at(hole[0], 208 - 48));
  EXPECT_EQ(heap.usable_size(tail), 48U);
  EXPECT_EQ(free_list(), hole) << "the front stays where it is, smaller";
  EXPECT_EQ(heap.stats().splits, 1U);
  EXPECT_EQ(heap.allocate(200 - 48 - header), hole[0]) << "nothing to carve from";
}

TEST_F(HeapPolicyTest, TheTailIsAlignedAndNothingIsLostBehindIt) {
  for (const mh_header_kind kind : {MH_HEADER_PLAIN, MH_HEADER_COMPACT}) {
    for (const std::size_t alignment : {16U, 32U, 64U}) {
      heap.reset();
      use([=](mh_policy& p) {
        p.split = 1;
        p.carving = MH_CARVE_TAIL;
        p.alignment = alignment;
        p.header = kind;
        p.guards = 1;
      });
      const void* const hole = block_at(holes({2000})[0]).address;
      for (const std::size_t size : {1U, 17U, 100U, 333U}) {
        void* const p = heap.allocate(size);
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(p) % alignment, 0U);
        const mh_block block = block_at(p);
        EXPECT_LT(block.size, block.header + block.front + size + 16 + alignment);
      }
      ASSERT_EQ(free_list().size(), 1U) << kind << " " << alignment;
      EXPECT_EQ(block_at(free_list()[0]).address, hole);
      const void* where = nullptr;
      EXPECT_EQ(heap.check(&where), MH_OK);
    }
  }
}

TEST_F(HeapPolicyTest, TheBooksAlgorithmTakesTailsAndGoesOnWhereItTookTheLast) {
  // Kernighan and Ritchie, 8.7: p->s.size -= nunits; p += p->s.size; freep = prevp.
  use([](mh_policy& p) {
    std::size_t count = 0;
    const mh_preset* const presets = mh_presets(&count);
    p = std::find_if(presets, presets + count, [](const mh_preset& preset) {
          return std::strcmp(preset.name, "kr") == 0;
        })->policy;
    p.growth = MH_GROW_EXACT;
  });
  const auto hole = holes({500, 500});
  char* const first = static_cast<char*>(heap.allocate(96));
  char* const second = static_cast<char*>(heap.allocate(96));
  EXPECT_EQ(first - second, 96 + 16) << "from the end of the same block downwards";
  EXPECT_EQ(free_list(), hole);
}

// ---- coalescing

TEST_F(HeapPolicyTest, AFreedBlockMergesWithItsFreeNeighbours) {
  // The four cases of Knuth's boundary tags: neighbours used or free.
  for (const mh_free_order order : {MH_ORDER_ADDRESS, MH_ORDER_LIFO, MH_ORDER_FIFO}) {
    for (const unsigned neighbours : {0U, 1U, 2U, 3U}) {
      heap.reset();
      use([order](mh_policy& p) {
        p.coalescing = MH_COALESCE_AT_FREE;
        p.free_order = order;
      });
      void* const before = heap.allocate(32);
      void* const middle = heap.allocate(48);
      void* const behind = heap.allocate(64);
      heap.allocate(16);
      const auto merges = heap.stats().merges;
      if ((neighbours & 1) != 0) heap.release(before);
      if ((neighbours & 2) != 0) heap.release(behind);
      heap.release(middle);
      const bool low = (neighbours & 1) != 0;
      const std::size_t size =
          header + 48 + (low ? header + 32 : 0) + ((neighbours & 2) != 0 ? header + 64 : 0);
      EXPECT_EQ(free_list(), (std::vector<void*>{low ? before : middle})) << neighbours;
      EXPECT_EQ(block_at(middle).size, size) << neighbours;
      EXPECT_EQ(heap.stats().merges - merges, (neighbours & 1) + (neighbours >> 1));
    }
  }
}

TEST_F(HeapPolicyTest, DeferredMergingWaitsForASearchThatFindsNothing) {
  use([](mh_policy& p) { p.coalescing = MH_COALESCE_DEFERRED; });
  void* const first = heap.allocate(64);
  void* const second = heap.allocate(64);
  void* const third = heap.allocate(64);
  heap.allocate(16);
  for (void* const p : {first, third, second}) heap.release(p);
  EXPECT_EQ(heap.stats().merges, 0U);
  EXPECT_EQ(heap.stats().free_blocks, 3U);
  std::byte* const before = end.current();
  EXPECT_EQ(heap.allocate(250), first);
  EXPECT_EQ(heap.stats().merges, 2U);
  EXPECT_EQ(end.current(), before) << "the heap did not grow";
}

TEST_F(HeapPolicyTest, TheFreeLastBlockGrowsWithTheBreak) {
  use([](mh_policy& p) {
    p.coalescing = MH_COALESCE_AT_FREE;
    p.trimming = MH_TRIM_NEVER;
  });
  void* const p = heap.allocate(100);
  heap.release(p);
  EXPECT_EQ(heap.allocate(500), p);
  EXPECT_EQ(heap_bytes(), header + 512);
}

// ---- layout

TEST_F(HeapPolicyTest, PayloadsAreAlignedAsThePolicySays) {
  for (const std::size_t alignment : {16U, 32U, 64U}) {
    for (const mh_header_kind kind : {MH_HEADER_PLAIN, MH_HEADER_COMPACT}) {
      for (const int guards : {0, 1}) {
        use([&](mh_policy& p) {
          p.alignment = alignment;
          p.header = kind;
          p.guards = guards;
        });
        for (std::size_t size = 1; size < 100; size += 7) {
          void* const p = heap.allocate(size);
          EXPECT_EQ(reinterpret_cast<std::uintptr_t>(p) % alignment, 0U);
          EXPECT_EQ(block_at(p).guarded, guards);
          std::memset(p, 0x5a, heap.usable_size(p));
          if (size % 2 == 0) heap.release(p);
        }
      }
    }
  }
}

TEST_F(HeapPolicyTest, AlignedAllocationTakesAnyPowerOfTwo) {
  for (std::size_t alignment = 1; alignment <= 1U << 20; alignment *= 2) {
    void* const p = heap.allocate_aligned(alignment, 100);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(p) % alignment, 0U);
    std::memset(p, 0x5a, heap.usable_size(p));
    EXPECT_EQ(heap.reallocate(p, 50), p);
    ASSERT_EQ(heap.check(nullptr), MH_OK);
  }
  EXPECT_EQ(heap.allocate_aligned(64, 0), nullptr);
  for (const std::size_t wrong :
       {std::size_t{0}, std::size_t{3}, std::size_t{48}, 2 * MH_MAX_ALIGNMENT}) {
    errno = 0;
    EXPECT_EQ(heap.allocate_aligned(wrong, 10), nullptr);
    EXPECT_EQ(errno, EINVAL);
  }
  const auto failed = heap.stats().failed;
  for (const std::size_t size : {std::size_t{10}, ClassicHeap::max_request, ~std::size_t{0}}) {
    errno = 0;
    EXPECT_EQ(heap.allocate_aligned(MH_MAX_ALIGNMENT, size), nullptr) << "64 MiB are all there is";
    EXPECT_EQ(errno, ENOMEM);
  }
  EXPECT_EQ(heap.stats().failed, failed + 3);
}

TEST_F(HeapPolicyTest, WhatLiesBeforeAnAlignedBlockIsFree) {
  use([](mh_policy& p) { p.split = 1; });
  heap.allocate(16);
  void* const p = heap.allocate_aligned(4096, 100);
  const auto free = free_list();
  ASSERT_EQ(free.size(), 1U);
  EXPECT_LT(free[0], p);
  EXPECT_EQ(end.current(), at(p, 112)) << "what is not needed behind it was given back";
  EXPECT_EQ(heap.allocate(100), free[0]);
}

TEST_F(HeapPolicyTest, CompactHeadersSave16BytesEach) {
  use([](mh_policy& p) { p.header = MH_HEADER_COMPACT; });
  void* const p = heap.allocate(20);
  EXPECT_EQ(p, start + 16);
  heap.allocate(1);
  EXPECT_EQ(heap_bytes(), 16U + 32 + 16 + 16);
  EXPECT_EQ(heap.stats().header_saved, 32U);
  use([](mh_policy&) {});
  heap.allocate(1);
  EXPECT_EQ(heap.stats().header, 16U + 16 + 32);
  EXPECT_EQ(heap.stats().header_saved, 32U) << "the old blocks keep theirs";
  heap.release(p);
  EXPECT_EQ(heap.allocate(16), at(p, 16)) << "the block takes a plain header now";
  EXPECT_EQ(heap.stats().header_saved, 16U);
}

TEST_F(HeapPolicyTest, CompactHeadersStandNextToSomebodyElsesMemory) {
  use([](mh_policy& p) {
    p.header = MH_HEADER_COMPACT;
    p.coalescing = MH_COALESCE_AT_FREE;
  });
  std::vector<void*> blocks;
  for (int i = 0; i < 4; ++i) {
    blocks.push_back(heap.allocate(50));
    std::memset(end.foreign_grow(100), 0xf0, 100);
  }
  blocks.push_back(heap.allocate(50));
  EXPECT_EQ(blocks_of(heap).size(), 9U);
  for (void* const p : {blocks[1], blocks[0], blocks[3], blocks[2]}) heap.release(p);
  EXPECT_EQ(heap.stats().free_blocks, 4U) << "no merging across it";
  EXPECT_EQ(heap.stats().merges, 0U);
  EXPECT_EQ(heap.allocate(60), blocks[0]);
}

// ---- the end of the heap

TEST_F(HeapPolicyTest, TrimmingHappensAtOnceFromAThresholdOrNever) {
  const auto bytes_after = [&](mh_trimming trimming) {
    heap.reset();
    use([trimming](mh_policy& p) {
      p.trimming = trimming;
      p.trim_threshold = 400;
    });
    void* const first = heap.allocate(96);
    void* const second = heap.allocate(96);
    void* const third = heap.allocate(96);
    void* const last = heap.allocate(96);
    std::vector<std::size_t> bytes;
    for (void* const p : {last, third, second, first}) {
      heap.release(p);
      bytes.push_back(heap_bytes() / 128);
    }
    return bytes;
  };
  using Blocks = std::vector<std::size_t>;
  EXPECT_EQ(bytes_after(MH_TRIM_AT_ONCE), (Blocks{3, 2, 1, 0}));
  EXPECT_EQ(bytes_after(MH_TRIM_THRESHOLD), (Blocks{4, 4, 4, 0}));
  EXPECT_EQ(bytes_after(MH_TRIM_NEVER), (Blocks{4, 4, 4, 4}));
}

TEST_F(HeapPolicyTest, GrowthInChunksAsksTheSystemSeldom) {
  use([](mh_policy& p) {
    p.growth = MH_GROW_CHUNKS;
    p.growth_chunk = 4096;
    p.split = 1;
  });
  for (int i = 0; i < 20; ++i) heap.allocate(100);
  EXPECT_EQ(heap.stats().break_moves, 1U);
  EXPECT_EQ(heap_bytes(), 4096U);
  heap.allocate(10000);
  EXPECT_EQ(heap_bytes(), 4096 + header + 10000) << "more than a chunk is taken as it is";
}

TEST_F(HeapPolicyTest, WhenNoChunkIsToBeHadTheBlockAloneWillDo) {
  use([](mh_policy& p) { p.growth = MH_GROW_CHUNKS; });
  end.grows_until_failure = 1;
  EXPECT_NE(heap.allocate(100), nullptr);
  EXPECT_EQ(heap_bytes(), header + 112);
}

// ---- guards and poison

TEST_F(HeapPolicyTest, EveryGuardByteIsWatched) {
  for (const std::size_t alignment : {16U, 64U}) {
    const auto guarded_block = [&] {
      heap.reset();
      use([alignment](mh_policy& p) {
        p.guards = 1;
        p.alignment = alignment;
      });
      heap.allocate(5);
      void* const p = heap.allocate(21);
      heap.allocate(5);
      return p;
    };
    const mh_block block = block_at(guarded_block());
    const auto front = static_cast<std::ptrdiff_t>(block.front);
    const auto behind = static_cast<std::ptrdiff_t>(block.size - block.header - block.front);
    for (std::ptrdiff_t i = -front; i < behind; ++i) {
      if (i >= 0 && i < 21) continue;
      void* const p = guarded_block();
      *at(p, i) ^= std::byte{1};
      const void* where = nullptr;
      EXPECT_EQ(heap.check(&where), i < 0 ? MH_UNDERFLOW : MH_OVERFLOW) << i;
      EXPECT_EQ(where, block.address);
      heap.release(p);
      // The two bytes that lead back to the header are one.
      expect_told(i < 0 ? MH_UNDERFLOW : MH_OVERFLOW, at(p, i == -7 ? -8 : i));
      EXPECT_EQ(heap.stats().set_aside_blocks, 1U);
      EXPECT_EQ(heap.stats().used_blocks, 2U);
      expect_identity(heap.stats());
    }
  }
  heap.reset();
}

TEST_F(HeapPolicyTest, ReallocLooksAtTheGuardsToo) {
  use([](mh_policy& p) { p.guards = 1; });
  void* const p = heap.allocate(20);
  EXPECT_EQ(heap.usable_size(p), 20U) << "behind it lie guard bytes";
  std::memset(p, 0x41, 21);
  errno = 0;
  EXPECT_EQ(heap.reallocate(p, 10), nullptr);
  EXPECT_EQ(errno, EINVAL);
  expect_told(MH_OVERFLOW, at(p, 20));
  damaged = true;  // the block stays set aside
}

TEST_F(HeapPolicyTest, FreedMemoryIsPoisonedAndCheckedWhenUsedAgain) {
  for (std::ptrdiff_t i = 0; i < 96; ++i) {
    heap.reset();
    use([](mh_policy& p) { p.poison = 1; });
    const auto hole = holes({96, 16});
    EXPECT_EQ(block_at(hole[0]).poisoned, 1);
    for (std::ptrdiff_t k = 16; k < 96; ++k) ASSERT_EQ(*at(hole[0], k), std::byte{0xdd});
    *at(hole[0], i) ^= std::byte{0x10};
    const void* where = nullptr;
    EXPECT_EQ(heap.check(&where), MH_WRITE_AFTER_FREE) << i;
    EXPECT_EQ(where, block_of(hole[0]));
    EXPECT_NE(heap.allocate(90), hole[0]);
    expect_told(MH_WRITE_AFTER_FREE, at(hole[0], i < 16 ? 0 : i));
    EXPECT_EQ(heap.stats().set_aside_blocks, 1U);
    EXPECT_EQ(heap.allocate(10), hole[1]) << "the list goes on";
    heap.release(hole[0]);
    expect_told(MH_DOUBLE_FREE, hole[0]);
  }
  heap.reset();
}

TEST_F(HeapPolicyTest, LinksThatWereSetToZeroAreNoticedWithoutPoison) {
  const auto hole = holes({32, 32, 32});
  for (void* const p : hole) std::memset(p, 0, 16);
  EXPECT_EQ(heap.check(nullptr), MH_WRITE_AFTER_FREE);
  EXPECT_NE(heap.allocate(100), nullptr);
  EXPECT_EQ(log.errors.size(), 1U) << "the list is made anew: what else was written is harmless";
  EXPECT_EQ(log.errors[0], (std::pair<mh_error, const void*>{MH_WRITE_AFTER_FREE, hole[0]}));
  EXPECT_EQ(free_list(), (std::vector<void*>{hole[1], hole[2]}));
  damaged = true;
}

// ---- realloc in place

TEST_F(HeapPolicyTest, ReallocGrowsIntoAFreeNeighbour) {
  use([](mh_policy& p) {
    p.coalescing = MH_COALESCE_AT_FREE;
    p.split = 1;
  });
  void* const p = heap.allocate(32);
  void* const neighbour = heap.allocate(200);
  heap.allocate(16);
  heap.release(neighbour);
  std::memset(p, 0x77, 32);
  EXPECT_EQ(heap.reallocate(p, 100), p);
  EXPECT_EQ(heap.usable_size(p), 112U) << "the rest is free again";
  EXPECT_EQ(heap.stats().free_blocks, 1U);
  EXPECT_EQ(*at(p, 31), std::byte{0x77});
  EXPECT_NE(heap.reallocate(p, 1000), p) << "there it has no room";
}

TEST_F(HeapPolicyTest, ReallocOfTheLastBlockMovesTheBreak) {
  use([](mh_policy& p) { p.coalescing = MH_COALESCE_AT_FREE; });
  void* const p = heap.allocate(32);
  EXPECT_EQ(heap.reallocate(p, 500), p);
  EXPECT_EQ(heap_bytes(), header + 512);
  end.foreign_grow(64);
  EXPECT_NE(heap.reallocate(p, 600), p) << "the end is not ours any more";
}

TEST_F(HeapPolicyTest, ReallocThatShrinksGivesTheRestBack) {
  use([](mh_policy& p) {
    p.coalescing = MH_COALESCE_AT_FREE;
    p.split = 1;
  });
  void* const p = heap.allocate(500);
  void* const next = heap.allocate(100);
  heap.allocate(16);
  heap.release(next);
  EXPECT_EQ(heap.reallocate(p, 100), p);
  EXPECT_EQ(free_list(), (std::vector<void*>{at(p, 112 + header)})) << "merged with the next one";
  void* const last = heap.allocate(1000);
  EXPECT_EQ(heap.reallocate(last, 10), last);
  EXPECT_EQ(end.current(), at(last, 16)) << "at the end of the heap it goes back to the system";
}

TEST_F(HeapPolicyTest, WithoutMergingReallocMoves) {
  void* const p = heap.allocate(32);
  EXPECT_NE(heap.reallocate(p, 100), p);
}

TEST_F(HeapPolicyTest, ReallocDoesNotGrowIntoMemoryThatSomebodyWroteTo) {
  use([](mh_policy& p) {
    p.coalescing = MH_COALESCE_AT_FREE;
    p.poison = 1;
  });
  void* const p = heap.allocate(32);
  void* const neighbour = heap.allocate(200);
  heap.allocate(16);
  heap.release(neighbour);
  *at(neighbour, 100) = std::byte{0};
  EXPECT_NE(heap.reallocate(p, 100), p);
  expect_told(MH_WRITE_AFTER_FREE, at(neighbour, 100));
  damaged = true;
}

// ---- the whole

TEST_F(HeapPolicyTest, ImpossiblePoliciesAreRefused) {
  const auto refused = [&](auto&& change) {
    mh_policy policy = plainest_policy;
    policy.placement = MH_BEST_FIT;
    change(policy);
    return !heap.set_policy(policy) && heap.policy().placement == MH_FIRST_FIT;
  };
  // From C an enumeration can have any value.
  const auto set = [](auto& field, unsigned value) { std::memcpy(&field, &value, sizeof value); };
  EXPECT_TRUE(refused([&](mh_policy& p) { set(p.placement, 4); }));
  EXPECT_TRUE(refused([&](mh_policy& p) { set(p.free_order, 3); }));
  EXPECT_TRUE(refused([&](mh_policy& p) { set(p.coalescing, 3); }));
  EXPECT_TRUE(refused([&](mh_policy& p) { set(p.header, 2); }));
  EXPECT_TRUE(refused([&](mh_policy& p) { set(p.trimming, 3); }));
  EXPECT_TRUE(refused([&](mh_policy& p) { set(p.growth, 2); }));
  EXPECT_TRUE(refused([](mh_policy& p) { p.split = 2; }));
  EXPECT_TRUE(refused([](mh_policy& p) { p.split = -1; }));
  EXPECT_TRUE(refused([](mh_policy& p) { std::memset(&p.carving, 0x7f, sizeof p.carving); }));
  EXPECT_TRUE(refused([](mh_policy& p) { p.guards = 2; }));
  EXPECT_TRUE(refused([](mh_policy& p) { p.poison = 2; }));
  EXPECT_TRUE(refused([](mh_policy& p) { p.split_minimum = ~std::size_t{0}; }));
  EXPECT_TRUE(refused([](mh_policy& p) { p.growth_chunk = max_growth_chunk + 1; }));
  for (const std::size_t alignment : {0U, 8U, 24U, 128U}) {
    EXPECT_TRUE(refused([alignment](mh_policy& p) { p.alignment = alignment; }));
  }
}

TEST_F(HeapPolicyTest, PoliciesSurvivePackingButForTheirByteCounts) {
  std::size_t count = 0;
  const mh_preset* const presets = mh_presets(&count);
  for (std::size_t i = 0; i < count; ++i) {
    ASSERT_TRUE(is_valid(presets[i].policy)) << presets[i].name;
    const mh_policy& policy = presets[i].policy;
    const mh_policy unpacked = unpack_policy(pack_policy(policy));
    EXPECT_EQ(unpacked.placement, policy.placement);
    EXPECT_EQ(unpacked.free_order, policy.free_order);
    EXPECT_EQ(unpacked.coalescing, policy.coalescing);
    EXPECT_EQ(unpacked.header, policy.header);
    EXPECT_EQ(unpacked.trimming, policy.trimming);
    EXPECT_EQ(unpacked.growth, policy.growth);
    EXPECT_EQ(unpacked.split, policy.split);
    EXPECT_EQ(unpacked.carving, policy.carving);
    EXPECT_EQ(unpacked.alignment, policy.alignment);
    EXPECT_EQ(unpacked.guards, policy.guards);
    EXPECT_EQ(unpacked.poison, policy.poison);
  }
  EXPECT_TRUE(is_valid(unpack_policy(~0ULL))) << "whatever an event says";
}

TEST_F(HeapPolicyTest, WhicheverMoveOfTheBreakFailsEveryPresetGoesOn) {
  std::size_t count = 0;
  const mh_preset* const presets = mh_presets(&count);
  for (std::size_t preset = 0; preset < count; ++preset) {
    for (unsigned n = 1; n <= 25; ++n) {
      heap.reset();
      ASSERT_TRUE(heap.set_policy(presets[preset].policy));
      end.grows_until_failure = n;
      std::vector<unsigned char*> live;
      for (unsigned i = 1; i <= 40; ++i) {
        auto* p = static_cast<unsigned char*>(heap.allocate(i * 37));
        if (p == nullptr) continue;
        std::memset(p, static_cast<int>(i), i * 37);
        if (i % 3 == 0) {
          if (void* const moved = heap.reallocate(p, i * 50); moved != nullptr) {
            p = static_cast<unsigned char*>(moved);
          }
          ASSERT_EQ(p[i * 37 - 1], i);
        }
        live.push_back(p);
        if (i % 4 == 0) {
          heap.release(live.front());
          live.erase(live.begin());
        }
        ASSERT_EQ(heap.check(nullptr), MH_OK) << presets[preset].name << ", move " << n;
      }
      for (unsigned char* const p : live) heap.release(p);
    }
  }
  EXPECT_TRUE(log.errors.empty());
}

}  // namespace
}  // namespace mh::test
