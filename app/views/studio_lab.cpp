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
  recorder_.drain(20'000'000);
}

void Studio::run_allocation(Command command) {
  const auto size = size_from(state_.size_text);
  if (!size) return;
  player_.go_live();
  show_outcome(command == Command::malloc ? lab_.hand_malloc(*size) : lab_.hand_calloc(1, *size));
}

void Studio::run_on_region(Command command) {
  if (command == Command::show_selected) {
    const std::vector<BlockRange>& ranges = region_.summary().ranges();
    if (!ranges.empty()) map_.show(BlockRange{ranges.front().from, ranges.back().to});
  } else if (command == Command::realloc) {
    say("Many blocks are selected: realloc changes one. Click it on the map.", true);
  } else if (!player_.live()) {
    say("This is the past: blocks can be changed at the end of the log only. Press End to go live.",
        true);
  } else {
    region_.free_all(*state_.region);
  }
}

void Studio::run_on_selected(Command command) {
  if (state_.region) {
    run_on_region(command);
    return;
  }
  if (state_.selected == 0) {
    say("Nothing is selected. Click a block on the map first.", true);
    return;
  }
  if (!player_.live()) {
    say("This is the past: blocks can be changed at the end of the log only. Press End to go live.",
        true);
    return;
  }
  if (state_.selected_slot != 0 && command == Command::free_selected) {
    const std::uint64_t slot = state_.selected_slot;
    stats_read_ = -1;
    show_outcome(lab_.free_slot(slot));
    state_.selected_slot = slot;  // it stays chosen, free
    return;
  }
  // The map knows where the payload is, also when the header was overwritten meanwhile.
  const std::optional<PictureBlock> block = player_.view().picture().block_at(state_.selected);
  const std::uint64_t pointer = block ? block->payload_address() : 0;
  if (command == Command::free_selected) {
    show_outcome(lab_.hand_free(state_.selected, pointer));
    return;
  }
  if (const auto size = size_from(state_.size_text)) {
    show_outcome(lab_.hand_realloc(state_.selected, *size, {}, pointer));
  }
}

void Studio::run_on_pool(Command command) {
  constexpr std::uint64_t slots = 16;  // of a block: a pool that grows before the class looks away
  const std::string pool = lab_.pools().newest();
  player_.go_live();
  stats_read_ = -1;
  switch (command) {
    case Command::pool_create:
      if (const auto size = size_from(state_.pool_size_text)) {
        show_outcome(lab_.make_pool(*size, slots));
      }
      break;
    case Command::pool_alloc:
      show_outcome(lab_.pool_alloc(pool));
      break;
    case Command::pool_free:
      show_outcome(lab_.free_last_object(pool));
      break;
    default:
      show_outcome(lab_.destroy_pool(pool));
  }
}

void Studio::run_workload(Command command) {
  switch (command) {
    case Command::start_workload:
      if (lab_.running()) {
        lab_.stop();
        break;
      }
      try {
        player_.go_live();
        player_.resume();
        lab_.start(state_.workload);
      } catch (const std::exception& error) {
        say(error.what(), true);
      }
      break;
    case Command::stop_workload:
      lab_.stop();
      break;
    case Command::pause_workload:
      lab_.pause_workload(!lab_.workload_paused());
      break;
    default:
      lab_.reset();
      recorder_.drain(200'000'000);
      recorder_.clear();
      player_.reset();
      select_block(0);
      region_.forget();
      map_.fit();
      say("The heap is empty, the break is back where it began, a new log begins.", false);
  }
}

}  // namespace mh
