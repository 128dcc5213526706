#pragma once
// What a recording says beside events: about the run, and about each process.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/events/merger.hpp"

namespace mh {

/// A command line to be read: with a space between its words, and for what cannot be shown.
std::string in_one_line(const std::vector<std::string>& command);

/// How a program ended.
struct ProgramEnd {
  int status = 0;  ///< exit status
  int signal = 0;  ///< not 0: it was ended by this signal

  /// As shells say it: 128 + the signal's number.
  [[nodiscard]] int shell_status() const { return signal != 0 ? 128 + signal : status; }
};

struct SessionFacts {
  std::vector<std::string> command;
  std::string host;
  std::string started;  ///< local time, ISO 8601
  std::string system;   ///< "Linux 6.1.0 x86_64"
  std::string version;  ///< of MicroHeap
  // When it is over.
  std::optional<ProgramEnd> end;
  std::uint64_t duration_ns = 0;
  std::uint64_t missed = 0;  ///< processes that could not be recorded
};

struct ProcessFacts {
  std::uint32_t process = 0;  ///< its id
  std::uint32_t parent = 0;
  bool inherited = false;  ///< forked: its heap began as a copy of its parent's
  std::string program;     ///< file
  std::vector<std::string> command;
  std::uint64_t began_ns = 0;  ///< since the recording began
  std::uint64_t lost = 0;      ///< events that it had to drop
  std::uint64_t rejected = 0;  ///< events that could not be true
  std::vector<ThreadInfo> threads;
  bool ended = false;  ///< the recording holds all of it

  /// "python3 -c ...", at most so many characters.
  [[nodiscard]] std::string title(std::size_t most = 60) const;
};

// As JSON. What cannot be read is left as it is at first; whatever the text holds, reading ends.
std::string to_json(const SessionFacts& facts);
std::string to_json(const ProcessFacts& facts);
SessionFacts session_from_json(const std::string& text);
ProcessFacts process_from_json(const std::string& text);

}  // namespace mh
