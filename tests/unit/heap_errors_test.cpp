// Errors are facts: told and counted. A call that is wrong changes nothing; a block that is damaged
// is set aside, and the heap goes on.

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

  /// The block of a pointer, whose header was damaged, is set aside up to its end, and the heap's
  /// own check names it.
  void expect_set_aside(void* pointer, const std::byte* block_end) {
    const Block* const block = block_of(pointer);
    ASSERT_TRUE(block->sealed());
    EXPECT_TRUE(block->set_aside());
    EXPECT_EQ(block->end(), block_end);
    EXPECT_EQ(heap.stats().set_aside_blocks, 1U);
    EXPECT_EQ(heap.stats().set_aside, block->size() - block->header());
    expect_identity(heap.stats());
    const void* where = nullptr;
    EXPECT_EQ(heap.check(&where), MH_HEADER_DAMAGED);
    EXPECT_EQ(where, block);
  }

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
  for (std::byte* inside = start; inside < end.current(); ++inside) {
    if (inside == p) continue;
    heap.release(inside);
    expect_error((inside - p) % 16 == 0 ? MH_INTERIOR_POINTER : MH_MISALIGNED_POINTER, inside);
    EXPECT_EQ(heap.reallocate(inside, 10), nullptr);
    ++reported;
    log.errors.clear();
    EXPECT_EQ(heap.usable_size(inside), 0U);
  }
  EXPECT_EQ(image(), before);
}

TEST_F(HeapErrorsTest, ACopiedHeaderInAPayloadIsNoBlock) {
  auto* const p = static_cast<std::byte*>(heap.allocate(200));
  std::memcpy(p + 16, block_of(p), plain_header);
  heap.release(p + 16 + plain_header);
  expect_error(MH_INTERIOR_POINTER, p + 16 + plain_header);
}

TEST_F(HeapErrorsTest, AFreeOfADamagedHeaderSetsItsBlockAside) {
  heap.allocate(10);
  void* const p = heap.allocate(10);
  void* const behind = heap.allocate(10);
  damage(p);
  heap.release(p);
  expect_error(MH_HEADER_DAMAGED, block_of(p));
  expect_set_aside(p, block_of(behind)->address());
  EXPECT_EQ(heap.reallocate(p, 8), nullptr);
  expect_error(MH_HEADER_DAMAGED, p);
  EXPECT_EQ(heap.usable_size(p), 0U);
  heap.release(behind);
  EXPECT_EQ(heap.allocate(10), behind) << "the heap goes on";
  EXPECT_TRUE(log.errors.empty());
}

TEST_F(HeapErrorsTest, ASearchThatMeetsADamagedHeaderHealsItAndGoesOn) {
  heap.allocate(10);
  void* const bad = heap.allocate(10);
  void* const between = heap.allocate(10);
  void* const hole = heap.allocate(10);
  heap.allocate(10);
  heap.release(bad);
  heap.release(hole);
  damage(bad);
  EXPECT_EQ(heap.stats().largest_free, 0U) << "nobody looks behind a damaged header";
  EXPECT_EQ(heap.allocate(10), hole);
  expect_error(MH_HEADER_DAMAGED, block_of(bad));
  expect_set_aside(bad, block_of(between)->address());
  EXPECT_NE(heap.allocate(10), nullptr);
  EXPECT_TRUE(log.errors.empty()) << "one damage, one report";
}

TEST_F(HeapErrorsTest, SeveralDamagedHeadersAreHealedAtOnce) {
  heap.allocate(10);
  void* const bad = heap.allocate(10);
  void* const worse = heap.allocate(10);
  void* const worst = heap.allocate(10);
  void* const last = heap.allocate(10);
  damage(bad);
  damage(worse);
  damage(last);
  heap.release(bad);
  ASSERT_EQ(log.errors.size(), 2U) << "two that lie side by side are one";
  EXPECT_EQ(log.errors[0].second, block_of(bad));
  EXPECT_EQ(log.errors[1].second, block_of(last));
  EXPECT_EQ(heap.stats().set_aside_blocks, 2U);
  EXPECT_EQ(heap.stats().used_blocks, 2U);
  expect_identity(heap.stats());
  EXPECT_EQ(heap.usable_size(worst), 16U);
  EXPECT_EQ(heap.usable_size(worse), 0U);
  EXPECT_EQ(heap.allocate(10), static_cast<std::byte*>(last) + 16 + plain_header);
}

TEST_F(HeapErrorsTest, NothingIsGivenBackBelowADamagedHeader) {
  void* const a = heap.allocate(10);
  void* const bad = heap.allocate(10);
  void* const last = heap.allocate(10);
  damage(bad);
  std::byte* const before = end.current();
  heap.release(last);
  expect_error(MH_HEADER_DAMAGED, block_of(bad));
  EXPECT_EQ(end.current(), before);
  expect_set_aside(bad, block_of(last)->address());
  EXPECT_EQ(heap.allocate(10), last);
  heap.release(last);
  heap.release(a);
  EXPECT_EQ(end.current(), block_of(last)->address()) << "what lies above it is";
}

TEST_F(HeapErrorsTest, ADamagedLastHeaderIsHealedBeforeTheHeapGrows) {
  void* const last = heap.allocate(10);
  damage(last);
  std::byte* const before = end.current();
  EXPECT_EQ(heap.allocate(10), before + plain_header);
  expect_error(MH_HEADER_DAMAGED, block_of(last));
  expect_set_aside(last, before);
}

TEST_F(HeapErrorsTest, ADamagedHeaderIsNotTouchedByALook) {
  void* const p = heap.allocate(10);
  heap.allocate(10);
  damage(p);
  const auto before = image();
  const void* where = nullptr;
  EXPECT_EQ(heap.check(&where), MH_HEADER_DAMAGED);
  EXPECT_EQ(where, block_of(p));
  EXPECT_TRUE(blocks_of(heap).empty());
  EXPECT_EQ(heap.usable_size(p), 0U);
  EXPECT_EQ(image(), before);
  repair(p);
}

TEST_F(HeapErrorsTest, SealedHeadersThatDoNotFitTogetherAreABrokenList) {
  void* const a = heap.allocate(16);
  Block* const block = block_of(a);
  heap.allocate(16);
  Block* const third = block_of(heap.allocate(16));
  const BlockFields good = block->fields();
  Block* const next = block->next();
  const auto verdict = [&] {
    const void* where = nullptr;
    const mh_error error = heap.check(&where);
    EXPECT_NE(where, nullptr);
    (void)blocks_of(heap);  // ends
    return error;
  };
  const auto with_next = [&](std::uintptr_t address) {
    block->set_next(reinterpret_cast<Block*>(address));
    return verdict();
  };
  const auto with = [&](auto&& change) {
    BlockFields fields = good;
    change(fields);
    block->set(fields);
    block->set_next(next);
    return verdict();
  };
  const auto at = reinterpret_cast<std::uintptr_t>(block);
  for (const std::uintptr_t address :
       {std::uintptr_t{0}, std::uintptr_t{8}, std::uintptr_t{16}, at, at + 56,
        reinterpret_cast<std::uintptr_t>(third), ~std::uintptr_t{31}}) {
    EXPECT_EQ(with_next(address), MH_LIST_BROKEN) << address;
  }
  with_next(reinterpret_cast<std::uintptr_t>(third));
  EXPECT_EQ(blocks_of(heap).size(), 1U) << "a block was left out: the walk ends before the gap";

  EXPECT_EQ(with([](BlockFields& f) { f.size = 0; }), MH_LIST_BROKEN);
  EXPECT_EQ(with([](BlockFields& f) { f.size = ~std::size_t{15}; }), MH_LIST_BROKEN);
  EXPECT_EQ(with([](BlockFields& f) { f.size += 16; }), MH_LIST_BROKEN);
  EXPECT_EQ(with([](BlockFields& f) { f.flags = block_foreign; }), MH_LIST_BROKEN);
  EXPECT_EQ(with([](BlockFields& f) { f.flags |= block_foreign; }), MH_LIST_BROKEN);
  EXPECT_EQ(with([](BlockFields& f) { f.requested = 15; }), MH_LIST_BROKEN) << "figures say 16";
  EXPECT_EQ(with([](BlockFields& f) { f.requested = 17; }), MH_HEADER_DAMAGED);
  EXPECT_EQ(with([](BlockFields& f) { f.requested = 0; }), MH_HEADER_DAMAGED);
  EXPECT_EQ(with([](BlockFields& f) { f.flags = block_free; }), MH_HEADER_DAMAGED);
  EXPECT_EQ(with([](BlockFields& f) { f.flags |= block_guarded; }), MH_HEADER_DAMAGED);
  EXPECT_EQ(with([](BlockFields& f) { f.flags |= block_poisoned; }), MH_HEADER_DAMAGED);
  EXPECT_EQ(with([](BlockFields& f) { f.front = 16; }), MH_HEADER_DAMAGED);
  EXPECT_EQ(with([](BlockFields& f) { f.front = Block::max_front; }), MH_HEADER_DAMAGED);
  EXPECT_EQ(with([](BlockFields& f) { f = {.size = f.size}; }), MH_WRITE_AFTER_FREE)
      << "free, and not in the free list";
  Block::write(block->address(), HeaderKind::compact, good);
  EXPECT_EQ(verdict(), MH_LIST_BROKEN) << "the figures say 32 bytes of header";
  Block::write(block->address(), HeaderKind::plain, good)->set_next(next);
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
    heap.allocate(10);
    heap.release(bad);
    damage(bad);
    heap.allocate(10);
    expect_error(MH_HEADER_DAMAGED, block_of(bad));  // in the second round too: it is a new damage
    heap.reset();
    damaged = false;
    EXPECT_EQ(end.current(), start);
    EXPECT_EQ(heap.stats().set_aside_blocks, 0U);
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
