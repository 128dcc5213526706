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
constexpr float head = 6;  // of an arrow, at scale 1

/// Points at even distances along a line.
std::vector<ImVec2> in_steps(const std::vector<ImVec2>& line, std::size_t points) {
  if (line.size() < 2) return line;
  std::vector<float> along{0};  // how far each point is from the first
  for (std::size_t i = 1; i < line.size(); ++i) {
    along.push_back(along.back() +
                    std::hypot(line[i].x - line[i - 1].x, line[i].y - line[i - 1].y));
  }
  std::vector<ImVec2> stepped;
  std::size_t part = 1;
  for (std::size_t i = 0; i < points; ++i) {
    const float at = along.back() * static_cast<float>(i) / static_cast<float>(points - 1);
    while (part + 1 < line.size() && along[part] < at) ++part;
    const float length = along[part] - along[part - 1];
    const float share = length > 0 ? std::clamp((at - along[part - 1]) / length, 0.0F, 1.0F) : 0;
    stepped.emplace_back(line[part - 1].x + (line[part].x - line[part - 1].x) * share,
                         line[part - 1].y + (line[part].y - line[part - 1].y) * share);
  }
  return stepped;
}

}  // namespace

/// A block that goes over several rows is met where most of it is in view.
FreeListArrows::Stop FreeListArrows::stop_at(const Scene& scene, const MapGeometry& geometry,
                                             ImVec2 origin, std::uint64_t header,
                                             const BlockRange& payload) {
  const double density = static_cast<double>(scene.ui.density());
  const auto pieces = map_pieces(geometry, origin, scene.ui.density(), payload.from, payload.to);
  const auto widest =
      std::max_element(pieces.begin(), pieces.end(),
                       [](const MapPiece& a, const MapPiece& b) { return a.width() < b.width(); });
  Stop stop{};
  stop.pointed_at = header == scene.state.hovered || header == scene.state.selected;
  if (widest != pieces.end()) {
    stop.in_view = true;
    stop.x = (widest->x0 + widest->x1) / 2;
    stop.top = widest->y0;
    stop.bottom = widest->y1;
    stop.width = widest->width();
  } else {
    const MapGeometry::Point middle =
        geometry.locate(payload.from + (payload.to - payload.from) / 2);
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
    stops_.push_back(
        stop_at(scene, geometry, origin, block.address, {block.payload_address(), block.end()}));
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
                          ImVec2 origin, const SlideHeap* moving) {
  const float density = scene.ui.density();
  const float row_height = static_cast<float>(geometry.row_height()) / density;
  const bool has_room = scene.state.free_list && row_height >= scene.ui.px(least_row) &&
                        !ByteOverlay::has_room(scene, geometry) && collect(scene, geometry, origin);
  if (!has_room) stops_.clear();
  const float gap = static_cast<float>(geometry.pitch()) / density - row_height;
  if (moving != nullptr && has_room && moving->motion.links.size() <= most_arrows) {
    draw_turning(scene, list, geometry, origin, *moving);
    return;
  }
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
      draw_way(scene, list, way_between(scene, list, from, to, {gap, static_cast<int>(i % 3) - 1}),
               strong, 1);
    }
  }
}

FreeListArrows::Way FreeListArrows::way_between(const Scene& scene, ImDrawList& list,
                                                const Stop& from, const Stop& to,
                                                const Style& style) {
  const Ui& ui = scene.ui;
  // The arrow that comes and the one that goes keep apart where the block is wide enough.
  const auto apart = [&](const Stop& stop) { return std::min(ui.px(7), stop.width * 0.2F); };
  const bool same_row = std::abs(from.top - to.top) < 1;
  const bool forward = same_row ? from.x < to.x : from.top < to.top;
  // Which way the arrow leaves, and from which side it arrives: +1 is downwards.
  const float leaves = forward ? 1.0F : -1.0F;
  const float arrives = same_row ? leaves : -leaves;
  const float inside = std::min(ui.px(7), (from.bottom - from.top) * 0.25F);
  const float towards = to.x < from.x ? -1.0F : 1.0F;
  const float edge = leaves > 0 ? from.bottom : from.top;
  const ImVec2 start(from.x + towards * apart(from), edge - leaves * inside);
  const ImVec2 tip(to.x - towards * apart(to),
                   (arrives > 0 ? to.bottom : to.top) - arrives * inside / 2);
  const ImVec2 end(tip.x, tip.y + arrives * ui.px(head));
  list.PathClear();
  list.PathLineTo(start);
  if (same_row) {
    const float depth = std::clamp(std::abs(tip.x - start.x) * 0.16F, ui.px(11), ui.px(17));
    const float low = start.y + leaves * (inside + depth * 4 / 3);
    list.PathBezierCubicCurveTo({start.x, low}, {end.x, low}, end);
  } else {
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
  }
  Way way{.line = {list._Path.begin(), list._Path.end()}, .tip = tip, .end = end};
  list.PathClear();
  return way;
}

/// The same point of both lines, on its way from the one to the other.
FreeListArrows::Way FreeListArrows::turned(const Way& was, const Way& is, float done) {
  constexpr std::size_t points = 24;
  const auto mix = [done](ImVec2 a, ImVec2 b) {
    return ImVec2(a.x + (b.x - a.x) * done, a.y + (b.y - a.y) * done);
  };
  const std::vector<ImVec2> a = in_steps(was.line, points);
  const std::vector<ImVec2> b = in_steps(is.line, points);
  Way way{.line = {}, .tip = mix(was.tip, is.tip), .end = mix(was.end, is.end)};
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    way.line.push_back(mix(a[i], b[i]));
  return way;
}

void FreeListArrows::draw_way(const Scene& scene, ImDrawList& list, const Way& way, bool strong,
                              float strength) {
  if (way.line.empty()) return;
  const Ui& ui = scene.ui;
  const Theme& t = ui.theme();
  const ImU32 halo = with_alpha(t.ground, (strong ? 0.75F : 0.4F) * strength);
  const ImU32 ink = with_alpha(t.arrow, (strong ? 1.0F : 0.5F) * strength);
  const auto points = static_cast<int>(way.line.size());
  list.AddPolyline(way.line.data(), points, halo, 0, ui.px(strong ? 4.5F : 3));
  list.AddCircleFilled(way.line.front(), ui.px(4), halo);
  list.AddPolyline(way.line.data(), points, ink, 0, ui.px(strong ? 1.6F : 1));
  list.AddCircleFilled(way.line.front(), ui.px(2.6F), ink);
  const float half = ui.px(head) * 0.72F;
  list.AddTriangleFilled(way.tip, {way.end.x - half, way.end.y}, {way.end.x + half, way.end.y},
                         ink);
}

/// Arrows on their way from one block to another; some come, some go.
void FreeListArrows::draw_turning(const Scene& scene, ImDrawList& list, const MapGeometry& geometry,
                                  ImVec2 origin, const SlideHeap& heap) {
  const float density = scene.ui.density();
  const auto gap = static_cast<float>(geometry.pitch() - geometry.row_height()) / density;
  const auto around = [&](std::uint64_t address) {
    const auto found = std::find_if(
        heap.blocks.begin(), heap.blocks.end(),
        [&](const SlideBlock& b) { return address >= b.address && address < end_of(b); });
    return found == heap.blocks.end() ? nullptr : &*found;
  };
  const auto stop = [&](const SlideBlock& block) {
    return stop_at(scene, geometry, origin, block.address,
                   {block.address + block.header, end_of(block)});
  };
  int lane = 0;
  for (const HeapMotion::Link& link : heap.motion.links) {
    const SlideBlock* const from = around(link.from);
    const SlideBlock* const was = around(link.was);
    const SlideBlock* const is = around(link.is);
    if (from == nullptr) continue;
    lane = (lane + 1) % 3;
    const auto way = [&](const SlideBlock& to) {
      return way_between(scene, list, stop(*from), stop(to), {gap, lane - 1});
    };
    const auto done = static_cast<float>(link.done);
    const bool had = was != nullptr && was != from;
    const bool has = is != nullptr && is != from;
    if (had && has) {
      draw_way(scene, list, turned(way(*was), way(*is), done), true, 1);
    } else if (had) {
      draw_way(scene, list, way(*was), true, 1 - done);
    } else if (has) {
      draw_way(scene, list, way(*is), true, done);
    }
  }
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
