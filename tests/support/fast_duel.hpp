#pragma once
// Steps on a fast heap, compared with an oracle: what lives and what its owner wrote there. Used by
// properties, by seeds and by the fuzzer.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <map>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "core/heap/fast/fast_heap.hpp"
#include "tests/support/controlled_break.hpp"
#include "tests/support/heap_blocks.hpp"

namespace mh::test {

enum class FastAction { allocate, zeroed, aligned, reallocate, release, fail_next, trim, count };

struct FastStep {
  FastAction action;
  std::size_t size;
  std::size_t pick;
};

inline std::ostream& operator<<(std::ostream& out, const FastStep& step) {
  constexpr const char* names[]{"malloc", "calloc", "aligned", "realloc", "free", "fail", "trim"};
  return out << names[static_cast<int>(step.action)] << "(" << step.size << ", " << step.pick
             << ")";
}

/// A heap and what lives in it, with contents.
class FastDuel {
 public:
  struct Live {
    std::size_t requested;
    std::size_t written;  ///< from the beginning; large blocks are often hardly touched
    unsigned char pattern;
  };

  bool run(const std::vector<FastStep>& steps) {
    for (std::size_t i = 0; i < steps.size(); ++i) {
      do_step(steps[i]);
      if (!agrees(i % 16 == 0 || i + 1 == steps.size())) {
        difference += ", after step " + std::to_string(i);
        return false;
      }
    }
    return true;
  }

  std::string difference;

 private:
  void do_step(const FastStep& step) {
    switch (step.action) {
      case FastAction::allocate:
        return note(heap_.allocate(step.size), step, 1);
      case FastAction::zeroed: {
        auto* const p = static_cast<unsigned char*>(heap_.allocate_zeroed(1, step.size));
        if (p != nullptr &&
            std::count(p, p + step.size, 0) != static_cast<std::ptrdiff_t>(step.size)) {
          difference = "calloc gave what is not zero";
        }
        return note(p, step, 1);
      }
      case FastAction::aligned: {
        const std::size_t alignment = std::size_t{1} << step.pick % 14;
        return note(heap_.allocate_aligned(alignment, step.size), step, alignment);
      }
      case FastAction::reallocate:
      case FastAction::release:
        if (!live_.empty()) change(step);
        return;
      case FastAction::fail_next:
        end_.grows_until_failure = 1;
        return;
      case FastAction::trim:
        heap_.trim(step.size);
        return;
      case FastAction::count:
        return;
    }
  }

  void change(const FastStep& step) {
    auto chosen = live_.begin();
    std::advance(chosen, step.pick % live_.size());
    const auto [p, live] = *chosen;
    live_.erase(chosen);
    if (!holds(p, live)) difference = "contents changed";
    if (step.action == FastAction::release) return heap_.release(p);
    auto* const moved = static_cast<unsigned char*>(heap_.reallocate(p, step.size));
    const Live kept{step.size, std::min(step.size, live.written), live.pattern};
    if (moved != nullptr && !holds(moved, kept)) difference = "realloc lost contents";
    if (moved == nullptr) {
      live_[p] = live;
    } else {
      note(moved, step, 1);
    }
  }

  void note(void* pointer, const FastStep& step, std::size_t alignment) {
    if (pointer == nullptr) return;
    auto* const p = static_cast<unsigned char*>(pointer);
    if (reinterpret_cast<std::uintptr_t>(p) % std::max<std::size_t>(16, alignment) != 0) {
      difference = "not aligned";
    }
    const std::size_t written =
        step.size > 100'000 && step.pick % 3 != 0 ? std::size_t{5000} : step.size;
    std::memset(p, ++last_pattern_, written);
    live_[p] = {step.size, written, last_pattern_};
  }

  static bool holds(const unsigned char* p, const Live& live) {
    return std::all_of(p, p + live.written, [&](unsigned char c) { return c == live.pattern; });
  }

  bool differ(const std::string& what) {
    difference = what;
    return false;
  }

  bool agrees(bool thoroughly) {
    if (!difference.empty()) return false;
    if (!thoroughly) return true;
    if (heap_.check(nullptr) != MH_OK) return differ("check() finds an error");
    std::vector<std::pair<const void*, std::size_t>> used;
    const char* end = nullptr;
    for (const mh_block& block : blocks_of(heap_)) {
      if (end != nullptr && static_cast<const char*>(block.address) < end) {
        return differ("blocks overlap");
      }
      end = static_cast<const char*>(block.address) + block.size;
      if (block.used != 0) {
        used.emplace_back(static_cast<const char*>(block.address) + block.header, block.requested);
      }
    }
    const auto same = [](const auto& block, const auto& live) {
      return block.first == live.first && block.second == live.second.requested;
    };
    if (!std::equal(used.begin(), used.end(), live_.begin(), live_.end(), same)) {
      return differ("the used blocks are not those that live");
    }
    for (const auto& [p, live] : live_) {
      if (!holds(p, live)) return differ("contents changed");
    }
    return true;
  }

  ControlledBreak end_{std::size_t{8} << 20};
  FastHeap heap_{end_};
  std::map<unsigned char*, Live> live_;
  unsigned char last_pattern_ = 0;
};

}  // namespace mh::test
