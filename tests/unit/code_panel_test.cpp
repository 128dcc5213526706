// Code on a slide: nothing sticks out, and what happens now is always seen.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "app/slides/code_panel.hpp"

namespace mh::test {
namespace {

/// Keeps the words that are drawn, and where something is marked.
class Sheet final : public Canvas {
 public:
  struct Word {
    SlidePoint at;
    TextLook look;
    std::string text;
  };
  void fill(const SlideRect& rect, Colour /*colour*/, double /*radius*/) override {
    marks.push_back(rect);
  }
  void outline(const SlideRect& /*rect*/, Colour /*colour*/, double /*width*/,
               double /*radius*/) override {}
  void hatch(const SlideRect& /*rect*/, Colour /*ground*/, Colour /*stripe*/, double /*pitch*/,
             double /*width*/) override {}
  void line(SlidePoint /*from*/, SlidePoint /*to*/, Colour /*colour*/, double /*width*/) override {}
  void curve(SlidePoint /*from*/, SlidePoint /*a*/, SlidePoint /*b*/, SlidePoint /*to*/,
             Colour /*colour*/, double /*width*/) override {}
  void triangle(SlidePoint /*a*/, SlidePoint /*b*/, SlidePoint /*c*/, Colour /*colour*/) override {}
  void disc(SlidePoint /*centre*/, double /*radius*/, Colour /*colour*/) override {}
  void text(SlidePoint at, const TextLook& look, std::string_view text) override {
    words.push_back({at, look, std::string(text)});
  }

  std::vector<Word> words;  ///< the title first
  std::vector<SlideRect> marks;
};

SlideCode function_of(std::size_t lines, std::size_t marked) {
  SlideCode code{"f(), x.cpp", {{"void f(int first, int second) {", false}}};
  for (std::size_t i = 1; i + 1 < lines; ++i) {
    std::string text = "  if (first == ";
    text += std::to_string(i);
    text += ") call(second);";
    code.lines.push_back({std::move(text), i == marked});
  }
  code.lines.push_back({"}", false});
  return code;
}

Sheet paint(const SlideCode& code, double width, double height) {
  Sheet sheet;
  const CodePanel panel(code, width, height);
  EXPECT_LE(panel.height(), height + 60);
  panel.paint(sheet, slide_theme(SlideLook::light), {0, 0, width, panel.height()});
  for (const Sheet::Word& word : sheet.words) {
    const double end = word.at.x + text_width(word.look.face, word.look.size, word.text);
    EXPECT_LE(end, width - 10) << word.text;
    EXPECT_LE(word.at.y, panel.height()) << word.text;
  }
  return sheet;
}

TEST(CodePanel, AShortFunctionIsShownWhole) {
  const Sheet sheet = paint(function_of(6, 3), 680, 275);
  ASSERT_EQ(sheet.words.size(), 7U);
  EXPECT_EQ(sheet.words.back().text, "}");
  EXPECT_EQ(sheet.marks.size(), 1U);
  EXPECT_GE(sheet.words[1].look.size, 16);
}

TEST(CodePanel, OfALongOneItsHeadAndWhatHappensNow) {
  constexpr std::size_t lines = 60;
  for (std::size_t marked = 1; marked + 1 < lines; ++marked) {
    const Sheet sheet = paint(function_of(lines, marked), 680, 275);
    EXPECT_EQ(sheet.words[1].text, "void f(int first, int second) {");
    ASSERT_EQ(sheet.marks.size(), 1U) << "line " << marked;
    const bool gap = std::any_of(sheet.words.begin(), sheet.words.end(),
                                 [](const Sheet::Word& word) { return word.text == "  ..."; });
    EXPECT_TRUE(gap) << "line " << marked;
  }
}

TEST(CodePanel, BreaksWhatIsTooLongForItsWidth) {
  SlideCode code = function_of(4, 1);
  code.lines[1].text =
      "  if (a_long_name_of_something == nullptr && another_long_name < a_third_long_name_of_all) "
      "{";
  const Sheet sheet = paint(code, 680, 275);
  EXPECT_EQ(sheet.marks.size(), 2U) << "both halves";
  EXPECT_TRUE(sheet.words[3].text.starts_with("      && another")) << sheet.words[3].text;
}

TEST(CodePanel, WithoutCodeTakesNoRoom) {
  EXPECT_EQ(CodePanel({}, 680, 275).height(), 0);
}

}  // namespace
}  // namespace mh::test
