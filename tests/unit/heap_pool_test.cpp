// Pools: slots of blocks, against an oracle, with every mistake and without memory.

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>

#include "core/events/clock.hpp"
#include "core/events/merger.hpp"
#include "core/events/segment.hpp"
#include "core/heap/pools/pool.hpp"
#include "tests/unit/heap_test_support.hpp"

namespace mh::test {
namespace {

std::uint64_t number(const void* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer);
}

/// The slots in use, as the blocks of the heap say.
std::set<std::uint64_t> used_slots(const Heap& heap) {
  std::set<std::uint64_t> used;
  heap.walk(
      [](const mh_block* block, void* context) {
        mh_slots slots;
        if (mh_slots_of(block, &slots) == 0) return 1;
        for (std::size_t i = 0; i < slots.count; ++i) {
          if ((slots.bits[i / 64] >> (i % 64) & 1) == 0) continue;
          static_cast<std::set<std::uint64_t>*>(context)->insert(number(slots.first) +
                                                                 i * slots.size);
        }
        return 1;
      },
      &used);
  return used;
}

class HeapPoolTest : public HeapTest {
 protected:
  HeapPoolTest() {
    heap.set_error_handler(
        [](const mh_report* report, void* context) {
          static_cast<std::vector<mh_report>*>(context)->push_back(*report);
        },
        &reports);
  }

  /// The last call reported exactly this.
  void expect_report(mh_error error, const void* pointer, const std::string& sentence) {
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_EQ(reports[0].error, error);
    EXPECT_EQ(reports[0].pointer, pointer);
    char text[200];
    mh_format_report(&reports[0], text, sizeof text);
    EXPECT_EQ(text, sentence);
    reports.clear();
  }
  [[nodiscard]] std::vector<std::byte> image() const { return {start, end.current()}; }
  static std::byte* allocate(Pool* pool) { return static_cast<std::byte*>(pool->allocate()); }

  std::vector<mh_report> reports;
};

TEST_F(HeapPoolTest, LiesInItsFirstBlockWithItsSlots) {
  Pool* const pool = Pool::create(heap, 24, 4);
  ASSERT_NE(pool, nullptr);
  const auto blocks = blocks_of(heap);
  ASSERT_EQ(blocks.size(), 1U);
  EXPECT_TRUE(blocks[0].pool);
  mh_slots slots;
  ASSERT_EQ(mh_slots_of(blocks.data(), &slots), 1);
  EXPECT_EQ(slots.size, 32U);
  EXPECT_EQ(slots.count, 4U);
  EXPECT_EQ(slots.used, 0U);
  const auto* const payload = static_cast<const std::byte*>(blocks[0].address) + plain_header;
  EXPECT_EQ(static_cast<const std::byte*>(slots.first) + 4 * 32, payload + blocks[0].requested);
  EXPECT_STREQ(reinterpret_cast<const char*>(payload), "mh pool");
  pool->destroy();
  EXPECT_EQ(end.current(), start);
}

TEST_F(HeapPoolTest, SlotsComeInTheOrderOfAddressesAndTheLastOneFreedIsFoundFirst) {
  Pool* const pool = Pool::create(heap, 10, 4);
  std::byte* const a = allocate(pool);
  std::byte* const b = allocate(pool);
  std::byte* const c = allocate(pool);
  EXPECT_EQ(b - a, 16);
  EXPECT_EQ(c - b, 16);
  pool->release(a);
  pool->release(c);
  EXPECT_EQ(used_slots(heap), std::set{number(b)});
  EXPECT_EQ(pool->allocate(), c);
  EXPECT_EQ(pool->allocate(), a);
  EXPECT_EQ(pool->allocate(), c + 16);
}

TEST_F(HeapPoolTest, GrowsByABlockAndKeepsIt) {
  Pool* const pool = Pool::create(heap, 100, 3);
  std::vector<void*> objects;
  for (int i = 0; i < 7; ++i) objects.push_back(pool->allocate());
  EXPECT_EQ(blocks_of(heap).size(), 3U);
  mh_pool_stats s = pool->stats();
  EXPECT_EQ(s.object_size, 100U);
  EXPECT_EQ(s.slot_size, 112U);
  EXPECT_EQ(s.blocks, 3U);
  EXPECT_EQ(s.slots, 9U);
  EXPECT_EQ(s.used, 7U);
  EXPECT_EQ(s.allocs, 7U);
  EXPECT_EQ(s.bytes, heap.stats().requested);
  for (void* const object : objects) pool->release(object);
  s = pool->stats();
  EXPECT_EQ(s.blocks, 3U);
  EXPECT_EQ(s.used, 0U);
  EXPECT_EQ(s.peak_used, 7U);
  EXPECT_EQ(s.frees, 7U);
  EXPECT_EQ(heap.check(nullptr), MH_OK);
  for (int i = 0; i < 9; ++i) pool->allocate();
  EXPECT_EQ(pool->stats().blocks, 3U);
  pool->destroy();
  EXPECT_EQ(heap.stats().used_blocks, 0U);
  EXPECT_EQ(end.current(), start);
}

TEST_F(HeapPoolTest, AnUsualBlockIsAboutFourKilobytes) {
  Pool* const small = Pool::create(heap, 1, 0);
  EXPECT_GT(small->stats().slots, 200U);
  EXPECT_NEAR(static_cast<double>(small->stats().bytes), 4096, 256);
  Pool* const large = Pool::create(heap, 3000, 0);
  EXPECT_EQ(large->stats().slots, 8U);
}

TEST_F(HeapPoolTest, EveryLayoutHasAlignedSlots) {
  for (const auto header : {MH_HEADER_PLAIN, MH_HEADER_COMPACT}) {
    for (const std::size_t alignment : {16U, 32U, 64U}) {
      for (const int switches : {0, 1}) {
        mh_policy policy = plainest_policy;
        policy.header = header;
        policy.alignment = alignment;
        policy.guards = policy.poison = policy.split = switches;
        ASSERT_TRUE(heap.set_policy(policy));
        Pool* const pool = Pool::create(heap, 40, PoolBlock::max_slots);
        ASSERT_NE(pool, nullptr);
        for (int i = 0; i < 10; ++i) {
          auto* const object = allocate(pool);
          EXPECT_EQ(number(object) % 16, 0U);
          std::memset(object, 0xaa, 40);
        }
        EXPECT_EQ(used_slots(heap).size(), 10U);
        EXPECT_EQ(heap.check(nullptr), MH_OK);
        pool->destroy();
        EXPECT_EQ(end.current(), start);
      }
    }
  }
}

TEST_F(HeapPoolTest, WhatIsNoPool) {
  errno = 0;
  EXPECT_EQ(Pool::create(heap, 0, 4), nullptr);
  EXPECT_EQ(errno, EINVAL);
  errno = 0;
  EXPECT_EQ(Pool::create(heap, 16, MH_MAX_POOL_SLOTS + 1), nullptr);
  EXPECT_EQ(errno, EINVAL);
  for (const std::size_t size : {~std::size_t{0}, Heap::max_request, Heap::max_request - 64}) {
    errno = 0;
    EXPECT_EQ(Pool::create(heap, size, MH_MAX_POOL_SLOTS), nullptr);
    EXPECT_EQ(errno, ENOMEM);
  }
  end.grows_until_failure = 1;
  errno = 0;
  EXPECT_EQ(Pool::create(heap, 16, 4), nullptr);
  EXPECT_EQ(errno, ENOMEM);
  EXPECT_EQ(end.current(), start);
}

TEST_F(HeapPoolTest, WithoutMemoryForABlockThePoolGoesOn) {
  Pool* const pool = Pool::create(heap, 16, 2);
  void* const a = pool->allocate();
  void* const b = pool->allocate();
  for (int i = 0; i < 3; ++i) {
    end.grows_until_failure = 1;
    errno = 0;
    EXPECT_EQ(pool->allocate(), nullptr);
    EXPECT_EQ(errno, ENOMEM);
  }
  EXPECT_EQ(pool->stats().failed, 3U);
  EXPECT_EQ(heap.check(nullptr), MH_OK);
  pool->release(a);
  EXPECT_EQ(pool->allocate(), a);
  EXPECT_NE(pool->allocate(), nullptr);
  pool->release(b);
  EXPECT_TRUE(reports.empty()) << "want of memory is no mistake";
}

// ---- mistakes

TEST_F(HeapPoolTest, DoubleFree) {
  Pool* const pool = Pool::create(heap, 24, 4);
  void* const a = pool->allocate();
  void* const b = pool->allocate();
  pool->release(a);
  const auto before = image();
  pool->release(a);
  expect_report(MH_DOUBLE_FREE, a, "double free: the slot is free already");
  pool->release(nullptr);
  EXPECT_TRUE(reports.empty());
  EXPECT_EQ(pool->stats().errors, 1U);
  EXPECT_EQ(heap.stats().errors, 1U);
  EXPECT_EQ(used_slots(heap), std::set{number(b)});
  EXPECT_EQ(image().size(), before.size());
}

TEST_F(HeapPoolTest, EveryByteOfABlockIsAnObjectOrAMistake) {
  Pool* const pool = Pool::create(heap, 24, 4);
  Pool* const other = Pool::create(heap, 24, 4);
  auto* const stranger = allocate(other);
  auto* const a = allocate(pool);
  auto* const b = allocate(pool);
  pool->allocate();
  pool->release(b);
  const mh_block block = blocks_of(heap).at(0);
  for (std::byte* at = start; at < start + block.size + 100; ++at) {
    if (at == a || at == a + 64) continue;
    const std::ptrdiff_t distance = at - a;
    pool->release(at);
    if (distance < 0 || distance >= 4 * 32 || distance == 96) {
      expect_report(MH_INVALID_POINTER, at, "invalid pointer: it is no object of this pool");
    } else if (distance % 32 != 0) {
      const std::string byte = std::to_string(distance % 32);
      expect_report(MH_INTERIOR_POINTER, at,
                    "interior pointer: it points to byte " + byte + " of an object of 24 bytes");
    } else {
      expect_report(MH_DOUBLE_FREE, at, "double free: the slot is free already");
    }
  }
  int local = 0;
  for (void* const at : {static_cast<void*>(&local), static_cast<void*>(stranger),
                         reinterpret_cast<void*>(~std::uintptr_t{0})}) {
    pool->release(at);
    expect_report(MH_INVALID_POINTER, at, "invalid pointer: it is no object of this pool");
  }
  EXPECT_EQ(pool->stats().used, 2U);
  EXPECT_EQ(pool->stats().frees, 1U);
  EXPECT_EQ(heap.check(nullptr), MH_OK);
}

TEST_F(HeapPoolTest, TheHeapItselfDoesNotFreeSlotsOrTheirBlock) {
  Pool* const pool = Pool::create(heap, 24, 4);
  void* const object = pool->allocate();
  heap.release(object);
  EXPECT_EQ(reports.at(0).error, MH_INTERIOR_POINTER);
  reports.clear();
  void* const payload = start + plain_header;
  heap.release(payload);
  expect_report(MH_INVALID_POINTER, payload, mh_error_text(MH_INVALID_POINTER));
  EXPECT_EQ(heap.reallocate(payload, 4000), nullptr);
  expect_report(MH_INVALID_POINTER, payload, mh_error_text(MH_INVALID_POINTER));
  pool->release(object);
  EXPECT_TRUE(reports.empty());
}

TEST_F(HeapPoolTest, AWriteAfterFreeIsToldAndTheChainMadeAnew) {
  Pool* const pool = Pool::create(heap, 16, 4);
  void* objects[4];
  for (void*& object : objects) object = pool->allocate();
  for (void* const object : objects) pool->release(object);
  std::memset(objects[3], 0x41, 8);  // the head of the chain
  const void* where = nullptr;
  EXPECT_EQ(heap.check(&where), MH_WRITE_AFTER_FREE);
  EXPECT_EQ(where, start);
  std::set<void*> again{pool->allocate()};
  expect_report(MH_WRITE_AFTER_FREE, objects[3], "write after free: a free slot was overwritten");
  for (int i = 0; i < 3; ++i) again.insert(pool->allocate());
  EXPECT_EQ(again, std::set<void*>(objects, objects + 4));
  EXPECT_EQ(pool->stats().blocks, 1U);
  EXPECT_TRUE(reports.empty());
}

TEST_F(HeapPoolTest, AnUnderflowIntoTheBitsHandsNoObjectOutTwice) {
  Pool* const pool = Pool::create(heap, 16, 8);
  auto* const a = allocate(pool);
  auto* const b = allocate(pool);
  auto* const c = allocate(pool);
  pool->release(b);
  std::memset(a - 16, 0, 8);  // the bits: all slots look free
  damaged = true;
  EXPECT_EQ(heap.check(nullptr), MH_HEADER_DAMAGED);
  std::memset(b, 0x41, 8);  // and the chain is damaged too
  std::set<void*> taken{a, c};
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(taken.insert(pool->allocate()).second) << "an object in use was handed out";
  }
  EXPECT_EQ(reports.at(0).error, MH_HEADER_DAMAGED);
  EXPECT_EQ(reports.size(), 1U) << "one damage, one report";
}

TEST_F(HeapPoolTest, ADamagedHeaderIsNotFollowed) {
  Pool* const pool = Pool::create(heap, 16, 2);
  auto* const a = allocate(pool);
  auto* const header = reinterpret_cast<PoolBlock*>(start + plain_header);
  header->higher = reinterpret_cast<PoolBlock*>(std::uintptr_t{16});
  damaged = true;
  const void* where = nullptr;
  EXPECT_EQ(heap.check(&where), MH_HEADER_DAMAGED);
  EXPECT_EQ(where, start);
  mh_slots slots;
  const auto blocks = blocks_of(heap);
  EXPECT_EQ(mh_slots_of(blocks.data(), &slots), 0);
  const auto before = image();
  pool->release(a);
  expect_report(MH_HEADER_DAMAGED, header,
                "damaged header: a block of the pool does not say which slots it holds any more");
  EXPECT_EQ(image().size(), before.size());
  EXPECT_EQ(pool->allocate(), nullptr);
  reports.clear();
  pool->destroy();
  EXPECT_EQ(reports.at(0).error, MH_HEADER_DAMAGED);
  EXPECT_EQ(heap.stats().used_blocks, 1U);
}

// Whatever one byte of a pool's blocks becomes, no call crashes or runs in circles. (The Pool
// itself is left out: it is trusted, as the heap's own variables are.)
TEST_F(HeapPoolTest, RandomDamageIsSurvived) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 1500; ++round) {
    heap.reset();
    reports.clear();
    damaged = true;
    Pool* const pool = Pool::create(heap, 16 + random() % 40, 3);
    const auto first = static_cast<std::size_t>(reinterpret_cast<std::byte*>(pool) - start);
    std::vector<void*> live;
    for (int i = 0; i < 9; ++i) live.push_back(pool->allocate());
    for (const std::size_t i : {1U, 2U, 4U, 7U}) pool->release(live[i]);
    std::byte* victim = nullptr;
    do victim = start + random() % heap_bytes();
    while (victim >= start + first && victim < start + first + sizeof(Pool));
    *victim ^= static_cast<std::byte>(1 + random() % 255);
    for (int i = 0; i < 16; ++i) {
      if (random() % 2 == 0) {
        pool->release(live[random() % live.size()]);
      } else if (void* const object = pool->allocate(); object != nullptr) {
        live.push_back(object);
      }
    }
    (void)heap.check(nullptr);
    (void)used_slots(heap);
    pool->destroy();
    EXPECT_LE(blocks_of(heap).size(), 20U);
  }
  heap.reset();
  damaged = false;
}

TEST_F(HeapPoolTest, AResetHeapHasNoPoolsAndTakesNewOnes) {
  Pool* const dead = Pool::create(heap, 16, 4);
  dead->allocate();
  heap.reset();
  EXPECT_EQ(end.current(), start);
  Pool* const pool = Pool::create(heap, 32, 4);
  EXPECT_NE(pool->allocate(), nullptr);
  EXPECT_EQ(used_slots(heap).size(), 1U);
  EXPECT_EQ(pool->stats().allocs, 1U);
}

TEST(HeapPool, TheInterfaceInC) {
  mh_heap* const heap = mh_heap_create(std::size_t{1} << 20, nullptr);
  mh_pool* const pool = mh_pool_create(heap, 48, 0);
  ASSERT_NE(pool, nullptr);
  void* const object = mh_pool_alloc(pool);
  std::memset(object, 1, 48);
  mh_pool_free(pool, nullptr);
  mh_pool_free(pool, object);
  mh_pool_stats stats;
  mh_pool_get_stats(pool, &stats);
  EXPECT_EQ(stats.allocs, 1U);
  EXPECT_EQ(stats.frees, 1U);
  mh_pool_destroy(pool);
  mh_pool_destroy(nullptr);
  mh_heap_destroy(heap);
}

// ---- against an oracle

/// Pools beside each other and beside blocks, on one heap; who owns which bytes.
struct PoolModel {
  struct Object {
    std::size_t pool;
    std::size_t size;
    unsigned char pattern;
  };
  std::vector<Pool*> pools;
  std::vector<std::size_t> sizes;
  std::map<std::byte*, Object> objects;
};

void check_contents(const PoolModel& model) {
  const std::byte* behind = nullptr;
  for (const auto& [at, object] : model.objects) {
    RC_ASSERT(at >= behind);
    behind = at + object.size;
    RC_ASSERT(std::all_of(at, at + object.size, [&object = object](std::byte byte) {
      return byte == std::byte{object.pattern};
    }));
  }
}

void do_step(ClassicHeap& heap, PoolModel& model) {
  const auto kind = *rc::gen::weightedElement<int>({{10, 0}, {7, 1}, {1, 2}, {1, 3}, {2, 4}});
  const auto pick = *rc::gen::arbitrary<std::size_t>();
  const auto some_object = [&] {
    return std::next(model.objects.begin(), static_cast<long>(pick % model.objects.size()));
  };
  if (kind == 3 || model.pools.empty()) {
    const auto size = *rc::gen::inRange<std::size_t>(1, 120);
    const auto slots = *rc::gen::inRange<std::size_t>(0, 20);
    model.pools.push_back(Pool::create(heap, size, slots));
    model.sizes.push_back(size);
  } else if (kind == 0) {
    const std::size_t pool = pick % model.pools.size();
    auto* const at = static_cast<std::byte*>(model.pools[pool]->allocate());
    const auto pattern = static_cast<unsigned char>(pick >> 8);
    std::memset(at, pattern, model.sizes[pool]);
    RC_ASSERT(
        model.objects.emplace(at, PoolModel::Object{pool, model.sizes[pool], pattern}).second);
  } else if (kind == 1 && !model.objects.empty()) {
    const auto object = some_object();
    model.pools[object->second.pool]->release(object->first);
    model.objects.erase(object);
  } else if (kind == 2) {
    const std::size_t pool = pick % model.pools.size();
    model.pools[pool]->destroy();
    for (auto at = model.objects.begin(); at != model.objects.end();) {
      if (at->second.pool > pool)
        --at->second.pool;
      else if (at->second.pool == pool) {
        at = model.objects.erase(at);
        continue;
      }
      ++at;
    }
    model.pools.erase(model.pools.begin() + static_cast<long>(pool));
    model.sizes.erase(model.sizes.begin() + static_cast<long>(pool));
  } else if (kind == 4) {
    (void)heap.allocate(1 + pick % 300);  // so that a pool's blocks do not lie side by side
  }
}

RC_GTEST_PROP(HeapPoolProperty, EqualsAMapOfObjects, ()) {
  ReservedBreak end(std::size_t{64} << 20);
  ClassicHeap heap(end);
  mh_policy policy = plainest_policy;
  policy.split = *rc::gen::inRange(0, 2);
  policy.guards = *rc::gen::inRange(0, 2);
  policy.coalescing = *rc::gen::element(MH_COALESCE_NEVER, MH_COALESCE_AT_FREE);
  heap.set_policy(policy);
  PoolModel model;
  const int steps = *rc::gen::inRange(1, 150);
  for (int i = 0; i < steps; ++i) {
    do_step(heap, model);
    RC_ASSERT(heap.check(nullptr) == MH_OK);
  }
  check_contents(model);
  std::set<std::uint64_t> expected;
  for (const auto& [at, object] : model.objects) expected.insert(number(at));
  RC_ASSERT(used_slots(heap) == expected);
  std::size_t used = 0;
  for (Pool* const pool : model.pools) used += pool->stats().used;
  RC_ASSERT(used == expected.size());
  for (Pool* const pool : model.pools) pool->destroy();
  RC_ASSERT(used_slots(heap).empty());
}

// Many blocks, whose tree must stay low and whole: each object finds its block.
TEST_F(HeapPoolTest, TenThousandBlocks) {
  Pool* const pool = Pool::create(heap, 16, 1);
  std::vector<void*> objects(10000);
  for (void*& object : objects) object = pool->allocate();
  std::shuffle(objects.begin(), objects.end(), std::mt19937(3));
  for (void* const object : objects) pool->release(object);
  EXPECT_TRUE(reports.empty());
  EXPECT_EQ(pool->stats().frees, objects.size());
  EXPECT_EQ(pool->stats().blocks, objects.size());
}

// ---- what is told

class HeapPoolEventsTest : public HeapPoolTest {
 protected:
  void SetUp() override {
    segment.header().reader_attached = 1;
    heap.events().attach(segment);
  }
  void TearDown() override {
    heap.events().detach();
    HeapPoolTest::TearDown();
  }
  std::vector<Event> take() {
    const std::uint64_t now = merger.to_ns(clock_now());
    std::vector<Event> events;
    while (merger.poll(events) > 0 || merger.released_until_ns() < now) {
    }
    return events;
  }
  /// Kinds, addresses and sizes of pool events and those that frame them.
  std::string told() {
    std::string text;
    for (const Event& event : take()) {
      const auto at = std::to_string(event.address - number(start));
      switch (event.kind()) {
        case EventKind::alloc:
          text += "alloc@" + at;
          break;
        case EventKind::free:
          text += "free@" + at;
          break;
        case EventKind::pool:
          text += "pool@" + at + ":" + std::to_string(event.size) + "+" +
                  std::to_string(event.extra * 16);
          break;
        case EventKind::slot_alloc:
          text += "slot_alloc@" + at;
          break;
        case EventKind::slot_free:
          text += "slot_free@" + at;
          break;
        case EventKind::error:
          text += "error@" + at + ":" + std::to_string(event.extra);
          break;
        default:
          continue;
      }
      text += " ";
    }
    return text;
  }

  Segment segment = Segment::anonymous({.slot_count = 16, .ring_records = 1U << 14});
  Merger merger{segment};
};

TEST_F(HeapPoolEventsTest, TellsItsBlocksAndEachSlot) {
  Pool* const pool = Pool::create(heap, 24, 2);
  const std::size_t first = plain_header + round_up(sizeof(PoolBlock) + sizeof(Pool)) + 16;
  const std::string at_first = std::to_string(first);
  EXPECT_EQ(told(), "alloc@0 pool@0:32+" + at_first + " ");
  void* const a = pool->allocate();
  EXPECT_EQ(told(), "slot_alloc@" + at_first + " ");
  pool->allocate();
  take();
  pool->allocate();
  const std::size_t second = first + 64;  // where the next block begins
  const std::size_t there = second + plain_header + sizeof(PoolBlock) + 16;
  EXPECT_EQ(told(), "alloc@" + std::to_string(second) + " pool@" + std::to_string(second) + ":32+" +
                        std::to_string(there - second) + " slot_alloc@" + std::to_string(there) +
                        " ");
  pool->release(a);
  EXPECT_EQ(told(), "slot_free@" + at_first + " ");
  pool->release(a);
  EXPECT_EQ(told(), "error@" + at_first + ":" + std::to_string(MH_DOUBLE_FREE) + " ");
  heap.announce();
  EXPECT_EQ(told(), "alloc@0 pool@0:32+" + at_first + " slot_alloc@" + std::to_string(first + 32) +
                        " alloc@" + std::to_string(second) + " pool@" + std::to_string(second) +
                        ":32+" + std::to_string(there - second) + " slot_alloc@" +
                        std::to_string(there) + " ");
  pool->destroy();
  EXPECT_EQ(told(), "free@" + std::to_string(second) + " free@0 ");
}

}  // namespace
}  // namespace mh::test
