#pragma once
// The errors of the log: what a heap noticed, when, and of which block.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "app/model/heap_picture.hpp"
#include "core/events/event.hpp"
#include "core/include/microheap.h"

namespace mh {

/// An error, with what the picture knew of the block when it was noticed.
struct LoggedError {
  std::uint64_t event = 0;  ///< its number in the log
  std::uint64_t time = 0;   ///< ns
  mh_error error = MH_OK;
  std::uint16_t thread = 0;
  bool set_aside = false;       ///< the block was then taken out of use for good
  bool found = false;           ///< by a look at the heap, not by a call: nothing was changed
  std::uint64_t pointer = 0;    ///< as the caller gave it, or the first damaged byte; 0: none
  std::uint64_t block = 0;      ///< address of the header, 0: none is known
  std::uint64_t requested = 0;  ///< bytes: of that block, or of the call that got no memory
  std::int64_t offset = 0;      ///< of pointer from the start of the block's payload, or of ...
  bool slot = false;            ///< ... the slot, if a pool noticed it
  std::uint64_t repeats = 1;    ///< calls one after another that got no memory are one entry
  std::string name{};           ///< of the block, mostly empty

  /// E.g. "overflow: byte 100 of a block of 100 bytes was overwritten".
  [[nodiscard]] std::string sentence() const;
};

/// Keeps the newest. Not synchronised: the Recorder's lock guards it.
class ErrorList {
 public:
  static constexpr std::size_t most = 1000;

  /// Notes an event that was just applied to picture; of most kinds there is nothing to note.
  void note(const Event& event, std::uint64_t number, const HeapPicture& picture) {
    if (event.kind() == EventKind::error) note_error(event, number, picture);
    if (event.kind() == EventKind::set_aside) note_set_aside(event);
  }
  /// A look at the heap found a block damaged (0: it is not known which). Told once; dropped when a
  /// call notices it too. Returns false if it is known already.
  bool note_found(mh_error error, std::uint64_t block, std::uint64_t position,
                  const HeapPicture& picture);
  void clear();

  [[nodiscard]] const std::deque<LoggedError>& entries() const { return entries_; }  ///< in order
  [[nodiscard]] std::uint64_t total() const { return total_; }  ///< also those no longer kept
  /// How many entries the first `position` events hold.
  [[nodiscard]] std::size_t count_before(std::uint64_t position) const;
  /// What is wrong with a block, as known after the first `position` events: why it was set aside,
  /// or what a look at the heap found. Null if nothing is known. Valid until the next note.
  [[nodiscard]] const LoggedError* damage_of(std::uint64_t block, std::uint64_t position) const;
  /// The headers of blocks that were found damaged and are still in use or free.
  [[nodiscard]] std::vector<std::uint64_t> found_damaged(std::uint64_t position) const;

 private:
  void note_error(const Event& event, std::uint64_t number, const HeapPicture& picture);
  void note_set_aside(const Event& event);
  void add(LoggedError entry);

  std::deque<LoggedError> entries_;
  std::uint64_t total_ = 0;
};

}  // namespace mh
