#include "app/lessons/lesson_slide.hpp"

#include <algorithm>
#include <map>

#include "app/lessons/engine_source.hpp"
#include "app/lessons/event_words.hpp"
#include "app/lessons/shown_code.hpp"
#include "app/model/format.hpp"
#include "app/slides/map_slide.hpp"
#include "app/sources/lab.hpp"
#include "core/heap/fast/fast_block.hpp"

namespace mh {
namespace {

std::string outcome_words(SearchEnd end, std::size_t visits) {
  std::string visited =
      "visited " + std::to_string(visits) + (visits == 1 ? " free block" : " free blocks");
  switch (end) {
    case SearchEnd::found:
      return visited;
    case SearchEnd::nothing_free:
      return "no block is free: the break has to move";
    case SearchEnd::all_too_small:
      return visited + ", none is large enough: the break has to move";
    case SearchEnd::damaged:
    case SearchEnd::count:
      break;
  }
  return visited + ", one was damaged";
}

}  // namespace

SlideBlock SlideMaker::describe(const PictureBlock& block) const {
  SlideBlock shown = slide_block(block);
  shown.cached = block.cached;
  shown.owner = block.thread <= Lab::max_threads ? block.thread : 0;
  shown.name = picture_.label(block.address);
  if (!block.used) shown.name = names_.of(block.address);
  const PoolSlots* const pool = picture_.pool_of(block.address);
  for (std::uint64_t i = 0; pool != nullptr && i < pool->count(); ++i) {
    const std::uint64_t address = block.address + pool->first() + i * pool->slot_size();
    shown.slots.push_back(
        {address, pool->slot_size(), pool->is_used(i), std::string(names_.of_slot(address))});
  }
  return shown;
}

const HeapPicture& SlideMaker::picture_at(std::uint64_t position) {
  if (position < position_) {
    picture_ = trace_.first;
    position_ = 0;
    names_ = BlockNames(trace_.slot_names);
  }
  for (; position_ < position; ++position_) {
    const Event& event = trace_.events[position_];
    picture_.apply(event);
    names_.apply(event, picture_, position_);
  }
  return picture_;
}

/// What free blocks of the fast engine have at their end; its last one is the top, which has not.
void SlideMaker::tell_tags(SlideHeap& heap) {
  for (SlideBlock& block : heap.blocks) {
    const bool fast = block.header == FastBlock::header_bytes;
    if (!fast || block.used || block.cached || block.foreign || block.set_aside) continue;
    if (&block != &heap.blocks.back()) {
      block.tag = sizeof(std::size_t);
    } else if (block.name.empty()) {
      block.name = "top";
    }
  }
}

SlideHeap SlideMaker::heap_at(std::size_t index) {
  const HeapPicture& picture = picture_at(trace_.steps[index].position);
  SlideHeap heap;
  heap.start = picture.start();
  heap.program_break = picture.program_break();
  std::map<std::uint64_t, std::size_t> index_of;
  picture.for_each(heap.start, heap.program_break, [&](const PictureBlock& block) {
    index_of[block.address] = heap.blocks.size();
    heap.blocks.push_back(describe(block));
    return true;
  });
  tell_tags(heap);
  picture.for_each_free([&](const PictureBlock& block) {
    const auto found = index_of.find(block.address);
    if (found != index_of.end()) heap.free_list.push_back(found->second);
    return true;
  });
  for (const Scribble& scribble : trace_.steps[index].scribbles) {
    heap.scribbles.push_back({scribble.address, scribble.bytes});
  }
  return heap;
}

Slide SlideMaker::make(std::size_t index, const LessonLook& look) {
  const LessonStep& step = trace_.steps[index];
  Slide slide;
  slide.title = step.title.empty() ? trace_.title : step.title;
  slide.subtitle = trace_.subtitle.empty() ? trace_.title : trace_.subtitle;
  slide.step = "step " + std::to_string(index + 1) + " of " + std::to_string(trace_.steps.size());
  slide.operation = step.operation;
  slide.caption = step.caption;
  slide.said = step.said;
  slide.alarm = step.alarm;
  slide.mark = step.mark;
  if (!step.question.empty()) {
    slide.question = step.question;
    slide.operation.clear();
  }
  slide.relative_addresses = look.relative_addresses;
  slide.decimal_addresses = look.decimal_addresses;
  OperationShown operation = operation_of(step);
  slide.visits = std::move(operation.visits);
  slide.outcome = std::move(operation.outcome);
  slide.heaps.push_back(heap_at(index));
  slide.heaps.front().copies = std::move(operation.copies);
  if (look.code) add_code(step, slide);
  // Beside code there is room for it, unless a search is told there.
  if (!slide.code.lines.empty() && slide.visits.empty()) slide.doings = std::move(operation.doings);
  for (SlideBlock& block : slide.heaps.front().blocks) {
    const auto visited = operation.number_of.find(block.address);
    if (visited != operation.number_of.end()) block.visit = visited->second;
    block.chosen = operation.chosen != 0 && block.address == operation.chosen;
    const auto point = [&step](auto& shown) {
      const auto pointer = step.pointers.find(shown.address);
      shown.pointed_at = pointer != step.pointers.end();
      if (shown.pointed_at) shown.remark = pointer->second;
    };
    point(block);
    for (SlideBlock::Slot& slot : block.slots) point(slot);
    if (look.answered && step.answer == block.address) {
      block.pointed_at = true;
      block.remark = "this one";
    }
  }
  return slide;
}

/// What the operation did and its last search, as far as the step goes. Leaves the picture at the
/// step.
SlideMaker::OperationShown SlideMaker::operation_of(const LessonStep& step) {
  OperationShown shown;
  std::uint64_t allocated = 0;  // by the call whose events are being read
  picture_at(step.begin);
  for (std::uint64_t i = step.begin; i < step.position; ++i) {
    const Event& event = trace_.events[i];
    if (is_step(event.kind()) && event.kind() != EventKind::visit) {
      shown.doings.push_back(brief_words(event, {picture_, names_, picture_.program_break()}));
    }
    if (event.kind() == EventKind::search) {
      shown.visits.clear();
      shown.number_of.clear();
      shown.outcome.clear();
      shown.chosen = 0;
    } else if (event.kind() == EventKind::visit) {
      add_visit(event, shown);
    } else if (event.kind() == EventKind::search_end) {
      shown.chosen = event.address;
      if (const auto number = shown.number_of.find(event.address);
          number != shown.number_of.end()) {
        for (SlideVisit& visit : shown.visits) visit.note.clear();
        shown.visits[number->second - 1].note = "taken";
      }
      shown.outcome = outcome_words(static_cast<SearchEnd>(event.extra), shown.visits.size());
    }
    // A call that allocates a block and then frees another is a realloc that moves.
    if (event.kind() == EventKind::alloc) allocated = event.address;
    if (event.kind() == EventKind::free && allocated != 0) {
      shown.copies.push_back({event.address, allocated});
    }
    if (event.more == 0) allocated = 0;
    picture_at(i + 1);
  }
  return shown;
}

void SlideMaker::add_visit(const Event& event, OperationShown& shown) const {
  const auto verdict = static_cast<VisitVerdict>(event.extra);
  const auto block = picture_.block_at(event.address);
  SlideVisit visit;
  // In bytes of payload, as the blocks are drawn.
  const std::uint64_t overhead = block ? block->size - block->capacity() : 0;
  visit.size = block ? block->capacity() : 0;
  visit.verdict = verdict_words(verdict, visit.size, event.size - std::min(event.size, overhead),
                                block ? block->header : 0);
  visit.fits = verdict != VisitVerdict::too_small && verdict != VisitVerdict::damaged;
  if (verdict == VisitVerdict::best_so_far) {
    for (SlideVisit& earlier : shown.visits) earlier.note.clear();
    visit.note = "best so far";
  } else if (verdict == VisitVerdict::taken) {
    visit.note = "taken";
  }
  shown.visits.push_back(std::move(visit));
  shown.number_of[event.address] = static_cast<unsigned>(shown.visits.size());
  shown.outcome = "visited " + std::to_string(shown.visits.size()) + " so far";
}

/// The event whose line of code says most of a step: of a detail its own; of a whole operation the
/// visit of the block that was taken if there was a choice, else a split or a merge, else its last.
std::uint64_t SlideMaker::telling_event(const LessonStep& step) const {
  std::uint64_t best = step.position;
  int best_rank = -1;
  std::uint64_t chosen = 0, visits = 0;
  for (std::uint64_t i = step.begin; i < step.position; ++i) {
    if (trace_.events[i].kind() == EventKind::search_end) chosen = trace_.events[i].address;
    visits += trace_.events[i].kind() == EventKind::visit ? 1 : 0;
  }
  const auto rank_of = [&](const Event& event) {
    if (step.detail) return 0;
    switch (event.kind()) {
      case EventKind::search:
        return event.extra == MH_NEXT_FIT ? 6 : 0;  // where it begins is what is special in it
      case EventKind::visit:
        return visits < 2 ? 1 : event.address == chosen ? 5 : 4;
      case EventKind::coalesce:
        return 3;
      case EventKind::split:
        return 2;
      default:
        return 0;
    }
  };
  for (std::uint64_t i = step.begin; i + 1 < step.position; ++i) {
    if (trace_.events[i].kind() != EventKind::step) continue;
    const Event& event = trace_.events[i + 1];
    // A name is given by the lesson, not by the operation.
    if (event.kind() == EventKind::label || rank_of(event) < best_rank) continue;
    best_rank = rank_of(event);
    best = i;
  }
  return best;
}

void SlideMaker::add_code(const LessonStep& step, Slide& slide) const {
  const std::uint64_t telling = telling_event(step);
  if (telling == step.position) return;
  const Event& event = trace_.events[telling];
  const auto function = function_at(static_cast<std::uint8_t>(event.extra), event.size);
  if (!function) return;
  slide.code = shown_code(*function, event.size);
}

}  // namespace mh
