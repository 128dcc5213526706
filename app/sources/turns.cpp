#include "app/sources/turns.hpp"

#include <numeric>

namespace mh {

Turns::Turns(unsigned count, std::uint64_t seed) : changed_(count), present_(count), random_(seed) {
  std::iota(present_.begin(), present_.end(), 1U);
}

bool Turns::wait(unsigned worker) {
  std::unique_lock lock(mutex_);
  changed_[worker - 1].wait(lock, [&] { return stopped_ || current_ == worker; });
  return !stopped_;
}

void Turns::pass_on(unsigned worker) {
  const std::lock_guard lock(mutex_);
  if (current_ == worker) draw();
}

void Turns::leave(unsigned worker) {
  const std::lock_guard lock(mutex_);
  std::erase(present_, worker);
  if (current_ == worker) draw();
}

void Turns::draw() {
  if (present_.empty()) return;
  current_ = present_[random_.below(present_.size())];
  changed_[current_ - 1].notify_one();
}

void Turns::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  for (std::condition_variable& changed : changed_) changed.notify_one();
}

}  // namespace mh
