#include "app/sources/mischief.hpp"

#include <algorithm>
#include <span>
#include <vector>

#include "app/model/format.hpp"
#include "app/sources/memory.hpp"

namespace mh {
namespace {

using Outcome = Hand::Outcome;
using Needs = MischiefKind::Needs;

constexpr std::array<MischiefKind, 9> mischief_table{{
    {Mischief::overflow, "overflow", "Write 1 byte past the end",
     "The classic off-by-one: a string of n characters in a block of n bytes, and its NUL behind.",
     Needs::used_block},
    {Mischief::underflow, "underflow", "Write 1 byte before the start",
     "An index of -1. Right before the payload lies the header, or the guard.", Needs::used_block},
    {Mischief::write_after_free, "write-after-free", "Write to it after free",
     "A pointer that was kept too long. Free blocks hold the links of the free list there.",
     Needs::free_block},
    {Mischief::smash_header, "smash", "Overwrite its header",
     "What a long overflow of the block before does: size, next and checksum are letters now.",
     Needs::any_block},
    {Mischief::double_free, "double-free", "Free it twice",
     "Two owners, each of whom thinks that the block is theirs to free.",
     Needs::used_or_free_block},
    {Mischief::interior_free, "free-inside", "Free a pointer into its middle",
     "free(p + 16): a pointer that was moved along and never moved back.", Needs::used_block},
    {Mischief::misaligned_free, "free-misaligned", "Free a misaligned pointer",
     "free(p + 1): no allocator ever gave out such an address.", Needs::used_block},
    {Mischief::other_heap_free, "free-other-heap", "Free a pointer of another heap",
     "Two heaps in one program, as with two C libraries: each must free its own.", Needs::nothing},
    {Mischief::out_of_memory, "out-of-memory", "Ask for more than there is",
     "malloc of nearly 1 TiB: it has to return NULL, and who called has to look.", Needs::nothing},
}};

constexpr std::uint64_t bytes_of_page = 4096;
constexpr std::size_t other_heap_bytes = 64 * 1024;

Outcome mishap(std::string error) {
  return {.error = std::move(error)};
}
Outcome done(std::string text, std::uint64_t block = 0) {
  return {.block = block, .text = std::move(text)};
}

std::string bytes_in_words(std::uint64_t bytes) {
  return bytes == 1 ? "1 byte" : format_count(bytes) + " bytes";
}

const char* const next_call_or_check =
    "No call noticed it yet: the next one that comes by will, or a check.";
const char* const not_the_heaps =
    "It lies above the program break, where nothing is yet: nobody will notice.";
const char* const crash =
    "There is no memory any more: a real program would crash here (SIGSEGV). Nothing was written.";

}  // namespace

const std::array<MischiefKind, 9>& mischief_kinds() {
  return mischief_table;
}

bool MischiefKind::possible(bool used, bool free) const {
  switch (needs) {
    case Needs::used_block:
      return used;
    case Needs::free_block:
      return free;
    case Needs::used_or_free_block:
    case Needs::any_block:
      return used || free;
    case Needs::nothing:
      break;
  }
  return true;
}

std::uint64_t MischiefMaker::Target::address() const {
  return reinterpret_cast<std::uintptr_t>(block.address);
}

MischiefMaker::~MischiefMaker() {
  mh_heap_destroy(other_heap_);
}

Outcome MischiefMaker::make(Mischief mischief, std::uint64_t block, std::uint64_t amount) {
  wrote_ = {};
  if (mischief == Mischief::other_heap_free) return free_of_other_heap();
  if (mischief == Mischief::out_of_memory) return ask_for_too_much();
  const std::optional<Target> target = find(block);
  if (!target || target->block.foreign != 0) {
    return mishap(
        "the heap finds no sound block there: it was freed, or its header is damaged already");
  }
  if (target->block.set_aside != 0) {
    return mishap("that block is damaged and set aside already: nobody will use it again");
  }
  const MischiefKind& kind = mischief_table[static_cast<std::size_t>(mischief)];
  if (!kind.possible(target->block.used != 0, target->free())) {
    return mishap(target->free() ? target->name + " is free: that mistake needs a block in use"
                                 : target->name + " is in use: free it first");
  }
  const std::uint64_t bytes = std::clamp<std::uint64_t>(amount, 1, most_bytes);
  switch (mischief) {
    case Mischief::overflow:
      return overflow(*target, bytes);
    case Mischief::underflow:
      return underflow(*target, bytes);
    case Mischief::write_after_free:
      return write_through(target->payload(), target->name, bytes);
    case Mischief::smash_header:
      return smash_header(*target);
    case Mischief::double_free:
      return double_free(*target);
    case Mischief::interior_free:
      return free_inside(*target, amount == 0 ? 16 : amount);
    default:
      return free_inside(*target, amount == 0 ? 1 : amount);
  }
}

// ---- writing where one must not

Outcome MischiefMaker::overflow(const Target& target, std::uint64_t bytes) {
  const std::uint64_t from = target.payload() + target.block.requested;
  const std::uint64_t wrote = scribble(from, limit_above(from, from + bytes));
  if (wrote == 0) return done(crash);
  const std::string what =
      "Wrote " + bytes_in_words(wrote) + " past the end of " + target.name + ". ";
  const std::uint64_t to = from + wrote;
  if (target.block.guarded != 0 && from < target.end()) {
    return done(what + "No call noticed it yet: free(" + target.name +
                    ") will look at its guard, or a check.",
                target.address());
  }
  return done(what + behind(target, to), target.address());
}

/// Who notices that the bytes behind an unguarded block were overwritten up to `to`.
std::string MischiefMaker::behind(const Target& target, std::uint64_t to) const {
  if (to <= target.end()) return "Nobody noticed, and nobody will: there is only padding.";
  if (target.end() >= break_now()) return not_the_heaps;
  return std::string("That is the header of the next block. ") + next_call_or_check;
}

Outcome MischiefMaker::underflow(const Target& target, std::uint64_t bytes) {
  const std::uint64_t to = target.payload();
  const std::uint64_t from = limit_below(to - std::min(bytes, to), target.address());
  const std::uint64_t wrote = scribble(from, to);
  if (wrote == 0) return done(crash);
  const std::string what =
      "Wrote " + bytes_in_words(wrote) + " before the start of " + target.name + ". ";
  const bool reaches_header = from < target.address() + target.block.header;
  if (reaches_header) {
    return done(what + "That is its own header. No call noticed it yet: free(" + target.name +
                    ") will, the next call that comes by, or a check.",
                target.address());
  }
  return done(target.block.guarded != 0
                  ? what + "No call noticed it yet: free(" + target.name +
                        ") will look at its guard, or a check."
                  : what + "Nobody noticed, and nobody will: there is only a gap.",
              target.address());
}

Outcome MischiefMaker::write_through(std::uint64_t dangling, std::string_view name,
                                     std::uint64_t bytes) {
  wrote_ = {};
  const std::string what = "Wrote " + bytes_in_words(bytes) + " to " + std::string(name) + ", ";
  if (dangling >= break_now()) {
    return done(what + "which went back to the system with the break. " + crash);
  }
  mh_block seen{};
  const bool known = heap_.block_at(reinterpret_cast<const void*>(dangling), seen);
  if (!known) return mishap("the headers there are damaged already: a check tells where");
  const Target now{seen, {}};
  if (seen.foreign != 0) return mishap("that memory is somebody else's now");
  const std::uint64_t wrote = scribble(dangling, std::min(dangling + bytes, now.end()));
  if (wrote == 0) return done(crash);
  if (seen.used != 0) {
    return done(what + "which is " + name_of(now) +
                    "'s memory now. Nobody noticed, and nobody will: its contents are wrong.",
                now.address());
  }
  if (seen.set_aside != 0) {
    return done(what + "which is set aside: nobody will look there again.", now.address());
  }
  const std::uint64_t links_end = now.payload() + 16;
  if (dangling < links_end) {
    return done(
        what + "which is free. There lay the links of the free list. " + (next_call_or_check),
        now.address());
  }
  return done(
      what + "which is free. " +
          (seen.poisoned != 0 ? "No call noticed it yet: who gets the block will look at the "
                                "poison, or a check."
                              : "Nobody noticed, and nobody will: it is not poisoned."),
      now.address());
}

Outcome MischiefMaker::smash_header(const Target& target) {
  const std::uint64_t wrote = scribble(target.address(), target.address() + target.block.header);
  if (wrote == 0) return done(crash);
  const std::string call =
      target.free() ? "a search" : "free(" + target.name + ") or the next call that comes by";
  return done("Overwrote the header of " + target.name + ". No call noticed it yet: " + call +
                  " will, or a check.",
              target.address());
}

// ---- freeing what one must not

Outcome MischiefMaker::double_free(const Target& target) {
  void* const pointer = reinterpret_cast<void*>(target.payload());
  const std::string call = "free(" + target.name + ")";
  if (target.free()) {
    heap_.release(pointer);
    return done(call + " again", target.address());
  }
  Outcome first = hand_.release(target.address());
  if (!first.error.empty()) return first;
  heap_.release(pointer);
  return done(call + ", and " + call + " again");
}

Outcome MischiefMaker::free_inside(const Target& target, std::uint64_t offset) {
  const std::string call = "free(" + target.name + " + " + std::to_string(offset) + ")";
  if (target.payload() + offset >= target.end()) {
    return mishap(call + " would not point into " + target.name + ": its block ends before");
  }
  heap_.release(reinterpret_cast<void*>(target.payload() + offset));
  return done(call, target.address());
}

Outcome MischiefMaker::free_of_other_heap() {
  if (other_heap_ == nullptr) other_heap_ = mh_heap_create(other_heap_bytes, nullptr);
  void* const pointer = other_heap_ == nullptr ? nullptr : mh_malloc(other_heap_, 100);
  if (pointer == nullptr) return mishap("there is no memory for another heap");
  heap_.release(pointer);
  mh_free(other_heap_, pointer);
  return done("free() of a block that another heap gave out");
}

Outcome MischiefMaker::ask_for_too_much() {
  const std::string call = "malloc(" + std::to_string(Heap::max_request) + ")";
  void* const pointer = heap_.allocate(Heap::max_request);
  if (pointer != nullptr) {
    heap_.release(pointer);
    return done(call + " was granted: this system promises more memory than it has. Freed again.");
  }
  Outcome outcome =
      done(call + " returned NULL, errno is ENOMEM: " + mh_error_text(MH_OUT_OF_MEMORY) +
           ". Nothing is damaged.");
  outcome.noticed = true;
  return outcome;
}

// ---- what lies where

std::optional<MischiefMaker::Target> MischiefMaker::find(std::uint64_t address) const {
  Target target;
  const bool found = heap_.block_at(reinterpret_cast<const void*>(address), target.block);
  if (!found || target.address() != address) return std::nullopt;
  target.name = name_of(target);
  return target;
}

std::string MischiefMaker::name_of(const Target& target) const {
  const std::string name = hand_.name_of(target.address());
  return name.empty() ? format_address(target.payload()) : name;
}

std::uint64_t MischiefMaker::break_now() const {
  const auto nothing = [](const mh_block*, void*) { return 0; };
  return reinterpret_cast<std::uintptr_t>(heap_.walk(nothing, nullptr).end);
}

/// Where writing from `from` up to `to` has to end: at somebody else's memory, and above the break
/// with the page that the heap has begun. What lies behind a damaged header is not known.
std::uint64_t MischiefMaker::limit_above(std::uint64_t from, std::uint64_t to) const {
  const std::uint64_t end = break_now();
  const std::uint64_t page_end = (end + bytes_of_page - 1) / bytes_of_page * bytes_of_page;
  to = std::min(to, page_end);
  mh_block block{};
  for (std::uint64_t at = from; at < std::min(to, end); at = Target{block, {}}.end()) {
    if (!heap_.block_at(reinterpret_cast<const void*>(at), block)) return std::min(to, at + 16);
    if (block.foreign != 0) return at;
  }
  return to;
}

/// The same downwards, from the block at `start`.
std::uint64_t MischiefMaker::limit_below(std::uint64_t from, std::uint64_t start) const {
  mh_block block{};
  for (std::uint64_t at = start; from < at; at = Target{block, {}}.address()) {
    if (!heap_.block_at(reinterpret_cast<const void*>(at - 1), block) || block.foreign != 0) {
      return at;
    }
  }
  return from;
}

/// Changes every byte from `from` to `to`. Returns how many it could.
std::uint64_t MischiefMaker::scribble(std::uint64_t from, std::uint64_t to) {
  if (to <= from) return 0;
  struct Job {
    std::uint64_t from;
    std::vector<unsigned char> bytes;
    std::uint64_t written = 0;
  } job{from, std::vector<unsigned char>(to - from)};
  heap_.undisturbed(
      [](void* context) {
        auto& work = *static_cast<Job*>(context);
        const std::size_t there = read_memory(work.from, work.bytes);
        for (unsigned char& byte : work.bytes) byte = byte == 'A' ? 'B' : 'A';
        work.written = write_memory(work.from, std::span(work.bytes).first(there));
      },
      &job);
  wrote_ = {from, job.written};
  return job.written;
}

}  // namespace mh
