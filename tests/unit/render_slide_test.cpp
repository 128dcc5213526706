// A slide drawn by the window's renderer looks like the picture that is kept: as small as a stamp,
// so that another version of the typeface or of the driver makes no difference, but a missing part
// does.

#include <glad/gl.h>

#include <gtest/gtest.h>
#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_PNG
#include <stb_image.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "app/lessons/course.hpp"
#include "app/lessons/lesson_deck.hpp"
#include "app/render/image.hpp"
#include "app/render/offscreen_context.hpp"
#include "app/render/ui_layer.hpp"
#include "app/slides/slide_painter.hpp"
#include "app/views/imgui_canvas.hpp"
#include "app/views/lesson_view.hpp"

namespace mh {
namespace {

constexpr int stamp_width = 160;
constexpr int stamp_height = 90;
constexpr int factor = 10;  // pixels of the slide in a pixel of the stamp

Image draw(const Slide& slide) {
  OffscreenContext context({stamp_width * factor, stamp_height * factor});
  UiLayer layer(context);
  layer.use_slide_fonts(1);
  context.bind_target();
  glClear(GL_COLOR_BUFFER_BIT);
  layer.begin_frame(1.0 / 60);
  ImGuiCanvas canvas(*ImGui::GetBackgroundDrawList(), layer.slide_fonts(), {0, 0}, 1);
  paint_slide(canvas, slide, {});
  layer.end_frame();
  return read_pixels(context);
}

/// Each pixel is the mean of factor * factor.
Image shrink(const Image& image) {
  Image stamp(stamp_width, stamp_height);
  for (int y = 0; y < stamp_height; ++y) {
    for (int x = 0; x < stamp_width; ++x) {
      int sum[3] = {};
      for (int i = 0; i < factor * factor; ++i) {
        const Colour8 c = image.at(x * factor + i % factor, y * factor + i / factor);
        sum[0] += c.r;
        sum[1] += c.g;
        sum[2] += c.b;
      }
      auto* const pixel = &stamp.bytes()[static_cast<std::size_t>((y * stamp_width + x) * 4)];
      for (int c = 0; c < 3; ++c) {
        pixel[c] = static_cast<std::uint8_t>(sum[c] / (factor * factor));
      }
      pixel[3] = 255;
    }
  }
  return stamp;
}

/// The mean difference of a channel, of 255.
double difference(const Image& image, const std::string& file) {
  int width = 0;
  int height = 0;
  int channels = 0;
  unsigned char* const kept = stbi_load(file.c_str(), &width, &height, &channels, 4);
  EXPECT_NE(kept, nullptr) << file;
  if (kept == nullptr || width != image.width() || height != image.height()) return 255;
  double sum = 0;
  for (std::size_t i = 0; i < image.bytes().size(); ++i) {
    sum += std::abs(static_cast<int>(image.bytes()[i]) - static_cast<int>(kept[i]));
  }
  stbi_image_free(kept);
  return sum / static_cast<double>(image.bytes().size());
}

LessonDeck deck() {
  LessonDeck made;
  EXPECT_EQ(made.open(course_lesson("placement")->text, "placement"), "");
  made.look.code = false;
  made.go_to(*made.step_called("best-fit"));
  return made;
}

TEST(RenderSlide, LooksLikeThePictureThatIsKept) {
  const std::string file = MICROHEAP_GOLDEN "/placement-best-fit.png";
  LessonDeck lesson = deck();
  const Image stamp = shrink(draw(lesson.slide()));
  if (std::getenv("MICROHEAP_UPDATE_GOLDEN") != nullptr) {
    ASSERT_EQ(write_png(stamp, file), "");
  }
  EXPECT_LT(difference(stamp, file), 2.0);

  Slide other = lesson.slide();
  other.heaps.front().blocks.pop_back();
  other.heaps.front().free_list.clear();
  EXPECT_GT(difference(shrink(draw(other)), file), 0.4) << "a missing block is seen";
}

/// What is drawn of a text, and which letters no font has.
struct Drawn {
  Image image;
  std::vector<char32_t> missing;
};

Drawn draw_text(std::string_view words) {
  OffscreenContext context({200, 40});
  UiLayer layer(context);
  layer.use_only_slide_fonts(1);
  Drawn drawn;
  for (int frame = 0; frame < 2; ++frame) {
    context.bind_target();
    glClear(GL_COLOR_BUFFER_BIT);
    layer.begin_frame(1.0 / 60);
    ImGuiCanvas canvas(*ImGui::GetBackgroundDrawList(), layer.slide_fonts(), {0, 0}, 1);
    canvas.text({10, 30}, {Face::semibold, 20, Colour::rgb(0xffffff)}, words);
    layer.end_frame();
    EXPECT_EQ(layer.letters_pending(), frame == 0 && words != "-") << words;
  }
  drawn.image = read_pixels(context);
  drawn.missing = layer.take_missing_letters();
  return drawn;
}

bool same(const Image& a, const Image& b) {
  return std::equal(a.bytes().begin(), a.bytes().end(), b.bytes().begin(), b.bytes().end());
}

TEST(RenderSlide, DrawsTheLettersThatTextsNeed) {
  // Of the program's own typefaces, and Armenian, for which DejaVu is asked for in setup.sh.
  for (const char* words : {"\u043c", "\u03a9", "\u20ac", "\u21d2", "\u0531"}) {
    const Drawn drawn = draw_text(words);
    EXPECT_TRUE(drawn.missing.empty()) << words;
    EXPECT_FALSE(same(drawn.image, draw_text("\ufdd0").image)) << words << " is drawn as '?'";
  }
}

TEST(RenderSlide, SaysWhichLettersItCannotDraw) {
  EXPECT_EQ(draw_text("\ufdd0\U0001f600").missing, (std::vector<char32_t>{0xfdd0, 0x1f600}));
  const std::string words = words_on_missing(std::vector<char32_t>{0x5806});
  EXPECT_NE(words.find("has \u5806 (U+5806): '?' stands there"), std::string::npos) << words;
  EXPECT_EQ(words.find("emoji"), std::string::npos) << words;
  EXPECT_EQ(words_on_missing({}), "");
  if (sizeof(ImWchar) > 2) return;  // there it is for the fonts to have them
  const std::string above = words_on_missing(std::vector<char32_t>{0x1f600});
  EXPECT_NE(above.find("cannot be drawn: '?' stands for \U0001f600 (U+1F600)"), std::string::npos)
      << above;
  EXPECT_EQ(above.find("Install"), std::string::npos) << "no font would help: " << above;
}

TEST(LessonMotion, AStepIsSeenToHappenUnlessItIsSkippedOrOff) {
  LessonView view;
  ASSERT_EQ(view.present(*course_lesson("coalescing")), "");
  EXPECT_FALSE(view.animating());
  while (!view.animating() && view.state().step < view.state().steps) {
    view.press(LessonCommand::next);
  }
  EXPECT_TRUE(view.animating());
  const std::size_t step = view.state().step;
  view.press(LessonCommand::next);
  EXPECT_EQ(view.state().step, step + 1) << "the next key goes on at once";
  view.press(LessonCommand::back);
  EXPECT_EQ(view.state().step, step);
  view.set_motion(false);
  view.press(LessonCommand::first);
  EXPECT_FALSE(view.animating());
  for (std::size_t i = 0; i < step; ++i) {
    view.press(LessonCommand::next);
    EXPECT_FALSE(view.animating());
  }
}

TEST(LessonMotion, F5LeavesAFullScreenThatItDidNotMake) {
  LessonView view;
  ASSERT_EQ(view.present(*course_lesson("coalescing")), "");
  view.press(LessonCommand::toggle_bare);
  EXPECT_EQ(view.take_requests().full_screen, true);
  view.set_full_screen(true);
  view.press(LessonCommand::toggle_bare);
  EXPECT_EQ(view.take_requests().full_screen, false) << "it was a window before";
  view.press(LessonCommand::toggle_bare);
  EXPECT_TRUE(view.bare());
  EXPECT_EQ(view.take_requests().full_screen, true) << "as it is already";
  view.press(LessonCommand::toggle_bare);
  EXPECT_FALSE(view.bare());
  EXPECT_EQ(view.take_requests().full_screen, std::nullopt) << "F11 had made it";
}

}  // namespace
}  // namespace mh
