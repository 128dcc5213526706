#include "app/lessons/lesson_slide.hpp"

#include <algorithm>
#include <map>

#include "app/lessons/engine_source.hpp"
#include "app/lessons/event_words.hpp"
#include "app/model/format.hpp"
#include "app/sources/lab.hpp"

namespace mh {
namespace {

/// Removes the indent that all lines have, and lines that only serve explaining.
std::vector<std::string> tidy(const SourceFunction& function, std::size_t current, int& marked) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < function.lines.size(); ++i) {
    const std::string& line = function.lines[i];
    const bool is_current = function.first_line + i == current;
    const bool explains = line.find("explaining()") != std::string::npos && line.ends_with(";");
    if (explains && !is_current) continue;
    if (is_current) marked = static_cast<int>(lines.size());
    lines.push_back(line);
  }
  return lines;
}

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
  SlideBlock shown;
  shown.address = block.address;
  shown.size = block.size;
  shown.header = block.header;
  shown.front = block.front;
  shown.guard = block.guard;
  shown.requested = block.requested;
  shown.used = block.used;
  shown.foreign = block.foreign;
  shown.set_aside = block.set_aside;
  shown.guarded = block.guarded;
  shown.owner = block.thread <= Lab::max_threads ? block.thread : 0;
  shown.name = picture_.label(block.address);
  const auto last = last_names_.find(block.address);
  if (!block.used && last != last_names_.end()) shown.name = last->second;
  const PoolSlots* const pool = picture_.pool_of(block.address);
  for (std::uint64_t i = 0; pool != nullptr && i < pool->count(); ++i) {
    const std::uint64_t address = block.address + pool->first() + i * pool->slot_size();
    const auto name = slot_names_.find(address);
    shown.slots.push_back({address, pool->slot_size(), pool->is_used(i),
                           name == slot_names_.end() ? std::string() : name->second});
  }
  return shown;
}

const HeapPicture& SlideMaker::picture_at(std::uint64_t position) {
  if (position < position_) {
    picture_ = trace_.first;
    position_ = 0;
    last_names_.clear();
    slot_names_.clear();
  }
  for (; position_ < position; ++position_) {
    const Event& event = trace_.events[position_];
    picture_.apply(event);
    remember_names(event);
  }
  return picture_;
}

/// A free block is called as it was when it was in use, one that was merged as all of them were.
void SlideMaker::remember_names(const Event& event) {
  constexpr std::size_t longest = 11;
  const std::uint64_t at = event.address;
  switch (event.kind()) {
    case EventKind::label:
      last_names_[at] = picture_.label(at);
      break;
    case EventKind::alloc:
    case EventKind::foreign:
      last_names_.erase(at);
      break;
    case EventKind::coalesce: {
      const auto block = picture_.block_at(at);
      const auto inside = last_names_.upper_bound(at);
      const auto end = last_names_.lower_bound(at + event.size);
      std::string all = last_names_[at];
      for (auto name = inside; name != end; ++name) {
        all += (all.empty() || name->second.empty() ? "" : "+") + name->second;
      }
      last_names_.erase(inside, end);
      if (block && !block->used) last_names_[at] = all.size() <= longest ? all : std::string();
      break;
    }
    case EventKind::break_moved:
      last_names_.erase(last_names_.lower_bound(at), last_names_.end());
      slot_names_.erase(slot_names_.lower_bound(at), slot_names_.end());
      break;
    case EventKind::slot_alloc: {
      const auto name = trace_.slot_names.find(position_);
      if (name != trace_.slot_names.end()) slot_names_[at] = name->second;
      break;
    }
    case EventKind::slot_free:
      slot_names_.erase(at);
      break;
    default:
      break;
  }
}

SlideHeap SlideMaker::heap_at(std::size_t index) {
  const HeapPicture& picture = picture_at(trace_.steps[index].position);
  SlideHeap heap;
  heap.start = picture.start();
  heap.program_break = picture.program_break();
  std::map<std::uint64_t, std::size_t> index_of;
  picture.for_each(0, ~std::uint64_t{0}, [&](const PictureBlock& block) {
    index_of[block.address] = heap.blocks.size();
    heap.blocks.push_back(describe(block));
    return true;
  });
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
  SearchShown search = search_of(step);
  slide.visits = std::move(search.visits);
  slide.outcome = std::move(search.outcome);
  slide.heaps.push_back(heap_at(index));
  if (look.code) add_code(step, slide);
  for (SlideBlock& block : slide.heaps.front().blocks) {
    const auto visited = search.number_of.find(block.address);
    if (visited != search.number_of.end()) block.visit = visited->second;
    block.chosen = search.chosen != 0 && block.address == search.chosen;
    const auto pointer = step.pointers.find(block.address);
    block.pointed_at = pointer != step.pointers.end();
    if (block.pointed_at) block.remark = pointer->second;
    if (look.answered && step.answer == block.address) {
      block.pointed_at = true;
      block.remark = "this one";
    }
  }
  return slide;
}

/// The last search of the operation, as far as the step goes. Leaves the picture at the step.
SlideMaker::SearchShown SlideMaker::search_of(const LessonStep& step) {
  SearchShown shown;
  picture_at(step.begin);
  for (std::uint64_t i = step.begin; i < step.position; ++i) {
    const Event& event = trace_.events[i];
    if (event.kind() == EventKind::search) {
      shown = {};
    } else if (event.kind() == EventKind::visit) {
      add_visit(event, shown);
    } else if (event.kind() == EventKind::search_end) {
      shown.chosen = event.address;
      shown.outcome = outcome_words(static_cast<SearchEnd>(event.extra), shown.visits.size());
    }
    picture_at(i + 1);
  }
  return shown;
}

void SlideMaker::add_visit(const Event& event, SearchShown& shown) const {
  const auto verdict = static_cast<VisitVerdict>(event.extra);
  const auto block = picture_.block_at(event.address);
  SlideVisit visit;
  visit.size = block ? block->size : 0;
  visit.verdict = verdict_words(verdict, visit.size, event.size);
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

void SlideMaker::add_code(const LessonStep& step, Slide& slide) const {
  for (std::uint64_t i = step.position; i > step.begin; --i) {
    const Event& event = trace_.events[i - 1];
    if (event.kind() != EventKind::step) continue;
    // A name is given by the lesson, not by the operation.
    if (i < trace_.events.size() && trace_.events[i].kind() == EventKind::label) continue;
    const auto function = function_at(static_cast<std::uint8_t>(event.extra), event.size);
    if (!function) return;
    slide.code.title = function->title;
    slide.code.lines = tidy(*function, event.size, slide.code.current);
    return;
  }
}

}  // namespace mh
