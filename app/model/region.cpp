#include "app/model/region.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace mh {

MapRegion region_between(const MapGeometry& geometry, double x0, double y0, double x1, double y1) {
  const double left = std::clamp(std::min(x0, x1), 0.0, geometry.width());
  const double right = std::clamp(std::max(x0, x1), 0.0, geometry.width());
  const double top = std::clamp(std::min(y0, y1), 0.0, geometry.height());
  const double bottom = std::clamp(std::max(y0, y1), 0.0, geometry.height());
  const auto row_at = [&](double y) {
    return static_cast<int>(std::floor((y - geometry.row_top(0)) / geometry.pitch()));
  };
  int first = row_at(top);
  if (top > geometry.row_top(first) + geometry.row_height()) ++first;  // between two rows
  const int last = row_at(bottom);
  MapRegion region;
  region.offset = geometry.row_offset(first) + left * geometry.bytes_per_pixel();
  region.length = (right - left) * geometry.bytes_per_pixel();
  region.stride = geometry.row_bytes();
  region.count = std::max(0, last - first + 1);
  return region;
}

std::vector<BlockRange> ranges_of(const HeapPicture& picture, const MapRegion& region) {
  std::vector<BlockRange> ranges;
  const std::uint64_t start = picture.start();
  const std::uint64_t end = picture.program_break();
  const auto heap = static_cast<double>(end - start);
  for (int i = 0; i < region.count; ++i) {
    const double begin = region.offset + i * region.stride;
    const double stop = begin + region.length;
    if (stop < 0 || begin >= heap) continue;
    BlockRange range{start + static_cast<std::uint64_t>(std::max(0.0, std::floor(begin))), end};
    if (stop < heap) range.to = start + static_cast<std::uint64_t>(std::floor(stop)) + 1;
    if (!ranges.empty() && range.to <= ranges.back().to) continue;
    if (const auto block = picture.block_at(range.from)) range.from = block->address;
    if (const auto block = picture.block_at(range.to - 1)) range.to = block->end();
    if (!ranges.empty() && range.from <= ranges.back().to) {
      ranges.back().to = range.to;
    } else {
      ranges.push_back(range);
    }
  }
  return ranges;
}

void RegionTotals::add(const PictureBlock& block) {
  header += block.header;
  if (block.foreign) {
    ++foreign_blocks;
    foreign += block.capacity();
    return;
  }
  if (block.set_aside) {
    ++set_aside_blocks;
    set_aside += block.size - block.header;
    return;
  }
  if (!block.used) {
    ++free_blocks;
    free += block.capacity();
    largest_free = std::max(largest_free, block.capacity());
    return;
  }
  ++used_blocks;
  requested += block.requested;
  padding += block.padding();
  guard += block.guard_bytes();
  ++sizes[size_step(block.requested)];
  auto owner = std::lower_bound(owners.begin(), owners.end(), block.thread,
                                [](const Owner& o, std::uint16_t t) { return o.thread < t; });
  if (owner == owners.end() || owner->thread != block.thread)
    owner = owners.insert(owner, {block.thread});
  ++owner->blocks;
  owner->requested += block.requested;
}

bool RegionSummary::advance(const HeapPicture& picture, const MapRegion& region, std::size_t most) {
  if (region != region_) *this = {};
  region_ = region;
  ranges_ = ranges_of(picture, region);
  const std::uint64_t version =
      ranges_.empty() ? 0 : picture.version(ranges_.front().from, ranges_.back().to);
  if (!passing_) {
    unchanged_ = unchanged_ && version == version_;
    if (complete_ && unchanged_) return false;
    counting_ = {};
    version_ = version;
    next_ = 0;
    passing_ = true;
  }
  count(picture, most);
  if (passing_) return true;
  shown_ = std::move(counting_);
  counting_ = {};
  complete_ = true;
  unchanged_ = version == version_;
  progress_ = 1;
  return !unchanged_;
}

void RegionSummary::count(const HeapPicture& picture, std::size_t most) {
  std::size_t looked_at = 0;
  for (const BlockRange& range : ranges_) {
    if (range.to <= next_) continue;
    picture.for_each(std::max(range.from, next_), range.to, [&](const PictureBlock& block) {
      if (block.address < next_) return true;  // counted, and has grown since
      if (looked_at == most) return false;
      ++looked_at;
      counting_.add(block);
      next_ = block.end();
      return true;
    });
    if (looked_at == most && next_ < ranges_.back().to) {
      const BlockRange whole{ranges_.front().from, ranges_.back().to};
      progress_ =
          static_cast<double>(next_ - whole.from) / static_cast<double>(whole.to - whole.from);
      return;
    }
  }
  passing_ = false;
}

}  // namespace mh
