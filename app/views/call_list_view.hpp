#pragma once
// The list of all calls: time, thread, call, result, why. It follows the playhead, filters, and
// copies as text.

#include <string>

#include "app/model/call_list.hpp"
#include "app/views/scene.hpp"

namespace mh {

class CallListView {
 public:
  /// Draws into the current window, from `from` to `to` (ImGui's units).
  void draw(Scene& scene, ImVec2 from, ImVec2 to);

 private:
  void draw_title(Scene& scene, ImVec2 from, ImVec2 to);
  void draw_rows(Scene& scene, ImVec2 from, ImVec2 to);
  void draw_row(Scene& scene, const LoggedCall& call, ImVec2 from, ImVec2 to);
  void draw_bar(const Scene& scene, ImVec2 from, ImVec2 to);
  void follow(const Scene& scene, std::size_t lines);
  void copy(Scene& scene) const;

  CallWindow window_;
  std::string filter_;
  bool following_ = true;       ///< the playhead; until somebody scrolls
  std::uint64_t followed_ = 0;  ///< where it was seen last
};

}  // namespace mh
