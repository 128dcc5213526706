#pragma once
// Threads that make calls by hand, for whoever wants to show whose a block is. Each lives on after
// its call, as threads of programs do, with what the heap keeps for it.

#include <functional>
#include <map>
#include <memory>

#include "core/heap/heap.hpp"

namespace mh {

/// Methods are for one thread.
class HandThreads {
 public:
  explicit HandThreads(Heap& heap);
  ~HandThreads();
  HandThreads(const HandThreads&) = delete;
  HandThreads& operator=(const HandThreads&) = delete;

  /// Has the thread of that number (1 up) make a call, and waits for it. Throws std::system_error
  /// if the system gives no thread. The call must not throw.
  void make(unsigned number, const std::function<void()>& call);
  /// Ends them all.
  void dismiss();

 private:
  class Worker;

  Heap& heap_;
  std::map<unsigned, std::unique_ptr<Worker>> workers_;
};

}  // namespace mh
