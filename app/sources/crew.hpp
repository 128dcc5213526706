#pragma once
// All workers of a workload, and the blocks they leave behind.

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <unordered_set>
#include <vector>

#include "app/sources/gate.hpp"
#include "app/sources/live_blocks.hpp"
#include "app/sources/turns.hpp"
#include "app/sources/worker.hpp"

namespace mh {

/// Methods are for one thread.
class Crew {
 public:
  Crew(Heap& heap, WorkGate& gate) : heap_(heap), gate_(gate) {}
  ~Crew() { stop(); }
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  /// The workload must be a right one, and none be running. Throws std::system_error when the
  /// system gives no more threads; then none runs.
  /// in_turns: the workers go on one after the other, instead of all at once.
  void start(const Workload& workload, bool in_turns);
  void stop();  ///< joins the workers; their blocks stay
  [[nodiscard]] bool running() const;
  [[nodiscard]] std::uint64_t operations_done() const;
  [[nodiscard]] std::uint64_t failed_allocations() const;
  void set_live_blocks(std::uint64_t blocks);

  /// Takes a block from the worker that holds it, or from what stopped workers left. False: nobody
  /// has it.
  bool claim(void* payload);
  /// The same for many, sorted. Returns those that somebody had.
  std::vector<void*> claim_all(std::span<void* const> payloads);
  /// While it lives all workers stand still between two operations: what they hold is what their
  /// sets say.
  class StandStill {
   public:
    explicit StandStill(Crew& crew);
    ~StandStill() { crew_.gate_.set_held(false); }
    StandStill(const StandStill&) = delete;
    StandStill& operator=(const StandStill&) = delete;

   private:
    Crew& crew_;
  };

  /// The heap was emptied.
  void forget_left_blocks() { left_blocks_.clear(); }

 private:
  [[nodiscard]] std::uint64_t target_of(std::size_t set) const;

  Heap& heap_;
  WorkGate& gate_;
  Workload workload_;
  std::deque<LiveBlocks> sets_;
  std::vector<std::size_t> set_of_worker_;  ///< worker n uses sets_[set_of_worker_[n - 1]]
  std::unique_ptr<Turns> turns_;            ///< null: all at once
  std::vector<std::unique_ptr<Worker>> workers_;
  std::unordered_set<void*> left_blocks_;
  std::uint64_t operations_before_ = 0;  ///< of the workers that were joined
  std::uint64_t failures_before_ = 0;
};

}  // namespace mh
