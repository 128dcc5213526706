#include "app/sources/crew.hpp"

#include <algorithm>
#include <limits>
#include <thread>

namespace mh {

void Crew::start(const Workload& workload, bool in_turns) {
  workload_ = workload;
  turns_ = in_turns ? std::make_unique<Turns>(workload.threads, workload.seed) : nullptr;
  operations_before_ = 0;
  failures_before_ = 0;
  for (unsigned worker = 1; worker <= workload.threads; ++worker) {
    // A consumer uses the set of the producer before it: that is the queue between them.
    if (role_of(workload, worker) != Role::consumer) sets_.emplace_back(1);
    set_of_worker_.push_back(sets_.size() - 1);
  }
  set_live_blocks(workload.live_blocks);
  gate_.start(workload.rate);
  try {
    for (unsigned worker = 1; worker <= workload.threads; ++worker) {
      const std::uint64_t operations =
          workload.operations == 0 ? std::numeric_limits<std::uint64_t>::max()
                                   : share_of(workload.operations, workload.threads, worker);
      workers_.push_back(std::make_unique<Worker>(heap_, gate_, sets_[set_of_worker_[worker - 1]],
                                                  workload, worker, operations, turns_.get()));
    }
  } catch (...) {
    stop();
    throw;
  }
}

void Crew::stop() {
  gate_.stop();
  if (turns_) turns_->stop();
  for (LiveBlocks& set : sets_) set.shut();
  for (const auto& worker : workers_) worker->join();
  operations_before_ = operations_done();
  failures_before_ = failed_allocations();
  workers_.clear();
  for (LiveBlocks& set : sets_) {
    for (void* payload : set.take_all()) left_blocks_.insert(payload);
  }
  sets_.clear();
  set_of_worker_.clear();
}

bool Crew::running() const {
  return std::any_of(workers_.begin(), workers_.end(),
                     [](const auto& worker) { return !worker->finished(); });
}

std::uint64_t Crew::operations_done() const {
  std::uint64_t sum = operations_before_;
  for (const auto& worker : workers_) sum += worker->operations_done();
  return sum;
}

std::uint64_t Crew::failed_allocations() const {
  std::uint64_t sum = failures_before_;
  for (const auto& worker : workers_) sum += worker->failed_allocations();
  return sum;
}

void Crew::set_live_blocks(std::uint64_t blocks) {
  workload_.live_blocks = blocks;
  for (std::size_t set = 0; set < sets_.size(); ++set) sets_[set].set_target(target_of(set));
}

/// A set aims at what its workers aim at together.
std::uint64_t Crew::target_of(std::size_t set) const {
  std::uint64_t target = 0;
  for (unsigned worker = 1; worker <= workload_.threads; ++worker) {
    if (set_of_worker_[worker - 1] == set) {
      target += share_of(workload_.live_blocks, workload_.threads, worker);
    }
  }
  return std::max<std::uint64_t>(target, 1);
}

Crew::StandStill::StandStill(Crew& crew) : crew_(crew) {
  crew_.gate_.set_held(true);
  for (const auto& worker : crew_.workers_) {
    while (worker->busy()) std::this_thread::yield();
  }
}

bool Crew::claim(void* payload) {
  if (left_blocks_.erase(payload) != 0) return true;
  return std::any_of(sets_.begin(), sets_.end(),
                     [payload](LiveBlocks& set) { return set.claim(payload); });
}

std::vector<void*> Crew::claim_all(std::span<void* const> payloads) {
  std::vector<void*> taken;
  for (void* payload : payloads) {
    if (left_blocks_.erase(payload) != 0) taken.push_back(payload);
  }
  for (LiveBlocks& set : sets_) set.claim_all(payloads, taken);
  return taken;
}

}  // namespace mh
