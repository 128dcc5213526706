#include "app/views/error_list_view.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "app/model/format.hpp"
#include "app/views/lower_tabs.hpp"

namespace mh {
namespace {

constexpr float error_title_height = 44;
constexpr float error_row_height = 22;

/// Where the columns begin, from the left; what the error is takes the room between.
struct ErrorColumns {
  float time, event, thread, sentence, block, end;
};

ErrorColumns error_columns_of(const Ui& ui, float width) {
  return {ui.px(8), ui.px(90), ui.px(148), ui.px(204), width - ui.px(122), width - ui.px(8)};
}

std::string block_words(const LoggedError& error) {
  if (!error.name.empty()) return error.name;
  if (error.block != 0) return format_address(error.block);
  return error.pointer != 0 ? format_address(error.pointer) : std::string("\u2013");
}

}  // namespace

void ErrorListView::draw(Scene& scene, ImVec2 from, ImVec2 to) {
  const Ui& ui = scene.ui;
  draw_title(scene, from, to);
  const auto& errors = scene.view.errors().entries();
  const ImVec2 a(from.x + ui.px(10), from.y + ui.px(error_title_height));
  ImGui::SetCursorScreenPos(a);
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(0, 0));
  imgui_compat::begin_child("##errors", {to.x - ui.px(10) - a.x, to.y - ui.px(6) - a.y}, false);
  ui.target("error_list", a, {to.x - ui.px(10), to.y - ui.px(6)});
  const float width = ImGui::GetContentRegionAvail().x;
  if (errors.empty()) {
    ImGui::SetCursorPosX(ui.px(8));
    ui.wrapped(ui.fonts().body, ui.theme().text_dim,
               "No errors so far. Right-click a block and choose \u201cBreak it\u201d to make one, "
               "or press B.");
  }
  ImGuiListClipper clipper;
  clipper.Begin(static_cast<int>(errors.size()), ui.px(error_row_height));
  while (clipper.Step()) {
    for (int row = clipper.DisplayStart; row < clipper.DisplayEnd; ++row) {
      draw_row(scene, errors[errors.size() - 1 - static_cast<std::size_t>(row)], width);
    }
  }
  ImGui::EndChild();
  ImGui::PopStyleVar();
}

void ErrorListView::draw_title(Scene& scene, ImVec2 from, ImVec2 to) const {
  const Ui& ui = scene.ui;
  const Theme& t = ui.theme();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  draw_lower_tabs(scene, from);
  const ErrorList& errors = scene.view.errors();
  std::string words = format_count(errors.total()) + (errors.total() == 1 ? " error" : " errors");
  if (errors.entries().size() == ErrorList::most) {
    words += ", the newest " + format_count(ErrorList::most) + " are kept";
  }
  const std::size_t later = errors.entries().size() - errors.count_before(scene.view.position());
  if (later > 0) words += "  \u00b7  " + format_count(later) + " after the playhead";
  const ImVec2 check(ui.px(130), ui.px(24));
  const float x = from.x + lower_tabs_width(ui) + ui.px(14);
  const float end = to.x - ui.px(18) - check.x;
  ui.text_at(list, {x, from.y + ui.px(11)}, ui.fonts().small, t.text_dim,
             ui.fit(ui.fonts().small, words, end - x - ui.px(10)));
  ImGui::SetCursorScreenPos({end, from.y + ui.px(8)});
  const bool running = scene.lab.check().running();
  if (ui.button("errors:check", running ? "Checking\u2026" : "Check heap now", check,
                ButtonLook::plain, ui.fonts().body, !running)) {
    scene.command(Command::check_heap);
  }
  ui.hint("Looks at every header, guard and link, and shows the first damaged block  (H)");
}

void ErrorListView::draw_row(Scene& scene, const LoggedError& error, float width) {
  const Ui& ui = scene.ui;
  const Theme& t = ui.theme();
  // What was found has no event of its own: it may stand at that of an error.
  const std::string id = "error:" + std::to_string(error.event) + (error.found ? " found" : "");
  const ImVec2 size(width, ui.px(error_row_height));
  if (ImGui::InvisibleButton(id.c_str(), size)) {
    chosen_ = error.event + 1;
    scene.show_moment(error.event, error.block);
  }
  ui.target(id.c_str());
  const ImVec2 at = ImGui::GetItemRectMin();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const bool over = ImGui::IsItemHovered() || ImGui::IsItemFocused();
  const bool chosen = chosen_ == error.event + 1;
  if (over || chosen) {
    list.AddRectFilled(at, ImGui::GetItemRectMax(), chosen ? t.selected : t.control, ui.px(4));
  }
  const float fade = error.event < scene.view.position() ? 1.0F : 0.5F;
  const ErrorColumns columns = error_columns_of(ui, width);
  const float y = at.y + (size.y - ui.text_size(ui.fonts().small, "M").y) / 2;
  const auto write = [&](float x, float end, ImFont* font, ImU32 colour, const std::string& words) {
    ui.text_at(list, {at.x + x, y}, font, with_alpha(colour, fade),
               ui.fit(font, words, end - x - ui.px(8)));
  };
  const std::string sentence = error.sentence();
  write(columns.time, columns.event, ui.fonts().mono, t.text_dim, format_time(error.time));
  write(columns.event, columns.thread, ui.fonts().mono, t.text_dim, format_count(error.event));
  write(columns.thread, columns.sentence, ui.fonts().small, t.text_dim,
        error.found ? "a check" : thread_title(scene, error.thread));
  write(columns.sentence, columns.block, ui.fonts().small, t.bad, sentence);
  write(columns.block, columns.end, ui.fonts().mono, t.text, block_words(error));
  ui.hint(sentence + (error.set_aside ? ". The block was set aside." : ".") +
          " Click: the moment and the block.");
}

}  // namespace mh
