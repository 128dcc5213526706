// What was called by hand, made again: as a C program that compiles and runs, as a script and a
// lesson that end with the same heap.

#include "app/sources/journal.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "app/lessons/lesson_deck.hpp"
#include "app/model/policy_words.hpp"
#include "support/lab_support.hpp"

namespace mh {
namespace {

using test::LabOnReservedHeap;

/// Where each block lies, from the heap's start, and how large it is.
struct Place {
  std::uint64_t offset, size, requested;
  bool used;
  bool operator==(const Place&) const = default;
};

std::vector<Place> places(const LabOnReservedHeap& on) {
  std::vector<Place> result;
  const std::vector<mh_block> blocks = on.walk();
  for (const mh_block& block : blocks) {
    result.push_back({test::address_of(block) - test::address_of(blocks.front()), block.size,
                      block.used != 0 ? block.requested : 0, block.used != 0});
  }
  return result;
}

std::vector<Place> places(const SlideHeap& heap) {
  std::vector<Place> result;
  for (const SlideBlock& block : heap.blocks) {
    result.push_back({block.address - heap.blocks.front().address, block.size,
                      block.used ? block.requested : 0, block.used});
  }
  return result;
}

mh_policy policy_of(const char* words) {
  return *parse_policy(words, default_policy());
}

/// Everything that a hand can do, and some of it taken back.
void click_around(Lab& lab) {
  lab.set_policy(policy_of("plain"));
  for (const std::uint64_t size : {100, 200, 72, 500}) lab.hand_malloc(size);
  lab.hand_free(*lab.block_called("q"));
  lab.hand_malloc(64);  // q again, in its place
  lab.hand_calloc(3, 16);
  lab.set_policy(policy_of("textbook"));
  lab.hand_realloc(*lab.block_called("p"), 400);
  lab.hand_free(*lab.block_called("r"));
  lab.undo();
  lab.undo();
  lab.redo();
  lab.hand_malloc(std::uint64_t{1} << 39);  // there is not so much
  lab.make_pool(24, 4);
  lab.pool_alloc("P");
  lab.pool_alloc("P");
  lab.free_last_object("P");
  const std::vector<std::uint64_t> two{*lab.block_called("s"), *lab.block_called("q")};
  lab.hand_free_all(two, true);
  lab.hand_malloc(1000, "int");
}

TEST(Journal, ALessonEndsWithTheSameHeap) {
  LabOnReservedHeap on;
  click_around(on.lab);
  EXPECT_EQ(on.lab.journal().left_out(), "");
  const std::string lesson = on.lab.journal().lesson(on.lab.stats());
  LessonDeck deck;
  ASSERT_EQ(deck.open(lesson, "saved.mh"), "") << lesson;
  ASSERT_GT(deck.steps(), 10U);
  deck.go_to(deck.steps() - 1);
  EXPECT_EQ(places(deck.slide().heaps.at(0)), places(on)) << lesson;
  EXPECT_NE(lesson.find("caption \"p = malloc(100): a block of 144 bytes.\""), std::string::npos);
  EXPECT_NE(lesson.find("expect p size == 144"), std::string::npos);
}

TEST(Journal, EachCallOfALessonIsAStepWithACaption) {
  LabOnReservedHeap on;
  on.lab.hand_malloc(100);
  on.lab.hand_malloc(200);
  on.lab.hand_free(*on.lab.block_called("p"));
  LessonDeck deck;
  ASSERT_EQ(deck.open(on.lab.journal().lesson(on.lab.stats()), "saved.mh"), "");
  std::vector<std::string> captions;
  for (std::size_t i = 0; i < deck.steps(); ++i) {
    deck.go_to(i);
    captions.push_back(deck.slide().caption);
  }
  EXPECT_EQ(captions, (std::vector<std::string>{"p = malloc(100): a block of 144 bytes.",
                                                "q = malloc(200): a block of 240 bytes.",
                                                "free(p): its 144 bytes can be used again."}));
}

TEST(Journal, ACProgramCompilesWithoutAWarningAndRuns) {
  LabOnReservedHeap on;
  click_around(on.lab);
  const std::string folder =
      (std::filesystem::temp_directory_path() / ("journal-" + std::to_string(getpid()))).string();
  std::filesystem::create_directories(folder);
  std::ofstream(folder + "/calls.c") << on.lab.journal().program();
  const std::string build = "cc -std=c11 -Wall -Wextra -Werror -O0 -o " + folder + "/calls " +
                            folder + "/calls.c && " + folder + "/calls > " + folder + "/out";
  EXPECT_EQ(std::system(build.c_str()), 0) << on.lab.journal().program();
  std::ifstream out(folder + "/out");
  const std::string printed((std::istreambuf_iterator<char>(out)), {});
  EXPECT_NE(printed.find("p = 0x"), std::string::npos);
  EXPECT_NE(printed.find("my_int = 0x"), std::string::npos);  // no keyword of C
  std::filesystem::remove_all(folder);
}

TEST(Journal, RepeatsAnAlignedCall) {
  LabOnReservedHeap on;
  on.lab.hand_aligned_alloc(64, 100);
  on.lab.undo();
  on.lab.redo();
  EXPECT_NE(on.lab.journal().program().find("p = aligned_alloc(64, 100);"), std::string::npos);
  const std::string script = on.lab.journal().script();
  EXPECT_NE(script.find("p = aligned_alloc 64 100\nfree p\np = aligned_alloc 64 100\n"),
            std::string::npos)
      << script;
}

TEST(Journal, SaysWhatItLeavesOutAndBeginsAnewWithTheHeap) {
  LabOnReservedHeap on;
  EXPECT_FALSE(on.lab.journal().has_calls());
  on.lab.hand_malloc(100);
  EXPECT_TRUE(on.lab.journal().has_calls());
  Workload workload;
  workload.operations = 10;
  on.lab.start(workload);
  on.lab.stop();
  EXPECT_EQ(on.lab.journal().left_out(), "What the workload's threads did is left out.");
  on.lab.reset();
  EXPECT_FALSE(on.lab.journal().has_calls());
  EXPECT_EQ(on.lab.journal().left_out(), "");
}

}  // namespace
}  // namespace mh
