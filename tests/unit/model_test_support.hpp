#pragma once
// What the tests of the model share: events by hand, what a picture holds, a heap to record.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "app/model/heap_picture.hpp"
#include "app/model/ring_stream.hpp"
#include "app/model/source.hpp"
#include "core/events/clock.hpp"
#include "core/events/event.hpp"
#include "core/heap/classic/classic_heap.hpp"

namespace mh::test {

inline Event make_event(EventKind kind, std::uint64_t address, std::uint64_t size = 0,
                        std::uint64_t time = 0, std::uint16_t thread = 1, std::uint64_t extra = 0,
                        bool more = false) {
  Event event{};
  event.address = address & 0xffff'ffff'ffffULL;
  event.kind_bits = static_cast<std::uint8_t>(kind);
  event.extra = extra & 0xff;
  event.size = size;
  event.time = time & ((std::uint64_t{1} << 47) - 1);
  event.more = more ? 1 : 0;
  event.thread = thread;
  return event;
}

inline std::vector<PictureBlock> blocks_of(const HeapPicture& picture) {
  std::vector<PictureBlock> blocks;
  picture.for_each(0, ~std::uint64_t{0}, [&](const PictureBlock& block) {
    blocks.push_back(block);
    return true;
  });
  return blocks;
}

inline std::vector<std::uint64_t> free_list_of(const HeapPicture& picture) {
  std::vector<std::uint64_t> list;
  picture.for_each_free([&](const PictureBlock& block) {
    list.push_back(block.address);
    return true;
  });
  return list;
}

/// A classic heap of its own, and the segment that it writes its events into.
class HeapSource final : public Source {
 public:
  explicit HeapSource(const Segment::Options& options = {},
                      std::size_t capacity = std::size_t{64} << 20)
      : segment_(Segment::anonymous(options)), break_(capacity), heap_(break_) {
    heap_.events().attach(segment_);
  }
  ~HeapSource() override { heap_.events().detach(); }

  [[nodiscard]] std::unique_ptr<Stream> open_stream() override {
    return std::make_unique<RingStream>(segment_);
  }
  [[nodiscard]] Segment& segment() { return segment_; }
  bool walk(std::uint64_t timeout_ns, mh_visitor visitor, void* context, WalkEnd& end) override {
    ClassicHeap::WalkEnd walked{};
    if (!heap_.walk_within(timeout_ns, visitor, context, walked)) return false;
    end = {reinterpret_cast<std::uintptr_t>(walked.start),
           reinterpret_cast<std::uintptr_t>(walked.end), walked.clock};
    return true;
  }
  [[nodiscard]] ClassicHeap& heap() { return heap_; }
  /// Moves the break behind the heap's back.
  bool somebody_elses_sbrk(std::size_t bytes) { return break_.grow(bytes) != nullptr; }
  /// Gives away what lies at the end, the heap's or not.
  bool somebody_lowers_the_break(std::size_t bytes) { return break_.shrink(bytes); }

 private:
  Segment segment_;
  ReservedBreak break_;
  ClassicHeap heap_;
};

/// What a thread does to a heap at random, while it keeps at most max_live blocks.
class RandomWork {
 public:
  RandomWork(Heap& heap, std::uint64_t seed, std::size_t max_live = 100)
      : heap_(&heap), random_(seed), max_live_(max_live) {}

  void do_calls(int calls) {
    for (int i = 0; i < calls; ++i) do_call();
  }
  void free_all() {
    for (void* block : live_) heap_->release(block);
    live_.clear();
  }
  [[nodiscard]] std::vector<void*>& live() { return live_; }

 private:
  void do_call() {
    const std::uint64_t size = 1 + random_() % (std::uint64_t{1} << (4 + random_() % 9));
    if (live_.empty() || (live_.size() < max_live_ && random_() % 2 == 0)) {
      if (void* block = heap_->allocate(size)) live_.push_back(block);
      return;
    }
    const std::size_t index = random_() % live_.size();
    if (random_() % 6 == 0) {
      if (void* block = heap_->reallocate(live_[index], size)) live_[index] = block;
      return;
    }
    heap_->release(live_[index]);
    live_[index] = live_.back();
    live_.pop_back();
  }

  Heap* heap_;
  std::mt19937_64 random_;
  std::size_t max_live_;
  std::vector<void*> live_;
};

inline std::uint64_t header_address(const void* payload) {
  return reinterpret_cast<std::uintptr_t>(payload) - header_size(HeaderKind::plain);
}

inline constexpr std::uint64_t second = 1'000'000'000;  // ns

/// Waits until condition() holds; false after 20 s.
template <typename Condition>
bool eventually(Condition&& condition) {
  for (int i = 0; i < 20'000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

}  // namespace mh::test
