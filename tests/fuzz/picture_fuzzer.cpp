// Any events make a picture: what cannot be true is refused, and the figures add up.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "app/model/heap_picture.hpp"

namespace {

constexpr std::uint64_t base = 0x5555'0000'0000;

mh::Event event_from(const std::uint8_t* bytes) {
  mh::Event event{};
  std::uint16_t place = 0;
  std::uint16_t size = 0;
  std::memcpy(&place, bytes + 1, sizeof place);
  std::memcpy(&size, bytes + 3, sizeof size);
  event.kind_bits = bytes[0] % 32;
  // Mostly addresses that can be blocks, near each other; sometimes any.
  event.address = (base + (bytes[6] % 8 == 0 ? place : place * 16ULL)) & 0xffff'ffff'ffffU;
  event.size = bytes[6] % 16 == 1 ? ~0ULL - size : bytes[6] % 4 == 0 ? size : size * 16ULL;
  event.extra = bytes[5];
  event.thread = bytes[7];
  return event;
}

void check(const mh::HeapPicture& picture) {
  std::uint64_t used = 0;
  std::uint64_t free = 0;
  std::uint64_t end = picture.start();
  picture.for_each(0, ~0ULL, [&](const mh::PictureBlock& block) {
    if (block.address < end) std::abort();  // overlap
    end = block.end();
    if (!block.foreign) ++(block.used ? used : free);
    return true;
  });
  if (end > picture.program_break()) std::abort();
  if (used != picture.totals().used_blocks || free != picture.totals().free_blocks) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t event_bytes = 8;
  mh::HeapPicture picture;
  mh::HeapPicture snapshot;
  for (std::size_t at = 0; at + event_bytes <= size; at += event_bytes) {
    picture.apply(event_from(data + at));
    if (at % 64 == 0) snapshot = picture;  // so that copies on write are tried too
  }
  check(picture);
  check(snapshot);
  return 0;
}
