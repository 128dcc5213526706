// What an event costs the writer, and how fast a reader merges. Not run by ctest.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <thread>
#include <vector>

#include "core/events/clock.hpp"
#include "core/events/event_writer.hpp"
#include "core/events/merger.hpp"

namespace mh {
namespace {

/// Lets the ring take everything: says that all was read, as an infinitely fast reader would.
void empty_ring(Segment& segment) {
  ThreadSlot& slot = segment.slot(0);
  slot.tail.store(slot.head.load(std::memory_order_relaxed), std::memory_order_release);
}

Segment listening_segment(std::uint32_t slots, std::uint32_t records) {
  Segment segment = Segment::anonymous({slots, records, 10'000'000});
  segment.header().reader_attached.store(1);
  return segment;
}

void nobody_listens(benchmark::State& state) {
  EventWriter writer;
  for (auto _ : state) {
    EventScope scope(writer);
    scope.emit(EventKind::alloc, 0x1000, 64);
    benchmark::ClobberMemory();
  }
}
BENCHMARK(nobody_listens);

/// One stamped scope of as many events as the argument says. The ring fits the cache, as with a
/// reader that drains every millisecond it mostly does.
void scope_of_events(benchmark::State& state) {
  Segment segment = listening_segment(1, 1U << 12);
  EventWriter writer;
  writer.attach(segment);
  std::uint64_t scopes = 0;
  for (auto _ : state) {
    EventScope scope(writer);
    for (std::int64_t i = 0; i < state.range(0); ++i) scope.emit(EventKind::alloc, 0x1000, 64);
    if ((++scopes & 127) == 0) empty_ring(segment);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(scope_of_events)->Arg(1)->Arg(2)->Arg(8);

void reserve_and_scope(benchmark::State& state) {
  Segment segment = listening_segment(1, 1U << 12);
  EventWriter writer;
  writer.attach(segment);
  std::uint64_t scopes = 0;
  for (auto _ : state) {
    writer.reserve();
    EventScope scope(writer);
    scope.emit(EventKind::alloc, 0x1000, 64);
    if ((++scopes & 127) == 0) empty_ring(segment);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(reserve_and_scope);

void read_the_clock(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(clock_now());
}
BENCHMARK(read_the_clock);

/// Merges as many rings as the argument says, each full; scopes of the threads alternate.
void merge(benchmark::State& state) {
  const auto rings = static_cast<std::uint32_t>(state.range(0));
  constexpr std::uint64_t records = 1U << 16;
  Segment segment = listening_segment(128, records);
  Merger merger(segment);
  std::vector<Event> out;
  std::int64_t merged = 0;
  for (auto _ : state) {
    state.PauseTiming();
    const std::uint64_t start = clock_now();
    for (std::uint32_t ring = 0; ring < rings; ++ring) {
      ThreadSlot& slot = segment.slot(ring);
      const std::uint64_t head = slot.head.load();
      Record* to = segment.ring(ring);
      to[head % records] = Record::make_wide(EventKind::stamp, 0, start + ring);
      to[head % records].set_more(true);
      for (std::uint64_t i = 1; i < records; ++i) {
        to[(head + i) % records] = Record::make(EventKind::alloc, 64 * i, i, 0, rings);
      }
      slot.head.store(head + records);
    }
    while (clock_now() < start + records * rings) benchmark::ClobberMemory();
    out.clear();
    state.ResumeTiming();
    merger.poll(out, ~std::size_t{0});
    merged += static_cast<std::int64_t>(out.size());
  }
  state.SetItemsProcessed(merged);
}
BENCHMARK(merge)->Arg(1)->Arg(4)->Arg(8)->Arg(64)->Unit(benchmark::kMillisecond);

/// A poll that finds nothing, of a table of the usual size.
void idle_poll(benchmark::State& state) {
  Segment segment = listening_segment(128, 1U << 15);
  Merger merger(segment);
  std::vector<Event> out;
  for (auto _ : state) benchmark::DoNotOptimize(merger.poll(out));
}
BENCHMARK(idle_poll);

}  // namespace
}  // namespace mh

BENCHMARK_MAIN();
