#include "app/views/byte_overlay.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <span>

#include "app/model/block_bytes.hpp"
#include "app/model/format.hpp"
#include "app/sources/memory.hpp"

namespace mh {
namespace {

/// A byte is written out from here on, pixels of a byte's cell at scale 1.
constexpr double byte_cell = 13;
constexpr std::uint64_t link_bytes = 16;  ///< two links of the free list, in a free payload
constexpr std::size_t most_bytes = std::size_t{1} << 16;

constexpr ImU32 header_ink = IM_COL32(156, 196, 255, 255);  // on a header's dark ground
constexpr ImU32 header_name = IM_COL32(150, 175, 215, 255);
constexpr ImU32 header_frame = IM_COL32(110, 150, 210, 120);
constexpr ImU32 guard_ink = IM_COL32(255, 225, 234, 255);  // on a guard's crimson
constexpr ImU32 guard_frame = IM_COL32(255, 190, 208, 120);

enum class Part { header, front_gap, front_guard, payload, padding, guard, other };

Part part_of(const PictureBlock& block, std::uint64_t address) {
  if (address < block.address + block.header) return Part::header;
  if (!block.used) return Part::other;
  if (address < block.payload_address()) return block.guarded ? Part::front_guard : Part::front_gap;
  if (address >= block.end() - block.guard) return Part::guard;
  return address < block.payload_address() + block.requested ? Part::payload : Part::padding;
}

}  // namespace

bool ByteOverlay::has_room(const Scene& scene, const MapGeometry& geometry) {
  return geometry.width() / geometry.row_bytes() >=
         byte_cell * static_cast<double>(scene.ui.scale() * scene.ui.density());
}

void ByteOverlay::draw(Scene& scene, ImDrawList& list, const MapGeometry& geometry, ImVec2 origin) {
  const float density = scene.ui.density();
  const std::uint64_t first = std::max(geometry.first_visible(), scene.picture().start());
  const std::uint64_t last = std::min(geometry.last_visible(), scene.picture().program_break());
  if (last <= first) return;
  bytes_.assign(std::min<std::uint64_t>(last - first, most_bytes), 0);
  const std::size_t readable = scene.player.live() ? scene.read_bytes(first, bytes_) : 0;
  const Canvas canvas{scene,
                      list,
                      geometry,
                      origin,
                      first,
                      readable,
                      static_cast<float>(geometry.width() / geometry.row_bytes()) / density,
                      static_cast<float>(geometry.row_height()) / density};
  scene.picture().for_each(first, last, [&](const PictureBlock& block) {
    draw_block(canvas, block);
    return true;
  });
}

std::span<const unsigned char> ByteOverlay::bytes_at(const Canvas& canvas, std::uint64_t address,
                                                     std::size_t size) const {
  if (address < canvas.first || address - canvas.first + size > canvas.readable) return {};
  return std::span(bytes_).subspan(address - canvas.first, size);
}

void ByteOverlay::draw_block(const Canvas& canvas, const PictureBlock& block) const {
  const std::uint64_t begin = std::max(block.address, canvas.first);
  const std::uint64_t end = std::min(block.end(), canvas.first + bytes_.size());
  for (std::uint64_t address = begin; address < end; ++address) draw_byte(canvas, block, address);
  if (block.foreign) return;
  for (const Name& name : names_of(canvas, block)) draw_name(canvas, name);
}

void ByteOverlay::draw_byte(const Canvas& canvas, const PictureBlock& block,
                            std::uint64_t address) const {
  const Ui& ui = canvas.scene.ui;
  const Theme& theme = ui.theme();
  const MapGeometry::Point point = canvas.geometry.locate(address);
  if (point.row < 0 || point.row >= canvas.geometry.rows()) return;
  const ImVec2 at(canvas.origin.x + static_cast<float>(point.x) / ui.density(),
                  canvas.origin.y + static_cast<float>(point.y) / ui.density());
  const ImVec2 to(at.x + canvas.cell, at.y + canvas.height);
  canvas.list.AddRect(at, to, with_alpha(theme.ground, 0.75F));
  if (address - canvas.first >= canvas.readable) return;
  const unsigned char byte = bytes_[address - canvas.first];
  const Part part = part_of(block, address);
  const bool damaged = guard_overwritten(block, address, byte);
  const bool in_guard = part == Part::guard || part == Part::front_guard;
  ImU32 ink = theme.text_dim;
  if (part == Part::header) ink = header_ink;
  if (part == Part::payload) ink = readable_on(canvas.scene.block_colour(block));
  if (in_guard) ink = guard_ink;
  if (damaged) ink = theme.bad;
  std::array<char, 4> hex{};
  std::snprintf(hex.data(), hex.size(), "%02x", byte);
  const ImVec2 size = ui.text_size(ui.fonts().mono_small, hex.data());
  const bool link = block.free() && address < block.payload_address() + link_bytes;
  const bool named = part == Part::header || in_guard || part == Part::front_gap || link;
  const float y = named ? at.y + ui.px(5) : at.y + (canvas.height - size.y) / 2;
  // On stripes and bars and on damage the digits get a ground of their own.
  if (in_guard && !damaged) {
    canvas.list.AddRectFilled({at.x + 1, y}, {to.x - 1, y + size.y}, to_u32(theme.map.guard_fill));
  }
  if (part == Part::padding || part == Part::front_gap || block.set_aside || damaged) {
    canvas.list.AddRectFilled({at.x + (canvas.cell - size.x) / 2 - ui.px(1), y},
                              {at.x + (canvas.cell + size.x) / 2 + ui.px(1), y + size.y},
                              with_alpha(theme.ground, damaged ? 1.0F : 0.8F), ui.px(2));
  }
  if (damaged)
    canvas.list.AddRect({at.x + 1, at.y + 1}, {to.x - 1, to.y - 1}, theme.bad, ui.px(2), 0,
                        ui.px(2));
  ui.text_at(canvas.list, {at.x + (canvas.cell - size.x) / 2, y}, ui.fonts().mono_small, ink,
             hex.data());
}

std::vector<ByteOverlay::Name> ByteOverlay::names_of(const Canvas& canvas,
                                                     const PictureBlock& block) const {
  std::vector<Name> names;
  const auto header = bytes_at(canvas, block.address, block.header);
  // Without the bytes of now (in the past) the names still stand.
  std::vector<unsigned char> blank(block.header, 0);
  if (header.empty() && block.header == 16) blank[0] = 1;
  for (const HeaderField& field : header_fields(header.empty() ? std::span(blank) : header)) {
    const bool says = !header.empty() && !field.value.empty();
    std::string words = says ? field.name + " " + field.value : field.name;
    if (says && field.name == "thread")
      words += " (" + thread_title(canvas.scene, block.thread) + ")";
    names.push_back({block.address + field.from, block.address + field.to, std::move(words),
                     field.name, header_name, header_frame});
  }
  if (block.free()) {
    const std::vector<Name> links = links_of(canvas, block);
    names.insert(names.end(), links.begin(), links.end());
  }
  if (block.front > 0 && !block.guarded) {
    const Theme& theme = canvas.scene.ui.theme();
    names.push_back({block.address + block.header, block.payload_address(), "gap for the alignment",
                     "gap", theme.text, 0, with_alpha(theme.ground, 0.85F)});
  }
  if (!block.guarded) return names;
  const ImU32 ground = to_u32(canvas.scene.ui.theme().map.guard_fill);
  GuardReading reading{GuardReading::State::unreadable, 0};
  if (canvas.readable > 0) reading = read_guards(block, reader_of(canvas.scene));
  const std::string words =
      reading.state == GuardReading::State::unreadable ? "guard" : "guard, " + guard_words(reading);
  const bool before = reading.state == GuardReading::State::overwritten && reading.offset < 0;
  const bool behind = reading.state == GuardReading::State::overwritten && reading.offset >= 0;
  names.push_back({block.address + block.header, block.payload_address(), behind ? "guard" : words,
                   "guard", guard_ink, guard_frame, ground});
  names.push_back({block.end() - block.guard, block.end(), before ? "guard" : words, "guard",
                   guard_ink, guard_frame, ground});
  return names;
}

/// The links of the free list lie in the first bytes of a free payload.
std::vector<ByteOverlay::Name> ByteOverlay::links_of(const Canvas& canvas,
                                                     const PictureBlock& block) const {
  if (block.capacity() < link_bytes || !canvas.scene.picture().free_place(block.address, 0))
    return {};
  std::vector<Name> names;
  const ImU32 ink = canvas.scene.ui.theme().text_dim;
  const std::uint64_t links = block.address + block.header;
  for (const auto& [offset, word] : {std::pair{0U, "next free"}, std::pair{8U, "previous free"}}) {
    const auto bytes = bytes_at(canvas, links + offset, 8);
    std::uint64_t target = 0;
    if (!bytes.empty()) std::memcpy(&target, bytes.data(), sizeof target);
    const std::string value = target == 0 ? "NULL" : format_address(target);
    names.push_back({links + offset, links + offset + 8,
                     bytes.empty() ? std::string(word) : std::string(word) + " " + value, word, ink,
                     with_alpha(ink, 0.5F)});
  }
  return names;
}

void ByteOverlay::draw_name(const Canvas& canvas, const Name& name) {
  const Ui& ui = canvas.scene.ui;
  for (const MapPiece& piece :
       map_pieces(canvas.geometry, canvas.origin, ui.density(), name.from, name.to)) {
    if (name.frame != 0) {
      canvas.list.AddRect({piece.x0 + 1, piece.y0 + 1}, {piece.x1 - 1, piece.y1 - 1}, name.frame,
                          ui.px(3));
    }
    for (const std::string* words : {&name.words, &name.word}) {
      const ImVec2 size = ui.text_size(ui.fonts().small, *words);
      if (size.x > piece.width() - ui.px(2)) continue;
      const ImVec2 at((piece.x0 + piece.x1 - size.x) / 2, piece.y1 - size.y - ui.px(2));
      if (name.ground != 0) {
        canvas.list.AddRectFilled({at.x - ui.px(3), at.y},
                                  {at.x + size.x + ui.px(3), at.y + size.y}, name.ground, ui.px(2));
      }
      ui.text_at(canvas.list, at, ui.fonts().small, name.ink, *words);
      break;
    }
  }
}

}  // namespace mh
