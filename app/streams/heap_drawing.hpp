#pragma once
// A whole heap at one moment on a slide: rows of addresses, blocks by state and thread, what lies
// outside the heap behind it.

#include <string>

#include "app/model/heap_picture.hpp"
#include "app/slides/canvas.hpp"
#include "app/slides/slide_theme.hpp"

namespace mh {

struct HeapDrawing {
  std::string title;
  std::string moment;  ///< when it is, and how much there is
  SlideLook look = SlideLook::light;
};

/// On a slide of slide_width by slide_height.
void draw_heap(Canvas& canvas, const HeapPicture& picture, const HeapDrawing& drawing);

}  // namespace mh
