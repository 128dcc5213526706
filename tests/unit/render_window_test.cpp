// The window on a real display, which is a virtual one when ctest runs this.

#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>
#include <glad/gl.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <optional>
#include <string>
#include <thread>

#include "app/render/image.hpp"
#include "app/render/ui_layer.hpp"
#include "app/render/window_context.hpp"

namespace mh {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// An environment variable with another value for as long as this lives.
class Environment {
 public:
  Environment(const char* name, const char* value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    value != nullptr ? ::setenv(name, value, 1) : ::unsetenv(name);
  }
  ~Environment() { old_ ? ::setenv(name_, old_->c_str(), 1) : ::unsetenv(name_); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  const char* name_;
  std::optional<std::string> old_;
};

/// Handles events until the condition holds; false after five seconds.
template <typename Condition>
bool eventually(WindowContext& window, Condition&& condition) {
  const Clock::time_point start = Clock::now();
  while (!condition()) {
    if (seconds_since(start) > 5) return false;
    window.wait_events(0.05);
  }
  return true;
}

TEST(WindowContext, ShowsWhatIsDrawn) {
  WindowContext window({.title = "test", .size = {1000, 700}});
  UiLayer ui(window);
  window.poll_events();
  window.bind_target();
  glClearColor(0, 0, 0, 1);
  glClear(GL_COLOR_BUFFER_BIT);
  ui.begin_frame(1.0 / 60);
  ImGui::GetBackgroundDrawList()->AddRectFilled(ImVec2(100, 200), ImVec2(300, 400),
                                                IM_COL32(0, 255, 0, 255));
  ui.end_frame();
  const Image image = read_pixels(window);
  window.present();
  ASSERT_EQ((PixelSize{image.width(), image.height()}), window.framebuffer_size());
  const float density = ui.density();
  const auto pixel = [&](float x, float y) {
    return image.at(static_cast<int>(x * density), static_cast<int>(y * density));
  };
  EXPECT_EQ(pixel(200, 300), (Colour8{0, 255, 0, 255}));
  EXPECT_EQ(pixel(50, 50), (Colour8{0, 0, 0, 255}));
}

TEST(WindowContext, FollowsItsSize) {
  WindowContext window({.size = {1000, 700}});
  EXPECT_EQ(window.window_size(), (PixelSize{1000, 700}));
  window.resize({1100, 650});
  EXPECT_TRUE(eventually(window, [&] { return window.window_size() == PixelSize{1100, 650}; }));
  UiLayer ui(window);
  ui.begin_frame(0.01);
  EXPECT_FLOAT_EQ(ImGui::GetIO().DisplaySize.x, 1100);
  ui.end_frame();
}

TEST(WindowContext, ComesBackFromFullScreen) {
  WindowContext window({.size = {1000, 700}});
  EXPECT_FALSE(window.full_screen());
  window.toggle_full_screen();
  EXPECT_TRUE(window.full_screen());
  EXPECT_TRUE(eventually(window, [&] { return window.window_size() != PixelSize{1000, 700}; }));
  window.toggle_full_screen();
  EXPECT_FALSE(window.full_screen());
  EXPECT_TRUE(eventually(window, [&] { return window.window_size() == PixelSize{1000, 700}; }));
}

TEST(WindowContext, SleepsUntilAnotherThreadWakesIt) {
  WindowContext window({});
  window.poll_events();
  const Clock::time_point start = Clock::now();
  std::thread other([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    WindowContext::wake();
  });
  // The window system may have something to say first.
  while (seconds_since(start) < 0.045) window.wait_events(20.0);
  other.join();
  window.wait_events(0.0);
  EXPECT_LT(seconds_since(start), 10.0);
}

TEST(WindowContext, WaitsNoLongerThanAsked) {
  WindowContext window({});
  const Clock::time_point start = Clock::now();
  while (seconds_since(start) < 0.1) window.wait_events(0.02);
  EXPECT_LT(seconds_since(start), 5.0);
}

TEST(WindowContext, CollectsKeysAndTurnsOfTheWheel) {
  WindowContext window({});
  UiLayer ui(window);  // its callbacks stand before the window's own
  window.poll_events();
  (void)window.take_activity();

  // What GLFW does when the window system reports them.
  const GLFWkeyfun key = glfwSetKeyCallback(window.handle(), nullptr);
  glfwSetKeyCallback(window.handle(), key);
  const GLFWscrollfun scroll = glfwSetScrollCallback(window.handle(), nullptr);
  glfwSetScrollCallback(window.handle(), scroll);
  key(window.handle(), GLFW_KEY_F, 41, GLFW_PRESS, GLFW_MOD_CONTROL | GLFW_MOD_NUM_LOCK);
  key(window.handle(), GLFW_KEY_F, 41, GLFW_REPEAT, GLFW_MOD_CONTROL);
  key(window.handle(), GLFW_KEY_F, 41, GLFW_RELEASE, GLFW_MOD_CONTROL);
  scroll(window.handle(), 0.0, 0.25);
  scroll(window.handle(), -1.0, 0.5);

  EXPECT_TRUE(window.take_activity());
  EXPECT_FALSE(window.take_activity());
  const std::vector<KeyPress> presses = window.take_key_presses();
  ASSERT_EQ(presses.size(), 2U);
  EXPECT_EQ(presses[0].key, GLFW_KEY_F);
  EXPECT_EQ(presses[0].mods, GLFW_MOD_CONTROL);
  EXPECT_FALSE(presses[0].repeat);
  EXPECT_TRUE(presses[1].repeat);
  EXPECT_TRUE(window.take_key_presses().empty());
  const ScrollDelta turned = window.take_scroll();
  EXPECT_DOUBLE_EQ(turned.x, -1.0);
  EXPECT_DOUBLE_EQ(turned.y, 0.75);
  EXPECT_DOUBLE_EQ(window.take_scroll().y, 0.0);
}

TEST(WindowContext, KnowsWhenLettersAreForATextField) {
  WindowContext window({});
  UiLayer ui(window);
  char text[16] = "";
  const auto frame = [&](bool focus) {
    ui.begin_frame(0.01);
    ImGui::Begin("window");
    if (focus) ImGui::SetKeyboardFocusHere();
    ImGui::InputText("size", text, sizeof text);
    ImGui::End();
    ui.end_frame();
  };
  frame(false);
  frame(false);
  EXPECT_FALSE(ui.wants_text());
  frame(true);
  frame(false);
  frame(false);
  EXPECT_TRUE(ui.wants_text());
}

TEST(WindowContext, ClosesWhenAsked) {
  WindowContext window({});
  EXPECT_FALSE(window.close_requested());
  window.request_close();
  EXPECT_TRUE(window.close_requested());
  window.request_close(false);
  EXPECT_FALSE(window.close_requested());
}

TEST(WindowContext, SaysThatThereIsNoDisplay) {
  const Environment no_x("DISPLAY", nullptr);
  const Environment no_wayland("WAYLAND_DISPLAY", nullptr);
  try {
    const WindowContext window({});
    FAIL() << "a window opened nowhere";
  } catch (const DisplayError& error) {
    EXPECT_EQ(error.kind(), DisplayError::Kind::no_display);
    EXPECT_NE(std::string(error.what()).find("DISPLAY"), std::string::npos);
  }
}

TEST(WindowContext, SaysThatTheDisplayCannotBeOpened) {
  const Environment wrong_x("DISPLAY", ":4711");
  const Environment no_wayland("WAYLAND_DISPLAY", nullptr);
  try {
    const WindowContext window({});
    FAIL() << "a window opened on a display that does not exist";
  } catch (const DisplayError& error) {
    EXPECT_EQ(error.kind(), DisplayError::Kind::no_display);
    EXPECT_NE(std::string(error.what()).find("4711"), std::string::npos) << error.what();
  }
}

TEST(WindowContext, SaysThatOpenGlIsTooOld) {
  const Environment old("MESA_GL_VERSION_OVERRIDE", "2.1");
  try {
    const WindowContext window({});
    GTEST_SKIP() << "this driver does not pretend to be older";
  } catch (const DisplayError& error) {
    EXPECT_EQ(error.kind(), DisplayError::Kind::no_opengl);
    EXPECT_NE(std::string(error.what()).find("OpenGL 3.3"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace mh
