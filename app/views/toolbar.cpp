#include "app/views/toolbar.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "app/model/format.hpp"

namespace mh {
namespace {

constexpr double slider_decades = 6;  // from 1/s to 1 000 000/s, then without limit
constexpr float unlimited_from = 0.985F;
constexpr float tabs_left = 142;
constexpr float tabs_width = 142;

void draw_logo(const Ui& ui, ImVec2 at) {
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const Theme& t = ui.theme();
  const float h = ui.px(20);
  const auto bar = [&](float x, float width, ImU32 colour, bool hollow) {
    const ImVec2 from(at.x + ui.px(x), at.y);
    const ImVec2 to(from.x + ui.px(width), at.y + h);
    if (hollow) {
      list.AddRectFilled(from, to, t.control, ui.px(2.5F));
      list.AddRect(from, to, t.text_dim, ui.px(2.5F));
    } else {
      list.AddRectFilled(from, to, colour, ui.px(2));
    }
  };
  bar(0, 9, to_u32(t.map.hues[0]), false);
  bar(11, 4, to_u32(t.map.padding_light), false);
  bar(18, 9, 0, true);
}

std::string speed_text(double speed) {
  return std::isfinite(speed) ? format_count(static_cast<std::uint64_t>(std::lround(speed))) + "/s"
                              : "max";
}

void draw_transport(Scene& scene, float x, float y) {
  const Ui& ui = scene.ui;
  const ImVec2 size(ui.px(30), ui.px(28));
  const bool live = scene.player.live();
  const bool paused = scene.player.paused();
  ImGui::SetCursorScreenPos({x, y});
  if (ui.icon_button("step_back", Icon::step_back, size, false, scene.view.position() > 0))
    scene.command(Command::step_back);
  ui.hint("Back by one call of the allocator  (,)");
  ImGui::SameLine(0, ui.px(4));
  if (ui.icon_button("pause", paused ? Icon::play : Icon::pause, size, paused, true))
    scene.command(Command::toggle_pause);
  ui.hint(paused ? "Go on  (Space)" : "Pause  (Space)");
  ImGui::SameLine(0, ui.px(4));
  if (ui.icon_button("step_forward", Icon::step_forward, size, false, true))
    scene.command(Command::step_forward);
  ui.hint("Forward by one call; at the end, lets the workers do one more  (.)");
  ImGui::SameLine(0, ui.px(4));
  if (ui.icon_button("go_live", Icon::to_end, size, !live, !live)) scene.command(Command::go_live);
  ui.hint("Jump to live, the end of the log  (End)");
}

}  // namespace

float speed_to_slider(double speed) {
  if (!std::isfinite(speed)) return 1;
  return static_cast<float>(
             std::clamp(std::log10(std::max(speed, 1.0)) / slider_decades, 0.0, 1.0)) *
         unlimited_from;
}

double slider_to_speed(float place) {
  if (place >= unlimited_from) return std::numeric_limits<double>::infinity();
  const double speed = std::pow(10, static_cast<double>(place) / unlimited_from * slider_decades);
  return speed < 10 ? std::round(speed)
                    : std::round(speed / std::pow(10, std::floor(std::log10(speed)) - 1)) *
                          std::pow(10, std::floor(std::log10(speed)) - 1);
}

std::optional<int> draw_tabs(const Ui& ui, ImVec2 origin, float height, int chosen) {
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const float middle = origin.y + height / 2;
  draw_logo(ui, {origin.x + ui.px(14), middle - ui.px(10)});
  ui.text_at(list, {origin.x + ui.px(52), middle - ui.text_size(ui.fonts().heading, "M").y / 2},
             ui.fonts().heading, ui.theme().text, "MicroHeap");
  constexpr std::array<const char*, 2> tabs{"Lab", "Lessons"};
  ImGui::SetCursorScreenPos({origin.x + ui.px(tabs_left), middle - ui.px(14)});
  const auto clicked = ui.segmented("tab", tabs, chosen, ui.px(tabs_width));
  ui.hint("The lab, and the lessons that run on the same allocator  (F2)");
  return clicked;
}

void draw_toolbar(Scene& scene, float width, float height) {
  const Ui& ui = scene.ui;
  const ImVec2 origin = ImGui::GetWindowPos();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const float middle = origin.y + height / 2;
  const float top = middle - ui.px(14);

  if (const auto tab = draw_tabs(ui, origin, height, 0); tab && *tab == 1)
    scene.command(Command::open_lessons);

  // From the right: picture, theme, colour. From the middle: transport and speed.
  float right = origin.x + width - ui.px(14);
  const float picture_width = ui.px(120);
  right -= picture_width;
  ImGui::SetCursorScreenPos({right, top});
  if (ui.button("picture", "Save picture", {picture_width, ui.px(28)}))
    scene.command(Command::picture_window);
  ui.hint("Writes a PNG of the window (P), or of the map alone (Shift+P)");
  right -= ui.px(8) + ui.px(58);
  ImGui::SetCursorScreenPos({right, top});
  const bool dark = scene.state.theme == ThemeKind::dark;
  if (ui.button("theme", dark ? "Light" : "Dark", {ui.px(58), ui.px(28)}, ButtonLook::quiet))
    scene.command(Command::toggle_theme);
  ui.hint("Light theme for projectors, dark theme for the desk  (T)");
  const float colour_width = ui.px(228);
  right -= ui.px(14) + colour_width;
  ImGui::SetCursorScreenPos({right, top});
  constexpr std::array<const char*, std::size(all_colour_by)> colours{"State", "Thread", "Age",
                                                                      "Size"};
  if (const auto chosen =
          ui.segmented("colour", colours, static_cast<int>(scene.state.colour_by), colour_width)) {
    scene.state.colour_by = static_cast<ColourBy>(*chosen);
  }
  const ImVec2 label = ui.text_size(ui.fonts().body, "Colour by");
  const bool wide = width > ui.px(1180);
  if (wide) {
    right -= label.x + ui.px(10);
    ui.text_at(list, {right, middle - label.y / 2}, ui.fonts().body, ui.theme().text_dim,
               "Colour by");
  }

  const float transport = ui.px(4 * 30 + 3 * 4);
  const float slider = ui.px(wide ? 110 : 90);
  const std::string shown = speed_text(scene.player.speed());
  const float speed_label = ui.text_size(ui.fonts().body, "Speed").x;
  const float group =
      transport + ui.px(22) + speed_label + ui.px(10) + slider + ui.px(10) + ui.px(64);
  const float left_bound = origin.x + ui.px(tabs_left + tabs_width + 14);
  const float x = std::clamp(origin.x + width / 2 - group / 2, left_bound,
                             std::max(left_bound, right - group - ui.px(10)));
  draw_transport(scene, x, top);
  float at = x + transport + ui.px(22);
  ui.text_at(list, {at, middle - label.y / 2}, ui.fonts().body, ui.theme().text_dim, "Speed");
  at += speed_label + ui.px(10);
  float place = speed_to_slider(scene.player.speed());
  ImGui::SetCursorScreenPos({at, middle - ui.px(8)});
  if (ui.track("speed", place, 0, 1, slider)) {
    const double speed = slider_to_speed(place);
    scene.later.emplace_back([player = &scene.player, speed] { player->set_speed(speed); });
  }
  ui.hint(
      "Calls per second: from one to as fast as it goes. At the end of the log it slows the "
      "workers, in the past the playhead.");
  at += slider + ui.px(10);
  ui.text_at(list, {at, middle - ui.text_size(ui.fonts().mono, shown).y / 2}, ui.fonts().mono,
             ui.theme().text, shown);
}

}  // namespace mh
