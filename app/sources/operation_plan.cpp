#include "app/sources/operation_plan.hpp"

namespace mh {
namespace {

std::uint64_t seed_of_worker(std::uint64_t seed, unsigned worker) {
  std::uint64_t state = seed;
  return splitmix64(state) ^ (0xd1b5'4a32'd192'ed03ULL * worker);
}

}  // namespace

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
      if (role_ == Role::producer) return allocate(draw_size(sizes_, random_));
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
  return live < target ? allocate(draw_size(sizes_, random_)) : release(index);
}

/// Bursts of pushes and pops, of random length, within a quarter above and below the target.
Operation OperationPlan::stack(std::size_t live, std::size_t target) {
  const std::size_t slack = target / 4 + 1;
  if (phase_ == Phase::fill && live < target) return allocate(draw_size(sizes_, random_));
  if (remaining_ == 0 || phase_ == Phase::fill) {
    phase_ = phase_ == Phase::bursts_up ? Phase::bursts_down : Phase::bursts_up;
    remaining_ = 1 + random_.below(2 * slack);
  }
  if (live >= target + slack) phase_ = Phase::bursts_down;
  if (live == 0 || live + slack <= target) phase_ = Phase::bursts_up;
  --remaining_;
  return phase_ == Phase::bursts_up ? allocate(draw_size(sizes_, random_)) : release(live - 1);
}

/// Up to the target, down to a tenth of it, newest first: so the program break falls visibly.
Operation OperationPlan::sawtooth(std::size_t live, std::size_t target) {
  if (live >= target) phase_ = Phase::bursts_down;
  if (live <= target / 10) phase_ = Phase::bursts_up;
  return phase_ == Phase::bursts_down ? release(live - 1) : allocate(draw_size(sizes_, random_));
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
    return allocate(
        std::min(8 * sizes_.mean + draw_size(sizes_, random_), SizeDistribution::max_size));
  }
  return allocate(draw_size(sizes_, random_));
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
  return allocate(draw_size(sizes_, random_));
}

}  // namespace mh
