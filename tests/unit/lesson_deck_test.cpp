// A lesson on the screen: its steps, its question, its file; and the engine's source beside it.

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "app/lessons/course.hpp"
#include "app/lessons/event_words.hpp"
#include "app/lessons/lesson_deck.hpp"
#include "app/lessons/lesson_export.hpp"
#include "app/lessons/lesson_timer.hpp"
#include "app/model/policy_words.hpp"
#include "app/model/recorder.hpp"
#include "app/slides/slide_painter.hpp"
#include "app/slides/svg_canvas.hpp"
#include "core/heap/classic/policy.hpp"
#include "tests/unit/model_test_support.hpp"

namespace mh::test {
namespace {

constexpr const char* script = R"(title "Two holes"
policy textbook best
slide "The heap"
a = malloc 100
b = malloc 16
c = malloc 200
d = malloc 16
free a
free c
caption "Two blocks are free."
picture holes
slide "Which one?"
ask "Which block will malloc(90) take?"
explain on
e = malloc 90
explain off
caption "The tightest."
picture end
)";

LessonDeck deck_of(std::string_view text) {
  LessonDeck deck;
  EXPECT_EQ(deck.open(text, "test.mh"), "");
  return deck;
}

std::size_t question_of(LessonDeck& deck) {
  for (std::size_t step = 0; step < deck.steps(); ++step) {
    deck.go_to(step);
    if (deck.asks()) return step;
  }
  ADD_FAILURE() << "no step asks";
  return 0;
}

std::uint64_t block_called(const Slide& slide, std::string_view name) {
  for (const SlideBlock& block : slide.heaps.front().blocks) {
    if (block.name == name) return block.address;
  }
  ADD_FAILURE() << "no block is called " << name;
  return 0;
}

TEST(LessonDeck, GoesForwardAndBackThroughItsSteps) {
  LessonDeck deck = deck_of(script);
  EXPECT_EQ(deck.title(), "Two holes");
  EXPECT_EQ(deck.step(), 0U);
  EXPECT_FALSE(deck.back());
  std::vector<std::string> forwards;
  do forwards.push_back(slide_as_svg(deck.slide(), {}));
  while (deck.next() || deck.step() + 1 < deck.steps());
  std::vector<std::string> backwards{slide_as_svg(deck.slide(), {})};
  while (deck.back()) backwards.insert(backwards.begin(), slide_as_svg(deck.slide(), {}));
  EXPECT_EQ(backwards.size(), deck.steps());
  EXPECT_EQ(forwards.front(), backwards.front());
  EXPECT_EQ(forwards.back(), backwards.back());
}

TEST(LessonDeck, DetailsCanBeLeftOut) {
  LessonDeck deck = deck_of(script);
  ASSERT_TRUE(deck.has_details());
  const std::size_t all = deck.steps();
  deck.go_to(all - 1);
  const std::string last = slide_as_svg(deck.slide(), {});
  deck.show_details(false);
  EXPECT_LT(deck.steps(), all);
  EXPECT_EQ(deck.step() + 1, deck.steps()) << "the step that is shown stays";
  Slide slide = deck.slide();
  EXPECT_EQ(slide.visits.size(), 2U) << "what the search saw is told at its end too";
  deck.show_details(true);
  EXPECT_EQ(deck.steps(), all);
  EXPECT_EQ(slide_as_svg(deck.slide(), {}), last);
}

TEST(LessonDeck, StepsHaveTheNamesThatTheScriptGives) {
  LessonDeck deck = deck_of(script);
  EXPECT_EQ(deck.pictures(), (std::vector<std::string>{"holes", "end"}));
  ASSERT_TRUE(deck.step_called("holes"));
  deck.go_to(*deck.step_called("holes"));
  EXPECT_EQ(deck.slide().caption, "Two blocks are free.");
  EXPECT_FALSE(deck.step_called("moon"));
}

TEST(LessonDeck, AQuestionIsAnsweredBeforeTheLessonGoesOn) {
  LessonDeck deck = deck_of(script);
  const std::size_t question = question_of(deck);
  EXPECT_TRUE(deck.next());
  EXPECT_EQ(deck.step(), question) << "the answer is shown first";
  EXPECT_FALSE(deck.asks());
  const Slide slide = deck.slide();
  const auto& blocks = slide.heaps.front().blocks;
  const auto marked =
      std::find_if(blocks.begin(), blocks.end(), [](const SlideBlock& b) { return b.pointed_at; });
  ASSERT_NE(marked, blocks.end());
  EXPECT_EQ(marked->address, block_called(slide, "a"));
  EXPECT_TRUE(deck.next());
  EXPECT_EQ(deck.step(), question + 1);
}

TEST(LessonDeck, AnAnswerIsRightOrWrong) {
  LessonDeck deck = deck_of(script);
  const std::size_t question = question_of(deck);
  deck.answer(block_called(deck.slide(), "a"));
  EXPECT_EQ(deck.slide().judgement.value_or("").substr(0, 5), "Right");
  deck.go_to(question);
  EXPECT_TRUE(deck.asks()) << "it is asked anew";
  deck.answer(block_called(deck.slide(), "c"));
  EXPECT_EQ(deck.slide().judgement.value_or("").substr(0, 12), "Not this one");
  EXPECT_TRUE(deck.asks()) << "there is a second try";
  const Slide asked = deck.slide();
  for (const SlideBlock& block : asked.heaps.front().blocks) EXPECT_FALSE(block.pointed_at);
  deck.answer(block_called(deck.slide(), "a"));
  EXPECT_EQ(deck.slide().judgement.value_or("").substr(0, 5), "Right");
  deck.go_to(question);
  deck.answer(block_called(deck.slide(), "c"));
  deck.answer(block_called(deck.slide(), "b"));
  EXPECT_EQ(deck.slide().judgement.value_or("").substr(0, 3), "No:");
  EXPECT_FALSE(deck.asks());
}

TEST(LessonDeck, ABlockThatIsNotThereYetCanBeAsked) {
  LessonDeck deck = deck_of("a = malloc 16\nask \"Where?\"\nb = malloc 100\n");
  question_of(deck);
  deck.reveal();
  EXPECT_EQ(deck.slide().judgement, "Memory that is not yet ours. Where?");
}

TEST(LessonDeck, AQuestionNeedsAnAnswerAndAPictureANameOfItsOwn) {
  LessonDeck deck;
  EXPECT_EQ(deck.open("a = malloc 16\nask \"Where?\"\nfree a\n", "q.mh").substr(0, 22),
            "q.mh:2: expected a cal");
  EXPECT_EQ(deck.open("ask \"Where?\"\nask \"Who?\"\nb = malloc 1\n", "q.mh").substr(0, 7),
            "q.mh:1:");
  EXPECT_EQ(deck.open("a = malloc 16\npicture x\nfree a\npicture x\n", "p.mh"),
            "p.mh:4: expected a new name, found 'x', which another picture has, at step 2");
}

TEST(LessonDeck, AWorkloadEndsTheSameEveryTime) {
  for (const char* pattern : {"churn", "producer_consumer"}) {
    const std::string text = std::string("policy textbook\nworkload ") + pattern +
                             " threads 4 live 20 rate unlimited operations 400\nwait done\n";
    LessonDeck one = deck_of(text);
    LessonDeck two = deck_of(text);
    EXPECT_EQ(slide_as_svg(one.slide(), {}), slide_as_svg(two.slide(), {})) << pattern;
  }
}

TEST(LessonDeck, ComparesPoliciesOnTheSameOperations) {
  LessonDeck deck = deck_of(script);
  deck.go_to(deck.steps() - 1);
  mh_policy worst = plainest_policy;
  worst.placement = MH_WORST_FIT;
  ASSERT_EQ(deck.compare({{"First", plainest_policy}, {"Worst", worst}}), "");
  EXPECT_TRUE(deck.comparing());
  const Slide slide = deck.slide();
  ASSERT_EQ(slide.heaps.size(), 2U);
  EXPECT_EQ(slide.heaps[1].title, "Worst");
  ASSERT_FALSE(slide.table.empty());
  for (const SlideRow& row : slide.table) EXPECT_EQ(row.cells.size(), 2U);
  // e lies in a under first fit, in c under worst fit.
  const auto place = [&](std::size_t heap) {
    for (const SlideBlock& block : slide.heaps[heap].blocks) {
      if (block.name == "e") return block.address - slide.heaps[heap].start;
    }
    return ~std::uint64_t{0};
  };
  EXPECT_LT(place(0), place(1));
  ASSERT_EQ(deck.compare({}), "");
  EXPECT_FALSE(deck.comparing());
}

TEST(LessonDeck, ComesBackFromAComparisonToTheStepItLeft) {
  LessonDeck deck = deck_of(script);
  for (const bool details : {true, false}) {
    deck.show_details(details);
    for (std::size_t step = 0; step < deck.steps(); ++step) {
      deck.go_to(step);
      ASSERT_EQ(deck.compare({{"Plainest", plainest_policy}, {"Again", plainest_policy}}), "");
      ASSERT_EQ(deck.compare({}), "");
      EXPECT_EQ(deck.step(), step);
    }
  }
}

TEST(LessonDeck, ComparesWhatItsScriptSaysElseWhatDiffers) {
  const auto titles = [](LessonDeck deck) {
    std::string all;
    for (const ComparedPolicy& policy : deck.worth_comparing()) all += policy.title + ";";
    return all;
  };
  EXPECT_EQ(titles(deck_of("compare never, textbook, order lifo\na = malloc 16\n")),
            "Never merged;Textbook;order lifo;");
  EXPECT_EQ(titles(deck_of(script)), "Textbook;Best fit;Worst fit;");
  EXPECT_EQ(titles(deck_of("a = malloc 16\n")).substr(0, 9), "Textbook;");
  LessonDeck deck;
  EXPECT_NE(deck.open("compare textbook\na = malloc 16\n", "c.mh").find("two to four policies"),
            std::string::npos);
  EXPECT_NE(deck.open("compare textbook, moon\na = malloc 16\n", "c.mh").find("'moon'"),
            std::string::npos);
}

TEST(LessonDeck, TheHeapKeepsItsPlaceFromStepToStep) {
  LessonDeck deck = deck_of(script);
  SlideOptions options;
  options.room = deck.room(options, 0);
  ASSERT_TRUE(options.room.has_value());
  std::set<double> tops;
  for (std::size_t step = 0; step < deck.steps(); ++step) {
    deck.go_to(step);
    SvgCanvas canvas(slide_width, slide_height);
    const Slide slide = deck.slide();
    const SlideRoom own = room_on(slide, {});
    EXPECT_LE(own.top, options.room->top);
    EXPECT_GE(own.bottom, options.room->bottom);
    for (const SlideHit& hit : paint_slide(canvas, slide, options).blocks) {
      tops.insert(hit.rect.y);
    }
  }
  EXPECT_EQ(tops.size(), 1U);
}

TEST(LessonDeck, AComparisonSaysNothingOfTheLessonsOwnPolicy) {
  LessonDeck deck = deck_of(script);
  ASSERT_EQ(deck.compare({{"Plainest", plainest_policy}, {"Again", plainest_policy}}), "");
  ASSERT_EQ(deck.steps(), 7U) << "the seven calls, without the question";
  for (std::size_t step = 0; step < deck.steps(); ++step) {
    deck.go_to(step);
    const Slide slide = deck.slide();
    EXPECT_FALSE(deck.asks());
    EXPECT_EQ(slide.title, "Two holes");
    EXPECT_EQ(slide.caption, "");
    EXPECT_FALSE(slide.operation.empty());
  }
  const Slide last = deck.slide();
  ASSERT_FALSE(last.table.empty());
  EXPECT_EQ(last.table.front().label, "this step");
  EXPECT_EQ(last.table.front().cells, (std::vector<std::string>{"1 visit", "1 visit"}));
  deck.go_to(0);
  EXPECT_EQ(deck.slide().table.front().cells.front(), "break +144");
}

TEST(LessonDeck, AnObjectOfAPoolCanBePointedAt) {
  LessonDeck deck = deck_of(R"(title "Pool"
pool P size 24 slots 4
a = pool_alloc P
b = pool_alloc P
point b "here"
point P "all of it"
)");
  deck.go_to(deck.steps());
  const Slide slide = deck.slide();
  ASSERT_EQ(slide.heaps.front().blocks.size(), 1U);
  const SlideBlock& pool = slide.heaps.front().blocks.front();
  EXPECT_EQ(pool.remark, "all of it");
  ASSERT_EQ(pool.slots.size(), 4U);
  EXPECT_FALSE(pool.slots[0].pointed_at);
  EXPECT_TRUE(pool.slots[1].pointed_at);
  EXPECT_EQ(pool.slots[1].remark, "here");
}

TEST(LessonDeck, OneBlockHasAName) {
  LessonDeck deck = deck_of(R"(title "Names"
policy plain
a = malloc 100
b = malloc 300
c = malloc 16
free b
free a
b = malloc 20
free b
)");
  deck.go_to(deck.steps());
  const Slide slide = deck.slide();
  EXPECT_EQ(std::count_if(slide.heaps.front().blocks.begin(), slide.heaps.front().blocks.end(),
                          [](const SlideBlock& block) { return block.name == "b"; }),
            1);
}

TEST(LessonDeck, WhatBelongsTogetherHasAnEnd) {
  LessonDeck deck;
  EXPECT_EQ(deck.open("title \"x\"\ntogether on\np = malloc 3\n", "x.mh"),
            "x.mh:2: expected 'together off' further down, found the end of the script");
}

TEST(LessonDeck, BesideCodeStandsWhatTheOperationDid) {
  LessonDeck deck = deck_of(R"(title "Free"
policy textbook
a = malloc 100
b = malloc 16
explain on
free a
explain off
)");
  deck.go_to(deck.steps());
  const Slide slide = deck.slide();
  EXPECT_FALSE(slide.code.lines.empty());
  EXPECT_EQ(slide.doings,
            (std::vector<std::string>{"the header of a says: free", "a enters the free list"}));
  deck.look.code = false;
  EXPECT_TRUE(deck.slide().doings.empty());
}

TEST(LessonTimer, MakesTheCallsOfTheLessonAgain) {
  LessonDeck deck = deck_of(R"(title "Every kind of call"
policy textbook
a = malloc 100
b = calloc 4 30
c = malloc 16
thread 2
b = realloc b 2000
thread you
c = realloc c 8
free a
pool P size 24 slots 8
d = pool_alloc P
double-free c
workload churn threads 2 live 20 sizes fixed 48 rate unlimited seed 1 operations 500
wait done
)");
  mh_policy worst = plainest_policy;
  worst.placement = MH_WORST_FIT;
  ASSERT_EQ(deck.compare({{"Plainest", plainest_policy}, {"Worst", worst}}), "");
  const Slide slide = deck.slide();
  const std::vector<LessonCalls> all = deck.compared_calls();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[1].policy.placement, MH_WORST_FIT);
  for (const LessonCalls& calls : all) {
    LessonReplay replay(calls);
    replay.run();
    const mh_stats once = replay.stats();
    EXPECT_GT(once.mallocs, 200U);
    EXPECT_GT(once.frees, 200U);
    EXPECT_GT(replay.run(), 0U);
    EXPECT_EQ(replay.stats().heap, once.heap) << "each run begins with an empty heap";
    EXPECT_EQ(replay.stats().errors, 0U) << "mistakes are not made again";
  }
}

TEST(LessonTimer, LeavesTheHeapAsTheLessonLeftIt) {
  for (const char* name : {"realloc", "coalescing", "fragmentation"}) {
    const auto lesson = course_lesson(name);
    ASSERT_TRUE(lesson);
    const Scenario scenario = parse_scenario(lesson->text, std::string(lesson->file));
    const LessonTrace trace = run_lesson(scenario, plainest_policy);
    const LessonCalls calls = calls_of(trace);
    LessonReplay replay(calls);
    replay.run();
    EXPECT_EQ(replay.stats().heap, trace.stats.heap) << name;
    EXPECT_EQ(replay.stats().used_blocks, trace.stats.used_blocks) << name;
    EXPECT_EQ(replay.stats().requested, trace.stats.requested) << name;
  }
}

TEST(LessonTimer, TimesEachOnAThreadOfItsOwn) {
  LessonDeck deck = deck_of(script);
  ASSERT_EQ(deck.compare({{"First", plainest_policy}, {"Again", plainest_policy}}), "");
  LessonTimer timer;
  EXPECT_FALSE(timer.take());
  timer.start(deck.compared_calls());
  timer.forget();
  EXPECT_FALSE(timer.running());
  timer.start(deck.compared_calls());
  std::optional<std::vector<std::uint64_t>> times;
  while (!times) times = timer.take();
  ASSERT_EQ(times->size(), 2U);
  for (const std::uint64_t ns : *times) EXPECT_GT(ns, 0U);
}

TEST(LessonDeck, AMistakeLeavesTheLessonThatWasThere) {
  LessonDeck deck = deck_of(script);
  EXPECT_NE(deck.open("a = malloc", "bad.mh").find("bad.mh:1"), std::string::npos);
  EXPECT_EQ(deck.title(), "Two holes");
  EXPECT_NE(deck.open("a = malloc 10\nexpect a free\n", "bad.mh").find("bad.mh:2: expected a free"),
            std::string::npos);
  EXPECT_EQ(deck.slide().title, "The heap");
}

TEST(LessonDeck, ReadsItsFileAgainWhenItWasWritten) {
  const std::filesystem::path file =
      std::filesystem::temp_directory_path() / ("lesson-" + std::to_string(getpid()) + ".mh");
  const auto write = [&](const std::string& text, int seconds) {
    std::ofstream(file) << text;
    const auto now = std::filesystem::file_time_type::clock::now();
    std::filesystem::last_write_time(file, now + std::chrono::seconds(seconds));
  };
  write(script, 0);
  LessonDeck deck;
  ASSERT_EQ(deck.open_file(file), "");
  deck.go_to(3);
  EXPECT_FALSE(deck.reload_if_changed());
  write(std::string(script) + "free e\n", 1);
  EXPECT_TRUE(deck.reload_if_changed());
  EXPECT_EQ(deck.step(), 3U);
  EXPECT_EQ(deck.error(), "");
  write("nonsense\n", 2);
  EXPECT_TRUE(deck.reload_if_changed());
  EXPECT_NE(deck.error(), "");
  EXPECT_EQ(deck.title(), "Two holes");
  std::filesystem::remove(file);
}

// ---- slides as files

TEST(SvgCanvas, EscapesWhatXmlReserves) {
  SvgCanvas canvas(100, 50);
  canvas.text({1, 2}, {Face::mono, 12, {}, Anchor::middle}, "a < b && \"c\" > d");
  const std::string file = canvas.file("<title>", "a & b");
  EXPECT_NE(file.find("a &lt; b &amp;&amp; &quot;c&quot; &gt; d</text>"), std::string::npos);
  EXPECT_NE(file.find("<title>&lt;title&gt;</title>"), std::string::npos);
  EXPECT_NE(file.find("<desc>a &amp; b</desc>"), std::string::npos);
}

TEST(SvgCanvas, OnePatternServesAllThatLookAlike) {
  SvgCanvas canvas(100, 50);
  for (int i = 0; i < 5; ++i) {
    canvas.hatch({i * 10.0, 0, 5, 5}, Colour::rgb(0xffffff), Colour::rgb(0x112233), 8, 3);
  }
  canvas.hatch({0, 20, 5, 5}, Colour::rgb(0xffffff), Colour::rgb(0x112233), 9, 3);
  const std::string file = canvas.file("", "");
  std::size_t patterns = 0;
  for (std::size_t at = 0; (at = file.find("<pattern", at)) != std::string::npos; ++at) ++patterns;
  EXPECT_EQ(patterns, 2U);
}

TEST(SvgCanvas, NumbersAreShortAndTheSameEverywhere) {
  SvgCanvas canvas(100, 50);
  canvas.line({-1.005, 0.1}, {12.3456, 7}, Colour::rgb(0), 2);
  const std::string file = canvas.file("", "");
  EXPECT_NE(file.find("M-1 0.1 L12.35 7"), std::string::npos) << file;
}

TEST(SlideAsSvg, AThousandBlocksTakeAtMost500KB) {
  std::ostringstream text;
  text << "title \"Many\"\npolicy textbook\n";
  for (int i = 0; i < 1000; ++i) text << 'b' << i << " = malloc " << 1 + i * 7 % 90 << '\n';
  for (int i = 0; i < 999; i += 3) text << "free b" << i << '\n';
  LessonDeck deck = deck_of(text.str());
  deck.go_to(deck.steps());
  const Slide slide = deck.slide();
  EXPECT_GE(slide.heaps.front().blocks.size(), 1000U);
  const std::string svg = slide_as_svg(slide, {});
  EXPECT_LE(svg.size(), 500'000U);
  EXPECT_EQ(svg, slide_as_svg(slide, {}));
}

/// The slides of the course that are kept in tests/unit/golden/, byte for byte. After a change that
/// is meant, MICROHEAP_UPDATE_GOLDEN=1 writes them anew; look at them.
struct Golden {
  const char* lesson;
  const char* picture;
};
class GoldenSlide : public testing::TestWithParam<Golden> {};

TEST_P(GoldenSlide, IsTheSameToTheByte) {
  const auto lesson = course_lesson(GetParam().lesson);
  ASSERT_TRUE(lesson);
  LessonDeck deck = deck_of(lesson->text);
  const auto step = deck.step_called(GetParam().picture);
  ASSERT_TRUE(step);
  deck.go_to(*step);
  deck.look.code = false;  // it changes with the engine
  const std::string svg = slide_as_svg(deck.slide(), {});
  const std::string file =
      std::string(MICROHEAP_GOLDEN) + "/" + GetParam().lesson + "-" + GetParam().picture + ".svg";
  if (std::getenv("MICROHEAP_UPDATE_GOLDEN") != nullptr) std::ofstream(file) << svg;
  std::ifstream stream(file, std::ios::binary);
  const std::string golden((std::istreambuf_iterator<char>(stream)), {});
  ASSERT_FALSE(golden.empty()) << file;
  EXPECT_EQ(svg, golden);
}

INSTANTIATE_TEST_SUITE_P(Course, GoldenSlide,
                         testing::Values(Golden{"placement", "best-fit"},
                                         Golden{"coalescing", "case-4"},
                                         Golden{"overflow-and-guards", "guard-free"}),
                         [](const auto& golden) {
                           std::string name = golden.param.lesson;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(Text, IsWrappedAtWords) {
  const auto lines = wrap(Face::regular, 20, 200, "one two three four five six seven");
  ASSERT_GT(lines.size(), 1U);
  std::ostringstream joined;
  for (const std::string& line : lines) {
    EXPECT_LE(text_width(Face::regular, 20, line), 200);
    joined << line << ' ';
  }
  EXPECT_EQ(joined.str(), "one two three four five six seven ");
  EXPECT_EQ(wrap(Face::mono, 20, 50, "as unbreakable as that"),
            (std::vector<std::string>{"as", "unbr", "eaka", "ble", "as", "that"}));
  EXPECT_EQ(wrap(Face::mono, 20, 25, "\u00e9\u00e8\u00ea"),
            (std::vector<std::string>{"\u00e9\u00e8", "\u00ea"}))
      << "whole characters";
  EXPECT_TRUE(wrap(Face::mono, 20, 10, "").empty());
}

TEST(Text, IsAsWideAsItsLetters) {
  EXPECT_DOUBLE_EQ(text_width(Face::mono, 10, "abc"), 18);
  EXPECT_GT(text_width(Face::semibold, 20, "WWW"), text_width(Face::semibold, 20, "iii"));
  EXPECT_DOUBLE_EQ(text_width(Face::mono, 10, "\u2190"), 6) << "one character of three bytes";
}

TEST(EventWords, SayWhatAVerdictMeans) {
  EXPECT_EQ(verdict_words(VisitVerdict::too_small, 96, 144, 32), "too small: needs 144");
  EXPECT_EQ(verdict_words(VisitVerdict::taken, 144, 144, 32), "fits exactly");
  EXPECT_EQ(verdict_words(VisitVerdict::best_so_far, 160, 144, 32), "fits, 16 left over");
  EXPECT_EQ(verdict_words(VisitVerdict::best_so_far, 288, 144, 32),
            "fits, 144 left over (112 behind a header)");
}

/// Where each text of a slide begins that holds these words, and where it ends.
std::vector<std::pair<double, double>> places_of(const std::string& svg, const std::string& words,
                                                 Face face, double size) {
  std::vector<std::pair<double, double>> places;
  for (std::size_t at = 0; (at = svg.find("<text x=\"", at)) != std::string::npos; ++at) {
    const std::size_t begin = svg.find('>', at) + 1;
    const std::string text = svg.substr(begin, svg.find("</text>", at) - begin);
    if (text.find(words) == std::string::npos) continue;
    const double x = std::stod(svg.substr(at + 9));
    places.emplace_back(x, x + text_width(face, size, text));
  }
  return places;
}

TEST(LessonDeck, LabelsTheBreakOfAnEmptyHeapBesideItsAddress) {
  LessonDeck deck = deck_of("p = malloc 100\nfree p\n");
  const mh_policy plain = parse_policy("plain", default_policy()).value.value();
  const mh_policy textbook = parse_policy("textbook", default_policy()).value.value();
  ASSERT_EQ(deck.compare({{"The plainest", plain}, {"Textbook", textbook}}), "");
  deck.go_to(deck.steps() - 1);
  const std::string svg = slide_as_svg(deck.slide(), {});
  const auto labels = places_of(svg, "program break", Face::semibold, 19);
  const auto addresses = places_of(svg, "0x5500", Face::mono, 17);
  ASSERT_EQ(labels.size(), 2U);
  ASSERT_EQ(addresses.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_TRUE(labels[i].first > addresses[i].second || labels[i].second < addresses[i].first)
        << labels[i].first << " to " << labels[i].second << ", " << addresses[i].first << " to "
        << addresses[i].second;
  }
}

TEST(LessonDeck, BreaksLinesBetweenLettersThatNeedNoSpace) {
  std::string words;
  for (int i = 0; i < 30; ++i) words += "\u5806";
  words += "\u3002";
  const auto lines = wrap(Face::regular, 20, 200, "malloc " + words + " ok");
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_TRUE(lines[0].starts_with("malloc \u5806"));
  for (const std::string& line : lines) EXPECT_LE(text_width(Face::regular, 20, line), 200.0);
  for (const std::string& line : lines) EXPECT_FALSE(line.starts_with("\u3002"));
  EXPECT_EQ(wrap(Face::regular, 20, 1000, "two  words "), std::vector<std::string>{"two words"});
}

}  // namespace
}  // namespace mh::test
