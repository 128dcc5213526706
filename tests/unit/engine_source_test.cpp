// The engine's own source beside a lesson: every place that an event names is found, and shown as
// what it does.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/lessons/engine_source.hpp"
#include "app/lessons/shown_code.hpp"
#include "app/model/recorder.hpp"
#include "core/heap/classic/policy.hpp"
#include "core/heap/pools/pool.hpp"
#include "tests/unit/model_test_support.hpp"

namespace mh::test {
namespace {
/// A place in the source that an event names: from its first line to its semicolon. What takes the
/// place from its caller is none.
struct Marker {
  std::string file;
  std::string function;
  std::size_t first, last;
};

std::vector<Marker> markers_of(const EmbeddedFile& file) {
  std::vector<Marker> markers;
  std::size_t number = 0;
  std::string_view text = file.text;
  bool open = false;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    ++number;
    const auto has = [line](const char* words) { return line.find(words) != line.npos; };
    const bool reports = has(" report(") && file.name != "pool.cpp";  // told by the heap's own
    const bool tells = has("scope.emit(EventKind::") || has("search.visit(") ||
                       has(" tell_search") || has(" tell_nothing_free(") || reports ||
                       has(" report_damage(") || has(" append_at(");
    if (tells && line.starts_with("  ")) {
      const auto function = function_at(source_file_number(file.name.data()), number);
      markers.push_back({std::string(file.name), function ? function->title : "", number, number});
      open = true;
    }
    if (open) markers.back().last = number;
    if (open && (has(", from)") || has(", grown)"))) {
      markers.pop_back();
      open = false;
    }
    if (open && line.ends_with(';')) open = false;
  }
  return markers;
}

char* bytes_of(ClassicHeap& heap, std::size_t size) {
  return static_cast<char*>(heap.allocate(size));
}

/// What is found only by searches, growth, pools and whoever heals headers.
void damage_everything(HeapSource& source) {
  ClassicHeap& heap = source.heap();
  mh_policy policy = plainest_policy;
  policy.coalescing = MH_COALESCE_AT_FREE;
  policy.trimming = MH_TRIM_NEVER;
  policy.poison = 1;
  heap.reset();
  heap.set_policy(policy);
  char* const found_by_search = bytes_of(heap, 2000);
  heap.allocate(16);
  heap.release(found_by_search);
  found_by_search[100] = 'x';
  heap.allocate(1900);
  char* const found_by_growth = bytes_of(heap, 100);
  heap.release(found_by_growth);
  found_by_growth[60] = 'x';
  heap.allocate(5000);
  Pool* const pool = Pool::create(heap, 24, 8);
  void* const object = pool->allocate();
  pool->allocate();
  pool->release(object);
  pool->release(object);
  mh_block block{};
  ASSERT_TRUE(heap.block_at(pool, block));
  heap.release(static_cast<char*>(const_cast<void*>(block.address)) + block.header);  // not ours
  pool->destroy();

  policy.header = MH_HEADER_COMPACT;
  heap.reset();
  heap.set_policy(policy);
  heap.allocate(64);
  source.somebody_elses_sbrk(1000);
  std::memset(bytes_of(heap, 64) - 16 - 32, 0x42, 16);  // the header behind their bytes
  heap.allocate(64);

  heap.reset();
  heap.set_policy(plainest_policy);
  char* const smashed = bytes_of(heap, 64);
  char* const freed = bytes_of(heap, 64);
  heap.allocate(100'000);
  source.somebody_lowers_the_break(90'000);
  heap.allocate(200'000);
  std::memset(smashed - 32, 0x42, 16);
  heap.release(smashed);
  heap.release(freed);
}

/// Whatever a program can do to a heap, and what can go wrong.
void do_everything(HeapSource& source) {
  ClassicHeap& heap = source.heap();
  for (int placement = MH_FIRST_FIT; placement <= MH_WORST_FIT; ++placement) {
    mh_policy policy = plainest_policy;
    policy.placement = static_cast<mh_placement>(placement);
    policy.split = 1;
    policy.coalescing = MH_COALESCE_AT_FREE;
    policy.guards = 1;
    policy.poison = 1;
    heap.set_policy(policy);
    std::vector<void*> blocks;
    for (const std::size_t size : {400U, 16U, 100U, 16U, 900U, 16U}) {
      blocks.push_back(heap.allocate(size));
    }
    for (const std::size_t i : {0U, 2U, 4U}) heap.release(blocks[i]);
    blocks[0] = heap.allocate(90);
    blocks[2] = heap.allocate(5000);
    blocks[0] = heap.reallocate(blocks[0], 20);
    blocks[0] = heap.reallocate(blocks[0], 300);
    blocks[4] = heap.allocate_aligned(4096, 64);
    static_cast<char*>(blocks[1])[16] = 'x';  // an overflow, then two frees of the block
    heap.release(blocks[1]);
    heap.release(blocks[1]);
    for (const std::size_t i : {0U, 2U, 4U, 3U, 5U}) heap.release(blocks[i]);
  }
  mh_policy lifo = plainest_policy;
  lifo.free_order = MH_ORDER_LIFO;
  heap.set_policy(lifo);
  void* const freed = heap.allocate(64);
  void* const smashed = heap.allocate(64);
  heap.allocate(64);
  heap.release(freed);
  std::memset(freed, 0x41, 16);                             // its links
  std::memset(static_cast<char*>(smashed) - 32, 0x42, 16);  // a header
  heap.allocate(64);
  heap.set_policy(plainest_policy);  // sorts the list
  source.somebody_elses_sbrk(1000);
  heap.allocate(5000);
  heap.allocate(std::size_t{1} << 50);
  damage_everything(source);
}

/// All of it, explained.
std::vector<Event> explained_events() {
  HeapSource source;
  Recorder recorder(source, Recorder::Options{});
  source.heap().set_explaining(true);
  do_everything(source);
  EXPECT_TRUE(recorder.drain(20 * second));
  const Recorder::Reading reading = recorder.read();
  std::vector<Event> events;
  for (std::uint64_t i = reading.log().begin(); i < reading.log().end(); ++i) {
    events.push_back(reading.log().at(i));
  }
  return events;
}

TEST(EngineSource, EveryMarkerFires) {
  // Told of the heap as a whole, or by who names and marks, not by malloc, free and realloc.
  const std::set<std::string> of_no_operation{"describe", "tell_block", "name_block", "mark",
                                              "reset"};
  const std::vector<Event> events = explained_events();
  std::set<std::pair<std::uint64_t, std::uint64_t>> fired;
  for (const Event& event : events) {
    if (event.kind() == EventKind::step) fired.emplace(event.extra, event.size);
  }
  std::size_t checked = 0;
  for (const EmbeddedFile& file : engine_sources()) {
    for (const Marker& marker : markers_of(file)) {
      if (of_no_operation.contains(marker.function.substr(0, marker.function.find('(')))) continue;
      ++checked;
      const std::uint64_t number = source_file_number(file.name.data());
      bool found = false;
      for (std::size_t line = marker.first; line <= marker.last; ++line)
        found = found || fired.contains({number, line});
      EXPECT_TRUE(found) << marker.file << ":" << marker.first << " in " << marker.function;
    }
  }
  EXPECT_GT(checked, 20U);
}

TEST(EngineSource, EachEventOfAnExplainedHeapNamesALineOfAFunctionThatIsShown) {
  const std::vector<Event> events = explained_events();
  std::set<std::uint64_t> files;
  for (const EmbeddedFile& file : engine_sources()) {
    EXPECT_TRUE(files.insert(source_file_number(file.name.data())).second)
        << file.name << " has the number of another file";
  }
  for (std::size_t i = 0; i + 1 < events.size(); ++i) {
    const Event& event = events[i];
    if (event.kind() != EventKind::step) continue;
    const auto function = function_at(static_cast<std::uint8_t>(event.extra), event.size);
    ASSERT_TRUE(function) << "file " << event.extra << " line " << event.size;
    EXPECT_NE(events[i + 1].kind(), EventKind::step) << "an event follows its step";
  }
}

TEST(EngineSource, AFunctionIsFoundByItsLines) {
  for (const EmbeddedFile& file : engine_sources()) {
    if (file.name != "placement.cpp") continue;
    const std::size_t at = file.text.find("Block* best_fit(");
    const auto line = static_cast<std::size_t>(
        std::count(file.text.begin(), file.text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
    const auto function = function_at(source_file_number("placement.cpp"), line + 3);
    ASSERT_TRUE(function);
    EXPECT_EQ(function->title, "best_fit(), placement.cpp");
    EXPECT_EQ(function->first_line, line + 1);
    EXPECT_EQ(function->lines.back(), "}");
  }
  EXPECT_FALSE(function_at(source_file_number("placement.cpp"), 100'000));
  EXPECT_FALSE(function_at(source_file_number("placement.cpp"), 0));
  EXPECT_FALSE(function_at(source_file_number("moon.cpp"), 10));
}

/// The function in which a line of a file stands that contains words, as it is shown for that line.
SlideCode code_at(std::string_view file_name, std::string_view function_head,
                  std::string_view words) {
  for (const EmbeddedFile& file : engine_sources()) {
    if (file.name != file_name) continue;
    const std::size_t at = file.text.find(words, file.text.find(function_head));
    const auto line =
        1 + static_cast<std::size_t>(std::count(
                file.text.begin(), file.text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
    const auto function = function_at(source_file_number(file.name.data()), line);
    if (function) return shown_code(*function, line);
  }
  ADD_FAILURE() << "no such place: " << words;
  return {};
}

std::vector<std::string> marked_in(const SlideCode& code) {
  std::vector<std::string> marked;
  for (const SlideCode::Line& line : code.lines) {
    if (line.marked) marked.push_back(line.text.substr(line.text.find_first_not_of(' ')));
  }
  return marked;
}

TEST(ShownCode, MarksTheStatementThatDidWhatIsTold) {
  using Lines = std::vector<std::string>;
  EXPECT_EQ(marked_in(code_at("classic_heap.cpp", "void ClassicHeap::absorb", "scope.emit")),
            Lines{"list_.absorb(block, next);"});
  EXPECT_EQ(marked_in(code_at("classic_heap.cpp", "void ClassicHeap::mark_free", "scope.emit")),
            Lines{"block.set(fields);"});
  EXPECT_EQ(marked_in(code_at("placement.cpp", "Block* first_fit", "search.visit")),
            Lines{"const bool fits = search.left_over(block) >= 0;"});
  EXPECT_EQ(marked_in(code_at("placement.cpp", "Block* best_fit", "search.visit")).size(), 1U);
  const Lines rewrite =
      marked_in(code_at("classic_heap.cpp", "void ClassicHeap::hand_out", "scope.emit"));
  ASSERT_EQ(rewrite.size(), 1U) << "a statement of many lines";
  EXPECT_TRUE(rewrite.front().starts_with("list_.rewrite(block, layout_.header, {.size = "));
  EXPECT_TRUE(rewrite.front().ends_with(" guarded)});"));
  // Behind a block stands the line that began it.
  EXPECT_EQ(marked_in(code_at("classic_break.cpp", "void ClassicHeap::trim",
                              "scope.emit(EventKind::break_moved")),
            Lines{"if (!give_back_to(new_end)) {"});
}

TEST(ShownCode, LeavesOutWhatOnlyTellsAndCounts) {
  const std::vector<Event> events = explained_events();
  std::size_t shown = 0;
  for (const Event& event : events) {
    if (event.kind() != EventKind::step) continue;
    const auto function = function_at(static_cast<std::uint8_t>(event.extra), event.size);
    ASSERT_TRUE(function);
    const SlideCode code = shown_code(*function, event.size);
    EXPECT_TRUE(code.lines.front().text.starts_with(function->lines.front()));
    EXPECT_FALSE(marked_in(code).empty()) << function->title << " line " << event.size;
    for (const SlideCode::Line& line : code.lines) {
      EXPECT_EQ(line.text.find("emit("), std::string::npos) << function->title;
      EXPECT_EQ(line.text.find("  count_in("), std::string::npos) << function->title;
    }
    ++shown;
  }
  EXPECT_GT(shown, 100U);
}

TEST(ShownCode, OfALineThatIsNotInTheFunctionNothingIsShown) {
  const SourceFunction function{"f(), x.cpp", {"void f() {", "  g();", "}"}, 10};
  EXPECT_TRUE(shown_code(function, 9).lines.empty());
  EXPECT_TRUE(shown_code(function, 13).lines.empty());
  EXPECT_EQ(marked_in(shown_code(function, 11)), std::vector<std::string>{"g();"});
}

}  // namespace
}  // namespace mh::test
