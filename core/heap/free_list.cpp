#include "core/heap/free_list.hpp"

#include <initializer_list>

namespace mh {

namespace {

/// Whether a header can be read at block, as far as its address tells.
bool in_range(const Block* block, const AddressRange& range) {
  const auto address = reinterpret_cast<std::uintptr_t>(block);
  const auto low = reinterpret_cast<std::uintptr_t>(range.start);
  const auto high = reinterpret_cast<std::uintptr_t>(range.limit);
  return address % granule == 0 && address >= low && address < high &&
         high - address >= min_block(HeaderKind::compact);
}

}  // namespace

ListFault FreeList::insert(Block& block, mh_free_order order, const AddressRange& range) {
  switch (order) {
    case MH_ORDER_LIFO:
      insert_between(nullptr, block, head_);
      return {};
    case MH_ORDER_FIFO:
      insert_between(tail_, block, nullptr);
      return {};
    case MH_ORDER_ADDRESS:
      break;
  }
  return insert_by_address(block, range);
}

ListFault FreeList::insert_by_address(Block& block, const AddressRange& range) {
  if (tail_ != nullptr && tail_ < &block) {
    insert_between(tail_, block, nullptr);
    return {};
  }
  Block* before = nullptr;
  FreeWalk walk(*this, range);
  for (; walk.block() != nullptr && walk.block() < &block; walk.step()) {
    before = walk.block();
  }
  if (walk.fault().error == MH_OK) insert_between(before, block, walk.block());
  return walk.fault();
}

void FreeList::insert_between(Block* before, Block& block, Block* behind) {
  links(block) = {behind, before};
  (before != nullptr ? links(*before).next : head_) = &block;
  (behind != nullptr ? links(*behind).previous : tail_) = &block;
  ++count_;
}

ListFault FreeList::check(const Block& block, const AddressRange& range) const {
  auto* const self = const_cast<Block*>(&block);
  const auto [next, previous] = links(block);
  const bool next_in_range = next == nullptr || in_range(next, range);
  const bool previous_in_range = previous == nullptr || in_range(previous, range);
  if (!next_in_range || !previous_in_range) return {MH_WRITE_AFTER_FREE, self, nullptr};
  for (Block* const neighbour : {next, previous}) {
    if (neighbour == nullptr) continue;
    if (!neighbour->sealed()) return {MH_HEADER_DAMAGED, self, neighbour};
    if (!neighbour->free()) return {MH_WRITE_AFTER_FREE, self, nullptr};
  }
  const Block* const back_from_next = next != nullptr ? links(*next).previous : tail_;
  const Block* const back_from_previous = previous != nullptr ? links(*previous).next : head_;
  if (back_from_next != self) return {MH_WRITE_AFTER_FREE, next != nullptr ? next : self, nullptr};
  if (back_from_previous != self) {
    return {MH_WRITE_AFTER_FREE, previous != nullptr ? previous : self, nullptr};
  }
  return {};
}

Block* FreeList::remove(Block& block) {
  const auto [next, previous] = links(block);
  (previous != nullptr ? links(*previous).next : head_) = next;
  (next != nullptr ? links(*next).previous : tail_) = previous;
  if (rover_ == &block) rover_ = next;
  --count_;
  return previous;
}

void FreeList::clear() {
  *this = {};
}

FreeWalk::FreeWalk(const FreeList& list, const AddressRange& range, Block* start)
    : list_(list), range_(range), start_(start != nullptr ? start : list.head()) {
  if (start_ != nullptr) arrive(nullptr, start_);
}

void FreeWalk::step() {
  Block* const from = block_;
  Block* const next = list_.next(*from);
  block_ = nullptr;
  Block* const ahead = next != nullptr ? next : list_.head();
  if (ahead != start_) arrive(next != nullptr ? from : nullptr, ahead);
}

/// from is the block whose link is followed; nullptr if the list itself leads here.
void FreeWalk::arrive(Block* from, Block* next) {
  if (!in_range(next, range_)) {
    fault_ = {MH_WRITE_AFTER_FREE, from, nullptr};
  } else if (!next->sealed()) {
    fault_ = {MH_HEADER_DAMAGED, from, next};
  } else if (!next->free()) {
    fault_ = {MH_WRITE_AFTER_FREE, from, nullptr};
  } else if (from != nullptr && list_.previous(*next) != from) {
    fault_ = {MH_WRITE_AFTER_FREE, next, nullptr};
  } else {
    block_ = next;
  }
}

}  // namespace mh
