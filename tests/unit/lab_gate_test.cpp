// The gate that all workers pass: open, closed, so many a second.

#include "app/sources/gate.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "support/lab_support.hpp"

namespace mh {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Threads that do nothing but pass the gate and count.
class Walkers {
 public:
  Walkers(WorkGate& gate, unsigned threads) : gate_(gate) {
    for (unsigned i = 0; i < threads; ++i) {
      threads_.emplace_back([this] {
        WorkGate::Ticket ticket;
        while (gate_.pass(ticket)) passed_.fetch_add(1, std::memory_order_relaxed);
      });
    }
  }
  ~Walkers() { stop(); }
  void stop() {
    gate_.stop();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }
  [[nodiscard]] std::uint64_t passed() const { return passed_.load(std::memory_order_relaxed); }
  [[nodiscard]] bool reach(std::uint64_t count) const {
    return test::eventually([&] { return passed() >= count; });
  }

 private:
  WorkGate& gate_;
  std::atomic<std::uint64_t> passed_{0};
  std::vector<std::thread> threads_;
};

/// How many pass a second, by the clock. A machine that stands still for a while is no fault of the
/// gate, so the best of a few tries counts.
void expect_rate(double rate, double limit, unsigned threads, double expected) {
  double measured = 0;
  for (int attempt = 0; attempt < 4; ++attempt) {
    WorkGate gate;
    gate.set_limit(limit);
    gate.start(rate);
    const Clock::time_point start = Clock::now();
    Walkers walkers(gate, threads);
    std::this_thread::sleep_for(400ms);
    const std::uint64_t passed = walkers.passed();
    measured = static_cast<double>(passed) / seconds_since(start);
    if (measured > 0.9 * expected && measured < 1.1 * expected) return;
  }
  ADD_FAILURE() << measured << " a second instead of " << expected;
}

TEST(Gate, KeepsARateOfAThousandWithOneThread) {
  expect_rate(1000, WorkGate::unlimited, 1, 1000);
}
TEST(Gate, KeepsARateOfAThousandWithManyThreads) {
  expect_rate(1000, WorkGate::unlimited, 16, 1000);
}
TEST(Gate, KeepsAHighRate) {
  expect_rate(200'000, WorkGate::unlimited, 4, 200'000);
}
TEST(Gate, KeepsTheLowerOfRateAndLimit) {
  expect_rate(100'000, 500, 2, 500);
  expect_rate(500, 100'000, 2, 500);
}

TEST(Gate, TakesItsTimeAtALowRate) {
  WorkGate gate;
  gate.start(10);
  const Clock::time_point start = Clock::now();
  Walkers walkers(gate, 4);
  ASSERT_TRUE(walkers.reach(4));
  // The first may pass at once, the three others have to wait for a tenth of a second each.
  EXPECT_GE(seconds_since(start), 0.295);
}

TEST(Gate, CostsNothingWhenOpenAndUnlimited) {
  WorkGate gate;
  gate.start(WorkGate::unlimited);
  WorkGate::Ticket ticket;
  const Clock::time_point start = Clock::now();
  for (int i = 0; i < 1'000'000; ++i) ASSERT_TRUE(gate.pass(ticket));
  EXPECT_LT(seconds_since(start), 0.5);  // 500 ns each would be a system call
}

TEST(Gate, LetsExactlyAsManyThroughAsItWasTold) {
  WorkGate gate;
  gate.set_open(false);
  gate.start(WorkGate::unlimited);
  Walkers walkers(gate, 4);
  std::this_thread::sleep_for(20ms);
  EXPECT_EQ(walkers.passed(), 0U);
  gate.let_through(1);
  ASSERT_TRUE(walkers.reach(1));
  std::this_thread::sleep_for(20ms);
  EXPECT_EQ(walkers.passed(), 1U);
  gate.let_through(3);
  gate.let_through(2);
  ASSERT_TRUE(walkers.reach(6));
  std::this_thread::sleep_for(20ms);
  EXPECT_EQ(walkers.passed(), 6U);
}

TEST(Gate, LetsThroughWhileTheWorkloadIsPausedToo) {
  WorkGate gate;
  gate.start(1000);
  gate.set_paused(true);
  EXPECT_TRUE(gate.paused());
  Walkers walkers(gate, 2);
  gate.let_through(2);
  ASSERT_TRUE(walkers.reach(2));
  std::this_thread::sleep_for(20ms);
  EXPECT_EQ(walkers.passed(), 2U);
}

TEST(Gate, ForgetsWhatWasLetThroughWhenItOpens) {
  WorkGate gate;
  gate.start(WorkGate::unlimited);
  gate.let_through(5);  // open: means nothing
  gate.set_open(false);
  Walkers walkers(gate, 2);
  std::this_thread::sleep_for(20ms);
  EXPECT_EQ(walkers.passed(), 0U);
}

TEST(Gate, ClosingStopsEveryThreadAndOpeningWakesIt) {
  WorkGate gate;
  gate.start(WorkGate::unlimited);
  Walkers walkers(gate, 4);
  ASSERT_TRUE(walkers.reach(1000));
  gate.set_open(false);
  // Each thread may be in the middle of one pass, and not beyond it.
  std::this_thread::sleep_for(50ms);
  const std::uint64_t after = walkers.passed();
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(walkers.passed(), after);
  gate.set_open(true);
  EXPECT_TRUE(walkers.reach(after + 1000));
}

TEST(Gate, CatchesNothingUpAfterAPause) {
  WorkGate gate;
  gate.start(1000);
  Walkers walkers(gate, 4);
  ASSERT_TRUE(walkers.reach(20));
  gate.set_paused(true);
  std::this_thread::sleep_for(300ms);
  const std::uint64_t before = walkers.passed();
  const Clock::time_point resumed = Clock::now();
  gate.set_paused(false);
  std::this_thread::sleep_for(50ms);
  const std::uint64_t passed = walkers.passed() - before;
  // 300 were missed. What time has given since then, and a few for the threads on their way.
  EXPECT_LE(static_cast<double>(passed), seconds_since(resumed) * 1000 + 8);
}

TEST(Gate, AChangeOfRateIsFeltAtOnce) {
  WorkGate gate;
  gate.start(0.01);
  Walkers walkers(gate, 2);
  ASSERT_TRUE(walkers.reach(1));  // the first is free, the next is due in 100 s
  gate.set_rate(10'000);
  EXPECT_TRUE(walkers.reach(50));
}

TEST(Gate, StopsAtOnceHoweverLowTheRate) {
  double best = 1e9;
  for (int attempt = 0; attempt < 4 && best > 0.1; ++attempt) {
    WorkGate gate;
    gate.start(1);
    Walkers walkers(gate, 8);
    ASSERT_TRUE(walkers.reach(1));
    const Clock::time_point start = Clock::now();
    walkers.stop();
    best = std::min(best, seconds_since(start));
  }
  EXPECT_LE(best, 0.1);
}

TEST(Gate, SurvivesRatesThatMakeNoSense) {
  for (const double rate : {1e300, 1e-300, 0.0, -1.0, std::numeric_limits<double>::quiet_NaN()}) {
    WorkGate gate;
    gate.start(rate);
    gate.set_limit(rate);
    Walkers walkers(gate, 1);
    EXPECT_TRUE(walkers.reach(1)) << rate;
  }
}

TEST(Gate, RestEndsWhenItStops) {
  WorkGate gate;
  gate.start(1);
  EXPECT_TRUE(gate.rest(1ms));
  std::thread stopper([&] { gate.stop(); });
  EXPECT_FALSE(gate.rest(1h));
  stopper.join();
}

}  // namespace
}  // namespace mh
