#include "app/views/map_view.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <vector>

#include "app/model/format.hpp"
#include "app/views/break_menu.hpp"
#include "app/views/map_legend.hpp"
#include "app/views/search_view.hpp"
#include "app/views/welcome.hpp"

namespace mh {
namespace {

constexpr float title_height = 56;
constexpr float legend_height = 42;
constexpr float minimap_width = 12;

std::string short_address(std::uint64_t address) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%08llx",
                static_cast<unsigned long long>(address & 0xffff'ffffU));
  return text.data();
}

}  // namespace

void MapView::zoom(double notches, std::uint64_t address) {
  const MapGeometry::Point point = geometry_.locate(address);
  const bool in_view = address != 0 && point.y >= 0 && point.y < geometry_.height();
  if (in_view) {
    geometry_.zoom_at(point.x, point.y + 1, notches);
  } else {
    geometry_.zoom_at(geometry_.width() / 2, geometry_.height() / 2, notches);
  }
}

void MapView::show(const PictureBlock& block) {
  geometry_.show(block.address, block.end());
}

void MapView::draw(Scene& scene, ImVec2 from, ImVec2 to) {
  const Ui& ui = scene.ui;
  const float density = ui.density();
  area_ = {from.x, from.y, to.x - from.x, to.y - from.y};
  Layout layout{};
  layout.label_width = ui.px(88);
  layout.from = {from.x + layout.label_width, from.y + ui.px(title_height)};
  layout.to = {to.x - ui.px(18 + minimap_width + 10), to.y - ui.px(legend_height)};
  layout.from = {std::floor(layout.from.x), std::floor(layout.from.y)};
  layout.to = {std::floor(layout.to.x), std::floor(layout.to.y)};
  ui.target("map", layout.from, layout.to);

  const HeapPicture& picture = scene.picture();
  geometry_.set_area(static_cast<double>((layout.to.x - layout.from.x) * density),
                     static_cast<double>((layout.to.y - layout.from.y) * density),
                     static_cast<double>(ui.scale() * density));
  geometry_.set_heap(picture.start(), picture.program_break());
  // An empty heap has nothing to point at; the welcome takes the clicks.
  const PictureTotals& totals = picture.totals();
  const bool empty = totals.used_blocks + totals.free_blocks + totals.set_aside_blocks == 0;
  if (!empty) handle_pointer(scene, layout);
  if (geometry_.animate(scene.seconds, scene.state.motion)) scene.animating = true;

  // Glow tells what just happened; where everything happens all the time it would only blind.
  const double turnover = scene.events_per_second / static_cast<double>(totals.used_blocks + 16);
  MapRaster::Options options;
  options.colour_by = scene.state.colour_by;
  options.now = scene.source_now;
  options.age_now = scene.age_now;
  options.glow = scene.state.motion ? 1 / (1 + turnover * turnover) : 0;
  // In the past time stands still: what the last step changed is marked, and nothing else.
  if (!scene.player.live()) {
    options.glow = std::min(options.glow, 0.45);
    options.glow_ns = 20'000;
  }
  // Where blocks can be followed one by one, what is freed is seen to drain.
  options.free_glows = !calm_;
  options.identity = scene.player.live() ? 0 : 1 + scene.view.position();
  if (raster_.update(picture, geometry_, options)) pass_.upload(raster_);
  if (raster_.glowing() && scene.player.live()) scene.animating = true;  // else it stands still
  if (scene.ages_go_on && raster_.next_ageing() != std::numeric_limits<std::uint64_t>::max()) {
    const std::uint64_t due = std::max(raster_.next_ageing(), scene.age_now) - scene.age_now;
    scene.next_change = std::min(scene.next_change, static_cast<double>(due) * 1e-9);
  }

  draw_title(scene, from, to);
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const DrawRect rows{layout.from.x * density, layout.from.y * density,
                      (layout.to.x - layout.from.x) * density,
                      (layout.to.y - layout.from.y) * density};
  MapPass::Geometry shape;
  shape.pitch = static_cast<float>(geometry_.pitch());
  shape.row_height = static_cast<float>(geometry_.row_height());
  shape.scroll = static_cast<float>(-geometry_.row_top(0));
  shape.scale = ui.scale() * density;
  pass_.add_to(list, rows, shape, ui.theme().map, scene.state.colour_by);

  draw_row_labels(scene, layout);
  // Arrows may hang out of the heap's first row.
  const float above = geometry_.row_offset(0) <= 0 && geometry_.row_top(0) >= 0 ? ui.px(19) : 0;
  list.PushClipRect({layout.from.x, layout.from.y - above}, layout.to, true);
  arrows_.draw(scene, list, geometry_, layout.from, motion_.heap());
  list.PopClipRect();
  list.PushClipRect(layout.from, layout.to, true);
  motion_.draw(scene, list, geometry_, layout.from);
  overlay_.draw_labels(scene, list, geometry_, layout.from, motion_);
  if (const auto hovered =
          scene.state.hovered != 0 ? picture.block_at(scene.state.hovered) : std::nullopt) {
    MapOverlay::draw_outline(scene, list, geometry_, layout.from,
                             {hovered->address, hovered->end()}, ui.theme().hover_outline,
                             ui.px(1.5F));
  }
  list.PopClipRect();
  MapOverlay::draw_damage(scene, list, geometry_, layout.from, layout.to);
  draw_selection(scene, layout);
  arrows_.draw_head(scene, list, layout.from.x, layout.to.x);
  draw_search_badges(scene, list, geometry_, layout.from, layout.to);
  list.PushClipRect(layout.from, layout.to, true);
  motion_.draw_walk(scene, list, geometry_, layout.from);
  list.PopClipRect();
  draw_break(scene, layout);
  draw_minimap(scene, {layout.to.x + ui.px(12), layout.from.y},
               {layout.to.x + ui.px(12 + minimap_width), layout.to.y});
  draw_map_legend(scene, {from.x, layout.to.y}, to);
  if (empty && !scene.state.map_only && scene.program == nullptr)
    draw_welcome(scene, layout.from, layout.to);
  draw_hover(scene);
  draw_context_menu(scene);
}

void MapView::draw_selection(Scene& scene, const Layout& layout) const {
  const Ui& ui = scene.ui;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.PushClipRect({layout.from.x - ui.px(4), layout.from.y - ui.px(4)},
                    {layout.to.x + ui.px(4), layout.to.y + ui.px(4)}, true);
  if (const auto slot = scene.selected_slot()) {
    MapOverlay::draw_outline(scene, list, geometry_, layout.from,
                             {slot->address, slot->address + slot->size}, ui.theme().outline,
                             ui.px(2));
  } else if (const auto selected = scene.selected_block()) {
    MapOverlay::draw_outline(scene, list, geometry_, layout.from,
                             {selected->address, selected->end()}, ui.theme().outline, ui.px(2));
  }
  if (scene.region != nullptr)
    MapOverlay::draw_ranges(scene, list, geometry_, layout.from, scene.region->ranges());
  if (dragging_ && pressed_with_shift_) {
    const float density = ui.density();
    const ImVec2 from(layout.from.x + static_cast<float>(pressed_at_.x) / density,
                      layout.from.y + static_cast<float>(pressed_at_.y) / density);
    const ImVec2 to = ImGui::GetIO().MousePos;
    list.AddRect({std::min(from.x, to.x), std::min(from.y, to.y)},
                 {std::max(from.x, to.x), std::max(from.y, to.y)}, ui.theme().accent, 0, 0,
                 ui.px(1.5F));
  }
  list.PopClipRect();
}

void MapView::draw_title(Scene& scene, ImVec2 from, ImVec2 to) const {
  const Ui& ui = scene.ui;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const HeapPicture& picture = scene.picture();
  const PictureTotals& totals = picture.totals();
  float x = from.x + ui.px(18);
  const float base = from.y + ui.px(16);
  ui.text_at(list, {x, base}, ui.fonts().heading, ui.theme().text, "Heap");
  x += ui.text_size(ui.fonts().heading, "Heap").x + ui.px(12);
  const float y = base + ui.px(2.5F);
  std::string range =
      format_address(picture.start()) + " \u2013 " + format_address(picture.program_break());
  if (picture.start() == 0) range = "not begun";
  ui.text_at(list, {x, y}, ui.fonts().mono, ui.theme().text_dim, range);
  x += ui.text_size(ui.fonts().mono, range).x + ui.px(18);
  const std::size_t threads = workers_at_work(scene);
  std::string words = format_bytes(totals.heap) + "  \u00b7  " + format_count(totals.used_blocks) +
                      " in use  \u00b7  " + format_count(totals.free_blocks) + " free";
  if (threads > 0)
    words += "  \u00b7  " + format_things(threads, scene.program == nullptr ? "worker" : "thread");
  // In the past the way back stands at the right end.
  const float way_back = scene.player.live() ? 0 : ui.px(to.x - from.x > ui.px(620) ? 240 : 150);
  const float room = to.x - x - ui.px(12) - way_back;
  if (room > ui.px(60)) {
    ui.text_at(list, {x, base + ui.px(2)}, ui.fonts().body, ui.theme().text_dim,
               ui.fit(ui.fonts().body, words, room));
  }
}

void MapView::draw_row_labels(Scene& scene, const Layout& layout) const {
  const Ui& ui = scene.ui;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const double density = static_cast<double>(ui.density());
  const double pitch = geometry_.pitch() / density;
  const int every =
      std::max(1, static_cast<int>(std::ceil(static_cast<double>(ui.px(18)) / pitch)));
  const float height = ui.text_size(ui.fonts().mono_small, "0").y;
  list.PushClipRect({layout.from.x - layout.label_width, layout.from.y - ui.px(6)},
                    {layout.from.x, layout.to.y + ui.px(6)}, true);
  for (int row = 0; row < geometry_.rows(); row += every) {
    const double offset = geometry_.row_offset(row);
    if (offset + geometry_.row_bytes() <= 0) continue;
    const float y = layout.from.y + static_cast<float>(geometry_.row_top(row) / density);
    const auto row_height = static_cast<float>(geometry_.row_height() / density);
    const float text_y = every > 1 ? y : y + (row_height - height) / 2;
    if (text_y < layout.from.y - ui.px(6) || text_y + height > layout.to.y + ui.px(4)) continue;
    const std::string text = short_address(
        geometry_.start() + static_cast<std::uint64_t>(static_cast<std::int64_t>(offset)));
    const float width = ui.text_size(ui.fonts().mono_small, text).x;
    ui.text_at(list, {layout.from.x - width - ui.px(10), text_y}, ui.fonts().mono_small,
               ui.theme().text_dim, text);
  }
  list.PopClipRect();
}

void MapView::draw_break(Scene& scene, const Layout& layout) {
  const Ui& ui = scene.ui;
  const HeapPicture& picture = scene.picture();
  if (picture.start() == 0) return;
  const std::uint64_t end =
      motion_.heap() != nullptr ? motion_.heap()->program_break : picture.program_break();
  const auto stands = static_cast<double>(end - picture.start());
  const double distance = stands - shown_break_;
  const double rows_away = std::abs(distance) / geometry_.row_bytes();
  // A break that moves all the time would always be drawn behind where it stands.
  if (!scene.state.motion || std::abs(distance) < 1 || rows_away > 64 ||
      motion_.heap() != nullptr || scene.events_per_second > 60) {
    shown_break_ = stands;
  } else {
    shown_break_ += distance * (1 - std::exp(-scene.seconds * 14));
    scene.animating = true;
  }
  // The break of a full row stands at that row's end, not at the start of the next.
  MapGeometry::Point point =
      geometry_.locate(picture.start() + static_cast<std::uint64_t>(shown_break_));
  if (point.x < 0.5 && shown_break_ > 0) {
    point.y -= geometry_.pitch();
    point.x = geometry_.width();
    --point.row;
  }
  const float density = ui.density();
  const float x = layout.from.x + static_cast<float>(point.x) / density;
  const float top = layout.from.y + static_cast<float>(point.y) / density;
  const auto height = static_cast<float>(geometry_.row_height()) / density;
  if (top + height < layout.from.y || top > layout.to.y) return;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const Theme& t = ui.theme();
  const float line_top = top - ui.px(5);
  const float line_bottom = top + std::max(height, ui.px(6)) + ui.px(7);
  ui.target("break", {x - 1, line_top}, {x + 1, line_bottom});
  list.AddRectFilled({x - ui.px(1), line_top}, {x + ui.px(1.5F), line_bottom}, t.break_line);
  list.AddTriangleFilled({x, line_top - ui.px(8)}, {x + ui.px(10), line_top - ui.px(3)},
                         {x, line_top + ui.px(2)}, t.break_line);
  const bool empty = picture.program_break() == picture.start();
  if (empty && layout.to.x - layout.from.x < ui.px(700)) return;  // the welcome needs the room
  const std::string words = "program break  " + format_address(picture.program_break());
  const ImVec2 size = ui.text_size(ui.fonts().mono, words);
  const float box_width = size.x + ui.px(20);
  const float box_height = size.y + ui.px(8);
  float box_x = std::min(x + ui.px(8), layout.to.x - box_width);
  float box_y = line_bottom + ui.px(1);
  if (box_y + box_height > layout.to.y + ui.px(10)) box_y = line_top - ui.px(8) - box_height;
  list.AddRectFilled({box_x, box_y}, {box_x + box_width, box_y + box_height}, t.break_ground,
                     ui.px(5));
  list.AddRect({box_x, box_y}, {box_x + box_width, box_y + box_height},
               with_alpha(t.break_line, 0.8F), ui.px(5));
  ui.text_at(list, {box_x + ui.px(10), box_y + ui.px(4)}, ui.fonts().mono, t.break_text, words);
}

void MapView::handle_pointer(Scene& scene, const Layout& layout) {
  const Ui& ui = scene.ui;
  const ImGuiIO& io = ImGui::GetIO();
  const double density = static_cast<double>(ui.density());
  ImGui::SetCursorScreenPos(layout.from);
  ImGui::InvisibleButton("##map", {layout.to.x - layout.from.x, layout.to.y - layout.from.y},
                         ImGuiButtonFlags_MouseButtonLeft | ImGuiButtonFlags_MouseButtonRight);
  const bool over = ImGui::IsItemHovered();
  const double x = static_cast<double>(io.MousePos.x - layout.from.x) * density;
  const double y = static_cast<double>(io.MousePos.y - layout.from.y) * density;
  handle_wheel(scene, over, x, y);
  scene.state.hovered = 0;
  hovered_slot_ = 0;
  if (over && !dragging_ && scene.picture().start() != 0) {
    const std::uint64_t address = geometry_.address_at(x, y);
    const double in_row = std::fmod(y - geometry_.row_top(0), geometry_.pitch());
    const double above = y - in_row;
    row_above_ = layout.from.y + static_cast<float>(above / density);
    row_below_ = row_above_ + static_cast<float>(geometry_.row_height() / density);
    if (in_row <= geometry_.row_height()) {
      if (const auto block = scene.picture().block_at(address))
        scene.state.hovered = block->address;
      if (const auto slot = scene.picture().slot_at(address)) hovered_slot_ = slot->address;
    }
  }
  handle_drag(scene, over, x, y);
  if (over) handle_click(scene);
  if (ImGui::IsMouseReleased(ImGuiMouseButton_Left)) moved_ = false;
}

void MapView::handle_wheel(Scene& scene, bool over, double x, double y) {
  if (over && scroll_ != 0) {
    if (ImGui::GetIO().KeyShift) {
      geometry_.pan(scroll_ * geometry_.pitch() * 2);
    } else {
      geometry_.zoom_at(x, y, scroll_);
    }
    scene.animating = true;
  }
  scroll_ = 0;
}

/// A drag pans; with Shift it selects all blocks that its rectangle touches.
void MapView::handle_drag(Scene& scene, bool over, double x, double y) {
  const ImGuiIO& io = ImGui::GetIO();
  const double density = static_cast<double>(scene.ui.density());
  if (over && ImGui::IsMouseClicked(ImGuiMouseButton_Left)) {
    pressed_with_shift_ = io.KeyShift;
    pressed_at_ = {x, y};
  }
  dragging_ =
      ImGui::IsItemActive() && ImGui::IsMouseDragging(ImGuiMouseButton_Left, scene.ui.px(4));
  if (!dragging_) return;
  moved_ = true;
  scene.animating = true;
  if (pressed_with_shift_) {
    scene.state.selected = 0;
    scene.state.region = region_between(geometry_, pressed_at_.x, pressed_at_.y, x, y);
  } else {
    geometry_.pan(static_cast<double>(io.MouseDelta.y) * density);
  }
}

void MapView::handle_click(Scene& scene) {
  const auto select = [this, &scene] {
    scene.state.selected = scene.state.hovered;
    scene.state.selected_slot = hovered_slot_;
    scene.state.region.reset();
  };
  if (ImGui::IsMouseReleased(ImGuiMouseButton_Left) && !moved_) select();
  if (ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left)) {
    if (scene.state.hovered != 0) {
      select();
      scene.command(Command::show_selected);
    } else {
      scene.command(Command::fit);
    }
  }
  if (ImGui::IsMouseReleased(ImGuiMouseButton_Right) && scene.state.hovered != 0) {
    select();
    ImGui::OpenPopup("block menu");
  }
}

void MapView::draw_context_menu(Scene& scene) {
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(scene.ui.px(8), scene.ui.px(8)));
  menu_open_ = ImGui::BeginPopup("block menu");
  if (menu_open_) {
    if (close_menu_) ImGui::CloseCurrentPopup();
    const auto block = scene.selected_block();
    const auto slot = scene.selected_slot();
    const bool now = scene.can_change();
    const bool used = block && block->used && now && !block->pool;
    const bool freed = used || (slot && slot->used && now);
    const auto item = [&](const char* name, const char* words, bool enabled, Command command) {
      const std::string keys = entry_of(command).keys;
      const std::string key = keys.substr(0, keys.find('|'));
      if (ImGui::MenuItem(words, key.c_str(), false, enabled && scene.can(command)))
        scene.command(command);
      scene.ui.target(name);
      scene.hint(command);
    };
    item("menu:free", slot ? "Free the slot" : "Free", freed, Command::free_selected);
    const std::string resize =
        "Realloc to " + scene.state.size_text + (scene.state.size_text == "1" ? " byte" : " bytes");
    item("menu:realloc", resize.c_str(), used, Command::realloc);
    draw_break_submenu(scene);
    ImGui::Separator();
    item("menu:address", "Copy the address", block.has_value(), Command::copy_address);
    item("menu:program", "Copy the calls as C", true, Command::copy_program);
    item("menu:script", "Copy the calls as a script", true, Command::copy_script);
    item("menu:lesson", "Save the calls as a lesson", true, Command::save_lesson);
    item("menu:svg", "Save the map as SVG", true, Command::svg_map);
    ImGui::Separator();
    item("menu:show", "Zoom to the block", block.has_value(), Command::show_selected);
    item("menu:fit", "Show the whole heap", true, Command::fit);
    ImGui::EndPopup();
  }
  close_menu_ = false;
  ImGui::PopStyleVar();
}

void MapView::draw_hover(Scene& scene) const {
  if (scene.state.hovered == 0 || dragging_) return;
  const auto block = scene.picture().block_at(scene.state.hovered);
  if (!block) return;
  const Ui& ui = scene.ui;
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(ui.px(12), ui.px(10)));
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(ui.px(8), ui.px(4)));
  ui.beside({ImGui::GetIO().MousePos.x, row_above_}, {ImGui::GetIO().MousePos.x, row_below_});
  ImGui::BeginTooltip();
  const std::string_view name = scene.picture().label(block->address);
  std::string first = block->foreign     ? "Not ours"
                      : block->set_aside ? "Damaged, set aside"
                      : block->pool      ? "A pool's slots"
                      : block->used      ? "In use"
                      : block->cached    ? "Free, kept for its size"
                                         : "Free";
  if (scene.view.errors().damage_of(block->address, scene.view.position()) != nullptr &&
      !block->set_aside) {
    first += ", damaged";
  }
  if (!name.empty()) first = std::string(name) + "  \u00b7  " + first;
  ui.text(ui.fonts().body_medium, ui.theme().text, first);
  ui.text(ui.fonts().mono, ui.theme().text_dim, format_address(block->payload_address()));
  if (block->used) {
    std::string words = std::to_string(block->requested) + " B requested, " +
                        std::to_string(block->padding()) + " B padding";
    if (block->guarded) words += ", " + std::to_string(block->guard_bytes()) + " B guard";
    ui.text(ui.fonts().mono, ui.theme().text, words);
    if (const PoolSlots* const slots = scene.picture().pool_of(block->address)) {
      ui.text(ui.fonts().mono, ui.theme().text,
              std::to_string(slots->used()) + " of " + format_things(slots->count(), "slot") +
                  " of " + std::to_string(slots->slot_size()) + " B in use");
    }
    ui.text(ui.fonts().body, ui.theme().text_dim, "by " + thread_title(scene, block->thread));
  } else if (block->set_aside) {
    ui.text(ui.fonts().mono, ui.theme().text,
            std::to_string(block->size) + " B that are never used again");
  } else if (!block->foreign) {
    ui.text(ui.fonts().mono, ui.theme().text, std::to_string(block->capacity()) + " B to hand out");
  } else {
    ui.text(ui.fonts().mono, ui.theme().text,
            std::to_string(block->size) + " B, another sbrk() took them");
  }
  ImGui::EndTooltip();
  ImGui::PopStyleVar(2);
}

void MapView::draw_minimap(Scene& scene, ImVec2 from, ImVec2 to) {
  const Ui& ui = scene.ui;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const Theme& t = ui.theme();
  ui.target("minimap", from, to);
  list.AddRectFilled(from, to, t.kind == ThemeKind::dark ? t.panel : t.control, ui.px(4));
  const HeapPicture& picture = scene.picture();
  const double heap = static_cast<double>(picture.program_break() - picture.start());
  if (heap > 0) {
    const int columns = std::max(1, static_cast<int>(to.y - from.y - ui.px(4)));
    // A large heap is summed up ten times a second, not every frame.
    if (overview_made_ < 0 || scene.now - overview_made_ > (heap > 0x1p20 ? 0.1 : 0.0) ||
        overview_.columns() != columns) {
      overview_.make_overview(picture, columns, scene.state.colour_by, scene.age_now);
      overview_made_ = scene.now;
    }
    const std::vector<Cell>& cells = overview_.cells();
    const auto colour_of = [&](Cell cell) {
      const ImVec4& hue = map_colour(t.map, scene.state.colour_by, cell_colour(cell));
      const float share = static_cast<float>(cell_share(cell)) / 63.0F;
      const ImVec4& base = t.map.free_fill;
      const float part = share <= 0 ? 0 : 0.15F + 0.75F * share;
      return to_u32({base.x + (hue.x - base.x) * part, base.y + (hue.y - base.y) * part,
                     base.z + (hue.z - base.z) * part, 1});
    };
    for (std::size_t begin = 0; begin < cells.size();) {
      std::size_t end = begin + 1;
      while (end < cells.size() && cells[end] == cells[begin]) ++end;
      if (cell_kind(cells[begin]) == CellKind::density) {
        list.AddRectFilled({from.x + ui.px(2), from.y + ui.px(2) + static_cast<float>(begin)},
                           {to.x - ui.px(2), from.y + ui.px(2) + static_cast<float>(end)},
                           colour_of(cells[begin]));
      }
      begin = end;
    }
    const double top = std::clamp(geometry_.row_offset(0) / heap, 0.0, 1.0);
    const double bottom = std::clamp(
        (static_cast<double>(geometry_.last_visible()) - static_cast<double>(picture.start())) /
            heap,
        0.0, 1.0);
    const float height = to.y - from.y;
    const float y0 = from.y + static_cast<float>(top) * height;
    const float y1 = std::max(from.y + static_cast<float>(bottom) * height, y0 + ui.px(6));
    // When all of the heap is in view there is nothing to frame.
    if (top > 0.001 || bottom < 0.999) {
      list.AddRect({from.x - ui.px(3), y0}, {to.x + ui.px(3), std::min(y1, to.y)}, t.outline,
                   ui.px(4), 0, ui.px(1.5F));
    }
  }
  ImGui::SetCursorScreenPos({from.x - ui.px(4), from.y});
  ImGui::InvisibleButton("##minimap", {to.x - from.x + ui.px(8), to.y - from.y});
  ui.hint("The whole heap; a click or a drag goes there");
  if (ImGui::IsItemActive() && heap > 0) {
    const double part = std::clamp(
        static_cast<double>((ImGui::GetIO().MousePos.y - from.y) / (to.y - from.y)), 0.0, 1.0);
    const double middle = part * heap;
    const double shift =
        middle - (geometry_.row_offset(0) + geometry_.row_bytes() * geometry_.rows() / 2);
    geometry_.pan(-std::round(shift / geometry_.row_bytes()) * geometry_.pitch());
    scene.animating = true;
  }
}

}  // namespace mh
