#include "app/sources/region_free.hpp"

#include <algorithm>
#include <span>

#include "app/model/format.hpp"

namespace mh {
namespace {

constexpr std::size_t most_collected = 4096;
static_assert(most_collected > Hand::undo_group);

std::string blocks_text(std::size_t count) {
  return count == 1 ? "1 block" : format_count(count) + " blocks";
}

}  // namespace

void RegionFree::collect(const HeapPicture& picture) {
  if (all_collected_ || freed_from_ < blocks_.size()) return;
  const bool first = next_ == 0;
  blocks_.clear();
  freed_from_ = 0;
  for (const BlockRange& range : ranges_of(picture, region_)) {
    if (range.to <= next_) continue;
    picture.for_each(std::max(range.from, next_), range.to, [&](const PictureBlock& block) {
      if (blocks_.size() == most_collected) return false;
      if (block.used && !block.pool && block.address >= next_) blocks_.push_back(block.address);
      next_ = block.end();
      return true;
    });
  }
  all_collected_ = blocks_.size() < most_collected;
  if (first) undoable_ = blocks_.size() <= Hand::undo_group;
}

void RegionFree::work(Lab& lab, std::chrono::nanoseconds about) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + about;
  for (auto now = Clock::now(); freed_from_ < blocks_.size() && now < end;) {
    const std::size_t left = blocks_.size() - freed_from_;
    const std::size_t count = undoable_ ? left : std::min(at_once_, left);
    const Hand::Freed some = lab.hand_free_all(
        std::span<const std::uint64_t>(blocks_).subspan(freed_from_, count), undoable_);
    result_.freed += some.freed;
    result_.gone += some.gone;
    result_.refused += some.refused;
    freed_from_ += count;
    // How long a block takes depends on the heap and on who holds it: as many as the time allows.
    const auto took = Clock::now() - now;
    at_once_ = took > about / 4 ? std::max<std::size_t>(at_once_ / 2, 1) : at_once_ * 2;
    now += took;
  }
}

std::string RegionFree::outcome() const {
  std::string text = result_.freed == 0 ? "Nothing in the selection could be freed."
                                        : "Freed " + blocks_text(result_.freed) + ".";
  if (result_.gone > 0)
    text.append(" ").append(blocks_text(result_.gone)).append(" had gone meanwhile.");
  if (result_.refused > 0)
    text.append(" ").append(blocks_text(result_.refused)).append(" the heap found damaged.");
  if (result_.freed > 0 && !undoable_)
    text += " More than " + std::to_string(Hand::undo_group) + " cannot be undone.";
  return text;
}

}  // namespace mh
