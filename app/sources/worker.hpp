#pragma once
// One worker thread of the lab: passes the gate, does what its plan says, on the real heap.

#include <atomic>
#include <cstdint>
#include <string_view>
#include <thread>

#include "app/sources/gate.hpp"
#include "app/sources/live_blocks.hpp"
#include "app/sources/operation_plan.hpp"
#include "app/sources/turns.hpp"
#include "core/heap/heap.hpp"

namespace mh {

/// Writes text into the first bytes of a payload (256 at most), a line of 16 after the other, so
/// that a look into memory shows whose it is: "3: block 17     3: block 17     ".
void fill_payload(void* payload, std::uint64_t size, std::string_view text);

class alignas(64) Worker {
 public:
  /// number: 1 to workload.threads; operations: how many it does, UINT64_MAX: no end; turns: null:
  /// all workers at once. What is referred to must outlive the worker. Starts the thread; throws
  /// std::system_error.
  Worker(Heap& heap, WorkGate& gate, LiveBlocks& blocks, const Workload& workload, unsigned number,
         std::uint64_t operations, Turns* turns);
  ~Worker() { join(); }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Comes back soon only after the gate was stopped and the blocks shut.
  void join();
  [[nodiscard]] bool finished() const { return finished_.load(std::memory_order_acquire); }
  /// Between the gate and the end of an operation; false once the gate is held means: until it is
  /// let go.
  [[nodiscard]] bool busy() const { return ticket_.inside.load(); }
  [[nodiscard]] std::uint64_t operations_done() const {
    return done_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t failed_allocations() const {
    return failed_.load(std::memory_order_relaxed);
  }

 private:
  void run();
  void work();
  bool wait_to_go_on();
  void perform();
  void allocate(std::uint64_t size);

  Heap& heap_;
  WorkGate& gate_;
  LiveBlocks& blocks_;
  Turns* const turns_;
  const unsigned number_;
  const std::uint64_t limit_;
  const Role role_;
  OperationPlan plan_;
  WorkGate::Ticket ticket_;
  char name_[16]{};
  std::uint64_t serial_ = 0;  ///< of the block allocated last
  // Written by the worker alone, read by anybody.
  alignas(64) std::atomic<std::uint64_t> done_{0};
  std::atomic<std::uint64_t> failed_{0};
  std::atomic<bool> finished_{false};
  std::thread thread_;
};

}  // namespace mh
