#include "app/views/map_legend.hpp"

#include <algorithm>
#include <functional>
#include <string>

#include "app/model/format.hpp"

namespace mh {

std::string thread_title(const Scene& scene, std::uint16_t thread) {
  if (scene.program == nullptr && thread == Lab::hand_thread) return "you";
  for (const ThreadInfo& info : scene.view.threads()) {
    if (info.number == thread && !info.name.empty()) return info.name;
  }
  return thread == 0 ? "unknown" : "thread " + std::to_string(thread);
}

std::vector<const ThreadInfo*> workers_of(const Scene& scene) {
  std::vector<const ThreadInfo*> result;
  for (const ThreadInfo& thread : scene.view.threads()) {
    if (thread.number >= 1 && thread.number <= Lab::max_threads) result.push_back(&thread);
  }
  std::sort(result.begin(), result.end(),
            [](const auto* a, const auto* b) { return a->number < b->number; });
  result.erase(std::unique(result.begin(), result.end(),
                           [](const auto* a, const auto* b) { return a->number == b->number; }),
               result.end());
  return result;
}

std::size_t workers_at_work(const Scene& scene) {
  const std::vector<const ThreadInfo*> workers = workers_of(scene);
  return static_cast<std::size_t>(
      std::count_if(workers.begin(), workers.end(), [](const auto* one) { return one->alive; }));
}

namespace {

/// "64 B", "4 KiB": of a power of two.
std::string even_bytes(std::uint64_t bytes) {
  return bytes < 1024 ? std::to_string(bytes) + " B" : std::to_string(bytes / 1024) + " KiB";
}

/// A ramp of ages or sizes from x on, y its middle, with its scale below. Returns its width.
float draw_ramp(const Scene& scene, ImDrawList& list, float x, float y) {
  const Ui& ui = scene.ui;
  const Theme& t = ui.theme();
  const ColourBy colour_by = scene.state.colour_by;
  const float step = ui.px(13);
  const bool age = colour_by == ColourBy::age;
  const std::string_view first = age ? "new" : "small";
  const std::string_view last = age ? "old" : "large";
  const ImVec2 first_size = ui.text_size(ui.fonts().body, first);
  const float text_y = y - first_size.y / 2;
  ui.text_at(list, {x, text_y}, ui.fonts().body, t.text_dim, first);
  const float left = x + first_size.x + ui.px(7);
  const float top = y - ui.px(13);
  const float bottom = top + ui.px(11);
  for (unsigned i = 0; i < ramp_steps; ++i) {
    const float at = left + step * static_cast<float>(i);
    list.AddRectFilled({at, top}, {at + step - ui.px(1), bottom},
                       to_u32(map_colour(t.map, colour_by, i)), ui.px(1.5F));
  }
  for (const unsigned i : {2U, 6U, 10U}) {
    const float at = left + step * static_cast<float>(i + 1);
    list.AddRectFilled({at - ui.px(1), bottom}, {at, bottom + ui.px(3)}, t.text_dim);
    const std::string words = age ? format_duration(age_step_end(i)) : even_bytes(size_step_end(i));
    ui.text_at(list, {at - ui.text_size(ui.fonts().small, words).x / 2, bottom + ui.px(2)},
               ui.fonts().small, t.text_dim, words);
  }
  const float right = left + step * ramp_steps + ui.px(6);
  ui.text_at(list, {right, text_y}, ui.fonts().body, t.text_dim, last);
  return right + ui.text_size(ui.fonts().body, last).x - x;
}

/// The small pictures that stand before the words, painted as the map paints what they mean.
class Swatches {
 public:
  explicit Swatches(const Scene& scene)
      : scene_(scene),
        ui_(scene.ui),
        map_(scene.ui.theme().map),
        list_(*ImGui::GetWindowDrawList()) {}

  void filled(ImVec2 a, ImVec2 b, const ImVec4& colour) const {
    list_.AddRectFilled(a, b, to_u32(colour), ui_.px(2));
  }
  void outlined(ImVec2 a, ImVec2 b, const ImVec4& ground) const {
    filled(a, b, ground);
    list_.AddRect(a, b, to_u32(map_.free_edge), ui_.px(2));
  }
  /// Beyond the eight hues a pattern tells owners apart, as the map's shader draws it.
  void owned(ImVec2 a, ImVec2 b, unsigned index) const {
    filled(a, b, map_colour(map_, ColourBy::thread, index));
    if (index < 8) return;
    for (float x = a.x + ui_.px(3); x < b.x; x += ui_.px(4)) {
      for (float y = a.y + ui_.px(3); y < b.y; y += ui_.px(5))
        list_.AddCircleFilled({x, y}, ui_.px(1), with_alpha(IM_COL32_BLACK, 0.6F), 6);
    }
  }
  void striped(ImVec2 a, ImVec2 b, const ImVec4& ground, const ImVec4& line, float step) const {
    filled(a, b, ground);
    list_.PushClipRect(a, b, true);
    for (float d = -(b.y - a.y); d < b.x - a.x; d += ui_.px(step)) {
      list_.AddLine({a.x + d, b.y}, {a.x + d + (b.y - a.y), a.y}, to_u32(line),
                    ui_.px(step * 0.45F));
    }
    list_.PopClipRect();
  }
  void guard(ImVec2 a, ImVec2 b) const {
    filled(a, b, map_.guard_fill);
    for (float y = a.y + ui_.px(2); y < b.y; y += ui_.px(4))
      list_.AddRectFilled({a.x, y}, {b.x, y + ui_.px(1)}, to_u32(map_.guard_line));
  }
  void set_aside(ImVec2 a, ImVec2 b) const {
    const ImU32 line = to_u32(map_.aside_line);
    filled(a, b, map_.aside_fill);
    list_.AddRect(a, b, line, ui_.px(2));
    list_.AddLine(a, b, line);
    list_.AddLine({a.x, b.y}, {b.x, a.y}, line);
  }
  void cached(ImVec2 a, ImVec2 b) const {
    outlined(a, b, map_.free_fill);
    for (float x = a.x + ui_.px(3); x < b.x; x += ui_.px(4))
      list_.AddLine({x, a.y}, {x, b.y}, to_u32(map_.free_edge), ui_.px(1));
  }
  void slots(ImVec2 a, ImVec2 b) const {
    const float middle = (a.x + b.x) / 2;
    filled(a, {middle - ui_.px(0.5F), b.y}, map_.hues[0]);
    outlined({middle + ui_.px(0.5F), a.y}, b, map_.free_fill);
  }
  void arrow(ImVec2 a, ImVec2 b) const {
    const ImU32 arrow = ui_.theme().arrow;
    const ImU32 ink = scene_.state.free_list ? arrow : with_alpha(arrow, 0.35F);
    const float tip = b.x - ui_.px(4);
    list_.AddBezierCubic({a.x, a.y + ui_.px(2)}, {a.x, b.y + ui_.px(3)}, {tip, b.y + ui_.px(3)},
                         {tip, a.y + ui_.px(6)}, ink, ui_.px(1.6F));
    list_.AddTriangleFilled({tip, a.y}, {tip - ui_.px(4), a.y + ui_.px(6)},
                            {tip + ui_.px(4), a.y + ui_.px(6)}, ink);
  }

 private:
  const Scene& scene_;
  const Ui& ui_;
  const MapColours& map_;
  ImDrawList& list_;
};

struct Entry {
  std::string words;
  std::function<void(ImVec2, ImVec2)> paint;
  bool toggles_free_list = false;
};

std::vector<Entry> kinds_of_memory(const Scene& scene, const Swatches& pen) {
  const MapColours& map = scene.ui.theme().map;
  const PictureTotals& totals = scene.picture().totals();
  const auto outlined = [&pen](const ImVec4& ground) {
    return [&pen, ground](ImVec2 a, ImVec2 b) { pen.outlined(a, b, ground); };
  };
  const auto striped = [&pen](const ImVec4& ground, const ImVec4& line, float step) {
    return
        [&pen, ground, line, step](ImVec2 a, ImVec2 b) { pen.striped(a, b, ground, line, step); };
  };
  std::vector<Entry> kinds{{"free", outlined(map.free_fill)}};
  if (totals.cached_blocks > 0)
    kinds.push_back({"cached", [&](ImVec2 a, ImVec2 b) { pen.cached(a, b); }});
  if (scene.picture().free_list_size() > 0)
    kinds.push_back({"free list", [&](ImVec2 a, ImVec2 b) { pen.arrow(a, b); }, true});
  kinds.push_back({"header", outlined(map.header)});
  kinds.push_back({"padding", striped(map.padding_light, map.padding_dark, 5)});
  if (totals.guard > 0) kinds.push_back({"guard", [&](ImVec2 a, ImVec2 b) { pen.guard(a, b); }});
  if (totals.set_aside_blocks > 0)
    kinds.push_back({"set aside", [&](ImVec2 a, ImVec2 b) { pen.set_aside(a, b); }});
  if (totals.pool_blocks > 0)
    kinds.push_back({"pool slots", [&](ImVec2 a, ImVec2 b) { pen.slots(a, b); }});
  kinds.push_back({"not yet ours", striped(map.beyond_fill, map.free_edge, 6)});
  if (totals.foreign > 0)
    kinds.push_back({"not ours", striped(map.foreign_fill, map.foreign_line, 6)});
  return kinds;
}

std::vector<Entry> owners_of_blocks(const Scene& scene, const Swatches& pen) {
  const auto owned = [&pen](unsigned index) {
    return [&pen, index](ImVec2 a, ImVec2 b) { pen.owned(a, b, index); };
  };
  if (scene.state.colour_by == ColourBy::state) return {{"in use", owned(0)}};
  if (is_ramp(scene.state.colour_by)) return {};
  const bool lab = scene.program == nullptr;
  std::vector<Entry> owners;
  if (lab) owners.push_back({"you", owned(0)});
  for (const ThreadInfo* thread : workers_of(scene)) {
    // "worker 1", then numbers: a swatch says the rest. A program's threads have names.
    const bool named = !lab || owners.size() == 1;
    owners.push_back({named ? thread_title(scene, thread->number) : std::to_string(thread->number),
                      owned(thread->number)});
  }
  return owners;
}

/// All workers, where the legend has no room for them.
void draw_all_workers(const Scene& scene) {
  const Ui& ui = scene.ui;
  ui.beside(ImGui::GetItemRectMin(), ImGui::GetItemRectMax());
  ImGui::BeginTooltip();
  const Swatches pen(scene);
  constexpr std::size_t in_line = 8;
  const std::vector<const ThreadInfo*> workers = workers_of(scene);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const ImVec2 cell(ui.px(46), ui.px(20));
  for (std::size_t i = 0; i < workers.size(); ++i) {
    const std::size_t line = i / in_line;
    const ImVec2 from(at.x + cell.x * static_cast<float>(i % in_line),
                      at.y + cell.y * static_cast<float>(line));
    pen.owned({from.x, from.y + ui.px(3)}, {from.x + ui.px(14), from.y + ui.px(14)},
              workers[i]->number);
    ui.text_at(*ImGui::GetWindowDrawList(), {from.x + ui.px(20), from.y}, ui.fonts().body,
               ui.theme().text, std::to_string(workers[i]->number));
  }
  const std::size_t lines = (workers.size() + in_line - 1) / in_line;
  ImGui::Dummy({cell.x * static_cast<float>(std::min(in_line, workers.size())),
                cell.y * static_cast<float>(lines)});
  ImGui::EndTooltip();
}

float width_of(const Ui& ui, const Entry& entry) {
  const float between = entry.words.size() <= 2 ? 30.0F : 38.0F;
  return ui.px(between) + ui.text_size(ui.fonts().body, entry.words).x;
}

/// Returns its width.
float draw_entry(const Scene& scene, const Entry& entry, float x, float y) {
  const Ui& ui = scene.ui;
  const float width = width_of(ui, entry);
  entry.paint({x, y - ui.px(5.5F)}, {x + ui.px(14), y + ui.px(5.5F)});
  const ImVec2 size = ui.text_size(ui.fonts().body, entry.words);
  const bool off = entry.toggles_free_list && !scene.state.free_list;
  const ImU32 ink = with_alpha(ui.theme().text_dim, off ? 0.5F : 1.0F);
  ui.text_at(*ImGui::GetWindowDrawList(), {x + ui.px(20), y - size.y / 2}, ui.fonts().body, ink,
             entry.words);
  if (!entry.toggles_free_list) return width;
  ImGui::SetCursorScreenPos({x - ui.px(4), y - ui.px(11)});
  if (ImGui::InvisibleButton("##free list", {width - ui.px(8), ui.px(22)}))
    scene.command(Command::toggle_free_list);
  ui.target("legend:free_list");
  scene.hint(Command::toggle_free_list);
  return width;
}

}  // namespace

void draw_map_legend(const Scene& scene, ImVec2 from, ImVec2 to) {
  const Ui& ui = scene.ui;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const float y = from.y + (to.y - from.y) / 2 + ui.px(3);
  const Swatches pen(scene);
  const std::vector<Entry> kinds = kinds_of_memory(scene, pen);
  const std::vector<Entry> owners = owners_of_blocks(scene, pen);
  float x = from.x + ui.px(18);
  if (is_ramp(scene.state.colour_by)) x += draw_ramp(scene, list, x, y) + ui.px(18);
  // Owners first: a few all of them, many as many as leave room for the kinds.
  constexpr std::size_t a_few = 9;
  float limit = to.x - ui.px(8);
  if (owners.size() > a_few) {
    for (const Entry& kind : kinds) limit -= width_of(ui, kind);
  }
  for (std::size_t i = 0; i < owners.size(); ++i) {
    std::string rest("+");
    rest.append(std::to_string(owners.size() - i)).append(" more");
    const float rest_width =
        i + 1 < owners.size() ? ui.text_size(ui.fonts().body, rest).x + ui.px(18) : 0;
    if (i > 0 && x + width_of(ui, owners[i]) + rest_width > limit) {
      const ImVec2 size = ui.text_size(ui.fonts().body, rest);
      ui.text_at(list, {x, y - size.y / 2}, ui.fonts().body, ui.theme().text, rest);
      ImGui::SetCursorScreenPos({x - ui.px(4), y - ui.px(11)});
      ImGui::InvisibleButton("##more workers", {size.x + ui.px(8), ui.px(22)});
      ui.target("legend:more");
      if (ImGui::IsItemHovered()) draw_all_workers(scene);
      x += size.x + ui.px(18);
      break;
    }
    x += draw_entry(scene, owners[i], x, y);
  }
  for (const Entry& kind : kinds) {
    if (x + width_of(ui, kind) - ui.px(18) <= to.x) x += draw_entry(scene, kind, x, y);
  }
}

}  // namespace mh
