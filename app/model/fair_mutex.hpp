#pragma once
// A mutex that serves in the order of asking.

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace mh {

/// With std::mutex, whoever unlocks and locks again in a loop can keep all others out for long: the
/// reader in a flood of events, or the window in a long replay. Meant for locks held for up to some
/// ms.
class FairMutex {
 public:
  void lock() {
    std::unique_lock guard(mutex_);
    const std::uint64_t ticket = next_ticket_++;
    turn_.wait(guard, [&] { return serving_ == ticket; });
  }
  void unlock() {
    {
      const std::lock_guard guard(mutex_);
      ++serving_;
    }
    turn_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable turn_;
  std::uint64_t next_ticket_ = 0;
  std::uint64_t serving_ = 0;
};

}  // namespace mh
