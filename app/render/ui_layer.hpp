#pragma once
// Dear ImGui on a GlContext: input in, widgets out, and the fonts at the display's scale.

#include <array>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "app/render/fonts.hpp"
#include "app/render/imgui_compat.hpp"
#include "app/render/key_taps.hpp"
#include "app/render/letters.hpp"
#include "app/render/offscreen_context.hpp"
#include "app/render/system_fonts.hpp"
#include "app/render/window_context.hpp"
#include "app/slides/canvas.hpp"

namespace mh {

/// Never null. Sizes are of the letters (one em), in a design's pixels. Inter, or JetBrains Mono.
struct Fonts {
  ImFont* label = nullptr;        ///< 11 SemiBold: captions in capitals
  ImFont* small = nullptr;        ///< 12 Regular
  ImFont* body = nullptr;         ///< 13 Regular: what ImGui uses by itself
  ImFont* body_medium = nullptr;  ///< 13 Medium
  ImFont* heading = nullptr;      ///< 15 SemiBold
  ImFont* title = nullptr;        ///< 20 SemiBold
  ImFont* mono_small = nullptr;   ///< 11 Regular
  ImFont* mono = nullptr;         ///< 12 Regular
  ImFont* mono_medium = nullptr;  ///< 12 Medium
  ImFont* mono_large = nullptr;   ///< 16 Regular
};

/// The letters of slides, in several sizes, so that each is drawn at about the size it was made
/// for. Empty until UiLayer::use_slide_fonts().
class SlideFonts {
 public:
  struct Choice {
    ImFont* font = nullptr;
    float line = 0;    ///< height of a line for letters of the wanted size, ImGui's units
    float ascent = 0;  ///< from the line's top to its base line
  };
  /// For letters of size (one em), ImGui's units.
  [[nodiscard]] Choice choose(Face face, float size) const;
  /// Has the letters of a text that is drawn now loaded before the next frame.
  void need_letters(std::string_view words) const;

 private:
  friend class UiLayer;
  struct Loaded {
    ImFont* font = nullptr;
    float em = 0;  ///< ImGui's units
  };
  static constexpr std::size_t faces = 4;
  std::array<std::vector<Loaded>, faces> fonts_;  ///< by size
  std::array<float, faces> line_{};               ///< height of a line, ems
  std::array<float, faces> ascent_{};             ///< ems
  Letters* letters_ = nullptr;
};

/// Owns the ImGui context, of which a process has one at a time. The GlContext must outlive it.
class UiLayer {
 public:
  static constexpr float smallest_ui_scale = 0.5F;
  static constexpr float largest_ui_scale = 4.0F;

  /// Takes its input from the window.
  explicit UiLayer(WindowContext& window, float ui_scale = 1.0F);
  /// Has no input but set_pointer().
  explicit UiLayer(OffscreenContext& offscreen, float ui_scale = 1.0F);
  ~UiLayer();
  UiLayer(const UiLayer&) = delete;
  UiLayer& operator=(const UiLayer&) = delete;

  /// Starts a frame, seconds after the one before. Fonts are rebuilt here if the scale changed.
  void begin_frame(double seconds);
  /// Draws the widgets over what is in the context's target. present() is the caller's.
  void end_frame();

  /// How large the user wants things; kept within the limits, in effect from the next frame.
  void set_ui_scale(float ui_scale);
  [[nodiscard]] float ui_scale() const { return ui_scale_; }
  /// ImGui's units for a pixel of the design: multiply every length by it.
  [[nodiscard]] float scale() const { return scale_; }
  /// Pixels of the target for one of ImGui's units.
  [[nodiscard]] float density() const { return density_; }
  /// Whether this frame came with another scale() than the one before (styles must be set again).
  [[nodiscard]] bool scale_changed() const { return scale_changed_; }

  [[nodiscard]] const Fonts& fonts() const { return fonts_; }
  /// Has the letters of slides ready from the next frame on, for slides of which a unit is scale of
  /// ImGui's units. 0: they are not needed any more.
  void use_slide_fonts(double scale) { slide_scale_ = static_cast<float>(scale); }
  /// The same where nothing but slides is drawn: the interface's own letters are not made.
  void use_only_slide_fonts(double scale) {
    use_slide_fonts(scale);
    slides_only_ = true;
  }
  [[nodiscard]] const SlideFonts& slide_fonts() const { return slide_fonts_; }
  /// Has the letters of a text that is drawn now loaded before the next frame, from fonts of the
  /// system if the program's own lack them.
  void need_letters(std::string_view words) const;
  /// The next frame will have letters that this one lacked.
  [[nodiscard]] bool letters_pending() const { return letters_->grown(); }
  /// Letters that no font of the system has either; each is told once.
  [[nodiscard]] std::vector<char32_t> take_missing_letters();
  /// A text field has the focus: letters are for it, not shortcuts.
  [[nodiscard]] bool wants_text() const;
  /// Keys were tapped that the next frame will see.
  [[nodiscard]] bool keys_waiting() const { return taps_.waiting(); }
  /// The pointer is over, or was pressed on, one of the interface's widgets.
  [[nodiscard]] bool wants_pointer() const;
  /// Without a window: where the pointer is from the next frame on, in ImGui's units; nullopt:
  /// nowhere.
  void set_pointer(std::optional<ImVec2> position, bool left_button = false);

 private:
  UiLayer(GlContext& context, WindowContext* window, float ui_scale);
  void measure_display();
  void load_fonts();
  ImFont* load_font(FontFace face, float em_units, const ImWchar* characters);
  void build_fonts();
  void add_letters(float em_units);
  [[nodiscard]] std::set<char32_t> letters_not_there() const;
  void load_interface_fonts();
  void load_slide_fonts();

  struct LoadedSystemFont {
    SystemFont font;
    std::vector<ImWchar> ranges;
  };

  KeyTaps taps_;
  GlContext& context_;
  WindowContext* window_;  ///< null without a window
  ImGuiContext* imgui_ = nullptr;
  Fonts fonts_;
  SlideFonts slide_fonts_;
  std::unique_ptr<Letters> letters_ = std::make_unique<Letters>();
  std::vector<ImWchar> interface_ranges_, slide_ranges_,
      wanted_ranges_;  ///< ImGui keeps pointers to them
  std::vector<LoadedSystemFont> system_fonts_;
  std::set<char32_t> asked_for_;  ///< of the system
  std::vector<char32_t> missing_;
  float slide_scale_ = 0;         ///< wanted ...
  float loaded_slide_scale_ = 0;  ///< ... and there
  float ui_scale_;
  float scale_ = 0;
  float density_ = 0;
  bool scale_changed_ = false;
  bool slides_only_ = false;
};

}  // namespace mh
