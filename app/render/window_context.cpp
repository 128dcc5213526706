#include "app/render/window_context.hpp"

#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>
#include <glad/gl.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

namespace mh {
namespace {

std::string last_glfw_error() {
  const char* description = nullptr;
  glfwGetError(&description);
  return description != nullptr ? description : "unknown reason";
}

/// The name of the display that would be used; empty if none is set.
std::string display_name() {
  for (const char* variable : {"WAYLAND_DISPLAY", "DISPLAY"}) {
    const char* value = std::getenv(variable);
    if (value != nullptr && *value != '\0') return value;
  }
  return {};
}

/// Why no window can be opened, and what to do about it.
std::string display_complaint(const std::string& reason) {
  const std::string name = display_name();
  if (name.empty()) {
    return "There is no display: neither DISPLAY nor WAYLAND_DISPLAY is set. Start MicroHeap "
           "from a desktop, use ssh -X, or let it draw without a window: microheap render.";
  }
  const char* const x11 = std::getenv("DISPLAY");
  if ((x11 == nullptr || *x11 == '\0') && reason.starts_with("X11")) {
    return "There is a Wayland display, " + name +
           ", but this system's GLFW (before 3.4) speaks X11 only, and DISPLAY is not set. Install "
           "Xwayland (package xwayland) and log in again, or let MicroHeap draw without a window: "
           "microheap render.";
  }
  return "The display " + name + " cannot be opened (" + reason +
         "). Check DISPLAY and the right to use it, or let MicroHeap draw without a window: "
         "microheap render.";
}

void start_glfw() {
  if (glfwInit() == GLFW_TRUE) return;
  throw DisplayError(DisplayError::Kind::no_display, display_complaint(last_glfw_error()));
}

GLFWwindow* create_window(const WindowContext::Options& options) {
  glfwDefaultWindowHints();
  glfwWindowHint(GLFW_CONTEXT_VERSION_MAJOR, 3);
  glfwWindowHint(GLFW_CONTEXT_VERSION_MINOR, 3);
  glfwWindowHint(GLFW_OPENGL_PROFILE, GLFW_OPENGL_CORE_PROFILE);
  glfwWindowHint(GLFW_OPENGL_FORWARD_COMPAT, GLFW_TRUE);
  glfwWindowHint(GLFW_SCALE_TO_MONITOR, GLFW_TRUE);
  glfwWindowHint(GLFW_DEPTH_BITS, 0);
  glfwWindowHint(GLFW_STENCIL_BITS, 0);
  glfwWindowHint(GLFW_VISIBLE, options.visible ? GLFW_TRUE : GLFW_FALSE);
  glfwWindowHintString(GLFW_X11_CLASS_NAME, "MicroHeap");
  glfwWindowHintString(GLFW_X11_INSTANCE_NAME, "microheap");
#ifdef GLFW_WAYLAND_APP_ID
  glfwWindowHintString(GLFW_WAYLAND_APP_ID,
                       "microheap");  // the menu entry's name: its icon is ours
#endif
  return glfwCreateWindow(options.size.width, options.size.height, options.title.c_str(), nullptr,
                          nullptr);
}

WindowContext& owner(GLFWwindow* window) {
  return *static_cast<WindowContext*>(glfwGetWindowUserPointer(window));
}

int overlap(int a_from, int a_length, int b_from, int b_length) {
  return std::max(0, std::min(a_from + a_length, b_from + b_length) - std::max(a_from, b_from));
}

}  // namespace

WindowContext::WindowContext(const Options& options) {
  start_glfw();
  window_ = create_window(options);
  if (window_ == nullptr) {
    const std::string reason = last_glfw_error();
    glfwTerminate();
    throw DisplayError(DisplayError::Kind::no_opengl,
                       "MicroHeap needs OpenGL 3.3, which this display does not offer (" + reason +
                           "). Install Mesa's drivers (libgl1-mesa-dri), or set "
                           "LIBGL_ALWAYS_SOFTWARE=1 to draw in software. A remote display may lack "
                           "GLX: microheap render and --headless draw without one.");
  }
  try {
    make_current();
    load_gl_functions(glfwGetProcAddress);
  } catch (...) {
    glfwDestroyWindow(window_);
    glfwTerminate();
    throw;
  }
  limit_size(options.smallest);
  set_vsync(options.vsync);
  install_callbacks();
}

WindowContext::~WindowContext() {
  glfwDestroyWindow(window_);
  glfwTerminate();
}

void WindowContext::make_current() {
  glfwMakeContextCurrent(window_);
}

PixelSize WindowContext::framebuffer_size() const {
  PixelSize size;
  glfwGetFramebufferSize(window_, &size.width, &size.height);
  return size;
}

void WindowContext::bind_target() {
  const PixelSize size = framebuffer_size();
  glBindFramebuffer(GL_FRAMEBUFFER, 0);
  glViewport(0, 0, size.width, size.height);
}

void WindowContext::present() {
  glfwSwapBuffers(window_);
}

float WindowContext::content_scale() const {
  float x = 1;
  float y = 1;
  glfwGetWindowContentScale(window_, &x, &y);
  return std::max(x, 0.5F);
}

PixelSize WindowContext::window_size() const {
  PixelSize size;
  glfwGetWindowSize(window_, &size.width, &size.height);
  return size;
}

PixelSize WindowContext::unscaled_size() const {
  const PixelSize size = window_size();
  const float scale = units_per_length();
  const auto unscaled = [scale](int length) {
    return static_cast<int>(std::lround(static_cast<float>(length) / scale));
  };
  return {unscaled(size.width), unscaled(size.height)};
}

void WindowContext::resize(PixelSize size) {
  glfwSetWindowSize(window_, size.width, size.height);
}

bool WindowContext::close_requested() const {
  return glfwWindowShouldClose(window_) != 0;
}

void WindowContext::request_close(bool close) {
  glfwSetWindowShouldClose(window_, close ? GLFW_TRUE : GLFW_FALSE);
}

bool WindowContext::minimised() const {
  return glfwGetWindowAttrib(window_, GLFW_ICONIFIED) != 0 || framebuffer_size() == PixelSize{0, 0};
}

bool WindowContext::full_screen() const {
  return glfwGetWindowMonitor(window_) != nullptr;
}

void WindowContext::stay_open() {
  glfwSetWindowShouldClose(window_, GLFW_FALSE);
}

void WindowContext::hide() {
  glfwHideWindow(window_);
}

void WindowContext::toggle_full_screen() {
  if (full_screen()) {
    const Geometry& old = before_full_screen_;
    glfwSetWindowMonitor(window_, nullptr, old.x, old.y, old.width, old.height, GLFW_DONT_CARE);
  } else if (GLFWmonitor* monitor = monitor_under_window(); monitor != nullptr) {
    before_full_screen_ = geometry();
    const GLFWvidmode* mode = glfwGetVideoMode(monitor);
    glfwSetWindowMonitor(window_, monitor, 0, 0, mode->width, mode->height, mode->refreshRate);
  }
  // Some drivers forget the swap interval when the window changes hands.
  set_vsync(vsync_);
}

void WindowContext::set_title(const std::string& title) {
  glfwSetWindowTitle(window_, title.c_str());
}

void WindowContext::set_vsync(bool on) {
  vsync_ = on;
  glfwSwapInterval(on ? 1 : 0);
}

void WindowContext::poll_events() {
  glfwPollEvents();
}

void WindowContext::wait_events(std::optional<double> timeout) {
  if (!timeout.has_value()) {
    glfwWaitEvents();
  } else if (*timeout > 0) {
    glfwWaitEventsTimeout(*timeout);
  } else {
    glfwPollEvents();
  }
}

void WindowContext::wake() {
  glfwPostEmptyEvent();
}

bool WindowContext::take_activity() {
  return std::exchange(activity_, false);
}

std::vector<KeyPress> WindowContext::take_key_presses() {
  return std::exchange(key_presses_, {});
}

std::vector<KeyPress> WindowContext::take_taps() {
  return std::exchange(taps_, {});
}

ScrollDelta WindowContext::take_scroll() {
  return std::exchange(scroll_, {});
}

/// The user interface's own callbacks are installed later and call these in turn.
void WindowContext::install_callbacks() {
  glfwSetWindowUserPointer(window_, this);
  glfwSetKeyCallback(window_, [](GLFWwindow* window, int key, int, int action, int mods) {
    WindowContext& self = owner(window);
    self.activity_ = true;
    if (action == GLFW_RELEASE) return;
    const int locks = GLFW_MOD_CAPS_LOCK | GLFW_MOD_NUM_LOCK;
    self.key_presses_.push_back({key, mods & ~locks, action == GLFW_REPEAT});
    self.taps_.push_back(self.key_presses_.back());
  });
  glfwSetScrollCallback(window_, [](GLFWwindow* window, double x, double y) {
    WindowContext& self = owner(window);
    self.activity_ = true;
    self.scroll_.x += x;
    self.scroll_.y += y;
  });
  glfwSetCharCallback(window_,
                      [](GLFWwindow* window, unsigned) { owner(window).activity_ = true; });
  glfwSetMouseButtonCallback(
      window_, [](GLFWwindow* window, int, int, int) { owner(window).activity_ = true; });
  glfwSetCursorPosCallback(
      window_, [](GLFWwindow* window, double, double) { owner(window).activity_ = true; });
  glfwSetCursorEnterCallback(window_,
                             [](GLFWwindow* window, int) { owner(window).activity_ = true; });
  glfwSetWindowFocusCallback(window_,
                             [](GLFWwindow* window, int) { owner(window).activity_ = true; });
  glfwSetWindowRefreshCallback(window_, [](GLFWwindow* window) { owner(window).activity_ = true; });
  glfwSetWindowCloseCallback(window_, [](GLFWwindow* window) { owner(window).activity_ = true; });
  glfwSetFramebufferSizeCallback(
      window_, [](GLFWwindow* window, int, int) { owner(window).activity_ = true; });
  glfwSetWindowContentScaleCallback(
      window_, [](GLFWwindow* window, float, float) { owner(window).activity_ = true; });
}

/// The display's scale where the pointer's units are pixels (X11); 1 where the system scales.
float WindowContext::units_per_length() const {
  const float units_per_pixel = static_cast<float>(std::max(1, window_size().width)) /
                                static_cast<float>(std::max(1, framebuffer_size().width));
  return content_scale() * units_per_pixel;
}

void WindowContext::limit_size(PixelSize smallest) {
  const float scale = units_per_length();
  const auto scaled = [scale](int length) {
    return static_cast<int>(std::lround(static_cast<float>(length) * scale));
  };
  glfwSetWindowSizeLimits(window_, scaled(smallest.width), scaled(smallest.height), GLFW_DONT_CARE,
                          GLFW_DONT_CARE);
}

/// The monitor that shows most of the window; the primary one if none does.
GLFWmonitor* WindowContext::monitor_under_window() const {
  int count = 0;
  GLFWmonitor** monitors = glfwGetMonitors(&count);
  const Geometry place = geometry();
  GLFWmonitor* best = glfwGetPrimaryMonitor();
  int best_area = 0;
  for (int i = 0; i < count; ++i) {
    int x = 0;
    int y = 0;
    glfwGetMonitorPos(monitors[i], &x, &y);
    const GLFWvidmode* mode = glfwGetVideoMode(monitors[i]);
    const int area = overlap(place.x, place.width, x, mode->width) *
                     overlap(place.y, place.height, y, mode->height);
    if (area > best_area) {
      best_area = area;
      best = monitors[i];
    }
  }
  return best;
}

WindowContext::Geometry WindowContext::geometry() const {
  Geometry place;
  glfwGetWindowPos(window_, &place.x, &place.y);
  glfwGetWindowSize(window_, &place.width, &place.height);
  return place;
}

}  // namespace mh
