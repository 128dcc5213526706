#pragma once
// The heap as its events tell it: blocks and free list, to be compared with a walk of the real one.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/events/event.hpp"
#include "core/heap/heap.hpp"

namespace mh::test {

/// A picture in a few lines, without checks: an event that cannot be true throws.
struct HeapReplay {
  struct Entry {
    std::uint64_t size = 0;
    std::uint64_t header = 0;
    std::uint64_t front = 0;
    std::uint64_t guard = 0;
    std::uint64_t requested = 0;
    std::uint64_t thread = 0;  // of a used block
    bool used = false;
    bool foreign = false;
    bool set_aside = false;
    bool operator==(const Entry&) const = default;
  };
  std::map<std::uint64_t, Entry> blocks;
  std::vector<std::uint64_t> free_list;
  std::uint64_t start = 0;
  std::uint64_t end = 0;

  void apply(const Event& event) {
    const std::uint64_t at = event.address;
    switch (event.kind()) {
      case EventKind::reset:
        blocks.clear();
        free_list.clear();
        start = end = at;
        break;
      case EventKind::break_moved:
        end = at;
        blocks.erase(blocks.lower_bound(at), blocks.end());
        break;
      case EventKind::block:
        blocks[at] = {.size = event.size, .header = event.extra};
        break;
      case EventKind::foreign:
        blocks[at] = {.size = event.size, .foreign = true};
        break;
      case EventKind::alloc:
        allocate(blocks.at(at), event);
        break;
      case EventKind::owner:
        blocks.at(at).thread = event.size;
        break;
      case EventKind::free:
        blocks.at(at) = {.size = blocks.at(at).size, .header = blocks.at(at).header};
        break;
      case EventKind::resize:
        blocks.at(at).requested = event.size;
        break;
      case EventKind::split:
        blocks[at + event.size] = {.size = blocks.at(at).size - event.size, .header = event.extra};
        blocks.at(at).size = event.size;
        break;
      case EventKind::coalesce:
        cover(at, event.size);
        break;
      case EventKind::set_aside:
        cover(at, event.size);
        blocks.at(at) = {.size = event.size, .header = event.extra, .set_aside = true};
        break;
      case EventKind::link:
        free_list.insert(event.size == 0 ? free_list.begin() : place_of(event.size) + 1, at);
        break;
      case EventKind::unlink:
        at == 0 ? free_list.clear() : static_cast<void>(free_list.erase(place_of(at)));
        break;
      default:
        break;
    }
  }

  /// What a walk shows, in the same form.
  static HeapReplay of(const Heap& heap) {
    HeapReplay real;
    const auto end = heap.walk(
        [](const mh_block* block, void* context) {
          static_cast<HeapReplay*>(context)->see(*block);
          return 1;
        },
        &real);
    heap.walk_free(
        [](const mh_block* block, void* context) {
          static_cast<HeapReplay*>(context)->free_list.push_back(
              reinterpret_cast<std::uintptr_t>(block->address));
          return 1;
        },
        &real);
    real.start = reinterpret_cast<std::uintptr_t>(end.start);
    real.end = reinterpret_cast<std::uintptr_t>(end.end);
    return real;
  }

  /// "" if both are the same, else what differs. A heap that never grew has told nothing yet.
  [[nodiscard]] std::string difference(const HeapReplay& real) const {
    if (start == 0) return real.blocks.empty() ? "" : "nothing was told";
    if (start != real.start || end != real.end) return "start or end differ";
    if (free_list != real.free_list) return "the free lists differ";
    if (blocks.size() != real.blocks.size()) return "there are more or fewer blocks";
    const auto differs = std::mismatch(blocks.begin(), blocks.end(), real.blocks.begin()).first;
    if (differs == blocks.end()) return "";
    return "the block at offset " + std::to_string(differs->first - start) + " differs";
  }

 private:
  static void allocate(Entry& entry, const Event& event) {
    const BlockShape shape = BlockShape::unpack(event.extra);
    entry.used = true;
    entry.requested = event.size;
    entry.thread = event.thread;
    entry.front = shape.front;
    entry.guard = shape.guard();
    if (shape.header != 0) entry.header = shape.header;
  }
  void cover(std::uint64_t at, std::uint64_t size) {
    blocks.at(at).size = size;
    blocks.erase(blocks.upper_bound(at), blocks.lower_bound(at + size));
  }
  std::vector<std::uint64_t>::iterator place_of(std::uint64_t address) {
    const auto place = std::find(free_list.begin(), free_list.end(), address);
    if (place == free_list.end()) throw std::out_of_range("no such free block");
    return place;
  }
  void see(const mh_block& block) {
    blocks[reinterpret_cast<std::uintptr_t>(block.address)] = {
        .size = block.size,
        .header = block.header,
        .front = block.front,
        .guard = block.guard,
        .requested = block.requested,
        .thread = block.used != 0 ? block.thread : std::uint64_t{0},
        .used = block.used != 0,
        .foreign = block.foreign != 0,
        .set_aside = block.set_aside != 0};
  }
};

}  // namespace mh::test
