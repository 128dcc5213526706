// The event log: numbers that stay, a bound that holds, calls that begin and end.

#include "app/model/event_log.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "unit/model_test_support.hpp"

namespace mh::test {
namespace {

constexpr std::uint64_t chunk = EventLog::chunk_events;

Event numbered(std::uint64_t number, bool more = false) {
  return make_event(EventKind::marker, number, number, number / 3, 1, 0, more);
}

TEST(EventLog, IsEmptyAtFirst) {
  const EventLog log;
  EXPECT_EQ(log.begin(), 0U);
  EXPECT_EQ(log.end(), 0U);
  EXPECT_TRUE(log.run(0, 10).empty());
  EXPECT_EQ(log.end_of_call(5), 0U);
  EXPECT_EQ(log.start_of_call_before(5), 0U);
  EXPECT_EQ(log.find_time(1), 0U);
}

TEST(EventLog, EventsKeepTheirNumbersWhenOldOnesAreDropped) {
  EventLog log(0);  // the least: two chunks
  EXPECT_EQ(log.max_bytes(), 2 * chunk * sizeof(Event));
  for (std::uint64_t i = 0; i < 5 * chunk + 10; ++i) {
    log.append(numbered(i));
    ASSERT_LE(log.end() - log.begin(), 2 * chunk);
    ASSERT_EQ(log.end(), i + 1);
  }
  EXPECT_EQ(log.begin(), 4 * chunk);
  for (std::uint64_t i = log.begin(); i < log.end(); ++i) ASSERT_EQ(log.at(i).size, i);
  EXPECT_TRUE(log.run(log.begin() - 1, log.end()).empty());
  log.clear();
  EXPECT_EQ(log.begin(), 0U);
  EXPECT_EQ(log.end(), 0U);
  log.append(numbered(0));
  EXPECT_EQ(log.at(0).size, 0U);
}

TEST(EventLog, RunsJoinUpToTheWholeLog) {
  EventLog log(0);
  for (std::uint64_t i = 0; i < 3 * chunk + 77; ++i) log.append(numbered(i));
  const std::uint64_t limit = log.end() - 5;
  std::uint64_t position = log.begin() + 13;
  while (position < limit) {
    const auto run = log.run(position, limit);
    ASSERT_FALSE(run.empty());
    for (const Event& event : run) ASSERT_EQ(event.size, position++);
  }
  EXPECT_EQ(position, limit);
  EXPECT_TRUE(log.run(limit, limit).empty());
}

TEST(EventLog, FindsTheEndsOfCalls) {
  std::mt19937_64 random(3);
  EventLog log(0);
  std::vector<bool> more;
  for (std::uint64_t i = 0; i < 4 * chunk + 5; ++i) {
    more.push_back(random() % 3 != 0 ||
                   i == 3 * chunk - 1);  // the first chunk kept begins within a call
    log.append(numbered(i, more.back()));
  }
  const auto ends_at = [&](std::uint64_t position) { return position == 0 || !more[position - 1]; };
  for (int i = 0; i < 20000; ++i) {
    const std::uint64_t number = random() % (log.end() + 10);
    std::uint64_t end = std::max(number, log.begin());
    while (end < log.end() && !ends_at(end)) ++end;
    ASSERT_EQ(log.end_of_call(number), std::min(end, log.end()));

    std::uint64_t start = std::min(number, log.end());
    if (start <= log.begin()) {
      ASSERT_EQ(log.start_of_call_before(number), log.begin());
      continue;
    }
    do {
      --start;
    } while (start > log.begin() && !ends_at(start));
    ASSERT_EQ(log.start_of_call_before(number), start);
  }
}

TEST(EventLog, FindsTimes) {
  EventLog log(0);
  for (std::uint64_t i = 0; i < 2 * chunk; ++i) log.append(numbered(i));
  EXPECT_EQ(log.find_time(0), 0U);
  EXPECT_EQ(log.find_time(1), 3U);
  EXPECT_EQ(log.find_time(chunk), 3 * chunk > log.end() ? log.end() : 3 * chunk);
  for (std::uint64_t time = 0; time < 20000; time += 7) ASSERT_EQ(log.find_time(time), 3 * time);
  EXPECT_EQ(log.find_time(~0ULL), log.end());
}

TEST(EventLog, ANameBelongsToTheCallBeforeIt) {
  EventLog log;
  log.append(make_event(EventKind::alloc, 4096, 100));
  log.append(make_event(EventKind::step, 0, 12, 0, 1, 0, true));  // while explaining
  log.append(make_event(EventKind::label, 4096, pack_name("p")));
  log.append(make_event(EventKind::step, 0, 30, 0, 1, 0, true));
  log.append(make_event(EventKind::free, 4096));
  EXPECT_EQ(log.end_of_call(1), 3U);
  EXPECT_EQ(log.start_of_call_before(5), 3U);
  EXPECT_EQ(log.start_of_call_before(3), 0U);
}

}  // namespace
}  // namespace mh::test
