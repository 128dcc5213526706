#include "app/views/timeline_view.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "app/model/format.hpp"
#include "app/views/lower_tabs.hpp"

namespace mh {
namespace {

constexpr float title_height = 44;
constexpr float most_lane_name = 110;
constexpr float key_width = 136;
constexpr float lane_height = 11;

/// One unit for all of the key, so that its figures can be compared.
struct Unit {
  const char* name;
  double bytes;
};

Unit unit_for(std::uint64_t heap) {
  if (heap < 10 * 1024ULL) return {"bytes", 1};
  if (heap < 1000 * 1024ULL) return {"KiB", 0x1p10};
  return heap < (1000ULL << 20) ? Unit{"MiB", 0x1p20} : Unit{"GiB", 0x1p30};
}

std::string in_unit(std::uint64_t bytes, const Unit& unit) {
  if (unit.bytes == 1) return format_count(bytes);
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f", static_cast<double>(bytes) / unit.bytes);
  return text.data();
}

/// Lanes with a thread at work, of threads with a bit each.
unsigned lanes_of(std::uint64_t threads, int in_lane) {
  const std::uint64_t lane_bits = in_lane >= 64 ? ~std::uint64_t{0} : (1ULL << in_lane) - 1;
  unsigned lanes = 0;
  for (int lane = 0; lane * in_lane < 64; ++lane) {
    if ((threads >> (lane * in_lane) & lane_bits) != 0) lanes |= 1U << lane;
  }
  return lanes;
}

}  // namespace

std::uint64_t TimeAxis::pause_bound(const std::vector<History::Sample>& samples) {
  gaps_.clear();
  for (std::size_t i = 1; i < samples.size(); ++i) {
    gaps_.push_back(samples[i].time - std::min(samples[i].time, samples[i - 1].time));
  }
  if (gaps_.empty()) return 1;
  // Four times the distance that nine of ten samples keep.
  const auto ninth = gaps_.begin() + static_cast<std::ptrdiff_t>((gaps_.size() - 1) * 9 / 10);
  std::nth_element(gaps_.begin(), ninth, gaps_.end());
  return std::max<std::uint64_t>(4 * *ninth, 1);
}

void TimeAxis::build(const std::vector<History::Sample>& samples) {
  begins_.resize(samples.size());
  longest_pause_ = pause_bound(samples);
  double at = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (i > 0) {
      const std::uint64_t passed = samples[i].time - std::min(samples[i].time, samples[i - 1].time);
      at += static_cast<double>(std::clamp<std::uint64_t>(passed, 1, longest_pause_));
    }
    begins_[i] = at;
  }
  // The last sample gets as much room as the others have on average.
  length_ = samples.size() > 1
                ? at * static_cast<double>(samples.size()) / static_cast<double>(samples.size() - 1)
                : 1;
}

double TimeAxis::place(const std::vector<History::Sample>& samples, std::uint64_t time) const {
  const auto after = std::upper_bound(
      samples.begin(), samples.end(), time,
      [](std::uint64_t t, const History::Sample& sample) { return t < sample.time; });
  if (after == samples.begin()) return 0;
  const auto index = static_cast<std::size_t>(after - samples.begin()) - 1;
  const double into = static_cast<double>(std::min(time - samples[index].time, longest_pause_));
  return std::min(begins_[index] + into, end_of(index)) / length_;
}

std::uint64_t TimeAxis::time_at(const std::vector<History::Sample>& samples, double place) const {
  const double at = place * length_;
  const auto after = std::upper_bound(begins_.begin(), begins_.end(), at);
  if (after == begins_.begin()) return samples.front().time;
  const auto index = static_cast<std::size_t>(after - begins_.begin()) - 1;
  return samples[index].time + static_cast<std::uint64_t>(at - begins_[index]);
}

void TimelineView::draw(Scene& scene, ImVec2 from, ImVec2 to) {
  const Ui& ui = scene.ui;
  const Theme& t = ui.theme();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const float left = from.x + ui.px(18);
  const float right = to.x - ui.px(18);
  draw_lower_tabs(scene, from);
  const EventLog& log = scene.view.log();
  const std::string where = format_time(scene.view.time()) + "  \u00b7  event " +
                            format_count(scene.view.position()) + " of " + format_count(log.end());
  const float where_width = ui.text_size(ui.fonts().mono, where).x;
  const float words_x = from.x + lower_tabs_width(ui) + ui.px(14);
  if (words_x + where_width < right)
    ui.text_at(list, {right - where_width, from.y + ui.px(11)}, ui.fonts().mono, t.text_dim, where);

  const Unit unit = unit_for(scene.picture().totals().heap);
  const std::string words = unit.name + std::string(" by kind, the break above; pauses shortened");
  if (words_x + ui.text_size(ui.fonts().small, words).x < right - where_width - ui.px(16)) {
    ui.text_at(list, {words_x, from.y + ui.px(11)}, ui.fonts().small, t.text_dim, words);
  }

  const auto& samples = scene.view.history().samples();
  draw_key(scene, {left, from.y + ui.px(title_height)});
  const ImVec2 chart_from(std::floor(left + ui.px(key_width)),
                          std::floor(from.y + ui.px(title_height)));
  const ImVec2 chart_to(std::floor(right), std::floor(to.y - ui.px(12)));
  if (chart_to.x - chart_from.x < ui.px(60) || chart_to.y - chart_from.y < ui.px(40)) return;
  if (samples.empty()) {
    const char* invitation =
        "Every allocation and every free will be drawn here. Drag to go back in time.";
    const std::string shown = ui.fit(ui.fonts().body, invitation, chart_to.x - chart_from.x);
    const ImVec2 size = ui.text_size(ui.fonts().body, shown);
    ui.text_at(list,
               {(chart_from.x + chart_to.x - size.x) / 2, (chart_from.y + chart_to.y - size.y) / 2},
               ui.fonts().body, t.text_dim, shown);
    return;
  }
  axis_.build(samples);
  const float density = ui.density();
  const auto width = static_cast<std::size_t>((chart_to.x - chart_from.x) * density);
  // Many threads share lanes, so that each lane can be seen, in what room the areas can spare.
  std::uint64_t active = 0;
  for (const History::Sample& sample : samples) active |= sample.active;
  const int threads = static_cast<int>(std::bit_width(active));
  const float room = (chart_to.y - chart_from.y) * 0.38F;
  const int most_lanes = std::clamp(static_cast<int>(room / ui.px(5)), 1, TimelinePass::most_lanes);
  const int in_lane = std::max(1, (threads + most_lanes - 1) / most_lanes);
  const int lanes = (threads + in_lane - 1) / in_lane;
  fill_columns(scene, width, in_lane);
  pass_.upload(columns_);
  const float lane =
      lanes == 0 ? 0 : std::min(ui.px(lane_height), std::floor(room / static_cast<float>(lanes)));
  const float lanes_height = lanes == 0 ? 0 : lane * static_cast<float>(lanes) + ui.px(4);
  const float chart_height = chart_to.y - chart_from.y - lanes_height;
  pass_.add_to(list,
               {chart_from.x * density, chart_from.y * density,
                (chart_to.x - chart_from.x) * density, (chart_to.y - chart_from.y) * density},
               chart_height * density, lane * density, lanes, in_lane, ui.scale() * density, t.map,
               ImGui::ColorConvertU32ToFloat4(t.panel),
               ImGui::ColorConvertU32ToFloat4(t.break_line));
  name_lanes(scene, {chart_from.x, chart_from.y + chart_height + ui.px(4)}, lane, lanes, in_lane,
             threads);
  draw_marks(scene, chart_from, {chart_to.x, chart_from.y + chart_height});
  draw_playhead(scene, chart_from, chart_to);
}

/// "t1", or "t1-4" where threads share a lane, to the left of each for which there is room; a
/// program's threads have names.
void TimelineView::name_lanes(const Scene& scene, ImVec2 at, float lane, int lanes, int in_lane,
                              int threads) {
  const Ui& ui = scene.ui;
  const int named_every =
      std::max(1, static_cast<int>(std::ceil(ui.px(10) / std::max(lane, 1.0F))));
  for (int i = 0; i < lanes; i += named_every) {
    const int first = i * in_lane + 1;
    const int last = std::min(first + in_lane - 1, threads);
    std::string name = "t" + std::to_string(first);
    if (last > first) {
      name.append("\u2013").append(std::to_string(last));
    } else if (scene.program != nullptr) {
      name = ui.fit(ui.fonts().mono_small, thread_title(scene, static_cast<std::uint16_t>(first)),
                    ui.px(most_lane_name));
    }
    const ImVec2 size = ui.text_size(ui.fonts().mono_small, name);
    const float y = at.y + static_cast<float>(i) * lane;
    ui.text_at(*ImGui::GetWindowDrawList(),
               {at.x - size.x - ui.px(6), y - size.y / 2 + lane * 0.31F}, ui.fonts().mono_small,
               ui.theme().text_dim, name);
  }
}

void TimelineView::fill_columns(const Scene& scene, std::size_t columns, int in_lane) {
  columns_.assign(columns, {});
  const auto& samples = scene.view.history().samples();
  std::uint64_t most = 1;
  for (const History::Sample& sample : samples) most = std::max(most, sample.heap);
  const float unit = 0.94F / static_cast<float>(most);
  const EventLog& log = scene.view.log();
  const std::uint64_t kept_from =
      log.begin() == 0 || log.begin() >= log.end() ? 0 : log.at(log.begin()).time;
  const double per_column = axis_.length() / static_cast<double>(columns);
  std::size_t current = 0;
  for (std::size_t x = 0; x < columns; ++x) {
    const double until = per_column * static_cast<double>(x + 1);
    std::uint64_t active = 0;
    const auto note_lanes = [&](const History::Sample& sample) { active |= sample.active; };
    if (x == 0) note_lanes(samples.front());
    while (current + 1 < samples.size() && axis_.begin_of(current + 1) < until)
      note_lanes(samples[++current]);
    const History::Sample& sample = samples[current];
    TimelineColumn& column = columns_[x];
    const auto top = [unit](std::uint64_t bytes) { return unit * static_cast<float>(bytes); };
    column.requested = top(sample.requested);
    column.padding = column.requested + top(sample.padding);
    column.guard = column.padding + top(sample.guard);
    column.header = column.guard + top(sample.header);
    column.free = column.header + top(sample.free) + top(sample.set_aside) + top(sample.foreign);
    column.program_break = top(sample.heap);
    column.lanes = static_cast<float>(lanes_of(active, in_lane));
    column.kept = sample.time >= kept_from ? 1.0F : 0.0F;
    column.valid = 1;
  }
}

void TimelineView::draw_key(Scene& scene, ImVec2 from) const {
  const Ui& ui = scene.ui;
  const Theme& t = ui.theme();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const PictureTotals& totals = scene.picture().totals();
  const Unit unit = unit_for(totals.heap);
  struct Entry {
    const char* name;
    std::uint64_t bytes;
    ImU32 colour;
  };
  std::vector entries{Entry{"used", totals.requested, to_u32(t.map.hues[0])},
                      Entry{"pad", totals.padding, to_u32(t.map.padding_light)},
                      Entry{"head", totals.header, to_u32(t.map.header)},
                      Entry{"free", totals.free, to_u32(t.map.free_fill)},
                      Entry{"break", totals.heap, t.break_line}};
  if (totals.guard > 0)
    entries.insert(entries.begin() + 2, {"guard", totals.guard, to_u32(t.map.guard_fill)});
  float y = from.y + ui.px(2);
  for (const Entry& entry : entries) {
    const ImVec2 a(from.x, y + ui.px(2));
    const ImVec2 b(from.x + ui.px(9), y + ui.px(11));
    list.AddRectFilled(a, b, entry.colour, ui.px(2));
    if (entry.name == std::string_view("free") || entry.name == std::string_view("head")) {
      list.AddRect(a, b, to_u32(t.map.free_edge), ui.px(2));
    }
    ui.text_at(list, {from.x + ui.px(15), y}, ui.fonts().small, t.text_dim, entry.name);
    const std::string value = in_unit(entry.bytes, unit);
    const float width = ui.text_size(ui.fonts().mono, value).x;
    ui.text_at(list, {from.x + ui.px(key_width - 32) - width, y}, ui.fonts().mono, t.text, value);
    y += ui.px(19);
  }
}

/// Flags where the program marked a moment; the text only where there is room for it.
void TimelineView::draw_marks(Scene& scene, ImVec2 from, ImVec2 to) const {
  const Ui& ui = scene.ui;
  const Theme& t = ui.theme();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const auto& samples = scene.view.history().samples();
  float free_from = from.x;
  for (const History::Mark& mark : scene.view.history().marks()) {
    const auto part = static_cast<float>(axis_.place(samples, mark.time));
    const float x = std::floor(from.x + part * (to.x - from.x));
    for (float y = from.y; y < to.y; y += ui.px(6)) {
      list.AddLine({x, y}, {x, std::min(y + ui.px(3), to.y)}, t.text_dim, ui.px(1));
    }
    const ImVec2 size = ui.text_size(ui.fonts().small, mark.text);
    const float room = ui.px(5);
    // At the right end the flag points to the left.
    const float left = x + size.x + 2 * room < to.x ? x : x - size.x - 2 * room;
    if (left < free_from) continue;
    const ImVec2 b(left + size.x + 2 * room, from.y + size.y + ui.px(3));
    list.AddRectFilled({left, from.y}, b, t.pill_ground, ui.px(3));
    ui.text_at(list, {left + room, from.y + ui.px(1)}, ui.fonts().small, t.pill_text, mark.text);
    free_from = b.x + ui.px(4);
  }
}

void TimelineView::draw_playhead(Scene& scene, ImVec2 from, ImVec2 to) {
  const Ui& ui = scene.ui;
  const Theme& t = ui.theme();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  ImGui::SetCursorScreenPos({from.x - ui.px(6), from.y - ui.px(10)});
  ImGui::InvisibleButton("##timeline", {to.x - from.x + ui.px(12), to.y - from.y + ui.px(10)});
  ui.target("timeline", from, to);
  if (ImGui::IsItemActive()) {
    const double part = std::clamp(
        static_cast<double>((ImGui::GetIO().MousePos.x - from.x) / (to.x - from.x)), 0.0, 1.0);
    const std::uint64_t time = axis_.time_at(scene.view.history().samples(), part);
    // The right end is the present, not the moment of the last event.
    scene.later.emplace_back([&player = scene.player, time, at_end = part >= 0.998] {
      at_end ? player.go_live() : player.seek_time(time);
    });
    scene.animating = true;
  }
  // Positions are between events: the playhead stands behind the last one applied.
  const double part =
      scene.player.live() ? 1 : axis_.place(scene.view.history().samples(), scene.view.time());
  const float x = from.x + static_cast<float>(part) * (to.x - from.x);
  list.AddRectFilled({x - ui.px(0.75F), from.y}, {x + ui.px(0.75F), to.y}, t.text);
  const float w = ui.px(6);
  list.AddRectFilled({x - w, from.y - ui.px(10)}, {x + w, from.y - ui.px(3)}, t.text, ui.px(2),
                     ImDrawFlags_RoundCornersTop);
  list.AddTriangleFilled({x - w, from.y - ui.px(3)}, {x + w, from.y - ui.px(3)},
                         {x, from.y + ui.px(3)}, t.text);
  ui.target("playhead", {x - w, from.y - ui.px(10)}, {x + w, from.y + ui.px(3)});
}

}  // namespace mh
