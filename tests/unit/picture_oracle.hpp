#pragma once
// The oracle of the heap picture: one that is slow and plainly right, and streams of events for
// both.

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "app/model/heap_picture.hpp"
#include "core/events/event.hpp"
#include "tests/unit/model_test_support.hpp"

namespace mh::test {

/// The picture as one would write it first: a std::map, and the rules of event.hpp one by one.
class PlainPicture {
 public:
  std::map<std::uint64_t, PictureBlock> blocks;
  std::map<std::uint64_t, std::string> labels;
  std::vector<std::uint64_t> free_list;
  bool list_known = true;
  struct Pool {
    std::uint64_t first, size, count;  ///< address of slot 0; bytes; slots
    std::set<std::uint64_t> used;      ///< addresses
  };
  std::map<std::uint64_t, Pool> pools;  ///< by block
  std::uint64_t start = 0, end = 0, allocs = 0, frees = 0;

  bool apply(const Event& e) {
    const auto at = blocks.find(e.address);
    const bool found = at != blocks.end();
    switch (e.kind()) {
      case EventKind::reset:
        blocks.clear();
        labels.clear();
        free_list.clear();
        list_known = true;
        pools.clear();
        allocs = frees = 0;
        start = end = e.address;
        return true;
      case EventKind::break_moved:
        return move_break(e.address);
      case EventKind::block:
        return add(e, false);
      case EventKind::foreign:
        return add(e, true);
      case EventKind::alloc:
        return found && allocate(at->second, e);
      case EventKind::free:
        if (!found || !at->second.used) return false;
        release(at->second, e);
        labels.erase(e.address);
        pools.erase(e.address);
        ++frees;
        return true;
      case EventKind::resize:
        if (!found || !at->second.used || at->second.pool || e.size > at->second.capacity())
          return false;
        at->second.requested = e.size;
        return true;
      case EventKind::split:
        return found && split(at->second, e);
      case EventKind::coalesce:
        return found && coalesce(at->second, e);
      case EventKind::owner:
        if (!found || e.size > 0xffff) return false;
        at->second.thread = static_cast<std::uint16_t>(e.size);
        return true;
      case EventKind::label:
        return found && label(at->second, e.size);
      case EventKind::link:
        return !list_known || (found && link(at->second, e.size));
      case EventKind::unlink:
        return unlink(e.address, e.size);
      case EventKind::set_aside:
        return set_aside(e);
      case EventKind::pool:
        return found && make_pool(at->second, e);
      case EventKind::slot_alloc:
        return set_slot(e.address, true);
      case EventKind::slot_free:
        return set_slot(e.address, false);
      case EventKind::cache:
        return found && cache(at->second, e.extra);
      case EventKind::mapped:
        return add_mapped(e);
      case EventKind::unmapped:
        if (!found || !at->second.mapped || !at->second.free()) return false;
        lose_list({e.address});
        blocks.erase(at);
        return true;
      case EventKind::visit:
      case EventKind::error:
      case EventKind::marker:
      case EventKind::thread_start:
      case EventKind::thread_end:
      case EventKind::search:
      case EventKind::search_end:
      case EventKind::policy:
      case EventKind::step:
      case EventKind::call:
        return true;
      default:
        return false;
    }
  }

  [[nodiscard]] PictureTotals totals() const {
    PictureTotals sum;
    sum.heap = end - start;
    sum.allocs = allocs;
    sum.frees = frees;
    for (const auto& [address, block] : blocks) {
      sum.header += block.header;
      sum.requested += block.requested;
      sum.padding += block.padding();
      sum.guard += block.guard_bytes();
      sum.free += block.free() ? block.capacity() : 0;
      sum.set_aside += block.set_aside ? block.capacity() : 0;
      sum.foreign += block.foreign ? block.capacity() : 0;
      sum.used_blocks += block.used ? 1 : 0;
      sum.pool_blocks += block.pool ? 1 : 0;
      sum.free_blocks += block.free() ? 1 : 0;
      sum.set_aside_blocks += block.set_aside ? 1 : 0;
      sum.cached_blocks += block.cached ? 1 : 0;
      sum.cached += block.cached ? block.capacity() : 0;
      sum.mapped_blocks += block.mapped ? 1 : 0;
      sum.mapped += block.mapped ? block.size : 0;
    }
    sum.heap += sum.mapped;
    return sum;
  }

  /// Where the last block below the break ends.
  [[nodiscard]] std::uint64_t last_end() const {
    const auto behind = blocks.lower_bound(end);
    if (behind == blocks.begin()) return start;
    return std::max(start, std::prev(behind)->second.end());
  }
  [[nodiscard]] std::optional<PictureBlock> block_at(std::uint64_t address) const {
    auto after = blocks.upper_bound(address);
    if (after == blocks.begin()) return std::nullopt;
    --after;
    return after->second.end() > address ? std::optional(after->second) : std::nullopt;
  }
  [[nodiscard]] std::optional<PictureBlock> block_from(std::uint64_t address) const {
    const auto from = blocks.lower_bound(address);
    return from == blocks.end() ? std::nullopt : std::optional(from->second);
  }

 private:
  bool allocate(PictureBlock& block, const Event& e) {
    if (!block.free()) return false;
    const BlockShape shape = BlockShape::unpack(static_cast<std::uint8_t>(e.extra));
    PictureBlock after = block;
    if (shape.header != 0) after.header = shape.header;
    after.front = shape.front;
    after.guard = shape.guard();
    after.guarded = shape.guarded;
    if (std::uint64_t{after.header} + after.front + after.guard > after.size) return false;
    if (e.size > after.capacity()) return false;
    lose_list({block.address});
    after.used = true;
    after.cached = false;
    after.requested = e.size;
    after.thread = static_cast<std::uint16_t>(e.thread);
    after.since = e.time;
    block = after;
    ++allocs;
    return true;
  }
  static void release(PictureBlock& block, const Event& e) {
    PictureBlock after;
    after.address = block.address;
    after.size = block.size;
    after.header = block.header;
    after.mapped = block.mapped;
    after.thread = static_cast<std::uint16_t>(e.thread);
    after.since = e.time;
    block = after;
  }
  bool cache(PictureBlock& block, std::uint64_t on) {
    if (!block.free() || on > 1) return false;
    lose_list({block.address});
    block.cached = on == 1;
    return true;
  }
  [[nodiscard]] bool outside(std::uint64_t from, std::uint64_t to) const {
    return from >= end || to <= start;
  }
  bool add_mapped(const Event& e) {
    const std::uint64_t to = e.address + e.size;
    if (start == 0 || !shaped(e) || to > 0xffff'ffff'ffffULL || !outside(e.address, to))
      return false;
    PictureBlock* const block = insert(e);
    if (block != nullptr) block->mapped = true;
    return block != nullptr;
  }
  /// Blocks of the list are taken away unasked: then nothing is known of it.
  void lose_list(const std::vector<std::uint64_t>& taken) {
    for (const std::uint64_t address : taken) {
      if (std::count(free_list.begin(), free_list.end(), address) == 0) continue;
      free_list.clear();
      list_known = false;
    }
  }
  bool link(const PictureBlock& block, std::uint64_t behind) {
    if (!block.free() || std::count(free_list.begin(), free_list.end(), block.address) != 0)
      return false;
    auto at = free_list.begin();
    if (behind != 0) {
      at = std::find(free_list.begin(), free_list.end(), behind);
      if (at == free_list.end()) return false;
      ++at;
    }
    free_list.insert(at, block.address);
    return true;
  }
  bool unlink(std::uint64_t address, std::uint64_t before) {
    if (address == 0) {
      free_list.clear();
      list_known = true;
    }
    if (address == 0 || !list_known) return true;
    const auto at = std::find(free_list.begin(), free_list.end(), address);
    if (at == free_list.end()) return false;
    const std::uint64_t previous = at == free_list.begin() ? 0 : *std::prev(at);
    if (previous != before) return false;
    free_list.erase(at);
    return true;
  }
  /// As a block's place and size can be.
  [[nodiscard]] bool shaped(const Event& e) const {
    constexpr std::uint64_t most = (std::uint64_t{1} << 36) - 16;
    return e.address % 16 == start % 16 && e.size % 16 == 0 && e.size != 0 && e.size <= most &&
           e.extra <= e.size;
  }
  bool set_aside(const Event& e) {
    if (!shaped(e)) return false;
    const std::uint64_t to = e.address + e.size;
    if (start == 0 || e.address < start || to > end) return false;
    if (const auto around = block_at(e.address); around && around->address != e.address)
      return false;
    PictureBlock damaged;
    const auto first = blocks.lower_bound(e.address);
    const auto last = blocks.lower_bound(to);
    std::vector<std::uint64_t> gone;
    for (auto it = first; it != last; ++it) {
      if (it->first != e.address && it->second.end() > to) return false;
      if (it->first == e.address) damaged.thread = it->second.thread;
      gone.push_back(it->first);
    }
    lose_list(gone);
    for (const std::uint64_t address : gone) {
      pools.erase(address);
      if (address != e.address) labels.erase(address);
    }
    blocks.erase(first, last);
    damaged.address = e.address;
    damaged.size = e.size;
    damaged.header = static_cast<std::uint32_t>(e.extra);
    damaged.since = e.time;
    damaged.set_aside = true;
    blocks[e.address] = damaged;
    return true;
  }
  bool make_pool(PictureBlock& block, const Event& e) {
    const std::uint64_t first = block.address + e.extra * 16;
    const std::uint64_t last = block.payload_address() + block.requested;
    if (!block.used || e.size == 0 || first < block.payload_address() || first > last ||
        e.size > last - first) {
      return false;
    }
    pools[block.address] = {first, e.size, (last - first) / e.size, {}};
    block.pool = true;
    return true;
  }
  bool set_slot(std::uint64_t address, bool used) {
    const auto block = block_at(address);
    if (!block || !block->pool) return false;
    Pool& pool = pools[block->address];
    if (address < pool.first || (address - pool.first) % pool.size != 0 ||
        (address - pool.first) / pool.size >= pool.count) {
      return false;
    }
    return used ? pool.used.insert(address).second : pool.used.erase(address) == 1;
  }
  bool move_break(std::uint64_t to) {
    if (start == 0 || to < start) return false;
    if (to > end) {
      const auto above = block_from(end);
      const auto across = block_at(end);
      if (across || (above && above->address < to)) return false;
      end = to;
      return true;
    }
    if (const auto cut = block_at(to); cut && cut->address < to) return false;
    const auto first = blocks.lower_bound(to);
    const auto last = blocks.lower_bound(end);
    std::vector<std::uint64_t> gone;
    for (auto it = first; it != last; ++it) gone.push_back(it->first);
    lose_list(gone);
    blocks.erase(first, last);
    labels.erase(labels.lower_bound(to), labels.lower_bound(end));
    pools.erase(pools.lower_bound(to), pools.lower_bound(end));
    end = to;
    return true;
  }
  bool add(const Event& e, bool foreign) {
    if (!shaped(e)) return false;
    if (start == 0 || e.address < start || e.address + e.size > end) return false;
    PictureBlock* const block = insert(e);
    if (block != nullptr) block->foreign = foreign;
    return block != nullptr;
  }
  /// A block that is free; null if there is one.
  PictureBlock* insert(const Event& e) {
    if (block_at(e.address)) return nullptr;
    if (const auto next = block_from(e.address); next && next->address < e.address + e.size)
      return nullptr;
    PictureBlock block;
    block.address = e.address;
    block.size = e.size;
    block.header = static_cast<std::uint32_t>(e.extra);
    block.since = e.time;
    block.thread = static_cast<std::uint16_t>(e.thread);
    return &(blocks[e.address] = block);
  }
  bool split(PictureBlock& block, const Event& e) {
    if (block.foreign || block.set_aside) return false;
    if (e.size % 16 != 0 || e.size == 0 || e.size >= block.size) return false;
    if (e.size < block.size - block.capacity() + block.requested || e.extra > block.size - e.size)
      return false;
    PictureBlock rest;
    rest.address = e.address + e.size;
    rest.size = block.size - e.size;
    rest.header = static_cast<std::uint32_t>(e.extra);
    rest.thread = block.thread;
    rest.mapped = block.mapped;
    rest.since = block.free() ? block.since : e.time;
    block.size = e.size;
    blocks[rest.address] = rest;
    return true;
  }
  bool coalesce(PictureBlock& block, const Event& e) {
    constexpr std::uint64_t most = (std::uint64_t{1} << 36) - 16;
    if (block.foreign || block.set_aside || e.size % 16 != 0 || e.size > most ||
        e.size <= block.size) {
      return false;
    }
    const std::uint64_t to = e.address + e.size;
    if (block.mapped ? to > 0xffff'ffff'ffffULL || !outside(e.address, to) : to > end) {
      return false;
    }
    const auto first = blocks.upper_bound(e.address);
    const auto last = blocks.lower_bound(e.address + e.size);
    std::vector<std::uint64_t> gone;
    const PictureBlock* most_of_it = &block;
    for (auto it = first; it != last; ++it) {
      if (!it->second.free() || it->second.end() > e.address + e.size) return false;
      gone.push_back(it->first);
      if (it->second.size > most_of_it->size) most_of_it = &it->second;
    }
    if (block.free()) block.since = most_of_it->since;
    lose_list(gone);
    blocks.erase(first, last);
    block.size = e.size;
    return true;
  }
  bool label(const PictureBlock& block, std::uint64_t packed) {
    if (!block.used) return false;
    std::string name;
    for (unsigned i = 0; i < 8; ++i) {
      const char c = static_cast<char>(packed >> (8 * i));
      if (c == 0) break;
      name += c >= 0x20 && c < 0x7f ? c : '?';
    }
    if (name.empty()) {
      labels.erase(block.address);
    } else {
      labels[block.address] = name;
    }
    return true;
  }
};

/// Makes events that are mostly possible, over heaps of different scales, and knows what they
/// should do.
class StreamMaker {
 public:
  explicit StreamMaker(std::uint64_t seed) : random_(seed) {
    // From a heap within one shard to blocks that cover many regions.
    scale_ = std::uint64_t{16} << (pick(5) * 5);
    base_ = (pick(0xffff'ffff) << 12) + (pick(4) == 0 ? 0 : pick(256) * 16);
    base_ = (std::max<std::uint64_t>(base_, 4096) & ~std::uint64_t{15}) + (pick(4) == 0 ? 8 : 0);
  }

  Event next(const PlainPicture& state) {
    time_ += pick(1000);
    Event event = likely(state);
    if (pick(20) == 0) damage(event);
    return event;
  }
  std::uint64_t pick(std::uint64_t below) { return below == 0 ? 0 : random_() % below; }
  /// An address in or near the heap.
  std::uint64_t some_address(const PlainPicture& state) {
    const std::uint64_t span = state.end - state.start + 64 * 1024;
    return state.start - std::min<std::uint64_t>(state.start, 32 * 1024) + pick(span);
  }

 private:
  [[nodiscard]] std::uint64_t size() { return (1 + pick(40)) * scale_ + pick(3) * 16; }
  Event make(EventKind kind, std::uint64_t address, std::uint64_t bytes = 0,
             std::uint64_t extra = 0) {
    return make_event(kind, address, bytes, time_, static_cast<std::uint16_t>(pick(12)), extra);
  }
  Event likely(const PlainPicture& state) {
    if (state.start == 0) return make(EventKind::reset, base_);
    const std::uint64_t last_end = state.last_end();
    if (state.blocks.empty() || pick(6) == 0) {
      if (last_end < state.end) {
        return make(pick(12) == 0 ? EventKind::foreign : EventKind::block, last_end,
                    state.end - last_end, pick(3) * 16);
      }
      return make(EventKind::break_moved, state.end + size());
    }
    auto at = state.blocks.lower_bound(some_address(state));
    if (at == state.blocks.end()) at = std::prev(at);
    const PictureBlock& block = at->second;
    switch (pick(26)) {
      case 24:
        return make(EventKind::cache, block.address, 0, pick(20) / 10);
      case 25:
        return of_a_mapping(state, block);
      case 0:
        // The heap shrinks.
        return make(EventKind::break_moved,
                    pick(4) == 0 ? block.address : state.blocks.rbegin()->first);
      case 1:
        return make(EventKind::label, block.address, pick(3) == 0 ? pack_name("p") : random_());
      case 2:
        return make(EventKind::owner, block.address, pick(70000));
      case 3:
        return make(EventKind::resize, block.address, pick(block.capacity() + 2));
      case 4:
        return make(EventKind::visit, block.address);
      case 5:
      case 6:
      case 7:
        return make(EventKind::split, block.address, (1 + pick(block.size / 16)) * 16,
                    pick(3) * 16);
      case 8:
      case 9:
      case 10: {
        const auto next = std::next(at);
        const std::uint64_t more = next == state.blocks.end() ? 16 : next->second.size;
        if (next != state.blocks.end() && leaves_list_first(state, next->first))
          return unlink(state, next->first);
        return make(EventKind::coalesce, block.address, block.size + more);
      }
      case 11:
        if (pick(8) != 0) return of_the_list(state, block);
        return make(EventKind::set_aside, block.address,
                    block.size + (pick(2) == 0 ? 0 : pick(8) * 16), pick(3) * 16);
      case 12:
      case 13:
      case 14:
        return of_the_list(state, block);
      case 15:
      case 16:
        return of_a_pool(state, block);
      default: {
        if (leaves_list_first(state, block.address)) return unlink(state, block.address);
        const std::uint64_t extra = pick(2) == 0 ? 0 : pick(3) | pick(2) << 2 | pick(4) << 3;
        return block.used
                   ? make(EventKind::free, block.address)
                   : make(EventKind::alloc, block.address, pick(block.capacity() + 1), extra);
      }
    }
  }
  /// A change of the free list: right most of the time, and about as often in as out.
  Event of_the_list(const PlainPicture& state, const PictureBlock& block) {
    const auto& list = state.free_list;
    const std::uint64_t place = pick(list.size() + 1);
    const std::uint64_t before = place == 0 ? 0 : list[place - 1];
    if (pick(state.list_known ? 200 : 4) == 0) return make(EventKind::unlink, 0);
    if (pick(4) != 0) return make(EventKind::link, block.address, before);
    return make(EventKind::unlink, place < list.size() ? list[place] : block.address,
                pick(8) == 0 ? block.address : before);
  }
  Event unlink(const PlainPicture& state, std::uint64_t address) {
    const auto at = std::find(state.free_list.begin(), state.free_list.end(), address);
    return make(EventKind::unlink, address, at == state.free_list.begin() ? 0 : *std::prev(at));
  }
  bool leaves_list_first(const PlainPicture& state, std::uint64_t address) {
    return std::count(state.free_list.begin(), state.free_list.end(), address) != 0 &&
           pick(30) != 0;
  }
  /// A new mapping above or below the heap, or the end of one.
  Event of_a_mapping(const PlainPicture& state, const PictureBlock& block) {
    if (block.mapped && block.free()) return make(EventKind::unmapped, block.address);
    const std::uint64_t bytes = size();
    const std::uint64_t below = state.start - std::min(state.start & ~std::uint64_t{15}, 2 * bytes);
    const std::uint64_t above = state.end + pick(40) * scale_;
    return make(EventKind::mapped, pick(8) == 0 ? below : above, bytes, pick(3) * 16);
  }
  /// A new pool, or a slot of one.
  Event of_a_pool(const PlainPicture& state, const PictureBlock& block) {
    if (state.pools.empty() || pick(4) == 0) {
      const std::uint64_t first = (block.payload_address() - block.address) / 16 + pick(2);
      return make(EventKind::pool, block.address, (1 + pick(4)) * 16, first);
    }
    auto at = state.pools.lower_bound(block.address);
    if (at == state.pools.end()) at = state.pools.begin();
    const PlainPicture::Pool& pool = at->second;
    const std::uint64_t slot =
        pool.first + pick(std::min<std::uint64_t>(pool.count, 9)) * pool.size;
    const bool alloc = pool.used.count(slot) == (pick(10) == 0 ? 1U : 0U);
    return make(alloc ? EventKind::slot_alloc : EventKind::slot_free, slot + pick(20) / 19);
  }
  void damage(Event& event) {
    switch (pick(5)) {
      case 0:
        event.address = random_() & 0xffff'ffff'ffffULL;
        break;
      case 1:
        event.size = random_();
        break;
      case 2:
        event.kind_bits = pick(256) & 0xff;
        break;
      case 3:
        event.extra = pick(256) & 0xff;
        break;
      default:
        event.address = (event.address + 16) & 0xffff'ffff'ffffULL;
    }
    if (event.kind() == EventKind::reset && pick(8) != 0)
      event.kind_bits = 0;  // or little would ever grow
  }

  std::mt19937_64 random_;
  std::uint64_t scale_ = 16;
  std::uint64_t base_ = 0;
  std::uint64_t time_ = 0;
};

}  // namespace mh::test
