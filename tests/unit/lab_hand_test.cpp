// What is allocated and freed by hand: names, undo, errors in sentences.

#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "app/model/call_list.hpp"
#include "app/model/recorder.hpp"
#include "app/sources/hand.hpp"
#include "app/sources/region_free.hpp"
#include "core/heap/fast/fast_heap.hpp"
#include "support/lab_support.hpp"

namespace mh {
namespace {

using test::LabOnReservedHeap;
using Outcome = Lab::Outcome;

std::string text_at(std::uint64_t block, std::size_t bytes) {
  return {test::payload_of(block), bytes};
}

TEST(HandName, GoesThroughTheAlphabetFromP) {
  EXPECT_EQ(hand_name(0), "p");
  EXPECT_EQ(hand_name(1), "q");
  EXPECT_EQ(hand_name(10), "z");
  EXPECT_EQ(hand_name(11), "a");
  EXPECT_EQ(hand_name(25), "o");
  EXPECT_EQ(hand_name(26), "p1");
  EXPECT_EQ(hand_name(52), "p2");
}

TEST(Hand, NamesItsBlocksInTurn) {
  LabOnReservedHeap on;
  EXPECT_EQ(on.lab.hand_malloc(100).text, "p = malloc(100)");
  const Outcome q = on.lab.hand_calloc(4, 25);
  EXPECT_EQ(q.text, "q = calloc(4, 25)");
  EXPECT_EQ(on.lab.block_called("q"), q.block);
  EXPECT_EQ(on.lab.name_of(q.block), "q");
  EXPECT_EQ(on.lab.hand_free(*on.lab.block_called("p")).text, "free(p)");
  EXPECT_EQ(on.lab.block_called("p"), std::nullopt);
  EXPECT_EQ(on.lab.hand_malloc(1).text, "p = malloc(1)");  // the name is free again
  EXPECT_EQ(on.lab.hand_malloc(1, "head").text, "head = malloc(1)");
  EXPECT_EQ(on.used_blocks().size(), 3U);
}

/// The calls of a heap as the list has them, with results that are no addresses.
std::vector<std::string> listed_calls(Lab& lab, const std::function<void()>& make) {
  Recorder recorder(lab, {});
  EXPECT_TRUE(recorder.drain(10'000'000'000));
  const std::uint64_t begin = recorder.read().log().end();
  make();
  EXPECT_TRUE(recorder.drain(10'000'000'000));
  const Recorder::Reading reading = recorder.read();
  const EventLog& log = reading.log();
  std::vector<std::string> calls;
  for (std::uint64_t at = begin; at < log.end();) {
    const std::uint64_t to = log.end_of_call(at + 1);
    const LoggedCall call = read_call(log, at, to, reading.picture());
    calls.push_back(call.call + (call.result == "NULL" ? ": NULL" : ""));
    at = to;
  }
  return calls;
}

TEST(Hand, ItsCallsAreListedByTheirNames) {
  LabOnReservedHeap on;
  const auto calls = listed_calls(on.lab, [&] {
    const Outcome p = on.lab.hand_malloc(100);
    on.lab.hand_calloc(4, 25);
    on.lab.hand_aligned_alloc(64, 100);
    on.lab.hand_realloc(p.block, 400);
    on.lab.hand_calloc(7, std::uint64_t{1} << 38);
  });
  ASSERT_EQ(calls.size(), 5U);
  EXPECT_EQ(calls[0], "p = malloc(100)");
  EXPECT_EQ(calls[1], "q = calloc(4, 25)");
  EXPECT_EQ(calls[2], "r = aligned_alloc(64, 100)");
  EXPECT_TRUE(calls[3].starts_with("p = realloc(0x") && calls[3].ends_with(", 400)")) << calls[3];
  EXPECT_EQ(calls[4], "calloc(7, \u2026): NULL") << "the event cannot say how much that is";
}

TEST(Hand, ItsCallsAreListedByTheirNamesOnTheFastEngineToo) {
  ReservedBreak end(std::size_t{64} << 20);
  FastHeap heap(end);
  Lab lab(static_cast<Heap&>(heap));
  const auto calls = listed_calls(lab, [&] {
    const Outcome p = lab.hand_calloc(4, 25);
    lab.hand_aligned_alloc(16, 40);
    lab.hand_aligned_alloc(4096, 40);
    lab.hand_realloc(p.block, 400);
  });
  ASSERT_EQ(calls.size(), 6U) << "malloc and free, as that engine moves a block";
  EXPECT_EQ(calls[0], "p = calloc(4, 25)");
  EXPECT_EQ(calls[1], "q = aligned_alloc(16, 40)");
  EXPECT_EQ(calls[2], "r = aligned_alloc(4 096, 40)");
  EXPECT_TRUE(calls[3].starts_with("realloc(")) << calls[3];
}

TEST(Hand, BelongsToTheThreadYou) {
  LabOnReservedHeap on;
  on.lab.hand_malloc(100);
  EXPECT_EQ(on.used_blocks().at(0).thread, Lab::hand_thread);
}

TEST(Hand, WritesSomethingReadable) {
  LabOnReservedHeap on;
  EXPECT_EQ(text_at(on.lab.hand_malloc(40).block, 40), "p = malloc(40)  p = malloc(40)  p = mall");
  EXPECT_EQ(text_at(on.lab.hand_calloc(2, 8).block, 16), std::string(16, '\0'));
}

TEST(Hand, DoesForNothingWhatTheHeapDoes) {
  LabOnReservedHeap on;
  EXPECT_EQ(on.lab.hand_malloc(0).text,
            "p = malloc(0). Returns NULL: for 0 bytes there is no block");
  EXPECT_TRUE(on.lab.hand_calloc(0, 4).null);
  EXPECT_TRUE(on.lab.hand_calloc(4, 0).null);
  EXPECT_TRUE(on.lab.hand_aligned_alloc(64, 0).null);
  EXPECT_EQ(on.lab.hand_free_null().text, "free(NULL). Does nothing");
  EXPECT_FALSE(on.lab.can_undo());
  const std::uint64_t block = on.lab.hand_malloc(8).block;
  EXPECT_EQ(on.lab.hand_realloc(block, 0).text, "p = realloc(p, 0). Frees it and returns NULL");
  EXPECT_TRUE(on.used_blocks().empty());
  on.lab.undo();
  EXPECT_EQ(on.used_blocks().at(0).requested, 8U);
}

TEST(Hand, AlignsAndUndoes) {
  LabOnReservedHeap on;
  on.lab.hand_malloc(8);
  const Outcome aligned = on.lab.hand_aligned_alloc(4096, 100);
  EXPECT_EQ(aligned.text, "q = aligned_alloc(4096, 100)");
  EXPECT_EQ(on.lab.pointer_to(aligned.block) % 4096, 0U);
  on.lab.hand_free(aligned.block);
  EXPECT_EQ(on.lab.undo().text, "undone: q = aligned_alloc(4096, 100)");
  EXPECT_EQ(on.lab.pointer_to(*on.lab.block_called("q")) % 4096, 0U);
}

TEST(Hand, RefusesWhatMakesNoSense) {
  LabOnReservedHeap on;
  EXPECT_NE(on.lab.hand_aligned_alloc(48, 4).error.find("a power of two"), std::string::npos);
  EXPECT_NE(on.lab.hand_malloc(8, "9lives").error, "");
  EXPECT_NE(on.lab.hand_malloc(8, "ninechars").error, "");
  on.lab.hand_malloc(8, "twin");
  EXPECT_NE(on.lab.hand_malloc(8, "twin").error.find("in use"), std::string::npos);
  EXPECT_NE(
      on.lab.hand_calloc(std::uint64_t{1} << 33, std::uint64_t{1} << 33).error.find("overflows"),
      std::string::npos);
  EXPECT_EQ(on.used_blocks().size(), 1U);
}

TEST(Hand, SaysSoWhenThereIsNoMemory) {
  LabOnReservedHeap on(std::size_t{1} << 20);
  const Outcome outcome = on.lab.hand_malloc(std::uint64_t{1} << 30);
  EXPECT_EQ(outcome.block, 0U);
  EXPECT_NE(outcome.error.find("no memory"), std::string::npos);
  const std::uint64_t p = on.lab.hand_malloc(100).block;
  EXPECT_NE(on.lab.hand_realloc(p, std::uint64_t{1} << 30).error, "");
  EXPECT_EQ(on.lab.block_called("p"), p);  // as it was
  EXPECT_EQ(on.used_blocks().at(0).requested, 100U);
}

TEST(Hand, SaysSoWhenTheBlockIsGone) {
  LabOnReservedHeap on;
  const std::uint64_t p = on.lab.hand_malloc(100).block;
  on.lab.hand_malloc(100);
  on.lab.hand_free(p);
  EXPECT_NE(on.lab.hand_free(p).error.find("is gone"), std::string::npos);
  EXPECT_NE(on.lab.hand_realloc(p, 10).error.find("is gone"), std::string::npos);
  EXPECT_NE(on.lab.hand_free(0).error, "");
  EXPECT_NE(on.lab.hand_free(12345).error, "");
  EXPECT_EQ(on.lab.stats().errors, 0U);  // the heap never saw it
}

TEST(Hand, ReallocKeepsNameAndContents) {
  LabOnReservedHeap on;
  const std::uint64_t p = on.lab.hand_malloc(40).block;
  on.lab.hand_malloc(1);
  const Outcome moved = on.lab.hand_realloc(p, 4000);
  EXPECT_NE(moved.block, p);
  EXPECT_EQ(moved.text, "p = realloc(p, 4000)");
  EXPECT_EQ(on.lab.block_called("p"), moved.block);
  EXPECT_EQ(text_at(moved.block, 14), "p = malloc(40)");
  EXPECT_EQ(on.lab.hand_realloc(moved.block, 100, "r").text, "r = realloc(p, 100)");
  EXPECT_EQ(on.lab.block_called("p"), std::nullopt);
}

TEST(Undo, TakesBackOneByOne) {
  LabOnReservedHeap on;
  EXPECT_FALSE(on.lab.can_undo());
  EXPECT_NE(on.lab.undo().error, "");
  const std::uint64_t p = on.lab.hand_malloc(100).block;
  on.lab.hand_malloc(50);
  on.lab.hand_realloc(p, 4000);
  on.lab.hand_free(*on.lab.block_called("p"));
  EXPECT_EQ(on.used_blocks().size(), 1U);

  const Outcome freed = on.lab.undo();
  EXPECT_EQ(freed.error, "");
  EXPECT_EQ(on.lab.block_called("p"), freed.block);
  EXPECT_EQ(on.used_blocks().size(), 2U);
  const Outcome resized = on.lab.undo();
  EXPECT_EQ(on.lab.block_called("p"), resized.block);
  EXPECT_EQ(on.lab.undo().error, "");  // q
  EXPECT_EQ(on.lab.block_called("q"), std::nullopt);
  EXPECT_EQ(on.used_blocks().size(), 1U);
  EXPECT_EQ(on.used_blocks().at(0).requested, 100U);
  EXPECT_EQ(on.lab.undo().error, "");  // p
  EXPECT_TRUE(on.used_blocks().empty());
  EXPECT_FALSE(on.lab.can_undo());
  EXPECT_EQ(on.heap.check(nullptr), MH_OK);
}

TEST(Undo, GivesAnOldNameBack) {
  LabOnReservedHeap on;
  const std::uint64_t p = on.lab.hand_malloc(100).block;
  on.lab.hand_realloc(p, 50, "small");
  on.lab.undo();
  EXPECT_TRUE(on.lab.block_called("p"));
  EXPECT_FALSE(on.lab.block_called("small"));
}

TEST(Undo, KeepsABoundedNumberOfLevels) {
  LabOnReservedHeap on;
  for (std::size_t i = 0; i < Hand::undo_levels + 10; ++i) on.lab.hand_malloc(10);
  std::size_t undone = 0;
  while (on.lab.can_undo()) {
    ASSERT_EQ(on.lab.undo().error, "");
    ++undone;
  }
  EXPECT_EQ(undone, Hand::undo_levels);
  EXPECT_EQ(on.used_blocks().size(), 10U);
}

TEST(Undo, ARandomWalkThereAndBackLeavesNothing) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    LabOnReservedHeap on;
    Random random(seed);
    for (std::size_t i = 0; i < Hand::undo_levels; ++i) {
      const auto used = on.used_blocks();
      const std::uint64_t block =
          used.empty() ? 0 : test::address_of(used[random.below(used.size())]);
      switch (used.empty() ? 0 : random.below(3)) {
        case 0:
          on.lab.hand_malloc(1 + random.below(500));
          break;
        case 1:
          on.lab.hand_realloc(block, 1 + random.below(500));
          break;
        default:
          on.lab.hand_free(block);
          break;
      }
    }
    while (on.lab.can_undo()) ASSERT_EQ(on.lab.undo().error, "") << "seed " << seed;
    EXPECT_TRUE(on.used_blocks().empty()) << "seed " << seed;
    EXPECT_EQ(on.heap.check(nullptr), MH_OK);
    EXPECT_EQ(on.lab.stats().errors, 0U);
  }
}

TEST(Hand, ForgetsWithTheHeap) {
  LabOnReservedHeap on;
  const std::uint64_t p = on.lab.hand_malloc(100).block;
  on.lab.reset();
  EXPECT_FALSE(on.lab.can_undo());
  EXPECT_NE(on.lab.hand_free(p).error, "");
  EXPECT_EQ(on.lab.hand_malloc(5).text, "p = malloc(5)");
}

TEST(Hand, FreesManyAtOnceAndTakesThatBack) {
  LabOnReservedHeap on;
  std::vector<std::uint64_t> blocks;
  for (std::uint64_t i = 0; i < 6; ++i) blocks.push_back(on.lab.hand_malloc(100 + i).block);
  on.lab.hand_free(blocks[5]);
  const std::vector<std::uint64_t> some{blocks[1], blocks[2], blocks[3], blocks[5]};
  const Hand::Freed freed = on.lab.hand_free_all(some, true);
  EXPECT_EQ(freed.freed, 3U);
  EXPECT_EQ(freed.gone, 1U);
  EXPECT_EQ(on.used_blocks().size(), 2U);
  EXPECT_EQ(on.lab.undo().text, "undone: 3 blocks are allocated again");
  EXPECT_EQ(on.used_blocks().size(), 5U);
  EXPECT_TRUE(on.lab.block_called("q").has_value()) << "with their names";
  EXPECT_EQ(on.lab.undo().error, "");  // the free before it
  EXPECT_EQ(on.used_blocks().size(), 6U);
}

TEST(Hand, ForgetsWhatItCouldUndoWhenItFreesForGood) {
  LabOnReservedHeap on;
  const std::vector<std::uint64_t> blocks{on.lab.hand_malloc(100).block,
                                          on.lab.hand_malloc(100).block};
  EXPECT_EQ(on.lab.hand_free_all(blocks, false).freed, 2U);
  EXPECT_FALSE(on.lab.can_undo());
  EXPECT_TRUE(on.used_blocks().empty());
}

/// The picture of a heap, as a walk tells it.
HeapPicture picture_of(const LabOnReservedHeap& on) {
  HeapPicture picture;
  const auto apply = [&picture](EventKind kind, std::uint64_t address, std::uint64_t size,
                                unsigned extra) {
    Event event{};
    event.kind_bits = static_cast<std::uint64_t>(kind) & 0xffU;
    event.address = address & 0xffff'ffff'ffffU;
    event.size = size;
    event.extra = extra & 0xffU;
    EXPECT_TRUE(picture.apply(event));
  };
  const std::vector<mh_block> blocks = on.walk();
  apply(EventKind::reset, test::address_of(blocks.front()), 0, 0);
  for (const mh_block& block : blocks) {
    const std::uint64_t address = test::address_of(block);
    apply(EventKind::break_moved, address + block.size, 0, 0);
    apply(EventKind::block, address, block.size, static_cast<unsigned>(block.header));
    if (block.used != 0)
      apply(EventKind::alloc, address, block.requested, BlockShape{32, false, 0}.pack());
  }
  return picture;
}

TEST(RegionFree, FreesEveryBlockOfItThoughWorkersHoldThem) {
  LabOnReservedHeap on;
  Workload workload;
  workload.threads = 3;
  workload.live_blocks = 9000;
  workload.operations = 12'000;
  workload.rate = std::numeric_limits<double>::infinity();
  on.lab.start(workload);
  ASSERT_TRUE(test::eventually([&] { return !on.lab.running(); }));  // they hold their blocks still
  ASSERT_GT(on.used_blocks().size(), 5000U);
  const HeapPicture picture = picture_of(on);
  MapRegion region;
  region.length = static_cast<double>(picture.totals().heap);
  region.stride = region.length;
  region.count = 1;
  RegionFree job(region);
  for (int frame = 0; frame < 10'000 && !job.done(); ++frame) {
    job.collect(picture);
    job.work(on.lab, std::chrono::milliseconds(2));
  }
  EXPECT_TRUE(job.done());
  EXPECT_TRUE(on.used_blocks().empty());
  EXPECT_NE(job.outcome().find("cannot be undone"), std::string::npos) << job.outcome();
}

std::string error_of(const Outcome& outcome) {
  return outcome.error;
}

TEST(HandRedo, DoesAgainWhatWasUndoneInOrder) {
  LabOnReservedHeap on;
  on.lab.hand_malloc(100);
  on.lab.hand_calloc(2, 50);
  on.lab.hand_realloc(*on.lab.block_called("p"), 300);
  on.lab.hand_free(*on.lab.block_called("q"));
  const auto names = [&] {
    return std::pair(on.lab.block_called("p").has_value(), on.lab.block_called("q").has_value());
  };
  for (int i = 0; i < 4; ++i) EXPECT_EQ(error_of(on.lab.undo()), "");
  EXPECT_TRUE(on.used_blocks().empty());
  EXPECT_EQ(error_of(on.lab.undo()), "there is nothing to undo");

  EXPECT_EQ(on.lab.redo().text, "again: p = malloc(100)");
  EXPECT_EQ(on.lab.redo().text, "again: q = calloc(1, 100)");
  EXPECT_EQ(names(), std::pair(true, true));
  EXPECT_EQ(on.lab.redo().text, "again: p = realloc(p, 300)");
  EXPECT_EQ(on.lab.redo().text, "again: q is freed again");
  EXPECT_EQ(names(), std::pair(true, false));
  EXPECT_EQ(on.used_blocks().at(0).requested, 300U);
  EXPECT_EQ(error_of(on.lab.redo()), "there is nothing to redo");
  // And back again.
  EXPECT_EQ(error_of(on.lab.undo()), "");
  EXPECT_EQ(names(), std::pair(true, true));
}

TEST(HandRedo, IsOverOnceSomethingElseIsDone) {
  LabOnReservedHeap on;
  on.lab.hand_malloc(100);
  on.lab.undo();
  EXPECT_TRUE(on.lab.can_redo());
  on.lab.hand_malloc(50);
  EXPECT_FALSE(on.lab.can_redo());
}

TEST(HandRedo, FreesAGroupAgain) {
  LabOnReservedHeap on;
  const std::vector<std::uint64_t> blocks{
      on.lab.hand_malloc(10).block, on.lab.hand_malloc(20).block, on.lab.hand_malloc(30).block};
  on.lab.hand_free_all(blocks, true);
  EXPECT_EQ(error_of(on.lab.undo()), "");
  EXPECT_EQ(on.used_blocks().size(), 3U);
  EXPECT_EQ(on.lab.redo().text, "again: 3 blocks are freed again");
  EXPECT_TRUE(on.used_blocks().empty());
}

TEST(HandRedo, CoversPools) {
  LabOnReservedHeap on;
  on.lab.make_pool(24, 4);
  on.lab.pool_alloc("P");
  on.lab.pool_alloc("P");
  on.lab.free_last_object("P");
  const auto used = [&] { return on.lab.pools().used_slots(); };
  EXPECT_EQ(used(), 1U);
  EXPECT_EQ(error_of(on.lab.undo()), "");
  EXPECT_EQ(used(), 2U);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(error_of(on.lab.undo()), "");
  EXPECT_FALSE(on.lab.pools().is_pool("P"));
  for (int i = 0; i < 4; ++i) EXPECT_EQ(error_of(on.lab.redo()), "");
  EXPECT_EQ(used(), 1U);
  on.lab.destroy_pool("P");
  EXPECT_EQ(error_of(on.lab.undo()), "that cannot be undone: a destroyed pool does not come back");
}

}  // namespace
}  // namespace mh
