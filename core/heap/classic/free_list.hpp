#pragma once
// The free blocks, chained in the order in which a search looks at them. The links lie in the
// memory that is free anyway, right behind the header:
//
//   block ->  +---------------------+
//             | header              |  32 or 16 bytes
//             +---------------------+
//             | next free block     |  8 bytes, NULL at the tail
//             +---------------------+
//             | previous free block |  8 bytes, NULL at the head
//             +---------------------+
//             | free bytes, perhaps poisoned
//
// A program that writes to a block after free() writes here first. So no link is trusted that was
// not checked: a neighbour must be a sealed free block whose link leads back (the "safe unlinking"
// of glibc, 2004).

#include <cstddef>

#include "core/heap/classic/block.hpp"
#include "core/include/microheap.h"

namespace mh {

/// Where links may lead: [start, limit).
struct AddressRange {
  const std::byte* start = nullptr;
  const std::byte* limit = nullptr;
};

/// What is wrong with the list: the links of `block` are overwritten; or, if error is
/// MH_HEADER_DAMAGED, they lead to `next`, which has no sound header.
struct ListFault {
  mh_error error = MH_OK;
  Block* block = nullptr;
  Block* next = nullptr;
};

class FreeList {
 public:
  [[nodiscard]] Block* head() const { return head_; }
  [[nodiscard]] Block* tail() const { return tail_; }
  [[nodiscard]] std::size_t count() const { return count_; }

  /// Puts a free block where the order says. With a fault the list is as before.
  ListFault insert(Block& block, mh_free_order order, const AddressRange& range);
  /// Puts a free block behind all others.
  void append(Block& block) { insert_between(tail_, block, nullptr); }
  /// Whether both neighbours of a free block lead back to it.
  [[nodiscard]] ListFault check(const Block& block, const AddressRange& range) const;
  /// Takes out a block whose links were checked. Returns the block before it, NULL at the head.
  Block* remove(Block& block);
  void clear();

  [[nodiscard]] Block* next(const Block& block) const { return links(block).next; }
  [[nodiscard]] Block* previous(const Block& block) const { return links(block).previous; }

  /// Where next fit goes on: the block behind the one taken last; NULL: the head.
  [[nodiscard]] Block* rover() const { return rover_; }
  void set_rover(Block* block) { rover_ = block; }

 private:
  struct Links {
    Block* next;
    Block* previous;
  };
  static Links& links(const Block& block) {
    return *reinterpret_cast<Links*>(block.address() + block.header());
  }
  void insert_between(Block* before, Block& block, Block* behind);
  ListFault insert_by_address(Block& block, const AddressRange& range);

  Block* head_ = nullptr;
  Block* tail_ = nullptr;
  Block* rover_ = nullptr;
  std::size_t count_ = 0;
};

/// Goes once round the list, from start on (NULL: the head), and checks each link before it
/// follows it. Can be the range of one for loop.
class FreeWalk {
 public:
  class Iterator {
   public:
    explicit Iterator(FreeWalk* walk) : walk_(walk) {}
    Block& operator*() const { return *walk_->block(); }
    Iterator& operator++() {
      walk_->step();
      return *this;
    }
    bool operator!=(std::nullptr_t) const { return walk_->block() != nullptr; }

   private:
    FreeWalk* walk_;
  };

  FreeWalk(const FreeList& list, const AddressRange& range, Block* start = nullptr);
  /// nullptr: the walk is over; fault() says whether it saw the whole list.
  [[nodiscard]] Block* block() const { return block_; }
  void step();
  Iterator begin() { return Iterator(this); }
  static std::nullptr_t end() { return nullptr; }
  [[nodiscard]] const ListFault& fault() const { return fault_; }

 private:
  void arrive(Block* from, Block* next);

  const FreeList& list_;
  AddressRange range_;
  Block* start_ = nullptr;
  Block* block_ = nullptr;
  std::size_t ahead_ = 0;  // blocks that can still come
  ListFault fault_;
};

}  // namespace mh
