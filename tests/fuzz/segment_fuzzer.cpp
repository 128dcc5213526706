// Any bytes are a segment that a reader survives: poll() ends, stays inside, hands on known kinds.
//
// The input damages an honest segment: each 10 bytes are an offset (2) and what to write there (8).

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "core/events/event_writer.hpp"
#include "core/events/merger.hpp"

namespace {

constexpr std::size_t patch_bytes = 10;

void write_some(mh::EventWriter& writer) {
  for (std::uint64_t i = 0; i < 40; ++i) {
    mh::EventScope scope(writer);
    scope.emit(mh::EventKind::break_moved, 0x1000 * i);
    scope.emit(mh::EventKind::block, 0x1000 * i, 64, 32);
  }
}

void damage(mh::Segment& segment, const std::uint8_t* data, std::size_t size) {
  auto* const begin = reinterpret_cast<unsigned char*>(&segment.header());
  for (; size >= patch_bytes; data += patch_bytes, size -= patch_bytes) {
    std::uint16_t offset = 0;
    std::memcpy(&offset, data, sizeof offset);
    // Header, slots and the first ring lie in the first 64 KiB less the last patch.
    std::memcpy(begin + offset % 4096, data + 2, 8);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mh::Segment segment =
      mh::Segment::anonymous({.slot_count = 4, .ring_records = 64, .patience_us = 0});
  segment.header().reader_attached.store(1);
  mh::EventWriter writer;
  writer.attach(segment);
  write_some(writer);
  mh::Merger merger(segment);
  std::vector<mh::Event> events;
  for (int round = 0; round < 3; ++round) {
    merger.poll(events, 4096);
    damage(segment, data, size);
  }
  for (const mh::Event& event : events) {
    if (event.kind() >= mh::EventKind::count) std::abort();
  }
  writer.detach();
  return 0;
}
