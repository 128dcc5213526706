#pragma once
// The window's own widgets, in the design's measures. Thin over ImGui: each call is one widget.

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/model/window_layout.hpp"
#include "app/render/ui_layer.hpp"
#include "app/views/theme.hpp"

namespace mh {

/// Where a named widget was drawn last, in the window's pixels: tests click there.
struct TargetRect {
  float x = 0, y = 0, width = 0, height = 0;
};

enum class ButtonLook { plain, accent, good, selected, quiet };
enum class Icon { step_back, pause, play, step_forward, to_end };

/// What the widgets of a frame share.
class Ui {
 public:
  /// pressed: the widget that was clicked last and still is under the pointer; it needs no hint.
  /// Kept by the caller from frame to frame.
  Ui(const Theme& theme, const UiLayer& layer, unsigned& pressed,
     std::map<std::string, TargetRect>* targets)
      : theme_(theme),
        layer_(layer),
        fonts_(layer.fonts()),
        scale_(layer.scale()),
        density_(layer.density()),
        pressed_(pressed),
        targets_(targets) {}

  [[nodiscard]] const Theme& theme() const { return theme_; }
  [[nodiscard]] const Fonts& fonts() const { return fonts_; }
  /// A length of the design in ImGui's units.
  [[nodiscard]] float px(float design) const { return design * scale_; }
  [[nodiscard]] float scale() const { return scale_; }
  /// Pixels of the target for one of ImGui's units.
  [[nodiscard]] float density() const { return density_; }

  /// Tells tests where the last item (or the given rectangle) is.
  void target(const char* name) const;
  void target(const char* name, ImVec2 from, ImVec2 to) const;

  /// While set, notes each text and control, so that a list can end between two of them.
  void note_bands(std::vector<ListBand>* bands) const { bands_ = bands; }

  // Text.
  void text(ImFont* font, ImU32 colour, std::string_view words) const;
  void text_at(ImDrawList& list, ImVec2 at, ImFont* font, ImU32 colour,
               std::string_view words) const;
  [[nodiscard]] ImVec2 text_size(ImFont* font, std::string_view words) const;
  /// As much of words as fits into width, with an ellipsis.
  [[nodiscard]] std::string fit(ImFont* font, std::string_view words, float width) const;
  /// Words in lines of at most width, and at most so many; the last ends with an ellipsis if need
  /// be.
  [[nodiscard]] std::vector<std::string> lines(ImFont* font, std::string_view words, float width,
                                               std::size_t most) const;
  /// In lines as wide as the window, or of width, ImGui's units: a tooltip is as wide as its words.
  void wrapped(ImFont* font, ImU32 colour, std::string_view words, float width = 0) const;
  void heading(std::string_view words) const;  ///< in capitals, with room above
  void gap(float design) const;
  /// A line "label ... value", the value to the right in the monospaced font.
  void row(std::string_view label, std::string_view value, ImU32 colour = 0) const;

  // Controls. name is both the id and what tests call it.
  bool button(const char* name, std::string_view words, ImVec2 size,
              ButtonLook look = ButtonLook::plain, ImFont* font = nullptr,
              bool enabled = true) const;
  bool chip(const char* name, std::string_view words, float width) const;
  bool icon_button(const char* name, Icon icon, ImVec2 size, bool selected, bool enabled) const;
  /// One of several; returns the one clicked. explain: the hint of an option, if it has one.
  std::optional<int> segmented(const char* name, std::span<const char* const> words, int chosen,
                               float width,
                               const std::function<std::string(int)>& explain = {}) const;
  /// slim: the track stands between the name and the value, not below them.
  bool slider(const char* name, std::string_view label, float& value, float low, float high,
              std::string_view shown, float width, bool slim = false) const;
  /// The bare track, without label.
  bool track(const char* name, float& value, float low, float high, float width) const;
  /// The next tooltip stands below that part of the window, or above it, and not on it.
  void beside(ImVec2 from, ImVec2 to) const;
  /// Explains the last item when the pointer has rested on it for a while.
  void hint(std::string_view words) const;
  /// A hint will be due soon: the frames must go on until then.
  [[nodiscard]] bool hint_pending() const { return hint_pending_; }

 private:
  void note_item() const;

  const Theme& theme_;
  const UiLayer& layer_;
  const Fonts& fonts_;
  float scale_;
  float density_;
  unsigned& pressed_;
  std::map<std::string, TargetRect>* targets_;
  mutable bool hint_pending_ = false;
  mutable std::vector<ListBand>* bands_ = nullptr;
};

}  // namespace mh
