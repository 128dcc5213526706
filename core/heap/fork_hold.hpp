#pragma once
// What a lock knows of fork().

#include <pthread.h>

#include <atomic>

namespace mh {

/// The lock is held from before a fork() until after it, in parent and child, by the thread that
/// forks. Handlers of others (pthread_atfork()) run in between: they may use what the lock guards,
/// and may call fork() themselves, so that one lies within another. Needs no constructor to run.
class ForkHold {
 public:
  /// Whether the calling thread is between begin() and the last end().
  [[nodiscard]] bool mine() const {
    const pthread_t thread = thread_.load(std::memory_order_relaxed);
    return thread != pthread_t{} && thread == pthread_self();
  }
  /// With the lock.
  void begin() {
    thread_.store(pthread_self(), std::memory_order_relaxed);
    ++depth_;
  }
  /// Whether this was the outermost: then the lock is to be given back.
  bool end() {
    if (--depth_ != 0) return false;
    thread_.store(pthread_t{}, std::memory_order_relaxed);
    return true;
  }

 private:
  std::atomic<pthread_t> thread_{};
  unsigned depth_ = 0;
};

}  // namespace mh
