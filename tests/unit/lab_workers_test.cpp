// The lab with its workers: patterns on the real heap, ownership, pauses, the end of a workload.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <map>
#include <set>
#include <stdexcept>

#include "support/lab_support.hpp"

namespace mh {
namespace {

using namespace std::chrono_literals;
using test::eventually;
using test::LabOnReservedHeap;

constexpr double unlimited = std::numeric_limits<double>::infinity();

Workload workload_of(Pattern pattern, unsigned threads, std::uint64_t operations = 0) {
  Workload workload;
  workload.pattern = pattern;
  workload.threads = threads;
  workload.rate = unlimited;
  workload.live_blocks = 120;
  workload.operations = operations;
  return workload;
}

bool finish(Lab& lab) {
  return eventually([&] { return !lab.running(); });
}

TEST(Lab, EveryPatternRunsItsOperationsAndEnds) {
  for (const Pattern pattern : all_patterns) {
    for (const unsigned threads : {1U, 2U, 5U, 8U}) {
      LabOnReservedHeap on;
      on.lab.start(workload_of(pattern, threads, 4001));
      ASSERT_TRUE(finish(on.lab)) << pattern_name(pattern) << " with " << threads;
      EXPECT_EQ(on.lab.operations_done(), 4001U) << pattern_name(pattern);
      EXPECT_EQ(on.heap.check(nullptr), MH_OK);
      EXPECT_EQ(on.lab.stats().errors, 0U);
      EXPECT_EQ(on.lab.stats().mallocs + on.lab.stats().frees, 4001U) << pattern_name(pattern);
    }
  }
}

using SizesByThread = std::map<unsigned, std::multiset<std::size_t>>;

SizesByThread sizes_after(Pattern pattern, std::uint64_t seed) {
  LabOnReservedHeap on;
  Workload workload = workload_of(pattern, 4, 3000);
  workload.seed = seed;
  on.lab.start(workload);
  EXPECT_TRUE(finish(on.lab));
  SizesByThread sizes;
  for (const mh_block& block : on.used_blocks()) sizes[block.thread].insert(block.requested);
  return sizes;
}

TEST(Lab, ASeedRepeatsWhatEachThreadDid) {
  for (const Pattern pattern : all_patterns) {
    EXPECT_EQ(sizes_after(pattern, 3), sizes_after(pattern, 3)) << pattern_name(pattern);
    if (pattern == Pattern::producer_consumer) continue;  // all is freed in the end
    EXPECT_NE(sizes_after(pattern, 3), sizes_after(pattern, 4)) << pattern_name(pattern);
  }
}

TEST(Lab, WorkersHaveTheirNumbersAndWriteWhoTheyAre) {
  LabOnReservedHeap on;
  on.lab.start(workload_of(Pattern::churn, 3, 300));
  ASSERT_TRUE(finish(on.lab));
  std::set<unsigned> threads;
  for (const mh_block& block : on.used_blocks()) {
    threads.insert(block.thread);
    const std::string expected = std::to_string(block.thread) + ": block ";
    const std::string text(test::payload_of(test::address_of(block)),
                           std::min(block.requested, expected.size()));
    EXPECT_EQ(text, expected.substr(0, text.size()));
  }
  EXPECT_EQ(threads, (std::set<unsigned>{1, 2, 3}));
}

TEST(Lab, RefusesAWorkloadThatMakesNoSense) {
  LabOnReservedHeap on;
  Workload workload = workload_of(Pattern::churn, 1000);
  EXPECT_THROW(on.lab.start(workload), std::invalid_argument);
  EXPECT_FALSE(on.lab.running());
}

TEST(Lab, KeepsToItsNumberOfLiveBlocks) {
  LabOnReservedHeap on;
  on.lab.start(workload_of(Pattern::churn, 4));
  ASSERT_TRUE(eventually([&] { return on.lab.operations_done() > 2000; }));
  on.lab.set_live_blocks(40);
  // Each of the four is at its target or one below. A busy machine may let one of them begin late.
  const auto each_has_its_share = [&] {
    std::array<int, 5> of_thread{};
    for (const mh_block& block : on.used_blocks()) ++of_thread.at(block.thread);
    return std::all_of(of_thread.begin() + 1, of_thread.end(),
                       [](int blocks) { return blocks == 9 || blocks == 10; });
  };
  EXPECT_TRUE(eventually(each_has_its_share));
  const std::uint64_t then = on.lab.operations_done();
  ASSERT_TRUE(eventually([&] { return on.lab.operations_done() > then + 2000; }));
  on.lab.stop();
  EXPECT_TRUE(each_has_its_share());
}

TEST(Lab, PauseReallyStops) {
  LabOnReservedHeap on;
  on.lab.start(workload_of(Pattern::churn, 4));
  ASSERT_TRUE(eventually([&] { return on.lab.operations_done() > 500; }));
  on.lab.pause_workload(true);
  EXPECT_TRUE(on.lab.workload_paused());
  std::this_thread::sleep_for(50ms);
  const std::uint64_t then = on.lab.operations_done();
  const mh_stats stats = on.lab.stats();
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(on.lab.operations_done(), then);
  EXPECT_EQ(on.lab.stats().mallocs, stats.mallocs);
  on.lab.pause_workload(false);
  EXPECT_TRUE(eventually([&] { return on.lab.operations_done() > then + 100; }));
}

TEST(Lab, AClosedGateLetsOneOperationThrough) {
  for (const Pattern pattern : all_patterns) {
    LabOnReservedHeap on;
    on.lab.set_open(false);
    on.lab.start(workload_of(pattern, 4));
    for (std::uint64_t calls = 1; calls <= 5; ++calls) {
      on.lab.let_through(1);
      ASSERT_TRUE(eventually([&] { return on.lab.operations_done() >= calls; }))
          << pattern_name(pattern);
    }
    std::this_thread::sleep_for(10ms);
    EXPECT_EQ(on.lab.operations_done(), 5U);
    EXPECT_EQ(on.lab.stats().mallocs + on.lab.stats().frees, 5U);
  }
}

TEST(Lab, StopsAtOnceAtOneOperationASecond) {
  std::chrono::duration<double> best(1e9);
  for (int attempt = 0; attempt < 4 && best > 100ms; ++attempt) {
    LabOnReservedHeap on;
    Workload workload = workload_of(Pattern::producer_consumer, 9);
    workload.rate = 1;
    on.lab.start(workload);
    ASSERT_TRUE(eventually([&] { return on.lab.operations_done() > 0; }));
    const auto start = std::chrono::steady_clock::now();
    on.lab.stop();
    best = std::min<std::chrono::duration<double>>(best, std::chrono::steady_clock::now() - start);
  }
  EXPECT_LE(best, 100ms);
}

TEST(Lab, SixtyFourThreadsStartAndStop) {
  LabOnReservedHeap on;
  for (int round = 0; round < 3; ++round) {
    on.lab.start(workload_of(Pattern::stack, 64));
    ASSERT_TRUE(eventually([&] { return on.lab.operations_done() > 500; }));
    on.lab.stop();
    EXPECT_FALSE(on.lab.running());
  }
  EXPECT_EQ(on.heap.check(nullptr), MH_OK);
}

TEST(Lab, WorkersGoOnWithoutMemory) {
  for (const Pattern pattern : all_patterns) {
    LabOnReservedHeap on(std::size_t{256} << 10);
    Workload workload = workload_of(pattern, 4);
    workload.sizes = {SizeKind::uniform, 8000};
    on.lab.start(workload);
    ASSERT_TRUE(eventually([&] { return on.lab.failed_allocations() > 20; }))
        << pattern_name(pattern);
    const std::uint64_t then = on.lab.stats().frees;
    EXPECT_TRUE(eventually([&] { return on.lab.stats().frees > then + 20; }))
        << pattern_name(pattern);
    on.lab.stop();
    EXPECT_EQ(on.heap.check(nullptr), MH_OK);
    EXPECT_EQ(on.lab.stats().failed, on.lab.failed_allocations());
  }
}

TEST(Lab, AWorkerThatNeverGetsMemoryStillStops) {
  LabOnReservedHeap on(std::size_t{64} << 10);
  Workload workload = workload_of(Pattern::churn, 2);
  workload.sizes = {SizeKind::fixed, SizeDistribution::max_size};
  on.lab.start(workload);
  ASSERT_TRUE(eventually([&] { return on.lab.failed_allocations() > 5; }));
  on.lab.stop();
  EXPECT_TRUE(on.used_blocks().empty());
}

TEST(Lab, TheHandFreesAWorkersBlock) {
  for (const Pattern pattern : all_patterns) {
    LabOnReservedHeap on;
    on.lab.start(workload_of(pattern, 4));
    ASSERT_TRUE(eventually([&] { return on.lab.stats().used_blocks > 10; }));
    on.lab.pause_workload(true);
    std::this_thread::sleep_for(20ms);
    const auto before = on.used_blocks();
    const Lab::Outcome freed = on.lab.hand_free(test::address_of(before.at(5)));
    EXPECT_EQ(freed.error, "") << pattern_name(pattern);
    EXPECT_EQ(on.used_blocks().size(), before.size() - 1);
    const Lab::Outcome resized = on.lab.hand_realloc(test::address_of(before.at(6)), 3000);
    EXPECT_EQ(resized.error, "");
    EXPECT_EQ(on.used_blocks().size(), before.size() - 1);
    EXPECT_EQ(on.lab.undo().error, "");
    EXPECT_EQ(on.lab.undo().error, "");
    EXPECT_EQ(on.used_blocks().size(), before.size());
    on.lab.pause_workload(false);
    const std::uint64_t then = on.lab.operations_done();
    EXPECT_TRUE(eventually([&] { return on.lab.operations_done() > then + 500; }));
    on.lab.stop();
    EXPECT_EQ(on.lab.stats().errors, 0U);
    EXPECT_EQ(on.heap.check(nullptr), MH_OK);
  }
}

TEST(Lab, BlocksOfAStoppedWorkloadCanBeFreedByHand) {
  LabOnReservedHeap on;
  on.lab.start(workload_of(Pattern::churn, 3, 600));
  ASSERT_TRUE(finish(on.lab));
  on.lab.stop();
  on.lab.start(workload_of(Pattern::queue, 2, 600));
  ASSERT_TRUE(finish(on.lab));
  on.lab.stop();
  const auto left = on.used_blocks();
  EXPECT_GT(left.size(), 200U);
  for (const mh_block& block : left) EXPECT_EQ(on.lab.hand_free(test::address_of(block)).error, "");
  EXPECT_TRUE(on.used_blocks().empty());
  EXPECT_EQ(on.lab.stats().heap, 0U);
  EXPECT_EQ(on.lab.stats().errors, 0U);
}

TEST(Lab, ResetEmptiesTheHeap) {
  LabOnReservedHeap on;
  on.lab.hand_malloc(100);
  on.lab.start(workload_of(Pattern::churn, 4));
  ASSERT_TRUE(eventually([&] { return on.lab.operations_done() > 500; }));
  on.lab.reset();
  EXPECT_FALSE(on.lab.running());
  EXPECT_EQ(on.lab.stats().heap, 0U);
  on.lab.start(workload_of(Pattern::churn, 4, 500));
  EXPECT_TRUE(finish(on.lab));
  EXPECT_EQ(on.heap.check(nullptr), MH_OK);
}

TEST(Lab, FigureOfTheRateOfTheRunningWorkload) {
  LabOnReservedHeap on;
  Workload workload = workload_of(Pattern::churn, 4);
  workload.rate = 0.01;
  on.lab.start(workload);
  on.lab.set_rate(-1);  // ignored
  on.lab.set_rate(unlimited);
  EXPECT_TRUE(eventually([&] { return on.lab.operations_done() > 500; }));
  EXPECT_EQ(on.lab.workload()->rate, unlimited);
}

}  // namespace
}  // namespace mh
