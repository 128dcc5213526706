#pragma once
// The live blocks of one worker, or the queue between a producer and its consumer.

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <span>
#include <vector>

#include "app/sources/operation_plan.hpp"

namespace mh {

/// Whoever takes a block out of the set owns it, and frees it. So a worker and the hand can want
/// the same block at the same time, and one of them gets it. All methods may be called from any
/// thread.
class LiveBlocks {
 public:
  explicit LiveBlocks(std::size_t target) : target_(target) {}

  void set_target(std::size_t target);
  void add(void* payload);
  /// Takes that block out. False: it is not (or no longer) here. Linear in the number of blocks.
  bool claim(const void* payload);
  /// Takes out those of wanted, which is sorted, that are here, and appends them to taken.
  void claim_all(std::span<void* const> wanted, std::vector<void*>& taken);
  /// Takes everything out.
  std::deque<void*> take_all();
  [[nodiscard]] std::size_t size() const;

  /// What a worker does next, and the block it takes out to release it (null: there was none).
  struct Next {
    Operation operation;
    void* block = nullptr;
  };
  Next next(OperationPlan& plan);
  /// Tells the plan that its allocation failed. Returns the number of blocks held.
  std::size_t allocation_failed(OperationPlan& plan);

  /// Waits until it makes sense for a worker of this role to go on: a producer until there is room,
  /// a consumer until the queue is more than half full or nothing more will come. False: there is
  /// nothing to do any more.
  bool wait_for_turn(Role role);
  /// The same without waiting.
  enum class Readiness { go_on, not_yet, nothing_to_do };
  [[nodiscard]] Readiness readiness(Role role) const;
  void leave(Role role);  ///< a producer or a consumer has ended
  void shut();            ///< wakes those who wait: the workload stops

 private:
  void* take(std::size_t index);
  [[nodiscard]] Readiness readiness_locked(Role role) const;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<void*> blocks_;  ///< oldest first, as long as none is taken out of the middle
  std::size_t target_;
  bool producer_left_ = false;
  bool consumer_left_ = false;
  bool shut_ = false;
};

}  // namespace mh
