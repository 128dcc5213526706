// The order of the merged log: handoffs, watermark, calls that stay together, bounded polls.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <semaphore>
#include <thread>
#include <vector>

#include "unit/event_test_support.hpp"

namespace mh {
namespace {

TEST(MergerOrder, TwoThreadsThatHandBlocksOverAppearInTheTrueOrder) {
#if defined(__SANITIZE_THREAD__)
  constexpr std::uint64_t handoffs = 50'000;
#else
  constexpr std::uint64_t handoffs = 400'000;
#endif
  Segment segment = patient_segment(4, 1U << 10);
  EventWriter writer;
  writer.attach(segment);
  std::mutex heap;
  std::uint64_t number = 0;  // guarded by heap
  auto work = [&] {
    while (true) {
      writer.reserve();
      const std::lock_guard lock(heap);
      if (number == handoffs) return;
      write_one(writer, number++);
    }
  };
  std::thread first(work);
  std::thread second(work);
  Merger merger(segment);
  std::vector<Event> out;
  EXPECT_TRUE(poll_until(merger, out, [&] { return out.size() >= handoffs; }));
  first.join();
  second.join();
  ASSERT_EQ(out.size(), handoffs);
  for (std::uint64_t i = 0; i < handoffs; ++i) {
    ASSERT_EQ(out[i].size, i);
    ASSERT_GE(out[i].time, out[i == 0 ? 0 : i - 1].time);
  }
  EXPECT_EQ(merger.lost() + merger.malformed(), 0U);
}

/// A thread that does one thing at a time when it is told to, and can be left in the middle of it.
class Puppet {
 public:
  explicit Puppet(EventWriter& writer) : writer_(&writer), thread_([this] { run(); }) {}
  ~Puppet() {
    act(Act::quit);
    thread_.join();
  }
  Puppet(const Puppet&) = delete;
  Puppet& operator=(const Puppet&) = delete;

  void write(std::uint64_t number) {
    number_ = number;
    act(Act::write);
  }
  /// Raises the mark and stamps; nothing is published before close().
  void open(std::uint64_t number) {
    number_ = number;
    act(Act::open);
  }
  void close() { act(Act::close); }

 private:
  enum class Act { write, open, close, quit };

  void act(Act what) {
    what_ = what;
    go_.release();
    done_.acquire();
  }
  void run() {
    std::unique_ptr<EventScope> scope;
    while (true) {
      go_.acquire();
      const Act what = what_;
      if (what == Act::write) write_one(*writer_, number_);
      if (what == Act::open) {
        scope = std::make_unique<EventScope>(*writer_);
        scope->emit(EventKind::alloc, 0x1000, number_);
      }
      if (what == Act::close) scope.reset();
      done_.release();
      if (what == Act::quit) return;
    }
  }

  EventWriter* writer_;
  Act what_ = Act::quit;
  std::uint64_t number_ = 0;
  std::binary_semaphore go_{0};
  std::binary_semaphore done_{0};
  std::thread thread_;
};

TEST(MergerOrder, AnIdleRingHoldsNobodyBack) {
  Segment segment = patient_segment();
  EventWriter writer;
  writer.attach(segment);
  Puppet idle(writer);
  Puppet busy(writer);
  idle.write(0);
  Merger merger(segment);
  std::vector<Event> out;
  for (std::uint64_t i = 1; i <= 1000; ++i) {
    busy.write(i);
    merger.poll(out);
    ASSERT_EQ(out.size(), i + 1);  // at once: what was written before the poll comes out of it
  }
}

TEST(MergerOrder, APreemptedWriterHoldsBackWhatIsYounger) {
  Segment segment = patient_segment();
  EventWriter writer;
  writer.attach(segment);
  Puppet preempted(writer);
  Puppet running(writer);
  Merger merger(segment);
  std::vector<Event> out;

  preempted.write(0);
  running.write(1);
  merger.poll(out);
  EXPECT_EQ(out.size(), 2U);

  merger.poll(out);
  preempted.open(2);
  const std::uint64_t opened = merger.to_ns(clock_now());
  for (std::uint64_t i = 3; i < 100; ++i) running.write(i);
  for (int i = 0; i < 100; ++i) {  // also over the 50 ms after which its life is in doubt
    merger.poll(out);
    ASSERT_EQ(out.size(), 2U);
    ASSERT_LT(merger.released_until_ns(), opened);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  preempted.close();
  merger.poll(out);
  ASSERT_EQ(out.size(), 100U);
  for (std::uint64_t i = 0; i < 100; ++i) EXPECT_EQ(out[i].size, i);
  EXPECT_GE(merger.released_until_ns(), opened);
}

TEST(MergerOrder, APreemptedWriterDoesNotHoldBackWhatIsOlder) {
  Segment segment = patient_segment();
  EventWriter writer;
  writer.attach(segment);
  Puppet preempted(writer);
  Puppet running(writer);
  Merger merger(segment);
  std::vector<Event> out;
  preempted.write(0);
  running.write(1);
  merger.poll(out, 1);  // takes too little to hand on both; its clock is younger than both
  ASSERT_LT(out.size(), 2U);
  preempted.open(2);
  running.write(3);
  for (int i = 0; i < 10; ++i) merger.poll(out);
  EXPECT_EQ(sizes_of(out), (std::vector<std::uint64_t>{0, 1}));
  preempted.close();
  merger.poll(out);
  EXPECT_EQ(sizes_of(out), (std::vector<std::uint64_t>{0, 1, 2, 3}));
}

// Stopped after the mark was raised and before the clock was read: there is nothing in the ring
// yet.
TEST(MergerOrder, AMarkWithoutRecordsHoldsBackToo) {
  Segment segment = patient_segment();
  EventWriter writer;
  writer.attach(segment);
  Puppet preempted(writer);
  Puppet running(writer);
  preempted.write(0);
  running.write(1);
  Merger merger(segment);
  std::vector<Event> out;
  merger.poll(out);
  ASSERT_EQ(out.size(), 2U);
  ThreadSlot& slot = segment.slot(0);
  slot.in_flight.fetch_add(1);
  running.write(2);
  for (int i = 0; i < 10; ++i) merger.poll(out);
  EXPECT_EQ(out.size(), 2U);
  slot.in_flight.fetch_add(1);
  merger.poll(out);
  EXPECT_EQ(out.size(), 3U);
}

// A busy thread can be seen with its mark up at every poll, always in another scope.
TEST(MergerOrder, AWriterThatIsAlwaysInAScopeHoldsBackOnePoll) {
  Segment segment = patient_segment();
  EventWriter writer;
  writer.attach(segment);
  Puppet busy(writer);
  Merger merger(segment);
  std::vector<Event> out;
  for (std::uint64_t i = 0; i < 50; ++i) {
    busy.open(i);
    merger.poll(out);
    ASSERT_EQ(out.size(), i);  // all before the open one
    busy.close();
  }
}

TEST(MergerOrder, ACallThatIsHandedOnInPartsStaysTogether) {
  Segment segment = patient_segment();
  EventWriter writer;
  writer.attach(segment);
  Puppet other(writer);
  auto write_call = [&](std::uint64_t call) {
    EventScope scope(writer);
    for (std::uint64_t i = 0; i < 10; ++i) scope.emit(EventKind::block, i, call);
  };
  for (std::uint64_t call = 0; call < 20; call += 2) {
    write_call(call);
    other.write(call + 1);
  }
  Merger merger(segment);
  for (std::size_t limit : {1U, 3U, 7U}) {
    std::vector<Event> out;
    for (int polls = 0; out.size() < 110 && polls < 1000; ++polls) {
      const std::size_t before = out.size();
      const std::size_t count = merger.poll(out, limit);
      ASSERT_EQ(out.size(), before + count);
      ASSERT_LE(count, limit + 2);  // and what two rings had ready from the poll before
    }
    ASSERT_EQ(out.size(), 110U);
    for (std::size_t i = 0; i < out.size(); ++i) {
      const std::size_t pair = i / 11;
      const std::size_t place = i % 11;
      ASSERT_EQ(out[i].size, 2 * pair + (place == 10 ? 1 : 0));
      ASSERT_EQ(out[i].more, place < 9 ? 1U : 0U);
    }
    for (std::uint64_t call = 0; call < 20; call += 2) {
      write_call(call);
      other.write(call + 1);
    }
  }
}

// released_until must never promise an event that a later poll hands on.
RC_GTEST_PROP(MergerOrder, ReleasedUntilDoesNotRunAhead, ()) {
  Segment segment = patient_segment(4, 1024);
  EventWriter writer;
  writer.attach(segment);
  Puppet other(writer);
  Merger merger(segment);
  std::vector<Event> out;
  const auto steps = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 6));
  std::uint64_t number = 0;
  std::uint64_t promised = 0;
  for (const int step : steps) {
    if (step < 2) write_one(writer, number++);
    if (step == 2 || step == 3) other.write(number++);
    if (step < 4) continue;
    const std::size_t before = out.size();
    merger.poll(out, static_cast<std::size_t>(step == 4 ? 1 : 3));
    for (std::size_t i = before; i < out.size(); ++i) RC_ASSERT(out[i].time > promised);
    RC_ASSERT(merger.released_until_ns() >= promised);
    promised = merger.released_until_ns();
  }
  RC_ASSERT(drain(merger, out));
  RC_ASSERT(out.size() == number);
  for (std::uint64_t i = 0; i < number; ++i) RC_ASSERT(out[i].size == i);
}

TEST(MergerOrder, TimesFollowTheSystemsClock) {
  Segment segment = patient_segment();
  EventWriter writer;
  writer.attach(segment);
  const std::uint64_t begin = segment.header().clock_ns;
  Merger merger(segment);
  std::uint64_t last = 0;
  for (int i = 0; i < 100; ++i) {
    const ClockPair now = clock_pair();
    const std::uint64_t ns = merger.to_ns(now.ticks);
    EXPECT_NEAR(static_cast<double>(ns), static_cast<double>(now.ns - begin), 1e6);
    EXPECT_GE(ns, last);
    last = ns;
  }
  EXPECT_EQ(merger.to_ns(0), 0U);
  EXPECT_EQ(merger.to_ns(~0ULL), (1ULL << 47) - 1);
}

TEST(MergerOrder, ToNsNeverFalls) {
  const Segment segment = patient_segment();
  Segment source = patient_segment();
  const Merger merger(source);
  const std::uint64_t start = source.header().clock_ticks;
  rc::check([&](std::uint32_t shift) {
    const std::uint64_t at = start + *rc::gen::inRange<std::uint64_t>(0, 1ULL << (shift % 60 + 1));
    for (std::uint64_t i = 0; i < 20; ++i)
      RC_ASSERT(merger.to_ns(at + i) <= merger.to_ns(at + i + 1));
  });
}

}  // namespace
}  // namespace mh
