#include "app/views/tour.hpp"

#include <GLFW/glfw3.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace mh {
namespace {

struct Step {
  const char* target;   ///< what it points at
  const char* instead;  ///< if there is no room for that
  const char* title;
  const char* words;
};
constexpr std::array steps{
    Step{"map", "map", "The heap",
         "Each block that malloc hands out appears here, at its own address. The red line is the "
         "program break, where the heap ends."},
    Step{"size", "size", "By hand",
         "How many bytes. malloc and calloc take them; realloc and free work on the block that you "
         "click on the map."},
    Step{"policy", "engine_open", "The engine",
         "How the allocator decides where a block goes. Each switch takes effect at once."},
    Step{"start", "start", "Threads",
         "Up to 64 of them allocate and free at once, in the pattern of your choice."},
    Step{"timeline", "pause", "Time",
         "Every call is kept. Drag here to go back, step with the comma and the full stop; End "
         "comes back to now."},
    Step{"malloc", "malloc", "Your turn", "Click malloc."},
};

constexpr float card_width = 330;
constexpr float card_height = 158;
constexpr float distance = 18;

/// Beside the target, on the side with room.
ImVec2 place_beside(const TargetRect& target, ImVec2 size, float gap, ImVec2 display) {
  const float right = target.x + target.width;
  const float bottom = target.y + target.height;
  ImVec2 at(target.x + (target.width - size.x) / 2, target.y + (target.height - size.y) / 2);
  if (right + gap + size.x < display.x) {
    at.x = right + gap;
  } else if (bottom + gap + size.y < display.y) {
    at.y = bottom + gap;
  } else if (target.y - gap - size.y > 0) {
    at.y = target.y - gap - size.y;
  } else if (target.x - gap - size.x > 0) {
    at.x = target.x - gap - size.x;
  }
  return {std::floor(std::clamp(at.x, gap, std::max(gap, display.x - size.x - gap))),
          std::floor(std::clamp(at.y, gap, std::max(gap, display.y - size.y - gap)))};
}

/// All but the target lies in the shade; clicks go through it.
void draw_shade(const Ui& ui, const TargetRect& target, ImVec2 display) {
  ImGui::SetNextWindowPos({0, 0});
  ImGui::SetNextWindowSize(display);
  ImGui::Begin("##tour shade", nullptr,
               ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove |
                   ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoBackground |
                   ImGuiWindowFlags_NoInputs | ImGuiWindowFlags_NoFocusOnAppearing);
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const float grow = ui.px(5);
  const ImVec2 a(target.x - grow, target.y - grow);
  const ImVec2 b(target.x + target.width + grow, target.y + target.height + grow);
  const ImU32 shade = with_alpha(IM_COL32_BLACK, 0.45F);
  list.AddRectFilled({0, 0}, {display.x, a.y}, shade);
  list.AddRectFilled({0, b.y}, display, shade);
  list.AddRectFilled({0, a.y}, {a.x, b.y}, shade);
  list.AddRectFilled({b.x, a.y}, {display.x, b.y}, shade);
  list.AddRect(a, b, ui.theme().accent, ui.px(6), 0, ui.px(2.5F));
  ImGui::End();
}

}  // namespace

bool Tour::press(const KeyPress& key) {
  if (!running() || key.mods != 0) return false;
  const bool last = step_ == steps.size();
  switch (key.key) {
    case GLFW_KEY_ESCAPE:
      stop();
      return true;
    case GLFW_KEY_RIGHT:
    case GLFW_KEY_PAGE_DOWN:
    case GLFW_KEY_SPACE:
    case GLFW_KEY_ENTER:
      if (!last) ++step_;
      return true;
    case GLFW_KEY_LEFT:
    case GLFW_KEY_PAGE_UP:
      if (step_ > 1) --step_;
      return true;
    default:
      return false;
  }
}

void Tour::draw(Scene& scene, const std::map<std::string, TargetRect>& targets, ImVec2 display) {
  if (!running()) return;
  const Step& step = steps[step_ - 1];
  const std::size_t calls = scene.lab.journal().size();
  if (step_ < steps.size()) {
    calls_ = calls;
  } else if (calls > calls_) {
    stop();
    scene.later.emplace_back([&state = scene.state, now = scene.now] {
      state.say("That was it. F1 lists the keys, Ctrl+K finds everything by name.", false, now);
    });
    return;
  }
  auto found = targets.find(step.target);
  if (found == targets.end()) found = targets.find(step.instead);
  const TargetRect target =
      found != targets.end() ? found->second : TargetRect{display.x / 2, display.y / 2, 0, 0};
  const Ui& ui = scene.ui;
  draw_shade(ui, target, display);
  const ImVec2 size(ui.px(card_width), ui.px(card_height));
  draw_card(scene, place_beside(target, size, ui.px(distance), display), size);
}

void Tour::draw_card(Scene& scene, ImVec2 at, ImVec2 size) {
  const Ui& ui = scene.ui;
  const Theme& t = ui.theme();
  const Step& step = steps[step_ - 1];
  const bool last = step_ == steps.size();
  ImGui::SetNextWindowPos(at);
  ImGui::SetNextWindowSize(size);
  ImGui::PushStyleColor(ImGuiCol_WindowBg, t.panel);
  ImGui::PushStyleColor(ImGuiCol_Border, t.accent);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(ui.px(18), ui.px(14)));
  ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, ui.px(10));
  ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 1);
  ImGui::Begin("##tour", nullptr,
               ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove |
                   ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoFocusOnAppearing);
  ImGui::PopStyleVar(3);
  ImGui::PopStyleColor(2);
  ui.text(ui.fonts().heading, t.text, step.title);
  ui.wrapped(ui.fonts().body, t.text_dim, step.words);
  const float y = at.y + size.y - ui.px(44);
  const std::string number = std::to_string(step_) + " of " + std::to_string(steps.size());
  ui.text_at(*ImGui::GetWindowDrawList(), {at.x + ui.px(18), y + ui.px(6)}, ui.fonts().small,
             t.text_dim, number);
  const float right = at.x + size.x - ui.px(18);
  const float button = ui.px(84);
  if (!last) {
    ImGui::SetCursorScreenPos({right - button, y});
    if (ui.button("tour:next", "Next", {button, ui.px(28)}, ButtonLook::accent)) ++step_;
    ui.hint("The next step  (Space)");
  }
  ImGui::SetCursorScreenPos({right - (last ? 1 : 2) * button - (last ? 0 : ui.px(8)), y});
  if (ui.button("tour:end", last ? "Not now" : "End", {button, ui.px(28)}, ButtonLook::quiet))
    stop();
  ui.hint("Ends it; Ctrl+K, \"show me\" brings it back  (Esc)");
  ImGui::End();
}

}  // namespace mh
