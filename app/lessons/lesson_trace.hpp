#pragma once
// A lesson that has been run: every event of the real engine, and the steps in which it is shown.
// Going back and forth is choosing another step: nothing runs again.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/model/heap_picture.hpp"
#include "app/sources/scenario.hpp"
#include "core/events/event.hpp"
#include "core/include/microheap.h"

namespace mh {

/// Bytes that a mistake wrote over.
struct Scribble {
  std::uint64_t address = 0, bytes = 0;
  bool operator==(const Scribble&) const = default;
};

/// What is shown at one press of the space bar.
struct LessonStep {
  std::uint64_t position = 0;  ///< the picture after so many events
  std::uint64_t begin = 0;     ///< where the operation's events begin
  bool detail = false;         ///< inside an explained operation
  std::size_t line = 0;        ///< of the script
  std::string title;
  std::string operation;  ///< "p = malloc(100)"; of several, one a line
  std::string said;       ///< what the lab or the heap answered; empty: nothing worth telling
  bool alarm = false;     ///< an error, or a call that failed
  std::string mark;       ///< the program's last mark
  std::vector<Scribble> scribbles;  ///< that nobody has noticed yet, or only now
  std::string caption;
  std::map<std::uint64_t, std::string> pointers;  ///< remark by address of a header or an object
  std::string question;
  std::uint64_t answer = 0;  ///< header address of the right block
  std::string picture;       ///< the name that the script gives this step; empty: none
};

struct LessonTrace {
  std::string title;  ///< of the lesson
  std::string subtitle;
  HeapPicture first;  ///< before the first event
  std::vector<Event> events;
  std::vector<LessonStep> steps;
  std::map<std::uint64_t, std::string>
      slot_names;      ///< of objects, by the index of their slot_alloc
  mh_stats stats{};    ///< at the end
  mh_policy policy{};  ///< at the end
};

/// Runs a script on a heap of its own at a fixed range of addresses (the slot-th of several).
/// policy: takes the place of whatever the script says. Throws ScenarioError, or
/// std::runtime_error.
[[nodiscard]] LessonTrace run_lesson(const Scenario& scenario,
                                     const std::optional<mh_policy>& policy = std::nullopt,
                                     unsigned slot = 0);

/// What an operation looks like in a program: "p = malloc(100)". Empty: it is no operation.
[[nodiscard]] std::string operation_words(const Statement& statement);

}  // namespace mh
