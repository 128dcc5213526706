// What lies between two slides: for every step of every lesson of the course, and for the motions
// that it is made of.

#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <string>
#include <vector>

#include "app/lessons/course.hpp"
#include "app/lessons/lesson_deck.hpp"
#include "app/slides/slide_motion.hpp"
#include "app/slides/slide_painter.hpp"
#include "app/slides/svg_canvas.hpp"

namespace mh {

/// In messages of the tests.
void PrintTo(const CourseLesson& lesson, std::ostream* stream) {
  *stream << lesson.file;
}
void PrintTo(const Slide& slide, std::ostream* stream) {
  *stream << slide.step << ' ' << slide.operation;
}

namespace {

constexpr double moments[] = {0.02, 0.1, 0.3, 0.45, 0.5, 0.55, 0.7, 0.9, 0.98};

void expect_share(double value) {
  EXPECT_GE(value, 0);
  EXPECT_LE(value, 1);
}

void expect_whole(const SlideBlock& block) {
  EXPECT_GT(block.size, 0U);
  const std::uint64_t requested = block.used ? block.requested + block.guard : 0;
  EXPECT_LE(block.header + (block.used ? block.front : 0) + requested, block.size);
  EXPECT_LE(block.header + block.tag, block.size);
  for (const double value : {block.motion.header, block.motion.words, block.motion.fill,
                             block.motion.gap, block.motion.scarred}) {
    expect_share(value);
  }
  for (const SlideBlock::Slot& slot : block.slots) {
    EXPECT_GE(slot.address, block.address + block.header);
    EXPECT_LE(slot.address + slot.size, end_of(block));
    expect_share(slot.fill);
  }
  for (const BlockMotion::Scar& scar : block.motion.scars) {
    EXPECT_GT(scar.address, block.address);
    EXPECT_LE(scar.address + scar.header, end_of(block));
  }
}

/// Blocks lie side by side from the start to the break: nothing overlaps, and nothing is missing.
void expect_whole(const SlideHeap& heap) {
  std::uint64_t at = heap.start;
  for (const SlideBlock& block : heap.blocks) {
    EXPECT_EQ(block.address, at);
    expect_whole(block);
    at = end_of(block);
  }
  EXPECT_EQ(at, heap.program_break);
  for (const std::size_t index : heap.free_list) {
    ASSERT_LT(index, heap.blocks.size());
    EXPECT_FALSE(heap.blocks[index].used);
  }
}

/// No two blocks are drawn over each other, and none beside the slide.
void expect_apart(const Slide& slide) {
  SvgCanvas canvas(slide_width, slide_height);
  std::vector<SlideHit> hits = paint_slide(canvas, slide, {}).blocks;
  std::sort(hits.begin(), hits.end(), [](const SlideHit& a, const SlideHit& b) {
    return a.rect.y != b.rect.y ? a.rect.y < b.rect.y : a.rect.x < b.rect.x;
  });
  for (const SlideHit& hit : hits) EXPECT_LE(hit.rect.right(), 1541) << "it has room";
  for (std::size_t i = 1; i < hits.size(); ++i) {
    const SlideRect& a = hits[i - 1].rect;
    const SlideRect& b = hits[i].rect;
    EXPECT_TRUE(b.y > a.y ? b.y >= a.bottom() : b.x >= a.right() - 1e-6);
  }
}

std::vector<Slide> slides_of(LessonDeck& deck) {
  std::vector<Slide> slides;
  for (std::size_t step = 0; step < deck.steps(); ++step) {
    deck.go_to(step);
    slides.push_back(deck.slide());
  }
  return slides;
}

void expect_sound_way(const Slide& was, const Slide& is) {
  ASSERT_EQ(slide_between(was, is, 0), was);
  ASSERT_EQ(slide_between(was, is, 1), is);
  const double seconds = motion_seconds(was, is);
  EXPECT_TRUE(seconds == 0 || (seconds >= 0.2 && seconds <= 0.4)) << seconds;
  for (const double t : moments) {
    SCOPED_TRACE(t);
    const Slide slide = slide_between(was, is, t);
    ASSERT_EQ(slide.heaps.size(), is.heaps.size());
    for (const SlideHeap& heap : slide.heaps) expect_whole(heap);
    if (t == moments[1] || t == moments[4] || t == moments[7]) expect_apart(slide);
    if (testing::Test::HasFailure()) return;
  }
}

class CourseMotionTest : public testing::TestWithParam<CourseLesson> {};

TEST_P(CourseMotionTest, IsSoundAtEachStepBothWays) {
  LessonDeck deck;
  ASSERT_EQ(deck.open(GetParam().text, std::string(GetParam().file)), "");
  for (const bool details : {false, true}) {
    if (details && !deck.has_details()) continue;
    deck.show_details(details);
    const std::vector<Slide> slides = slides_of(deck);
    for (std::size_t i = 1; i < slides.size(); ++i) {
      SCOPED_TRACE(slides[i].step + (details ? ", in detail" : ""));
      expect_sound_way(slides[i - 1], slides[i]);
      if (!details) expect_sound_way(slides[i], slides[i - 1]);
      if (HasFailure()) return;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Lessons, CourseMotionTest, testing::ValuesIn(course()),
                         [](const auto& lesson) {
                           std::string name;
                           for (const char c : lesson.param.name) name += c == '-' ? '_' : c;
                           return name;
                         });

// The last two slides of a script: before and after its last call.
struct Step {
  Slide was, is;

  [[nodiscard]] SlideHeap heap(double t) const { return slide_between(was, is, t).heaps.front(); }
};
Step last_step(const std::string& script) {
  LessonDeck deck;
  EXPECT_EQ(deck.open("title \"Motion\"\npolicy textbook\n" + script, "test.mh"), "");
  deck.show_details(false);
  const std::vector<Slide> slides = slides_of(deck);
  EXPECT_GE(slides.size(), 2U);
  if (slides.size() < 2) return {};
  return {slides[slides.size() - 2], slides.back()};
}
const SlideBlock* called(const SlideHeap& heap, std::string_view name) {
  for (const SlideBlock& block : heap.blocks) {
    if (block.name == name) return &block;
  }
  return nullptr;
}

TEST(SlideMotion, ABlockThatIsAllocatedGrowsWithTheBreak) {
  const Step step = last_step("p = malloc 100\nq = malloc 200\n");
  const SlideHeap early = step.heap(0.2);
  const SlideHeap late = step.heap(0.8);
  ASSERT_NE(called(late, "q"), nullptr);
  EXPECT_LT(early.program_break, late.program_break);
  EXPECT_LT(late.program_break, step.is.heaps.front().program_break);
  EXPECT_GT(called(late, "q")->size, called(late, "q")->header);
  EXPECT_LT(called(late, "q")->requested, 200U);
  EXPECT_EQ(called(late, "q")->motion.told, 200U) << "it says what it will have";
}

TEST(SlideMotion, WhatIsFreedDrains) {
  const Step step = last_step("p = malloc 100\nq = malloc 200\nr = malloc 16\nfree q\n");
  const auto fill = [&](double t) { return step.heap(t).blocks[1].motion.fill; };
  EXPECT_GT(fill(0.1), 0.9);
  EXPECT_GT(fill(0.3), fill(0.6));
  EXPECT_LT(fill(0.95), 0.1);
  EXPECT_FALSE(step.heap(0.3).blocks[1].used);
}

TEST(SlideMotion, ACutAppearsBeforeTheBlockGrows) {
  const Step step = last_step("p = malloc 400\nq = malloc 16\nfree p\nr = malloc 48\n");
  bool gap = false;
  bool partly = false;
  for (double t = 0.05; t < 1; t += 0.05) {
    const SlideHeap heap = step.heap(t);
    for (const SlideBlock& block : heap.blocks) gap |= block.motion.gap > 0.5;
    const SlideBlock* const grown = called(heap, "r");
    if (grown != nullptr && grown->used) partly |= grown->requested > 0 && grown->requested < 48;
  }
  EXPECT_TRUE(gap);
  EXPECT_TRUE(partly);
}

TEST(SlideMotion, BordersMeltWhereBlocksMerge) {
  const Step step = last_step(
      "p = malloc 100\nq = malloc 100\nr = malloc 100\ns = malloc 16\nfree p\nfree r\nfree q\n");
  ASSERT_EQ(step.heap(0.2).blocks.size(), 4U) << "first it drains";
  EXPECT_GT(step.heap(0.2).blocks[1].motion.fill, 0);
  const SlideHeap late = step.heap(0.8);
  ASSERT_EQ(late.blocks.size(), 2U);
  EXPECT_EQ(late.blocks.front().motion.scars.size(), 2U);
  EXPECT_GT(late.blocks.front().motion.scarred, step.heap(0.95).blocks.front().motion.scarred);
}

TEST(SlideMotion, TheBreakGoesBackWithWhatItTakes) {
  const Step step = last_step("p = malloc 100\nq = malloc 200\nfree q\n");
  const SlideHeap late = step.heap(0.8);
  EXPECT_LT(late.program_break, step.was.heaps.front().program_break);
  EXPECT_GT(late.program_break, step.is.heaps.front().program_break);
}

TEST(SlideMotion, ReallocTakesTheBytesToTheirNewPlace) {
  const Step step = last_step("p = malloc 100\nq = malloc 16\nrealloc p 300\n");
  double last = 0;
  unsigned seen = 0;
  for (double t = 0.05; t < 1; t += 0.05) {
    const SlideHeap heap = step.heap(t);
    if (heap.motion.travels.empty()) continue;
    const HeapMotion::Travel& travel = heap.motion.travels.front();
    EXPECT_EQ(travel.bytes, 100U);
    EXPECT_GT(travel.to, travel.from);
    EXPECT_GE(travel.done, last);
    last = travel.done;
    ++seen;
  }
  EXPECT_GE(seen, 4U);
  EXPECT_TRUE(step.is.heaps.front().motion == HeapMotion{}) << "a slide at rest shows none of it";
}

TEST(SlideMotion, ReallocInPlaceMovesTheEnd) {
  const Step step = last_step("p = malloc 100\nrealloc p 300\n");
  const SlideBlock half = step.heap(0.5).blocks.front();
  EXPECT_GT(half.requested, 100U);
  EXPECT_LT(half.requested, 300U);
}

TEST(SlideMotion, ArrowsOfTheFreeListTurn) {
  const Step step = last_step(
      "a = malloc 100\nb = malloc 16\nc = malloc 100\nd = malloc 16\ne = malloc 100\n"
      "f = malloc 16\nfree a\nfree e\nfree c\n");
  const SlideHeap heap = step.heap(0.5);
  const auto turns = [](const HeapMotion::Link& link) {
    return link.was != 0 && link.is != 0 && link.was != link.is;
  };
  EXPECT_TRUE(std::any_of(heap.motion.links.begin(), heap.motion.links.end(), turns));
}

TEST(SlideMotion, ASearchWalksFromBlockToBlock) {
  const Step step = last_step(
      "policy best\na = malloc 100\nb = malloc 16\nc = malloc 80\nd = malloc 16\nfree a\nfree c\n"
      "explain on\ne = malloc 64\n");
  ASSERT_EQ(step.is.visits.size(), 2U);
  EXPECT_EQ(slide_between(step.was, step.is, 0.02).visits_told, 0U);
  std::size_t told = 0;
  bool between_blocks = false;
  for (double t = 0.02; t < 0.5; t += 0.02) {
    const Slide slide = slide_between(step.was, step.is, t);
    EXPECT_TRUE(slide.visits_told >= told);
    if (slide.visits_told <= 2) told = slide.visits_told;
    const auto& walk = slide.heaps.front().motion.walk;
    between_blocks |= walk && walk->from != walk->to && walk->done > 0;
  }
  EXPECT_TRUE(between_blocks);
}

TEST(SlideMotion, BytesWrittenOverFlash) {
  const Step step = last_step("policy guards on\np = malloc 32\nq = malloc 32\noverflow p 4\n");
  EXPECT_GT(step.heap(0.2).motion.flash, step.heap(0.7).motion.flash);
  EXPECT_GT(step.heap(0.7).motion.flash, 0);
  EXPECT_EQ(step.heap(1).motion.flash, 0);
}

TEST(SlideMotion, WhereNothingHappensNothingMoves) {
  const Step step = last_step("p = malloc 100\ncaption \"One.\"\ncaption \"Two.\"\n");
  EXPECT_EQ(motion_seconds(step.was, step.is), 0);
  EXPECT_EQ(motion_seconds(step.is, step.is), 0);
}

}  // namespace
}  // namespace mh
