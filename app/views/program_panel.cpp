#include "app/views/program_panel.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "app/model/format.hpp"

namespace mh {
namespace {

constexpr float row_room = 24;  // from process to process
constexpr float thread_room = 20;
constexpr float indent_room = 12;  // a child under its parent
constexpr unsigned most_depth = 6;

/// How deep each process stands under the first one.
std::vector<unsigned> depths_of(const std::vector<ProgramHeap>& heaps) {
  std::vector<unsigned> depths;
  depths.reserve(heaps.size());
  std::unordered_map<std::uint32_t, unsigned> depth_of;  // of a process
  for (const ProgramHeap& heap : heaps) {
    unsigned depth = 0;
    if (const auto same = depth_of.find(heap.process); same != depth_of.end()) {
      depth = same->second;  // another program runs in it
    } else if (const auto parent = depth_of.find(heap.parent); parent != depth_of.end()) {
      depth = std::min(parent->second + 1, most_depth);
    }
    depth_of[heap.process] = depth;
    depths.push_back(depth);
  }
  return depths;
}

/// A command line without the folder of its program: there is little room.
std::string_view without_folder(std::string_view title) {
  const std::size_t end = std::min(title.find(' '), title.size());
  const std::size_t slash = title.substr(0, end).rfind('/');
  return slash == std::string_view::npos ? title : title.substr(slash + 1);
}

void draw_state(Scene& scene) {
  const Ui& ui = scene.ui;
  const Theme& t = ui.theme();
  ui.heading(scene.program->live() ? "PROGRAM" : "RECORDING");
  ui.wrapped(ui.fonts().mono, t.text, scene.program->title());
  ui.gap(2);
  const bool running = scene.program->running();
  ui.wrapped(ui.fonts().small, running ? t.good : t.text_dim, scene.program->state());
  ui.gap(6);
  const float width = ImGui::GetContentRegionAvail().x;
  const float space = ui.px(8);
  const bool live = scene.program->live();
  const ImVec2 size(live ? (width - space) / 2 : width, ui.px(30));
  if (live) {
    const Command command = running ? Command::program_end : Command::program_again;
    if (ui.button(running ? "program_end" : "program_again", running ? "End it" : "Run again", size,
                  running ? ButtonLook::plain : ButtonLook::good)) {
      scene.command(command);
    }
    scene.hint(command);
    ImGui::SameLine(0, space);
  }
  if (ui.button("program_leave", "Back to the lab", size)) scene.command(Command::program_leave);
  scene.hint(Command::program_leave);
}

void draw_heap_row(Scene& scene, const ProgramHeap& heap, unsigned depth, float width) {
  const Ui& ui = scene.ui;
  const Theme& t = ui.theme();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const ImVec2 end(at.x + width, at.y + ui.px(row_room));
  const std::string name =
      "process:" + std::to_string(heap.process) + ":" + std::to_string(heap.number);
  const bool clicked = ImGui::InvisibleButton(name.c_str(), {width, ui.px(row_room)});
  ui.target(name.c_str());
  if (clicked) scene.show_heap(heap.number);
  const bool shown = heap.number == scene.program_heap;
  if (shown || ImGui::IsItemHovered())
    list.AddRectFilled(at, end, shown ? t.selected : t.control, ui.px(4));
  const std::string bytes = format_bytes(heap.in_use);
  const float bytes_width = ui.text_size(ui.fonts().mono_small, bytes).x;
  const float middle = (at.y + end.y) / 2;
  const float left = at.x + ui.px(8 + indent_room * static_cast<float>(depth));
  list.AddCircleFilled({left + ui.px(2), middle}, ui.px(3), heap.ended ? t.text_dim : t.good, 12);
  const std::string title = ui.fit(ui.fonts().small, std::string(without_folder(heap.title)),
                                   end.x - left - bytes_width - ui.px(26));
  ui.text_at(list, {left + ui.px(10), middle - ui.text_size(ui.fonts().small, title).y / 2},
             ui.fonts().small, heap.ended ? t.text_dim : t.text, title);
  ui.text_at(
      list,
      {end.x - bytes_width - ui.px(6), middle - ui.text_size(ui.fonts().mono_small, bytes).y / 2},
      ui.fonts().mono_small, t.text_dim, bytes);
  ui.hint(heap.title + "\nprocess " + std::to_string(heap.process) +
          (heap.ended ? ", ended" : ", running") + ", " + format_things(heap.events, "event") +
          ", " + (scene.program->live() ? bytes + " in use" : "at most " + bytes + " in use"));
}

/// The threads of the shown heap that live, under the names that the program gave them.
void draw_threads(Scene& scene) {
  const Ui& ui = scene.ui;
  const Theme& t = ui.theme();
  const std::vector<ThreadInfo>& threads = scene.view.threads();
  const auto alive = std::count_if(threads.begin(), threads.end(),
                                   [](const ThreadInfo& thread) { return thread.alive; });
  ui.heading("THREADS   " + format_count(threads.size()) + ", " +
             format_count(static_cast<std::uint64_t>(alive)) + " alive");
  imgui_compat::begin_child("##threads", {0, ImGui::GetContentRegionAvail().y}, false);
  ImDrawList& list = *ImGui::GetWindowDrawList();
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(0, 0));
  ImGuiListClipper clipper;
  clipper.Begin(static_cast<int>(threads.size()), ui.px(thread_room));
  while (clipper.Step()) {
    for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
      const ThreadInfo& thread = threads[static_cast<std::size_t>(i)];
      const ImVec2 at = ImGui::GetCursorScreenPos();
      ImGui::Dummy({ImGui::GetContentRegionAvail().x, ui.px(thread_room)});
      const ImVec4& hue = map_colour(t.map, ColourBy::thread, thread.number);
      const float middle = at.y + ui.px(thread_room) / 2;
      list.AddRectFilled({at.x + ui.px(6), middle - ui.px(5)},
                         {at.x + ui.px(18), middle + ui.px(5)}, to_u32(hue), ui.px(2));
      const std::string title = ui.fit(ui.fonts().small, thread_title(scene, thread.number),
                                       ImGui::GetContentRegionAvail().x - ui.px(30));
      ui.text_at(list, {at.x + ui.px(26), middle - ui.text_size(ui.fonts().small, title).y / 2},
                 ui.fonts().small, thread.alive ? t.text : t.text_dim, title);
    }
  }
  ImGui::PopStyleVar();
  ImGui::EndChild();
}

}  // namespace

void draw_program_panel(Scene& scene) {
  const Ui& ui = scene.ui;
  draw_state(scene);
  ui.gap(12);
  const std::vector<ProgramHeap>& heaps = *scene.program_heaps;
  ui.heading("PROCESSES   " + format_count(heaps.size()));
  if (heaps.empty()) {
    ui.wrapped(ui.fonts().small, ui.theme().text_dim,
               scene.program->running() ? "None has allocated yet." : "None has allocated.");
    return;
  }
  const float wanted = ui.px(row_room) * static_cast<float>(heaps.size());
  const float most = ImGui::GetContentRegionAvail().y * 0.6F;
  imgui_compat::begin_child("##processes", {0, std::min(wanted, most)}, false);
  const float width = ImGui::GetContentRegionAvail().x;
  const std::vector<unsigned> depths = depths_of(heaps);
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(0, 0));
  ImGuiListClipper clipper;
  clipper.Begin(static_cast<int>(heaps.size()), ui.px(row_room));
  while (clipper.Step()) {
    for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
      const auto at = static_cast<std::size_t>(i);
      draw_heap_row(scene, heaps[at], depths[at], width);
    }
  }
  ImGui::PopStyleVar();
  ImGui::EndChild();
  ui.gap(12);
  draw_threads(scene);
}

}  // namespace mh
