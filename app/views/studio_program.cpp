// A program's heaps instead of the lab's.

#include <algorithm>
#include <limits>
#include <utility>

#include "app/views/studio.hpp"

namespace mh {
namespace {

/// What can be said of a heap that only its events tell of.
mh_stats stats_of(const Player::View& view) {
  const HeapPicture& picture = view.picture();
  const PictureTotals& totals = picture.totals();
  mh_stats stats{};
  stats.heap = totals.heap;
  stats.requested = totals.requested;
  stats.free = totals.free;
  stats.padding = totals.padding;
  stats.free_blocks = totals.free_blocks;
  stats.mallocs = totals.allocs;
  stats.frees = totals.frees;
  stats.largest_free = picture.largest_free();
  stats.errors = view.errors().total();
  for (const History::Sample& sample : view.history().samples()) {
    stats.peak_heap = std::max<std::uint64_t>(stats.peak_heap, sample.heap);
    stats.peak_requested = std::max<std::uint64_t>(stats.peak_requested, sample.requested);
  }
  return stats;
}

}  // namespace

void Studio::read_stats() {
  if (program_ != nullptr) {
    stats_ = stats_of(player_->view());
    pool_stats_ = {};
    program_heaps_ = program_->heaps();
    return;
  }
  stats_ = lab_.stats();
  pool_stats_ = lab_.pools().stats(lab_.pools().newest());
}

void Studio::show_program(std::unique_ptr<Program> program) {
  leave_program();
  program_ = std::move(program);
  program_ended_ = !program_->running();
  state_.colour_by = ColourBy::thread;
  follow_program();
}

/// Shows its first heap once it has one, and says how it ended.
void Studio::follow_program() {
  if (program_recorder_ == nullptr) show_heap(0);
  if (program_ended_ || program_->running()) return;
  program_ended_ = true;
  program_heaps_ = program_->heaps();
  say("The program " + program_->state() +
          (program_heaps_.empty() ? ", and never called malloc of the drop-in."
                                  : ". All that it did can be looked at."),
      false);
}

void Studio::show_heap(std::size_t number) {
  const std::shared_ptr<Recorder> recorder = program_->recorder(number);
  if (recorder == nullptr) {
    if (program_recorder_ != nullptr)
      say("What that process did is not kept any more: too many have ended since.", true);
    return;
  }
  program_heaps_ = program_->heaps();
  if (recorder == program_recorder_) return;
  if (Player::Gate* const left = program_->gate(program_heap_); left != nullptr) {
    left->set_open(true);
    left->set_limit(std::numeric_limits<double>::infinity());
  }
  program_heap_ = number;
  auto player = std::make_unique<Player>(*recorder);
  player->set_gate(program_->gate(number));
  show_source(*recorder, *player);
  if (program_player_ != nullptr) program_player_->set_gate(nullptr);
  program_player_ = std::move(player);
  program_recorder_ = recorder;
}

void Studio::show_source(Recorder& recorder, Player& player) {
  recorder_ = &recorder;
  player_ = &player;
  select_block(0);
  state_.hovered = 0;
  stats_read_ = -1;
  last_end_ = 0;
  region_.forget();
  searches_ = {};
  map_.fit();
}

/// What the lab did is as it was left.
std::unique_ptr<Program> Studio::take_program() {
  if (program_ == nullptr) return nullptr;
  show_source(lab_recorder_, lab_player_);
  program_player_.reset();
  program_recorder_.reset();
  program_heaps_.clear();
  program_heap_ = 0;
  return std::move(program_);
}

void Studio::run_program_again() {
  show_source(lab_recorder_, lab_player_);
  program_player_.reset();
  program_recorder_.reset();
  program_heap_ = 0;
  const std::string error = program_->run_again();
  program_ended_ = !error.empty();
  if (!error.empty()) say("It cannot be run again: " + error + ".", true);
}

AppState::ProgramState Studio::program_state(const Player::View& view) const {
  AppState::ProgramState state;
  state.title = program_->title();
  state.state = program_->state();
  state.running = program_->running();
  state.shown = program_heap_;
  for (const ProgramHeap& heap : program_heaps_)
    state.heaps.push_back({heap.process, heap.in_use, heap.events, heap.title, heap.ended});
  for (const ThreadInfo& thread : view.threads()) state.threads.push_back(thread.name);
  return state;
}

}  // namespace mh
