// The 16 bytes of a record, and the clock behind its stamps.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <set>
#include <thread>

#include "core/events/clock.hpp"
#include "core/events/event.hpp"
#include "core/events/os_thread.hpp"

namespace mh {
namespace {

constexpr std::uint64_t address_mask = (1ULL << 48) - 1;

RC_GTEST_PROP(Record, KeepsItsFields,
              (std::uint64_t address, std::uint64_t size, std::uint8_t extra, bool more)) {
  const auto kind =
      static_cast<EventKind>(*rc::gen::inRange(1, static_cast<int>(EventKind::count)));
  const auto delta = *rc::gen::inRange<std::uint64_t>(0, Record::unstamped_delta);
  Record record = Record::make(kind, address, size, extra, delta);
  record.set_more(more);
  RC_ASSERT(record.address() == (address & address_mask));
  RC_ASSERT(record.size() == std::min(size, Record::max_size));
  RC_ASSERT(record.kind() == kind);
  RC_ASSERT(record.extra() == extra);
  RC_ASSERT(record.delta() == delta);
  RC_ASSERT(record.more() == more);
}

RC_GTEST_PROP(Record, WideKeepsAllOfItsSecondWord, (std::uint64_t address, std::uint64_t word1)) {
  const Record record = Record::make_wide(EventKind::label, address, word1);
  RC_ASSERT(record.wide());
  RC_ASSERT(record.word1 == word1);
  RC_ASSERT(record.address() == (address & address_mask));
  RC_ASSERT(!record.more());
}

TEST(Record, SetMoreTouchesNothingElse) {
  const Record plain = Record::make(EventKind::split, 0xffff'ffff'ffff, 12, 255, 7);
  Record record = plain;
  record.set_more(true);
  EXPECT_NE(record.word0, plain.word0);
  record.set_more(false);
  EXPECT_EQ(record.word0, plain.word0);
  EXPECT_EQ(record.word1, plain.word1);
}

TEST(Record, WideAreTheKindsWhoseSecondWordIsNoSize) {
  const std::set<EventKind> wide{EventKind::stamp, EventKind::label,  EventKind::marker,
                                 EventKind::link,  EventKind::unlink, EventKind::policy};
  for (int i = 0; i < static_cast<int>(EventKind::count); ++i) {
    const auto kind = static_cast<EventKind>(i);
    EXPECT_EQ(is_wide(kind), wide.count(kind) == 1) << i;
  }
}

TEST(BlockShape, SurvivesPacking) {
  for (unsigned extra = 0; extra < 256; ++extra) {
    const BlockShape shape = BlockShape::unpack(static_cast<std::uint8_t>(extra));
    EXPECT_EQ(shape.pack(), extra);
    EXPECT_LE(shape.front, BlockShape::max_front);
  }
  EXPECT_EQ((BlockShape{32, true, 48}.pack()), 2U | 4U | 3U << 3);
}

TEST(PackName, KeepsEightCharacters) {
  EXPECT_EQ(pack_name(""), 0U);
  EXPECT_EQ(pack_name("p"), 0x70U);
  EXPECT_EQ(pack_name("pq"), 0x7170U);
  EXPECT_EQ(pack_name("abcdefgh"), pack_name("abcdefghi"));
  EXPECT_EQ(pack_name("\xff") & 0xff, 0xffU);
}

TEST(Clock, GrowsWithTheSystemsClock) {
  const ClockPair first = clock_pair();
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  const ClockPair second = clock_pair();
  EXPECT_GT(second.ticks, first.ticks);
  EXPECT_GE(second.ns - first.ns, 5'000'000U);
}

TEST(OsThread, TellsTheLivingFromTheGone) {
  const auto self = static_cast<std::uint32_t>(syscall(SYS_gettid));
  const OsThread here = look_up_thread(self);
  EXPECT_EQ(here.state, OsThread::State::alive);
  EXPECT_GT(here.start_time, 0U);
  EXPECT_EQ(look_up_thread(self).start_time, here.start_time);
  EXPECT_EQ(look_up_thread(0xffff'fff0U).state, OsThread::State::gone);
}

TEST(OsThread, FindsThreadsThatDoNotLeadTheirProcess) {
  std::thread([] {
    const auto self = static_cast<std::uint32_t>(syscall(SYS_gettid));
    ASSERT_NE(self, static_cast<std::uint32_t>(getpid()));
    EXPECT_EQ(look_up_thread(self).state, OsThread::State::alive);
  }).join();
}

}  // namespace
}  // namespace mh
