// The fast heap's use of memory: what is zero, what moves, what goes back once a peak is over, and
// the figures that tell it.

#include <gtest/gtest.h>

#include <algorithm>
#include <barrier>
#include <cstdint>
#include <cstring>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/failing_mappings.hpp"
#include "tests/unit/fast_heap_test_support.hpp"

namespace mh::test {
namespace {

class FastHeapMemoryTest : public FastHeapTest {};

TEST_F(FastHeapMemoryTest, SplitsAndMergesAreCounted) {
  void* const p = heap.allocate(10'000);
  void* const q = heap.allocate(10'000);
  void* const r = heap.allocate(10'000);
  void* const last = heap.allocate(10'000);
  EXPECT_EQ(heap.stats().splits, 4U) << "each was cut from the top";
  heap.release(p);
  EXPECT_EQ(heap.stats().merges, 0U);
  heap.release(r);
  EXPECT_EQ(heap.stats().merges, 0U);
  heap.release(q);
  EXPECT_EQ(heap.stats().merges, 2U) << "with both neighbours";
  heap.release(last);
  EXPECT_EQ(heap.stats().merges, 4U) << "with what is before, and with the top";
}

TEST_F(FastHeapMemoryTest, AThousandBlocksThatBecomeOneAreAThousandMerges) {
  std::vector<void*> all(1000);
  for (void*& p : all) p = heap.allocate(10'000);
  for (void* p : all) heap.release(p);
  EXPECT_EQ(heap.stats().free_blocks, 1U);
  EXPECT_EQ(heap.stats().merges, 1000U);
}

TEST_F(FastHeapMemoryTest, SmallBlocksAreCountedWhereTheyAreCutAndWhereTheyMerge) {
  std::vector<void*> all(1000);
  for (void*& p : all) p = heap.allocate(100);
  EXPECT_GE(heap.stats().splits, 1000U);
  for (void* p : all) heap.release(p);
  heap.trim(0);
  EXPECT_EQ(heap.stats().merges, heap.stats().splits);
}

TEST_F(FastHeapMemoryTest, ZeroedMemoryIsZeroUpToItsUsableSize) {
  for (const std::size_t size :
       {1U, 9U, 41U, 900U, 1000U, 1017U, 3001U, 9001U, 70'001U, 400'001U}) {
    for (int round = 0; round < 5; ++round) {
      std::vector<char*> all;
      for (int i = 0; i < 3; ++i) {
        char* const p = bytes(heap.allocate_zeroed(1, size));
        const std::size_t usable = heap.usable_size(p);
        ASSERT_GE(usable, size);
        ASSERT_EQ(std::count(p, p + usable, 0), static_cast<std::ptrdiff_t>(usable)) << size;
        all.push_back(p);
      }
      for (char* p : all) {
        std::memset(p, 1, heap.usable_size(p));
        heap.release(p);
      }
      if (round == 3) heap.trim(0);
    }
  }
}

// Cut in place it would be cached when it is freed, and part a free range for good.
TEST_F(FastHeapMemoryTest, WhatShrinksToASmallBlockMovesToOne) {
  char* const p = bytes(heap.allocate(8000));
  heap.allocate(8000);
  std::memset(p, 7, 8000);
  char* const small = bytes(heap.reallocate(p, 100));
  EXPECT_NE(small, p);
  EXPECT_EQ(std::count(small, small + 100, 7), 100);
  char* const q = bytes(heap.allocate(8000));
  EXPECT_EQ(heap.reallocate(q, 5000), q) << "not small";
}

TEST_F(FastHeapMemoryTest, ShrinkingNeedsNoMemory) {
  failing_mappings = {1, true};
  std::vector<char*> all;
  while (void* const p = heap.allocate(900'000)) all.push_back(bytes(p));
  while (void* const p = heap.allocate(5000)) all.push_back(bytes(p));
  while (void* const p = heap.allocate(100)) all.push_back(bytes(p));
  ASSERT_EQ(heap.allocate(100), nullptr);
  errno = 0;
  char* const large = all.front();
  large[99] = 5;
  EXPECT_EQ(heap.reallocate(large, 100), large);
  EXPECT_EQ(large[99], 5);
  failing_mappings = {};
  EXPECT_NE(heap.allocate(5000), nullptr) << "and the rest of it is there to be used";
}

TEST_F(FastHeapMemoryTest, ManyMappingsAreFoundInWhateverOrderTheyGo) {
  heap.set_mapping_threshold(std::size_t{100} << 10, true);
  std::mt19937 random(3);
  std::vector<std::pair<char*, std::size_t>> live;
  for (int i = 0; i < 6000; ++i) {
    if (i % 3000 < 1500 || random() % 2 == 0) {
      const std::size_t size = (std::size_t{100} << 10) + random() % 100'000;
      char* const p = bytes(heap.allocate(size));
      ASSERT_NE(p, nullptr);
      p[0] = p[size - 1] = static_cast<char>(i);
      live.emplace_back(p, size);
    } else {
      std::swap(live[random() % live.size()], live.back());
      auto& [p, size] = live.back();
      ASSERT_EQ(p[0], p[size - 1]);
      ASSERT_GE(heap.usable_size(p), size);
      heap.release(p);
      live.pop_back();
    }
  }
  EXPECT_EQ(heap.stats().errors, 0U);
  EXPECT_EQ(heap.stats().used_blocks, live.size());
  const auto blocks = blocks_of(heap);
  EXPECT_TRUE(std::is_sorted(blocks.begin(), blocks.end(),
                             [](const auto& a, const auto& b) { return a.address < b.address; }));
  heap.release(live[0].first);
  heap.release(live[0].first);
  expect_one_error(MH_INVALID_POINTER, live[0].first);
}

// ---- what is in memory

class FastHeapPeakTest : public ::testing::Test {
 protected:
  static constexpr std::size_t many = 3000;
  static constexpr std::size_t large = 100'000;

  FastHeapPeakTest() {
    heap.set_mapping_threshold(FastHeap::max_request + 1, true);
    for (std::size_t i = 0; i < many; ++i) {
      for (const std::size_t size : {std::size_t{512}, large}) {
        blocks.push_back(static_cast<char*>(heap.allocate(size)));
        blocks.back()[0] = 1;
      }
    }
  }
  [[nodiscard]] std::size_t pages_in_memory() const {
    std::size_t found = 0;
    for (const char* block : blocks) {
      if (block < reinterpret_cast<char*>(end.current())) found += is_resident(block) ? 1 : 0;
    }
    return found;
  }

  ReservedBreak end{std::size_t{512} << 20};
  FastHeap heap{end};
  std::vector<char*> blocks;
};

TEST_F(FastHeapPeakTest, PagesOfLargeBlocksAreNotAskedForAhead) {
  std::size_t ahead = 0;
  for (std::size_t i = 1; i < blocks.size(); i += 2) {
    ahead += is_resident(blocks[i] + large / 2) ? 1 : 0;
  }
  EXPECT_LT(ahead, many / 100);
}

TEST_F(FastHeapPeakTest, OnceAllIsFreedItGoesBackAtOnce) {
  EXPECT_EQ(pages_in_memory(), blocks.size());
  for (char* block : blocks) heap.release(block);
  EXPECT_LT(pages_in_memory(), blocks.size() / 10);
  EXPECT_EQ(heap.check(nullptr), MH_OK);
  EXPECT_EQ(heap.stats().used_blocks, 0U);
}

// A tenth of what it had at most is more than is left of a peak: such a program will go on.
TEST(FastHeapWaves, WhatIsTakenAgainSoonStays) {
  constexpr std::uint64_t waves = 50;
  ReservedBreak end{std::size_t{512} << 20};
  FastHeap heap(end);
  heap.set_mapping_threshold(FastHeap::max_request + 1, true);
  std::vector<void*> blocks(300);
  std::uint64_t after_the_first = 0;
  for (std::uint64_t wave = 0; wave < waves; ++wave) {
    for (void*& block : blocks) block = block != nullptr ? block : heap.allocate(60'000);
    for (std::size_t i = blocks.size(); i-- > blocks.size() / 10;) {
      heap.release(std::exchange(blocks[i], nullptr));
    }
    if (wave == 0) after_the_first = heap.stats().break_moves;
  }
  EXPECT_LT(heap.stats().break_moves, after_the_first + waves / 2) << "a few: it takes its time";
}

// Small blocks at hand and in the pool part what could go back.
TEST(FastHeapWaves, WhatThreadsKeepDoesNotHoldAPeakThatIsOver) {
  ReservedBreak end{std::size_t{512} << 20};
  FastHeap heap(end);
  std::mt19937 random(4);
  std::vector<char*> blocks(60'000);
  for (char*& block : blocks) {
    const std::size_t size = 1 + random() % (random() % 50 == 0 ? 60'000 : 256);
    block = bytes(heap.allocate(size));
    block[0] = 1;
  }
  const std::size_t peak = heap.stats().heap;
  ASSERT_GT(peak, std::size_t{30} << 20);
  std::shuffle(blocks.begin(), blocks.end(), random);
  for (char* block : blocks) heap.release(block);
  heap.release(heap.allocate(30'000));
  EXPECT_LT(heap.stats().heap, peak / 8);
  EXPECT_EQ(heap.check(nullptr), MH_OK);
}

TEST(FastHeapWaves, WhenTheLastThreadEndsWhatTheyHadGoesBack) {
  ReservedBreak end{std::size_t{512} << 20};
  FastHeap heap(end);
  std::vector<std::thread> threads;
  threads.reserve(20);
  // One wave: memory that went back and was wanted again may stay the next time.
  std::barrier all_have_theirs(20);
  for (int i = 0; i < 20; ++i) {
    threads.emplace_back([&] {
      std::vector<void*> own(10'000);
      for (void*& block : own) block = heap.allocate(100);
      all_have_theirs.arrive_and_wait();
      for (void* block : own) heap.release(block);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LT(heap.stats().heap, std::size_t{2} << 20);
}

// ---- what threads keep

std::size_t count_cached(const FastHeap& heap) {
  const auto blocks = blocks_of(heap);
  return static_cast<std::size_t>(std::count_if(
      blocks.begin(), blocks.end(), [](const mh_block& block) { return block.cached != 0; }));
}

TEST(FastHeapKept, AtMostAsMuchIsAtHandAsIsInUse) {
  ReservedBreak end{std::size_t{64} << 20};
  FastHeap heap(end);
  for (std::size_t used = 1; used <= 200; ++used) {
    heap.allocate(100);
    ASSERT_LE(count_cached(heap), used);
  }
}

TEST(FastHeapKept, BeforeTheHeapGrowsAThreadGivesBackWhatItHasBeyondItsNeeds) {
  ReservedBreak end{std::size_t{64} << 20};
  FastHeap heap(end);
  std::vector<void*> many;
  for (std::size_t size = 100; size < 1000; size += 50) {
    for (int i = 0; i < 40; ++i) many.push_back(heap.allocate(size));
  }
  for (void* block : many) heap.release(block);
  ASSERT_GT(count_cached(heap), 150U);
  const std::uint64_t before = heap.stats().break_moves;
  while (heap.stats().break_moves == before) heap.allocate(56);
  EXPECT_LT(count_cached(heap), 100U);
}

TEST_F(FastHeapPeakTest, WhatIsInUseKeepsThePoolFromBeingEmptied) {
  std::vector<void*> used;
  for (int i = 0; i < 10'000; ++i) used.push_back(heap.allocate(700));
  const std::uint64_t before = heap.stats().merges;
  for (std::size_t i = 0; i < blocks.size(); i += 2) heap.release(blocks[i]);
  const std::uint64_t merges = heap.stats().merges;
  heap.release(blocks[1]);
  EXPECT_LE(heap.stats().merges, merges + 2);
  EXPECT_LT(merges, before + many / 2) << "most wait in the pool";
}

}  // namespace
}  // namespace mh::test
