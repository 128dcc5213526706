// What the studio asks of the lab: calls by hand, pools, the workload. A source that cannot be
// allocated on has no need of it.

#include "app/model/input.hpp"
#include "app/views/studio.hpp"

namespace mh {

std::optional<std::uint64_t> Studio::size_from(const std::string& field) {
  const Parsed<std::uint64_t> size = parse_size(field, Zero::allowed);
  if (!size) say(size.error, true);
  return size.value;
}

void Studio::show_outcome(const Lab::Outcome& outcome) {
  wait_for_hand();
  if (!outcome.error.empty()) {
    say(outcome.error, true);
    return;
  }
  say(outcome.text, outcome.noticed);
  if (outcome.block != 0) {
    select_block(outcome.block);
    map_.reveal(outcome.block);
  }
}

void Studio::wait_for_hand() {
  // A click is answered in the very next frame, not in the one after the reader's next look.
  recorder_->drain(20'000'000);
}

void Studio::run_allocation(Command command) {
  const auto size = size_from(state_.size_text);
  if (!size) return;
  player_->go_live();
  show_outcome(command == Command::malloc ? lab_.hand_malloc(*size) : lab_.hand_calloc(1, *size));
}

/// The map knows where the payload is, also when the header was overwritten meanwhile.
std::uint64_t Studio::selected_payload() {
  const std::optional<PictureBlock> block = player_->view().picture().block_at(state_.selected);
  return block ? block->payload_address() : 0;
}

void Studio::free_selected() {
  if (state_.region) {
    region_.free_all(*state_.region);
  } else if (const std::uint64_t slot = state_.selected_slot; slot != 0) {
    stats_read_ = -1;
    show_outcome(lab_.free_slot(slot));
    state_.selected_slot = slot;  // it stays chosen, free
  } else {
    show_outcome(lab_.hand_free(state_.selected, selected_payload()));
  }
}

void Studio::resize_selected() {
  if (state_.region) {
    say("Many blocks are selected: realloc changes one. Click it on the map.", true);
  } else if (const auto size = size_from(state_.size_text)) {
    show_outcome(lab_.hand_realloc(state_.selected, *size, {}, selected_payload()));
  }
}

void Studio::create_pool() {
  constexpr std::uint64_t slots = 16;  // of a block: a pool that grows before the class looks away
  if (const auto size = size_from(state_.pool_size_text))
    show_pool_outcome(lab_.make_pool(*size, slots));
}

void Studio::show_pool_outcome(const Lab::Outcome& outcome) {
  player_->go_live();
  stats_read_ = -1;
  show_outcome(outcome);
}

void Studio::start_or_stop_workload() {
  if (lab_.running()) {
    lab_.stop();
    return;
  }
  try {
    player_->go_live();
    player_->resume();
    lab_.start(state_.workload);
  } catch (const std::exception& error) {
    say(error.what(), true);
  }
}

void Studio::reset_heap() {
  lab_.reset();
  recorder_->drain(200'000'000);
  recorder_->clear();
  player_->reset();
  select_block(0);
  region_.forget();
  map_.fit();
  say("The heap is empty, the break is back where it began, a new log begins.", false);
}

}  // namespace mh
