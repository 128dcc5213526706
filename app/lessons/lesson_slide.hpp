#pragma once
// From a lesson's step to a slide.

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "app/lessons/block_names.hpp"
#include "app/lessons/lesson_trace.hpp"
#include "app/model/heap_picture.hpp"
#include "app/slides/slide.hpp"

namespace mh {

struct LessonLook {
  bool relative_addresses = false;
  bool decimal_addresses = false;
  bool code = true;
  bool answered = false;  ///< the question's answer is shown
};

/// Makes slides of a trace, which must outlive it. Going forward is cheap, going back replays.
class SlideMaker {
 public:
  explicit SlideMaker(const LessonTrace& trace)
      : trace_(trace), picture_(trace.first), names_(trace.slot_names) {}

  /// step: index below trace.steps.size().
  Slide make(std::size_t step, const LessonLook& look);
  /// The heap alone, as of a step.
  SlideHeap heap_at(std::size_t step);

 private:
  /// An operation and its last search, as far as a step shows them.
  struct OperationShown {
    std::vector<std::string> doings;
    std::vector<SlideVisit> visits;
    std::string outcome;
    std::map<std::uint64_t, unsigned> number_of;  ///< by the block's address, from 1
    std::uint64_t chosen = 0;
    std::vector<SlideHeap::Copy> copies;
  };
  const HeapPicture& picture_at(std::uint64_t position);
  static void tell_tags(SlideHeap& heap);
  [[nodiscard]] SlideBlock describe(const PictureBlock& block) const;
  OperationShown operation_of(const LessonStep& step);
  void add_visit(const Event& event, OperationShown& shown) const;
  [[nodiscard]] std::uint64_t telling_event(const LessonStep& step) const;
  void add_code(const LessonStep& step, Slide& slide) const;

  const LessonTrace& trace_;
  HeapPicture picture_;
  std::uint64_t position_ = 0;
  BlockNames names_;
};

}  // namespace mh
