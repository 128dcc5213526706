// The player: every position shows what a replay from the beginning shows, however the playhead got
// there.

#include "app/model/player.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "unit/model_test_support.hpp"

namespace mh::test {
namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();

class NotingGate final : public Player::Gate {
 public:
  void set_open(bool now_open) override { open = now_open; }
  void let_through(unsigned calls) override { let += calls; }
  void set_limit(double calls_per_second) override { limit = calls_per_second; }
  bool open = false;
  unsigned let = 0;
  double limit = -1;
};

/// A recorded heap, with a copy of all its events.
class PlayerTest : public testing::Test {
 protected:
  explicit PlayerTest(std::size_t log_bytes = std::size_t{64} << 20)
      : recorder(source, {log_bytes, 32768, 0.05}),
        start(recorder.read().picture()),
        player(recorder) {
    player.set_gate(&gate);
  }
  void record(int calls) {
    // In pieces, so that the log cannot drop events before they are copied.
    for (; calls > 0; calls -= 2000) {
      work.do_calls(std::min(calls, 2000));
      ASSERT_TRUE(recorder.drain(10 * second));
      const Recorder::Reading reading = recorder.read();
      while (events.size() < reading.log().end()) events.push_back(reading.log().at(events.size()));
    }
  }
  std::uint64_t end_of_call(std::uint64_t position) const {
    while (position < events.size() && position > 0 && events[position - 1].more != 0) ++position;
    return position;
  }
  std::uint64_t start_of_call_before(std::uint64_t position) const {
    if (position == 0) return 0;
    do {
      --position;
    } while (position > 0 && events[position - 1].more != 0);
    return position;
  }
  HeapPicture replay(std::uint64_t position) const {
    HeapPicture picture = start;
    for (std::uint64_t i = 0; i < position; ++i) picture.apply(events[i]);
    return picture;
  }
  void expect_at(std::uint64_t position) {
    const Player::View view = player.view();
    ASSERT_EQ(view.position(), position);
    ASSERT_EQ(player.position(), position);
    const HeapPicture expected = replay(position);
    ASSERT_EQ(blocks_of(view.picture()), blocks_of(expected)) << "at " << position;
    ASSERT_EQ(view.picture().totals(), expected.totals());
    ASSERT_EQ(view.time(), expected.time());
    ASSERT_EQ(view.picture().version(0, ~0ULL), expected.version(0, ~0ULL));
  }
  void expect_state(bool live, bool paused, bool open) {
    EXPECT_EQ(player.live(), live);
    EXPECT_EQ(player.paused(), paused);
    EXPECT_EQ(gate.open, open);
  }

  HeapSource source;
  Recorder recorder;
  HeapPicture start;
  RandomWork work{source.heap(), 11};
  NotingGate gate;
  Player player;
  std::vector<Event> events;
};

class SmallLogPlayerTest : public PlayerTest {
 protected:
  SmallLogPlayerTest() : PlayerTest(0) {}
};

TEST_F(PlayerTest, LiveFollowsTheEnd) {
  expect_state(true, false, true);
  EXPECT_EQ(gate.limit, infinite);
  EXPECT_TRUE(player.advance(0.01)) << "the first picture";
  EXPECT_FALSE(player.advance(0.01));
  record(100);
  EXPECT_TRUE(player.advance(0.01));
  EXPECT_FALSE(player.advance(0.01));
  expect_at(events.size());
}

TEST_F(PlayerTest, SeeksToAnyPosition) {
  record(5000);
  std::mt19937_64 random(2);
  for (int i = 0; i < 300; ++i) {
    const std::uint64_t wanted = random() % events.size();
    const std::uint64_t position = end_of_call(wanted);
    if (position == events.size()) continue;
    player.seek(wanted);
    ASSERT_NO_FATAL_FAILURE(expect_at(position));
    ASSERT_FALSE(player.live());
    ASSERT_TRUE(player.paused());
  }
}

TEST_F(SmallLogPlayerTest, SeeksInALogThatHasDroppedItsBeginning) {
  std::mt19937_64 random(4);
  for (int round = 0; round < 3; ++round) {
    record(30000);
    std::uint64_t oldest = 0;
    {
      const Recorder::Reading reading = recorder.read();
      oldest = reading.oldest_position();
    }
    for (int i = 0; i < 4; ++i) {
      const std::uint64_t wanted = i == 0 ? 0 : random() % events.size();
      player.seek(wanted);
      ASSERT_NO_FATAL_FAILURE(expect_at(end_of_call(std::max(wanted, oldest))));
    }
  }
  EXPECT_GT(recorder.read().log().begin(), 0U) << "the test wants dropped chunks";
}

TEST_F(SmallLogPlayerTest, APlayheadThatTheLogDropsMovesUp) {
  record(1000);
  player.seek(100);
  ASSERT_NO_FATAL_FAILURE(expect_at(end_of_call(100)));
  record(100000);
  const std::uint64_t oldest = recorder.read().oldest_position();
  ASSERT_GT(oldest, 1000U);
  EXPECT_TRUE(player.advance(0.01));
  ASSERT_NO_FATAL_FAILURE(expect_at(end_of_call(oldest)));
  player.step(-1);
  ASSERT_NO_FATAL_FAILURE(expect_at(end_of_call(oldest)));
}

TEST_F(PlayerTest, StepsBackAndForth) {
  record(3000);
  player.pause();
  std::uint64_t position = events.size();
  std::mt19937_64 random(6);
  for (int i = 0; i < 600; ++i) {
    const bool back = i < 150 || random() % 2 == 0;
    if (!back && end_of_call(position + 1) == events.size()) continue;
    player.step(back ? -1 : 1);
    position = back ? start_of_call_before(position) : end_of_call(position + 1);
    ASSERT_EQ(player.position(), position);
    if (i % 5 != 0) continue;
    ASSERT_NO_FATAL_FAILURE(expect_at(position));
  }
  player.step(-10);
  for (int i = 0; i < 10; ++i) position = start_of_call_before(position);
  ASSERT_NO_FATAL_FAILURE(expect_at(position));
  player.step(3);
  for (int i = 0; i < 3; ++i) position = end_of_call(position + 1);
  ASSERT_NO_FATAL_FAILURE(expect_at(position));
  player.step(0);
  ASSERT_NO_FATAL_FAILURE(expect_at(position));
}

TEST_F(PlayerTest, AtTheBeginningThereIsNothingToStepBackTo) {
  player.step(-1);
  expect_state(true, true, false);
  record(10);
  player.seek(0);
  ASSERT_NO_FATAL_FAILURE(expect_at(0));
  player.step(-1);
  ASSERT_NO_FATAL_FAILURE(expect_at(0));
  EXPECT_FALSE(player.live());
}

TEST_F(PlayerTest, PauseAndStepAtTheEndGateTheSource) {
  record(20);
  player.pause();
  expect_state(true, true, false);
  player.step(1);
  EXPECT_EQ(gate.let, 1U);
  expect_state(true, true, false);
  player.resume();
  expect_state(true, false, true);
  player.step(3);
  EXPECT_EQ(gate.let, 4U);
  expect_state(true, true, false);
  player.step(-1);
  expect_state(false, true, false);
  ASSERT_NO_FATAL_FAILURE(expect_at(start_of_call_before(events.size())));
  player.step(1);
  expect_state(true, true, false);
  EXPECT_EQ(gate.let, 4U) << "that step was in the past";
  player.go_live();
  expect_state(true, false, true);
}

TEST_F(PlayerTest, LookingAtThePastLeavesARunningWorkloadAlone) {
  record(100);
  player.seek(10);
  expect_state(false, true, true);
  const std::uint64_t there = player.position();
  record(100);
  ASSERT_NO_FATAL_FAILURE(expect_at(there));
  player.pause();
  expect_state(false, true, true);
  player.seek(events.size() + 1000);
  expect_state(true, false, true);

  player.pause();
  player.seek(10);
  expect_state(false, true, false);
  player.seek(events.size());
  expect_state(true, true, false);
}

TEST_F(PlayerTest, PlaysThePastAtItsSpeed) {
  record(2000);
  player.set_speed(100);
  EXPECT_EQ(gate.limit, 100.0);
  player.seek(0);
  player.resume();
  expect_state(false, false, true);
  std::uint64_t position = player.position();
  for (int frame = 1; frame <= 50; ++frame) {
    player.advance(0.025);  // two calls and a half
    const int calls = frame % 2 == 0 ? 3 : 2;
    for (int i = 0; i < calls; ++i) position = end_of_call(position + 1);
    ASSERT_EQ(player.position(), position);
    if (frame % 10 != 0) continue;
    ASSERT_NO_FATAL_FAILURE(expect_at(position));
  }
  player.pause();
  EXPECT_FALSE(player.advance(1) && player.advance(1));
  ASSERT_NO_FATAL_FAILURE(expect_at(position));
}

TEST_F(PlayerTest, PlayingToTheEndBecomesLive) {
  record(2000);
  player.pause();
  player.seek(0);
  player.resume();
  expect_state(false, false, false);
  for (int frame = 0; frame < 1000 && !player.live(); ++frame) player.advance(0.01);
  expect_state(true, false, true);
  expect_at(events.size());
}

TEST_F(PlayerTest, SpeedZeroStandsStill) {
  record(100);
  player.seek(10);
  player.set_speed(0);
  player.resume();
  const std::uint64_t position = player.position();
  for (int i = 0; i < 10; ++i) player.advance(1);
  EXPECT_EQ(player.position(), position);
  player.set_speed(std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(player.speed(), 0.0);
  player.set_speed(-5);
  EXPECT_EQ(player.speed(), 0.0);
}

TEST_F(PlayerTest, SeeksByTime) {
  record(500);
  for (std::uint64_t position = 1; position < events.size(); position += 37) {
    const std::uint64_t at = end_of_call(position);
    if (at == events.size()) break;
    player.seek(at);
    const std::uint64_t time = player.view().time();
    player.seek_time(time);
    ASSERT_EQ(player.position(), at);
  }
  player.seek_time(0);
  EXPECT_EQ(player.position(), 0U);
  EXPECT_FALSE(player.live());
  player.seek_time(recorder.now_ns());
  EXPECT_TRUE(player.live());
}

TEST_F(PlayerTest, ResetGoesLiveAndForgets) {
  record(500);
  player.seek(100);
  ASSERT_NO_FATAL_FAILURE(expect_at(end_of_call(100)));
  source.heap().reset();
  recorder.clear();
  player.reset();
  expect_state(true, false, true);
  EXPECT_EQ(player.position(), 0U);
  EXPECT_TRUE(player.advance(0.01));
  events.clear();
  work = RandomWork{source.heap(), 12};
  start = recorder.read().picture();
  record(500);
  player.seek(100);
  ASSERT_NO_FATAL_FAILURE(expect_at(end_of_call(100)));
}

TEST_F(PlayerTest, WithoutAGateNothingIsTold) {
  player.set_gate(nullptr);
  player.pause();
  player.step(1);
  player.set_speed(3);
  player.go_live();
  EXPECT_TRUE(player.live());
  EXPECT_EQ(gate.let, 0U);
  EXPECT_EQ(gate.limit, infinite);
}

}  // namespace
}  // namespace mh::test
