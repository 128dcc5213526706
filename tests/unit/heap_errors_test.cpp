// Errors are facts: told, counted, and nothing is touched.

#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "tests/unit/heap_test_support.hpp"

namespace mh::test {
namespace {

class HeapErrorsTest : public HeapTest {
 protected:
  /// The last call reported exactly this error.
  void expect_error(mh_error error, const void* pointer) {
    ASSERT_EQ(log.errors.size(), 1U);
    EXPECT_EQ(log.errors[0].first, error) << mh_error_text(log.errors[0].first);
    EXPECT_EQ(log.errors[0].second, pointer);
    ++reported;
    EXPECT_EQ(heap.stats().errors, reported);
    log.errors.clear();
  }
  void damage(void* pointer) {
    damaged = true;
    size_field(pointer) += 16;
  }
  void repair(void* pointer) {
    damaged = false;
    size_field(pointer) -= 16;
  }
  /// The heap's bytes, to compare.
  [[nodiscard]] std::vector<std::byte> image() const { return {start, end.current()}; }

  std::uint64_t reported = 0;
};

TEST_F(HeapErrorsTest, DoubleFree) {
  void* const p = heap.allocate(10);
  heap.allocate(10);
  heap.release(p);
  const auto before = image();
  heap.release(p);
  expect_error(MH_DOUBLE_FREE, p);
  EXPECT_EQ(heap.reallocate(p, 5), nullptr);
  expect_error(MH_DOUBLE_FREE, p);
  EXPECT_EQ(image(), before);
  EXPECT_EQ(heap.stats().frees, 1U);
}

TEST_F(HeapErrorsTest, DoubleFreeOfABlockThatWentBackToTheSystem) {
  void* const a = heap.allocate(10);
  void* const p = heap.allocate(10);
  heap.release(p);
  heap.release(p);
  expect_error(MH_INVALID_POINTER, p);  // above the break
  heap.release(a);
  heap.release(a);
  expect_error(MH_INVALID_POINTER, a);
  EXPECT_EQ(end.current(), start);
}

TEST_F(HeapErrorsTest, PointersOutsideTheHeap) {
  int local = 0;
  heap.release(&local);
  expect_error(MH_INVALID_POINTER, &local);
  heap.allocate(10);
  const std::vector<void*> strangers{&local,
                                     start,
                                     start + 16,
                                     start - 16,
                                     end.current(),
                                     end.current() + 32,
                                     end.current() + 4096,
                                     reinterpret_cast<void*>(std::uintptr_t{16}),
                                     reinterpret_cast<void*>(~std::uintptr_t{15}),
                                     reinterpret_cast<void*>(~std::uintptr_t{0})};
  const auto before = image();
  for (void* const p : strangers) {
    heap.release(p);
    expect_error(MH_INVALID_POINTER, p);
    errno = 0;
    EXPECT_EQ(heap.reallocate(p, 100), nullptr);
    EXPECT_EQ(errno, EINVAL);
    expect_error(MH_INVALID_POINTER, p);
    EXPECT_EQ(heap.usable_size(p), 0U);
  }
  EXPECT_EQ(image(), before);
}

TEST_F(HeapErrorsTest, PointersIntoTheMiddleOfABlock) {
  auto* const p = static_cast<std::byte*>(heap.allocate(200));
  std::memset(p, 0, 200);
  const auto before = image();
  for (std::size_t i = 1; i < 208; ++i) {
    heap.release(p + i);
    expect_error(MH_INVALID_POINTER, p + i);
  }
  EXPECT_EQ(image(), before);
}

TEST_F(HeapErrorsTest, ACopiedHeaderInAPayloadIsNoBlock) {
  auto* const p = static_cast<std::byte*>(heap.allocate(200));
  std::memcpy(p + 16, block_of(p), plain_header);
  heap.release(p + 16 + plain_header);
  expect_error(MH_INVALID_POINTER, p + 16 + plain_header);
}

TEST_F(HeapErrorsTest, ADamagedHeaderIsToldFromAPointerIntoABlock) {
  heap.allocate(10);
  void* const p = heap.allocate(10);
  heap.allocate(10);
  damage(p);
  const auto before = image();
  heap.release(p);
  expect_error(MH_HEADER_DAMAGED, p);
  EXPECT_EQ(heap.reallocate(p, 8), nullptr);
  expect_error(MH_HEADER_DAMAGED, p);
  EXPECT_EQ(image(), before);
  const void* where = nullptr;
  EXPECT_EQ(heap.check(&where), MH_HEADER_DAMAGED);
  EXPECT_EQ(where, block_of(p));
  repair(p);
}

TEST_F(HeapErrorsTest, ASearchStopsAtDamageAndTheHeapGrowsInstead) {
  void* const bad = heap.allocate(10);
  void* const hole = heap.allocate(10);
  void* const last = heap.allocate(10);
  heap.release(hole);
  damage(bad);
  auto* const p = static_cast<std::byte*>(heap.allocate(10));
  EXPECT_GT(p, static_cast<std::byte*>(last)) << "the hole lies behind the damage";
  expect_error(MH_HEADER_DAMAGED, block_of(bad));
  EXPECT_NE(heap.allocate(10), nullptr);
  EXPECT_TRUE(log.errors.empty()) << "one damage, one report";
  EXPECT_EQ(blocks_of(heap).size(), 0U);
  EXPECT_EQ(heap.stats().largest_free, 0U);
  repair(bad);
  EXPECT_EQ(heap.allocate(10), hole);
}

TEST_F(HeapErrorsTest, NothingIsGivenBackOverADamagedHeader) {
  void* const a = heap.allocate(10);
  void* const bad = heap.allocate(10);
  void* const last = heap.allocate(10);
  damage(bad);
  std::byte* const before = end.current();
  heap.release(last);
  expect_error(MH_HEADER_DAMAGED, block_of(bad));
  EXPECT_EQ(end.current(), before);
  repair(bad);
  heap.release(a);
  EXPECT_LT(end.current(), before);
}

TEST_F(HeapErrorsTest, ADamagedLastHeaderIsNotWrittenOver) {
  void* const last = heap.allocate(10);
  damage(last);
  const auto before = image();
  errno = 0;
  EXPECT_EQ(heap.allocate(10), nullptr);
  EXPECT_EQ(errno, ENOMEM);
  expect_error(MH_HEADER_DAMAGED, block_of(last));
  EXPECT_EQ(image(), before);
  repair(last);
  EXPECT_NE(heap.allocate(10), nullptr);
}

TEST_F(HeapErrorsTest, AnOverrunIsFoundByTheCheck) {
  auto* const p = static_cast<std::byte*>(heap.allocate(32));
  void* const next = heap.allocate(32);
  damaged = true;
  std::memset(p, 0x41, 32 + 1);  // one byte too many: the size of the next block
  const void* where = nullptr;
  EXPECT_EQ(heap.check(&where), MH_HEADER_DAMAGED);
  EXPECT_EQ(where, block_of(next));
}

TEST_F(HeapErrorsTest, MemoryTakenAwayBelowOurEndIsNoticed) {
  heap.allocate(4096 * 4);
  void* const last = heap.allocate(4096 * 4);
  std::byte* const heap_end = end.current();
  damaged = true;
  ASSERT_TRUE(end.foreign_shrink(4096 * 6));
  EXPECT_EQ(heap.allocate(10), nullptr);
  expect_error(MH_LIST_BROKEN, end.current());
  heap.release(last);
  expect_error(MH_INVALID_POINTER, last);
  EXPECT_EQ(heap.check(nullptr), MH_LIST_BROKEN);
  EXPECT_TRUE(blocks_of(heap).empty()) << "the first block is not whole any more";
  EXPECT_LT(end.current(), heap_end);
}

TEST_F(HeapErrorsTest, AResetHealsADamagedHeap) {
  for (int round = 0; round < 2; ++round) {
    void* const bad = heap.allocate(10);
    EXPECT_EQ(bad, start + plain_header);
    void* const hole = heap.allocate(10);
    heap.allocate(10);
    heap.release(hole);
    damage(bad);
    heap.allocate(10);
    expect_error(MH_HEADER_DAMAGED, block_of(bad));  // in the second round too: it is a new damage
    heap.reset();
    damaged = false;
    EXPECT_EQ(end.current(), start);
    EXPECT_EQ(heap.check(nullptr), MH_OK);
  }
}

TEST_F(HeapErrorsTest, NoHandlerIsFine) {
  heap.set_error_handler(nullptr, nullptr);
  int local = 0;
  heap.release(&local);
  EXPECT_EQ(heap.stats().errors, 1U);
}

// Whatever one byte of the heap becomes, no call crashes or runs in circles.
TEST_F(HeapErrorsTest, RandomDamageIsSurvived) {
  std::mt19937_64 random(11);
  for (int round = 0; round < 3000; ++round) {
    heap.reset();
    log.errors.clear();
    std::vector<void*> live;
    for (int i = 0; i < 12; ++i) {
      live.push_back(heap.allocate(1 + random() % 64));
    }
    heap.release(live[3]);
    heap.release(live[7]);
    std::byte* const victim = start + random() % heap_bytes();
    *victim ^= static_cast<std::byte>(1 + random() % 255);
    for (int i = 0; i < 20; ++i) {
      void* const p = live[random() % live.size()];
      switch (random() % 4) {
        case 0:
          heap.release(p);
          break;
        case 1:
          live.push_back(heap.allocate(1 + random() % 64));
          break;
        case 2:
          (void)heap.reallocate(p, random() % 128);
          break;
        default:
          (void)heap.usable_size(p);
          break;
      }
    }
    (void)heap.check(nullptr);
    (void)heap.stats();
    EXPECT_LE(blocks_of(heap).size(), 50U);
  }
  heap.reset();
}

}  // namespace
}  // namespace mh::test
