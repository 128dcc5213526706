#include "app/sources/hand.hpp"

#include <algorithm>
#include <cerrno>
#include <functional>
#include <limits>
#include <utility>

#include "app/model/format.hpp"
#include "app/model/input.hpp"
#include "app/sources/worker.hpp"

namespace mh {
namespace {

/// The block whose header, or whose payload, lies at address. Of a block that nobody else may free
/// now.
mh_block block_at(const Heap& heap, std::uint64_t address) {
  mh_block block{};
  heap.block_at(reinterpret_cast<const void*>(address), block);
  return block;
}
void* payload_of(const Heap& heap, std::uint64_t address) {
  const mh_block block = block_at(heap, address);
  return reinterpret_cast<void*>(address + block.header + block.front);
}
std::uint64_t header_of(const Heap& heap, const void* payload) {
  const mh_block block = block_at(heap, reinterpret_cast<std::uintptr_t>(payload));
  return reinterpret_cast<std::uintptr_t>(block.address);
}

std::string called(const std::string& name, std::uint64_t block) {
  return name.empty() ? format_address(block) : name;
}

Hand::Outcome failure(std::string error) {
  return {.error = std::move(error)};
}

std::string no_memory(const std::string& call) {
  return call + " failed: no memory, the program break cannot move that far";
}
/// realloc() returned NULL: there is no memory, or the heap noticed an error.
Hand::Outcome no_realloc(const std::string& call) {
  if (errno != EINVAL) return failure(no_memory(call));
  return {.error = call + " is refused", .noticed = true};
}

/// The call that allocates; alignment 0: malloc().
std::string allocation_words(std::uint64_t alignment, std::uint64_t size) {
  if (alignment == 0) return "malloc(" + std::to_string(size) + ")";
  return "aligned_alloc(" + std::to_string(alignment) + ", " + std::to_string(size) + ")";
}
std::string bad_alignment() {
  return "an alignment is a power of two up to " + std::to_string(MH_MAX_ALIGNMENT);
}

/// A call that asked for nothing, and what the heap did.
Hand::Outcome nothing(const std::string& call, const char* done) {
  return {.text = call + ". " + done, .null = true};
}
const char* const no_bytes = "Returns NULL: for 0 bytes there is no block";
const char* const no_name = "Blocks of the workload's threads are left out.";
const char* const gone = "that block is gone: it was freed in the meantime";

}  // namespace

std::string hand_name(std::uint64_t n) {
  constexpr std::uint64_t letters = 26;
  const char letter = static_cast<char>('a' + ('p' - 'a' + n) % letters);
  const std::uint64_t round = n / letters;
  return round == 0 ? std::string(1, letter) : letter + std::to_string(round);
}

bool Hand::is_name(std::string_view text) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return !text.empty() && text.size() <= max_name && is_letter(text.front()) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return is_letter(c) || is_digit(c); });
}

Hand::Hand(Heap& heap, std::function<bool(void*)> claim,
           std::function<std::vector<void*>(std::span<void* const>)> claim_all)
    : heap_(heap), claim_(std::move(claim)), claim_all_(std::move(claim_all)) {}

Hand::Outcome Hand::allocate(std::uint64_t size, std::string_view wanted) {
  return allocate_aligned(0, size, wanted);
}

Hand::Outcome Hand::allocate_aligned(std::uint64_t alignment, std::uint64_t size,
                                     std::string_view wanted) {
  if (std::string error = name_error(wanted); !error.empty()) return failure(std::move(error));
  const std::string name = wanted.empty() ? next_name() : std::string(wanted);
  const std::string call = allocation_words(alignment, size);
  const auto kind = alignment == 0 ? HandCall::Kind::malloc : HandCall::Kind::aligned_alloc;
  const std::uint64_t count = alignment == 0 ? 1 : alignment;
  void* const payload = obtain(alignment, size);
  if (payload == nullptr && alignment != 0 && errno == EINVAL)
    return failure(call + " failed: " + bad_alignment());
  if (size == 0) return nothing(name + " = " + call, no_bytes);
  if (payload == nullptr) {
    note_allocation(kind, {}, count, size, nullptr);
    return failure(no_memory(call));
  }
  const std::string text = name + " = " + call;
  fill_payload(payload, size, text);
  const Held held{next_id_++, name, alignment};
  note({.kind = Action::Kind::allocated, .held = held, .new_size = size});
  Outcome outcome = hold(payload, held, text);
  note_allocation(kind, name, count, size, &outcome);
  return outcome;
}

/// alignment 0: by malloc(). errno is EINVAL if the heap has no such alignment.
void* Hand::obtain(std::uint64_t alignment, std::uint64_t size) {
  errno = 0;
  return alignment == 0 ? heap_.allocate(size) : heap_.allocate_aligned(alignment, size);
}

Hand::Outcome Hand::allocate_zeroed(std::uint64_t count, std::uint64_t size,
                                    std::string_view wanted) {
  if (std::string error = name_error(wanted); !error.empty()) return failure(std::move(error));
  const std::string name = wanted.empty() ? next_name() : std::string(wanted);
  const std::string call = "calloc(" + std::to_string(count) + ", " + std::to_string(size) + ")";
  void* payload = heap_.allocate_zeroed(count, size);
  if (count == 0 || size == 0) return nothing(name + " = " + call, no_bytes);
  if (payload == nullptr && count > std::numeric_limits<std::uint64_t>::max() / size) {
    return failure(call + " failed: the product is larger than any address, it overflows");
  }
  if (payload == nullptr) {
    note_allocation(HandCall::Kind::calloc, {}, count, size, nullptr);
    return failure(no_memory(call));
  }
  const Held held{next_id_++, name};
  note({.kind = Action::Kind::allocated, .held = held, .new_size = count * size, .zeroed = true});
  Outcome outcome = hold(payload, held, name + " = " + call);
  note_allocation(HandCall::Kind::calloc, name, count, size, &outcome);
  return outcome;
}

Hand::Outcome Hand::reallocate(std::uint64_t block, std::uint64_t size, std::string_view wanted,
                               std::uint64_t pointer) {
  const auto known = blocks_.find(block);
  const std::string old_name = known == blocks_.end() ? std::string() : known->second.name;
  if (wanted != old_name) {
    if (std::string error = name_error(wanted); !error.empty()) return failure(std::move(error));
  }
  if (!take_over(block, pointer)) return failure(gone);

  Held held = blocks_.at(block);
  const std::string call =
      "realloc(" + called(held.name, block) + ", " + std::to_string(size) + ")";
  if (size == 0) {
    note({Action::Kind::freed, held, held.size});
    drop(blocks_.find(block));
    heap_.reallocate(held.payload, 0);
    const std::string name = wanted.empty() ? called(held.name, block) : std::string(wanted);
    return nothing(name + " = " + call, "Frees it and returns NULL");
  }
  void* payload = heap_.reallocate(held.payload, size);
  if (payload == nullptr) return no_realloc(call);

  const std::string new_name = wanted.empty() ? held.name : std::string(wanted);
  note({.kind = Action::Kind::resized,
        .held = held,
        .size = held.size,
        .new_size = size,
        .new_name = new_name});
  drop(blocks_.find(block));
  journal_realloc(held, new_name, size, payload);
  held.name = new_name;
  const std::string text = called(held.name, header_of(heap_, payload)) + " = " + call;
  return hold(payload, std::move(held), text);
}

Hand::Outcome Hand::release(std::uint64_t block, std::uint64_t pointer) {
  if (!take_over(block, pointer)) return failure(gone);
  const auto found = blocks_.find(block);
  const Held held = found->second;
  note({.kind = Action::Kind::freed, .held = held, .size = held.size});
  drop(found);
  journal_free(held);
  heap_.release(held.payload);
  return {.text = "free(" + called(held.name, block) + ")"};
}

Hand::Outcome Hand::release_null() {
  heap_.release(nullptr);
  return nothing("free(NULL)", "Does nothing");
}

Hand::Freed Hand::release_all(std::span<const std::uint64_t> blocks, bool undoable) {
  std::vector<void*> others;
  for (const std::uint64_t block : blocks) {
    const std::uint64_t payload = blocks_.contains(block) ? 0 : pointer_to(block);
    if (payload != 0) others.push_back(reinterpret_cast<void*>(payload));
  }
  std::sort(others.begin(), others.end(), std::less<>());
  for (void* payload : claim_all_(others)) {
    const mh_block seen = block_at(heap_, reinterpret_cast<std::uintptr_t>(payload));
    blocks_[reinterpret_cast<std::uintptr_t>(seen.address)] = {
        next_id_++, {}, 0, payload, seen.requested};
  }

  Freed result;
  Action action{.kind = Action::Kind::freed_all, .held = {}};
  const std::size_t first = journal_.size();
  for (const std::uint64_t block : blocks) {
    const auto found = blocks_.find(block);
    if (found == blocks_.end()) {
      ++result.gone;
      continue;
    }
    const Held held = found->second;
    if (undoable)
      action.all.push_back({.kind = Action::Kind::freed, .held = held, .size = held.size});
    drop(found);
    journal_free(held);
    heap_.release(held.payload);
    ++result.freed;
  }
  journal_.join_from(first);
  if (!undoable) {
    history_.clear();  // it may speak of blocks that are gone now
    undone_.clear();
  } else if (!action.all.empty()) {
    note(std::move(action));
  }
  return result;
}

Hand::Outcome Hand::undo() {
  if (history_.empty()) return failure("there is nothing to undo");
  Action action = std::move(history_.back());
  history_.pop_back();
  if (lost(action)) return failure("that cannot be undone: the block was damaged and set aside");
  // Of many freed blocks only some may find memory: those that wait are still to be undone.
  Action as_done = action;
  Outcome outcome = take_back(action);
  if (outcome.error.empty()) {
    outcome.text = "undone: " + outcome.text;
    undone_.push_back(std::move(as_done));
  } else if (action.kind != Action::Kind::other) {
    history_.push_back(std::move(action));
  }
  return outcome;
}

Hand::Outcome Hand::redo() {
  if (undone_.empty()) return failure("there is nothing to redo");
  Action action = std::move(undone_.back());
  undone_.pop_back();
  Outcome outcome = do_again(action);
  if (outcome.error.empty()) {
    outcome.text = "again: " + outcome.text;
    history_.push_back(std::move(action));
    if (history_.size() > undo_levels) history_.pop_front();
  }
  return outcome;
}

/// Of a block whose header was damaged before the hand took it the size is not known.
bool Hand::lost(const Action& action) {
  switch (action.kind) {
    case Action::Kind::allocated:
    case Action::Kind::resized:
      return find(action.held.id) == blocks_.end();
    case Action::Kind::freed:
      return action.size == 0;
    case Action::Kind::freed_all:
    case Action::Kind::other:
      break;
  }
  return false;
}

Hand::Outcome Hand::take_back(Action& action) {
  switch (action.kind) {
    case Action::Kind::allocated:
      return free_again(action);
    case Action::Kind::freed:
      return allocate_again(action, action.size, false);
    case Action::Kind::resized:
      return resize_again(action, action.size, action.held.name);
    case Action::Kind::freed_all:
      return undo_release_all(action);
    case Action::Kind::other:
      return action.other.undo();
  }
  return {};
}

Hand::Outcome Hand::do_again(Action& action) {
  const bool needs_block =
      action.kind == Action::Kind::freed || action.kind == Action::Kind::resized;
  if (needs_block && find(action.held.id) == blocks_.end())
    return failure("that cannot be done again: the block is gone");
  switch (action.kind) {
    case Action::Kind::allocated:
      return allocate_again(action, action.new_size, action.zeroed);
    case Action::Kind::freed:
      return free_again(action);
    case Action::Kind::resized:
      return resize_again(action, action.new_size, action.new_name);
    case Action::Kind::freed_all:
      return redo_release_all(action);
    case Action::Kind::other:
      return action.other.redo();
  }
  return {};
}

Hand::Outcome Hand::free_again(const Action& action) {
  const auto found = find(action.held.id);
  const std::uint64_t block = found->first;
  const Held held = found->second;
  drop(found);
  journal_free(held);
  heap_.release(held.payload);
  return {.text = called(held.name, block) + " is freed again"};
}

Hand::Outcome Hand::allocate_again(const Action& action, std::uint64_t size, bool zeroed) {
  const std::uint64_t alignment = action.held.alignment;
  void* payload = zeroed ? heap_.allocate_zeroed(1, size) : obtain(alignment, size);
  const std::string call =
      zeroed ? "calloc(1, " + std::to_string(size) + ")" : allocation_words(alignment, size);
  if (payload == nullptr) return failure(no_memory(call));
  const std::string text = called(action.held.name, header_of(heap_, payload)) + " = " + call;
  if (!zeroed) fill_payload(payload, size, text);
  Outcome outcome = hold(payload, action.held, text);
  note_allocation(zeroed           ? HandCall::Kind::calloc
                  : alignment == 0 ? HandCall::Kind::malloc
                                   : HandCall::Kind::aligned_alloc,
                  action.held.name, alignment == 0 ? 1 : alignment, size, &outcome);
  return outcome;
}

Hand::Outcome Hand::resize_again(const Action& action, std::uint64_t size,
                                 const std::string& name) {
  const auto found = find(action.held.id);
  const Held before = found->second;
  const std::string call =
      "realloc(" + called(before.name, found->first) + ", " + std::to_string(size) + ")";
  void* payload = heap_.reallocate(before.payload, size);
  if (payload == nullptr) return no_realloc(call);
  drop(found);
  journal_realloc(before, name, size, payload);
  Held held = before;
  held.name = name;
  const std::string text = called(name, header_of(heap_, payload)) + " = " + call;
  return hold(payload, std::move(held), text);
}

/// The last freed first, as undoing one by one would. Without memory for all, the rest stays to be
/// undone.
Hand::Outcome Hand::undo_release_all(Action& action) {
  const std::size_t count = action.all.size();
  const std::size_t first = journal_.size();
  Outcome outcome;
  while (!action.all.empty()) {
    outcome = allocate_again(action.all.back(), action.all.back().size, false);
    if (!outcome.error.empty()) return outcome;
    action.all.pop_back();
  }
  journal_.join_from(first);
  outcome.block = 0;  // none of them more than the others
  outcome.text =
      format_count(count) + (count == 1 ? " block is" : " blocks are") + " allocated again";
  return outcome;
}

Hand::Outcome Hand::redo_release_all(const Action& action) {
  std::size_t count = 0;
  const std::size_t first = journal_.size();
  for (const Action& one : action.all) {
    if (find(one.held.id) == blocks_.end()) continue;
    free_again(one);
    ++count;
  }
  journal_.join_from(first);
  return {.text =
              format_count(count) + (count == 1 ? " block is" : " blocks are") + " freed again"};
}

void Hand::note_other(Other other) {
  note({.kind = Action::Kind::other, .held = {}, .other = std::move(other)});
}

std::optional<std::uint64_t> Hand::block_called(std::string_view name) const {
  const auto found = called_.find(name);
  if (found == called_.end()) return std::nullopt;
  return found->second;
}

std::string Hand::name_of(std::uint64_t block) const {
  const auto found = blocks_.find(block);
  return found == blocks_.end() ? std::string() : found->second.name;
}

std::uint64_t Hand::pointer_to(std::uint64_t block) const {
  const auto found = blocks_.find(block);
  if (found != blocks_.end()) return reinterpret_cast<std::uintptr_t>(found->second.payload);
  const mh_block seen = block_at(heap_, block);
  const bool there = reinterpret_cast<std::uintptr_t>(seen.address) == block && block != 0;
  return there ? block + seen.header + seen.front : 0;
}

void Hand::tell_names() {
  for (const auto& [block, held] : blocks_) {
    if (!held.name.empty()) heap_.name_block(held.payload, held.name.c_str());
  }
}

void Hand::forget() {
  blocks_.clear();
  called_.clear();
  history_.clear();
  undone_.clear();
}

std::string Hand::next_name() const {
  std::uint64_t n = 0;
  while (block_called(hand_name(n))) ++n;
  return hand_name(n);
}

std::string Hand::name_error(std::string_view name) const {
  if (name.empty()) return {};
  if (!is_name(name)) {
    return in_quotes(name) + " is not a name: use up to 8 letters and digits, a letter first";
  }
  if (block_called(name))
    return std::string(name) + " is in use: free it first, or take another name";
  return {};
}

/// The hand now holds the block, under that name; the stream learns the name.
Hand::Outcome Hand::hold(void* payload, Held held, std::string text) {
  const mh_block seen = block_at(heap_, reinterpret_cast<std::uintptr_t>(payload));
  const auto block = reinterpret_cast<std::uintptr_t>(seen.address);
  held.payload = payload;
  held.size = seen.requested;
  if (!held.name.empty()) heap_.name_block(payload, held.name.c_str());
  if (!held.name.empty()) called_[held.name] = block;
  blocks_[block] = std::move(held);
  return {.block = block, .text = std::move(text)};
}

/// The hand holds it no more.
void Hand::drop(Blocks::iterator held) {
  const auto called = called_.find(held->second.name);
  if (called != called_.end() && called->second == held->first) called_.erase(called);
  blocks_.erase(held);
}

void Hand::lose(std::uint64_t block) {
  const auto found = blocks_.find(block);
  if (found != blocks_.end()) drop(found);
}

/// Makes sure that the hand holds the block: it does already, or takes it from a worker.
bool Hand::take_over(std::uint64_t block, std::uint64_t pointer) {
  if (blocks_.contains(block)) return true;
  const mh_block seen = block_at(heap_, block);
  const bool sound = reinterpret_cast<std::uintptr_t>(seen.address) == block;
  void* const payload =
      sound || pointer == 0 ? payload_of(heap_, block) : reinterpret_cast<void*>(pointer);
  if (block == 0 || !claim_(payload)) return false;
  // What was seen may have been freed and handed out anew meanwhile; from now on it stays.
  const mh_block taken = block_at(heap_, reinterpret_cast<std::uintptr_t>(payload));
  blocks_[block] = Held{next_id_++, {}, 0, payload, taken.requested};
  return true;
}

void Hand::note(Action action) {
  undone_.clear();
  history_.push_back(std::move(action));
  if (history_.size() > undo_levels) history_.pop_front();
}

/// outcome: nullptr if the call returned NULL.
void Hand::note_allocation(HandCall::Kind kind, std::string name, std::uint64_t count,
                           std::uint64_t size, const Outcome* outcome) {
  HandCall call{.kind = kind, .name = std::move(name), .size = size, .count = count};
  call.failed = outcome == nullptr;
  if (outcome != nullptr) call.block = block_at(heap_, outcome->block).size;
  if (call.name.empty() && !call.failed) {
    journal_.leave_out(no_name);
  } else {
    journal_.add(std::move(call));
  }
}

/// Before the block is freed.
void Hand::journal_free(const Held& held) {
  if (held.name.empty()) {
    journal_.leave_out(no_name);
    return;
  }
  const mh_block seen = block_at(heap_, reinterpret_cast<std::uintptr_t>(held.payload));
  journal_.add({.kind = HandCall::Kind::free, .name = held.name, .block = seen.size});
}

/// After it was resized; held: as it was before.
void Hand::journal_realloc(const Held& held, const std::string& name, std::uint64_t size,
                           const void* payload) {
  if (held.name.empty() || name.empty()) {
    journal_.leave_out(no_name);
    return;
  }
  const mh_block seen = block_at(heap_, reinterpret_cast<std::uintptr_t>(payload));
  journal_.add({.kind = HandCall::Kind::realloc,
                .name = held.name,
                .result = name,
                .size = size,
                .moved = payload != held.payload,
                .block = seen.size});
}

Hand::Blocks::iterator Hand::find(std::uint64_t id) {
  return std::find_if(blocks_.begin(), blocks_.end(),
                      [id](const auto& entry) { return entry.second.id == id; });
}

}  // namespace mh
