// The lab without a window: for servers, containers, CI, and figures from a Makefile.

#include <glad/gl.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <thread>

#include "app/hosts.hpp"
#include "app/lab_session.hpp"
#include "app/lessons/lesson_export.hpp"
#include "app/model/format.hpp"
#include "app/render/image.hpp"
#include "app/render/offscreen_context.hpp"
#include "app/render/ui_layer.hpp"
#include "app/slides/map_figure.hpp"
#include "app/stop_signal.hpp"
#include "core/heap/break/program_break.hpp"
#include "core/heap/classic/classic_heap.hpp"

namespace mh {
namespace {

using Clock = std::chrono::steady_clock;

/// Figures come out the same when the heap lies at the same addresses every time.
constexpr std::uintptr_t render_address = 0x5500'0000'0000;
constexpr std::size_t render_capacity = std::size_t{64} << 30;

/// Draws frames into memory and writes the pictures that are asked for.
class OffscreenStage {
 public:
  OffscreenStage(OffscreenContext& context, UiLayer& layer, LabSession& session)
      : context_(context), layer_(layer), session_(session) {}

  void frame(double seconds) {
    context_.bind_target();
    glClear(GL_COLOR_BUFFER_BIT);
    layer_.begin_frame(seconds);
    if (const std::string words = words_on_missing(layer_.take_missing_letters()); !words.empty())
      std::fprintf(stderr, "microheap: %s\n", words.c_str());
    session_.studio().frame(layer_, seconds);
    layer_.end_frame();
    if (layer_.letters_pending()) {
      // The next frame has them; the request for a picture waits.
    } else if (const auto request = session_.studio().take_picture_request()) {
      if (error_.empty()) error_ = write_png(read_pixels(context_), request->file);
    }
    context_.present();
  }
  /// Frames until all motion has ended, at most two seconds' worth.
  void settle() {
    session_.recorder().drain(2'000'000'000);
    for (int i = 0; i < 120; ++i) {
      frame(1.0 / 60);
      if (i > 4 && !session_.studio().animating()) break;
    }
  }
  std::string write(const std::string& file) {
    const std::string asked = session_.studio().picture(file);
    frame(1.0 / 60);
    frame(1.0 / 60);
    return error_;
  }
  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  OffscreenContext& context_;
  UiLayer& layer_;
  LabSession& session_;
  std::string error_;
};

void print_figures(LabSession& session, double seconds) {
  const mh_stats stats = session.lab().stats();
  const Verdict verdict = session.recorder().verdict();
  const auto share = [&](std::size_t bytes) {
    return stats.heap == 0 ? 0.0
                           : 100.0 * static_cast<double>(bytes) / static_cast<double>(stats.heap);
  };
  // Rounded for people; the bytes, without spaces, for programs.
  const auto line = [](const char* what, std::size_t bytes, const std::string& more) {
    std::printf("  %-18s %12s %14zu bytes   %s\n", what, format_bytes(bytes).c_str(), bytes,
                more.c_str());
  };
  const auto part = [&](const char* what, std::size_t bytes) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%5.1f %%", share(bytes));
    line(what, bytes, text.data());
  };
  std::printf("The heap after %.1f seconds:\n", seconds);
  line("program break", stats.heap, format_things(stats.break_moves, "move") + " of the break");
  line("peak", stats.peak_heap, {});
  part("requested", stats.requested);
  part("padding", stats.padding);
  part("headers", stats.header);
  part("free", stats.free);
  std::printf("  %-18s %12s in use, %s free\n", "blocks", format_count(stats.used_blocks).c_str(),
              format_count(stats.free_blocks).c_str());
  std::printf("  %-18s %12s, %s\n", "allocations", format_count(stats.mallocs).c_str(),
              format_things(stats.frees, "free").c_str());
  const char* words = verdict.state == Verdict::State::equal       ? "the same, block by block"
                      : verdict.state == Verdict::State::unchecked ? "not checked"
                                                                   : verdict.difference.c_str();
  std::printf("  %-18s %s\n", "map and heap", words);
}

/// Runs frames until the time is over, the script ends or a signal comes. Returns a status.
int run_frames(LabSession& session, OffscreenStage& stage, double seconds, bool script,
               StopSignal* stop = nullptr) {
  const auto begin = Clock::now();
  const auto elapsed = [&begin] {
    return std::chrono::duration<double>(Clock::now() - begin).count();
  };
  auto last = begin;
  while ((script || elapsed() < seconds) && (stop == nullptr || !stop->came())) {
    const auto now = Clock::now();
    const bool more = session.advance_script();
    if (script && !more) break;
    // Software rendering costs the workers their processor: few frames, unless the script waits for
    // one.
    if (session.studio().busy() || now - last > std::chrono::milliseconds(200)) {
      stage.frame(std::chrono::duration<double>(now - last).count());
      last = now;
    } else {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    session.lab().tick();
  }
  if (!session.script_error().empty()) {
    std::fprintf(stderr, "microheap: %s\n", session.script_error().c_str());
    return 1;
  }
  return 0;
}

/// The map as SVG: nothing of the window is in it.
std::string write_map_figure(LabSession& session, const RenderOptions& options) {
  MapFigureOptions figure;
  figure.look = slide_look_called(options.slide.look).value_or(SlideLook::light);
  if (options.look.theme)
    figure.look = *options.look.theme == ThemeKind::dark ? SlideLook::dark : SlideLook::light;
  figure.colour_by = session.studio().state().colour_by;
  const Player::View view = session.player().view();
  figure.now = view.time();
  const auto svg = map_figure(view.picture(), figure);
  return svg ? write_text_file(options.output, *svg) : svg.error;
}

bool is_svg(const std::string& file) {
  return std::filesystem::path(file).extension() == ".svg";
}

int finish(OffscreenStage& stage, const std::string& file) {
  const std::string error = stage.write(file);
  if (error.empty()) return 0;
  std::fprintf(stderr, "microheap: %s\n", error.c_str());
  return 1;
}

}  // namespace

int run_headless(const LabOptions& options) {
  const bool scripted = !options.script.empty();
  std::optional<Scenario> script;
  if (scripted && !(script = read_script(options.script))) return 2;
  const PixelSize size = options.look.size.value_or(PixelSize{1600, 1000});
  // Only while the lab runs: a second signal ends the program as it would any other.
  std::optional<StopSignal> stop(std::in_place);
  OffscreenContext context(size);
  Settings settings;
  UiLayer layer(context, static_cast<float>(options.look.scale.value_or(1.0)));
  ProgramBreak end;
  EngineHeap heap(process_heap(), end);
  LabSession session(heap, initial_state(settings, options.look, options.workload),
                     settings.log_mib << 20, initial_policy(settings, options.policy, scripted));
  session.lab().choose_engine(options.engine);
  OffscreenStage stage(context, layer, session);
  if (script) {
    session.run(std::move(*script));
  } else {
    Workload workload = options.workload.value_or(Workload{});
    session.lab().start(workload);
    std::fprintf(stderr, "microheap: %s for %.1f seconds ...\n",
                 (format_things(workload.threads, "thread works", "threads work")).c_str(),
                 options.seconds);
  }
  const auto begin = Clock::now();
  const int status = run_frames(session, stage, options.seconds, scripted, &*stop);
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  if (status != 0) return status;
  const int stopped = stop->came() ? stop->exit_status() : 0;
  stop.reset();
  if (stopped != 0) {
    std::fprintf(stderr, "microheap: stopped after %.1f seconds: picture and figures are of now\n",
                 seconds);
    session.lab().stop();
  }
  session.player().pause();
  stage.settle();
  session.recorder().check_now(2'000'000'000);
  stage.settle();
  const int written = finish(stage, options.picture);
  print_figures(session, seconds);
  if (written == 0) std::printf("Picture: %s\n", options.picture.c_str());
  return written != 0 ? written : stopped;
}

int run_render(const RenderOptions& options) {
  std::optional<Scenario> script = read_script(options.script);
  if (!script) return 2;
  const PixelSize size = options.look.size.value_or(PixelSize{1280, 720});
  OffscreenContext context(size);
  ReservedBreak memory(render_capacity, render_address);
  ClassicHeap classic(memory, &heap_directory());
  EngineHeap heap(classic, memory);
  Settings settings;
  settings.motion = false;
  settings.colour_by = ColourBy::thread;
  StudioState state = initial_state(settings, options.look, std::nullopt);
  state.map_only = options.view.value_or(RenderOptions::View::map) == RenderOptions::View::map;
  UiLayer layer(context, state.ui_scale);
  LabSession session(heap, state, settings.log_mib << 20,
                     initial_policy(settings, options.policy, true));
  OffscreenStage stage(context, layer, session);
  session.run(std::move(*script));
  stage.frame(0);
  const int status = run_frames(session, stage, 0, true);
  if (status != 0) return status;
  session.recorder().drain(2'000'000'000);
  if (options.at) session.player().seek(*options.at);
  stage.settle();
  if (!is_svg(options.output)) return finish(stage, options.output);
  const std::string error = write_map_figure(session, options);
  if (error.empty()) return 0;
  std::fprintf(stderr, "microheap: %s\n", error.c_str());
  return 1;
}

}  // namespace mh
