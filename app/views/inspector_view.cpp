#include "app/views/inspector_view.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <span>

#include "app/model/format.hpp"
#include "app/sources/memory.hpp"

namespace mh {
namespace {

constexpr std::size_t most_bytes = 4096;  ///< of a block that are shown
constexpr std::size_t line_bytes = 8;

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

template <typename Number>
Number number_at(std::span<const unsigned char> bytes, std::size_t offset) {
  Number number{};
  std::memcpy(&number, bytes.data() + offset, sizeof number);
  return number;
}

std::string percent(double share) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%.1f %%", 100 * share);
  return text.data();
}

std::string bytes_exactly(std::uint64_t bytes) {
  return format_count(bytes) + " B";
}

}  // namespace

void InspectorView::draw(Scene& scene) {
  if (const auto block = scene.selected_block()) {
    draw_block(scene, *block);
  } else {
    draw_heap(scene);
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
  ui.text_at(list, at, ui.fonts().mono_large, t.text, format_address(block.payload_address()));
  const char* state = block.foreign ? "not ours" : block.used ? "in use" : "free";
  const ImVec2 size = ui.text_size(ui.fonts().small, state);
  const ImVec2 pill(at.x + width - size.x - ui.px(20), at.y - ui.px(1));
  list.AddRectFilled(pill, {at.x + width, pill.y + ui.px(21)},
                     block.used ? t.pill_ground : t.control, ui.px(11));
  ui.text_at(list, {pill.x + ui.px(10), pill.y + (ui.px(21) - size.y) / 2}, ui.fonts().small,
             block.used ? t.pill_text : t.text_dim, state);
  ImGui::Dummy({width, ui.px(22)});
  draw_anatomy(scene, block);
  // The buttons stay at the foot; what is above them scrolls.
  const float foot = ui.px(44);
  imgui_compat::begin_child(
      "##block", {0, std::max(ImGui::GetContentRegionAvail().y - foot, ui.px(80))}, false);
  draw_figures(scene, block);
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
  // In proportion, but a part that exists is never too thin to be seen.
  const double total = static_cast<double>(std::max<std::uint64_t>(block.size, 1));
  const auto part = [&](std::uint64_t bytes) {
    return bytes == 0 ? 0.0F
                      : std::max(ui.px(12),
                                 width * static_cast<float>(static_cast<double>(bytes) / total));
  };
  const std::uint64_t body_bytes = block.used ? block.requested : block.capacity();
  const float header = std::min(part(block.header), width * 0.4F);
  const float padding = std::min(part(block.padding()), width * 0.75F);
  const float body = std::max(width - header - padding, 0.0F);
  float x = at.x;
  const auto draw_part = [&](float w, ImU32 colour) {
    list.AddRectFilled({x, at.y}, {x + w, at.y + height}, colour);
    x += w;
  };
  draw_part(header, to_u32(t.map.header));
  const float body_x = x;
  const ImU32 owner = scene.block_colour(block);
  draw_part(body, block.used ? owner : to_u32(t.map.free_fill));
  if (padding > 0) {
    const ImVec2 a(x, at.y);
    const ImVec2 b(x + padding, at.y + height);
    list.AddRectFilled(a, b, to_u32(t.map.padding_light));
    list.PushClipRect(a, b, true);
    for (float d = -height; d < padding; d += ui.px(7)) {
      list.AddLine({a.x + d, b.y}, {a.x + d + height, a.y}, to_u32(t.map.padding_dark), ui.px(3));
    }
    list.PopClipRect();
  }
  list.AddRect(at, {at.x + width, at.y + height}, to_u32(t.map.free_edge), ui.px(3));
  ImGui::Dummy({width, height + ui.px(1)});
  const float y = at.y + height + ui.px(4);
  ui.text_at(list, {at.x, y}, ui.fonts().small, t.text_dim, "header");
  const std::string words = (block.used ? "payload " : "free ") + std::to_string(body_bytes) + " B";
  const ImVec2 size = ui.text_size(ui.fonts().small, words);
  const bool room = padding > 0;
  const float right_label = room ? ui.text_size(ui.fonts().small, "pad").x + ui.px(8) : 0;
  const float low = at.x + ui.text_size(ui.fonts().small, "header").x + ui.px(10);
  const float high = std::max(low, at.x + width - right_label - size.x);
  ui.text_at(list, {std::clamp(body_x + body / 2 - size.x / 2, low, high), y}, ui.fonts().small,
             t.text_dim, words);
  if (room)
    ui.text_at(list, {at.x + width - right_label + ui.px(8), y}, ui.fonts().small, t.text_dim,
               "pad");
  ImGui::Dummy({width, ui.px(18)});
}

void InspectorView::draw_figures(Scene& scene, const PictureBlock& block) const {
  const Ui& ui = scene.ui;
  if (block.used) {
    ui.row("requested", bytes_exactly(block.requested));
    ui.row("padding", bytes_exactly(block.padding()));
  } else if (!block.foreign) {
    ui.row("to hand out", bytes_exactly(block.capacity()));
  }
  ui.row("header", bytes_exactly(block.header));
  ui.row("block", bytes_exactly(block.size));
  if (block.used) {
    ui.row("overhead", percent(static_cast<double>(block.size - block.requested) /
                               static_cast<double>(block.size)));
  }
  ui.row(block.used ? "thread" : "last thread", thread_title(scene, block.thread));
  const std::uint64_t age = scene.source_now > block.since ? scene.source_now - block.since : 0;
  ui.row(block.used ? "age" : "free for", format_duration(age));
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
  bytes_.resize(read_memory(block.address, bytes_));
  if (bytes_.size() < block.header) {
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
  if (header.size() != 32) return;
  const auto next = number_at<std::uint64_t>(header, 8);
  const auto flags = number_at<std::uint16_t>(header, 24);
  const std::array meanings{
      "size " + std::to_string(number_at<std::uint64_t>(header, 0)),
      next == 0 ? std::string("next NULL, the last block") : "next " + format_address(next),
      "requested " + std::to_string(number_at<std::uint64_t>(header, 16)),
      std::string((flags & 1U) != 0 ? "in use" : "free") + " \u00b7 thread " +
          std::to_string(number_at<std::uint16_t>(header, 26)) + " \u00b7 checksum"};
  ImDrawList& list = *ImGui::GetWindowDrawList();
  for (std::size_t line = 0; line < meanings.size(); ++line) {
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const int offset = static_cast<int>(line * line_bytes) - 32;
    ui.text_at(list, at, ui.fonts().mono, t.text_dim, std::to_string(offset));
    ui.text_at(list, {at.x + ui.px(34), at.y}, ui.fonts().mono, t.hex,
               hex_line(header.subspan(line * line_bytes, line_bytes)));
    ui.text_at(list, {at.x + ui.px(34), at.y + ui.px(15)}, ui.fonts().small, t.text_dim,
               meanings[line]);
    ImGui::Dummy({ui.px(10), ui.px(26)});
  }
  ui.gap(4);
}

void InspectorView::draw_payload_bytes(Scene& scene, const PictureBlock& block) const {
  const Ui& ui = scene.ui;
  const Theme& t = ui.theme();
  ui.heading(block.used ? "PAYLOAD" : "FREE PAYLOAD");
  const std::span<const unsigned char> payload(bytes_.data() + block.header,
                                               bytes_.size() - block.header);
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
    // Bytes beyond what was asked for are padding: their own colour.
    const std::size_t begin = line * line_bytes;
    const std::size_t own =
        !block.used ? bytes.size()
        : block.requested <= begin
            ? 0
            : std::min<std::size_t>(bytes.size(),
                                    static_cast<std::size_t>(block.requested) - begin);
    if (own > 0) {
      ui.text_at(list, {at.x + hex_x, at.y}, ui.fonts().mono, block.used ? t.text : t.text_dim,
                 hex_line(bytes.first(own)));
    }
    if (own < bytes.size()) {
      ui.text_at(list, {at.x + hex_x + digit * static_cast<float>(own * 3), at.y}, ui.fonts().mono,
                 t.padding_text, hex_line(bytes.subspan(own)));
    }
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

void InspectorView::draw_buttons(Scene& scene, const PictureBlock& block) const {
  const Ui& ui = scene.ui;
  const float width = ImGui::GetContentRegionAvail().x;
  const float space = ui.px(6);
  const ImVec2 size((width - 2 * space) / 3, ui.px(28));
  if (ui.button("inspector:free", "Free", size, ButtonLook::plain, ui.fonts().body, block.used)) {
    scene.command(Command::free_selected);
  }
  ImGui::SameLine(0, space);
  if (ui.button("inspector:realloc", "Realloc", size, ButtonLook::plain, ui.fonts().body,
                block.used)) {
    scene.command(Command::realloc);
  }
  ui.hint("To the size in the field on the left");
  ImGui::SameLine(0, space);
  if (ui.button("inspector:show", "Zoom", size, ButtonLook::plain, ui.fonts().body))
    scene.command(Command::show_selected);
  ui.hint("Shows the block as large as it fits  (Z)");
}

void InspectorView::draw_heap(Scene& scene) {
  const Ui& ui = scene.ui;
  const PictureTotals& totals = scene.picture().totals();
  ui.heading("HEAP");
  ui.text(ui.fonts().mono_large, ui.theme().text, format_bytes(totals.heap));
  ui.gap(4);
  ui.row("requested", bytes_exactly(totals.requested));
  ui.row("padding", bytes_exactly(totals.padding));
  ui.row("headers", bytes_exactly(totals.header));
  ui.row("free", bytes_exactly(totals.free));
  if (totals.foreign > 0) ui.row("not ours", bytes_exactly(totals.foreign));
  if (totals.heap > 0) {
    ui.row("utilisation",
           percent(static_cast<double>(totals.requested) / static_cast<double>(totals.heap)));
  }
  ui.gap(10);
  ui.heading("BLOCKS");
  ui.row("in use", format_count(totals.used_blocks));
  ui.row("free", format_count(totals.free_blocks));
  ui.row("allocated so far", format_count(totals.allocs));
  ui.row("freed so far", format_count(totals.frees));
  ui.gap(10);
  ui.heading("ENGINE, NOW");
  ui.row("peak heap", format_bytes(scene.stats.peak_heap));
  ui.row("break moves", format_count(scene.stats.break_moves));
  ui.row("blocks visited", format_count(scene.stats.visited));
  ui.row("failed", format_count(scene.stats.failed), scene.stats.failed > 0 ? ui.theme().bad : 0);
  ui.row("errors refused", format_count(scene.stats.errors),
         scene.stats.errors > 0 ? ui.theme().bad : 0);
  ui.gap(12);
  ui.wrapped(
      ui.fonts().small, ui.theme().text_dim,
      "Click a block on the map to look inside: its header and payload, as they lie in memory.");
}

}  // namespace mh
