#pragma once
// The command line: what was asked for, or what to print and with which status to leave.

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "app/model/input.hpp"
#include "app/model/theme_kind.hpp"
#include "app/model/workload.hpp"
#include "app/sources/engine_heap.hpp"
#include "app/streams/record.hpp"

namespace mh {

/// How a picture or the window is to look; empty: as the settings or the default say.
struct LookOptions {
  std::optional<PixelSize> size;
  std::optional<ThemeKind> theme;
  std::optional<double> scale;
};

/// microheap [options] [FILE]
struct LabOptions {
  LookOptions look;
  std::string file;    ///< lesson or script, whichever it is; empty: none
  std::string script;  ///< file; empty: none
  std::string policy;  ///< words of policy_words.hpp; empty: as the settings say
  Engine engine = Engine::classic;
  std::string state_file;            ///< the app writes its state there as JSON; empty: none
  std::optional<Workload> workload;  ///< given if any option of it was: it starts at once
  bool headless = false;  ///< no window: run for some seconds, write a picture, print figures
  double seconds = 3;     ///< headless
  std::string picture = "microheap.png";  ///< headless
  bool full_screen = false;
  std::optional<std::string> lesson;  ///< opens with it; empty text: with the list of lessons
  std::string picture_directory;      ///< where P writes pictures; empty: as the settings say
  std::vector<std::string> program;   ///< microheap run: watch it; empty: no program
  bool end_program = false;           ///< when the window closes; else it goes on
  std::string recording;              ///< microheap open: show this file; empty: none
};

/// How the slides of a lesson are to come out.
struct SlideRenderOptions {
  std::optional<std::uint64_t> step;  ///< from 1; empty: the last
  std::string picture;                ///< the step that the script calls so; empty: see step
  std::string folder;                 ///< every step that has a name, into this folder
  bool svg = false;                   ///< for folder: SVG, else PNG
  std::string look = "light";         ///< light, dark or print
  bool title = true, caption = true, legend = true, code = true, details = true;
  bool transparent = false;
  bool relative = false, decimal = false;
  bool motion = true;                ///< in a film
  std::vector<std::string> compare;  ///< as parse_compared() reads them
  double seconds = 1.5;              ///< a step takes in a film
};

/// microheap render FILE|LESSON -o OUT.png|svg|gif|mp4
struct RenderOptions {
  enum class View { map, window, slide };
  LookOptions look;
  std::string script;
  std::string output;
  std::string policy;        ///< words of policy_words.hpp; empty: the default
  std::optional<View> view;  ///< empty: a slide where only a slide will do, else the map
  SlideRenderOptions slide;
  std::string moment;               ///< of a recording: peak, end, a time or a number of events
  std::optional<std::uint64_t> at;  ///< of a script: the playhead; empty: the end
  std::optional<std::uint64_t> process;  ///< of a recording; empty: the one with the most events
};

/// microheap stats FILE
struct StatsOptions {
  std::string file;
  std::optional<std::uint64_t> process;
  bool json = false;
};

/// microheap export FILE --format massif|trace
struct ExportOptions {
  std::string file;
  std::string output;  ///< empty: stdout
  std::string format;
  std::optional<std::uint64_t> process;
};

/// There is nothing to run: print and leave.
struct Leave {
  int status = 0;  ///< 0: help or version, for stdout; 2: an error, for stderr
  std::string text;
};

using CommandLine =
    std::variant<LabOptions, RenderOptions, RecordOptions, StatsOptions, ExportOptions, Leave>;

CommandLine parse_command_line(int count, const char* const* words);

}  // namespace mh
