// The free list of a heap's strip: an arrow from each free block to the next in the list.

#include <algorithm>
#include <cmath>

#include "app/slides/heap_strip.hpp"

namespace mh {
namespace {

SlidePoint between(SlidePoint was, SlidePoint is, double done) {
  return {was.x + (is.x - was.x) * done, was.y + (is.y - was.y) * done};
}

}  // namespace

HeapStrip::Span HeapStrip::free_span(const SlideBlock& block) const {
  return widest(block.address + block.header, block.address + block.size);
}

/// From a free block to the next in the list: under the row, deeper if it leads back; to another
/// row through the gap between them.
HeapStrip::Arrow HeapStrip::arrow_between(const SlideBlock& from_block,
                                          const SlideBlock& to_block) const {
  const Span from = free_span(from_block);
  const Span to = free_span(to_block);
  const double from_x = from.rect.x + from.rect.width / 2;
  const double to_x = to.rect.x + to.rect.width / 2;
  // Away from the middle, so that an arrow that arrives and one that leaves do not meet.
  const double side = to_x > from_x ? 6 : -6;
  if (from.row == to.row) {
    const double reach = std::abs(to_x - from_x) / 12;
    const double depth = to_x > from_x ? std::min(20 + reach, 44.0) : std::min(30 + reach, 50.0);
    const SlidePoint a{from_x + side, from.rect.bottom() + 4};
    const SlidePoint b{to_x - side, to.rect.bottom() + 13};
    return {a, {a.x, a.y + depth}, {b.x, b.y + depth}, b, {b.x, to.rect.bottom() + 2}, -1};
  }
  const double down = to.row > from.row ? 1 : -1;
  const SlidePoint a{from_x + side, down > 0 ? from.rect.bottom() + 4 : from.rect.y - 4};
  const SlidePoint tip{to_x - side, down > 0 ? to.rect.y - 3 : to.rect.bottom() + 3};
  const SlidePoint b{tip.x, tip.y - 10 * down};
  return {a, {a.x, a.y + 40 * down}, {b.x, b.y - 40 * down}, b, tip, down};
}

void HeapStrip::paint_arrow(Canvas& canvas, Colour colour, const Arrow& arrow) {
  canvas.curve(arrow.from, arrow.control1, arrow.control2, arrow.to, colour, 2);
  const SlidePoint tip = arrow.tip;
  canvas.triangle({tip.x - 6, tip.y - 11 * arrow.down}, {tip.x + 6, tip.y - 11 * arrow.down}, tip,
                  colour);
}

void HeapStrip::paint_free_list(Canvas& canvas, const SlideTheme& theme) const {
  constexpr std::size_t most_arrows = 24;
  if (heap_.free_list.empty() || heap_.free_list.size() > most_arrows) return;
  if (row_height_ < 40 || below_ < 60) return;
  if (!heap_.motion.links.empty()) {
    paint_links(canvas, theme);
  } else {
    for (std::size_t i = 0; i + 1 < heap_.free_list.size(); ++i) {
      paint_arrow(
          canvas, theme.arrow,
          arrow_between(heap_.blocks[heap_.free_list[i]], heap_.blocks[heap_.free_list[i + 1]]));
    }
  }
  const SlideRect first = free_span(heap_.blocks[heap_.free_list.front()]).rect;
  const bool alone = heap_.free_list.size() == 1;
  const std::string words = alone ? "free list" : "free list begins here";
  const double half = text_width(Face::regular, 18, words) / 2;
  const double middle = first.x + first.width / 2;
  const double centre = std::clamp(middle, area_.x + half, area_.right() - half);
  canvas.text({centre, first.bottom() + (alone ? 22 : 63)},
              {Face::regular, 18, theme.text_dim, Anchor::middle}, words);
  if (!alone) canvas.disc({middle, first.bottom() + 7}, 4.5, theme.arrow);
}

/// Arrows on their way from one block to another; some come, some go.
void HeapStrip::paint_links(Canvas& canvas, const SlideTheme& theme) const {
  for (const HeapMotion::Link& link : heap_.motion.links) {
    const SlideBlock* const from = block_around(link.from);
    const SlideBlock* const was = block_around(link.was);
    const SlideBlock* const is = block_around(link.is);
    if (from == nullptr) continue;
    if (was != nullptr && is != nullptr && from != was && from != is) {
      const Arrow a = arrow_between(*from, *was);
      const Arrow b = arrow_between(*from, *is);
      const double done = link.done;
      paint_arrow(canvas, theme.arrow,
                  {between(a.from, b.from, done), between(a.control1, b.control1, done),
                   between(a.control2, b.control2, done), between(a.to, b.to, done),
                   between(a.tip, b.tip, done), done < 0.5 ? a.down : b.down});
    } else if (was != nullptr && was != from && link.done < 1) {
      paint_arrow(canvas, faded(theme.arrow, 1 - link.done), arrow_between(*from, *was));
    } else if (is != nullptr && is != from) {
      paint_arrow(canvas, faded(theme.arrow, link.done), arrow_between(*from, *is));
    }
  }
}

}  // namespace mh
