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
  void* const payload = obtain(alignment, size);
  if (payload == nullptr && alignment != 0 && errno == EINVAL)
    return failure(call + " failed: " + bad_alignment());
  if (size == 0) return nothing(name + " = " + call, no_bytes);
  if (payload == nullptr) return failure(no_memory(call));

  const std::string text = name + " = " + call;
  fill_payload(payload, size, text);
  const Held held{next_id_++, name, alignment};
  note({Action::Kind::allocated, held});
  return hold(payload, held, text);
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
  if (payload == nullptr) return failure(no_memory(call));

  const Held held{next_id_++, name};
  note({Action::Kind::allocated, held});
  return hold(payload, held, name + " = " + call);
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
    return nothing(call, "Frees it and returns NULL");
  }
  void* payload = heap_.reallocate(held.payload, size);
  if (payload == nullptr) return no_realloc(call);

  note({Action::Kind::resized, held, held.size});
  drop(blocks_.find(block));
  if (!wanted.empty()) held.name = wanted;
  const std::string text = called(held.name, header_of(heap_, payload)) + " = " + call;
  return hold(payload, std::move(held), text);
}

Hand::Outcome Hand::release(std::uint64_t block, std::uint64_t pointer) {
  if (!take_over(block, pointer)) return failure(gone);
  const auto found = blocks_.find(block);
  const Held held = found->second;
  note({Action::Kind::freed, held, held.size});
  drop(found);
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
  Action action{Action::Kind::freed_all, {}};
  for (const std::uint64_t block : blocks) {
    const auto found = blocks_.find(block);
    if (found == blocks_.end()) {
      ++result.gone;
      continue;
    }
    const Held held = found->second;
    if (undoable) action.all.push_back({Action::Kind::freed, held, held.size});
    drop(found);
    heap_.release(held.payload);
    ++result.freed;
  }
  if (!undoable) {
    history_.clear();  // it may speak of blocks that are gone now
  } else if (!action.all.empty()) {
    note(std::move(action));
  }
  return result;
}

Hand::Outcome Hand::undo() {
  if (history_.empty()) return failure("there is nothing to undo");
  Action& action = history_.back();
  // Of a block whose header was damaged before the hand took it the size is not known.
  bool lost = false;
  if (action.kind == Action::Kind::freed) {
    lost = action.size == 0;
  } else if (action.kind != Action::Kind::freed_all) {
    lost = find(action.held.id) == blocks_.end();
  }
  if (lost) {
    history_.pop_back();
    return failure("that cannot be undone: the block was damaged and set aside");
  }
  Outcome outcome;
  switch (action.kind) {
    case Action::Kind::allocated:
      outcome = undo_allocation(action);
      break;
    case Action::Kind::freed:
      outcome = undo_release(action);
      break;
    case Action::Kind::resized:
      outcome = undo_resize(action);
      break;
    case Action::Kind::freed_all:
      outcome = undo_release_all(action);
      break;
  }
  if (outcome.error.empty()) {
    history_.pop_back();
    outcome.text = "undone: " + outcome.text;
  }
  return outcome;
}

Hand::Outcome Hand::undo_allocation(const Action& action) {
  const auto found = find(action.held.id);
  const std::uint64_t block = found->first;
  void* const payload = found->second.payload;
  drop(found);
  heap_.release(payload);
  return {.text = called(action.held.name, block) + " is freed again"};
}

Hand::Outcome Hand::undo_release(const Action& action) {
  const std::string call = allocation_words(action.held.alignment, action.size);
  void* payload = obtain(action.held.alignment, action.size);
  if (payload == nullptr) return failure(no_memory(call));
  const std::string text = called(action.held.name, header_of(heap_, payload)) + " = " + call;
  fill_payload(payload, action.size, text);
  return hold(payload, action.held, text);
}

Hand::Outcome Hand::undo_resize(const Action& action) {
  const auto found = find(action.held.id);
  const std::string call = "realloc(" + called(found->second.name, found->first) + ", " +
                           std::to_string(action.size) + ")";
  void* payload = heap_.reallocate(found->second.payload, action.size);
  if (payload == nullptr) return no_realloc(call);
  drop(found);
  const std::string text = called(action.held.name, header_of(heap_, payload)) + " = " + call;
  return hold(payload, action.held, text);
}

/// The last freed first, as undoing one by one would. Without memory for all, the rest stays to be
/// undone.
Hand::Outcome Hand::undo_release_all(Action& action) {
  const std::size_t count = action.all.size();
  Outcome outcome;
  while (!action.all.empty()) {
    outcome = undo_release(action.all.back());
    if (!outcome.error.empty()) return outcome;
    action.all.pop_back();
  }
  outcome.block = 0;  // none of them more than the others
  outcome.text =
      format_count(count) + (count == 1 ? " block is" : " blocks are") + " allocated again";
  return outcome;
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
  history_.push_back(std::move(action));
  if (history_.size() > undo_levels) history_.pop_front();
}

Hand::Blocks::iterator Hand::find(std::uint64_t id) {
  return std::find_if(blocks_.begin(), blocks_.end(),
                      [id](const auto& entry) { return entry.second.id == id; });
}

}  // namespace mh
