// The course: every lesson runs on the real engine, meets its own expectations and can be shown.

#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "app/lessons/course.hpp"
#include "app/lessons/lesson_deck.hpp"
#include "app/lessons/lesson_export.hpp"
#include "app/slides/slide_painter.hpp"

namespace mh {

/// In messages of the tests.
void PrintTo(const CourseLesson& lesson, std::ostream* stream) {
  *stream << lesson.file;
}

namespace {

/// A lesson without the details of explained operations, as it is taught.
LessonDeck deck_of(std::string_view text, const std::string& file) {
  LessonDeck deck;
  EXPECT_EQ(deck.open(text, file), "");
  deck.show_details(false);
  return deck;
}
LessonDeck deck_of(const CourseLesson& lesson) {
  return deck_of(lesson.text, std::string(lesson.file));
}

Slide slide_of(LessonDeck& deck, std::size_t step) {
  deck.go_to(step);
  return deck.slide();
}

const SlideBlock* block_called(const Slide& slide, std::string_view name) {
  for (const SlideBlock& block : slide.heaps.front().blocks) {
    if (block.name == name) return &block;
  }
  return nullptr;
}

class CourseTest : public testing::TestWithParam<CourseLesson> {};

TEST_P(CourseTest, MeetsItsExpectationsInFiveToTwentySteps) {
  LessonDeck deck = deck_of(GetParam());
  EXPECT_GE(deck.steps(), 5U);
  EXPECT_LE(deck.steps(), 20U);
  EXPECT_FALSE(deck.title().empty());
  EXPECT_NE(GetParam().text.find("\nexpect "), std::string_view::npos);
  const std::vector<std::string> pictures = deck.pictures();
  EXPECT_FALSE(pictures.empty());
  EXPECT_EQ(std::set<std::string>(pictures.begin(), pictures.end()).size(), pictures.size());
}

TEST_P(CourseTest, SaysSomethingAtEachStep) {
  constexpr double caption_width = 1430;
  LessonDeck deck = deck_of(GetParam());
  for (std::size_t step = 0; step < deck.steps(); ++step) {
    const Slide slide = slide_of(deck, step);
    SCOPED_TRACE(slide.step);
    EXPECT_FALSE(slide.title.empty());
    EXPECT_LE(text_width(Face::semibold, 36, slide.title), 1480);
    EXPECT_FALSE(slide.caption.empty() && slide.question.empty());
    EXPECT_LE(wrap(Face::regular, 24, caption_width, slide.caption).size(), 3U) << slide.caption;
  }
}

TEST_P(CourseTest, AsksWhatCanBeAnswered) {
  LessonDeck deck = deck_of(GetParam());
  for (std::size_t step = 0; step < deck.steps(); ++step) {
    deck.go_to(step);
    if (!deck.asks()) continue;
    deck.reveal();
    const Slide slide = deck.slide();
    bool marked = false;
    for (const SlideBlock& block : slide.heaps.front().blocks) marked |= block.pointed_at;
    EXPECT_TRUE(marked) << slide.question;
  }
}

TEST_P(CourseTest, IsTheSamePicturesInEveryRun) {
  LessonDeck one = deck_of(GetParam());
  LessonDeck two = deck_of(GetParam());
  ASSERT_EQ(one.steps(), two.steps());
  for (std::size_t step = 0; step < one.steps(); ++step) {
    ASSERT_EQ(slide_as_svg(slide_of(one, step), {}), slide_as_svg(slide_of(two, step), {}))
        << "step " << step + 1;
  }
}

INSTANTIATE_TEST_SUITE_P(Lessons, CourseTest, testing::ValuesIn(course()), [](const auto& lesson) {
  std::string name;
  for (const char c : lesson.param.name) name += c == '-' ? '_' : c;
  return name;
});

TEST(Course, HasFourteenLessonsAndAsksInFive) {
  const std::vector<CourseLesson> lessons = course();
  EXPECT_GE(lessons.size(), 14U);
  const auto asks = [](const CourseLesson& lesson) {
    return lesson.text.find("\nask ") != std::string_view::npos;
  };
  EXPECT_GE(std::count_if(lessons.begin(), lessons.end(), asks), 5);
  for (std::size_t i = 0; i < lessons.size(); ++i) EXPECT_EQ(lessons[i].number, i + 1);
}

TEST(Course, ComparesALessonUnderSeveralPolicies) {
  LessonDeck deck = deck_of(*course_lesson("placement"));
  std::size_t count = 0;
  const mh_preset* const presets = mh_presets(&count);
  std::vector<ComparedPolicy> policies;
  for (const std::string_view name : {"textbook", "best", "worst"}) {
    for (std::size_t i = 0; i < count; ++i) {
      if (name == presets[i].name) policies.push_back({presets[i].title, presets[i].policy});
    }
  }
  ASSERT_EQ(policies.size(), 3U);
  ASSERT_EQ(deck.compare(policies), "");
  const Slide slide = slide_of(deck, deck.steps() - 1);
  ASSERT_EQ(slide.heaps.size(), 3U);
  ASSERT_FALSE(slide.table.empty());
  // First fit looks at fewer blocks than best fit.
  const SlideRow& visited = slide.table.back();
  ASSERT_EQ(visited.cells.size(), 3U);
  EXPECT_LT(std::stoi(visited.cells[0]), std::stoi(visited.cells[1]));
}

TEST(Lesson, TellsWhatWasExpectedAndWhere) {
  LessonDeck deck;
  EXPECT_EQ(deck.open("p = malloc 100\nexpect p size == 100\n", "mine.mh"),
            "mine.mh:2: expected p size == 100, found 144, at step 1");
}

TEST(Lesson, BeginsWithItsPolicyAndPutsTogetherWhatBelongsTogether) {
  LessonDeck deck = deck_of(
      "policy plain\ntogether on\np = malloc 10\nq = malloc 20\nfree p\ntogether off\n"
      "caption \"So.\"\nr = malloc 10\n",
      "t.mh");
  ASSERT_EQ(deck.steps(), 2U);
  const Slide slide = slide_of(deck, 0);
  EXPECT_EQ(slide.operation, "p = malloc(10)\nq = malloc(20)\nfree(p)");
  EXPECT_EQ(slide.caption, "So.");
  ASSERT_EQ(slide.heaps.front().blocks.size(), 2U);
  EXPECT_EQ(slide_of(deck, 1).operation, "r = malloc(10)");
}

TEST(Lesson, CallsFreeBlocksAsTheyWereCalled) {
  LessonDeck deck = deck_of(
      "policy textbook\np = malloc 10\nq = malloc 10\nr = malloc 10\nfree p\nfree q\n"
      "s = malloc 40\n",
      "t.mh");
  const Slide freed = slide_of(deck, 3);
  ASSERT_NE(block_called(freed, "p"), nullptr);
  EXPECT_FALSE(block_called(freed, "p")->used);
  EXPECT_NE(block_called(slide_of(deck, 4), "p+q"), nullptr);
  const Slide last = slide_of(deck, 5);
  EXPECT_EQ(block_called(last, "p+q"), nullptr);
  EXPECT_TRUE(block_called(last, "s")->used);
  // Back again.
  EXPECT_TRUE(block_called(slide_of(deck, 0), "p")->used);
}

TEST(Lesson, ShowsWhoCalls) {
  LessonDeck deck = deck_of("thread 2\np = malloc 10\nthread you\nq = malloc 10\n", "t.mh");
  EXPECT_EQ(slide_of(deck, 0).operation, "thread 2: p = malloc(10)");
  const Slide slide = slide_of(deck, 1);
  EXPECT_EQ(block_called(slide, "p")->owner, 2U);
  EXPECT_EQ(block_called(slide, "q")->owner, 0U);
}

TEST(Lesson, ShowsWhatWasWrittenOverUntilSomebodyNotices) {
  LessonDeck deck = deck_of(
      "policy guards on\np = malloc 24\nq = malloc 24\noverflow p 2\nr = malloc 8\nfree p\n",
      "t.mh");
  const Slide written = slide_of(deck, 2);
  ASSERT_EQ(written.heaps.front().scribbles.size(), 1U);
  const SlideBlock& p = *block_called(written, "p");
  EXPECT_EQ(written.heaps.front().scribbles[0].address, p.address + p.header + p.front + 24);
  EXPECT_EQ(written.heaps.front().scribbles[0].count, 2U);
  EXPECT_FALSE(written.alarm);
  EXPECT_NE(written.said.find("Wrote 2 bytes past the end of p"), std::string::npos);
  EXPECT_EQ(slide_of(deck, 3).heaps.front().scribbles.size(), 1U);
  const Slide noticed = slide_of(deck, 4);
  EXPECT_TRUE(noticed.alarm);
  EXPECT_NE(noticed.said.find("set aside"), std::string::npos) << noticed.said;
  EXPECT_TRUE(noticed.heaps.front().blocks.front().set_aside);
}

TEST(Lesson, ShowsChecksMarksAndFailures) {
  LessonDeck deck =
      deck_of("p = malloc 10\ncheck\nmark \"phase 2\"\nexpect malloc 1000G fails\n", "t.mh");
  const Slide check = slide_of(deck, 1);
  EXPECT_EQ(check.operation, "mh_check()");
  EXPECT_NE(check.said.find("The heap is sound"), std::string::npos) << check.said;
  EXPECT_EQ(slide_of(deck, 2).mark, "phase 2");
  const Slide failure = slide_of(deck, 3);
  EXPECT_EQ(failure.operation, "malloc(1073741824000)");
  EXPECT_TRUE(failure.alarm);
  EXPECT_NE(failure.said.find("no memory"), std::string::npos) << failure.said;
}

TEST(Lesson, ShowsTheSlotsOfAPool) {
  LessonDeck deck =
      deck_of("pool P size 24 slots 4\na = pool_alloc P\nb = pool_alloc P\nfree a\n", "t.mh");
  const Slide slide = slide_of(deck, 2);
  const auto& slots = block_called(slide, "P")->slots;
  ASSERT_EQ(slots.size(), 4U);
  EXPECT_TRUE(slots[0].used && slots[1].used && !slots[2].used);
  EXPECT_EQ(slots[0].name, "a");
  EXPECT_EQ(slots[1].name, "b");
  EXPECT_FALSE(block_called(slide_of(deck, 3), "P")->slots[0].used);
}

}  // namespace
}  // namespace mh
