// Threads that come, go and die; readers that come and go.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "unit/event_test_support.hpp"

namespace mh {
namespace {

const ThreadInfo* find_thread(const Merger& merger, std::uint16_t number) {
  for (const ThreadInfo& info : merger.threads()) {
    if (info.number == number) return &info;
  }
  return nullptr;
}

bool unused(const Segment& segment, std::uint32_t index) {
  return segment.slot(index).state.load() == static_cast<std::uint32_t>(SlotState::unused);
}

TEST(MergerThreads, AThreadThatNeverSaysGoodbyeIsNoticed) {
  Segment segment = patient_segment();
  EventWriter writer;
  writer.attach(segment);
  std::thread([&] {
    set_this_thread_number(9);
    write_one(writer, 1);
  }).join();
  Merger merger(segment);
  std::vector<Event> out;
  ASSERT_TRUE(poll_until(merger, out, [&] { return unused(segment, 0); }));
  ASSERT_EQ(out.size(), 2U);
  EXPECT_EQ(out[0].kind(), EventKind::alloc);
  EXPECT_EQ(out[1].kind(), EventKind::thread_end);  // the reader says it instead
  EXPECT_EQ(out[1].thread, 9U);
  EXPECT_GE(out[1].time, out[0].time);
  ASSERT_NE(find_thread(merger, 9), nullptr);
  EXPECT_FALSE(find_thread(merger, 9)->alive);
}

TEST(MergerThreads, AnIdleThreadThatLivesIsLeftAlone) {
  Segment segment = patient_segment();
  EventWriter writer;
  writer.attach(segment);
  write_one(writer, 1);
  Merger merger(segment);
  std::vector<Event> out;
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(1300);
  while (std::chrono::steady_clock::now() < end) {
    merger.poll(out);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_EQ(out.size(), 1U);
  EXPECT_FALSE(unused(segment, 0));
}

TEST(MergerThreads, AThreadThatDiesInAScopeDoesNotBlock) {
  Segment segment = patient_segment();
  EventWriter writer;
  writer.attach(segment);
  std::thread([&] {
    write_one(writer, 1);
    // What a thread leaves behind that is killed in a scope: its mark stays up.
    segment.slot(0).in_flight.fetch_add(1);
  }).join();
  write_one(writer, 2);
  Merger merger(segment);
  std::vector<Event> out;
  ASSERT_TRUE(poll_until(merger, out, [&] { return only(out, EventKind::alloc).size() == 2; }));
  ASSERT_TRUE(poll_until(merger, out, [&] { return unused(segment, 0); }));
  EXPECT_EQ(only(out, EventKind::thread_end).size(), 1U);
  EXPECT_EQ(segment.slot(0).in_flight.load() % 2, 0U);

  // The slot serves its next owner as if nothing had been.
  std::thread([&] {
    write_one(writer, 3);
    writer.thread_end();
  }).join();
  EXPECT_EQ(segment.slot(0).head.load(), 5U);  // twice stamp and alloc, and the end
  ASSERT_TRUE(drain(merger, out));
  const std::vector<Event> allocs = only(out, EventKind::alloc);
  ASSERT_EQ(allocs.size(), 3U);
  EXPECT_EQ(allocs[2].size, 3U);
}

TEST(MergerThreads, AProcessKilledInAScopeDoesNotBlock) {
  const int file = memfd_create("segment", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  Segment segment = Segment::create(file, {8, 1024, 10'000'000});
  segment.header().reader_attached.store(1);
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);

  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    EventWriter writer;
    writer.attach(segment);
    write_one(writer, 1);
    EventScope scope(writer);
    scope.emit(EventKind::alloc, 0x1000, 2);
    if (write(ready[1], "r", 1) != 1) _exit(1);
    while (true) pause();
  }
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  EventWriter writer;
  writer.attach(segment);
  write_one(writer, 3);

  Merger merger(segment);
  std::vector<Event> out;
  for (int i = 0; i < 150; ++i) {
    merger.poll(out);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_EQ(std::count_if(out.begin(), out.end(), [](const Event& e) { return e.size == 3; }), 0);
  EXPECT_FALSE(unused(segment, 0));  // it lives: nobody may take its slot

  kill(child, SIGKILL);
  EXPECT_TRUE(
      poll_until(merger, out, [&] { return unused(segment, 0); }));  // not yet waited for: a zombie
  EXPECT_EQ(waitpid(child, nullptr, 0), child);
  ASSERT_TRUE(drain(merger, out));
  EXPECT_EQ(sizes_of(only(out, EventKind::alloc)), (std::vector<std::uint64_t>{1, 3}));
  EXPECT_EQ(only(out, EventKind::thread_end).size(), 1U);
  EXPECT_EQ(merger.malformed(), 0U);
  close(ready[0]);
  close(ready[1]);
  close(file);
}

// The child of a fork shares the segment, and gets a slot of its own when it attaches anew.
TEST(MergerThreads, AChildThatAttachesAnewHasItsOwnSlot) {
  const int file = memfd_create("segment", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  Segment segment = Segment::create(file, {8, 1024, 10'000'000});
  segment.header().reader_attached.store(1);
  EventWriter writer;
  writer.attach(segment);
  write_one(writer, 1);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    write_one(writer, 100);  // refused: still the parent's
    writer.attach(segment);
    write_one(writer, 2);
    _exit(0);
  }
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  write_one(writer, 3);
  EXPECT_EQ(segment.slot(0).head.load(), 3U + (segment.ring(0)[2].kind() == EventKind::stamp));
  EXPECT_EQ(segment.slot(1).head.load(), 2U);
  Merger merger(segment);
  std::vector<Event> out;
  ASSERT_TRUE(drain(merger, out));
  EXPECT_EQ(sizes_of(only(out, EventKind::alloc)), (std::vector<std::uint64_t>{1, 2, 3}));
  close(file);
}

TEST(MergerThreads, ThousandsOfShortThreadsShareSixteenSlots) {
#if defined(__SANITIZE_THREAD__)
  constexpr std::uint64_t count = 1000;
#else
  constexpr std::uint64_t count = 4000;
#endif
  Segment segment = patient_segment(16, 64);
  EventWriter writer;
  writer.attach(segment);
  Merger merger(segment);
  std::vector<Event> out;
  std::mutex heap;
  std::uint64_t number = 0;  // guarded by heap
  std::atomic<bool> finished{false};
  std::thread spawner([&] {
    for (std::uint64_t i = 0; i < count; i += 4) {
      std::vector<std::thread> threads;
      for (std::uint64_t k = 0; k < 4; ++k) {
        threads.emplace_back([&] {
          writer.thread_begin("short");
          for (int event = 0; event < 5; ++event) {
            const std::lock_guard lock(heap);
            write_one(writer, number++);
          }
          writer.thread_end();
        });
      }
      for (std::thread& thread : threads) thread.join();
    }
    finished.store(true);
  });
  EXPECT_TRUE(poll_until(merger, out, [&] { return finished.load(); }));
  spawner.join();
  ASSERT_TRUE(drain(merger, out));
  ASSERT_TRUE(poll_until(merger, out, [&] {
    for (std::uint32_t i = 0; i < 16; ++i) {
      if (!unused(segment, i)) return false;
    }
    return true;
  }));
  // They wait for the slots of threads before them: nothing is lost.
  EXPECT_EQ(merger.lost(), 0U);
  EXPECT_EQ(merger.malformed(), 0U);
  const std::vector<Event> allocs = only(out, EventKind::alloc);
  ASSERT_EQ(allocs.size(), count * 5);
  for (std::size_t i = 1; i < allocs.size(); ++i) ASSERT_GT(allocs[i].size, allocs[i - 1].size);
  EXPECT_EQ(only(out, EventKind::thread_start).size(), count);
  EXPECT_EQ(only(out, EventKind::thread_end).size(), count);
  for (const ThreadInfo& info : merger.threads()) EXPECT_FALSE(info.alive);
}

// A reader that was killed gives no slot back. Threads wait for it once, not each of them.
TEST(MergerThreads, ThreadsWaitOnceForAReaderThatIsGone) {
  Segment segment = Segment::anonymous({2, 64, 100'000});
  segment.header().reader_attached.store(1);
  EventWriter writer;
  writer.attach(segment);
  const std::uint64_t before = monotonic_ns();
  for (int i = 0; i < 100; ++i) {
    std::thread([&] {
      writer.reserve();
      write_one(writer, 1);
      writer.thread_end();
    }).join();
  }
  const std::uint64_t waited = monotonic_ns() - before;
  EXPECT_GE(waited, 100'000'000U);
  EXPECT_LT(waited, 5'000'000'000U);  // 98 waits would take 9.8 seconds
}

TEST(MergerThreads, AFullTableCountsAndRecovers) {
  Segment segment = patient_segment(1);
  EventWriter writer;
  writer.attach(segment);
  write_one(writer, 1);
  std::thread([&] {
    writer.thread_begin("too many");
    for (std::uint64_t i = 0; i < 9; ++i) {
      writer.reserve();
      EventScope scope(writer);
      scope.emit(EventKind::alloc, 0x1000, i);
      EXPECT_GT(scope.stamp(), 0U);
    }
    writer.thread_end();
  }).join();
  Merger merger(segment);
  std::vector<Event> out;
  ASSERT_TRUE(drain(merger, out));
  EXPECT_EQ(out.size(), 1U);
  EXPECT_EQ(merger.lost(), 10U);  // with its start; who has no slot says nothing of an end

  writer.thread_end();
  ASSERT_TRUE(drain(merger, out));
  std::thread([&] {
    write_one(writer, 2);
    writer.thread_end();
  }).join();
  ASSERT_TRUE(drain(merger, out));
  EXPECT_EQ(sizes_of(only(out, EventKind::alloc)), (std::vector<std::uint64_t>{1, 2}));
}

// The thread that was refused tries again once the reader gave a slot back, not at each event.
TEST(MergerThreads, ARefusedThreadFindsASlotLater) {
  Segment segment = patient_segment(1);
  EventWriter writer;
  writer.attach(segment);
  std::thread([&] { write_one(writer, 1); }).join();  // dies without a word, and keeps the slot
  Merger merger(segment);
  std::vector<Event> out;
  std::uint64_t written = 1;
  const bool found = poll_until(merger, out, [&] {
    write_one(writer, ++written);
    return segment.slot(0).state.load() == static_cast<std::uint32_t>(SlotState::active) &&
           only(out, EventKind::alloc).size() > 1;
  });
  EXPECT_TRUE(found);
  ASSERT_TRUE(drain(merger, out));
  EXPECT_EQ(only(out, EventKind::alloc).size() + merger.lost(), written);
}

TEST(MergerThreads, AnotherReaderGoesOnWhereTheFirstStopped) {
  Segment segment = patient_segment();
  EventWriter writer;
  writer.attach(segment);
  std::vector<std::uint64_t> stamps;
  auto write_ten = [&] {
    for (int i = 0; i < 10; ++i) {
      EventScope scope(writer);
      scope.emit(EventKind::alloc, 0x1000, stamps.size());
      stamps.push_back(scope.stamp());
    }
  };
  std::vector<Event> out;
  {
    Merger first(segment);
    write_ten();
    ASSERT_TRUE(drain(first, out));
    write_ten();
    first.poll(out, 3);  // reads ahead of what it hands on
  }
  const std::size_t by_first = out.size();
  ASSERT_GT(by_first, 9U);
  ASSERT_LT(by_first, 20U);
  write_ten();
  Merger second(segment);
  ASSERT_TRUE(drain(second, out));
  ASSERT_EQ(out.size(), 30U);
  for (std::uint64_t i = 0; i < 30; ++i) EXPECT_EQ(out[i].size, i);
  // The deltas go on from a stamp that only the first reader saw.
  for (std::size_t i = by_first; i < 30; ++i) EXPECT_EQ(out[i].time, second.to_ns(stamps[i]));
  EXPECT_EQ(second.malformed(), 0U);
}

}  // namespace
}  // namespace mh
