// What others ask of the studio: a scenario (Stage), and tests, which read its state.

#include <cmath>

#include "app/views/studio.hpp"

namespace mh {

AppState Studio::app_state() {
  AppState state;
  if (lessons_.open()) state.lesson = lessons_.state();
  {
    const Player::View view = player_->view();
    const HeapPicture& picture = view.picture();
    state.position = view.position();
    state.end = view.log().end();
    state.totals = picture.totals();
    state.heap_start = picture.start();
    state.heap_break = picture.program_break();
    state.blocks = first_blocks(picture);
    const SearchTrace* const search =
        program_ == nullptr && lab_.explaining() ? searches_.last(view) : nullptr;
    if (search != nullptr) state.search = *search;
    state.errors = view.errors().total();
    if (program_ != nullptr) state.program = program_state(view);
    if (state.errors > 0) state.newest_error = view.errors().entries().back().sentence();
  }
  state.errors_open = state_.lower == Lower::errors;
  state.live = player_->live();
  state.paused = player_->paused();
  state.verdict = recorder_->verdict();
  state.stats = lab_.stats();
  if (state_.selected != 0) state.selected = state_.selected;
  if (state_.region)
    state.region = AppState::RegionState{region_.summary().totals(), region_.summary().exact()};
  state.events_per_second = recorder_->events_per_second();
  state.lost = recorder_->lost();
  state.workload = {lab_.running(), lab_.workload_paused(), lab_.operations_done(),
                    lab_.failed_allocations()};
  state.engine = lab_.engine() == Engine::fast ? "fast" : "classic";
  state.policy = lab_.policy();
  state.explaining = lab_.explaining();
  state.theme = state_.theme;
  state.colour_by = state_.colour_by;
  state.ui_scale = static_cast<double>(state_.ui_scale);
  state.message = state_.message.text;
  if (palette_.is_open()) state.palette = palette_.first_choice();
  state.tour = tour_.step();
  return state;
}

void Studio::caption(std::string_view text) {
  state_.caption = text;
}
void Studio::select(std::uint64_t block) {
  select_block(block);
  subject_.selected = block;
}

void Studio::zoom_to(std::uint64_t block) {
  std::optional<PictureBlock> found;
  {
    const Player::View view = player_->view();
    found = view.picture().block_at(block);
  }
  if (found) map_.show(*found);
}

void Studio::zoom_fit() {
  map_.fit();
}
void Studio::zoom_by(double factor) {
  map_.zoom(std::log2(factor), state_.selected);
}
void Studio::colour_by(ColourBy mode) {
  state_.colour_by = mode;
}
void Studio::theme(ThemeKind theme) {
  state_.theme = theme;
}

std::string Studio::picture(const std::string& file) {
  picture_ = PictureRequest{file, std::nullopt};
  picture_ready_ = false;
  return {};
}

}  // namespace mh
