// The scenario language: what each line means, and what is said about a wrong one.

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <string>
#include <vector>

#include "app/sources/random.hpp"
#include "app/sources/scenario.hpp"

namespace mh {
namespace {

namespace st = statement;

template <typename Kind>
Kind only(std::string_view text) {
  const Scenario scenario = parse_scenario(text, "test");
  EXPECT_EQ(scenario.statements.size(), 1U) << text;
  const Kind* kind =
      scenario.statements.empty() ? nullptr : std::get_if<Kind>(&scenario.statements[0].kind);
  EXPECT_NE(kind, nullptr) << text;
  return kind != nullptr ? *kind : Kind{};
}

std::string error_of(std::string_view text) {
  try {
    parse_scenario(text, "a.mh");
  } catch (const ScenarioError& error) {
    return error.what();
  }
  return "no error";
}

#define EXPECT_SAYS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

TEST(Scenario, AnEmptyScriptIsFine) {
  EXPECT_TRUE(parse_scenario("", "test").statements.empty());
  EXPECT_TRUE(parse_scenario("\n\n  # nothing\n\t\r\n", "test").statements.empty());
}

TEST(Scenario, AllocatesAndFrees) {
  const auto p = only<st::Malloc>("p = malloc 4K  # a page");
  EXPECT_EQ(p.name, "p");
  EXPECT_EQ(p.size, 4096U);
  const auto q = only<st::Calloc>("q = calloc 4 0x10");
  EXPECT_EQ(q.count, 4U);
  EXPECT_EQ(q.size, 16U);
  const auto r = only<st::Realloc>("r = realloc p 200");
  EXPECT_EQ(r.result, "r");
  EXPECT_EQ(r.name, "p");
  EXPECT_EQ(r.size, 200U);
  EXPECT_EQ(only<st::Realloc>("realloc p 200").result, "");
  const auto a = only<st::AlignedAlloc>("a = aligned_alloc 4K 100");
  EXPECT_EQ(a.alignment, 4096U);
  EXPECT_EQ(a.size, 100U);
  EXPECT_SAYS(error_of("a = aligned_alloc 48 100"), "expected a power of two up to 1G");
  EXPECT_EQ(only<st::Free>("free list_2").name, "list_2");
}

TEST(Scenario, AsksForNothing) {
  EXPECT_EQ(only<st::Malloc>("p = malloc 0").size, 0U);
  EXPECT_EQ(only<st::Calloc>("p = calloc 0 4").count, 0U);
  EXPECT_EQ(only<st::Calloc>("p = calloc 4 0").size, 0U);
  EXPECT_EQ(only<st::Realloc>("realloc p 0").size, 0U);
  EXPECT_EQ(only<st::Free>("free NULL").name, null_name);
  EXPECT_EQ(only<st::Realloc>("p = realloc NULL 8").name, null_name);
  EXPECT_EQ(only<st::ExpectNull>("expect p NULL").name, "p");
  EXPECT_SAYS(error_of("realloc NULL 8"), "'p = realloc NULL 100'");
  EXPECT_SAYS(error_of("NULL = malloc 8"), "not a word of the language");
}

TEST(Scenario, ExpectsOfBlocks) {
  const auto size = only<st::ExpectPart>("expect p size == 144");
  EXPECT_EQ(size.name, "p");
  EXPECT_EQ(size.part, st::BlockPart::size);
  EXPECT_EQ(size.number, 144U);
  EXPECT_EQ(only<st::ExpectPart>("expect p padding < 16").comparison, st::Comparison::less);
  EXPECT_EQ(only<st::ExpectAligned>("expect p aligned 64").alignment, 64U);
  EXPECT_TRUE(only<st::ExpectPlace>("expect q at p").same);
  EXPECT_FALSE(only<st::ExpectPlace>("expect q not-at p").same);
  EXPECT_EQ(only<st::ExpectFigure>("expect holes == 3").figure, st::Figure::holes);
  EXPECT_EQ(only<st::ExpectFigure>("expect moves == 3").figure, st::Figure::moves);
  EXPECT_SAYS(error_of("expect p size"), "expected ==, !=");
  EXPECT_SAYS(error_of("expect p size == much"), "expected a number, found 'much'");
  EXPECT_SAYS(error_of("expect p aligned"), "expected a size, found the end of the line");
  EXPECT_SAYS(error_of("expect p at"), "expected the name of a block");
  EXPECT_SAYS(error_of("expect"), "expected a figure (used, free, blocks");
}

TEST(Scenario, ExpectsCallsThatFail) {
  EXPECT_EQ(only<st::ExpectFailure>("expect malloc 100G fails").size, 100ULL << 30);
  const auto calloc = only<st::ExpectFailure>("expect calloc 0x1000000000000001 16 fails");
  EXPECT_EQ(calloc.count, 0x1000000000000001U);
  EXPECT_EQ(calloc.size, 16U);
  const auto realloc = only<st::ExpectFailure>("expect realloc p 100G fails");
  EXPECT_EQ(realloc.call, st::ExpectFailure::Call::realloc);
  EXPECT_EQ(realloc.name, "p");
  EXPECT_SAYS(error_of("expect malloc 100"), "expected fails, found the end of the line");
  EXPECT_SAYS(error_of("expect malloc"), "expected a size");
}

TEST(Scenario, SaysWhoCallsAndWhatGoesTogether) {
  EXPECT_EQ(only<st::AsThread>("thread 2").number, 2U);
  EXPECT_EQ(only<st::AsThread>("thread you").number, 0U);
  EXPECT_TRUE(only<st::Together>("together on").on);
  EXPECT_FALSE(only<st::Together>("together off").on);
  EXPECT_SAYS(error_of("thread"), "expected the number of a thread, or 'you'");
  EXPECT_SAYS(error_of("thread 65"), "65");
  EXPECT_SAYS(error_of("together"), "expected on or off, found the end of the line");
}

TEST(Scenario, MakesMistakesOnPurpose) {
  const auto overflow = only<st::MakeMischief>("overflow p");
  EXPECT_EQ(overflow.mischief, Mischief::overflow);
  EXPECT_EQ(overflow.name, "p");
  EXPECT_EQ(overflow.amount, 1U);
  EXPECT_EQ(only<st::MakeMischief>("underflow p 8").amount, 8U);
  EXPECT_EQ(only<st::WriteAfterFree>("write-after-free p 3").bytes, 3U);
  EXPECT_EQ(only<st::MakeMischief>("smash p").mischief, Mischief::smash_header);
  EXPECT_EQ(only<st::MakeMischief>("double-free p").mischief, Mischief::double_free);
  EXPECT_EQ(only<st::MakeMischief>("free p + 8").mischief, Mischief::misaligned_free);
  EXPECT_EQ(only<st::MakeMischief>("free p + 32").mischief, Mischief::interior_free);
  EXPECT_EQ(only<st::MakeMischief>("free p + 32").amount, 32U);
  EXPECT_EQ(only<st::MakeMischief>("free-other-heap").name, "");
  EXPECT_EQ(only<st::MakeMischief>("out-of-memory").mischief, Mischief::out_of_memory);
  only<st::Check>("check");
  EXPECT_EQ(only<st::ExpectError>("expect error write-after-free").error, MH_WRITE_AFTER_FREE);
  EXPECT_EQ(only<st::ExpectError>("expect no error").error, MH_OK);
  EXPECT_EQ(only<st::ExpectSetAside>("expect p set-aside").name, "p");

  EXPECT_SAYS(error_of("overflow"), "expected the name of a block");
  EXPECT_SAYS(error_of("overflow p 0"), "too few bytes to write: at least 1");
  EXPECT_SAYS(error_of("overflow p 5000"), "at most 4096 bytes to write");
  EXPECT_SAYS(error_of("smash p 4"), "expected the end of the line, found '4'");
  EXPECT_SAYS(error_of("free p +"), "expected bytes into the block, found the end of the line");
  EXPECT_SAYS(error_of("free p - 8"), "expected the end of the line");
  EXPECT_SAYS(error_of("expect error flood"), "expected an error (double-free, invalid-pointer");
  EXPECT_SAYS(error_of("expect no luck"), "expected error, found 'luck'");
  EXPECT_SAYS(error_of("expect p gone"), "expected live, free, NULL, set-aside, 'in'");
  EXPECT_SAYS(error_of("free-inside p"), "or a mistake (overflow, underflow");
  EXPECT_SAYS(error_of("smash = malloc 4"), "not a word of the language");
}

TEST(Scenario, MakesPools) {
  const auto pool = only<st::MakePool>("pool P size 24 slots 4");
  EXPECT_EQ(pool.name, "P");
  EXPECT_EQ(pool.object_size, 24U);
  EXPECT_EQ(pool.slots, 4U);
  EXPECT_EQ(only<st::MakePool>("pool nodes size 1K").slots, 0U);
  const auto object = only<st::PoolAlloc>("a = pool_alloc P");
  EXPECT_EQ(object.name, "a");
  EXPECT_EQ(object.pool, "P");
  EXPECT_EQ(only<st::DestroyPool>("destroy P").name, "P");
  EXPECT_SAYS(error_of("pool P 24"), "expected size and how many bytes an object has, found '24'");
  EXPECT_SAYS(error_of("pool P size 24 slots 100K"), "slots of a block");
  EXPECT_SAYS(error_of("a = pool_alloc"), "expected the name of a block");
}

TEST(Scenario, StartsWorkloads) {
  const auto all = only<st::StartWorkload>(
      "workload sawtooth threads 8 live 10K sizes mixed 2K rate unlimited seed 42 operations 50K");
  EXPECT_EQ(all.workload.pattern, Pattern::sawtooth);
  EXPECT_EQ(all.workload.threads, 8U);
  EXPECT_EQ(all.workload.live_blocks, 10'000U);
  EXPECT_EQ(all.workload.sizes, (SizeDistribution{SizeKind::mixed, 2048}));
  EXPECT_TRUE(std::isinf(all.workload.rate));
  EXPECT_EQ(all.workload.seed, 42U);
  EXPECT_EQ(all.workload.operations, 50'000U);
  EXPECT_EQ(only<st::StartWorkload>("workload churn").workload, Workload{});
}

TEST(Scenario, SetsThePolicy) {
  EXPECT_EQ(only<st::SetPolicy>("policy textbook").words, "textbook");
  EXPECT_EQ(only<st::SetPolicy>("policy  best split on 64\torder lifo # c").words,
            "best split on 64 order lifo");
  EXPECT_TRUE(only<st::Explain>("explain on").on);
  EXPECT_FALSE(only<st::Explain>("explain off").on);
  EXPECT_EQ(error_of("policy order"),
            "a.mh:1: expected address, lifo or fifo, found the end of the policy");
}

TEST(Scenario, MovesTimeAndView) {
  EXPECT_EQ(only<st::WaitFor>("wait 500ms").ns, 500'000'000U);
  only<st::WaitDone>("wait done");
  only<st::Stop>("stop");
  only<st::Reset>("reset");
  only<st::Pause>("pause");
  only<st::Resume>("resume");
  only<st::Live>("live");
  EXPECT_EQ(only<st::Step>("step").calls, 1);
  EXPECT_EQ(only<st::Step>("step -12").calls, -12);
  EXPECT_EQ(only<st::Seek>("seek 1200").position, 1200U);
  EXPECT_EQ(only<st::Speed>("speed 0.5").events_per_second, 0.5);
  EXPECT_TRUE(std::isinf(only<st::Speed>("speed max").events_per_second));
  EXPECT_EQ(only<st::Caption>(R"(caption "a # \"b\"\nc"  # d)").text, "a # \"b\"\nc");
  EXPECT_EQ(only<st::Caption>("caption \"\"").text, "");
  EXPECT_EQ(only<st::Select>("select p").name, "p");
  EXPECT_EQ(only<st::ZoomBlock>("zoom p").name, "p");
  only<st::ZoomFit>("zoom fit");
  EXPECT_GT(only<st::ZoomBy>("zoom in").factor, 1);
  EXPECT_LT(only<st::ZoomBy>("zoom out").factor, 1);
  EXPECT_EQ(only<st::Colour>("colour state").colour_by, ColourBy::state);
  EXPECT_EQ(only<st::Colour>("color thread").colour_by, ColourBy::thread);
  EXPECT_EQ(only<st::Colour>("colour age").colour_by, ColourBy::age);
  EXPECT_EQ(only<st::Colour>("colour size").colour_by, ColourBy::size);
  EXPECT_EQ(only<st::SetTheme>("theme light").theme, ThemeKind::light);
  EXPECT_EQ(only<st::Picture>("picture out/a.png").file, "out/a.png");
  EXPECT_EQ(only<st::Picture>("picture \"my heap.png\"").file, "my heap.png");
}

TEST(Scenario, ExpectsThings) {
  const auto figure = only<st::ExpectFigure>("expect used >= 4K");
  EXPECT_EQ(figure.figure, st::Figure::used);
  EXPECT_EQ(figure.comparison, st::Comparison::at_least);
  EXPECT_EQ(figure.number, 4096U);
  EXPECT_EQ(only<st::ExpectFigure>("expect free == 0").figure, st::Figure::free);
  EXPECT_TRUE(only<st::ExpectBlock>("expect p live").live);
  EXPECT_FALSE(only<st::ExpectBlock>("expect p free").live);
  for (const char* sign : {"==", "!=", "<", ">", "<=", ">="}) {
    const auto statement = only<st::ExpectFigure>("expect blocks " + std::string(sign) + " 3");
    EXPECT_STREQ(comparison_sign(statement.comparison), sign);
    EXPECT_STREQ(figure_name(statement.figure), "blocks");
  }
}

TEST(Scenario, KnowsItsLines) {
  const Scenario scenario = parse_scenario("# one\np = malloc 1\r\n\nfree p", "test");
  ASSERT_EQ(scenario.statements.size(), 2U);
  EXPECT_EQ(scenario.statements[0].line, 2U);
  EXPECT_EQ(scenario.statements[1].line, 4U);
}

TEST(ScenarioErrors, NameFileLineAndWhatWasExpected) {
  EXPECT_EQ(
      error_of("\np = malloc 12abc"),
      "a.mh:2: expected a size, found '12abc': '12abc' is not a size: write a number of bytes "
      "such as 100, 4K or 0x40");
  EXPECT_EQ(error_of("p = malloc"), "a.mh:1: expected a size, found the end of the line");
  EXPECT_EQ(error_of("free p q"), "a.mh:1: expected the end of the line, found 'q'");
  EXPECT_EQ(error_of("p = new 5"),
            "a.mh:1: expected malloc, calloc, realloc, aligned_alloc or pool_alloc, found 'new'");
  EXPECT_EQ(error_of("theme pink"), "a.mh:1: expected dark or light, found 'pink'");
  EXPECT_SAYS(error_of("frob"),
              "a.mh:1: expected 'NAME = malloc SIZE', free, realloc, pool, destroy, workload");
  EXPECT_SAYS(error_of("frob"), "picture, check or a mistake (overflow, ");
  EXPECT_SAYS(error_of("frob"), ", found 'frob'");
}

TEST(ScenarioErrors, SayWhatToWriteInPlaceOfC) {
  const auto meant = [](std::string_view line) {
    const std::string error = error_of(line);
    const std::size_t at = error.find("; write: ");
    return at == std::string::npos ? error : error.substr(at + 9);
  };
  EXPECT_EQ(error_of("p=malloc 100"),
            "a.mh:1: expected a statement, found 'p=malloc 100'; write: p = malloc 100");
  EXPECT_EQ(meant("p= malloc 100"), "p = malloc 100");
  EXPECT_EQ(meant("char *p = malloc(100);"), "p = malloc 100");
  EXPECT_EQ(meant("void* q = (void*)my_malloc( 64 ) ; // first"), "q = malloc 64");
  EXPECT_EQ(meant("int *a = (int *) calloc(4, 25);"), "a = calloc 4 25");
  EXPECT_EQ(meant("p = realloc(p, 200);"), "p = realloc p 200");
  EXPECT_EQ(meant("free(p);"), "free p");
  EXPECT_EQ(meant("free(NULL);"), "free NULL");
  EXPECT_EQ(meant("free p;"), "free p");
  EXPECT_EQ(meant("// the first block"), "# the first block");
  EXPECT_EQ(meant("/* the first block */"), "# the first block");
  EXPECT_EQ(meant("free p // gone"), "free p");
  EXPECT_EQ(meant("caption(\"Hello\")"), "caption \"Hello\"");
  EXPECT_EQ(meant("p = malloc(n * sizeof *p);"),
            "a.mh:1: expected 'malloc 100', without brackets, found 'malloc(n'");
  EXPECT_SAYS(error_of("caption \u201cHello\u201d"), "double quotes, which are straight: \"...\"");
}

TEST(ScenarioText, MayComeFromAnyEditor) {
  using namespace std::string_literals;
  EXPECT_EQ(only<st::Free>("\xef\xbb\xbf"
                           "free p")
                .name,
            "p");
  EXPECT_EQ(
      only<st::Title>("\xff\xfet\0i\0t\0l\0e\0 \0\"\0\x06\x58\x3d\xd8\x00\xde\"\0\r\0\n\0"s).text,
      "\u5806\U0001f600");
  EXPECT_EQ(only<st::Free>("\xfe\xff\0f\0r\0e\0e\0 \0p"s).name, "p");
  EXPECT_EQ(only<st::Free>("f\0r\0e\0e\0 \0p\0\n\0"s).name, "p") << "UTF-16 without a mark";
  EXPECT_SAYS(error_of("\xff\xfe#\0\x00\xd8 \0"s),
              "a.mh:1: expected text in UTF-8, found the byte");
  const Scenario mac = parse_scenario("p = malloc 1\rfree p\r\n\rstop", "test");
  ASSERT_EQ(mac.statements.size(), 3U);
  EXPECT_EQ(mac.statements[1].line, 2U);
  EXPECT_EQ(mac.statements[2].line, 4U);
}

TEST(ScenarioText, IsWhatAnSvgFileMayHold) {
  EXPECT_EQ(
      error_of("\ntitle \"Gr\xf6\xdf"
               "e\""),
      "a.mh:2: expected text in UTF-8, found the byte 0xf6 behind 'title \"Gr': save the file "
      "as UTF-8");
  EXPECT_EQ(error_of("title \"a\x01\""),
            "a.mh:1: expected text, found the control character U+0001 behind 'title \"a': take it "
            "out");
  for (const char* bad : {"\x7f", "\xc2\x85", "\xed\xa0\x80", "\xc0\xaf", "\xf4\x90\x80\x80",
                          "\xef\xbf\xbf", "\xe5\xa0"}) {
    EXPECT_SAYS(error_of("slide \"" + std::string(bad) + "\""), "a.mh:1: expected text");
  }
  EXPECT_EQ(
      error_of("slide \"\u5806 \u043c\u0438\u0440 \u03a9 \u20ac \u2212 \u2192 \U0001f600\t\""),
      "no error");
  EXPECT_SAYS(error_of("free\u00a0p"), "found 'free<U+00A0>p'");
}

TEST(ScenarioErrors, ForEveryWrongTurn) {
  for (const char* text : {"= malloc 4",
                           "p =",
                           "p = malloc -1",
                           "p = malloc 9223372036854775808",
                           "9p = malloc 4",
                           "ninechars = malloc 4",
                           "p q = malloc 4",
                           "free = malloc 4",
                           "fit = malloc 4",
                           "q = calloc 4",
                           "realloc",
                           "realloc p",
                           "r = realloc",
                           "free",
                           "free 12",
                           "workload",
                           "workload zigzag",
                           "workload churn threads 1000",
                           "workload churn threads",
                           "workload churn live 0",
                           "workload churn sizes",
                           "workload churn sizes big 4",
                           "workload churn sizes fixed",
                           "workload churn sizes fixed 0",
                           "workload churn rate 0",
                           "workload churn rate fast",
                           "workload churn speed 4",
                           "workload churn operations 0",
                           "policy",
                           "policy odd",
                           "policy align 17",
                           "policy textbook split",
                           "policy growth chunks 9G",
                           "policy = malloc 4",
                           "explain",
                           "explain it",
                           "explain on now",
                           "wait",
                           "wait 5",
                           "wait -5s",
                           "wait until",
                           "wait done now",
                           "stop it",
                           "step 0",
                           "step x",
                           "step 1.5",
                           "step 99999999",
                           "seek",
                           "seek -1",
                           "speed",
                           "speed 0",
                           "caption",
                           "caption text",
                           "caption \"text",
                           "caption \"a\" b",
                           "select",
                           "select 5",
                           "zoom",
                           "zoom 5",
                           "colour",
                           "colour blue",
                           "theme",
                           "expect",
                           "expect used",
                           "expect used = 4",
                           "expect used ==",
                           "expect used == x",
                           "expect p",
                           "expect p dead",
                           "expect 5 live",
                           "picture",
                           "picture \"\"",
                           "picture a b"}) {
    EXPECT_SAYS(error_of(text), "a.mh:1: expected ");
    EXPECT_SAYS(error_of(text), ", found ");
  }
}

TEST(ScenarioErrors, KeepTheirBounds) {
  EXPECT_SAYS(error_of("# fine\n#" + std::string(5000, 'x')),
              "a.mh:2: expected a line of at most 4096");
  EXPECT_SAYS(error_of(std::string((16 << 20) + 1, '\n')), "at most 16 MiB");
  const std::string long_word = "p = malloc " + std::string(4000, '9');
  EXPECT_LT(error_of(long_word).size(), 300U);
}

TEST(ScenarioFile, IsReadOrRefusedInWords) {
  EXPECT_THROW(load_scenario("/no/such/file.mh"), std::runtime_error);
  EXPECT_THROW(load_scenario("/"), std::runtime_error);
  const std::string name = testing::TempDir() + "/scenario_parser_test.mh";
  std::ofstream(name) << "p = malloc 5\nfree p\n";
  const Scenario scenario = load_scenario(name);
  EXPECT_EQ(scenario.statements.size(), 2U);
  EXPECT_EQ(scenario.file, name);
  std::ofstream(name) << std::string((16 << 20) + 5, ' ');
  EXPECT_THROW(load_scenario(name), ScenarioError);
  std::remove(name.c_str());
}

constexpr const char* valid_script =
    "p = malloc 100\na = aligned_alloc 64 8\nz = malloc 0\nexpect z NULL\nfree NULL\nq = calloc 4 "
    "25\nr = realloc p 2K\nrealloc q 10\nfree r\n"
    "workload churn threads 4 live 1200 sizes exponential 96 rate unlimited seed 1 operations 50K\n"
    "policy best split on 64 order lifo\nexplain on\nwait 500ms\nwait "
    "done\nstop\npause\nresume\nstep 3\nstep -1\nlive\nseek 1200\nspeed 250\n"
    "speed max\ncaption \"First fit\"\nselect p\nzoom p\nzoom fit\nzoom in\ncolour thread\n"
    "theme light\npicture heap.png\nexpect blocks == 2\nexpect used >= 4K\nexpect p live\nreset\n";

/// Damages a script a little, as a hurried hand or a broken disk would.
std::string mutated(std::string text, Random& random) {
  for (std::uint64_t edits = 1 + random.below(4); edits > 0 && !text.empty(); --edits) {
    const std::size_t at = random.below(text.size());
    const std::size_t other = random.below(text.size());
    switch (random.below(5)) {
      case 0:
        text[at] = static_cast<char>(random());
        break;
      case 1:
        text.erase(at, random.below(12));
        break;
      case 2:
        text.insert(at, text.substr(other, random.below(20)));
        break;
      case 3:
        text.insert(at, 1, " \n\t\"#=0-\\"[random.below(9)]);
        break;
      default:
        text.resize(at);
        break;
    }
  }
  return text;
}

TEST(ScenarioErrors, DamagedScriptsAreReadOrRefusedInWords) {
  std::size_t refused = 0;
  for (std::uint64_t seed = 1; seed <= 20'000; ++seed) {
    Random random(seed);
    const std::string error = error_of(mutated(valid_script, random));
    if (error == "no error") continue;
    ++refused;
    EXPECT_TRUE(error.starts_with("a.mh:")) << "seed " << seed << ": " << error;
    EXPECT_SAYS(error, ": expected ");
    EXPECT_SAYS(error, ", found ");
  }
  EXPECT_GT(refused, 5000U);
}

}  // namespace
}  // namespace mh
