#pragma once
// The list of errors, over the timeline: each leads to its moment and its block.

#include "app/views/scene.hpp"

namespace mh {

class ErrorListView {
 public:
  /// Draws into the current window, from `from` to `to` (ImGui's units).
  void draw(Scene& scene, ImVec2 from, ImVec2 to);

 private:
  void draw_title(Scene& scene, ImVec2 from, ImVec2 to) const;
  void draw_row(Scene& scene, const LoggedError& error, float width);

  std::uint64_t chosen_ = 0;  ///< the event of the entry that was clicked last, plus one
};

}  // namespace mh
