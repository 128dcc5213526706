#pragma once
// Where the parts of the lab's window stand at its size: worked out without a window, in its
// pixels.

#include <span>

namespace mh {

/// The panels: toolbar above, controls to the left, inspector to the right, between them the map,
/// the timeline and the status bar.
struct WindowLayout {
  float top = 0;           ///< the toolbar's lower edge
  float left = 0;          ///< the left panel's right edge
  float right = 0;         ///< the inspector's left edge; the window's right one without it
  float timeline_top = 0;  ///< the map's lower edge
  float bottom = 0;        ///< the status bar's upper edge
  bool inspector = true;   ///< there is room for it
};

/// Of a window of that size, at the scale of the user interface (1: 96 dpi).
[[nodiscard]] WindowLayout lay_out_window(float width, float height, float scale);

/// What the toolbar holds, in the design's measure: what there is no room for goes, the least
/// needed first.
struct ToolbarLayout {
  bool name = true;          ///< "MicroHeap" beside the logo
  bool colour_words = true;  ///< "Colour by"
  bool colour_list = false;  ///< the colours in a list that opens, not side by side
  bool speed_word = true;    ///< "Speed"
  bool speed = true;         ///< slider and figure
  float slider = 110;        ///< its width
  float picture = 120;       ///< width of the button, 0: none
  bool theme = true;

  [[nodiscard]] float tabs_left() const { return name ? 142.0F : 50.0F; }
  [[nodiscard]] float colour_width() const { return colour_list ? 104.0F : 228.0F; }
  /// From the first to the last of the buttons that move through time, and the speed.
  [[nodiscard]] float transport_width() const;
  [[nodiscard]] float width() const;  ///< of all of it, with what keeps its parts from each other

  static constexpr float margin = 14;
  static constexpr float tabs_width = 142;
  static constexpr float gap = 16;
  static constexpr float theme_width = 58;
  static constexpr float speed_word_width = 50;
  static constexpr float speed_value_width = 64;
  static constexpr float colour_words_width = 72;
};

/// Of a toolbar of that width, in the design's measure.
[[nodiscard]] ToolbarLayout lay_out_toolbar(float width);

/// How closely the left panel sets its controls.
struct ControlsLayout {
  bool histogram = true;  ///< of the sizes
  bool words = true;      ///< what a switch does, below them
  bool alignment = true;  ///< beside the other switches; else under More switches
  bool slim = false;      ///< a slider stands beside its name, not below it
  bool one_open = false;  ///< of the engine and the workload
  bool tight = false;     ///< with less between them, and no heading
};

/// What is open in it beyond what always stands there.
struct OpenControls {
  bool pool = false;
  bool slots = false;  ///< of a pool that there is
  bool more_switches = false;
};

/// For a panel of that height, in the design's measure.
[[nodiscard]] ControlsLayout lay_out_controls(float height, OpenControls open = {});

/// A stretch of a list, from its upper to its lower edge.
struct ListBand {
  float top = 0, bottom = 0;
};

/// Where a list that goes on below `limit` ends, so that nothing in it is cut: at or above limit.
[[nodiscard]] float end_between(std::span<const ListBand> bands, float from, float limit);

}  // namespace mh
