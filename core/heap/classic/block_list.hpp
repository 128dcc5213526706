#pragma once
// All blocks of a heap in the order of their addresses, and sums over them.
//
//   start                                                                   end
//     +--------+-----------+--------+- - - - - - - - - -+---+-------+--------+
//     | block  | block     | block  |  somebody else's     F| block | block  |   F: foreign block
//     +--------+-----------+--------+- - - - - - - - - -+---+-------+--------+
//        first ------> ------> ---------- after -----------> -----> ----> last
//
// Invariant: first covers start; after(block)->start() == block->end(); last has nothing after it
// and last->end() == end; every header is sealed, and nothing else in the heap looks like a sealed
// header: what is no header any more is unsealed. BlockWalk checks it with every step.

#include <cstddef>

#include "core/heap/classic/block.hpp"
#include "core/include/microheap.h"

namespace mh {

/// Sums over blocks, bytes and counts. What the blocks cover is bytes().
struct Tally {
  std::size_t header = 0;
  std::size_t requested = 0;
  std::size_t padding = 0;
  std::size_t guard = 0;
  std::size_t free = 0;
  std::size_t set_aside = 0;
  std::size_t foreign = 0;
  std::size_t used_blocks = 0;
  std::size_t free_blocks = 0;
  std::size_t set_aside_blocks = 0;
  std::size_t compact_headers = 0;  ///< count

  void add(const Block& block);
  void remove(const Block& block);
  [[nodiscard]] std::size_t bytes() const {
    return header + requested + padding + guard + free + set_aside + foreign;
  }
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
  /// The block behind a block of the list; nullptr behind the last. Looks at no memory at or above
  /// limit.
  [[nodiscard]] Block* after(const Block& block, const std::byte* limit) const;
  [[nodiscard]] Block* after(const Block& block) const { return after(block, end_); }
  /// True if a block can be appended: the last one is what it was when it was written.
  [[nodiscard]] bool last_is_sound() const;

  /// The list is empty and begins at at.
  void begin(std::byte* at);
  /// Writes a header at end() and makes it the last block.
  Block* append(HeaderKind kind, std::size_t size);
  /// Covers [end(), header + 32) by a foreign block whose header lies at header.
  Block* append_foreign(std::byte* header);
  /// Forgets every block behind last; nullptr forgets all.
  void cut_after(Block* last);
  /// Writes a header anew, of whatever kind.
  void rewrite(Block& block, HeaderKind kind, const BlockFields& fields);
  /// Makes block end after size bytes, and what it had beyond a free block with a header of its
  /// own.
  Block* split(Block& block, std::size_t size, HeaderKind kind);
  /// Makes block cover the one behind it too.
  void absorb(Block& block, Block& next);
  /// Writes a new header over the damaged one at at.
  void replace_damaged(std::byte* at, const BlockFields& fields);
  /// The highest foreign block whose header was overwritten; nullptr if there is none. Looks at no
  /// memory at or above limit.
  [[nodiscard]] Block* damaged_foreign(const std::byte* limit) const;
  /// Writes the header of damaged_foreign(end()) anew: the block covers what lies between it and
  /// the last sound block before it. False if another foreign header is lost too.
  bool restore_foreign();

 private:
  void link_last(Block* block);
  [[nodiscard]] Block* foreign_from(const std::byte* start, const std::byte* limit) const;

  std::byte* start_ = nullptr;
  std::byte* end_ = nullptr;
  std::byte* floor_ = nullptr;
  Block* first_ = nullptr;
  Block* last_ = nullptr;
  Block* last_foreign_ = nullptr;
  std::size_t foreign_count_ = 0;
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
  void step() { arrive(list_.after(*block_, limit_), block_->end()); }
  /// MH_OK while it lasts and when all blocks were seen; else what is wrong, with where().
  [[nodiscard]] mh_error error() const { return error_; }
  [[nodiscard]] std::byte* where() const { return where_; }

 private:
  void arrive(Block* next, std::byte* expected_start);
  void stop(mh_error error, std::byte* where);
  [[nodiscard]] bool can_read(const Block* block, const std::byte* from) const;
  [[nodiscard]] bool fits(const Block& block, const std::byte* expected_start) const;

  const BlockList& list_;
  const std::byte* limit_;
  Block* block_ = nullptr;
  mh_error error_ = MH_OK;
  std::byte* where_ = nullptr;
};

/// True if the fields of a sealed header make sense by themselves.
[[nodiscard]] bool is_plausible(const Block& block);

/// The lowest sealed header in [from, limit), limit if there is none. from is a multiple of 16.
[[nodiscard]] std::byte* next_sealed(std::byte* from, std::byte* limit);

}  // namespace mh
