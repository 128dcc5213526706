#include "app/model/error_list.hpp"

#include <algorithm>
#include <array>

#include "app/model/format.hpp"

namespace mh {

std::string LoggedError::sentence() const {
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
  if (entries_.size() == most) entries_.pop_front();
  entries_.push_back(std::move(entry));
}

/// The heap tells first what is wrong with a block, then that it is set aside.
void ErrorList::note_set_aside(const Event& event) {
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

const LoggedError* ErrorList::why_set_aside(std::uint64_t block, std::uint64_t position) const {
  const auto newest =
      std::find_if(entries_.rbegin(), entries_.rend(), [&](const LoggedError& entry) {
        return entry.set_aside && entry.block == block && entry.event < position;
      });
  return newest == entries_.rend() ? nullptr : &*newest;
}

}  // namespace mh
