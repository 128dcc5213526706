// What workers plan to do: patterns, sizes, seeds. No heap, no threads.

#include "app/sources/operation_plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <set>
#include <vector>

#include "app/sources/live_blocks.hpp"

namespace mh {
namespace {

constexpr std::size_t target = 200;

/// Follows a plan for a while with a set of blocks that only knows how many there are.
struct Course {
  std::vector<Operation> operations;
  std::vector<std::size_t> live;  ///< before each operation
  std::size_t peak = 0;

  explicit Course(const Workload& workload, unsigned worker = 1, int steps = 5000) {
    OperationPlan plan(workload, worker);
    std::size_t count = 0;
    for (int i = 0; i < steps; ++i) {
      const Operation operation = plan.next(count, target);
      operations.push_back(operation);
      live.push_back(count);
      if (operation.kind == Operation::Kind::allocate) {
        ++count;
      } else if (count > 0) {
        EXPECT_LT(operation.index, count);
        --count;
      }
      peak = std::max(peak, count);
    }
  }

  [[nodiscard]] std::vector<std::uint64_t> fingerprint() const {
    std::vector<std::uint64_t> result;
    for (const Operation& operation : operations) {
      result.push_back(operation.size * 2 + (operation.kind == Operation::Kind::release ? 1 : 0));
      result.push_back(operation.index);
    }
    return result;
  }
};

Workload workload_of(Pattern pattern, std::uint64_t seed = 1) {
  Workload workload;
  workload.pattern = pattern;
  workload.threads = 3;
  workload.seed = seed;
  return workload;
}

TEST(Workload, TheSameSeedGivesTheSameOperations) {
  for (const Pattern pattern : all_patterns) {
    EXPECT_EQ(Course(workload_of(pattern, 7)).fingerprint(),
              Course(workload_of(pattern, 7)).fingerprint());
    EXPECT_NE(Course(workload_of(pattern, 7)).fingerprint(),
              Course(workload_of(pattern, 8)).fingerprint());
  }
}

TEST(Workload, TheThreadsDoDifferentThings) {
  const Workload workload = workload_of(Pattern::churn);
  EXPECT_NE(Course(workload, 1).fingerprint(), Course(workload, 2).fingerprint());
}

TEST(Workload, EveryPatternStaysNearItsTarget) {
  for (const Pattern pattern : all_patterns) {
    // Worker 3 of 3 has no partner in producer_consumer, and does both.
    const Course course(workload_of(pattern), 3);
    EXPECT_GE(course.peak, target) << pattern_name(pattern);
    EXPECT_LE(course.peak, target * 13 / 10) << pattern_name(pattern);
  }
}

TEST(Workload, EveryPatternCopesWithATargetOfOne) {
  for (const Pattern pattern : all_patterns) {
    OperationPlan plan(workload_of(pattern), 3);
    std::size_t live = 0;
    for (int i = 0; i < 1000; ++i) {
      const Operation operation = plan.next(live, 1);
      if (operation.kind == Operation::Kind::allocate) {
        ++live;
      } else {
        ASSERT_LT(operation.index, live) << pattern_name(pattern);
        --live;
      }
      ASSERT_LE(live, 3U) << pattern_name(pattern);
    }
  }
}

TEST(Workload, AStackFreesTheNewestAndAQueueTheOldest) {
  const Course stack(workload_of(Pattern::stack));
  const Course queue(workload_of(Pattern::queue));
  for (std::size_t i = 0; i < stack.operations.size(); ++i) {
    if (stack.operations[i].kind == Operation::Kind::release) {
      EXPECT_EQ(stack.operations[i].index, stack.live[i] - 1);
    }
    if (queue.operations[i].kind == Operation::Kind::release) {
      EXPECT_EQ(queue.operations[i].index, 0U);
    }
  }
}

TEST(Workload, ChurnFreesBlocksFromEverywhere) {
  const Course course(workload_of(Pattern::churn));
  std::set<std::size_t> indices;
  for (const Operation& operation : course.operations) {
    if (operation.kind == Operation::Kind::release) indices.insert(operation.index);
  }
  EXPECT_GT(indices.size(), target / 2);
}

TEST(Workload, ASawtoothFallsToATenth) {
  const Course course(workload_of(Pattern::sawtooth));
  std::size_t falls = 0;
  std::size_t lowest = target;
  for (std::size_t i = target; i < course.live.size(); ++i)
    lowest = std::min(lowest, course.live[i]);
  for (const std::size_t live : course.live) falls += live == target ? 1U : 0U;
  EXPECT_EQ(lowest, target / 10);
  EXPECT_GT(falls, 5U);
}

TEST(Workload, FragmentingFreesEveryOtherAndAsksForMore) {
  Workload workload = workload_of(Pattern::fragment);
  workload.sizes = {SizeKind::fixed, 64};
  const Course course(workload);
  std::size_t large = 0;
  for (std::size_t i = 0; i + 1 < course.operations.size(); ++i) {
    const Operation& now = course.operations[i];
    const Operation& next = course.operations[i + 1];
    large += now.size > 64 ? 1U : 0U;
    if (now.kind == Operation::Kind::release && next.kind == Operation::Kind::release) {
      EXPECT_EQ(next.index + 2, now.index);
    }
    if (now.kind == Operation::Kind::allocate && now.size > 64) {
      EXPECT_GT(now.size, 64U * 8);  // more than a freed block and its neighbour's header
    }
  }
  EXPECT_GT(large, 10U);
}

TEST(Workload, ProducersOnlyAllocateAndConsumersOnlyFree) {
  const Workload workload = workload_of(Pattern::producer_consumer);
  EXPECT_EQ(role_of(workload, 1), Role::producer);
  EXPECT_EQ(role_of(workload, 2), Role::consumer);
  EXPECT_EQ(role_of(workload, 3), Role::alone);
  for (const Operation& operation : Course(workload, 1).operations) {
    EXPECT_EQ(operation.kind, Operation::Kind::allocate);
  }
  for (const Operation& operation : Course(workload, 2).operations) {
    EXPECT_EQ(operation.kind, Operation::Kind::release);
  }
}

/// How many operations after its allocation each block is freed; those that stay are left out.
std::vector<std::size_t> lifetimes(const Workload& workload, std::size_t operations) {
  std::vector<char> payloads(operations);  // their addresses stand for blocks
  LiveBlocks blocks(target);
  OperationPlan plan(workload, 1);
  std::vector<std::size_t> result;
  for (std::size_t now = 0; now < operations; ++now) {
    const LiveBlocks::Next next = blocks.next(plan);
    if (next.operation.kind == Operation::Kind::allocate) {
      blocks.add(&payloads[now]);
    } else if (next.block != nullptr) {
      const auto born = static_cast<const char*>(next.block) - payloads.data();
      result.push_back(now - static_cast<std::size_t>(born));
    }
  }
  return result;
}

TEST(Workload, BlocksOfARequestGoWithItAndAFewStayLong) {
  const std::vector<std::size_t> lives = lifetimes(workload_of(Pattern::requests), 60'000);
  constexpr std::size_t longest_request = 48 * 2 * 3;  // with its momentary blocks
  const auto count = [&lives](std::size_t least, std::size_t most) {
    return static_cast<double>(std::count_if(lives.begin(), lives.end(), [&](std::size_t life) {
      return life >= least && life <= most;
    }));
  };
  const auto all = static_cast<double>(lives.size());
  ASSERT_GT(all, 25'000);
  EXPECT_NEAR(count(1, 1) / all, 0.27, 0.05) << "freed at once";
  EXPECT_GT(count(1, longest_request) / all, 0.93) << "gone with its request";
  const double stayed = count(longest_request + 1, ~std::size_t{0});
  EXPECT_GT(stayed / all, 0.02) << "sessions";
  EXPECT_GT(count(3000, ~std::size_t{0}) / stayed, 0.5) << "sessions live long";
}

TEST(Workload, AfterAFailureAQuarterIsFreed) {
  for (const Pattern pattern : all_patterns) {
    OperationPlan plan(workload_of(pattern), 1);
    plan.allocation_failed(100);
    for (std::size_t live = 100; live > 74; --live) {
      EXPECT_EQ(plan.next(live, 1000).kind, Operation::Kind::release) << pattern_name(pattern);
    }
    EXPECT_EQ(plan.next(74, 1000).kind, Operation::Kind::allocate) << pattern_name(pattern);
  }
}

TEST(Workload, SharesAddUp) {
  for (unsigned threads = 1; threads <= 64; ++threads) {
    std::uint64_t sum = 0;
    for (unsigned worker = 1; worker <= threads; ++worker) sum += share_of(1000, threads, worker);
    EXPECT_EQ(sum, 1000U);
  }
}

double mean_of(SizeDistribution sizes) {
  Random random(3);
  constexpr int draws = 200'000;
  double sum = 0;
  for (int i = 0; i < draws; ++i) sum += static_cast<double>(draw_size(sizes, random));
  return sum / draws;
}

TEST(Sizes, HaveTheMeanTheySay) {
  for (const SizeKind kind : all_size_kinds) {
    EXPECT_NEAR(mean_of({kind, 1000}), 1000, 20) << size_kind_name(kind);
  }
}

TEST(Sizes, AreAtLeastOneAndWithinBounds) {
  Random random(5);
  for (const SizeKind kind : all_size_kinds) {
    for (const std::uint64_t mean :
         {std::uint64_t{1}, std::uint64_t{2}, SizeDistribution::max_size}) {
      for (int i = 0; i < 1000; ++i) {
        const std::uint64_t size = draw_size(SizeDistribution{kind, mean}, random);
        ASSERT_GE(size, 1U);
        ASSERT_LE(size, SizeDistribution::max_size);
      }
    }
  }
}

TEST(Names, LeadBack) {
  for (const Pattern pattern : all_patterns) {
    EXPECT_EQ(pattern_from_name(pattern_name(pattern)), pattern);
    EXPECT_NE(std::string(pattern_title(pattern)), "");
    EXPECT_TRUE(std::string(pattern_description(pattern)).ends_with("."));
  }
  for (const SizeKind kind : all_size_kinds)
    EXPECT_EQ(size_kind_from_name(size_kind_name(kind)), kind);
  EXPECT_EQ(pattern_from_name("nonsense"), std::nullopt);
  EXPECT_EQ(pattern_from_name(""), std::nullopt);
}

TEST(WorkloadError, SaysWhatWouldBeRight) {
  EXPECT_EQ(workload_error({}), "");
  Workload workload;
  workload.threads = 1000;
  EXPECT_EQ(workload_error(workload), "at most 64 threads");
  workload = {};
  workload.rate = std::numeric_limits<double>::quiet_NaN();
  EXPECT_NE(workload_error(workload), "");
  workload = {};
  workload.live_blocks = 0;
  EXPECT_NE(workload_error(workload), "");
  workload = {};
  workload.sizes.mean = 0;
  EXPECT_NE(workload_error(workload), "");
}

}  // namespace
}  // namespace mh
