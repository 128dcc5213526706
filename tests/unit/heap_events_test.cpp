// What the heap says about itself: the events of each operation, and that replaying them gives the
// heap that a walk shows.

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <sstream>
#include <string>

#include "core/events/clock.hpp"
#include "core/events/merger.hpp"
#include "core/events/segment.hpp"
#include "tests/unit/heap_test_support.hpp"

namespace mh::test {
namespace {

constexpr std::size_t header = plain_header;

/// A picture in a few lines: what the events say, without checks.
struct Replay {
  struct Entry {
    std::uint64_t size;
    std::uint64_t requested;
    std::uint64_t thread;
    bool used;
    bool foreign;
    bool operator==(const Entry&) const = default;
  };
  std::map<std::uint64_t, Entry> blocks;
  std::uint64_t start = 0;
  std::uint64_t end = 0;

  void apply(const Event& event) {
    const std::uint64_t at = event.address;
    switch (event.kind()) {
      case EventKind::reset:
        blocks.clear();
        start = end = at;
        break;
      case EventKind::break_moved:
        end = at;
        blocks.erase(blocks.lower_bound(at), blocks.end());
        break;
      case EventKind::block:
        blocks[at] = {event.size, 0, 0, false, false};
        break;
      case EventKind::foreign:
        blocks[at] = {event.size, 0, 0, false, true};
        break;
      case EventKind::alloc:
        blocks.at(at).used = true;
        blocks.at(at).requested = event.size;
        blocks.at(at).thread = event.thread;
        break;
      case EventKind::owner:
        blocks.at(at).thread = event.size;
        break;
      case EventKind::free:
        blocks.at(at).used = false;
        blocks.at(at).requested = 0;
        break;
      case EventKind::resize:
        blocks.at(at).requested = event.size;
        break;
      default:
        break;
    }
  }
};

Replay walk_of(const ClassicHeap& heap) {
  Replay real;
  const auto end = heap.walk(
      [](const mh_block* block, void* context) {
        (*static_cast<decltype(&real.blocks)>(
            context))[reinterpret_cast<std::uintptr_t>(block->address)] = {
            block->size, block->requested, block->used ? block->thread : 0U, block->used != 0,
            block->foreign != 0};
        return 1;
      },
      &real.blocks);
  real.start = reinterpret_cast<std::uintptr_t>(end.start);
  real.end = reinterpret_cast<std::uintptr_t>(end.end);
  return real;
}

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
        {EventKind::reset, "reset"},     {EventKind::break_moved, "break"},
        {EventKind::block, "block"},     {EventKind::foreign, "foreign"},
        {EventKind::alloc, "alloc"},     {EventKind::free, "free"},
        {EventKind::resize, "resize"},   {EventKind::owner, "owner"},
        {EventKind::error, "error"},     {EventKind::link, "link"},
        {EventKind::unlink, "unlink"},   {EventKind::policy, "policy"},
        {EventKind::marker, "marker"},   {EventKind::set_aside, "set_aside"},
        {EventKind::split, "split"},     {EventKind::coalesce, "coalesce"},
        {EventKind::search, "search"},   {EventKind::visit, "visit"},
        {EventKind::search_end, "found"}};
    return names.at(kind);
  }

  void expect_replay_equals_walk() {
    take();
    const Replay real = walk_of(heap);
    if (replay.start != 0) {  // nothing was told of a heap that never grew
      EXPECT_EQ(replay.start, real.start);
      EXPECT_EQ(replay.end, real.end);
    }
    for (auto& [address, block] : replay.blocks) {
      block.thread = block.used ? block.thread : 0;
    }
    EXPECT_TRUE(replay.blocks == real.blocks);
  }

  Segment segment = Segment::anonymous({.slot_count = 16, .ring_records = 1U << 14});
  Merger merger{segment};
  Replay replay;
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
  EXPECT_EQ(told(), "break@112:0+ block@48:64+ alloc@48:32+ free@0:0+ link@0:head ");
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

TEST_F(HeapEventsTest, ReplayedEventsGiveTheRealHeap) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    std::mt19937_64 random(seed);
    std::vector<void*> live;
    for (int i = 0; i < 60; ++i) {
      const auto dice = random() % 20;
      if (live.empty() || dice < 10) {
        live.push_back(heap.allocate(1 + random() % 200));
        continue;
      }
      void*& p = live[random() % live.size()];
      if (dice < 13) {
        p = heap.reallocate(p, 1 + random() % 300);
      } else if (dice == 13) {
        end.foreign_grow(1 + random() % 64);
      } else {
        std::swap(p, live.back());
        heap.release(live.back());
        live.pop_back();
      }
    }
    expect_replay_equals_walk();
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
    heap.reset();
  }
}

}  // namespace
}  // namespace mh::test
