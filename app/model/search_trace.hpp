#pragma once
// A search of the free list, as the engine told it while it explained: which blocks it visited, its
// verdict on each, how it ended, and what came of it. Read from the log, so of any moment that the
// log still has.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/model/event_log.hpp"
#include "app/model/heap_picture.hpp"
#include "core/events/event.hpp"
#include "core/include/microheap.h"

namespace mh {

struct SearchTrace {
  struct Visit {
    std::uint64_t address = 0;  ///< of the free block's header
    std::uint64_t needed = 0;   ///< bytes that the request takes there, with its header
    VisitVerdict verdict = VisitVerdict::too_small;
    std::uint64_t size = 0;      ///< of the block then, bytes; 0: not known
    std::uint64_t capacity = 0;  ///< of it, without its header
  };

  std::uint64_t event = 0;      ///< number of the event with which it begins
  std::uint64_t requested = 0;  ///< bytes
  mh_placement placement = MH_FIRST_FIT;
  std::vector<Visit> visits;  ///< in order; a long search tells its first visits only
  SearchEnd end = SearchEnd::all_too_small;
  std::uint64_t chosen = 0;   ///< header address; 0: none
  std::uint64_t largest = 0;  ///< free block that was seen, bytes of all of it
  std::uint64_t merged = 0;   ///< blocks, after an earlier search of the same call that found none

  // What came of it in the same call.
  std::uint64_t block = 0;      ///< header address of the block that was handed out; 0: none
  std::uint64_t cut_to = 0;     ///< size of the chosen block after its split; 0: taken whole
  std::uint64_t new_break = 0;  ///< 0: it was not moved

  // The heap as the search found it; see add_heap().
  bool heap_known = false;
  std::uint64_t free_blocks = 0;
  std::uint64_t free_bytes = 0;  ///< payload
  std::uint64_t old_break = 0;
};

/// The last search that began before position, looking back over so many events at most.
std::optional<SearchTrace> last_search(const EventLog& log, std::uint64_t position,
                                       std::uint64_t most_events);
/// The search that the call made for which event number stands; nullopt if it told none.
std::optional<SearchTrace> search_of_call(const EventLog& log, std::uint64_t number);
/// The event that made a block what it is, found by the time of its state; nullopt: the log does
/// not have it (any more).
std::optional<std::uint64_t> allocation_of(const EventLog& log, const PictureBlock& block,
                                           std::uint64_t position);

/// Adds what the events do not say, from the picture before trace.event.
void add_heap(SearchTrace& trace, const HeapPicture& picture);

// In words. Sizes are those of payloads, as on the map.
std::string placement_name(mh_placement placement);  ///< "first fit"
/// "112 B: fits, 16 B left over, best so far".
std::string visit_size_words(const SearchTrace::Visit& visit);
std::string visit_words(const SearchTrace& trace, std::size_t index);
/// "Best fit visited 3 of 4 free blocks, took number 3.", or why none would do and what happened
/// then.
std::string end_words(const SearchTrace& trace);

}  // namespace mh
