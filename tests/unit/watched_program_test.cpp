// Programs watched live: what their heaps did, how they end, and how they are held.

#include "app/streams/watched_program.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <thread>

#include "app/streams/launch.hpp"
#include "app/streams/recorded_program.hpp"

namespace mh {
namespace {

using namespace std::chrono_literals;

bool within(std::chrono::milliseconds time, const std::function<bool()>& done) {
  for (const auto end = std::chrono::steady_clock::now() + time;;) {
    if (done()) return true;
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(2ms);
  }
}

/// What record_test.py has recorded, too.
std::string facts_program() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "record_facts";
}

class WatchedProgramTest : public testing::Test {
 protected:
  void SetUp() override {
    if (find_preload_library().empty()) GTEST_SKIP() << "sanitized builds have no drop-in";
  }

  std::unique_ptr<WatchedProgram> start(std::vector<std::string> command) {
    std::string error;
    std::string advice;
    auto program = WatchedProgram::start({.command = std::move(command)}, error, advice);
    EXPECT_EQ(error, "");
    return program;
  }
};

TEST_F(WatchedProgramTest, TellsAllThatAProgramDidAndHowItEnded) {
  const auto program = start({facts_program(), "threads", "4"});
  ASSERT_TRUE(within(20s, [&] { return !program->running(); }));
  EXPECT_EQ(program->state(), "ended with status 3");
  const auto recorder = program->recorder(0);
  ASSERT_NE(recorder, nullptr);
  ASSERT_TRUE(within(20s, [&] { return recorder->ended(); }));
  EXPECT_EQ(recorder->lost(), 0U);
  const Recorder::Reading reading = recorder->read();
  const PictureTotals& totals = reading.picture().totals();
  EXPECT_GT(totals.allocs, 60000U);
  EXPECT_EQ(totals.allocs - totals.frees, totals.used_blocks);
  EXPECT_EQ(reading.picture().rejected(), 0U);
  EXPECT_GE(reading.threads().size(), 5U);
}

TEST_F(WatchedProgramTest, AChildIsAHeapOfItsOwn) {
  const auto program = start({facts_program(), "fork"});
  ASSERT_TRUE(within(20s, [&] { return !program->running() && program->heaps().size() == 2; }));
  const std::vector<ProgramHeap> heaps = program->heaps();
  EXPECT_EQ(heaps[1].parent, heaps[0].process);
  EXPECT_GT(heaps[1].events, 0U);
}

TEST_F(WatchedProgramTest, ASignalThatEndsItIsTold) {
  const auto program = start({facts_program(), "crash"});
  ASSERT_TRUE(within(20s, [&] { return !program->running(); }));
  EXPECT_EQ(program->state(), "ended by signal 11 (Segmentation fault)");
  EXPECT_EQ(program->let_go(), 128 + 11);
}

TEST_F(WatchedProgramTest, RunsAgain) {
  const auto program = start({facts_program(), "threads", "1"});
  EXPECT_NE(program->run_again(), "");
  ASSERT_TRUE(within(20s, [&] { return !program->running(); }));
  const std::uint32_t before = program->heaps().at(0).process;
  EXPECT_EQ(program->run_again(), "");
  ASSERT_TRUE(within(20s, [&] { return !program->running(); }));
  EXPECT_NE(program->heaps().at(0).process, before);
}

TEST_F(WatchedProgramTest, KeepsWhatItHasIfItCannotRunAgain) {
  const std::filesystem::path copy =
      std::filesystem::temp_directory_path() / ("facts-" + std::to_string(getpid()));
  std::filesystem::copy_file(facts_program(), copy);
  const auto program = start({copy, "threads", "1"});
  ASSERT_TRUE(within(20s, [&] { return !program->running(); }));
  std::filesystem::remove(copy);
  EXPECT_NE(program->run_again(), "");
  EXPECT_FALSE(program->running());
  EXPECT_EQ(program->state(), "ended with status 3");
  EXPECT_EQ(program->heaps().size(), 1U);
}

TEST_F(WatchedProgramTest, ItsCallsAreHeldAndLetThroughOneByOne) {
  const auto program = start({facts_program(), "on-and-on"});
  ASSERT_TRUE(within(20s, [&] {
    const auto heap = program->recorder(0);
    return heap != nullptr && heap->end() > 1000;
  }));
  const auto recorder = program->recorder(0);
  Player::Gate* const gate = program->gate(0);
  gate->set_open(false);
  // What it was about to do when the gate closed comes yet.
  std::uint64_t calls = 0;
  const auto calls_so_far = [&] {
    const Recorder::Reading reading = recorder->read();
    return reading.picture().totals().allocs + reading.picture().totals().frees;
  };
  ASSERT_TRUE(within(10s, [&] {
    calls = calls_so_far();
    std::this_thread::sleep_for(200ms);
    return calls == calls_so_far();
  }));
  gate->let_through(3);
  ASSERT_TRUE(within(10s, [&] { return calls_so_far() > calls; }));
  std::this_thread::sleep_for(200ms);
  EXPECT_LE(calls_so_far(), calls + 6) << "a call frees and allocates at most";
  gate->set_open(true);
  ASSERT_TRUE(within(10s, [&] { return calls_so_far() > calls + 1000; }));
  program->end();
  ASSERT_TRUE(within(10s, [&] { return !program->running(); }));
}

TEST_F(WatchedProgramTest, AHeldProgramThatIsLetGoRunsToItsEnd) {
  const auto program = start({facts_program(), "threads", "4"});
  ASSERT_TRUE(within(20s, [&] { return program->gate(0) != nullptr; }));
  program->gate(0)->set_open(false);
  EXPECT_EQ(program->let_go(), 3);
}

TEST_F(WatchedProgramTest, WhatCannotBeWatchedIsToldWhy) {
  std::string error;
  std::string advice;
  EXPECT_EQ(WatchedProgram::start({.command = {"no-such-program"}}, error, advice), nullptr);
  EXPECT_NE(error.find("there is no program"), std::string::npos) << error;
}

TEST(Pulse, BeatsByItself) {
  Segment segment = Segment::anonymous({});
  SegmentHeader& header = segment.header();
  std::uint64_t first = 0;
  {
    const Pulse pulse(header);
    first = header.pulse_ns.load();
    EXPECT_GT(first, 0U);
    EXPECT_TRUE(within(5s, [&] { return header.pulse_ns.load() > first; }));
  }
  const std::uint64_t last = header.pulse_ns.load();
  std::this_thread::sleep_for(300ms);
  EXPECT_EQ(header.pulse_ns.load(), last);
}

TEST(RecordedProgram, AFileThatIsNoRecordingIsToldSo) {
  std::string error;
  EXPECT_EQ(RecordedProgram::open("/proc/self/exe", std::size_t{1} << 20, error), nullptr);
  EXPECT_NE(error, "");
}

}  // namespace
}  // namespace mh
