// The lab in a window: frames when something happens, sleep when nothing does.

#include <glad/gl.h>
// glad first: GLFW would bring the system's OpenGL header.
#include <GLFW/glfw3.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <filesystem>

#include "app/film.hpp"
#include "app/hosts.hpp"
#include "app/lab_session.hpp"
#include "app/lessons/course.hpp"
#include "app/lessons/lesson_export.hpp"
#include "app/model/desktop_motion.hpp"
#include "app/model/policy_words.hpp"
#include "app/render/image.hpp"
#include "app/render/ui_layer.hpp"
#include "app/render/window_context.hpp"
#include "app/streams/recorded_program.hpp"
#include "app/streams/watched_program.hpp"
#include "app/views/shortcuts.hpp"
#include "core/heap/break/program_break.hpp"

namespace mh {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t most_recorded_bytes = std::size_t{2} << 30;  // of events, in memory
constexpr double frame_seconds = 1.0 / 60;
constexpr int settling_frames =
    3;  ///< after an input: ImGui needs a frame or two to show what it did

double seconds_since(Clock::time_point then) {
  return std::chrono::duration<double>(Clock::now() - then).count();
}

/// What a key does whatever is shown.
bool is_of_the_window(Command command) {
  constexpr std::array everywhere{Command::palette,     Command::toggle_full_screen,
                                  Command::scale_up,    Command::scale_down,
                                  Command::scale_reset, Command::quit};
  return std::find(everywhere.begin(), everywhere.end(), command) != everywhere.end();
}

/// Says what is wrong with the name of a lesson. False if nothing is.
bool refuse_lesson(const std::string& which) {
  if (which.empty() || std::filesystem::exists(which) || course_lesson(which)) return false;
  std::fprintf(stderr, "microheap: there is no file and no lesson called '%s'. The lessons:\n",
               which.c_str());
  for (const CourseLesson& lesson : course()) {
    std::fprintf(stderr, "  %2u  %-22s %s\n", lesson.number, lesson.name.c_str(),
                 lesson.title.c_str());
  }
  return true;
}

/// The terminal's Ctrl-C is the watched program's, as long as it runs.
std::atomic<bool> watched_program_runs{false};
extern "C" void leave_to_the_program(int signal) {
  if (watched_program_runs.load()) return;
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

/// What `microheap run` starts, or `microheap open` opens.
struct ProgramOpened {
  std::unique_ptr<Program> program;
  std::string advice;
};

/// False after an error was said.
bool open_program(const LabOptions& options, const Settings& settings, ProgramOpened& opened) {
  std::string error;
  if (!options.program.empty()) {
    watched_program_runs.store(true);
    std::signal(SIGINT, leave_to_the_program);
    std::signal(SIGQUIT, leave_to_the_program);
    opened.program = WatchedProgram::start(
        {.command = options.program, .log_bytes = settings.log_mib << 20}, error, opened.advice);
  } else if (!options.recording.empty()) {
    auto recorded = RecordedProgram::open(options.recording, most_recorded_bytes, error);
    if (recorded != nullptr) opened.advice = recorded->damage();
    opened.program = std::move(recorded);
  }
  if (!error.empty()) std::fprintf(stderr, "microheap: %s\n", error.c_str());
  return error.empty();
}

class WindowHost {
 public:
  WindowHost(const LabOptions& options, WindowContext& window, SettingsFile& file,
             const Settings& settings, std::optional<Scenario> script,
             std::unique_ptr<Program> program)
      : options_(options),
        window_(window),
        file_(file),
        settings_(settings),
        layer_(window, static_cast<float>(options.look.scale.value_or(settings.ui_scale))),
        session_(heap_, initial_state(settings, options.look, options.workload),
                 settings.log_mib << 20,
                 initial_policy(settings, options.policy, script.has_value())),
        studio_(session_.studio()) {
    if (reduced_motion_) studio_.set_motion(false);
    if (!script) session_.lab().set_explaining(settings.explaining);
    session_.lab().choose_engine(options.engine);
    studio_.keep_targets(!options.state_file.empty());
    session_.recorder().set_wake([](void*) { WindowContext::wake(); }, nullptr);
    if (!file.message().empty()) studio_.say(file.message(), true);
    if (script) session_.run(std::move(*script));
    if (options.workload) session_.lab().start(*options.workload);
    if (options.lesson) open_lesson(*options.lesson);
    if (program != nullptr) {
      program->set_wake([](void*) { WindowContext::wake(); }, nullptr);
      studio_.show_program(std::move(program));
    }
  }
  ~WindowHost() { session_.recorder().set_wake(nullptr, nullptr); }
  WindowHost(const WindowHost&) = delete;
  WindowHost& operator=(const WindowHost&) = delete;

  void say(const std::string& sentence) { studio_.say(sentence, false); }

  int run() {
    while (!may_leave()) {
      wait();
      handle_input();
      session_.advance_script();
      if (!session_.script_error().empty() && !script_reported_) report_script_error();
      draw();
      write_state_file(false);
    }
    write_state_file(true);
    save_settings();
    const std::unique_ptr<Program> program = studio_.take_program();
    if (auto* const watched = dynamic_cast<WatchedProgram*>(program.get()))
      return end_watching(*watched);
    return script_reported_ ? 1 : 0;
  }

 private:
  /// Whoever closes the window of a program that runs is told once what becomes of it.
  bool may_leave() {
    Program* const program = studio_.program();
    watched_program_runs.store(program != nullptr && program->running());
    if (!window_.close_requested() && !studio_.quit_requested()) return false;
    if (!watched_program_runs.load() || options_.end_program || told_on_leaving_) return true;
    told_on_leaving_ = true;
    window_.stay_open();
    studio_.stay();
    studio_.say(
        "The program still runs. Close the window again and it goes on by itself; "
        "\"End it\" on the left ends it.",
        false);
    frames_left_ = settling_frames;
    return false;
  }

  /// The terminal is the program's until it ends.
  int end_watching(WatchedProgram& program) {
    if (program.running() && options_.end_program) program.end();
    window_.hide();
    return program.let_go();
  }

  void wait() {
    const double since_frame = seconds_since(last_frame_);
    const bool script_runs = session_.advance_script();
    if (studio_.animating() || script_runs || frames_left_ > 0) {
      // Without a display's beat (vsync) the frames are spaced here.
      const double rest = frame_seconds - since_frame;
      if (rest > 0.001) {
        window_.wait_events(rest);
        while (seconds_since(last_frame_) < frame_seconds - 0.001)
          window_.wait_events(frame_seconds - seconds_since(last_frame_));
      } else {
        window_.poll_events();
      }
    } else if (state_due_) {
      window_.wait_events(0.1);
    } else if (const double due = studio_.next_change() - since_frame; std::isfinite(due)) {
      if (due > 0) window_.wait_events(due);
    } else {
      window_.wait_events();
    }
    if (window_.take_activity()) frames_left_ = settling_frames;
  }

  void handle_input() {
    for (const KeyPress& press : window_.take_key_presses()) {
      if (studio_.press_over_panels(press)) continue;
      if (layer_.wants_text() && edits_text(press)) continue;
      const bool typing = layer_.wants_text() && (press.mods & GLFW_MOD_CONTROL) == 0 &&
                          press.key != GLFW_KEY_F1 && press.key != GLFW_KEY_F11 &&
                          !(press.key == GLFW_KEY_ESCAPE && studio_.finding());
      if (typing) continue;
      const auto command = command_of(press);
      if (studio_.lessons().open()) {
        if (!studio_.press_in_lesson(press) && command && is_of_the_window(*command))
          studio_.press(*command);
      } else if (command) {
        studio_.press(*command);
      }
    }
    const ScrollDelta scroll = window_.take_scroll();
    if (scroll.y != 0) studio_.add_scroll(scroll.y);
  }

  void draw() {
    const double seconds = std::min(seconds_since(last_frame_), 0.1);
    last_frame_ = Clock::now();
    const double cpu = thread_cpu_ms();
    ++frames_;
    layer_.set_ui_scale(studio_.state().ui_scale);
    layer_.use_slide_fonts(studio_.lessons().slide_scale());
    window_.bind_target();
    glClear(GL_COLOR_BUFFER_BIT);
    layer_.begin_frame(seconds);
    tell_missing_letters();
    const bool moved = studio_.animating();
    studio_.set_full_screen(window_.full_screen());
    studio_.frame(layer_, seconds);
    layer_.end_frame();
    // One frame more at the end of all motion, so that the status bar says that it ended.
    if (moved && !studio_.animating()) frames_left_ = 2;
    studio_.meter().add_cost(thread_cpu_ms() - cpu);
    if (layer_.letters_pending()) {
      frames_left_ = 2;  // the next one has them
    } else if (const auto request = studio_.take_picture_request()) {
      take_picture(*request);
    }
    if (const auto request = studio_.take_file_request()) write_file(*request);
    window_.present();
    if (studio_.take_full_screen_request()) window_.toggle_full_screen();
    if (frames_left_ > 0) --frames_left_;
    if (layer_.keys_waiting()) frames_left_ = std::max(frames_left_, 1);
    state_due_ = true;
  }

  void tell_missing_letters() {
    const std::string words = words_on_missing(layer_.take_missing_letters());
    if (words.empty()) return;
    std::fprintf(stderr, "microheap: %s\n", words.c_str());
    studio_.say("Some letters cannot be drawn: " + words, true);
  }

  void take_picture(const PictureRequest& request) {
    std::string file = request.file;
    if (request.to_clipboard) {
      file = (std::filesystem::temp_directory_path() / "microheap-clipboard.png").string();
    } else if (file.empty()) {
      file = new_picture_name(picture_directory());
    }
    Image image;
    if (request.area) {
      const float d = layer_.density();
      image = read_pixels(
          window_,
          {static_cast<int>(request.area->x * d), static_cast<int>(request.area->y * d),
           static_cast<int>(request.area->width * d), static_cast<int>(request.area->height * d)});
    } else {
      image = read_pixels(window_);
    }
    std::string error = write_png(image, file);
    if (request.to_clipboard && error.empty()) error = copy_picture(file);
    const std::string done =
        request.to_clipboard ? "The picture is in the clipboard." : "Saved " + file;
    studio_.say(error.empty() ? done : error, !error.empty());
    frames_left_ = settling_frames;
  }

  void write_file(const TextFileRequest& request) {
    const std::string folder =
        request.lesson ? documents_directory().string() : picture_directory();
    const std::string file = new_picture_name(folder, request.ending);
    const std::string error = write_text_file(file, request.text);
    const std::string& left_out = session_.lab().journal().left_out();
    std::string done = "Saved " + file;
    if (request.lesson && error.empty())
      done += ". 'microheap lesson FILE' plays it." + (left_out.empty() ? "" : " " + left_out);
    studio_.say(error.empty() ? done : error, !error.empty());
    frames_left_ = settling_frames;
  }

  [[nodiscard]] std::string picture_directory() const {
    const std::string& chosen = options_.picture_directory.empty() ? settings_.picture_directory
                                                                   : options_.picture_directory;
    if (chosen.empty()) return pictures_directory().string();
    // Who names a folder for the pictures of P wants it there.
    std::error_code error;
    std::filesystem::create_directories(chosen, error);
    return chosen;
  }

  /// Opens what `microheap lesson` names; the name is a good one.
  void open_lesson(const std::string& which) {
    LessonView& lessons = studio_.lessons();
    if (which.empty()) {
      lessons.show_chooser();
      return;
    }
    const auto lesson = course_lesson(which);
    const std::string error = lesson && !std::filesystem::exists(which)
                                  ? lessons.present(*lesson)
                                  : lessons.present_file(which);
    if (!error.empty()) std::fprintf(stderr, "microheap: %s\n", error.c_str());
  }

  void report_script_error() {
    script_reported_ = true;
    std::fprintf(stderr, "microheap: %s\n", session_.script_error().c_str());
    studio_.say(session_.script_error(), true);
    frames_left_ = settling_frames;
  }

  void write_state_file(bool now) {
    if (options_.state_file.empty()) {
      state_due_ = false;
      return;
    }
    if (!now && seconds_since(state_written_) < 0.08) return;
    AppState state = studio_.app_state();
    for (const auto& [name, rect] : studio_.targets()) {
      state.targets[name] = {rect.x, rect.y, rect.width, rect.height};
    }
    state.frame = frames_;
    state.typing = layer_.wants_text();
    state.frame_cpu_ms = studio_.meter().cost_ms();
    const std::string error = write_state(state, options_.state_file);
    if (!error.empty()) studio_.say(error, true);
    state_written_ = Clock::now();
    state_due_ = false;
  }

  void save_settings() {
    const StudioState& state = studio_.state();
    settings_.theme = state.theme;
    settings_.ui_scale = static_cast<double>(state.ui_scale);
    settings_.colour_by = state.colour_by;
    // What the desktop asked for is not kept, what the user switched is.
    if (!reduced_motion_ || state.motion) settings_.motion = state.motion;
    settings_.workload = state.workload;
    settings_.more_switches = state.more_switches;
    settings_.tour_seen = state.tour_seen;
    if (options_.script.empty()) {  // a script's policy is the script's
      if (session_.lab().engine() == Engine::classic)
        settings_.policy = policy_words(session_.lab().policy());
      settings_.explaining = session_.lab().explaining();
    }
    if (!window_.full_screen() && !window_.minimised()) {
      const PixelSize size = window_.unscaled_size();
      settings_.window.width = size.width;
      settings_.window.height = size.height;
    }
    const std::string error = file_.save(settings_);
    if (!error.empty()) std::fprintf(stderr, "microheap: %s\n", error.c_str());
  }

  const LabOptions& options_;
  WindowContext& window_;
  SettingsFile& file_;
  Settings settings_;
  UiLayer layer_;
  ProgramBreak end_;
  EngineHeap heap_{process_heap(), end_};
  LabSession session_;
  Studio& studio_;
  Clock::time_point last_frame_ = Clock::now();
  Clock::time_point state_written_{};
  std::uint64_t frames_ = 0;
  int frames_left_ = settling_frames;
  bool state_due_ = true;
  bool reduced_motion_ = desktop_reduces_motion();
  bool script_reported_ = false;
  bool told_on_leaving_ = false;
};

}  // namespace

int run_window(const LabOptions& options) {
  std::optional<Scenario> script;
  if (!options.script.empty() && !(script = read_script(options.script))) return 2;
  if (options.lesson && refuse_lesson(*options.lesson)) return 2;
  SettingsFile file(settings_path());
  const Settings settings = file.load();
  WindowContext::Options shape;
  shape.size = options.look.size.value_or(PixelSize{settings.window.width, settings.window.height});
  std::optional<WindowContext> window;
  try {
    window.emplace(shape);
  } catch (const DisplayError& error) {
    std::fprintf(stderr, "microheap: %s\n", error.what());
    if (options.lesson) {
      std::fprintf(stderr,
                   "microheap: without a display, 'microheap render LESSON -o slide.png' draws a "
                   "lesson's slides.\n");
      return 2;
    }
    if (error.kind() != DisplayError::Kind::no_display || options.full_screen) return 2;
    std::fprintf(stderr, "microheap: running the lab without a window instead.\n");
    return run_headless(options);
  }
  if (options.full_screen) window->toggle_full_screen();
  ProgramOpened opened;
  if (!open_program(options, settings, opened)) return 2;
  WindowHost host(options, *window, file, settings, std::move(script), std::move(opened.program));
  if (!opened.advice.empty()) host.say(opened.advice);
  return host.run();
}

}  // namespace mh
