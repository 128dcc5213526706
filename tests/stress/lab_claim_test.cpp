// The hand takes blocks away from running workers: each block is freed once, by one of them.

#include <gtest/gtest.h>

#include <chrono>
#include <limits>

#include "support/lab_support.hpp"

namespace mh {
namespace {

using Clock = std::chrono::steady_clock;

class ClaimUnderWay : public testing::TestWithParam<Pattern> {};

TEST_P(ClaimUnderWay, NoBlockIsFreedTwice) {
  test::LabOnReservedHeap on;
  Random random(static_cast<std::uint64_t>(GetParam()) + 1);
  Workload workload;
  workload.pattern = GetParam();
  workload.threads = 8;
  workload.rate = std::numeric_limits<double>::infinity();
  workload.live_blocks = 200;
  on.lab.start(workload);

  std::uint64_t taken = 0;
  std::uint64_t gone = 0;
  const Clock::time_point end = Clock::now() + std::chrono::milliseconds(1500);
  while (Clock::now() < end) {
    const auto used = on.used_blocks();
    if (used.empty()) continue;
    const std::uint64_t block = test::address_of(used[random.below(used.size())]);
    const Lab::Outcome outcome = random.below(4) == 0
                                     ? on.lab.hand_realloc(block, 1 + random.below(300))
                                     : on.lab.hand_free(block);
    (outcome.error.empty() ? taken : gone) += 1;
    if (random.below(8) == 0) on.lab.hand_malloc(1 + random.below(300));
    if (random.below(8) == 0 && on.lab.can_undo()) on.lab.undo();
    if (random.below(50) == 0) on.lab.set_live_blocks(50 + random.below(300));
    if (random.below(50) == 0) on.lab.set_rate(random.below(2) == 0 ? 20'000 : 1e300);
  }
  on.lab.stop();
  EXPECT_GT(taken, 10U);
  EXPECT_EQ(on.lab.stats().errors, 0U) << taken << " taken, " << gone << " gone";
  EXPECT_EQ(on.heap.check(nullptr), MH_OK);
  // Everything that is left has exactly one owner.
  for (const mh_block& block : on.used_blocks()) {
    EXPECT_EQ(on.lab.hand_free(test::address_of(block)).error, "");
  }
  EXPECT_EQ(on.lab.stats().used_blocks, 0U);
}

INSTANTIATE_TEST_SUITE_P(Patterns, ClaimUnderWay, testing::ValuesIn(all_patterns),
                         [](const auto& test) { return pattern_name(test.param); });

}  // namespace
}  // namespace mh
