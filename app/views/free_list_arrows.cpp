#include "app/views/free_list_arrows.hpp"

#include <algorithm>
#include <cmath>

#include "app/views/byte_overlay.hpp"
#include "app/views/map_pieces.hpp"

namespace mh {
namespace {

constexpr std::size_t most_stops = 2000;  // of the list are looked at
constexpr float least_row = 15;           // heights and widths at scale 1
constexpr float least_width = 7;
constexpr std::size_t strong_arrows = 12;

}  // namespace

/// A block that goes over several rows is met where most of it is in view.
FreeListArrows::Stop FreeListArrows::stop_at(const Scene& scene, const MapGeometry& geometry,
                                             ImVec2 origin, const PictureBlock& block) {
  const double density = static_cast<double>(scene.ui.density());
  const auto pieces =
      map_pieces(geometry, origin, scene.ui.density(), block.payload_address(), block.end());
  const auto widest =
      std::max_element(pieces.begin(), pieces.end(),
                       [](const MapPiece& a, const MapPiece& b) { return a.width() < b.width(); });
  Stop stop{};
  stop.pointed_at = block.address == scene.state.hovered || block.address == scene.state.selected;
  if (widest != pieces.end()) {
    stop.in_view = true;
    stop.x = (widest->x0 + widest->x1) / 2;
    stop.top = widest->y0;
    stop.bottom = widest->y1;
    stop.width = widest->width();
  } else {
    const MapGeometry::Point middle =
        geometry.locate(block.payload_address() + block.capacity() / 2);
    stop.x = origin.x + static_cast<float>(middle.x / density);
    stop.top = origin.y + static_cast<float>(middle.y / density);
    stop.bottom = stop.top + static_cast<float>(geometry.row_height() / density);
  }
  return stop;
}

/// False if the arrows would be too many or too small.
bool FreeListArrows::collect(const Scene& scene, const MapGeometry& geometry, ImVec2 origin) {
  stops_.clear();
  scene.picture().for_each_free([&](const PictureBlock& block) {
    stops_.push_back(stop_at(scene, geometry, origin, block));
    return stops_.size() < most_stops;
  });
  std::size_t arrows = 0;
  std::size_t narrow = 0;
  for (std::size_t i = 0; i < stops_.size(); ++i) {
    const bool seen = stops_[i].in_view || (i > 0 && stops_[i - 1].in_view);
    arrows += seen ? 1 : 0;
    narrow += stops_[i].in_view && stops_[i].width < scene.ui.px(least_width) ? 1 : 0;
  }
  return arrows <= most_arrows && 2 * narrow <= arrows;
}

void FreeListArrows::draw(const Scene& scene, ImDrawList& list, const MapGeometry& geometry,
                          ImVec2 origin) {
  const float density = scene.ui.density();
  const float row_height = static_cast<float>(geometry.row_height()) / density;
  if (!scene.state.free_list || row_height < scene.ui.px(least_row) ||
      ByteOverlay::has_room(scene, geometry) || !collect(scene, geometry, origin)) {
    stops_.clear();
  }
  const float gap = static_cast<float>(geometry.pitch()) / density - row_height;
  // The first ones, where a search begins, and those of a block that one points at; the others only
  // show how far it goes on.
  std::size_t drawn = 0;
  for (const bool strong : {false, true}) {
    drawn = 0;
    for (std::size_t i = 1; i < stops_.size(); ++i) {
      const Stop& from = stops_[i - 1];
      const Stop& to = stops_[i];
      if (!from.in_view && !to.in_view) continue;
      const bool pointed_at = from.pointed_at || to.pointed_at;
      if ((++drawn <= strong_arrows || pointed_at) != strong) continue;
      draw_arrow(scene, list, from, to, {gap, static_cast<int>(i % 3) - 1, strong});
    }
  }
}

void FreeListArrows::draw_arrow(const Scene& scene, ImDrawList& list, const Stop& from,
                                const Stop& to, const Style& style) {
  const Ui& ui = scene.ui;
  // The arrow that comes and the one that goes keep apart where the block is wide enough.
  const auto apart = [&](const Stop& stop) { return std::min(ui.px(7), stop.width * 0.2F); };
  const bool same_row = std::abs(from.top - to.top) < 1;
  const bool forward = same_row ? from.x < to.x : from.top < to.top;
  // Which way the arrow leaves, and from which side it arrives: +1 is downwards.
  const float leaves = forward ? 1.0F : -1.0F;
  const float arrives = same_row ? leaves : -leaves;
  const float inside = std::min(ui.px(7), (from.bottom - from.top) * 0.25F);
  const float head = ui.px(6);
  const float towards = to.x < from.x ? -1.0F : 1.0F;
  const float edge = leaves > 0 ? from.bottom : from.top;
  const ImVec2 start(from.x + towards * apart(from), edge - leaves * inside);
  const ImVec2 tip(to.x - towards * apart(to),
                   (arrives > 0 ? to.bottom : to.top) - arrives * inside / 2);
  const ImVec2 end(tip.x, tip.y + arrives * head);
  const auto path = [&] {
    list.PathLineTo(start);
    if (same_row) {
      const float depth = std::clamp(std::abs(tip.x - start.x) * 0.16F, ui.px(11), ui.px(17));
      const float low = start.y + leaves * (inside + depth * 4 / 3);
      list.PathBezierCubicCurveTo({start.x, low}, {end.x, low}, end);
      return;
    }
    // Along the gap beside its row, then straight to the other one: what is written on the rows
    // stays readable.
    const float lane = static_cast<float>(style.lane) * std::min(ui.px(3), style.gap / 4);
    const float y = edge + leaves * style.gap / 2 + lane;
    const float radius = std::min(
        {ui.px(6), std::abs(end.x - start.x) / 2, std::abs(y - start.y), std::abs(end.y - y)});
    const float side = end.x < start.x ? -radius : radius;
    list.PathLineTo({start.x, y - leaves * radius});
    list.PathBezierCubicCurveTo({start.x, y}, {start.x, y}, {start.x + side, y});
    list.PathLineTo({end.x - side, y});
    const float down = end.y < y ? -radius : radius;
    list.PathBezierCubicCurveTo({end.x, y}, {end.x, y}, {end.x, y + down});
    list.PathLineTo(end);
  };
  const Theme& t = ui.theme();
  const ImU32 halo = with_alpha(t.ground, style.strong ? 0.75F : 0.4F);
  const ImU32 ink = with_alpha(t.arrow, style.strong ? 1.0F : 0.5F);
  path();
  list.PathStroke(halo, 0, ui.px(style.strong ? 4.5F : 3));
  list.AddCircleFilled(start, ui.px(4), halo);
  path();
  list.PathStroke(ink, 0, ui.px(style.strong ? 1.6F : 1));
  list.AddCircleFilled(start, ui.px(2.6F), ink);
  list.AddTriangleFilled(tip, {end.x - head * 0.72F, end.y}, {end.x + head * 0.72F, end.y}, ink);
}

void FreeListArrows::draw_head(const Scene& scene, ImDrawList& list, float left,
                               float right) const {
  if (stops_.empty() || !stops_.front().in_view) return;
  const Stop& head = stops_.front();
  const Ui& ui = scene.ui;
  const Theme& t = ui.theme();
  const char* const words = "free list";
  const ImVec2 size = ui.text_size(ui.fonts().small, words);
  const float half = size.x / 2 + ui.px(6);
  const float x = std::clamp(head.x, left + half, right - half);
  const float bottom = head.top + ui.px(2);
  const float top = bottom - size.y - ui.px(2);
  list.AddRectFilled({x - half, top}, {x + half, bottom}, t.arrow, ui.px(4));
  list.AddTriangleFilled({head.x - ui.px(5), bottom - 1}, {head.x + ui.px(5), bottom - 1},
                         {head.x, bottom + ui.px(6)}, t.arrow);
  ui.text_at(list, {x - size.x / 2, top + ui.px(1)}, ui.fonts().small, t.ground, words);
}

}  // namespace mh
