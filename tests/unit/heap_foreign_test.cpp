// Somebody else moves the break.

#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "tests/unit/heap_test_support.hpp"

namespace mh::test {
namespace {

constexpr std::size_t header = plain_header;

class HeapForeignTest : public HeapTest {
 protected:
  /// Somebody takes bytes of the break and writes into all of them.
  std::byte* foreign(std::size_t bytes) {
    std::byte* const taken = end.foreign_grow(bytes);
    std::memset(taken, 0xf0, bytes);
    ranges.emplace_back(taken, bytes);
    return taken;
  }
  void TearDown() override {
    for (const auto& [range, bytes] : ranges) {
      for (std::size_t i = 0; i < bytes; ++i) {
        ASSERT_EQ(range[i], std::byte{0xf0}) << "not ours to write";
      }
    }
    HeapTest::TearDown();
  }
  std::vector<std::pair<std::byte*, std::size_t>> ranges;
};

TEST_F(HeapForeignTest, AGapBecomesAForeignBlock) {
  void* const a = heap.allocate(16);
  std::byte* const gap = foreign(1000);
  void* const b = heap.allocate(16);
  const auto blocks = blocks_of(heap);
  ASSERT_EQ(blocks.size(), 3U);
  EXPECT_EQ(blocks[1].address, gap);
  EXPECT_EQ(blocks[1].foreign, 1);
  EXPECT_EQ(blocks[1].used, 0);
  EXPECT_EQ(blocks[1].header, 0U);
  EXPECT_EQ(blocks[1].size, 1008 + header) << "their bytes, up to the next 16, and its header";
  EXPECT_EQ(blocks[2].address, gap + 1008 + header);
  EXPECT_EQ(b, gap + 1008 + header + header);
  EXPECT_EQ(heap.stats().foreign, 1008 + header);
  EXPECT_EQ(heap.stats().used_blocks, 2U);
  heap.release(a);
  EXPECT_EQ(heap.allocate(10), a) << "the block below the gap is still ours";
}

TEST_F(HeapForeignTest, ABreakThatIsNotOurEndIsNotShrunk) {
  void* const a = heap.allocate(16);
  foreign(1000);
  std::byte* const before = end.current();
  heap.release(a);
  EXPECT_EQ(end.current(), before);
  EXPECT_EQ(heap.stats().free_blocks, 1U);
  EXPECT_EQ(heap.allocate(16), a);
}

TEST_F(HeapForeignTest, TrimmingStopsAtAForeignBlock) {
  void* const a = heap.allocate(16);
  std::byte* const gap = foreign(1024);
  void* const b = heap.allocate(16);
  void* const c = heap.allocate(16);
  heap.release(a);
  heap.release(b);
  heap.release(c);
  EXPECT_EQ(end.current(), gap + 1024 + header);
  EXPECT_EQ(blocks_of(heap).size(), 2U);
  EXPECT_EQ(heap.allocate(100), b) << "growing goes on behind the foreign block";
}

TEST_F(HeapForeignTest, WhenTheyGiveBackTheGapIsOursToUse) {
  void* const a = heap.allocate(16);
  end.foreign_grow(4096);
  heap.release(a);
  EXPECT_EQ(heap.stats().free_blocks, 1U);
  ASSERT_TRUE(end.foreign_shrink(4096));
  auto* const b = static_cast<std::byte*>(heap.allocate(100));
  EXPECT_EQ(b, start + header + 16 + header) << "no gap is left";
  heap.release(b);
  EXPECT_EQ(end.current(), start) << "the free block below went back too";
}

TEST_F(HeapForeignTest, AnEmptyHeapBeginsWhereTheBreakIs) {
  heap.release(heap.allocate(16));
  std::byte* const gap = foreign(100);
  EXPECT_EQ(heap.allocate(16), gap + 112 + header);
  EXPECT_EQ(heap.stats().foreign, 0U);
  EXPECT_EQ(blocks_of(heap).size(), 1U);
}

TEST_F(HeapForeignTest, PointersIntoTheGapAreInvalid) {
  heap.allocate(16);
  std::byte* const gap = foreign(256);
  heap.allocate(16);
  for (std::size_t i = 0; i < 256 + header; i += 16) {
    heap.release(gap + i);
    ASSERT_EQ(log.errors.size(), 1U);
    EXPECT_EQ(log.errors[0].first, MH_INVALID_POINTER) << i;
    log.errors.clear();
  }
}

TEST_F(HeapForeignTest, ARaceBetweenLookAndMoveIsSurvived) {
  heap.allocate(16);
  std::byte* taken = nullptr;
  end.before_grow = [&] { taken = foreign(64); };
  auto* const b = static_cast<std::byte*>(heap.allocate(16));
  ASSERT_NE(b, nullptr);
  EXPECT_GT(b, taken + 64);
  EXPECT_EQ(blocks_of(heap).size(), 3U);
  EXPECT_EQ(blocks_of(heap)[1].address, taken);
}

TEST_F(HeapForeignTest, ResetKeepsWhatIsNotOurs) {
  heap.allocate(16);
  std::byte* const gap = foreign(512);
  heap.allocate(16);
  heap.allocate(16);
  heap.reset();
  EXPECT_EQ(end.current(), gap + 512 + header) << "not below somebody else's memory";
  EXPECT_EQ(heap_bytes(), 0U);
  foreign(64);
  heap.allocate(16);
  foreign(64);
  std::byte* const before = end.current();
  heap.reset();
  EXPECT_EQ(end.current(), before) << "somebody else holds the end";
  EXPECT_EQ(heap.allocate(16), before + header);
}

TEST_F(HeapForeignTest, RandomGapsKeepTheHeapSound) {
  std::mt19937_64 random(5);
  std::vector<void*> live;
  for (int i = 0; i < 3000; ++i) {
    const auto dice = random() % 10;
    if (dice == 0) {
      foreign(1 + random() % 100);
    } else if (dice < 6 || live.empty()) {
      live.push_back(heap.allocate(1 + random() % 100));
      std::memset(live.back(), 0x11, heap.usable_size(live.back()));
    } else {
      std::swap(live[random() % live.size()], live.back());
      heap.release(live.back());
      live.pop_back();
    }
    ASSERT_EQ(heap.check(nullptr), MH_OK) << i;
  }
  EXPECT_GT(heap.stats().foreign, 0U);
  EXPECT_TRUE(log.errors.empty());
}

}  // namespace
}  // namespace mh::test
