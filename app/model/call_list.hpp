#pragma once
// The calls of the allocator as the log has them, in words; and a window on them that reads no more
// of the log than it shows.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "app/model/event_log.hpp"
#include "app/model/heap_picture.hpp"

namespace mh {

/// One call of the allocator, or something else that happened, from events side by side in the log.
struct LoggedCall {
  std::uint64_t from = 0, to = 0;  ///< its events: [from, to)
  std::uint64_t time = 0;          ///< ns, of its end
  std::uint16_t thread = 0;
  std::uint64_t block = 0;  ///< header address of the block that it was about, 0: none
  bool refused = false;     ///< the heap noticed an error
  std::string call{};       ///< "p = malloc(100)"
  std::string result{};     ///< "0x5581c3a12020", "double free"
  std::string why{};        ///< "split, 48 B left over"

  [[nodiscard]] std::uint64_t event() const { return to - 1; }  ///< its last
};

/// Reads the call whose events are [from, to). picture helps with what events do not say, headers
/// and names; it may be of another moment.
[[nodiscard]] LoggedCall read_call(const EventLog& log, std::uint64_t from, std::uint64_t to,
                                   const HeapPicture& picture);

/// What a filter looks at: words, all of which have to occur in a call's line, capitals or not.
[[nodiscard]] bool call_matches(std::string_view line, std::string_view filter);

/// The lines of a list of calls that are in view.
class CallWindow {
 public:
  /// A line as it is shown, for the filter and for copying: time, thread, call, result, why,
  /// separated by tabs.
  using Line = std::function<std::string(const LoggedCall&)>;

  /// Stands where its last line is the last call before position.
  void follow(std::uint64_t position);
  void scroll(std::int64_t lines) { scrolled_ += lines; }
  /// Stands at that part of the log, 0 to 1.
  void go_to(const EventLog& log, double part);
  /// How far down the log it stands, 0 to 1.
  [[nodiscard]] double part(const EventLog& log) const;
  /// Brings at most `lines` calls that match into view, and takes no longer than a few ms. False:
  /// more of the log is to be looked at, call it again.
  bool fill(const EventLog& log, const HeapPicture& picture, std::size_t lines,
            std::string_view filter, const Line& line);
  [[nodiscard]] const std::vector<LoggedCall>& calls() const { return calls_; }  ///< in order
  [[nodiscard]] bool at_begin() const { return at_begin_; }  ///< the first that matches is in view

 private:
  class Reader;
  void restart();
  bool move(Reader& reader);
  bool look(Reader& reader);

  std::uint64_t end_ = 0;      ///< the last line ends at or before this position
  std::int64_t scrolled_ = 0;  ///< lines down that are still to be done
  std::vector<LoggedCall> calls_;
  std::vector<LoggedCall> found_;  ///< upwards from end_
  std::uint64_t looked_to_ = 0;    ///< down to there
  enum class State { begin, looking, done } state_ = State::begin;
  bool at_begin_ = false;
  std::string filter_;
  std::size_t lines_ = 0;
};

/// The lines of all calls that match, the newest `most` before position at most, oldest first.
struct CallText {
  std::string text;  ///< a line each, with a head
  std::uint64_t calls = 0;
  bool all = true;  ///< false: older ones were left out
};
[[nodiscard]] CallText calls_as_text(const EventLog& log, const HeapPicture& picture,
                                     std::uint64_t position, std::string_view filter,
                                     std::uint64_t most, const CallWindow::Line& line);

}  // namespace mh
