#include "app/model/heap_picture.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace mh {

namespace {

constexpr std::uint64_t plus = 1;
constexpr std::uint64_t minus = ~std::uint64_t{0};  // -1 of unsigned arithmetic

/// Bytes that [from, to) has in common with a shard's range.
std::uint32_t common(std::uint64_t from, std::uint64_t to, std::uint64_t shard_start) {
  const std::uint64_t low = std::max(from, shard_start);
  const std::uint64_t high = std::min(to, shard_start + HeapPicture::shard_bytes);
  return high > low ? static_cast<std::uint32_t>(high - low) : 0;
}

/// Adds the part of a block that lies in a shard's range to sums (ShardSums or Summary).
template <typename Sums>
void add_part(Sums& sums, std::uint64_t address, const BlockRecord& record,
              std::uint64_t shard_start) {
  const std::uint64_t payload = address + record.header;
  const std::uint64_t end = address + record.size();
  sums.header += common(address, payload, shard_start);
  if (record.used()) {
    sums.requested += common(payload, payload + record.requested, shard_start);
    sums.padding += common(payload + record.requested, end, shard_start);
  } else {
    (record.free() ? sums.free : sums.foreign) += common(payload, end, shard_start);
  }
}

/// Who owns how much of a shard. With more owners than it can hold, the late ones are left out.
class OwnerTally {
 public:
  void add(std::uint16_t thread, std::uint32_t bytes) {
    for (unsigned i = 0; i < used_; ++i) {
      if (owners_[i].thread == thread) {
        owners_[i].bytes += bytes;
        return;
      }
    }
    if (used_ < owners_.size()) owners_[used_++] = {thread, bytes};
  }
  void greatest(ShardSums& sums) const {
    for (unsigned i = 0; i < used_; ++i) {
      if (owners_[i].bytes <= sums.thread_bytes) continue;
      sums.thread = owners_[i].thread;
      sums.thread_bytes = owners_[i].bytes;
    }
  }

 private:
  struct Owner {
    std::uint16_t thread;
    std::uint32_t bytes;
  };
  std::array<Owner, 16> owners_;
  unsigned used_ = 0;
};

ShardSums sum_up(const Shard& shard, std::uint64_t shard_start) {
  ShardSums sums;
  OwnerTally owners;
  unsigned slot = shard.slots.next(0);
  for (const BlockRecord& record : shard.slots.values()) {
    const std::uint64_t address = shard_start + (std::uint64_t{slot} << Shard::slot_bits);
    add_part(sums, address, record, shard_start);
    if (record.used())
      owners.add(record.thread, common(address, address + record.size(), shard_start));
    slot = shard.slots.next(slot + 1);
  }
  owners.greatest(sums);
  return sums;
}

/// The name in a label event: up to 8 characters, until the first zero. What cannot be shown
/// becomes '?'.
std::string unpack_name(std::uint64_t packed) {
  std::string name;
  for (; packed != 0 && (packed & 0xff) != 0; packed >>= 8) {
    const char c = static_cast<char>(packed & 0xff);
    name += c >= ' ' && c <= '~' ? c : '?';
  }
  return name;
}

}  // namespace

void HeapPicture::BreakMarks::pass(std::uint64_t address, std::uint64_t version) {
  while (!marks_.empty() && marks_.back().address >= address) marks_.pop_back();
  marks_.push_back({address, version});
  if (marks_.size() <= 64) return;
  // Too many: of each two keep the lower address with the newer version, which says too much, not
  // too little.
  for (std::size_t i = 0; 2 * i < marks_.size(); ++i) {
    const std::size_t second = std::min(2 * i + 1, marks_.size() - 1);
    marks_[i] = {marks_[2 * i].address, marks_[second].version};
  }
  marks_.resize((marks_.size() + 1) / 2);
}

std::uint64_t HeapPicture::BreakMarks::newest_below(std::uint64_t to) const {
  const auto above =
      std::lower_bound(marks_.begin(), marks_.end(), to,
                       [](const Mark& mark, std::uint64_t end) { return mark.address < end; });
  return above == marks_.begin() ? 0 : std::prev(above)->version;
}

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
    case EventKind::visit:
    case EventKind::error:
    case EventKind::marker:
    case EventKind::thread_start:
    case EventKind::thread_end:
    case EventKind::link:
    case EventKind::unlink:
    case EventKind::set_aside:
    case EventKind::search:
    case EventKind::search_end:
    case EventKind::policy:
    case EventKind::pool:
    case EventKind::slot_alloc:
    case EventKind::slot_free:
    case EventKind::step:
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
  labels_ = {};
  totals_ = {};
  start_ = break_ = time_ = rejected_ = 0;
  marks_.pass(0, ++now_.version);
}

bool HeapPicture::reset(std::uint64_t start) {
  tree_.clear();
  labels_ = {};
  totals_ = {};
  start_ = break_ = start;
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
      for (; gone; gone = tree_.next(gone)) count(*gone.record, minus);
      tree_.erase_from(to, now_);
    }
    if (has_labels() && labels_->rbegin()->first >= to) {
      Labels& labels = labels_.write();
      labels.erase(labels.lower_bound(to), labels.end());
    }
  }
  marks_.pass(std::min(to, break_), now_.version);
  break_ = to;
  totals_.heap = break_ - start_;
  return true;
}

/// Whether a new block can be there: well formed, below the break, over no other.
bool HeapPicture::can_lie(std::uint64_t address, std::uint64_t size, std::uint64_t header) const {
  if (address % 16 != 0 || size % 16 != 0 || size == 0 || size > max_block_bytes || header > size)
    return false;
  if (start_ == 0 || address < start_ || address + size > break_) return false;
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

bool HeapPicture::allocate(const Event& event) {
  const BlockTree::Entry block = tree_.write(event.address);
  if (!block || !block.record->free() || event.size > block.record->capacity()) return false;
  count(*block.record, minus);
  block.record->flags = BlockRecord::is_used;
  block.record->thread = static_cast<std::uint16_t>(event.thread);
  block.record->requested = event.size;
  block.record->since = event.time;
  count(*block.record, plus);
  block.touch(now_);
  ++totals_.allocs;
  return true;
}

bool HeapPicture::release(const Event& event) {
  const BlockTree::Entry block = tree_.write(event.address);
  if (!block || !block.record->used()) return false;
  count(*block.record, minus);
  block.record->flags = BlockRecord::is_free;
  block.record->thread = static_cast<std::uint16_t>(event.thread);
  block.record->requested = 0;
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
  count(*block.record, minus);
  block.record->requested = event.size;
  count(*block.record, plus);
  block.touch(now_);
  return true;
}

bool HeapPicture::split(const Event& event) {
  const BlockTree::Entry block = tree_.write(event.address);
  if (!block || block.record->foreign() || event.size % 16 != 0) return false;
  const std::uint64_t old_size = block.record->size();
  if (event.size >= old_size || event.size < block.record->header + block.record->requested)
    return false;
  BlockRecord rest;
  rest.granules = static_cast<std::uint32_t>((old_size - event.size) / 16);
  rest.thread = block.record->thread;
  rest.header = static_cast<std::uint8_t>(event.extra);
  rest.since = event.time;
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
  if (grows == nullptr || grows->foreign()) return false;
  if (event.size % 16 != 0 || event.size > max_block_bytes || event.size <= grows->size() ||
      end > break_) {
    return false;
  }
  // What it grows over must be free, and swallowed whole.
  for (auto cursor = tree_.first(address + 1); cursor && cursor.address < end;
       cursor = tree_.next(cursor)) {
    if (!cursor.record->free() || cursor.address + cursor.record->size() > end) return false;
  }
  for (auto cursor = tree_.first(address + 1); cursor && cursor.address < end;
       cursor = tree_.first(address + 1)) {
    count(*cursor.record, minus);
    tree_.erase(cursor.address, now_);
  }
  const BlockTree::Entry block = tree_.write(address);
  count(*block.record, minus);
  block.record->granules = static_cast<std::uint32_t>(event.size / 16);
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

/// Adds a block to the totals (sign plus) or takes it out (minus).
void HeapPicture::count(const BlockRecord& record, std::uint64_t sign) {
  totals_.header += sign * record.header;
  switch (record.flags) {
    case BlockRecord::is_used:
      totals_.requested += sign * record.requested;
      totals_.padding += sign * (record.capacity() - record.requested);
      totals_.used_blocks += sign;
      break;
    case BlockRecord::is_free:
      totals_.free += sign * record.capacity();
      totals_.free_blocks += sign;
      break;
    default:
      totals_.foreign += sign * record.capacity();
  }
}

PictureBlock HeapPicture::describe(std::uint64_t address, const BlockRecord& record) {
  PictureBlock block;
  block.address = address;
  block.size = record.size();
  block.requested = record.requested;
  block.since = record.since;
  block.header = record.header;
  block.thread = record.thread;
  block.used = record.used();
  block.foreign = record.foreign();
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

HeapPicture::Summary HeapPicture::summary(std::uint64_t address) const {
  const std::uint64_t start = address / shard_bytes * shard_bytes;
  Summary summary;
  std::uint32_t owned = 0;
  if (const Shard* shard = tree_.shard(start)) {
    const ShardSums own = shard->sums.get([&] { return sum_up(*shard, start); });
    summary = {own.header,  own.requested, own.padding,        own.free,
               own.foreign, own.thread,    shard->changed.time};
    owned = own.thread_bytes;
  }
  // The block that reaches in from before.
  const BlockTree::Cursor before = covering(start);
  if (before && before.address < start) {
    add_part(summary, before.address, *before.record, start);
    summary.changed = std::max(summary.changed, before.record->since);
    const std::uint64_t end = before.address + before.record->size();
    if (before.record->used() && common(before.address, end, start) > owned)
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
