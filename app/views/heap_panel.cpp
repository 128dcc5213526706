#include "app/views/heap_panel.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "app/model/format.hpp"

namespace mh {
namespace {

double ratio(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

double external_of(std::uint64_t largest_free, std::uint64_t free) {
  return free == 0 ? 0 : 1 - ratio(std::min(largest_free, free), free);
}

/// Padding, headers and guards among all that used blocks take.
template <typename Sums>
double internal_of(const Sums& sums) {
  const std::uint64_t overhead = sums.padding + sums.guard + sums.header;
  return ratio(overhead, overhead + sums.requested);
}

// ---- where each byte is

struct Share {
  const char* name;
  std::uint64_t bytes;
  ImU32 colour;
  ImU32 hatch;  ///< 0: none
  bool always;  ///< listed also if it is 0
};

std::vector<Share> shares_of(const Scene& scene) {
  const MapColours& c = scene.ui.theme().map;
  const PictureTotals& totals = scene.picture().totals();
  return {{"requested", totals.requested, to_u32(c.hues[0]), 0, true},
          {"padding", totals.padding, to_u32(c.padding_light), to_u32(c.padding_dark), true},
          {"headers", totals.header, to_u32(c.header), 0, true},
          {"guards", totals.guard, to_u32(c.guard_fill), to_u32(c.guard_line), false},
          {"free", totals.free, to_u32(c.free_fill), 0, true},
          {"set aside", totals.set_aside, to_u32(c.aside_fill), to_u32(c.aside_line), false},
          {"not ours", totals.foreign, to_u32(c.foreign_fill), to_u32(c.foreign_line), false}};
}

void draw_share(const Ui& ui, const Share& share, ImVec2 a, ImVec2 b) {
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.AddRectFilled(a, b, share.colour);
  if (share.hatch == 0) return;
  list.PushClipRect(a, b, true);
  for (float x = a.x - (b.y - a.y); x < b.x; x += ui.px(6)) {
    list.AddLine({x, b.y}, {x + (b.y - a.y), a.y}, share.hatch, ui.px(2));
  }
  list.PopClipRect();
}

void draw_bar(const Ui& ui, const std::vector<Share>& shares, std::uint64_t heap) {
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float width = ImGui::GetContentRegionAvail().x;
  const float height = ui.px(18);
  ImDrawList& list = *ImGui::GetWindowDrawList();
  float x = at.x;
  for (const Share& share : shares) {
    const float part = width * static_cast<float>(ratio(share.bytes, heap));
    if (part <= 0) continue;
    draw_share(ui, share, {x, at.y}, {std::min(x + part, at.x + width), at.y + height});
    x += part;
  }
  list.AddRect(at, {at.x + width, at.y + height}, to_u32(ui.theme().map.free_edge), ui.px(3));
  ImGui::Dummy({width, height});
  ui.target("heap:bytes");
}

void draw_share_row(const Ui& ui, const Share& share, std::uint64_t heap) {
  const Theme& t = ui.theme();
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float width = ImGui::GetContentRegionAvail().x;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const ImVec2 a(at.x, at.y + ui.px(3));
  const ImVec2 b(at.x + ui.px(10), at.y + ui.px(13));
  draw_share(ui, share, a, b);
  list.AddRect(a, b, to_u32(t.map.free_edge), ui.px(1));
  ui.text_at(list, {at.x + ui.px(18), at.y}, ui.fonts().body, t.text_dim, share.name);
  const auto right = [&](float end, ImU32 colour, const std::string& words) {
    const float x = at.x + end - ui.text_size(ui.fonts().mono, words).x;
    ui.text_at(list, {x, at.y + ui.px(1)}, ui.fonts().mono, colour, words);
  };
  right(width - ui.px(62), t.text, format_count(share.bytes) + " B");
  right(width, t.text_dim, format_percent(ratio(share.bytes, heap)));
  ImGui::Dummy({width, ui.px(15)});
}

void draw_bytes(Scene& scene) {
  const Ui& ui = scene.ui;
  const std::uint64_t heap = scene.picture().totals().heap;
  ui.heading("HEAP");
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float width = ImGui::GetContentRegionAvail().x;
  // The engine's figures are read now and then, the map's at once.
  const std::string peak =
      "peak " + format_bytes(std::max<std::uint64_t>(scene.stats.peak_heap, heap));
  ui.text_at(*ImGui::GetWindowDrawList(),
             {at.x + width - ui.text_size(ui.fonts().mono, peak).x, at.y + ui.px(4)},
             ui.fonts().mono, ui.theme().text_dim, peak);
  ui.text(ui.fonts().mono_large, ui.theme().text, format_bytes(heap));
  ui.gap(2);
  const std::vector<Share> shares = shares_of(scene);
  draw_bar(ui, shares, heap);
  ui.gap(2);
  for (const Share& share : shares) {
    if (share.always || share.bytes > 0) draw_share_row(ui, share, heap);
  }
}

// ---- fragmentation

/// A figure's name and value, and below how it came about: values from 0 to 1 of each sample.
template <typename Value>
void draw_sparkline(Scene& scene, const char* name, double now, Value value) {
  const Ui& ui = scene.ui;
  const Theme& t = ui.theme();
  ui.row(name, format_percent(now));
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float width = std::floor(ImGui::GetContentRegionAvail().x);
  const float height = ui.px(30);
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.AddRectFilled(at, {at.x + width, at.y + height}, t.field, ui.px(3));
  const auto& samples = scene.view.history().samples();
  const auto height_of = [&](const History::Sample& sample) {
    return (height - ui.px(3)) * static_cast<float>(std::clamp(value(sample), 0.0, 1.0));
  };
  const auto columns = static_cast<std::size_t>(width);
  std::vector<ImVec2> line;
  for (std::size_t x = 0; x < columns && !samples.empty(); ++x) {
    const History::Sample& sample = samples[x * samples.size() / columns];
    const float left = at.x + static_cast<float>(x);
    const float top = at.y + height - height_of(sample);
    list.AddRectFilled({left, top}, {left + 1, at.y + height}, with_alpha(t.accent, 0.25F));
    line.emplace_back(left, top);
  }
  list.AddPolyline(line.data(), static_cast<int>(line.size()), t.accent, 0, ui.px(1.5F));
  if (!scene.player.live() && !samples.empty()) {
    const auto after = std::upper_bound(
        samples.begin(), samples.end(), scene.view.position(),
        [](std::uint64_t position, const History::Sample& s) { return position <= s.event; });
    const float part =
        static_cast<float>(after - samples.begin()) / static_cast<float>(samples.size());
    const float x = at.x + width * part;
    list.AddRectFilled({x - ui.px(0.75F), at.y}, {x + ui.px(0.75F), at.y + height}, t.text);
  }
  ImGui::Dummy({width, height});
}

void draw_fragmentation(Scene& scene) {
  const Ui& ui = scene.ui;
  const PictureTotals& totals = scene.picture().totals();
  const std::uint64_t largest =
      scene.player.live() ? scene.stats.largest_free : scene.picture().largest_free();
  ui.heading("FRAGMENTATION, OVER TIME");
  draw_sparkline(scene, "external", external_of(largest, totals.free),
                 [](const History::Sample& s) { return external_of(s.largest_free, s.free); });
  ui.hint(
      "The share of the free bytes that one request as large as all of them could not get: 1 - "
      "largest free block / free.");
  draw_sparkline(scene, "internal", internal_of(totals),
                 [](const History::Sample& s) { return internal_of(s); });
  ui.hint("The share of what blocks take that nobody asked for: padding, headers and guards.");
  ui.gap(2);
  ui.row("largest free block", format_count(largest) + " B");
  ui.row("utilisation now", format_percent(ratio(totals.requested, totals.heap)));
  ui.row("peak requested / peak heap",
         format_percent(ratio(std::max<std::uint64_t>(scene.stats.peak_requested, totals.requested),
                              std::max<std::uint64_t>(scene.stats.peak_heap, totals.heap))));
}

// ---- sizes

/// The classes from the smallest to the largest that was ever asked for.
struct Classes {
  std::size_t first = MH_SIZE_CLASSES, last = 0;
};

Classes classes_of(const mh_stats& stats) {
  Classes classes;
  for (std::size_t i = 0; i < MH_SIZE_CLASSES; ++i) {
    if (stats.size_class[i].mallocs == 0) continue;
    classes.first = std::min(classes.first, i);
    classes.last = i;
  }
  return classes;
}

std::string class_name(std::size_t index) {
  return format_bytes(std::uint64_t{16} << index);
}

/// One bar for each class; value(class) is its height before scaling.
template <typename Value>
void draw_class_bars(const Ui& ui, const mh_stats& stats, const Classes& classes, const char* name,
                     float width, ImU32 colour, Value value) {
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float height = ui.px(46);
  ImDrawList& list = *ImGui::GetWindowDrawList();
  ImGui::InvisibleButton(name, {width, height + ui.px(14)});
  ui.target(name);
  list.AddRectFilled(at, {at.x + width, at.y + height}, ui.theme().field, ui.px(3));
  std::uint64_t most = 1;
  for (std::size_t i = classes.first; i <= classes.last; ++i)
    most = std::max<std::uint64_t>(most, value(stats.size_class[i]));
  const float step = width / static_cast<float>(classes.last - classes.first + 1);
  for (std::size_t i = classes.first; i <= classes.last; ++i) {
    const mh_size_class& one = stats.size_class[i];
    const float left = at.x + step * static_cast<float>(i - classes.first);
    const auto share = static_cast<float>(ratio(value(one), most));
    const float bar = value(one) == 0 ? 0 : std::max(ui.px(1), share * (height - ui.px(4)));
    list.AddRectFilled({left + ui.px(1), at.y + height - bar},
                       {left + step - ui.px(1), at.y + height}, colour, ui.px(1));
    const float x = ImGui::GetIO().MousePos.x;
    if (!ImGui::IsItemHovered() || x < left || x >= left + step) continue;
    const std::string words = "Up to " + class_name(i) + ": " + format_things(one.blocks, "block") +
                              " in use, " + format_bytes(one.requested) + ", " +
                              format_count(one.mallocs) + " allocated so far";
    ui.hint(words);
  }
  const float y = at.y + height + ui.px(2);
  const std::string low = class_name(classes.first);
  const std::string high = class_name(classes.last);
  ui.text_at(list, {at.x, y}, ui.fonts().mono_small, ui.theme().text_dim, low);
  if (classes.first == classes.last) return;
  ui.text_at(list, {at.x + width - ui.text_size(ui.fonts().mono_small, high).x, y},
             ui.fonts().mono_small, ui.theme().text_dim, high);
}

void draw_sizes(Scene& scene) {
  const Ui& ui = scene.ui;
  const Classes classes = classes_of(scene.stats);
  if (classes.first > classes.last) return;
  ui.heading("BLOCKS AND BYTES IN USE, BY SIZE, NOW");
  const float space = ui.px(10);
  const float half = (ImGui::GetContentRegionAvail().x - space) / 2;
  draw_class_bars(ui, scene.stats, classes, "heap:class_blocks", half, ui.theme().accent,
                  [](const mh_size_class& one) { return one.blocks; });
  ImGui::SameLine(0, space);
  draw_class_bars(ui, scene.stats, classes, "heap:class_bytes", half,
                  to_u32(ui.theme().map.hues[2]),
                  [](const mh_size_class& one) { return one.requested; });
  ui.gap(8);
}

// ---- the engine

std::string per_search(const mh_stats& stats) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f a search", ratio(stats.visited, stats.searches));
  return text.data();
}

void draw_blocks(Scene& scene) {
  const Ui& ui = scene.ui;
  const PictureTotals& totals = scene.picture().totals();
  ui.heading("BLOCKS");
  ui.row("in use, free",
         format_count(totals.used_blocks) + ", " + format_count(totals.free_blocks));
  if (totals.set_aside_blocks > 0) {
    ui.row("set aside", format_count(totals.set_aside_blocks), ui.theme().bad);
  }
  if (totals.pool_blocks > 0) ui.row("of pools", format_count(totals.pool_blocks));
  ui.row("allocated so far", format_count(totals.allocs));
  ui.row("freed so far", format_count(totals.frees));
}

/// Blocks outside the heap, the first few of them.
void draw_mapped(Scene& scene) {
  const Ui& ui = scene.ui;
  const HeapPicture& picture = scene.picture();
  const PictureTotals& totals = picture.totals();
  if (totals.cached_blocks > 0) {
    ui.row("cached", format_count(totals.cached_blocks) + ", " + format_bytes(totals.cached));
  }
  if (totals.mapped_blocks == 0) return;
  constexpr int most = 8;
  ui.gap(8);
  ui.heading("MAPPED OUTSIDE THE HEAP");
  int listed = 0;
  picture.for_each(picture.program_break(), block_address_mask, [&](const PictureBlock& block) {
    ui.row(format_address(block.payload_address()),
           format_bytes(block.size) + (block.used ? "" : ", free"));
    return ++listed < most;
  });
  if (totals.mapped_blocks > most) ui.row("of", format_count(totals.mapped_blocks));
}

void draw_engine(Scene& scene) {
  const Ui& ui = scene.ui;
  const mh_stats& stats = scene.stats;
  const ImU32 bad = ui.theme().bad;
  ui.heading("ENGINE, NOW");
  ui.row("break moves", format_count(stats.break_moves));
  if (scene.engine() == Engine::classic) {
    ui.row("searches", format_count(stats.searches));
    ui.row("blocks visited", per_search(stats));
  }
  ui.row("splits, merges", format_count(stats.splits) + ", " + format_count(stats.merges));
  if (scene.lab.engine() == Engine::classic) ui.row("lock waits", format_count(stats.lock_waits));
  if (stats.lock_waits > 0) {
    ui.row("mean lock wait", format_duration(stats.lock_wait_ns / stats.lock_waits));
  }
  ui.row("no memory", format_count(stats.failed), stats.failed > 0 ? bad : 0);
  ui.row("errors refused", format_count(stats.errors), stats.errors > 0 ? bad : 0);
}

using Writer = std::size_t (*)(const mh_stats*, char*, std::size_t);

void copy(const mh_stats& stats, Writer write) {
  std::string text(write(&stats, nullptr, 0) + 1, '\0');
  write(&stats, text.data(), text.size());
  ImGui::SetClipboardText(text.c_str());
}

void draw_copy(Scene& scene) {
  const Ui& ui = scene.ui;
  const float space = ui.px(8);
  const ImVec2 size((ImGui::GetContentRegionAvail().x - space) / 2, ui.px(27));
  const auto say = [&](const char* words) { scene.state.say(words, false, scene.now); };
  if (ui.button("heap:copy_text", "Copy as text", size, ButtonLook::plain, ui.fonts().body)) {
    copy(scene.stats, mh_stats_text);
    say("All figures of the engine are on the clipboard, as text.");
  }
  ui.hint("All figures of the engine, as mh_stats_text() writes them");
  ImGui::SameLine(0, space);
  if (ui.button("heap:copy_json", "Copy as JSON", size, ButtonLook::plain, ui.fonts().body)) {
    copy(scene.stats, mh_stats_json);
    say("All figures of the engine are on the clipboard, as JSON.");
  }
  ui.hint("All figures of the engine, as mh_stats_json() writes them");
}

}  // namespace

void draw_heap_panel(Scene& scene) {
  const Ui& ui = scene.ui;
  draw_bytes(scene);
  ui.gap(8);
  draw_fragmentation(scene);
  ui.gap(8);
  draw_sizes(scene);
  draw_blocks(scene);
  draw_mapped(scene);
  if (scene.program == nullptr) {  // of a program only the events are known
    ui.gap(8);
    draw_engine(scene);
    ui.gap(8);
    draw_copy(scene);
  }
  ui.gap(8);
  ui.wrapped(
      ui.fonts().small, ui.theme().text_dim,
      "Click a block on the map to look inside: its header and payload, as they lie in memory. "
      "Shift + drag selects many.");
}

}  // namespace mh
