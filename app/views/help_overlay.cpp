#include "app/views/help_overlay.hpp"

#include <GLFW/glfw3.h>

#include <algorithm>
#include <array>

namespace mh {
namespace {

constexpr int ctrl = GLFW_MOD_CONTROL;
constexpr int shift = GLFW_MOD_SHIFT;

constexpr std::array table{
    Shortcut{GLFW_KEY_M, 0, Command::malloc, true, "M", "malloc the size in the field"},
    Shortcut{GLFW_KEY_C, 0, Command::calloc, true, "C", "calloc that size"},
    Shortcut{GLFW_KEY_R, 0, Command::realloc, false, "R", "realloc the selected block to it"},
    Shortcut{GLFW_KEY_F, 0, Command::free_selected, false, "F or Delete", "free what is selected"},
    Shortcut{GLFW_KEY_DELETE, 0, Command::free_selected, false, nullptr, nullptr},
    Shortcut{GLFW_KEY_BACKSPACE, 0, Command::free_selected, false, nullptr, nullptr},
    Shortcut{GLFW_KEY_U, 0, Command::undo, true, "U or Ctrl+Z", "undo the last click"},
    Shortcut{GLFW_KEY_Z, ctrl, Command::undo, true, nullptr, nullptr},
    Shortcut{GLFW_KEY_S, 0, Command::focus_size, false, "S", "type a size"},
    Shortcut{GLFW_KEY_B, 0, Command::break_it, false, "B", "break the selected block ..."},
    Shortcut{GLFW_KEY_H, 0, Command::check_heap, false, "H", "check the heap now"},
    Shortcut{GLFW_KEY_X, 0, Command::toggle_errors, false, "X", "the list of errors"},
    Shortcut{GLFW_KEY_A, 0, Command::toggle_calls, false, "A", "the list of all calls"},
    Shortcut{GLFW_KEY_W, 0, Command::start_workload, false, "W", "start or stop the workload"},
    Shortcut{GLFW_KEY_R, ctrl, Command::reset_heap, false, "Ctrl+R", "reset the heap"},
    Shortcut{GLFW_KEY_E, 0, Command::toggle_explain, false, "E", "explain each search, or not"},

    Shortcut{GLFW_KEY_SPACE, 0, Command::toggle_pause, false, "Space", "pause, go on"},
    Shortcut{GLFW_KEY_PERIOD, 0, Command::step_forward, true, ".  or  Page Down",
             "one call forward"},
    Shortcut{GLFW_KEY_PAGE_DOWN, 0, Command::step_forward, true, nullptr, nullptr},
    Shortcut{GLFW_KEY_COMMA, 0, Command::step_back, true, ",  or  Page Up", "one call back"},
    Shortcut{GLFW_KEY_PAGE_UP, 0, Command::step_back, true, nullptr, nullptr},
    Shortcut{GLFW_KEY_END, 0, Command::go_live, false, "End", "jump to live"},

    Shortcut{GLFW_KEY_HOME, 0, Command::fit, false, "Home or 0", "show the whole heap"},
    Shortcut{GLFW_KEY_0, 0, Command::fit, false, nullptr, nullptr},
    Shortcut{GLFW_KEY_EQUAL, 0, Command::zoom_in, true, "+  and  \u2212",
             "zoom (or the wheel, at the pointer)"},
    Shortcut{GLFW_KEY_EQUAL, shift, Command::zoom_in, true, nullptr, nullptr},
    Shortcut{GLFW_KEY_KP_ADD, 0, Command::zoom_in, true, nullptr, nullptr},
    Shortcut{GLFW_KEY_MINUS, 0, Command::zoom_out, true, nullptr, nullptr},
    Shortcut{GLFW_KEY_KP_SUBTRACT, 0, Command::zoom_out, true, nullptr, nullptr},
    Shortcut{GLFW_KEY_Z, 0, Command::show_selected, false, "Z", "zoom to what is selected"},
    Shortcut{GLFW_KEY_L, 0, Command::toggle_free_list, false, "L", "arrows of the free list"},
    Shortcut{GLFW_KEY_F, ctrl, Command::find, false, "Ctrl+F", "find an address, a name, a size"},
    Shortcut{GLFW_KEY_RIGHT, 0, Command::next_block, true, "\u2190  and  \u2192",
             "select the neighbour"},
    Shortcut{GLFW_KEY_LEFT, 0, Command::previous_block, true, nullptr, nullptr},
    Shortcut{GLFW_KEY_ESCAPE, 0, Command::deselect, false, "Esc", "select nothing"},

    Shortcut{GLFW_KEY_P, 0, Command::picture_window, false, "P", "picture of the window"},
    Shortcut{GLFW_KEY_P, shift, Command::picture_map, false, "Shift+P", "picture of the map alone"},
    Shortcut{GLFW_KEY_T, 0, Command::toggle_theme, false, "T", "dark or light"},
    Shortcut{GLFW_KEY_K, 0, Command::toggle_colour, false, "K",
             "colour by state, thread, age, size"},
    Shortcut{GLFW_KEY_N, 0, Command::toggle_motion, false, "N", "motion on or off"},
    Shortcut{GLFW_KEY_EQUAL, ctrl, Command::scale_up, true, "Ctrl+  and  Ctrl\u2212",
             "larger, smaller (Ctrl+0: as it was)"},
    Shortcut{GLFW_KEY_EQUAL, ctrl | shift, Command::scale_up, true, nullptr, nullptr},
    Shortcut{GLFW_KEY_KP_ADD, ctrl, Command::scale_up, true, nullptr, nullptr},
    Shortcut{GLFW_KEY_MINUS, ctrl, Command::scale_down, true, nullptr, nullptr},
    Shortcut{GLFW_KEY_KP_SUBTRACT, ctrl, Command::scale_down, true, nullptr, nullptr},
    Shortcut{GLFW_KEY_0, ctrl, Command::scale_reset, false, nullptr, nullptr},
    Shortcut{GLFW_KEY_F11, 0, Command::toggle_full_screen, false, "F11", "full screen"},
    Shortcut{GLFW_KEY_F2, 0, Command::open_lessons, false, "F2", "the lessons"},
    Shortcut{GLFW_KEY_F1, 0, Command::toggle_help, false, "F1", "this list"},
    Shortcut{GLFW_KEY_Q, ctrl, Command::quit, false, "Ctrl+Q", "quit"},
};

/// The list's columns: a title, and the first shortcut in it.
struct Group {
  const char* title;
  Command first;
};
constexpr std::array groups{Group{"BY HAND", Command::malloc}, Group{"TIME", Command::toggle_pause},
                            Group{"MAP", Command::fit}, Group{"WINDOW", Command::picture_window}};

}  // namespace

std::span<const Shortcut> shortcuts() {
  return table;
}

std::optional<Command> command_of(const KeyPress& press) {
  for (const Shortcut& shortcut : table) {
    if (shortcut.key == press.key && shortcut.mods == press.mods &&
        (shortcut.repeats || !press.repeat)) {
      return shortcut.command;
    }
  }
  return std::nullopt;
}

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
  const ImVec2 size(std::min(ui.px(840), display.x - ui.px(20)),
                    std::min(ui.px(522), display.y - ui.px(20)));
  const ImVec2 from(std::floor((display.x - size.x) / 2), std::floor((display.y - size.y) / 2));
  list.AddRectFilled(from, {from.x + size.x, from.y + size.y}, t.panel, ui.px(12));
  list.AddRect(from, {from.x + size.x, from.y + size.y}, t.line, ui.px(12));
  ui.text_at(list, {from.x + ui.px(28), from.y + ui.px(22)}, ui.fonts().title, t.text, "Keys");
  const float column = (size.x - ui.px(56)) / 2;
  float x = from.x + ui.px(28);
  const float top = from.y + ui.px(66);
  float y = top;
  for (const Shortcut& shortcut : table) {
    if (shortcut.keys == nullptr) continue;
    const auto* const group = std::find_if(
        groups.begin(), groups.end(), [&](const Group& g) { return g.first == shortcut.command; });
    if (group != groups.end()) {
      if (group == groups.begin() + 2) {
        x += column + ui.px(8);
        y = top;
      }
      if (y > top) y += ui.px(14);
      ui.text_at(list, {x, y}, ui.fonts().label, t.text_dim, group->title);
      y += ui.px(20);
    }
    ui.text_at(list, {x, y}, ui.fonts().mono, t.accent, shortcut.keys);
    const float words_x = x + ui.px(142);
    ui.text_at(list, {words_x, y - ui.px(1)}, ui.fonts().body, t.text,
               ui.fit(ui.fonts().body, shortcut.words, x + column - words_x));
    y += ui.px(20.5F);
  }
  const auto foot = [&](float above, std::string_view words) {
    ui.text_at(list, {from.x + ui.px(28), from.y + size.y - ui.px(above)}, ui.fonts().small,
               t.text_dim, words);
  };
  foot(50,
       "Drag the map to pan, Shift + drag to select all blocks in a rectangle, Shift + wheel to "
       "scroll.");
  foot(32, "Double-click a block to zoom to it, right-click it for its menu.");
  if (ImGui::IsMouseReleased(ImGuiMouseButton_Left) && ImGui::IsWindowHovered())
    scene.command(Command::toggle_help);
  ImGui::End();
}

}  // namespace mh
