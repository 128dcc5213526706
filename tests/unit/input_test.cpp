// What people type: strict reading, and sentences that say what to do.

#include "app/model/input.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>
#include <string>

namespace mh {
namespace {

std::uint64_t size_of(std::string_view text) {
  const auto parsed = parse_size(text);
  EXPECT_TRUE(parsed) << text << ": " << parsed.error;
  return parsed.value.value_or(0);
}

TEST(ParseSize, ReadsWhatPeopleWrite) {
  EXPECT_EQ(size_of("100"), 100U);
  EXPECT_EQ(size_of("0x40"), 64U);
  EXPECT_EQ(size_of("0X40"), 64U);
  EXPECT_EQ(size_of("4K"), 4096U);
  EXPECT_EQ(size_of("4k"), 4096U);
  EXPECT_EQ(size_of("4KiB"), 4096U);
  EXPECT_EQ(size_of(" 4 KiB "), 4096U);
  EXPECT_EQ(size_of("2M"), 2U << 20);
  EXPECT_EQ(size_of("1G"), 1U << 30);
  EXPECT_EQ(size_of("100 B"), 100U);
  EXPECT_EQ(size_of("0x1B"), 27U);  // a digit, not a unit
  EXPECT_EQ(size_of("1099511627775"), (1ULL << 40) - 1);
  EXPECT_EQ(size_of("007"), 7U);
}

TEST(ParseSize, RefusesEverythingElse) {
  for (const char* text : {"",
                           " ",
                           "12abc",
                           "abc",
                           "-1",
                           "- 1",
                           "+1",
                           "1.5K",
                           "1e3",
                           "0x",
                           "K",
                           "4KK",
                           "4 4",
                           "0",
                           "0x0",
                           "0K",
                           "1099511627776",
                           "1024G",
                           "9223372036854775808",
                           "18446744073709551616",
                           "99999999999999999999999999",
                           "0xffffffffffffffffff",
                           "1T",
                           "\xff",
                           "1\n2"}) {
    const auto parsed = parse_size(text);
    EXPECT_FALSE(parsed) << text;
    EXPECT_FALSE(parsed.error.empty()) << text;
  }
}

TEST(ParseSize, SaysWhatToDo) {
  EXPECT_EQ(parse_size("12abc").error,
            "'12abc' is not a size: write a number of bytes such as 100, 4K or 0x40");
  EXPECT_EQ(parse_size("").error,
            "a size is missing: write a number of bytes such as 100, 4K or 0x40");
  EXPECT_EQ(parse_size("-1").error, "'-1' is negative: a size is a number of bytes above 0");
  EXPECT_EQ(parse_size("0").error, "a size of 0 asks for nothing: write at least 1 byte");
  EXPECT_EQ(parse_size("9223372036854775808").error,
            "'9223372036854775808' is too large: the largest size is 1 TiB less one byte");
  EXPECT_TRUE(parse_size("0", Zero::allowed));
}

RC_GTEST_PROP(ParseSizeProperty, ReadsBackWhatWasWritten, ()) {
  const auto size = *rc::gen::inRange<std::uint64_t>(1, std::uint64_t{1} << 40);
  RC_ASSERT(*parse_size(std::to_string(size)) == size);
}

RC_GTEST_PROP(ParseSizeProperty, AValueOrASentenceNeverBoth, (const std::string& text)) {
  const auto parsed = parse_size(text);
  RC_ASSERT(parsed.value.has_value() == parsed.error.empty());
  if (parsed) RC_ASSERT(*parsed > 0U && *parsed <= max_input_size);
}

TEST(ParseCount, KeepsToItsRange) {
  EXPECT_EQ(*parse_count("64", "threads", 1, 64), 64U);
  EXPECT_EQ(*parse_count("10K", "live blocks", 1, 100'000), 10'000U);
  EXPECT_EQ(parse_count("1000", "threads", 1, 64).error, "at most 64 threads");
  EXPECT_EQ(parse_count("99999999999999999999", "threads", 1, 64).error, "at most 64 threads");
  EXPECT_EQ(parse_count("0", "threads", 1, 64).error, "at least 1 threads");
  EXPECT_EQ(parse_count("four", "threads", 1, 64).error,
            "'four' is not a number of threads: write one from 1 to 64");
  EXPECT_FALSE(parse_count("-1", "threads", 1, 64));
}

TEST(ParseRate, KnowsUnlimited) {
  EXPECT_TRUE(std::isinf(*parse_rate("unlimited")));
  EXPECT_TRUE(std::isinf(*parse_rate("UNLIMITED")));
  EXPECT_EQ(*parse_rate("250k"), 250'000.0);
  EXPECT_EQ(*parse_rate("250 k/s"), 250'000.0);
  EXPECT_EQ(*parse_rate("1.5M"), 1.5e6);
  EXPECT_EQ(*parse_rate("0.5"), 0.5);
  for (const char* text :
       {"", "0", "-1", "nan", "inf", "1e400", "1e3", "fast", "1x", "9999999M", "0.0000001"}) {
    EXPECT_FALSE(parse_rate(text)) << text;
  }
}

TEST(ParseDuration, NeedsAUnit) {
  EXPECT_EQ(*parse_duration("500ms"), 500'000'000U);
  EXPECT_EQ(*parse_duration("2s"), 2'000'000'000U);
  EXPECT_EQ(*parse_duration("1.5 s"), 1'500'000'000U);
  EXPECT_EQ(*parse_duration("1min"), 60'000'000'000U);
  EXPECT_EQ(*parse_duration("0s"), 0U);
  for (const char* text : {"", "2", "s", "-1s", "2h", "1e9s", "2 days", "999999999999999999999s"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(ParseFactor, KeepsToItsRange) {
  EXPECT_EQ(*parse_factor("1.5", "scale", 0.5, 4), 1.5);
  EXPECT_EQ(parse_factor("9", "scale", 0.5, 4).error,
            "'9' is not a scale: write a number from 0.5 to 4");
  EXPECT_FALSE(parse_factor("1.5x", "scale", 0.5, 4));
  EXPECT_FALSE(parse_factor("nan", "scale", 0.5, 4));
}

TEST(ParsePixelSize, WantsTwoNumbers) {
  EXPECT_EQ(*parse_pixel_size("1280x800"), (PixelSize{1280, 800}));
  EXPECT_EQ(*parse_pixel_size("64X64"), (PixelSize{64, 64}));
  for (const char* text : {"", "1280", "1280x", "x800", "1280x800x", "0x800", "-1280x800", "63x64",
                           "99999x800", "1280 x 800", "99999999999999x800"}) {
    EXPECT_FALSE(parse_pixel_size(text)) << text;
  }
}

TEST(InQuotes, IsSafeInAMessage) {
  EXPECT_EQ(in_quotes("a\nb\x1b"), "'a?b?'");
  EXPECT_EQ(in_quotes(std::string(100, 'x')), "'" + std::string(40, 'x') + "...'");
}

}  // namespace
}  // namespace mh
