#include "app/model/map_geometry.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace mh {
namespace {

/// The distance of rows at a zoom level, pixels at scale 1: few bytes, tall rows.
struct Level {
  double row_bytes, pitch;
};
constexpr std::array<Level, 18> levels{{{16, 56},
                                        {32, 48},
                                        {64, 48},
                                        {128, 64},
                                        {256, 76},
                                        {512, 84},
                                        {1024, 66},
                                        {2048, 44},
                                        {4096, 27},
                                        {8192, 23},
                                        {16384, 19},
                                        {32768, 15},
                                        {65536, 11},
                                        {131072, 9},
                                        {262144, 7},
                                        {524288, 5},
                                        {1048576, 4},
                                        {2097152, 4}}};

constexpr double zoom_seconds = 0.16;
constexpr double least_squeeze =
    0.72;  ///< rows are brought that much nearer before they get longer

}  // namespace

void MapGeometry::set_area(double width, double height, double scale) {
  width = std::max(width, 16.0);
  height = std::max(height, 16.0);
  if (width == width_ && height == height_ && scale == scale_) return;
  width_ = width;
  height_ = height;
  scale_ = scale;
  if (fitted_) aim_at_fit();
  clamp();
}

void MapGeometry::set_heap(std::uint64_t start, std::uint64_t program_break) {
  if (start == start_ && program_break == break_) return;
  const bool moved = start != start_;
  start_ = start;
  break_ = std::max(start, program_break);
  if (moved && row_bytes_ == target_row_bytes_) align();
  if (fitted_) {
    const double wanted = fitting_row_bytes();
    // A heap that shrinks keeps its zoom until it is much smaller, so that a sawtooth does not
    // flicker.
    if (moved || wanted > target_row_bytes_ || wanted * 4 <= target_row_bytes_ ||
        break_ == start_) {
      aim_at_fit();
    }
    squeeze_to_fit();
  }
  clamp();
}

void MapGeometry::fit() {
  fitted_ = true;
  aim_at_fit();
}

void MapGeometry::aim_at_fit() {
  target_row_bytes_ = fitting_row_bytes();
  squeeze_to_fit();
  aim_anchor(x_of(0), 0, 0, 0);
  pointed_x_ = pointed_y_ = -1;
}

double MapGeometry::lead(double row_bytes) const {
  const auto whole = static_cast<std::uint64_t>(std::max(row_bytes, 1.0));
  return static_cast<double>(start_ % whole);
}

double MapGeometry::rows_of_heap(double row_bytes) const {
  return std::ceil((heap_bytes() + lead(row_bytes)) / row_bytes);
}

/// From here on the byte at that offset is what the zoom turns around.
void MapGeometry::aim_anchor(double x, double y, double fraction, double offset) {
  anchor_x_ = x;
  anchor_y_ = y;
  anchor_fraction_ = fraction;
  anchor_offset_ = offset;
  anchor_row_bytes_ = row_bytes_;
}

/// Has the rows begin at multiples of their bytes.
void MapGeometry::align() {
  const double before = lead(row_bytes_);
  origin_ = std::round((origin_ + before) / row_bytes_) * row_bytes_ - before;
}

/// One row is left for what lies beyond the break.
void MapGeometry::squeeze_to_fit() {
  const double rows = rows_of_heap(target_row_bytes_) + 1;
  squeeze_ = std::clamp(height_ / (rows * pitch_of(target_row_bytes_, 1)), least_squeeze, 1.0);
}

double MapGeometry::fitting_row_bytes() const {
  double row_bytes = 512;
  while ((rows_of_heap(row_bytes) + 1) * pitch_of(row_bytes, least_squeeze) > height_ &&
         row_bytes < 0x1p40) {
    row_bytes *= 2;
  }
  return row_bytes;
}

double MapGeometry::pitch_of(double row_bytes, double squeeze) const {
  const double level = std::clamp(std::log2(row_bytes) - std::log2(levels[0].row_bytes), 0.0,
                                  static_cast<double>(levels.size() - 1));
  const auto low = static_cast<std::size_t>(level);
  const std::size_t high = std::min(low + 1, levels.size() - 1);
  const double part = level - static_cast<double>(low);
  const double pitch =
      (levels[low].pitch * (1 - part) + levels[high].pitch * part) * scale_ * squeeze;
  return std::max(2.0, std::floor(pitch * 4) / 4);
}

double MapGeometry::row_height() const {
  const double p = pitch();
  if (p <= 8 * scale_) return p;  // density: rows touch
  return std::floor(p - std::clamp(p * 0.26, 2.0, 12.0 * scale_));
}

int MapGeometry::rows() const {
  return static_cast<int>(std::ceil((height_ + scroll_) / pitch()));
}

void MapGeometry::anchor(double x, double y, double offset, double fraction, double row_bytes) {
  row_bytes_ = row_bytes;
  const double p = pitch();
  const double top = y - fraction * p;
  const double rows_above = std::ceil(top / p);
  scroll_ = rows_above * p - top;
  origin_ = offset - x / width_ * row_bytes_ - rows_above * row_bytes_;
  if (row_bytes_ == target_row_bytes_) align();
}

void MapGeometry::zoom_at(double x, double y, double notches) {
  wheel_rest_ += notches;
  const double whole = std::trunc(wheel_rest_);
  if (whole == 0) return;
  wheel_rest_ -= whole;
  const double most = std::max(4096.0, fitting_row_bytes());
  const double rounded = std::exp2(std::round(std::log2(target_row_bytes_)));
  const double wanted = std::clamp(rounded * std::exp2(-whole), least_row_bytes, most);
  if (wanted >= most && whole < 0) {
    fit();
    return;
  }
  fitted_ = false;
  if (x != pointed_x_ || y != pointed_y_) {
    const double down = (y + scroll_) / pitch();
    // Not quite at a row's edge, where rounding would decide which row it is.
    const double fraction = std::clamp(down - std::floor(down), 1e-4, 1 - 1e-4);
    aim_anchor(x, y, fraction,
               row_offset(static_cast<int>(std::floor(down))) + x / width_ * row_bytes_);
  } else {
    aim_anchor(x_of(anchor_offset_), y, anchor_fraction_, anchor_offset_);
  }
  pointed_x_ = x;
  pointed_y_ = y;
  target_row_bytes_ = wanted;
  squeeze_ = 1;
}

double MapGeometry::x_of(double offset) const {
  const double row = std::floor((offset - origin_) / row_bytes_);
  return (offset - origin_ - row * row_bytes_) / row_bytes_ * width_;
}

bool MapGeometry::animate(double seconds, bool motion) {
  if (row_bytes_ == target_row_bytes_) {
    const double first = -lead(row_bytes_);
    if (!fitted_ || (origin_ == first && scroll_ == 0)) return false;
    origin_ = first;
    scroll_ = 0;
    return true;
  }
  const double distance = std::log2(target_row_bytes_ / row_bytes_);
  const double part = motion ? 1 - std::exp(-seconds * 3 / zoom_seconds) : 1;
  const double next = std::abs(distance) < 0.02 || part >= 1
                          ? target_row_bytes_
                          : row_bytes_ * std::exp2(distance * part);
  // Sideways the byte goes where it will lie at rest.
  const double whole = std::log2(target_row_bytes_ / anchor_row_bytes_);
  const double done = whole == 0 ? 1 : std::log2(next / anchor_row_bytes_) / whole;
  const double in_row = std::fmod(lead(target_row_bytes_) + anchor_offset_, target_row_bytes_);
  const double rest_x = (in_row < 0 ? in_row + target_row_bytes_ : in_row) / target_row_bytes_;
  const double x = anchor_x_ + std::clamp(done, 0.0, 1.0) * (rest_x * width_ - anchor_x_);
  anchor(x, anchor_y_, anchor_offset_, anchor_fraction_, next);
  if (fitted_ && row_bytes_ == target_row_bytes_) {
    origin_ = -lead(row_bytes_);
    scroll_ = 0;
  }
  clamp();
  return true;
}

void MapGeometry::pan(double dy) {
  fitted_ = false;
  target_row_bytes_ = row_bytes_;
  pointed_x_ = pointed_y_ = -1;
  scroll_ -= dy;
  settle();
}

/// Stays at this zoom, which an animation may have been on its way through.
void MapGeometry::settle() {
  const double whole = std::exp2(std::round(std::log2(row_bytes_)));
  if (row_bytes_ != whole) {
    const double part = scroll_ / pitch();
    row_bytes_ = target_row_bytes_ = whole;
    scroll_ = part * pitch();
  }
  align();
  clamp();
}

void MapGeometry::clamp() {
  const double p = pitch();
  const double rows_past = std::floor(scroll_ / p);
  scroll_ -= rows_past * p;
  origin_ += rows_past * row_bytes_;
  // The first row never lies below the heap's start by a row or more, nor beyond the break.
  if (origin_ <= -row_bytes_) {
    origin_ = std::fmod(origin_, row_bytes_);
    scroll_ = 0;
  }
  const double last = std::max(0.0, heap_bytes() - 1);
  if (origin_ > last) {
    origin_ -= std::ceil((origin_ - last) / row_bytes_) * row_bytes_;
    scroll_ = 0;
  }
}

void MapGeometry::show(std::uint64_t from, std::uint64_t to) {
  const double bytes = static_cast<double>(std::max<std::uint64_t>(to - from, 1));
  double row_bytes = least_row_bytes * 2;
  while (row_bytes < bytes * 1.2 && row_bytes < 0x1p40) row_bytes *= 2;
  // A longer row may hold it whole where this one is broken in its middle.
  const double into = std::fmod(static_cast<double>(from % (std::uint64_t{1} << 41)), row_bytes);
  if (into + bytes > row_bytes && row_bytes < 1024) row_bytes *= 2;
  go_to(from, row_bytes, height_ * 0.35);
}

void MapGeometry::show_all(std::uint64_t from, std::uint64_t to) {
  const double bytes = static_cast<double>(std::max<std::uint64_t>(to - from, 1));
  double row_bytes = least_row_bytes * 2;
  const auto rows = [&] { return std::ceil(bytes / row_bytes) + 2; };
  while (row_bytes < 0x1p40 && rows() * pitch_of(row_bytes, 1) > height_) row_bytes *= 2;
  go_to(from, row_bytes, pitch_of(row_bytes, 1) / 2);
}

/// Brings the row with that address to y, its rows so long.
void MapGeometry::go_to(std::uint64_t address, double row_bytes, double y) {
  fitted_ = false;
  squeeze_ = 1;
  pointed_x_ = pointed_y_ = -1;
  target_row_bytes_ = row_bytes;
  const double offset = static_cast<double>(static_cast<std::int64_t>(address - start_));
  aim_anchor(std::clamp(x_of(offset), 0.0, width_), y, 0, offset);
  if (row_bytes_ == target_row_bytes_) anchor(anchor_x_, y, offset, 0, row_bytes_);
  clamp();
}

void MapGeometry::reveal(std::uint64_t address) {
  const Point point = locate(address);
  if (point.y >= 0 && point.y + row_height() <= height_) return;
  fitted_ = false;
  target_row_bytes_ = row_bytes_;
  pointed_x_ = pointed_y_ = -1;
  const double rows_to_middle = std::floor(height_ / pitch() / 2);
  origin_ = row_offset(point.row) - rows_to_middle * row_bytes_;
  scroll_ = 0;
  if (origin_ < 0) origin_ = std::fmod(origin_, row_bytes_);
  settle();
}

MapGeometry::Point MapGeometry::locate(std::uint64_t address) const {
  const double offset = static_cast<double>(static_cast<std::int64_t>(address - start_)) - origin_;
  const double row = std::floor(offset / row_bytes_);
  const double x = (offset - row * row_bytes_) / row_bytes_ * width_;
  const int index = static_cast<int>(std::clamp(row, -1e9, 1e9));
  return {x, row_top(index), index};
}

std::uint64_t MapGeometry::address_at(double x, double y) const {
  const double row = std::floor((y + scroll_) / pitch());
  const double offset = origin_ + row * row_bytes_ + std::clamp(x / width_, 0.0, 1.0) * row_bytes_;
  const auto address =
      static_cast<std::int64_t>(start_) + static_cast<std::int64_t>(std::floor(offset));
  return address < 0 ? 0 : static_cast<std::uint64_t>(address);
}

std::uint64_t MapGeometry::first_visible() const {
  return address_at(0, 0);
}

std::uint64_t MapGeometry::last_visible() const {
  const double offset = row_offset(rows());
  const auto address = static_cast<std::int64_t>(start_) + static_cast<std::int64_t>(offset);
  return address < 0 ? 0 : static_cast<std::uint64_t>(address);
}

}  // namespace mh
