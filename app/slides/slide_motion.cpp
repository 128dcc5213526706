#include "app/slides/slide_motion.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "app/slides/heap_motion.hpp"

namespace mh {
namespace {

constexpr double one_stage = 0.24, each_further = 0.08, longest = 0.4;  // seconds

double eased(double x) {
  return x * x * (3 - 2 * x);
}

/// A part of the time between two slides.
struct Window {
  double from = 0, to = 0;

  [[nodiscard]] bool exists() const { return to > from; }
  /// How much of it is over at t, eased.
  [[nodiscard]] double at(double t) const {
    if (!exists()) return t < from ? 0 : 1;
    return eased(std::clamp((t - from) / (to - from), 0.0, 1.0));
  }
};

/// The search that is new in the second slide: from this visit on. All: none is.
std::size_t visits_before(const Slide& was, const Slide& is) {
  if (was.operation != is.operation) return 0;
  std::size_t same = 0;
  while (same < std::min(was.visits.size(), is.visits.size()) &&
         was.visits[same].size == is.visits[same].size &&
         was.visits[same].verdict == is.visits[same].verdict) {
    ++same;
  }
  return same;
}

/// What happens one after the other: a search looks for a place; blocks that end drain and merge;
/// blocks are cut and grow. A realloc that moves needs its new place first.
struct Script {
  Window walk, dissolve, build, copy;
  unsigned stages = 0;

  Script(bool walks, const HeapNeeds& needs) {
    const auto count = [](bool is) { return is ? 1U : 0U; };
    stages = count(walks) + count(needs.dissolve) + count(needs.build) + count(needs.copy);
    double at = 0;
    const double part = 1.0 / std::max(stages, 1U);
    const auto take = [&](bool is, Window& window) {
      window = {at, is ? at + part : at};
      at = window.to;
    };
    take(walks, walk);
    if (needs.copy) {
      take(needs.build, build);
      take(needs.copy, copy);
      take(needs.dissolve, dissolve);
    } else {
      take(needs.dissolve, dissolve);
      take(needs.build, build);
    }
  }

  [[nodiscard]] HeapMoment at(double t) const {
    const double from = std::min(dissolve.exists() ? dissolve.from : 1.0, build.from);
    const double to = std::max(dissolve.to, build.to);
    return {dissolve.at(t), build.at(t), copy.at(t), Window{from, to}.at(t), t};
  }
};

bool same_heaps(const Slide& was, const Slide& is) {
  return std::equal(was.heaps.begin(), was.heaps.end(), is.heaps.begin(), is.heaps.end(),
                    [](const SlideHeap& a, const SlideHeap& b) {
                      return a.start == b.start && a.title == b.title;
                    });
}

HeapNeeds needs_of(const Slide& was, const Slide& is) {
  HeapNeeds all;
  for (std::size_t i = 0; i < is.heaps.size(); ++i) {
    const HeapNeeds needs = heap_needs(was.heaps[i], is.heaps[i]);
    all.dissolve |= needs.dissolve;
    all.build |= needs.build;
    all.copy |= needs.copy;
    all.rest |= needs.rest;
  }
  return all;
}

std::uint64_t largest(const Slide& slide) {
  std::uint64_t bytes = 1;
  for (const SlideHeap& heap : slide.heaps) {
    bytes = std::max(bytes, heap.program_break - heap.start);
  }
  return bytes;
}

/// The scale goes with the break, so that all of the heap has room.
ScaleMotion scale_between(std::uint64_t was, std::uint64_t is, std::uint64_t now) {
  const double way = static_cast<double>(is) - static_cast<double>(was);
  const double gone = static_cast<double>(now) - static_cast<double>(was);
  return {was, is, way == 0 ? 1 : std::clamp(gone / way, 0.0, 1.0)};
}

/// Shows so many of the visits, and the search on its way to the next.
void walk_to(Slide& slide, std::size_t before, double done) {
  const double steps = done * static_cast<double>(slide.visits.size() - before);
  const auto told = before + static_cast<std::size_t>(steps);
  slide.visits_told = told;
  if (slide.heaps.size() != 1) return;
  SlideHeap& heap = slide.heaps.front();
  const auto visited = [&](std::size_t number) {
    const auto found = std::find_if(heap.blocks.begin(), heap.blocks.end(),
                                    [&](const SlideBlock& b) { return b.visit == number; });
    return found == heap.blocks.end() ? std::uint64_t{0} : found->address;
  };
  const std::uint64_t to = visited(told + 1);
  const std::uint64_t from = told > 0 ? visited(told) : to;
  if (from != 0 && to != 0) heap.motion.walk = {from, to, steps - std::floor(steps)};
  for (SlideBlock& block : heap.blocks) {
    if (block.visit > told) block.visit = 0;
    block.chosen = false;
  }
}

}  // namespace

Slide slide_between(const Slide& was, const Slide& is, double t) {
  if (t <= 0) return was;
  if (t >= 1 || !same_heaps(was, is)) return is;
  const std::size_t before = visits_before(was, is);
  const Script script(before < is.visits.size(), needs_of(was, is));
  Slide slide = is;
  const HeapMoment moment = script.at(t);
  for (std::size_t i = 0; i < is.heaps.size(); ++i) {
    slide.heaps[i] = heap_between(was.heaps[i], is.heaps[i], moment);
  }
  slide.scale = scale_between(largest(was), largest(is), largest(slide));
  if (script.walk.exists() && t < script.walk.to) walk_to(slide, before, script.walk.at(t));
  return slide;
}

double motion_seconds(const Slide& was, const Slide& is) {
  if (!same_heaps(was, is)) return 0;
  const HeapNeeds needs = needs_of(was, is);
  const Script script(visits_before(was, is) < is.visits.size(), needs);
  if (script.stages == 0) return needs.rest ? one_stage : 0;
  return std::min(one_stage + each_further * (script.stages - 1), longest);
}

}  // namespace mh
