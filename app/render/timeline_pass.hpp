#pragma once
// Draws the timeline's stacked areas and its lanes of thread activity.

#include <imgui.h>

#include <cstdint>
#include <vector>

#include "app/render/gl_program.hpp"
#include "app/render/map_pass.hpp"

namespace mh {

/// One pixel column of the timeline. Heights are fractions of the chart's height, stacked.
struct TimelineColumn {
  float requested = 0, padding = 0, guard = 0, header = 0,
        free = 0;           ///< upper edges, each on top of the one before
  float program_break = 0;  ///< the line above them
  float lanes = 0;          ///< bit n set: a thread of lane n was active; at most most_lanes
  float kept = 1;           ///< 0: before the log begins, dimmed
  float valid = 0;          ///< 0: nothing is known
};

class TimelinePass {
 public:
  static constexpr int most_lanes = 16;  ///< as many bits of a float as are needed

  TimelinePass();
  ~TimelinePass();
  TimelinePass(const TimelinePass&) = delete;
  TimelinePass& operator=(const TimelinePass&) = delete;

  void upload(const std::vector<TimelineColumn>& columns);
  /// chart: the areas; lane_height: pixels of each of lanes lanes below them, inside rect.
  /// threads_a_lane: one has its own hue, several have none.
  void add_to(ImDrawList& list, const DrawRect& rect, float chart_height, float lane_height,
              int lanes, int threads_a_lane, float scale, const MapColours& colours,
              const ImVec4& background, const ImVec4& break_line);

 private:
  void draw() const;
  RectangleProgram program_;
  unsigned texture_ = 0;
  int columns_ = 0;
  DrawRect rect_;
  float chart_height_ = 0, lane_height_ = 0, scale_ = 1;
  int lanes_ = 0;
  int threads_a_lane_ = 1;
  MapColours colours_;
  ImVec4 background_, break_line_;
};

}  // namespace mh
