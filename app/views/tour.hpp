#pragma once
// "Show me": six steps that point at the real lab, and end with a click of the user's own.

#include <cstddef>
#include <map>
#include <string>

#include "app/render/window_context.hpp"
#include "app/views/scene.hpp"

namespace mh {

class Tour {
 public:
  void start() { step_ = 1; }
  void stop() { step_ = 0; }
  [[nodiscard]] bool running() const { return step_ != 0; }
  [[nodiscard]] std::size_t step() const { return step_; }  ///< from 1; 0: it does not run
  /// True if the key means something here.
  bool press(const KeyPress& key);
  /// targets: where the widgets were drawn in this frame.
  void draw(Scene& scene, const std::map<std::string, TargetRect>& targets, ImVec2 display);

 private:
  void draw_card(Scene& scene, ImVec2 at, ImVec2 size);

  std::size_t step_ = 0;
  std::size_t calls_ = 0;  ///< made by hand when the last step began
};

}  // namespace mh
