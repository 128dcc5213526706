#include "app/views/search_view.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "app/model/format.hpp"
#include "app/model/input.hpp"
#include "app/views/map_overlay.hpp"
#include "core/heap/classic/policy.hpp"

namespace mh {
namespace {

constexpr double readable_events = 120;  ///< a second
constexpr float row_height = 20;
constexpr float head_height = 30;
constexpr float foot_height = 26;
constexpr float line_height = 17;
constexpr float column_width = 300;
constexpr std::size_t most_badges = 200;

/// A number in a circle round the middle; the block that was taken has a ring.
void draw_badge(const Ui& ui, ImDrawList& list, ImVec2 middle, std::size_t number, bool taken) {
  const std::string text = std::to_string(number);
  const ImVec2 size = ui.text_size(ui.fonts().label, text);
  const float radius = ui.px(8);
  const float half = std::max(radius, size.x / 2 + ui.px(4));
  const auto pill = [&](float grow, ImU32 colour) {
    list.AddRectFilled({middle.x - half - grow, middle.y - radius - grow},
                       {middle.x + half + grow, middle.y + radius + grow}, colour, radius + grow);
  };
  if (taken) {
    pill(ui.px(3.5F), ui.theme().visited);
    pill(ui.px(2), ui.theme().ground);
  }
  pill(0, ui.theme().visited);
  ui.text_at(list, {middle.x - size.x / 2, middle.y - size.y / 2}, ui.fonts().label,
             ui.theme().visited_ink, text);
}

/// Words in at most two lines of a width.
std::vector<std::string> in_lines(const Ui& ui, ImFont* font, const std::string& words,
                                  float width) {
  if (ui.text_size(font, words).x <= width) return {words};
  std::size_t at = words.rfind(' ');
  while (at != std::string::npos && at > 0 && ui.text_size(font, words.substr(0, at)).x > width)
    at = words.rfind(' ', at - 1);
  if (at == std::string::npos) return {ui.fit(font, words, width)};
  return {words.substr(0, at), ui.fit(font, words.substr(at + 1), width)};
}

/// Which of the visits told so far have room in so many rows: the first ones, and the one that was
/// taken.
std::vector<std::size_t> shown_visits(const Scene& scene, std::size_t rows) {
  const SearchTrace& search = *scene.search;
  const std::size_t count = std::min(search.visits.size(), scene.visits_told);
  std::vector<std::size_t> shown;
  for (std::size_t i = 0; i < std::min(count, rows); ++i) shown.push_back(i);
  for (std::size_t i = rows; i < count && !shown.empty(); ++i) {
    if (search.visits[i].address == search.chosen) shown.back() = i;
  }
  return shown;
}

bool on_its_way(const Scene& scene) {
  return scene.visits_told <= scene.search->visits.size();
}

void draw_visit(const Scene& scene, ImDrawList& list, ImVec2 at, float width, std::size_t index) {
  const Ui& ui = scene.ui;
  const SearchTrace::Visit& visit = scene.search->visits[index];
  const bool taken = visit.address == scene.search->chosen && !on_its_way(scene);
  const float middle = at.y + ui.px(row_height) / 2;
  draw_badge(ui, list, {at.x + ui.px(12), middle}, index + 1, taken);
  const ImU32 ink = taken ? ui.theme().text : ui.theme().text_dim;
  const std::string size = visit_size_words(visit);
  const float size_end = ui.px(96);
  const ImVec2 extent = ui.text_size(ui.fonts().mono, size);
  ui.text_at(list, {at.x + size_end - extent.x, middle - extent.y / 2}, ui.fonts().mono, ink, size);
  ImFont* const font = taken ? ui.fonts().body_medium : ui.fonts().body;
  const float x = size_end + ui.px(12);
  const std::string words = ui.fit(font, visit_words(*scene.search, index), width - x - ui.px(8));
  ui.text_at(list, {at.x + x, middle - ui.text_size(font, words).y / 2}, font, ink, words);
}

void draw_told(const Scene& scene, ImDrawList& list, ImVec2 from, ImVec2 to) {
  const Ui& ui = scene.ui;
  const Theme& t = ui.theme();
  const SearchTrace& search = *scene.search;
  const std::string title = "malloc(" + std::to_string(search.requested) + ")";
  ui.text_at(list, {from.x, from.y + ui.px(8)}, ui.fonts().mono_medium, t.text, title);
  if (!scene.search_fresh) {
    const float title_width = ui.text_size(ui.fonts().mono_medium, title).x;
    ui.text_at(list, {from.x + title_width + ui.px(14), from.y + ui.px(8)}, ui.fonts().small,
               t.text_dim, "the last search; the heap has changed since");
  }

  const float width = to.x - from.x;
  const float top = from.y + ui.px(head_height);
  const std::vector<std::string> end =
      in_lines(ui, ui.fonts().body_medium, end_words(search), width);
  const float bottom =
      to.y - ui.px(foot_height) - ui.px(line_height) * static_cast<float>(end.size() - 1);
  const auto lines =
      static_cast<std::size_t>(std::max(1.0F, std::floor((bottom - top) / ui.px(row_height))));
  const std::size_t room =
      static_cast<std::size_t>(std::max(1.0F, std::floor(width / ui.px(column_width))));
  const std::size_t columns =
      std::clamp<std::size_t>((search.visits.size() + lines - 1) / lines, 1, room);
  const std::vector<std::size_t> shown = shown_visits(scene, lines * columns);
  const float column = width / static_cast<float>(columns);
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const std::size_t place = i / lines;
    draw_visit(scene, list,
               {from.x + column * static_cast<float>(place),
                top + ui.px(row_height) * static_cast<float>(i % lines)},
               column, shown[i]);
  }
  for (std::size_t i = 0; i < end.size() && !on_its_way(scene); ++i) {
    ui.text_at(list, {from.x, bottom + ui.px(3) + ui.px(line_height) * static_cast<float>(i)},
               ui.fonts().body_medium, t.text, end[i]);
  }
}

}  // namespace

bool too_fast_to_explain(const Scene& scene) {
  return scene.player.live() && !scene.player.paused() && scene.events_per_second > readable_events;
}

float draw_search(const Scene& scene, ImVec2 from, ImVec2 to) {
  if (scene.program != nullptr || !scene.lab.explaining()) return 0;
  const Ui& ui = scene.ui;
  const Theme& t = ui.theme();
  const float height = std::floor(std::clamp(
      (to.y - from.y) * 0.27F, ui.px(head_height + foot_height + line_height + row_height),
      ui.px(head_height + foot_height + 5 * row_height + 6)));
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const ImVec2 a(from.x + ui.px(18), to.y - height);
  const ImVec2 b(to.x - ui.px(18), to.y - ui.px(8));
  list.AddRectFilled(a, b, t.panel, ui.px(8));
  list.AddRect(a, b, t.line, ui.px(8));
  ui.target("search", a, b);
  const ImVec2 inner(a.x + ui.px(14), a.y);
  if (scene.search != nullptr) {
    draw_told(scene, list, inner, {b.x - ui.px(14), b.y});
  } else {
    const std::string words =
        too_fast_to_explain(scene)
            ? "Too many searches a second to read: pause (Space), or slow down."
            : "No search yet. Each malloc from now on tells which free blocks it visits.";
    ui.text_at(list, {inner.x, a.y + ui.px(8)}, ui.fonts().body, t.text_dim,
               ui.fit(ui.fonts().body, words, b.x - inner.x - ui.px(14)));
  }
  return height;
}

void draw_search_badges(const Scene& scene, ImDrawList& list, const MapGeometry& geometry,
                        ImVec2 origin, ImVec2 end) {
  if (scene.search == nullptr || !scene.search_fresh) return;
  const Ui& ui = scene.ui;
  const SearchTrace& search = *scene.search;
  const double density = static_cast<double>(ui.density());
  std::vector<ImVec2> placed;
  const auto draw_one = [&](std::size_t index) {
    const SearchTrace::Visit& visit = search.visits[index];
    const auto block = scene.picture().block_at(visit.address);
    if (!block || block->address != visit.address) return;
    const bool taken = visit.address == search.chosen && !on_its_way(scene);
    MapOverlay::draw_outline(scene, list, geometry, origin, {block->address, block->end()},
                             ui.theme().visited, ui.px(taken ? 3.0F : 2.0F));
    const MapGeometry::Point begin = geometry.locate(block->address);
    const MapGeometry::Point finish = geometry.locate(block->end());
    const double last_x = finish.row == begin.row ? finish.x : geometry.width();
    // Over the header: arrows of the free list end in the middle of payloads.
    const double x =
        std::min((begin.x + last_x) / 2, begin.x + static_cast<double>(ui.px(10)) * density);
    const ImVec2 middle(origin.x + static_cast<float>(x / density),
                        origin.y + static_cast<float>(begin.y / density));
    const auto crowds = [&](const ImVec2& other) {
      return std::abs(other.x - middle.x) < ui.px(18) && std::abs(other.y - middle.y) < ui.px(16);
    };
    if (middle.y < origin.y - 1 || middle.y > end.y) return;
    if (std::any_of(placed.begin(), placed.end(), crowds)) return;
    placed.push_back(middle);
    draw_badge(ui, list, middle, index + 1, taken);
  };
  list.PushClipRect({origin.x - ui.px(12), origin.y - ui.px(14)},
                    {end.x + ui.px(12), end.y + ui.px(12)}, true);
  // The one that was taken first: where badges crowd, it keeps its place.
  const std::size_t told = std::min(search.visits.size(), scene.visits_told);
  for (std::size_t i = told; i > 0; --i) {
    if (search.visits[i - 1].address == search.chosen) draw_one(i - 1);
  }
  for (std::size_t i = 0; i < std::min(told, most_badges); ++i) {
    if (search.visits[i].address != search.chosen) draw_one(i);
  }
  list.PopClipRect();
}

namespace {

void draw_fit(const Scene& scene, const PictureBlock& block) {
  const Ui& ui = scene.ui;
  const Parsed<std::uint64_t> size = parse_size(scene.state.size_text);
  if (!size) return;
  const Layout layout = layout_of(scene.lab.policy());
  const std::uint64_t needed =
      layout.size_at(reinterpret_cast<const std::byte*>(block.address), *size);
  const std::string call = "malloc(" + std::to_string(*size) + ")";
  std::string words = call + " would take " + format_count(needed) + " B here, with its header. ";
  if (needed > block.size) {
    words += "The block has " + format_count(block.size) + ": " +
             format_count(needed - block.size) + " B too few.";
  } else if (needed == block.size) {
    words += "So many it has: it fits exactly.";
  } else {
    words += "The block has " + format_count(block.size) + ": it fits, " +
             format_count(block.size - needed) + " B left over.";
  }
  ui.heading("WOULD IT FIT?");
  ui.wrapped(ui.fonts().small, ui.theme().text_dim, words);
}

}  // namespace

void draw_why(Scene& scene, const PictureBlock& block) {
  if (!block.used && !block.free()) return;
  // The fast engine does not tell its searches, and lays blocks out in another way.
  if (scene.engine() == Engine::fast) return;
  const Ui& ui = scene.ui;
  ui.gap(6);
  if (!block.used) {
    draw_fit(scene, block);
    return;
  }
  const SearchLens::Origin origin = scene.searches->of_block(scene.view, block);
  ui.heading("WHY HERE?");
  if (origin.search == nullptr) {
    ui.wrapped(ui.fonts().small, ui.theme().text_dim,
               origin.call_in_log ? "Explaining was off when this block was made (E turns it on)."
                                  : "The log does not have the call that made this block.");
    return;
  }
  ui.wrapped(ui.fonts().small, ui.theme().text_dim, end_words(*origin.search));
  if (SearchLens::is_fresh(scene.view, *origin.search)) return;
  const float width = ImGui::GetContentRegionAvail().x;
  if (ui.button("why:show", "Show that moment", {width, ui.px(24)}, ButtonLook::plain,
                ui.fonts().small)) {
    scene.later.emplace_back(
        [&player = scene.player, &lab = scene.lab, event = origin.search->event] {
          lab.set_explaining(true);
          player.seek(event + 1);
        });
  }
}

}  // namespace mh
