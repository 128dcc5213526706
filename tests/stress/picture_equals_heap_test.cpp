// Log -> picture = walk of the real heap, after random work of many threads: the promise that the
// whole program stands on.

#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "app/model/player.hpp"
#include "app/model/recorder.hpp"
#include "app/model/verifier.hpp"
#include "core/heap/pools/pool.hpp"
#include "unit/model_test_support.hpp"

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define MH_SLOW_BUILD 1
#else
#define MH_SLOW_BUILD 0
#endif

namespace mh::test {
namespace {

constexpr bool slow_build = MH_SLOW_BUILD != 0;

/// Runs threads of random work to their end, one of them the calling thread. Some leave blocks
/// behind.
void work_with_threads(ClassicHeap& heap, std::uint64_t seed, unsigned threads, int calls) {
  const auto work = [&heap, seed, calls](unsigned index) {
    RandomWork own(heap, seed * 64 + index, 2 + seed % 60);
    own.do_calls(calls);
    if ((seed + index) % 3 == 0) own.free_all();
    if (index > 0) heap.events().thread_end();
  };
  std::vector<std::thread> others;
  for (unsigned i = 1; i < threads; ++i) others.emplace_back(work, i);
  work(0);
  for (std::thread& other : others) other.join();
}

/// The free list of the real heap, in the order in which a search goes through it.
std::vector<std::uint64_t> real_free_list(ClassicHeap& heap) {
  std::vector<std::uint64_t> list;
  heap.walk_free(
      [](const mh_block* block, void* context) {
        static_cast<std::vector<std::uint64_t>*>(context)->push_back(
            reinterpret_cast<std::uintptr_t>(block->address));
        return 1;
      },
      &list);
  return list;
}

/// Block by block, by the test's own hand; and then by the recorder's check.
void expect_picture_equals_heap(HeapSource& source, Recorder& recorder) {
  ASSERT_TRUE(recorder.drain(20 * second));
  HeapRegion heap;
  ASSERT_TRUE(walk_region(source, second, 0, ~std::size_t{0}, heap));
  {
    const Recorder::Reading reading = recorder.read();
    const std::vector<PictureBlock> blocks = blocks_of(reading.picture());
    ASSERT_EQ(blocks.size(), heap.blocks.size());
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      ASSERT_EQ(blocks[i].address, reinterpret_cast<std::uintptr_t>(heap.blocks[i].address));
      ASSERT_EQ(blocks[i].size, heap.blocks[i].size);
      ASSERT_EQ(blocks[i].requested, heap.blocks[i].requested);
      ASSERT_EQ(blocks[i].header, heap.blocks[i].header);
      ASSERT_EQ(blocks[i].front, heap.blocks[i].front);
      ASSERT_EQ(blocks[i].guard, heap.blocks[i].guard);
      ASSERT_EQ(blocks[i].guarded, heap.blocks[i].guarded != 0);
      ASSERT_EQ(blocks[i].set_aside, heap.blocks[i].set_aside != 0);
      ASSERT_EQ(blocks[i].used, heap.blocks[i].used != 0);
      ASSERT_EQ(blocks[i].foreign, heap.blocks[i].foreign != 0);
      ASSERT_TRUE(!blocks[i].used || blocks[i].thread == heap.blocks[i].thread);
    }
    ASSERT_EQ(reading.picture().program_break(), heap.walk.end);
    ASSERT_EQ(reading.picture().rejected(), 0U);
    const PictureTotals& t = reading.picture().totals();
    ASSERT_EQ(t.heap,
              t.header + t.requested + t.padding + t.guard + t.free + t.set_aside + t.foreign);
    const mh_stats stats = source.heap().stats();
    ASSERT_EQ(t.guard, stats.guard);
    ASSERT_EQ(t.set_aside, stats.set_aside);
    ASSERT_EQ(t.set_aside_blocks, stats.set_aside_blocks);
    ASSERT_EQ(t.heap, stats.heap);
    ASSERT_EQ(t.requested, stats.requested);
    ASSERT_EQ(t.padding, stats.padding);
    ASSERT_EQ(t.free, stats.free);
  }
  const Verdict verdict = recorder.check_now(20 * second);
  ASSERT_EQ(verdict.state, Verdict::State::equal) << verdict.difference;
  ASSERT_EQ(verdict.blocks, heap.blocks.size());
}

TEST(PictureEqualsHeap, AfterThousandsOfSmallWorkloads) {
  // A recorder serves many seeds: each goes on from the heap that the last one left.
  const std::uint64_t heaps = slow_build ? 20 : 100;
  const std::uint64_t seeds_per_heap = 20;
  for (std::uint64_t heap = 0; heap < heaps; ++heap) {
    HeapSource source;
    Recorder recorder(source, {0, 64, 0.001});
    for (std::uint64_t i = 0; i < seeds_per_heap; ++i) {
      const std::uint64_t seed = heap * seeds_per_heap + i;
      SCOPED_TRACE("seed " + std::to_string(seed));
      work_with_threads(source.heap(), seed, 1 + static_cast<unsigned>(seed % 8),
                        5 + static_cast<int>(seed % 90));
      ASSERT_NO_FATAL_FAILURE(expect_picture_equals_heap(source, recorder));
      if (seed % 7 == 0) source.heap().reset();
      if (seed % 5 == 0) recorder.clear();
    }
    EXPECT_EQ(recorder.lost(), 0U);
  }
}

/// Any of the switches' combinations, at random.
mh_policy random_policy(std::mt19937_64& random) {
  const auto pick = [&random](unsigned below) { return static_cast<int>(random() % below); };
  mh_policy policy = plainest_policy;
  policy.placement = static_cast<mh_placement>(pick(4));
  policy.free_order = static_cast<mh_free_order>(pick(3));
  policy.coalescing = static_cast<mh_coalescing>(pick(3));
  policy.header = static_cast<mh_header_kind>(pick(2));
  policy.trimming = static_cast<mh_trimming>(pick(3));
  policy.growth = static_cast<mh_growth>(pick(2));
  policy.split = pick(2);
  policy.carving = static_cast<mh_carving>(pick(2));
  policy.alignment = std::size_t{16} << pick(3);
  policy.guards = pick(2);
  policy.poison = pick(2);
  return policy;
}

/// Writes past the end of a block and frees it: the heap sets it aside.
void overflow_one(ClassicHeap& heap) {
  auto* const bytes = static_cast<unsigned char*>(heap.allocate(100));
  mh_block block{};
  if (bytes == nullptr || !heap.block_at(bytes, block) || block.guarded == 0) return;
  bytes[100] ^= 1;
  heap.release(bytes);
}

TEST(PictureEqualsHeap, UnderEveryPolicyTheFreeListToo) {
  std::mt19937_64 random(11);
  for (std::uint64_t heap = 0; heap < (slow_build ? 15U : 60U); ++heap) {
    HeapSource source;
    Recorder recorder(source, {0, 64, 0.001});
    for (std::uint64_t change = 0; change < 12; ++change) {
      SCOPED_TRACE("heap " + std::to_string(heap) + ", change " + std::to_string(change));
      ASSERT_TRUE(source.heap().set_policy(random_policy(random)));
      work_with_threads(source.heap(), heap * 12 + change, 1 + static_cast<unsigned>(change % 3),
                        150);
      if (random() % 3 == 0) overflow_one(source.heap());
      ASSERT_NO_FATAL_FAILURE(expect_picture_equals_heap(source, recorder));
      const std::vector<std::uint64_t> list = real_free_list(source.heap());
      ASSERT_EQ(free_list_of(recorder.read().picture()), list);
      ASSERT_EQ(list.size(), source.heap().stats().free_blocks);
    }
  }
}

TEST(PictureEqualsHeap, WithRingsSoSmallThatWritersWait) {
  for (std::uint64_t seed = 0; seed < (slow_build ? 4U : 16U); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Segment::Options tight;
    tight.ring_records = 128;
    tight.patience_us = 10'000'000;
    HeapSource source(tight);
    Recorder recorder(source, {0, 16, 0.001});
    work_with_threads(source.heap(), seed, 4, slow_build ? 300 : 1500);
    EXPECT_EQ(recorder.lost(), 0U);
    ASSERT_NO_FATAL_FAILURE(expect_picture_equals_heap(source, recorder));
  }
}

/// The slots in use by address, as the heap's blocks and as the picture say.
void expect_the_same_slots(HeapSource& source, Recorder& recorder) {
  std::vector<std::pair<std::uint64_t, bool>> slots;
  source.heap().walk(
      [](const mh_block* block, void* context) {
        mh_slots found;
        for (std::size_t i = 0; mh_slots_of(block, &found) != 0 && i < found.count; ++i) {
          static_cast<decltype(&slots)>(context)->emplace_back(
              reinterpret_cast<std::uintptr_t>(found.first) + i * found.size,
              (found.bits[i / 64] >> (i % 64) & 1) != 0);
        }
        return 1;
      },
      &slots);
  const Recorder::Reading reading = recorder.read();
  ASSERT_FALSE(slots.empty());
  for (const auto& [address, used] : slots) {
    const auto slot = reading.picture().slot_at(address);
    ASSERT_TRUE(slot.has_value());
    ASSERT_EQ(slot->address, address);
    ASSERT_EQ(slot->used, used);
  }
}

TEST(PictureEqualsHeap, SlotBySlot) {
  for (std::uint64_t seed = 0; seed < (slow_build ? 3U : 12U); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    HeapSource source;
    Recorder recorder(source, {0, 64, 0.001});
    Pool* const pool = Pool::create(source.heap(), 1 + seed * 7, 1 + seed * 13);
    const auto work = [&](unsigned index) {
      RandomWork beside(source.heap(), seed * 64 + index, 20);
      std::mt19937_64 random(seed * 64 + index);
      std::vector<void*> mine;
      for (int i = 0; i < (slow_build ? 400 : 3000); ++i) {
        if (random() % 8 == 0) beside.do_calls(1);
        if (random() % 200 == 0) source.segment().header().walk_requested.fetch_add(1);
        if (mine.empty() || random() % 2 == 0) {
          mine.push_back(pool->allocate());
        } else {
          std::swap(mine[random() % mine.size()], mine.back());
          pool->release(mine.back());
          mine.pop_back();
        }
      }
      source.heap().events().thread_end();
    };
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < 4; ++i) threads.emplace_back(work, i);
    for (std::thread& thread : threads) thread.join();
    ASSERT_NO_FATAL_FAILURE(expect_picture_equals_heap(source, recorder));
    ASSERT_NO_FATAL_FAILURE(expect_the_same_slots(source, recorder));
    pool->destroy();
    ASSERT_NO_FATAL_FAILURE(expect_picture_equals_heap(source, recorder));
    EXPECT_EQ(recorder.lost(), 0U);
  }
}

TEST(PictureEqualsHeap, ErrorsOfSlotsReadAsThePoolTellsThem) {
  HeapSource source;
  Recorder recorder(source, {0, 64, 0.001});
  Pool* const pool = Pool::create(source.heap(), 24, 4);
  auto* const object = static_cast<std::byte*>(pool->allocate());
  pool->release(object + 8);
  source.heap().release(object);
  pool->release(object);
  pool->release(object);
  ASSERT_TRUE(recorder.drain(20 * second));
  const Recorder::Reading reading = recorder.read();
  ASSERT_EQ(reading.errors().entries().size(), 3U);
  EXPECT_EQ(reading.errors().entries()[0].sentence(),
            "interior pointer: it points to byte 8 of an object of 24 bytes");
  EXPECT_FALSE(reading.errors().entries()[1].slot);
  EXPECT_EQ(reading.errors().entries()[2].sentence(), "double free: the slot is free already");
}

TEST(PictureEqualsHeap, NeverDiffersWhileItIsLookedAtFromAllSides) {
  // On a machine that others keep busy the reader is not slow, but long without a processor.
  Segment::Options patient;
  patient.patience_us = 5'000'000;
  HeapSource source(patient);
  Recorder recorder(source, {std::size_t{4} << 20, 256, 0.002});
  std::atomic<bool> stop{false};
  std::thread window([&] {
    Player player(recorder);
    std::mt19937_64 random(1);
    while (!stop) {
      player.advance(0.005);
      {
        const Player::View view = player.view();
        std::uint64_t bytes = 0;
        const HeapPicture& picture = view.picture();
        for (std::uint64_t at = picture.start(); at < picture.program_break();
             at += HeapPicture::shard_bytes) {
          const HeapPicture::Summary sum = picture.summary(at);
          bytes += sum.header + sum.requested + sum.padding + sum.guard + sum.free + sum.set_aside +
                   sum.foreign;
        }
        // From the second shard on every byte is some block's, except behind the heap's end.
        EXPECT_LE(bytes, picture.totals().heap + HeapPicture::shard_bytes);
      }
      switch (random() % 8) {
        case 0:
          player.seek(random() % (recorder.end() + 1));
          break;
        case 1:
          player.step(-1);
          break;
        case 2:
          player.step(1);
          break;
        case 3:
          player.go_live();
          break;
        case 4:
          player.resume();
          break;
        default:
          std::this_thread::sleep_for(std::chrono::microseconds(300));
      }
      const Verdict verdict = recorder.verdict();
      EXPECT_NE(verdict.state, Verdict::State::different) << verdict.difference;
    }
  });
  const std::uint64_t until = monotonic_ns() + 5 * second;
  for (std::uint64_t seed = 0; monotonic_ns() < until; ++seed) {
    work_with_threads(source.heap(), seed, 6, slow_build ? 300 : 3000);
    if (seed % 10 == 9) source.heap().reset();
  }
  stop = true;
  window.join();
  EXPECT_EQ(recorder.lost(), 0U);
  ASSERT_NO_FATAL_FAILURE(expect_picture_equals_heap(source, recorder));
}

}  // namespace
}  // namespace mh::test
