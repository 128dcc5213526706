#include "app/sources/worker.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstring>

#include <pthread.h>

namespace mh {
namespace {

/// Counts up a number that only the calling thread writes.
void count(std::atomic<std::uint64_t>& number) {
  number.store(number.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

}  // namespace

void fill_payload(void* payload, std::uint64_t size, std::string_view text) {
  constexpr std::uint64_t most = 256;
  std::array<char, 16> line;
  line.fill(' ');
  std::copy_n(text.data(), std::min(text.size(), line.size()), line.data());
  auto* bytes = static_cast<char*>(payload);
  const std::uint64_t end = std::min(size, most);
  for (std::uint64_t at = 0; at < end; at += line.size()) {
    std::memcpy(bytes + at, line.data(), std::min<std::uint64_t>(line.size(), end - at));
  }
}

Worker::Worker(Heap& heap, WorkGate& gate, LiveBlocks& blocks, const Workload& workload,
               unsigned number, std::uint64_t operations, Turns* turns)
    : heap_(heap),
      gate_(gate),
      blocks_(blocks),
      turns_(turns),
      number_(number),
      limit_(operations),
      role_(role_of(workload, number)),
      plan_(workload, number) {
  std::snprintf(name_, sizeof name_, "worker %u", number);
  thread_ = std::thread([this] { run(); });
}

void Worker::join() {
  if (thread_.joinable()) thread_.join();
}

void Worker::run() {
  pthread_setname_np(pthread_self(), name_);
  set_this_thread_number(static_cast<std::uint16_t>(number_));
  heap_.events().thread_begin(name_);
  work();
  if (turns_ != nullptr) turns_->wait(number_);
  blocks_.leave(role_);
  if (turns_ != nullptr) turns_->leave(number_);
  heap_.events().thread_end();
  finished_.store(true, std::memory_order_release);
}

void Worker::work() {
  while (operations_done() < limit_ && wait_to_go_on() && gate_.pass(ticket_)) {
    perform();
    WorkGate::come_back(ticket_);
    if (turns_ != nullptr) turns_->pass_on(number_);
  }
}

/// False: there is nothing to do any more. In its turn a worker does not wait for another.
bool Worker::wait_to_go_on() {
  if (turns_ == nullptr) return blocks_.wait_for_turn(role_);
  while (turns_->wait(number_)) {
    const LiveBlocks::Readiness readiness = blocks_.readiness(role_);
    if (readiness != LiveBlocks::Readiness::not_yet)
      return readiness == LiveBlocks::Readiness::go_on;
    turns_->pass_on(number_);
  }
  return false;
}

void Worker::perform() {
  const auto [operation, block] = blocks_.next(plan_);
  if (operation.kind == Operation::Kind::allocate) {
    allocate(operation.size);
  } else if (block != nullptr) {
    heap_.release(block);
  }
  count(done_);
}

/// Without memory a worker goes on: its next operations free some of what it has.
void Worker::allocate(std::uint64_t size) {
  void* payload = heap_.allocate(size);
  if (payload == nullptr) {
    count(failed_);
    if (blocks_.allocation_failed(plan_) == 0) gate_.rest(std::chrono::milliseconds(1));
    return;
  }
  char text[32];
  const int length = std::snprintf(text, sizeof text, "%u: block %llu", number_,
                                   static_cast<unsigned long long>(++serial_));
  fill_payload(payload, size, {text, static_cast<std::size_t>(length)});
  blocks_.add(payload);
}

}  // namespace mh
