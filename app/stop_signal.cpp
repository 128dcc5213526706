#include "app/stop_signal.hpp"

#include <pthread.h>

#include <ctime>
#include <initializer_list>
#include <utility>

namespace mh {

StopSignal::StopSignal() {
  sigemptyset(&watched_);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&watched_, number);
  pthread_sigmask(SIG_BLOCK, &watched_, &before_);
}

StopSignal::~StopSignal() {
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void StopSignal::heed() {
  if (number_ != 0) heeded_ = std::exchange(number_, 0);
}

bool StopSignal::came(long wait_ms) {
  if (number_ != 0) return true;
  const timespec longest{wait_ms / 1000, wait_ms % 1000 * 1'000'000};
  const int number = sigtimedwait(&watched_, nullptr, &longest);
  if (number > 0) number_ = number;
  return number_ != 0;
}

}  // namespace mh
