// Searches read back from the log: what was visited, in which heap, and what is said about it.

#include "app/model/search_trace.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "app/model/policy_words.hpp"
#include "app/model/search_lens.hpp"
#include "app/sources/random.hpp"
#include "support/lab_support.hpp"

namespace mh {
namespace {

class SearchTraceTest : public testing::Test {
 protected:
  SearchTraceTest() : recorder(on.lab, {}), player(recorder) { on.lab.set_explaining(true); }

  void set_policy(std::string_view words) {
    ASSERT_TRUE(on.lab.set_policy(*parse_policy(words, default_policy())));
  }
  std::uint64_t allocate(std::uint64_t size) { return on.lab.hand_malloc(size).block; }
  void release(std::uint64_t block) { EXPECT_EQ(on.lab.hand_free(block).error, ""); }
  /// The last search at the playhead.
  const SearchTrace* last() {
    EXPECT_TRUE(recorder.drain(10'000'000'000));
    player.advance(0);
    return lens.last(player.view());
  }
  std::string last_words() {
    const SearchTrace* const search = last();
    return search != nullptr ? end_words(*search) : "no search";
  }
  SearchLens::Origin origin_of(std::uint64_t address) {
    recorder.drain(10'000'000'000);
    const Player::View view = player.view();
    const auto block = view.picture().block_at(address);
    EXPECT_TRUE(block.has_value());
    return block ? lens.of_block(view, *block) : SearchLens::Origin{};
  }

  test::LabOnReservedHeap on;
  Recorder recorder;
  Player player;
  SearchLens lens;
};

TEST_F(SearchTraceTest, TellsEachVisitInOrder) {
  set_policy("plain best");
  std::vector<std::uint64_t> blocks;
  for (const std::uint64_t size : {96U, 256U, 130U, 64U, 200U, 128U, 97U, 160U, 40U})
    blocks.push_back(allocate(size));
  for (const std::size_t hole : {1U, 3U, 5U, 7U}) release(blocks[hole]);
  const std::uint64_t taken = allocate(100);
  const SearchTrace* const search = last();
  ASSERT_NE(search, nullptr);
  EXPECT_EQ(search->requested, 100U);
  EXPECT_EQ(search->chosen, blocks[5]);
  EXPECT_EQ(search->block, taken);
  ASSERT_EQ(search->visits.size(), 4U);
  std::vector<std::string> told;
  for (std::size_t i = 0; i < 4; ++i)
    told.push_back(visit_size_words(search->visits[i]) + ": " + visit_words(*search, i));
  EXPECT_EQ(told,
            (std::vector<std::string>{
                "256 B: fits, 144 B left over, best so far", "64 B: too small, needs 112 B",
                "128 B: fits, 16 B left over, taken", "160 B: fits, 48 B left over, not better"}));
  EXPECT_EQ(end_words(*search), "Best fit visited 4 of 4 free blocks, took number 3 whole.");
  EXPECT_TRUE(SearchLens::is_fresh(player.view(), *search));
  release(blocks[0]);
  ASSERT_NE(last(), nullptr);
  EXPECT_EQ(last()->chosen, blocks[5]) << "still the last search";
  EXPECT_FALSE(SearchLens::is_fresh(player.view(), *last()));
}

TEST_F(SearchTraceTest, TellsWhatCameOfIt) {
  set_policy("textbook");
  const std::uint64_t large = allocate(1000);
  EXPECT_EQ(last_words(), "No block is free. Then the break moved up by 1 040 B.");
  allocate(16);
  release(large);
  allocate(100);
  EXPECT_EQ(last_words(),
            "First fit visited 1 of 1 free block, took number 1 and split it: the 896 B left over "
            "are a free block now.");
}

TEST_F(SearchTraceTest, TellsWhyNoFreeBlockWouldDo) {
  set_policy("textbook");
  std::vector<std::uint64_t> blocks;
  for (int i = 0; i < 4; ++i) blocks.push_back(allocate(112));
  release(blocks[0]);
  release(blocks[2]);
  allocate(200);
  EXPECT_EQ(last_words(),
            "No free block is large enough: the largest has 112 B, 224 B are free in all (external "
            "fragmentation). Then the break moved up by 240 B.");
  allocate(1000);
  EXPECT_EQ(last_words(),
            "No free block is large enough: the largest has 112 B, 224 B are free in all. Then the "
            "break moved up by 1 040 B.");
}

TEST_F(SearchTraceTest, TellsTheSecondSearchAfterDeferredMerging) {
  set_policy("deferred");
  const std::uint64_t first = allocate(100);
  const std::uint64_t second = allocate(100);
  allocate(16);
  release(first);
  release(second);
  allocate(200);
  EXPECT_EQ(last_words(),
            "Found nothing, merged 1 block, searched again. First fit visited 1 of 1 free block, "
            "took number 1 and split it: the 48 B left over are a free block now.");
}

TEST_F(SearchTraceTest, FollowsThePlayheadIntoThePast) {
  set_policy("plain");
  const std::uint64_t p = allocate(100);
  const std::uint64_t q = allocate(200);
  allocate(16);
  release(p);
  release(q);
  EXPECT_EQ(allocate(150), q);
  EXPECT_EQ(last()->visits.size(), 2U);
  EXPECT_EQ(allocate(50), p);
  EXPECT_EQ(last()->visits.size(), 1U);
  player.step(-1);
  EXPECT_EQ(last()->chosen, q);
  EXPECT_EQ(visit_words(*last(), 0), "too small, needs 160 B");
  EXPECT_EQ(last()->free_blocks, 2U);
  player.seek(1);
  EXPECT_EQ(last(), nullptr) << "before the first";
  player.go_live();
  EXPECT_EQ(last()->chosen, p);
}

TEST_F(SearchTraceTest, KnowsWhyABlockLiesWhereItDoes) {
  set_policy("plain");
  const std::uint64_t p = allocate(100);
  allocate(16);
  release(p);
  on.lab.set_explaining(false);
  EXPECT_EQ(allocate(90), p);
  EXPECT_TRUE(origin_of(p).call_in_log);
  EXPECT_EQ(origin_of(p).search, nullptr) << "explaining was off";
  release(p);
  on.lab.set_explaining(true);
  EXPECT_EQ(allocate(80), p);
  const std::uint64_t later = allocate(300);
  const SearchTrace* const search = origin_of(p).search;
  ASSERT_NE(search, nullptr);
  EXPECT_EQ(search->requested, 80U);
  EXPECT_EQ(search->free_blocks, 1U);
  EXPECT_EQ(origin_of(later).search->end, SearchEnd::nothing_free);
  ASSERT_TRUE(recorder.drain(10'000'000'000));
  recorder.clear();
  player.reset();
  EXPECT_FALSE(origin_of(p).call_in_log) << "a new log begins";
}

/// The verdicts of the engine agree with the heap that the log says it searched.
TEST_F(SearchTraceTest, SizesAreThoseThatTheSearchSaw) {
  Random random(7);
  std::vector<std::uint64_t> live;
  std::size_t checked = 0;
  for (const char* words : {"plain", "textbook best", "worst order lifo", "deferred", "kr"}) {
    set_policy(words);
    for (int i = 0; i < 60; ++i) {
      if (live.size() > 12 || (!live.empty() && random.below(3) == 0)) {
        const std::size_t which = random.below(live.size());
        release(live[which]);
        live.erase(live.begin() + static_cast<std::ptrdiff_t>(which));
        continue;
      }
      live.push_back(allocate(1 + random.below(400)));
      const SearchTrace* const search = last();
      ASSERT_NE(search, nullptr);
      EXPECT_EQ(search->block, live.back());
      ASSERT_TRUE(search->heap_known);
      for (const SearchTrace::Visit& visit : search->visits) {
        ASSERT_GT(visit.size, 0U) << words;
        EXPECT_EQ(visit.verdict == VisitVerdict::too_small, visit.size < visit.needed) << words;
        ++checked;
      }
    }
  }
  EXPECT_GT(checked, 100U);
}

Event event(EventKind kind, std::uint64_t address, std::uint64_t size, std::uint8_t extra,
            bool more) {
  Event event{};
  event.kind_bits = static_cast<std::uint8_t>(kind) & 0xffU;
  event.address = address & 0xffff'ffff'ffffU;
  event.size = size;
  event.extra = extra;
  event.more = more ? 1 : 0;
  return event;
}

TEST(SearchTrace, LooksBackNoFartherThanItsBound) {
  EventLog log;
  log.append(event(EventKind::search, 0, 100, MH_FIRST_FIT, true));
  log.append(event(EventKind::search_end, 0, 0, 1, true));
  log.append(event(EventKind::alloc, 4096, 100, 0, false));
  for (int i = 0; i < 10; ++i) log.append(event(EventKind::free, 4096, 0, 0, false));
  EXPECT_TRUE(last_search(log, log.end(), 13).has_value());
  EXPECT_FALSE(last_search(log, log.end(), 12).has_value());
  EXPECT_TRUE(last_search(log, 3, 1000).has_value());
  EXPECT_FALSE(last_search(log, 0, 1000).has_value());
  EXPECT_TRUE(search_of_call(log, 2).has_value());
  EXPECT_FALSE(search_of_call(log, 3).has_value()) << "another call";
  EXPECT_FALSE(search_of_call(log, 999).has_value());
}

TEST(SearchTrace, AnUnendedOrOddSearchIsNoHarm) {
  EventLog log;
  log.append(event(EventKind::search, 0, 100, 255, true));
  log.append(event(EventKind::visit, 4096, 144, 255, true));
  EXPECT_FALSE(last_search(log, log.end(), 1000).has_value());
  log.append(event(EventKind::search_end, 77, 9, 255, false));
  const auto odd = last_search(log, log.end(), 1000);
  ASSERT_TRUE(odd.has_value());
  EXPECT_EQ(odd->visits.size(), 1U);
  EXPECT_NE(visit_words(*odd, 0), "");
  EXPECT_NE(end_words(*odd), "");
  log.append(event(EventKind::search, 0, 100, 0, true));
  log.append(event(EventKind::visit, 4096, 144, 0, true));
  log.append(event(EventKind::search_end, 0, 96, 2, false));
  const auto unknown = last_search(log, log.end(), 1000);
  EXPECT_EQ(visit_words(*unknown, 0), "too small, needs 144 B with its header");
  EXPECT_EQ(end_words(*unknown),
            "No free block is large enough: the largest has 96 B with its header.");
}

}  // namespace
}  // namespace mh
