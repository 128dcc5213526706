#include "app/model/map_raster.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace mh {
namespace {

constexpr Cell make_cell(CellKind kind, unsigned colour, unsigned left, unsigned right,
                         unsigned glow, unsigned share) {
  return static_cast<Cell>(kind) | (colour << 4) | (std::min(left, 15U) << 12) |
         (std::min(right, 15U) << 16) | (glow << 20) | (share << 26);
}

/// Blocks that are narrower on average are told as shares of a pixel, not drawn one by one.
constexpr double least_block_pixels = 2.5;
/// And so are the slots of a pool.
constexpr double least_slot_pixels = 4;

/// Of shards that are summed up, so many blocks stand for the ages or sizes in one.
constexpr int sampled_blocks = 12;

/// Growing older changes much of the map at once. An update makes rows anew for it until it has
/// looked at so many blocks, and goes on in the next.
constexpr std::uint64_t ageing_blocks = 40'000;

/// When many blocks in one pixel are to be looked at again for their ages: by then none is older by
/// more than half, which is a third of a step.
std::uint64_t next_look(std::uint64_t now, std::uint64_t youngest) {
  constexpr std::uint64_t soonest = 100'000'000;
  const std::uint64_t age = now > youngest ? now - youngest : 0;
  return age_step(age) + 1 < ramp_steps ? now + std::max(soonest, age / 2)
                                        : std::numeric_limits<std::uint64_t>::max();
}

}  // namespace

void MapRaster::Share::add_used(double part, unsigned index, bool ramp) {
  used += part;
  if (ramp) {
    weight += part * index;
  } else if (colour == index) {
    // The owner of most of a pixel, by majority vote: cheap, and right where one owner prevails.
    weight += part;
  } else if (weight < part) {
    colour = index;
    weight = part - weight;
  } else {
    weight -= part;
  }
}

unsigned MapRaster::Share::colour_index(bool ramp) const {
  if (!ramp) return colour;
  return used <= 0 ? 0 : static_cast<unsigned>(std::lround(weight / used));
}

/// One row: which addresses it shows, and where its cells are.
struct MapRaster::Span {
  std::uint64_t from, to;  ///< addresses of whole bytes in it
  double origin;           ///< address of its left edge, as a difference from base
  std::uint64_t base;
  double pixels_per_byte;
  int columns;
  Cell* cells;

  [[nodiscard]] double x_of(std::uint64_t address) const {
    return (static_cast<double>(static_cast<std::int64_t>(address - base)) - origin) *
           pixels_per_byte;
  }
  [[nodiscard]] int column_of(std::uint64_t address) const {
    return static_cast<int>(
        std::clamp(std::round(x_of(address)), 0.0, static_cast<double>(columns)));
  }
  /// Fills columns [from_column, to_column) with a part of a block; edges of the part that lie
  /// outside the row are no edges.
  void fill(int from_column, int to_column, CellKind kind, unsigned colour, unsigned glow,
            int body_from, int body_to) const {
    for (int x = from_column; x < to_column; ++x) {
      cells[x] = make_cell(kind, colour, static_cast<unsigned>(std::max(0, x - body_from)),
                           static_cast<unsigned>(std::max(0, body_to - 1 - x)), glow, 0);
    }
  }
};

/// The columns of a part of a block: where it is filled, where its edges are, and its colours.
struct MapRaster::Body {
  int from, to;
  int left, right;
  unsigned colour, glow;
};

/// Returns true if nothing of what was made can be kept.
bool MapRaster::take_shape(const HeapPicture& picture, const MapGeometry& geometry,
                           const Options& options) {
  const int columns = static_cast<int>(geometry.width());
  const int rows = geometry.rows();
  const bool all = columns != columns_ || rows != rows_ || geometry.row_bytes() != row_bytes_ ||
                   picture.start() != start_ || options.colour_by != last_.colour_by ||
                   options.identity != last_.identity;
  last_ = options;
  if (!all) return false;
  columns_ = columns;
  rows_ = rows;
  row_bytes_ = geometry.row_bytes();
  start_ = picture.start();
  cells_.assign(static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows), 0);
  row_state_.assign(static_cast<std::size_t>(rows), Row{});
  return true;
}

bool MapRaster::update(const HeapPicture& picture, const MapGeometry& geometry,
                       const Options& options) {
  const bool all = take_shape(picture, geometry, options);
  const bool break_moved = picture.program_break() != break_;
  const std::uint64_t low = std::min(break_, picture.program_break());
  const std::uint64_t high = std::max(break_, picture.program_break());
  break_ = picture.program_break();
  rows_made_ = 0;
  glowing_ = false;
  looked_at_ = 0;
  for (int i = 0; i < rows_; ++i) {
    Row& row = row_state_[static_cast<std::size_t>(i)];
    const double offset = geometry.row_offset(i);
    const auto from = start_ + static_cast<std::uint64_t>(std::max(0.0, std::floor(offset)));
    const auto to =
        start_ + static_cast<std::uint64_t>(std::max(0.0, std::ceil(offset + row_bytes_)));
    const std::uint64_t version = picture.version(from, to);
    const bool over_break = break_moved && to >= low && from <= high;
    if (all || over_break || row.version != version || row.offset != offset || row.was_hot) {
      row.offset = offset;
      row.version = version;
      make_row(picture, geometry, options, i);
      ++rows_made_;
    }
    glowing_ = glowing_ || row.was_hot;
  }
  make_aged_rows(picture, geometry, options);
  return rows_made_ > 0;
}

/// The rows whose colours no longer tell the age: as many as an update may take, in turn.
void MapRaster::make_aged_rows(const HeapPicture& picture, const MapGeometry& geometry,
                               const Options& options) {
  next_ageing_ = never;
  if (options.colour_by != ColourBy::age) return;
  const std::size_t first = ageing_turn_;
  for (std::size_t i = 0; i < row_state_.size(); ++i) {
    const std::size_t index = (first + i) % row_state_.size();
    if (options.age_now >= row_state_[index].ages_at && looked_at_ < ageing_blocks) {
      make_row(picture, geometry, options, static_cast<int>(index));
      ++rows_made_;
      ageing_turn_ = index + 1;
    }
    next_ageing_ = std::min(next_ageing_, row_state_[index].ages_at);
  }
}

const std::vector<Cell>& MapRaster::make_overview(const HeapPicture& picture, int columns,
                                                  ColourBy colour_by, std::uint64_t age_now) {
  columns_ = columns;
  rows_ = 1;
  start_ = picture.start();
  break_ = picture.program_break();
  row_bytes_ = static_cast<double>(std::max<std::uint64_t>(break_ - start_, 1));
  cells_.assign(static_cast<std::size_t>(columns), 0);
  Span span{};
  span.base = span.from = start_;
  span.to = break_;
  span.columns = columns;
  span.pixels_per_byte = columns / row_bytes_;
  span.cells = cells_.data();
  Options options;
  options.colour_by = colour_by;
  options.age_now = age_now;
  Row row;
  if (row_bytes_ / columns < static_cast<double>(HeapPicture::shard_bytes)) {
    make_density(picture, span, options, row);
  } else {
    make_from_summaries(picture, span, options, row);
  }
  return cells_;
}

void MapRaster::make_row(const HeapPicture& picture, const MapGeometry& geometry,
                         const Options& options, int index) {
  Row& row = row_state_[static_cast<std::size_t>(index)];
  row.hot_until = 0;
  row.ages_at = never;
  Span span{};
  span.base = start_;
  span.origin = row.offset;
  span.from = start_ + static_cast<std::uint64_t>(std::max(0.0, std::floor(row.offset)));
  span.to = start_ + static_cast<std::uint64_t>(std::max(0.0, std::ceil(row.offset + row_bytes_)));
  span.columns = columns_;
  span.pixels_per_byte = columns_ / geometry.row_bytes();
  span.cells = cells_.data() + static_cast<std::size_t>(index) * static_cast<std::size_t>(columns_);

  fill_outside(picture, span);
  if (span.from < break_ && span.to > start_) {
    const double bytes_per_pixel = row_bytes_ / columns_;
    const PictureTotals& totals = picture.totals();
    const double blocks =
        static_cast<double>(std::max<std::uint64_t>(totals.used_blocks + totals.free_blocks, 1));
    if (static_cast<double>(totals.heap - totals.mapped) / blocks >=
        least_block_pixels * bytes_per_pixel) {
      make_blocks(picture, span, options, row);
    } else if (bytes_per_pixel < static_cast<double>(HeapPicture::shard_bytes) / 2) {
      make_density(picture, span, options, row);
    } else {
      make_from_summaries(picture, span, options, row);
    }
  }
  row.was_hot = row.hot_until > options.now;
}

void MapRaster::fill_outside(const HeapPicture& picture, const Span& span) {
  const int heap_from = span.column_of(std::max(picture.start(), span.from));
  const int heap_to = break_ > span.from ? span.column_of(std::min(break_, span.to)) : 0;
  const double x_start = span.x_of(picture.start());
  for (int x = 0; x < span.columns; ++x) {
    CellKind kind = CellKind::outside;
    if (x >= heap_to && x >= x_start) kind = CellKind::beyond;
    if (x >= heap_from && x < heap_to) kind = CellKind::outside;
    span.cells[x] = make_cell(kind, 0, 15, static_cast<unsigned>(span.columns - 1 - x), 0, 0);
  }
}

void MapRaster::make_blocks(const HeapPicture& picture, const Span& span, const Options& options,
                            Row& row) {
  picture.for_each(span.from, span.to, [&](const PictureBlock& block) {
    ++looked_at_;
    const int begin = span.column_of(block.address);
    const int end = span.column_of(block.end());
    if (end <= begin) return true;
    // Edges beyond the row are kept out of the picture: a block that goes on has no edge there.
    const int true_begin = block.address < span.from ? begin - 15 : begin;
    const int true_end = block.end() > span.to ? end + 15 : end;
    const unsigned colour = colour_index(options.colour_by, block, options.age_now);
    if (block.used && options.colour_by == ColourBy::age && colour + 1 < ramp_steps)
      row.ages_at = std::min(row.ages_at, block.since + age_step_end(colour));
    if (block.foreign) {
      span.fill(begin, end, CellKind::foreign, 0, 0, true_begin, true_end);
      return true;
    }
    unsigned glow = 0;
    const std::uint64_t age = options.now > block.since ? options.now - block.since : 0;
    if (options.glow > 0.02 && age < options.glow_ns && (options.free_glows || !block.free())) {
      const double left = 1 - static_cast<double>(age) / static_cast<double>(options.glow_ns);
      glow = static_cast<unsigned>(std::lround(63 * left * left * std::min(1.0, options.glow)));
      row.hot_until = std::max(row.hot_until, block.since + options.glow_ns);
    }
    // A gap of a pixel before each block, as soon as there is room for it.
    const int gap = end - begin >= 4 && block.address >= span.from ? 1 : 0;
    const int body = std::max(begin + gap, span.column_of(block.address + block.header));
    span.fill(begin, begin + gap, CellKind::outside, 0, 0, 0, 0);
    const int header_edge = block.address < span.from ? true_begin : begin + gap;
    if (!block.used) {
      span.fill(begin + gap, body, CellKind::header, 255, 0, header_edge, body);
      const CellKind kind = block.set_aside ? CellKind::set_aside
                            : block.cached  ? CellKind::cached
                                            : CellKind::free;
      span.fill(body, end, kind, colour, glow, std::min(body, true_begin + (body - begin)),
                true_end);
      return true;
    }
    span.fill(begin + gap, body, CellKind::header, colour, 0, header_edge, body);
    paint_used(picture, span, block, {body, end, true_begin, true_end, colour, glow});
    return true;
  });
}

/// What lies behind a used block's header: front, payload, padding, guard.
void MapRaster::paint_used(const HeapPicture& picture, const Span& span, const PictureBlock& block,
                           const Body& body) {
  const auto column = [&](std::uint64_t address) {
    return std::clamp(span.column_of(address), body.from, body.to);
  };
  const int payload = column(block.payload_address());
  const int guard = column(block.end() - block.guard);
  const int padding = column(block.end() - block.guard - block.tail_padding());
  const int edge = block.payload_address() < span.from ? body.left : payload;
  const auto fill = [&](int from, int to, CellKind kind, int left) {
    span.fill(from, to, kind, body.colour, body.glow, left, body.right);
  };
  fill(body.from, payload, block.guarded ? CellKind::guard : CellKind::padding, body.left);
  fill(payload, padding, CellKind::used, edge);
  fill(padding, guard, CellKind::padding, edge);
  fill(guard, body.to, CellKind::guard, edge);
  if (!block.pool) return;
  fill(payload, padding, CellKind::pool, edge);
  if (const PoolSlots* const slots = picture.pool_of(block.address))
    paint_slots(*slots, span, block, {payload, padding, edge, body.right, body.colour, body.glow});
}

void MapRaster::paint_slots(const PoolSlots& slots, const Span& span, const PictureBlock& block,
                            const Body& body) {
  const std::uint64_t first = block.address + slots.first();
  const std::uint64_t last = block.address + slots.end();  // behind the last slot
  const double slot_pixels = static_cast<double>(slots.slot_size()) * span.pixels_per_byte;
  if (last <= span.from || first >= span.to) return;
  if (slot_pixels >= least_slot_pixels) {
    const std::uint64_t from = slots.slot_of(std::max(span.from, first) - block.address);
    for (std::uint64_t slot = from; slot < slots.count(); ++slot) {
      const std::uint64_t address = first + slot * slots.slot_size();
      if (address >= span.to) break;
      const int begin = span.column_of(address);
      const int end = span.column_of(address + slots.slot_size());
      const int left = address < span.from ? begin - 15 : begin;
      const int right = address + slots.slot_size() > span.to ? end + 15 : end;
      // The last column of each keeps it apart from the next.
      span.fill(begin, end - (right == end ? 1 : 0),
                slots.is_used(slot) ? CellKind::slot_used : CellKind::slot_free, body.colour,
                body.glow, left, right - 1);
    }
    return;
  }
  // Too small to be told apart: each column says how many of its slots are in use, looking at no
  // more than a few of them.
  constexpr int looks = 8;
  for (int x = std::max(body.from, span.column_of(first));
       x < std::min(body.to, span.column_of(last)); ++x) {
    const double low = span.origin + x / span.pixels_per_byte;
    int used = 0;
    for (int i = 0; i < looks; ++i) {
      const double offset = low + (i + 0.5) / looks / span.pixels_per_byte;
      const std::uint64_t address = span.base + static_cast<std::uint64_t>(std::max(0.0, offset));
      const std::uint64_t clamped = std::clamp(address, first, last - 1);
      used += slots.is_used(slots.slot_of(clamped - block.address)) ? 1 : 0;
    }
    span.cells[x] =
        make_cell(CellKind::pool, body.colour, static_cast<unsigned>(std::max(0, x - body.left)),
                  static_cast<unsigned>(std::max(0, body.right - 1 - x)), body.glow,
                  static_cast<unsigned>(63 * used / looks));
  }
}

void MapRaster::make_density(const HeapPicture& picture, const Span& span, const Options& options,
                             Row& row) {
  const bool ramp = is_ramp(options.colour_by);
  std::optional<std::uint64_t> youngest;
  shares_.assign(static_cast<std::size_t>(span.columns), Share{});
  picture.for_each(span.from, span.to, [&](const PictureBlock& block) {
    ++looked_at_;
    const unsigned colour = colour_index(options.colour_by, block, options.age_now);
    if (block.used) youngest = std::max(youngest, std::make_optional(block.since));
    double x = std::max(0.0, span.x_of(block.address));
    const double x_end = std::min(static_cast<double>(span.columns), span.x_of(block.end()));
    while (x < x_end) {
      const double next = std::min(x_end, std::floor(x) + 1);
      Share& share = shares_[static_cast<std::size_t>(x)];
      share.all += next - x;
      if (block.used) share.add_used(next - x, colour, ramp);
      x = next;
    }
    return true;
  });
  if (options.colour_by == ColourBy::age && youngest)
    row.ages_at = next_look(options.age_now, *youngest);
  for (int x = 0; x < span.columns; ++x) {
    const Share& share = shares_[static_cast<std::size_t>(x)];
    if (share.all < 1e-6) continue;
    const auto level = static_cast<unsigned>(std::lround(63 * share.used / share.all));
    span.cells[x] = make_cell(CellKind::density, share.colour_index(ramp), 15, 15, 0, level);
  }
}

/// The mean step of a few used blocks from an address on, each weighed by its bytes.
unsigned MapRaster::sampled_step(const HeapPicture& picture, std::uint64_t from,
                                 const Options& options, std::optional<std::uint64_t>& youngest) {
  Share mean;
  int looks = 0;
  picture.for_each(from, from + HeapPicture::shard_bytes, [&](const PictureBlock& block) {
    ++looked_at_;
    if (block.used) {
      mean.add_used(static_cast<double>(block.size),
                    colour_index(options.colour_by, block, options.age_now), true);
      youngest = std::max(youngest, std::make_optional(block.since));
    }
    return ++looks < sampled_blocks;
  });
  return mean.colour_index(true);
}

void MapRaster::make_from_summaries(const HeapPicture& picture, const Span& span,
                                    const Options& options, Row& row) {
  const bool ramp = is_ramp(options.colour_by);
  std::optional<std::uint64_t> youngest;
  for (int x = 0; x < span.columns; ++x) {
    const double offset = span.origin + (x + 0.5) / span.pixels_per_byte;
    if (offset < 0) continue;
    const std::uint64_t address = span.base + static_cast<std::uint64_t>(offset);
    if (address >= break_) break;
    // A pixel holds several shards: look at up to four of them, evenly spread.
    const double half = 0.5 / span.pixels_per_byte;
    const double shards = 2 * half / static_cast<double>(HeapPicture::shard_bytes);
    const int looks = std::clamp(static_cast<int>(shards), 1, 4);
    Share share;
    for (int i = 0; i < looks; ++i) {
      const double at = offset - half + 2 * half * (i + 0.5) / looks;
      if (at < 0) continue;
      const std::uint64_t where = span.base + static_cast<std::uint64_t>(at);
      if (where >= break_) break;
      ++looked_at_;
      const HeapPicture::Summary sum = picture.summary(where);
      const double in_use = static_cast<double>(sum.requested) + sum.padding + sum.guard;
      share.all += in_use + sum.header + sum.free + sum.set_aside + sum.foreign;
      if (in_use <= 0) continue;
      const unsigned colour = ramp ? sampled_step(picture, where, options, youngest)
                                   : owner_index(options.colour_by, sum.thread);
      share.add_used(in_use + sum.header, colour, ramp);
    }
    if (share.all <= 0) continue;
    span.cells[x] =
        make_cell(CellKind::density, share.colour_index(ramp), 15, 15, 0,
                  static_cast<unsigned>(std::lround(63 * std::min(1.0, share.used / share.all))));
  }
  if (options.colour_by == ColourBy::age && youngest)
    row.ages_at = next_look(options.age_now, *youngest);
}

}  // namespace mh
