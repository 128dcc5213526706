#include "app/streams/export.hpp"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <vector>

#include "app/model/history.hpp"
#include "app/streams/recording_stats.hpp"

namespace mh {

namespace {

constexpr std::size_t snapshots = 200;  // what ms_print draws well
constexpr std::size_t samples = 4096;

struct Snapshot {
  std::uint64_t time = 0;
  std::uint64_t in_use = 0;
  std::uint64_t extra = 0;
  bool peak = false;
};

std::vector<Snapshot> snapshots_of(const History& history, const HeapStats& stats) {
  std::vector<Snapshot> result;
  result.push_back({});
  const auto& all = history.samples();
  const std::size_t stride = std::max<std::size_t>(1, all.size() / snapshots);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i % stride != 0 && i + 1 != all.size()) continue;
    const History::Sample& sample = all[i];
    result.push_back(
        {sample.time, sample.requested, sample.header + sample.padding + sample.guard, false});
  }
  const PictureTotals& most = stats.peak.totals;
  result.push_back(
      {stats.peak.time, most.requested, most.header + most.padding + most.guard, true});
  std::stable_sort(result.begin(), result.end(),
                   [](const Snapshot& a, const Snapshot& b) { return a.time < b.time; });
  return result;
}

std::string command_of(const Recording::Heap& heap) {
  return heap.facts.title(1000);
}

}  // namespace

std::string as_massif(const Recording& recording, const Recording::Heap& heap) {
  History history(samples);
  const HeapStats stats = measure(recording, heap, &history);
  std::string text = "desc: recorded by MicroHeap\ncmd: " + command_of(heap) + "\ntime_unit: ms\n";
  std::size_t number = 0;
  for (const Snapshot& snapshot : snapshots_of(history, stats)) {
    text += "#-----------\nsnapshot=" + std::to_string(number++) +
            "\n#-----------\ntime=" + std::to_string(snapshot.time / 1'000'000) +
            "\nmem_heap_B=" + std::to_string(snapshot.in_use) +
            "\nmem_heap_extra_B=" + std::to_string(snapshot.extra) + "\nmem_stacks_B=0\n";
    // Call sites are not recorded: the tree has only its root.
    text += snapshot.peak ? "heap_tree=peak\nn0: " + std::to_string(snapshot.in_use) +
                                " (heap allocation functions) malloc/new/new[], --alloc-fns, etc.\n"
                          : "heap_tree=empty\n";
  }
  return text;
}

std::string as_trace(const Recording& recording, const Recording::Heap& heap) {
  using Json = nlohmann::json;
  History history(samples);
  measure(recording, heap, &history);
  const auto written = [](const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
  };
  const std::uint64_t process = heap.facts.process;
  std::string text = "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n";
  text += written({{"ph", "M"},
                   {"name", "process_name"},
                   {"pid", process},
                   {"args", {{"name", command_of(heap)}}}});
  for (const ThreadInfo& thread : heap.facts.threads) {
    text += ",\n" + written({{"ph", "M"},
                             {"name", "thread_name"},
                             {"pid", process},
                             {"tid", thread.number},
                             {"args", {{"name", thread.name}}}});
  }
  for (const History::Sample& sample : history.samples()) {
    const double us = static_cast<double>(sample.time) / 1000;
    text += ",\n" + written({{"ph", "C"},
                             {"name", "heap"},
                             {"pid", process},
                             {"ts", us},
                             {"args",
                              {{"in use", sample.requested},
                               {"headers and padding", sample.header + sample.padding},
                               {"free", sample.free}}}});
  }
  for (const History::Mark& mark : history.marks()) {
    text += ",\n" + written({{"ph", "i"},
                             {"name", mark.text},
                             {"pid", process},
                             {"ts", static_cast<double>(mark.time) / 1000},
                             {"s", "p"}});
  }
  return text + "\n]}\n";
}

}  // namespace mh
