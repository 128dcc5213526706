#include "app/views/studio.hpp"

#include <algorithm>
#include <cmath>

#include "app/model/format.hpp"
#include "app/model/input.hpp"
#include "app/views/help_overlay.hpp"
#include "app/views/panel.hpp"
#include "app/views/pool_panel.hpp"
#include "app/views/search_view.hpp"
#include "app/views/status_bar.hpp"
#include "app/views/toolbar.hpp"

namespace mh {
namespace {

constexpr float toolbar_height = 48;
constexpr float left_width = 270;
constexpr float right_width = 318;
constexpr float status_height = 30;
constexpr float timeline_height = 206;
constexpr float caption_height = 52;
constexpr float least_map_width = 420;
constexpr double message_seconds = 4;
constexpr std::size_t costs_kept = 31;

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
  if (seconds > 0 && seconds < 0.25) {
    frame_rate_ = frame_rate_ == 0 ? 1 / seconds : frame_rate_ * 0.92 + 0.08 / seconds;
  }
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
    scene.source_now = player_.live() ? recorder_.now_ns() : view.time();
    scene.ages_go_on = player_.live() && !player_.paused();
    scene.age_now = scene.ages_go_on ? scene.source_now : view.time();
    scene.events_per_second = recorder_.events_per_second();
    scene.lost = recorder_.lost();
    find_search(scene);
    scene.frame_cpu_ms = frame_cost_ms();
    scene.frames_per_second = animating_ ? frame_rate_ : 0;
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
    if (state_.selected != 0) state_.region.reset();  // one block, or many
    animating_ = scene.animating || moved || ui.hint_pending() || view.log().end() != last_end_ ||
                 scene.events_per_second > 0.5 || lab_.check().running() ||
                 clock_ - state_.message.shown_at < message_seconds + 0.3;
    next_change_ = scene.next_change;
    last_end_ = view.log().end();
    later = std::move(scene.later);
  }
  // From here on the reader runs again, and the heap may be used.
  for (const auto& action : later) action();
  watch_check();
  if (region_.freeing()) {
    if (const auto outcome = region_.work(lab_)) say(*outcome, false);
    wait_for_hand();
    animating_ = true;
  }
  for (const Command command : commands) run(command);
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

void Studio::draw(Scene& scene, ImVec2 display) {
  const Ui& ui = scene.ui;
  const Theme& t = theme_;
  if (state_.map_only) {
    begin_panel("##centre", {0, 0}, display, t.ground, {0, 0}, false);
    const float caption = state_.caption.empty() ? 0 : ui.px(caption_height);
    const float search = draw_search(scene, {0, 0}, {display.x, display.y - caption});
    map_.draw(scene, {0, 0}, {display.x, display.y - caption - search});
    if (caption > 0) draw_caption(scene, {0, display.y - caption}, display);
    ImGui::End();
    return;
  }
  const float top = std::floor(ui.px(toolbar_height));
  const float bottom = std::floor(display.y - ui.px(status_height));
  const float left = std::floor(ui.px(left_width));
  // A narrow window keeps the map; the inspector returns with the room.
  const bool inspector = display.x - left - ui.px(right_width) >= ui.px(least_map_width);
  const float right = inspector ? std::floor(display.x - ui.px(right_width)) : display.x;
  const float timeline =
      std::max(ui.px(120), std::min(ui.px(timeline_height), (bottom - top) * 0.34F));
  const float timeline_top = std::floor(bottom - timeline);

  begin_panel("##toolbar", {0, 0}, {display.x, top}, t.panel, {0, 0}, false);
  draw_toolbar(scene, display.x, top);
  ImGui::End();

  begin_panel("##left", {0, top}, {left, display.y}, t.panel, {ui.px(16), ui.px(14)}, false);
  draw_left(scene, display.y - top);
  ImGui::End();

  const float caption = state_.caption.empty() ? 0 : ui.px(caption_height);
  begin_panel("##centre", {left, top}, {right, timeline_top}, t.ground, {0, 0}, false);
  const float search = draw_search(scene, {left, top}, {right, timeline_top - caption});
  map_.draw(scene, {left, top}, {right, timeline_top - caption - search});
  if (caption > 0) draw_caption(scene, {left, timeline_top - caption}, {right, timeline_top});
  if (draw_message(ui, {left, top}, {right, timeline_top - caption - search}))
    scene.animating = true;
  ImGui::End();

  begin_panel("##timeline panel", {left, timeline_top}, {right, bottom}, t.panel, {0, 0}, false);
  if (state_.errors_open) {
    errors_.draw(scene, {left, timeline_top}, {right, bottom});
  } else {
    timeline_.draw(scene, {left, timeline_top}, {right, bottom});
  }
  ImGui::End();

  if (inspector) {
    begin_panel("##right", {right, top}, {display.x, display.y}, t.panel, {ui.px(16), ui.px(14)},
                true);
    inspector_.draw(scene);
    ImGui::End();
  }
  begin_panel("##status", {left, bottom}, {right, display.y}, t.panel, {0, 0}, false);
  draw_status_bar(scene, {left, bottom}, {right, display.y});
  ImGui::End();

  ImDrawList& lines = *ImGui::GetForegroundDrawList();
  const auto line = [&](ImVec2 a, ImVec2 b) { lines.AddRectFilled(a, {b.x + 1, b.y + 1}, t.line); };
  if (!state_.help_open &&
      !ImGui::IsPopupOpen("", ImGuiPopupFlags_AnyPopupId | ImGuiPopupFlags_AnyPopupLevel)) {
    line({0, top}, {display.x, top});
    line({left, top}, {left, display.y});
    if (inspector) line({right, top}, {right, display.y});
    line({left, timeline_top}, {right, timeline_top});
    line({left, bottom}, {right, bottom});
  }
  break_menu_.draw(scene, {(left + right) / 2, (top + timeline_top) / 2});
  if (state_.help_open) draw_help(scene, display);
}

/// What does not fit scrolls; the buttons of the workload stay at the foot.
void Studio::draw_left(Scene& scene, float height) {
  const Ui& ui = scene.ui;
  const float foot = ui.px(WorkloadPanel::buttons_height);
  const float rest = ImGui::GetContentRegionAvail().y - foot;
  imgui_compat::begin_child("##left groups", {0, std::max(rest, ui.px(80))}, false);
  allocate_.draw(scene);
  ui.gap(2);
  draw_pool_panel(scene);
  ui.gap(7);
  policy_.draw(scene);
  ui.gap(9);
  constexpr float room_for_histogram = 860;
  workload_.draw(scene, height / ui.scale() > room_for_histogram);
  ImGui::EndChild();
  ui.gap(4);
  workload_.draw_buttons(scene);
}

void Studio::draw_caption(Scene& scene, ImVec2 from, ImVec2 to) const {
  const Ui& ui = scene.ui;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const ImVec2 a(from.x + ui.px(18), from.y + ui.px(2));
  const ImVec2 b(to.x - ui.px(18), to.y - ui.px(10));
  list.AddRectFilled(a, b, theme_.kind == ThemeKind::dark ? theme_.panel : theme_.control,
                     ui.px(8));
  const std::string shown = ui.fit(ui.fonts().heading, state_.caption, b.x - a.x - ui.px(36));
  ui.text_at(list, {a.x + ui.px(18), (a.y + b.y) / 2 - ui.text_size(ui.fonts().heading, "M").y / 2},
             ui.fonts().heading, theme_.text, shown);
}

bool Studio::draw_message(const Ui& ui, ImVec2 from, ImVec2 to) const {
  const double age = clock_ - state_.message.shown_at;
  // Long enough to be read: some 15 characters a second.
  const double seconds = std::max(state_.message.error ? 2 * message_seconds : message_seconds,
                                  static_cast<double>(state_.message.text.size()) / 15);
  if (state_.message.text.empty() || age > seconds) return false;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const float fade = static_cast<float>(std::clamp((seconds - age) / 0.3, 0.0, 1.0));
  ImFont* const font = ui.fonts().body_medium;
  const std::vector<std::string> lines =
      ui.lines(font, state_.message.text, to.x - from.x - ui.px(80), 3);
  float width = 0;
  for (const std::string& line : lines) width = std::max(width, ui.text_size(font, line).x);
  const float line_height = ui.px(19);
  const float height = ui.px(36) + line_height * static_cast<float>(lines.size() - 1);
  const ImVec2 a(std::floor((from.x + to.x - width) / 2 - ui.px(18)), to.y - ui.px(56) - height);
  const ImVec2 b(a.x + width + ui.px(36), a.y + height);
  const bool error = state_.message.error;
  list.AddRectFilled(a, b, with_alpha(error ? theme_.bad_ground : theme_.control, fade), ui.px(8));
  list.AddRect(a, b, with_alpha(error ? theme_.bad : theme_.control_press, fade), ui.px(8));
  float y = a.y + (ui.px(36) - ui.text_size(font, "M").y) / 2;
  for (const std::string& line : lines) {
    ui.text_at(list, {a.x + ui.px(18), y}, font, with_alpha(error ? theme_.bad : theme_.text, fade),
               line);
    y += line_height;
  }
  return true;
}

void Studio::press(Command command) {
  run(command);
  animating_ = true;
}

void Studio::run(Command command) {
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
      if (map_.close_menu() || break_menu_.close()) break;
      if (state_.help_open) {
        state_.help_open = false;
      } else if (region_.freeing()) {
        say(region_.stop(), false);
      } else {
        select_block(0);
      }
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

std::optional<std::uint64_t> Studio::size_from(const std::string& field) {
  const Parsed<std::uint64_t> size = parse_size(field);
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

void Studio::select_block(std::uint64_t block) {
  state_.selected = block;
  state_.region.reset();
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

void Studio::set_frame_cost(double cpu_ms) {
  frame_costs_.push_back(cpu_ms);
  if (frame_costs_.size() > costs_kept) frame_costs_.pop_front();
}

double Studio::frame_cost_ms() const {
  if (frame_costs_.empty()) return 0;
  std::vector<double> costs(frame_costs_.begin(), frame_costs_.end());
  const auto middle = costs.begin() + static_cast<std::ptrdiff_t>(costs.size() / 2);
  std::nth_element(costs.begin(), middle, costs.end());
  return *middle;
}

AppState Studio::app_state() {
  AppState state;
  if (lessons_.open()) state.lesson = lessons_.state();
  {
    const Player::View view = player_.view();
    const HeapPicture& picture = view.picture();
    state.position = view.position();
    state.end = view.log().end();
    state.totals = picture.totals();
    state.heap_start = picture.start();
    state.heap_break = picture.program_break();
    state.blocks = first_blocks(picture);
    const SearchTrace* const search = lab_.explaining() ? searches_.last(view) : nullptr;
    if (search != nullptr) state.search = *search;
    state.errors = view.errors().total();
    if (state.errors > 0) state.newest_error = view.errors().entries().back().sentence();
  }
  state.errors_open = state_.errors_open;
  state.live = player_.live();
  state.paused = player_.paused();
  state.verdict = recorder_.verdict();
  state.stats = lab_.stats();
  if (state_.selected != 0) state.selected = state_.selected;
  if (state_.region)
    state.region = AppState::RegionState{region_.summary().totals(), region_.summary().exact()};
  state.events_per_second = recorder_.events_per_second();
  state.lost = recorder_.lost();
  state.workload = {lab_.running(), lab_.workload_paused(), lab_.operations_done(),
                    lab_.failed_allocations()};
  state.engine = lab_.engine() == Engine::fast ? "fast" : "classic";
  state.policy = lab_.policy();
  state.explaining = lab_.explaining();
  state.theme = state_.theme;
  state.colour_by = state_.colour_by;
  state.ui_scale = static_cast<double>(state_.ui_scale);
  state.message = state_.message.text;
  return state;
}

void Studio::caption(std::string_view text) {
  state_.caption = text;
}
void Studio::select(std::uint64_t block) {
  select_block(block);
}

void Studio::zoom_to(std::uint64_t block) {
  std::optional<PictureBlock> found;
  {
    const Player::View view = player_.view();
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
