// The pool between threads: what it holds, and in which order it gives it back.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "core/heap/fast/fast_pool.hpp"

namespace mh::test {
namespace {

TEST(FastPoolTest, HoldsWhatItReaches) {
  const auto pool = std::make_unique<FastPool>();
  constexpr std::uintptr_t first = 0x5555'0000'0008;
  constexpr std::uintptr_t reach = std::uintptr_t{32} << 30;
  const auto block_at = [](std::uintptr_t at) {
    return FastBlock::at(reinterpret_cast<void*>(at));
  };
  std::array<FastBlock*, 3> blocks{block_at(first), block_at(first + reach - 16),
                                   block_at(first - reach)};
  ASSERT_TRUE(pool->reaches(blocks.data(), blocks.size()));
  for (const std::uintptr_t far : {first + reach, first - reach - 16}) {
    FastBlock* const block = block_at(far);
    EXPECT_FALSE(pool->reaches(&block, 1));
  }
  pool->put(4, blocks.data(), blocks.size());
  EXPECT_EQ(pool->bytes(), blocks.size() * 64);
  std::array<FastBlock*, 3> taken{};
  ASSERT_EQ(pool->take(4, taken.data(), 2), 2U);
  EXPECT_EQ(taken[0], blocks[1]) << "as they came";
  EXPECT_EQ(taken[1], blocks[2]);
  pool->put(4, taken.data(), 2);
  pool->sort(4);
  ASSERT_EQ(pool->take(4, taken.data(), 9), 3U);
  std::sort(blocks.begin(), blocks.end(), std::greater<>());
  EXPECT_EQ(taken, blocks) << "by address";
  EXPECT_EQ(pool->bytes(), 0U);
}

TEST(FastPoolTest, SortsManyBlocksThatAreScattered) {
  constexpr std::uint32_t grains = 4;
  constexpr unsigned many = (512 << 10) / (grains * FastBlock::grain);
  const auto first_taken = [](unsigned count, std::size_t distance) {
    const auto pool = std::make_unique<FastPool>();
    std::vector<FastBlock*> blocks;
    for (unsigned i = 0; i < count; ++i) {
      // 1, 0, 3, 2, ...: in no order, whatever the distance.
      blocks.push_back(
          FastBlock::at(reinterpret_cast<void*>(0x5555'0000'0008 + (i ^ 1) * distance)));
    }
    EXPECT_TRUE(pool->reaches(blocks.data(), count));
    pool->put(grains, blocks.data(), count);
    pool->sort_if_scattered(grains);
    FastBlock* taken = nullptr;
    EXPECT_EQ(pool->take(grains, &taken, 1), 1U);
    return static_cast<unsigned>((reinterpret_cast<std::uintptr_t>(taken) - 0x5555'0000'0008) /
                                 distance);
  };
  EXPECT_EQ(first_taken(many, 8192), 0U) << "the lowest";
  EXPECT_EQ(first_taken(many, 64), many - 2) << "the last that came: they lie side by side";
  EXPECT_EQ(first_taken(many - 2, 8192), many - 4) << "the last that came: they are few";
}

}  // namespace
}  // namespace mh::test
