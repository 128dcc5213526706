#include "app/views/map_legend.hpp"

#include <algorithm>
#include <functional>
#include <string>

#include "app/model/format.hpp"

namespace mh {

std::string thread_title(const Scene& scene, std::uint16_t thread) {
  if (thread == Lab::hand_thread) return "you";
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

}  // namespace

void draw_map_legend(const Scene& scene, ImVec2 from, ImVec2 to) {
  const Ui& ui = scene.ui;
  const Theme& t = ui.theme();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const float y = from.y + (to.y - from.y) / 2 + ui.px(3);
  struct Entry {
    std::string words;
    std::function<void(ImVec2, ImVec2)> paint;
  };
  const auto filled = [&](ImU32 colour) {
    return [&list, &ui, colour](ImVec2 a, ImVec2 b) { list.AddRectFilled(a, b, colour, ui.px(2)); };
  };
  // Beyond the eight hues a pattern tells owners apart, as the map's shader draws it.
  const auto owned = [&](unsigned index) {
    return [&list, &ui, &t, index](ImVec2 a, ImVec2 b) {
      list.AddRectFilled(a, b, to_u32(map_colour(t.map, ColourBy::thread, index)), ui.px(2));
      if (index < 8) return;
      for (float dot_x = a.x + ui.px(3); dot_x < b.x; dot_x += ui.px(4)) {
        for (float dot_y = a.y + ui.px(3); dot_y < b.y; dot_y += ui.px(5)) {
          list.AddCircleFilled({dot_x, dot_y}, ui.px(1), with_alpha(IM_COL32_BLACK, 0.6F), 6);
        }
      }
    };
  };
  const auto outlined = [&](ImU32 ground) {
    return [&list, &ui, &t, ground](ImVec2 a, ImVec2 b) {
      list.AddRectFilled(a, b, ground, ui.px(2));
      list.AddRect(a, b, to_u32(t.map.free_edge), ui.px(2));
    };
  };
  const auto striped = [&](ImU32 ground, ImU32 line, float step) {
    return [&list, &ui, ground, line, step](ImVec2 a, ImVec2 b) {
      list.AddRectFilled(a, b, ground, ui.px(2));
      list.PushClipRect(a, b, true);
      for (float d = -(b.y - a.y); d < b.x - a.x; d += ui.px(step)) {
        list.AddLine({a.x + d, b.y}, {a.x + d + (b.y - a.y), a.y}, line, ui.px(step * 0.45F));
      }
      list.PopClipRect();
    };
  };
  const auto width_of = [&](const Entry& entry) {
    return ui.px(38) + ui.text_size(ui.fonts().body, entry.words).x;
  };
  float x = from.x + ui.px(18);
  const auto place = [&](const Entry& entry) {
    entry.paint({x, y - ui.px(5.5F)}, {x + ui.px(14), y + ui.px(5.5F)});
    const ImVec2 size = ui.text_size(ui.fonts().body, entry.words);
    ui.text_at(list, {x + ui.px(20), y - size.y / 2}, ui.fonts().body, t.text_dim, entry.words);
    x += width_of(entry);
  };

  std::vector<Entry> kinds{
      {"free", outlined(to_u32(t.map.free_fill))},
      {"header", outlined(to_u32(t.map.header))},
      {"padding", striped(to_u32(t.map.padding_light), to_u32(t.map.padding_dark), 5)},
      {"not yet ours", striped(to_u32(t.map.beyond_fill), to_u32(t.map.free_edge), 6)}};
  if (scene.picture().totals().foreign > 0) {
    kinds.push_back(
        {"not ours", striped(to_u32(t.map.foreign_fill), to_u32(t.map.foreign_line), 6)});
  }
  std::vector<Entry> owners;
  if (scene.state.colour_by == ColourBy::state) {
    owners.push_back({"in use", filled(to_u32(t.map.hues[0]))});
  } else if (is_ramp(scene.state.colour_by)) {
    x += draw_ramp(scene, list, x, y) + ui.px(18);
  } else {
    owners.push_back({"you", filled(to_u32(t.map.hues[0]))});
    for (const ThreadInfo* thread : workers_of(scene)) {
      owners.push_back({thread_title(scene, thread->number), owned(thread->number)});
    }
  }
  // Owners first, as many as leave room for the kinds.
  float limit = to.x - ui.px(8);
  for (const Entry& kind : kinds) limit -= width_of(kind);
  for (std::size_t i = 0; i < owners.size(); ++i) {
    std::string rest("+");
    rest.append(std::to_string(owners.size() - i)).append(" more");
    const float rest_width =
        i + 1 < owners.size() ? ui.text_size(ui.fonts().body, rest).x + ui.px(18) : 0;
    if (x + width_of(owners[i]) + rest_width > limit) {
      ui.text_at(list, {x, y - ui.text_size(ui.fonts().body, rest).y / 2}, ui.fonts().body,
                 t.text_dim, rest);
      x += ui.text_size(ui.fonts().body, rest).x + ui.px(18);
      break;
    }
    place(owners[i]);
  }
  for (const Entry& kind : kinds) {
    if (x + width_of(kind) <= to.x) place(kind);
  }
}

}  // namespace mh
