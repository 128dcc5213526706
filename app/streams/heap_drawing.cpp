#include "app/streams/heap_drawing.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "app/model/format.hpp"
#include "app/slides/slide_painter.hpp"

namespace mh {

namespace {

constexpr SlideRect area{60, 150, 1480, 640};
constexpr double cell = 2;  // units: what is narrower is mixed
constexpr auto cells = static_cast<std::size_t>(area.width / cell);
constexpr std::size_t most_rows = 40;
constexpr std::uint64_t narrow_gap = 4096;  // bytes between mappings that are shown as one stretch

enum Kind : std::size_t { beyond, header, padding, vacant, cached, foreign, damaged, used };
constexpr std::size_t shown_kinds = used + 8;  // one of the colours for each thread

using Share = std::array<float, shown_kinds>;  // bytes in a cell

/// Addresses that stand side by side on the map.
struct Stretch {
  std::uint64_t from = 0, to = 0;
};

/// The heap, then the mappings outside, near ones together.
std::vector<Stretch> stretches_of(const HeapPicture& picture) {
  std::vector<Stretch> outside;
  picture.for_each(0, std::numeric_limits<std::uint64_t>::max(), [&](const PictureBlock& block) {
    if (!block.mapped) return true;
    if (outside.empty() || block.address - outside.back().to > narrow_gap) {
      outside.push_back({block.address, block.end()});
    } else {
      outside.back().to = block.end();
    }
    return true;
  });
  std::vector<Stretch> all;
  if (picture.program_break() > picture.start()) {
    all.push_back({picture.start(), picture.program_break()});
  }
  all.insert(all.end(), outside.begin(), outside.end());
  return all;
}

Colour colour_of(std::size_t kind, const SlideTheme& theme) {
  switch (kind) {
    case beyond:
      return theme.beyond;
    case header:
      return theme.header;
    case padding:
      return theme.padding_stripe;
    case vacant:
      return theme.free;
    case cached:
      return theme.free_line;
    case foreign:
      return theme.foreign_stripe;
    case damaged:
      return theme.damaged_stripe;
    default:
      return theme.owners[kind - used];
  }
}

/// Rounded, so that neighbours which hardly differ become one shape.
std::uint8_t rounded(double channel) {
  return static_cast<std::uint8_t>(std::clamp(std::lround(channel / 8) * 8, 0L, 255L));
}

Colour mixed(const Share& share, const SlideTheme& theme) {
  double total = 0, r = 0, g = 0, b = 0;
  std::size_t only = shown_kinds;
  for (std::size_t kind = 0; kind < shown_kinds; ++kind) {
    if (share[kind] <= 0) continue;
    only = total == 0 ? kind : std::size_t{shown_kinds};
    const Colour colour = colour_of(kind, theme);
    const double weight = share[kind];
    total += weight;
    r += weight * colour.r;
    g += weight * colour.g;
    b += weight * colour.b;
  }
  if (total <= 0) return theme.beyond;
  if (only != shown_kinds) return colour_of(only, theme);
  return {rounded(r / total), rounded(g / total), rounded(b / total), 255};
}

/// The map as cells: each knows how many bytes of what lie in it.
class Cells {
 public:
  explicit Cells(const HeapPicture& picture) : stretches_(stretches_of(picture)) {
    std::uint64_t bytes = 0;
    std::uint64_t blocks = 0;
    for (const Stretch& stretch : stretches_) bytes += stretch.to - stretch.from;
    blocks = picture.totals().used_blocks + picture.totals().free_blocks;
    rows_ = std::clamp<std::size_t>(blocks / 16, 1, most_rows);
    cell_bytes_ =
        std::max(1.0 / 16, static_cast<double>(bytes) / static_cast<double>(rows_ * cells));
    shares_.resize(rows_ * cells);
    double at = 0;
    for (const Stretch& stretch : stretches_) {
      fill(picture, stretch, at);
      at += static_cast<double>(stretch.to - stretch.from);
    }
  }

  [[nodiscard]] std::size_t rows() const { return rows_; }
  [[nodiscard]] double cell_bytes() const { return cell_bytes_; }
  [[nodiscard]] const Share& at(std::size_t row, std::size_t column) const {
    return shares_[row * cells + column];
  }

 private:
  void fill(const HeapPicture& picture, const Stretch& stretch, double at) {
    picture.for_each(stretch.from, stretch.to, [&](const PictureBlock& block) {
      const auto place = [&](std::uint64_t address) {
        return at + static_cast<double>(address) - static_cast<double>(stretch.from);
      };
      const double head = std::min(place(block.address + block.header), place(block.end()));
      add(header, place(block.address), head);
      const double payload = std::min(place(block.payload_address()), place(block.end()));
      add(padding, head, payload);
      if (block.used) {
        const double end = payload + static_cast<double>(block.requested);
        add(used + (block.thread + 7U) % 8, payload, end);
        add(padding, end, place(block.end()));
      } else {
        add(block.foreign     ? foreign
            : block.set_aside ? damaged
            : block.cached    ? cached
                              : vacant,
            payload, place(block.end()));
      }
      return true;
    });
  }

  void add(std::size_t kind, double from, double to) {
    const double end = static_cast<double>(shares_.size()) * cell_bytes_;
    to = std::min(to, end);
    while (from < to) {
      const auto index = std::min(static_cast<std::size_t>(from / cell_bytes_), shares_.size() - 1);
      const double next = std::max(static_cast<double>(index + 1) * cell_bytes_, from + 1e-6);
      shares_[index][kind] += static_cast<float>(std::min(to, next) - from);
      from = next;
    }
  }

  std::vector<Stretch> stretches_;
  std::vector<Share> shares_;
  std::size_t rows_ = 1;
  double cell_bytes_ = 1;
};

void draw_cells(Canvas& canvas, const Cells& map, const SlideTheme& theme) {
  const double pitch = std::min(60.0, area.height / static_cast<double>(map.rows()));
  const double height = pitch * 0.86;
  for (std::size_t row = 0; row < map.rows(); ++row) {
    const double top = area.y + static_cast<double>(row) * pitch;
    std::size_t begin = 0;
    for (std::size_t column = 1; column <= cells; ++column) {
      const Colour colour = mixed(map.at(row, begin), theme);
      if (column < cells && mixed(map.at(row, column), theme) == colour) continue;
      canvas.fill({area.x + static_cast<double>(begin) * cell, top,
                   static_cast<double>(column - begin) * cell, height},
                  colour);
      begin = column;
    }
    canvas.outline({area.x, top, area.width, height}, theme.panel_line, 1);
  }
}

void draw_legend(Canvas& canvas, const HeapPicture& picture, const Cells& map,
                 const SlideTheme& theme) {
  const PictureTotals& totals = picture.totals();
  struct Entry {
    std::size_t kind;
    const char* name;
    std::uint64_t bytes;
  };
  const Entry entries[] = {{used, "in use (a colour a thread)", totals.requested},
                           {header, "headers", totals.header},
                           {padding, "padding", totals.padding},
                           {vacant, "free", totals.free - totals.cached},
                           {cached, "free, kept for a thread", totals.cached},
                           {foreign, "somebody else's", totals.foreign}};
  double x = area.x;
  constexpr double y = 838;
  for (const Entry& entry : entries) {
    if (entry.bytes == 0 && entry.kind == foreign) continue;
    canvas.fill({x, y - 14, 18, 18}, colour_of(entry.kind, theme), 3);
    canvas.outline({x, y - 14, 18, 18}, theme.free_line, 1, 3);
    const std::string words = std::string(entry.name) + " " + format_bytes(entry.bytes);
    canvas.text({x + 26, y}, {Face::regular, 17, theme.text_dim, Anchor::start}, words);
    x += 26 + text_width(Face::regular, 17, words) + 30;
  }
  std::string scale = "from " + format_address(picture.start()) + ", a row is " +
                      format_bytes(static_cast<std::uint64_t>(map.cell_bytes() * cells));
  if (totals.mapped != 0) {
    scale += "; " + format_bytes(totals.mapped) + " in mappings of their own stand behind the heap";
  }
  canvas.text({area.x, 872}, {Face::mono, 15, theme.text_dim, Anchor::start}, scale);
}

}  // namespace

void draw_heap(Canvas& canvas, const HeapPicture& picture, const HeapDrawing& drawing) {
  const SlideTheme& theme = slide_theme(drawing.look);
  canvas.fill({0, 0, slide_width, slide_height}, theme.ground);
  const double title_width = text_width(Face::semibold, 36, drawing.title);
  const double title_size = 36 * std::min(1.0, area.width / std::max(title_width, 1.0));
  canvas.text({area.x, 72}, {Face::semibold, title_size, theme.text, Anchor::start}, drawing.title);
  canvas.text({area.x, 116}, {Face::regular, 22, theme.text_dim, Anchor::start}, drawing.moment);
  const Cells map(picture);
  draw_cells(canvas, map, theme);
  draw_legend(canvas, picture, map, theme);
}

}  // namespace mh
