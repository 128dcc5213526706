#include "app/streams/pulse.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "core/events/clock.hpp"

namespace mh {
namespace {

constexpr std::chrono::milliseconds beat_interval{100};

/// One thread beats for all.
class Heart {
 public:
  Heart() : thread_([this] { run(); }) {}
  ~Heart() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  Heart(const Heart&) = delete;
  Heart& operator=(const Heart&) = delete;

  void add(SegmentHeader& header) {
    const std::lock_guard lock(mutex_);
    header.pulse_ns.store(monotonic_ns(), std::memory_order_relaxed);
    headers_.push_back(&header);
    changed_.notify_all();
  }
  void remove(SegmentHeader& header) {
    const std::lock_guard lock(mutex_);
    // Two may beat for one header while it changes hands.
    for (auto at = headers_.begin(); at != headers_.end(); ++at) {
      if (*at != &header) continue;
      headers_.erase(at);
      return;
    }
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      const std::uint64_t now = monotonic_ns();
      for (SegmentHeader* header : headers_) header->pulse_ns.store(now, std::memory_order_relaxed);
      if (headers_.empty()) {
        changed_.wait(lock);
      } else {
        changed_.wait_for(lock, beat_interval, [this] { return stopping_; });
      }
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<SegmentHeader*> headers_;
  bool stopping_ = false;
  std::thread thread_;
};

Heart& heart() {
  static Heart one;
  return one;
}

}  // namespace

Pulse::Pulse(SegmentHeader& header) : header_(header) {
  heart().add(header);
}

Pulse::~Pulse() {
  heart().remove(header_);
}

}  // namespace mh
