// The table of commands, and how what people type finds a command.

#include "app/model/palette.hpp"

#include <gtest/gtest.h>

#include <set>

namespace mh {
namespace {

std::vector<PaletteItem> items() {
  const std::vector<PaletteLesson> lessons{{"realloc", "realloc: grow and move"},
                                           {"fragmentation", "Fragmentation"}};
  return palette_items(lessons);
}

std::string first(std::string_view typed) {
  const auto found = palette_matches(items(), typed);
  return found.empty() ? "nothing" : found.front().title;
}

TEST(CommandTable, NamesAndKeysAreOfOneCommandEach) {
  std::set<std::string> names;
  std::set<std::string> chords;
  for (const CommandEntry& entry : commands()) {
    EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
    EXPECT_NE(std::string(entry.sentence), "") << entry.name;
    std::string chord;
    for (const char* c = entry.keys;; ++c) {
      if (*c != '|' && *c != '\0') {
        chord += *c;
        continue;
      }
      EXPECT_TRUE(chord.empty() || chords.insert(chord).second) << chord;
      chord.clear();
      if (*c == '\0') break;
    }
  }
}

TEST(CommandTable, SaysWhyACommandIsNotPossible) {
  const CommandEntry& free = entry_of(Command::free_selected);
  EXPECT_EQ(why_not(free, needs_lab | needs_now | needs_selection), "");
  EXPECT_EQ(why_not(free, needs_lab | needs_now),
            "Nothing is selected. Click a block on the map first.");
  EXPECT_TRUE(why_not(free, needs_lab | needs_selection).starts_with("This is the past"));
  EXPECT_EQ(hint_of(Command::redo, needs_lab),
            "Makes the call again that was undone last  (Ctrl+Y or Ctrl+Shift+Z)\n"
            "There is nothing to redo.");
}

TEST(Palette, FindsWhatPeopleWouldType) {
  EXPECT_EQ(first("best fit"), "Best fit");
  EXPECT_EQ(first("bestfit"), "Best fit");
  EXPECT_EQ(first("fit best"), "Best fit");
  EXPECT_EQ(first("8 threads"), "8 threads");
  EXPECT_EQ(first("threads 7"), "7 threads");
  EXPECT_EQ(first("lesson realloc"), "realloc: grow and move");
  EXPECT_EQ(first("save svg"), "Save the map as SVG");
  EXPECT_EQ(first("undo"), "Undo");
  EXPECT_EQ(first("malloc 200"), "malloc 200");
  EXPECT_EQ(first("rate 50k"), "Rate 50 k/s");
  EXPECT_EQ(first("sawtooth"), "Sawtooth");
  EXPECT_EQ(first("colour age"), "Colour by age");
  EXPECT_EQ(first("color age"), "Colour by age");
  EXPECT_EQ(first("60 seconds"), "Fragmentation in 60 seconds");
  EXPECT_EQ(first("fast"), "Fast bins");
  EXPECT_EQ(first("merge never"), "Never coalesce");
  EXPECT_EQ(first("unlimited"), "Rate unlimited");
}

TEST(Palette, ForgivesASlip) {
  EXPECT_EQ(first("bset fit"), "Best fit");
  EXPECT_EQ(first("fragmnt"), "Fragmentation");
  EXPECT_EQ(first("scrpt"), "Copy the calls as a script");
}

TEST(Palette, TakesNumbersAsNumbers) {
  for (const PaletteItem& item : palette_matches(items(), "8 threads"))
    EXPECT_NE(item.title, "16 threads");
  EXPECT_TRUE(typed_items("99 threads").empty());  // more than there can be
  EXPECT_TRUE(typed_items("threads").empty());
}

TEST(Palette, ShowsEverythingBeforeAnythingIsTypedAndNothingForNonsense) {
  EXPECT_EQ(palette_matches(items(), "").size(), items().size());
  EXPECT_EQ(palette_matches(items(), "  ").size(), items().size());
  EXPECT_TRUE(palette_matches(items(), "xqzzy").empty());
}

}  // namespace
}  // namespace mh
