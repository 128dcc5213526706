#include "app/lessons/block_names.hpp"

namespace mh {

void BlockNames::apply(const Event& event, const HeapPicture& picture, std::uint64_t index) {
  const std::uint64_t at = event.address;
  switch (event.kind()) {
    case EventKind::label:
      tell(at, std::string(picture.label(at)));
      break;
    case EventKind::alloc:
    case EventKind::foreign:
      names_.erase(at);
      break;
    case EventKind::coalesce:
      merge(event, picture);
      break;
    case EventKind::break_moved:
      names_.erase(names_.lower_bound(at), names_.end());
      slots_.erase(slots_.lower_bound(at), slots_.end());
      break;
    case EventKind::slot_alloc: {
      const auto told = told_slots_.find(index);
      if (told != told_slots_.end()) slots_[at] = told->second;
      break;
    }
    case EventKind::slot_free:
      slots_.erase(at);
      break;
    default:
      break;
  }
}

/// A name is of one block: the one that got it last.
void BlockNames::tell(std::uint64_t at, std::string name) {
  std::erase_if(names_, [&name](const auto& known) { return known.second == name; });
  names_[at] = std::move(name);
}

/// What has no room on a block is no name.
void BlockNames::merge(const Event& event, const HeapPicture& picture) {
  constexpr std::size_t longest = 11;
  const std::uint64_t at = event.address;
  const auto inside = names_.upper_bound(at);
  const auto end = names_.lower_bound(at + event.size);
  std::string all(of(at));
  for (auto name = inside; name != end; ++name) {
    if (!all.empty() && !name->second.empty()) all += '+';
    all += name->second;
  }
  names_.erase(inside, end);
  const auto block = picture.block_at(at);
  if (block && !block->used) names_[at] = all.size() <= longest ? all : std::string();
}

}  // namespace mh
