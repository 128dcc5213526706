// The history behind the timeline: bounded, ascending, and nothing is lost when samples merge.

#include "app/model/history.hpp"

#include <gtest/gtest.h>

#include <iterator>
#include <numeric>
#include <random>
#include <set>

#include "unit/model_test_support.hpp"

namespace mh::test {
namespace {

constexpr std::uint64_t base = 0x10000;
constexpr std::uint64_t ms = 1'000'000;

class HistoryTest : public testing::Test {
 protected:
  HistoryTest() {
    picture.apply(make_event(EventKind::reset, base));
    picture.apply(make_event(EventKind::break_moved, base + 4096));
    picture.apply(make_event(EventKind::block, base, 4096, 0, 1, 32));
  }
  void happen(History& history, EventKind kind, std::uint64_t time, std::uint16_t thread = 1,
              bool more = false) {
    const Event event =
        make_event(kind, base, kind == EventKind::alloc ? 100 : 0, time, thread, 0, more);
    picture.apply(event);
    history.note(event, number++, picture);
  }
  /// Allocates and frees in turn, each interval ns.
  void work(History& history, std::uint64_t events, std::uint64_t interval) {
    for (std::uint64_t i = 0; i < events; ++i, now += interval) {
      happen(history, picture.totals().used_blocks == 0 ? EventKind::alloc : EventKind::free, now,
             static_cast<std::uint16_t>(number % 10));
    }
  }
  HeapPicture picture;
  std::uint64_t number = 0;
  std::uint64_t now = 5 * ms;
};

TEST_F(HistoryTest, ASampleHoldsTheValuesAtItsEnd) {
  History history;
  EXPECT_TRUE(history.samples().empty());
  happen(history, EventKind::alloc, 10, 2);
  happen(history, EventKind::free, 20, 3);
  happen(history, EventKind::alloc, 30, 2);
  ASSERT_EQ(history.samples().size(), 3U);  // at first each call has a sample of its own
  const History::Sample& sample = history.samples().back();
  EXPECT_EQ(sample.time, 30U);
  EXPECT_EQ(sample.event, 2U);
  EXPECT_EQ(sample.requested, 100U);
  EXPECT_EQ(sample.heap, 4096U);
  EXPECT_EQ(sample.header + sample.requested + sample.padding + sample.free + sample.foreign,
            sample.heap);
  EXPECT_EQ(sample.active, 0b10U);  // thread 2
  EXPECT_EQ(history.samples()[1].active, 0b100U);
  EXPECT_EQ(history.samples()[1].largest_free, 4096U - 32);
  EXPECT_EQ(sample.largest_free, 0U);
}

TEST(FreeSizes, KnowTheLargestToASixtyFourth) {
  FreeSizes sizes;
  std::multiset<std::uint64_t> all;
  std::mt19937_64 random(5);
  EXPECT_EQ(sizes.largest(), 0U);
  for (int step = 0; step < 20000; ++step) {
    if (all.empty() || random() % 5 < 3 - static_cast<unsigned>(step / 10000)) {
      const std::uint64_t bytes =
          16 + random() % (std::uint64_t{1} << (5 + random() % 34)) / 16 * 16;
      sizes.add(bytes);
      all.insert(bytes);
    } else {
      const auto gone =
          std::next(all.begin(),
                    static_cast<std::ptrdiff_t>(random() % std::min<std::size_t>(all.size(), 40)));
      sizes.remove(*gone);
      all.erase(gone);
    }
    const std::uint64_t largest = all.empty() ? 0 : *all.rbegin();
    ASSERT_LE(sizes.largest(), largest);
    ASSERT_TRUE(largest >= 4096 || sizes.largest() == largest);
    ASSERT_GE(sizes.largest(), largest - largest / 64);
  }
}

TEST_F(HistoryTest, AnUnfinishedCallIsNotShown) {
  History history;
  happen(history, EventKind::alloc, 10);
  happen(history, EventKind::free, 20, 1, true);
  EXPECT_EQ(history.samples().back().requested, 100U);
  happen(history, EventKind::visit, 30, 1, false);
  EXPECT_EQ(history.samples().back().requested, 0U);
}

TEST_F(HistoryTest, AllSixtyFourThreadsHaveALaneAndOthersNone) {
  History history;
  happen(history, EventKind::alloc, 10, 0);
  happen(history, EventKind::free, 20, 65);
  happen(history, EventKind::alloc, 30, 65535);
  happen(history, EventKind::alloc, 40, 100);  // the hand
  for (const History::Sample& sample : history.samples()) EXPECT_EQ(sample.active, 0U);
  happen(history, EventKind::free, 50, 64);
  EXPECT_EQ(history.samples().back().active, std::uint64_t{1} << 63);
  happen(history, EventKind::alloc, 60, 9);
  EXPECT_EQ(history.samples().back().active, std::uint64_t{1} << 8);
}

TEST_F(HistoryTest, StartsFineInTimeAndInEvents) {
  History slow;
  work(slow, 100, ms);
  EXPECT_EQ(slow.samples().size(), 100U);
  History fast;
  work(fast, 1000, 100);
  EXPECT_EQ(fast.samples().size(), 1000U);
}

TEST_F(HistoryTest, StaysBoundedAndForgetsNoThread) {
  for (const std::uint64_t interval : {std::uint64_t{10}, 100 * ms}) {
    History history(64);
    number = 0;
    work(history, 300'000, interval);
    ASSERT_LE(history.samples().size(), 64U);
    ASSERT_GE(history.samples().size(), 32U);
    std::uint64_t active = 0;
    std::uint64_t last_time = 0;
    for (const History::Sample& sample : history.samples()) {
      ASSERT_GT(sample.time, last_time);
      last_time = sample.time;
      active |= sample.active;
    }
    EXPECT_EQ(active, 0x1ffU);  // threads 1 to 9
    EXPECT_EQ(history.samples().back().event, 299'999U);
  }
}

TEST_F(HistoryTest, TimesAscendEvenIfTheStreamGoesBack) {
  History history;
  work(history, 10, ms);
  now = 0;
  work(history, 10, ms);
  for (std::size_t i = 1; i < history.samples().size(); ++i) {
    EXPECT_GE(history.samples()[i].time, history.samples()[i - 1].time);
  }
}

TEST_F(HistoryTest, ClearBeginsAnew) {
  History history(4);
  work(history, 10000, ms);
  history.clear();
  EXPECT_TRUE(history.samples().empty());
  work(history, 4, ms);
  EXPECT_EQ(history.samples().size(), 4U);
}

TEST(History, KeepsTheNewestMarks) {
  History history;
  HeapPicture picture;
  history.note(make_event(EventKind::marker, 0, pack_name("a longe"), 10, 1, 0, true), 0, picture);
  EXPECT_TRUE(history.marks().empty()) << "the text goes on in the next event of the call";
  history.note(make_event(EventKind::marker, 0, pack_name("r mark"), 10), 1, picture);
  ASSERT_EQ(history.marks().size(), 1U);
  EXPECT_EQ(history.marks().front().text, "a longer mark");
  EXPECT_EQ(history.marks().front().time, 10U);
  for (std::uint64_t i = 0; i < History::most_marks; ++i) {
    history.note(make_event(EventKind::marker, 0, pack_name("x"), 20 + i), 2 + i, picture);
  }
  EXPECT_EQ(history.marks().size(), History::most_marks);
  EXPECT_EQ(history.marks().front().text, "x");
  history.clear();
  EXPECT_TRUE(history.marks().empty());
}

}  // namespace
}  // namespace mh::test
