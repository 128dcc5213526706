#pragma once
// What the colours and patterns of the map mean.

#include <vector>

#include "app/views/scene.hpp"

namespace mh {

/// The workers that the stream has told of, by their numbers, each once.
[[nodiscard]] std::vector<const ThreadInfo*> workers_of(const Scene& scene);

/// How many of them have not ended.
[[nodiscard]] std::size_t workers_at_work(const Scene& scene);

/// A swatch and a word each, on one line from `from` to `to` (ImGui's units): owners first, as many
/// as leave room for the kinds of memory; a tooltip has them all.
void draw_map_legend(const Scene& scene, ImVec2 from, ImVec2 to);

}  // namespace mh
