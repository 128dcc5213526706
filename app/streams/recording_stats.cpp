#include "app/streams/recording_stats.hpp"

#include <algorithm>
#include <bit>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "app/model/format.hpp"
#include "core/include/microheap.h"

namespace mh {

namespace {

using Json = nlohmann::json;

constexpr std::size_t least_class = 16;  // bytes

std::size_t class_of(std::uint64_t size) {
  if (size <= least_class) return 0;
  return std::min<std::size_t>(std::bit_width(size - 1) - 4, HeapStats::size_classes);
}

void count(const Event& event, HeapStats& stats) {
  switch (event.kind()) {
    case EventKind::alloc:
      ++stats.mallocs;
      stats.requested += event.size;
      ++stats.sizes[class_of(event.size)];
      break;
    case EventKind::free:
      ++stats.frees;
      break;
    case EventKind::resize:
      ++stats.resizes;
      break;
    case EventKind::error:
      ++(event.extra == MH_OUT_OF_MEMORY ? stats.failed : stats.errors);
      break;
    default:
      break;
  }
}

const char* describe_end(const SessionFacts& facts, char* text, std::size_t bytes) {
  if (!facts.end) {
    std::snprintf(text, bytes, "the recording was cut off");
  } else if (facts.end->signal != 0) {
    std::snprintf(text, bytes, "ended by signal %d", facts.end->signal);
  } else {
    std::snprintf(text, bytes, "exit status %d", facts.end->status);
  }
  return text;
}

/// Lines of "name   value".
class Lines {
 public:
  void add(const std::string& name, const std::string& value) {
    text_ += name + std::string(name.size() < width ? width - name.size() : 1, ' ') + value + "\n";
  }
  void add(const std::string& line) { text_ += line + "\n"; }
  [[nodiscard]] std::string text() const { return text_; }

 private:
  static constexpr std::size_t width = 14;
  std::string text_;
};

std::string moment_in_words(const HeapMoment& moment) {
  return format_bytes(moment.totals.requested) + " in " + format_count(moment.totals.used_blocks) +
         " blocks, heap " + format_bytes(moment.totals.heap) + ", at " + format_time(moment.time) +
         " (event " + std::to_string(moment.position) + ")";
}

void add_sizes(const HeapStats& stats, Lines& lines) {
  for (std::size_t i = 0; i < stats.sizes.size(); ++i) {
    if (stats.sizes[i] == 0) continue;
    const double share =
        100.0 * static_cast<double>(stats.sizes[i]) / static_cast<double>(stats.mallocs);
    char percent[24];
    std::snprintf(percent, sizeof percent, " (%.1f%%)", share);
    const std::size_t limit = least_class << std::min(i, HeapStats::size_classes - 1);
    lines.add("", (i < HeapStats::size_classes ? "up to " : "above ") + format_bytes(limit) + ": " +
                      format_count(stats.sizes[i]) + percent);
  }
}

void add_processes(const Recording& recording, Lines& lines) {
  if (recording.heaps().size() < 2) return;
  lines.add("");
  lines.add("processes", "(stats --process ID shows one)");
  for (const Recording::Heap& heap : recording.heaps()) {
    std::uint64_t peak = 0;
    for (const auto& chunk : heap.chunks) peak = std::max(peak, chunk.header.peak);
    lines.add("  " + std::to_string(heap.facts.process),
              format_count(heap.events()) + " events, peak " + format_bytes(peak) + ", from " +
                  format_time(heap.facts.began_ns) + " on" +
                  (heap.facts.inherited ? ", forked by " + std::to_string(heap.facts.parent) : "") +
                  ": " + heap.facts.title());
  }
}

Json as_json(const HeapMoment& moment) {
  const PictureTotals& totals = moment.totals;
  return {{"event", moment.position},
          {"time_ns", moment.time},
          {"requested", totals.requested},
          {"blocks", totals.used_blocks},
          {"heap", totals.heap},
          {"free", totals.free},
          {"free_blocks", totals.free_blocks},
          {"header", totals.header},
          {"padding", totals.padding},
          {"mapped", totals.mapped},
          {"cached", totals.cached}};
}

}  // namespace

HeapStats measure(const Recording& recording, const Recording::Heap& heap, History* history) {
  HeapStats stats;
  HeapPicture picture;
  const std::uint64_t end = heap.events();
  stats.whole = recording.for_each_event(
      heap, 0, end, [&](std::span<const Event> events, std::uint64_t first) {
        for (std::size_t i = 0; i < events.size(); ++i) {
          const Event& event = events[i];
          picture.look_ahead(events, i);
          picture.apply(event);
          count(event, stats);
          if (history != nullptr) history->note(event, first + i, picture);
          stats.end = {first + i + 1, event.time, picture.totals()};
          stats.peak_heap = std::max(stats.peak_heap, stats.end.totals.heap);
          if (event.more == 0 && stats.end.totals.requested > stats.peak.totals.requested) {
            stats.peak = stats.end;
          }
        }
        return true;
      });
  stats.events = stats.end.position;
  return stats;
}

const Recording::Heap& main_heap(const Recording& recording) {
  return *std::max_element(
      recording.heaps().begin(), recording.heaps().end(),
      [](const Recording::Heap& a, const Recording::Heap& b) { return a.events() < b.events(); });
}

const Recording::Heap* heap_of_process(const Recording& recording, std::uint64_t process) {
  const Recording::Heap* found = nullptr;
  for (const Recording::Heap& heap : recording.heaps()) {
    if (heap.facts.process != process) continue;
    if (found == nullptr || heap.events() > found->events()) found = &heap;
  }
  return found;
}

std::string stats_as_text(const Recording& recording, const Recording::Heap& heap,
                          const HeapStats& stats, const std::string& file) {
  const SessionFacts& facts = recording.facts();
  char end[80];
  Lines lines;
  lines.add("recording", file + ", " + format_bytes(recording.bytes()));
  if (!recording.damage().empty()) lines.add("damage", recording.damage());
  lines.add("recorded", facts.started + " on " + facts.host + ", " + facts.system);
  lines.add("ended", std::string(describe_end(facts, end, sizeof end)) +
                         (facts.end ? " after " + format_duration(facts.duration_ns) : ""));
  if (facts.missed != 0) {
    lines.add("missed", format_count(facts.missed) + " processes could not be recorded");
  }
  lines.add("");
  lines.add("process", std::to_string(heap.facts.process) + ": " + heap.facts.title(100));
  lines.add("events", format_count(stats.events) + " in " + format_duration(heap.end_time()));
  if (heap.facts.lost != 0) lines.add("lost", format_count(heap.facts.lost) + " events");
  if (!stats.whole) lines.add("damage", "what came later cannot be read");
  lines.add("malloc", format_count(stats.mallocs) + " blocks, " + format_bytes(stats.requested) +
                          (stats.failed != 0 ? ", " + format_count(stats.failed) + " failed" : ""));
  lines.add("free", format_count(stats.frees) + " blocks");
  if (stats.resizes != 0) lines.add("realloc", format_count(stats.resizes) + " in place");
  if (stats.errors != 0) lines.add("errors", format_count(stats.errors));
  lines.add("peak", moment_in_words(stats.peak));
  lines.add("at the end", moment_in_words(stats.end));
  lines.add("threads", format_count(heap.facts.threads.size()));
  lines.add("sizes", "asked for");
  add_sizes(stats, lines);
  add_processes(recording, lines);
  return lines.text();
}

std::string stats_as_json(const Recording& recording, const Recording::Heap& heap,
                          const HeapStats& stats) {
  const SessionFacts& facts = recording.facts();
  Json json{{"command", facts.command},         {"host", facts.host},
            {"started", facts.started},         {"system", facts.system},
            {"bytes", recording.bytes()},       {"damage", recording.damage()},
            {"duration_ns", facts.duration_ns}, {"missed", facts.missed}};
  if (facts.end) json["end"] = {{"status", facts.end->status}, {"signal", facts.end->signal}};
  Json sizes = Json::array();
  for (std::size_t i = 0; i < stats.sizes.size(); ++i) {
    if (stats.sizes[i] == 0) continue;
    Json limit = i < HeapStats::size_classes ? Json(least_class << i) : Json(nullptr);
    sizes.push_back({{"up_to", std::move(limit)}, {"mallocs", stats.sizes[i]}});
  }
  Json threads = Json::array();
  for (const ThreadInfo& thread : heap.facts.threads) {
    threads.push_back({{"number", thread.number}, {"name", thread.name}});
  }
  json["process"] = {{"id", heap.facts.process},      {"parent", heap.facts.parent},
                     {"command", heap.facts.command}, {"program", heap.facts.program},
                     {"events", stats.events},        {"lost", heap.facts.lost},
                     {"whole", stats.whole},          {"mallocs", stats.mallocs},
                     {"frees", stats.frees},          {"resizes", stats.resizes},
                     {"failed", stats.failed},        {"errors", stats.errors},
                     {"requested", stats.requested},  {"peak_heap", stats.peak_heap},
                     {"peak", as_json(stats.peak)},   {"at_end", as_json(stats.end)},
                     {"sizes", std::move(sizes)},     {"threads", std::move(threads)}};
  Json others = Json::array();
  for (const Recording::Heap& other : recording.heaps()) {
    others.push_back({{"id", other.facts.process},
                      {"parent", other.facts.parent},
                      {"inherited", other.facts.inherited},
                      {"began_ns", other.facts.began_ns},
                      {"events", other.events()},
                      {"lost", other.facts.lost},
                      {"command", other.facts.command}});
  }
  json["processes"] = std::move(others);
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace mh
