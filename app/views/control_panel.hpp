#pragma once
// The left side: allocate by hand, and let workers do it.

#include "app/model/window_layout.hpp"
#include "app/views/scene.hpp"

namespace mh {

/// Allocate: a size, malloc, calloc, realloc, free, undo.
class AllocatePanel {
 public:
  void draw(Scene& scene, bool with_heading);
  /// Puts the keyboard into the size field in the next frame.
  void focus_size() { focus_ = true; }

 private:
  bool focus_ = false;
};

/// Workload: pattern, threads, rate, live blocks, sizes, seed; start, pause, stop, reset.
class WorkloadPanel {
 public:
  void draw(Scene& scene, const ControlsLayout& layout);
  /// The buttons, for the foot of the panel: so high, in the design's measure.
  void draw_buttons(Scene& scene);
  static constexpr float buttons_height = 74;

 private:
  void draw_pattern(Scene& scene, float width);
  void draw_sliders(Scene& scene, bool slim, float width);
  void draw_sizes(Scene& scene, bool slim, float width);
  void draw_histogram(Scene& scene, float width);
  void draw_seed(Scene& scene, float width);
};

}  // namespace mh
