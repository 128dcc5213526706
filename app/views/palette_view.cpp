#include "app/views/palette_view.hpp"

#include <GLFW/glfw3.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace mh {
namespace {

constexpr std::size_t rows_in_view = 9;
constexpr float row_height = 34;
constexpr float field_height = 46;
constexpr float foot_height = 40;
constexpr float card_width = 620;

std::string_view why_not_of(const PaletteItem& item, Situation there_is) {
  const auto* const command = std::get_if<Command>(&item.choice);
  return command != nullptr ? why_not(entry_of(*command), there_is) : std::string_view();
}

}  // namespace

void PaletteView::open(std::vector<PaletteItem> items) {
  items_ = std::move(items);
  typed_.clear();
  choice_.reset();
  open_ = opening_ = true;
  look_again();
}

void PaletteView::look_again() {
  matches_ = palette_matches(items_, typed_);
  chosen_ = top_ = 0;
}

std::string PaletteView::first_choice() const {
  return chosen_ < matches_.size() ? matches_[chosen_].title : std::string();
}

std::optional<Choice> PaletteView::take_choice() {
  return std::exchange(choice_, std::nullopt);
}

void PaletteView::choose(std::size_t index) {
  if (index >= matches_.size()) return;
  choice_ = matches_[index].choice;
  close();
}

bool PaletteView::press(const KeyPress& key) {
  if (!open_ || (key.key == GLFW_KEY_K && key.mods == GLFW_MOD_CONTROL)) return false;
  const std::size_t last = matches_.empty() ? 0 : matches_.size() - 1;
  switch (key.key) {
    case GLFW_KEY_ESCAPE:
      close();
      return true;
    case GLFW_KEY_ENTER:
    case GLFW_KEY_KP_ENTER:
      choose(chosen_);
      return true;
    case GLFW_KEY_DOWN:
      chosen_ = chosen_ == last ? 0 : chosen_ + 1;
      break;
    case GLFW_KEY_UP:
      chosen_ = chosen_ == 0 ? last : chosen_ - 1;
      break;
    case GLFW_KEY_PAGE_DOWN:
      chosen_ = std::min(chosen_ + rows_in_view, last);
      break;
    case GLFW_KEY_PAGE_UP:
      chosen_ -= std::min(chosen_, rows_in_view);
      break;
    default:
      // Letters are for the field; what has to do with the window alone works as ever.
      return key.key != GLFW_KEY_F11 && (key.mods & GLFW_MOD_CONTROL) == 0;
  }
  top_ = std::clamp(top_, chosen_ + 1 - std::min(chosen_ + 1, rows_in_view), chosen_);
  return true;
}

void PaletteView::draw(const Ui& ui, ImVec2 display, Situation there_is) {
  if (!open_) return;
  const Theme& t = ui.theme();
  const auto shown = static_cast<float>(std::clamp<std::size_t>(matches_.size(), 1, rows_in_view));
  const ImVec2 size(std::min(ui.px(card_width), display.x - ui.px(24)),
                    ui.px(field_height + shown * row_height + foot_height + 12));
  const ImVec2 from(std::floor((display.x - size.x) / 2), std::floor(display.y * 0.12F));
  ImGui::SetNextWindowPos(from);
  ImGui::SetNextWindowSize(size);
  if (opening_) ImGui::SetNextWindowFocus();
  ImGui::PushStyleColor(ImGuiCol_WindowBg, t.panel);
  ImGui::PushStyleColor(ImGuiCol_Border, t.control_press);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(0, 0));
  ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, ui.px(10));
  ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 1);
  ImGui::Begin("##palette", nullptr,
               ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove |
                   ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoScrollWithMouse);
  ImGui::PopStyleVar(3);
  ImGui::PopStyleColor(2);
  ui.target("palette", from, {from.x + size.x, from.y + size.y});
  draw_field(ui, size.x);
  const float wheel = ImGui::GetIO().MouseWheel;
  if (wheel != 0 && ImGui::IsWindowHovered() && matches_.size() > rows_in_view) {
    const auto most = static_cast<float>(matches_.size() - rows_in_view);
    top_ = static_cast<std::size_t>(
        std::clamp(static_cast<float>(top_) - std::round(wheel * 3), 0.0F, most));
  }
  const std::size_t end = std::min(matches_.size(), top_ + rows_in_view);
  for (std::size_t i = top_; i < end; ++i) {
    const float row = static_cast<float>(i - top_) * row_height;
    ImGui::SetCursorScreenPos({from.x, from.y + ui.px(field_height + row + 4)});
    draw_row(ui, i, size.x, there_is);
  }
  ImGui::SetCursorScreenPos({from.x + ui.px(18), from.y + size.y - ui.px(foot_height - 10)});
  draw_foot(ui, there_is);
  const bool outside = ImGui::IsMouseClicked(ImGuiMouseButton_Left) &&
                       !ImGui::IsMouseHoveringRect(from, {from.x + size.x, from.y + size.y}, false);
  if (outside && !opening_) close();
  opening_ = false;
  ImGui::End();
}

void PaletteView::draw_field(const Ui& ui, float width) {
  const ImVec2 at = ImGui::GetCursorScreenPos();
  std::array<char, 80> buffer{};
  std::copy_n(typed_.begin(), std::min(typed_.size(), buffer.size() - 1), buffer.begin());
  if (opening_) ImGui::SetKeyboardFocusHere();
  imgui_compat::push_font(ui.fonts().heading);
  const float line = imgui_compat::font_size(*ui.fonts().heading);
  ImGui::PushStyleVar(ImGuiStyleVar_FramePadding,
                      ImVec2(ui.px(18), (ui.px(field_height) - line) / 2));
  ImGui::PushStyleColor(ImGuiCol_FrameBg, IM_COL32(0, 0, 0, 0));
  ImGui::SetNextItemWidth(width);
  ImGui::InputTextWithHint("##palette words", "best fit, 8 threads, lesson realloc, save svg ...",
                           buffer.data(), buffer.size());
  ImGui::PopStyleColor();
  ImGui::PopStyleVar();
  ImGui::PopFont();
  ui.target("palette:words");
  ImGui::GetWindowDrawList()->AddRectFilled({at.x, at.y + ui.px(field_height)},
                                            {at.x + width, at.y + ui.px(field_height) + 1},
                                            ui.theme().line);
  if (typed_ == buffer.data()) return;
  typed_ = buffer.data();
  look_again();
}

void PaletteView::draw_row(const Ui& ui, std::size_t index, float width, Situation there_is) {
  const PaletteItem& item = matches_[index];
  const Theme& t = ui.theme();
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ImGui::PushID(static_cast<int>(index));
  const bool clicked = ImGui::InvisibleButton("##row", {width, ui.px(row_height)});
  ImGui::PopID();
  ui.target(("palette:" + std::to_string(index)).c_str());
  const ImVec2 moved = ImGui::GetIO().MouseDelta;
  if (ImGui::IsItemHovered() && (moved.x != 0 || moved.y != 0)) chosen_ = index;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  if (index == chosen_) {
    list.AddRectFilled({at.x + ui.px(8), at.y}, {at.x + width - ui.px(8), at.y + ui.px(row_height)},
                       t.selected, ui.px(6));
  }
  const float middle = at.y + ui.px(row_height) / 2;
  const auto text = [&](float x, ImFont* font, ImU32 colour, std::string_view words) {
    const ImVec2 size = ui.text_size(font, words);
    ui.text_at(list, {x, middle - size.y / 2}, font, colour, words);
    return size.x;
  };
  const bool possible = why_not_of(item, there_is).empty();
  float x = at.x + ui.px(20);
  x += text(x, ui.fonts().body_medium, possible ? t.text : t.text_dim, item.title) + ui.px(10);
  const float keys = ui.text_size(ui.fonts().mono, item.keys).x;
  const float kind = ui.text_size(ui.fonts().small, item.kind).x;
  const float right = at.x + width - ui.px(20);
  if (!item.keys.empty()) text(right - keys, ui.fonts().mono, t.accent, item.keys);
  if (x + kind < right - keys - ui.px(10)) text(x, ui.fonts().small, t.text_dim, item.kind);
  if (clicked) choose(index);
}

void PaletteView::draw_foot(const Ui& ui, Situation there_is) const {
  const Theme& t = ui.theme();
  const float width = ImGui::GetContentRegionAvail().x - ui.px(18);
  if (chosen_ >= matches_.size()) {
    ui.text(ui.fonts().body, t.text_dim,
            ui.fit(ui.fonts().body, "Nothing is called so. Fewer letters find more.", width));
    return;
  }
  const PaletteItem& item = matches_[chosen_];
  const std::string_view why = why_not_of(item, there_is);
  ui.text(ui.fonts().body, why.empty() ? t.text_dim : t.warning,
          ui.fit(ui.fonts().body, why.empty() ? std::string_view(item.sentence) : why, width));
}

}  // namespace mh
