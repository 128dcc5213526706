#include "core/heap/classic/block_list.hpp"

namespace mh {

// ---- sums

void Tally::add(const Block& block) {
  if (block.foreign()) {
    foreign += block.size();
    return;
  }
  header += block.header();
  compact_headers += block.is_plain() ? 0 : 1;
  const std::size_t rest = block.size() - block.header();
  if (block.set_aside()) {
    set_aside += rest;
    ++set_aside_blocks;
  } else if (block.free()) {
    free += rest;
    ++free_blocks;
  } else {
    const std::size_t guards = block.guarded() ? block.front() + block.guard() : 0;
    requested += block.requested();
    guard += guards;
    padding += rest - guards - block.requested();
    ++used_blocks;
  }
}

void Tally::remove(const Block& block) {
  Tally one;
  one.add(block);
  header -= one.header;
  requested -= one.requested;
  padding -= one.padding;
  guard -= one.guard;
  free -= one.free;
  set_aside -= one.set_aside;
  foreign -= one.foreign;
  used_blocks -= one.used_blocks;
  free_blocks -= one.free_blocks;
  set_aside_blocks -= one.set_aside_blocks;
  compact_headers -= one.compact_headers;
}

// ---- the list

void BlockList::begin(std::byte* at) {
  start_ = end_ = floor_ = at;
  first_ = last_ = last_foreign_ = nullptr;
  foreign_count_ = 0;
}

void BlockList::link_last(Block* block) {
  if (last_ == nullptr) {
    first_ = block;
  } else {
    last_->set_next(block);
  }
  last_ = block;
  end_ = block->end();
}

Block* BlockList::append(HeaderKind kind, std::size_t size) {
  link_last(Block::write(end_, kind, {.size = size}));
  return last_;
}

Block* BlockList::append_foreign(std::byte* header) {
  const auto covered = static_cast<std::size_t>(header + header_size(HeaderKind::plain) - end_);
  Block* const block = Block::write(header, HeaderKind::plain,
                                    {.size = covered,
                                     .requested = reinterpret_cast<std::uintptr_t>(last_foreign_),
                                     .flags = block_foreign});
  link_last(block);
  last_foreign_ = block;
  ++foreign_count_;
  floor_ = end_;
  return block;
}

void BlockList::cut_after(Block* last) {
  if (last == nullptr) {
    begin(start_);
    return;
  }
  last->set_next(nullptr);
  last_ = last;
  end_ = last->end();
}

bool BlockList::last_is_sound() const {
  return last_ == nullptr || (last_->sealed() && last_->end() == end_ &&
                              (!last_->is_plain() || last_->next() == nullptr));
}

/// A compact header does not say what comes next: it is the block that starts at its end.
Block* BlockList::after(const Block& block, const std::byte* limit) const {
  if (block.is_plain()) return block.next();
  if (block.end() >= limit) return nullptr;
  Block* const foreign = foreign_from(block.end(), limit);
  return foreign != nullptr ? foreign : reinterpret_cast<Block*>(block.end());
}

Block* BlockList::foreign_from(const std::byte* start, const std::byte* limit) const {
  Block* block = last_foreign_;
  while (block != nullptr && block->address() + header_size(HeaderKind::plain) <= limit &&
         block->sealed()) {
    if (block->start() == start) return block;
    block = block->earlier_foreign();
  }
  return nullptr;
}

void BlockList::rewrite(Block& block, HeaderKind kind, const BlockFields& fields) {
  Block* const next = after(block);
  Block::write(block.address(), kind, fields)->set_next(next);
}

Block* BlockList::split(Block& block, std::size_t size, HeaderKind kind) {
  Block* const next = after(block);
  BlockFields fields = block.fields();
  Block* const rest =
      Block::write(block.address() + size, kind,
                   {.size = fields.size - size,
                    .thread = fields.thread,
                    .flags = static_cast<std::uint8_t>(fields.flags & block_poisoned)});
  rest->set_next(next);
  fields.size = size;
  block.set(fields);
  block.set_next(rest);
  if (last_ == &block) last_ = rest;
  return rest;
}

void BlockList::absorb(Block& block, Block& next) {
  Block* const behind = after(next);
  if (last_ == &next) last_ = &block;
  BlockFields fields = block.fields();
  fields.size += next.size();
  next.unseal();
  block.set(fields);
  block.set_next(behind);
}

void BlockList::replace_damaged(std::byte* at, const BlockFields& fields) {
  // The compact header, because the block that was there may have had no room for the plain one.
  Block* const block = Block::write(at, HeaderKind::compact, fields);
  if (block->end() == end_) last_ = block;
}

Block* BlockList::damaged_foreign(const std::byte* limit) const {
  for (Block* block = last_foreign_; block != nullptr; block = block->earlier_foreign()) {
    if (block->address() + header_size(HeaderKind::plain) > limit) return nullptr;
    if (!block->sealed()) return block;
  }
  return nullptr;
}

bool BlockList::restore_foreign() {
  Block* const lost = damaged_foreign(end_);
  std::size_t found = 1;
  for (const Block* block = last_foreign_; block != lost; block = block->earlier_foreign()) ++found;
  std::byte* covered_from = start_;
  Block* earlier = nullptr;
  for (std::byte* at = start_; at < lost->address(); at += granule) {
    auto* const block = reinterpret_cast<Block*>(at);
    if (!block->sealed()) continue;
    covered_from = block->end();
    if (!block->foreign()) continue;
    earlier = block;
    ++found;
  }
  if (found != foreign_count_ || covered_from > lost->address()) return false;
  std::byte* const end = lost->address() + header_size(HeaderKind::plain);
  Block::write(lost->address(), HeaderKind::plain,
               {.size = static_cast<std::size_t>(end - covered_from),
                .requested = reinterpret_cast<std::uintptr_t>(earlier),
                .flags = block_foreign});
  if (lost == last_) return true;
  Block* const next = foreign_from(end, end_);
  lost->set_next(next != nullptr ? next : reinterpret_cast<Block*>(end));
  return true;
}

// ---- the walk

BlockWalk::BlockWalk(const BlockList& list, const std::byte* limit) : list_(list), limit_(limit) {
  arrive(list.first(), list.start());
}

void BlockWalk::arrive(Block* next, std::byte* expected_start) {
  if (next == nullptr) {
    const bool complete = expected_start == list_.end();
    stop(complete ? MH_OK : MH_LIST_BROKEN, complete ? nullptr : block_->address());
  } else if (!can_read(next, expected_start)) {
    stop(MH_LIST_BROKEN, next->address());
  } else if (!next->sealed()) {
    stop(MH_HEADER_DAMAGED, next->address());
  } else if (!fits(*next, expected_start)) {
    stop(MH_LIST_BROKEN, next->address());
  } else {
    block_ = next;
  }
}

void BlockWalk::stop(mh_error error, std::byte* where) {
  block_ = nullptr;
  error_ = error;
  where_ = where;
}

// A compact header needs only 16 bytes; but no block of ours is smaller than a plain header, and
// behind a header that is damaged there are at least as many bytes.
bool BlockWalk::can_read(const Block* block, const std::byte* from) const {
  const auto address = reinterpret_cast<std::uintptr_t>(block);
  const auto low = reinterpret_cast<std::uintptr_t>(from);
  const auto high = reinterpret_cast<std::uintptr_t>(limit_);
  return address % granule == 0 && address >= low && address < high &&
         high - address >= header_size(HeaderKind::plain);
}

// A block covers at least its header, so every step goes up: the walk cannot run in a circle.
bool BlockWalk::fits(const Block& block, const std::byte* expected_start) const {
  const auto above = static_cast<std::size_t>(limit_ - block.address());
  if (block.foreign()) {
    const auto below = static_cast<std::size_t>(block.end() - expected_start);
    return block.size() == below;
  }
  return block.address() == expected_start && block.size() >= min_block(block.kind()) &&
         block.size() <= above;
}

bool is_plausible(const Block& block) {
  if (block.size() % granule != 0 || block.size() < min_block(block.kind())) return false;
  if (block.foreign()) return block.flags() == block_foreign;
  if (block.set_aside()) return block.flags() == block_set_aside;
  if (block.free()) return block.requested() == 0 && block.front() == 0 && !block.guarded();
  const std::size_t overhead = block.header() + block.front() + block.guard();
  return !block.poisoned() && block.requested() > 0 && overhead <= block.size() &&
         block.requested() <= block.capacity();
}

std::byte* next_sealed(std::byte* from, std::byte* limit) {
  for (std::byte* at = from; limit - at >= static_cast<std::ptrdiff_t>(granule * 2);
       at += granule) {
    const auto* const block = reinterpret_cast<const Block*>(at);
    if (block->sealed()) return block->start() >= from ? block->start() : at;
  }
  return limit;
}

}  // namespace mh
