// The classic heap, rule by rule.

#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <limits>
#include <thread>

#include "tests/unit/heap_test_support.hpp"

namespace mh::test {
namespace {

using ClassicHeapTest = HeapTest;

constexpr std::size_t header = plain_header;

const std::byte* bytes(const void* pointer) {
  return static_cast<const std::byte*>(pointer);
}

TEST_F(ClassicHeapTest, NothingIsTakenBeforeTheFirstAllocation) {
  EXPECT_EQ(end.current(), start);
  EXPECT_EQ(heap_bytes(), 0U);
  EXPECT_EQ(heap.check(nullptr), MH_OK);
  EXPECT_TRUE(blocks_of(heap).empty());
  const auto walked = heap.walk([](const mh_block*, void*) { return 1; }, nullptr);
  EXPECT_EQ(walked.start, start);
  EXPECT_EQ(walked.end, start);
}

TEST_F(ClassicHeapTest, ABlockIsHeaderRequestAndPadding) {
  const void* const p = heap.allocate(100);
  EXPECT_EQ(p, start + header);
  EXPECT_EQ(end.current(), start + header + 112);
  const auto blocks = blocks_of(heap);
  ASSERT_EQ(blocks.size(), 1U);
  EXPECT_EQ(blocks[0].address, start);
  EXPECT_EQ(blocks[0].size, header + 112);
  EXPECT_EQ(blocks[0].header, header);
  EXPECT_EQ(blocks[0].requested, 100U);
  EXPECT_EQ(blocks[0].used, 1);
  EXPECT_EQ(blocks[0].foreign, 0);
  EXPECT_EQ(blocks[0].thread, this_thread_number());
  const mh_stats s = heap.stats();
  EXPECT_EQ(s.header, 32U);
  EXPECT_EQ(s.requested, 100U);
  EXPECT_EQ(s.padding, 12U);
  EXPECT_EQ(s.heap, 144U);
  EXPECT_EQ(s.used_blocks, 1U);
  EXPECT_EQ(s.mallocs, 1U);
  EXPECT_EQ(s.break_moves, 1U);
}

TEST_F(ClassicHeapTest, PayloadsAreAlignedAndTheirSizesAreAtLeast16) {
  for (std::size_t size = 1; size <= 200; ++size) {
    void* const p = heap.allocate(size);
    ASSERT_NE(p, nullptr);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(p) % 16, 0U);
    EXPECT_EQ(heap.usable_size(p), (size + 15) / 16 * 16);
    std::memset(p, 0xff, size);
  }
}

TEST_F(ClassicHeapTest, TheFirstBlockIsAlignedWhereverTheBreakStands) {
  end.foreign_grow(5);
  void* const p = heap.allocate(1);
  EXPECT_EQ(p, start + 16 + header);
  EXPECT_EQ(heap_bytes(), header + 16);
  heap.release(p);
  EXPECT_EQ(end.current(), start + 16);
  EXPECT_EQ(heap.allocate(1), p);
}

TEST_F(ClassicHeapTest, SizeZeroIsNullAndKeepsErrno) {
  errno = E2BIG;
  EXPECT_EQ(heap.allocate(0), nullptr);
  EXPECT_EQ(heap.allocate_zeroed(0, 5), nullptr);
  EXPECT_EQ(heap.allocate_zeroed(5, 0), nullptr);
  EXPECT_EQ(heap.reallocate(nullptr, 0), nullptr);
  EXPECT_EQ(errno, E2BIG);
  EXPECT_EQ(heap_bytes(), 0U);
  EXPECT_EQ(heap.stats().failed, 0U);
}

TEST_F(ClassicHeapTest, ErrnoIsKept) {
  errno = E2BIG;
  void* const p = heap.allocate(10);
  heap.release(heap.reallocate(p, 1000));
  heap.release(nullptr);
  end.refuse_shrink = true;
  heap.release(heap.allocate(10));
  EXPECT_EQ(errno, E2BIG);
}

TEST_F(ClassicHeapTest, FirstFitTakesTheLowestBlockThatIsLargeEnough) {
  void* const small = heap.allocate(32);
  void* const guard1 = heap.allocate(16);
  void* const large = heap.allocate(200);
  void* const guard2 = heap.allocate(16);
  void* const exact = heap.allocate(96);
  void* const last = heap.allocate(16);
  heap.release(exact);
  heap.release(large);
  heap.release(small);
  EXPECT_EQ(heap.allocate(96), large) << "the lowest that fits, not the best";
  EXPECT_EQ(heap.allocate(96), exact);
  EXPECT_EQ(heap.allocate(20), small);
  EXPECT_EQ(heap.stats().free_blocks, 0U);
  for (void* const p : {guard1, guard2, last}) {
    heap.release(p);
  }
}

TEST_F(ClassicHeapTest, BlocksAreNotSplitAndPaddingSaysSo) {
  void* const p = heap.allocate(160);
  heap.allocate(16);
  heap.release(p);
  EXPECT_EQ(heap.allocate(10), p);
  EXPECT_EQ(heap.stats().padding, 150U);
  EXPECT_EQ(heap.usable_size(p), 160U);
}

TEST_F(ClassicHeapTest, NeighboursAreNotCoalesced) {
  void* const a = heap.allocate(64);
  void* const b = heap.allocate(64);
  heap.allocate(16);
  heap.release(a);
  heap.release(b);
  EXPECT_EQ(blocks_of(heap).size(), 3U);
  EXPECT_GT(bytes(heap.allocate(100)), bytes(b)) << "two free blocks of 64 are no block of 100";
  EXPECT_EQ(heap.stats().largest_free, 64U);
}

TEST_F(ClassicHeapTest, NoSearchWhenNoBlockIsFree) {
  for (int i = 0; i < 100; ++i) {
    heap.allocate(16);
  }
  EXPECT_EQ(heap.stats().visited, 0U);
}

TEST_F(ClassicHeapTest, ASearchCountsTheBlocksItLooksAt) {
  void* holes[3];
  for (std::size_t i = 0; i < 3; ++i) {
    holes[i] = heap.allocate(16 + 50 * i);
    heap.allocate(16);
  }
  for (void* const hole : holes) {
    heap.release(hole);
  }
  EXPECT_EQ(heap.allocate(100), holes[2]);
  EXPECT_EQ(heap.stats().visited, 3U) << "free blocks only";
  EXPECT_EQ(heap.stats().searches, 1U);
}

TEST_F(ClassicHeapTest, FreeingTheLastBlockGivesItBack) {
  void* const a = heap.allocate(100);
  std::byte* const one_block = end.current();
  heap.release(heap.allocate(1000));
  EXPECT_EQ(end.current(), one_block);
  EXPECT_EQ(heap.stats().break_moves, 3U);
  heap.release(a);
  EXPECT_EQ(end.current(), start);
}

TEST_F(ClassicHeapTest, GivingBackGoesOnWhileTheNewLastBlockIsFree) {
  void* const a = heap.allocate(16);
  std::byte* const after_a = end.current();
  void* const b = heap.allocate(32);
  void* const c = heap.allocate(48);
  void* const d = heap.allocate(64);
  heap.release(b);
  heap.release(c);
  EXPECT_EQ(heap.stats().free_blocks, 2U);
  const auto moves = heap.stats().break_moves;
  heap.release(d);
  EXPECT_EQ(end.current(), after_a);
  EXPECT_EQ(heap.stats().break_moves, moves + 1) << "one move for all three";
  EXPECT_EQ(heap.stats().free_blocks, 0U);
  heap.release(a);
  EXPECT_EQ(end.current(), start);
  EXPECT_EQ(heap_bytes(), 0U);
  EXPECT_EQ(heap.stats().peak_heap, 4 * header + 16 + 32 + 48 + 64);
}

TEST_F(ClassicHeapTest, ARefusedShrinkLeavesAFreeBlockThatIsUsedAgain) {
  void* const a = heap.allocate(16);
  void* const b = heap.allocate(64);
  end.refuse_shrink = true;
  heap.release(b);
  EXPECT_EQ(heap.stats().free_blocks, 1U);
  EXPECT_EQ(heap.check(nullptr), MH_OK);
  EXPECT_EQ(heap.allocate(50), b);
  heap.release(b);
  end.refuse_shrink = false;
  heap.release(a);
  EXPECT_EQ(end.current(), start) << "the next chance takes all";
}

TEST_F(ClassicHeapTest, CallocZeroesReusedMemory) {
  void* const dirty = heap.allocate(500);
  heap.allocate(16);
  std::memset(dirty, 0xee, 500);
  heap.release(dirty);
  auto* const p = static_cast<unsigned char*>(heap.allocate_zeroed(100, 5));
  ASSERT_EQ(p, dirty);
  for (int i = 0; i < 500; ++i) {
    ASSERT_EQ(p[i], 0) << i;
  }
}

TEST_F(ClassicHeapTest, CallocZeroesMemoryThatCameBackFromTheBreak) {
  void* const dirty = heap.allocate(500);
  std::memset(dirty, 0xee, 500);
  heap.release(dirty);
  const auto* const p = static_cast<unsigned char*>(heap.allocate_zeroed(500, 1));
  for (int i = 0; i < 500; ++i) {
    ASSERT_EQ(p[i], 0) << i;
  }
}

TEST_F(ClassicHeapTest, CallocChecksForOverflow) {
  constexpr std::size_t max = std::numeric_limits<std::size_t>::max();
  errno = 0;
  EXPECT_EQ(heap.allocate_zeroed(max / 2 + 1, 2), nullptr);
  EXPECT_EQ(errno, ENOMEM);
  EXPECT_EQ(heap.allocate_zeroed(2, max / 2 + 1), nullptr);
  EXPECT_EQ(heap.allocate_zeroed(std::size_t{1} << 32, (std::size_t{1} << 32) + 1), nullptr);
  EXPECT_EQ(heap.allocate_zeroed(max, max), nullptr);
  EXPECT_EQ(heap.stats().failed, 4U);
  EXPECT_EQ(heap_bytes(), 0U);
}

TEST_F(ClassicHeapTest, SizesThatCannotBeFail) {
  void* const p = heap.allocate(10);
  for (const std::size_t size :
       {ClassicHeap::max_request + 1, std::size_t{1} << 62, (std::size_t{1} << 63) - 1,
        std::size_t{1} << 63, std::numeric_limits<std::size_t>::max() - 31,
        std::numeric_limits<std::size_t>::max()}) {
    errno = 0;
    EXPECT_EQ(heap.allocate(size), nullptr) << size;
    EXPECT_EQ(errno, ENOMEM);
    errno = 0;
    EXPECT_EQ(heap.reallocate(p, size), nullptr) << size;
    EXPECT_EQ(errno, ENOMEM);
  }
  EXPECT_EQ(heap.stats().failed, 12U);
  EXPECT_EQ(heap.stats().errors, 0U) << "want of memory is no mistake of the caller";
  EXPECT_EQ(heap.usable_size(p), 16U);
}

TEST_F(ClassicHeapTest, ReallocInPlaceWhenThePayloadHasRoom) {
  void* const p = heap.allocate(100);
  EXPECT_EQ(heap.reallocate(p, 112), p);
  EXPECT_EQ(heap.stats().requested, 112U);
  EXPECT_EQ(heap.stats().padding, 0U);
  EXPECT_EQ(heap.reallocate(p, 1), p);
  EXPECT_EQ(heap.stats().requested, 1U);
  EXPECT_EQ(heap.stats().padding, 111U);
  EXPECT_EQ(heap.stats().mallocs, 1U);
}

TEST_F(ClassicHeapTest, ReallocMovesCopiesAndFrees) {
  auto* const p = static_cast<unsigned char*>(heap.allocate(100));
  for (unsigned i = 0; i < 100; ++i) {
    p[i] = static_cast<unsigned char>(i);
  }
  auto* const q = static_cast<unsigned char*>(heap.reallocate(p, 5000));
  ASSERT_NE(q, nullptr);
  EXPECT_NE(q, p);
  for (unsigned i = 0; i < 100; ++i) {
    ASSERT_EQ(q[i], i);
  }
  const mh_stats s = heap.stats();
  EXPECT_EQ(s.used_blocks, 1U);
  EXPECT_EQ(s.free_blocks, 1U);
  EXPECT_EQ(s.mallocs, 2U);
  EXPECT_EQ(s.frees, 1U);
}

TEST_F(ClassicHeapTest, ReallocOfNullAllocatesAndToZeroFrees) {
  void* const p = heap.reallocate(nullptr, 10);
  ASSERT_NE(p, nullptr);
  errno = E2BIG;
  EXPECT_EQ(heap.reallocate(p, 0), nullptr);
  EXPECT_EQ(errno, E2BIG);
  EXPECT_EQ(end.current(), start);
}

TEST_F(ClassicHeapTest, WhenTheBreakCannotMoveTheHeapStaysIntact) {
  // Whichever grow fails, before and after it everything works.
  for (unsigned n = 1; n <= 20; ++n) {
    end.grows_until_failure = n;
    std::vector<unsigned char*> live;
    for (unsigned i = 1; i <= 20; ++i) {
      errno = 0;
      auto* const p = static_cast<unsigned char*>(heap.allocate(i * 10));
      EXPECT_EQ(p == nullptr, i == n);
      EXPECT_EQ(errno, i == n ? ENOMEM : 0);
      if (p != nullptr) {
        std::memset(p, static_cast<int>(i), i * 10);
        live.push_back(p);
      }
      ASSERT_EQ(heap.check(nullptr), MH_OK);
    }
    EXPECT_EQ(live.size(), 19U);
    for (unsigned char* const p : live) {
      EXPECT_EQ(p[0], p[9]);
      heap.release(p);
    }
    ASSERT_EQ(end.current(), start);
  }
  EXPECT_EQ(heap.stats().failed, 20U);
}

TEST_F(ClassicHeapTest, AFailedReallocLeavesTheOldBlock) {
  auto* const p = static_cast<char*>(heap.allocate(16));
  std::strcpy(p, "still here");
  end.grows_until_failure = 1;
  errno = 0;
  EXPECT_EQ(heap.reallocate(p, 100), nullptr);
  EXPECT_EQ(errno, ENOMEM);
  EXPECT_STREQ(p, "still here");
  EXPECT_EQ(heap.stats().used_blocks, 1U);
}

TEST_F(ClassicHeapTest, WhenTheRangeIsFullFreeBlocksAreStillUsed) {
  std::vector<void*> live;
  while (void* const p = heap.allocate(1 << 20)) {
    live.push_back(p);
  }
  EXPECT_GE(live.size(), 60U);
  heap.release(live[5]);
  EXPECT_EQ(heap.allocate(1 << 20), live[5]);
  for (void* const p : live) {
    heap.release(p);
  }
  EXPECT_EQ(end.current(), start);
}

TEST_F(ClassicHeapTest, UsableSizeOfNullIsZero) {
  EXPECT_EQ(heap.usable_size(nullptr), 0U);
}

TEST_F(ClassicHeapTest, AVisitorCanEndTheWalk) {
  for (int i = 0; i < 5; ++i) {
    heap.allocate(16);
  }
  int seen = 0;
  heap.walk(
      [](const mh_block*, void* context) { return ++*static_cast<int*>(context) < 3 ? 1 : 0; },
      &seen);
  EXPECT_EQ(seen, 3);
}

TEST_F(ClassicHeapTest, AWalkEndsAtTheBreakAndKnowsWhen) {
  heap.allocate(16);
  const auto first = heap.walk([](const mh_block*, void*) { return 1; }, nullptr);
  EXPECT_EQ(first.start, start);
  EXPECT_EQ(first.end, end.current());
  const auto second = heap.walk([](const mh_block*, void*) { return 1; }, nullptr);
  EXPECT_GT(second.clock, first.clock);
}

TEST_F(ClassicHeapTest, WalkWithinGivesUpWhenTheLockIsTaken) {
  heap.allocate(16);
  std::atomic<int> stage = 0;
  // A walk holds the lock; another one waits for it, in vain and then not.
  std::thread holder([&] {
    heap.walk(
        [](const mh_block*, void* context) {
          auto& s = *static_cast<std::atomic<int>*>(context);
          s = 1;
          s.notify_all();
          s.wait(1);
          return 1;
        },
        &stage);
  });
  stage.wait(0);
  ClassicHeap::WalkEnd where{};
  int visited = 0;
  const mh_visitor count = [](const mh_block*, void* context) {
    return ++*static_cast<int*>(context);
  };
  EXPECT_FALSE(heap.walk_within(2'000'000, count, &visited, where));
  EXPECT_EQ(visited, 0);
  stage = 2;
  stage.notify_all();
  EXPECT_TRUE(heap.walk_within(60'000'000'000, count, &visited, where));
  EXPECT_EQ(visited, 1);
  EXPECT_EQ(where.end, end.current());
  holder.join();
}

TEST_F(ClassicHeapTest, ResetTakesEverythingBack) {
  std::vector<void*> live;
  for (int i = 0; i < 100; ++i) {
    live.push_back(heap.allocate(50));
  }
  heap.release(live[10]);
  heap.reset();
  EXPECT_EQ(end.current(), start);
  EXPECT_EQ(heap_bytes(), 0U);
  EXPECT_EQ(heap.stats().used_blocks, 0U);
  EXPECT_TRUE(blocks_of(heap).empty());
  EXPECT_EQ(heap.check(nullptr), MH_OK);
  EXPECT_EQ(heap.allocate(50), live[0]);
}

TEST_F(ClassicHeapTest, PointersFromBeforeAResetAreDead) {
  end.foreign_grow(64);  // the heap begins within a page, which stays when the heap goes
  void* const a = heap.allocate(16);
  void* const b = heap.allocate(16);
  heap.reset();
  // One large block lies where both lay; b's old header is in its payload.
  EXPECT_EQ(heap.allocate(1000), a);
  heap.release(b);
  ASSERT_EQ(log.errors.size(), 1U);
  EXPECT_EQ(log.errors[0], (std::pair<mh_error, const void*>{MH_INTERIOR_POINTER, b}));
}

TEST_F(ClassicHeapTest, ResetOfAnEmptyHeapIsHarmless) {
  heap.reset();
  EXPECT_EQ(end.current(), start);
  heap.release(heap.allocate(10));
  heap.reset();
  EXPECT_EQ(end.current(), start);
}

TEST_F(ClassicHeapTest, WhatCannotBeGivenBackAtAResetIsLeftBehind) {
  heap.allocate(16);
  std::byte* const before = end.current();
  end.refuse_shrink = true;
  heap.reset();
  EXPECT_EQ(end.current(), before);
  EXPECT_EQ(heap_bytes(), 0U);
  EXPECT_EQ(heap.allocate(16), before + header);
}

}  // namespace
}  // namespace mh::test
