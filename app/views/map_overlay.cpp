#include "app/views/map_overlay.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>

#include "app/model/format.hpp"
#include "app/sources/memory.hpp"

namespace mh {
namespace {

/// A byte is written out from here on, pixels of a byte's cell at scale 1.
constexpr double byte_cell = 13;
constexpr std::size_t most_labels = 700;

std::string short_bytes(std::uint64_t bytes) {
  return bytes < 100'000 ? std::to_string(bytes) + " B" : format_bytes(bytes);
}

}  // namespace

std::vector<MapOverlay::Piece> MapOverlay::pieces(const MapGeometry& geometry, ImVec2 origin,
                                                  float density, std::uint64_t from,
                                                  std::uint64_t to) {
  std::vector<Piece> result;
  if (to <= from) return result;
  const MapGeometry::Point begin = geometry.locate(from);
  const MapGeometry::Point end = geometry.locate(to);
  const int first = std::max(begin.row, 0);
  const int last = std::min(end.row, geometry.rows() - 1);
  for (int row = first; row <= last; ++row) {
    const double x0 = row == begin.row ? begin.x : 0;
    const double x1 = row == end.row ? end.x : geometry.width();
    if (x1 - x0 < 0.5) continue;
    const double y = geometry.row_top(row);
    const auto to_ui = [density](double pixels) {
      return static_cast<float>(std::round(pixels)) / density;
    };
    result.push_back({origin.x + to_ui(x0), origin.x + to_ui(x1), origin.y + to_ui(y),
                      origin.y + to_ui(y + geometry.row_height())});
  }
  return result;
}

void MapOverlay::draw_outline(const Scene& scene, ImDrawList& list, const MapGeometry& geometry,
                              ImVec2 origin, const PictureBlock& block, ImU32 colour,
                              float thickness) {
  const float grow = scene.ui.px(1.5F);
  for (const Piece& piece :
       pieces(geometry, origin, scene.ui.density(), block.address, block.end())) {
    list.AddRect({piece.x0 - grow, piece.y0 - grow}, {piece.x1 + grow, piece.y1 + grow}, colour,
                 scene.ui.px(4), 0, thickness);
  }
}

void MapOverlay::draw_labels(Scene& scene, ImDrawList& list, const MapGeometry& geometry,
                             ImVec2 origin) {
  const double row_height = geometry.row_height() / scene.ui.density();
  if (row_height < scene.ui.px(15)) return;
  if (geometry.width() / geometry.row_bytes() >=
      byte_cell * scene.ui.scale() * scene.ui.density()) {
    draw_bytes(scene, list, geometry, origin);
    return;
  }
  std::size_t labels = 0;
  scene.picture().for_each(
      geometry.first_visible(), geometry.last_visible(), [&](const PictureBlock& block) {
        const double pixels = static_cast<double>(block.size) / geometry.bytes_per_pixel();
        if (pixels >= scene.ui.px(18)) {
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
  const auto header = pieces(geometry, origin, density, block.address, block.payload_address());
  if (!header.empty()) {
    const Piece& piece = header.front();
    const ImVec2 size = ui.text_size(ui.fonts().label, "H");
    if (piece.x1 - piece.x0 >= size.x + ui.px(4) && piece.y1 - piece.y0 >= ui.px(24)) {
      ui.text_at(list, {(piece.x0 + piece.x1 - size.x) / 2, (piece.y0 + piece.y1 - size.y) / 2},
                 ui.fonts().label, IM_COL32(200, 210, 225, 255), "H");
    }
  }
  // The label stands in the largest piece of the body.
  const std::uint64_t body_end =
      block.used ? block.payload_address() + block.requested : block.end();
  const auto body = pieces(geometry, origin, density, block.payload_address(), body_end);
  const auto largest =
      std::max_element(body.begin(), body.end(),
                       [](const Piece& a, const Piece& b) { return a.x1 - a.x0 < b.x1 - b.x0; });
  if (largest == body.end()) return;
  const Theme& theme = ui.theme();
  const std::string_view name = scene.picture().label(block.address);
  const float width = largest->x1 - largest->x0 - ui.px(6);
  // In low rows only names are written: sizes by the hundred would hide the picture.
  if (name.empty() && largest->y1 - largest->y0 < ui.px(24)) return;
  const float height = largest->y1 - largest->y0;
  const ImU32 ground = scene.block_colour(block);
  const ImU32 ink = block.used ? readable_on(ground) : theme.text_dim;
  const auto centred = [&](ImFont* font, std::string_view words, float y) {
    const ImVec2 size = ui.text_size(font, words);
    if (size.x > width) return false;
    ui.text_at(list, {(largest->x0 + largest->x1 - size.x) / 2, y - size.y / 2}, font, ink, words);
    return true;
  };
  const float middle = (largest->y0 + largest->y1) / 2;
  const std::string size_words = block.foreign ? "not ours"
                                 : block.used  ? short_bytes(block.requested)
                                               : short_bytes(block.capacity()) + " free";
  if (name.empty() || !block.used) {
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

void MapOverlay::draw_bytes(Scene& scene, ImDrawList& list, const MapGeometry& geometry,
                            ImVec2 origin) {
  const Ui& ui = scene.ui;
  const Theme& theme = ui.theme();
  const float density = ui.density();
  const std::uint64_t first = std::max(geometry.first_visible(), scene.picture().start());
  const std::uint64_t last = std::min(geometry.last_visible(), scene.picture().program_break());
  if (last <= first) return;
  bytes_.assign(std::min<std::uint64_t>(last - first, 1U << 16), 0);
  const std::size_t readable = scene.player.live() ? read_memory(first, bytes_) : 0;
  const float cell = static_cast<float>(geometry.width() / geometry.row_bytes()) / density;
  const float height = static_cast<float>(geometry.row_height()) / density;
  scene.picture().for_each(first, last, [&](const PictureBlock& block) {
    const ImU32 ground = scene.block_colour(block);
    const std::uint64_t begin = std::max(block.address, first);
    const std::uint64_t end = std::min(block.end(), first + bytes_.size());
    for (std::uint64_t address = begin; address < end; ++address) {
      const MapGeometry::Point point = geometry.locate(address);
      if (point.row < 0 || point.row >= geometry.rows()) continue;
      const ImVec2 at(origin.x + static_cast<float>(point.x) / density,
                      origin.y + static_cast<float>(point.y) / density);
      const bool in_header = address < block.payload_address();
      const bool in_padding = block.used && address >= block.payload_address() + block.requested;
      list.AddRect(at, {at.x + cell, at.y + height}, with_alpha(theme.ground, 0.75F));
      if (address - first >= readable) continue;
      std::array<char, 4> hex{};
      std::snprintf(hex.data(), hex.size(), "%02x", bytes_[address - first]);
      const ImU32 ink = in_header
                            ? theme.map.header.x < 0.2F ? IM_COL32(156, 196, 255, 255) : theme.hex
                        : in_padding || !block.used ? theme.text_dim
                                                    : readable_on(ground);
      const ImVec2 size = ui.text_size(ui.fonts().mono_small, hex.data());
      const float y = in_header ? at.y + ui.px(5) : at.y + (height - size.y) / 2;
      if (in_padding) {
        list.AddRectFilled({at.x + (cell - size.x) / 2 - ui.px(1), y},
                           {at.x + (cell + size.x) / 2 + ui.px(1), y + size.y},
                           with_alpha(theme.ground, 0.8F), ui.px(2));
      }
      ui.text_at(list, {at.x + (cell - size.x) / 2, y}, ui.fonts().mono_small, ink, hex.data());
    }
    draw_header_fields(scene, list, geometry, origin, block);
    return true;
  });
}

void MapOverlay::draw_header_fields(Scene& scene, ImDrawList& list, const MapGeometry& geometry,
                                    ImVec2 origin, const PictureBlock& block) const {
  const Ui& ui = scene.ui;
  if (block.foreign || block.header != 32) return;
  struct Field {
    unsigned from, to;
    const char* name;
  };
  constexpr std::array fields{Field{0, 8, "size"},        Field{8, 16, "next"},
                              Field{16, 24, "requested"}, Field{24, 26, "flags"},
                              Field{26, 28, "thread"},    Field{28, 32, "checksum"}};
  for (const Field& field : fields) {
    for (const Piece& piece : pieces(geometry, origin, ui.density(), block.address + field.from,
                                     block.address + field.to)) {
      list.AddRect({piece.x0 + 1, piece.y0 + 1}, {piece.x1 - 1, piece.y1 - 1},
                   IM_COL32(110, 150, 210, 120), ui.px(3));
      const ImVec2 size = ui.text_size(ui.fonts().small, field.name);
      if (size.x > piece.x1 - piece.x0 - ui.px(2)) continue;
      ui.text_at(list, {(piece.x0 + piece.x1 - size.x) / 2, piece.y1 - size.y - ui.px(2)},
                 ui.fonts().small, IM_COL32(150, 175, 215, 255), field.name);
    }
  }
}

}  // namespace mh
