#include "app/views/inspector_view.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <span>

#include "app/model/block_bytes.hpp"
#include "app/model/format.hpp"
#include "app/sources/memory.hpp"
#include "app/views/damage_note.hpp"
#include "app/views/heap_panel.hpp"
#include "app/views/search_view.hpp"

namespace mh {
namespace {

constexpr std::size_t most_bytes = 4096;  ///< of a block that are shown
constexpr std::size_t line_bytes = 8;
constexpr std::uint64_t most_list_steps = 20'000;  ///< to find a block's place in the free list

std::string hex_line(std::span<const unsigned char> bytes) {
  std::string text;
  for (const unsigned char byte : bytes) {
    std::array<char, 4> two{};
    std::snprintf(two.data(), two.size(), "%02x", byte);
    if (!text.empty()) text += ' ';
    text += two.data();
  }
  return text;
}

const char* const in_the_past = "This is the past: press End to go live";

/// The number that lies in the header, and who that is.
std::string thread_field_words(const Scene& scene, const std::string& number) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (error != std::errc() || end != number.data() + number.size()) return "thread " + number;
  const std::string title = thread_title(scene, static_cast<std::uint16_t>(value));
  const std::string words = "thread " + number;
  return title == words || title == "unknown" ? words : words + ", " + title;
}

std::string bytes_exactly(std::uint64_t bytes) {
  return format_count(bytes) + " B";
}

}  // namespace

void InspectorView::draw(Scene& scene) {
  if (scene.region != nullptr) {
    draw_region(scene, *scene.region);
  } else if (const auto block = scene.selected_block()) {
    draw_block(scene, *block);
  } else {
    draw_heap_panel(scene);
  }
}

void InspectorView::draw_block(Scene& scene, const PictureBlock& block) {
  const Ui& ui = scene.ui;
  const Theme& t = ui.theme();
  const std::string_view name = scene.picture().label(block.address);
  ui.heading(name.empty() ? std::string("BLOCK") : "BLOCK  " + std::string(name));
  const float width = ImGui::GetContentRegionAvail().x;
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const std::string address = format_address(block.payload_address());
  const ImVec2 address_size = ui.text_size(ui.fonts().mono_large, address);
  if (ImGui::InvisibleButton("##address", address_size)) scene.command(Command::copy_address);
  ui.target("inspector:address");
  scene.hint(Command::copy_address);
  const bool over = ImGui::IsItemHovered() || ImGui::IsItemFocused();
  ui.text_at(list, at, ui.fonts().mono_large, over ? t.accent : t.text, address);
  ImGui::SetCursorScreenPos(at);
  const bool damaged = block.set_aside || scene.view.errors().damage_of(
                                              block.address, scene.view.position()) != nullptr;
  const char* state = block.foreign     ? "not ours"
                      : block.set_aside ? "set aside"
                      : damaged         ? "damaged"
                      : block.pool      ? "pool"
                      : block.used      ? "in use"
                      : block.cached    ? "cached"
                                        : "free";
  const ImVec2 size = ui.text_size(ui.fonts().small, state);
  const ImVec2 pill(at.x + width - size.x - ui.px(20), at.y - ui.px(1));
  const ImU32 ground = damaged ? t.bad_ground : block.used ? t.pill_ground : t.control;
  const ImU32 ink = damaged ? t.bad : block.used ? t.pill_text : t.text_dim;
  list.AddRectFilled(pill, {at.x + width, pill.y + ui.px(21)}, ground, ui.px(11));
  ui.text_at(list, {pill.x + ui.px(10), pill.y + (ui.px(21) - size.y) / 2}, ui.fonts().small, ink,
             state);
  ImGui::Dummy({width, ui.px(22)});
  draw_anatomy(scene, block);
  // The buttons stay at the foot; what is above them scrolls.
  const float foot = ui.px(44);
  imgui_compat::begin_child(
      "##block", {0, std::max(ImGui::GetContentRegionAvail().y - foot, ui.px(80))}, false);
  draw_damage_note(scene, block);
  draw_figures(scene, block);
  draw_why(scene, block);
  if (!block.foreign) draw_memory(scene, block);
  ImGui::EndChild();
  if (!block.foreign) draw_buttons(scene, block);
}

void InspectorView::draw_anatomy(Scene& scene, const PictureBlock& block) const {
  const Ui& ui = scene.ui;
  const Theme& t = ui.theme();
  const float width = ImGui::GetContentRegionAvail().x;
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float height = ui.px(38);
  ImDrawList& list = *ImGui::GetWindowDrawList();
  struct Part {
    std::uint64_t bytes;
    std::string words;
    CellKind kind;
    float width = 0;
  };
  const CellKind body = block.set_aside ? CellKind::set_aside
                        : block.used    ? CellKind::used
                                        : CellKind::free;
  const std::uint64_t body_bytes = block.used ? block.requested : block.capacity();
  std::array parts{
      Part{block.header, "header", CellKind::header},
      Part{block.front, block.guarded ? "guard" : "gap",
           block.guarded ? CellKind::guard : CellKind::padding},
      Part{body_bytes,
           (block.used        ? "payload "
            : block.set_aside ? "lost "
                              : "free ") +
               std::to_string(body_bytes) + " B",
           body},
      Part{block.tail_padding(), "pad", CellKind::padding},
      Part{block.guard, "guard", CellKind::guard},
  };
  // In proportion, but a part that exists is never too thin to be seen; the body has what is left.
  Part& middle = parts[2];
  middle.width = width;
  for (Part& part : parts) {
    if (part.bytes == 0 || &part == &middle) continue;
    const double share = static_cast<double>(part.bytes) / static_cast<double>(block.size);
    part.width = std::clamp(width * static_cast<float>(share), ui.px(12), width * 0.4F);
    middle.width -= part.width;
  }
  middle.width = std::max(middle.width, 0.0F);
  float x = at.x;
  float text_end = at.x - ui.px(8);
  const float text_y = at.y + height + ui.px(5);
  for (const Part& part : parts) {
    if (part.width <= 0) continue;
    draw_part(scene, block, part.kind, {x, at.y}, {x + part.width, at.y + height});
    const ImVec2 size = ui.text_size(ui.fonts().small, part.words);
    const float low = std::max(at.x, text_end + ui.px(8));
    const float text_x =
        std::clamp(x + part.width / 2 - size.x / 2, low, std::max(low, at.x + width - size.x));
    if (text_x + size.x <= at.x + width + 1) {
      ui.text_at(list, {text_x, text_y}, ui.fonts().small, t.text_dim, part.words);
      text_end = text_x + size.x;
    }
    x += part.width;
  }
  list.AddRect(at, {at.x + width, at.y + height}, to_u32(t.map.free_edge), ui.px(3));
  ImGui::Dummy({width, height + ui.px(1)});
  ImGui::Dummy({width, ui.px(18)});
}

/// A part of a block, looking as it does on the map.
void InspectorView::draw_part(const Scene& scene, const PictureBlock& block, CellKind kind,
                              ImVec2 a, ImVec2 b) {
  const Ui& ui = scene.ui;
  const MapColours& map = ui.theme().map;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const auto diagonals = [&](ImU32 colour, float step, float thickness, bool both) {
    list.PushClipRect(a, b, true);
    const float height = b.y - a.y;
    for (float d = -height; d < b.x - a.x; d += ui.px(step)) {
      list.AddLine({a.x + d, b.y}, {a.x + d + height, a.y}, colour, ui.px(thickness));
      if (both) list.AddLine({a.x + d, a.y}, {a.x + d + height, b.y}, colour, ui.px(thickness));
    }
    list.PopClipRect();
  };
  switch (kind) {
    case CellKind::header:
      list.AddRectFilled(a, b, to_u32(map.header));
      break;
    case CellKind::padding:
      list.AddRectFilled(a, b, to_u32(map.padding_light));
      diagonals(to_u32(map.padding_dark), 7, 3, false);
      break;
    case CellKind::guard:
      list.AddRectFilled(a, b, to_u32(map.guard_fill));
      for (float y = a.y + ui.px(3); y < b.y; y += ui.px(5))
        list.AddRectFilled({a.x, y}, {b.x, y + ui.px(1.3F)}, to_u32(map.guard_line));
      break;
    case CellKind::set_aside:
      list.AddRectFilled(a, b, to_u32(map.aside_fill));
      diagonals(to_u32(map.aside_line), 11, 1, true);
      break;
    case CellKind::used:
      list.AddRectFilled(a, b, scene.block_colour(block));
      break;
    default:
      list.AddRectFilled(a, b, to_u32(map.free_fill));
  }
}

void InspectorView::draw_figures(Scene& scene, const PictureBlock& block) const {
  const Ui& ui = scene.ui;
  if (block.used) {
    ui.row("requested", bytes_exactly(block.requested));
    ui.row("padding", bytes_exactly(block.padding()));
    if (block.guarded) draw_guard_row(scene, block);
  } else if (block.set_aside) {
    ui.row("never used again", bytes_exactly(block.capacity()), ui.theme().bad);
  } else if (!block.foreign) {
    ui.row("to hand out", bytes_exactly(block.capacity()));
  }
  if (block.front > 0) {
    ui.row("front", bytes_exactly(block.front) + (block.guarded ? ", guard" : ", alignment"));
  }
  ui.row("header", bytes_exactly(block.header));
  ui.row("block", bytes_exactly(block.size));
  if (block.mapped) ui.row("lies in", "a mapping of its own");
  if (scene.engine() == Engine::fast && block.free()) {
    if (block.cached) {
      ui.row("waits", "for its size, not merged");
    } else {
      ui.row("waits in", bin_words(block.size));
    }
    if (!block.cached) ui.row("boundary tag", "its last 8 bytes");
  }
  if (block.used) {
    ui.row("overhead", format_percent(static_cast<double>(block.size - block.requested) /
                                      static_cast<double>(block.size)));
  }
  if (!block.foreign)
    ui.row(block.free() ? "last thread" : "thread", thread_title(scene, block.thread));
  const std::uint64_t age = scene.source_now > block.since ? scene.source_now - block.since : 0;
  const char* const since = block.used ? "age" : block.set_aside ? "found damaged" : "free for";
  if (!block.foreign) ui.row(since, format_duration(age) + (block.set_aside ? " ago" : ""));
  draw_free_place(scene, block);
  if (const PoolSlots* const slots = scene.picture().pool_of(block.address))
    draw_pool(scene, block, *slots);
}

/// Only the bytes of now can tell whether a guard is intact.
void InspectorView::draw_guard_row(const Scene& scene, const PictureBlock& block) {
  const Ui& ui = scene.ui;
  const std::string bytes = bytes_exactly(block.guard_bytes());
  if (!scene.player.live()) {
    ui.row("guard", bytes);
    return;
  }
  const GuardReading reading = read_guards(block, reader_of(scene));
  const bool intact = reading.state == GuardReading::State::intact;
  const bool overwritten = reading.state == GuardReading::State::overwritten;
  ui.row("guard", bytes + "  " + guard_words(reading) + (intact ? " \u2713" : ""),
         intact        ? ui.theme().good
         : overwritten ? ui.theme().bad
                       : 0);
}

/// Where a free block stands in the list that a search goes through.
void InspectorView::draw_free_place(const Scene& scene, const PictureBlock& block) {
  const HeapPicture& picture = scene.picture();
  const auto place = picture.free_place(block.address, most_list_steps);
  if (!place) return;
  const Ui& ui = scene.ui;
  ui.heading("FREE LIST");
  const std::string of = " of " + format_count(picture.free_list_size());
  ui.row("place", (place->number == 0 ? "beyond " + format_count(most_list_steps)
                                      : format_count(place->number)) +
                      of);
  const auto link = [&](const char* name, std::uint64_t address, const char* none) {
    ui.row(name, address == 0 ? none : format_address(address));
  };
  if (place->number != 0) link("previous", place->previous, "none, it is the head");
  link("next", place->next, "none, it is the tail");
}

/// A square for each slot, as many as have room.
void InspectorView::draw_pool(const Scene& scene, const PictureBlock& block,
                              const PoolSlots& slots) {
  const Ui& ui = scene.ui;
  const Theme& t = ui.theme();
  ui.heading("POOL");
  ui.row("slot", bytes_exactly(slots.slot_size()));
  ui.row("slots in use", format_count(slots.used()) + " of " + format_count(slots.count()));
  if (const auto slot = scene.selected_slot()) {
    ui.row("slot " + format_count(slot->number), slot->used ? "in use" : "free");
    ui.row("its address", format_address(slot->address));
  }
  constexpr std::uint64_t most_lines = 12;
  const float step = ui.px(11);
  const float width = ImGui::GetContentRegionAvail().x;
  const auto in_line = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(width / step));
  const std::uint64_t shown = std::min(slots.count(), in_line * most_lines);
  const auto chosen = scene.selected_slot();
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  for (std::uint64_t slot = 0; slot < shown; ++slot) {
    const std::uint64_t line = slot / in_line;
    const ImVec2 a(at.x + static_cast<float>(slot % in_line) * step,
                   at.y + static_cast<float>(line) * step);
    const ImVec2 b(a.x + ui.px(9), a.y + ui.px(9));
    const bool used = slots.is_used(slot);
    list.AddRectFilled(a, b, used ? scene.block_colour(block) : to_u32(t.map.free_fill), ui.px(2));
    if (!used) list.AddRect(a, b, to_u32(t.map.free_edge), ui.px(2));
    if (chosen && chosen->number == slot)
      list.AddRect({a.x - ui.px(1), a.y - ui.px(1)}, {b.x + ui.px(1), b.y + ui.px(1)}, t.outline,
                   ui.px(2), 0, ui.px(1.5F));
  }
  const std::uint64_t lines = (shown + in_line - 1) / in_line;
  ImGui::Dummy({width, step * static_cast<float>(lines)});
  if (shown < slots.count())
    ui.text(ui.fonts().small, t.text_dim, "the first " + format_count(shown));
}

void InspectorView::draw_memory(Scene& scene, const PictureBlock& block) {
  const Ui& ui = scene.ui;
  ui.gap(6);
  if (!scene.player.live()) {
    ui.heading("MEMORY");
    ui.wrapped(ui.fonts().small, ui.theme().text_dim,
               "Not recorded. The bytes of memory are known only at the end of the log: press End "
               "to go there.");
    return;
  }
  bytes_.assign(static_cast<std::size_t>(std::min<std::uint64_t>(block.size, most_bytes)), 0);
  bytes_.resize(scene.read_bytes(block.address, bytes_));
  if (bytes_.size() < block.header + block.front) {
    ui.heading("MEMORY");
    ui.wrapped(ui.fonts().small, ui.theme().text_dim, "This memory has just been given back.");
    return;
  }
  draw_header_bytes(scene, block);
  draw_payload_bytes(scene, block);
}

void InspectorView::draw_header_bytes(Scene& scene, const PictureBlock& block) const {
  const Ui& ui = scene.ui;
  const Theme& t = ui.theme();
  ui.heading("HEADER, AS IT LIES IN MEMORY NOW");
  const std::span<const unsigned char> header(bytes_.data(), block.header);
  const std::vector<HeaderField> fields = header_fields(header);
  if (fields.empty()) return;
  for (std::size_t line = 0; line * line_bytes < header.size(); ++line) {
    std::string meaning;
    for (const HeaderField& field : fields) {
      if (field.from / line_bytes != line || (field.name == "front" && block.front == 0)) continue;
      if (!meaning.empty()) meaning += " \u00b7 ";
      // A flag's name says enough; "in use" is one.
      meaning += field.name == "flags"    ? field.value
                 : field.name == "thread" ? thread_field_words(scene, field.value)
                 : field.value.empty()    ? field.name
                                          : field.name + " " + field.value;
    }
    draw_line(ui, offset_of(block, line * line_bytes),
              header.subspan(line * line_bytes, line_bytes), t.hex, meaning);
  }
  if (block.front > 0 && block.front <= 64) {
    ui.gap(4);
    ui.heading(block.guarded ? "FRONT, GUARD BYTES" : "FRONT, FOR THE ALIGNMENT");
    for (std::size_t line = 0; line * line_bytes < block.front; ++line) {
      const std::size_t begin = block.header + line * line_bytes;
      const bool last = (line + 1) * line_bytes == block.front;
      draw_line(ui, offset_of(block, begin), std::span(bytes_).subspan(begin, line_bytes),
                block.guarded ? t.guard_text : t.padding_text,
                last ? "begins with the way back to the header" : "");
    }
  }
  ui.gap(4);
}

/// "-32": where a byte of the block lies, from its payload.
std::string InspectorView::offset_of(const PictureBlock& block, std::size_t byte) {
  return std::to_string(static_cast<std::int64_t>(byte) -
                        static_cast<std::int64_t>(block.header + block.front));
}

/// A line of bytes with its meaning below it.
void InspectorView::draw_line(const Ui& ui, std::string_view offset,
                              std::span<const unsigned char> bytes, ImU32 ink,
                              std::string_view meaning) {
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const ImU32 dim = ui.theme().text_dim;
  ui.text_at(list, at, ui.fonts().mono, dim, offset);
  ui.text_at(list, {at.x + ui.px(34), at.y}, ui.fonts().mono, ink, hex_line(bytes));
  if (!meaning.empty())
    ui.text_at(list, {at.x + ui.px(34), at.y + ui.px(15)}, ui.fonts().small, dim,
               ui.fit(ui.fonts().small, meaning, ImGui::GetContentRegionAvail().x - ui.px(34)));
  ImGui::Dummy({ui.px(10), ui.px(meaning.empty() ? 10 : 26)});
}

void InspectorView::draw_payload_bytes(Scene& scene, const PictureBlock& block) const {
  const Ui& ui = scene.ui;
  const Theme& t = ui.theme();
  ui.heading(block.used ? "PAYLOAD" : block.set_aside ? "WHAT LIES THERE" : "FREE PAYLOAD");
  const std::size_t before = block.header + block.front;
  const std::span<const unsigned char> payload(bytes_.data() + before, bytes_.size() - before);
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const float line_height = ui.px(17);
  const float digit = ui.text_size(ui.fonts().mono, "0").x;
  const float hex_x = ui.px(40);
  const float ascii_x = hex_x + digit * (line_bytes * 3) + ui.px(8);
  const std::size_t lines = (payload.size() + line_bytes - 1) / line_bytes;
  const float view_top = ImGui::GetWindowPos().y;
  const float view_bottom = view_top + ImGui::GetWindowHeight();
  for (std::size_t line = 0; line < lines; ++line) {
    const ImVec2 at = ImGui::GetCursorScreenPos();
    ImGui::Dummy({ui.px(10), line_height - ImGui::GetStyle().ItemSpacing.y});
    if (at.y > view_bottom || at.y + line_height < view_top) continue;
    std::array<char, 24> offset{};
    std::snprintf(offset.data(), offset.size(), "+%03zx", line * line_bytes);
    ui.text_at(list, at, ui.fonts().mono, t.text_dim, offset.data());
    const auto bytes = payload.subspan(line * line_bytes,
                                       std::min(line_bytes, payload.size() - line * line_bytes));
    draw_payload_line(scene, block, line * line_bytes, bytes, {at.x + hex_x, at.y});
    std::string ascii;
    for (const unsigned char byte : bytes)
      ascii += byte >= 32 && byte < 127 ? static_cast<char>(byte) : '.';
    ui.text_at(list, {at.x + ascii_x, at.y}, ui.fonts().mono_small, t.text_dim, ascii);
  }
  if (block.size > most_bytes) {
    ui.text(ui.fonts().small, t.text_dim,
            "the first " + format_bytes(most_bytes) + " of the block");
  }
}

/// Bytes beyond what was asked for are padding and guard: in their own colours, and those that
/// somebody wrote over in another.
void InspectorView::draw_payload_line(const Scene& scene, const PictureBlock& block,
                                      std::size_t begin, std::span<const unsigned char> bytes,
                                      ImVec2 at) {
  const Ui& ui = scene.ui;
  const Theme& t = ui.theme();
  const float digit = ui.text_size(ui.fonts().mono, "0").x;
  const auto damaged = [&](std::size_t i) {
    return block.used && guard_overwritten(block, block.payload_address() + begin + i, bytes[i]);
  };
  const auto ink_of = [&](std::size_t i) {
    const std::uint64_t offset = begin + i;
    if (!block.used) return t.text_dim;
    if (damaged(i)) return t.bad_ground;
    if (offset < block.requested) return t.text;
    return offset < block.capacity() ? t.padding_text : t.guard_text;
  };
  for (std::size_t i = 0; i < bytes.size();) {
    std::size_t end = i + 1;
    while (end < bytes.size() && ink_of(end) == ink_of(i)) ++end;
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const ImVec2 from(at.x + digit * static_cast<float>(i * 3), at.y);
    const std::string words = hex_line(bytes.subspan(i, end - i));
    if (damaged(i)) {
      const ImVec2 size = ui.text_size(ui.fonts().mono, words);
      list.AddRectFilled({from.x - ui.px(2), from.y}, {from.x + size.x + ui.px(2), from.y + size.y},
                         t.bad, ui.px(2));
    }
    ui.text_at(list, from, ui.fonts().mono, ink_of(i), words);
    i = end;
  }
}

void InspectorView::draw_buttons(Scene& scene, const PictureBlock& block) const {
  const Ui& ui = scene.ui;
  const float width = ImGui::GetContentRegionAvail().x;
  const float space = ui.px(6);
  const ImVec2 size((width - 3 * space) / 4, ui.px(28));
  const bool now = scene.can_change();
  const auto slot = scene.selected_slot();
  const bool freed = now && (slot ? slot->used : block.used && !block.pool);
  if (ui.button("inspector:free", "Free", size, ButtonLook::plain, ui.fonts().body, freed))
    scene.command(Command::free_selected);
  ui.hint(!now         ? in_the_past
          : slot       ? "Gives the slot back to its pool  (F)"
          : block.pool ? "Click one of the pool's slots to free it"
                       : "Frees the block  (F)");
  ImGui::SameLine(0, space);
  if (ui.button("inspector:realloc", "Realloc", size, ButtonLook::plain, ui.fonts().body,
                block.used && now && !block.pool)) {
    scene.command(Command::realloc);
  }
  scene.hint(Command::realloc);
  ImGui::SameLine(0, space);
  if (ui.button("inspector:show", "Zoom", size, ButtonLook::plain, ui.fonts().body))
    scene.command(Command::show_selected);
  scene.hint(Command::show_selected);
  ImGui::SameLine(0, space);
  if (ui.button("inspector:break", "Break\u2026", size, ButtonLook::plain, ui.fonts().body))
    scene.command(Command::break_it);
  scene.hint(Command::break_it);
}

}  // namespace mh
