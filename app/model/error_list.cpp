#include "app/model/error_list.hpp"

#include <algorithm>
#include <array>

#include "app/model/format.hpp"

namespace mh {

std::string LoggedError::sentence() const {
  if (found) return mh_error_text(error);
  const mh_report report{.error = error,
                         .pointer = nullptr,
                         .block = nullptr,
                         .requested = requested,
                         .offset = static_cast<std::ptrdiff_t>(offset),
                         .slot = slot ? 1 : 0};
  std::array<char, 160> text{};
  mh_format_report(&report, text.data(), text.size());
  std::string sentence = text.data();
  if (error == MH_OUT_OF_MEMORY) {
    sentence += " (" + format_bytes(requested) + " were asked for";
    sentence += repeats > 1 ? ", " + format_count(repeats) + " times)" : ")";
  }
  return sentence;
}

void ErrorList::clear() {
  entries_.clear();
  total_ = 0;
}

void ErrorList::note_error(const Event& event, std::uint64_t number, const HeapPicture& picture) {
  ++total_;
  const auto error = event.extra < MH_ERROR_COUNT ? static_cast<mh_error>(event.extra) : MH_OK;
  const bool again = error == MH_OUT_OF_MEMORY && !entries_.empty() &&
                     entries_.back().error == error && entries_.back().thread == event.thread;
  if (again) {
    ++entries_.back().repeats;
    entries_.back().requested = event.size;
    return;
  }
  LoggedError entry{.event = number,
                    .time = event.time,
                    .error = error,
                    .thread = static_cast<std::uint16_t>(event.thread),
                    .pointer = event.address,
                    .requested = event.size};
  if (const auto block = event.address != 0 ? picture.block_at(event.address) : std::nullopt) {
    entry.block = block->address;
    entry.offset = static_cast<std::int64_t>(event.address - block->payload_address());
    entry.name = picture.label(block->address);
    const auto slot = picture.slot_at(event.address);
    entry.slot = slot && event.size <= slot->size;  // of the block itself it is the whole
    if (entry.slot) entry.offset = static_cast<std::int64_t>(event.address - slot->address);
  }
  add(std::move(entry));
}

void ErrorList::add(LoggedError entry) {
  if (entries_.size() == most) entries_.pop_front();
  entries_.push_back(std::move(entry));
}

bool ErrorList::note_found(mh_error error, std::uint64_t block, std::uint64_t position,
                           const HeapPicture& picture) {
  const auto seen = block != 0 ? picture.block_at(block) : std::nullopt;
  if (seen && seen->set_aside) return false;  // a call has met it already
  const bool known = std::any_of(entries_.begin(), entries_.end(), [&](const LoggedError& entry) {
    return entry.found && entry.block == block && entry.error == error;
  });
  if (known) return false;
  ++total_;
  add({.event = std::max<std::uint64_t>(position, 1) - 1,
       .time = picture.time(),
       .error = error,
       .found = true,
       .block = block,
       .name = std::string(picture.label(block))});
  return true;
}

/// The heap tells first what is wrong with a block, then that it is set aside.
void ErrorList::note_set_aside(const Event& event) {
  total_ -= std::erase_if(entries_, [&](const LoggedError& entry) {
    return entry.found && entry.block >= event.address && entry.block - event.address < event.size;
  });
  if (entries_.empty()) return;
  LoggedError& entry = entries_.back();
  if (entry.pointer < event.address || entry.pointer - event.address >= event.size) return;
  entry.set_aside = true;
  entry.block = event.address;
}

std::size_t ErrorList::count_before(std::uint64_t position) const {
  const auto end = std::partition_point(entries_.begin(), entries_.end(),
                                        [&](const LoggedError& e) { return e.event < position; });
  return static_cast<std::size_t>(end - entries_.begin());
}

const LoggedError* ErrorList::damage_of(std::uint64_t block, std::uint64_t position) const {
  const auto newest =
      std::find_if(entries_.rbegin(), entries_.rend(), [&](const LoggedError& entry) {
        return (entry.set_aside || entry.found) && entry.block == block && entry.event < position;
      });
  return newest == entries_.rend() ? nullptr : &*newest;
}

std::vector<std::uint64_t> ErrorList::found_damaged(std::uint64_t position) const {
  std::vector<std::uint64_t> blocks;
  for (const LoggedError& entry : entries_) {
    if (entry.found && entry.block != 0 && entry.event < position) blocks.push_back(entry.block);
  }
  return blocks;
}

}  // namespace mh
