#include "app/views/region_tool.hpp"

#include <chrono>

namespace mh {
namespace {

constexpr std::size_t summed_up_in_a_frame = 40'000;  // blocks, about a millisecond
constexpr std::chrono::milliseconds freeing_in_a_frame(4);

}  // namespace

void RegionTool::look(Scene& scene) {
  if (freeing_) freeing_->collect(scene.picture());
  if (!scene.state.region) return;
  scene.region = &summary_;
  scene.freeing_region = freeing();
  if (summary_.advance(scene.picture(), *scene.state.region, summed_up_in_a_frame))
    scene.animating = true;
}

std::optional<std::string> RegionTool::work(Lab& lab) {
  if (!freeing_) return std::nullopt;
  freeing_->work(lab, freeing_in_a_frame);
  if (!freeing_->done()) return std::nullopt;
  std::string outcome = freeing_->outcome();
  freeing_.reset();
  return outcome;
}

void RegionTool::free_all(const MapRegion& region) {
  if (!freeing_) freeing_.emplace(region);
}

std::string RegionTool::stop() {
  std::string outcome = freeing_->outcome() + " The rest stays.";
  freeing_.reset();
  return outcome;
}

}  // namespace mh
