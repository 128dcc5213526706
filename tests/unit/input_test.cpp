// What people type: strict reading, and sentences that say what to do.

#include "app/model/input.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "app/model/policy_words.hpp"
#include "app/model/switches.hpp"
#include "core/heap/classic/policy.hpp"

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
  EXPECT_EQ(parse_size("1T").error, "'1T' is too large: the largest size is 1 TiB less one byte");
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
  EXPECT_EQ(parse_count("0", "threads", 1, 64).error, "too few threads: at least 1");
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

mh_policy policy_of(std::string_view words, const mh_policy& present = default_policy()) {
  const auto parsed = parse_policy(words, present);
  EXPECT_TRUE(parsed) << words << ": " << parsed.error;
  return parsed.value.value_or(present);
}
std::string policy_error(std::string_view words) {
  return parse_policy(words, default_policy()).error;
}

TEST(ParsePolicy, ChangesThePresentPolicyFromLeftToRight) {
  const mh_policy all = policy_of(
      "best split on 64 coalesce deferred align 32 header compact trim threshold 4K growth chunks "
      "16K guards on poison on order lifo");
  EXPECT_EQ(all.placement, MH_BEST_FIT);
  EXPECT_EQ(all.split, 1);
  EXPECT_EQ(all.split_minimum, 64U);
  EXPECT_EQ(all.coalescing, MH_COALESCE_DEFERRED);
  EXPECT_EQ(all.alignment, 32U);
  EXPECT_EQ(all.header, MH_HEADER_COMPACT);
  EXPECT_EQ(all.trimming, MH_TRIM_THRESHOLD);
  EXPECT_EQ(all.trim_threshold, 4096U);
  EXPECT_EQ(all.growth, MH_GROW_CHUNKS);
  EXPECT_EQ(all.growth_chunk, 16384U);
  EXPECT_EQ(all.guards, 1);
  EXPECT_EQ(all.poison, 1);
  EXPECT_EQ(all.free_order, MH_ORDER_LIFO);
  EXPECT_TRUE(is_valid(all));

  const mh_policy one = policy_of("guards off", all);
  EXPECT_EQ(one.guards, 0);
  EXPECT_EQ(one.alignment, 32U) << "the rest stays";
  EXPECT_EQ(policy_of("growth exact growth chunks", all).growth_chunk, 16384U);
  EXPECT_EQ(policy_of("plain next").placement, MH_NEXT_FIT);
  EXPECT_EQ(preset_of(policy_of("next plain"))->name, std::string("plain"));
}

TEST(ParsePolicy, KnowsThePresets) {
  std::size_t count = 0;
  const mh_preset* const presets = mh_presets(&count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string name = presets[i].name;
    EXPECT_EQ(preset_called(name), &presets[i]);
    EXPECT_EQ(preset_of(policy_of("preset " + name, policy_of("debug align 64"))), &presets[i]);
  }
  EXPECT_EQ(preset_of(policy_of("best")), preset_called("best")) << "from the textbook";
  EXPECT_EQ(preset_of(policy_of("best", policy_of("kr"))), nullptr) << "a placement";
  EXPECT_EQ(preset_called("nobody"), nullptr);
  EXPECT_EQ(preset_of(default_policy())->name, std::string("textbook"));
}

TEST(ParsePolicy, SaysWhatItExpected) {
  EXPECT_EQ(policy_error("order"), "expected address, lifo or fifo, found the end of the policy");
  EXPECT_EQ(policy_error("order random"), "expected address, lifo or fifo, found 'random'");
  EXPECT_EQ(policy_error("align 17"), "expected 16, 32 or 64, found '17'");
  EXPECT_EQ(policy_error("split on 8"), "expected a size from 16 bytes to 1G, found '8'");
  EXPECT_EQ(policy_error("split on 0"), "expected a size from 16 bytes to 1G, found '0'");
  EXPECT_EQ(policy_error("growth chunks 2G"), "expected a size from 1 byte to 1G, found '2G'");
  EXPECT_EQ(policy_error("trim threshold 4Q"),
            "expected a size, found '4Q': '4Q' is not a size: write a number of bytes such as 100, "
            "4K or 0x40");
  EXPECT_EQ(policy_error("preset odd"),
            "expected the name of a preset (plain, textbook, kr, csapp, best, worst, deferred, "
            "debug), found 'odd'");
  for (const char* words : {"", "  ", "frob", "guards maybe", "best frob", "split 64"}) {
    EXPECT_TRUE(policy_error(words).starts_with("expected ")) << words;
  }
}

TEST(PolicyWords, AreTheFewest) {
  EXPECT_EQ(policy_words(default_policy()), "textbook");
  EXPECT_EQ(policy_words(policy_of("preset best")), "textbook best");
  EXPECT_EQ(policy_words(policy_of("kr align 32")), "kr align 32");
  EXPECT_EQ(policy_words(policy_of("plain split on 4K")), "plain split on 4K");
  EXPECT_EQ(policy_words(policy_of("trim threshold 5000 guards on")),
            "textbook trim threshold 5000 guards on");
}

RC_GTEST_PROP(PolicyWords, LeadBackToThePolicy, ()) {
  mh_policy policy = default_policy();
  policy.placement = *rc::gen::element(MH_FIRST_FIT, MH_NEXT_FIT, MH_BEST_FIT, MH_WORST_FIT);
  policy.free_order = *rc::gen::element(MH_ORDER_ADDRESS, MH_ORDER_LIFO, MH_ORDER_FIFO);
  policy.coalescing =
      *rc::gen::element(MH_COALESCE_NEVER, MH_COALESCE_AT_FREE, MH_COALESCE_DEFERRED);
  policy.header = *rc::gen::element(MH_HEADER_PLAIN, MH_HEADER_COMPACT);
  policy.trimming = *rc::gen::element(MH_TRIM_AT_ONCE, MH_TRIM_THRESHOLD, MH_TRIM_NEVER);
  policy.growth = *rc::gen::element(MH_GROW_EXACT, MH_GROW_CHUNKS);
  policy.split = *rc::gen::element(0, 1);
  policy.carving = *rc::gen::element(MH_CARVE_FRONT, MH_CARVE_TAIL);
  policy.guards = *rc::gen::element(0, 1);
  policy.poison = *rc::gen::element(0, 1);
  policy.alignment = *rc::gen::element<std::size_t>(16, 32, 64);
  policy.split_minimum = *rc::gen::inRange<std::size_t>(16, 1 << 20);
  policy.trim_threshold = *rc::gen::inRange<std::size_t>(1, 1 << 20);
  policy.growth_chunk = *rc::gen::inRange<std::size_t>(1, 1 << 20);
  const std::string words = policy_words(policy);
  const mh_policy read = policy_of(words, policy_of("debug"));
  RC_ASSERT(policy_words(read) == words);
  RC_ASSERT(pack_policy(read) == pack_policy(policy));
  if (policy.split != 0) RC_ASSERT(read.split_minimum == policy.split_minimum);
  if (policy.trimming == MH_TRIM_THRESHOLD) RC_ASSERT(read.trim_threshold == policy.trim_threshold);
  if (policy.growth == MH_GROW_CHUNKS) RC_ASSERT(read.growth_chunk == policy.growth_chunk);
}

TEST(Switches, SayWhatTheyDoAndWhatItCosts) {
  const mh_policy textbook = default_policy();
  EXPECT_EQ(sentence_of(Switch::preset, textbook), preset_called("textbook")->sentence);
  EXPECT_EQ(sentence_of(Switch::preset, policy_of("align 64")),
            "In a script: policy textbook align 64");
  EXPECT_EQ(sentence_of(Switch::growth, policy_of("growth chunks 16K")),
            "The break moves up by 16.0 KiB or more at a time; what is too much is free.");
  EXPECT_TRUE(is_layout(Switch::header));
  EXPECT_FALSE(is_layout(Switch::split));

  mh_stats stats{};
  stats.header = 3 * 32 + 2 * 16;
  stats.header_saved = 2 * 16;
  EXPECT_EQ(effect_of(Switch::header, textbook, stats),
            "Headers cost 128 B, compact ones would save 48 B");
  EXPECT_EQ(effect_of(Switch::header, policy_of("header compact"), stats),
            "Headers cost 128 B, compact ones save 32 B");
  EXPECT_EQ(effect_of(Switch::placement, textbook, stats), "No search yet.");
  stats.searches = 4;
  stats.visited = 10;
  EXPECT_EQ(effect_of(Switch::placement, textbook, stats),
            "4 searches, 2.5 free blocks visited in each");
  stats.merges = 1;
  stats.free_blocks = 2;
  stats.largest_free = 96;
  EXPECT_EQ(effect_of(Switch::coalescing, textbook, stats),
            "1 merge so far; 2 free blocks, the largest has 96 B");
}

TEST(InQuotes, IsSafeInAMessage) {
  EXPECT_EQ(in_quotes("a\nb\x1b"), "'a?b?'");
  EXPECT_EQ(in_quotes("\xef\xbb\xbfp\u00a0\u5806\xff"), "'<U+FEFF>p<U+00A0>\u5806?'");
  std::string long_text;
  for (int i = 0; i < 41; ++i) long_text += "\u5806";
  EXPECT_EQ(in_quotes(long_text), "'" + long_text.substr(3) + "...'") << "whole characters";
  EXPECT_EQ(in_quotes(std::string(100, 'x')), "'" + std::string(40, 'x') + "...'");
}

TEST(SizeField, TakesOnlyWhatCanBecomeASize) {
  for (const char* text :
       {"", "1", "100", "0", "0x", "0x4f", "4K", "4 KiB", "4 Ki", "2m", "100 B", "1G"})
    EXPECT_TRUE(may_become_size(text)) << text;
  for (const char* text : {"f", "-1", "1f", "banana", "4KK", "1.5", "0x4g", "K", "4 Kx", "100 BB"})
    EXPECT_FALSE(may_become_size(text)) << text;
}

}  // namespace
}  // namespace mh
