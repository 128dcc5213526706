#include "app/model/map_raster.hpp"

#include <algorithm>
#include <cmath>

namespace mh {
namespace {

constexpr Cell make_cell(CellKind kind, unsigned colour, unsigned left, unsigned right,
                         unsigned glow, unsigned share) {
  return static_cast<Cell>(kind) | (colour << 4) | (std::min(left, 15U) << 12) |
         (std::min(right, 15U) << 16) | (glow << 20) | (share << 26);
}

/// Blocks that are narrower on average are told as shares of a pixel, not drawn one by one.
constexpr double least_block_pixels = 2.5;

}  // namespace

unsigned colour_index(ColourBy colour_by, std::uint16_t thread) {
  if (colour_by == ColourBy::state) return 0;
  return thread >= 1 && thread <= 64 ? thread : 0;
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

bool MapRaster::update(const HeapPicture& picture, const MapGeometry& geometry,
                       const Options& options) {
  const int columns = static_cast<int>(geometry.width());
  const int rows = geometry.rows();
  const bool all = columns != columns_ || rows != rows_ || geometry.row_bytes() != row_bytes_ ||
                   picture.start() != start_ || options.colour_by != last_.colour_by ||
                   options.identity != last_.identity;
  if (all) {
    columns_ = columns;
    rows_ = rows;
    row_bytes_ = geometry.row_bytes();
    start_ = picture.start();
    cells_.assign(static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows), 0);
    row_state_.assign(static_cast<std::size_t>(rows), Row{});
  }
  const bool break_moved = picture.program_break() != break_;
  const std::uint64_t low = std::min(break_, picture.program_break());
  const std::uint64_t high = std::max(break_, picture.program_break());
  break_ = picture.program_break();
  last_ = options;
  rows_made_ = 0;
  glowing_ = false;
  for (int i = 0; i < rows; ++i) {
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
  return rows_made_ > 0;
}

const std::vector<Cell>& MapRaster::make_overview(const HeapPicture& picture, int columns,
                                                  ColourBy colour_by) {
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
  if (row_bytes_ / columns < static_cast<double>(HeapPicture::shard_bytes)) {
    make_density(picture, span, options);
  } else {
    make_from_summaries(picture, span, options);
  }
  return cells_;
}

void MapRaster::make_row(const HeapPicture& picture, const MapGeometry& geometry,
                         const Options& options, int index) {
  Row& row = row_state_[static_cast<std::size_t>(index)];
  row.hot_until = 0;
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
    if (static_cast<double>(totals.heap) / blocks >= least_block_pixels * bytes_per_pixel) {
      make_blocks(picture, span, options, row);
    } else if (bytes_per_pixel < static_cast<double>(HeapPicture::shard_bytes) / 2) {
      make_density(picture, span, options);
    } else {
      make_from_summaries(picture, span, options);
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
    const int begin = span.column_of(block.address);
    const int end = span.column_of(block.end());
    if (end <= begin) return true;
    // Edges beyond the row are kept out of the picture: a block that goes on has no edge there.
    const int true_begin = block.address < span.from ? begin - 15 : begin;
    const int true_end = block.end() > span.to ? end + 15 : end;
    const unsigned colour = colour_index(options.colour_by, block.thread);
    if (block.foreign) {
      span.fill(begin, end, CellKind::foreign, 0, 0, true_begin, true_end);
      return true;
    }
    unsigned glow = 0;
    const std::uint64_t age = options.now > block.since ? options.now - block.since : 0;
    if (options.glow > 0.02 && age < options.glow_ns) {
      const double left = 1 - static_cast<double>(age) / static_cast<double>(options.glow_ns);
      glow = static_cast<unsigned>(std::lround(63 * left * left * std::min(1.0, options.glow)));
      row.hot_until = std::max(row.hot_until, block.since + options.glow_ns);
    }
    // A gap of a pixel before each block, as soon as there is room for it.
    const int gap = end - begin >= 4 && block.address >= span.from ? 1 : 0;
    const int body = std::max(begin + gap, span.column_of(block.payload_address()));
    span.fill(begin, begin + gap, CellKind::outside, 0, 0, 0, 0);
    const int header_edge = block.address < span.from ? true_begin : begin + gap;
    if (!block.used) {
      span.fill(begin + gap, body, CellKind::header, 255, 0, header_edge, body);
      span.fill(body, end, CellKind::free, colour, glow,
                std::min(body, true_begin + (body - begin)), true_end);
      return true;
    }
    span.fill(begin + gap, body, CellKind::header, colour, 0, header_edge, body);
    const int body_edge = block.payload_address() < span.from ? true_begin : body;
    const int padding = std::clamp(span.column_of(block.end() - block.padding()), body, end);
    span.fill(body, padding, CellKind::used, colour, glow, body_edge, true_end);
    span.fill(padding, end, CellKind::padding, colour, glow, body_edge, true_end);
    return true;
  });
}

void MapRaster::make_density(const HeapPicture& picture, const Span& span, const Options& options) {
  shares_.assign(static_cast<std::size_t>(span.columns), Share{});
  const auto add = [&](std::uint64_t from, std::uint64_t to, bool used, unsigned colour) {
    double x = std::max(0.0, span.x_of(from));
    const double x_end = std::min(static_cast<double>(span.columns), span.x_of(to));
    while (x < x_end) {
      const double next = std::min(x_end, std::floor(x) + 1);
      Share& share = shares_[static_cast<std::size_t>(x)];
      const double part = next - x;
      share.all += part;
      if (used) {
        share.used += part;
        // The owner of most of a pixel, by majority vote: cheap, and right where one owner
        // prevails.
        if (share.colour == colour) {
          share.best += part;
        } else if (share.best < part) {
          share.colour = colour;
          share.best = part - share.best;
        } else {
          share.best -= part;
        }
      }
      x = next;
    }
  };
  picture.for_each(span.from, span.to, [&](const PictureBlock& block) {
    add(block.address, block.end(), block.used, colour_index(options.colour_by, block.thread));
    return true;
  });
  for (int x = 0; x < span.columns; ++x) {
    const Share& share = shares_[static_cast<std::size_t>(x)];
    if (share.all < 1e-6) continue;
    const auto level = static_cast<unsigned>(std::lround(63 * share.used / share.all));
    span.cells[x] = make_cell(CellKind::density, share.colour, 15, 15, 0, level);
  }
}

void MapRaster::make_from_summaries(const HeapPicture& picture, const Span& span,
                                    const Options& options) {
  for (int x = 0; x < span.columns; ++x) {
    const double offset = span.origin + (x + 0.5) / span.pixels_per_byte;
    if (offset < 0) continue;
    const std::uint64_t address = span.base + static_cast<std::uint64_t>(offset);
    if (address >= break_) break;
    // A pixel holds several shards: look at up to four of them, evenly spread.
    const double half = 0.5 / span.pixels_per_byte;
    const double shards = 2 * half / static_cast<double>(HeapPicture::shard_bytes);
    const int looks = std::clamp(static_cast<int>(shards), 1, 4);
    double used = 0, all = 0;
    HeapPicture::Summary last;
    for (int i = 0; i < looks; ++i) {
      const double at = offset - half + 2 * half * (i + 0.5) / looks;
      if (at < 0) continue;
      const std::uint64_t where = span.base + static_cast<std::uint64_t>(at);
      if (where >= break_) break;
      const HeapPicture::Summary sum = picture.summary(where);
      const double in_use = static_cast<double>(sum.requested) + sum.padding;
      used += in_use + sum.header * (in_use > 0 ? 1.0 : 0.0);
      all += static_cast<double>(sum.requested) + sum.padding + sum.header + sum.free + sum.foreign;
      if (in_use > 0 || last.thread == 0) last = sum;
    }
    if (all <= 0) continue;
    span.cells[x] =
        make_cell(CellKind::density, colour_index(options.colour_by, last.thread), 15, 15, 0,
                  static_cast<unsigned>(std::lround(63 * std::min(1.0, used / all))));
  }
}

}  // namespace mh
