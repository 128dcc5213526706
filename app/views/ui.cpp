#include "app/views/ui.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace mh {
namespace {

constexpr float hint_delay = 0.7F;  ///< seconds

ImVec2 item_size() {
  const ImVec2 from = ImGui::GetItemRectMin();
  const ImVec2 to = ImGui::GetItemRectMax();
  return {to.x - from.x, to.y - from.y};
}

struct LookColours {
  ImU32 rest, hover, press, text;
};

LookColours colours_of(const Theme& t, ButtonLook look) {
  switch (look) {
    case ButtonLook::accent:
      return {t.accent, t.accent_hover, t.accent_hover, t.text_on_accent};
    case ButtonLook::good:
      return {t.good_ground, t.good_ground, t.control_press, t.good};
    case ButtonLook::selected:
      return {t.selected, t.selected, t.control_press, t.text};
    case ButtonLook::quiet:
      return {with_alpha(t.panel, 0), t.control, t.control_press, t.text_dim};
    case ButtonLook::plain:
      break;
  }
  return {t.control, t.control_hover, t.control_press, t.text};
}

ImU32 state_colour(const LookColours& colours) {
  if (ImGui::IsItemActive()) return colours.press;
  return ImGui::IsItemHovered() || ImGui::IsItemFocused() ? colours.hover : colours.rest;
}

void draw_icon(ImDrawList& list, Icon icon, ImVec2 centre, float size, ImU32 colour) {
  const float s = size;
  const auto bar = [&](float x) {
    list.AddRectFilled({centre.x + x - 0.16F * s, centre.y - 0.5F * s},
                       {centre.x + x + 0.16F * s, centre.y + 0.5F * s}, colour, 0.08F * s);
  };
  const auto triangle = [&](float from, float to) {
    // Counter-clockwise whichever way it points, so that ImGui smooths the outer edge.
    if (to > from) {
      list.AddTriangleFilled({centre.x + from, centre.y - 0.52F * s}, {centre.x + to, centre.y},
                             {centre.x + from, centre.y + 0.52F * s}, colour);
    } else {
      list.AddTriangleFilled({centre.x + from, centre.y + 0.52F * s}, {centre.x + to, centre.y},
                             {centre.x + from, centre.y - 0.52F * s}, colour);
    }
  };
  switch (icon) {
    case Icon::step_back:
      bar(-0.42F * s);
      triangle(0.5F * s, -0.3F * s);
      break;
    case Icon::pause:
      bar(-0.3F * s);
      bar(0.3F * s);
      break;
    case Icon::play:
      triangle(-0.38F * s, 0.52F * s);
      break;
    case Icon::step_forward:
      bar(0.42F * s);
      triangle(-0.5F * s, 0.3F * s);
      break;
    case Icon::to_end:
      triangle(-0.62F * s, 0.0F);
      triangle(-0.05F * s, 0.55F * s);
      bar(0.66F * s);
      break;
  }
}

}  // namespace

void Ui::target(const char* name) const {
  target(name, ImGui::GetItemRectMin(), ImGui::GetItemRectMax());
}

void Ui::note_item() const {
  if (bands_ != nullptr) bands_->push_back({ImGui::GetItemRectMin().y, ImGui::GetItemRectMax().y});
}

void Ui::target(const char* name, ImVec2 from, ImVec2 to) const {
  if (bands_ != nullptr) bands_->push_back({from.y, to.y});
  if (targets_ != nullptr) (*targets_)[name] = {from.x, from.y, to.x - from.x, to.y - from.y};
}

ImVec2 Ui::text_size(ImFont* font, std::string_view words) const {
  return imgui_compat::text_size(*font, words.data(), words.data() + words.size());
}

void Ui::text_at(ImDrawList& list, ImVec2 at, ImFont* font, ImU32 colour,
                 std::string_view words) const {
  layer_.need_letters(words);
  list.AddText(font, imgui_compat::font_size(*font), {std::floor(at.x), std::floor(at.y)}, colour,
               words.data(), words.data() + words.size());
}

void Ui::text(ImFont* font, ImU32 colour, std::string_view words) const {
  const ImVec2 size = text_size(font, words);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  text_at(*ImGui::GetWindowDrawList(), at, font, colour, words);
  ImGui::Dummy(size);
  note_item();
}

std::string Ui::fit(ImFont* font, std::string_view words, float width) const {
  if (text_size(font, words).x <= width) return std::string(words);
  std::string shorter(words);
  while (!shorter.empty()) {
    // A letter can take several bytes: cut whole ones.
    while (!shorter.empty() && (static_cast<unsigned char>(shorter.back()) & 0xC0U) == 0x80U)
      shorter.pop_back();
    if (!shorter.empty()) shorter.pop_back();
    if (text_size(font, shorter + "\u2026").x <= width) return shorter + "\u2026";
  }
  return {};
}

std::vector<std::string> Ui::lines(ImFont* font, std::string_view words, float width,
                                   std::size_t most) const {
  std::vector<std::string> result;
  while (!words.empty() && result.size() + 1 < most && text_size(font, words).x > width) {
    std::size_t end = words.find(' ');
    for (std::size_t next = end; next != std::string_view::npos; next = words.find(' ', next + 1)) {
      if (text_size(font, words.substr(0, next)).x > width) break;
      end = next;
    }
    if (end == std::string_view::npos) break;
    result.emplace_back(words.substr(0, end));
    words.remove_prefix(end + 1);
  }
  if (!words.empty()) result.push_back(fit(font, words, width));
  return result;
}

void Ui::wrapped(ImFont* font, ImU32 colour, std::string_view words, float width) const {
  imgui_compat::push_font(font);
  ImGui::PushStyleColor(ImGuiCol_Text, colour);
  ImGui::PushTextWrapPos(width);
  layer_.need_letters(words);
  ImGui::TextUnformatted(words.data(), words.data() + words.size());
  note_item();
  ImGui::PopTextWrapPos();
  ImGui::PopStyleColor();
  ImGui::PopFont();
}

void Ui::gap(float design) const {
  ImGui::SetCursorPosY(ImGui::GetCursorPosY() + px(design));
}

void Ui::heading(std::string_view words) const {
  text(fonts_.label, theme_.text_dim, words);
  gap(1);
}

void Ui::row(std::string_view label, std::string_view value, ImU32 colour) const {
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float width = ImGui::GetContentRegionAvail().x;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const ImVec2 label_size = text_size(fonts_.body, label);
  text_at(list, at, fonts_.body, theme_.text_dim, label);
  const std::string shown = fit(fonts_.mono, value, width - label_size.x - px(10));
  const ImVec2 size = text_size(fonts_.mono, shown);
  text_at(list, {at.x + width - size.x, at.y + px(1)}, fonts_.mono,
          colour != 0 ? colour : theme_.text, shown);
  ImGui::Dummy({width, px(15)});
  note_item();
}

bool Ui::button(const char* name, std::string_view words, ImVec2 size, ButtonLook look,
                ImFont* font, bool enabled) const {
  if (font == nullptr) font = fonts_.body_medium;
  if (!enabled) ImGui::BeginDisabled();
  const bool pressed = ImGui::InvisibleButton(name, size);
  target(name);
  const LookColours colours = colours_of(theme_, look);
  const ImVec2 from = ImGui::GetItemRectMin();
  const ImVec2 to = ImGui::GetItemRectMax();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const float fade = enabled ? 1.0F : 0.45F;
  const ImU32 ground = state_colour(colours);
  list.AddRectFilled(from, to, (ground & IM_COL32_A_MASK) != 0 ? with_alpha(ground, fade) : ground,
                     px(6));
  if (look == ButtonLook::good) list.AddRect(from, to, with_alpha(theme_.good, 0.7F * fade), px(6));
  const std::string shown = fit(font, words, size.x - px(6));
  const ImVec2 text = text_size(font, shown);
  text_at(list, {from.x + (size.x - text.x) / 2, from.y + (size.y - text.y) / 2}, font,
          with_alpha(colours.text, fade), shown);
  if (!enabled) ImGui::EndDisabled();
  return pressed && enabled;
}

bool Ui::chip(const char* name, std::string_view words, float width) const {
  const ImVec2 size(width, px(22));
  const bool pressed = ImGui::InvisibleButton(name, size);
  target(name);
  const ImVec2 from = ImGui::GetItemRectMin();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const bool over = ImGui::IsItemHovered() || ImGui::IsItemFocused();
  list.AddRectFilled(from, ImGui::GetItemRectMax(), over ? theme_.control_hover : theme_.control,
                     px(11));
  const ImVec2 text = text_size(fonts_.mono, words);
  text_at(list, {from.x + (size.x - text.x) / 2, from.y + (size.y - text.y) / 2}, fonts_.mono,
          over ? theme_.text : theme_.text_dim, words);
  return pressed;
}

bool Ui::icon_button(const char* name, Icon icon, ImVec2 size, bool selected, bool enabled) const {
  if (!enabled) ImGui::BeginDisabled();
  const bool pressed = ImGui::InvisibleButton(name, size);
  target(name);
  const ImVec2 from = ImGui::GetItemRectMin();
  const LookColours colours =
      colours_of(theme_, selected ? ButtonLook::selected : ButtonLook::plain);
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.AddRectFilled(from, ImGui::GetItemRectMax(), state_colour(colours), px(6));
  draw_icon(list, icon, {from.x + size.x / 2, from.y + size.y / 2}, px(11),
            with_alpha(theme_.text, enabled ? 1.0F : 0.35F));
  if (!enabled) ImGui::EndDisabled();
  return pressed && enabled;
}

std::optional<int> Ui::segmented(const char* name, std::span<const char* const> words, int chosen,
                                 float width,
                                 const std::function<std::string(int)>& explain) const {
  std::optional<int> clicked;
  const float space = px(5);
  const auto count = static_cast<float>(words.size());
  const float each = (width - space * (count - 1)) / count;
  // Words that are too long for their place are written smaller, all of the row alike.
  const bool roomy = std::all_of(words.begin(), words.end(), [&](const char* word) {
    return text_size(fonts_.body, word).x <= each - px(6);
  });
  ImGui::PushID(name);
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) ImGui::SameLine(0, space);
    const std::string id = std::string(name) + ":" + words[i];
    const bool on = static_cast<int>(i) == chosen;
    if (button(id.c_str(), words[i], {each, px(27)}, on ? ButtonLook::selected : ButtonLook::plain,
               roomy ? fonts_.body : fonts_.small)) {
      clicked = static_cast<int>(i);
    }
    if (explain && ImGui::IsItemHovered()) hint(explain(static_cast<int>(i)));
  }
  ImGui::PopID();
  return clicked;
}

bool Ui::track(const char* name, float& value, float low, float high, float width) const {
  // ImGui's slider gives keyboard, dragging and typing (Ctrl + click); the look is ours.
  const std::string id = std::string("##") + name;
  for (const ImGuiCol index : {ImGuiCol_FrameBg, ImGuiCol_FrameBgHovered, ImGuiCol_FrameBgActive,
                               ImGuiCol_SliderGrab, ImGuiCol_SliderGrabActive}) {
    ImGui::PushStyleColor(index, IM_COL32(0, 0, 0, 0));
  }
  ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, ImVec2(0, px(1)));
  ImGui::SetNextItemWidth(width);
  const bool changed =
      ImGui::SliderFloat(id.c_str(), &value, low, high, "", ImGuiSliderFlags_NoInput);
  ImGui::PopStyleVar();
  ImGui::PopStyleColor(5);
  target(name);
  const ImVec2 from = ImGui::GetItemRectMin();
  const ImVec2 size = item_size();
  const float part = std::clamp((value - low) / (high - low), 0.0F, 1.0F);
  const float y = from.y + size.y / 2;
  const float knob = px(6);
  const float x = from.x + knob + (size.x - 2 * knob) * part;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.AddRectFilled({from.x, y - px(1.5F)}, {from.x + size.x, y + px(1.5F)}, theme_.control_hover,
                     px(2));
  list.AddRectFilled({from.x, y - px(1.5F)}, {x, y + px(1.5F)}, theme_.accent, px(2));
  const bool over = ImGui::IsItemHovered() || ImGui::IsItemActive() || ImGui::IsItemFocused();
  if (theme_.kind == ThemeKind::light) {
    list.AddCircleFilled({x, y}, knob + px(over ? 1.0F : 0.0F), theme_.accent, 24);
    list.AddCircleFilled({x, y}, knob - px(2), IM_COL32_WHITE, 24);
  } else {
    list.AddCircleFilled({x, y}, knob + px(over ? 1.0F : 0.0F), IM_COL32_WHITE, 24);
  }
  return changed;
}

bool Ui::slider(const char* name, std::string_view label, float& value, float low, float high,
                std::string_view shown, float width, bool slim) const {
  if (slim) {
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float name_width = px(78);
    const float value_width = px(74);
    row(label, shown);
    const ImVec2 below = ImGui::GetCursorScreenPos();
    ImGui::SetCursorScreenPos({at.x + name_width, at.y});
    const bool moved = track(name, value, low, high, width - name_width - value_width);
    ImGui::SetCursorScreenPos(below);
    return moved;
  }
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(px(8), px(2)));
  const float top = ImGui::GetCursorScreenPos().y;
  row(label, shown);
  const bool changed = track(name, value, low, high, width);
  if (bands_ != nullptr) bands_->push_back({top, ImGui::GetItemRectMax().y});
  ImGui::PopStyleVar();
  return changed;
}

void Ui::beside(ImVec2 from, ImVec2 to) const {
  const ImVec2 display = ImGui::GetIO().DisplaySize;
  const float room = px(110);  // what most tooltips need
  const float gap = px(6);
  const bool below = to.y + gap + room < display.y || from.y < room;
  const bool right = from.x + px(310) < display.x;
  const float x = right ? std::max(from.x, px(4)) : std::min(to.x, display.x - px(4));
  ImGui::SetNextWindowPos({x, below ? to.y + gap : from.y - gap}, ImGuiCond_Always,
                          {right ? 0.0F : 1.0F, below ? 0.0F : 1.0F});
}

void Ui::hint(std::string_view words) const {
  if (!ImGui::IsItemHovered(ImGuiHoveredFlags_AllowWhenDisabled)) return;
  if (ImGui::IsItemActive()) pressed_ = ImGui::GetItemID();
  if (pressed_ != 0 && pressed_ == ImGui::GetItemID()) return;
  if (imgui_compat::rested_seconds() < hint_delay) {
    hint_pending_ = true;
    return;
  }
  beside(ImGui::GetItemRectMin(), ImGui::GetItemRectMax());
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(px(10), px(7)));
  ImGui::BeginTooltip();
  ImGui::PushTextWrapPos(px(280));
  layer_.need_letters(words);
  ImGui::TextUnformatted(words.data(), words.data() + words.size());
  ImGui::PopTextWrapPos();
  ImGui::EndTooltip();
  ImGui::PopStyleVar();
}

}  // namespace mh
