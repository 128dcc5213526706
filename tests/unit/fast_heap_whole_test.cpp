// The fast heap's large blocks: which stay whole, for how long, and how large one can become.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <functional>
#include <thread>
#include <vector>

#include "tests/support/failing_mappings.hpp"
#include "tests/unit/fast_heap_test_support.hpp"

namespace mh::test {
namespace {

class FastHeapWholeTest : public FastHeapTest {
 protected:
  static constexpr std::size_t size = 500'000;

  FastHeapWholeTest() {
    heap.set_mapping_threshold(FastHeap::max_request + 1, true);
    for (void*& block : blocks) block = heap.allocate(size);
    heap.allocate(1000);  // so that none lies at the top
  }
  static void fill(void* block) { std::memset(block, 1, size); }

  std::array<void*, 4> blocks{};
};

TEST_F(FastHeapWholeTest, BlocksThatWereHardlyTouchedWaitForTheNextRequestOfTheirSize) {
  heap.release(blocks[1]);
  heap.release(blocks[2]);
  EXPECT_TRUE(is_cached(heap, blocks[1])) << "not merged with its neighbour";
  EXPECT_TRUE(is_cached(heap, blocks[2]));
  void* const small = heap.allocate(100'000);
  EXPECT_GT(small, blocks[3]) << "not cut from them";
  EXPECT_EQ(heap.allocate(size - 5000), blocks[2]);
  EXPECT_EQ(heap.allocate(size), blocks[1]);
  EXPECT_EQ(heap.stats().mallocs, 8U);
  heap.release(blocks[1]);
  heap.release(blocks[1]);
  expect_one_error(MH_DOUBLE_FREE, blocks[1]);
}

TEST_F(FastHeapWholeTest, FullBlocksMergeAtOnce) {
  for (void* block : blocks) fill(block);
  heap.release(blocks[1]);
  heap.release(blocks[2]);
  EXPECT_FALSE(is_cached(heap, blocks[1]));
  EXPECT_EQ(heap.allocate(2 * size), blocks[1]);
}

TEST_F(FastHeapWholeTest, BeforeTheHeapGrowsFullBlocksMerge) {
  heap.release(blocks[0]);
  for (std::size_t i = 1; i < blocks.size(); ++i) {
    fill(blocks[i]);
    heap.release(blocks[i]);
  }
  EXPECT_TRUE(is_cached(heap, blocks[3])) << "nobody has looked";
  const std::size_t before = heap.stats().heap;
  EXPECT_EQ(heap.allocate(4 * size), blocks[0]);
  EXPECT_EQ(heap.stats().heap, before);
}

TEST_F(FastHeapWholeTest, BeforeTheHeapGrowsBlocksWithoutPagesStay) {
  for (void* block : blocks) heap.release(block);
  EXPECT_GT(heap.allocate(4 * size), blocks[3]);
  EXPECT_EQ(heap.allocate(size), blocks[3]);
}

TEST_F(FastHeapWholeTest, TheyStayForAShortWhileAndNotWhenTheHeapIsTrimmed) {
  heap.release(blocks[0]);
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_TRUE(is_cached(heap, blocks[0]));
  heap.release(blocks[2]);
  EXPECT_FALSE(is_cached(heap, blocks[0]));
  EXPECT_TRUE(is_cached(heap, blocks[2]));
  heap.trim(0);
  EXPECT_FALSE(is_cached(heap, blocks[2]));
}

TEST_F(FastHeapWholeTest, SomeAreLookedAtSoThatFullOnesMerge) {
  heap.release(blocks[0]);
  EXPECT_TRUE(is_cached(heap, blocks[0]));
  for (int i = 0; i < 80; ++i) {
    fill(blocks[1]);
    heap.release(blocks[1]);
    blocks[1] = heap.allocate(size);
  }
  EXPECT_FALSE(is_cached(heap, blocks[0]));
}

TEST_F(FastHeapWholeTest, TheyDoNotStayWhenOnlySmallBlocksAreAskedFor) {
  heap.release(blocks[0]);
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  for (int i = 0; i < 200; ++i) heap.allocate(900);
  EXPECT_FALSE(is_cached(heap, blocks[0]));
}

TEST_F(FastHeapWholeTest, TheyDoNotStayWhenTheHeapCannotGrow) {
  heap.release(blocks[1]);
  heap.release(blocks[2]);
  failing_mappings = {1, true};
  const std::function<void()> fail = [&] {
    end.grows_until_failure = 1;
    end.before_grow = fail;
  };
  fail();
  void* const large = heap.allocate(2 * size);
  failing_mappings = {};
  EXPECT_EQ(large, blocks[1]);
}

TEST_F(FastHeapWholeTest, TheyAreBounded) {
  for (std::size_t bytes = size; bytes < 4 * size; bytes += size / 20) {
    void* const block = heap.allocate(bytes);
    ASSERT_NE(block, nullptr);
    heap.release(block);  // each is of another size
  }
  EXPECT_LT(heap.stats().heap, (std::size_t{8} << 20) + 9 * size) << "of 75 MB";
}

TEST_F(FastHeapWholeTest, ADamagedOneIsRefused) {
  damaged = true;
  heap.release(blocks[1]);
  bytes(blocks[1])[-8] ^= 1;
  EXPECT_NE(heap.allocate(size), blocks[1]);
  EXPECT_NE(heap.allocate(size), blocks[1]);
  ASSERT_EQ(log.errors.size(), 1U) << "told once";
  EXPECT_EQ(log.errors[0].first, MH_WRITE_AFTER_FREE);
}

#if !MH_SANITIZED
TEST(FastHeapLimit, NoBlockBecomesLargerThanAHeaderCanSay) {
  constexpr std::size_t gib = std::size_t{1} << 30;
  ReservedBreak far_end(64 * gib);
  FastHeap heap(far_end);
  heap.set_mapping_threshold(FastHeap::max_request + 1, true);
  std::vector<void*> blocks;
  for (int i = 0; i < 4; ++i) blocks.push_back(heap.allocate(12 * gib));
  if (std::count(blocks.begin(), blocks.end(), nullptr) != 0) {
    GTEST_SKIP() << "the system has not so many addresses for us";
  }
  heap.set_trim_threshold(64 * gib);  // and nothing stays whole
  EXPECT_EQ(heap.check(nullptr), MH_OK);
  for (void* block : blocks) heap.release(block);
  EXPECT_EQ(heap.check(nullptr), MH_OK);
  expect_identity(heap.stats());
  EXPECT_EQ(heap.stats().used_blocks, 0U);
  EXPECT_GE(heap.stats().largest_free, 12 * gib);
  EXPECT_LT(heap.stats().largest_free, FastBlock::largest);
  void* const block = heap.allocate(15 * gib);
  ASSERT_NE(block, nullptr);
  void* const moved = heap.reallocate(block, 40 * gib);
  EXPECT_EQ(moved, nullptr);
  EXPECT_GE(heap.usable_size(block), 15 * gib);
  heap.release(block);
  EXPECT_EQ(heap.check(nullptr), MH_OK);
}
#endif

}  // namespace
}  // namespace mh::test
