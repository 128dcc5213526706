#pragma once
// Why a search took the block it took: the visited blocks, numbered in order, under the map, on it,
// and in a sentence for the selected block.

#include "app/model/map_geometry.hpp"
#include "app/views/scene.hpp"

namespace mh {

/// More searches come than anybody could read.
[[nodiscard]] bool too_fast_to_explain(const Scene& scene);

/// While the engine explains: a strip at the foot of the rectangle with the last search. Returns
/// its height, 0 if nothing is explained.
float draw_search(const Scene& scene, ImVec2 from, ImVec2 to);

/// An outline and a number on each block that the last search visited so far, as long as the heap
/// is as the search left it. origin, end: the map's rows.
void draw_search_badges(const Scene& scene, ImDrawList& list, const MapGeometry& geometry,
                        ImVec2 origin, ImVec2 end);

/// Why a used block lies where it does; or whether the size in the field would fit a free one. Of
/// the classic engine.
void draw_why(Scene& scene, const PictureBlock& block);

}  // namespace mh
