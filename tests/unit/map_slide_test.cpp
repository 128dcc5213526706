// The lab's heap as a slide: what moves on the map.

#include "app/slides/map_slide.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "app/model/policy_words.hpp"
#include "app/model/search_lens.hpp"
#include "app/slides/slide_motion.hpp"
#include "support/lab_support.hpp"

namespace mh {
namespace {

class MapSlideTest : public testing::Test {
 protected:
  MapSlideTest() : recorder(on.lab, {}), player(recorder) {
    on.lab.set_explaining(true);
    EXPECT_TRUE(on.lab.set_policy(*parse_policy("plain best", default_policy())));
  }

  std::uint64_t allocate(std::uint64_t size) { return on.lab.hand_malloc(size).block; }
  void release(std::uint64_t block) { EXPECT_EQ(on.lab.hand_free(block).error, ""); }
  /// As the window asks for it.
  Slide now() {
    EXPECT_TRUE(recorder.drain(10'000'000'000));
    player.advance(0);
    const Player::View view = player.view();
    const SearchTrace* const search = lens.last(view);
    const bool fresh = search != nullptr && SearchLens::is_fresh(view, *search);
    auto slide = map_slide(view.picture(), fresh ? search : nullptr);
    EXPECT_TRUE(slide.has_value());
    return slide ? *std::move(slide) : Slide{};
  }

  test::LabOnReservedHeap on;
  Recorder recorder;
  Player player;
  SearchLens lens;
};

TEST_F(MapSlideTest, ASearchWalksBeforeTheBlockIsTaken) {
  std::vector<std::uint64_t> blocks;
  for (const std::uint64_t size : {96U, 256U, 130U, 64U, 200U, 128U, 97U})
    blocks.push_back(allocate(size));
  for (const std::size_t hole : {1U, 3U, 5U}) release(blocks[hole]);
  const Slide was = now();
  EXPECT_TRUE(was.visits.empty()) << "free() searches nothing";
  const std::uint64_t taken = allocate(100);
  const Slide is = now();
  ASSERT_EQ(is.visits.size(), 3U);
  EXPECT_GT(motion_seconds(was, is), 0);

  std::size_t told = 0;
  std::vector<std::uint64_t> walked;
  for (double t = 0.01; t < 1; t += 0.01) {
    const Slide slide = slide_between(was, is, t);
    if (slide.visits_told > slide.visits.size()) break;
    EXPECT_GE(slide.visits_told, told) << "no visit is untold";
    told = slide.visits_told;
    if (const auto& walk = slide.heaps.front().motion.walk) walked.push_back(walk->to);
    const auto& heap = slide.heaps.front();
    const auto block = std::find_if(heap.blocks.begin(), heap.blocks.end(),
                                    [&](const SlideBlock& b) { return b.address == taken; });
    ASSERT_NE(block, heap.blocks.end());
    EXPECT_FALSE(block->used) << "nothing is taken before the search has ended";
  }
  walked.erase(std::unique(walked.begin(), walked.end()), walked.end());
  EXPECT_EQ(walked, (std::vector<std::uint64_t>{blocks[1], blocks[3], blocks[5]}));
}

TEST_F(MapSlideTest, ArrowsOfTheFreeListTurnToTheNewBlock) {
  std::vector<std::uint64_t> blocks;
  for (int i = 0; i < 6; ++i) blocks.push_back(allocate(100));
  release(blocks[0]);
  release(blocks[4]);
  const Slide was = now();
  release(blocks[2]);
  const Slide is = now();
  const auto heap = slide_between(was, is, 0.5).heaps.front();
  const auto turns = [&](const HeapMotion::Link& link) {
    return link.from == blocks[0] && link.was == blocks[4] && link.is == blocks[2];
  };
  EXPECT_TRUE(std::any_of(heap.motion.links.begin(), heap.motion.links.end(), turns));
}

TEST_F(MapSlideTest, LargeHeapsAreNotFollowedBlockByBlock) {
  for (std::size_t i = 0; i <= most_map_slide_blocks; ++i) allocate(8);
  EXPECT_TRUE(recorder.drain(10'000'000'000));
  player.advance(0);
  EXPECT_FALSE(map_slide(player.view().picture(), nullptr).has_value());
}

}  // namespace
}  // namespace mh
