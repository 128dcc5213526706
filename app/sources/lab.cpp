#include "app/sources/lab.hpp"

#include <algorithm>
#include <stdexcept>
#include <system_error>

namespace mh {
namespace {

std::uint64_t address_of(const void* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer);
}

/// A worker that has just got a block may not have put it into its set yet.
bool claim_patiently(Crew& crew, void* payload) {
  constexpr int attempts = 4;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    if (crew.claim(payload)) return true;
    if (!crew.running()) return false;
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  return false;
}

}  // namespace

Lab::Lab(Heap& heap)
    : heap_(heap),
      segment_(Segment::anonymous({})),
      crew_(heap, gate_),
      hand_(heap, [this](void* payload) { return claim_patiently(crew_, payload); }),
      policy_(heap.policy()),
      explaining_(heap.explaining()) {
  set_this_thread_number(hand_thread);
  heap_.events().attach(segment_);
  heap_.events().thread_begin("you");
  heap_.announce();
}

Lab::~Lab() {
  stop();
  heap_.events().thread_end();
  heap_.events().detach();
}

bool Lab::walk(std::uint64_t timeout_ns, mh_visitor visitor, void* context, WalkEnd& end) {
  Heap::WalkEnd seen{};
  if (!heap_.walk_within(timeout_ns, visitor, context, seen)) return false;
  end = {address_of(seen.start), address_of(seen.end), seen.clock};
  return true;
}

void Lab::start(const Workload& workload) {
  if (const std::string error = workload_error(workload); !error.empty()) {
    throw std::invalid_argument(error);
  }
  stop();
  try {
    crew_.start(workload);
  } catch (const std::system_error& error) {
    throw std::runtime_error("the system does not give " + std::to_string(workload.threads) +
                             " threads (" + error.what() + "): take fewer");
  }
  workload_ = workload;
}

void Lab::stop() {
  crew_.stop();
}

void Lab::set_rate(double operations_per_second) {
  if (!workload_ || !(operations_per_second > 0)) return;
  workload_->rate = operations_per_second;
  gate_.set_rate(operations_per_second);
}

void Lab::set_live_blocks(std::uint64_t blocks) {
  if (!workload_) return;
  workload_->live_blocks = std::clamp<std::uint64_t>(blocks, 1, Workload::max_live_blocks);
  crew_.set_live_blocks(workload_->live_blocks);
}

bool Lab::set_policy(const mh_policy& policy) {
  if (!heap_.set_policy(policy)) return false;
  policy_ = policy;
  return true;
}

void Lab::set_explaining(bool on) {
  heap_.set_explaining(on);
  explaining_ = on;
}

void Lab::reset() {
  stop();
  heap_.reset();
  crew_.forget_left_blocks();
  hand_.forget();
}

void Lab::tick() {
  EventWriter& events = heap_.events();
  if (!introduced_ && events.active()) {
    events.thread_begin("you");
    introduced_ = true;
  }
  if (events.walk_wanted()) heap_.announce();
  // The heap knows no names, so a fresh walk (any call may have given it) shows blocks without
  // them.
  const std::uint32_t walks = segment_.header().walk_done.load(std::memory_order_acquire);
  if (walks != walks_seen_) {
    walks_seen_ = walks;
    hand_.tell_names();
  }
}

}  // namespace mh
