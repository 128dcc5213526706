#pragma once
// Bytes by kind over time, the break above them, who was at work; and the playhead.

#include <cstdint>
#include <vector>

#include "app/render/timeline_pass.hpp"
#include "app/views/scene.hpp"

namespace mh {

/// Where a moment lies on the timeline. Time runs evenly, but a pause much longer than the usual
/// distance of samples counts for a moment only: whoever clicks once in a minute, or lets the
/// workers rest, sees what happened and not how long nothing did.
class TimeAxis {
 public:
  void build(const std::vector<History::Sample>& samples);
  [[nodiscard]] double length() const { return length_; }
  /// The stretch of the axis in which sample i holds.
  [[nodiscard]] double begin_of(std::size_t i) const { return begins_[i]; }
  [[nodiscard]] double end_of(std::size_t i) const {
    return i + 1 < begins_.size() ? begins_[i + 1] : length_;
  }
  /// The place of a moment, 0 to 1.
  [[nodiscard]] double place(const std::vector<History::Sample>& samples, std::uint64_t time) const;
  /// The moment at a place.
  [[nodiscard]] std::uint64_t time_at(const std::vector<History::Sample>& samples,
                                      double place) const;

 private:
  [[nodiscard]] std::uint64_t pause_bound(const std::vector<History::Sample>& samples);

  std::vector<double> begins_;  ///< of each sample, ns of shortened time
  std::vector<std::uint64_t> gaps_;
  std::uint64_t longest_pause_ = 1;  ///< ns
  double length_ = 1;
};

class TimelineView {
 public:
  /// Draws into the current window, from `from` to `to` (ImGui's units).
  void draw(Scene& scene, ImVec2 from, ImVec2 to);

 private:
  void fill_columns(const Scene& scene, std::size_t columns, int in_lane);
  static void name_lanes(const Scene& scene, ImVec2 at, float lane, int lanes, int in_lane,
                         int threads);
  void draw_key(Scene& scene, ImVec2 from) const;
  void draw_marks(Scene& scene, ImVec2 from, ImVec2 to) const;
  void draw_playhead(Scene& scene, ImVec2 from, ImVec2 to);

  TimeAxis axis_;
  TimelinePass pass_;
  std::vector<TimelineColumn> columns_;
};

}  // namespace mh
