// Any events make a picture: what cannot be true is refused, the figures add up, the free list
// ends.

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
  // Mostly addresses that can be blocks, near each other; sometimes any. Links lead to addresses.
  const bool links = event.kind() == mh::EventKind::link || event.kind() == mh::EventKind::unlink;
  event.address = (base + (bytes[6] % 8 == 0 ? place : place * 16ULL)) & 0xffff'ffff'ffffU;
  event.size = bytes[6] % 16 == 1 ? ~0ULL - size : bytes[6] % 4 == 0 ? size : size * 16ULL;
  if (links && size != 0) event.size = base + size * 16ULL;
  event.extra = bytes[5];
  event.thread = bytes[7];
  return event;
}

void check_that(bool condition) {
  if (!condition) std::abort();
}

void check_pool(const mh::HeapPicture& picture, const mh::PictureBlock& block) {
  const mh::PoolSlots* const slots = picture.pool_of(block.address);
  check_that((slots != nullptr) == block.pool);
  if (slots == nullptr) return;
  check_that(block.used && slots->used() <= slots->count() && slots->count() > 0);
  check_that(block.address + slots->first() >= block.payload_address());
  check_that(block.address + slots->end() <= block.payload_address() + block.requested);
}

void check(const mh::HeapPicture& picture) {
  mh::PictureTotals sum;
  std::uint64_t end = 0;
  picture.for_each(0, ~0ULL, [&](const mh::PictureBlock& block) {
    check_that(block.address >= end);  // no overlap
    end = block.end();
    const bool outside = block.address >= picture.program_break() || end <= picture.start();
    const bool inside = block.address >= picture.start() && end <= picture.program_break();
    check_that(block.mapped ? outside : inside);
    check_that(!block.cached || block.free());
    check_that(block.header + block.front + block.requested + block.guard <= block.size);
    sum.header += block.header;
    sum.requested += block.requested;
    sum.padding += block.padding();
    sum.guard += block.guard_bytes();
    sum.used_blocks += block.used ? 1 : 0;
    sum.pool_blocks += block.pool ? 1 : 0;
    sum.free_blocks += block.free() ? 1 : 0;
    sum.set_aside_blocks += block.set_aside ? 1 : 0;
    sum.cached_blocks += block.cached ? 1 : 0;
    sum.cached += block.cached ? block.capacity() : 0;
    sum.mapped_blocks += block.mapped ? 1 : 0;
    sum.mapped += block.mapped ? block.size : 0;
    (block.free()      ? sum.free
     : block.set_aside ? sum.set_aside
                       : sum.foreign) += block.used ? 0 : block.capacity();
    check_pool(picture, block);
    return true;
  });
  sum.heap = picture.program_break() - picture.start() + sum.mapped;
  sum.allocs = picture.totals().allocs;
  sum.frees = picture.totals().frees;
  check_that(sum == picture.totals());
  std::uint64_t listed = 0;
  picture.for_each_free([&](const mh::PictureBlock& block) {
    check_that(block.free());
    return ++listed <= picture.totals().free_blocks;  // a circle would be longer
  });
  check_that(listed == picture.free_list_size());
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
