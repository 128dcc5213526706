// The event log: numbers that stay, a bound that holds, calls that begin and end.

#include "app/model/event_log.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "app/model/call_list.hpp"
#include "app/model/find_block.hpp"
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

// ---- the list of calls, and finding a block

/// A log and its picture, made of calls.
struct Calls {
  EventLog log;
  HeapPicture picture;

  void add(const Event& event) {
    log.append(event);
    picture.apply(event);
  }
  void begin() {
    add(make_event(EventKind::reset, heap));
    add(make_event(EventKind::break_moved, heap + 0x10000));
    add(make_event(EventKind::block, heap, 0x10000, 0, 1, 32));
  }
  /// Splits the block at the top and hands its lower part out.
  void malloc(std::uint64_t at, std::uint64_t size, std::uint16_t thread, const char* name = "") {
    const std::uint64_t whole = (size + 15) / 16 * 16 + 32;
    now += 1'000'000;
    add(make_event(EventKind::split, at, whole, now, thread, 32, true));
    add(make_event(EventKind::alloc, at, size, now, thread, BlockShape{.header = 32}.pack()));
    if (*name != 0) add(make_event(EventKind::label, at, pack_name(name), now, thread));
  }
  void free(std::uint64_t at, std::uint16_t thread) {
    now += 1'000'000;
    add(make_event(EventKind::free, at, 0, now, thread));
  }

  static constexpr std::uint64_t heap = 0x5581'c3a1'2000;
  std::uint64_t now = 0;
};

const CallWindow::Line plain_line = [](const LoggedCall& call) {
  return "t" + std::to_string(call.thread) + "\t" + call.call + "\t" + call.result + "\t" +
         call.why;
};

void fill(CallWindow& window, const Calls& calls, std::size_t lines, std::string_view filter) {
  for (int turn = 0; !window.fill(calls.log, calls.picture, lines, filter, plain_line); ++turn)
    ASSERT_LT(turn, 100'000);
}

TEST(CallList, ACallIsReadWithItsNameResultAndReason) {
  Calls calls;
  calls.begin();
  const std::uint64_t from = calls.log.end();
  calls.malloc(Calls::heap, 100, 3, "p");
  const LoggedCall call = read_call(calls.log, from, calls.log.end(), calls.picture);
  EXPECT_EQ(call.call, "p = malloc(100)");
  EXPECT_EQ(call.result, "0x5581c3a12020");
  EXPECT_EQ(call.why, "split, 144 B are kept");
  EXPECT_EQ(call.thread, 3);
  EXPECT_EQ(call.block, Calls::heap);
  EXPECT_FALSE(call.refused);
  calls.add(make_event(EventKind::error, Calls::heap + 48, 100, 5, 3, MH_INTERIOR_POINTER));
  const LoggedCall wrong =
      read_call(calls.log, calls.log.end() - 1, calls.log.end(), calls.picture);
  EXPECT_TRUE(wrong.refused);
  EXPECT_EQ(wrong.result, mh_error_text(MH_INTERIOR_POINTER));
}

TEST(CallList, AWindowShowsTheLastCallsScrollsAndFilters) {
  Calls calls;
  calls.begin();
  for (std::uint64_t i = 0; i < 200; ++i)
    calls.malloc(Calls::heap + i * 48, 16, static_cast<std::uint16_t>(1 + i % 4));
  CallWindow window;
  window.follow(calls.log.end());
  fill(window, calls, 5, "");
  ASSERT_EQ(window.calls().size(), 5U);
  EXPECT_EQ(window.calls().back().to, calls.log.end());
  EXPECT_EQ(window.calls().back().thread, 4);
  window.scroll(-3);
  fill(window, calls, 5, "");
  EXPECT_EQ(window.calls().back().to, calls.log.end() - 6);
  window.scroll(100);  // not beyond the end
  fill(window, calls, 5, "");
  EXPECT_EQ(window.calls().back().to, calls.log.end());
  fill(window, calls, 5, "T2 malloc");
  ASSERT_EQ(window.calls().size(), 5U);
  for (const LoggedCall& call : window.calls()) EXPECT_EQ(call.thread, 2);
  fill(window, calls, 5, "no such words");
  EXPECT_TRUE(window.calls().empty());
  EXPECT_TRUE(window.at_begin());
  const CallText text =
      calls_as_text(calls.log, calls.picture, calls.log.end(), "t1", 10, plain_line);
  EXPECT_EQ(text.calls, 10U);
  EXPECT_FALSE(text.all);
  EXPECT_EQ(std::count(text.text.begin(), text.text.end(), '\n'), 11);
}

/// Only what is in view is read: a hundred frames on millions of events take no time.
TEST(CallList, ALongLogIsNotReadThrough) {
  Calls calls;
  calls.begin();
  calls.malloc(Calls::heap, 16, 1);
  for (int i = 0; i < 2'000'000; ++i)
    calls.log.append(make_event(EventKind::free, Calls::heap, 0, 10, 1));
  CallWindow window;
  const auto begin = std::chrono::steady_clock::now();
  for (std::uint64_t i = 0; i < 100; ++i) {
    window.follow(1'000'000 + i);
    ASSERT_TRUE(window.fill(calls.log, calls.picture, 20, "", plain_line));
    ASSERT_EQ(window.calls().size(), 20U);
  }
  EXPECT_FALSE(window.fill(calls.log, calls.picture, 20, "nothing like it", plain_line))
      << "a filter looks a bit in each frame";
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));
}

TEST(FindBlock, TakesAddressesNamesAndSizes) {
  Calls calls;
  calls.begin();
  calls.malloc(Calls::heap, 100, 1, "p");
  calls.malloc(Calls::heap + 144, 200, 1, "q");
  calls.malloc(Calls::heap + 144 + 240, 200, 1);
  const std::uint64_t q = Calls::heap + 144;
  const auto found = [&](std::string_view text, std::uint64_t behind = 0) {
    return find_block(calls.picture, text, behind).block;
  };
  EXPECT_EQ(found("p"), Calls::heap);
  EXPECT_EQ(found(" q "), q);
  EXPECT_EQ(found("0x5581c3a12020"), Calls::heap);
  EXPECT_EQ(found("$1 = (char *) 0x5581c3a12020 \"hello\""), Calls::heap);
  EXPECT_EQ(found("5581c3a120b0"), q);
  EXPECT_EQ(found("c3a120b0"), q) << "as the map writes it";
  EXPECT_EQ(found("200"), q);
  EXPECT_EQ(found("200", q), q + 240) << "the next one";
  EXPECT_EQ(found("200", q + 240), q) << "and around";
  EXPECT_EQ(found("0x10"), 0U);
  EXPECT_EQ(found("zebra"), 0U);
  EXPECT_NE(find_block(calls.picture, "zebra", 0).words.find("No block is called 'zebra'"),
            std::string::npos);
  EXPECT_NE(find_block(calls.picture, "0x5581c3a1202a", 0).words.find("is byte 10 of p: 100 B"),
            std::string::npos);
  EXPECT_NE(find_block(calls.picture, "777", 0).words.find("No block of 777 bytes"),
            std::string::npos);
}

}  // namespace
}  // namespace mh::test
