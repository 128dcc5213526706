// Log -> picture = walk of the real heap, on the fast engine: bins, thread caches, mappings.

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "app/model/recorder.hpp"
#include "app/model/verifier.hpp"
#include "app/sources/engine_heap.hpp"
#include "app/sources/lab.hpp"
#include "core/heap/fast/fast_heap.hpp"
#include "tests/support/controlled_break.hpp"
#include "unit/heap_test_support.hpp"
#include "unit/model_test_support.hpp"

namespace mh::test {
namespace {

class FastSource final : public Source {
 public:
  FastSource() : segment_(Segment::anonymous({})), heap_(end_) {
    heap_.events().attach(segment_);
    heap_.announce();
  }
  ~FastSource() override { heap_.events().detach(); }

  [[nodiscard]] std::unique_ptr<Stream> open_stream() override {
    return std::make_unique<RingStream>(segment_);
  }
  [[nodiscard]] Segment& segment() { return segment_; }
  bool walk(std::uint64_t timeout_ns, mh_visitor visitor, void* context, WalkEnd& end) override {
    HeapWalkEnd walked{};
    if (!heap_.walk_within(timeout_ns, visitor, context, walked)) return false;
    end = {reinterpret_cast<std::uintptr_t>(walked.start),
           reinterpret_cast<std::uintptr_t>(walked.end), walked.clock};
    return true;
  }
  [[nodiscard]] FastHeap& heap() { return heap_; }
  [[nodiscard]] ControlledBreak& end() { return end_; }

 private:
  Segment segment_;
  ControlledBreak end_{std::size_t{64} << 20};
  FastHeap heap_;
};

void expect_equal(FastSource& source, Recorder& recorder) {
  const Verdict verdict = recorder.check_now(20 * second);
  ASSERT_EQ(verdict.state, Verdict::State::equal) << verdict.difference;
  const Recorder::Reading reading = recorder.read();
  ASSERT_EQ(reading.picture().rejected(), 0U);
  const mh_stats stats = source.heap().stats();
  const PictureTotals& t = reading.picture().totals();
  ASSERT_EQ(t.heap, stats.heap);
  ASSERT_EQ(t.requested, stats.requested);
  ASSERT_EQ(t.free, stats.free);
  ASSERT_EQ(t.padding, stats.padding);
  ASSERT_EQ(t.free_blocks, stats.free_blocks);
}

/// Small blocks that the caches keep, larger ones, and now and then one with a mapping of its own.
void work(FastHeap& heap, std::uint64_t seed, int calls) {
  RandomWork small(heap, seed, 60);
  std::mt19937_64 random(seed);
  std::vector<void*> large;
  for (int i = 0; i < calls; ++i) {
    small.do_calls(8);
    if (random() % 4 != 0) continue;
    if (large.size() > 4) {
      heap.release(large.front());
      large.erase(large.begin());
    }
    large.push_back(heap.allocate_aligned(
        std::size_t{16} << random() % 4, 5000 + random() % (random() % 4 == 0 ? 700'000 : 20'000)));
    if (random() % 2 == 0) large.back() = heap.reallocate(large.back(), 1 + random() % 500'000);
  }
  if (seed % 2 == 0) small.free_all();
}

TEST(FastPicture, IsTheHeapAfterRandomWorkOfManyThreads) {
  for (std::uint64_t seed = 0; seed < (sanitized ? 4U : 20U); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    FastSource source;
    Recorder recorder(source, {0, 64, 0.001});
    for (unsigned round = 0; round < 3; ++round) {
      std::vector<std::thread> threads;
      for (unsigned i = 0; i < 4; ++i) {
        threads.emplace_back([&, i] {
          work(source.heap(), seed * 64 + round * 8 + i, 60);
          source.heap().events().thread_end();
        });
      }
      for (std::thread& thread : threads) thread.join();
      ASSERT_NO_FATAL_FAILURE(expect_equal(source, recorder));
      if (seed % 3 == 0) source.heap().trim(0);
      if (seed % 5 == 0) source.segment().header().walk_requested.fetch_add(1);
      ASSERT_NO_FATAL_FAILURE(expect_equal(source, recorder));
    }
    EXPECT_EQ(recorder.lost(), 0U);
    source.heap().reset();
    ASSERT_NO_FATAL_FAILURE(expect_equal(source, recorder));
  }
}

TEST(FastPicture, IsTheHeapWhenTheBreakFailsAndOthersMoveIt) {
  FastSource source;
  Recorder recorder(source, {0, 64, 0.001});
  void* const mapped = source.heap().allocate(3 << 20);  // before there is a heap
  ASSERT_NE(mapped, nullptr);
  ASSERT_NO_FATAL_FAILURE(expect_equal(source, recorder));
  for (unsigned round = 0; round < 12; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    if (round % 3 == 1) source.end().grows_until_failure = 1;
    if (round % 3 == 2) source.end().foreign_grow(10'000 + round);
    std::vector<void*> all;
    for (int i = 0; i < 90; ++i) all.push_back(source.heap().allocate(5000));
    work(source.heap(), round, 40);
    ASSERT_NO_FATAL_FAILURE(expect_equal(source, recorder));
    for (std::size_t i = round % 2; i < all.size(); i += 2) source.heap().release(all[i]);
    ASSERT_NO_FATAL_FAILURE(expect_equal(source, recorder));
  }
}

TEST(FastPicture, TheLabChoosesItsEngine) {
  ReservedBreak end(std::size_t{1} << 30);
  ClassicHeap classic(end);
  EngineHeap heap(classic, end);
  Lab lab(heap);
  Recorder recorder(lab, {0, 64, 0.001});
  for (const Engine engine : {Engine::fast, Engine::classic, Engine::fast}) {
    ASSERT_TRUE(lab.choose_engine(engine));
    Workload workload;
    workload.threads = 8;
    workload.rate = 1e9;
    workload.live_blocks = 2000;
    lab.start(workload);
    const auto until = monotonic_ns() + (sanitized ? second / 2 : second / 5);
    while (monotonic_ns() < until) {
      lab.tick();
      EXPECT_NE(recorder.verdict().state, Verdict::State::different)
          << recorder.verdict().difference;
    }
    lab.stop();
    EXPECT_TRUE(lab.hand_malloc(100, "p").error.empty());
    const Verdict verdict = recorder.check_now(20 * second);
    ASSERT_EQ(verdict.state, Verdict::State::equal) << verdict.difference;
    ASSERT_EQ(recorder.read().picture().rejected(), 0U);
    ASSERT_EQ(lab.engine(), engine);
  }
}

}  // namespace
}  // namespace mh::test
