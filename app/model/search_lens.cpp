#include "app/model/search_lens.hpp"

#include <utility>

namespace mh {

SearchLens::Moment SearchLens::moment(const Player::View& view, std::uint64_t position) {
  const EventLog& log = view.log();
  const bool kept = position > log.begin() && position <= log.end();
  return {position, kept ? log.at(position - 1).time : 0};
}

const SearchTrace* SearchLens::last(const Player::View& view) {
  const Moment now = moment(view, view.position());
  if (last_at_ != now) {
    last_at_ = now;
    last_ = last_search(view.log(), view.position(), most_events);
    add_heap(view, last_);
  }
  return last_ ? &*last_ : nullptr;
}

SearchLens::Origin SearchLens::of_block(const Player::View& view, const PictureBlock& block) {
  const Moment log_begin{view.log().begin(), moment(view, view.log().begin() + 1).time};
  if (block_ != block || block_log_ != log_begin) {
    block_ = block;
    block_log_ = log_begin;
    of_block_.reset();
    const auto number = allocation_of(view.log(), block, view.position());
    call_in_log_ = number.has_value();
    if (number) of_block_ = search_of_call(view.log(), *number);
    add_heap(view, of_block_);
  }
  return {call_in_log_, of_block_ ? &*of_block_ : nullptr};
}

bool SearchLens::is_fresh(const Player::View& view, const SearchTrace& trace) {
  return view.log().end_of_call(trace.event + 1) == view.position();
}

/// Brings picture_ to the search, from a keyframe or from where it stood last.
void SearchLens::add_heap(const Player::View& view, std::optional<SearchTrace>& trace) {
  if (!trace || trace->event < view.oldest_position()) return;
  const bool stands_before = picture_at_.position <= trace->event &&
                             picture_at_.position > view.log().begin() &&
                             picture_at_ == moment(view, picture_at_.position);
  auto [position, keyframe] = view.keyframe(trace->event);
  std::uint64_t at = stands_before ? picture_at_.position : 0;
  if (!stands_before || at < position) {
    picture_ = std::move(keyframe);
    at = position;
    picture_at_ = moment(view, at);
  }
  if (trace->event - at > most_replayed) return;
  while (at < trace->event) {
    const auto events = view.log().run(at, trace->event);
    if (events.empty()) return;
    picture_.apply_all(events);
    at += events.size();
    picture_at_ = moment(view, at);
  }
  mh::add_heap(*trace, picture_);
}

}  // namespace mh
