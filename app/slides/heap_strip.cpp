#include "app/slides/heap_strip.hpp"

#include <algorithm>
#include <cmath>

#include "app/model/format.hpp"

namespace mh {
namespace {

// Over a row, from the row up: names that have no room inside, badges and remarks, addresses and
// the break's label. Each a lane of its own, so that none covers another.
constexpr double name_lane = 5;  // units from the row to the base line
constexpr double remark_lane = 24;
constexpr double least_row = 44;
constexpr double least_scale = 0.42;  // units a byte at which a small block can still be read
constexpr int most_rows = 5;
constexpr double tallest_row = 170;
constexpr double without_arrows = 24;  // under a row
constexpr double bar_pitch = 7;
constexpr double least_tag = 6;  // units that a header or a tag is wide
constexpr double address_size = 17;
constexpr double owner_size = 16;
constexpr double beyond_share = 0.05;  // of a row, to show what is not yet the heap's

std::uint64_t payload_of(const SlideBlock& block) {
  return block.address + block.header + block.front;
}

/// With what lies beyond the break. What is compared has one scale: the longest bar is the largest
/// heap.
double shown(double bytes) {
  return std::max(bytes, 448.0) * (1 + beyond_share);
}
double bytes_shown(const Slide& slide) {
  if (slide.scale.is != 0) return shown(static_cast<double>(slide.scale.is));
  double bytes = 0;
  for (const SlideHeap& heap : slide.heaps) {
    bytes = std::max(bytes, static_cast<double>(heap.program_break - heap.start));
  }
  return shown(bytes);
}
double row_bytes_of(const Slide& slide, int rows) {
  const auto share = [rows](double bytes) {
    constexpr double granule = 16;
    return std::ceil(bytes / rows / granule) * granule;
  };
  const double is = share(bytes_shown(slide));
  if (slide.scale.is == 0) return is;
  const double was = share(shown(static_cast<double>(slide.scale.was)));
  return was + (is - was) * slide.scale.done;
}
int rows_wanted(const Slide& slide, double width) {
  return std::clamp(static_cast<int>(std::ceil(bytes_shown(slide) * least_scale / width)), 1,
                    most_rows);
}

}  // namespace

void paint_lattice(Canvas& canvas, const SlideRect& rect, Colour colour, double pitch,
                   double width) {
  const SlideRect& r = rect;
  const auto first = [pitch](double low) { return std::ceil(low / pitch) * pitch; };
  for (double c = first(r.x - r.bottom()); c < r.right() - r.y; c += pitch) {  // x - y == c
    const double from = std::max(r.x, r.y + c);
    const double to = std::min(r.right(), r.bottom() + c);
    if (to > from) canvas.line({from, from - c}, {to, to - c}, colour, width);
  }
  for (double c = first(r.x + r.y); c < r.right() + r.bottom(); c += pitch) {  // x + y == c
    const double from = std::max(r.x, c - r.bottom());
    const double to = std::min(r.right(), c - r.y);
    if (to > from) canvas.line({from, c - from}, {to, c - to}, colour, width);
  }
}

HeapStrip::HeapStrip(const Slide& slide, const SlideHeap& heap, const SlideRect& area,
                     HeapLanes lanes)
    : slide_(slide), heap_(heap), area_(area) {
  share_out(rows_wanted(slide, area.width), lanes);
  row_bytes_ = row_bytes_of(slide, rows_);
  scale_ = area.width / row_bytes_;
  pitch_ = area.height / rows_;
  row_height_ = std::clamp(pitch_ - above_ - below_, 26.0, tallest_row);
  pitch_ = std::min(pitch_, row_height_ + above_ + below_);
  rows_top_ = area.y;
}

double HeapStrip::comfortable_height(const Slide& slide, double width) {
  constexpr double lanes = 70 + 66;
  return (lanes + least_row) * rows_wanted(slide, width);
}

/// How many rows, and which lanes they have. In a low area those that nothing stands in are given
/// up, and then the arrows: what is compared stands one below the other.
void HeapStrip::share_out(int wanted, HeapLanes lanes) {
  const auto room = [this] {
    return std::clamp(static_cast<int>(area_.height / (above_ + below_ + least_row)), 1, most_rows);
  };
  const bool titled = !heap_.title.empty();
  if (!lanes.arrows) below_ = without_arrows;
  const bool low = titled ? area_.height < above_ + below_ + 90 : room() < wanted;
  if (titled && low) below_ = 12;
  if (low && !lanes.marks) {
    above_ = 48;
    address_lane_ = 29;
  }
  if (!titled && room() < wanted) below_ = without_arrows;
  rows_ = std::min(wanted, room());
}

bool HeapStrip::marked(const SlideHeap& heap) {
  return std::any_of(heap.blocks.begin(), heap.blocks.end(), [](const SlideBlock& block) {
    return block.visit != 0 || block.pointed_at ||
           std::any_of(block.slots.begin(), block.slots.end(),
                       [](const SlideBlock::Slot& s) { return s.pointed_at; });
  });
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
    found.push_back({{area_.x + (low - row * row_bytes_) * scale_, row_top(row),
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
    canvas.text({area_.x, rows_top_ + above_ - address_lane_}, {Face::semibold, 20, theme.text},
                heap_.title);
  }
  const auto row_end = heap_.start + static_cast<std::uint64_t>(row_bytes_ * rows_);
  for (const Span& span : spans(heap_.program_break, row_end)) {
    canvas.hatch(span.rect, theme.beyond, theme.beyond_stripe, 14, 5);
  }
  for (const SlideBlock& block : heap_.blocks) paint_block(canvas, theme, block);
  paint_scribbles(canvas, theme);
  for (const SlideBlock& block : heap_.blocks) {
    if (!block.foreign) paint_words(canvas, theme, block);
  }
  paint_outer_names(canvas, theme);
  for (const SlideBlock& block : heap_.blocks) paint_frames(canvas, theme, block);
  paint_free_list(canvas, theme);
  paint_break_and_addresses(canvas, theme);
  paint_badges(canvas, theme);
  paint_travels(canvas, theme);
  paint_walk(canvas, theme);
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
                           const Colour* stripe, double level) const {
  const std::vector<Span> all = spans(from, to);
  for (Span span : all) {
    span.rect.y += span.rect.height * (1 - level);
    span.rect.height *= level;
    const bool last = span.row == all.back().row;
    if (to == end_of(block) && last) span.rect.width = std::max(span.rect.width - 2, 0.5);
    if (stripe != nullptr) {
      canvas.hatch(span.rect, ground, *stripe, 10, 4);
    } else {
      canvas.fill(span.rect, ground, 0);
    }
    if (!block.used && !block.set_aside && ground == theme.free) {
      paint_edge(canvas, theme, span.rect, span.row == all.front().row, last);
    }
  }
}

/// Round a free block, but open where it goes on in another row.
void HeapStrip::paint_edge(Canvas& canvas, const SlideTheme& theme, const SlideRect& rect,
                           bool begins, bool ends) {
  constexpr double width = 1.5;
  if (begins && ends) return canvas.outline(rect, theme.free_line, width, 0);
  canvas.line({rect.x, rect.y}, {rect.right(), rect.y}, theme.free_line, width);
  canvas.line({rect.x, rect.bottom()}, {rect.right(), rect.bottom()}, theme.free_line, width);
  if (begins) canvas.line({rect.x, rect.y}, {rect.x, rect.bottom()}, theme.free_line, width);
  if (ends) {
    canvas.line({rect.right(), rect.y}, {rect.right(), rect.bottom()}, theme.free_line, width);
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
  const Colour header = faded(theme.header, block.motion.header);
  paint_part(canvas, theme, block, block.address, header_end, header, nullptr);
  const auto widen = [&](std::uint64_t from, std::uint64_t to, bool leftwards) {
    for (Span span : spans(from, to)) {  // what is narrow has to be seen too
      const double missing = least_tag - span.rect.width;
      if (missing <= 0) continue;
      if (leftwards) span.rect.x -= missing;
      span.rect.width = least_tag;
      canvas.fill(span.rect, header, 0);
    }
  };
  if (block.set_aside) {
    paint_part(canvas, theme, block, header_end, end, theme.damaged, nullptr);
    for (Span span : spans(header_end, end)) {  // crossed out: not by colour alone
      span.rect.width -= 2;
      paint_lattice(canvas, span.rect, theme.damaged_stripe, 22, 2.5);
      canvas.outline(span.rect, theme.damaged_stripe, 2, 0);
    }
  } else if (!block.used) {
    paint_part(canvas, theme, block, header_end, end, theme.free, nullptr);
    if (block.motion.fill > 0) paint_used(canvas, theme, block, block.motion.fill);
    if (block.cached) paint_bars(canvas, theme, header_end, end);
    if (block.tag != 0) widen(end - block.tag, end, true);
  } else {
    paint_used(canvas, theme, block, 1);
    if (!block.slots.empty()) paint_slots(canvas, theme, block);
  }
  widen(block.address, header_end, false);
  if (!block.motion.scars.empty()) paint_scars(canvas, theme, block);
  if (block.motion.gap > 0) paint_gap(canvas, theme, block);
}

/// What a block in use has behind its header, up to a level: 1 is all of it.
void HeapStrip::paint_used(Canvas& canvas, const SlideTheme& theme, const SlideBlock& block,
                           double level) const {
  const std::uint64_t end = end_of(block);
  const std::uint64_t payload = payload_of(block);
  const std::uint64_t requested_end = payload + block.requested;
  const std::uint64_t guard = end - block.guard;
  const bool guarded = block.guarded;
  paint_part(canvas, theme, block, block.address + block.header, payload,
             guarded ? theme.guard : theme.padding,
             guarded ? &theme.guard_stripe : &theme.padding_stripe, level);
  const Colour& owner = theme.owners[block.owner % theme.owners.size()];
  const bool pool = !block.slots.empty();
  // What a pool has for itself is a header to its objects.
  paint_part(canvas, theme, block, payload, requested_end, pool ? theme.header : owner, nullptr,
             level);
  paint_part(canvas, theme, block, requested_end, guard, theme.padding, &theme.padding_stripe,
             level);
  paint_part(canvas, theme, block, guard, end, theme.guard, &theme.guard_stripe, level);
}

/// Upright lines: free, but not for everybody.
void HeapStrip::paint_bars(Canvas& canvas, const SlideTheme& theme, std::uint64_t from,
                           std::uint64_t to) const {
  for (const Span& span : spans(from, to)) {
    for (double x = span.rect.x + bar_pitch; x < span.rect.right() - 3; x += bar_pitch) {
      canvas.line({x, span.rect.y}, {x, span.rect.bottom()}, theme.free_line, 1.5);
    }
  }
}

/// What stands in a block: over whatever was written there.
void HeapStrip::paint_words(Canvas& canvas, const SlideTheme& theme,
                            const SlideBlock& block) const {
  const Span header = widest(block.address, block.address + block.header);
  if (header.rect.width >= 13) {
    canvas.text({header.rect.x + header.rect.width / 2, header.rect.y + row_height_ / 2 + 5},
                {Face::semibold, 16, faded(theme.header_text, block.motion.header), Anchor::middle},
                "H");
  }
  if (!block.slots.empty() || block.motion.words <= 0) return;
  paint_label(canvas, theme, block);
  if (block.used && block.owner > 0) paint_owner(canvas, theme, block);
}

void HeapStrip::paint_slots(Canvas& canvas, const SlideTheme& theme,
                            const SlideBlock& block) const {
  for (const SlideBlock::Slot& slot : block.slots) {
    for (Span span : spans(slot.address, slot.address + slot.size)) {
      const SlideRect inner{span.rect.x + 1, span.rect.y + 8, span.rect.width - 2,
                            span.rect.height - 16};
      if (inner.width <= 0) continue;
      canvas.fill(inner, slot.used ? theme.owners[1] : theme.free, 2);
      if (slot.fill > 0) {
        const double height = inner.height * slot.fill;
        canvas.fill({inner.x, inner.bottom() - height, inner.width, height}, theme.owners[1], 2);
      }
      canvas.outline(inner, theme.free_line, 1.5, 2);
      const double middle = inner.x + inner.width / 2;
      const double size = row_height_ > 90 ? 22 : 16;
      if (text_width(Face::semibold, size, slot.name) > inner.width - 4) continue;
      canvas.text(
          {middle, inner.y + inner.height / 2 + size / 3},
          {Face::semibold, size, slot.used ? theme.owner_text : theme.free_text, Anchor::middle},
          slot.name);
    }
  }
  const SlideRect own = widest(block.address + block.header, block.slots.front().address).rect;
  const char* const words = "the pool's own";
  if (text_width(Face::regular, 16, words) < own.width - 6) {
    canvas.text({own.x + own.width / 2, own.y + own.height / 2 + 5},
                {Face::regular, 16, theme.header_text, Anchor::middle}, words);
  }
}

/// Whose block it is, in a word too.
void HeapStrip::paint_owner(Canvas& canvas, const SlideTheme& theme,
                            const SlideBlock& block) const {
  const std::uint64_t payload = payload_of(block);
  const SlideRect room = widest(payload, payload + block.requested).rect;
  const std::string number = std::to_string(block.owner);
  const std::string words = "thread " + number;
  std::string letter(1, 't');
  letter += number;
  const bool long_fits = text_width(Face::regular, owner_size, words) < room.width - 8;
  if (row_height_ < 80 || text_width(Face::regular, owner_size, letter) > room.width - 4) return;
  canvas.text(
      {room.x + room.width / 2, room.y + 18},
      {Face::regular, owner_size, faded(theme.owner_text, block.motion.words), Anchor::middle},
      long_fits ? words : letter);
}

/// Of a block's name inside a payload of that width; 0: it has none, or no room there.
double HeapStrip::inner_name_size(const SlideBlock& block, double width) const {
  if (block.name.empty() || !block.slots.empty() || row_height_ <= 50) return 0;
  const double large = row_height_ > 90 ? 28 : 20;
  if (text_width(Face::semibold, large, block.name) < width - 16) return large;
  return text_width(Face::semibold, 18, block.name) < width - 4 ? 18 : 0;
}

/// Names that have no room in their block, where they cover nothing: the others go without.
void HeapStrip::paint_outer_names(Canvas& canvas, const SlideTheme& theme) const {
  constexpr double size = 17, gap = 5, badge = 16;
  std::vector<double> taken(static_cast<std::size_t>(rows_), area_.x - 100);
  for (const SlideBlock& block : heap_.blocks) {
    const Span place = widest(block.address, end_of(block));
    double& right = taken[static_cast<std::size_t>(place.row)];
    const double middle = place.rect.x + place.rect.width / 2;
    if (block.visit != 0 || block.pointed_at) continue;
    const std::uint64_t from = block.used ? payload_of(block) : block.address + block.header;
    const std::uint64_t to = block.used ? from + block.requested : end_of(block);
    if (block.name.empty() || inner_name_size(block, widest(from, to).rect.width) > 0) continue;
    const double half = text_width(Face::semibold, size, block.name) / 2;
    const auto covers = [&](const SlideBlock& other) {
      if (other.visit == 0 && !other.pointed_at) return false;
      const Span at = widest(other.address, end_of(other));
      return at.row == place.row && std::abs(at.rect.x + at.rect.width / 2 - middle) < half + badge;
    };
    if (middle - half < right + gap) continue;
    if (std::any_of(heap_.blocks.begin(), heap_.blocks.end(), covers)) continue;
    right = middle + half;
    canvas.text({middle, place.rect.y - name_lane},
                {Face::semibold, size, faded(theme.text, block.motion.words), Anchor::middle},
                block.name);
  }
}

void HeapStrip::paint_label(Canvas& canvas, const SlideTheme& theme,
                            const SlideBlock& block) const {
  const std::uint64_t from = block.used ? payload_of(block) : block.address + block.header;
  const std::uint64_t to = block.used ? from + block.requested : end_of(block);
  const SlideRect room = widest(from, to).rect;
  const bool on_fill = block.used || block.motion.fill > 0.5;
  const Colour colour = faded(on_fill ? theme.owner_text : theme.free_text, block.motion.words);
  const std::uint64_t own = block.used ? block.requested : to - from;
  const std::string bytes = block.set_aside
                                ? "set aside"
                                : format_count(block.motion.told != 0 ? block.motion.told : own);
  const double middle = room.x + room.width / 2;
  const double centre = room.y + room.height / 2;
  const double bytes_size = row_height_ > 90 ? 19 : 16;
  const bool bytes_fit = text_width(Face::mono, bytes_size, bytes) < room.width - 4;
  const double name_size = inner_name_size(block, room.width);
  const double name_width = text_width(Face::semibold, name_size, block.name);
  const bool name_fits = name_size > 0;
  if (block.set_aside && (bytes_fit || name_fits)) {
    const double width = 12 + std::max(bytes_fit ? text_width(Face::mono, bytes_size, bytes) : 0.0,
                                       name_fits ? name_width : 0.0);
    canvas.fill({middle - width / 2, centre - 28, width, 60}, theme.ground, 5);
  }
  if (name_fits) {
    canvas.text({middle, bytes_fit ? centre - 2 : centre + name_size / 3},
                {Face::semibold, name_size, block.set_aside ? theme.text : colour, Anchor::middle},
                block.name);
  }
  if (bytes_fit) {
    canvas.text(
        {middle, name_fits ? centre + bytes_size + 6 : centre + bytes_size / 3},
        {Face::mono, bytes_size, block.set_aside ? theme.damaged_stripe : colour, Anchor::middle},
        bytes);
  }
}

/// Bytes that somebody wrote over: a frame with a cross, at least as wide as can be seen.
void HeapStrip::paint_scribbles(Canvas& canvas, const SlideTheme& theme) const {
  constexpr double least = 9;
  for (const SlideHeap::Bytes& bytes : heap_.scribbles) {
    if (bytes.address < heap_.start || bytes.address >= heap_.program_break) continue;
    for (const Span& span : spans(bytes.address, bytes.address + bytes.count)) {
      const double width = std::max(span.rect.width, least);
      const SlideRect mark{span.rect.x + span.rect.width / 2 - width / 2, span.rect.y - 4, width,
                           span.rect.height + 8};
      canvas.fill(mark, theme.damaged, 0);
      const int crosses = std::max(1, static_cast<int>(mark.height / std::max(width, 12.0)));
      const double step = mark.height / crosses;
      for (int i = 0; i < crosses; ++i) {
        const double top = mark.y + i * step;
        canvas.line({mark.x, top}, {mark.right(), top + step}, theme.damaged_stripe, 2);
        canvas.line({mark.right(), top}, {mark.x, top + step}, theme.damaged_stripe, 2);
      }
      canvas.outline(mark, theme.damaged_stripe, 2, 0);
      if (heap_.motion.flash > 0 && &bytes == &heap_.scribbles.back()) {
        paint_flash(canvas, theme, mark);
      }
    }
  }
}

/// Round what the search looked at, and what the script points at.
void HeapStrip::paint_frames(Canvas& canvas, const SlideTheme& theme,
                             const SlideBlock& block) const {
  for (const SlideBlock::Slot& slot : block.slots) {
    if (!slot.pointed_at) continue;
    for (const Span& span : spans(slot.address, slot.address + slot.size)) {
      canvas.outline({span.rect.x + 1, span.rect.y + 8, span.rect.width - 2, span.rect.height - 16},
                     theme.point, 5, 2);
    }
  }
  if (block.visit == 0 && !block.pointed_at) return;
  const bool point = block.pointed_at;
  const bool payload_only = point && block.used && block.visit == 0;
  const std::uint64_t from = payload_only ? payload_of(block) : block.address;
  for (Span span : spans(from, end_of(block))) {
    span.rect.width -= 2;
    canvas.outline(span.rect, point ? theme.point : theme.visit, block.chosen || point ? 5 : 3, 2);
  }
}

/// Numbers of the search and remarks of the script.
void HeapStrip::paint_badges(Canvas& canvas, const SlideTheme& theme) const {
  std::vector<double> taken(static_cast<std::size_t>(rows_), area_.x - 100);
  for (const SlideBlock& block : heap_.blocks) {
    const Span place = widest(block.address, end_of(block));
    double badge_x = place.rect.x + place.rect.width / 2;
    if (block.pointed_at) {
      // A pointer to a block in use leads to the first byte of its payload.
      const std::vector<Span> payload = spans(payload_of(block), end_of(block));
      const bool used = block.used && !payload.empty();
      const double x = used ? payload.front().rect.x + 1 : badge_x;
      const int row = used ? payload.front().row : place.row;
      badge_x = paint_pointer(canvas, theme, row, x, remark_on(block), taken) - 18;
    }
    for (const SlideBlock::Slot& slot : block.slots) {
      if (!slot.pointed_at) continue;
      const Span at = widest(slot.address, slot.address + slot.size);
      paint_pointer(canvas, theme, at.row, at.rect.x + at.rect.width / 2, slot.remark, taken);
    }
    if (block.visit == 0) continue;
    canvas.disc({badge_x, place.rect.y - 21}, 14, theme.visit);
    canvas.text({badge_x, place.rect.y - 15.5}, {Face::semibold, 16, theme.ground, Anchor::middle},
                std::to_string(block.visit));
  }
}

/// The remark of the script, behind the name of a block that has no room for it.
std::string HeapStrip::remark_on(const SlideBlock& block) const {
  const std::uint64_t from = block.used ? payload_of(block) : block.address + block.header;
  const std::uint64_t to = block.used ? from + block.requested : end_of(block);
  if (block.name.empty() || inner_name_size(block, widest(from, to).rect.width) > 0)
    return block.remark;
  return block.remark.empty() ? block.name : block.name + ": " + block.remark;
}

/// A triangle over a row, with a remark: beside an earlier one of the row that it would cover.
/// taken: where the last remark of each row ends. Returns where the remark begins.
double HeapStrip::paint_pointer(Canvas& canvas, const SlideTheme& theme, int row, double x,
                                const std::string& remark, std::vector<double>& taken) const {
  const TextLook look{Face::semibold, 19, theme.point, Anchor::middle};
  const double top = row_top(row);
  canvas.triangle({x - 9, top - 17}, {x + 9, top - 17}, {x, top - 3}, theme.point);
  const double width = text_width(look.face, look.size, remark);
  double& right = taken[static_cast<std::size_t>(row)];
  double left = std::clamp(x - width / 2, area_.x, std::max(area_.right() - width, area_.x));
  left = std::max(left, right + 16);
  const bool crosses = row == break_row() && left < break_x() + 8 && left + width > break_x() - 8 &&
                       break_x() - 12 - width > right + 16;
  if (crosses) left = break_x() - 12 - width;
  right = left + width;
  canvas.text({left + width / 2, top - remark_lane}, look, remark);
  return left;
}

std::string HeapStrip::address_text(int row) const {
  const auto offset = static_cast<std::uint64_t>(row * row_bytes_);
  const std::uint64_t shown = slide_.relative_addresses ? offset : heap_.start + offset;
  std::string text = slide_.decimal_addresses ? format_count(shown) : format_address(shown);
  if (slide_.relative_addresses) text.insert(0, 1, '+');
  return row == 0 && heap_.title.empty() ? "heap start  " + text : text;
}

int HeapStrip::break_row() const {
  const auto offset = static_cast<double>(heap_.program_break - heap_.start);
  return std::min(static_cast<int>(offset / row_bytes_), rows_ - 1);
}

double HeapStrip::break_x() const {
  const auto offset = static_cast<double>(heap_.program_break - heap_.start);
  return area_.x + (offset - break_row() * row_bytes_) * scale_;
}

/// The line of the break with its label, and the address at which each row begins: beside the label
/// where both want the same place.
void HeapStrip::paint_break_and_addresses(Canvas& canvas, const SlideTheme& theme) const {
  const double x = break_x();
  const double top = row_top(break_row());
  const double foot = std::min(18.0, below_ - 6);
  canvas.line({x, top - address_lane_ - 13}, {x, top + row_height_ + foot}, theme.break_line, 4);
  const TextLook look{Face::semibold, 19, theme.break_line, Anchor::start};
  const double width = text_width(look.face, look.size, "program break");
  for (int row = 0; row < rows_; ++row) {
    const std::string text = address_text(row);
    const bool titled = row == 0 && !heap_.title.empty();
    const double title_end =
        titled ? area_.x + text_width(Face::semibold, 20, heap_.title) + 16 : area_.x;
    double left = title_end;
    const double right = left + text_width(Face::mono, address_size, text);
    if (row == break_row()) {
      const bool before = x - width - 9 > right + 12;
      const bool under_title = x + 9 < title_end;
      if (!before && !under_title && x + 9 < right + 12) left = std::max(left, x + width + 28);
      // Beside title and address, if not beside its line.
      const double behind = under_title ? std::max(x + 9, right + 20) : x + 9;
      canvas.text({before ? x - width - 9 : behind, row_top(row) - address_lane_}, look,
                  "program break");
    }
    canvas.text({left, row_top(row) - address_lane_}, {Face::mono, address_size, theme.text_dim},
                text);
  }
}

}  // namespace mh
