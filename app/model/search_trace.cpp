#include "app/model/search_trace.hpp"

#include <algorithm>

#include "app/model/format.hpp"

namespace mh {
namespace {

/// A call of the allocator takes a few events, a search some thousands more.
constexpr std::uint64_t longest_call = 1U << 16;

bool same_call_goes_on(const EventLog& log, std::uint64_t number) {
  return number < log.end() && log.at(number).more != 0;
}

/// What an earlier search of the same call, which found nothing, made the engine merge.
std::uint64_t merged_before(const EventLog& log, std::uint64_t search) {
  std::uint64_t merged = 0;
  const std::uint64_t least = std::max(log.begin(), search - std::min(search, longest_call));
  for (std::uint64_t number = search; number > least && log.at(number - 1).more != 0; --number) {
    const EventKind kind = log.at(number - 1).kind();
    if (kind == EventKind::search_end) return merged;
    if (kind == EventKind::coalesce) ++merged;
  }
  return 0;
}

/// What the call did after the search, up to the block that it handed out.
void read_outcome(SearchTrace& trace, const EventLog& log, std::uint64_t number) {
  for (; number < log.end(); ++number) {
    const Event& event = log.at(number);
    if (event.kind() == EventKind::search) return;
    if (event.kind() == EventKind::split && event.address == trace.chosen)
      trace.cut_to = event.size;
    if (event.kind() == EventKind::break_moved) trace.new_break = event.address;
    if (event.kind() == EventKind::alloc) {
      trace.block = event.address;
      return;
    }
    if (event.more == 0) return;
  }
}

std::optional<SearchTrace> read_search(const EventLog& log, std::uint64_t number) {
  const Event& begin = log.at(number);
  SearchTrace trace;
  trace.event = number;
  trace.requested = begin.size;
  trace.placement = static_cast<mh_placement>(std::min<unsigned>(begin.extra, MH_WORST_FIT));
  while (same_call_goes_on(log, number) && ++number < log.end()) {
    const Event& event = log.at(number);
    if (event.kind() == EventKind::visit) {
      const auto verdict =
          std::min<unsigned>(event.extra, static_cast<unsigned>(VisitVerdict::damaged));
      trace.visits.push_back({event.address, event.size, static_cast<VisitVerdict>(verdict)});
    } else if (event.kind() == EventKind::search_end) {
      const auto end = std::min<unsigned>(event.extra, static_cast<unsigned>(SearchEnd::damaged));
      trace.end = static_cast<SearchEnd>(end);
      trace.chosen = event.address;
      trace.largest = event.size;
      trace.merged = merged_before(log, trace.event);
      if (same_call_goes_on(log, number)) read_outcome(trace, log, number + 1);
      return trace;
    }
  }
  return std::nullopt;
}

std::string bytes(std::uint64_t count) {
  return count < 100'000 ? format_count(count) + " B" : format_bytes(count);
}

std::string visited_words(const SearchTrace& trace) {
  std::string subject = placement_name(trace.placement) + " visited ";
  subject.front() = static_cast<char>(subject.front() - 'a' + 'A');
  if (!trace.heap_known) return subject + format_count(trace.visits.size());
  return subject + format_count(trace.visits.size()) + " of " + format_count(trace.free_blocks) +
         (trace.free_blocks == 1 ? " free block" : " free blocks");
}

std::string break_words(const SearchTrace& trace) {
  if (trace.new_break == 0) return {};
  if (!trace.heap_known || trace.new_break < trace.old_break) return " Then the break moved.";
  return " Then the break moved up by " + bytes(trace.new_break - trace.old_break) + ".";
}

/// The payload that the largest free block has.
std::uint64_t largest_capacity(const SearchTrace& trace) {
  std::uint64_t most = 0;
  for (const SearchTrace::Visit& visit : trace.visits) most = std::max(most, visit.capacity);
  return most;
}

std::string found_words(const SearchTrace& trace) {
  const auto chosen =
      std::find_if(trace.visits.begin(), trace.visits.end(),
                   [&](const SearchTrace::Visit& visit) { return visit.address == trace.chosen; });
  std::string words = visited_words(trace);
  if (chosen == trace.visits.end()) return words + ", took one that it does not tell.";
  words += ", took number " + std::to_string(chosen - trace.visits.begin() + 1);
  if (trace.cut_to == 0 || chosen->size <= trace.cut_to) {
    return words + (chosen->size > chosen->needed ? " whole." : ".");
  }
  return words + " and split it: the " + bytes(chosen->size - trace.cut_to) +
         " left over are a free block now.";
}

std::string too_small_words(const SearchTrace& trace) {
  const std::string words = "No free block is large enough: ";
  if (!trace.heap_known || trace.visits.empty()) {
    return words + "the largest has " + bytes(trace.largest) + " with its header." +
           break_words(trace);
  }
  const SearchTrace::Visit& first = trace.visits.front();
  const std::uint64_t needed = first.needed - std::min(first.needed, first.size - first.capacity);
  std::string in_all = bytes(trace.free_bytes) + " are free in all";
  in_all += trace.free_bytes >= needed ? " (external fragmentation)." : ".";
  return words + "the largest has " + bytes(largest_capacity(trace)) + ", " + in_all +
         break_words(trace);
}

}  // namespace

std::optional<SearchTrace> last_search(const EventLog& log, std::uint64_t position,
                                       std::uint64_t most_events) {
  position = std::min(position, log.end());
  const std::uint64_t least = std::max(log.begin(), position - std::min(position, most_events));
  for (std::uint64_t number = position; number > least; --number) {
    if (log.at(number - 1).kind() == EventKind::search) return read_search(log, number - 1);
  }
  return std::nullopt;
}

std::optional<SearchTrace> search_of_call(const EventLog& log, std::uint64_t number) {
  if (number < log.begin() || number >= log.end()) return std::nullopt;
  const std::uint64_t least = std::max(log.begin(), number - std::min(number, longest_call));
  for (std::uint64_t at = number; at > least && log.at(at - 1).more != 0; --at) {
    if (log.at(at - 1).kind() == EventKind::search) return read_search(log, at - 1);
  }
  return std::nullopt;
}

std::optional<std::uint64_t> allocation_of(const EventLog& log, const PictureBlock& block,
                                           std::uint64_t position) {
  if (!block.used) return std::nullopt;
  position = std::min(position, log.end());
  for (std::uint64_t number = log.find_time(block.since);
       number < position && log.at(number).time == block.since; ++number) {
    const Event& event = log.at(number);
    if (event.kind() == EventKind::alloc && event.address == block.address) return number;
  }
  return std::nullopt;
}

void add_heap(SearchTrace& trace, const HeapPicture& picture) {
  trace.heap_known = true;
  trace.free_blocks = picture.totals().free_blocks;
  trace.free_bytes = picture.totals().free;
  trace.old_break = picture.program_break();
  for (SearchTrace::Visit& visit : trace.visits) {
    const auto block = picture.block_at(visit.address);
    if (!block || block->address != visit.address) continue;
    visit.size = block->size;
    visit.capacity = block->capacity();
  }
}

std::string placement_name(mh_placement placement) {
  switch (placement) {
    case MH_FIRST_FIT:
      return "first fit";
    case MH_NEXT_FIT:
      return "next fit";
    case MH_BEST_FIT:
      return "best fit";
    case MH_WORST_FIT:
      break;
  }
  return "worst fit";
}

std::string visit_size_words(const SearchTrace::Visit& visit) {
  return visit.size == 0 ? std::string() : bytes(visit.capacity);
}

std::string visit_words(const SearchTrace& trace, std::size_t index) {
  const SearchTrace::Visit& visit = trace.visits[index];
  const bool known = visit.size != 0;
  if (visit.verdict == VisitVerdict::damaged) return "was written to after free";
  if (visit.verdict == VisitVerdict::too_small) {
    const std::uint64_t header = visit.size - visit.capacity;
    return "too small, needs " + bytes(visit.needed - std::min(visit.needed, header)) +
           (known ? "" : " with its header");
  }
  std::string words = "fits";
  if (known && visit.size >= visit.needed) {
    words += visit.size == visit.needed ? " exactly"
                                        : ", " + bytes(visit.size - visit.needed) + " left over";
  }
  if (visit.address == trace.chosen) return words + ", taken";
  if (visit.verdict == VisitVerdict::not_better) return words + ", not better";
  if (visit.verdict == VisitVerdict::best_so_far) {
    words += trace.placement == MH_WORST_FIT ? ", largest so far" : ", best so far";
  }
  return words;
}

std::string end_words(const SearchTrace& trace) {
  std::string words;
  switch (trace.end) {
    case SearchEnd::found:
      words = found_words(trace);
      break;
    case SearchEnd::nothing_free:
      words = "No block is free." + break_words(trace);
      break;
    case SearchEnd::all_too_small:
      words = too_small_words(trace);
      break;
    case SearchEnd::damaged:
    case SearchEnd::count:
      words = "The search met memory that was written to after its free: it is set aside.";
      break;
  }
  if (trace.merged == 0) return words;
  return "Found nothing, merged " + format_count(trace.merged) +
         (trace.merged == 1 ? " block" : " blocks") + ", searched again. " + words;
}

}  // namespace mh
