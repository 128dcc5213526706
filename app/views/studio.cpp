#include "app/views/studio.hpp"

#include "app/views/search_view.hpp"

namespace mh {
namespace {

constexpr double stats_interval = 0.25;  // seconds
constexpr std::uint64_t busy_ns = 1'000'000'000;

}  // namespace

Studio::Studio(Lab& lab, Recorder& recorder, Player& player, const StudioState& state)
    : lab_(lab),
      lab_recorder_(recorder),
      lab_player_(player),
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
  if (program_ != nullptr) follow_program();
  const bool moved = player_->advance(seconds);
  if (lessons_.open()) {
    frame_lessons(layer, seconds);
    return;
  }
  const bool few_figures = program_ == nullptr && !lab_.running();
  if (stats_read_ < 0 || clock_ - stats_read_ > stats_interval || few_figures) {
    read_stats();
    stats_read_ = clock_;
  }
  std::vector<Command> commands;
  std::vector<std::function<void()>> later;
  {
    if (imgui_compat::hovered_item() != pressed_item_) pressed_item_ = 0;
    const bool targets = keep_targets_ || tour_.running();
    const Ui ui(theme_, layer, pressed_item_, targets ? &targets_ : nullptr);
    const Situation situation = there_is();
    const Player::View view = player_->view();
    Scene scene{.ui = ui, .view = view, .player = *player_, .lab = lab_, .state = state_};
    scene.there_is = situation;
    scene.stats = stats_;
    scene.pool = pool_stats_;
    scene.verdict = recorder_->verdict();
    scene.seconds = seconds;
    scene.now = clock_;
    scene.events_per_second = recorder_->events_per_second();
    scene.source_now = player_->live() ? recorder_->now_ns() : view.time();
    scene.ages_go_on = player_->live() && !player_->paused();
    // While much happens the picture is a little behind the clock: by which every block would be
    // older than it is.
    const bool busy = scene.events_per_second > 1000 && scene.source_now < view.time() + busy_ns;
    scene.age_now = scene.ages_go_on && !busy ? scene.source_now : view.time();
    scene.lost = recorder_->lost();
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
    scene.program = program_.get();
    scene.program_heaps = &program_heaps_;
    scene.program_heap = program_heap_;
    scene.show_heap = [this, &scene](std::size_t number) {
      scene.later.emplace_back([this, number] { show_heap(number); });
    };
    region_.look(scene);
    if (targets) targets_.clear();
    draw(scene, ImGui::GetIO().DisplaySize);
    if (state_.selected != 0 && !scene.selected_block()) state_.selected = 0;
    if (!scene.selected_slot()) state_.selected_slot = 0;
    if (state_.selected != 0) state_.region.reset();  // one block, or many
    animating_ = scene.animating || moved || ui.hint_pending() || view.log().end() != last_end_ ||
                 scene.events_per_second > 0.5 || lab_.check().running() ||
                 clock_ < state_.message.ends_at();
    next_change_ = scene.next_change;
    // What came since the figures were read is shown, too, when nothing more comes.
    if (clock_ > stats_read_) next_change_ = std::min(next_change_, stats_interval);
    last_end_ = view.log().end();
    later = std::move(scene.later);
  }
  // From here on the reader runs again, and the heap may be used.
  // What was said of one block is not said of the next, nor the present's of the past.
  const Subject subject{state_.selected, player_->live()};
  if (subject != subject_) state_.message.end(clock_);
  for (const auto& action : later) action();
  watch_check();
  watch_mistakes();
  if (region_.freeing()) {
    if (const auto outcome = region_.work(lab_)) say(*outcome, false);
    wait_for_hand();
    animating_ = true;
  }
  for (const Command command : commands) run(command);
  if (const auto choice = palette_.take_choice()) {
    choose(*choice);
    animating_ = true;
  }
  subject_ = {state_.selected, player_->live()};
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
  if (program_ != nullptr || !lab_.explaining() || too_fast_to_explain(scene)) return;
  scene.search = searches_.last(scene.view);
  scene.search_fresh = scene.search != nullptr && SearchLens::is_fresh(scene.view, *scene.search);
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
