#include "app/sources/hand_threads.hpp"

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

namespace mh {

class HandThreads::Worker {
 public:
  Worker(Heap& heap, unsigned number) : thread_([this, &heap, number] { run(heap, number); }) {}
  ~Worker() {
    {
      const std::lock_guard lock(mutex_);
      leaving_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void make(const std::function<void()>& call) {
    std::unique_lock lock(mutex_);
    call_ = &call;
    changed_.notify_all();
    changed_.wait(lock, [this] { return call_ == nullptr; });
  }

 private:
  void run(Heap& heap, unsigned number) {
    set_this_thread_number(static_cast<std::uint16_t>(number));
    heap.events().thread_begin(("thread " + std::to_string(number)).c_str());
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return call_ != nullptr || leaving_; });
      if (call_ == nullptr) break;
      (*call_)();
      call_ = nullptr;
      changed_.notify_all();
    }
    heap.events().thread_end();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  const std::function<void()>* call_ = nullptr;  ///< to be made
  bool leaving_ = false;
  std::thread thread_;  ///< last: it uses the others
};

HandThreads::HandThreads(Heap& heap) : heap_(heap) {}
HandThreads::~HandThreads() = default;

void HandThreads::make(unsigned number, const std::function<void()>& call) {
  std::unique_ptr<Worker>& worker = workers_[number];
  if (worker == nullptr) worker = std::make_unique<Worker>(heap_, number);
  worker->make(call);
}

void HandThreads::dismiss() {
  workers_.clear();
}

}  // namespace mh
