#pragma once
// A picture said in events: what has to be applied to an empty picture to make it the same.

#include <vector>

#include "app/model/heap_picture.hpp"
#include "core/events/event.hpp"

namespace mh {

/// Appends them to out. How often was allocated and freed before they do not say.
void describe_picture(const HeapPicture& picture, std::vector<Event>& out);

}  // namespace mh
