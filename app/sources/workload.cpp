#include "app/sources/workload.hpp"

#include <array>
#include <utility>

namespace mh {
namespace {

struct PatternText {
  const char* name;
  const char* title;
  const char* description;
};

// In the order of Pattern.
constexpr std::array<PatternText, std::size(all_patterns)> pattern_texts{{
    {"churn", "Steady churn",
     "Fills up to the target, then frees a random block and allocates another."},
    {"stack", "Stack (LIFO)", "Pushes and pops in bursts: the newest block is freed first."},
    {"queue", "Queue (FIFO)",
     "Allocates at one end and frees at the other: the oldest block goes first."},
    {"producer_consumer", "Producer \xe2\x86\x92 consumer",
     "Odd threads allocate and hand over, even threads free what they are given."},
    {"sawtooth", "Grow and shrink",
     "Grows up to the target, frees nearly everything, and grows again."},
    {"fragment", "Fragment on purpose",
     "Allocates small blocks, frees every other one, then asks for larger ones that do not fit."},
    {"requests", "Requests (web server)",
     "Each thread serves requests: up to some dozens of blocks that nearly all go when the request "
     "ends; a few stay long, as sessions or in a cache."},
}};

constexpr std::array<const char*, std::size(all_size_kinds)> size_kind_texts{
    "fixed", "uniform", "exponential", "mixed"};

template <typename Items, typename Name>
std::string joined(const Items& items, Name name) {
  std::string text;
  for (const auto item : items) {
    if (!text.empty()) text += ", ";
    text += name(item);
  }
  return text;
}

std::uint64_t seed_of_worker(std::uint64_t seed, unsigned worker) {
  std::uint64_t state = seed;
  return splitmix64(state) ^ (0xd1b5'4a32'd192'ed03ULL * worker);
}

}  // namespace

const char* pattern_name(Pattern pattern) {
  return pattern_texts[static_cast<std::size_t>(pattern)].name;
}
const char* pattern_title(Pattern pattern) {
  return pattern_texts[static_cast<std::size_t>(pattern)].title;
}
const char* pattern_description(Pattern pattern) {
  return pattern_texts[static_cast<std::size_t>(pattern)].description;
}

std::optional<Pattern> pattern_from_name(std::string_view name) {
  for (const Pattern pattern : all_patterns) {
    if (name == pattern_name(pattern)) return pattern;
  }
  return std::nullopt;
}

const char* size_kind_name(SizeKind kind) {
  return size_kind_texts[static_cast<std::size_t>(kind)];
}

std::optional<SizeKind> size_kind_from_name(std::string_view name) {
  for (const SizeKind kind : all_size_kinds) {
    if (name == size_kind_name(kind)) return kind;
  }
  return std::nullopt;
}

std::string pattern_names() {
  return joined(all_patterns, pattern_name);
}
std::string size_kind_names() {
  return joined(all_size_kinds, size_kind_name);
}

std::string workload_error(const Workload& workload) {
  if (workload.threads == 0) return "a workload needs at least 1 thread";
  if (workload.threads > Workload::max_threads) {
    return "at most " + std::to_string(Workload::max_threads) + " threads";
  }
  if (!(workload.rate > 0)) return "the rate must be above 0 operations per second";
  if (workload.live_blocks == 0) return "a workload needs at least 1 live block to aim at";
  if (workload.live_blocks > Workload::max_live_blocks) {
    return "at most " + std::to_string(Workload::max_live_blocks) + " live blocks";
  }
  if (workload.sizes.mean == 0) return "the mean size must be at least 1 byte";
  if (workload.sizes.mean > SizeDistribution::max_size) {
    return "the mean size is too large: at most 2^40 - 1 bytes";
  }
  return {};
}

Role role_of(const Workload& workload, unsigned worker) {
  if (workload.pattern != Pattern::producer_consumer) return Role::alone;
  if (worker % 2 == 0) return Role::consumer;
  return worker < workload.threads ? Role::producer : Role::alone;
}

std::uint64_t share_of(std::uint64_t total, unsigned threads, unsigned worker) {
  return total / threads + (worker <= total % threads ? 1 : 0);
}

OperationPlan::OperationPlan(const Workload& workload, unsigned worker)
    : pattern_(workload.pattern),
      role_(role_of(workload, worker)),
      sizes_(workload.sizes),
      random_(seed_of_worker(workload.seed, worker)) {}

Operation OperationPlan::next(std::size_t live, std::size_t target) {
  if (forced_releases_ > 0 && live > 0) {
    --forced_releases_;
    kept_ -= std::min<std::size_t>(kept_, 1);
    return release(0);
  }
  switch (pattern_) {
    case Pattern::churn:
      return toward_target(live, target, live == 0 ? 0 : random_.below(live));
    case Pattern::stack:
      return stack(live, target);
    case Pattern::queue:
      return toward_target(live, target, 0);
    case Pattern::producer_consumer:
      if (role_ == Role::producer) return allocate(sizes_.draw(random_));
      if (role_ == Role::consumer) return release(0);
      return toward_target(live, target, 0);
    case Pattern::sawtooth:
      return sawtooth(live, target);
    case Pattern::fragment:
      return fragment(live, target);
    case Pattern::requests:
      return requests(live, target);
  }
  return allocate(1);
}

void OperationPlan::allocation_failed(std::size_t live) {
  forced_releases_ = live / 4 + 1;
}

/// Allocates below the target and frees the block at index from there on: once the target is
/// reached the two alternate.
Operation OperationPlan::toward_target(std::size_t live, std::size_t target, std::size_t index) {
  return live < target ? allocate(sizes_.draw(random_)) : release(index);
}

/// Bursts of pushes and pops, of random length, within a quarter above and below the target.
Operation OperationPlan::stack(std::size_t live, std::size_t target) {
  const std::size_t slack = target / 4 + 1;
  if (phase_ == Phase::fill && live < target) return allocate(sizes_.draw(random_));
  if (remaining_ == 0 || phase_ == Phase::fill) {
    phase_ = phase_ == Phase::bursts_up ? Phase::bursts_down : Phase::bursts_up;
    remaining_ = 1 + random_.below(2 * slack);
  }
  if (live >= target + slack) phase_ = Phase::bursts_down;
  if (live == 0 || live + slack <= target) phase_ = Phase::bursts_up;
  --remaining_;
  return phase_ == Phase::bursts_up ? allocate(sizes_.draw(random_)) : release(live - 1);
}

/// Up to the target, down to a tenth of it, newest first: so the program break falls visibly.
Operation OperationPlan::sawtooth(std::size_t live, std::size_t target) {
  if (live >= target) phase_ = Phase::bursts_down;
  if (live <= target / 10) phase_ = Phase::bursts_up;
  return phase_ == Phase::bursts_down ? release(live - 1) : allocate(sizes_.draw(random_));
}

/// A round: small blocks up to the target; every other one is freed; then larger blocks, which no
/// hole is large enough for, so that the break moves although much is free. The survivors stay.
Operation OperationPlan::fragment(std::size_t live, std::size_t target) {
  if (phase_ == Phase::fill && live >= target) {
    phase_ = Phase::comb;
    cursor_ = live;
  }
  if (phase_ == Phase::comb) {
    cursor_ = std::min(cursor_, live);
    // From the newest down: taking a block out of the set disturbs only the order above it.
    if (cursor_ >= 2) {
      cursor_ -= 2;
      return release(cursor_);
    }
    phase_ = Phase::large;
    remaining_ = target / 16 + 1;
  }
  if (phase_ == Phase::large) {
    if (--remaining_ == 0) phase_ = Phase::fill;
    return allocate(std::min(8 * sizes_.mean + sizes_.draw(random_), SizeDistribution::max_size));
  }
  return allocate(sizes_.draw(random_));
}

/// One request after the other. Between two of them all blocks are such as stay: once they are as
/// many as leave room for a request, random ones of them expire.
Operation OperationPlan::requests(std::size_t live, std::size_t target) {
  constexpr std::size_t least = 4, most = 48;  // blocks of a request
  const std::size_t largest = std::clamp<std::size_t>(target / 4, 1, most);
  const std::size_t room = target - largest / 2;
  if (phase_ == Phase::fill) {
    if (live > room) return release(random_.below(live));
    const std::size_t smallest = std::min(least, largest);
    remaining_ = smallest + random_.below(largest - smallest + 1);
    kept_ = live;
    one_stays_of_ = live < room / 2 ? 4 : 16;  // a cold cache warms up
    phase_ = Phase::serve;
  }
  if (phase_ == Phase::serve) {
    if (momentary_ || remaining_ > 0) return serve(live);
    phase_ = Phase::answer;
    cursor_ = live;
  }
  // From the newest down, as scopes end: taking one out disturbs only the order above it.
  cursor_ = std::min(cursor_, live);
  while (cursor_ > kept_) {
    --cursor_;
    if (random_.below(one_stays_of_) != 0) return release(cursor_);
  }
  phase_ = Phase::fill;
  return requests(live, target);
}

/// Within a request: a block for the rest of it, or one for a moment only.
Operation OperationPlan::serve(std::size_t live) {
  if (momentary_ && live > kept_) {
    momentary_ = false;
    return release(live - 1);
  }
  momentary_ = remaining_ > 0 && random_.below(4) == 0;
  if (!momentary_ && remaining_ > 0) --remaining_;
  return allocate(sizes_.draw(random_));
}

}  // namespace mh
