// The recorder on a real heap: log, picture and keyframes agree with it, and what does not agree is
// seen.

#include "app/model/recorder.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <ctime>
#include <thread>

#include "unit/model_test_support.hpp"

namespace mh::test {
namespace {

using State = Verdict::State;

Recorder::Options options(std::size_t region_blocks = 32768, double check_interval = 0.01) {
  Recorder::Options chosen;
  chosen.log_bytes = 0;  // the least: two chunks
  chosen.region_blocks = region_blocks;
  chosen.check_interval = check_interval;
  return chosen;
}

std::vector<PictureBlock> picture_blocks(Recorder& recorder) {
  return blocks_of(recorder.read().picture());
}

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

TEST(Recorder, AnEmptyHeapIsEqual) {
  HeapSource source;
  Recorder recorder(source, options());
  EXPECT_TRUE(recorder.drain(second));
  EXPECT_EQ(recorder.end(), 0U);
  EXPECT_EQ(recorder.check_now(5 * second).state, State::equal);
  EXPECT_TRUE(picture_blocks(recorder).empty());
}

TEST(Recorder, BeginsWithWhatTheHeapHolds) {
  HeapSource source;
  void* before = source.heap().allocate(100);
  source.heap().allocate(50);
  source.heap().release(before);
  Recorder recorder(source, options());
  const auto blocks = picture_blocks(recorder);
  ASSERT_EQ(blocks.size(), 2U);
  EXPECT_FALSE(blocks[0].used);
  EXPECT_EQ(blocks[1].requested, 50U);
  EXPECT_EQ(blocks[1].thread, this_thread_number());
  EXPECT_EQ(recorder.check_now(5 * second).state, State::equal);
}

TEST(Recorder, DrainBringsEveryCallIntoTheLog) {
  HeapSource source;
  Recorder recorder(source, options());
  for (int i = 0; i < 100; ++i) {
    void* block = source.heap().allocate(16);
    ASSERT_TRUE(recorder.drain(5 * second));
    const Recorder::Reading reading = recorder.read();
    const auto shown = reading.picture().block_at(header_address(block));
    ASSERT_TRUE(shown && shown->used);
    ASSERT_EQ(reading.log().end(), recorder.end());
    ASSERT_EQ(reading.log().at(reading.log().end() - 1).kind(), EventKind::alloc);
    ASSERT_EQ(reading.log().at(reading.log().end() - 1).more, 0U);
    ASSERT_LE(reading.picture().time(), recorder.now_ns());
  }
  const Recorder::Reading reading = recorder.read();
  ASSERT_FALSE(reading.history().samples().empty());
  EXPECT_EQ(reading.history().samples().back().event, reading.log().end() - 1);
  EXPECT_FALSE(reading.threads().empty());
}

TEST(Recorder, ComesToAVerdictByItself) {
  HeapSource source;
  Recorder recorder(source, options(16));
  RandomWork work(source.heap(), 1, 300);
  work.do_calls(2000);
  ASSERT_TRUE(recorder.drain(5 * second));
  const std::size_t blocks = picture_blocks(recorder).size();
  EXPECT_GT(blocks, 32U) << "the test wants several regions";
  EXPECT_TRUE(eventually([&] {
    const Verdict verdict = recorder.verdict();
    return verdict.state == State::equal && verdict.blocks == blocks;
  }));
  EXPECT_GT(recorder.verdict().round_seconds, 0.0);
}

TEST(Recorder, NeverDiffersWhileThreadsWork) {
  HeapSource source;
  Recorder recorder(source, options(64, 0.001));
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < 3; ++i) {
    threads.emplace_back([&, i] {
      RandomWork work(source.heap(), i, 200);
      while (!stop) work.do_calls(10);
    });
  }
  std::uint64_t verdicts = 0;
  std::uint64_t last_checked = 0;
  const std::uint64_t until = monotonic_ns() + second;
  while (monotonic_ns() < until) {
    const Verdict verdict = recorder.verdict();
    EXPECT_NE(verdict.state, State::different) << verdict.difference;
    verdicts += verdict.checked_ns != last_checked ? 1 : 0;
    last_checked = verdict.checked_ns;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(verdicts, 3U);
  const Verdict last = recorder.check_now(10 * second);
  EXPECT_EQ(last.state, State::equal) << last.difference;
}

TEST(Recorder, SeesForeignMemory) {
  HeapSource source;
  Recorder recorder(source, options());
  source.heap().allocate(100);
  ASSERT_TRUE(source.somebody_elses_sbrk(4096));
  void* last = source.heap().allocate(100000);
  ASSERT_TRUE(recorder.drain(5 * second));
  EXPECT_GE(recorder.read().picture().totals().foreign, 4096U);
  EXPECT_EQ(recorder.check_now(5 * second).state, State::equal);
  source.heap().release(last);
  EXPECT_EQ(recorder.check_now(5 * second).state, State::equal);
}

// ---- The check itself ----

class RecorderCheck : public testing::Test {
 protected:
  RecorderCheck() {
    work.do_calls(500);
    EXPECT_TRUE(recorder.drain(5 * second));
  }
  bool comes_to(State state) {
    return eventually([&] { return recorder.verdict().state == state; });
  }
  HeapSource source;
  Recorder recorder{source, options(16)};
  RandomWork work{source.heap(), 5};
};

TEST_F(RecorderCheck, ADamagedPictureTurnsRedAndAFreshWalkGreenAgain) {
  ASSERT_TRUE(comes_to(State::equal));
  recorder.corrupt_picture_for_test();
  ASSERT_TRUE(comes_to(State::different)) << "without being asked";
  const Verdict verdict = recorder.check_now(5 * second);
  EXPECT_EQ(verdict.state, State::different);
  EXPECT_NE(verdict.difference.find("heap says used"), std::string::npos) << verdict.difference;
  EXPECT_NE(verdict.difference.find("picture says free"), std::string::npos) << verdict.difference;
  EXPECT_NE(verdict.difference.find("block 0x"), std::string::npos) << verdict.difference;
  source.heap().announce();
  EXPECT_TRUE(comes_to(State::equal));
  EXPECT_EQ(recorder.check_now(5 * second).state, State::equal);
}

TEST_F(RecorderCheck, ADamagedPictureIsGreenAgainAfterClear) {
  ASSERT_TRUE(comes_to(State::equal));
  recorder.corrupt_picture_for_test();
  EXPECT_EQ(recorder.check_now(5 * second).state, State::different);
  recorder.clear();
  EXPECT_NE(recorder.verdict().state, State::different);
  EXPECT_TRUE(comes_to(State::equal));
  EXPECT_EQ(recorder.verdict().difference, "");
}

TEST_F(RecorderCheck, DamageIsSeenInAnEmptyHeapToo) {
  work.free_all();
  EXPECT_EQ(recorder.check_now(5 * second).state, State::equal);
  ASSERT_TRUE(picture_blocks(recorder).empty());
  recorder.corrupt_picture_for_test();
  const Verdict verdict = recorder.check_now(5 * second);
  EXPECT_EQ(verdict.state, State::different);
  EXPECT_EQ(verdict.difference.substr(0, 6), "break:");
}

TEST_F(RecorderCheck, AStrayWriteIntoTheHeapIsSeenWhileNothingHappens) {
  ASSERT_TRUE(comes_to(State::equal));
  const std::uint64_t end = recorder.end();
  auto* const size = reinterpret_cast<std::uint64_t*>(header_address(work.live().front()));
  *size ^= 1U << 20;
  EXPECT_EQ(recorder.check_now(5 * second).state, State::different);
  *size ^= 1U << 20;
  EXPECT_TRUE(comes_to(State::equal)) << "looked at again though no event came";
  EXPECT_EQ(recorder.end(), end);
}

TEST_F(RecorderCheck, LostEventsMakeItUncheckedUntilAFreshWalkRepairsIt) {
  Segment::Options tiny;
  tiny.ring_records = 64;
  tiny.patience_us = 0;
  HeapSource small(tiny);
  Recorder reader(small, options());
  RandomWork calls(small.heap(), 9, 50);
  EXPECT_EQ(reader.check_now(5 * second).state, State::equal);
  {
    const Recorder::Reading held_still = reader.read();
    calls.do_calls(2000);
  }
  ASSERT_TRUE(eventually([&] { return reader.lost() > 0; }));
  // Nobody calls the allocator, so nobody gives the walk.
  EXPECT_EQ(reader.check_now(second / 5).state, State::unchecked);
  EXPECT_EQ(reader.verdict().state, State::unchecked);
  // A walk that is longer than the ring needs a writer that waits for the reader.
  small.segment().header().patience_us.store(1'000'000);
  small.heap().announce();
  EXPECT_EQ(reader.check_now(10 * second).state, State::equal);
  EXPECT_TRUE(eventually([&] { return reader.verdict().state == State::equal; }));
}

TEST_F(RecorderCheck, TheNextCallRepairsWhatWasLost) {
  Segment::Options tiny;
  tiny.ring_records = 256;
  tiny.patience_us = 0;
  HeapSource small(tiny);
  Recorder reader(small, options());
  RandomWork calls(small.heap(), 9, 20);  // so few blocks that a walk fits into the ring
  {
    const Recorder::Reading held_still = reader.read();
    calls.do_calls(2000);
  }
  ASSERT_TRUE(eventually([&] { return reader.lost() > 0; }));
  ASSERT_TRUE(eventually([&] { return small.segment().header().walk_requested.load() > 0; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(20));  // the ring is empty again
  calls.do_calls(1);
  EXPECT_TRUE(eventually([&] { return reader.verdict().state == State::equal; }));
}

// ---- Recordings ----

TEST(Recorder, ClearBeginsARecordingWithTheHeapAsItIs) {
  HeapSource source;
  Recorder recorder(source, options());
  RandomWork work(source.heap(), 3);
  work.do_calls(300);
  void* named = source.heap().allocate(77);
  source.heap().name_block(named, "p");
  recorder.drain(5 * second);
  const auto before = picture_blocks(recorder);
  recorder.clear();
  EXPECT_EQ(recorder.end(), 0U);
  {
    const Recorder::Reading reading = recorder.read();
    EXPECT_EQ(reading.log().begin(), 0U);
    EXPECT_TRUE(reading.history().samples().empty());
    EXPECT_EQ(reading.oldest_position(), 0U);
    EXPECT_EQ(reading.picture().label(header_address(named)), "p");
    EXPECT_EQ(blocks_of(reading.keyframe(0).second).size(), before.size());
  }
  work.do_calls(300);
  EXPECT_EQ(recorder.check_now(5 * second).state, State::equal);
  EXPECT_GT(recorder.end(), 0U);
}

TEST(Recorder, ResetAndClearLeaveAnEmptyHeap) {
  HeapSource source;
  Recorder recorder(source, options());
  for (int round = 0; round < 20; ++round) {
    RandomWork work(source.heap(), 3);
    work.do_calls(200);
    source.heap().reset();
    recorder.clear();
    EXPECT_EQ(recorder.end(), 0U);
    EXPECT_TRUE(picture_blocks(recorder).empty());
    EXPECT_EQ(recorder.check_now(5 * second).state, State::equal);
  }
}

TEST(Recorder, KeyframesReachEveryPositionFromTheOldestOn) {
  HeapSource source;
  Recorder recorder(source, options());
  RandomWork work(source.heap(), 3);
  for (int i = 0; i < 7; ++i) {
    work.do_calls(15000);
    ASSERT_TRUE(recorder.drain(10 * second));
    const Recorder::Reading reading = recorder.read();
    const EventLog& log = reading.log();
    ASSERT_GE(reading.oldest_position(), log.begin());
    ASSERT_LE(reading.oldest_position(), log.end());
    const std::uint64_t middle =
        reading.oldest_position() + (log.end() - reading.oldest_position()) / 2;
    for (const std::uint64_t wanted :
         {std::uint64_t{0}, reading.oldest_position(), middle, log.end()}) {
      auto [position, picture] = reading.keyframe(wanted);
      ASSERT_LE(position, std::max(wanted, reading.oldest_position()));
      for (; position < log.end(); ++position) ASSERT_TRUE(picture.apply(log.at(position)));
      ASSERT_EQ(blocks_of(picture), blocks_of(reading.picture()));
      // Replaying gives the same versions: a view may go by them across live and past.
      ASSERT_EQ(picture.version(0, ~0ULL), reading.picture().version(0, ~0ULL));
    }
  }
  EXPECT_GT(recorder.read().log().begin(), 0U) << "the test wants dropped chunks";
}

TEST(Recorder, TheRateRisesAndFallsToZero) {
  HeapSource source;
  Recorder recorder(source, options());
  EXPECT_EQ(recorder.events_per_second(), 0.0);
  RandomWork work(source.heap(), 3);
  work.do_calls(1000);
  EXPECT_TRUE(eventually([&] { return recorder.events_per_second() > 500; }));
  EXPECT_TRUE(eventually([&] { return recorder.events_per_second() <= 0; }));
}

TEST(Recorder, WakesTheWindowButNotTooOften) {
  HeapSource source;
  std::atomic<unsigned> woken{0};
  Recorder recorder(source, options());
  recorder.set_wake([](void* counter) { ++*static_cast<std::atomic<unsigned>*>(counter); }, &woken);
  ASSERT_TRUE(eventually([&] { return recorder.verdict().state == State::equal; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  unsigned before = woken;
  recorder.corrupt_picture_for_test();
  EXPECT_TRUE(eventually([&] { return woken > before; })) << "the verdict changed";
  before = woken;
  source.heap().allocate(10);
  EXPECT_TRUE(eventually([&] { return woken > before; }));

  const std::uint64_t start = monotonic_ns();
  const unsigned first = woken;
  RandomWork work(source.heap(), 3);
  while (monotonic_ns() < start + second / 2) work.do_calls(100);
  const double seconds = static_cast<double>(monotonic_ns() - start) * 1e-9;
  EXPECT_LE(woken - first, 120 * seconds + 2);
  recorder.set_wake(nullptr, nullptr);
}

TEST(Recorder, CostsNextToNothingWhenNothingHappens) {
  HeapSource source;
  Recorder recorder(source, options(32768, 0.2));
  RandomWork work(source.heap(), 3, 1000);
  work.do_calls(5000);
  ASSERT_TRUE(eventually([&] { return recorder.verdict().state == State::equal; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  const double before = cpu_seconds();
  std::this_thread::sleep_for(std::chrono::seconds(1));
  EXPECT_LT(cpu_seconds() - before, 0.03);
}

TEST(Recorder, ReadersAreNotStarvedByAFlood) {
  HeapSource source;
  Recorder recorder(source, options());
  std::atomic<bool> stop{false};
  std::thread worker([&] {
    RandomWork work(source.heap(), 3);
    while (!stop) work.do_calls(100);
  });
  std::uint64_t readings = 0;
  const std::uint64_t until = monotonic_ns() + second / 2;
  while (monotonic_ns() < until) {
    const Recorder::Reading reading = recorder.read();
    readings += reading.log().end() >= reading.log().begin() ? 1 : 0;
  }
  stop = true;
  worker.join();
  EXPECT_GT(readings, 25U);
}

}  // namespace
}  // namespace mh::test
