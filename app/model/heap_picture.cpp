#include "app/model/heap_picture.hpp"

#include <algorithm>

#include "app/model/format.hpp"

#include "app/model/shard_sums.hpp"

namespace mh {

namespace {

constexpr std::uint64_t plus = 1;
constexpr std::uint64_t minus = ~std::uint64_t{0};  // -1 of unsigned arithmetic

}  // namespace

bool HeapPicture::apply(const Event& event) {
  now_.time = event.time;
  ++now_.version;
  if (!apply_change(event)) {
    ++rejected_;
    return false;
  }
  time_ = event.time;
  return true;
}

void HeapPicture::apply_all(std::span<const Event> events) {
  for (std::size_t i = 0; i < events.size(); ++i) {
    look_ahead(events, i);
    apply(events[i]);
  }
}

bool HeapPicture::apply_change(const Event& event) {
  const std::uint64_t address = event.address;
  switch (event.kind()) {
    case EventKind::reset:
      return reset(address);
    case EventKind::break_moved:
      return move_break(address);
    case EventKind::block:
    case EventKind::foreign: {
      BlockRecord record;
      record.thread = static_cast<std::uint16_t>(event.thread);
      record.flags =
          event.kind() == EventKind::block ? BlockRecord::is_free : BlockRecord::is_foreign;
      record.header = static_cast<std::uint8_t>(event.extra);
      record.since = event.time;
      return add(address, event.size, record);
    }
    case EventKind::alloc:
      return allocate(event);
    case EventKind::free:
      return release(event);
    case EventKind::resize:
      return resize(event);
    case EventKind::split:
      return split(event);
    case EventKind::coalesce:
      return coalesce(event);
    case EventKind::owner:
      return set_owner(event);
    case EventKind::label:
      return set_label(event);
    case EventKind::link:
    case EventKind::unlink:
      return change_list(event);
    case EventKind::set_aside:
      return set_aside(event);
    case EventKind::pool:
      return make_pool(event);
    case EventKind::slot_alloc:
    case EventKind::slot_free:
      return set_slot(address, event.kind() == EventKind::slot_alloc);
    case EventKind::cache:
      return set_cached(event);
    case EventKind::mapped:
      return add_mapped(event);
    case EventKind::unmapped:
      return remove_mapped(event);
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
    case EventKind::none:
    case EventKind::stamp:
    case EventKind::count:
      break;
  }
  return false;
}

void HeapPicture::clear() {
  tree_.clear();
  chain_.forget();
  labels_ = {};
  totals_ = {};
  free_sizes_ = {};
  start_ = break_ = time_ = rejected_ = 0;
  marks_.pass(0, ++now_.version);
}

bool HeapPicture::reset(std::uint64_t start) {
  tree_.clear();
  chain_.forget();
  labels_ = {};
  totals_ = {};
  free_sizes_ = {};
  start_ = break_ = start;
  tree_.set_bias(start % BlockRecord::unit);
  marks_.pass(0, now_.version);
  return true;
}

bool HeapPicture::move_break(std::uint64_t to) {
  if (start_ == 0 || to < start_) return false;
  if (to < break_) {
    const BlockTree::Cursor cut = covering(to);
    if (cut && cut.address < to) return false;  // half a block cannot go
    BlockTree::Cursor gone = tree_.first(to);
    if (gone) {
      bool listed = false;
      for (; gone && gone.address < break_; gone = tree_.next(gone)) {
        count(*gone.record, minus);
        listed = listed || gone.record->listed();
      }
      if (listed) chain_.lose(tree_);
      erase_between(to, break_);
    }
    forget_labels(to, break_);
  } else if (const BlockTree::Cursor above = tree_.last(to - 1); above && to > break_) {
    if (above.address + above.record->size() > break_) return false;  // over a mapping
  }
  marks_.pass(std::min(to, break_), now_.version);
  break_ = to;
  totals_.heap = break_ - start_ + totals_.mapped;
  return true;
}

void HeapPicture::erase_between(std::uint64_t from, std::uint64_t to) {
  if (!tree_.first(to)) return tree_.erase_from(from, now_);
  for (auto gone = tree_.first(from); gone && gone.address < to; gone = tree_.first(from))
    tree_.erase(gone.address, now_);
}

/// Whether a block could be there, were it not for others: below the break, no larger than can be.
bool HeapPicture::well_formed(std::uint64_t address, std::uint64_t size,
                              std::uint64_t header) const {
  if (address % 16 != tree_.bias() || size % 16 != 0 || size == 0 || size > max_block_bytes ||
      header > size)
    return false;
  return start_ != 0 && address >= start_ && address + size <= break_;
}

/// Whether a new block can be there: well formed, over no other.
bool HeapPicture::can_lie(std::uint64_t address, std::uint64_t size, std::uint64_t header) const {
  if (!well_formed(address, size, header)) return false;
  const BlockTree::Cursor before = tree_.last(address + size - 1);
  return !before || before.address + before.record->size() <= address;
}

bool HeapPicture::add(std::uint64_t address, std::uint64_t size, const BlockRecord& kind) {
  if (!can_lie(address, size, kind.header)) return false;
  BlockRecord record = kind;
  record.granules = static_cast<std::uint32_t>(size / 16);
  tree_.insert(address, record, now_);
  count(record, plus);
  return true;
}

/// A block that is taken out of the heap's free ones while it is in the list: the stream has lost
/// the list, and so has the picture.
void HeapPicture::leave_list(const BlockRecord& record) {
  if (record.listed()) chain_.lose(tree_);
}

bool HeapPicture::allocate(const Event& event) {
  const BlockTree::Entry block = tree_.write(event.address);
  if (!block || !block.record->free()) return false;
  const BlockShape shape = BlockShape::unpack(static_cast<std::uint8_t>(event.extra));
  const std::uint8_t header = shape.header != 0 ? shape.header : block.record->header;
  const std::uint64_t frame = std::uint64_t{header} + shape.front + shape.guard();
  const std::uint64_t size = block.record->size();
  if (frame > size || event.size > size - frame) return false;
  leave_list(*block.record);
  count(*block.record, minus);
  block.record->flags = static_cast<std::uint8_t>((block.record->flags & BlockRecord::is_mapped) |
                                                  BlockRecord::is_used |
                                                  (shape.guarded ? BlockRecord::is_guarded : 0));
  block.record->header = header;
  block.record->front_units = (shape.front / BlockRecord::unit) & 0xffU;
  block.record->thread = static_cast<std::uint16_t>(event.thread);
  block.record->content = event.size & block_address_mask;
  block.record->since = event.time;
  count(*block.record, plus);
  block.touch(now_);
  ++totals_.allocs;
  return true;
}

bool HeapPicture::release(const Event& event) {
  const BlockTree::Entry block = tree_.write(event.address);
  if (!block || !block.record->used()) return false;
  forget_pool(block, event.address);
  count(*block.record, minus);
  block.record->flags = block.record->flags & BlockRecord::is_mapped;
  block.record->thread = static_cast<std::uint16_t>(event.thread);
  block.record->content = 0;
  block.record->front_units = 0;
  block.record->since = event.time;
  count(*block.record, plus);
  block.touch(now_);
  forget_label(event.address);
  ++totals_.frees;
  return true;
}

bool HeapPicture::resize(const Event& event) {
  const BlockTree::Entry block = tree_.write(event.address);
  if (!block || !block.record->used() || event.size > block.record->capacity()) return false;
  if (block.record->pool()) return false;
  count(*block.record, minus);
  block.record->content = event.size & block_address_mask;
  count(*block.record, plus);
  block.touch(now_);
  return true;
}

bool HeapPicture::split(const Event& event) {
  const BlockTree::Entry block = tree_.write(event.address);
  if (!block || !(block.record->free() || block.record->used()) || event.size % 16 != 0)
    return false;
  const std::uint64_t old_size = block.record->size();
  if (event.size >= old_size || event.size < block.record->frame() + block.record->requested()) {
    return false;
  }
  BlockRecord rest;
  rest.granules = static_cast<std::uint32_t>((old_size - event.size) / 16);
  rest.thread = block.record->thread;
  rest.header = static_cast<std::uint8_t>(event.extra);
  rest.flags = block.record->flags & BlockRecord::is_mapped;
  // The rest of a free block has been free before.
  rest.since = block.record->free() ? block.record->since : event.time;
  if (event.size == 0 || rest.header > rest.size()) return false;

  count(*block.record, minus);
  block.record->granules = static_cast<std::uint32_t>(event.size / 16);
  count(*block.record, plus);
  block.touch(now_);
  tree_.insert(event.address + event.size, rest, now_);
  count(rest, plus);
  return true;
}

bool HeapPicture::coalesce(const Event& event) {
  const std::uint64_t address = event.address;
  const std::uint64_t end = address + event.size;
  const BlockRecord* grows = tree_.find(address);
  if (grows == nullptr || !(grows->free() || grows->used())) return false;
  if (event.size % 16 != 0 || event.size > max_block_bytes || event.size <= grows->size() ||
      (grows->mapped() ? end > block_address_mask || !outside(address, end) : end > break_)) {
    return false;
  }
  // A merged block has been free for as long as most of it.
  std::uint64_t since = grows->since;
  std::uint64_t most = grows->size();
  const bool merges = grows->free();
  // What it grows over must be free, and swallowed whole.
  for (auto cursor = tree_.first(address + 1); cursor && cursor.address < end;
       cursor = tree_.next(cursor)) {
    if (!cursor.record->free() || cursor.address + cursor.record->size() > end) return false;
    if (!merges || cursor.record->size() <= most) continue;
    most = cursor.record->size();
    since = cursor.record->since;
  }
  for (auto cursor = tree_.first(address + 1); cursor && cursor.address < end;
       cursor = tree_.first(address + 1)) {
    leave_list(*cursor.record);
    const std::uint64_t swallowed = cursor.address;
    count(*tree_.find(swallowed), minus);
    tree_.erase(swallowed, now_);
  }
  const BlockTree::Entry block = tree_.write(address);
  count(*block.record, minus);
  block.record->granules = static_cast<std::uint32_t>(event.size / 16);
  block.record->since = since;
  count(*block.record, plus);
  block.touch(now_);
  return true;
}

bool HeapPicture::set_owner(const Event& event) {
  const BlockTree::Entry block = tree_.write(event.address);
  if (!block || event.size > 0xffff) return false;
  block.record->thread = static_cast<std::uint16_t>(event.size);
  block.touch(now_);
  return true;
}

bool HeapPicture::set_label(const Event& event) {
  const BlockTree::Entry block = tree_.write(event.address);
  if (!block || !block.record->used()) return false;
  block.touch(now_);
  const std::string name = unpack_name(event.size);
  if (name.empty()) {
    forget_label(event.address);
  } else {
    if (!labels_) labels_ = Cow<Labels>::make();
    labels_.write()[event.address] = name;
  }
  return true;
}

void HeapPicture::forget_label(std::uint64_t address) {
  if (has_labels() && labels_->count(address) != 0) labels_.write().erase(address);
}

void HeapPicture::forget_labels(std::uint64_t from, std::uint64_t to) {
  if (!has_labels()) return;
  const auto first = labels_->lower_bound(from);
  if (first == labels_->end() || first->first >= to) return;
  Labels& labels = labels_.write();
  labels.erase(labels.lower_bound(from), labels.lower_bound(to));
}

/// What was found damaged keeps its name and its owner.
bool HeapPicture::set_aside(const Event& event) {
  const std::uint64_t address = event.address;
  if (!well_formed(address, event.size, event.extra)) return false;
  const std::uint64_t end = address + event.size;
  const BlockTree::Cursor before = covering(address);
  if (before && before.address < address) return false;  // half a block cannot go
  BlockRecord record;
  bool listed = false;
  for (auto cursor = tree_.first(address); cursor && cursor.address < end;
       cursor = tree_.next(cursor)) {
    if (cursor.address != address && cursor.address + cursor.record->size() > end) return false;
    if (cursor.address == address) record.thread = cursor.record->thread;
    listed = listed || cursor.record->listed();
  }
  if (listed) chain_.lose(tree_);
  for (auto cursor = tree_.first(address); cursor && cursor.address < end;
       cursor = tree_.first(address)) {
    count(*cursor.record, minus);
    tree_.erase(cursor.address, now_);
  }
  forget_labels(address + 1, end);
  record.granules = static_cast<std::uint32_t>(event.size / 16);
  record.flags = BlockRecord::is_set_aside;
  record.header = static_cast<std::uint8_t>(event.extra);
  record.since = event.time;
  tree_.insert(address, record, now_);
  count(record, plus);
  return true;
}

bool HeapPicture::make_pool(const Event& event) {
  const BlockTree::Entry block = tree_.write(event.address);
  if (!block || !block.record->used() || event.size == 0) return false;
  const std::uint64_t first = std::uint64_t{event.extra} * 16;
  const std::uint64_t payload = block.record->header + block.record->front();
  const std::uint64_t payload_end = payload + block.record->requested();
  if (first < payload || first > payload_end || event.size > payload_end - first) return false;
  count(*block.record, minus);
  block.record->flags |= BlockRecord::is_pool;
  count(*block.record, plus);
  block.shard->pools.put(BlockTree::granule_of(event.address),
                         {first, event.size, (payload_end - first) / event.size});
  block.touch(now_);
  return true;
}

bool HeapPicture::set_slot(std::uint64_t address, bool used) {
  const std::optional<PictureSlot> slot = slot_at(address);
  if (!slot || slot->address != address || slot->used == used) return false;
  const BlockTree::Entry block = tree_.write(slot->block);
  block.shard->pools.write(BlockTree::granule_of(slot->block))->set(slot->number, used);
  block.touch(now_);
  return true;
}

void HeapPicture::forget_pool(const BlockTree::Entry& block, std::uint64_t address) {
  if (block.record->pool()) block.shard->pools.erase(BlockTree::granule_of(address));
}

bool HeapPicture::change_list(const Event& event) {
  if (event.kind() == EventKind::link) return chain_.link(tree_, event.address, event.size);
  if (event.address != 0) return chain_.unlink(tree_, event.address, event.size);
  chain_.empty(tree_);
  return true;
}

bool HeapPicture::set_cached(const Event& event) {
  const BlockTree::Entry block = tree_.write(event.address);
  if (!block || !block.record->free() || event.extra > 1) return false;
  leave_list(*block.record);
  count(*block.record, minus);
  const unsigned others = block.record->flags & ~unsigned{BlockRecord::is_cached};
  block.record->flags =
      static_cast<std::uint8_t>(others | (event.extra == 1 ? BlockRecord::is_cached : 0));
  count(*block.record, plus);
  block.touch(now_);
  return true;
}

/// Outside the heap, over no other block.
bool HeapPicture::add_mapped(const Event& event) {
  const std::uint64_t end = event.address + event.size;
  if (event.address % BlockRecord::unit != tree_.bias() || event.size % BlockRecord::unit != 0 ||
      event.size == 0 || event.size > max_block_bytes || event.extra > event.size ||
      end > block_address_mask || start_ == 0 || !outside(event.address, end)) {
    return false;
  }
  const BlockTree::Cursor before = tree_.last(end - 1);
  if (before && before.address + before.record->size() > event.address) return false;
  BlockRecord record;
  record.granules = static_cast<std::uint32_t>(event.size / BlockRecord::unit);
  record.thread = static_cast<std::uint16_t>(event.thread);
  record.flags = BlockRecord::is_mapped;
  record.header = static_cast<std::uint8_t>(event.extra);
  record.since = event.time;
  tree_.insert(event.address, record, now_);
  count(record, plus);
  return true;
}

bool HeapPicture::remove_mapped(const Event& event) {
  const BlockRecord* const record = tree_.find(event.address);
  if (record == nullptr || !record->mapped() || !record->free()) return false;
  leave_list(*record);
  count(*tree_.find(event.address), minus);
  tree_.erase(event.address, now_);
  marks_.pass(event.address, now_.version);  // its part of the tree may be gone with it
  return true;
}

/// Adds a block to the totals (sign plus) or takes it out (minus).
void HeapPicture::count(const BlockRecord& record, std::uint64_t sign) {
  const std::uint64_t behind_header = record.size() - record.header;
  totals_.header += sign * record.header;
  if (record.mapped()) {
    totals_.heap += sign * record.size();
    totals_.mapped += sign * record.size();
    totals_.mapped_blocks += sign;
  }
  if (record.cached()) {
    totals_.cached += sign * behind_header;
    totals_.cached_blocks += sign;
  }
  if (record.used()) {
    const std::uint64_t guards = record.guarded() ? record.front() + record.guard() : 0;
    totals_.requested += sign * record.requested();
    totals_.guard += sign * guards;
    totals_.padding += sign * (behind_header - record.requested() - guards);
    totals_.used_blocks += sign;
    if (record.pool()) totals_.pool_blocks += sign;
  } else if (record.free()) {
    totals_.free += sign * behind_header;
    totals_.free_blocks += sign;
    sign == 1 ? free_sizes_.add(behind_header) : free_sizes_.remove(behind_header);
  } else if (record.set_aside()) {
    totals_.set_aside += sign * behind_header;
    totals_.set_aside_blocks += sign;
  } else {
    totals_.foreign += sign * behind_header;
  }
}

PictureBlock HeapPicture::describe(std::uint64_t address, const BlockRecord& record) {
  PictureBlock block;
  block.address = address;
  block.size = record.size();
  block.requested = record.requested();
  block.since = record.since;
  block.header = record.header;
  block.thread = record.thread;
  block.front = static_cast<std::uint16_t>(record.front());
  block.guard = static_cast<std::uint8_t>(record.guard());
  block.used = record.used();
  block.foreign = record.foreign();
  block.guarded = record.guarded();
  block.set_aside = record.set_aside();
  block.pool = record.pool();
  block.cached = record.cached();
  block.mapped = record.mapped();
  return block;
}

BlockTree::Cursor HeapPicture::covering(std::uint64_t address) const {
  const BlockTree::Cursor before = tree_.last(address);
  if (!before || before.address + before.record->size() <= address) return {};
  return before;
}

std::optional<PictureBlock> HeapPicture::block_at(std::uint64_t address) const {
  const BlockTree::Cursor found = covering(address);
  if (!found) return std::nullopt;
  return describe(found.address, *found.record);
}

std::optional<PictureBlock> HeapPicture::block_from(std::uint64_t address) const {
  const BlockTree::Cursor found = tree_.first(address);
  if (!found) return std::nullopt;
  return describe(found.address, *found.record);
}

std::optional<PictureSlot> HeapPicture::slot_at(std::uint64_t address) const {
  const BlockTree::Cursor block = covering(address);
  if (!block || !block.record->pool()) return std::nullopt;
  const PoolSlots* const slots = tree_.pool(block.address);
  const std::uint64_t number = slots->slot_of(address - block.address);
  if (number == slots->count()) return std::nullopt;
  return PictureSlot{block.address, block.address + slots->first() + number * slots->slot_size(),
                     slots->slot_size(), number, slots->is_used(number)};
}

std::optional<FreePlace> HeapPicture::free_place(std::uint64_t address, std::uint64_t most) const {
  const BlockRecord* const record = tree_.find(address);
  if (record == nullptr || !record->listed()) return std::nullopt;
  FreePlace place;
  place.next = record->next_free();
  std::uint64_t number = 0;
  std::uint64_t previous = 0;
  for (std::uint64_t at = chain_.head(); at != 0 && number < most; ++number) {
    if (at == address) {
      place.number = number + 1;
      place.previous = previous;
      break;
    }
    previous = at;
    at = tree_.find(at)->next_free();
  }
  return place;
}

HeapPicture::Summary HeapPicture::summary(std::uint64_t address) const {
  const std::uint64_t start = address / shard_bytes * shard_bytes;
  Summary summary;
  std::uint32_t owned = 0;
  if (const Shard* shard = tree_.shard(start)) {
    const ShardSums own =
        shard->sums.get([&] { return shard_sums::sum_up(*shard, start, tree_.bias()); });
    summary = {own.header,    own.requested, own.padding, own.guard,          own.free,
               own.set_aside, own.foreign,   own.thread,  shard->changed.time};
    owned = own.thread_bytes;
  }
  // The block that reaches in from before.
  const BlockTree::Cursor before = covering(start);
  if (before && before.address < start) {
    shard_sums::add_part(summary, before.address, *before.record, start);
    summary.changed = std::max(summary.changed, before.record->since);
    const std::uint64_t end = before.address + before.record->size();
    if (before.record->used() && shard_sums::common(before.address, end, start) > owned)
      summary.thread = before.record->thread;
  }
  return summary;
}

std::uint64_t HeapPicture::version(std::uint64_t from, std::uint64_t to) const {
  std::uint64_t newest = std::max(tree_.version(from, to), marks_.newest_below(to));
  if (const BlockTree::Cursor before = covering(from)) {
    newest = std::max(newest, before.shard->changed.version);
  }
  return newest;
}

std::string_view HeapPicture::label(std::uint64_t address) const {
  if (!has_labels()) return {};
  const auto found = labels_->find(address);
  return found == labels_->end() ? std::string_view{} : found->second;
}

std::optional<PictureBlock> HeapPicture::block_called(std::string_view name) const {
  if (!has_labels()) return std::nullopt;
  for (const auto& [address, label] : *labels_) {
    if (label == name) return block_at(address);
  }
  return std::nullopt;
}

std::size_t HeapPicture::memory_bytes() const {
  std::size_t bytes = sizeof(*this) + tree_.memory_bytes();
  if (has_labels()) bytes += labels_->size() * (sizeof(Labels::value_type) + 4 * sizeof(void*));
  return bytes;
}

}  // namespace mh
