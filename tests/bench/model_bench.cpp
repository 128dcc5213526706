// How fast the picture follows a stream, and how fast the playhead finds a moment of the past.
//
//   Apply       events per second applied to a picture of so many live blocks; bytes per live block
//   LogAppend   the log, without a picture
//   CopyPicture what a keyframe costs
//   Seek        to a random position of a recording of a million calls
//   StepBack    one call back, as a key that is held down does

#include <benchmark/benchmark.h>

#include <map>
#include <memory>
#include <random>
#include <span>
#include <vector>

#include "app/model/event_log.hpp"
#include "app/model/history.hpp"
#include "app/model/player.hpp"
#include "core/heap/classic/classic_heap.hpp"
#include "unit/model_test_support.hpp"

namespace mh::test {
namespace {

constexpr std::uint64_t base = 0x5555'0000'0000;
constexpr std::uint64_t header = 32;

/// A heap of live blocks, and a stream that frees and allocates them at random for ever: each call
/// frees a block in use or allocates a free one, one time in eight by splitting it and merging it
/// again.
class Churn {
 public:
  explicit Churn(std::size_t live) : random_(live) {
    std::uint64_t end = base;
    picture.apply(make_event(EventKind::reset, base));
    for (std::size_t i = 0; i < 2 * live; ++i) {
      const std::uint64_t size = 48 + random_() % 14 * 16;
      picture.apply(make_event(EventKind::break_moved, end + size));
      picture.apply(make_event(EventKind::block, end, size, i, 1, header));
      if (i % 2 == 0) picture.apply(make_event(EventKind::alloc, end, size - header - 3, i));
      blocks_.push_back({end, size, i % 2 == 0});
      end += size;
    }
    stream.reserve(length);
    while (stream.size() + 4 < length) call();
  }
  HeapPicture picture;
  std::vector<Event> stream;  ///< leaves the heap with as many live blocks, but not the same

 private:
  static constexpr std::size_t length = 1U << 22;
  struct Place {
    std::uint64_t address, size;
    bool used;
  };
  void call() {
    Place& place = blocks_[random_() % blocks_.size()];
    const std::uint64_t time = stream.size();
    if (place.used) {
      stream.push_back(make_event(EventKind::free, place.address, 0, time));
      if (random_() % 8 == 0 && place.size >= 112) {
        stream.push_back(make_event(EventKind::split, place.address, 48, time, 1, header));
        stream.push_back(make_event(EventKind::coalesce, place.address, place.size, time));
      }
    } else {
      stream.push_back(make_event(EventKind::alloc, place.address, place.size - header - 5, time));
    }
    place.used = !place.used;
  }
  std::mt19937_64 random_;
  std::vector<Place> blocks_;
};

Churn& churn_of(std::size_t live) {
  static std::map<std::size_t, std::unique_ptr<Churn>> made;
  auto& churn = made[live];
  if (!churn) churn = std::make_unique<Churn>(live);
  return *churn;
}

void Apply(benchmark::State& state) {
  Churn& churn = churn_of(static_cast<std::size_t>(state.range(0)));
  HeapPicture picture;
  std::size_t next = churn.stream.size();
  std::uint64_t applied = 0;
  for (auto _ : state) {
    if (next + 4096 > churn.stream.size()) {
      state.PauseTiming();
      picture = churn.picture;
      for (std::uint64_t at = base; at < picture.program_break(); at += HeapPicture::shard_bytes) {
        const auto block =
            picture.block_from(at);  // owns every shard, as a picture does after a while
        if (block) picture.apply(make_event(EventKind::owner, block->address, 1));
      }
      next = 0;
      state.ResumeTiming();
    }
    picture.apply_all(std::span(churn.stream).subspan(next, 4096));
    next += 4096;
    applied += 4096;
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(applied));
  const PictureTotals& totals = churn.picture.totals();
  state.counters["bytes_per_block"] = static_cast<double>(churn.picture.memory_bytes()) /
                                      static_cast<double>(totals.used_blocks + totals.free_blocks);
}
BENCHMARK(Apply)->Arg(10'000)->Arg(100'000)->Arg(1'000'000)->Unit(benchmark::kMicrosecond);

void ApplyAndNote(benchmark::State& state) {
  Churn& churn = churn_of(static_cast<std::size_t>(state.range(0)));
  HeapPicture picture = churn.picture;
  History history;
  EventLog log(std::size_t{64} << 20);
  std::size_t next = 0;
  std::uint64_t applied = 0;
  for (auto _ : state) {
    if (next + 4096 > churn.stream.size()) {
      picture = churn.picture;
      next = 0;
    }
    for (std::size_t i = 0; i < 4096; ++i) {
      picture.look_ahead(churn.stream, next);
      const Event& event = churn.stream[next++];
      log.append(event);
      picture.apply(event);
      history.note(event, log.end() - 1, picture);
    }
    applied += 4096;
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(applied));
}
BENCHMARK(ApplyAndNote)->Arg(10'000)->Arg(1'000'000)->Unit(benchmark::kMicrosecond);

void LogAppend(benchmark::State& state) {
  const Churn& churn = churn_of(10'000);
  EventLog log(std::size_t{64} << 20);
  for (auto _ : state) {
    for (std::size_t i = 0; i < 4096; ++i) log.append(churn.stream[i]);
  }
  state.SetItemsProcessed(state.iterations() * 4096);
}
BENCHMARK(LogAppend)->Unit(benchmark::kMicrosecond);

void CopyPicture(benchmark::State& state) {
  const Churn& churn = churn_of(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    HeapPicture copy = churn.picture;
    benchmark::DoNotOptimize(copy);
  }
}
BENCHMARK(CopyPicture)->Arg(10'000)->Arg(1'000'000);

void WholeSummary(benchmark::State& state) {
  const Churn& churn = churn_of(1'000'000);
  for (auto _ : state) {
    std::uint64_t bytes = 0;
    for (std::uint64_t at = base; at < churn.picture.program_break();
         at += HeapPicture::shard_bytes) {
      bytes += churn.picture.summary(at).requested;
    }
    benchmark::DoNotOptimize(bytes);
  }
}
BENCHMARK(WholeSummary)->Unit(benchmark::kMillisecond);

/// A real recording: a heap of live blocks built up, then a million calls on it.
struct Recording {
  explicit Recording(std::size_t live)
      : source({}, std::size_t{1} << 30),
        recorder(source, {std::size_t{256} << 20, 32768, 1e9}),
        player(recorder) {
    std::mt19937_64 random(1);
    // Same sizes, and so first fit finds its block soon; what counts here is the number of events.
    std::vector<void*> blocks;
    for (std::size_t i = 0; i < live; ++i) blocks.push_back(source.heap().allocate(100));
    for (int i = 0; i < 500'000; ++i) {
      void*& block = blocks[random() % std::min<std::size_t>(blocks.size(), 1000)];
      source.heap().release(block);
      block = source.heap().allocate(100);
    }
    recorder.drain(60 * second);
  }
  HeapSource source;
  Recorder recorder;
  Player player;
};

Recording& recording_of(std::size_t live) {
  static std::map<std::size_t, std::unique_ptr<Recording>> made;
  auto& recording = made[live];
  if (!recording) recording = std::make_unique<Recording>(live);
  return *recording;
}

void Seek(benchmark::State& state) {
  Recording& recording = recording_of(static_cast<std::size_t>(state.range(0)));
  std::mt19937_64 random(3);
  for (auto _ : state) {
    recording.player.seek(random() % recording.recorder.end());
    benchmark::DoNotOptimize(recording.player.view().position());
  }
  state.counters["events"] = static_cast<double>(recording.recorder.end());
}
BENCHMARK(Seek)->Arg(10'000)->Arg(200'000)->Unit(benchmark::kMillisecond)->Iterations(50);

void StepBack(benchmark::State& state) {
  Recording& recording = recording_of(static_cast<std::size_t>(state.range(0)));
  recording.player.seek(recording.recorder.end() - 1);
  recording.player.step(-1);
  for (auto _ : state) {
    recording.player.step(-1);
    benchmark::DoNotOptimize(recording.player.view().position());
  }
}
BENCHMARK(StepBack)->Arg(10'000)->Arg(200'000)->Unit(benchmark::kMicrosecond)->Iterations(5000);

}  // namespace
}  // namespace mh::test

BENCHMARK_MAIN();
