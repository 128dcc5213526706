#include "app/slides/map_figure.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <string_view>
#include <vector>

#include "app/model/format.hpp"
#include "app/slides/svg_canvas.hpp"

namespace mh {
namespace {

constexpr double width = 1600;
constexpr double left = 150;  // of the rows: addresses stand before them
constexpr double right = 1560;
constexpr double top = 84;
constexpr double legend_height = 64;
constexpr double break_room = 34;  // below the rows: the break's label
constexpr std::uint64_t granule = 16;

Colour mixed(Colour a, Colour b, double part) {
  const auto channel = [part](std::uint8_t from, std::uint8_t to) {
    return static_cast<std::uint8_t>(std::lround(from + (to - from) * part));
  };
  return {channel(a.r, b.r), channel(a.g, b.g), channel(a.b, b.b), 255};
}

class MapFigure {
 public:
  MapFigure(const HeapPicture& picture, const MapFigureOptions& options,
            std::vector<PictureBlock> blocks)
      : picture_(picture),
        options_(options),
        theme_(slide_theme(options.look)),
        blocks_(std::move(blocks)),
        start_(picture.start()),
        heap_(picture.program_break() - picture.start()) {
    choose_rows();
  }

  [[nodiscard]] std::string file() const {
    const double height = bottom() + break_room + legend_height;
    SvgCanvas canvas(width, height);
    canvas.fill({0, 0, width, height}, theme_.ground, 0);
    paint_title(canvas);
    paint_addresses(canvas);
    for (const PictureBlock& block : blocks_) paint_block(canvas, block);
    paint_break(canvas);
    paint_legend(canvas, bottom() + break_room + 34);
    return canvas.file("A heap", "The blocks of a heap in rows of addresses: " + figures());
  }

 private:
  /// So many bytes a row that blocks can be told apart, and no more rows than a page has.
  void choose_rows() {
    const std::uint64_t count = std::max<std::uint64_t>(blocks_.size(), 1);
    const double blocks_in_row = count <= 24 ? 4 : count <= 400 ? 10 : 60;
    const double wanted = static_cast<double>(heap_) / static_cast<double>(count) * blocks_in_row;
    row_bytes_ = std::bit_ceil(std::max<std::uint64_t>(static_cast<std::uint64_t>(wanted), 256));
    constexpr std::uint64_t most_rows_drawn = 100;
    while (heap_ / row_bytes_ >= most_rows_drawn) row_bytes_ *= 2;
    // Rows begin at multiples of their bytes, as on the map.
    first_row_ = start_ / row_bytes_ * row_bytes_;
    rows_ = heap_ == 0 ? 1 : (picture_.program_break() - 1 - first_row_) / row_bytes_ + 1;
    row_height_ = count <= 400 ? 34 : 20;
    pitch_ = row_height_ + (count <= 400 ? 12 : 6);
    scale_ = (right - left) / static_cast<double>(row_bytes_);
  }

  [[nodiscard]] double bottom() const { return top + static_cast<double>(rows_) * pitch_; }
  [[nodiscard]] std::string figures() const {
    const PictureTotals& totals = picture_.totals();
    return format_bytes(totals.heap) + ", " + format_count(totals.used_blocks) + " in use, " +
           format_count(totals.free_blocks) + " free";
  }

  [[nodiscard]] std::vector<SlideRect> pieces(std::uint64_t from, std::uint64_t to) const {
    std::vector<SlideRect> result;
    while (from < to) {
      const std::uint64_t row = (from - first_row_) / row_bytes_;
      const std::uint64_t begins = first_row_ + row * row_bytes_;
      const std::uint64_t end = std::min(to, begins + row_bytes_);
      result.push_back({left + static_cast<double>(from - begins) * scale_,
                        top + static_cast<double>(row) * pitch_,
                        static_cast<double>(end - from) * scale_, row_height_});
      from = end;
    }
    return result;
  }

  void paint_title(SvgCanvas& canvas) const {
    canvas.text({left, 46}, {Face::semibold, 24, theme_.text}, "Heap");
    const std::string range = start_ == 0 ? std::string("not begun")
                                          : format_address(start_) + " \u2013 " +
                                                format_address(picture_.program_break());
    canvas.text({left + 78, 46}, {Face::mono, 18, theme_.text_dim}, range);
    canvas.text({right, 46}, {Face::regular, 18, theme_.text_dim, Anchor::end}, figures());
  }

  void paint_addresses(SvgCanvas& canvas) const {
    const TextLook look{Face::mono, 13, theme_.text_dim, Anchor::end};
    for (std::uint64_t row = 0; row < rows_ && heap_ > 0; ++row) {
      const std::uint64_t address = std::max(start_, first_row_ + row * row_bytes_);
      canvas.text({left - 12, top + static_cast<double>(row) * pitch_ + row_height_ / 2 + 5}, look,
                  format_address(address));
    }
  }

  [[nodiscard]] Colour ground_of(const PictureBlock& block) const {
    const unsigned index = colour_index(options_.colour_by, block, options_.now);
    if (!is_ramp(options_.colour_by)) return theme_.owners[index % theme_.owners.size()];
    return mixed(theme_.owners[0], theme_.owners[3], static_cast<double>(index) / (ramp_steps - 1));
  }

  void paint_range(SvgCanvas& canvas, std::uint64_t from, std::uint64_t to, Colour colour) const {
    for (const SlideRect& rect : pieces(from, to)) canvas.fill(rect, colour, 0);
  }
  void hatch_range(SvgCanvas& canvas, std::uint64_t from, std::uint64_t to, Colour ground,
                   Colour stripe) const {
    for (const SlideRect& rect : pieces(from, to)) canvas.hatch(rect, ground, stripe, 8, 3);
  }

  void paint_block(SvgCanvas& canvas, const PictureBlock& block) const {
    const std::uint64_t payload = block.payload_address();
    if (block.foreign) {
      hatch_range(canvas, block.address, block.end(), theme_.foreign, theme_.foreign_stripe);
    } else if (block.set_aside) {
      hatch_range(canvas, block.address, block.end(), theme_.damaged, theme_.damaged_stripe);
    } else if (block.used) {
      paint_range(canvas, block.address, block.address + block.header, theme_.header);
      const std::uint64_t end = payload + block.requested;
      const Colour front = block.guarded ? theme_.guard : theme_.padding;
      const Colour front_stripe = block.guarded ? theme_.guard_stripe : theme_.padding_stripe;
      hatch_range(canvas, block.address + block.header, payload, front, front_stripe);
      paint_range(canvas, payload, end, ground_of(block));
      hatch_range(canvas, end, block.end() - block.guard, theme_.padding, theme_.padding_stripe);
      hatch_range(canvas, block.end() - block.guard, block.end(), theme_.guard,
                  theme_.guard_stripe);
      paint_slots(canvas, block);
    } else {
      paint_range(canvas, block.address, block.end(), theme_.free);
      paint_range(canvas, block.address, block.address + block.header,
                  mixed(theme_.free, theme_.header, 0.35));
    }
    for (const SlideRect& rect : pieces(block.address, block.end()))
      canvas.outline(rect, block.used ? theme_.ground : theme_.free_line, 1, 0);
    paint_label(canvas, block);
  }

  void paint_slots(SvgCanvas& canvas, const PictureBlock& block) const {
    const PoolSlots* const slots = picture_.pool_of(block.address);
    if (slots == nullptr || static_cast<double>(slots->slot_size()) * scale_ < 4) return;
    for (std::uint64_t at = block.payload_address(); at < block.end(); at += granule) {
      const auto slot = picture_.slot_at(at);
      if (!slot || at < slot->address || at >= slot->address + granule) continue;
      for (const SlideRect& rect : pieces(slot->address, slot->address + slot->size)) {
        if (!slot->used) canvas.fill(rect, theme_.free, 0);
        canvas.outline(rect, theme_.free_line, 1, 0);
      }
    }
  }

  void paint_label(SvgCanvas& canvas, const PictureBlock& block) const {
    const std::uint64_t from = block.used ? block.payload_address() : block.address + block.header;
    const std::uint64_t to = block.used ? from + block.requested : block.end();
    const std::vector<SlideRect> places = pieces(from, std::max(to, from));
    if (places.empty() || block.pool || block.foreign) return;
    const auto widest =
        std::max_element(places.begin(), places.end(),
                         [](const SlideRect& a, const SlideRect& b) { return a.width < b.width; });
    const std::string name(picture_.label(block.address));
    const std::string bytes =
        std::to_string(block.used ? block.requested : block.capacity()) + " B";
    const Colour ink = block.used ? theme_.owner_text : theme_.free_text;
    const double size = row_height_ > 30 ? 15 : 12;
    const auto options = std::array<std::string, 3>{
        block.set_aside ? std::string("set aside")
                        : (block.used ? name + (name.empty() ? "" : "  ") : "free  ") + bytes,
        block.used ? name : bytes, block.used ? bytes : std::string()};
    for (const std::string& words : options) {
      if (words.empty() || text_width(Face::medium, size, words) > widest->width - 6) continue;
      canvas.text({widest->x + widest->width / 2, widest->y + row_height_ / 2 + size * 0.36},
                  {Face::medium, size, ink, Anchor::middle}, words);
      return;
    }
  }

  void paint_break(SvgCanvas& canvas) const {
    if (start_ == 0) return;
    // The break of a full row stands at that row's end.
    const std::uint64_t offset = picture_.program_break() - first_row_;
    const std::uint64_t row = heap_ == 0 ? 0 : (offset - 1) / row_bytes_;
    const double x = left + static_cast<double>(offset - row * row_bytes_) * scale_;
    const double y = top + static_cast<double>(row) * pitch_;
    canvas.fill({x - 1.5, y - 6, 3, row_height_ + 12}, theme_.break_line, 0);
    const std::string words = "program break  " + format_address(picture_.program_break());
    const bool to_the_left = x + 320 > right;
    canvas.text({to_the_left ? x - 6 : x + 6, y + row_height_ + 24},
                {Face::mono, 14, theme_.break_line, to_the_left ? Anchor::end : Anchor::start},
                words);
  }

  void paint_legend(SvgCanvas& canvas, double y) const {
    double x = left;
    const auto entry = [&](const char* words, auto&& swatch) {
      swatch(SlideRect{x, y - 13, 26, 16});
      canvas.outline({x, y - 13, 26, 16}, theme_.free_line, 1, 0);
      canvas.text({x + 34, y}, {Face::regular, 15, theme_.text_dim}, words);
      x += 34 + text_width(Face::regular, 15, words) + 30;
    };
    const auto filled = [&](Colour colour) {
      return [&canvas, colour](const SlideRect& rect) { canvas.fill(rect, colour, 0); };
    };
    const auto hatched = [&](Colour ground, Colour stripe) {
      return [&canvas, ground, stripe](const SlideRect& rect) {
        canvas.hatch(rect, ground, stripe, 8, 3);
      };
    };
    entry("header", filled(theme_.header));
    entry("in use", filled(theme_.owners[0]));
    entry("free", filled(theme_.free));
    const PictureTotals& totals = picture_.totals();
    if (totals.padding > 0) entry("padding", hatched(theme_.padding, theme_.padding_stripe));
    if (totals.guard > 0) entry("guard bytes", hatched(theme_.guard, theme_.guard_stripe));
    if (totals.set_aside > 0)
      entry("damaged, set aside", hatched(theme_.damaged, theme_.damaged_stripe));
    if (totals.foreign > 0) entry("not ours", hatched(theme_.foreign, theme_.foreign_stripe));
    if (options_.colour_by != ColourBy::state) {
      canvas.text({right, y}, {Face::regular, 15, theme_.text_dim, Anchor::end},
                  std::string("coloured by ") + colour_by_name(options_.colour_by));
    }
  }

  const HeapPicture& picture_;
  const MapFigureOptions& options_;
  const SlideTheme& theme_;
  std::vector<PictureBlock> blocks_;
  std::uint64_t start_, heap_;
  std::uint64_t row_bytes_ = 256, first_row_ = 0, rows_ = 1;
  double row_height_ = 34, pitch_ = 46, scale_ = 1;
};

}  // namespace

Parsed<std::string> map_figure(const HeapPicture& picture, const MapFigureOptions& options) {
  using Result = Parsed<std::string>;
  std::vector<PictureBlock> blocks;
  picture.for_each(picture.start(), picture.program_break(), [&](const PictureBlock& block) {
    blocks.push_back(block);
    return blocks.size() <= most_figure_blocks;
  });
  if (blocks.size() > most_figure_blocks) {
    return Result::failed("the heap has more than " + format_count(most_figure_blocks) +
                          " blocks, too many for a figure: save a PNG instead");
  }
  return Result::of(MapFigure(picture, options, std::move(blocks)).file());
}

}  // namespace mh
