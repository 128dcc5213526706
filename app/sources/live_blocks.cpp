#include "app/sources/live_blocks.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace mh {

void LiveBlocks::set_target(std::size_t target) {
  const std::lock_guard lock(mutex_);
  target_ = target;
  changed_.notify_all();
}

void LiveBlocks::add(void* payload) {
  const std::lock_guard lock(mutex_);
  blocks_.push_back(payload);
  changed_.notify_all();
}

bool LiveBlocks::claim(const void* payload) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find(blocks_.begin(), blocks_.end(), payload);
  if (found == blocks_.end()) return false;
  blocks_.erase(found);
  changed_.notify_all();
  return true;
}

void LiveBlocks::claim_all(std::span<void* const> wanted, std::vector<void*>& taken) {
  if (wanted.empty()) return;
  const std::less<> before;
  const std::lock_guard lock(mutex_);
  const std::size_t removed = std::erase_if(blocks_, [&](void* payload) {
    // Most blocks lie before or behind all that is wanted: one pass over many costs little.
    if (before(payload, wanted.front()) || before(wanted.back(), payload) ||
        !std::binary_search(wanted.begin(), wanted.end(), payload, before)) {
      return false;
    }
    taken.push_back(payload);
    return true;
  });
  if (removed > 0) changed_.notify_all();
}

std::deque<void*> LiveBlocks::take_all() {
  const std::lock_guard lock(mutex_);
  return std::exchange(blocks_, {});
}

std::size_t LiveBlocks::size() const {
  const std::lock_guard lock(mutex_);
  return blocks_.size();
}

LiveBlocks::Next LiveBlocks::next(OperationPlan& plan) {
  const std::lock_guard lock(mutex_);
  Next next{plan.next(blocks_.size(), target_)};
  if (next.operation.kind == Operation::Kind::release && !blocks_.empty()) {
    next.block = take(next.operation.index);
    changed_.notify_all();
  }
  return next;
}

std::size_t LiveBlocks::allocation_failed(OperationPlan& plan) {
  const std::lock_guard lock(mutex_);
  plan.allocation_failed(blocks_.size());
  return blocks_.size();
}

/// In constant time: from the ends in order, from the middle by moving the newest into the gap.
void* LiveBlocks::take(std::size_t index) {
  if (index == 0) {
    void* oldest = blocks_.front();
    blocks_.pop_front();
    return oldest;
  }
  std::swap(blocks_[std::min(index, blocks_.size() - 1)], blocks_.back());
  void* taken = blocks_.back();
  blocks_.pop_back();
  return taken;
}

bool LiveBlocks::wait_for_turn(Role role) {
  if (role == Role::alone) return true;
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return readiness_locked(role) != Readiness::not_yet; });
  return readiness_locked(role) == Readiness::go_on;
}

LiveBlocks::Readiness LiveBlocks::readiness(Role role) const {
  const std::lock_guard lock(mutex_);
  return readiness_locked(role);
}

LiveBlocks::Readiness LiveBlocks::readiness_locked(Role role) const {
  if (role == Role::alone) return Readiness::go_on;
  if (shut_) return Readiness::nothing_to_do;
  if (role == Role::producer) {
    if (consumer_left_) return Readiness::nothing_to_do;
    return blocks_.size() < target_ ? Readiness::go_on : Readiness::not_yet;
  }
  if (blocks_.size() > target_ / 2) return Readiness::go_on;
  if (!producer_left_) return Readiness::not_yet;
  return blocks_.empty() ? Readiness::nothing_to_do : Readiness::go_on;
}

void LiveBlocks::leave(Role role) {
  const std::lock_guard lock(mutex_);
  if (role == Role::producer) producer_left_ = true;
  if (role == Role::consumer) consumer_left_ = true;
  changed_.notify_all();
}

void LiveBlocks::shut() {
  const std::lock_guard lock(mutex_);
  shut_ = true;
  changed_.notify_all();
}

}  // namespace mh
