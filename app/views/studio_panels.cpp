// Where the panels stand in the lab's window.

#include <algorithm>
#include <cmath>

#include "app/model/window_layout.hpp"
#include "app/views/help_overlay.hpp"
#include "app/views/message_view.hpp"
#include "app/views/panel.hpp"
#include "app/views/pool_panel.hpp"
#include "app/views/program_panel.hpp"
#include "app/views/search_view.hpp"
#include "app/views/status_bar.hpp"
#include "app/views/studio.hpp"
#include "app/views/toolbar.hpp"

namespace mh {
namespace {

constexpr float caption_height = 52;

}  // namespace

void Studio::draw(Scene& scene, ImVec2 display) {
  const Ui& ui = scene.ui;
  const Theme& t = theme_;
  if (state_.map_only) {
    begin_panel("##centre", {0, 0}, display, t.ground, {0, 0}, false);
    const float caption = state_.caption.empty() ? 0 : ui.px(caption_height);
    map_.follow(scene);
    const float search = draw_search(scene, {0, 0}, {display.x, display.y - caption});
    map_.draw(scene, {0, 0}, {display.x, display.y - caption - search});
    if (caption > 0) draw_caption(scene, {0, display.y - caption}, display);
    ImGui::End();
    return;
  }
  const auto [top, left, right, timeline_top, bottom, inspector] =
      lay_out_window(display.x, display.y, ui.scale());

  begin_panel("##toolbar", {0, 0}, {display.x, top}, t.panel, {0, 0}, false);
  draw_toolbar(scene, display.x, top);
  ImGui::End();

  begin_panel("##left", {0, top}, {left, display.y}, t.panel, {ui.px(16), ui.px(14)}, false);
  if (scene.program != nullptr) {
    draw_program_panel(scene);
  } else {
    draw_left(scene, display.y - top);
  }
  ImGui::End();

  const float caption = state_.caption.empty() ? 0 : ui.px(caption_height);
  begin_panel("##centre", {left, top}, {right, timeline_top}, t.ground, {0, 0}, false);
  map_.follow(scene);
  const float search = draw_search(scene, {left, top}, {right, timeline_top - caption});
  map_.draw(scene, {left, top}, {right, timeline_top - caption - search});
  if (caption > 0) draw_caption(scene, {left, timeline_top - caption}, {right, timeline_top});
  if (!player_->live()) draw_past(scene, {left, top}, {right, timeline_top});
  if (const auto found = find_.draw(scene, {right, top}, right - left)) show_found(scene, *found);
  if (draw_message(ui, state_.message, clock_, {left, top},
                   {right, timeline_top - caption - search}))
    scene.animating = true;
  ImGui::End();

  begin_panel("##timeline panel", {left, timeline_top}, {right, bottom}, t.panel, {0, 0}, false);
  const ImVec2 low_from(left, timeline_top);
  const ImVec2 low_to(right, bottom);
  switch (state_.lower) {
    case Lower::timeline:
      timeline_.draw(scene, low_from, low_to);
      break;
    case Lower::calls:
      calls_.draw(scene, low_from, low_to);
      break;
    case Lower::errors:
      errors_.draw(scene, low_from, low_to);
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
  if (!state_.help_open && !palette_.is_open() && !tour_.running() &&
      !ImGui::IsPopupOpen("", ImGuiPopupFlags_AnyPopupId | ImGuiPopupFlags_AnyPopupLevel)) {
    line({0, top}, {display.x, top});
    line({left, top}, {left, display.y});
    if (inspector) line({right, top}, {right, display.y});
    line({left, timeline_top}, {right, timeline_top});
    line({left, bottom}, {right, bottom});
  }
  break_menu_.draw(scene, {(left + right) / 2, (top + timeline_top) / 2});
  if (state_.help_open) draw_help(scene, display);
  tour_.draw(scene, targets_, display);
  palette_.draw(ui, display, scene.there_is);
}

namespace {

/// A list that goes on ends between two of its rows, above and below; and says that it goes on.
void end_list_between_rows(const Ui& ui, std::vector<ListBand>& bands) {
  const float top = ImGui::GetWindowPos().y;
  const float bottom = top + ImGui::GetWindowSize().y;
  const float scroll = ImGui::GetScrollY();
  const float height = ImGui::GetCursorPosY() - ImGui::GetStyle().ItemSpacing.y;
  if (height <= ImGui::GetWindowSize().y) return;
  ImGui::Dummy({1, ui.px(30)});  // so that the last rows, too, can stand above the end
  const float left = ImGui::GetWindowPos().x;
  const float right = left + ImGui::GetContentRegionAvail().x;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const float sign = ui.px(15);
  if (scroll < ImGui::GetScrollMaxY() - 1) {
    const float end = end_between(bands, top, bottom - sign);
    list.AddRectFilled({left, end}, {right, bottom}, ui.theme().panel);
    const ImVec2 middle((left + right) / 2, bottom - sign / 2);
    const float s = ui.px(4);
    list.AddTriangleFilled({middle.x - s, middle.y - s / 2}, {middle.x + s, middle.y - s / 2},
                           {middle.x, middle.y + s}, ui.theme().text_dim);
  }
  // What scrolls comes to rest with a whole row at its head.
  float nearest = scroll;
  float distance = ui.px(30);
  for (const ListBand& band : bands) {
    if (std::abs(band.top - top) >= distance) continue;
    distance = std::abs(band.top - top);
    nearest = scroll + band.top - top;
  }
  if (scroll > 0 && scroll < ImGui::GetScrollMaxY() && distance >= 1) ImGui::SetScrollY(nearest);
}

}  // namespace

/// What does not fit scrolls; the buttons of the workload stay at the foot.
void Studio::draw_left(Scene& scene, float height) {
  const Ui& ui = scene.ui;
  const ControlsLayout layout =
      lay_out_controls(height / ui.scale(),
                       {.pool = state_.pool_open,
                        .slots = state_.pool_open && !lab_.pools().newest().empty(),
                        .more_switches = state_.more_switches && lab_.engine() == Engine::classic});
  const float foot = ui.px(WorkloadPanel::buttons_height);
  const float rest = ImGui::GetContentRegionAvail().y - foot;
  std::vector<ListBand> bands;
  imgui_compat::begin_child("##left groups", {0, std::max(rest, ui.px(80))}, false);
  ui.note_bands(&bands);
  if (layout.tight) {
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing,
                        ImVec2(ImGui::GetStyle().ItemSpacing.x, ui.px(4)));
  }
  allocate_.draw(scene, !layout.tight);
  ui.gap(layout.slim ? 0 : 2);
  draw_pool_panel(scene);
  ui.gap(layout.slim ? 3 : 7);
  policy_.draw(scene, layout);
  ui.gap(layout.slim ? 3 : 9);
  workload_.draw(scene, layout);
  ui.note_bands(nullptr);
  if (layout.tight) ImGui::PopStyleVar();
  end_list_between_rows(ui, bands);
  ImGui::EndChild();
  ui.gap(4);
  workload_.draw_buttons(scene);
}

/// Nobody is to take the past for the present: a frame around the map, and the way back.
void Studio::draw_past(Scene& scene, ImVec2 from, ImVec2 to) const {
  const Ui& ui = scene.ui;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const float thick = ui.px(3);
  list.AddRect({from.x + thick / 2, from.y + thick / 2}, {to.x - thick / 2, to.y - thick / 2},
               theme_.warning, 0, 0, thick);
  const bool wide = to.x - from.x > ui.px(620);
  const char* const words = wide ? "In the past: back to live  (End)" : "In the past  (End)";
  const ImVec2 size = ui.text_size(ui.fonts().body_medium, words);
  const ImVec2 at(to.x - size.x - ui.px(40), from.y + ui.px(12));
  const ImVec2 end(at.x + size.x + ui.px(24), at.y + ui.px(26));
  if (find_.is_open()) return;  // its field stands there
  ImGui::SetCursorScreenPos(at);
  if (ImGui::InvisibleButton("##past", {end.x - at.x, end.y - at.y}))
    scene.command(Command::go_live);
  ui.target("past");
  list.AddRectFilled(at, end, theme_.warning, ui.px(6));
  ui.text_at(list, {at.x + ui.px(12), (at.y + end.y - size.y) / 2}, ui.fonts().body_medium,
             readable_on(theme_.warning), words);
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

}  // namespace mh
