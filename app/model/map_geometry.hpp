#pragma once
// Where an address lies on the map: rows of addresses, one below the other, and the zoom between
// the whole heap and a few bytes.

#include <cstdint>

namespace mh {

/// The map shows memory as a text shows letters: from left to right, row by row. At rest each row
/// begins at a multiple of its bytes, so that addresses can be read from the left edge. Zooming
/// changes how many bytes a row holds; the rows flow anew around the byte under the pointer, which
/// stays in the row there. Positions are pixels from the top left corner of the rows; addresses are
/// bytes.
class MapGeometry {
 public:
  static constexpr double least_row_bytes = 16;

  /// The size of the map in pixels and the UI scale (1: 96 dpi).
  void set_area(double width, double height, double scale);
  /// The heap from its start to the break. While fitted, the zoom follows the heap.
  void set_heap(std::uint64_t start, std::uint64_t program_break);

  /// Shows the whole heap, and keeps showing it while it grows, until the user zooms or pans.
  void fit();
  /// Zooms by notches of the wheel (> 0: in), each a factor of 2. What lies at (x, y) stays in the
  /// row there; zooming on at the same place zooms in on the same byte.
  void zoom_at(double x, double y, double notches);
  /// Drags the picture up (< 0) or down.
  void pan(double dy);
  /// Brings [from, to) to the middle, as large as it fits into one row.
  void show(std::uint64_t from, std::uint64_t to);
  /// Brings [from, to) into view as large as all its rows fit.
  void show_all(std::uint64_t from, std::uint64_t to);
  /// Scrolls so that address is in view, zoom unchanged.
  void reveal(std::uint64_t address);
  /// Moves on animations; true while something moves. With motion off they end at once.
  bool animate(double seconds, bool motion);
  /// True if a first fit or a jump is due and nothing shows yet.
  [[nodiscard]] bool fitted() const { return fitted_; }

  [[nodiscard]] double width() const { return width_; }
  [[nodiscard]] double height() const { return height_; }
  [[nodiscard]] double row_bytes() const { return row_bytes_; }
  [[nodiscard]] double bytes_per_pixel() const { return row_bytes_ / width_; }
  [[nodiscard]] double pitch() const {
    return pitch_of(row_bytes_, squeeze_);
  }                                         ///< pixels from row to row
  [[nodiscard]] double row_height() const;  ///< pixels of a row itself
  [[nodiscard]] int rows() const;           ///< rows in view, partly too
  [[nodiscard]] double row_top(int row) const { return row * pitch() - scroll_; }
  /// First byte of a row in view, relative to the start of the heap; can be negative or a fraction.
  [[nodiscard]] double row_offset(int row) const { return origin_ + row * row_bytes_; }
  [[nodiscard]] std::uint64_t start() const { return start_; }
  [[nodiscard]] std::uint64_t program_break() const { return break_; }

  struct Point {
    double x, y;  ///< y: the top of the row
    int row;
  };
  [[nodiscard]] Point locate(std::uint64_t address) const;
  /// The address at a position; clamped to not lie below 0.
  [[nodiscard]] std::uint64_t address_at(double x, double y) const;
  /// The stretch of addresses in view.
  [[nodiscard]] std::uint64_t first_visible() const;
  [[nodiscard]] std::uint64_t last_visible() const;

 private:
  [[nodiscard]] double pitch_of(double row_bytes, double squeeze) const;
  [[nodiscard]] double fitting_row_bytes() const;
  [[nodiscard]] double heap_bytes() const { return static_cast<double>(break_ - start_); }
  /// Bytes of the heap's first row that lie below the heap.
  [[nodiscard]] double lead(double row_bytes) const;
  [[nodiscard]] double rows_of_heap(double row_bytes) const;
  void aim_anchor(double x, double y, double fraction, double offset);
  void align();
  void settle();
  void go_to(std::uint64_t address, double row_bytes, double y);
  [[nodiscard]] double x_of(double offset) const;
  void aim_at_fit();
  void squeeze_to_fit();
  void anchor(double x, double y, double offset, double fraction, double row_bytes);
  void clamp();

  double width_ = 800, height_ = 500, scale_ = 1;
  std::uint64_t start_ = 0, break_ = 0;
  bool fitted_ = true;

  double row_bytes_ = 4096;         ///< shown now
  double target_row_bytes_ = 4096;  ///< where the animation goes
  double squeeze_ = 1;              ///< of the rows' distance, so that a fitted heap fills the map
  double origin_ = 0;               ///< offset of the first byte of row 0 from the heap's start
  double scroll_ = 0;               ///< pixels of row 0 above the top, 0 <= scroll_ < pitch
  // While zooming, the byte at offset anchor_offset_ stays anchor_fraction_ down the row at
  // anchor_y_, and moves from anchor_x_ to where it lies in a row of the target's.
  double anchor_x_ = 0, anchor_y_ = 0, anchor_offset_ = 0, anchor_fraction_ = 0;
  double anchor_row_bytes_ = 4096;          ///< when it set out
  double pointed_x_ = -1, pointed_y_ = -1;  ///< where the last zoom was made, until the next move
  double wheel_rest_ = 0;                   ///< part of a notch not yet used
};

}  // namespace mh
