// The window while lessons are open: tabs, the lesson, messages. The lab goes on behind them.

#include <cmath>

#include "app/views/message_view.hpp"
#include "app/views/panel.hpp"
#include "app/views/studio.hpp"
#include "app/views/toolbar.hpp"

namespace mh {
namespace {

constexpr float toolbar_height = 48;
constexpr double look_at_file_every = 0.5;  // seconds

}  // namespace

void Studio::frame_lessons(const UiLayer& layer, double seconds) {
  if (imgui_compat::hovered_item() != pressed_item_) pressed_item_ = 0;
  const Ui ui(theme_, layer, pressed_item_, keep_targets_ ? &targets_ : nullptr);
  if (keep_targets_) targets_.clear();
  const ImVec2 display = ImGui::GetIO().DisplaySize;
  const bool bare = lessons_.bare();
  const float top = bare ? 0 : std::floor(ui.px(toolbar_height));
  bool leave = false;
  if (!bare) {
    begin_panel("##lesson toolbar", {0, 0}, {display.x, top}, theme_.panel, {0, 0}, false);
    const auto tab = draw_tabs(ui, {0, 0}, top, 1, program_ != nullptr);
    leave = tab && *tab == 0;
    if (tab && *tab == 1) lessons_.show_chooser();
    ImGui::End();
  }
  lessons_.set_motion(state_.motion);
  begin_panel("##lesson", {0, top}, display, theme_.ground, {0, 0}, false);
  lessons_.draw(ui, layer.slide_fonts(), {0, top}, display, seconds);
  const bool message = draw_message(ui, state_.message, clock_, {0, top}, display);
  ImGui::End();
  palette_.draw(ui, display, there_is());
  if (leave) lessons_.close();
  serve(lessons_.take_requests());
  animating_ = lessons_.animating() || message || ui.hint_pending() || !lessons_.open();
  next_change_ = lessons_.watches_file() ? look_at_file_every : Scene::never;
  if (const auto choice = palette_.take_choice()) {
    choose(*choice);
    animating_ = true;
  }
  if (picture_ && !picture_ready_) {
    picture_ready_ = true;
    animating_ = true;
  }
}

void Studio::serve(const LessonRequests& requests) {
  if (requests.toggle_motion) press(Command::toggle_motion);
  if (!requests.message.empty()) say(requests.message, requests.error);
  if (requests.picture) {
    picture_ = PictureRequest{"", requests.picture, requests.to_clipboard};
    picture_ready_ = false;
  }
  if (!requests.svg.empty()) file_ = TextFileRequest{".svg", requests.svg};
  if (requests.full_screen && *requests.full_screen != in_full_screen_) full_screen_ = true;
}

bool Studio::press_in_lesson(const KeyPress& key) {
  if (!lessons_.open() || !lessons_.press(key)) return false;
  animating_ = true;
  return true;
}

std::optional<TextFileRequest> Studio::take_file_request() {
  return std::exchange(file_, std::nullopt);
}

}  // namespace mh
