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
std::string called(const EventScene& scene, std::uint64_t address) {
  std::string_view name = scene.picture.label(address);
  if (name.empty()) name = scene.names.of(address);
  if (!name.empty()) return std::string(name);
  const auto block = scene.picture.block_at(address);
  return block ? "the block of " + bytes(block->size) : "the block";
}

/// At the start of a sentence.
std::string capital(std::string text) {
  if (text.starts_with("the ")) text.front() = 'T';
  return text;
}

std::string search_words(const Event& event) {
  const std::string wanted = bytes(event.size);
  switch (static_cast<mh_placement>(event.extra)) {
    case MH_FIRST_FIT:
      return "First fit looks for " + wanted +
             ": from the head of the free list on, the first block that is large enough.";
    case MH_NEXT_FIT:
      return "Next fit looks for " + wanted + ": it goes on where the last search ended.";
    case MH_BEST_FIT:
      return "Best fit looks for " + wanted + ": at every free block, for the tightest.";
    case MH_WORST_FIT:
      return "Worst fit looks for " + wanted + ": at every free block, for the largest.";
  }
  return "A search for " + wanted + " begins.";
}

std::string visit_words(const Event& event, const EventScene& scene) {
  const auto block = scene.picture.block_at(event.address);
  const auto verdict = static_cast<VisitVerdict>(event.extra);
  const bool best = verdict == VisitVerdict::best_so_far;
  const std::uint64_t overhead = block ? block->size - block->capacity() : 0;
  return "The search looks at " + called(scene, event.address) + ": " +
         verdict_words(verdict, block ? block->capacity() : 0,
                       event.size - std::min(event.size, overhead), block ? block->header : 0) +
         (best ? ". The best so far." : ".");
}

std::string split_words(const Event& event, const EventScene& scene) {
  const auto rest = scene.picture.block_at(event.address + event.size);
  return capital(called(scene, event.address)) + " is split: " + bytes(event.size) +
         " are kept; the other " + (rest ? bytes(rest->size) : "bytes") +
         " become a free block with a header of its own.";
}

std::string coalesce_words(const Event& event, const EventScene& scene) {
  const auto block = scene.picture.block_at(event.address);
  return capital(called(scene, event.address)) +
         " takes over the free block behind it, header and all: " +
         (block ? bytes(block->capacity()) : "one payload") + " of payload now.";
}

std::string link_words(const Event& event, const EventScene& scene) {
  const std::string block = capital(called(scene, event.address));
  const std::string where = event.size == 0
                                ? " enters the free list as its head"
                                : " enters the free list behind " + called(scene, event.size);
  return block + where + ": the links are written into its free payload.";
}

std::string break_words(const Event& event, const EventScene& scene) {
  const std::uint64_t before = scene.break_before;
  if (event.address >= before) {
    return "sbrk() moves the program break up by " + bytes(event.address - before) +
           ": new memory at the end of the heap.";
  }
  return "sbrk() moves the program break down by " + bytes(before - event.address) +
         ": that memory goes back to the system.";
}

}  // namespace

std::string verdict_words(VisitVerdict verdict, std::uint64_t size, std::uint64_t needed,
                          std::uint64_t header) {
  const std::uint64_t left = size - std::min(size, needed);
  switch (verdict) {
    case VisitVerdict::too_small:
      return "too small: needs " + format_count(needed);
    case VisitVerdict::taken:
    case VisitVerdict::best_so_far:
    case VisitVerdict::not_better:
      if (left == 0) return "fits exactly";
      return "fits, " + format_count(left) + " left over" +
             (header == 0 || left <= header
                  ? std::string()
                  : " (" + format_count(left - header) + " behind a header)");
    case VisitVerdict::damaged:
      return "damaged: set aside";
    case VisitVerdict::count:
      break;
  }
  return {};
}

std::string brief_words(const Event& event, const EventScene& scene) {
  const std::string block = called(scene, event.address);
  switch (event.kind()) {
    case EventKind::search:
      return "a search for a free block";
    case EventKind::split:
      return block + " is split";
    case EventKind::coalesce:
      return block + " takes over the free block behind it";
    case EventKind::alloc:
      return "the header of " + block + " says: in use";
    case EventKind::free:
      return "the header of " + block + " says: free";
    case EventKind::resize:
      return "the header of " + block + " says: " + bytes(event.size) + " requested";
    case EventKind::link:
      return block + " enters the free list";
    case EventKind::unlink:
      return event.address == 0 ? "the free list is built anew" : block + " leaves the free list";
    case EventKind::block:
      return "a new block at the end of the heap";
    case EventKind::break_moved:
      return event.address >= scene.break_before ? "the program break moves up"
                                                 : "the program break moves down";
    case EventKind::error:
      return std::string("error: ") + mh_error_text(static_cast<mh_error>(event.extra));
    case EventKind::set_aside:
      return block + " is set aside";
    default:
      return {};
  }
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

std::string event_words(const Event& event, const EventScene& scene) {
  const std::uint64_t at = event.address;
  switch (event.kind()) {
    case EventKind::search:
      return search_words(event);
    case EventKind::visit:
      return visit_words(event, scene);
    case EventKind::split:
      return split_words(event, scene);
    case EventKind::coalesce:
      return coalesce_words(event, scene);
    case EventKind::alloc:
      return "The header now says: in use, " + bytes(event.size) +
             " requested. The caller gets the address of the payload.";
    case EventKind::free:
      return "The header now says: free. The bytes of the payload stay what they were.";
    case EventKind::resize:
      return capital(called(scene, at)) + " stays where it is; its header now says " +
             bytes(event.size) + " requested.";
    case EventKind::link:
      return link_words(event, scene);
    case EventKind::unlink:
      return at == 0 ? "The free list is built anew."
                     : capital(called(scene, at)) + " leaves the free list.";
    case EventKind::block:
      return "A new block of " + bytes(event.size) + " lies in the new memory, still free.";
    case EventKind::break_moved:
      return break_words(event, scene);
    case EventKind::error:
      return std::string("Error: ") + mh_error_text(static_cast<mh_error>(event.extra)) + ".";
    case EventKind::set_aside:
      return capital(called(scene, at)) + " is set aside: nobody gets it ever again.";
    default:
      return {};
  }
}

}  // namespace mh
