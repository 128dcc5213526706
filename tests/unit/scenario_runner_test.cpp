// Scenarios that run: on a real heap, with a recorder and a player, and a window that only takes
// notes.

#include "app/sources/scenario_runner.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "app/model/policy_words.hpp"
#include "app/sources/engine_heap.hpp"
#include "support/lab_support.hpp"

namespace mh {
namespace {

/// Notes what it is asked for.
class NotingStage final : public Stage {
 public:
  void caption(std::string_view text) override { note("caption " + std::string(text)); }
  void say(const std::string& text, bool error) override {
    said = text;
    said_error = error;
  }
  void select(std::uint64_t block) override {
    selected = block;
    note("select");
  }
  void zoom_to(std::uint64_t block) override {
    zoomed = block;
    note("zoom");
  }
  void zoom_fit() override { note("fit"); }
  void zoom_by(double factor) override { note(factor > 1 ? "in" : "out"); }
  void colour_by(ColourBy mode) override { note(colour_by_name(mode)); }
  void theme(ThemeKind theme) override { note(theme == ThemeKind::light ? "light" : "dark"); }
  void workload(const Workload& begun) override {
    note("workload of " + std::to_string(begun.threads));
  }
  std::string picture(const std::string& file) override {
    note("picture " + file);
    busy_turns = 3;
    return picture_error;
  }
  bool busy() const override { return busy_turns > 0 && busy_turns-- > 0; }

  std::string notes;
  std::string said;
  bool said_error = false;
  std::string picture_error;
  std::uint64_t selected = 0;
  std::uint64_t zoomed = 0;
  mutable int busy_turns = 0;

 private:
  void note(const std::string& text) { notes += text + "; "; }
};

class ScenarioRunnerTest : public testing::Test {
 protected:
  ScenarioRunnerTest() : recorder(on.lab, {}), player(recorder) { player.set_gate(&on.lab); }
  ~ScenarioRunnerTest() override { on.lab.stop(); }

  /// Runs a script to its end. Its error, or empty.
  std::string run(std::string_view text) {
    ScenarioRunner runner(parse_scenario(text, "test.mh"), on.lab, player, recorder, stage);
    const bool ended = test::eventually([&] {
      const bool more = runner.advance();
      on.lab.tick();
      player.advance(0.01);
      return !more;
    });
    EXPECT_TRUE(ended);
    EXPECT_NE(runner.finished(), runner.failed());
    return runner.error();
  }
  /// The picture shows what the heap is.
  void expect_equal() {
    EXPECT_TRUE(recorder.drain(10'000'000'000));
    const Verdict verdict = recorder.check_now(10'000'000'000);
    EXPECT_EQ(verdict.state, Verdict::State::equal) << verdict.difference;
  }
  std::string label_of(std::string_view name) {
    recorder.drain(10'000'000'000);
    const auto block = on.lab.block_called(name);
    return block ? std::string(recorder.read().picture().label(*block)) : "none";
  }

  std::string label_of_pool(std::string_view name) {
    recorder.drain(10'000'000'000);
    const auto block = on.lab.pools().block_called(name);
    return block ? std::string(recorder.read().picture().label(*block)) : "none";
  }

  test::LabOnReservedHeap on;
  Recorder recorder;
  Player player;
  NotingStage stage;
};

TEST(ScenarioOnBothEngines, AFigureThatAnEngineDoesNotCountIsNotZero) {
  ReservedBreak end(std::size_t{64} << 20);
  ClassicHeap classic(end);
  EngineHeap heap(classic, end);
  Lab lab(heap);
  Recorder recorder(lab, {});
  Player player(recorder);
  NotingStage stage;
  const auto run = [&](std::string_view text) {
    ScenarioRunner runner(parse_scenario(text, "test.mh"), lab, player, recorder, stage);
    EXPECT_TRUE(test::eventually([&] {
      const bool more = runner.advance();
      lab.tick();
      player.advance(0.01);
      return !more;
    }));
    return runner.error();
  };
  EXPECT_EQ(
      run("engine fast\np = malloc 100\nfree p\nexpect visited == 0\n"),
      "test.mh:4: the fast engine does not count what is visited: it finds a free block in its "
      "bins, without a search");
  EXPECT_EQ(run("engine fast\np = malloc 10000\nq = malloc 10000\nr = malloc 100\n"
                "free p\nfree q\nexpect merges >= 1\n"),
            "")
      << "splits and merges it counts";
  EXPECT_EQ(run("engine classic\np = malloc 100\nexpect visited == 0\n"), "");
}

TEST_F(ScenarioRunnerTest, MeasuresBlocks) {
  EXPECT_EQ(run("policy plain\n"
                "p = malloc 100\n"
                "expect p size == 144\n"
                "expect p header == 32\n"
                "expect p payload == 112\n"
                "expect p requested == 100\n"
                "expect p padding == 12\n"
                "expect p guards == 0\n"
                "expect p aligned 16\n"
                "expect headers == 32\n"
                "expect moves == 1\n"
                "q = malloc 50\n"
                "free p\n"
                "expect holes == 1\n"
                "expect largest == 112\n"
                "r = malloc 70\n"
                "expect r at p\n"
                "expect q not-at p\n"
                "expect splits == 0\n"
                "expect visited == 1\n"
                "expect padding == 56"),  // 112 - 70 and 64 - 50
            "");
  EXPECT_EQ(run("expect r size == 145"),
            "test.mh:1: expected the name of a block, found 'r', which "
            "nothing was called so far");
  EXPECT_EQ(run("s = malloc 10\nexpect s padding > 6"),
            "test.mh:2: expected s padding > 6, found 6");
  EXPECT_EQ(run("t = malloc 10\nu = malloc 10\nexpect u at t"),
            "test.mh:3: expected u at t, found it elsewhere");
  EXPECT_NE(run("expect merges == 7").find("expected merges == 7, found 0"), std::string::npos);
}

TEST_F(ScenarioRunnerTest, ExpectsCallsToFail) {
  EXPECT_EQ(run("p = malloc 100\n"
                "expect calloc 0x1000000000000001 16 fails\n"
                "expect blocks == 1\n"
                "expect p live"),
            "");
  EXPECT_NE(stage.said.find("it overflows"), std::string::npos) << stage.said;
  EXPECT_TRUE(stage.said_error);
  EXPECT_EQ(run("expect malloc 100 fails"),
            "test.mh:1: expected the call to fail, found that it worked: q = malloc(100)");
}

TEST_F(ScenarioRunnerTest, CallsFromOtherThreads) {
  EXPECT_EQ(run("thread 2\np = malloc 100\nthread 1\nq = malloc 100\nfree p\nthread you\n"
                "r = malloc 10\nexpect blocks == 2"),
            "");
  expect_equal();
  mh_block block{};
  ASSERT_TRUE(on.lab.block_at(*on.lab.block_called("q"), block));
  EXPECT_EQ(block.thread, 1);
  EXPECT_NE(run("workload churn threads 1 rate 10\nthread 1\ns = malloc 10")
                .find("a workload is running"),
            std::string::npos);
}

TEST_F(ScenarioRunnerTest, AllocatesFreesAndExpects) {
  EXPECT_EQ(run("p = malloc 100\n"
                "q = calloc 4 25\n"
                "expect blocks == 2\n"
                "expect used == 200\n"
                "expect p live\n"
                "p2 = realloc p 4K\n"
                "expect p free\n"
                "expect p2 live\n"
                "expect used != 200\n"
                "expect free > 0\n"
                "free q\n"
                "expect q free\n"
                "expect blocks <= 1\n"
                "free p2\n"
                "expect heap == 0\n"),
            "");
  expect_equal();
}

TEST_F(ScenarioRunnerTest, MistakesAreMadeAndExpected) {
  mh_policy policy = on.heap.policy();
  policy.guards = policy.poison = 1;
  ASSERT_TRUE(on.heap.set_policy(policy));
  EXPECT_EQ(run("p = malloc 100\n"
                "q = malloc 100\n"
                "overflow p\n"
                "expect no error\n"
                "check\n"
                "expect error overflow\n"
                "free p\n"
                "expect error overflow\n"
                "expect no error\n"
                "expect p set-aside\n"
                "free q + 8\n"
                "expect error misaligned-pointer\n"
                "free q + 32\n"
                "expect error interior-pointer\n"
                "r = malloc 40\n"
                "double-free q\n"
                "expect error double-free\n"
                "write-after-free q 20\n"
                "s = malloc 90\n"
                "expect error write-after-free\n"
                "smash r\n"
                "free r\n"
                "expect error header-damaged\n"
                "out-of-memory\n"
                "expect error out-of-memory\n"
                "expect used == 90\n"),
            "");
  EXPECT_NE(stage.said.find("returned NULL"), std::string::npos);
  EXPECT_TRUE(stage.said_error);
}

TEST_F(ScenarioRunnerTest, WrongExpectationsOfErrorsSayWhatWasFound) {
  EXPECT_EQ(run("p = malloc 100\nexpect error overflow"),
            "test.mh:2: expected overflow, found no error");
  EXPECT_EQ(run("q = malloc 10\nfree q + 1\nexpect no error"),
            "test.mh:3: expected no error, found misaligned-pointer");
  EXPECT_EQ(run("r = malloc 10\nexpect r set-aside"),
            "test.mh:2: expected r set aside, found it in use");
  EXPECT_EQ(run("s = malloc 10\nwrite-after-free s"),
            "test.mh:2: expected a block that was freed, found that s is in use");
  EXPECT_NE(run("overflow none").find("which nothing was called"), std::string::npos);
}

TEST_F(ScenarioRunnerTest, NamesStandInThePicture) {
  ASSERT_EQ(run("p = malloc 100\nhead = calloc 2 8\nq = malloc 10\ntail = realloc q 3K"), "");
  EXPECT_EQ(label_of("p"), "p");
  EXPECT_EQ(label_of("head"), "head");
  EXPECT_EQ(label_of("tail"), "tail");
  expect_equal();
}

TEST_F(ScenarioRunnerTest, NamesOutliveAFreshWalk) {
  ASSERT_EQ(run("p = malloc 100\nq = malloc 10\nfree p\nr = malloc 200"), "");
  on.lab.segment().header().walk_requested.fetch_add(1);
  ASSERT_TRUE(test::eventually([&] {
    on.lab.tick();
    return on.lab.segment().header().walk_done.load() ==
           on.lab.segment().header().walk_requested.load();
  }));
  on.lab.tick();
  EXPECT_EQ(label_of("q"), "q");
  EXPECT_EQ(label_of("r"), "r");
  expect_equal();
}

TEST_F(ScenarioRunnerTest, TurnsTheSwitchesOfALiveHeap) {
  ASSERT_EQ(run("policy plain\np = malloc 1000\nq = malloc 16\nfree p\n"
                "p = malloc 100\nexpect free == 0\n"  // taken whole
                "free p\npolicy split on 64 header compact\np = malloc 100\nexpect free > 800\n"
                "policy coalesce deferred align 64\nr = malloc 100\nexpect r live"),
            "");
  EXPECT_EQ(policy_words(on.lab.policy()),
            "plain split on 64 coalesce deferred header compact align 64");
  EXPECT_EQ(on.heap.policy().alignment, 64U);
  ASSERT_EQ(run("policy textbook\nexplain on"), "");
  EXPECT_EQ(policy_words(on.lab.policy()), "textbook");
  EXPECT_TRUE(on.heap.explaining());
  ASSERT_EQ(run("explain off"), "");
  EXPECT_FALSE(on.lab.explaining());
  expect_equal();
  ASSERT_EQ(run("step -1"), "");
  EXPECT_NE(run("policy kr").find("expected the playhead at the end"), std::string::npos);
}

TEST_F(ScenarioRunnerTest, AsksForNothing) {
  EXPECT_EQ(run("p = malloc 0\n"
                "expect p NULL\n"
                "expect heap == 0\n"
                "free p                # as in C\n"
                "free NULL\n"
                "q = calloc 0 4\n"
                "expect q NULL\n"
                "expect malloc 0 fails\n"
                "p = realloc NULL 100\n"
                "expect p live\n"
                "realloc p 0\n"
                "expect p NULL\n"
                "realloc p 24          # NULL again: as malloc\n"
                "expect p size == 64\n"
                "b = malloc 8\n"
                "r = realloc p 0\n"
                "expect r NULL\n"
                "expect p free\n"),
            "");
  EXPECT_EQ(stage.said, "r = realloc(p, 0). Frees it and returns NULL");
  expect_equal();
  for (const char* use : {"select p", "zoom p", "point p", "expect p live", "expect p free",
                          "expect p size == 4", "expect p in p", "smash p"}) {
    EXPECT_EQ(run("p = malloc 0\n" + std::string(use)),
              "test.mh:2: expected a block, found that p is NULL")
        << use;
  }
  EXPECT_EQ(run("c = malloc 8\nexpect c NULL"),
            "test.mh:2: expected that c is NULL, found that it is a block");
}

TEST_F(ScenarioRunnerTest, AlignsOnRequest) {
  EXPECT_EQ(run("p = malloc 8\n"
                "a = aligned_alloc 256 100\n"
                "expect a aligned 256\n"
                "expect a requested == 100\n"
                "expect aligned_alloc 48 100 fails\n"
                "realloc a 300\nfree a\nfree p\nexpect blocks == 0\n"),
            "");
  expect_equal();
}

TEST_F(ScenarioRunnerTest, ShowsFreeBlocksToo) {
  EXPECT_EQ(run("p = malloc 8\nq = malloc 8\nr = malloc 8\nfree q\nselect q\nzoom q\n"), "");
  EXPECT_EQ(stage.notes, "select; zoom; ");
  mh_block seen{};
  ASSERT_TRUE(on.lab.block_at(stage.selected, seen));
  EXPECT_EQ(seen.used, 0);
  EXPECT_EQ(stage.zoomed, stage.selected);
  EXPECT_EQ(run("s = malloc 8000\nfree s\nselect s"),
            "test.mh:3: expected a block, found that the break moved back over where s was");
}

TEST_F(ScenarioRunnerTest, RunsAHundredThousandLines) {
  std::string script;
  for (int i = 0; i < 50'000; ++i) script += "b" + std::to_string(i) + " = malloc 24\n";
  for (int i = 0; i < 50'000; ++i) script += "point b" + std::to_string(i) + "\n";
  EXPECT_EQ(run(script + "expect blocks == 50000\nreset\nexpect heap == 0\n"), "");
  expect_equal();
}

TEST_F(ScenarioRunnerTest, DividesPools) {
  EXPECT_EQ(run("pool P size 24 slots 2\n"
                "a = pool_alloc P\n"
                "b = pool_alloc P\n"
                "expect blocks == 1\n"
                "c = pool_alloc P      # takes a second block\n"
                "expect blocks == 2\n"
                "expect slots == 3\n"
                "free a\n"
                "expect a free\n"
                "expect c live\n"
                "expect slots == 2\n"
                "select c\n"
                "select P\n"
                "expect P live\n"),
            "");
  EXPECT_EQ(stage.notes, "select; select; ");
  expect_equal();
  EXPECT_EQ(label_of_pool("P"), "P");
  EXPECT_EQ(run("destroy P\nexpect heap == 0\nexpect slots == 0\n"), "");
  expect_equal();
}

TEST_F(ScenarioRunnerTest, SaysWhatIsNoPool) {
  const std::string begin = "pool P size 24 slots 2\na = pool_alloc P\n";
  const std::vector<std::pair<std::string, std::string>> mistakes{
      {"b = pool_alloc Q", "no pool is called 'Q'"},
      {"destroy a", "no pool is called 'a'"},
      {"free P", "P is a pool: 'destroy P' ends it"},
      {"realloc a 100", "a is an object of a pool"},
      {"overflow P", "P is a pool"},
      {"free a\nwrite-after-free a", "a was a pool's"},
      {"a = malloc 10", "a is in use"},
      {"P = pool_alloc P", "P is in use"},
      {"free a\nfree a", "a is free"}};
  for (const auto& [line, part] : mistakes) {
    const std::string error = run(begin + line);
    EXPECT_NE(error.find(part), std::string::npos) << line << ": " << error;
    on.lab.reset();
  }
  ASSERT_EQ(run(begin), "");
  const std::string error = on.lab.hand_free(*on.lab.pools().block_called("P")).error;
  EXPECT_NE(error.find("it goes when the pool is destroyed"), std::string::npos) << error;
}

TEST_F(ScenarioRunnerTest, RunsAWorkloadToItsEnd) {
  EXPECT_EQ(run("workload churn threads 4 live 50 rate unlimited operations 3K\n"
                "wait done\n"
                "expect blocks >= 40\n"
                "stop\n"
                "reset\n"
                "expect heap == 0\n"),
            "");
  EXPECT_NE(stage.notes.find("workload of 4"), std::string::npos) << "the window shows which it is";
  expect_equal();
  EXPECT_EQ(recorder.lost(), 0U);
}

TEST_F(ScenarioRunnerTest, StepsAWorkloadOneByOne) {
  EXPECT_EQ(run("pause\n"
                "workload queue threads 3 live 30\n"
                "wait 20ms\n"
                "expect blocks == 0\n"
                "step\n"
                "expect blocks == 1\n"
                "step 4\n"
                "expect blocks == 5\n"
                "stop\n"),
            "");
  EXPECT_EQ(on.lab.operations_done(), 5U);
  expect_equal();
}

TEST_F(ScenarioRunnerTest, ThePastIsToLookAtOnly) {
  ASSERT_EQ(run("p = malloc 10\nq = malloc 20\nstep -1"), "");
  EXPECT_FALSE(player.live());
  EXPECT_EQ(run("r = malloc 5"),
            "test.mh:1: expected the playhead at the end, found it in the past: write 'live' "
            "before this line");
  EXPECT_EQ(run("live\nr = malloc 5\nexpect r live"), "");
  EXPECT_TRUE(player.live());
  EXPECT_EQ(run("seek 0\nspeed 5\nspeed max\nresume\nlive"), "");
}

TEST_F(ScenarioRunnerTest, Waits) {
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(run("wait 60ms\nwait 40ms"), "");  // the last line waits too
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(100));
}

TEST_F(ScenarioRunnerTest, DirectsTheStage) {
  ASSERT_EQ(run("p = malloc 10\ncaption \"Hello\"\nselect p\nzoom p\nzoom fit\nzoom in\nzoom out\n"
                "colour state\ntheme light\npicture a.png\ncaption \"\""),
            "");
  EXPECT_EQ(stage.notes,
            "caption Hello; select; zoom; fit; in; out; state; light; picture a.png; caption ; ");
  EXPECT_EQ(stage.selected, *on.lab.block_called("p"));
  EXPECT_EQ(stage.zoomed, stage.selected);
}

TEST_F(ScenarioRunnerTest, WaitsForAPictureToBeWritten) {
  ScenarioRunner runner(parse_scenario("picture a.png\ncaption \"later\"", "test.mh"), on.lab,
                        player, recorder, stage);
  EXPECT_TRUE(runner.advance());
  EXPECT_EQ(stage.notes, "picture a.png; ");
  EXPECT_TRUE(runner.advance());
  EXPECT_FALSE(runner.finished());
  EXPECT_TRUE(test::eventually([&] { return !runner.advance(); }));
  EXPECT_EQ(stage.notes, "picture a.png; caption later; ");
}

TEST_F(ScenarioRunnerTest, StopsAtTheFirstError) {
  EXPECT_EQ(run("p = malloc 10\n\nexpect blocks == 7\ncaption \"never\""),
            "test.mh:3: expected blocks == 7, found 1");
  EXPECT_EQ(stage.notes, "");
  EXPECT_EQ(run("expect p live"),
            "test.mh:1: expected the name of a block, found 'p', which nothing was called so far");
}

TEST_F(ScenarioRunnerTest, SaysWhatWentWrong) {
  EXPECT_EQ(
      run("free nobody"),
      "test.mh:1: expected the name of a block, found 'nobody', which nothing was called so far");
  EXPECT_EQ(run("a = malloc 1\nfree a\nfree a"),
            "test.mh:3: expected a block in use, found that a is free");
  EXPECT_EQ(run("b = malloc 1\nexpect b free"), "test.mh:2: expected b free, found it live");
  EXPECT_EQ(run("c = malloc 1\nfree c\nexpect c live"),
            "test.mh:3: expected c live, found it free");
  EXPECT_EQ(
      run("d = malloc 1\nd = malloc 2"),
      "test.mh:2: expected it to work, found: d is in use: free it first, or take another name");
  EXPECT_NE(run("e = malloc 1000G").find("no memory"), std::string::npos);
  EXPECT_NE(run("workload churn\nwait done").find("would never end"), std::string::npos);
  EXPECT_NE(run("pause\nworkload churn operations 100\nwait done").find("found a pause"),
            std::string::npos);
  stage.picture_error = "the disk is full";
  EXPECT_EQ(run("live\npicture a.png"),
            "test.mh:2: expected a picture in a.png, found that the disk is full");
}

TEST_F(ScenarioRunnerTest, ALongScriptLeavesTimeForFrames) {
  std::string script;
  for (int i = 0; i < 20'000; ++i) script += "p = malloc 10\nfree p\n";
  ScenarioRunner runner(parse_scenario(script, "test.mh"), on.lab, player, recorder, stage);
  int frames = 0;
  ASSERT_TRUE(test::eventually([&] {
    ++frames;
    return !runner.advance();
  }));
  EXPECT_EQ(runner.error(), "");
  EXPECT_GE(frames, 2);
}

}  // namespace
}  // namespace mh
