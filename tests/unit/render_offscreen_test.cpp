// OpenGL and the user interface without a window, checked in pixels.

#include <glad/gl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "app/render/fonts.hpp"
#include "app/render/image.hpp"
#include "app/render/offscreen_context.hpp"
#include "app/render/ui_layer.hpp"

namespace mh {
namespace {

constexpr Colour8 black{0, 0, 0, 255};
constexpr Colour8 red{255, 0, 0, 255};

void fill(const Colour8& colour) {
  glClearColor(static_cast<float>(colour.r) / 255, static_cast<float>(colour.g) / 255,
               static_cast<float>(colour.b) / 255, 1);
  glClear(GL_COLOR_BUFFER_BIT);
}

/// Pixels of the picture that differ from the background, and the rectangle around them.
struct Ink {
  int pixels = 0;
  int left = 1 << 20, top = 1 << 20, right = -1, bottom = -1;
  [[nodiscard]] int width() const { return right - left + 1; }
  [[nodiscard]] int height() const { return bottom - top + 1; }
};

Ink ink_of(const Image& image, const Colour8& background) {
  Ink ink;
  for (int y = 0; y < image.height(); ++y) {
    for (int x = 0; x < image.width(); ++x) {
      if (image.at(x, y) == background) continue;
      ++ink.pixels;
      ink.left = std::min(ink.left, x);
      ink.right = std::max(ink.right, x);
      ink.top = std::min(ink.top, y);
      ink.bottom = std::max(ink.bottom, y);
    }
  }
  return ink;
}

/// Draws one frame that holds nothing but what draw() adds to the background.
template <typename Draw>
Image frame(OffscreenContext& context, UiLayer& ui, Draw&& draw) {
  context.bind_target();
  fill(black);
  ui.begin_frame(1.0 / 60);
  draw(*ImGui::GetBackgroundDrawList());
  ui.end_frame();
  Image image = read_pixels(context);
  context.present();
  return image;
}

Image text_frame(OffscreenContext& context, UiLayer& ui, ImFont* const Fonts::*font,
                 const char* text) {
  return frame(context, ui, [&](ImDrawList& list) {
    ImFont* chosen = ui.fonts().*font;
    list.AddText(chosen, imgui_compat::font_size(*chosen), ImVec2(20, 20), IM_COL32_WHITE, text);
  });
}

/// A driver that knows OpenGL 2.1 and nothing else.
const GLubyte* old_string(GLenum) {
  return reinterpret_cast<const GLubyte*>("2.1 Old Driver");
}

void (*old_driver(const char* name))() {
  return std::string_view(name) == "glGetString" ? reinterpret_cast<void (*)()>(&old_string)
                                                 : nullptr;
}

TEST(GlFunctions, SayThatOpenGlIsTooOld) {
  try {
    load_gl_functions(old_driver);
    FAIL() << "OpenGL 2.1 was accepted";
  } catch (const DisplayError& error) {
    EXPECT_EQ(error.kind(), DisplayError::Kind::no_opengl);
    EXPECT_NE(std::string(error.what()).find("OpenGL 2.1"), std::string::npos) << error.what();
  }
}

TEST(GlFunctions, SayThatThereAreNone) {
  EXPECT_THROW(load_gl_functions([](const char*) -> void (*)() { return nullptr; }), DisplayError);
}

TEST(OffscreenContext, ClearsItsWholeTarget) {
  OffscreenContext context({64, 48});
  context.bind_target();
  fill(red);
  const Image image = read_pixels(context);
  ASSERT_EQ(image.width(), 64);
  ASSERT_EQ(image.height(), 48);
  EXPECT_EQ(ink_of(image, red).pixels, 0);
  EXPECT_FALSE(gl_description().empty());
}

TEST(OffscreenContext, RowsCountFromTheTop) {
  OffscreenContext context({32, 32});
  context.bind_target();
  fill(black);
  glEnable(GL_SCISSOR_TEST);
  glScissor(4, 32 - 10, 8, 5);  // OpenGL counts from the bottom: rows 5 to 9 from the top
  fill(red);
  glDisable(GL_SCISSOR_TEST);
  const Ink ink = ink_of(read_pixels(context), black);
  EXPECT_EQ(ink.left, 4);
  EXPECT_EQ(ink.right, 11);
  EXPECT_EQ(ink.top, 5);
  EXPECT_EQ(ink.bottom, 9);
  EXPECT_EQ(ink.pixels, 8 * 5);

  const Image part = read_pixels(context, {4, 5, 8, 5});
  EXPECT_EQ(ink_of(part, red).pixels, 0);
  const Image cut = read_pixels(context, {28, 30, 100, 100});
  EXPECT_EQ(cut.width(), 4);
  EXPECT_EQ(cut.height(), 2);
  EXPECT_TRUE(read_pixels(context, {40, 40, 5, 5}).empty());
}

TEST(OffscreenContext, ChangesItsSize) {
  OffscreenContext context({16, 16});
  context.resize({300, 200});
  context.bind_target();
  fill(red);
  const Image image = read_pixels(context);
  EXPECT_EQ(image.width(), 300);
  EXPECT_EQ(image.height(), 200);
  EXPECT_EQ(ink_of(image, red).pixels, 0);
}

TEST(OffscreenContext, RefusesImpossibleSizesInASentence) {
  for (const PixelSize size : {PixelSize{0, 10}, PixelSize{-5, 10}, PixelSize{10, 1 << 24}}) {
    try {
      const OffscreenContext context(size);
      FAIL() << size.width << " x " << size.height << " was accepted";
    } catch (const DisplayError& error) {
      EXPECT_NE(std::string(error.what()).find(std::to_string(size.width)), std::string::npos)
          << error.what();
    }
  }
}

TEST(OffscreenContext, SeveralOneAfterTheOther) {
  for (int i = 0; i < 5; ++i) {
    OffscreenContext context({32, 32});
    UiLayer ui(context);
    const Image image = frame(context, ui, [](ImDrawList& list) {
      list.AddRectFilled(ImVec2(8, 8), ImVec2(16, 16), IM_COL32(255, 0, 0, 255));
    });
    EXPECT_EQ(image.at(12, 12), red);
  }
}

TEST(UiLayer, DrawsARectangleWhereItIsAsked) {
  OffscreenContext context({100, 80});
  UiLayer ui(context);
  const Image image = frame(context, ui, [](ImDrawList& list) {
    list.AddRectFilled(ImVec2(10, 20), ImVec2(60, 40), IM_COL32(255, 0, 0, 255));
  });
  const Ink ink = ink_of(image, black);
  EXPECT_EQ(ink.left, 10);
  EXPECT_EQ(ink.right, 59);
  EXPECT_EQ(ink.top, 20);
  EXPECT_EQ(ink.bottom, 39);
  EXPECT_EQ(image.at(35, 30), red);
}

TEST(UiLayer, LettersHaveTheirSize) {
  OffscreenContext context({400, 100});
  UiLayer ui(context);
  const Ink ink = ink_of(text_frame(context, ui, &Fonts::title, "HHHH"), black);
  // The capitals of Inter are 0.727 em high; those of ImGui's own face about as much.
  EXPECT_NEAR(ink.height(), 20 * 0.727, 2.0);
  EXPECT_GT(ink.pixels, 100);
  EXPECT_GE(ink.left, 20);
}

TEST(UiLayer, TextIsAsWideAsItWasMeasured) {
  OffscreenContext context({600, 60});
  UiLayer ui(context);
  const char* text = "program break 0x5581c3a23a30";
  for (ImFont* const Fonts::*font : {&Fonts::body, &Fonts::mono, &Fonts::title}) {
    const Ink ink = ink_of(text_frame(context, ui, font, text), black);
    const float measured = imgui_compat::text_size(*(ui.fonts().*font), text).x;
    EXPECT_NEAR(static_cast<float>(ink.width()), measured, 4.0F);
  }
}

TEST(UiLayer, ScaleEnlargesTheLetters) {
  OffscreenContext context({600, 120});
  UiLayer ui(context);
  const Ink small = ink_of(text_frame(context, ui, &Fonts::title, "Heap"), black);
  EXPECT_FLOAT_EQ(ui.scale(), 1.0F);
  ui.set_ui_scale(2.0F);
  const Ink large = ink_of(text_frame(context, ui, &Fonts::title, "Heap"), black);
  EXPECT_TRUE(ui.scale_changed());
  EXPECT_FLOAT_EQ(ui.scale(), 2.0F);
  EXPECT_NEAR(large.height(), 2 * small.height(), 3);
  EXPECT_NEAR(large.width(), 2 * small.width(), 6);
  text_frame(context, ui, &Fonts::title, "Heap");
  EXPECT_FALSE(ui.scale_changed());
}

TEST(UiLayer, TheDisplaysScaleCountsToo) {
  OffscreenContext context({600, 120}, 1.5F);
  UiLayer ui(context, 2.0F);
  text_frame(context, ui, &Fonts::body, "x");
  EXPECT_FLOAT_EQ(ui.scale(), 3.0F);
}

TEST(UiLayer, KeepsTheScaleWithinItsLimits) {
  OffscreenContext context({64, 64});
  UiLayer ui(context, 1000.0F);
  EXPECT_FLOAT_EQ(ui.ui_scale(), UiLayer::largest_ui_scale);
  ui.set_ui_scale(0);
  EXPECT_FLOAT_EQ(ui.ui_scale(), UiLayer::smallest_ui_scale);
}

TEST(UiLayer, HasTheSignsThatTheInterfaceWrites) {
  if (font_data(FontFace::inter_regular).empty()) GTEST_SKIP() << "configured without Inter";
  OffscreenContext context({64, 64});
  UiLayer ui(context);
  text_frame(context, ui, &Fonts::body, "x");
  for (const int sign : {0x2192, 0x2190, 0x2191, 0x2193, 0x2022, 0xb7, 0x2013, 0x2014, 0xd7, 0x2265,
                         0x2264, 0x2260, 0x2026, 0x2713}) {
    EXPECT_NE(ui.fonts().body->FindGlyphNoFallback(static_cast<ImWchar>(sign)), nullptr)
        << std::hex << sign;
  }
}

TEST(UiLayer, TheSamePictureEveryTime) {
  OffscreenContext context({300, 60});
  UiLayer ui(context);
  const Image first = text_frame(context, ui, &Fonts::mono, "0x5581c3a186b0");
  const Image second = text_frame(context, ui, &Fonts::mono, "0x5581c3a186b0");
  EXPECT_TRUE(std::ranges::equal(first.bytes(), second.bytes()));
}

TEST(UiLayer, ThePointerReachesTheWidgets) {
  OffscreenContext context({200, 100});
  UiLayer ui(context);
  bool pressed = false;
  const auto button = [&](ImDrawList&) {
    ImGui::SetNextWindowPos(ImVec2(0, 0));
    ImGui::SetNextWindowSize(ImVec2(200, 100));
    ImGui::Begin("window", nullptr, ImGuiWindowFlags_NoDecoration);
    pressed |= ImGui::Button("malloc", ImVec2(100, 40));
    ImGui::End();
  };
  const ImVec2 on_it(50, 30);
  frame(context, ui, button);
  EXPECT_FALSE(ui.wants_pointer());
  for (const bool down : {false, true, false}) {
    ui.set_pointer(on_it, down);
    frame(context, ui, button);
    frame(context, ui, button);
  }
  EXPECT_TRUE(pressed);
  EXPECT_TRUE(ui.wants_pointer());
  ui.set_pointer(std::nullopt);
  frame(context, ui, button);
  frame(context, ui, button);
  EXPECT_FALSE(ui.wants_pointer());
}

TEST(Fonts, LineHeightsAreThoseOfTheFace) {
  const auto inter = font_data(FontFace::inter_regular);
  if (inter.empty()) GTEST_SKIP() << "configured without Inter";
  EXPECT_NEAR(font_line_height(inter), 1.21, 0.03);
  EXPECT_NEAR(font_line_height(font_data(FontFace::mono_regular)), 1.32, 0.03);
}

TEST(Fonts, DataThatIsNoFontHasLineHeightOne) {
  EXPECT_FLOAT_EQ(font_line_height({}), 1.0F);
  const std::vector<std::byte> noise(500, std::byte{0xff});
  EXPECT_FLOAT_EQ(font_line_height(noise), 1.0F);
}

TEST(Fonts, DataThatEndsEarlyIsReadNoFurther) {
  const auto inter = font_data(FontFace::inter_regular);
  for (std::size_t length = 0; length < std::min<std::size_t>(inter.size(), 400); ++length) {
    const std::vector<std::byte> cut(inter.begin(),
                                     inter.begin() + static_cast<std::ptrdiff_t>(length));
    const float height = font_line_height(cut);
    EXPECT_GE(height, 0.5F) << length;
    EXPECT_LE(height, 1.5F) << length;
  }
}

}  // namespace
}  // namespace mh
