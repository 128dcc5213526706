// The heap picture: the rules of each event.

#include "app/model/heap_picture.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <tuple>

#include "unit/model_test_support.hpp"

namespace mh::test {
namespace {

constexpr std::uint64_t base = 0x5581'c3a1'2000;
constexpr std::uint64_t header = 32;

/// A heap of three blocks: used 100 of 144, free 64, used 16 of 48; then 1024 bytes without a
/// block.
class HeapPictureTest : public testing::Test {
 protected:
  HeapPictureTest() {
    apply(EventKind::reset, base);
    apply(EventKind::break_moved, base + 1280);
    apply(EventKind::block, a, 144, header);
    apply(EventKind::block, b, 64, header);
    apply(EventKind::block, c, 48, header);
    apply(EventKind::alloc, a, 100);
    apply(EventKind::alloc, c, 16);
  }
  bool apply(EventKind kind, std::uint64_t address, std::uint64_t size = 0,
             std::uint64_t extra = 0) {
    return picture.apply(make_event(kind, address, size, ++time, 3, extra));
  }
  void expect_rejected(EventKind kind, std::uint64_t address, std::uint64_t size = 0,
                       std::uint64_t extra = 0) {
    const std::vector<PictureBlock> before = blocks_of(picture);
    const std::uint64_t rejected = picture.rejected();
    EXPECT_FALSE(apply(kind, address, size, extra));
    EXPECT_EQ(picture.rejected(), rejected + 1);
    EXPECT_EQ(blocks_of(picture), before);
  }
  static constexpr std::uint64_t a = base, b = base + 144, c = base + 208;
  HeapPicture picture;
  std::uint64_t time = 0;
};

TEST_F(HeapPictureTest, ShowsBlocksWithTheirAnatomy) {
  const auto block = picture.block_at(a + 143);
  ASSERT_TRUE(block);
  EXPECT_EQ(block->address, a);
  EXPECT_EQ(block->payload_address(), a + 32);
  EXPECT_EQ(block->capacity(), 112U);
  EXPECT_EQ(block->padding(), 12U);
  EXPECT_EQ(block->thread, 3);
  EXPECT_EQ(block->since, 6U);
  EXPECT_TRUE(block->used);
  EXPECT_EQ(picture.block_at(b)->address, b);
  EXPECT_FALSE(picture.block_at(c + 48));
  EXPECT_FALSE(picture.block_at(base - 1));
  EXPECT_EQ(picture.block_from(a + 1)->address, b);
  EXPECT_FALSE(picture.block_from(c + 1));
  EXPECT_EQ(picture.start(), base);
  EXPECT_EQ(picture.program_break(), base + 1280);
  EXPECT_EQ(picture.time(), time);
}

TEST_F(HeapPictureTest, TotalsAddUpOnceEveryByteHasABlock) {
  apply(EventKind::foreign, c + 48, 1024);
  const PictureTotals& t = picture.totals();
  EXPECT_EQ(t.heap, 1280U);
  EXPECT_EQ(t.header, 3 * header);
  EXPECT_EQ(t.requested, 116U);
  EXPECT_EQ(t.padding, 12U);
  EXPECT_EQ(t.free, 32U);
  EXPECT_EQ(t.foreign, 1024U);
  EXPECT_EQ(t.heap, t.header + t.requested + t.padding + t.free + t.foreign);
  EXPECT_EQ(t.used_blocks, 2U);
  EXPECT_EQ(t.free_blocks, 1U);
  EXPECT_EQ(t.allocs, 2U);
  EXPECT_EQ(t.frees, 0U);
}

TEST_F(HeapPictureTest, RejectsWhatCannotBe) {
  expect_rejected(EventKind::alloc, a, 10);                    // in use already
  expect_rejected(EventKind::alloc, b, 33);                    // more than its capacity
  expect_rejected(EventKind::alloc, b + 16, 1);                // no block starts there
  expect_rejected(EventKind::free, b);                         // free already
  expect_rejected(EventKind::free, base + 512);                // never allocated
  expect_rejected(EventKind::resize, b, 1);                    // free
  expect_rejected(EventKind::resize, a, 113);                  // more than its capacity
  expect_rejected(EventKind::block, c + 48, 40, header);       // no multiple of 16
  expect_rejected(EventKind::block, c + 56, 64, header);       // no multiple of 16
  expect_rejected(EventKind::block, c + 48, 0);                // empty
  expect_rejected(EventKind::block, c + 48, 16, header);       // smaller than its header
  expect_rejected(EventKind::block, c + 32, 64, header);       // overlaps
  expect_rejected(EventKind::block, base - 64, 128, header);   // before the start
  expect_rejected(EventKind::block, c + 48, 2048, header);     // beyond the break
  expect_rejected(EventKind::block, c + 48, (1ULL << 36), 0);  // larger than 64 GiB - 16
  expect_rejected(EventKind::block, c + 48, ~0ULL - 15, 0);    // wraps around
  expect_rejected(EventKind::split, a, 128);                   // cuts into what was requested
  expect_rejected(EventKind::split, b, 64);                    // leaves nothing
  expect_rejected(EventKind::split, b, 48, header);            // rest smaller than its header
  expect_rejected(EventKind::split, b, 0, header);             // leaves nothing of itself
  expect_rejected(EventKind::coalesce, b, 112);                // over a used block
  expect_rejected(EventKind::coalesce, b, 64);                 // does not grow
  expect_rejected(EventKind::coalesce, c, 2048);               // beyond the break
  expect_rejected(EventKind::break_moved, base - 16);          // below the start
  expect_rejected(EventKind::break_moved, b + 16);             // through a block
  expect_rejected(EventKind::label, b, pack_name("q"));        // free
  expect_rejected(EventKind::owner, b, 65536);                 // no thread number
  expect_rejected(EventKind::none, a);
  expect_rejected(EventKind::stamp, a);
  expect_rejected(EventKind::count, a);
}

TEST_F(HeapPictureTest, AcceptsWhatLeavesItAsItIs) {
  const std::vector<PictureBlock> before = blocks_of(picture);
  for (const EventKind kind :
       {EventKind::visit, EventKind::error, EventKind::marker, EventKind::thread_start,
        EventKind::thread_end, EventKind::search, EventKind::search_end, EventKind::policy,
        EventKind::step, EventKind::call}) {
    EXPECT_TRUE(apply(kind, base));
  }
  EXPECT_EQ(blocks_of(picture), before);
}

TEST_F(HeapPictureTest, NothingCanBeBeforeTheFirstReset) {
  HeapPicture empty;
  EXPECT_FALSE(empty.apply(make_event(EventKind::break_moved, base)));
  EXPECT_FALSE(empty.apply(make_event(EventKind::block, 0, 16)));
  EXPECT_EQ(empty.start(), 0U);
  EXPECT_EQ(empty.rejected(), 2U);
}

TEST_F(HeapPictureTest, FreeRemembersWhoAndWhen) {
  ASSERT_TRUE(picture.apply(make_event(EventKind::free, a, 0, 77, 9)));
  const auto block = picture.block_at(a);
  EXPECT_FALSE(block->used);
  EXPECT_EQ(block->requested, 0U);
  EXPECT_EQ(block->thread, 9);
  EXPECT_EQ(block->since, 77U);
}

TEST_F(HeapPictureTest, ResizeKeepsOwnerAndAge) {
  ASSERT_TRUE(picture.apply(make_event(EventKind::resize, a, 112, 77, 9)));
  const auto block = picture.block_at(a);
  EXPECT_EQ(block->requested, 112U);
  EXPECT_EQ(block->padding(), 0U);
  EXPECT_EQ(block->thread, 3);
  EXPECT_EQ(block->since, 6U);
}

TEST_F(HeapPictureTest, SplitAndCoalesceAreOpposites) {
  apply(EventKind::block, c + 48, 1024, header);
  const std::vector<PictureBlock> before = blocks_of(picture);
  ASSERT_TRUE(apply(EventKind::split, c + 48, 512, header));
  EXPECT_EQ(picture.block_at(c + 48 + 512)->size, 512U);
  EXPECT_EQ(picture.totals().free_blocks, 3U);
  ASSERT_TRUE(apply(EventKind::coalesce, c + 48, 1024));
  EXPECT_EQ(blocks_of(picture), before);
  EXPECT_EQ(picture.totals().free_blocks, 2U);
}

TEST_F(HeapPictureTest, AMergedBlockIsFreeForAsLongAsMostOfIt) {
  apply(EventKind::block, c + 48, 1024, header);
  const std::uint64_t small_first = picture.time();
  ASSERT_TRUE(apply(EventKind::split, c + 48, 64, header));
  ASSERT_TRUE(apply(EventKind::alloc, c + 48, 32));
  ASSERT_TRUE(apply(EventKind::free, c + 48));
  ASSERT_TRUE(apply(EventKind::coalesce, c + 48, 1024));
  EXPECT_EQ(picture.block_at(c + 48)->since, small_first) << "it was free before, but for 64 bytes";

  ASSERT_TRUE(apply(EventKind::split, c + 48, 960, header));
  ASSERT_TRUE(apply(EventKind::alloc, c + 48, 32));
  ASSERT_TRUE(apply(EventKind::free, c + 48));
  const std::uint64_t freed = picture.time();
  ASSERT_TRUE(apply(EventKind::coalesce, c + 48, 1024));
  EXPECT_EQ(picture.block_at(c + 48)->since, freed) << "most of it was just freed";
}

TEST_F(HeapPictureTest, ABlockInUseCanGrowOverAFreeOne) {
  ASSERT_TRUE(apply(EventKind::coalesce, a, 208));
  EXPECT_EQ(picture.block_at(b)->address, a);
  EXPECT_EQ(picture.block_at(a)->padding(), 208U - 32 - 100);
  ASSERT_TRUE(apply(EventKind::split, a, 144, header));
  EXPECT_EQ(picture.block_at(b)->address, b);
}

TEST_F(HeapPictureTest, TheBreakTakesBlocksWithIt) {
  ASSERT_TRUE(apply(EventKind::break_moved, c));
  EXPECT_FALSE(picture.block_at(c));
  EXPECT_EQ(picture.totals().heap, c - base);
  EXPECT_EQ(picture.totals().used_blocks, 1U);
  ASSERT_TRUE(apply(EventKind::break_moved, base));
  EXPECT_TRUE(blocks_of(picture).empty());
  EXPECT_EQ(picture.totals().header, 0U);
}

TEST_F(HeapPictureTest, ResetClearsEverything) {
  apply(EventKind::label, a, pack_name("p"));
  ASSERT_TRUE(apply(EventKind::reset, base + 4096));
  EXPECT_TRUE(blocks_of(picture).empty());
  EXPECT_FALSE(picture.has_labels());
  EXPECT_EQ(picture.start(), base + 4096);
  EXPECT_EQ(picture.program_break(), base + 4096);
  EXPECT_EQ(picture.totals(), PictureTotals{});
}

TEST_F(HeapPictureTest, NamesDieWithTheirBlock) {
  EXPECT_FALSE(picture.has_labels());
  ASSERT_TRUE(apply(EventKind::label, a, pack_name("p")));
  ASSERT_TRUE(apply(EventKind::label, c, pack_name("eight ch")));
  EXPECT_EQ(picture.label(a), "p");
  EXPECT_EQ(picture.label(c), "eight ch");
  EXPECT_EQ(picture.label(b), "");
  EXPECT_EQ(picture.block_called("p")->address, a);
  EXPECT_FALSE(picture.block_called("q"));
  apply(EventKind::resize, a, 50);
  EXPECT_EQ(picture.label(a), "p");
  apply(EventKind::free, a);
  EXPECT_EQ(picture.label(a), "");
  EXPECT_FALSE(picture.block_called("p"));
  apply(EventKind::free, c);
  EXPECT_FALSE(picture.has_labels());
}

TEST_F(HeapPictureTest, ANameHoldsNothingThatCannotBeShown) {
  ASSERT_TRUE(apply(EventKind::label, a, 0xff'00'00'41'07ULL));
  EXPECT_EQ(picture.label(a), "?A");
}

TEST_F(HeapPictureTest, ACopyKeepsWhatItShowed) {
  apply(EventKind::label, a, pack_name("p"));
  const HeapPicture copy = picture;
  const std::vector<PictureBlock> before = blocks_of(copy);
  const PictureTotals totals = copy.totals();
  apply(EventKind::free, a);
  apply(EventKind::coalesce, a, 208);
  apply(EventKind::free, c);
  apply(EventKind::reset, base);
  EXPECT_EQ(blocks_of(copy), before);
  EXPECT_EQ(copy.totals(), totals);
  EXPECT_EQ(copy.label(a), "p");
}

TEST_F(HeapPictureTest, ClearLeavesNothingButTheVersion) {
  const std::uint64_t version = picture.version(0, ~0ULL);
  picture.clear();
  EXPECT_TRUE(blocks_of(picture).empty());
  EXPECT_EQ(picture.start(), 0U);
  EXPECT_GT(picture.version(0, ~0ULL), version);
  EXPECT_GT(picture.version(base, base + 16), version);
}

TEST_F(HeapPictureTest, AnAllocSaysHowTheBlockIsLaidOut) {
  ASSERT_TRUE(apply(EventKind::free, a));
  const std::uint64_t shape = BlockShape{16, true, 32}.pack();
  expect_rejected(EventKind::alloc, a, 144 - 16 - 32 - 8 + 1, shape);
  ASSERT_TRUE(apply(EventKind::alloc, a, 70, shape));
  auto block = *picture.block_at(a);
  EXPECT_EQ(block.header, 16U);
  EXPECT_EQ(block.front, 32);
  EXPECT_EQ(block.guard, 8);
  EXPECT_TRUE(block.guarded);
  EXPECT_EQ(block.payload_address(), a + 48);
  EXPECT_EQ(block.capacity(), 88U);
  EXPECT_EQ(block.padding(), 18U);
  EXPECT_EQ(block.guard_bytes(), 40U);
  EXPECT_EQ(picture.totals().guard, 40U);
  expect_rejected(EventKind::resize, a, 89);
  expect_rejected(EventKind::split, a, 112, header);  // would cut into the guard
  ASSERT_TRUE(apply(EventKind::free, a));
  block = *picture.block_at(a);
  EXPECT_EQ(std::tuple(block.header, block.front, block.guard, block.guarded),
            std::tuple(16U, 0, 0, false));
  EXPECT_EQ(picture.totals().guard, 0U);
  // Without guards the front is a gap for the alignment: padding.
  ASSERT_TRUE(apply(EventKind::alloc, a, 100, BlockShape{0, false, 16}.pack()));
  block = *picture.block_at(a);
  EXPECT_EQ(block.header, 16U) << "unchanged";
  EXPECT_EQ(block.guard_bytes(), 0U);
  EXPECT_EQ(block.padding(), 16U + 12);
  EXPECT_EQ(block.tail_padding(), 12U);
}

TEST_F(HeapPictureTest, LinksKeepTheFreeListInItsOrder) {
  apply(EventKind::block, c + 48, 512, header);
  apply(EventKind::block, c + 560, 512, header);
  const std::uint64_t d = c + 48, e = c + 560;
  using List = std::vector<std::uint64_t>;
  ASSERT_TRUE(apply(EventKind::link, d, 0));
  ASSERT_TRUE(apply(EventKind::link, b, d));
  ASSERT_TRUE(apply(EventKind::link, e, d));
  EXPECT_EQ(free_list_of(picture), (List{d, e, b}));
  expect_rejected(EventKind::link, e, 0);    // listed already
  expect_rejected(EventKind::link, a, 0);    // in use
  expect_rejected(EventKind::unlink, b, d);  // e is before it
  expect_rejected(EventKind::unlink, e, 0);  // not the head
  expect_rejected(EventKind::unlink, a, e);  // not listed
  EXPECT_EQ(picture.free_place(b, 10)->number, 3U);
  EXPECT_EQ(picture.free_place(b, 10)->previous, e);
  EXPECT_EQ(picture.free_place(d, 10)->next, e);
  EXPECT_EQ(picture.free_place(b, 2)->number, 0U) << "not looked so far";
  EXPECT_FALSE(picture.free_place(a, 10));
  const HeapPicture copy = picture;
  ASSERT_TRUE(apply(EventKind::unlink, e, d));
  EXPECT_EQ(free_list_of(picture), (List{d, b}));
  ASSERT_TRUE(apply(EventKind::unlink, d, 0));
  EXPECT_EQ(free_list_of(picture), (List{b}));
  ASSERT_TRUE(apply(EventKind::unlink, 0));
  EXPECT_TRUE(free_list_of(picture).empty());
  ASSERT_TRUE(apply(EventKind::link, e, 0)) << "it is not marked any more";
  EXPECT_EQ(free_list_of(copy), (List{d, e, b})) << "a copy keeps its list";
}

TEST_F(HeapPictureTest, AListThatTheStreamLostIsGone) {
  apply(EventKind::block, c + 48, 512, header);
  const std::uint64_t d = c + 48;
  const auto list_both = [&] {
    ASSERT_TRUE(apply(EventKind::link, b, 0));
    ASSERT_TRUE(apply(EventKind::link, d, b));
  };
  list_both();
  ASSERT_TRUE(apply(EventKind::alloc, b, 1));  // without an unlink
  EXPECT_EQ(picture.free_list_size(), 0U);
  ASSERT_TRUE(apply(EventKind::free, b));
  list_both();
  EXPECT_EQ(picture.free_list_size(), 0U) << "what is in it is not known";
  ASSERT_TRUE(apply(EventKind::unlink, 0));
  list_both();
  EXPECT_EQ(picture.free_list_size(), 2U) << "until it is told anew";
  ASSERT_TRUE(apply(EventKind::coalesce, a, 208));  // swallows b
  EXPECT_EQ(picture.free_list_size(), 0U);
  ASSERT_TRUE(apply(EventKind::unlink, 0));
  ASSERT_TRUE(apply(EventKind::link, d, 0));
  ASSERT_TRUE(apply(EventKind::break_moved, d));
  EXPECT_EQ(picture.free_list_size(), 0U);
}

TEST_F(HeapPictureTest, ADamagedBlockIsSetAside) {
  apply(EventKind::label, a, pack_name("p"));
  ASSERT_TRUE(apply(EventKind::link, b, 0));
  expect_rejected(EventKind::set_aside, a, 160, header);       // half of b
  expect_rejected(EventKind::set_aside, a + 16, 128, header);  // inside a
  expect_rejected(EventKind::set_aside, c, 2048, header);      // beyond the break
  ASSERT_TRUE(apply(EventKind::set_aside, a, 208, header));    // its size was overwritten
  const auto block = *picture.block_at(b);
  EXPECT_EQ(block.address, a);
  EXPECT_TRUE(block.set_aside);
  EXPECT_FALSE(block.used);
  EXPECT_FALSE(block.free());
  EXPECT_EQ(block.thread, 3) << "who owned it";
  EXPECT_EQ(picture.label(a), "p");
  EXPECT_EQ(picture.free_list_size(), 0U) << "b went with it";
  EXPECT_EQ(picture.totals().set_aside, 208U - header);
  EXPECT_EQ(picture.totals().set_aside_blocks, 1U);
  EXPECT_EQ(picture.totals().free_blocks, 0U);
  expect_rejected(EventKind::alloc, a, 1);
  expect_rejected(EventKind::free, a);
  expect_rejected(EventKind::split, a, 96, header);
  expect_rejected(EventKind::coalesce, a, 256);
  ASSERT_TRUE(apply(EventKind::unlink, 0));
  expect_rejected(EventKind::link, a, 0);
}

TEST_F(HeapPictureTest, APoolHasSlots) {
  expect_rejected(EventKind::pool, b, 16, 2);   // free
  expect_rejected(EventKind::pool, a, 16, 1);   // inside the header
  expect_rejected(EventKind::pool, a, 0, 2);    // no slots
  expect_rejected(EventKind::pool, a, 101, 2);  // more than was requested
  ASSERT_TRUE(apply(EventKind::pool, a, 24, 3));
  const PoolSlots* slots = picture.pool_of(a);
  ASSERT_NE(slots, nullptr);
  EXPECT_EQ(slots->count(), 3U) << "(100 - 16) / 24";
  EXPECT_TRUE(picture.block_at(a)->pool);
  expect_rejected(EventKind::slot_free, a + 48);        // free already
  expect_rejected(EventKind::slot_alloc, a + 49);       // not its start
  expect_rejected(EventKind::slot_alloc, a + 48 + 72);  // no slot
  expect_rejected(EventKind::slot_alloc, c + 32);       // no pool
  expect_rejected(EventKind::resize, a, 10);            // the slots lie there
  const std::uint64_t version = picture.version(a, a + 16);
  ASSERT_TRUE(apply(EventKind::slot_alloc, a + 72));
  EXPECT_GT(picture.version(a, a + 16), version);
  EXPECT_EQ(picture.slot_at(a + 95), (PictureSlot{a, a + 72, 24, 1, true}));
  EXPECT_FALSE(picture.slot_at(a + 47));
  EXPECT_FALSE(picture.slot_at(a + 120));
  EXPECT_EQ(picture.pool_of(a)->used(), 1U);
  const HeapPicture copy = picture;
  ASSERT_TRUE(apply(EventKind::slot_free, a + 72));
  ASSERT_TRUE(apply(EventKind::free, a));
  EXPECT_EQ(picture.pool_of(a), nullptr);
  EXPECT_FALSE(picture.block_at(a)->pool);
  EXPECT_TRUE(copy.slot_at(a + 72)->used) << "a copy keeps its slots";
}

TEST(HeapPicture, SlotsCostNoMoreThanAreUsedWhateverTheirNumber) {
  HeapPicture picture;
  const std::uint64_t size = std::uint64_t{1} << 35;
  picture.apply(make_event(EventKind::reset, base));
  picture.apply(make_event(EventKind::break_moved, base + size));
  picture.apply(make_event(EventKind::block, base, size, 1, 1, header));
  picture.apply(make_event(EventKind::alloc, base, size - header));
  ASSERT_TRUE(picture.apply(make_event(EventKind::pool, base, 1, 2, 1, 2)));
  ASSERT_TRUE(picture.apply(make_event(EventKind::slot_alloc, base + size - 1)));
  EXPECT_TRUE(picture.slot_at(base + size - 1)->used);
  EXPECT_LT(picture.memory_bytes(), 100'000U);
}

TEST(HeapPicture, FindsABlockThatStartsFarBefore) {
  HeapPicture picture;
  const std::uint64_t start = 0x1234'5000;
  const std::uint64_t gib = 1ULL << 30;
  picture.apply(make_event(EventKind::reset, start));
  picture.apply(make_event(EventKind::break_moved, start + 40 * gib));
  ASSERT_TRUE(picture.apply(make_event(EventKind::block, start, 33 * gib, 1, 1, header)));
  ASSERT_TRUE(picture.apply(make_event(EventKind::block, start + 33 * gib, gib, 1, 1, header)));
  ASSERT_TRUE(picture.apply(make_event(EventKind::alloc, start, 5 * gib)));
  EXPECT_EQ(picture.block_at(start + 32 * gib + 7)->address, start);
  EXPECT_EQ(picture.block_at(start + 33 * gib + 7)->address, start + 33 * gib);
  EXPECT_FALSE(picture.block_at(start + 34 * gib));
  EXPECT_EQ(picture.block_from(start + 1)->address, start + 33 * gib);

  const std::uint64_t inside = (start + gib) / HeapPicture::shard_bytes * HeapPicture::shard_bytes;
  EXPECT_EQ(picture.summary(inside).requested, HeapPicture::shard_bytes);
  EXPECT_EQ(picture.summary(inside).thread, 1);
  EXPECT_EQ(picture.summary(inside + 8 * gib).padding, HeapPicture::shard_bytes);
  const std::uint64_t version = picture.version(inside, inside + 16);
  picture.apply(make_event(EventKind::free, start));
  EXPECT_GT(picture.version(inside, inside + 16), version);
  EXPECT_EQ(picture.summary(inside).free, HeapPicture::shard_bytes);
}

TEST(HeapPicture, SparseAddressesCostNoMoreThanTheyHold) {
  HeapPicture picture;
  picture.apply(make_event(EventKind::reset, 16));
  ASSERT_TRUE(picture.apply(make_event(EventKind::break_moved, 0xffff'ffff'ffffULL)));
  std::mt19937_64 random(5);
  std::size_t blocks = 0;
  for (int i = 0; i < 20000; ++i) {
    blocks +=
        picture.apply(make_event(EventKind::block, random() & 0xffff'ffff'fff0ULL, 16)) ? 1 : 0;
  }
  EXPECT_GT(blocks, 19000U);
  EXPECT_EQ(blocks_of(picture).size(), blocks);
  EXPECT_LT(picture.memory_bytes(), blocks * 1500);
}

TEST(HeapPicture, AManyBlockHeapTakesAtMost32BytesABlock) {
  HeapPicture picture;
  std::mt19937_64 random(7);
  picture.apply(make_event(EventKind::reset, base));
  std::uint64_t end = base;
  for (int i = 0; i < 100000; ++i) {
    const std::uint64_t size = 48 + random() % 12 * 16;
    picture.apply(make_event(EventKind::break_moved, end + size));
    picture.apply(make_event(EventKind::block, end, size, 1, 1, header));
    picture.apply(make_event(EventKind::alloc, end, size - header));
    end += size;
  }
  EXPECT_LE(picture.memory_bytes(), 100000U * 32);
}

TEST(HeapPicture, WhatIsFarFromAChangeKeepsItsVersion) {
  HeapPicture picture;
  picture.apply(make_event(EventKind::reset, base));
  std::uint64_t end = base;
  for (int i = 0; i < 4000; ++i, end += 64) {
    picture.apply(make_event(EventKind::break_moved, end + 64));
    picture.apply(make_event(EventKind::block, end, 64, 1, 1, header));
  }
  const std::uint64_t low = picture.version(base, base + HeapPicture::shard_bytes);
  picture.apply(make_event(EventKind::alloc, base + 3000 * 64, 1));
  picture.apply(make_event(EventKind::break_moved, end + 64));
  picture.apply(make_event(EventKind::break_moved, end - 64));
  EXPECT_EQ(picture.version(base, base + HeapPicture::shard_bytes), low);
}

TEST(HeapPicture, SummaryNamesTheOwnerOfMostBytes) {
  HeapPicture picture;
  const std::uint64_t shard = 64 * HeapPicture::shard_bytes;
  picture.apply(make_event(EventKind::reset, shard - 4096));
  picture.apply(make_event(EventKind::break_moved, shard + HeapPicture::shard_bytes));
  picture.apply(make_event(EventKind::block, shard - 4096, 8192));  // 4096 in the shard
  picture.apply(make_event(EventKind::block, shard + 4096, 3072, 50));
  picture.apply(make_event(EventKind::block, shard + 7168, 3072, 50));
  picture.apply(make_event(EventKind::alloc, shard - 4096, 8192, 60, 7));
  picture.apply(make_event(EventKind::alloc, shard + 4096, 3072, 70, 8));
  EXPECT_EQ(picture.summary(shard + 5).thread, 7);
  picture.apply(make_event(EventKind::alloc, shard + 7168, 3072, 80, 8));
  EXPECT_EQ(picture.summary(shard).thread, 8);
  EXPECT_EQ(picture.summary(shard).changed, 80U);
  EXPECT_EQ(picture.summary(shard + HeapPicture::shard_bytes).changed, 0U);
}

}  // namespace
}  // namespace mh::test
