// The writing side, looked at through the ring itself or through a merger.
#include "core/events/event_writer.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "unit/event_test_support.hpp"

namespace mh {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

TEST(EventWriter, SaysNothingWhileNobodyListens) {
  EventWriter writer;
  {
    EventScope scope(writer);
    scope.emit(EventKind::alloc, 1, 2);
    EXPECT_EQ(scope.stamp(), 0U);
  }
  EXPECT_FALSE(writer.active());

  Segment segment = patient_segment();
  writer.attach(segment);
  EXPECT_TRUE(writer.active());
  segment.header().reader_attached.store(0);
  EXPECT_FALSE(writer.active());
  writer.thread_begin("nobody");
  writer.reserve();
  write_one(writer, 1);
  writer.thread_end();
  for (std::uint32_t i = 0; i < segment.slot_count(); ++i) {
    EXPECT_EQ(segment.slot(i).state.load(), 0U);
  }
  EXPECT_EQ(segment.header().lost_without_slot.load(), 0U);
}

TEST(EventWriter, AScopeIsStampedOnceAndChainedByMore) {
  Segment segment = patient_segment();
  EventWriter writer;
  writer.attach(segment);
  std::uint64_t stamp = 0;
  {
    EventScope scope(writer);
    stamp = scope.stamp();
    scope.emit(EventKind::break_moved, 0x10);
    scope.emit(EventKind::block, 0x20, 64, 32);
    scope.emit(EventKind::alloc, 0x20, 5);
    EXPECT_EQ(segment.slot(0).head.load(), 0U);  // nothing is published before the end
    EXPECT_EQ(segment.slot(0).in_flight.load() % 2, 1U);
  }
  EXPECT_EQ(segment.slot(0).in_flight.load() % 2, 0U);
  ASSERT_EQ(segment.slot(0).head.load(), 4U);
  const Record* ring = segment.ring(0);
  EXPECT_EQ(ring[0].kind(), EventKind::stamp);  // the ring's first
  EXPECT_EQ(ring[0].word1, stamp);
  EXPECT_EQ(ring[1].kind(), EventKind::break_moved);
  EXPECT_EQ(ring[2].size(), 64U);
  EXPECT_EQ(ring[2].extra(), 32U);
  EXPECT_EQ(ring[3].kind(), EventKind::alloc);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(ring[i].more());
  EXPECT_FALSE(ring[3].more());
  for (int i = 1; i < 4; ++i) EXPECT_EQ(ring[i].delta(), 0U);
}

TEST(EventWriter, ADeltaThatDoesNotFitBecomesAStamp) {
  Segment segment = patient_segment();
  EventWriter writer;
  writer.attach(segment);
  write_one(writer, 1);
  const std::uint64_t first = segment.slot(0).last_stamp;
  write_one(writer, 2);  // soon after: a delta, unless the machine paused us for ms
  const std::uint64_t second = segment.slot(0).last_stamp;
  if (second - first < Record::unstamped_delta) {
    ASSERT_EQ(segment.slot(0).head.load(), 3U);
    EXPECT_EQ(segment.ring(0)[2].delta(), second - first);
  }
  const std::uint64_t head = segment.slot(0).head.load();
  while (clock_now() - second < Record::unstamped_delta)
    std::this_thread::sleep_for(milliseconds(1));
  write_one(writer, 3);
  ASSERT_EQ(segment.slot(0).head.load(), head + 2);
  EXPECT_EQ(segment.ring(0)[head].kind(), EventKind::stamp);
  EXPECT_EQ(segment.ring(0)[head].word1, segment.slot(0).last_stamp);
  EXPECT_EQ(segment.ring(0)[head + 1].delta(), 0U);

  Merger merger(segment);
  std::vector<Event> out;
  ASSERT_TRUE(drain(merger, out));
  ASSERT_EQ(sizes_of(out), (std::vector<std::uint64_t>{1, 2, 3}));
  EXPECT_EQ(out[0].time, merger.to_ns(first));
  EXPECT_EQ(out[1].time, merger.to_ns(second));
  EXPECT_EQ(merger.malformed(), 0U);
}

TEST(EventWriter, WideEventsBringTheirStampAndKeepAllBits) {
  Segment segment = patient_segment();
  EventWriter writer;
  writer.attach(segment);
  write_one(writer, 1);
  const std::uint64_t name = pack_name("abcdefgh") | 0x8000'0000'0000'0000ULL;
  std::uint64_t stamp = 0;
  {
    EventScope scope(writer);
    stamp = scope.stamp();
    scope.emit(EventKind::label, 0x40, name);
    scope.emit(EventKind::alloc, 0x40, 9);
    scope.emit(EventKind::marker, 0, name);
  }
  Merger merger(segment);
  std::vector<Event> out;
  ASSERT_TRUE(drain(merger, out));
  ASSERT_EQ(out.size(), 4U);
  EXPECT_EQ(out[1].size, name);
  EXPECT_EQ(out[3].size, name);
  for (int i = 1; i < 4; ++i) EXPECT_EQ(out[static_cast<std::size_t>(i)].time, merger.to_ns(stamp));
  EXPECT_EQ(out[1].more, 1U);
  EXPECT_EQ(out[3].more, 0U);
}

TEST(EventWriter, StampsGrowStrictly) {
  Segment segment = patient_segment(4, 1U << 16);
  EventWriter writer;
  writer.attach(segment);
  std::uint64_t last = 0;
  for (int i = 0; i < 10'000; ++i) {
    EventScope scope(writer);
    ASSERT_GT(scope.stamp(), last);
    last = scope.stamp();
  }
  EXPECT_EQ(segment.slot(0).head.load(), 0U);  // scopes without events leave no trace
}

TEST(EventWriter, AFullRingWaitsForASlowReaderAndLosesNothing) {
  Segment segment = patient_segment(4, 64);
  EventWriter writer;
  writer.attach(segment);
  constexpr std::uint64_t count = 2000;
  std::thread thread([&] {
    for (std::uint64_t i = 0; i < count; ++i) {
      writer.reserve();
      write_one(writer, i);
    }
  });
  Merger merger(segment);
  std::vector<Event> out;
  EXPECT_TRUE(poll_until(merger, out, [&] { return out.size() >= count; }));
  thread.join();
  ASSERT_EQ(out.size(), count);
  for (std::uint64_t i = 0; i < count; ++i) ASSERT_EQ(out[i].size, i);
  EXPECT_EQ(merger.lost(), 0U);
}

TEST(EventWriter, AScopeLargerThanTheRingComesThroughWhole) {
  Segment segment = patient_segment(4, 64);
  EventWriter writer;
  writer.attach(segment);
  constexpr std::uint64_t count = 1000;
  std::thread thread([&] {
    EventScope scope(writer);
    for (std::uint64_t i = 0; i < count; ++i) scope.emit(EventKind::block, 0x1000, i);
  });
  Merger merger(segment);
  std::vector<Event> out;
  EXPECT_TRUE(poll_until(merger, out, [&] { return out.size() >= count; }));
  thread.join();
  ASSERT_EQ(out.size(), count);
  for (std::uint64_t i = 0; i < count; ++i) {
    ASSERT_EQ(out[i].size, i);
    ASSERT_EQ(out[i].more, i + 1 < count ? 1U : 0U);
    ASSERT_EQ(out[i].time, out[0].time);
  }
  EXPECT_EQ(merger.lost() + merger.malformed(), 0U);
}

TEST(EventWriter, WaitsOnceForADeadReaderThenDropsAndCounts) {
  Segment segment = Segment::anonymous({4, 64, 30'000});
  segment.header().reader_attached.store(1);
  EventWriter writer;
  writer.attach(segment);
  constexpr std::uint64_t count = 100'000;
  errno = EDOM;
  const auto begin = steady_clock::now();
  for (std::uint64_t i = 0; i < count; ++i) {
    writer.reserve();
    write_one(writer, i);
  }
  const auto waited = steady_clock::now() - begin;
  EXPECT_GE(waited, milliseconds(30));
  EXPECT_LT(waited, milliseconds(5000));  // once a call it would be 3000 s
  EXPECT_EQ(errno, EDOM);

  Merger merger(segment);
  std::vector<Event> out;
  ASSERT_TRUE(drain(merger, out));
  const std::uint64_t kept = out.size();
  EXPECT_EQ(kept + merger.lost(), count);
  for (std::uint64_t i = 0; i < kept; ++i) ASSERT_EQ(out[i].size, i);

  // The reader is back: what is written now comes through.
  out.clear();
  for (std::uint64_t i = 0; i < 20; ++i) write_one(writer, count + i);
  ASSERT_TRUE(drain(merger, out));
  ASSERT_EQ(out.size(), 20U);
  EXPECT_EQ(out[0].size, count);
  EXPECT_EQ(kept + merger.lost(), count);
  EXPECT_EQ(merger.malformed(), 0U);
}

TEST(EventWriter, AScopeCutShortDoesNotRunIntoTheNext) {
  Segment segment = Segment::anonymous({4, 64, 1000});
  segment.header().reader_attached.store(1);
  EventWriter writer;
  writer.attach(segment);
  {
    EventScope scope(writer);
    for (std::uint64_t i = 0; i < 100; ++i) scope.emit(EventKind::block, 0x1000, i);
  }
  Merger merger(segment);
  std::vector<Event> out;
  ASSERT_TRUE(drain(merger, out));
  const std::size_t kept = out.size();
  EXPECT_EQ(kept, 63U);  // the stamp takes one
  EXPECT_EQ(merger.lost(), 100 - kept);
  write_one(writer, 1000);
  ASSERT_TRUE(drain(merger, out));
  ASSERT_EQ(out.size(), kept + 1);
  EXPECT_EQ(out[kept - 2].more, 1U);
  EXPECT_EQ(out[kept - 1].more, 0U);
  EXPECT_EQ(merger.malformed(), 0U);
}

TEST(EventWriter, SeveralWritersShareAThreadsRing) {
  Segment segment = patient_segment();
  std::vector<EventWriter> writers(6);  // more than a thread remembers at a time
  for (EventWriter& writer : writers) writer.attach(segment);
  for (std::uint64_t i = 0; i < 60; ++i) write_one(writers[i % writers.size()], i);
  EXPECT_EQ(segment.slot(1).head.load(), 0U);
  Merger merger(segment);
  std::vector<Event> out;
  ASSERT_TRUE(drain(merger, out));
  ASSERT_EQ(out.size(), 60U);
  for (std::uint64_t i = 0; i < 60; ++i) EXPECT_EQ(out[i].size, i);
  EXPECT_EQ(merger.malformed(), 0U);
}

TEST(EventWriter, SeveralSegmentsInOneProcessStayApart) {
  std::vector<Segment> segments;
  for (int i = 0; i < 6; ++i) segments.push_back(patient_segment(2, 1024));
  std::vector<EventWriter> writers(6);
  for (std::size_t i = 0; i < 6; ++i) writers[i].attach(segments[i]);
  for (std::uint64_t i = 0; i < 60; ++i) write_one(writers[i % 6], i);
  for (std::size_t i = 0; i < 6; ++i) {
    Merger merger(segments[i]);
    std::vector<Event> out;
    ASSERT_TRUE(drain(merger, out));
    ASSERT_EQ(out.size(), 10U);
    for (std::uint64_t k = 0; k < 10; ++k) EXPECT_EQ(out[k].size, 6 * k + i);
  }
}

TEST(EventWriter, ThreadsHaveNumbersAndNames) {
  Segment segment = patient_segment();
  EventWriter writer;
  writer.attach(segment);
  std::thread([&] {
    set_this_thread_number(77);
    EXPECT_EQ(this_thread_number(), 77);
    writer.thread_begin("worker seventy-seven, a long name");
    write_one(writer, 1);
    writer.thread_end();
  }).join();
  Merger merger(segment);
  std::vector<Event> out;
  ASSERT_TRUE(drain(merger, out));
  ASSERT_EQ(out.size(), 3U);
  EXPECT_EQ(out[0].kind(), EventKind::thread_start);
  EXPECT_EQ(out[2].kind(), EventKind::thread_end);
  for (const Event& event : out) EXPECT_EQ(event.thread, 77U);
  ASSERT_EQ(merger.threads().size(), 1U);
  EXPECT_EQ(merger.threads()[0].name,
            std::string("worker seventy-seven, a long name").substr(0, 23));
  EXPECT_EQ(merger.threads()[0].number, 77U);
  EXPECT_FALSE(merger.threads()[0].alive);
  EXPECT_EQ(segment.slot(0).state.load(), 0U);  // given back
}

TEST(EventWriter, AThreadThatChangesItsNumberChangesItsSlot) {
  Segment segment = patient_segment();
  EventWriter writer;
  writer.attach(segment);
  std::thread([&] {
    set_this_thread_number(5);
    write_one(writer, 1);
    set_this_thread_number(6);
    write_one(writer, 2);
    set_this_thread_number(6);
    write_one(writer, 3);
  }).join();
  Merger merger(segment);
  std::vector<Event> out;
  ASSERT_TRUE(drain(merger, out));
  const std::vector<Event> allocs = only(out, EventKind::alloc);
  ASSERT_EQ(sizes_of(allocs), (std::vector<std::uint64_t>{1, 2, 3}));
  EXPECT_EQ(allocs[0].thread, 5U);
  EXPECT_EQ(allocs[1].thread, 6U);
  EXPECT_EQ(allocs[2].thread, 6U);
}

TEST(EventWriter, AWalkIsWantedUntilItIsGiven) {
  Segment segment = patient_segment();
  EventWriter writer;
  EXPECT_FALSE(writer.walk_wanted());
  writer.walk_given();
  writer.attach(segment);
  EXPECT_FALSE(writer.walk_wanted());
  segment.header().walk_requested.fetch_add(1);
  EXPECT_TRUE(writer.walk_wanted());
  segment.header().walk_requested.fetch_add(1);  // while the walk is under way
  writer.walk_given();
  EXPECT_TRUE(writer.walk_wanted());
  writer.walk_given();
  EXPECT_FALSE(writer.walk_wanted());
}

TEST(EventWriter, AForkedChildStaysSilent) {
  Segment segment = patient_segment();
  EventWriter writer;
  writer.attach(segment);
  write_one(writer, 1);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    write_one(writer, 2);
    _exit(writer.active() || segment.slot(0).head.load() != 2 ? 1 : 0);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(writer.active());
}

}  // namespace
}  // namespace mh
