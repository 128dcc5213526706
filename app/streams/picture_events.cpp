#include "app/streams/picture_events.hpp"

#include <limits>
#include <string>

namespace mh {

namespace {

/// Appends events, of which each belongs to a block and happened when the block became what it is.
class Teller {
 public:
  explicit Teller(std::vector<Event>& out) : out_(out) {}

  void tell(EventKind kind, std::uint64_t address, std::uint64_t size = 0,
            std::uint64_t extra = 0) {
    Event event{};
    event.address = address & ((std::uint64_t{1} << 48) - 1);
    event.kind_bits = static_cast<std::uint8_t>(kind);
    event.extra = extra & 0xff;
    event.size = size;
    event.time = time_ & ((std::uint64_t{1} << 47) - 1);
    event.thread = thread_;
    out_.push_back(event);
  }
  void set(std::uint64_t time, std::uint16_t thread) {
    time_ = time;
    thread_ = thread;
  }

 private:
  std::vector<Event>& out_;
  std::uint64_t time_ = 0;
  std::uint16_t thread_ = 0;
};

void tell_slots(const HeapPicture& picture, const PictureBlock& block, Teller& teller) {
  const PoolSlots* const slots = picture.pool_of(block.address);
  if (slots == nullptr) return;
  teller.tell(EventKind::pool, block.address, slots->slot_size(), slots->first() / 16);
  for (std::uint64_t number = 0; number < slots->count(); ++number) {
    if (!slots->is_used(number)) continue;
    teller.tell(EventKind::slot_alloc,
                block.address + slots->first() + number * slots->slot_size());
  }
}

void tell_block(const HeapPicture& picture, const PictureBlock& block, Teller& teller) {
  teller.set(block.since, block.thread);
  const std::uint64_t at = block.address;
  if (block.foreign) {
    teller.tell(EventKind::foreign, at, block.size, block.header);
    return;
  }
  teller.tell(block.mapped ? EventKind::mapped : EventKind::block, at, block.size, block.header);
  if (block.set_aside) teller.tell(EventKind::set_aside, at, block.size, block.header);
  if (block.cached) teller.tell(EventKind::cache, at, 0, 1);
  if (block.used) {
    const BlockShape shape{static_cast<std::uint8_t>(block.header), block.guarded, block.front};
    // A header that no shape can say is that of the block's own event.
    const bool said = block.header % BlockShape::unit == 0 && block.header / BlockShape::unit < 4;
    teller.tell(EventKind::alloc, at, block.requested,
                said ? shape.pack() : BlockShape{0, block.guarded, block.front}.pack());
    if (block.pool) tell_slots(picture, block, teller);
  }
  if (!picture.has_labels()) return;
  const std::string name(picture.label(at));
  if (!name.empty()) teller.tell(EventKind::label, at, pack_name(name.c_str()));
}

}  // namespace

void describe_picture(const HeapPicture& picture, std::vector<Event>& out) {
  if (picture.start() == 0) return;  // nothing has happened yet
  Teller teller(out);
  teller.tell(EventKind::reset, picture.start());
  teller.tell(EventKind::break_moved, picture.program_break());
  picture.for_each(0, std::numeric_limits<std::uint64_t>::max(), [&](const PictureBlock& block) {
    tell_block(picture, block, teller);
    return true;
  });
  std::uint64_t before = 0;
  picture.for_each_free([&](const PictureBlock& block) {
    teller.set(picture.time(), block.thread);
    teller.tell(EventKind::link, block.address, before);
    before = block.address;
    return true;
  });
}

}  // namespace mh
