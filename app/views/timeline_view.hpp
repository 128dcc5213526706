#pragma once
// Bytes by kind over time, the break above them, who was at work; and the playhead.

#include <cstdint>
#include <vector>

#include "app/render/timeline_pass.hpp"
#include "app/views/scene.hpp"

namespace mh {

class TimelineView {
 public:
  /// Draws into the current window, from `from` to `to` (ImGui's units).
  void draw(Scene& scene, ImVec2 from, ImVec2 to);

 private:
  struct Span {
    std::uint64_t from = 0, to = 1;  ///< ns
  };
  void fill_columns(const Scene& scene, const Span& span, std::size_t columns);
  void draw_key(Scene& scene, ImVec2 from) const;
  void draw_playhead(Scene& scene, ImVec2 from, ImVec2 to, const Span& span);

  TimelinePass pass_;
  std::vector<TimelineColumn> columns_;
};

}  // namespace mh
