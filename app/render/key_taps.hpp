#pragma once
// Keys that are pressed and let go between two frames: Dear ImGui before 1.87 looks at keys once a
// frame and would not see them. From 1.87 on it queues them itself.

#include <deque>
#include <vector>

#include "app/render/imgui_compat.hpp"
#include "app/render/window_context.hpp"

namespace mh {

class KeyTaps {
 public:
  /// Right before ImGui::NewFrame(), with what was pressed since the last call.
  void before_frame(const std::vector<KeyPress>& presses);
  /// Behind the last widget of the frame.
  void after_frame();
  /// More is to be told in the next frame.
  [[nodiscard]] bool waiting() const { return !waiting_.empty() || !letters_.empty(); }

 private:
  void tell(const KeyPress& tap);

  std::deque<KeyPress> waiting_;
  std::vector<int> told_;              ///< in this frame, as if they were down; ~key: as if up
  std::vector<int> told_before_;       ///< in the last: to be told again they have to come up
  std::vector<unsigned> letters_;      ///< that came behind a key with Ctrl, for the next frame
  bool ctrl_ = false, shift_ = false;  ///< told in this frame
};

}  // namespace mh
