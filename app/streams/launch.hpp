#pragma once
// Starts a program on the drop-in malloc, or says why that program cannot be watched.

#include <csignal>
#include <optional>
#include <string>
#include <vector>

namespace mh {

/// What is known of a program before it runs.
struct ProgramCheck {
  std::string file;     ///< what runs: found in PATH
  std::string problem;  ///< why it cannot be watched, and what to do; empty: it can
  std::string advice;   ///< what its user may want to know; empty: nothing
};

/// name: as in a shell.
ProgramCheck check_program(const std::string& name);

/// Where libmicroheap_preload.so is: beside this program or where both were installed. Empty:
/// nowhere.
std::string find_preload_library();

/// Why that library cannot be loaded before a program; empty: it can.
std::string library_problem(const std::string& library);

/// A program under way.
struct Launched {
  int process = 0;    ///< its id; 0: it could not be started ...
  std::string error;  ///< ... because of this
};

/// Starts it with the drop-in before it and the session in its environment. signals: what its mask
/// is.
Launched launch(const std::string& file, const std::vector<std::string>& command,
                const std::string& library, const std::string& session, const sigset_t& signals);

}  // namespace mh
