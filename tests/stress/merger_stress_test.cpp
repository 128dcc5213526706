// Eight threads write as fast as they can; the merged log must be what happened, call by call.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "unit/event_test_support.hpp"

namespace mh {
namespace {

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr std::uint64_t scopes_per_thread = 30'000;
#else
constexpr std::uint64_t scopes_per_thread = 200'000;
#endif
constexpr std::uint64_t thread_count = 8;
constexpr std::uint64_t total = scopes_per_thread * thread_count;

/// Checks a log in which call number n has n % 3 + 1 events, all with n in their size.
class CallChecker {
 public:
  void check(const Event& event) {
    if (event.kind() != EventKind::block) return;  // threads come and go between calls
    const std::uint64_t last_place = call_ % 3;
    ok_ = ok_ && event.size == call_ && event.address == place_ && event.time >= time_ &&
          event.more == (place_ < last_place ? 1U : 0U) && (place_ == 0 || event.thread == thread_);
    time_ = event.time;
    thread_ = event.thread;
    if (place_++ == last_place) {
      place_ = 0;
      ++call_;
    }
  }
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::uint64_t calls() const { return call_; }

 private:
  std::uint64_t call_ = 0;
  std::uint64_t place_ = 0;
  std::uint64_t time_ = 0;
  std::uint16_t thread_ = 0;
  bool ok_ = true;
};

void run(std::uint32_t ring_records) {
  Segment segment = Segment::anonymous({thread_count, ring_records, 60'000'000});
  segment.header().reader_attached.store(1);
  EventWriter writer;
  writer.attach(segment);
  std::mutex heap;
  std::uint64_t number = 0;  // guarded by heap
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < thread_count; ++t) {
    threads.emplace_back([&] {
      writer.thread_begin("stress");
      for (std::uint64_t i = 0; i < scopes_per_thread; ++i) {
        writer.reserve();
        const std::lock_guard lock(heap);
        EventScope scope(writer);
        const std::uint64_t call = number++;
        for (std::uint64_t k = 0; k <= call % 3; ++k) scope.emit(EventKind::block, k, call);
      }
      writer.thread_end();
    });
  }

  Merger merger(segment);
  CallChecker checker;
  std::vector<Event> out;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(2);
  while (checker.calls() < total && checker.ok() && std::chrono::steady_clock::now() < deadline) {
    merger.poll(out);
    for (const Event& event : out) checker.check(event);
    out.clear();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  // On a failure the writers would wait for a reader that has gone.
  if (checker.calls() < total) segment.header().reader_attached.store(0);
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(checker.ok()) << "near call " << checker.calls();
  EXPECT_EQ(checker.calls(), total);
  EXPECT_EQ(merger.lost(), 0U);
  EXPECT_EQ(merger.malformed(), 0U);
}

TEST(MergerStress, EightThreadsInTotalOrder) {
  run(1U << 15);
}
TEST(MergerStress, EightThreadsInTotalOrderThroughTinyRings) {
  run(256);
}

// Polls without a pause, so that the reader often looks just when a mark goes up. An event that
// comes after a younger one was handed on counts as malformed.
TEST(MergerStress, AReaderThatNeverRestsSeesNothingLate) {
  Segment segment = Segment::anonymous({4, 1U << 12, 60'000'000});
  segment.header().reader_attached.store(1);
  EventWriter first;
  EventWriter second;  // a lock each: only the clock and the marks order the two
  first.attach(segment);
  second.attach(segment);
  auto write = [](EventWriter& writer) {
    for (std::uint64_t i = 0; i < 4 * scopes_per_thread; ++i) {
      writer.reserve();
      write_one(writer, i);
    }
    writer.thread_end();
  };
  std::thread one(write, std::ref(first));
  std::thread other(write, std::ref(second));
  Merger merger(segment);
  std::vector<Event> out;
  std::uint64_t ends = 0;
  std::uint64_t events = 0;
  std::uint64_t last = 0;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(2);
  while (ends < 2 && std::chrono::steady_clock::now() < deadline) {
    out.clear();
    events += merger.poll(out);
    for (const Event& event : out) {
      ends += event.kind() == EventKind::thread_end ? 1 : 0;
      EXPECT_GE(event.time, last);
      last = event.time;
    }
  }
  if (ends < 2) segment.header().reader_attached.store(0);
  one.join();
  other.join();
  EXPECT_EQ(events, 8 * scopes_per_thread + 2);
  EXPECT_EQ(merger.malformed(), 0U);
  EXPECT_EQ(merger.lost(), 0U);
}

}  // namespace
}  // namespace mh
