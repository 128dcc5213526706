#include "app/views/message_view.hpp"

#include <algorithm>
#include <cmath>

namespace mh {
namespace {

constexpr double fade_seconds = 0.3;

}  // namespace

bool draw_message(const Ui& ui, const Message& message, double now, ImVec2 from, ImVec2 to) {
  const double left = message.ends_at() - now;
  if (message.text.empty() || left <= 0) return false;
  const Theme& t = ui.theme();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const float fade = static_cast<float>(std::clamp(left / fade_seconds, 0.0, 1.0));
  ImFont* const font = ui.fonts().body_medium;
  const std::vector<std::string> lines = ui.lines(font, message.text, to.x - from.x - ui.px(80), 3);
  float width = 0;
  for (const std::string& line : lines) width = std::max(width, ui.text_size(font, line).x);
  const float line_height = ui.px(19);
  const float height = ui.px(36) + line_height * static_cast<float>(lines.size() - 1);
  const ImVec2 a(std::floor((from.x + to.x - width) / 2 - ui.px(18)), to.y - ui.px(56) - height);
  const ImVec2 b(a.x + width + ui.px(36), a.y + height);
  const ImU32 ground = message.error ? t.bad_ground : t.control;
  list.AddRectFilled(a, b, with_alpha(ground, fade), ui.px(8));
  list.AddRect(a, b, with_alpha(message.error ? t.bad : t.control_press, fade), ui.px(8));
  float y = a.y + (ui.px(36) - ui.text_size(font, "M").y) / 2;
  for (const std::string& line : lines) {
    ui.text_at(list, {a.x + ui.px(18), y}, font, with_alpha(message.error ? t.bad : t.text, fade),
               line);
    y += line_height;
  }
  return true;
}

}  // namespace mh
