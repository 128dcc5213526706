#pragma once
// The free list as the picture keeps it: links between the records of free blocks.

#include <cstdint>

#include "app/model/block_tree.hpp"

namespace mh {

/// Invariant: the blocks that are marked as listed are free, and are exactly those that the head
/// leads to, each once. A link or an unlink that would break it is refused, so that a damaged
/// stream can make no circle.
///
/// The list can also be unknown, when a picture began in mid-stream or a listed block was taken
/// away unasked. It is empty then, and links are let pass until the stream tells the whole list
/// anew.
class FreeChain {
 public:
  [[nodiscard]] std::uint64_t head() const { return head_; }  ///< address; 0: the list is empty
  [[nodiscard]] std::uint64_t size() const { return size_; }  ///< blocks

  /// The free block at address enters behind a listed one; behind 0: as the head.
  bool link(BlockTree& tree, std::uint64_t address, std::uint64_t behind);
  /// The block leaves; before: the listed block before it, 0 if it is the head.
  bool unlink(BlockTree& tree, std::uint64_t address, std::uint64_t before);
  /// Nothing is listed any more, and that is known. Costs what linking did.
  void empty(BlockTree& tree);
  /// Nothing is known of the list any more.
  void lose(BlockTree& tree) {
    empty(tree);
    known_ = false;
  }
  /// The blocks are gone from the tree, the list with them.
  void forget() { *this = {}; }

 private:
  bool known_ = true;
  std::uint64_t head_ = 0;
  std::uint64_t size_ = 0;
};

// ---- definitions; in the header because applying events spends its time in them

inline bool FreeChain::link(BlockTree& tree, std::uint64_t address, std::uint64_t behind) {
  if (!known_) return true;
  const BlockRecord* const entering = tree.find(address);
  if (entering == nullptr || !entering->free() || entering->listed()) return false;
  std::uint64_t next = head_;
  if (behind == 0) {
    head_ = address;
  } else {
    const BlockRecord* const before = tree.find(behind);
    if (before == nullptr || !before->listed()) return false;
    next = before->next_free();
    tree.write(behind).record->content = address & block_address_mask;
  }
  BlockRecord& record = *tree.write(address).record;
  record.flags |= BlockRecord::is_listed;
  record.content = next & block_address_mask;
  ++size_;
  return true;
}

inline bool FreeChain::unlink(BlockTree& tree, std::uint64_t address, std::uint64_t before) {
  if (!known_) return true;
  const BlockRecord* const leaving = tree.find(address);
  if (leaving == nullptr || !leaving->listed()) return false;
  const std::uint64_t next = leaving->next_free();
  if (before == 0) {
    if (head_ != address) return false;
    head_ = next;
  } else {
    const BlockRecord* const previous = tree.find(before);
    if (previous == nullptr || !previous->listed() || previous->next_free() != address)
      return false;
    tree.write(before).record->content = next & block_address_mask;
  }
  BlockRecord& record = *tree.write(address).record;
  record.flags &= static_cast<std::uint8_t>(~BlockRecord::is_listed);
  record.content = 0;
  --size_;
  return true;
}

inline void FreeChain::empty(BlockTree& tree) {
  while (head_ != 0) {
    BlockRecord& record = *tree.write(head_).record;
    head_ = record.next_free();
    record.flags &= static_cast<std::uint8_t>(~BlockRecord::is_listed);
    record.content = 0;
  }
  size_ = 0;
  known_ = true;
}

}  // namespace mh
