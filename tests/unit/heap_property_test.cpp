// The heap against oracles. The plainest policy against the same allocator written over a
// std::vector: after every step both must agree block by block. Every policy against what callers
// own, what always holds, and what the events tell (tests/support/heap_drill.hpp).

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <map>
#include <optional>
#include <random>
#include <sstream>
#include <string>

#include "core/events/clock.hpp"
#include "core/events/merger.hpp"
#include "core/events/segment.hpp"
#include "tests/support/heap_drill.hpp"
#include "tests/support/heap_replay.hpp"
#include "tests/unit/heap_test_support.hpp"

namespace mh::test {
namespace {

// ---- the plainest policy, block by block

enum class Action { allocate, zeroed, reallocate, release, failing_allocate, reset, count };

/// One step. `pick` chooses among the live blocks, `size` is in bytes.
struct PlainStep {
  Action action;
  std::size_t size;
  std::size_t pick;
};

std::ostream& operator<<(std::ostream& out, const PlainStep& step) {
  constexpr const char* names[]{"malloc", "calloc", "realloc", "free", "malloc without memory",
                                "reset"};
  return out << names[static_cast<int>(step.action)] << "(size " << step.size << ", pick "
             << step.pick << ")";
}

/// First fit, no split, no coalescing; offsets from the start of the heap.
class ModelHeap {
 public:
  struct Entry {
    std::size_t at;
    std::size_t size;
    std::size_t requested;
    bool used;
  };

  /// The offset of the payload; none if the heap would have to grow and must not.
  std::optional<std::size_t> allocate(std::size_t size, bool may_grow) {
    for (Entry& entry : entries) {
      if (!entry.used && entry.size - 32 >= size) {
        entry.used = true;
        entry.requested = size;
        return entry.at + 32;
      }
    }
    if (!may_grow) {
      return std::nullopt;
    }
    entries.push_back({end(), 32 + std::max<std::size_t>(16, (size + 15) / 16 * 16), size, true});
    return entries.back().at + 32;
  }
  void release(std::size_t payload) {
    Entry& entry = at(payload);
    entry.used = false;
    entry.requested = 0;
    while (!entries.empty() && !entries.back().used) {
      entries.pop_back();
    }
  }
  /// The new offset of the payload.
  std::size_t reallocate(std::size_t payload, std::size_t size) {
    if (Entry& entry = at(payload); size <= entry.size - 32) {
      entry.requested = size;
      return payload;
    }
    const std::size_t moved = *allocate(size, true);
    release(payload);
    return moved;
  }
  [[nodiscard]] std::size_t end() const {
    return entries.empty() ? 0 : entries.back().at + entries.back().size;
  }

  std::vector<Entry> entries;

 private:
  Entry& at(std::size_t payload) {
    return *std::find_if(entries.begin(), entries.end(),
                         [&](const Entry& entry) { return entry.at + 32 == payload; });
  }
};

/// Runs steps on both. Each method returns false, and difference says why, when they disagree.
class Duel {
 public:
  bool run(const std::vector<PlainStep>& steps) {
    for (std::size_t i = 0; i < steps.size(); ++i) {
      if (!(apply(steps[i]) && agrees())) {
        std::ostringstream text;
        text << "step " << i << ", " << steps[i] << ": " << difference;
        difference = text.str();
        return false;
      }
    }
    while (!live_.empty()) {
      release(0);
    }
    return agrees() &&
           (end_.current() == start_ || differ("the break did not return to the start"));
  }

  std::string difference;

 private:
  struct Live {
    std::size_t requested;
    unsigned char pattern;
  };

  bool differ(const std::string& text) {
    difference = text;
    return false;
  }

  bool apply(const PlainStep& step) {
    switch (step.action) {
      case Action::allocate:
        return allocated(heap_.allocate(step.size), model_.allocate(step.size, true), step.size);
      case Action::zeroed: {
        void* const p = heap_.allocate_zeroed(step.size, 3);
        const auto* const bytes = static_cast<const unsigned char*>(p);
        if (std::any_of(bytes, bytes + step.size * 3, [](unsigned char b) { return b != 0; })) {
          return differ("calloc's memory is not zero");
        }
        return allocated(p, model_.allocate(step.size * 3, true), step.size * 3);
      }
      case Action::failing_allocate: {
        end_.grows_until_failure = 1;
        void* const p = heap_.allocate(step.size);
        end_.grows_until_failure = 0;
        return allocated(p, model_.allocate(step.size, false), step.size);
      }
      case Action::reallocate:
        return live_.empty() || reallocated(step.pick % live_.size(), step.size);
      case Action::release:
        return live_.empty() || release(step.pick % live_.size());
      case Action::reset:
        heap_.reset();
        model_.entries.clear();
        live_.clear();
        return true;
      default:
        return differ("no such action");
    }
  }

  bool allocated(void* pointer, std::optional<std::size_t> expected, std::size_t size) {
    if (!expected) {
      return pointer == nullptr || differ("there was no memory for that");
    }
    if (pointer != start_ + *expected) {
      return differ("not the block that first fit takes");
    }
    const auto pattern = ++last_pattern_;
    std::memset(pointer, pattern, heap_.usable_size(pointer));
    live_[*expected] = {size, pattern};
    return true;
  }

  bool reallocated(std::size_t pick, std::size_t size) {
    const auto [offset, old] = *std::next(live_.begin(), static_cast<std::ptrdiff_t>(pick));
    const std::size_t expected = model_.reallocate(offset, size);
    live_.erase(offset);
    void* const moved = heap_.reallocate(start_ + offset, size);
    if (moved != start_ + expected) {
      return differ("realloc went elsewhere");
    }
    if (!holds(expected, std::min(size, old.requested), old.pattern)) {
      return differ("realloc lost contents");
    }
    std::memset(moved, old.pattern, heap_.usable_size(moved));
    live_[expected] = {size, old.pattern};
    return true;
  }

  bool release(std::size_t pick) {
    const auto victim = std::next(live_.begin(), static_cast<std::ptrdiff_t>(pick));
    heap_.release(start_ + victim->first);
    model_.release(victim->first);
    live_.erase(victim);
    return true;
  }

  [[nodiscard]] bool holds(std::size_t offset, std::size_t bytes, unsigned char pattern) const {
    const auto* const p = reinterpret_cast<const unsigned char*>(start_ + offset);
    return std::all_of(p, p + bytes, [pattern](unsigned char byte) { return byte == pattern; });
  }

  bool agrees() {
    if (heap_.check(nullptr) != MH_OK) {
      return differ("the heap's own check fails");
    }
    const mh_stats s = heap_.stats();
    if (s.heap != s.header + s.requested + s.padding + s.free + s.foreign ||
        s.heap != model_.end() || s.used_blocks != live_.size() || s.errors != 0) {
      return differ("the figures are wrong");
    }
    for (const auto& [offset, block] : live_) {
      if (offset % 16 != 0 || !holds(offset, block.requested, block.pattern)) {
        return differ("a block's contents changed");
      }
    }
    return same_blocks();
  }

  bool same_blocks() {
    const auto blocks = blocks_of(heap_);
    const auto same = [this](const mh_block& block, const ModelHeap::Entry& entry) {
      return block.address == start_ + entry.at && block.size == entry.size &&
             block.requested == entry.requested && (block.used != 0) == entry.used;
    };
    return std::equal(blocks.begin(), blocks.end(), model_.entries.begin(), model_.entries.end(),
                      same) ||
           differ("the blocks differ");
  }

  ControlledBreak end_{std::size_t{4} << 20};
  std::byte* const start_ = end_.current();
  ClassicHeap heap_{end_};
  ModelHeap model_;
  std::map<std::size_t, Live> live_;  // by offset of the payload
  unsigned char last_pattern_ = 0;
};

PlainStep random_step(std::mt19937_64& random) {
  const auto dice = random() % 100;
  const Action action = dice < 40   ? Action::allocate
                        : dice < 45 ? Action::zeroed
                        : dice < 60 ? Action::reallocate
                        : dice < 94 ? Action::release
                        : dice < 99 ? Action::failing_allocate
                                    : Action::reset;
  const std::size_t largest = random() % 8 == 0 ? 2000 : 100;
  return {action, 1 + random() % largest, random()};
}

TEST(HeapProperty, ThousandsOfSeedsAgreeWithTheOracle) {
  for (std::uint64_t seed = 1; seed <= (sanitized ? 300 : 5000); ++seed) {
    std::mt19937_64 random(seed);
    std::vector<PlainStep> steps(20 + random() % 120);
    std::generate(steps.begin(), steps.end(), [&] { return random_step(random); });
    Duel duel;
    ASSERT_TRUE(duel.run(steps)) << "seed " << seed << ", " << duel.difference;
  }
}

// The same with shrinking: a failure is reduced to the fewest steps that show it.
RC_GTEST_PROP(HeapProperty, AnySequenceAgreesWithTheOracle, ()) {
  const auto step = rc::gen::map(
      rc::gen::tuple(rc::gen::inRange(0, static_cast<int>(Action::count)),
                     rc::gen::inRange<std::size_t>(1, 300), rc::gen::inRange<std::size_t>(0, 1000)),
      [](const std::tuple<int, std::size_t, std::size_t>& parts) {
        return PlainStep{static_cast<Action>(std::get<0>(parts)), std::get<1>(parts),
                         std::get<2>(parts)};
      });
  const auto steps = *rc::gen::container<std::vector<PlainStep>>(step);
  Duel duel;
  RC_ASSERT(duel.run(steps) || (RC_LOG(duel.difference), false));
}

// ---- every policy, and its changes in mid-life

Step step_of(std::mt19937_64& random) {
  const std::uint64_t bits = random();
  return {static_cast<std::uint8_t>(bits), static_cast<std::uint8_t>(bits >> 8),
          static_cast<std::uint16_t>(bits >> 16)};
}

/// A drill whose events are replayed: the replay must be the heap.
class ToldDrill {
 public:
  explicit ToldDrill(bool damages) : drill_(damages) {
    segment_.header().reader_attached = 1;
    drill_.heap().events().attach(segment_);
  }
  ~ToldDrill() { drill_.heap().events().detach(); }
  ToldDrill(const ToldDrill&) = delete;
  ToldDrill& operator=(const ToldDrill&) = delete;

  bool take(const Step& step) { return drill_.take(step) && drill_.verify(); }
  bool replays() {
    const std::uint64_t now = merger_.to_ns(clock_now());
    std::vector<Event> events;
    while (merger_.poll(events) > 0 || merger_.released_until_ns() < now) {
    }
    try {
      for (const Event& event : events) replay_.apply(event);
    } catch (const std::exception& mistake) {
      difference_ = std::string("an event that cannot be true: ") + mistake.what();
      return false;
    }
    if (!drill_.exact()) return true;  // a walk may end at the damage
    difference_ = replay_.difference(HeapReplay::of(drill_.heap()));
    return difference_.empty();
  }
  bool finish() { return drill_.finish() && replays(); }
  [[nodiscard]] std::string problem() const {
    return drill_.problem().empty() ? difference_ : drill_.problem();
  }

 private:
  Segment segment_ = Segment::anonymous({.slot_count = 2, .ring_records = 1U << 14});
  HeapDrill drill_;
  Merger merger_{segment_};
  HeapReplay replay_;
  std::string difference_;
};

/// "" or what went wrong, and where.
std::string run_seed(std::uint64_t seed, bool trace) {
  std::mt19937_64 random(seed);
  ToldDrill drill(seed % 2 == 0);
  const std::size_t steps = 50 + random() % 200;
  for (std::size_t i = 0; i < steps; ++i) {
    const Step step = step_of(random);
    if (trace) std::cout << i << ": " << step << std::endl;
    if (drill.take(step) && (i % 32 != 0 || drill.replays())) continue;
    std::ostringstream text;
    text << "seed " << seed << ", step " << i << ", " << step << ": " << drill.problem();
    return text.str();
  }
  return drill.finish() ? "" : "seed " + std::to_string(seed) + ", end: " + drill.problem();
}

// MICROHEAP_SEED=n runs that seed alone and shows its steps.
TEST(HeapProperty, SeedsAgreeWithTheOracleUnderEveryPolicy) {
  if (const char* const seed = std::getenv("MICROHEAP_SEED"); seed != nullptr) {
    ASSERT_EQ(run_seed(std::strtoull(seed, nullptr, 10), true), "");
    return;
  }
  for (std::uint64_t seed = 1; seed <= (sanitized ? 40 : 500); ++seed) {
    ASSERT_EQ(run_seed(seed, false), "");
  }
}

RC_GTEST_PROP(HeapProperty, AnyStepsAgreeWithTheOracleUnderEveryPolicy, (bool damages)) {
  const auto step =
      rc::gen::map(rc::gen::arbitrary<std::tuple<std::uint8_t, std::uint8_t, std::uint16_t>>(),
                   [](const std::tuple<std::uint8_t, std::uint8_t, std::uint16_t>& parts) {
                     return Step{std::get<0>(parts), std::get<1>(parts), std::get<2>(parts)};
                   });
  const auto steps = *rc::gen::container<std::vector<Step>>(step);
  ToldDrill drill(damages);
  const bool agrees = std::all_of(steps.begin(), steps.end(),
                                  [&drill](const Step& one) { return drill.take(one); }) &&
                      drill.replays() && drill.finish();
  RC_ASSERT(agrees || (RC_LOG(drill.problem()), false));
}

}  // namespace
}  // namespace mh::test
