// The fast heap: what it gives and takes back, what it refuses, and an oracle of what lives.

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <new>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "core/events/segment.hpp"
#include "core/heap/fast/fast_heap.hpp"
#include "tests/support/failing_mappings.hpp"
#include "tests/support/fast_duel.hpp"
#include "tests/unit/fast_heap_test_support.hpp"

namespace mh::test {
namespace {

// ---- what it gives

TEST_F(FastHeapTest, EverySizeIsAlignedAndSeparate) {
  std::vector<std::pair<char*, std::size_t>> all;
  for (std::size_t size = 1; size < 5000; size += size < 1100 ? 1 : 97) {
    char* const p = bytes(heap.allocate(size));
    ASSERT_NE(p, nullptr);
    ASSERT_EQ(reinterpret_cast<std::uintptr_t>(p) % 16, 0U);
    ASSERT_GE(heap.usable_size(p), size);
    std::memset(p, static_cast<int>(size), size);
    all.emplace_back(p, size);
  }
  for (const auto& [p, size] : all) {
    ASSERT_EQ(std::count(p, p + size, static_cast<char>(size)), static_cast<std::ptrdiff_t>(size));
    heap.release(p);
  }
  EXPECT_EQ(heap.stats().used_blocks, 0U);
  EXPECT_EQ(heap.stats().mallocs, all.size());
  EXPECT_EQ(heap.stats().frees, all.size());
}

TEST_F(FastHeapTest, AUsedBlockCostsEightBytes) {
  const auto* const p = bytes(heap.allocate(24));
  const auto* const q = bytes(heap.allocate(24));
  EXPECT_EQ(q - p, 32);
  const auto blocks = blocks_of(heap);
  ASSERT_FALSE(blocks.empty());
  EXPECT_EQ(blocks[0].header, 8U);
  EXPECT_EQ(blocks[0].requested, 24U);
  EXPECT_EQ(static_cast<const char*>(blocks[0].address) + 8, p);
}

TEST_F(FastHeapTest, NothingForNothing) {
  EXPECT_EQ(heap.allocate(0), nullptr);
  heap.release(nullptr);
  EXPECT_EQ(heap.usable_size(nullptr), 0U);
  EXPECT_EQ(heap.allocate(~std::size_t{0}), nullptr);
  EXPECT_EQ(errno, ENOMEM);
  EXPECT_EQ(heap.allocate_zeroed(~std::size_t{0} / 2, 3), nullptr);
  EXPECT_EQ(heap.stats().failed, 2U);
}

TEST_F(FastHeapTest, ZeroedMemoryIsZeroWhereverItComesFrom) {
  for (const std::size_t size : {8U, 40U, 900U, 3000U, 70'000U, 400'000U}) {
    for (int round = 0; round < 4; ++round) {
      char* const p = bytes(heap.allocate_zeroed(1, size));
      ASSERT_EQ(std::count(p, p + size, 0), static_cast<std::ptrdiff_t>(size)) << size;
      std::memset(p, 1, size);
      char* const q = bytes(heap.allocate_zeroed(size, 1));
      ASSERT_EQ(std::count(q, q + size, 0), static_cast<std::ptrdiff_t>(size)) << size;
      std::memset(q, 1, size);
      heap.release(p);
      heap.release(q);
    }
    heap.trim(0);
  }
}

TEST_F(FastHeapTest, ZeroedMemoryIsZeroWhileSomebodyListens) {
  Segment segment = Segment::anonymous({});
  heap.events().attach(segment);
  segment.header().reader_attached.store(1);
  ASSERT_TRUE(heap.events().active());
  heap.release(heap.allocate(2000));
  heap.allocate(2000);  // from now on such blocks are kept
  void* const last = heap.allocate(2000);
  std::memset(last, 1, 2000);
  heap.release(last);
  auto* const zeroed = bytes(heap.allocate_zeroed(1, 2000));
  EXPECT_EQ(zeroed, last) << "it was kept";
  EXPECT_EQ(std::count(zeroed, zeroed + 2000, 0), 2000);
  heap.events().detach();
}

TEST_F(FastHeapTest, AlignedBlocksAreAligned) {
  std::vector<void*> all;
  for (std::size_t alignment = 16; alignment <= 1U << 20; alignment *= 2) {
    for (const std::size_t size : {1U, 100U, 5000U, 200'000U}) {
      void* const p = heap.allocate_aligned(alignment, size);
      ASSERT_NE(p, nullptr);
      ASSERT_EQ(reinterpret_cast<std::uintptr_t>(p) % alignment, 0U);
      std::memset(p, 1, size);
      ASSERT_EQ(heap.check(nullptr), MH_OK);
      all.push_back(p);
    }
  }
  for (void* p : all) heap.release(p);
  EXPECT_EQ(heap.stats().used_blocks, 0U);
  EXPECT_EQ(heap.allocate_aligned(24, 1), nullptr);
  EXPECT_EQ(errno, EINVAL);
}

TEST_F(FastHeapTest, ReallocKeepsContents) {
  std::string expected;
  char* p = nullptr;
  for (std::size_t size = 1; size < 3'000'000; size += size / 2 + 1) {
    p = bytes(heap.reallocate(p, size));
    ASSERT_EQ(std::memcmp(p, expected.data(), expected.size()), 0) << size;
    while (expected.size() < size) expected.push_back(static_cast<char>(expected.size() * 7));
    std::memcpy(p, expected.data(), size);
  }
  for (std::size_t size = expected.size(); size != 0; size -= size / 3 + 1) {
    p = bytes(heap.reallocate(p, size));
    ASSERT_EQ(std::memcmp(p, expected.data(), size), 0) << size;
  }
  EXPECT_EQ(heap.reallocate(p, 0), nullptr);
  EXPECT_EQ(heap.stats().used_blocks, 0U);
}

TEST_F(FastHeapTest, ReallocGrowsInPlaceAtTheEndAndIntoAFreeNeighbour) {
  void* const p = heap.allocate(2000);
  EXPECT_EQ(heap.reallocate(p, 90'000), p);
  void* const q = heap.allocate(5000);
  void* const last = heap.allocate(2000);
  heap.release(q);
  EXPECT_EQ(heap.reallocate(p, 93'000), p);
  EXPECT_EQ(heap.check(nullptr), MH_OK);
  EXPECT_NE(heap.reallocate(p, 100'000), p);
  heap.release(last);
}

TEST_F(FastHeapTest, ASmallBlockGrowsInPlaceThoughOneOfItsNewSizeLiesInTheCache) {
  void* const cached = heap.allocate(120);
  void* const p = heap.allocate(100);
  heap.release(cached);
  ASSERT_TRUE(is_cached(heap, cached));
  EXPECT_EQ(heap.reallocate(p, 120), p) << "into the top";
  EXPECT_EQ(heap.reallocate(p, 5000), p);
  void* const q = heap.allocate(200);
  void* const between = heap.allocate(5000);
  void* const behind = heap.allocate(100);
  heap.release(between);
  EXPECT_EQ(heap.reallocate(q, 300), q) << "into a free neighbour";
  EXPECT_EQ(heap.usable_size(q), 312U) << "and the rest of it stays free";
  heap.release(behind);
}

TEST_F(FastHeapTest, NeighboursCoalesceAtOnce) {
  void* const p = heap.allocate(2000);
  void* const q = heap.allocate(2000);
  void* const r = heap.allocate(2000);
  void* const last = heap.allocate(2000);
  heap.release(p);
  heap.release(r);
  EXPECT_EQ(heap.stats().free_blocks, 3U);
  heap.release(q);
  EXPECT_EQ(heap.stats().free_blocks, 2U);
  EXPECT_EQ(heap.allocate(6000), p);
  heap.release(last);
}

TEST_F(FastHeapTest, LargeBlocksHaveMappingsOfTheirOwn) {
  std::byte* const before = end.current();
  void* const p = heap.allocate(1'000'000);
  EXPECT_EQ(end.current(), before);
  EXPECT_GE(heap.usable_size(p), 1'000'000U);
  EXPECT_EQ(heap.stats().used_blocks, 1U);
  EXPECT_EQ(heap.stats().requested, 1'000'000U);
  void* const q = heap.reallocate(p, 5'000'000);
  EXPECT_EQ(heap.stats().requested, 5'000'000U);
  heap.release(q);
  EXPECT_EQ(heap.stats().heap, 0U);
  // A program that frees such blocks wants more of them: they come from the heap now.
  void* const r = heap.allocate(1'000'000);
  EXPECT_NE(end.current(), before);
  heap.release(r);
}

TEST_F(FastHeapTest, TrimGivesBackAllLargeFreeRanges) {
  heap.set_mapping_threshold(FastHeap::max_request + 1, true);
  std::vector<char*> all;
  // The last one stays in use: where little does, large ranges go back by themselves.
  for (const std::size_t size : {300'000U, 100U, 900'000U, 100U, 2'000'000U}) {
    all.push_back(bytes(heap.allocate(size)));
    std::memset(all.back(), 1, size);
  }
  heap.release(all[0]);
  heap.release(all[2]);
  EXPECT_TRUE(is_resident(all[0] + 100'000));
  EXPECT_TRUE(is_resident(all[2] + 100'000));
  heap.trim(0);
  EXPECT_FALSE(is_resident(all[0] + 100'000));
  EXPECT_FALSE(is_resident(all[2] + 100'000));
}

TEST_F(FastHeapTest, TrimGivesBackAndResetGivesAllBack) {
  std::byte* const before = end.current();
  std::vector<void*> all;
  for (int i = 0; i < 1000; ++i) all.push_back(heap.allocate(3000));
  std::byte* const full = end.current();
  void* const last = all.back();
  all.pop_back();
  for (void* p : all) heap.release(p);
  std::this_thread::sleep_for(std::chrono::milliseconds(100));  // it might be wanted again
  heap.release(last);
  EXPECT_LT(end.current(), full) << "without being asked";
  heap.trim(0);
  EXPECT_LE(end.current() - before, 4096 * 2);
  EXPECT_EQ(heap.check(nullptr), MH_OK);
  void* const p = heap.allocate(100);
  heap.reset();
  EXPECT_EQ(end.current(), before);
  EXPECT_EQ(heap.stats().heap, 0U);
  EXPECT_NE(heap.allocate(100), nullptr);
  EXPECT_EQ(heap.stats().mallocs, 1002U);
  (void)p;
}

TEST_F(FastHeapTest, AGrowingHeapAsksForSomePagesAhead) {
  heap.set_pad(std::size_t{1} << 20);
  std::vector<char> page(8192);
  const auto whole = (reinterpret_cast<std::uintptr_t>(page.data()) + 4095) & ~std::uintptr_t{4095};
  if (madvise(reinterpret_cast<void*>(whole), 4096, MADV_POPULATE_WRITE) != 0) {
    GTEST_SKIP() << "the kernel does not know how";
  }
  const char* last = nullptr;
  unsigned ahead = 0;
  for (unsigned i = 0; i < 4000; ++i) {
    last = std::max<const char*>(last, bytes(heap.allocate(1000)));
    if (i >= 3000 && is_resident(last + 8192)) ++ahead;
  }
  EXPECT_GT(ahead, 500U);
  EXPECT_LT(ahead, 1000U) << "not all at once";
}

// ---- what a thread keeps

TEST_F(FastHeapTest, MediumBlocksAreKeptWhereTheyAreAskedForAgain) {
  std::vector<void*> live;
  const auto get = [&](std::size_t size) { return live.emplace_back(heap.allocate(size)); };
  void* const first = get(3000);
  get(3000);
  heap.release(first);
  EXPECT_FALSE(is_cached(heap, first)) << "nobody asked for such a block since";
  live.front() = heap.allocate(3000);
  EXPECT_EQ(live.front(), first);
  heap.release(first);
  EXPECT_TRUE(is_cached(heap, first));
  heap.release(first);
  expect_one_error(MH_DOUBLE_FREE, first);
  EXPECT_EQ(heap.allocate(2990), first) << "whatever fits";
  EXPECT_EQ(heap.usable_size(first), 3000U);
  heap.release(first);
  heap.trim(0);
  EXPECT_FALSE(is_cached(heap, first));
  EXPECT_EQ(heap.stats().frees, 3U);
}

TEST_F(FastHeapTest, AThreadGetsItsOwnBlocksBack) {
  constexpr std::size_t many = 200;
  const auto take = [this](std::vector<void*>& blocks) {
    for (std::size_t i = 0; i < many; ++i) blocks.push_back(heap.allocate(100));
  };
  std::vector<void*> mine;
  std::vector<void*> mine_again;
  std::thread([&] {
    take(mine);
    for (void* block : mine) heap.release(block);
    std::thread([&] {
      std::vector<void*> others;
      take(others);
      for (void* block : others) {
        EXPECT_EQ(std::find(mine.begin(), mine.end(), block), mine.end());
        heap.release(block);
      }
    }).join();
    take(mine_again);
  }).join();
  std::sort(mine.begin(), mine.end());
  std::sort(mine_again.begin(), mine_again.end());
  EXPECT_EQ(mine, mine_again);
  for (void* block : mine_again) heap.release(block);
  EXPECT_EQ(heap.stats().used_blocks, 0U);
}

// ---- what it refuses

TEST_F(FastHeapTest, DoubleFreesAreRefused) {
  for (const std::size_t size : {24U, 900U, 5000U, 300'000U}) {
    void* const before = heap.allocate(size);
    void* const p = heap.allocate(size);
    void* const last = heap.allocate(size);
    heap.release(p);
    heap.release(p);
    ASSERT_EQ(log.errors.size(), 1U) << size;
    EXPECT_EQ(log.errors[0].second, p);
    // What had a mapping of its own is not there any more.
    EXPECT_EQ(log.errors[0].first, size < 100'000 ? MH_DOUBLE_FREE : MH_INVALID_POINTER);
    EXPECT_EQ(heap.reallocate(p, 10), nullptr);
    EXPECT_EQ(errno, EINVAL);
    EXPECT_EQ(heap.usable_size(p), 0U);
    log.errors.clear();
    heap.release(before);
    heap.release(before);
    EXPECT_EQ(log.errors.size(), 1U) << "coalesced with its neighbour, but remembered";
    log.errors.clear();
    heap.release(last);
    heap.set_mapping_threshold(128 << 10, true);
  }
  EXPECT_EQ(heap.stats().used_blocks, 0U);
}

TEST_F(FastHeapTest, ForeignPointersAreRefused) {
  alignas(16) char local[64] = {};
  char* const p = bytes(heap.allocate(200));
  const std::pair<void*, mh_error> cases[]{
      {local + 16, MH_INVALID_POINTER},
      {p + 16, MH_INTERIOR_POINTER},
      {p + 1, MH_MISALIGNED_POINTER},
      {p - 8, MH_MISALIGNED_POINTER},
      {reinterpret_cast<void*>(0x10), MH_INVALID_POINTER},
      {reinterpret_cast<void*>(~std::uintptr_t{7}), MH_INVALID_POINTER},
      {end.current() - 32, MH_DOUBLE_FREE},
      {end.current() + (1 << 20), MH_INVALID_POINTER}};
  std::uint64_t errors = 0;
  for (const auto& [pointer, error] : cases) {
    heap.release(pointer);
    ASSERT_EQ(log.errors.size(), 1U) << pointer;
    EXPECT_EQ(log.errors[0].first, error) << pointer;
    EXPECT_EQ(log.errors[0].second, pointer);
    EXPECT_EQ(heap.stats().errors, ++errors);
    log.errors.clear();
    ASSERT_EQ(heap.check(nullptr), MH_OK);
  }
  heap.release(p);
  EXPECT_TRUE(log.errors.empty());
}

TEST_F(FastHeapTest, DamagedHeadersAreRefused) {
  damaged = true;
  auto* const p = bytes(heap.allocate(2000));
  auto* const q = bytes(heap.allocate(2000));
  for (int bit = 0; bit < 64; ++bit) {
    // Not in the checksum: how much the caller does not use, and whether the block before is used.
    if (bit >= 26 && bit <= 32) continue;
    q[-8 + bit / 8] = static_cast<char>(q[-8 + bit / 8] ^ (1 << bit % 8));
    heap.release(q);
    ASSERT_EQ(log.errors.size(), 1U) << bit;
    EXPECT_EQ(log.errors[0].first, MH_HEADER_DAMAGED) << bit;
    log.errors.clear();
    const void* where = nullptr;
    EXPECT_EQ(heap.check(&where), MH_HEADER_DAMAGED);
    EXPECT_EQ(where, q - 8);
    q[-8 + bit / 8] = static_cast<char>(q[-8 + bit / 8] ^ (1 << bit % 8));
  }
  EXPECT_EQ(heap.check(nullptr), MH_OK);
  // An overrun: freeing the block before the damaged header tells it, and does not use it.
  std::memset(p + 2000, 0x55, 16);
  heap.release(p);
  ASSERT_EQ(log.errors.size(), 1U);
  EXPECT_EQ(log.errors[0].first, MH_HEADER_DAMAGED);
}

TEST_F(FastHeapTest, ACopyOfAHeaderIsNoHeader) {
  char* const p = bytes(heap.allocate(200));
  std::memcpy(p + 32 - 8, p - 8, 8);
  heap.release(p + 32);
  expect_one_error(MH_INTERIOR_POINTER, p + 32);
}

TEST_F(FastHeapTest, ADamagedFreeBlockIsNotUsed) {
  damaged = true;
  std::vector<char*> all;
  for (int i = 0; i < 8; ++i) all.push_back(bytes(heap.allocate(3000)));
  for (int i = 1; i < 8; i += 2) heap.release(all[static_cast<std::size_t>(i)]);
  std::memset(all[3], 0xee, 16);  // use after free: the links
  for (int i = 0; i < 8; ++i) {
    char* const p = bytes(heap.allocate(3000));
    ASSERT_NE(p, nullptr);
    std::memset(p, 0, 3000);
  }
  EXPECT_EQ(log.errors.size(), 1U);
  EXPECT_EQ(log.errors[0].first, MH_WRITE_AFTER_FREE);
}

TEST_F(FastHeapTest, ADamagedFreeBlockIsNotUsedAlsoWhenItIsNotTheFirstOfItsBin) {
  damaged = true;
  std::vector<char*> all;
  for (const std::size_t size : {19'500U, 100U, 20'300U, 30'000U}) {
    all.push_back(bytes(heap.allocate(size)));
  }
  heap.release(all[2]);
  heap.release(all[0]);  // of the same bin, the first, and too small
  all[2][-8] ^= 1;
  char* const got = bytes(heap.allocate(20'100));
  EXPECT_NE(got, nullptr);
  EXPECT_NE(got, all[2]);
  ASSERT_FALSE(log.errors.empty());
  EXPECT_EQ(log.errors[0].first, MH_WRITE_AFTER_FREE);
}

TEST_F(FastHeapTest, ADamagedCachedBlockIsRefusedWhenItComesBack) {
  damaged = true;
  char* const p = bytes(heap.allocate(40));
  heap.release(p);
  std::memset(p - 8, 0, 8);
  EXPECT_EQ(heap.allocate(40), p) << "not looked at: the short way costs little";
  heap.release(p);
  ASSERT_EQ(log.errors.size(), 1U);
  EXPECT_EQ(log.errors[0].first, MH_HEADER_DAMAGED);
  EXPECT_EQ(log.errors[0].second, p);
}

TEST_F(FastHeapTest, ADamagedCachedBlockDoesNotGoBackToTheArena) {
  damaged = true;
  std::vector<char*> all;
  for (int i = 0; i < 10; ++i) all.push_back(bytes(heap.allocate(40)));
  for (char* p : all) heap.release(p);
  std::memset(all[4] - 8, 0x11, 8);
  heap.trim(0);
  ASSERT_EQ(log.errors.size(), 1U);
  EXPECT_EQ(log.errors[0].first, MH_HEADER_DAMAGED);
  EXPECT_EQ(log.errors[0].second, all[4] - 8);
  EXPECT_NE(heap.allocate(40), nullptr);
}

// ---- when memory does not come

TEST_F(FastHeapTest, WantOfMemoryIsToldAndNothingElseHappens) {
  heap.set_mapping_threshold(FastHeap::max_request + 1, true);
  // The break is 64 MiB, and what it has not come from mappings.
  std::vector<void*> all;
  for (int i = 0; i < 40; ++i) {
    void* const p = heap.allocate(4'000'000);
    ASSERT_NE(p, nullptr);
    std::memset(p, 1, 100);
    all.push_back(p);
  }
  EXPECT_EQ(heap.check(nullptr), MH_OK);
  const auto blocks = blocks_of(heap);
  EXPECT_TRUE(std::is_sorted(blocks.begin(), blocks.end(),
                             [](const auto& a, const auto& b) { return a.address < b.address; }));
  for (void* p : all) heap.release(p);
  EXPECT_EQ(heap.stats().used_blocks, 0U);
  errno = 0;
  EXPECT_EQ(heap.allocate(std::size_t{1} << 39), nullptr);
  EXPECT_EQ(errno, ENOMEM);
  EXPECT_TRUE(log.errors.empty());
}

/// Each call that maps memory fails once, and then one by one all from there on: what lives stays,
/// and whoever gets nothing is told so.
TEST(FastHeapFaults, AnyMappingMayFail) {
  for (const bool all_from_there : {false, true}) {
    for (unsigned n = 1; n < 12; ++n) {
      SCOPED_TRACE("from mapping " + std::to_string(n));
      ControlledBreak end(std::size_t{1} << 20);
      FastHeap heap(end);
      failing_mappings = {n, all_from_there};
      std::vector<std::pair<char*, std::size_t>> live;
      unsigned refused = 0;
      const auto keep = [&](void* pointer, std::size_t size) {
        refused += pointer == nullptr ? 1 : 0;
        if (pointer == nullptr) {
          EXPECT_EQ(errno, ENOMEM);
          return;
        }
        std::memset(pointer, static_cast<int>(live.size()), size);
        live.emplace_back(bytes(pointer), size);
      };
      for (unsigned i = 0; i < 12; ++i) {
        errno = 0;
        keep(heap.allocate(40 + i), 40 + i);
        keep(heap.allocate(300'000 + i * 50'000), 300'000 + i * 50'000);
        keep(heap.allocate(30'000), 30'000);
        auto& [moved, size] = live.front();
        void* const grown = heap.reallocate(moved, size + 400'000);
        if (grown != nullptr) moved = bytes(grown);
      }
      failing_mappings = {};
      EXPECT_EQ(refused != 0, all_from_there) << "one refusal alone is made good by the break";
      EXPECT_EQ(heap.check(nullptr), MH_OK);
      for (std::size_t i = 0; i < live.size(); ++i) {
        const auto& [p, size] = live[i];
        ASSERT_EQ(std::count(p, p + size, static_cast<char>(i)), static_cast<long>(size));
        heap.release(p);
      }
      EXPECT_EQ(heap.stats().used_blocks, 0U);
      EXPECT_EQ(heap.stats().errors, 0U);
    }
  }
}

TEST_F(FastHeapTest, SomebodyElseMovesTheBreak) {
  std::map<char*, char> all;
  for (int i = 0; i < 400; ++i) {
    char* const p = bytes(heap.allocate(3000));
    std::memset(p, i, 3000);
    all[p] = static_cast<char>(i);
    if (i % 60 == 59)
      std::memset(end.foreign_grow(10'000 + static_cast<std::size_t>(i)), 0x77, 10'000);
  }
  EXPECT_EQ(heap.check(nullptr), MH_OK);
  EXPECT_GT(heap.stats().foreign, 0U);
  for (const auto& [p, value] : all) {
    ASSERT_EQ(std::count(p, p + 3000, value), 3000);
    heap.release(p);
  }
  EXPECT_EQ(heap.stats().used_blocks, 0U);
}

// ---- threads

TEST_F(FastHeapTest, AThreadGivesItsCacheBackWhenItEnds) {
  for (int i = 0; i < 50; ++i) {
    std::thread([this] {
      std::vector<void*> all;
      for (std::size_t k = 0; k < 100; ++k) all.push_back(heap.allocate(16 + k * 8));
      for (void* p : all) heap.release(p);
    }).join();
  }
  EXPECT_EQ(heap.stats().used_blocks, 0U);
  EXPECT_EQ(heap.stats().frees, 5000U);
  EXPECT_LT(heap.stats().heap, 400'000U) << "each thread used what the one before left";
  heap.trim(0);
  EXPECT_EQ(heap.stats().free_blocks, 1U) << "nothing is left in caches";
}

TEST_F(FastHeapTest, AHeapWithoutAPlaceForCachesWorks) {
  std::vector<std::unique_ptr<ControlledBreak>> ends;
  std::vector<std::unique_ptr<FastHeap>> others;
  for (unsigned i = 0; i < FastThread::max_heaps + 2; ++i) {
    ends.push_back(std::make_unique<ControlledBreak>(1 << 20));
    others.push_back(std::make_unique<FastHeap>(*ends.back()));
    void* const p = others.back()->allocate(50);
    void* const q = others.back()->allocate(50);
    ASSERT_NE(p, nullptr);
    others.back()->release(p);
    EXPECT_EQ(others.back()->check(nullptr), MH_OK);
    EXPECT_EQ(others.back()->stats().used_blocks, 1U);
    others.back()->release(q);
  }
}

// ---- an oracle

FastStep random_step(std::mt19937_64& random) {
  const auto dice = random() % 200;
  const FastAction action = dice < 70    ? FastAction::allocate
                            : dice < 80  ? FastAction::zeroed
                            : dice < 90  ? FastAction::aligned
                            : dice < 120 ? FastAction::reallocate
                            : dice < 196 ? FastAction::release
                            : dice < 198 ? FastAction::fail_next
                                         : FastAction::trim;
  const auto kind = random() % 32;
  const std::size_t largest = kind < 22 ? 200 : kind < 28 ? 3000 : kind < 31 ? 40'000 : 700'000;
  return {action, 1 + random() % largest, random()};
}

TEST(FastHeapProperty, SeedsAgreeWithTheOracle) {
  for (std::uint64_t seed = 1; seed <= (sanitized ? 40 : 200); ++seed) {
    std::mt19937_64 random(seed);
    std::vector<FastStep> steps(100 + random() % 600);
    std::generate(steps.begin(), steps.end(), [&] { return random_step(random); });
    FastDuel duel;
    ASSERT_TRUE(duel.run(steps)) << "seed " << seed << ", " << duel.difference;
  }
}

// The same with shrinking: a failure is reduced to the fewest steps that show it.
RC_GTEST_PROP(FastHeapProperty, AnySequenceAgreesWithTheOracle, ()) {
  const auto step =
      rc::gen::map(rc::gen::tuple(rc::gen::inRange(0, static_cast<int>(FastAction::count)),
                                  rc::gen::inRange<std::size_t>(1, 3000),
                                  rc::gen::inRange<std::size_t>(0, 1000)),
                   [](const std::tuple<int, std::size_t, std::size_t>& parts) {
                     return FastStep{static_cast<FastAction>(std::get<0>(parts)),
                                     std::get<1>(parts), std::get<2>(parts)};
                   });
  const auto steps = *rc::gen::container<std::vector<FastStep>>(step);
  FastDuel duel;
  RC_ASSERT(duel.run(steps) || (RC_LOG(duel.difference), false));
}

}  // namespace
}  // namespace mh::test
