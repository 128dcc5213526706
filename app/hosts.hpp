#pragma once
// The ways to run the app. Each returns the exit status.

#include <cstdio>
#include <string>

#include "app/command_line.hpp"

namespace mh {

/// Says it on stderr. Returns 1, the exit status of what could not be done.
inline int complain(const std::string& sentence) {
  std::fprintf(stderr, "microheap: %s\n", sentence.c_str());
  return 1;
}

/// The lab in a window. Without a display: says so and runs headless, unless a window was demanded
/// by an option that makes no sense without one.
int run_window(const LabOptions& options);
/// The lab without a window: workers for some seconds, a picture, the figures on stdout.
int run_headless(const LabOptions& options);
/// Decides whether the file that is to be opened is a lesson or a script, one with a mistake being
/// a lesson: the window tells the mistake and reads it again. An error sentence, or empty.
[[nodiscard]] std::string choose_file(LabOptions& options);
/// A scenario without a window, on a reserved range of addresses, and its picture.
int run_render(const RenderOptions& options);
/// An error sentence if there is neither a file nor a lesson of that name, or if nothing can be
/// written where the pictures are to go; or empty.
[[nodiscard]] std::string check_script(const RenderOptions& options);
/// A lesson's slides as pictures or a film. True if the options ask for slides and not for the map.
[[nodiscard]] bool wants_slides(const RenderOptions& options);
int run_slides(const RenderOptions& options);
/// What a recording says; a recording for other programs; a recording's heap at one moment.
int run_stats(const StatsOptions& options);
int run_export(const ExportOptions& options);
[[nodiscard]] bool is_recording(const std::string& file);
int run_render_recording(const RenderOptions& options);

}  // namespace mh
