// Many threads on one heap: contents stay, nothing overlaps, everything comes back.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "core/heap/break/program_break.hpp"
#include "core/heap/classic/classic_heap.hpp"
#include "core/heap/pools/pool.hpp"
#include "tests/unit/heap_test_support.hpp"

namespace mh {
namespace {

constexpr int operations = test::sanitized ? 15000 : 150000;  // a thread
constexpr unsigned thread_count = 8;

/// A block with contents that its owner can recognise.
struct Parcel {
  unsigned char* pointer = nullptr;
  std::size_t size = 0;
  unsigned char pattern = 0;

  void fill() const { std::memset(pointer, pattern, size); }
  [[nodiscard]] bool intact(std::size_t bytes) const {
    for (std::size_t i = 0; i < bytes; ++i) {
      if (pointer[i] != pattern) return false;
    }
    return true;
  }
};

/// Where threads leave parcels for each other: what one allocates another frees.
class Exchange {
 public:
  void swap_at(std::size_t place, Parcel& parcel) {
    const std::lock_guard guard(lock_);
    std::swap(places_[place % places_.size()], parcel);
  }
  std::array<Parcel, 64> places_;

 private:
  std::mutex lock_;
};

class Worker {
 public:
  Worker(ClassicHeap& heap, Exchange& exchange, std::atomic<int>& mistakes, unsigned seed)
      : heap_(heap), exchange_(exchange), mistakes_(mistakes), random_(seed) {}

  void run(int steps) {
    std::array<Parcel, 16> mine;
    for (int i = 0; i < steps; ++i) {
      Parcel& parcel = mine[random_() % mine.size()];
      switch (random_() % 5) {
        case 0:
          exchange_.swap_at(random_(), parcel);
          break;
        case 1:
          reallocate(parcel);
          break;
        default:
          parcel.pointer == nullptr ? allocate(parcel) : release(parcel);
          break;
      }
    }
    for (Parcel& parcel : mine) {
      release(parcel);
    }
  }

  void release(Parcel& parcel) {
    expect(parcel.pointer == nullptr || parcel.intact(parcel.size));
    heap_.release(parcel.pointer);
    parcel = {};
  }

 private:
  void expect(bool holds) {
    if (!holds) mistakes_.fetch_add(1, std::memory_order_relaxed);
  }
  std::size_t some_size() { return 1 + random_() % (random_() % 10 == 0 ? 4000 : 150); }

  void allocate(Parcel& parcel) {
    parcel.size = some_size();
    parcel.pattern = static_cast<unsigned char>(1 + random_() % 255);
    if (random_() % 4 == 0) {
      parcel.pointer = static_cast<unsigned char*>(heap_.allocate_zeroed(1, parcel.size));
      expect(Parcel{parcel.pointer, parcel.size, 0}.intact(parcel.size));
    } else {
      parcel.pointer = static_cast<unsigned char*>(heap_.allocate(parcel.size));
    }
    expect(heap_.usable_size(parcel.pointer) >= parcel.size);
    parcel.fill();
  }

  void reallocate(Parcel& parcel) {
    const std::size_t size = some_size();
    const std::size_t kept = std::min(size, parcel.size);
    parcel.pointer = static_cast<unsigned char*>(heap_.reallocate(parcel.pointer, size));
    expect(parcel.intact(kept));
    parcel.size = size;
    parcel.fill();
  }

  ClassicHeap& heap_;
  Exchange& exchange_;
  std::atomic<int>& mistakes_;
  std::mt19937 random_;
};

/// Goes through the presets, each with every alignment, as often as it can.
void switch_policies(ClassicHeap& heap, const std::atomic<bool>& done) {
  std::size_t count = 0;
  const mh_preset* const presets = mh_presets(&count);
  for (std::size_t i = 0; !done.load(); ++i) {
    mh_policy policy = presets[i % count].policy;
    policy.alignment = std::size_t{16} << i % 3;
    heap.set_policy(policy);
    std::this_thread::yield();
  }
}

/// Eight threads on one heap, and one that looks; perhaps one that turns the switches meanwhile.
void allocate_and_free_each_others_blocks(bool switching, int steps) {
  ReservedBreak end(std::size_t{256} << 20);
  std::byte* const start = end.current();
  ClassicHeap heap(end);
  Exchange exchange;
  std::atomic<int> mistakes = 0;
  std::atomic<bool> done = false;

  // Somebody looks all the time: walk, check and figures must hold between any two calls.
  std::thread watcher([&] {
    while (!done.load()) {
      if (heap.check(nullptr) != MH_OK) mistakes.fetch_add(1);
      const mh_stats s = heap.stats();
      const std::size_t sum = s.header + s.requested + s.padding + s.guard + s.free + s.foreign;
      if (s.heap != sum) mistakes.fetch_add(1);
      std::this_thread::yield();
    }
  });
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < thread_count; ++i) {
    threads.emplace_back([&, i] { Worker(heap, exchange, mistakes, i + 1).run(steps); });
  }
  std::thread switcher([&] {
    if (switching) switch_policies(heap, done);
  });
  for (std::thread& thread : threads) {
    thread.join();
  }
  done = true;
  watcher.join();
  switcher.join();
  heap.set_policy(plainest_policy);
  Worker last(heap, exchange, mistakes, 0);
  for (Parcel& parcel : exchange.places_) {
    last.release(parcel);
  }
  heap.release(heap.allocate(1));

  EXPECT_EQ(mistakes.load(), 0);
  const mh_stats s = heap.stats();
  EXPECT_EQ(s.used_blocks, 0U);
  EXPECT_EQ(s.mallocs, s.frees);
  EXPECT_EQ(s.errors, 0U);
  EXPECT_EQ(s.failed, 0U);
  EXPECT_EQ(end.current(), start) << "all is freed, all goes back";
}

TEST(HeapStress, EightThreadsAllocateAndFreeEachOthersBlocks) {
  allocate_and_free_each_others_blocks(false, operations);
}

TEST(HeapStress, TheSwitchesAreTurnedMeanwhile) {
  allocate_and_free_each_others_blocks(true, operations / 4);
}

TEST(HeapStress, EightThreadsShareAPoolBesideTheHeap) {
  ReservedBreak end(std::size_t{64} << 20);
  std::byte* const start = end.current();
  ClassicHeap heap(end);
  constexpr std::size_t size = 40;
  Pool* const pool = Pool::create(heap, size, 16);
  Exchange exchange;
  std::atomic<int> mistakes = 0;
  const auto release = [&](Parcel& parcel) {
    if (parcel.pointer != nullptr && !parcel.intact(size)) mistakes.fetch_add(1);
    pool->release(parcel.pointer);
    parcel = {};
  };
  const auto work = [&](unsigned seed) {
    std::mt19937 random(seed);
    std::array<Parcel, 8> mine;
    for (int i = 0; i < operations / 2; ++i) {
      Parcel& parcel = mine[random() % mine.size()];
      if (random() % 4 == 0) exchange.swap_at(random(), parcel);
      if (random() % 50 == 0) heap.release(heap.allocate(1 + random() % 200));
      if (parcel.pointer != nullptr) {
        release(parcel);
      } else {
        parcel = {static_cast<unsigned char*>(pool->allocate()), size,
                  static_cast<unsigned char>(random())};
        parcel.fill();
      }
      if (i % 1000 == 0 && heap.check(nullptr) != MH_OK) mistakes.fetch_add(1);
    }
    for (Parcel& parcel : mine) release(parcel);
  };
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < thread_count; ++i) threads.emplace_back(work, i + 1);
  for (std::thread& thread : threads) thread.join();
  for (Parcel& parcel : exchange.places_) release(parcel);

  EXPECT_EQ(mistakes.load(), 0);
  const mh_pool_stats s = pool->stats();
  EXPECT_EQ(s.used, 0U);
  EXPECT_EQ(s.allocs, s.frees);
  EXPECT_EQ(s.errors, 0U);
  pool->destroy();
  EXPECT_EQ(heap.stats().errors, 0U);
  EXPECT_EQ(end.current(), start);
}

TEST(HeapStress, TheSameBlockFreedByManyIsFreedOnce) {
  ReservedBreak end(std::size_t{16} << 20);
  ClassicHeap heap(end);
  constexpr int rounds = 200;
  for (int round = 0; round < rounds; ++round) {
    void* const p = heap.allocate(64);
    void* const last = heap.allocate(16);  // so that p stays in the heap as a free block
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] { heap.release(p); });
    }
    for (std::thread& thread : threads) {
      thread.join();
    }
    heap.release(last);
  }
  EXPECT_EQ(heap.stats().frees, 2U * rounds);
  EXPECT_EQ(heap.stats().errors, 3U * rounds);
  EXPECT_EQ(heap.check(nullptr), MH_OK);
  EXPECT_EQ(heap.stats().heap, 0U);
}

}  // namespace
}  // namespace mh
