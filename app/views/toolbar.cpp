#include "app/views/toolbar.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "app/model/format.hpp"

namespace mh {
namespace {

constexpr double slider_decades = 6;  // from 1/s to 1 000 000/s, then without limit
constexpr float unlimited_from = 0.985F;

void draw_logo(const Ui& ui, ImVec2 at) {
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const Theme& t = ui.theme();
  const float h = ui.px(20);
  const auto bar = [&](float x, float width, ImU32 colour, bool hollow) {
    const ImVec2 from(at.x + ui.px(x), at.y);
    const ImVec2 to(from.x + ui.px(width), at.y + h);
    if (hollow) {
      list.AddRectFilled(from, to, t.control, ui.px(2.5F));
      list.AddRect(from, to, t.text_dim, ui.px(2.5F));
    } else {
      list.AddRectFilled(from, to, colour, ui.px(2));
    }
  };
  bar(0, 9, to_u32(t.map.hues[0]), false);
  bar(11, 4, to_u32(t.map.padding_light), false);
  bar(18, 9, 0, true);
}

std::string speed_text(double speed) {
  return std::isfinite(speed) ? format_count(static_cast<std::uint64_t>(std::lround(speed))) + "/s"
                              : "max";
}

void draw_transport(Scene& scene, float x, float y) {
  const Ui& ui = scene.ui;
  const ImVec2 size(ui.px(30), ui.px(28));
  const bool live = scene.player.live();
  const bool paused = scene.player.paused();
  ImGui::SetCursorScreenPos({x, y});
  if (ui.icon_button("step_back", Icon::step_back, size, false, scene.view.position() > 0))
    scene.command(Command::step_back);
  scene.hint(Command::step_back);
  ImGui::SameLine(0, ui.px(4));
  if (ui.icon_button("pause", paused ? Icon::play : Icon::pause, size, paused, true))
    scene.command(Command::toggle_pause);
  scene.hint(Command::toggle_pause);
  ImGui::SameLine(0, ui.px(4));
  if (ui.icon_button("step_forward", Icon::step_forward, size, false, true))
    scene.command(Command::step_forward);
  scene.hint(Command::step_forward);
  ImGui::SameLine(0, ui.px(4));
  if (ui.icon_button("go_live", Icon::to_end, size, !live, !live)) scene.command(Command::go_live);
  scene.hint(Command::go_live);
}

/// Calls per second, from at on, around at.y.
void draw_speed(Scene& scene, const ToolbarLayout& layout, ImVec2 at) {
  const Ui& ui = scene.ui;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  if (layout.speed_word) {
    ui.text_at(list, {at.x, at.y - ui.text_size(ui.fonts().body, "Speed").y / 2}, ui.fonts().body,
               ui.theme().text_dim, "Speed");
    at.x += ui.px(ToolbarLayout::speed_word_width);
  }
  float place = speed_to_slider(scene.player.speed());
  ImGui::SetCursorScreenPos({at.x, at.y - ui.px(8)});
  if (ui.track("speed", place, 0, 1, ui.px(layout.slider))) {
    const double speed = slider_to_speed(place);
    scene.later.emplace_back([player = &scene.player, speed] { player->set_speed(speed); });
  }
  ui.hint(
      "Calls per second: from one to as fast as it goes. At the end of the log it slows the "
      "workers, in the past the playhead.");
  const std::string shown = speed_text(scene.player.speed());
  ui.text_at(list,
             {at.x + ui.px(layout.slider + 10), at.y - ui.text_size(ui.fonts().mono, shown).y / 2},
             ui.fonts().mono, ui.theme().text, shown);
}

void draw_colours(Scene& scene, const ToolbarLayout& layout) {
  const Ui& ui = scene.ui;
  constexpr std::array<const char*, std::size(all_colour_by)> colours{"State", "Thread", "Age",
                                                                      "Size"};
  const auto now = static_cast<std::size_t>(scene.state.colour_by);
  const float width = ui.px(layout.colour_width());
  std::optional<int> chosen;
  if (!layout.colour_list) {
    chosen = ui.segmented("colour", colours, static_cast<int>(now), width, [](int mode) {
      return std::string("Colours blocks by ") + colour_by_name(static_cast<ColourBy>(mode)) +
             "  (K: the next)";
    });
  } else {
    ImGui::SetNextItemWidth(width);
    if (ImGui::BeginCombo("##colour", colours[now])) {
      for (std::size_t i = 0; i < colours.size(); ++i) {
        if (ImGui::Selectable(colours[i], i == now)) chosen = static_cast<int>(i);
        ui.target((std::string("colour:") + colours[i]).c_str());
      }
      ImGui::EndCombo();
    } else {
      ui.target("colour");
      scene.hint(Command::toggle_colour);
    }
  }
  if (chosen) scene.state.colour_by = static_cast<ColourBy>(*chosen);
}

/// On the button's right click: all that can be taken along.
void draw_picture_menu(Scene& scene) {
  const Ui& ui = scene.ui;
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(ui.px(8), ui.px(8)));
  if (ImGui::BeginPopupContextItem("take along")) {
    for (const CommandEntry& entry : commands()) {
      if (entry.group != CommandGroup::take || entry.command == Command::copy_address) continue;
      std::string words = entry.title;
      words.front() = static_cast<char>(words.front() - 'a' + 'A');
      if (ImGui::MenuItem(words.c_str(), entry.keys, false, scene.can(entry.command)))
        scene.command(entry.command);
      ui.target((std::string("take:") + entry.name).c_str());
      scene.hint(entry.command);
    }
    ImGui::EndPopup();
  }
  ImGui::PopStyleVar();
}

/// What the picture looks like, and saving it, up to at.x, around at.y. Returns their left edge.
float draw_looks(Scene& scene, const ToolbarLayout& layout, ImVec2 at) {
  const Ui& ui = scene.ui;
  const float top = at.y - ui.px(14);
  float x = at.x;
  if (layout.picture > 0) {
    x -= ui.px(layout.picture);
    ImGui::SetCursorScreenPos({x, top});
    const char* const words = layout.picture > 100 ? "Save picture" : "Picture";
    if (ui.button("picture", words, {ui.px(layout.picture), ui.px(28)}))
      scene.command(Command::picture_window);
    ui.hint(
        "Writes a PNG of the window (P), or of the map alone (Shift+P), or an SVG (Ctrl+P). "
        "The right button has a menu.");
    draw_picture_menu(scene);
    x -= ui.px(8);
  }
  if (layout.theme) {
    const ImVec2 size(ui.px(ToolbarLayout::theme_width), ui.px(28));
    x -= size.x;
    ImGui::SetCursorScreenPos({x, top});
    const bool dark = scene.state.theme == ThemeKind::dark;
    if (ui.button("theme", dark ? "Light" : "Dark", size, ButtonLook::quiet))
      scene.command(Command::toggle_theme);
    scene.hint(Command::toggle_theme);
    x -= ui.px(ToolbarLayout::margin);
  }
  x -= ui.px(layout.colour_width());
  ImGui::SetCursorScreenPos({x, top});
  draw_colours(scene, layout);
  if (layout.colour_words) {
    x -= ui.px(ToolbarLayout::colour_words_width);
    ui.text_at(*ImGui::GetWindowDrawList(),
               {x, at.y - ui.text_size(ui.fonts().body, "Colour by").y / 2}, ui.fonts().body,
               ui.theme().text_dim, "Colour by");
  }
  return x;
}

}  // namespace

float speed_to_slider(double speed) {
  if (!std::isfinite(speed)) return 1;
  return static_cast<float>(
             std::clamp(std::log10(std::max(speed, 1.0)) / slider_decades, 0.0, 1.0)) *
         unlimited_from;
}

double slider_to_speed(float place) {
  if (place >= unlimited_from) return std::numeric_limits<double>::infinity();
  const double speed = std::pow(10, static_cast<double>(place) / unlimited_from * slider_decades);
  return speed < 10 ? std::round(speed)
                    : std::round(speed / std::pow(10, std::floor(std::log10(speed)) - 1)) *
                          std::pow(10, std::floor(std::log10(speed)) - 1);
}

std::optional<int> draw_tabs(const Ui& ui, ImVec2 origin, float height, int chosen, bool program,
                             const ToolbarLayout& layout) {
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const float middle = origin.y + height / 2;
  draw_logo(ui, {origin.x + ui.px(ToolbarLayout::margin), middle - ui.px(10)});
  if (layout.name) {
    ui.text_at(list, {origin.x + ui.px(52), middle - ui.text_size(ui.fonts().heading, "M").y / 2},
               ui.fonts().heading, ui.theme().text, "MicroHeap");
  }
  const std::array<const char*, 2> tabs{program ? "Program" : "Lab", "Lessons"};
  ImGui::SetCursorScreenPos({origin.x + ui.px(layout.tabs_left()), middle - ui.px(14)});
  const auto clicked =
      ui.segmented("tab", tabs, chosen, ui.px(ToolbarLayout::tabs_width), [program](int tab) {
        if (tab == 1) return std::string("The lessons, which run on the same allocator  (F2)");
        return std::string(program ? "The program's heaps  (F2, Esc)"
                                   : "The lab: allocate by hand, or let threads work  (F2, Esc)");
      });
  return clicked;
}

void draw_toolbar(Scene& scene, float width, float height) {
  const Ui& ui = scene.ui;
  const ImVec2 origin = ImGui::GetWindowPos();
  const float middle = origin.y + height / 2;
  const ToolbarLayout layout = lay_out_toolbar(width / ui.scale());
  if (const auto tab = draw_tabs(ui, origin, height, 0, scene.program != nullptr, layout);
      tab && *tab == 1)
    scene.command(Command::open_lessons);

  // From the right: picture, theme, colour. In the middle of what is left: transport and speed.
  const float right =
      draw_looks(scene, layout, {origin.x + width - ui.px(ToolbarLayout::margin), middle});
  const float group = ui.px(layout.transport_width());
  const float least =
      origin.x + ui.px(layout.tabs_left() + ToolbarLayout::tabs_width + ToolbarLayout::gap);
  const float most = right - ui.px(ToolbarLayout::gap) - group;
  const float x = std::clamp(origin.x + width / 2 - group / 2, least, std::max(least, most));
  draw_transport(scene, x, middle - ui.px(14));
  if (layout.speed) draw_speed(scene, layout, {x + ui.px(4 * 30 + 3 * 4 + 22), middle});
}

}  // namespace mh
