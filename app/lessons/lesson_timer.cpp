#include "app/lessons/lesson_timer.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <new>
#include <utility>

#include "core/events/clock.hpp"

namespace mh {
namespace {

using Kind = LessonCall::Kind;

constexpr std::size_t capacity = std::size_t{1} << 30;    // as that of lessons
constexpr std::uint64_t longest_ns = 300'000'000;         // for all runs together
constexpr std::size_t fewest_runs = 3, most_runs = 1001;  // of each

/// Turns events back into the calls that they tell of.
class CallReader {
 public:
  explicit CallReader(LessonCalls& made) : made_(made) {}

  void read(const Event& event) {
    switch (event.kind()) {
      case EventKind::alloc:
        allocated_ = made_.calls.size();
        allocated_at_ = event.address;
        made_.calls.push_back({Kind::allocate, made_.blocks, event.size});
        block_at_[event.address] = made_.blocks++;
        break;
      case EventKind::resize:
        add(Kind::resize, event);
        break;
      case EventKind::free:
        release(event);
        break;
      case EventKind::reset:
        made_.calls.push_back({Kind::reset, 0, 0});
        block_at_.clear();
        break;
      default:
        break;
    }
    if (event.more == 0) allocated_ = none;
  }

 private:
  static constexpr std::size_t none = ~std::size_t{0};

  void add(Kind kind, const Event& event) {
    const auto found = block_at_.find(event.address);
    if (found != block_at_.end()) made_.calls.push_back({kind, found->second, event.size});
  }

  /// A call that allocated a block and then frees another is a realloc that moved.
  void release(const Event& event) {
    if (allocated_ == none) {
      add(Kind::release, event);
    } else if (const auto old = block_at_.find(event.address); old != block_at_.end()) {
      LessonCall& call = made_.calls[allocated_];
      call = {Kind::resize, old->second, call.size};
      block_at_[allocated_at_] = old->second;
    }
    block_at_.erase(event.address);
  }

  LessonCalls& made_;
  std::map<std::uint64_t, std::size_t> block_at_;  ///< by the header's address
  std::size_t allocated_ = none;    ///< index of the allocation of the call that is being read
  std::uint64_t allocated_at_ = 0;  ///< the header's address
};

std::uint64_t median(std::vector<std::uint64_t>& times) {
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  return *middle;
}

}  // namespace

LessonCalls calls_of(const LessonTrace& trace) {
  LessonCalls made;
  made.policy = trace.policy;
  CallReader reader(made);
  for (const Event& event : trace.events) reader.read(event);
  return made;
}

LessonReplay::LessonReplay(const LessonCalls& calls)
    : calls_(calls), memory_(capacity), heap_(memory_), blocks_(calls.blocks) {
  heap_.set_policy(calls.policy);
}

std::uint64_t LessonReplay::run() {
  heap_.reset();
  const std::uint64_t begin = monotonic_ns();
  for (const LessonCall& call : calls_.calls) {
    void*& block = blocks_[call.block];
    switch (call.kind) {
      case Kind::allocate:
        block = heap_.allocate(call.size);
        break;
      case Kind::resize:
        block = heap_.reallocate(block, call.size);
        break;
      case Kind::release:
        heap_.release(block);
        break;
      case Kind::reset:
        heap_.reset();
        break;
    }
  }
  return monotonic_ns() - begin;
}

std::vector<std::uint64_t> time_calls(const std::vector<LessonCalls>& all,
                                      const std::stop_token& stop) {
  std::vector<std::unique_ptr<LessonReplay>> replays;
  std::vector<std::vector<std::uint64_t>> times(all.size());
  replays.reserve(all.size());
  for (const LessonCalls& calls : all) replays.push_back(std::make_unique<LessonReplay>(calls));
  const std::uint64_t begin = monotonic_ns();
  for (std::size_t run = 0; run < most_runs; ++run) {
    if (run >= fewest_runs && monotonic_ns() - begin > longest_ns) break;
    for (std::size_t place = 0; place < all.size(); ++place) {
      if (stop.stop_requested()) return {};
      const std::size_t i = (run + place) % all.size();  // each comes first now and then
      times[i].push_back(replays[i]->run());
    }
  }
  std::vector<std::uint64_t> medians;
  medians.reserve(all.size());
  for (std::vector<std::uint64_t>& of_one : times) medians.push_back(median(of_one));
  return medians;
}

void LessonTimer::start(std::vector<LessonCalls> all) {
  forget();
  done_.store(false, std::memory_order_relaxed);
  thread_ = std::jthread([this, all = std::move(all)](const std::stop_token& stop) {
    try {
      result_ = time_calls(all, stop);
    } catch (const std::bad_alloc&) {
      result_.clear();
    }
    done_.store(true, std::memory_order_release);
  });
}

void LessonTimer::forget() {
  thread_ = {};
}

std::optional<std::vector<std::uint64_t>> LessonTimer::take() {
  if (!running() || !done_.load(std::memory_order_acquire)) return std::nullopt;
  thread_ = {};
  return std::move(result_);
}

}  // namespace mh
