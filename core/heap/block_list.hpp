#pragma once
// All blocks of a heap, chained in the order of their addresses, and sums over them.
//
//   start                                                                   end
//     +--------+-----------+--------+- - - - - - - - - -+---+-------+--------+
//     | block  | block     | block  |  somebody else's     F| block | block  |   F: foreign block
//     +--------+-----------+--------+- - - - - - - - - -+---+-------+--------+
//        first ------> ------> ---------- next ----------> -----> ----> last
//
// Invariant: first covers start; block->next->start() == block->end(); last->next == NULL and
// last->end() == end; every header is sealed. BlockWalk checks it with every step.

#include <cstddef>
#include <new>

#include "core/heap/block.hpp"
#include "core/include/microheap.h"

namespace mh {

/// Sums over blocks, bytes and counts. What the blocks cover is header + requested + padding + free
/// + foreign.
struct Tally {
  std::size_t header = 0;
  std::size_t requested = 0;
  std::size_t padding = 0;
  std::size_t free = 0;
  std::size_t foreign = 0;
  std::size_t used_blocks = 0;
  std::size_t free_blocks = 0;

  void add(const Block& block);
  void remove(const Block& block);
  void remove(const Tally& other);
  [[nodiscard]] std::size_t bytes() const { return header + requested + padding + free + foreign; }
  bool operator==(const Tally&) const = default;
};

class BlockList {
 public:
  [[nodiscard]] bool begun() const { return start_ != nullptr; }
  [[nodiscard]] bool empty() const { return first_ == nullptr; }
  [[nodiscard]] std::byte* start() const { return start_; }
  [[nodiscard]] std::byte* end() const { return end_; }
  [[nodiscard]] Block* first() const { return first_; }
  [[nodiscard]] Block* last() const { return last_; }
  /// Everything from here up to end() is ours alone: the end of the last foreign block, else
  /// start().
  [[nodiscard]] std::byte* floor() const { return floor_; }

  /// The list is empty and begins at at.
  void begin(std::byte* at);
  /// Writes a header at at, which is end() unless the block is foreign, and makes it the last
  /// block.
  Block* append(std::byte* at, std::size_t size, BlockFlags flags);
  /// Forgets every block behind last; nullptr forgets all.
  void cut_after(Block* last);
  /// True if a block can be appended: the last one is what it was when it was written.
  [[nodiscard]] bool last_is_sound() const;

 private:
  std::byte* start_ = nullptr;
  std::byte* end_ = nullptr;
  std::byte* floor_ = nullptr;
  Block* first_ = nullptr;
  Block* last_ = nullptr;
};

/// Goes through the list, and trusts no header and no pointer that it has not checked: it ends,
/// inside the heap, whatever the heap's memory holds.
///
///     for (BlockWalk walk(list, limit); walk.block() != nullptr; walk.step()) ...
class BlockWalk {
 public:
  /// Memory at and above limit is not looked at.
  BlockWalk(const BlockList& list, const std::byte* limit);
  /// nullptr: the walk is over; error() says why.
  [[nodiscard]] Block* block() const { return block_; }
  void step() { arrive(block_->next, block_->end()); }
  /// MH_OK while it lasts and when all blocks were seen; else what is wrong, with where().
  [[nodiscard]] mh_error error() const { return error_; }
  [[nodiscard]] const void* where() const { return where_; }

 private:
  void arrive(Block* next, const std::byte* expected_start);
  void stop(mh_error error, const void* where);
  [[nodiscard]] bool can_read(const Block* block, const std::byte* from) const;
  [[nodiscard]] bool fits(const Block& block, const std::byte* expected_start) const;

  const BlockList& list_;
  const std::byte* limit_;
  Block* block_ = nullptr;
  mh_error error_ = MH_OK;
  const void* where_ = nullptr;
};

/// True if the fields of a sealed header make sense by themselves.
inline bool is_plausible(const Block& block);

// ---- definitions; in the header because a search spends its time in them

inline void Tally::add(const Block& block) {
  if (block.foreign()) {
    foreign += block.size;
    return;
  }
  header += sizeof(Block);
  requested += block.requested;
  if (block.used()) {
    padding += block.capacity() - block.requested;
    ++used_blocks;
  } else {
    free += block.capacity();
    ++free_blocks;
  }
}

inline void Tally::remove(const Block& block) {
  Tally one;
  one.add(block);
  remove(one);
}

inline void Tally::remove(const Tally& other) {
  header -= other.header;
  requested -= other.requested;
  padding -= other.padding;
  free -= other.free;
  foreign -= other.foreign;
  used_blocks -= other.used_blocks;
  free_blocks -= other.free_blocks;
}

inline void BlockList::begin(std::byte* at) {
  start_ = end_ = floor_ = at;
  first_ = last_ = nullptr;
}

inline Block* BlockList::append(std::byte* at, std::size_t size, BlockFlags flags) {
  auto* const block = new (at) Block{size, nullptr, 0, flags, 0, 0};
  block->seal();
  if (last_ == nullptr) {
    first_ = block;
  } else {
    last_->next = block;
    last_->seal();
  }
  last_ = block;
  end_ = block->end();
  if (block->foreign()) {
    floor_ = end_;
  }
  return block;
}

inline void BlockList::cut_after(Block* last) {
  if (last == nullptr) {
    begin(start_);
    return;
  }
  last->next = nullptr;
  last->seal();
  last_ = last;
  end_ = last->end();
}

inline bool BlockList::last_is_sound() const {
  return last_ == nullptr || (last_->sealed() && last_->next == nullptr && last_->end() == end_);
}

inline BlockWalk::BlockWalk(const BlockList& list, const std::byte* limit)
    : list_(list), limit_(limit) {
  arrive(list.first(), list.start());
}

inline void BlockWalk::arrive(Block* next, const std::byte* expected_start) {
  if (next == nullptr) {
    const bool complete = expected_start == list_.end();
    stop(complete ? MH_OK : MH_LIST_BROKEN, complete ? nullptr : block_);
  } else if (!can_read(next, expected_start)) {
    stop(MH_LIST_BROKEN, next);
  } else if (!next->sealed()) {
    stop(MH_HEADER_DAMAGED, next);
  } else if (!fits(*next, expected_start)) {
    stop(MH_LIST_BROKEN, next);
  } else {
    block_ = next;
  }
}

inline void BlockWalk::stop(mh_error error, const void* where) {
  block_ = nullptr;
  error_ = error;
  where_ = where;
}

inline bool BlockWalk::can_read(const Block* block, const std::byte* from) const {
  const auto address = reinterpret_cast<std::uintptr_t>(block);
  const auto low = reinterpret_cast<std::uintptr_t>(from);
  const auto high = reinterpret_cast<std::uintptr_t>(limit_);
  return address % alignment == 0 && address >= low && address < high &&
         high - address >= sizeof(Block);
}

// A block covers at least its header, so every step goes up: the walk cannot run in a circle.
inline bool BlockWalk::fits(const Block& block, const std::byte* expected_start) const {
  const auto below = static_cast<std::size_t>(block.payload() - expected_start);
  const auto above = static_cast<std::size_t>(limit_ - block.address());
  if (block.foreign()) {
    return block.size == below;
  }
  return block.address() == expected_start && block.size >= sizeof(Block) && block.size <= above;
}

inline bool is_plausible(const Block& block) {
  switch (block.flags) {
    case block_free:
      return block.requested == 0 && block.size >= min_block && block.size % alignment == 0;
    case block_used:
      return block.requested > 0 && block.requested <= block.capacity() &&
             block.size >= min_block && block.size % alignment == 0;
    case block_foreign:
      return block.requested == 0 && block.size > sizeof(Block);
    default:
      return false;
  }
}

}  // namespace mh
