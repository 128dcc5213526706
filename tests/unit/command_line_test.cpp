// The command line: what it understands, and what it says to what it does not.

#include "app/command_line.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <vector>

namespace mh {
namespace {

CommandLine parse(std::initializer_list<const char*> words) {
  std::vector<const char*> all{"microheap"};
  all.insert(all.end(), words);
  return parse_command_line(static_cast<int>(all.size()), all.data());
}

LabOptions lab(std::initializer_list<const char*> words) {
  const CommandLine line = parse(words);
  if (const auto* leave = std::get_if<Leave>(&line)) ADD_FAILURE() << leave->text;
  return std::holds_alternative<LabOptions>(line) ? std::get<LabOptions>(line) : LabOptions{};
}

RenderOptions render(std::initializer_list<const char*> words) {
  const CommandLine line = parse(words);
  if (const auto* leave = std::get_if<Leave>(&line)) ADD_FAILURE() << leave->text;
  return std::holds_alternative<RenderOptions>(line) ? std::get<RenderOptions>(line)
                                                     : RenderOptions{};
}

/// What stands on stderr; the status must be 2.
std::string refusal(std::initializer_list<const char*> words) {
  const CommandLine line = parse(words);
  const auto* leave = std::get_if<Leave>(&line);
  if (leave == nullptr) return "it was accepted";
  EXPECT_EQ(leave->status, 2);
  return leave->text;
}

#define EXPECT_SAYS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

TEST(CommandLine, WithoutWordsIsTheLab) {
  const LabOptions options = lab({});
  EXPECT_FALSE(options.headless);
  EXPECT_FALSE(options.workload.has_value());
  EXPECT_FALSE(options.look.size.has_value());
  EXPECT_EQ(options.picture, "microheap.png");
}

TEST(CommandLine, TakesTheOptionsOfTheLab) {
  const LabOptions options =
      lab({"--script", "a.mh", "--size", "1920x1080", "--theme", "light", "--scale", "1.5",
           "--state", "s.json", "--fullscreen", "--headless", "--seconds", "2.5", "-o", "out.png"});
  EXPECT_EQ(options.script, "a.mh");
  EXPECT_EQ(options.look.size, (PixelSize{1920, 1080}));
  EXPECT_EQ(options.look.theme, ThemeKind::light);
  EXPECT_EQ(options.look.scale, 1.5);
  EXPECT_EQ(options.state_file, "s.json");
  EXPECT_TRUE(options.full_screen);
  EXPECT_TRUE(options.headless);
  EXPECT_EQ(options.seconds, 2.5);
  EXPECT_EQ(options.picture, "out.png");
}

TEST(CommandLine, TakesAFileToOpen) {
  EXPECT_EQ(lab({"mine.mh"}).file, "mine.mh");
  EXPECT_EQ(lab({"/home/me/My lessons/mine"}).file, "/home/me/My lessons/mine");
  EXPECT_EQ(lab({"--theme", "light", "mine.mh", "--fullscreen"}).file, "mine.mh");
  EXPECT_FALSE(lab({"mine.mh"}).lesson.has_value()) << "what it is, is found out later";
  EXPECT_EQ(lab({}).file, "");
}

TEST(CommandLine, TakesAWorkload) {
  const LabOptions options =
      lab({"--threads", "8", "--pattern", "producer_consumer", "--rate", "unlimited", "--live",
           "100K", "--sizes", "mixed:2K", "--seed", "42"});
  ASSERT_TRUE(options.workload.has_value());
  EXPECT_EQ(options.workload->threads, 8U);
  EXPECT_EQ(options.workload->pattern, Pattern::producer_consumer);
  EXPECT_TRUE(std::isinf(options.workload->rate));
  EXPECT_EQ(options.workload->live_blocks, 100'000U);
  EXPECT_EQ(options.workload->sizes, (SizeDistribution{SizeKind::mixed, 2048}));
  EXPECT_EQ(options.workload->seed, 42U);
  EXPECT_EQ(lab({"--sizes", "fixed"}).workload->sizes.kind, SizeKind::fixed);
}

TEST(CommandLine, TakesRender) {
  const RenderOptions options =
      render({"render", "a.mh", "-o", "a.png", "--size", "800x600", "--theme", "dark", "--scale",
              "2", "--view", "window", "--at", "120"});
  EXPECT_EQ(options.script, "a.mh");
  EXPECT_EQ(options.output, "a.png");
  EXPECT_EQ(render({"render", "a.mh", "-o", "A.PNG"}).output, "A.PNG");
  EXPECT_EQ(render({"render", "a.mh", "-o", "A.Svg"}).output, "A.Svg");
  EXPECT_EQ(options.look.size, (PixelSize{800, 600}));
  EXPECT_EQ(options.view, RenderOptions::View::window);
  EXPECT_EQ(options.at, 120U);
  EXPECT_EQ(render({"render", "a.mh", "-o", "a.png"}).view, std::nullopt);
}

TEST(CommandLine, TakesAPolicy) {
  EXPECT_EQ(lab({"--policy", "best align 32"}).policy, "best align 32");
  EXPECT_EQ(lab({"--headless", "--policy", "kr"}).policy, "kr");
  EXPECT_EQ(lab({}).policy, "");
  EXPECT_EQ(render({"render", "a.mh", "-o", "a.png", "--policy", "plain"}).policy, "plain");
}

TEST(CommandLine, HelpAndVersionAreNoErrors) {
  for (const auto& line :
       {parse({"--help"}), parse({"--version"}), parse({"render", "--help"}), parse({"-h"})}) {
    const auto* leave = std::get_if<Leave>(&line);
    ASSERT_NE(leave, nullptr);
    EXPECT_EQ(leave->status, 0);
    EXPECT_NE(leave->text, "");
  }
  const std::string version = std::get<Leave>(parse({"--version"})).text;
  EXPECT_TRUE(version.starts_with("microheap ") && version.ends_with("\n")) << version;
  EXPECT_EQ(std::count(version.begin(), version.end(), '.'), 2) << version;
  const std::string help = std::get<Leave>(parse({"--help"})).text;
  for (const char* word :
       {"--script", "--size", "--theme", "--scale", "--state", "--threads", "--pattern", "--rate",
        "--live", "--policy", "--sizes", "--seed", "--headless", "--seconds", "-o", "--fullscreen",
        "--version", "render", "producer_consumer"}) {
    EXPECT_SAYS(help, word);
  }
  EXPECT_SAYS(std::get<Leave>(parse({"render", "--help"})).text, "--view");
}

TEST(CommandLine, EveryRefusalSaysWhatToDo) {
  EXPECT_SAYS(refusal({"--threads", "1000"}), "at most 64 threads");
  EXPECT_SAYS(refusal({"--threads", "0"}), "at least 1");
  EXPECT_SAYS(refusal({"--threads", "four"}), "write one from 1 to 64");
  EXPECT_SAYS(refusal({"--threads"}), "--threads");
  EXPECT_SAYS(refusal({"--pattern", "zigzag"}), "churn, stack, queue");
  EXPECT_SAYS(refusal({"--rate", "0"}), "250k or unlimited");
  EXPECT_SAYS(refusal({"--sizes", "huge"}), "fixed, uniform, exponential, mixed");
  EXPECT_SAYS(refusal({"--sizes", "fixed:0"}), "at least 1 byte");
  EXPECT_SAYS(refusal({"--sizes", "fixed:12abc"}), "is not a size");
  EXPECT_SAYS(refusal({"--size", "big"}), "1280x800");
  EXPECT_SAYS(refusal({"--theme", "pink"}), "write dark or light");
  EXPECT_SAYS(refusal({"--scale", "100"}), "from 0.5 to 4");
  EXPECT_SAYS(refusal({"--policy", "align 17"}), "--policy: expected 16, 32 or 64, found '17'");
  EXPECT_SAYS(refusal({"--policy", ""}), "expected a preset");
  EXPECT_SAYS(refusal({"render", "a.mh", "-o", "b.png", "--policy", "odd"}), "found 'odd'");
  EXPECT_SAYS(refusal({"--seconds", "-1", "--headless"}), "number of seconds");
  EXPECT_SAYS(refusal({"--seconds", "1"}), "--headless");
  EXPECT_SAYS(refusal({"--nonsense"}), "'--nonsense' is not an option");
  EXPECT_SAYS(refusal({"frobnicate"}), "'frobnicate' is not a command");
  EXPECT_SAYS(refusal({"frobnicate"}), "microheap render");
  EXPECT_SAYS(refusal({"frobnicate"}), "no such file");
  EXPECT_SAYS(refusal({"--theme", "light", "frobnicate"}), "'frobnicate' is not a command");
  EXPECT_SAYS(refusal({"--thread-count", "8"}), "'--thread-count' is not an option");
  EXPECT_SAYS(refusal({"a.mh", "b.mh"}), "'b.mh' is one file too many");
  EXPECT_SAYS(refusal({"a.mh", "--script", "b.mh"}), "'a.mh' is one file too many");
  EXPECT_SAYS(refusal({"lesson", "5", "b.mh"}), "'b.mh' is one file too many");
  EXPECT_SAYS(refusal({"a.mh", "lesson", "5"}), "'a.mh' is one file too many");
  EXPECT_SAYS(refusal({"start", "ls"}), "'start' is not a command");
  EXPECT_SAYS(refusal({"rendr", "a.mh", "-o", "b.png"}), "'rendr' is not a command");
  EXPECT_SAYS(refusal({"render"}), "FILE");
  EXPECT_SAYS(refusal({"render", "a.mh"}), "-o");
  EXPECT_SAYS(refusal({"render", "a.mh", "-o", "b.png", "--view", "moon"}), "map, window or slide");
  EXPECT_SAYS(refusal({"render", "a.mh", "-o", "b.png", "--at", "-1"}), "events");
  EXPECT_SAYS(refusal({"render", "a.mh", "-o", "b.png", "c.mh"}), "c.mh");
  EXPECT_SAYS(refusal({"render", "a.mh", "-o", "b.svg", "--step", "2", "--picture", "p"}),
              "not by both");
  EXPECT_SAYS(refusal({"render", "a.mh", "-o", "b.svg", "--svg"}), "--svg is for --pictures");
  EXPECT_SAYS(refusal({"render", "a.mh", "-o", "b.svg", "--nonsense"}), "render --help");
  EXPECT_SAYS(refusal({"--theme", "pink"}), "--help");
}

TEST(CommandLine, RecordLeavesTheProgramItsWords) {
  const auto recorded = [](std::initializer_list<const char*> words) {
    const CommandLine line = parse(words);
    const auto* record = std::get_if<RecordOptions>(&line);
    return record != nullptr ? *record : RecordOptions{};
  };
  const std::vector<std::string> program{"ls", "-o", "--help"};
  EXPECT_EQ(recorded({"record", "-o", "a.mhr", "ls", "-o", "--help"}).command, program);
  const RecordOptions options =
      recorded({"record", "-q", "-o", "a.mhr", "--", "ls", "-o", "--help"});
  EXPECT_EQ(options.command, program);
  EXPECT_EQ(options.output, "a.mhr");
  EXPECT_TRUE(options.quiet);
  EXPECT_SAYS(refusal({"record", "-o", "a.mhr"}), "which program to run");
  EXPECT_EQ(lab({"run", "ls", "--theme", "light"}).program,
            (std::vector<std::string>{"ls", "--theme", "light"}));
  const LabOptions run = lab({"run", "--theme", "light", "--kill", "--", "ls", "-l"});
  EXPECT_EQ(run.program, (std::vector<std::string>{"ls", "-l"}));
  EXPECT_EQ(run.look.theme, ThemeKind::light);
  EXPECT_TRUE(run.end_program);
  EXPECT_SAYS(refusal({"run", "--kill"}), "which program to run");
  EXPECT_EQ(lab({"open", "a.mhr", "--fullscreen"}).recording, "a.mhr");
  EXPECT_SAYS(refusal({"open"}), "FILE");
  EXPECT_SAYS(refusal({"record", "ls"}), "-o");
  EXPECT_SAYS(refusal({"record", "-o", "-", "ls"}), "goes into a file");
}

TEST(CommandLine, TakesTheOptionsOfRecordings) {
  const CommandLine stats = parse({"stats", "a.mhr", "--json", "--process", "77"});
  ASSERT_TRUE(std::holds_alternative<StatsOptions>(stats));
  EXPECT_TRUE(std::get<StatsOptions>(stats).json);
  EXPECT_EQ(std::get<StatsOptions>(stats).process, 77U);
  const CommandLine exported = parse({"export", "a.mhr", "--format", "massif"});
  ASSERT_TRUE(std::holds_alternative<ExportOptions>(exported));
  EXPECT_SAYS(refusal({"export", "a.mhr", "--format", "svg"}), "massif");
  EXPECT_EQ(render({"render", "a.mhr", "-o", "a.png", "--at", "peak"}).moment, "peak");
  EXPECT_SAYS(refusal({"render", "a.mh", "-o", "a.png", "--at", "peak"}), "events");
}

}  // namespace
}  // namespace mh
