#include "app/views/studio.hpp"

#include <algorithm>
#include <cmath>

#include "app/views/search_view.hpp"

namespace mh {
namespace {

constexpr std::uint64_t busy_ns = 1'000'000'000;

/// The command changes how something is seen, not what is.
bool looks_only(Command command) {
  switch (command) {
    case Command::fit:
    case Command::show_selected:
    case Command::zoom_in:
    case Command::zoom_out:
    case Command::toggle_theme:
    case Command::toggle_help:
    case Command::toggle_full_screen:
    case Command::scale_up:
    case Command::scale_down:
    case Command::scale_reset:
    case Command::check_heap:  // its answer comes later
      return true;
    default:
      return false;
  }
}

}  // namespace

Studio::Studio(Lab& lab, Recorder& recorder, Player& player, const StudioState& state)
    : lab_(lab),
      recorder_(recorder),
      player_(player),
      state_(state),
      theme_(make_theme(state.theme)),
      styled_theme_(state.theme) {}

void Studio::frame(const UiLayer& layer, double seconds) {
  clock_ += seconds;
  meter_.tick(seconds);
  if (!styled_ || layer.scale_changed() || styled_theme_ != state_.theme) {
    theme_ = make_theme(state_.theme);
    apply_style(theme_, layer.scale());
    styled_theme_ = state_.theme;
    styled_ = true;
  }
  lab_.tick();
  const bool moved = player_.advance(seconds);
  if (lessons_.open()) {
    frame_lessons(layer, seconds);
    return;
  }
  if (stats_read_ < 0 || clock_ - stats_read_ > 0.25 || !lab_.running()) {
    stats_ = lab_.stats();
    pool_stats_ = lab_.pools().stats(lab_.pools().newest());
    stats_read_ = clock_;
  }
  std::vector<Command> commands;
  std::vector<std::function<void()>> later;
  {
    if (imgui_compat::hovered_item() != pressed_item_) pressed_item_ = 0;
    const Ui ui(theme_, layer, pressed_item_, keep_targets_ ? &targets_ : nullptr);
    const Player::View view = player_.view();
    Scene scene{.ui = ui, .view = view, .player = player_, .lab = lab_, .state = state_};
    scene.stats = stats_;
    scene.pool = pool_stats_;
    scene.verdict = recorder_.verdict();
    scene.seconds = seconds;
    scene.now = clock_;
    scene.events_per_second = recorder_.events_per_second();
    scene.source_now = player_.live() ? recorder_.now_ns() : view.time();
    scene.ages_go_on = player_.live() && !player_.paused();
    // While much happens the picture is a little behind the clock: by which every block would be
    // older than it is.
    const bool busy = scene.events_per_second > 1000 && scene.source_now < view.time() + busy_ns;
    scene.age_now = scene.ages_go_on && !busy ? scene.source_now : view.time();
    scene.lost = recorder_.lost();
    find_search(scene);
    scene.frame_cpu_ms = meter_.cost_ms();
    scene.frames_per_second = animating_ ? meter_.frames_per_second() : 0;
    scene.command = [&commands](Command command) { commands.push_back(command); };
    scene.mischief = [this, &scene](Mischief mischief) {
      scene.later.emplace_back([this, mischief] { make_mischief(mischief); });
    };
    scene.show_moment = [this, &scene](std::uint64_t event, std::uint64_t block) {
      scene.later.emplace_back([this, event, block] { show_moment(event, block); });
    };
    region_.look(scene);
    if (keep_targets_) targets_.clear();
    draw(scene, ImGui::GetIO().DisplaySize);
    if (state_.selected != 0 && !scene.selected_block()) state_.selected = 0;
    if (!scene.selected_slot()) state_.selected_slot = 0;
    if (state_.selected != 0) state_.region.reset();  // one block, or many
    animating_ = scene.animating || moved || ui.hint_pending() || view.log().end() != last_end_ ||
                 scene.events_per_second > 0.5 || lab_.check().running() ||
                 clock_ < state_.message.ends_at();
    next_change_ = scene.next_change;
    last_end_ = view.log().end();
    later = std::move(scene.later);
  }
  // From here on the reader runs again, and the heap may be used.
  // What was said of one block is not said of the next, nor the present's of the past.
  const Subject subject{state_.selected, player_.live()};
  if (subject != subject_) state_.message.end(clock_);
  for (const auto& action : later) action();
  watch_check();
  if (region_.freeing()) {
    if (const auto outcome = region_.work(lab_)) say(*outcome, false);
    wait_for_hand();
    animating_ = true;
  }
  for (const Command command : commands) run(command);
  subject_ = {state_.selected, player_.live()};
  if (!commands.empty() || !later.empty()) animating_ = true;
  if (picture_ && !picture_ready_) {
    // One more frame, so that what the click itself changed is in the picture.
    picture_ready_ = true;
    animating_ = true;
  }
}

void Studio::find_search(Scene& scene) {
  scene.searches = &searches_;
  // So many a second cannot be read; looking for them would only take time.
  if (!lab_.explaining() || too_fast_to_explain(scene)) return;
  scene.search = searches_.last(scene.view);
  scene.search_fresh = scene.search != nullptr && SearchLens::is_fresh(scene.view, *scene.search);
}

void Studio::press(Command command) {
  run(command);
  subject_ = {state_.selected, player_.live()};
  animating_ = true;
}

void Studio::run(Command command) {
  const Message before = state_.message;
  run_command(command);
  if (!looks_only(command)) end_message(before);
}

/// A message ends when the user does the next thing.
void Studio::end_message(const Message& before) {
  Message& now = state_.message;
  if (now.shown_at == before.shown_at && now.text == before.text) now.end(clock_);
}

void Studio::run_command(Command command) {
  switch (command) {
    case Command::malloc:
    case Command::calloc:
      run_allocation(command);
      break;
    case Command::realloc:
    case Command::free_selected:
      run_on_selected(command);
      break;
    case Command::undo:
      show_outcome(lab_.undo());
      break;
    case Command::break_it:
    case Command::check_heap:
    case Command::toggle_errors:
    case Command::show_damage:
      run_on_errors(command);
      break;
    case Command::pool_create:
    case Command::pool_alloc:
    case Command::pool_free:
    case Command::pool_destroy:
      run_on_pool(command);
      break;
    case Command::toggle_pause:
      player_.paused() ? player_.resume() : player_.pause();
      break;
    case Command::step_back:
      player_.step(-1);
      break;
    case Command::step_forward:
      player_.step(1);
      break;
    case Command::go_live:
      player_.go_live();
      break;
    case Command::start_workload:
    case Command::stop_workload:
    case Command::pause_workload:
    case Command::reset_heap:
      run_workload(command);
      break;
    case Command::next_block:
      select_neighbour(true);
      break;
    case Command::previous_block:
      select_neighbour(false);
      break;
    case Command::deselect:
      if (map_.close_menu() || break_menu_.close() || find_.close()) break;
      if (state_.help_open) {
        state_.help_open = false;
      } else if (region_.freeing()) {
        say(region_.stop(), false);
      } else {
        select_block(0);
      }
      break;
    case Command::toggle_calls:
      state_.lower = state_.lower == Lower::calls ? Lower::timeline : Lower::calls;
      break;
    case Command::find:
      find_.open();
      break;
    case Command::focus_size:
      allocate_.focus_size();
      break;
    case Command::quit:
      quit_ = true;
      break;
    default:
      run_look(command);
  }
}

void Studio::select_block(std::uint64_t block) {
  state_.selected = block;
  state_.selected_slot = 0;
  state_.region.reset();
}

void Studio::run_look(Command command) {
  switch (command) {
    case Command::fit:
      map_.fit();
      break;
    case Command::zoom_in:
      map_.zoom(1, state_.selected);
      break;
    case Command::zoom_out:
      map_.zoom(-1, state_.selected);
      break;
    case Command::show_selected:
      if (state_.region) {
        run_on_region(command);
      } else {
        zoom_to(state_.selected);
      }
      break;
    case Command::picture_window:
      picture_ = PictureRequest{};
      picture_ready_ = false;
      break;
    case Command::picture_map:
      picture_ = PictureRequest{"", map_.area()};
      picture_ready_ = false;
      break;
    case Command::toggle_theme:
      state_.theme = state_.theme == ThemeKind::dark ? ThemeKind::light : ThemeKind::dark;
      break;
    case Command::toggle_colour:
      state_.colour_by = static_cast<ColourBy>((static_cast<std::size_t>(state_.colour_by) + 1) %
                                               std::size(all_colour_by));
      say("Colour by " + std::string(colour_by_name(state_.colour_by)) + ".", false);
      break;
    case Command::toggle_motion:
      state_.motion = !state_.motion;
      say(state_.motion ? "Motion is on." : "Motion is off.", false);
      break;
    case Command::toggle_free_list:
      state_.free_list = !state_.free_list;
      say(state_.free_list ? "The free list is drawn." : "The free list is not drawn.", false);
      break;
    case Command::toggle_explain:
      lab_.set_explaining(!lab_.explaining());
      say(lab_.explaining() ? "Each search is explained." : "Searches are not explained.", false);
      break;
    case Command::toggle_help:
      state_.help_open = !state_.help_open;
      break;
    case Command::toggle_full_screen:
      full_screen_ = true;
      break;
    case Command::open_lessons:
      lessons_.show_chooser();
      break;
    case Command::scale_up:
      scale_by(1.1);
      break;
    case Command::scale_down:
      scale_by(1 / 1.1);
      break;
    case Command::scale_reset:
      state_.ui_scale = 1;
      break;
    default:
      break;
  }
}

void Studio::scale_by(double factor) {
  const double next = std::round(static_cast<double>(state_.ui_scale) * factor * 20) / 20;
  state_.ui_scale = static_cast<float>(std::clamp(next, 0.6, 3.0));
}

void Studio::select_neighbour(bool next) {
  const Player::View view = player_.view();
  const HeapPicture& picture = view.picture();
  std::optional<PictureBlock> block;
  if (state_.selected == 0) {
    block = picture.block_from(picture.start());
  } else if (const auto selected = picture.block_at(state_.selected)) {
    if (next) {
      block = picture.block_from(selected->end());
    } else if (selected->address > picture.start()) {
      block = picture.block_at(selected->address - 1);
    }
  }
  if (!block) return;
  select_block(block->address);
  map_.reveal(block->address);
}

std::optional<PictureRequest> Studio::take_picture_request() {
  if (!picture_ || !picture_ready_) return std::nullopt;
  picture_ready_ = false;
  return std::exchange(picture_, std::nullopt);
}

bool Studio::take_full_screen_request() {
  return std::exchange(full_screen_, false);
}

}  // namespace mh
