#include "app/views/welcome.hpp"

#include <algorithm>
#include <cmath>

namespace mh {
namespace {

struct Offer {
  const char* name;
  std::string words;
  Command command;
  ButtonLook look;
  bool code = false;  ///< in the letters of code
};

}  // namespace

void draw_welcome(Scene& scene, ImVec2 from, ImVec2 to) {
  const Ui& ui = scene.ui;
  const Theme& t = ui.theme();
  std::vector<Offer> offers{
      {"empty:malloc", "malloc(" + scene.state.size_text + ")", Command::malloc, ButtonLook::accent,
       true},
      {"empty:start", "Start a small workload", Command::start_workload, ButtonLook::good},
      {"empty:sixty", "Fragmentation in 60 seconds", Command::play_sixty, ButtonLook::plain}};
  if (!scene.state.tour_seen)
    offers.push_back({"empty:tour", "Show me", Command::tour, ButtonLook::plain});

  // A narrow map has them one below the other.
  const bool narrow = to.x - from.x < ui.px(540);
  const std::size_t columns = narrow ? 1 : 2;
  const std::size_t rows = (offers.size() + columns - 1) / columns;
  const float button = std::min(ui.px(232), to.x - from.x - ui.px(70));
  const float height = ui.px(narrow ? 34 : 40);
  const float space = ui.px(narrow ? 8 : 12);
  const float head = ui.px(narrow ? 60 : 74);
  const ImVec2 size(
      static_cast<float>(columns) * (button + space) - space + ui.px(48),
      head + static_cast<float>(rows) * (height + space) - space + ui.px(narrow ? 18 : 24));
  const ImVec2 at(std::floor((from.x + to.x - size.x) / 2),
                  std::floor((from.y + to.y - size.y) / 2));
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.AddRectFilled(at, {at.x + size.x, at.y + size.y}, t.panel, ui.px(10));
  list.AddRect(at, {at.x + size.x, at.y + size.y}, t.line, ui.px(10));
  constexpr const char* title = "The heap is empty";
  const float width = ui.text_size(ui.fonts().title, title).x;
  ui.text_at(list, {at.x + (size.x - width) / 2, at.y + ui.px(narrow ? 18 : 24)}, ui.fonts().title,
             t.text, title);
  for (std::size_t i = 0; i < offers.size(); ++i) {
    const Offer& offer = offers[i];
    const auto column = static_cast<float>(i % columns);
    const std::size_t line = i / columns;
    const auto row = static_cast<float>(line);
    // The last of an odd number stands in the middle.
    const bool alone = columns == 2 && i + 1 == offers.size() && i % 2 == 0;
    const float x =
        alone ? at.x + (size.x - button) / 2 : at.x + ui.px(24) + column * (button + space);
    ImGui::SetCursorScreenPos({x, at.y + head + row * (height + space)});
    if (ui.button(offer.name, offer.words, {button, height}, offer.look,
                  offer.code ? ui.fonts().mono_medium : nullptr)) {
      scene.command(offer.command);
    }
    scene.hint(offer.command);
  }
}

}  // namespace mh
