#pragma once
// The window on the screen, through GLFW, with what the user does in it.

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "app/render/gl_context.hpp"

struct GLFWmonitor;
struct GLFWwindow;

namespace mh {

/// A key that went down, or repeats because it is held. Codes and modifiers are GLFW's.
struct KeyPress {
  int key = 0;   ///< GLFW_KEY_*
  int mods = 0;  ///< GLFW_MOD_*, added up; lock keys are left out
  bool repeat = false;
};

/// Turns of the wheel, or fractions of a turn from a touchpad.
struct ScrollDelta {
  double x = 0;
  double y = 0;
};

/// A window with an OpenGL 3.3 core context. One at a time in a process, on the main thread.
class WindowContext final : public GlContext {
 public:
  struct Options {
    std::string title = "MicroHeap";
    PixelSize size{1280, 800};  ///< before the display's scale is applied
    PixelSize smallest{900, 560};
    bool vsync = true;
    bool visible = true;
  };
  /// Opens the window and makes it current. Throws DisplayError.
  explicit WindowContext(const Options& options);
  ~WindowContext() override;

  void make_current() override;
  [[nodiscard]] PixelSize framebuffer_size() const override;
  void bind_target() override;
  void present() override;
  [[nodiscard]] float content_scale() const override;

  /// In the units of the pointer; differs from framebuffer_size() where the system scales
  /// (Wayland).
  [[nodiscard]] PixelSize window_size() const;
  /// As Options::size has it.
  [[nodiscard]] PixelSize unscaled_size() const;
  void resize(PixelSize size);  ///< in the units of window_size()
  [[nodiscard]] bool close_requested() const;
  void request_close(bool close = true);
  [[nodiscard]] bool minimised() const;
  [[nodiscard]] bool full_screen() const;
  void hide();
  void stay_open();           ///< takes back that somebody wants to close it
  void toggle_full_screen();  ///< back to the window's old place and size the second time
  void set_title(const std::string& title);
  void set_vsync(bool on);

  /// Handles what came in, without waiting.
  void poll_events();
  /// Sleeps until something comes in, wake() is called, or the timeout (seconds) is over.
  void wait_events(std::optional<double> timeout = std::nullopt);
  /// Ends wait_events(). From any thread.
  static void wake();
  /// True once after the user, or the window system, did something that may change what is shown.
  [[nodiscard]] bool take_activity();

  [[nodiscard]] std::vector<KeyPress> take_key_presses();  ///< since the last call, oldest first
  [[nodiscard]] std::vector<KeyPress> take_taps();         ///< the same, for the interface's fields
  [[nodiscard]] ScrollDelta take_scroll();                 ///< since the last call, added up

  [[nodiscard]] GLFWwindow* handle() const { return window_; }

 private:
  struct Geometry {
    int x = 0, y = 0, width = 0, height = 0;
  };
  void install_callbacks();
  /// Units of window_size() in one of Options::size.
  [[nodiscard]] float units_per_length() const;
  void limit_size(PixelSize smallest);
  [[nodiscard]] GLFWmonitor* monitor_under_window() const;
  [[nodiscard]] Geometry geometry() const;

  GLFWwindow* window_ = nullptr;
  Geometry before_full_screen_;
  std::vector<KeyPress> key_presses_;
  std::vector<KeyPress> taps_;
  ScrollDelta scroll_;
  bool vsync_ = true;
  bool activity_ = true;
};

}  // namespace mh
