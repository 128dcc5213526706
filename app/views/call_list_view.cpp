#include "app/views/call_list_view.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "app/model/format.hpp"
#include "app/views/lower_tabs.hpp"
#include "app/views/ui_text_field.hpp"

namespace mh {
namespace {

constexpr float call_title_height = 44;
constexpr float call_row_height = 20;
constexpr float bar_width = 8;
constexpr std::uint64_t most_copied = 50'000;
constexpr int rows_after_playhead = 2;

/// Where the columns begin, from the left.
struct CallColumns {
  float time, thread, call, result, why;
};

CallColumns call_columns_of(const Ui& ui, float width) {
  const float call = ui.px(170);
  const float rest = std::max(width - call, ui.px(200));
  return {ui.px(8), ui.px(92), call, call + rest * 0.34F, call + rest * 0.60F};
}

CallWindow::Line line_of(const Scene& scene) {
  return [&scene](const LoggedCall& call) {
    return format_time(call.time) + "\t" + thread_title(scene, call.thread) + "\t" + call.call +
           "\t" + call.result + "\t" + call.why;
  };
}

}  // namespace

void CallListView::draw(Scene& scene, ImVec2 from, ImVec2 to) {
  const Ui& ui = scene.ui;
  draw_title(scene, from, to);
  const ImVec2 a(from.x + ui.px(10), from.y + ui.px(call_title_height));
  const ImVec2 b(to.x - ui.px(10), to.y - ui.px(6));
  draw_rows(scene, a, b);
}

void CallListView::draw_title(Scene& scene, ImVec2 from, ImVec2 to) {
  const Ui& ui = scene.ui;
  draw_lower_tabs(scene, from);
  const float y = from.y + ui.px(8);
  float x = to.x - ui.px(18) - ui.px(58);
  ImGui::SetCursorScreenPos({x, y});
  if (ui.button("calls:copy", "Copy", {ui.px(58), ui.px(24)}, ButtonLook::plain, ui.fonts().body))
    copy(scene);
  ui.hint("Copies the calls up to the playhead as text, those that the filter lets through");
  const float field =
      std::clamp(x - from.x - lower_tabs_width(ui) - ui.px(40), ui.px(60), ui.px(220));
  x -= ui.px(8) + field;
  ImGui::SetCursorScreenPos({x, y});
  FieldLook look;
  look.height = 24;
  look.small = true;
  text_field(ui, "calls:filter", filter_, field, filter_.empty() ? "filter" : "", look);
  ui.hint("Words that a line has to hold: worker 3, free, 0x..., double");
}

/// Where the list stands: at the playhead, with a line or two after it in the past.
void CallListView::follow(const Scene& scene, std::size_t lines) {
  const std::uint64_t position = scene.view.position();
  // A step or a jump of the playhead brings the list along again.
  if (position != followed_ && !scene.player.live()) following_ = true;
  followed_ = position;
  if (!following_) return;
  std::uint64_t end = position;
  const EventLog& log = scene.view.log();
  if (position < log.end() && lines > 4) {
    for (int i = 0; i < rows_after_playhead && end < log.end(); ++i) end = log.end_of_call(end + 1);
  }
  window_.follow(end);
}

void CallListView::draw_rows(Scene& scene, ImVec2 from, ImVec2 to) {
  const Ui& ui = scene.ui;
  const auto lines =
      static_cast<std::size_t>(std::max(1.0F, (to.y - from.y) / ui.px(call_row_height)));
  ImGui::SetCursorScreenPos(from);
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(0, 0));
  imgui_compat::begin_child("##calls", {to.x - from.x, to.y - from.y}, false);
  ui.target("call_list", from, to);
  if (ImGui::IsWindowHovered() && ImGui::GetIO().MouseWheel != 0) {
    window_.scroll(-std::lround(ImGui::GetIO().MouseWheel * 3));
    following_ = false;
  }
  follow(scene, lines);
  if (!window_.fill(scene.view.log(), scene.picture(), lines, filter_, line_of(scene)))
    scene.animating = true;
  const std::vector<LoggedCall>& calls = window_.calls();
  float y = from.y;
  for (const LoggedCall& call : calls) {
    draw_row(scene, call, {from.x, y}, {to.x - ui.px(bar_width + 4), y + ui.px(call_row_height)});
    y += ui.px(call_row_height);
  }
  if (calls.empty()) {
    ImGui::SetCursorScreenPos({from.x + ui.px(8), from.y + ui.px(4)});
    ui.wrapped(ui.fonts().body, ui.theme().text_dim,
               filter_.empty() ? "No call so far. Every malloc and free will be listed here."
                               : "No call here holds what the filter asks for.");
  }
  draw_bar(scene, {to.x - ui.px(bar_width), from.y}, to);
  ImGui::EndChild();
  ImGui::PopStyleVar();
}

void CallListView::draw_row(Scene& scene, const LoggedCall& call, ImVec2 from, ImVec2 to) {
  const Ui& ui = scene.ui;
  const Theme& t = ui.theme();
  const std::string id = "call:" + std::to_string(call.event());
  ImGui::SetCursorScreenPos(from);
  if (ImGui::InvisibleButton(id.c_str(), {to.x - from.x, to.y - from.y}))
    scene.show_moment(call.event(), call.block);
  ui.target(id.c_str());
  const bool over = ImGui::IsItemHovered() || ImGui::IsItemFocused();
  const std::uint64_t position = scene.view.position();
  const bool here = call.to == position || (call.from < position && position < call.to);
  ImDrawList& list = *ImGui::GetWindowDrawList();
  if (here || over) list.AddRectFilled(from, to, here ? t.selected : t.control, ui.px(4));
  const float fade = call.from < position ? 1.0F : 0.5F;
  const CallColumns columns = call_columns_of(ui, to.x - from.x);
  const float y = from.y + (to.y - from.y - ui.text_size(ui.fonts().small, "M").y) / 2;
  const auto write = [&](float x, float end, ImFont* font, ImU32 colour, const std::string& words) {
    ui.text_at(list, {from.x + x, y}, font, with_alpha(colour, fade),
               ui.fit(font, words, end - x - ui.px(8)));
  };
  write(columns.time, columns.thread, ui.fonts().mono_small, t.text_dim, format_time(call.time));
  write(columns.thread, columns.call, ui.fonts().small, t.text_dim,
        thread_title(scene, call.thread));
  write(columns.call, columns.result, ui.fonts().mono_small, t.text, call.call);
  write(columns.result, columns.why, ui.fonts().mono_small, call.refused ? t.bad : t.text,
        call.result);
  write(columns.why, to.x - from.x, ui.fonts().small, call.refused ? t.bad : t.text_dim, call.why);
}

/// How far down the log the list stands; a press goes there.
void CallListView::draw_bar(const Scene& scene, ImVec2 from, ImVec2 to) {
  const Ui& ui = scene.ui;
  const Theme& t = ui.theme();
  if (window_.at_begin() && window_.part(scene.view.log()) >= 1) return;  // all of it is in view
  ImDrawList& list = *ImGui::GetWindowDrawList();
  ImGui::SetCursorScreenPos(from);
  ImGui::InvisibleButton("##calls bar", {to.x - from.x, to.y - from.y});
  ui.target("calls:bar");
  const float height = to.y - from.y;
  if (ImGui::IsItemActive()) {
    window_.go_to(scene.view.log(),
                  static_cast<double>((ImGui::GetIO().MousePos.y - from.y) / height));
    following_ = false;
  }
  const float knob = ui.px(22);
  const float y = from.y + static_cast<float>(window_.part(scene.view.log())) * (height - knob);
  list.AddRectFilled(from, to, t.control, ui.px(4));
  list.AddRectFilled({from.x, y}, {to.x, y + knob}, t.control_press, ui.px(4));
}

void CallListView::copy(Scene& scene) const {
  const CallText text = calls_as_text(scene.view.log(), scene.picture(), scene.view.position(),
                                      filter_, most_copied, line_of(scene));
  ImGui::SetClipboardText(text.text.c_str());
  std::string words = "Copied " + format_count(text.calls) + (text.calls == 1 ? " call" : " calls");
  if (!text.all) words += ", the newest; older ones were left out";
  scene.state.say(words + ".", false, scene.now);
}

}  // namespace mh
