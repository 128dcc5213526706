// Any bytes are a recording that its reader survives: honest ones with bits flipped and cut off,
// too.
//
// First byte 0: the rest is the recording. Else it damages an honest one: each 3 bytes are an
// offset (2) and what to flip there (1); a byte that is left over says where the file is cut off.

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

#include "app/streams/recording.hpp"
#include "app/streams/recording_writer.hpp"

namespace {

std::vector<mh::Event> some_events() {
  std::vector<mh::Event> events;
  const auto add = [&](mh::EventKind kind, std::uint64_t address, std::uint64_t size) {
    mh::Event event{};
    event.kind_bits = static_cast<std::uint8_t>(kind);
    event.address = address & 0xffff'ffff'ffffULL;
    event.size = size;
    event.time = events.size();
    event.thread = 1;
    events.push_back(event);
  };
  add(mh::EventKind::reset, 0x1000, 0);
  add(mh::EventKind::break_moved, 0x3000, 0);
  for (std::uint64_t at = 0x1000; at < 0x3000; at += 64) {
    add(mh::EventKind::block, at, 64);
    add(mh::EventKind::alloc, at, 24);
  }
  return events;
}

std::string path_of(int file) {
  return "/proc/self/fd/" + std::to_string(file);
}

void write_honest(int file) {
  mh::RecordingFile out;
  if (!out.create(path_of(file)).empty()) std::abort();
  out.write_chunk(mh::recording::ChunkType::session, 0, mh::to_json(mh::SessionFacts{}));
  mh::ProcessFacts facts;
  facts.process = 7;
  facts.threads = {{1, "main", true}};
  mh::HeapTrack track(out, 0, facts);
  track.append(some_events());
  track.flush();
  track.append(some_events());
  track.close(facts);
  out.finish();
}

void damage(int file, const std::uint8_t* data, std::size_t size) {
  const auto bytes = static_cast<std::size_t>(lseek(file, 0, SEEK_END));
  for (; size >= 3; data += 3, size -= 3) {
    const auto offset = static_cast<off_t>((data[0] | std::size_t{data[1]} << 8) % bytes);
    std::uint8_t byte = 0;
    if (pread(file, &byte, 1, offset) != 1) std::abort();
    byte ^= data[2];
    if (pwrite(file, &byte, 1, offset) != 1) std::abort();
  }
  if (size == 1 && ftruncate(file, static_cast<off_t>(data[0] * bytes / 256)) != 0) std::abort();
}

void read_all(int file) {
  std::string error;
  const auto recording = mh::Recording::open(path_of(file), error);
  if (recording == nullptr) {
    if (error.empty()) std::abort();
    return;
  }
  for (const mh::Recording::Heap& heap : recording->heaps()) {
    recording->for_each_event(heap, 0, heap.events(),
                              [](std::span<const mh::Event> events, std::uint64_t) {
                                for (const mh::Event& event : events) {
                                  if (event.kind() >= mh::EventKind::count) std::abort();
                                }
                                return true;
                              });
    (void)recording->picture_at(heap, heap.peak_position());
    (void)recording->position_at(heap, 20);
    (void)heap.facts.title();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const int file = memfd_create("recording", MFD_CLOEXEC);
  if (file < 0) std::abort();
  if (data[0] == 0) {
    if (write(file, data + 1, size - 1) != static_cast<ssize_t>(size - 1)) std::abort();
  } else {
    write_honest(file);
    damage(file, data + 1, size - 1);
  }
  read_all(file);
  close(file);
  return 0;
}
