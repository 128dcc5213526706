// Segments that lie: whatever they hold, poll() ends, stays inside, and hands on something sane.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "core/events/ring_cursor.hpp"
#include "unit/event_test_support.hpp"

namespace mh {
namespace {

using Random = std::mt19937_64;

/// A number of the sort that breaks things, or any.
std::uint64_t odd_number(Random& random, std::uint64_t present) {
  switch (random() % 10) {
    case 0:
      return 0;
    case 1:
      return ~0ULL;
    case 2:
      return 1ULL << (random() % 64);
    case 3:
      return present + 1;
    case 4:
      return present - 1;
    case 5:
      return present + random() % 256;
    case 6:
      return present - random() % 256;
    case 7:
      return present ^ (1ULL << (random() % 64));
    case 8:
      return ~present;
    default:
      return random();
  }
}

/// A segment with honest contents that can be restored after it was damaged.
class Victim {
 public:
  static constexpr std::uint32_t slots = 6;
  static constexpr std::uint32_t records = 64;

  Victim() : segment_(Segment::anonymous({slots, records, 0})) {
    segment_.header().reader_attached.store(1);
    EventWriter writer;
    writer.attach(segment_);
    for (std::uint64_t thread = 0; thread < slots - 1; ++thread) {
      std::thread([&] {
        set_this_thread_number(static_cast<std::uint16_t>(thread + 1));
        writer.thread_begin("victim");
        for (std::uint64_t i = 0; i < 12; ++i) {
          EventScope scope(writer);
          for (std::uint64_t k = 0; k <= i % 4; ++k) scope.emit(EventKind::block, 64 * k, i);
        }
        if (thread % 2 == 0) writer.thread_end();
      }).join();
    }
    std::this_thread::sleep_for(
        std::chrono::milliseconds(5));  // old enough to have a known clock rate
    begin_ = reinterpret_cast<std::byte*>(&segment_.header());
    bytes_ = static_cast<std::size_t>(
        reinterpret_cast<std::byte*>(segment_.ring(slots - 1) + records) - begin_);
    image_.assign(begin_, begin_ + bytes_);
  }

  void restore() { std::memcpy(begin_, image_.data(), bytes_); }

  /// Damages one word: of the header (seldom: a wrong clock costs time), of a slot, or of a record.
  void damage(Random& random) {
    const std::uint64_t what = random() % 100;
    std::byte* place = nullptr;
    if (what < 2) {
      place = begin_ + random() % (sizeof(SegmentHeader) / 8) * 8;
    } else if (what < 60) {
      place = begin_ + sizeof(SegmentHeader) + random() % (slots * sizeof(ThreadSlot) / 8) * 8;
    } else {
      auto* ring = reinterpret_cast<std::byte*>(segment_.ring(random() % slots & 0xffff'ffff));
      place = ring + random() % (records * sizeof(Record) / 8) * 8;
    }
    std::uint64_t word = 0;
    std::memcpy(&word, place, 8);
    word = odd_number(random, word);
    std::memcpy(place, &word, 8);
  }

  [[nodiscard]] Segment& segment() { return segment_; }

 private:
  Segment segment_;
  std::byte* begin_ = nullptr;
  std::size_t bytes_ = 0;
  std::vector<std::byte> image_;
};

/// What every log must keep, however bad its source.
void expect_sane(const std::vector<Event>& events, std::uint64_t seed) {
  for (std::size_t i = 0; i < events.size(); ++i) {
    const Event& event = events[i];
    ASSERT_GT(event.kind(), EventKind::stamp) << "seed " << seed;
    ASSERT_LT(event.kind(), EventKind::count) << "seed " << seed;
    if (i + 1 == events.size()) continue;
    ASSERT_LE(event.time, events[i + 1].time) << "seed " << seed;
    if (event.more != 0) {
      ASSERT_EQ(event.thread, events[i + 1].thread) << "seed " << seed;
      ASSERT_EQ(event.time, events[i + 1].time) << "seed " << seed;
    }
  }
}

TEST(MergerHostile, SurvivesRandomDamage) {
  Victim victim;
  std::uint64_t malformed = 0;
  for (std::uint64_t seed = 0; seed < 5000; ++seed) {
    Random random(seed);
    victim.restore();
    if (seed % 2 == 0) victim.damage(random);  // before the reader comes ...
    Merger merger(victim.segment());
    std::vector<Event> out;
    for (int round = 0; round < 6; ++round) {
      const std::uint64_t damages = random() % 6;
      for (std::uint64_t i = 0; i < damages; ++i)
        victim.damage(random);  // ... and while it is there
      const std::size_t limit = 1 + random() % 200;
      const std::size_t before = out.size();
      const std::size_t count = merger.poll(out, limit);
      ASSERT_EQ(out.size(), before + count);
      ASSERT_LE(count, limit + 3 * Victim::slots)
          << "seed " << seed;  // read ahead, and ends of threads
      ASSERT_LE(merger.released_until_ns(), (1ULL << 47));
    }
    malformed += merger.malformed();
    expect_sane(out, seed);
    if (HasFatalFailure()) return;
    for (const ThreadInfo& info : merger.threads()) ASSERT_LE(info.name.size(), 23U);
  }
  EXPECT_GT(malformed, 4000U);  // the damage was seen
}

TEST(MergerHostile, AnUndamagedVictimIsRead) {
  Victim victim;
  Merger merger(victim.segment());
  std::vector<Event> out;
  ASSERT_TRUE(drain(merger, out));
  EXPECT_EQ(only(out, EventKind::block).size(), 5 * 30U);
  EXPECT_EQ(merger.malformed(), 0U);
  expect_sane(out, 0);
}

// A merger takes sizes from its own mapping, never from the header.
TEST(MergerHostile, SizesInTheHeaderAreNotBelieved) {
  Victim victim;
  Merger merger(victim.segment());
  victim.segment().header().slot_count = 0xffff'ffff;
  victim.segment().header().ring_records = 0x8000'0000;
  std::vector<Event> out;
  ASSERT_TRUE(drain(merger, out));
  EXPECT_EQ(only(out, EventKind::block).size(), 5 * 30U);
  Merger second(victim.segment());
  EXPECT_EQ(second.poll(out), 0U);
}

TEST(MergerHostile, AHeadOutOfRangeIsSkippedAndCounted) {
  for (const std::uint64_t head : {0ULL, 1ULL, 1000ULL, ~0ULL, 1ULL << 63}) {
    Segment segment = patient_segment(2, 64);
    EventWriter writer;
    writer.attach(segment);
    Merger merger(segment);
    std::vector<Event> out;
    for (std::uint64_t i = 0; i < 5; ++i) write_one(writer, i);
    ASSERT_TRUE(drain(merger, out));
    ASSERT_EQ(out.size(), 5U);
    segment.slot(0).head.store(head);
    merger.poll(out);
    EXPECT_EQ(out.size(), 5U);
    EXPECT_EQ(merger.malformed(), 1U) << head;
    write_one(writer, 7);  // it goes on from there
    ASSERT_TRUE(drain(merger, out));
    EXPECT_EQ(out.back().size, 7U) << head;
  }
}

TEST(MergerHostile, UnknownKindsAreDroppedAndDoNotGlueCallsTogether) {
  Segment segment = patient_segment(2, 64);
  EventWriter writer;
  writer.attach(segment);
  {
    EventScope scope(writer);
    scope.emit(EventKind::block, 1, 1);
    scope.emit(EventKind::alloc, 2, 2);
    scope.emit(EventKind::alloc, 3, 3);
  }
  write_one(writer, 4);
  segment.ring(0)[2].word0 |= 0x7fULL << 48;  // in the middle of the call
  segment.ring(0)[3].word0 |= 0x7fULL << 48;  // its end
  Merger merger(segment);
  std::vector<Event> out;
  ASSERT_TRUE(drain(merger, out));
  ASSERT_EQ(sizes_of(out), (std::vector<std::uint64_t>{1, 4}));
  EXPECT_EQ(out[0].more, 0U);
  EXPECT_EQ(merger.malformed(), 3U);  // two records, and a call that lost its end
}

TEST(MergerHostile, ACallWithoutItsEndIsClosed) {
  Segment segment = patient_segment(2, 64);
  EventWriter writer;
  writer.attach(segment);
  write_one(writer, 1);
  segment.ring(0)[1].set_more(true);
  Merger merger(segment);
  std::vector<Event> out;
  merger.poll(out);
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(out[0].more, 0U);
  write_one(writer, 2);
  merger.poll(out);
  ASSERT_EQ(out.size(), 2U);
  EXPECT_EQ(merger.malformed(), 1U);
}

TEST(MergerHostile, StampsThatRunBackOrAheadAreClamped) {
  for (const std::uint64_t stamp : {0ULL, 1ULL, ~0ULL, 1ULL << 62}) {
    Segment segment = patient_segment(2, 64);
    EventWriter writer;
    writer.attach(segment);
    Merger merger(segment);
    std::vector<Event> out;
    write_one(writer, 1);
    ASSERT_TRUE(drain(merger, out));
    segment.slot(0).last_stamp = 0;  // makes the writer stamp
    write_one(writer, 2);
    segment.ring(0)[2] = Record::make_wide(EventKind::stamp, 0, stamp);
    segment.ring(0)[2].set_more(true);
    ASSERT_TRUE(poll_until(merger, out, [&] { return out.size() == 2; })) << stamp;
    EXPECT_LE(out[0].time, out[1].time);
    EXPECT_LE(out[1].time, merger.to_ns(clock_now()) + 100'000'000);
    EXPECT_EQ(merger.malformed(), 1U);
  }
}

TEST(MergerHostile, NamesAreCutOffAndMadePrintable) {
  Segment segment = patient_segment(2, 64);
  EventWriter writer;
  writer.attach(segment);
  write_one(writer, 1);
  for (auto& word : segment.slot(0).name) word.store(0x0a41'1b42'7f43'ff44ULL);
  Merger merger(segment);
  std::vector<Event> out;
  merger.poll(out);
  ASSERT_EQ(merger.threads().size(), 1U);
  const std::string& name = merger.threads()[0].name;
  EXPECT_EQ(name.size(), 23U);
  EXPECT_EQ(name.substr(0, 8),
            "D\xff"
            "C?B?A?");
}

TEST(MergerHostile, ASlotWithoutAnOwnerHoldsNobodyBack) {
  Segment segment = patient_segment(4, 64);
  segment.slot(3).in_flight.store(1);  // unused, and yet raised
  segment.slot(2).state.store(99);
  segment.slot(2).in_flight.store(1);
  EventWriter writer;
  writer.attach(segment);
  write_one(writer, 1);
  Merger merger(segment);
  std::vector<Event> out;
  merger.poll(out);
  EXPECT_EQ(out.size(), 1U);
}

// The cursor alone, on memory whose ends a sanitizer watches.
TEST(MergerHostile, ACursorStaysInsideItsRing) {
  for (std::uint64_t seed = 0; seed < 5000; ++seed) {
    Random random(seed);
    std::vector<ThreadSlot> slots(1);
    std::vector<Record> ring(64);
    for (Record& record : ring) record = {random(), random()};
    ThreadSlot& slot = slots[0];
    slot.head.store(odd_number(random, 0));
    slot.tail.store(odd_number(random, slot.head.load()));
    RingCursor cursor(slot, ring.data(), 64);
    ReadBudget budget{0, ~0ULL, 0};
    for (std::uint64_t now = 1; now < 20; ++now) {
      slot.state.store(static_cast<std::uint32_t>(random() % 5));
      slot.in_flight.store(odd_number(random, slot.in_flight.load()));
      slot.head.store(odd_number(random, slot.head.load()));
      cursor.observe(now, now - 1, budget);
      budget.records = random() % 100;
      std::size_t events = 0;
      while (cursor.ready(budget)) {
        ASSERT_LE(++events, 102U) << "seed " << seed;
        ASSERT_NE(cursor.event().kind(), EventKind::none);
        cursor.pop();
      }
      cursor.publish_tail();
      if (cursor.drained() && random() % 4 == 0) cursor.recycle();
    }
  }
}

}  // namespace
}  // namespace mh
