#pragma once
// One heap on its way from what one slide shows to what the next shows.

#include "app/slides/slide.hpp"

namespace mh {

/// What has to happen on that way.
struct HeapNeeds {
  bool dissolve = false;  ///< blocks drain, or merge
  bool build = false;     ///< blocks are cut, or grow
  bool copy = false;      ///< a realloc takes bytes elsewhere
  bool rest = false;      ///< arrows, slots, the break, bytes written over
};
[[nodiscard]] HeapNeeds heap_needs(const SlideHeap& was, const SlideHeap& is);

/// How far each of it is, 0 to 1.
struct HeapMoment {
  double dissolve = 0, build = 0, copy = 0;
  double changes = 0;  ///< from the first of dissolve and build to the last
  double all = 0;
};
[[nodiscard]] SlideHeap heap_between(const SlideHeap& was, const SlideHeap& is,
                                     const HeapMoment& moment);

}  // namespace mh
