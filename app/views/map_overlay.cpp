#include "app/views/map_overlay.hpp"

#include <algorithm>
#include <string>

#include "app/model/format.hpp"
#include "app/views/map_pieces.hpp"

namespace mh {
namespace {

constexpr std::size_t most_labels = 700;

std::string short_bytes(std::uint64_t bytes) {
  return bytes < 100'000 ? std::to_string(bytes) + " B" : format_bytes(bytes);
}

}  // namespace

void MapOverlay::draw_outline(const Scene& scene, ImDrawList& list, const MapGeometry& geometry,
                              ImVec2 origin, const BlockRange& range, ImU32 colour,
                              float thickness) {
  const float grow = scene.ui.px(1.5F);
  for (const MapPiece& piece :
       map_pieces(geometry, origin, scene.ui.density(), range.from, range.to)) {
    list.AddRect({piece.x0 - grow, piece.y0 - grow}, {piece.x1 + grow, piece.y1 + grow}, colour,
                 scene.ui.px(4), 0, thickness);
  }
}

void MapOverlay::draw_damage(const Scene& scene, ImDrawList& list, const MapGeometry& geometry,
                             ImVec2 from, ImVec2 to) {
  const Ui& ui = scene.ui;
  const ImU32 line = ui.theme().bad;
  list.PushClipRect({from.x - ui.px(3), from.y - ui.px(3)}, {to.x + ui.px(3), to.y + ui.px(3)},
                    true);
  for (const std::uint64_t address : scene.view.errors().found_damaged(scene.view.position())) {
    const auto block = scene.picture().block_at(address);
    if (!block || block->set_aside) continue;
    for (const MapPiece& piece :
         map_pieces(geometry, from, ui.density(), block->address, block->end())) {
      list.AddRect({piece.x0, piece.y0}, {piece.x1, piece.y1}, line, ui.px(3), 0, ui.px(1.5F));
      list.PushClipRect({piece.x0, piece.y0}, {piece.x1, piece.y1}, true);
      const float height = piece.height();
      for (float x = piece.x0 - height; x < piece.x1; x += ui.px(16)) {
        list.AddLine({x, piece.y1}, {x + height, piece.y0}, with_alpha(line, 0.8F), ui.px(1));
        list.AddLine({x, piece.y0}, {x + height, piece.y1}, with_alpha(line, 0.8F), ui.px(1));
      }
      list.PopClipRect();
    }
  }
  list.PopClipRect();
}

void MapOverlay::draw_ranges(const Scene& scene, ImDrawList& list, const MapGeometry& geometry,
                             ImVec2 origin, const std::vector<BlockRange>& ranges) {
  const Ui& ui = scene.ui;
  const ImU32 line = ui.theme().outline;
  const bool apart = geometry.row_height() < geometry.pitch();
  const std::uint64_t first = geometry.first_visible();
  const std::uint64_t last = geometry.last_visible();
  const float thin = ui.px(1.5F);
  for (const BlockRange& range : ranges) {
    if (range.to <= first || range.from >= last) continue;
    for (const MapPiece& piece : map_pieces(geometry, origin, ui.density(), range.from, range.to)) {
      const ImVec2 from(piece.x0, piece.y0);
      const ImVec2 to(std::max(piece.x1, piece.x0 + 1), piece.y1);
      if (apart) {
        list.AddRect({from.x - thin, from.y - thin}, {to.x + thin, to.y + thin}, line, ui.px(3), 0,
                     ui.px(2));
        continue;
      }
      // Rows touch: a veil and the sides, so that the picture is not covered with lines.
      list.AddRectFilled(from, to, with_alpha(line, 0.15F));
      list.AddRectFilled({from.x - thin, from.y}, {from.x, to.y}, line);
      list.AddRectFilled({to.x, from.y}, {to.x + thin, to.y}, line);
      if (&range == &ranges.front())
        list.AddRectFilled({from.x - thin, from.y - thin}, {to.x + thin, from.y}, line);
      if (&range == &ranges.back())
        list.AddRectFilled({from.x - thin, to.y}, {to.x + thin, to.y + thin}, line);
    }
  }
}

void MapOverlay::draw_labels(Scene& scene, ImDrawList& list, const MapGeometry& geometry,
                             ImVec2 origin, const MapMotion& motion) {
  const double row_height = geometry.row_height() / scene.ui.density();
  if (row_height < scene.ui.px(15)) return;
  if (ByteOverlay::has_room(scene, geometry)) {
    bytes_.draw(scene, list, geometry, origin);
    return;
  }
  std::size_t labels = 0;
  scene.picture().for_each(
      geometry.first_visible(), geometry.last_visible(), [&](const PictureBlock& block) {
        const double pixels = static_cast<double>(block.size) / geometry.bytes_per_pixel();
        if (pixels >= scene.ui.px(18) && !motion.awaits(block)) {
          label_block(scene, list, geometry, origin, block);
          ++labels;
        }
        return labels < most_labels;
      });
}

void MapOverlay::label_block(Scene& scene, ImDrawList& list, const MapGeometry& geometry,
                             ImVec2 origin, const PictureBlock& block) const {
  const Ui& ui = scene.ui;
  const float density = ui.density();
  const auto header =
      map_pieces(geometry, origin, density, block.address, block.address + block.header);
  if (!header.empty()) {
    const MapPiece& piece = header.front();
    const ImVec2 size = ui.text_size(ui.fonts().label, "H");
    if (piece.x1 - piece.x0 >= size.x + ui.px(4) && piece.y1 - piece.y0 >= ui.px(24)) {
      ui.text_at(list, {(piece.x0 + piece.x1 - size.x) / 2, (piece.y0 + piece.y1 - size.y) / 2},
                 ui.fonts().label, IM_COL32(200, 210, 225, 255), "H");
    }
  }
  if (const PoolSlots* const slots = scene.picture().pool_of(block.address)) {
    label_pool(scene, list, geometry, origin, block, *slots);
    return;
  }
  // The label stands in the largest piece of the body.
  const std::uint64_t body_end =
      block.used ? block.payload_address() + block.requested : block.end();
  const auto body = map_pieces(geometry, origin, density, block.payload_address(), body_end);
  const auto largest = std::max_element(
      body.begin(), body.end(),
      [](const MapPiece& a, const MapPiece& b) { return a.x1 - a.x0 < b.x1 - b.x0; });
  if (largest == body.end()) return;
  const Theme& theme = ui.theme();
  const std::string_view name = scene.picture().label(block.address);
  const float width = largest->x1 - largest->x0 - ui.px(6);
  // In low rows only names are written: sizes by the hundred would hide the picture.
  if (name.empty() && largest->y1 - largest->y0 < ui.px(24)) return;
  const float height = largest->y1 - largest->y0;
  const ImU32 ground = scene.block_colour(block);
  const ImU32 ink = block.used ? readable_on(ground) : block.set_aside ? theme.bad : theme.text_dim;
  const auto centred = [&](ImFont* font, std::string_view words, float y) {
    const ImVec2 size = ui.text_size(font, words);
    if (size.x > width) return false;
    if (block.set_aside) {  // readable on its hatching
      const float x = (largest->x0 + largest->x1 - size.x) / 2;
      list.AddRectFilled({x - ui.px(5), y - size.y / 2 - ui.px(1)},
                         {x + size.x + ui.px(5), y + size.y / 2 + ui.px(1)}, theme.ground,
                         ui.px(4));
    }
    ui.text_at(list, {(largest->x0 + largest->x1 - size.x) / 2, y - size.y / 2}, font, ink, words);
    return true;
  };
  const float middle = (largest->y0 + largest->y1) / 2;
  const std::string size_words = block.foreign     ? "not ours"
                                 : block.set_aside ? "set aside"
                                 : block.used      ? short_bytes(block.requested)
                                                   : short_bytes(block.capacity()) + " free";
  if (name.empty() || !(block.used || block.set_aside)) {
    if (!centred(ui.fonts().mono, size_words, middle) && height > ui.px(12)) {
      centred(ui.fonts().mono_small,
              std::to_string(block.used ? block.requested : block.capacity()), middle);
    }
    return;
  }
  if (height < ui.px(40)) {
    const std::string both = std::string(name) + "  " + size_words;
    if (!centred(ui.fonts().body_medium, both, middle))
      centred(ui.fonts().body_medium, name, middle);
    return;
  }
  ImFont* font = height > ui.px(50) ? ui.fonts().title : ui.fonts().heading;
  if (centred(font, name, middle - ui.px(9))) {
    centred(ui.fonts().mono, size_words, middle + ui.px(12));
  }
}

/// The size of a slot stands in each that has room for it, what the pool is under them.
void MapOverlay::label_pool(const Scene& scene, ImDrawList& list, const MapGeometry& geometry,
                            ImVec2 origin, const PictureBlock& block, const PoolSlots& slots) {
  const Ui& ui = scene.ui;
  const Theme& theme = ui.theme();
  const auto pieces = map_pieces(geometry, origin, ui.density(), block.payload_address(),
                                 block.end() - block.guard);
  const auto largest =
      std::max_element(pieces.begin(), pieces.end(),
                       [](const MapPiece& a, const MapPiece& b) { return a.width() < b.width(); });
  if (largest == pieces.end() || largest->height() < ui.px(24)) return;
  const std::string size = std::to_string(slots.slot_size());
  const ImVec2 room = ui.text_size(ui.fonts().mono_small, size);
  const double slot_width = static_cast<double>(slots.slot_size()) / geometry.bytes_per_pixel() /
                            static_cast<double>(ui.density());
  const bool sizes = slot_width >= static_cast<double>(room.x + ui.px(8));
  const std::uint64_t first = block.address + slots.first();
  const std::uint64_t from = std::max(geometry.first_visible(), first);
  const ImU32 used_ink = readable_on(scene.block_colour(block));
  for (std::uint64_t slot = slots.slot_of(from - block.address); sizes && slot < slots.count();
       ++slot) {
    const std::uint64_t address = first + slot * slots.slot_size();
    if (address >= geometry.last_visible()) break;
    for (const MapPiece& piece :
         map_pieces(geometry, origin, ui.density(), address, address + slots.slot_size())) {
      if (piece.width() < room.x + ui.px(4)) continue;
      ui.text_at(list, {(piece.x0 + piece.x1 - room.x) / 2, (piece.y0 + piece.y1 - room.y) / 2},
                 ui.fonts().mono_small, slots.is_used(slot) ? used_ink : theme.text_dim, size);
    }
  }
  const std::string words = "pool, " + std::to_string(slots.used()) + " of " +
                            format_things(slots.count(), "slot") + " of " +
                            short_bytes(slots.slot_size());
  const ImVec2 extent = ui.text_size(ui.fonts().small, words);
  if (extent.x + ui.px(14) > largest->width() || (sizes && largest->height() < ui.px(52))) return;
  const float x = (largest->x0 + largest->x1 - extent.x) / 2;
  const float y =
      sizes ? largest->y1 - extent.y - ui.px(5) : (largest->y0 + largest->y1 - extent.y) / 2;
  list.AddRectFilled({x - ui.px(6), y - ui.px(1)},
                     {x + extent.x + ui.px(6), y + extent.y + ui.px(1)},
                     with_alpha(theme.ground, 0.88F), ui.px(4));
  ui.text_at(list, {x, y}, ui.fonts().small, theme.text, words);
}

}  // namespace mh
