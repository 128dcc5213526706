#include "app/lessons/event_words.hpp"

#include <algorithm>

#include "app/model/format.hpp"
#include "core/include/microheap.h"

namespace mh {
namespace {

std::string bytes(std::uint64_t count) {
  return format_count(count) + (count == 1 ? " byte" : " bytes");
}

/// What a block is called on the slide.
std::string called(const HeapPicture& picture, std::uint64_t address) {
  const std::string_view name = picture.label(address);
  if (!name.empty()) return std::string(name);
  const auto block = picture.block_at(address);
  return block ? "the block of " + bytes(block->size) : "the block";
}

std::string capital(std::string text) {
  if (!text.empty() && text.front() >= 'a' && text.front() <= 'z' && text.starts_with("the ")) {
    text.front() = 'T';
  }
  return text;
}

std::string search_words(const Event& event) {
  const std::string wanted = bytes(event.size);
  switch (static_cast<mh_placement>(event.extra)) {
    case MH_FIRST_FIT:
      return "First fit looks for " + wanted +
             ": from the head of the free list, the first that is large enough.";
    case MH_NEXT_FIT:
      return "Next fit looks for " + wanted + ": it goes on where the last search ended.";
    case MH_BEST_FIT:
      return "Best fit looks for " + wanted + ": at every free block, for the tightest.";
    case MH_WORST_FIT:
      return "Worst fit looks for " + wanted + ": at every free block, for the largest.";
  }
  return "A search for " + wanted + " begins.";
}

}  // namespace

std::string verdict_words(VisitVerdict verdict, std::uint64_t size, std::uint64_t needed) {
  const std::uint64_t left = size - std::min(size, needed);
  switch (verdict) {
    case VisitVerdict::too_small:
      return "too small: needs " + format_count(needed);
    case VisitVerdict::taken:
    case VisitVerdict::best_so_far:
    case VisitVerdict::not_better:
      return left == 0 ? "fits exactly" : "fits, " + format_count(left) + " left over";
    case VisitVerdict::damaged:
      return "damaged: set aside";
    case VisitVerdict::count:
      break;
  }
  return {};
}

bool is_step(EventKind kind) {
  switch (kind) {
    case EventKind::search:
    case EventKind::visit:
    case EventKind::split:
    case EventKind::coalesce:
    case EventKind::alloc:
    case EventKind::free:
    case EventKind::resize:
    case EventKind::link:
    case EventKind::unlink:
    case EventKind::block:
    case EventKind::break_moved:
    case EventKind::error:
    case EventKind::set_aside:
      return true;
    default:
      return false;
  }
}

std::string event_words(const Event& event, const HeapPicture& picture) {
  const std::uint64_t at = event.address;
  switch (event.kind()) {
    case EventKind::search:
      return search_words(event);
    case EventKind::visit: {
      const auto block = picture.block_at(at);
      const auto verdict = static_cast<VisitVerdict>(event.extra);
      return capital("the search looks at " + called(picture, at)) + ": " +
             verdict_words(verdict, block ? block->size : 0, event.size) + ".";
    }
    case EventKind::split:
      return "The block is split: " + bytes(event.size) +
             " are kept, the rest becomes a free block with a header of its own.";
    case EventKind::coalesce:
      return "Neighbours are merged: one block of " + bytes(event.size) + ", one header less.";
    case EventKind::alloc:
      return "The header says: in use, " + bytes(event.size) +
             " requested. The caller gets the address of the payload.";
    case EventKind::free:
      return "The header says: free. The bytes of the payload stay what they were.";
    case EventKind::resize:
      return "The block stays where it is; its header says " + bytes(event.size) + " now.";
    case EventKind::link:
      return event.size == 0
                 ? "The block enters the free list as its head: the links are written into the "
                   "free payload."
                 : "The block enters the free list: the links are written into the free payload.";
    case EventKind::unlink:
      return at == 0 ? "The free list is built anew." : "The block leaves the free list.";
    case EventKind::block:
      return "A new block of " + bytes(event.size) + " lies in the new memory.";
    case EventKind::break_moved:
      return "sbrk() moves the program break.";
    case EventKind::error:
      return std::string("Error: ") + mh_error_text(static_cast<mh_error>(event.extra)) + ".";
    case EventKind::set_aside:
      return "The damaged block is set aside: it is never used again.";
    default:
      return {};
  }
}

}  // namespace mh
