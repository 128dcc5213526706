#pragma once
// A heap as rows of blocks, in proportion: the part of a slide that everything else explains.

#include <string>
#include <vector>

#include "app/slides/canvas.hpp"
#include "app/slides/slide.hpp"
#include "app/slides/slide_painter.hpp"
#include "app/slides/slide_theme.hpp"

namespace mh {

/// What a strip keeps room for, over and under its rows.
struct HeapLanes {
  bool arrows = false;  ///< of the free list
  bool marks = false;   ///< numbers of a search, pointers
};

class HeapStrip {
 public:
  /// Fills area with the heap: as few rows as leave the smallest block's label readable.
  HeapStrip(const Slide& slide, const SlideHeap& heap, const SlideRect& area, HeapLanes lanes);

  void paint(Canvas& canvas, const SlideTheme& theme) const;
  /// Adds where each block lies.
  void add_hits(std::size_t heap, std::vector<SlideHit>& hits) const;
  [[nodiscard]] double bottom() const { return rows_top_ + pitch_ * rows_; }
  /// Something points at one of its blocks.
  [[nodiscard]] static bool marked(const SlideHeap& heap);
  /// In which a slide's heap, drawn so wide, needs no narrower blocks and no lower rows than it
  /// should.
  [[nodiscard]] static double comfortable_height(const Slide& slide, double width);

 private:
  struct Span {
    SlideRect rect;
    int row = 0;
  };

  void share_out(int wanted, HeapLanes lanes);
  [[nodiscard]] std::vector<Span> spans(std::uint64_t from, std::uint64_t to) const;
  [[nodiscard]] Span widest(std::uint64_t from, std::uint64_t to) const;
  void paint_block(Canvas& canvas, const SlideTheme& theme, const SlideBlock& block) const;
  void paint_bars(Canvas& canvas, const SlideTheme& theme, std::uint64_t from,
                  std::uint64_t to) const;
  void paint_words(Canvas& canvas, const SlideTheme& theme, const SlideBlock& block) const;
  void paint_part(Canvas& canvas, const SlideTheme& theme, const SlideBlock& block,
                  std::uint64_t from, std::uint64_t to, Colour ground, const Colour* stripe,
                  double level = 1) const;
  void paint_used(Canvas& canvas, const SlideTheme& theme, const SlideBlock& block,
                  double level) const;
  static void paint_edge(Canvas& canvas, const SlideTheme& theme, const SlideRect& rect,
                         bool begins, bool ends);
  void paint_slots(Canvas& canvas, const SlideTheme& theme, const SlideBlock& block) const;
  void paint_label(Canvas& canvas, const SlideTheme& theme, const SlideBlock& block) const;
  void paint_outer_names(Canvas& canvas, const SlideTheme& theme) const;
  [[nodiscard]] double inner_name_size(const SlideBlock& block, double width) const;
  void paint_owner(Canvas& canvas, const SlideTheme& theme, const SlideBlock& block) const;
  void paint_scribbles(Canvas& canvas, const SlideTheme& theme) const;
  void paint_frames(Canvas& canvas, const SlideTheme& theme, const SlideBlock& block) const;
  void paint_badges(Canvas& canvas, const SlideTheme& theme) const;
  [[nodiscard]] std::string remark_on(const SlideBlock& block) const;
  double paint_pointer(Canvas& canvas, const SlideTheme& theme, int row, double x,
                       const std::string& remark, std::vector<double>& taken) const;
  /// The curve of an arrow, and where its head points.
  struct Arrow {
    SlidePoint from, control1, control2, to, tip;
    double down = 1;  ///< the head points down; -1: up
  };
  [[nodiscard]] Arrow arrow_between(const SlideBlock& from, const SlideBlock& to) const;
  static void paint_arrow(Canvas& canvas, Colour colour, const Arrow& arrow);
  void paint_free_list(Canvas& canvas, const SlideTheme& theme) const;
  /// What is seen between two slides only: heap_strip_motion.cpp.
  void paint_scars(Canvas& canvas, const SlideTheme& theme, const SlideBlock& block) const;
  void paint_gap(Canvas& canvas, const SlideTheme& theme, const SlideBlock& block) const;
  void paint_links(Canvas& canvas, const SlideTheme& theme) const;
  void paint_travels(Canvas& canvas, const SlideTheme& theme) const;
  void paint_walk(Canvas& canvas, const SlideTheme& theme) const;
  void paint_flash(Canvas& canvas, const SlideTheme& theme, const SlideRect& mark) const;
  [[nodiscard]] const SlideBlock* block_around(std::uint64_t address) const;
  [[nodiscard]] Span free_span(const SlideBlock& block) const;
  [[nodiscard]] double row_top(int row) const { return rows_top_ + row * pitch_ + above_; }
  [[nodiscard]] int break_row() const;
  [[nodiscard]] double break_x() const;
  [[nodiscard]] std::string address_text(int row) const;
  void paint_break_and_addresses(Canvas& canvas, const SlideTheme& theme) const;

  const Slide& slide_;
  const SlideHeap& heap_;
  SlideRect area_;
  int rows_ = 1;
  double row_bytes_ = 1;
  double scale_ = 1;          ///< units a byte
  double above_ = 70;         ///< over a row: names, badges and remarks, addresses
  double address_lane_ = 53;  ///< from a row up to the base line of its address
  double below_ = 66;         ///< under a row: arrows of the free list
  double pitch_ = 0, row_height_ = 0, rows_top_ = 0;
};

/// Lines in both diagonals, so far apart.
void paint_lattice(Canvas& canvas, const SlideRect& rect, Colour colour, double pitch,
                   double width);

}  // namespace mh
