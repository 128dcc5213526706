#include "app/views/map_motion.hpp"

#include <algorithm>
#include <cmath>

#include "app/slides/map_slide.hpp"
#include "app/slides/slide_motion.hpp"

namespace mh {
namespace {

constexpr double calm_events = 40;        // a second: a few calls
constexpr double calm_explained = 120;    // the same, when searches are told as well
constexpr std::uint64_t most_told = 600;  // events at most, of what is shown as one change
constexpr unsigned most_changes = 24;     // and of them, those that change the heap
constexpr double flash_seconds = 0.5;

/// Changes no block.
bool only_tells(EventKind kind) {
  return kind == EventKind::search || kind == EventKind::visit || kind == EventKind::search_end ||
         kind == EventKind::step;
}

PictureBlock as_picture(const Scene& scene, const SlideBlock& block) {
  PictureBlock made;
  made.address = block.address;
  made.size = block.size;
  made.requested = block.requested;
  made.since = scene.age_now;
  made.thread = static_cast<std::uint16_t>(block.owner);
  made.used = true;
  return made;
}

/// Draws parts of the heap over the map.
class Brush {
 public:
  Brush(const Scene& scene, ImDrawList& list, const MapGeometry& geometry, ImVec2 origin)
      : scene_(scene), list_(list), geometry_(geometry), origin_(origin) {}

  /// level: from the row's lower edge up.
  void fill(std::uint64_t from, std::uint64_t to, ImU32 colour, double level = 1) const {
    for (const MapPiece& piece : pieces(from, to)) {
      const float top = piece.y1 - piece.height() * static_cast<float>(level);
      list_.AddRectFilled({piece.x0, top}, {piece.x1, piece.y1}, colour);
    }
  }
  void edge(std::uint64_t from, std::uint64_t to, ImU32 colour) const {
    for (const MapPiece& piece : pieces(from, to)) {
      list_.AddRect({piece.x0, piece.y0}, {piece.x1, piece.y1}, colour);
    }
  }
  /// A cut that has drifted apart by so many of ImGui's units.
  void gap(std::uint64_t at, std::uint64_t to, float width) const {
    const auto all = pieces(at, to);
    if (all.empty()) return;
    const MapPiece& first = all.front();
    list_.AddRectFilled({first.x0 - width, first.y0 - 1}, {first.x0, first.y1 + 1},
                        scene_.ui.theme().ground);
    for (const float x : {first.x0 - width, first.x0}) {
      list_.AddLine({x, first.y0 - 4}, {x, first.y1 + 4}, scene_.ui.theme().text);
    }
  }
  void travel(const HeapMotion::Travel& travel, ImU32 colour) const {
    const auto way = between({travel.from, travel.from + travel.bytes},
                             {travel.to, travel.to + travel.bytes}, travel.done);
    if (!way) return;
    list_.AddRectFilled({way->x0, way->y0}, {way->x1, way->y1}, with_alpha(colour, 0.8F), 3);
    list_.AddRect({way->x0, way->y0}, {way->x1, way->y1}, scene_.ui.theme().text, 3);
  }
  /// The search's frame, from the block that it looked at to the next.
  void walk(const BlockRange& from, const BlockRange& to, double done) const {
    const float grow = scene_.ui.px(2);
    const auto frame = between(from, to, done);
    if (!frame) return;
    list_.AddRect({frame->x0 - grow, frame->y0 - grow}, {frame->x1 + grow, frame->y1 + grow},
                  scene_.ui.theme().visited, scene_.ui.px(4), 0, scene_.ui.px(3));
  }
  /// left: of it, from 1 to 0.
  void flash(const BlockRange& bytes, float left) const {
    const ImU32 colour = with_alpha(scene_.ui.theme().bad, left);
    const float spread = scene_.ui.px(4 + 22 * (1 - left));
    for (const MapPiece& piece : pieces(bytes.from, bytes.to)) {
      list_.AddRectFilled({piece.x0, piece.y0}, {piece.x1, piece.y1}, colour);
      list_.AddRect({piece.x0 - spread, piece.y0 - spread}, {piece.x1 + spread, piece.y1 + spread},
                    colour, scene_.ui.px(5), 0, scene_.ui.px(3));
    }
  }

 private:
  /// What is on its way from one stretch to another; nullopt: one of them is not in view.
  [[nodiscard]] std::optional<MapPiece> between(const BlockRange& was, const BlockRange& is,
                                                double done) const {
    const auto from = pieces(was.from, was.to);
    const auto to = pieces(is.from, is.to);
    if (from.empty() || to.empty()) return std::nullopt;
    const auto mix = [&](float a, float b) { return a + (b - a) * static_cast<float>(done); };
    const MapPiece& a = from.front();
    const MapPiece& b = to.front();
    return MapPiece{mix(a.x0, b.x0), mix(a.x1, b.x1), mix(a.y0, b.y0), mix(a.y1, b.y1)};
  }
  [[nodiscard]] std::vector<MapPiece> pieces(std::uint64_t from, std::uint64_t to) const {
    return map_pieces(geometry_, origin_, scene_.ui.density(), from, to);
  }

  const Scene& scene_;
  ImDrawList& list_;
  const MapGeometry& geometry_;
  ImVec2 origin_;
};

}  // namespace

bool MapMotion::follow(Scene& scene) {
  const HeapPicture& picture = scene.picture();
  const std::uint64_t position = scene.view.position();
  const std::uint64_t version = picture.version(picture.start(), picture.program_break());
  const bool calm =
      scene.state.motion &&
      scene.events_per_second < (scene.lab.explaining() ? calm_explained : calm_events);
  if (!calm) {
    is_.reset();
    was_.reset();
  } else if (!is_ || position != position_ || version != version_) {
    std::optional<Slide> next = map_slide(picture, scene.search_fresh ? scene.search : nullptr);
    if (next && is_) {
      begin(scene, std::move(*next), position);
    } else {
      was_.reset();
      is_ = std::move(next);
    }
  }
  position_ = position;
  version_ = version;
  if (was_) {
    done_ += scene.seconds;
    if (done_ >= seconds_) was_.reset();
  }
  now_.reset();
  if (was_) {
    const double t = done_ / seconds_;
    now_ = forward_ ? slide_between(*was_, *is_, t) : slide_between(*is_, *was_, 1 - t);
    scene.animating = true;
  }
  fade(scene);
  return calm && is_.has_value();
}

void MapMotion::flash(const BlockRange& bytes) {
  flash_ = bytes;
  flash_left_ = flash_seconds;
}

void MapMotion::fade(Scene& scene) {
  flash_left_ = scene.state.motion ? std::max(0.0, flash_left_ - scene.seconds) : 0;
  if (flash_left_ > 0) scene.animating = true;
}

bool MapMotion::awaits(const PictureBlock& block) const {
  if (!now_) return false;
  const std::vector<SlideBlock>& blocks = now_->heaps.front().blocks;
  return std::none_of(blocks.begin(), blocks.end(), [&](const SlideBlock& b) {
    return b.address == block.address && b.size == block.size && b.used == block.used;
  });
}

/// From what was there to what is there: what one call did, or stepping back over it.
void MapMotion::begin(const Scene& scene, Slide next, std::uint64_t position) {
  forward_ = position >= position_;
  const std::uint64_t from = std::min(position, position_);
  const std::uint64_t to = std::max(position, position_);
  was_.reset();
  if (to - from <= most_told && from >= scene.view.log().begin() && to <= scene.view.log().end()) {
    // A call that allocates a block and then frees another is a realloc that moves.
    std::vector<SlideHeap::Copy>& copies =
        forward_ ? next.heaps.front().copies : is_->heaps.front().copies;
    std::uint64_t allocated = 0;
    unsigned changes = 0;
    for (std::uint64_t i = from; i < to; ++i) {
      const Event& event = scene.view.log().at(i);
      if (!only_tells(event.kind())) ++changes;
      if (event.kind() == EventKind::alloc) allocated = event.address;
      if (event.kind() == EventKind::free && allocated != 0) {
        copies.push_back({event.address, allocated});
      }
      if (event.more == 0) allocated = 0;
    }
    seconds_ = forward_ ? motion_seconds(*is_, next) : motion_seconds(next, *is_);
    done_ = 0;
    if (seconds_ > 0 && changes <= most_changes) was_ = std::move(is_);
  }
  is_ = std::move(next);
}

void MapMotion::draw(const Scene& scene, ImDrawList& list, const MapGeometry& geometry,
                     ImVec2 origin) const {
  const Brush brush(scene, list, geometry, origin);
  if (flash_left_ > 0) brush.flash(flash_, static_cast<float>(flash_left_ / flash_seconds));
  if (!now_ || !is_) return;
  const SlideHeap& heap = now_->heaps.front();
  const SlideHeap& there = is_->heaps.front();
  const MapColours& colours = scene.ui.theme().map;
  const ImU32 free_fill = to_u32(colours.free_fill);
  const ImU32 free_edge = to_u32(colours.free_edge);
  for (const SlideBlock& block : heap.blocks) {
    const std::uint64_t end = block.address + block.size;
    const auto same = std::find_if(there.blocks.begin(), there.blocks.end(), [&](const auto& b) {
      return b.address == block.address && b.size == block.size && b.used == block.used;
    });
    const bool at_rest = same != there.blocks.end() && block.motion == BlockMotion{};
    if (at_rest) continue;
    if (block.used) {
      brush.fill(block.address, end, scene.block_colour(as_picture(scene, block)));
    } else {
      brush.fill(block.address, end, free_fill);
      const std::uint64_t body = block.address + block.header;
      if (block.motion.fill > 0) {
        brush.fill(body, end, scene.block_colour(as_picture(scene, block)), block.motion.fill);
      }
      brush.edge(block.address, end, free_edge);
    }
    const ImU32 header = to_u32(colours.header);
    brush.fill(block.address, block.address + block.header,
               with_alpha(header, static_cast<float>(block.motion.header)));
    for (const BlockMotion::Scar& scar : block.motion.scars) {
      brush.fill(scar.address, scar.address + scar.header,
                 with_alpha(header, static_cast<float>(block.motion.scarred)));
    }
    if (block.motion.gap > 0) {
      brush.gap(block.address, end, scene.ui.px(10) * static_cast<float>(block.motion.gap));
    }
  }
  if (heap.program_break < there.program_break) {
    brush.fill(heap.program_break, there.program_break, to_u32(colours.background));
  }
  for (const HeapMotion::Travel& travel : heap.motion.travels) {
    SlideBlock block;
    block.owner = travel.owner;
    brush.travel(travel, scene.block_colour(as_picture(scene, block)));
  }
}

void MapMotion::draw_walk(const Scene& scene, ImDrawList& list, const MapGeometry& geometry,
                          ImVec2 origin) const {
  if (!now_ || !now_->heaps.front().motion.walk) return;
  const HeapMotion::Walk& walk = *now_->heaps.front().motion.walk;
  const auto range_of = [&](std::uint64_t address) -> BlockRange {
    for (const SlideBlock& block : now_->heaps.front().blocks) {
      if (block.address == address) return {block.address, end_of(block)};
    }
    return {};
  };
  Brush(scene, list, geometry, origin).walk(range_of(walk.from), range_of(walk.to), walk.done);
}

}  // namespace mh
