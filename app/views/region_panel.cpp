// The inspector's side of a selection of many blocks.

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "app/model/format.hpp"
#include "app/views/inspector_view.hpp"

namespace mh {
namespace {

constexpr std::size_t most_owners = 6;

std::string counted(std::uint64_t count, const char* one, const char* many) {
  return format_count(count) + (count == 1 ? one : many);
}

/// How the bytes divide, as a bar.
void draw_parts(const Ui& ui, const RegionTotals& totals) {
  const Theme& t = ui.theme();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float width = ImGui::GetContentRegionAvail().x;
  const float height = ui.px(22);
  const double all = static_cast<double>(std::max<std::uint64_t>(totals.bytes(), 1));
  float x = at.x;
  for (const auto& [bytes, colour] : {std::pair{totals.requested, to_u32(t.map.hues[0])},
                                      std::pair{totals.padding, to_u32(t.map.padding_light)},
                                      std::pair{totals.guard + totals.set_aside, t.bad},
                                      std::pair{totals.header, to_u32(t.map.header)},
                                      std::pair{totals.free, to_u32(t.map.free_fill)},
                                      std::pair{totals.foreign, to_u32(t.map.foreign_fill)}}) {
    const float part = width * static_cast<float>(static_cast<double>(bytes) / all);
    list.AddRectFilled({x, at.y}, {x + part, at.y + height}, colour);
    x += part;
  }
  list.AddRect(at, {at.x + width, at.y + height}, to_u32(t.map.free_edge), ui.px(3));
  ImGui::Dummy({width, height + ui.px(2)});
}

/// How many blocks in use there are of each step of size.
void draw_sizes(const Ui& ui, const RegionTotals& totals) {
  const Theme& t = ui.theme();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float width = ImGui::GetContentRegionAvail().x;
  const float height = ui.px(56);
  const float step = width / static_cast<float>(ramp_steps);
  const std::uint64_t most =
      std::max<std::uint64_t>(*std::max_element(totals.sizes.begin(), totals.sizes.end()), 1);
  list.AddRectFilled({at.x, at.y + height}, {at.x + width, at.y + height + ui.px(1)}, t.line);
  for (unsigned i = 0; i < ramp_steps; ++i) {
    const std::uint64_t count = totals.sizes[i];
    if (count == 0) continue;
    const float x = at.x + step * static_cast<float>(i);
    const float bar = std::max(ui.px(2), height * static_cast<float>(static_cast<double>(count) /
                                                                     static_cast<double>(most)));
    list.AddRectFilled({x + ui.px(1), at.y + height - bar}, {x + step - ui.px(1), at.y + height},
                       to_u32(map_colour(t.map, ColourBy::size, i)), ui.px(1));
  }
  const float y = at.y + height + ui.px(3);
  for (const auto& [i, words] :
       {std::pair{2U, "64 B"}, std::pair{6U, "1 KiB"}, std::pair{10U, "16 KiB"}}) {
    const float x = at.x + step * static_cast<float>(i + 1);
    list.AddRectFilled({x, at.y + height}, {x + ui.px(1), at.y + height + ui.px(4)}, t.text_dim);
    ui.text_at(list, {x - ui.text_size(ui.fonts().small, words).x / 2, y + ui.px(2)},
               ui.fonts().small, t.text_dim, words);
  }
  ImGui::Dummy({width, height + ui.px(12)});
  ui.hint("How many blocks in use ask for up to 16, 32, 64 ... bytes");
}

void draw_owners(const Scene& scene, const RegionTotals& totals) {
  const Ui& ui = scene.ui;
  std::vector<RegionTotals::Owner> owners = totals.owners;
  std::stable_sort(owners.begin(), owners.end(),
                   [](const auto& a, const auto& b) { return a.requested > b.requested; });
  const std::size_t shown = std::min(owners.size(), most_owners);
  for (std::size_t i = 0; i < shown; ++i) {
    const RegionTotals::Owner& owner = owners[i];
    const ImVec2 at = ImGui::GetCursorScreenPos();
    ui.row("     " + thread_title(scene, owner.thread),
           format_count(owner.blocks) + "  \u00b7  " + format_bytes(owner.requested));
    ImGui::GetWindowDrawList()->AddRectFilled(
        {at.x, at.y + ui.px(3)}, {at.x + ui.px(11), at.y + ui.px(14)},
        to_u32(map_colour(ui.theme().map, ColourBy::thread,
                          owner_index(ColourBy::thread, owner.thread))),
        ui.px(2));
  }
  if (shown < owners.size()) {
    ui.text(ui.fonts().small, ui.theme().text_dim,
            "and " + counted(owners.size() - shown, " thread more", " threads more"));
  }
}

void draw_figures(const Scene& scene, const RegionTotals& totals) {
  const Ui& ui = scene.ui;
  draw_parts(ui, totals);
  ui.row("blocks in use", format_count(totals.used_blocks));
  ui.row("free blocks", format_count(totals.free_blocks));
  if (totals.set_aside_blocks > 0) ui.row("set aside", format_count(totals.set_aside_blocks));
  if (totals.foreign_blocks > 0) ui.row("not ours", format_bytes(totals.foreign));
  ui.gap(6);
  ui.row("requested", format_count(totals.requested) + " B");
  ui.row("padding", format_count(totals.padding) + " B");
  if (totals.guard > 0) ui.row("guards", format_count(totals.guard) + " B");
  ui.row("headers", format_count(totals.header) + " B");
  ui.row("free", format_count(totals.free) + " B");
  ui.row("largest free block", format_count(totals.largest_free) + " B");
  if (totals.used_blocks == 0) return;
  ui.gap(8);
  ui.heading("SIZES IN USE");
  draw_sizes(ui, totals);
  ui.gap(8);
  ui.heading("WHOSE");
  draw_owners(scene, totals);
}

void draw_buttons(const Scene& scene, const RegionTotals& totals) {
  const Ui& ui = scene.ui;
  const float space = ui.px(6);
  const ImVec2 size((ImGui::GetContentRegionAvail().x - 2 * space) / 3, ui.px(28));
  if (scene.freeing_region) {
    if (ui.button("region:stop", "Stop", size, ButtonLook::plain, ui.fonts().body))
      scene.command(Command::deselect);
    ui.hint("What is freed stays freed  (Esc)");
  } else if (ui.button("region:free", "Free all", size, ButtonLook::plain, ui.fonts().body,
                       scene.player.live() && totals.used_blocks > 0)) {
    scene.command(Command::free_selected);
  }
  if (!scene.freeing_region) ui.hint("Frees every block in use of the selection  (F)");
  ImGui::SameLine(0, space);
  if (ui.button("region:show", "Zoom", size, ButtonLook::plain, ui.fonts().body))
    scene.command(Command::show_selected);
  ui.hint("Shows the selection as large as it fits  (Z)");
  ImGui::SameLine(0, space);
  if (ui.button("region:clear", "Clear", size, ButtonLook::plain, ui.fonts().body))
    scene.command(Command::deselect);
  ui.hint("Selects nothing  (Esc)");
}

}  // namespace

void draw_region(Scene& scene, const RegionSummary& region) {
  const Ui& ui = scene.ui;
  const RegionTotals& totals = region.totals();
  ui.heading("SELECTION");
  const char* about = region.complete() && !region.exact() ? "about " : "";
  ui.text(ui.fonts().mono_large, ui.theme().text,
          about + counted(totals.blocks(), " block", " blocks"));
  std::string state = format_bytes(totals.bytes());
  if (!region.complete()) {
    state = "counting, " + std::to_string(std::lround(100 * region.progress())) + " %";
  } else if (scene.freeing_region) {
    state += ", being freed";
  } else if (!region.exact()) {
    state += ", it changes while it is counted";
  }
  ui.text(ui.fonts().body, ui.theme().text_dim, state);
  ui.gap(2);
  // The buttons stay at the foot; what is above them scrolls.
  const float foot = ui.px(44);
  imgui_compat::begin_child(
      "##region", {0, std::max(ImGui::GetContentRegionAvail().y - foot, ui.px(80))}, false);
  draw_figures(scene, totals);
  ImGui::EndChild();
  draw_buttons(scene, totals);
}

}  // namespace mh
