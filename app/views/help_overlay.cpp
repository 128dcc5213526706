#include "app/views/help_overlay.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string>
#include <vector>

namespace mh {
namespace {

constexpr float row_height = 19.5F;
constexpr float heading_height = 20;
constexpr float group_gap = 12;
constexpr float keys_width = 176;  // "Ctrl+Y or Ctrl+Shift+Z"

/// A line of the list: a group's heading, or a command with its keys.
struct Line {
  std::string keys;  ///< empty: a heading
  std::string words;
  float height;
};

std::vector<Line> list_of_keys() {
  // In an order that fills two columns alike.
  constexpr std::array groups{CommandGroup::hand, CommandGroup::map, CommandGroup::time,
                              CommandGroup::take, CommandGroup::window};
  std::vector<Line> lines;
  for (const CommandGroup group : groups) {
    lines.push_back({"", group_title(group), heading_height + (lines.empty() ? 0 : group_gap)});
    for (const CommandEntry& entry : commands()) {
      if (entry.group == group && *entry.keys != '\0')
        lines.push_back({keys_in_words(entry), entry.title, row_height});
    }
  }
  return lines;
}

/// Where the second column begins: at the heading that parts the lines most evenly.
std::size_t second_column(const std::vector<Line>& lines) {
  float all = 0;
  for (const Line& line : lines) all += line.height;
  float above = 0;
  std::size_t best = lines.size();
  float best_height = all;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const float height = std::max(above, all - above);
    if (lines[i].keys.empty() && height < best_height) {
      best = i;
      best_height = height;
    }
    above += lines[i].height;
  }
  return best;
}

/// Returns the lower edge.
float draw_column(const Ui& ui, std::span<const Line> lines, ImVec2 at, float width) {
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const Theme& t = ui.theme();
  for (const Line& line : lines) {
    if (line.keys.empty()) {
      if (&line != &lines.front()) at.y += ui.px(group_gap);
      ui.text_at(list, at, ui.fonts().label, t.text_dim, line.words);
      at.y += ui.px(heading_height);
      continue;
    }
    ui.text_at(list, at, ui.fonts().mono, t.accent, line.keys);
    const float x = at.x + ui.px(keys_width);
    ui.text_at(list, {x, at.y - ui.px(1)}, ui.fonts().body, t.text,
               ui.fit(ui.fonts().body, line.words, at.x + width - x));
    at.y += ui.px(row_height);
  }
  return at.y;
}

}  // namespace

void draw_help(Scene& scene, ImVec2 display) {
  const Ui& ui = scene.ui;
  const Theme& t = ui.theme();
  ImGui::SetNextWindowPos({0, 0});
  ImGui::SetNextWindowSize(display);
  ImGui::PushStyleColor(ImGuiCol_WindowBg, with_alpha(IM_COL32_BLACK, 0.55F));
  ImGui::Begin(
      "##help", nullptr,
      ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings);
  ImGui::PopStyleColor();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const ImVec2 size(std::min(ui.px(900), display.x - ui.px(20)),
                    std::min(ui.px(660), display.y - ui.px(12)));
  const ImVec2 from(std::floor((display.x - size.x) / 2), std::floor((display.y - size.y) / 2));
  list.AddRectFilled(from, {from.x + size.x, from.y + size.y}, t.panel, ui.px(12));
  list.AddRect(from, {from.x + size.x, from.y + size.y}, t.line, ui.px(12));
  ui.text_at(list, {from.x + ui.px(28), from.y + ui.px(22)}, ui.fonts().title, t.text, "Keys");
  const float column = (size.x - ui.px(56 + 16)) / 2;
  const std::vector<Line> lines = list_of_keys();
  const std::span all(lines);
  const std::size_t second = second_column(lines);
  const ImVec2 at(from.x + ui.px(28), from.y + ui.px(62));
  draw_column(ui, all.first(second), at, column);
  draw_column(ui, all.subspan(second), {at.x + column + ui.px(16), at.y}, column);
  const auto foot = [&](float above, std::string_view words) {
    ui.text_at(list, {from.x + ui.px(28), from.y + size.y - ui.px(above)}, ui.fonts().small,
               t.text_dim, ui.fit(ui.fonts().small, words, size.x - ui.px(56)));
  };
  foot(44,
       "Drag the map to pan, Shift + drag to select all blocks in a rectangle, Shift + wheel "
       "to scroll.");
  foot(26,
       "Double-click a block to zoom to it, right-click it for its menu. Ctrl+K finds "
       "everything else by name.");
  if (ImGui::IsMouseReleased(ImGuiMouseButton_Left) && ImGui::IsWindowHovered())
    scene.command(Command::toggle_help);
  ImGui::End();
}

}  // namespace mh
