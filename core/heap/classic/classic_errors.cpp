// Which block a pointer means, what can be wrong with it, and what the classic heap does then:
// tell, set the damaged block aside, and go on with the rest.

#include <algorithm>
#include <mutex>

#include "core/heap/address.hpp"
#include "core/heap/classic/classic_heap.hpp"

namespace mh {

namespace {

/// What is wrong with a pointer to a block that was set aside.
mh_error error_of_set_aside(const Block& block) {
  const auto why = static_cast<mh_error>(block.requested());
  return why == MH_WRITE_AFTER_FREE ? MH_DOUBLE_FREE : why;
}

}  // namespace

// ---- which block a pointer means

/// No block of ours lies at or above it. The break is below our end only if somebody took our
/// memory.
const std::byte* ClassicHeap::limit() const {
  return std::min<const std::byte*>(list_.end(), break_.current());
}

/// A sealed header at at; nullptr if there is none.
Block* ClassicHeap::sealed_at(std::byte* at) const {
  const bool readable = address_of(at) % granule == 0 && at >= list_.start() &&
                        limit() - at >= static_cast<std::ptrdiff_t>(min_block(HeaderKind::compact));
  auto* const block = reinterpret_cast<Block*>(at);
  return readable && block->sealed() ? block : nullptr;
}

/// The header of the block whose payload starts at payload. It ends there, or lies as far before it
/// as the front says. The nearest is tried first, and by its first word alone: what lies before a
/// compact header is another block's payload, which somebody may be writing.
Block* ClassicHeap::header_before(std::byte* payload) const {
  Block* unused = nullptr;
  for (const HeaderKind kind : {HeaderKind::compact, HeaderKind::plain}) {
    std::byte* const at = payload - header_size(kind);
    if (at < list_.start() || reinterpret_cast<Block*>(at)->kind() != kind) continue;
    Block* const block = sealed_at(at);
    if (block == nullptr || block->payload() != payload) continue;
    if (block->used()) return block;
    unused = block;  // or two words of a plain header that look like a compact one
  }
  if (unused != nullptr) return unused;
  const std::size_t distance = distance_before(payload);
  if (distance > header_size(HeaderKind::plain) + Block::max_front) return nullptr;
  Block* const block = sealed_at(payload - distance);
  return block != nullptr && block->payload() == payload ? block : nullptr;
}

/// The used block whose payload starts at pointer. A header that is sealed at its own address was
/// written by us, so that no walk is needed; only to name an error exactly we take one.
mh_error ClassicHeap::find(const void* pointer, Block*& found) const {
  auto* const payload = static_cast<std::byte*>(const_cast<void*>(pointer));
  const bool possible = address_of(pointer) % granule == 0 && list_.begun() &&
                        payload >= list_.start() + header_size(HeaderKind::compact) &&
                        payload < limit();
  Block* const block = possible ? header_before(payload) : nullptr;
  if (block == nullptr || block->foreign()) return name_error(pointer, found);
  found = block;
  if (block->set_aside()) return error_of_set_aside(*block);
  return block->used() ? MH_OK : MH_DOUBLE_FREE;
}

/// What is wrong with a pointer to which no sealed header belongs. MH_OK if it is right after all:
/// the way back to its header was overwritten, which its guard will tell.
mh_error ClassicHeap::name_error(const void* pointer, Block*& found) const {
  const auto* const byte = static_cast<const std::byte*>(pointer);
  if (!list_.begun() || byte < list_.start() || byte >= limit()) {
    const bool elsewhere = directory_ != nullptr && directory_->covered_by_another(*this, pointer);
    return elsewhere ? MH_OTHER_HEAP : MH_INVALID_POINTER;
  }
  Block* damaged = nullptr;
  Block* const block = covering(pointer, &damaged);
  found = block != nullptr ? block : damaged;
  if (block == nullptr) return damaged != nullptr ? MH_HEADER_DAMAGED : MH_INVALID_POINTER;
  if (block->foreign()) return MH_INVALID_POINTER;
  if (block->used() && block->payload() == byte) return MH_OK;
  if (address_of(pointer) % granule != 0) return MH_MISALIGNED_POINTER;
  if (block->set_aside()) return error_of_set_aside(*block);
  return block->free() ? MH_DOUBLE_FREE : MH_INTERIOR_POINTER;
}

/// The block that contains address. nullptr with *damaged set: it would lie in or behind a block
/// with a damaged header.
Block* ClassicHeap::covering(const void* address, Block** damaged) const {
  const auto* const byte = static_cast<const std::byte*>(address);
  BlockWalk walk = blocks();
  for (; walk.block() != nullptr; walk.step()) {
    if (byte >= walk.block()->start() && byte < walk.block()->end()) return walk.block();
  }
  if (damaged != nullptr && walk.error() == MH_HEADER_DAMAGED && byte >= walk.where() &&
      byte < next_sealed(walk.where() + granule, list_.end())) {
    *damaged = reinterpret_cast<Block*>(walk.where());
  }
  return nullptr;
}

/// The block of a pointer, whole; nullptr if there is none, and what is wrong was told.
Block* ClassicHeap::find_or_report(const void* pointer, EventScope& scope) {
  heal_foreign_headers(scope);
  Block* block = nullptr;
  const mh_error error = find(pointer, block);
  if (error == MH_OK) return has_its_guards(*block, scope) ? block : nullptr;
  if (error == MH_HEADER_DAMAGED && !block->sealed()) {
    heal_headers(scope);
  } else {
    report(error, pointer, block, scope);
  }
  return nullptr;
}

/// Whether a used block's guard bytes are whole. False: it was told, and the block is set aside.
bool ClassicHeap::has_its_guards(Block& block, EventScope& scope) {
  const Damage damage = check_guards(block);
  if (damage.error == MH_OK) return true;
  report(damage.error, damage.where, &block, scope);
  set_aside(block, damage.error, scope);
  return false;
}

/// The same for a pointer that a caller got from the heap: the block of a pool is its pool's alone.
Block* ClassicHeap::find_callers(const void* pointer, EventScope& scope) {
  Block* const block = find_or_report(pointer, scope);
  if (block == nullptr || !block->pool()) return block;
  report(MH_INVALID_POINTER, pointer, block, scope);
  return nullptr;
}

bool ClassicHeap::block_at(const void* address, mh_block& block) const {
  const std::lock_guard guard(lock_);
  if (!list_.begun()) return false;
  auto* const byte = static_cast<std::byte*>(const_cast<void*>(address));
  const Block* found = sealed_at(byte);  // most ask with a header's or a payload's address
  if (found == nullptr && address_of(byte) % granule == 0 && byte >= list_.start() + granule &&
      byte < limit()) {
    found = header_before(byte);
  }
  if (found == nullptr) found = covering(address, nullptr);
  if (found == nullptr) return false;
  block = describe(*found);
  return true;
}

// ---- errors are facts: counted, told, and nothing is touched

void ClassicHeap::report(const mh_report& report, EventScope& scope) {
  tell(report, scope, SourceLine::current());
}

void ClassicHeap::tell(const mh_report& report, EventScope& scope, SourceLine from) {
  ++counts_.errors;
  scope.emit(EventKind::error, address_of(report.pointer), report.requested,
             static_cast<std::uint8_t>(report.error), from);
  if (handler_ != nullptr) handler_(&report, handler_context_);
}

void ClassicHeap::report(mh_error error, const void* pointer, const Block* block, EventScope& scope,
                         SourceLine from) {
  mh_report told{
      .error = error, .pointer = pointer, .block = block, .requested = 0, .offset = 0, .slot = 0};
  if (block != nullptr && block->sealed()) {
    told.requested = block->set_aside() ? 0 : block->requested();
    told.offset = static_cast<const std::byte*>(pointer) - block->payload();
  }
  tell(told, scope, from);
}

/// What cannot be repaired is met again and again, and told once.
void ClassicHeap::report_damage(mh_error error, const void* where, EventScope& scope,
                                SourceLine from) {
  if (where == known_damage_) return;
  known_damage_ = where;
  report(error, where, static_cast<const Block*>(where), scope, from);
}

void ClassicHeap::set_error_handler(mh_error_handler handler, void* context) {
  const std::lock_guard guard(lock_);
  handler_ = handler;
  handler_context_ = context;
}

// ---- a damaged block is left alone for good

/// Takes a block whose header is sound out of use.
void ClassicHeap::set_aside(Block& block, mh_error error, EventScope& scope) {
  if (block.free() && !unlink(block, scope)) return;  // its links are damaged too: repaired
  count_out(block);
  block.set({.size = block.size(),
             .requested = static_cast<std::size_t>(error),
             .thread = block.thread(),
             .flags = block_set_aside});
  scope.emit(EventKind::set_aside, address_of(&block), block.size(),
             static_cast<std::uint8_t>(block.header()));
  count_in(block);
}

/// Whether a free block can be used. False: somebody wrote to it; it was told, and is set aside.
bool ClassicHeap::vet(Block& block, EventScope& scope) {
  const ListFault fault = free_.check(block, range());
  if (fault.error != MH_OK) {
    repair(fault, scope);
    return false;
  }
  return is_unwritten(block, scope);
}

/// Whether a free block's poison is whole. False: it was told, and the block is set aside.
bool ClassicHeap::is_unwritten(Block& block, EventScope& scope) {
  const Damage damage = check_poison(block);
  if (damage.error == MH_OK) return true;
  report(damage.error, damage.where, &block, scope);
  set_aside(block, damage.error, scope);
  return false;
}

/// Whether what a search found is so: it saw the whole list, and nobody wrote to the block that it
/// chose (nullptr: none). False: the damage was told, and repaired or set aside.
bool ClassicHeap::vet(const FreeWalk& walk, Block* block, EventScope& scope) {
  if (walk.fault().error != MH_OK) {
    repair(walk.fault(), scope);
    return false;
  }
  return block == nullptr || is_unwritten(*block, scope);
}

/// Makes the free list whole again.
void ClassicHeap::repair(const ListFault& fault, EventScope& scope) {
  heal_headers(scope);
  // A link that leads to no header: the header was damaged, and is healed now, or the link was.
  const bool healed =
      fault.error == MH_HEADER_DAMAGED && fault.next->sealed() && fault.next->set_aside();
  if (!healed && fault.block != nullptr && fault.block->sealed() && fault.block->free()) {
    Block& block = *fault.block;
    report(MH_WRITE_AFTER_FREE, block.address() + block.header(), &block, scope);
    count_out(block);
    block.set({.size = block.size(),
               .requested = MH_WRITE_AFTER_FREE,
               .thread = block.thread(),
               .flags = block_set_aside});
    scope.emit(EventKind::set_aside, address_of(&block), block.size(),
               static_cast<std::uint8_t>(block.header()));
    count_in(block);
  }
  relink_all(scope);
}

/// A compact header does not say whether somebody else's bytes lie behind it: before any call
/// changes a block, the foreign headers must be sound.
void ClassicHeap::heal_foreign_headers(EventScope& scope) {
  const bool in_doubt = tally_.compact_headers > 0 && list_.damaged_foreign(limit()) != nullptr;
  if (in_doubt) heal_headers(scope);
}

/// Writes a new header over each damaged one: a block that reaches to the next sound header, set
/// aside. That is where its own end was, since nothing else in the heap is sealed.
void ClassicHeap::heal_headers(EventScope& scope) {
  bool healed = false;
  if (const Block* const lost = list_.damaged_foreign(limit()); lost != nullptr) {
    report_damage(MH_HEADER_DAMAGED, lost, scope);
    // With two of them lost nobody knows which bytes are not ours.
    if (limit() != list_.end() || !list_.restore_foreign()) return;
    known_damage_ = nullptr;
    healed = true;
  }
  for (;;) {
    BlockWalk walk = blocks();
    while (walk.block() != nullptr) walk.step();
    if (walk.error() == MH_OK) break;
    if (walk.error() != MH_HEADER_DAMAGED || limit() != list_.end()) {
      report_damage(walk.error(), walk.where(), scope);
      return;
    }
    std::byte* const at = walk.where();
    report(MH_HEADER_DAMAGED, at, reinterpret_cast<Block*>(at), scope);
    const std::byte* const end = next_sealed(at + granule, list_.end());
    const auto size = static_cast<std::size_t>(end - at);
    list_.replace_damaged(at,
                          {.size = size, .requested = MH_HEADER_DAMAGED, .flags = block_set_aside});
    scope.emit(EventKind::set_aside, address_of(at), size,
               static_cast<std::uint8_t>(header_size(HeaderKind::compact)));
    healed = true;
  }
  if (!healed) return;
  // What the lost headers said is not known: sum up anew what is there.
  tally_ = {};
  for (mh_size_class& size_class : counts_.size_class) size_class.blocks = size_class.requested = 0;
  for (BlockWalk walk = blocks(); walk.block() != nullptr; walk.step()) count_in(*walk.block());
  relink_all(scope);
}

}  // namespace mh
