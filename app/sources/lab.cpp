#include "app/sources/lab.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

#include "app/model/policy_words.hpp"

namespace mh {
namespace {

std::uint64_t address_of(const void* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer);
}

/// The workers are ours: that they wait for a reader without a processor is better than a picture
/// with a hole.
constexpr std::uint32_t patience_us = 2'000'000;

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

/// What was counted since then.
mh_stats since(mh_stats stats, const mh_stats& before) {
  const auto subtract = [&](std::uint64_t mh_stats::*count) {
    stats.*count -= std::min(stats.*count, before.*count);
  };
  for (std::uint64_t mh_stats::*const count :
       {&mh_stats::mallocs, &mh_stats::frees, &mh_stats::failed, &mh_stats::errors,
        &mh_stats::searches, &mh_stats::visited, &mh_stats::splits, &mh_stats::merges,
        &mh_stats::break_moves, &mh_stats::lock_waits, &mh_stats::lock_wait_ns}) {
    subtract(count);
  }
  for (std::size_t i = 0; i < MH_SIZE_CLASSES; ++i) {
    std::uint64_t& mallocs = stats.size_class[i].mallocs;
    mallocs -= std::min(mallocs, before.size_class[i].mallocs);
  }
  return stats;
}

const char* const set_aside_already =
    "that block is damaged and set aside: it can be neither freed nor used again";

}  // namespace

Lab::Lab(Heap& heap)
    : heap_(heap),
      segment_(Segment::anonymous({.patience_us = patience_us})),
      crew_(heap, gate_),
      hand_(
          heap, [this](void* payload) { return claim_patiently(crew_, payload); },
          [this](std::span<void* const> payloads) { return crew_.claim_all(payloads); }),
      mischief_(heap, hand_),
      check_(heap),
      hand_threads_(heap),
      pools_(heap, [this](std::string_view name) { return hand_.block_called(name).has_value(); }),
      policy_(heap.policy()),
      explaining_(heap.explaining()) {
  set_this_thread_number(hand_thread);
  begin_journal();
  listen();
}

Lab::Lab(EngineHeap& heap) : Lab(static_cast<Heap&>(heap)) {
  engines_ = &heap;
  begin_journal();
}

void Lab::listen() {
  heap_.set_error_handler(note_error, this);
  heap_.events().attach(segment_);
  heap_.events().thread_begin("you");
  heap_.announce();
}

void Lab::listen_no_more() {
  heap_.set_error_handler(nullptr, nullptr);
  heap_.events().thread_end();
  heap_.events().detach();
}

bool Lab::choose_engine(Engine engine) {
  if (engine == this->engine()) return true;
  if (engines_ == nullptr) return false;
  reset();
  listen_no_more();
  engines_->choose(engine);
  listen();
  before_ = heap_.stats();
  policy_ = heap_.policy();
  explaining_ = heap_.explaining();
  begin_journal();
  return true;
}

Lab::~Lab() {
  stop();
  hand_threads_.dismiss();
  listen_no_more();
}

bool Lab::walk(std::uint64_t timeout_ns, mh_visitor visitor, void* context, WalkEnd& end) {
  Heap::WalkEnd seen{};
  if (!heap_.walk_within(timeout_ns, visitor, context, seen)) return false;
  end = {address_of(seen.start), address_of(seen.end), seen.clock, seen.error,
         address_of(seen.where)};
  return true;
}

// ---- by hand, and what the heap says to it

Lab::Outcome Lab::hand_realloc(std::uint64_t block, std::uint64_t size, std::string_view name,
                               std::uint64_t pointer) {
  if (std::string error = why_not(block); !error.empty()) return {.error = std::move(error)};
  return told(hand_.reallocate(block, size, name, pointer));
}

Lab::Outcome Lab::hand_free(std::uint64_t block, std::uint64_t pointer) {
  if (std::string error = why_not(block); !error.empty()) return {.error = std::move(error)};
  return told(hand_.release(block, pointer));
}

Hand::Freed Lab::hand_free_all(std::span<const std::uint64_t> blocks, bool undoable) {
  errors_noticed_ = 0;
  Hand::Freed result = hand_.release_all(blocks, undoable);
  reports_.clear();
  result.refused = std::min(errors_noticed_, result.freed);
  result.freed -= result.refused;
  return result;
}

Lab::Outcome Lab::by_thread(unsigned number, const std::function<Outcome()>& call) {
  if (number == 0) return call();
  if (running()) return {.error = "a workload is running, whose threads have those numbers"};
  Outcome outcome;
  hand_threads_.make(number, [&] { outcome = call(); });
  return outcome;
}

Lab::Outcome Lab::make_mischief(Mischief mischief, std::uint64_t block, std::uint64_t amount) {
  const Crew::StandStill still(crew_);
  note_mischief(mischief, block, amount);
  return told(noted(mischief_.make(mischief, block, amount)));
}

Lab::Outcome Lab::write_through(std::uint64_t dangling, std::string_view name,
                                std::uint64_t bytes) {
  const Crew::StandStill still(crew_);
  hand_.journal().add({.kind = HandCall::Kind::script,
                       .name = std::string(name),
                       .words = "write-after-free " + std::string(name)});
  return told(noted(mischief_.write_through(dangling, name, bytes)));
}

Lab::Outcome Lab::noted(Outcome outcome) {
  if (mischief_.wrote().bytes > 0) written_ = mischief_.wrote();
  return outcome;
}

/// As a script says it, if it can.
void Lab::note_mischief(Mischief mischief, std::uint64_t block, std::uint64_t amount) {
  const std::string name = hand_.name_of(block);
  std::string words = mischief_kinds()[static_cast<std::size_t>(mischief)].word;
  const bool of_a_block = mischief == Mischief::overflow || mischief == Mischief::underflow ||
                          mischief == Mischief::smash_header || mischief == Mischief::double_free;
  if (!of_a_block || name.empty()) {
    hand_.journal().leave_out("A mistake that was made on purpose is left out.");
    return;
  }
  words.append(" ").append(name);
  if (amount != 0) words.append(" ").append(std::to_string(amount));
  hand_.journal().add({.kind = HandCall::Kind::script, .name = name, .words = words});
}

void Lab::begin_journal() {
  hand_.journal().begin(policy_, engine() == Engine::fast);
}

/// Called under the heap's lock, by whoever made the mistake.
void Lab::note_error(const mh_report* report, void* context) {
  constexpr std::size_t most = 16;
  auto& lab = *static_cast<Lab*>(context);
  if (this_thread_number() != hand_thread) return;
  ++lab.errors_noticed_;
  if (lab.reports_.size() == most) return;
  lab.reports_.push_back(*report);
}

/// Adds what the heap noticed meanwhile.
Lab::Outcome Lab::told(Outcome outcome) {
  const std::vector<mh_report> reports = std::exchange(reports_, {});
  if (reports.empty()) return outcome;
  // What the heap refuses is no failure of the app: it is what the mistake leads to.
  if (outcome.noticed) outcome.text = std::exchange(outcome.error, {});
  outcome.noticed = true;
  std::array<char, 160> sentence{};
  mh_format_report(&reports.front(), sentence.data(), sentence.size());
  std::string& text = outcome.error.empty() ? outcome.text : outcome.error;
  text += std::string(text.ends_with('.') ? "" : ".") + " Noticed: " + sentence.data();
  for (const mh_report& report : reports) {
    if (report.block == nullptr || !lost(address_of(report.block))) continue;
    if (&report == &reports.front()) text += ". The block is set aside";
  }
  text += ".";
  if (reports.size() > 1) text += " And " + std::to_string(reports.size() - 1) + " more.";
  return outcome;
}

/// Why a block can be neither freed nor resized by hand; empty: it can.
std::string Lab::why_not(std::uint64_t block) {
  if (lost(block)) return set_aside_already;
  mh_block seen{};
  const bool of_a_pool = block_at(block, seen) && seen.pool != 0;
  return of_a_pool ? "that block holds the slots of a pool: it goes when the pool is destroyed"
                   : "";
}

/// Whether a block is set aside; then the hand has it no more.
bool Lab::lost(std::uint64_t block) {
  mh_block seen{};
  if (!block_at(block, seen) || seen.set_aside == 0) return false;
  hand_.lose(block);
  return true;
}

void Lab::start(const Workload& workload) {
  if (const std::string error = workload_error(workload); !error.empty()) {
    throw std::invalid_argument(error);
  }
  stop();
  hand_threads_.dismiss();  // the workers have their numbers
  try {
    crew_.start(workload, in_turns_);
  } catch (const std::system_error& error) {
    throw std::runtime_error("the system does not give " + std::to_string(workload.threads) +
                             " threads (" + error.what() + "): take fewer");
  }
  workload_ = workload;
  hand_.journal().leave_out("What the workload's threads did is left out.");
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
  hand_.journal().add({.kind = HandCall::Kind::policy, .name = {}, .words = policy_words(policy)});
  return true;
}

void Lab::set_explaining(bool on) {
  heap_.set_explaining(on);
  explaining_ = on;
}

void Lab::reset() {
  stop();
  hand_threads_.dismiss();
  heap_.reset();
  crew_.forget_left_blocks();
  hand_.forget();
  pools_.forget();
  before_ = heap_.stats();
  begin_journal();
}

mh_stats Lab::stats() const {
  return since(heap_.stats(), before_);
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
    pools_.tell_names();
  }
}

}  // namespace mh
