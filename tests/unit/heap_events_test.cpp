// What the heap says about itself: the events of each operation, and that replaying them gives the
// heap that a walk shows.

#include <gtest/gtest.h>

#include <map>
#include <sstream>
#include <string>

#include "core/events/clock.hpp"
#include "core/events/merger.hpp"
#include "core/events/segment.hpp"
#include "tests/support/heap_replay.hpp"
#include "tests/unit/heap_test_support.hpp"

namespace mh::test {
namespace {

constexpr std::size_t header = plain_header;

class HeapEventsTest : public HeapTest {
 protected:
  void SetUp() override {
    segment.header().reader_attached = 1;
    heap.events().attach(segment);
  }
  void TearDown() override {
    expect_replay_equals_walk();
    EXPECT_EQ(merger.lost(), 0U);
    EXPECT_EQ(merger.malformed(), 0U);
    heap.events().detach();
    HeapTest::TearDown();
  }

  /// What was written since the last call, complete.
  std::vector<Event> take() {
    const std::uint64_t now = merger.to_ns(clock_now());
    std::vector<Event> events;
    while (merger.poll(events) > 0 || merger.released_until_ns() < now) {
    }
    for (const Event& event : events) {
      replay.apply(event);
    }
    return events;
  }

  /// "kind@offset:size" of each, with "+" where the next belongs to the same call. What a link
  /// names is an offset too, or the head; what concerns no block has no offset.
  std::string told() {
    std::ostringstream text;
    for (const Event& event : take()) {
      if (event.kind() == EventKind::step) continue;
      text << name(event.kind());
      if (event.address != 0) text << '@' << event.address - base;
      const bool linking = event.kind() == EventKind::link || event.kind() == EventKind::unlink;
      if (linking && event.size == 0) {
        text << ":head";
      } else {
        text << ':' << (linking ? event.size - base : event.size);
      }
      text << (event.more ? "+ " : " ");
    }
    return text.str();
  }
  static std::string name(EventKind kind) {
    static const std::map<EventKind, std::string> names{
        {EventKind::reset, "reset"},      {EventKind::break_moved, "break"},
        {EventKind::block, "block"},      {EventKind::foreign, "foreign"},
        {EventKind::alloc, "alloc"},      {EventKind::free, "free"},
        {EventKind::resize, "resize"},    {EventKind::owner, "owner"},
        {EventKind::error, "error"},      {EventKind::link, "link"},
        {EventKind::unlink, "unlink"},    {EventKind::policy, "policy"},
        {EventKind::marker, "marker"},    {EventKind::set_aside, "set_aside"},
        {EventKind::split, "split"},      {EventKind::coalesce, "coalesce"},
        {EventKind::search, "search"},    {EventKind::visit, "visit"},
        {EventKind::search_end, "found"}, {EventKind::call, "call"}};
    return names.at(kind);
  }

  void expect_replay_equals_walk() {
    take();
    EXPECT_EQ(replay.difference(HeapReplay::of(heap)), "");
  }

  Segment segment = Segment::anonymous({.slot_count = 16, .ring_records = 1U << 14});
  Merger merger{segment};
  HeapReplay replay;
  std::uint64_t base = reinterpret_cast<std::uintptr_t>(start);
};

TEST_F(HeapEventsTest, TheFirstGrowthBeginsWithReset) {
  heap.allocate(100);
  EXPECT_EQ(told(), "reset@0:0+ break@144:0+ block@0:144+ alloc@0:100 ");
  heap.allocate(10);
  EXPECT_EQ(told(), "break@192:0+ block@144:48+ alloc@144:10 ");
}

TEST_F(HeapEventsTest, ABlockTellsItsHeader) {
  heap.allocate(1);
  const auto events = take();
  ASSERT_EQ(events.size(), 4U);
  EXPECT_EQ(events[2].kind(), EventKind::block);
  EXPECT_EQ(events[2].extra, header);
  EXPECT_EQ(events[3].thread, this_thread_number());
}

TEST_F(HeapEventsTest, ReuseLeavesTheFreeList) {
  void* const p = heap.allocate(100);
  heap.allocate(10);
  heap.release(p);
  take();
  heap.allocate(50);
  EXPECT_EQ(told(), "unlink@0:head+ alloc@0:50 ");
}

TEST_F(HeapEventsTest, FreeingTheTopMovesTheBreakInTheSameCall) {
  heap.allocate(16);
  void* const b = heap.allocate(16);
  void* const c = heap.allocate(16);
  take();
  heap.release(b);
  EXPECT_EQ(told(), "free@48:0+ link@48:head ");
  heap.release(c);
  EXPECT_EQ(told(), "free@96:0+ link@96:48+ unlink@48:head+ unlink@96:head+ break@48:0 ");
}

TEST_F(HeapEventsTest, AnEmptiedHeapGrowsAgainWithoutReset) {
  heap.release(heap.allocate(16));
  take();
  heap.allocate(16);
  EXPECT_EQ(told(), "break@48:0+ block@0:48+ alloc@0:16 ");
}

TEST_F(HeapEventsTest, ReallocInPlaceIsResize) {
  void* const p = heap.allocate(10);
  take();
  EXPECT_EQ(heap.reallocate(p, 16), p);
  EXPECT_EQ(told(), "resize@0:16 ");
}

TEST_F(HeapEventsTest, ReallocThatMovesIsOneCall) {
  void* const p = heap.allocate(16);
  take();
  (void)heap.reallocate(p, 32);
  EXPECT_EQ(told(), "call@0:0+ break@112:0+ block@48:64+ alloc@48:32+ free@0:0+ link@0:head ");
}

TEST_F(HeapEventsTest, WhatIsNotMallocSaysWhatItIs) {
  heap.allocate(10);
  take();
  (void)heap.allocate_zeroed(4, 4);
  EXPECT_EQ(told(), "call:4+ break@96:0+ block@48:48+ alloc@48:16 ");
  (void)heap.allocate_aligned(16, 16);
  EXPECT_EQ(told(), "call:16+ break@144:0+ block@96:48+ alloc@96:16 ");
}

TEST_F(HeapEventsTest, AGapIsToldBeforeTheBlockBehindIt) {
  heap.allocate(16);
  end.foreign_grow(100);
  take();
  heap.allocate(16);
  EXPECT_EQ(told(), "break@240:0+ foreign@48:144+ block@192:48+ alloc@192:16 ");
}

TEST_F(HeapEventsTest, AnEmptyHeapThatBeginsElsewhereTellsReset) {
  heap.release(heap.allocate(16));
  end.foreign_grow(4096);
  take();
  heap.allocate(16);
  EXPECT_EQ(told(), "reset@4096:0+ break@4144:0+ block@4096:48+ alloc@4096:16 ");
}

TEST_F(HeapEventsTest, ErrorsTellThePointer) {
  void* const p = heap.allocate(16);
  heap.allocate(16);
  heap.release(p);
  take();
  heap.release(p);
  auto events = take();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].kind(), EventKind::error);
  EXPECT_EQ(events[0].extra, MH_DOUBLE_FREE);
  EXPECT_EQ(events[0].address, reinterpret_cast<std::uintptr_t>(p));
  heap.allocate(std::size_t{1} << 39);
  events = take();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].extra, MH_OUT_OF_MEMORY);
  EXPECT_EQ(events[0].size, std::size_t{1} << 39);
}

TEST_F(HeapEventsTest, ResetTellsTheStart) {
  heap.allocate(16);
  heap.allocate(16);
  take();
  heap.reset();
  EXPECT_EQ(told(), "reset@0:0+ policy:0 ");
  heap.allocate(16);
  EXPECT_EQ(told(), "break@48:0+ block@0:48+ alloc@0:16 ");
}

TEST_F(HeapEventsTest, AnnounceOfAHeapThatNeverGrew) {
  heap.announce();
  EXPECT_EQ(told(), "reset@0:0+ break@0:0+ policy:0 ");
  heap.allocate(16);
  EXPECT_EQ(told(), "break@48:0+ block@0:48+ alloc@0:16 ");
}

TEST_F(HeapEventsTest, AnnounceTellsEveryBlockInOneCall) {
  void* const a = heap.allocate(16);
  heap.allocate(20);
  end.foreign_grow(16);
  heap.allocate(16);
  heap.release(a);
  take();
  heap.announce();
  const std::string me = std::to_string(this_thread_number());
  EXPECT_EQ(told(),
            "reset@0:0+ break@208:0+ policy:0+ block@0:48+ block@48:64+ alloc@48:20+ "
            "owner@48:" +
                me + "+ foreign@112:48+ block@160:48+ alloc@160:16+ owner@160:" + me +
                "+ link@0:head ");
}

TEST_F(HeapEventsTest, AnnounceCatchesUpWithWhatNobodyHeard) {
  heap.events().detach();
  for (int i = 0; i < 100; ++i) {
    heap.allocate(30);
  }
  heap.events().attach(segment);
  heap.announce();
  take();
  EXPECT_EQ(replay.blocks.size(), 100U);
}

TEST_F(HeapEventsTest, AWalkThatTheReaderWantsComesWithTheNextCall) {
  heap.allocate(16);
  take();
  segment.header().walk_requested.fetch_add(1);
  heap.allocate(16);
  const std::string me = std::to_string(this_thread_number());
  EXPECT_EQ(told(),
            "break@96:0+ block@48:48+ alloc@48:16 reset@0:0+ break@96:0+ policy:0+ block@0:48+ "
            "alloc@0:16+ owner@0:" +
                me + "+ block@48:48+ alloc@48:16+ owner@48:" + me + " ");
  EXPECT_FALSE(heap.events().walk_wanted());
  heap.allocate(16);
  EXPECT_EQ(told(), "break@144:0+ block@96:48+ alloc@96:16 ") << "once";
}

TEST_F(HeapEventsTest, AWalkShowsTheHeapBetweenTwoCalls) {
  // An event that is not newer than the walk's clock is in the walk, and no other.
  for (int i = 0; i < 100; ++i) {
    heap.allocate(16);
    const auto walked = heap.walk([](const mh_block*, void*) { return 1; }, nullptr);
    heap.allocate(16);
    const auto events = take();
    ASSERT_GE(events.size(), 2U);
    EXPECT_LE(events.front().time, merger.to_ns(walked.clock));
    EXPECT_GE(events.back().time, merger.to_ns(walked.clock));
  }
}

TEST_F(HeapEventsTest, ASplitAndAMergeTellWhatTheyDid) {
  mh_policy policy = plainest_policy;
  policy.split = 1;
  policy.coalescing = MH_COALESCE_AT_FREE;
  heap.set_policy(policy);
  void* const a = heap.allocate(208);
  heap.allocate(16);
  EXPECT_EQ(told(),
            "policy:1040 reset@0:0+ break@240:0+ block@0:240+ alloc@0:208 "
            "break@288:0+ block@240:48+ alloc@240:16 ");
  heap.release(a);
  take();
  heap.allocate(40);
  EXPECT_EQ(told(), "unlink@0:head+ split@0:80+ link@80:head+ alloc@0:40 ");
  heap.release(a);
  EXPECT_EQ(told(), "free@0:0+ link@0:head+ unlink@80:0+ coalesce@0:240 ");
}

TEST_F(HeapEventsTest, ReallocInPlaceTellsWhatItTook) {
  mh_policy policy = plainest_policy;
  policy.split = 1;
  policy.coalescing = MH_COALESCE_AT_FREE;
  heap.set_policy(policy);
  heap.allocate(16);
  heap.allocate(16);
  void* const last = heap.allocate(16);
  take();
  EXPECT_EQ(heap.reallocate(last, 32), last);
  EXPECT_EQ(told(), "break@192:0+ block@144:48+ coalesce@96:96+ resize@96:32 ");
  EXPECT_EQ(heap.reallocate(last, 200), last);
  take();
  EXPECT_EQ(heap.reallocate(last, 100), last);
  EXPECT_EQ(told(), "resize@96:100+ split@96:144+ link@240:head+ unlink@240:head+ break@240:0 ");
}

TEST_F(HeapEventsTest, SwitchesAreToldAndANewOrderIsLinkedAnew) {
  mh_policy policy = plainest_policy;
  policy.free_order = MH_ORDER_LIFO;
  heap.set_policy(policy);
  void* const a = heap.allocate(16);
  heap.allocate(16);
  void* const b = heap.allocate(16);
  heap.allocate(16);
  heap.release(a);
  heap.release(b);
  take();
  EXPECT_EQ(replay.free_list.front(), base + 96);
  policy.free_order = MH_ORDER_ADDRESS;
  heap.set_policy(policy);
  EXPECT_EQ(told(), "policy:0+ unlink:head+ link@0:head+ link@96:0 ");
}

TEST_F(HeapEventsTest, ABlockThatIsSetAsideSaysSo) {
  heap.allocate(16);
  void* const p = heap.allocate(16);
  heap.allocate(16);
  size_field(p) += 16;
  take();
  heap.release(p);
  EXPECT_EQ(told(), "error@48:0+ set_aside@48:48+ unlink:head ");
  damaged = true;
}

TEST_F(HeapEventsTest, AMarkIsToldInPiecesOfEight) {
  heap.mark("phase 2 begins");
  const auto events = take();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].size, pack_name("phase 2 "));
  EXPECT_EQ(events[0].more, 1U);
  EXPECT_EQ(events[1].size, pack_name("begins"));
  heap.mark("");
  EXPECT_EQ(take().size(), 1U);
  heap.mark(std::string(100, 'x').c_str());
  EXPECT_EQ(take().size(), 5U) << "40 characters are kept";
}

// ---- while explaining

class HeapExplainingTest : public HeapEventsTest {
 protected:
  void SetUp() override {
    HeapEventsTest::SetUp();
    for (const std::size_t size : {32U, 100U, 208U, 112U}) {
      holes.push_back(heap.allocate(size));
      heap.allocate(16);
    }
    for (void* const hole : holes) heap.release(hole);
    heap.set_explaining(true);
    take();
  }
  /// Of each visit the number of the hole and the verdict, and how the search ended.
  std::string search(mh_placement placement, std::size_t size) {
    mh_policy policy = plainest_policy;
    policy.placement = placement;
    heap.set_policy(policy);
    take();
    heap.release(heap.allocate(size));
    constexpr const char* verdicts[]{"small", "taken", "best", "no", "damaged"};
    constexpr const char* ends[]{"found", "nothing free", "all too small", "damaged"};
    std::ostringstream text;
    for (const Event& event : take()) {
      if (event.kind() == EventKind::visit)
        text << hole(event) << ' ' << verdicts[event.extra] << ' ';
      if (event.kind() != EventKind::search_end) continue;
      text << ends[event.extra];
      if (event.address != 0) text << ' ' << hole(event);
    }
    return text.str();
  }
  [[nodiscard]] std::ptrdiff_t hole(const Event& event) const {
    const auto* const payload = start + (event.address - base) + header;
    return std::find(holes.begin(), holes.end(), payload) - holes.begin();
  }
  std::vector<void*> holes;
};

TEST_F(HeapExplainingTest, EachVisitHasItsVerdict) {
  EXPECT_EQ(search(MH_FIRST_FIT, 110), "0 small 1 taken found 1");
  EXPECT_EQ(search(MH_FIRST_FIT, 120), "0 small 1 small 2 taken found 2");
  EXPECT_EQ(search(MH_BEST_FIT, 110), "0 small 1 best 2 no 3 no found 1");
  EXPECT_EQ(search(MH_BEST_FIT, 30), "0 best 1 no 2 no 3 no found 0");
  EXPECT_EQ(search(MH_WORST_FIT, 110), "0 small 1 best 2 best 3 no found 2");
  EXPECT_EQ(search(MH_NEXT_FIT, 120), "3 small 0 small 1 small 2 taken found 2");
  EXPECT_EQ(search(MH_FIRST_FIT, 300), "0 small 1 small 2 small 3 small all too small");
}

TEST_F(HeapExplainingTest, WithoutAFreeBlockThereIsNothingToSearch) {
  for (std::size_t size : {208U, 112U, 112U, 32U}) (void)heap.allocate(size);
  take();
  heap.allocate(10);
  EXPECT_EQ(told(), "search:10+ found:0+ break@832:0+ block@784:48+ alloc@784:10 ");
}

TEST_F(HeapExplainingTest, ASearchTellsTheBytesItNeedsAndTheLargestItSaw) {
  heap.allocate(150);
  EXPECT_EQ(told(),
            "search:150+ visit@0:192+ visit@112:192+ visit@304:192+ found@304:240+ "
            "unlink@304:112+ alloc@304:150 ");
}

TEST_F(HeapExplainingTest, EachEventIsPrecededByTheLineItComesFrom) {
  heap.allocate(30);
  const auto events = take();
  ASSERT_GE(events.size(), 4U);
  for (std::size_t i = 0; i + 1 < events.size(); i += 2) {
    EXPECT_EQ(events[i].kind(), EventKind::step);
    EXPECT_GT(events[i].size, 0U);
    EXPECT_NE(events[i + 1].kind(), EventKind::step);
  }
}

}  // namespace
}  // namespace mh::test
