#include "app/slides/heap_strip.hpp"

#include <algorithm>
#include <cmath>

#include "app/model/format.hpp"

namespace mh {
namespace {

constexpr double above = 46;          // over a row: badges, remarks, the break's label
constexpr double below = 64;          // under a row: arrows of the free list
constexpr double least_scale = 0.42;  // units a byte at which a small block can still be read
constexpr int most_rows = 5;
constexpr double tallest_row = 124;
constexpr double beyond_share = 0.05;  // of a row, to show what is not yet the heap's

std::uint64_t payload_of(const SlideBlock& block) {
  return block.address + block.header + block.front;
}
std::uint64_t end_of(const SlideBlock& block) {
  return block.address + block.size;
}

}  // namespace

HeapStrip::HeapStrip(const Slide& slide, const SlideHeap& heap, const SlideRect& area)
    : slide_(slide), heap_(heap), area_(area) {
  const double bytes = std::max(static_cast<double>(heap.program_break - heap.start), 640.0);
  const double all = bytes * (1 + beyond_share);
  // One row in a low area: what is compared stands side by side.
  const int room = std::clamp(static_cast<int>(area.height / (above + below + 40)), 1, most_rows);
  rows_ = std::clamp(static_cast<int>(std::ceil(all * least_scale / area.width)), 1, room);
  const double granule = 16;
  row_bytes_ = std::ceil(all / rows_ / granule) * granule;
  scale_ = area.width / row_bytes_;
  pitch_ = area.height / rows_;
  row_height_ = std::clamp(pitch_ - above - below, 26.0, tallest_row);
  pitch_ = std::min(pitch_, row_height_ + above + below);
  rows_top_ = area.y;
}

std::vector<HeapStrip::Span> HeapStrip::spans(std::uint64_t from, std::uint64_t to) const {
  std::vector<Span> found;
  const auto begin = static_cast<double>(from - heap_.start);
  const auto end = static_cast<double>(to - heap_.start);
  for (int row = static_cast<int>(begin / row_bytes_); row < rows_ && row * row_bytes_ < end;
       ++row) {
    const double low = std::max(begin, row * row_bytes_);
    const double high = std::min(end, (row + 1) * row_bytes_);
    if (high <= low) continue;
    found.push_back({{area_.x + (low - row * row_bytes_) * scale_, rows_top_ + row * pitch_ + above,
                      (high - low) * scale_, row_height_},
                     row});
  }
  return found;
}

HeapStrip::Span HeapStrip::widest(std::uint64_t from, std::uint64_t to) const {
  const std::vector<Span> all = spans(from, to);
  if (all.empty()) return {};
  return *std::max_element(all.begin(), all.end(), [](const Span& a, const Span& b) {
    return a.rect.width < b.rect.width;
  });
}

void HeapStrip::paint(Canvas& canvas, const SlideTheme& theme) const {
  if (!heap_.title.empty()) {
    canvas.text({area_.x, rows_top_ + 12}, {Face::semibold, 20, theme.text}, heap_.title);
  }
  const auto row_end = heap_.start + static_cast<std::uint64_t>(row_bytes_ * rows_);
  for (const Span& span : spans(heap_.program_break, row_end)) {
    canvas.hatch(span.rect, theme.beyond, theme.beyond_stripe, 14, 5);
  }
  for (const SlideBlock& block : heap_.blocks) paint_block(canvas, theme, block);
  for (const SlideBlock& block : heap_.blocks) paint_marks(canvas, theme, block);
  paint_free_list(canvas, theme);
  paint_addresses(canvas, theme);
  paint_break(canvas, theme);
}

void HeapStrip::add_hits(std::size_t heap, std::vector<SlideHit>& hits) const {
  for (const SlideBlock& block : heap_.blocks) {
    for (const Span& span : spans(block.address, end_of(block))) {
      hits.push_back({span.rect, heap, block.address});
    }
  }
}

/// Part of a block, without the hairline that keeps it apart from the next block.
void HeapStrip::paint_part(Canvas& canvas, const SlideTheme& theme, const SlideBlock& block,
                           std::uint64_t from, std::uint64_t to, Colour ground,
                           const Colour* stripe) const {
  for (Span span : spans(from, to)) {
    if (to == end_of(block)) span.rect.width = std::max(span.rect.width - 2, 0.5);
    if (stripe != nullptr) {
      canvas.hatch(span.rect, ground, *stripe, 10, 4);
    } else {
      canvas.fill(span.rect, ground, 0);
    }
    if (!block.used && !block.set_aside && ground == theme.free) {
      canvas.outline(span.rect, theme.free_line, 1.5, 0);
    }
  }
}

void HeapStrip::paint_block(Canvas& canvas, const SlideTheme& theme,
                            const SlideBlock& block) const {
  const std::uint64_t end = end_of(block);
  if (block.foreign) {
    paint_part(canvas, theme, block, block.address, end, theme.foreign, &theme.foreign_stripe);
    return;
  }
  const std::uint64_t header_end = block.address + block.header;
  paint_part(canvas, theme, block, block.address, header_end, theme.header, nullptr);
  if (block.set_aside) {
    paint_part(canvas, theme, block, header_end, end, theme.damaged, &theme.damaged_stripe);
  } else if (!block.used) {
    paint_part(canvas, theme, block, header_end, end, theme.free, nullptr);
  } else {
    const std::uint64_t payload = payload_of(block);
    const std::uint64_t requested_end = payload + block.requested;
    const std::uint64_t guard = end - block.guard;
    const bool guarded = block.guarded;
    paint_part(canvas, theme, block, header_end, payload, guarded ? theme.guard : theme.padding,
               guarded ? &theme.guard_stripe : &theme.padding_stripe);
    paint_part(canvas, theme, block, payload, requested_end,
               theme.owners[block.owner % theme.owners.size()], nullptr);
    paint_part(canvas, theme, block, requested_end, guard, theme.padding, &theme.padding_stripe);
    paint_part(canvas, theme, block, guard, end, theme.guard, &theme.guard_stripe);
    if (!block.slots.empty()) paint_slots(canvas, theme, block);
  }
  const Span header = widest(block.address, header_end);
  if (header.rect.width >= 13) {
    canvas.text({header.rect.x + header.rect.width / 2, header.rect.y + row_height_ / 2 + 5},
                {Face::semibold, 14, theme.header_text, Anchor::middle}, "H");
  }
  if (block.slots.empty()) paint_label(canvas, theme, block);
}

void HeapStrip::paint_slots(Canvas& canvas, const SlideTheme& theme,
                            const SlideBlock& block) const {
  for (const SlideBlock::Slot& slot : block.slots) {
    for (Span span : spans(slot.address, slot.address + slot.size)) {
      const SlideRect inner{span.rect.x + 1, span.rect.y + 5, span.rect.width - 2,
                            span.rect.height - 10};
      if (inner.width <= 0) continue;
      canvas.fill(inner, slot.used ? theme.owners[2] : theme.free, 2);
      canvas.outline(inner, theme.free_line, 1, 2);
    }
  }
}

void HeapStrip::paint_label(Canvas& canvas, const SlideTheme& theme,
                            const SlideBlock& block) const {
  const std::uint64_t from = block.used ? payload_of(block) : block.address + block.header;
  const std::uint64_t to = block.used ? from + block.requested : end_of(block);
  const SlideRect room = widest(from, to).rect;
  const Colour colour = block.used ? theme.owner_text : theme.free_text;
  const std::string bytes =
      block.set_aside ? "set aside" : format_count(block.used ? block.requested : to - from);
  const double middle = room.x + room.width / 2;
  const double centre = room.y + room.height / 2;
  const double name_size = row_height_ > 90 ? 28 : 20;
  const double bytes_size = row_height_ > 90 ? 17 : 14;
  const bool name_fits = !block.name.empty() && row_height_ > 50 &&
                         text_width(Face::semibold, name_size, block.name) < room.width - 6;
  const bool bytes_fit = text_width(Face::mono, bytes_size, bytes) < room.width - 6;
  const Colour ground_text = block.set_aside ? theme.damaged_stripe : colour;
  if (block.set_aside && bytes_fit) {
    const double width = text_width(Face::mono, bytes_size, bytes) + 12;
    canvas.fill({middle - width / 2, centre - 14, width, 26}, theme.ground, 5);
  }
  if (name_fits) {
    canvas.text({middle, bytes_fit ? centre - 2 : centre + name_size / 3},
                {Face::semibold, name_size, colour, Anchor::middle}, block.name);
  }
  if (bytes_fit) {
    canvas.text({middle, name_fits ? centre + bytes_size + 6 : centre + bytes_size / 3},
                {Face::mono, bytes_size, ground_text, Anchor::middle}, bytes);
  }
}

/// What the search and the script say of a block.
void HeapStrip::paint_marks(Canvas& canvas, const SlideTheme& theme,
                            const SlideBlock& block) const {
  if (block.visit == 0 && !block.pointed_at) return;
  const std::uint64_t end = end_of(block);
  for (Span span : spans(block.address, end)) {
    span.rect.width -= 2;
    const bool point = block.pointed_at;
    canvas.outline(span.rect, point ? theme.point : theme.visit, block.chosen || point ? 5 : 3, 2);
  }
  const SlideRect room = widest(block.address, end).rect;
  const SlidePoint badge{room.x + room.width / 2, room.y - 20};
  if (block.visit > 0) {
    canvas.disc(badge, 13, theme.visit);
    canvas.text({badge.x, badge.y + 5}, {Face::semibold, 14, theme.ground, Anchor::middle},
                std::to_string(block.visit));
  }
  if (block.pointed_at) {
    const double x = badge.x;
    canvas.triangle({x - 9, room.y - 16}, {x + 9, room.y - 16}, {x, room.y - 3}, theme.point);
    const double width = text_width(Face::semibold, 17, block.remark);
    const double centre = std::clamp(x, area_.x + width / 2, area_.right() - width / 2);
    canvas.text({centre, room.y - 23}, {Face::semibold, 17, theme.point, Anchor::middle},
                block.remark);
  }
}

void HeapStrip::paint_free_list(Canvas& canvas, const SlideTheme& theme) const {
  constexpr std::size_t most_arrows = 24;
  if (heap_.free_list.size() > most_arrows || row_height_ < 40) return;
  const auto foot = [&](std::size_t index) {
    const SlideBlock& block = heap_.blocks[index];
    const Span span = widest(block.address + block.header, end_of(block));
    return std::pair{SlidePoint{span.rect.x + span.rect.width / 2, span.rect.bottom() + 4},
                     span.row};
  };
  for (std::size_t i = 0; i + 1 < heap_.free_list.size(); ++i) {
    const auto [from, from_row] = foot(heap_.free_list[i]);
    const auto [to, to_row] = foot(heap_.free_list[i + 1]);
    const double depth =
        from_row == to_row ? std::min(20 + std::abs(to.x - from.x) / 12, 46.0) : 44;
    // Away from the middle, so that an arrow that arrives and one that leaves do not meet.
    const double side = to.x > from.x ? 6 : -6;
    const SlidePoint a{from.x + side, from.y};
    const SlidePoint b{to.x - side, to.y + 8};
    canvas.curve(a, {a.x, a.y + depth}, {b.x, b.y + depth}, b, theme.arrow, 2);
    canvas.triangle({b.x - 6, b.y + 3}, {b.x + 6, b.y + 3}, {b.x, b.y - 8}, theme.arrow);
  }
  if (heap_.free_list.empty()) return;
  const SlidePoint head = foot(heap_.free_list.front()).first;
  const bool alone = heap_.free_list.size() == 1;
  canvas.text({head.x, head.y + (alone ? 18 : 56)},
              {Face::regular, 15, theme.text_dim, Anchor::middle},
              alone ? "free list" : "free list: begins here");
  if (!alone) canvas.disc({head.x, head.y + 4}, 4, theme.arrow);
}

void HeapStrip::paint_break(Canvas& canvas, const SlideTheme& theme) const {
  const double offset = static_cast<double>(heap_.program_break - heap_.start);
  const int row = std::min(static_cast<int>(offset / row_bytes_), rows_ - 1);
  const double x = area_.x + (offset - row * row_bytes_) * scale_;
  const double top = rows_top_ + row * pitch_ + above;
  canvas.line({x, top - 26}, {x, top + row_height_ + 18}, theme.break_line, 4);
  const TextLook look{Face::semibold, 16, theme.break_line, Anchor::end};
  const double width = text_width(look.face, look.size, "program break");
  const bool left = x - width - 10 > area_.x;
  canvas.text({left ? x - 9 : x + 9, top - 12},
              {look.face, look.size, look.colour, left ? Anchor::end : Anchor::start},
              "program break");
}

void HeapStrip::paint_addresses(Canvas& canvas, const SlideTheme& theme) const {
  for (int row = 0; row < rows_; ++row) {
    const auto offset = static_cast<std::uint64_t>(row * row_bytes_);
    const std::uint64_t shown = slide_.relative_addresses ? offset : heap_.start + offset;
    std::string text = slide_.decimal_addresses ? format_count(shown) : format_address(shown);
    if (slide_.relative_addresses) text.insert(0, 1, '+');
    if (row == 0 && heap_.title.empty()) text = "heap start  " + text;
    const double y = rows_top_ + row * pitch_ + above - 42;
    const double x = heap_.title.empty() || row > 0
                         ? area_.x
                         : area_.x + text_width(Face::semibold, 20, heap_.title) + 16;
    canvas.text({x, heap_.title.empty() || row > 0 ? y : rows_top_ + 12},
                {Face::mono, 15, theme.text_dim}, text);
  }
}

}  // namespace mh
