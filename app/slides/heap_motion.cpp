#include "app/slides/heap_motion.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <span>

namespace mh {
namespace {

using Blocks = std::span<const SlideBlock>;

std::uint64_t between(std::uint64_t was, std::uint64_t is, double done) {
  const double way = static_cast<double>(is) - static_cast<double>(was);
  return was + static_cast<std::uint64_t>(static_cast<std::int64_t>(std::llround(way * done)));
}
/// A part of what is done: 0 until it begins, 1 from its end on.
double part(double done, double from, double to) {
  return std::clamp((done - from) / (to - from), 0.0, 1.0);
}

/// Memory between two boundaries that both heaps have, with the blocks of each. Behind the break a
/// heap has none.
struct Stretch {
  std::uint64_t from = 0, to = 0;
  Blocks was, is;

  /// The block in use goes on living, perhaps longer or shorter.
  [[nodiscard]] bool survives() const {
    if (was.empty() || is.empty()) return false;
    const SlideBlock& a = was.front();
    const SlideBlock& b = is.front();
    return a.used && b.used && a.name == b.name && a.owner == b.owner && a.header == b.header &&
           a.front == b.front && a.slots.size() == b.slots.size();
  }
  /// The same blocks in the same state.
  [[nodiscard]] bool keeps() const {
    if (was.size() != is.size()) return false;
    for (std::size_t i = 0; i < was.size(); ++i) {
      const SlideBlock& a = was[i];
      const SlideBlock& b = is[i];
      if (a.size != b.size || a.used != b.used || a.requested != b.requested) return false;
      if (a.used && (a.name != b.name || a.owner != b.owner)) return false;
    }
    return true;
  }
  /// Something in it is not malloc's to cut or merge: it changes at once.
  [[nodiscard]] bool rigid() const {
    const auto is_rigid = [](const SlideBlock& b) { return b.foreign || b.set_aside; };
    return std::any_of(was.begin(), was.end(), is_rigid) ||
           std::any_of(is.begin(), is.end(), is_rigid);
  }
  [[nodiscard]] bool dissolves() const {
    if (keeps() || rigid() || survives()) return false;
    return was.size() > 1 || (!was.empty() && (was.front().used || is.empty()));
  }
  [[nodiscard]] bool builds() const {
    if (keeps() || rigid()) return false;
    if (survives()) return true;
    if (is.empty()) return false;
    const bool grows = was.empty() || (was.size() == 1 && was.front().size != is.front().size);
    return is.size() > 1 || is.front().used || grows;
  }
};

/// Both heaps' memory, from the start to the higher break.
std::vector<Stretch> stretches_of(const SlideHeap& was, const SlideHeap& is) {
  std::vector<Stretch> stretches;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < was.blocks.size() || j < is.blocks.size()) {
    Stretch stretch;
    const std::size_t first_was = i;
    const std::size_t first_is = j;
    const auto end = [](const std::vector<SlideBlock>& blocks, std::size_t first,
                        std::size_t behind) {
      return behind == first ? std::uint64_t{0} : end_of(blocks[behind - 1]);
    };
    // Blocks of either, in turn, until both end at the same address.
    do {
      const std::uint64_t a = end(was.blocks, first_was, i);
      const std::uint64_t b = end(is.blocks, first_is, j);
      const bool more_was = i < was.blocks.size();
      const bool more_is = j < is.blocks.size();
      if (more_was && (a <= b || !more_is)) {
        ++i;
      } else if (more_is) {
        ++j;
      } else {
        break;
      }
    } while (end(was.blocks, first_was, i) != end(is.blocks, first_is, j));
    stretch.was = Blocks(was.blocks).subspan(first_was, i - first_was);
    stretch.is = Blocks(is.blocks).subspan(first_is, j - first_is);
    stretch.from = stretch.was.empty() ? stretch.is.front().address : stretch.was.front().address;
    stretch.to = std::max(end(was.blocks, first_was, i), end(is.blocks, first_is, j));
    stretches.push_back(stretch);
  }
  return stretches;
}

/// Cut to [from, to); its parts give way from the right, the guard first.
SlideBlock cut(SlideBlock block, std::uint64_t from, std::uint64_t to) {
  const std::uint64_t whole = block.size;
  const std::uint64_t guard_at = whole - std::min(block.guard, whole);
  block.address = from;
  block.size = to - from;
  if (block.size == whole) return block;
  if (block.used && block.motion.told == 0) block.motion.told = block.requested;
  if (!block.used && block.motion.told == 0) block.motion.told = whole - block.header;
  std::uint64_t room = block.size;
  block.header = std::min(block.header, room);
  room -= block.header;
  block.front = std::min(block.front, room);
  room -= block.front;
  block.requested = std::min(block.requested, room);
  block.guard = block.size > guard_at ? std::min(block.size - guard_at, room - block.requested) : 0;
  block.tag = std::min(block.tag, block.size - block.header);
  std::erase_if(block.slots, [&](const SlideBlock::Slot& slot) {
    return slot.address < from || slot.address + slot.size > to;
  });
  std::vector<BlockMotion::Scar>& scars = block.motion.scars;
  std::erase_if(scars, [&](const BlockMotion::Scar& s) { return s.address >= to; });
  for (BlockMotion::Scar& s : scars) s.header = std::min(s.header, to - s.address);
  return block;
}

class HeapTween {
 public:
  HeapTween(const SlideHeap& was, const SlideHeap& is, const HeapMoment& moment)
      : was_(was), is_(is), moment_(moment), made_(is) {
    made_.blocks.clear();
    made_.free_list.clear();
    made_.program_break = between(was.program_break, is.program_break, break_done());
  }

  SlideHeap make() {
    for (const Stretch& stretch : stretches_of(was_, is_)) place(stretch);
    fill_to(made_.program_break);
    mark_visits();
    list_free();
    link();
    travel();
    made_.motion.flash = made_.scribbles == was_.scribbles ? 0 : 1 - moment_.all;
    return std::move(made_);
  }

 private:
  /// Memory is taken before it is used, and given back when it is empty.
  [[nodiscard]] double break_done() const {
    if (is_.program_break < was_.program_break) return part(moment_.dissolve, 0.4, 1);
    return moment_.build;
  }

  void place(const Stretch& stretch) {
    if (stretch.keeps()) {
      for (std::size_t i = 0; i < stretch.is.size(); ++i) keep(stretch.was[i], stretch.is[i]);
    } else if (stretch.rigid()) {
      for (const SlideBlock& block : moment_.changes < 0.5 ? stretch.was : stretch.is) add(block);
    } else if (stretch.survives()) {
      resize(stretch);
    } else if (stretch.dissolves() && (moment_.dissolve < 1 || !stretch.builds())) {
      dissolve(stretch);
    } else if (!stretch.dissolves() && moment_.build <= 0) {
      for (const SlideBlock& block : stretch.was) add(block);
    } else {
      build(stretch);
    }
  }

  void keep(const SlideBlock& was, SlideBlock is) {
    for (std::size_t i = 0; i < std::min(was.slots.size(), is.slots.size()); ++i) {
      if (was.slots[i].used && !is.slots[i].used) is.slots[i].fill = 1 - moment_.all;
      if (!was.slots[i].used && is.slots[i].used) {
        is.slots[i].used = false;
        is.slots[i].fill = moment_.all;
      }
    }
    add(std::move(is));
  }

  /// The end of the block slides; what lies behind gives way or follows.
  void resize(const Stretch& stretch) {
    const SlideBlock& was = stretch.was.front();
    const double done = moment_.changes;
    SlideBlock block = stretch.is.front();
    const std::uint64_t whole = block.size;
    block.size = between(was.size, block.size, done);
    block.motion.told = block.requested;
    block.requested = std::min(between(was.requested, block.requested, done),
                               block.size - block.header - block.front);
    block.guard = std::min(block.guard, block.size - block.header - block.front - block.requested);
    if (block.size != whole) block.tag = 0;
    const std::uint64_t end = end_of(block);
    add(std::move(block));
    const bool splits = stretch.is.size() > 1;
    const Blocks behind = (splits ? stretch.is : stretch.was).subspan(1);
    for (std::size_t i = 0; i < behind.size(); ++i) {
      SlideBlock rest = behind[i];
      const std::uint64_t from = i == 0 ? end : std::max(end, rest.address);
      if (from >= end_of(rest)) continue;
      if (!splits) rest.motion.header = 1 - done;
      if (splits && stretch.was.size() == 1) rest.motion.header = done;
      add(cut(std::move(rest), from, end_of(behind[i])));
    }
  }

  /// What is in use drains, then borders and headers melt.
  void dissolve(const Stretch& stretch) {
    const bool merges = stretch.was.size() > 1;
    const double drained = merges ? part(moment_.dissolve, 0, 0.55) : moment_.dissolve;
    const double melted = merges ? part(moment_.dissolve, 0.45, 1) : 0;
    if (melted <= 0) {
      for (const SlideBlock& block : stretch.was) {
        const bool same = stretch.is.size() == 1 && !stretch.is.front().used && !merges;
        add(block.used ? draining(block, drained, same ? &stretch.is.front() : nullptr) : block);
      }
      return;
    }
    SlideBlock merged = merged_of(stretch);
    merged.motion.words = stretch.is.size() == 1 && !stretch.is.front().used ? melted : 0;
    merged.motion.scarred = 1 - melted;
    for (const SlideBlock& block : stretch.was.subspan(1)) {
      merged.motion.scars.push_back({block.address, block.header});
    }
    add(std::move(merged));
  }

  static SlideBlock draining(SlideBlock block, double done, const SlideBlock* after) {
    block.used = false;
    block.slots.clear();
    block.motion.fill = 1 - done;
    block.motion.words = std::abs(1 - 2 * done);
    block.motion.told = block.requested;
    if (done >= 0.5 && after != nullptr) {
      block.name = after->name;
      block.motion.told = 0;
    } else if (done >= 0.5) {
      block.motion.words = 0;
    }
    return block;
  }

  /// One free block as large as the stretch.
  static SlideBlock merged_of(const Stretch& stretch) {
    SlideBlock block;
    if (stretch.is.size() == 1 && !stretch.is.front().used) {
      block = stretch.is.front();
      block.motion.told = block.size - block.header;
    }
    block.address = stretch.from;
    block.size = stretch.to - stretch.from;  // before the break cuts it
    if (block.motion.told != 0) return block;
    if (!stretch.was.empty()) block.header = std::min(stretch.was.front().header, block.size);
    block.motion.words = 0;
    return block;
  }

  /// The cut appears and its sides drift apart; then what is in use grows into its place.
  void build(const Stretch& stretch) {
    const bool cuts = stretch.is.size() > 1 && !stretch.was.empty();
    const double parted = cuts ? part(moment_.build, 0, 0.6) : 1;
    const double grown = cuts ? part(moment_.build, 0.35, 1) : moment_.build;
    for (std::size_t i = 0; i < stretch.is.size(); ++i) {
      SlideBlock block = stretch.is[i];
      const bool behind_cut = cuts && i > 0;
      if (behind_cut) {
        block.motion.header = parted;
        block.motion.gap = std::sin(std::numbers::pi * parted);
        block.motion.words = parted;
      }
      if (block.used && !stretch.was.empty()) {
        grow(block, grown);
      } else {
        add(std::move(block));
      }
    }
  }

  void grow(const SlideBlock& block, double grown) {
    const std::uint64_t end = end_of(block);
    const std::uint64_t to = between(block.address, end, grown);
    SlideBlock ground;
    ground.motion.words = 0;
    if (to > block.address) {
      SlideBlock growing = block;
      growing.motion.words = part(grown, 0.5, 1);
      add(cut(std::move(growing), block.address, to));
      if (to >= end) return;
      ground.address = to;
      ground.size = end - to;
    } else {
      ground.address = block.address;
      ground.size = block.size;
      ground.header = block.header;
      ground.motion.gap = block.motion.gap;
      ground.motion.header = block.motion.header;
    }
    add(std::move(ground));
  }

  /// Nothing lies beyond the break.
  void add(SlideBlock block) {
    const std::uint64_t end = std::min(end_of(block), made_.program_break);
    if (block.address >= end) return;
    fill_to(block.address);
    made_.blocks.push_back(end < end_of(block) ? cut(block, block.address, end) : std::move(block));
  }

  /// Memory that is the heap's, but no block's yet.
  void fill_to(std::uint64_t address) {
    const std::uint64_t from = made_.blocks.empty() ? made_.start : end_of(made_.blocks.back());
    if (address <= from) return;
    SlideBlock ground;
    ground.address = from;
    ground.size = address - from;
    ground.motion.words = 0;
    made_.blocks.push_back(std::move(ground));
  }

  void mark_visits() {
    std::map<std::uint64_t, const SlideBlock*> marked;
    for (const SlideBlock& block : is_.blocks) marked[block.address] = &block;
    for (SlideBlock& block : made_.blocks) {
      const auto found = marked.find(block.address);
      const SlideBlock* const is = found == marked.end() ? nullptr : found->second;
      block.visit = is != nullptr ? is->visit : 0;
      block.chosen = is != nullptr && is->chosen;
      block.pointed_at = is != nullptr && is->pointed_at && is->used == block.used;
      block.remark = block.pointed_at ? is->remark : std::string();
    }
  }

  void list_free() {
    for (const std::size_t index : is_.free_list) {
      const std::uint64_t address = is_.blocks[index].address;
      for (std::size_t i = 0; i < made_.blocks.size(); ++i) {
        if (made_.blocks[i].address == address && !made_.blocks[i].used) {
          made_.free_list.push_back(i);
        }
      }
    }
  }

  static std::map<std::uint64_t, std::uint64_t> followers(const SlideHeap& heap) {
    std::map<std::uint64_t, std::uint64_t> next;
    for (std::size_t i = 0; i + 1 < heap.free_list.size(); ++i) {
      next[heap.blocks[heap.free_list[i]].address] = heap.blocks[heap.free_list[i + 1]].address;
    }
    return next;
  }

  void link() {
    const auto was = followers(was_);
    const auto is = followers(is_);
    const auto of = [](const auto& map, std::uint64_t address) {
      const auto found = map.find(address);
      return found == map.end() ? std::uint64_t{0} : found->second;
    };
    for (const auto& [from, to] : was) {
      made_.motion.links.push_back({from, to, of(is, from), moment_.changes});
    }
    for (const auto& [from, to] : is) {
      if (!was.contains(from)) made_.motion.links.push_back({from, 0, to, moment_.changes});
    }
  }

  void travel() {
    const auto at = [](const SlideHeap& heap, std::uint64_t address) {
      return std::find_if(heap.blocks.begin(), heap.blocks.end(),
                          [&](const SlideBlock& b) { return b.address == address && b.used; });
    };
    if (moment_.copy <= 0 || moment_.copy >= 1) return;
    for (const SlideHeap::Copy& copy : is_.copies) {
      const auto from = at(was_, copy.from);
      const auto to = at(is_, copy.to);
      if (from == was_.blocks.end() || to == is_.blocks.end()) continue;
      made_.motion.travels.push_back(
          {from->address + from->header + from->front, to->address + to->header + to->front,
           std::min(from->requested, to->requested), to->owner, moment_.copy});
    }
  }

  const SlideHeap& was_;
  const SlideHeap& is_;
  const HeapMoment& moment_;
  SlideHeap made_;
};

bool slots_differ(const SlideHeap& was, const SlideHeap& is) {
  for (const Stretch& stretch : stretches_of(was, is)) {
    if (!stretch.keeps()) continue;
    for (std::size_t i = 0; i < stretch.is.size(); ++i) {
      const auto& a = stretch.was[i].slots;
      const auto& b = stretch.is[i].slots;
      if (!std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const SlideBlock::Slot& x, const SlideBlock::Slot& y) {
                        return x.used == y.used;
                      })) {
        return true;
      }
    }
  }
  return false;
}

std::vector<std::uint64_t> list_of(const SlideHeap& heap) {
  std::vector<std::uint64_t> list;
  for (const std::size_t index : heap.free_list) list.push_back(heap.blocks[index].address);
  return list;
}

}  // namespace

HeapNeeds heap_needs(const SlideHeap& was, const SlideHeap& is) {
  HeapNeeds needs;
  for (const Stretch& stretch : stretches_of(was, is)) {
    needs.dissolve |= stretch.dissolves();
    needs.build |= stretch.builds();
  }
  needs.copy = !is.copies.empty() && is.copies != was.copies;
  needs.rest = was.program_break != is.program_break || was.scribbles != is.scribbles ||
               slots_differ(was, is) || list_of(was) != list_of(is);
  return needs;
}

SlideHeap heap_between(const SlideHeap& was, const SlideHeap& is, const HeapMoment& moment) {
  return HeapTween(was, is, moment).make();
}

}  // namespace mh
