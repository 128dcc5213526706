#include "core/heap/classic/free_list.hpp"

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

/// Whether a link of from leads to a free block.
ListFault check_header(const Block* from, Block* to, const AddressRange& range) {
  auto* const block = const_cast<Block*>(from);
  if (!in_range(to, range)) return {MH_WRITE_AFTER_FREE, block, nullptr};
  if (!to->sealed()) return {MH_HEADER_DAMAGED, block, to};
  if (!to->free()) return {MH_WRITE_AFTER_FREE, block, nullptr};
  return {};
}

}  // namespace

ListFault FreeList::insert(Block& block, mh_free_order order, const AddressRange& range) {
  if (order == MH_ORDER_ADDRESS && tail_ != nullptr && &block < tail_) {
    return insert_by_address(block, range);
  }
  Block* const before = order == MH_ORDER_LIFO ? nullptr : tail_;
  Block* const behind = order == MH_ORDER_LIFO ? head_ : nullptr;
  if (Block* const neighbour = before != nullptr ? before : behind; neighbour != nullptr) {
    const ListFault fault = check_header(nullptr, neighbour, range);
    if (fault.error != MH_OK) return fault;
  }
  insert_between(before, block, behind);
  return {};
}

ListFault FreeList::insert_by_address(Block& block, const AddressRange& range) {
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
  for (Block* const neighbour : {next, previous}) {
    if (neighbour == nullptr) continue;
    const ListFault fault = check_header(self, neighbour, range);
    if (fault.error != MH_OK) return fault;
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
    : list_(list),
      range_(range),
      start_(start != nullptr ? start : list.head()),
      ahead_(list.count()) {
  if (start_ != nullptr) arrive(nullptr, start_);
}

void FreeWalk::step() {
  Block* const from = block_;
  Block* const next = list_.next(*from);
  block_ = nullptr;
  const bool at_tail = from == list_.tail();
  Block* const ahead = at_tail ? list_.head() : next;
  if (at_tail != (next == nullptr) || (ahead != start_ && ahead_ == 0)) {
    fault_ = {MH_WRITE_AFTER_FREE, from, nullptr};
  } else if (ahead != start_) {
    arrive(at_tail ? nullptr : from, ahead);
  }
}

/// from is the block whose link is followed; nullptr if the list itself leads here.
void FreeWalk::arrive(Block* from, Block* next) {
  fault_ = check_header(from, next, range_);
  if (fault_.error != MH_OK) return;
  if (from != nullptr && list_.previous(*next) != from) {
    fault_ = {MH_WRITE_AFTER_FREE, next, nullptr};
    return;
  }
  block_ = next;
  --ahead_;
}

}  // namespace mh
