#include "app/model/window_layout.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace mh {
namespace {

constexpr float toolbar_height = 48;
constexpr float status_height = 30;
constexpr float timeline_height = 206;
constexpr float least_timeline_height = 120;

/// Of the left panel, the inspector and the map, in the design's measure.
struct Widths {
  float left, right, map;
  [[nodiscard]] constexpr float sum() const { return left + right + map; }
};
constexpr Widths roomy{270, 318, 470};
constexpr Widths tight{246, 268, 310};

}  // namespace

WindowLayout lay_out_window(float width, float height, float scale) {
  WindowLayout layout;
  const float room = width / scale;
  const float part = std::clamp((room - tight.sum()) / (roomy.sum() - tight.sum()), 0.0F, 1.0F);
  const auto between = [part](float low, float high) { return low + part * (high - low); };
  layout.top = std::floor(toolbar_height * scale);
  layout.bottom = std::floor(height - status_height * scale);
  layout.left = std::floor(between(tight.left, roomy.left) * scale);
  // A narrow window keeps the map; the inspector returns with the room.
  layout.inspector = room >= tight.sum();
  layout.right =
      layout.inspector ? std::floor(width - between(tight.right, roomy.right) * scale) : width;
  const float timeline =
      std::max(least_timeline_height * scale,
               std::min(timeline_height * scale, (layout.bottom - layout.top) * 0.34F));
  layout.timeline_top = std::floor(layout.bottom - timeline);
  return layout;
}

float ToolbarLayout::transport_width() const {
  constexpr float buttons = 4 * 30 + 3 * 4;
  if (!speed) return buttons;
  return buttons + 22 + (speed_word ? speed_word_width : 0) + slider + 10 + speed_value_width;
}

float ToolbarLayout::width() const {
  return tabs_left() + tabs_width + gap + transport_width() + gap +
         (colour_words ? colour_words_width : 0) + colour_width() +
         (theme ? margin + theme_width : 0) + (picture > 0 ? 8 + picture : 0) + margin;
}

ToolbarLayout lay_out_toolbar(float width) {
  ToolbarLayout layout;
  using Step = void (*)(ToolbarLayout&);
  constexpr std::array<Step, 9> steps{
      [](ToolbarLayout& l) { l.colour_words = false; },
      [](ToolbarLayout& l) { l.slider = 90; },
      [](ToolbarLayout& l) { l.name = false; },
      [](ToolbarLayout& l) { l.speed_word = false; },
      [](ToolbarLayout& l) { l.picture = 76; },
      [](ToolbarLayout& l) { l.colour_list = true; },
      [](ToolbarLayout& l) { l.theme = false; },
      [](ToolbarLayout& l) { l.speed = false; },
      [](ToolbarLayout& l) { l.picture = 0; },
  };
  for (const Step step : steps) {
    if (layout.width() <= width) break;
    step(layout);
  }
  return layout;
}

ControlsLayout lay_out_controls(float height, OpenControls open) {
  constexpr float pool = 65;
  constexpr float slots = 30;
  constexpr float more_switches = 230;
  height -=
      (open.pool ? pool : 0) + (open.slots ? slots : 0) + (open.more_switches ? more_switches : 0);
  // What each saves, in the order in which it can be done without.
  constexpr float all = 1000;
  constexpr float slim = 935;
  constexpr float without_histogram = 896;
  constexpr float closely_set = 718;
  constexpr float with_one_open = 560;
  ControlsLayout layout;
  layout.slim = height < all;
  layout.histogram = height >= slim;
  layout.words = layout.alignment = height >= without_histogram;
  layout.one_open = height < closely_set;
  layout.tight = height < with_one_open;
  return layout;
}

float end_between(std::span<const ListBand> bands, float from, float limit) {
  float end = limit;
  // What is cut moves the end up, and so may cut what stands beside it.
  for (bool cuts = true; cuts;) {
    cuts = false;
    for (const ListBand& band : bands) {
      if (band.top >= end || band.bottom <= end) continue;
      end = band.top;
      cuts = true;
    }
  }
  return end > from ? end : limit;  // higher than the list: it cannot but be cut
}

}  // namespace mh
