// Many threads on one fast heap: contents stay, nothing overlaps, everything comes back; threads
// come and go, and a fork in the middle of it leaves the child with a sound heap.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "core/heap/fast/fast_heap.hpp"
#include "tests/unit/heap_test_support.hpp"

namespace mh {
namespace {

constexpr int operations = test::sanitized ? 4'000 : 200'000;  // a thread
constexpr unsigned thread_count = 8;

/// A block with contents that its owner can recognise.
struct Parcel {
  unsigned char* pointer = nullptr;
  std::size_t size = 0;
  unsigned char pattern = 0;

  void fill() const { std::memset(pointer, pattern, size); }
  [[nodiscard]] bool intact(std::size_t bytes) const {
    return std::all_of(pointer, pointer + bytes, [this](unsigned char c) { return c == pattern; });
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
  Worker(FastHeap& heap, Exchange& exchange, std::atomic<int>& mistakes, unsigned seed)
      : heap_(heap), exchange_(exchange), mistakes_(mistakes), random_(seed) {}

  void run(int count) {
    std::array<Parcel, 40> mine;
    for (int i = 0; i < count; ++i) {
      Parcel& parcel = mine[random_() % mine.size()];
      switch (random_() % 6) {
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
    for (Parcel& parcel : mine) release(parcel);
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
  std::size_t some_size() {
    const auto kind = random_() % 100;
    return 1 + random_() % (kind < 80 ? 200 : kind < 98 ? 3000 : kind < 99 ? 40'000 : 200'000);
  }
  void allocate(Parcel& parcel) {
    parcel.size = some_size();
    parcel.pattern = static_cast<unsigned char>(1 + random_() % 255);
    switch (random_() % 8) {
      case 0:
        parcel.pointer = static_cast<unsigned char*>(heap_.allocate_zeroed(1, parcel.size));
        expect(Parcel{parcel.pointer, parcel.size, 0}.intact(parcel.size));
        break;
      case 1:
        parcel.pointer = static_cast<unsigned char*>(heap_.allocate_aligned(256, parcel.size));
        expect(reinterpret_cast<std::uintptr_t>(parcel.pointer) % 256 == 0);
        break;
      default:
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

  FastHeap& heap_;
  Exchange& exchange_;
  std::atomic<int>& mistakes_;
  std::mt19937 random_;
};

TEST(FastHeapStress, ThreadsAllocateAndFreeEachOthersBlocksWhileSomebodyLooks) {
  ReservedBreak end(std::size_t{256} << 20);
  FastHeap heap(end);
  Exchange exchange;
  std::atomic<int> mistakes = 0;
  std::atomic<bool> done = false;
  // Between any two calls of others the blocks tile the heap.
  std::thread watcher([&] {
    while (!done.load()) {
      if (heap.check(nullptr) != MH_OK) mistakes.fetch_add(1);
      const mh_stats s = heap.stats();
      if (s.heap != s.header + s.requested + s.padding + s.free + s.foreign) mistakes.fetch_add(1);
      std::this_thread::yield();
    }
  });
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < thread_count; ++i) {
    threads.emplace_back([&, i] {
      // Half of them pass their work on to threads that live only for a while.
      for (unsigned part = 0; part < 10; ++part) {
        const auto work = [&] {
          Worker(heap, exchange, mistakes, i * 10 + part + 1).run(operations / 10);
        };
        i % 2 == 0 ? work() : std::thread(work).join();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  done = true;
  watcher.join();
  Worker last(heap, exchange, mistakes, 0);
  for (Parcel& parcel : exchange.places_) last.release(parcel);

  EXPECT_EQ(mistakes.load(), 0);
  const mh_stats s = heap.stats();
  EXPECT_EQ(s.used_blocks, 0U);
  EXPECT_EQ(s.errors, 0U);
  EXPECT_EQ(s.failed, 0U);
  heap.trim(0);
  EXPECT_EQ(heap.stats().free_blocks, 1U) << "all is freed, all coalesces";
}

#if !MH_SANITIZED
TEST(FastHeapStress, AForkedChildHasASoundHeapAndItsParentsCaches) {
  ReservedBreak end(std::size_t{64} << 20);
  FastHeap heap(end);
  std::atomic<bool> done = false;
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      std::mt19937 random(i);
      std::array<void*, 50> mine{};
      while (!done.load(std::memory_order_relaxed)) {
        void*& place = mine[random() % mine.size()];
        heap.release(place);
        place = heap.allocate(1 + random() % 2000);
      }
      for (void* p : mine) heap.release(p);
    });
  }
  void* const before = heap.allocate(100);
  for (int i = 0; i < 20; ++i) {
    fast_threads.before_fork();
    const pid_t child = fork();
    if (child == 0) {
      fast_threads.after_fork_in_child();
      bool right = heap.check(nullptr) == MH_OK;
      for (std::size_t k = 1; k < 300; ++k) heap.release(heap.allocate(k * 7));
      heap.release(before);
      right = right && heap.check(nullptr) == MH_OK && heap.stats().errors == 0;
      _exit(right ? 0 : 1);
    }
    fast_threads.after_fork_in_parent();
    int status = -1;
    waitpid(child, &status, 0);
    ASSERT_EQ(status, 0);
  }
  done = true;
  for (std::thread& thread : threads) thread.join();
  heap.release(before);
  EXPECT_EQ(heap.stats().used_blocks, 0U);
}
#endif

}  // namespace
}  // namespace mh
