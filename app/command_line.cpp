#include "app/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <initializer_list>
#include <sstream>
#include <utility>

#include "app/model/output_file.hpp"
#include "app/model/policy_words.hpp"
#include "app/slides/slide_theme.hpp"
#include "app/version.hpp"

namespace mh {
namespace {

constexpr double max_seconds = 3600;

[[noreturn]] void refuse(const std::string& sentence) {
  throw CLI::ValidationError(sentence);
}

/// Puts a parsed value where it belongs, or refuses the command line with its sentence.
template <typename Value, typename Target>
void put(const Parsed<Value>& parsed, Target& target) {
  if (!parsed) refuse(parsed.error);
  target = static_cast<Target>(*parsed);
}

template <typename Value>
void put(const Parsed<Value>& parsed, std::optional<Value>& target) {
  if (!parsed) refuse(parsed.error);
  target = *parsed;
}

ThemeKind theme_of(const std::string& text) {
  if (text == "dark") return ThemeKind::dark;
  if (text == "light") return ThemeKind::light;
  refuse(in_quotes(text) + " is not a theme: write dark or light");
}

void add_look(CLI::App& app, LookOptions& look) {
  app.add_option_function<std::string>(
         "--size", [&look](const std::string& text) { put(parse_pixel_size(text), look.size); },
         "Size in pixels")
      ->type_name("WxH");
  app.add_option_function<std::string>(
         "--theme", [&look](const std::string& text) { look.theme = theme_of(text); }, "Colours")
      ->type_name("dark|light");
  app.add_option_function<std::string>(
         "--scale",
         [&look](const std::string& text) { put(parse_factor(text, "scale", 0.5, 4), look.scale); },
         "Size of text and controls, 0.5 to 4")
      ->type_name("X");
}

void add_policy(CLI::App& app, std::string& policy) {
  app.add_option_function<std::string>(
         "--policy",
         [&policy](const std::string& text) {
           if (const auto read = parse_policy(text, default_policy()); !read)
             refuse("--policy: " + read.error);
           policy = text;
         },
         "The engine's switches, as a script's line has them: \"plain\", \"best align 32 guards "
         "on\"")
      ->type_name("\"...\"");
}

/// KIND or KIND:MEAN.
void read_sizes(const std::string& text, SizeDistribution& sizes) {
  const std::size_t colon = text.find(':');
  const auto kind = size_kind_from_name(text.substr(0, colon));
  if (!kind) {
    refuse(in_quotes(text) + " is not a distribution of sizes: write one of " + size_kind_names() +
           ", and perhaps the mean, as in exponential:96");
  }
  sizes.kind = *kind;
  if (colon != std::string::npos) put(parse_size(text.substr(colon + 1)), sizes.mean);
}

void add_workload(CLI::App& app, LabOptions& options) {
  // The first option of a workload asks for one; the others change it.
  const auto workload = [&options]() -> Workload& {
    return options.workload ? *options.workload : options.workload.emplace();
  };
  const auto add = [&app](const char* name, auto read, const std::string& text, const char* type) {
    app.add_option_function<std::string>(name, read, text)
        ->type_name(type)
        ->group("Workload, starts at once");
  };
  add(
      "--threads",
      [=](const std::string& text) {
        put(parse_count(text, "threads", 1, Workload::max_threads), workload().threads);
      },
      "Worker threads, 1 to 64", "N");
  add(
      "--pattern",
      [=](const std::string& text) {
        const auto pattern = pattern_from_name(text);
        if (!pattern)
          refuse(in_quotes(text) + " is not a pattern: write one of " + pattern_names());
        workload().pattern = *pattern;
      },
      "One of " + pattern_names(), "P");
  add(
      "--rate", [=](const std::string& text) { put(parse_rate(text), workload().rate); },
      "Operations per second, such as 1, 250k or unlimited", "R");
  add(
      "--live",
      [=](const std::string& text) {
        put(parse_count(text, "live blocks", 1, Workload::max_live_blocks), workload().live_blocks);
      },
      "Live blocks to aim at", "N");
  add(
      "--sizes", [=](const std::string& text) { read_sizes(text, workload().sizes); },
      "One of " + size_kind_names() + "; exponential:96 gives the mean too", "KIND[:MEAN]");
  add(
      "--seed",
      [=](const std::string& text) {
        put(parse_count(text, "seed", 0,
                        static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())),
            workload().seed);
      },
      "The same seed repeats the run", "N");
}

struct Options {
  LabOptions lab;
  RenderOptions render;
  RecordOptions record;
  StatsOptions stats;
  ExportOptions exported;
};

/// What every window has.
void add_window(CLI::App& app, LabOptions& options) {
  app.add_option("--state", options.state_file, "Write the app's state there, as JSON")
      ->type_name("FILE");
  app.add_option("--pictures", options.picture_directory, "Folder for the pictures that P saves")
      ->type_name("DIR");
  app.add_flag("--fullscreen", options.full_screen, "Use the whole screen");
  add_look(app, options.look);
}

void add_lab(CLI::App& app, LabOptions& options) {
  app.add_option("FILE", options.file,
                 "A lesson, a script or a recording to open, such as mine.mh or program.mhr")
      ->option_text("");
  app.add_option("--script", options.script, "Run this script at the start")->type_name("FILE");
  app.add_option_function<std::string>(
         "--engine",
         [&options](const std::string& text) {
           if (text != "classic" && text != "fast")
             refuse(in_quotes(text) + " is not an engine: write classic or fast");
           options.engine = text == "fast" ? Engine::fast : Engine::classic;
         },
         "The engine to begin with")
      ->type_name("classic|fast");
  add_policy(app, options.policy);
  add_window(app, options);
  add_workload(app, options);
  auto* headless = app.add_flag("--headless", options.headless,
                                "No window: run, write a picture, print figures");
  app.add_option_function<std::string>(
         "--seconds",
         [&options](const std::string& text) {
           put(parse_factor(text, "number of seconds", 0, max_seconds), options.seconds);
         },
         "How long, with --headless (3)")
      ->type_name("S")
      ->needs(headless);
  app.add_option("-o", options.picture,
                 "The picture, with --headless (microheap.png); its folder must be there")
      ->type_name("FILE")
      ->needs(headless);
}

RenderOptions::View view_of(const std::string& text) {
  if (text == "map") return RenderOptions::View::map;
  if (text == "window") return RenderOptions::View::window;
  if (text == "slide") return RenderOptions::View::slide;
  refuse(in_quotes(text) + " is not a view: write map, window or slide");
}

void add_slide(CLI::App& render, SlideRenderOptions& slide) {
  constexpr const char* group = "Slides of a lesson";
  const auto number = [&](const char* name, std::optional<std::uint64_t>& target,
                          const char* words) {
    render
        .add_option_function<std::string>(
            name,
            [&target](const std::string& text) {
              put(parse_count(text, "steps", 1, 10'000'000), target);
            },
            words)
        ->type_name("N")
        ->group(group);
  };
  number("--step", slide.step, "The N-th step (the last one)");
  render.add_option("--picture", slide.picture, "The step that the script calls so")
      ->type_name("NAME")
      ->group(group);
  render.add_option("--pictures", slide.folder, "Every step that has a name, into this folder")
      ->type_name("DIR")
      ->group(group);
  render.add_flag("--svg", slide.svg, "With --pictures: SVG instead of PNG")->group(group);
  render
      .add_option_function<std::string>(
          "--look",
          [&slide](const std::string& text) {
            if (!slide_look_called(text))
              refuse(in_quotes(text) + " is not a look: write light, dark or print");
            slide.look = text;
          },
          "Colours: light (projector), dark, print (black and white)")
      ->type_name("light|dark|print")
      ->group(group);
  render
      .add_option_function<std::string>(
          "--compare",
          [&slide](const std::string& text) {
            std::istringstream words(text);
            for (std::string word; std::getline(words, word, ',');) slide.compare.push_back(word);
            if (slide.compare.size() < 2 || slide.compare.size() > 4)
              refuse("compare two to four policies, such as textbook,best,worst");
          },
          "The same operations under these policies, side by side")
      ->type_name("A,B[,C[,D]]")
      ->group(group);
  render
      .add_option_function<std::string>(
          "--seconds",
          [&slide](const std::string& text) {
            put(parse_factor(text, "number of seconds", 0.05, 60), slide.seconds);
          },
          "How long a step is shown in a GIF or MP4 (1.5)")
      ->type_name("S")
      ->group(group);
  const auto flag = [&](const char* name, bool& target, bool value, const char* words) {
    render
        .add_flag_callback(
            name, [&target, value] { target = value; }, words)
        ->group(group);
  };
  flag("--no-title", slide.title, false, "Without heading");
  flag("--no-caption", slide.caption, false, "Without caption");
  flag("--no-legend", slide.legend, false, "Without legend");
  flag("--no-code", slide.code, false, "Without the engine's code");
  flag("--no-motion", slide.motion, false, "In a film: one slide after the other, nothing between");
  flag("--no-details", slide.details, false, "Operations as one step each");
  flag("--transparent", slide.transparent, true, "Without ground");
  flag("--relative", slide.relative, true, "Addresses from the heap's start");
  flag("--decimal", slide.decimal, true, "Addresses in decimal");
}

/// Whether a file's ending is one of these, or none.
bool ends_in_one_of(const std::string& file, std::initializer_list<std::string_view> endings) {
  const std::string ending = ending_of(file);
  return ending.empty() || std::find(endings.begin(), endings.end(), ending) != endings.end();
}

void add_process(CLI::App& app, std::optional<std::uint64_t>& process) {
  app.add_option_function<std::string>(
         "--process",
         [&process](const std::string& text) {
           put(parse_count(text, "the process", 1, std::uint64_t{1} << 32), process);
         },
         "Of a recording, the process with this number; without it: the one with most events")
      ->type_name("ID");
}

CLI::App* add_render(CLI::App& app, RenderOptions& options) {
  CLI::App* render = app.add_subcommand(
      "render", "Draw what a script does, a lesson's slides, or a recording, without a display");
  render
      ->add_option("FILE", options.script,
                   "The script, the name of a lesson of the course, or a recording (.mhr)")
      ->required()
      ->option_text("");
  render->add_option("-o", options.output, "The picture or film")->type_name("OUT.png|svg|gif|mp4");
  add_policy(*render, options.policy);
  add_look(*render, options.look);
  render
      ->add_option_function<std::string>(
          "--view", [&options](const std::string& text) { options.view = view_of(text); },
          "The map alone, the whole window, or a lesson's slide; without it: a slide of a "
          "script that has slides, the map of others")
      ->type_name("map|window|slide");
  render
      ->add_option_function<std::string>(
          "--at",
          [&options](const std::string& text) {
            options.moment = text;
            if (!options.script.ends_with(".mhr"))
              put(parse_count(text, "events", 0, std::uint64_t{1} << 62), options.at);
          },
          "Show the heap after that many events; of a recording also at its peak, its end, or a "
          "time such as 1.5s")
      ->type_name("EVENT|peak|end|TIME");
  add_process(*render, options.process);
  add_slide(*render, options.slide);
  return render;
}

CLI::App* add_lesson(CLI::App& app, std::string& lesson) {
  CLI::App* command = app.add_subcommand("lesson", "The course, or one lesson, in the window");
  command->fallthrough();  // the window's options may stand behind it
  command->add_option("LESSON", lesson, "A lesson's name or number, or a script of your own")
      ->option_text("");
  return command;
}

CLI::App* add_record(CLI::App& app, RecordOptions& options) {
  CLI::App* command = app.add_subcommand(
      "record", "Run a program on the fast engine and record all that its heaps do");
  command->add_option("-o", options.output, "The recording")->type_name("FILE.mhr")->required();
  command->add_flag("-q,--quiet", options.quiet, "Say only what is wrong");
  command->footer(
      "microheap record -o FILE.mhr [--] PROGRAM ARGS...\n\nThe program keeps its input, its "
      "output "
      "and its exit status (128 and the signal's number if a signal\nended it). It and what it "
      "starts are recorded, each process as a heap of its own, until it ends.");
  options.version = version();
  return command;
}

CLI::App* add_run(CLI::App& app, LabOptions& options) {
  CLI::App* command =
      app.add_subcommand("run", "Run a program on the fast engine and watch its heaps, live");
  command->add_flag("--kill", options.end_program,
                    "End the program when the window closes; else it goes on");
  add_window(*command, options);
  command->footer(
      "microheap run [OPTIONS] [--] PROGRAM ARGS...\n\nThe program keeps its input, its output "
      "and its exit status, which microheap waits for when the\nwindow is closed.");
  return command;
}

CLI::App* add_open(CLI::App& app, LabOptions& options) {
  CLI::App* command = app.add_subcommand("open", "Show a recording in the window");
  command->add_option("FILE", options.recording, "The recording")->required()->option_text("");
  add_window(*command, options);
  return command;
}

CLI::App* add_stats(CLI::App& app, StatsOptions& options) {
  CLI::App* command = app.add_subcommand("stats", "What a recording says, in figures");
  command->add_option("FILE", options.file, "The recording")->required()->option_text("");
  command->add_flag("--json", options.json, "As JSON");
  add_process(*command, options.process);
  return command;
}

CLI::App* add_export(CLI::App& app, ExportOptions& options) {
  CLI::App* command = app.add_subcommand("export", "A recording for other programs");
  command->add_option("FILE", options.file, "The recording")->required()->option_text("");
  command->add_option("-o", options.output, "Where it goes; without it: to stdout")
      ->type_name("FILE");
  command
      ->add_option("--format", options.format,
                   "massif (ms_print, massif-visualizer) or trace (Perfetto, chrome://tracing)")
      ->required()
      ->check(CLI::IsMember({"massif", "trace"}))
      ->type_name("massif|trace");
  add_process(*command, options.process);
  return command;
}

/// of: the command that it is about; empty: none.
Leave complaint(const std::string& sentence, const std::string& of = {}) {
  return {2, "microheap: " + sentence + "\nTry 'microheap " + (of.empty() ? "" : of + " ") +
                 "--help'.\n"};
}

/// Whether a word is meant as a file's name and not as a command's: it has an ending or a folder,
/// or the file is there.
bool names_file(const std::string& word) {
  return word.find_first_of("./") != std::string::npos || std::filesystem::exists(word);
}

bool is_command(CLI::App& app, const std::string& word) {
  const auto commands = app.get_subcommands([](const CLI::App*) { return true; });
  return std::any_of(commands.begin(), commands.end(),
                     [&](const CLI::App* command) { return command->get_name() == word; });
}

std::string no_command(const std::string& word) {
  return in_quotes(word) +
         " is not a command, and no such file is here: there is 'microheap' for the lab, "
         "'microheap "
         "FILE' for a lesson or script of your own, 'microheap lesson' for the course, "
         "'microheap render' for pictures, and 'run', 'record', 'open', 'stats' and 'export' for "
         "programs";
}

std::string too_many(const std::string& file) {
  return in_quotes(file) + " is one file too many: the window shows one lesson or script";
}

/// CLI11's own words for what it refuses, and ours where they are clearer.
std::string sentence_of(const CLI::ParseError& error, const CLI::App& app) {
  // A word that is no command makes the options behind it look wrong.
  const std::vector<std::string> extras = app.remaining(true);
  const std::string word = extras.empty() ? std::string() : extras.front();
  const bool is_extra = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
  if (!is_extra && (word.empty() || word.starts_with("-"))) return error.what();
  if (word.starts_with("-")) return in_quotes(word) + " is not an option";
  if (names_file(word)) return too_many(word);
  return no_command(word);
}

/// The command that the user chose; empty: none.
std::string command_in(int count, const char* const* words) {
  std::string word = count > 1 ? words[1] : "";
  for (const char* command : {"render", "run", "record", "open", "stats", "export"}) {
    if (word == command) return word;
  }
  return {};
}

/// Where the program's words begin, which are not ours to understand; count: nowhere.
int program_at(int count, const char* const* words) {
  const std::string_view command = count < 2 ? "" : words[1];
  if (command != "record" && command != "run") return count;
  constexpr std::array<std::string_view, 6> with_a_value{"-o",      "--size",  "--theme",
                                                         "--scale", "--state", "--pictures"};
  for (int i = 2; i < count; ++i) {
    const std::string_view word = words[i];
    if (std::find(with_a_value.begin(), with_a_value.end(), word) != with_a_value.end()) {
      ++i;
    } else if (word == "--" || !word.starts_with("-")) {
      return i;
    }
  }
  return count;
}

/// An error sentence, or empty.
std::string check_record(const RecordOptions& record) {
  if (record.command.empty()) return "say which program to run: record -o FILE.mhr PROGRAM ARGS...";
  if (record.output == "-") return "a recording goes into a file: -o FILE.mhr";
  return {};
}

/// An error sentence, or empty.
std::string check_render(const RenderOptions& render) {
  if (render.output.empty() && render.slide.folder.empty())
    return "say where the picture goes: -o OUT.png, or --pictures DIR";
  if (render.slide.step && !render.slide.picture.empty())
    return "a step is chosen by --step or by --picture, not by both";
  if (render.slide.svg && render.slide.folder.empty())
    return "--svg is for --pictures: with -o the name says it, such as -o fig.svg";
  if (!ends_in_one_of(render.output, {".png", ".svg", ".gif", ".mp4"}))
    return in_quotes(render.output) +
           " is no kind of picture: write a name that ends in .png, .svg, .gif or .mp4";
  return {};
}

/// An error sentence, or empty.
std::string check_lab(const LabOptions& lab) {
  if (!ends_in_one_of(lab.picture, {".png"}))
    return in_quotes(lab.picture) + " is no picture of the lab: write a name that ends in .png";
  if (!lab.file.empty() && (lab.lesson || !lab.script.empty())) return too_many(lab.file);
  if (!lab.file.empty() && !names_file(lab.file)) return no_command(lab.file);
  return {};
}

}  // namespace

CommandLine parse_command_line(int count, const char* const* words) {
  Options options;
  CLI::App app("MicroHeap: see a heap. Without a command it opens the lab.", "microheap");
  app.set_version_flag("--version", std::string("microheap ") + version());
  app.require_subcommand(0, 1);
  app.footer(
      "A script has a statement a line, such as 'p = malloc 100', 'a = aligned_alloc 64 100',\n"
      "'free p', 'free NULL', 'expect p NULL' or 'workload churn'; README.md tells them all.\n"
      "Mistakes can be made on purpose: 'overflow p', 'underflow p', 'write-after-free p',\n"
      "'smash p', 'double-free p', 'free p + 8', 'free-other-heap', 'out-of-memory'; then\n"
      "'check', 'expect error overflow', 'expect no error', 'expect p set-aside'.\n"
      "With --headless, Ctrl-C or SIGTERM ends the run: picture and figures are of that moment.");
  add_lab(app, options.lab);
  const CLI::App* render = add_render(app, options.render);
  std::string lesson_name;
  const CLI::App* lesson = add_lesson(app, lesson_name);
  const CLI::App* run = add_run(app, options.lab);
  const CLI::App* record = add_record(app, options.record);
  add_open(app, options.lab);
  const CLI::App* stats = add_stats(app, options.stats);
  const CLI::App* exported = add_export(app, options.exported);
  if (const std::string first = count > 1 ? words[1] : "";
      !first.empty() && first[0] != '-' && !is_command(app, first) && !names_file(first))
    return complaint(no_command(first));
  const int program = std::min(program_at(count, words), count);
  std::vector<std::string> words_of_program;
  for (int i = program; i < count; ++i) {
    if (i > program || std::string_view(words[i]) != "--") words_of_program.emplace_back(words[i]);
  }
  try {
    app.parse(program, words);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0)
      return complaint(sentence_of(error, app), command_in(count, words));
    std::ostringstream out;
    std::ostringstream unused;
    app.exit(error, out, unused);
    return Leave{0, out.str()};
  }
  if (render->parsed()) {
    if (const std::string error = check_render(options.render); !error.empty())
      return complaint(error, "render");
    return options.render;
  }
  if (run->parsed()) {
    options.lab.program = std::move(words_of_program);
    if (options.lab.program.empty())
      return complaint("say which program to run: run PROGRAM ARGS...", "run");
    return options.lab;
  }
  if (record->parsed()) {
    options.record.command = std::move(words_of_program);
    if (const std::string error = check_record(options.record); !error.empty())
      return complaint(error, "record");
    return options.record;
  }
  if (stats->parsed()) return options.stats;
  if (exported->parsed()) return options.exported;
  if (lesson->parsed()) options.lab.lesson = lesson_name;
  if (const std::string error = check_lab(options.lab); !error.empty()) return complaint(error);
  return options.lab;
}

}  // namespace mh
