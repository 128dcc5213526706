// What a heap's strip shows between two slides only.

#include <algorithm>
#include <cmath>
#include <numbers>

#include "app/slides/heap_strip.hpp"

namespace mh {
namespace {

SlideRect between(const SlideRect& was, const SlideRect& is, double done) {
  const auto mix = [done](double a, double b) { return a + (b - a) * done; };
  return {mix(was.x, is.x), mix(was.y, is.y), mix(was.width, is.width), mix(was.height, is.height)};
}

}  // namespace

const SlideBlock* HeapStrip::block_around(std::uint64_t address) const {
  const auto found =
      std::find_if(heap_.blocks.begin(), heap_.blocks.end(), [&](const SlideBlock& block) {
        return address >= block.address && address < block.address + block.size;
      });
  return found == heap_.blocks.end() ? nullptr : &*found;
}

/// Borders and headers of blocks that have been merged.
void HeapStrip::paint_scars(Canvas& canvas, const SlideTheme& theme,
                            const SlideBlock& block) const {
  for (const BlockMotion::Scar& scar : block.motion.scars) {
    const std::vector<Span> all = spans(scar.address, scar.address + scar.header);
    for (const Span& span : all) {
      canvas.fill(span.rect, faded(theme.header, block.motion.scarred), 0);
    }
    if (all.empty()) continue;
    const SlideRect& first = all.front().rect;
    canvas.line({first.x, first.y}, {first.x, first.bottom()},
                faded(theme.free_line, block.motion.scarred), 2);
  }
}

/// A cut: its sides have drifted apart.
void HeapStrip::paint_gap(Canvas& canvas, const SlideTheme& theme, const SlideBlock& block) const {
  constexpr double widest_gap = 16;
  const std::vector<Span> all = spans(block.address, block.address + block.size);
  if (all.empty()) return;
  const SlideRect& first = all.front().rect;
  const double width = widest_gap * block.motion.gap;
  canvas.fill({first.x - width, first.y - 2, width, first.height + 4}, theme.ground, 0);
  for (const double x : {first.x - width, first.x}) {
    canvas.line({x, first.y - 8}, {x, first.bottom() + 8}, theme.text, 1.5);
  }
}

/// A payload that flies to its new place, over whatever lies between.
void HeapStrip::paint_travels(Canvas& canvas, const SlideTheme& theme) const {
  for (const HeapMotion::Travel& travel : heap_.motion.travels) {
    const Span from = widest(travel.from, travel.from + travel.bytes);
    const Span to = widest(travel.to, travel.to + travel.bytes);
    SlideRect rect = between(from.rect, to.rect, travel.done);
    // It is lifted out, and put down.
    const double lift = std::sin(std::numbers::pi * travel.done);
    if (from.row == to.row) rect.y -= 0.35 * row_height_ * lift;
    canvas.fill(rect, faded(theme.owners[travel.owner % theme.owners.size()], 0.75), 4);
    canvas.outline(rect, theme.text, 2, 4);
  }
}

/// The search's frame, from the block that it looked at to the next.
void HeapStrip::paint_walk(Canvas& canvas, const SlideTheme& theme) const {
  if (!heap_.motion.walk) return;
  const SlideBlock* const from = block_around(heap_.motion.walk->from);
  const SlideBlock* const to = block_around(heap_.motion.walk->to);
  if (from == nullptr || to == nullptr) return;
  const Span was = widest(from->address, from->address + from->size);
  const Span is = widest(to->address, to->address + to->size);
  canvas.outline(between(was.rect, is.rect, heap_.motion.walk->done), theme.visit, 5, 2);
}

/// Round bytes that were just written over.
void HeapStrip::paint_flash(Canvas& canvas, const SlideTheme& theme, const SlideRect& mark) const {
  const double spread = 26 * (1 - heap_.motion.flash) + 4;
  canvas.outline(
      {mark.x - spread, mark.y - spread, mark.width + 2 * spread, mark.height + 2 * spread},
      faded(theme.damaged_stripe, heap_.motion.flash), 5, 6);
  canvas.fill(mark, faded(theme.damaged_stripe, heap_.motion.flash), 0);
}

}  // namespace mh
