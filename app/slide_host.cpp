// A lesson's slides as files: SVG, PNG, GIF, MP4.

#include <glad/gl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <system_error>
#include <variant>

#include "app/film.hpp"
#include "app/hosts.hpp"
#include "app/lessons/course.hpp"
#include "app/lessons/lesson_deck.hpp"
#include "app/lessons/lesson_export.hpp"
#include "app/model/input.hpp"
#include "app/model/output_file.hpp"
#include "app/render/image.hpp"
#include "app/render/offscreen_context.hpp"
#include "app/render/ui_layer.hpp"
#include "app/slides/slide_motion.hpp"
#include "app/slides/slide_painter.hpp"
#include "app/sources/scenario.hpp"
#include "app/stop_signal.hpp"
#include "app/views/imgui_canvas.hpp"

namespace mh {
namespace {

namespace fs = std::filesystem;

/// Draws slides into memory. Needs no display.
class SlidePainter {
 public:
  explicit SlidePainter(double scale)
      : scale_(scale),
        context_({static_cast<int>(slide_width * scale), static_cast<int>(slide_height * scale)}),
        layer_(context_) {
    layer_.use_only_slide_fonts(scale);
  }

  Image paint(const Slide& slide, const SlideOptions& options) {
    if (!options.transparent) return paint_on(slide, options, 1);
    // What shows on white as on black is opaque; the difference tells how much of the ground shows.
    Image image = paint_on(slide, options, 1);
    const Image black = paint_on(slide, options, 0);
    for (std::size_t i = 0; i + 3 < image.bytes().size(); i += 4) {
      const int ground = image.bytes()[i + 1] - black.bytes()[i + 1];
      const int alpha = 255 - std::clamp(ground, 0, 255);
      for (std::size_t c = 0; c < 3; ++c) {
        const int colour = black.bytes()[i + c];
        image.bytes()[i + c] =
            static_cast<std::uint8_t>(alpha == 0 ? 0 : std::min(colour * 255 / alpha, 255));
      }
      image.bytes()[i + 3] = static_cast<std::uint8_t>(alpha);
    }
    return image;
  }

 private:
  /// Once more if there are letters that were not loaded before.
  Image paint_on(const Slide& slide, const SlideOptions& options, float ground) {
    Image image = paint_once(slide, options, ground);
    if (layer_.letters_pending()) image = paint_once(slide, options, ground);
    return image;
  }
  Image paint_once(const Slide& slide, const SlideOptions& options, float ground) {
    context_.bind_target();
    glClearColor(ground, ground, ground, 1);
    glClear(GL_COLOR_BUFFER_BIT);
    layer_.begin_frame(1.0 / 60);
    if (const std::string words = words_on_missing(layer_.take_missing_letters()); !words.empty())
      std::fprintf(stderr, "microheap: %s\n", words.c_str());
    ImGuiCanvas canvas(*ImGui::GetBackgroundDrawList(), layer_.slide_fonts(), {0, 0}, scale_);
    paint_slide(canvas, slide, options);
    layer_.end_frame();
    return read_pixels(context_);
  }

  double scale_;
  OffscreenContext context_;
  UiLayer layer_;
};

class SlideWriter {
 public:
  SlideWriter(LessonDeck& deck, const RenderOptions& options) : deck_(deck) {
    slide_options_.look = *slide_look_called(options.slide.look);
    slide_options_.title = options.slide.title;
    slide_options_.caption = options.slide.caption;
    slide_options_.legend = options.slide.legend;
    slide_options_.transparent = options.slide.transparent;
    scale_ = options.look.scale.value_or(1.0);
  }

  /// The present step, into a file whose ending says how. An error sentence, or empty.
  std::string write(const fs::path& file) {
    if (ending_of(file) == ".svg") {
      return write_text_file(file.string(), slide_as_svg(deck_.slide(), slide_options_));
    }
    if (painter_ == nullptr) painter_ = std::make_unique<SlidePainter>(scale_);
    return write_png(painter_->paint(deck_.slide(), slide_options_), file);
  }

  /// Every step, one after the other, and what happens between them; if it is to stop, as many as
  /// were drawn until then, unless it is to stop again.
  std::string write_film(const fs::path& output, const SlideRenderOptions& options,
                         StopSignal& stop) {
    slide_options_.room = deck_.room(slide_options_, 0);
    if (program_in_path("ffmpeg").empty()) return write_sequence(output, stop);
    const fs::path folder = fs::temp_directory_path() /
                            ("microheap-film-" + std::to_string(static_cast<long>(getpid())));
    std::error_code ignored;
    fs::create_directories(folder, ignored);
    std::vector<FilmPicture> pictures;
    std::string error = write_pictures(folder, options, pictures, stop);
    if (stop.came()) {
      while (!pictures.empty() && !pictures.back().rests) pictures.pop_back();
      stop.heed();
    }
    if (error.empty() && !pictures.empty()) error = make_film(pictures, folder, output, stop);
    fs::remove_all(folder, ignored);
    return error;
  }

  /// What became of a film that was stopped.
  [[nodiscard]] std::string stopped_words(const fs::path& output) const {
    if (!fs::exists(output)) return "stopped; there is no " + output.string();
    return "stopped: " + output.string() + " ends with step " + std::to_string(drawn_) + " of " +
           std::to_string(deck_.steps());
  }

 private:
  std::string write_pictures(const fs::path& folder, const SlideRenderOptions& options,
                             std::vector<FilmPicture>& pictures, StopSignal& stop) {
    constexpr double frame = 0.04;  // seconds, as ffmpeg's clock of pictures has it
    std::string error;
    const auto add = [&](const Slide& slide, double seconds, bool rests) {
      if (painter_ == nullptr) painter_ = std::make_unique<SlidePainter>(scale_);
      char name[32];
      std::snprintf(name, sizeof name, "%05zu.png", pictures.size());
      error = write_png(painter_->paint(slide, slide_options_), folder / name);
      pictures.push_back({folder / name, seconds, rests});
    };
    Slide was;
    for (std::size_t step = 0; step < deck_.steps() && error.empty(); ++step) {
      deck_.go_to(step);
      const Slide is = deck_.slide();
      const double moving = step > 0 && options.motion ? motion_seconds(was, is) : 0;
      const auto frames = static_cast<int>(std::lround(moving / frame));
      for (int i = 1; i < frames && error.empty() && !stop.came(); ++i) {
        add(slide_between(was, is, static_cast<double>(i) / frames), frame, false);
      }
      if (stop.came()) return error;
      if (error.empty()) add(is, std::max(options.seconds - frames * frame, frame), true);
      ++drawn_;
      tell(step);
      was = is;
    }
    return error;
  }

  void tell(std::size_t step) const {
    if (step % 20 != 19) return;
    std::fprintf(stderr, "microheap: %zu of %zu steps ...\n", step + 1, deck_.steps());
  }

  std::string write_sequence(const fs::path& output, StopSignal& stop) {
    const std::string prefix = (output.parent_path() / output.stem()).string() + "-";
    std::string error = write_frames(prefix, stop);
    if (error.empty() && drawn_ > 0) {
      std::fprintf(stderr,
                   "microheap: ffmpeg is not installed, so there is no %s; its pictures are "
                   "%s0001.png to %s%04zu.png\n",
                   output.c_str(), prefix.c_str(), prefix.c_str(), drawn_);
    }
    return error;
  }

  std::string write_frames(const fs::path& prefix, StopSignal& stop) {
    for (std::size_t step = 0; step < deck_.steps() && !stop.came(); ++step) {
      deck_.go_to(step);
      char number[32];
      std::snprintf(number, sizeof number, "%04zu.png", step + 1);
      if (std::string error = write(prefix.string() + number); !error.empty()) return error;
      ++drawn_;
      tell(step);
    }
    return {};
  }

  LessonDeck& deck_;
  std::size_t drawn_ = 0;  ///< steps
  SlideOptions slide_options_;
  double scale_ = 1;
  std::unique_ptr<SlidePainter> painter_;
};

std::string open_lesson(LessonDeck& deck, const RenderOptions& options) {
  const auto lesson = course_lesson(options.script);
  if (!fs::exists(options.script) && lesson)
    return deck.open(lesson->text, std::string(lesson->file));
  return deck.open_file(options.script);
}

std::string compare(LessonDeck& deck, const std::vector<std::string>& names) {
  std::vector<ComparedPolicy> policies;
  for (const std::string& name : names) {
    const auto policy = parse_compared(name);
    if (!policy) {
      std::string all;
      std::size_t count = 0;
      const mh_preset* const presets = mh_presets(&count);
      for (const mh_preset* p = presets; p != presets + count; ++p)
        all += std::string(" ") + p->name;
      return "'" + name + "' is neither a preset nor a switch: presets are" + all;
    }
    policies.push_back(*policy);
  }
  return deck.compare(policies);
}

/// Goes to the step that is asked for. An error sentence, or empty.
std::string go_to_step(LessonDeck& deck, const SlideRenderOptions& options) {
  if (!options.picture.empty()) {
    const auto step = deck.step_called(options.picture);
    if (!step) {
      std::string all;
      for (const std::string& name : deck.pictures()) all += " " + name;
      return "no step is called '" + options.picture + "'; there are:" + all;
    }
    deck.go_to(*step);
    return {};
  }
  const std::uint64_t step = options.step.value_or(deck.steps());
  if (step > deck.steps()) {
    return "there is no step " + std::to_string(step) + ": the lesson has " +
           std::to_string(deck.steps());
  }
  deck.go_to(step - 1);
  return {};
}

/// Whether a script has what only lessons have. Nothing if it has a mistake, which is told later.
std::optional<bool> has_slides(const std::string& script) {
  try {
    const Scenario scenario = load_scenario(script);
    return std::any_of(scenario.statements.begin(), scenario.statements.end(),
                       [](const Statement& s) {
                         return std::holds_alternative<statement::Slide>(s.kind) ||
                                std::holds_alternative<statement::Title>(s.kind);
                       });
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

/// Every step that has a name, into a folder. An error sentence, or empty.
std::string write_named(LessonDeck& deck, SlideWriter& writer, const RenderOptions& options,
                        StopSignal& stop) {
  const std::vector<std::string> names = deck.pictures();
  if (names.empty()) return "no step of " + options.script + " has a name: picture NAME";
  std::map<fs::path, std::string> name_of;
  for (const std::string& name : names) {
    const auto [other, fresh] = name_of.emplace(fs::path(name).stem(), name);
    if (!fresh)
      return "the pictures " + in_quotes(other->second) + " and " + in_quotes(name) +
             " would be the same file: give one another name";
  }
  for (const std::string& name : names) {
    if (stop.came()) {
      return "stopped: pictures from '" + name + "' on are not made; those before are whole";
    }
    deck.go_to(*deck.step_called(name));
    fs::path file = fs::path(options.slide.folder) / fs::path(name).stem();
    file += options.slide.svg ? ".svg" : ".png";
    if (std::string error = writer.write(file); !error.empty()) return error;
    std::printf("%s\n", file.c_str());
  }
  return {};
}

}  // namespace

namespace {

/// The folder for named pictures is made, but not those above it.
std::string check_outputs(const RenderOptions& options) {
  if (options.slide.folder.empty()) return output_fault(options.output);
  const fs::path folder = fs::path(options.slide.folder) / "";
  std::error_code error;
  fs::create_directory(folder.parent_path(), error);
  return output_fault(folder / "picture");
}

}  // namespace

std::string check_script(const RenderOptions& options) {
  if (fs::exists(options.script) || course_lesson(options.script)) return check_outputs(options);
  return in_quotes(options.script) +
         " is neither a script nor a lesson of the course, such as 5 or fragmentation";
}

std::string choose_file(LabOptions& options) {
  if (options.file.empty()) return {};
  if (!fs::exists(options.file)) return "there is no file " + in_quotes(options.file);
  if (is_recording(options.file)) {
    options.recording = options.file;
    return {};
  }
  if (options.headless || !has_slides(options.file).value_or(true)) {
    options.script = options.file;
  } else {
    options.lesson = options.file;
  }
  return {};
}

bool wants_slides(const RenderOptions& options) {
  if (options.view) return *options.view == RenderOptions::View::slide;
  const std::string ending = ending_of(options.output);
  const SlideRenderOptions& slide = options.slide;
  return ending == ".svg" || ending == ".gif" || ending == ".mp4" || slide.step ||
         !slide.picture.empty() || !slide.folder.empty() || !slide.compare.empty() ||
         (!fs::exists(options.script) ? course_lesson(options.script).has_value()
                                      : !options.at && has_slides(options.script).value_or(false));
}

int run_slides(const RenderOptions& options) {
  LessonDeck deck;
  if (const std::string error = open_lesson(deck, options); !error.empty()) return complain(error);
  if (!options.slide.compare.empty()) {
    if (const std::string error = compare(deck, options.slide.compare); !error.empty())
      return complain(error);
  }
  deck.look.relative_addresses = options.slide.relative;
  deck.look.decimal_addresses = options.slide.decimal;
  deck.look.code = options.slide.code;
  deck.show_details(options.slide.details);
  SlideWriter writer(deck, options);

  if (!options.slide.folder.empty()) {
    StopSignal stop;
    const std::string error = write_named(deck, writer, options, stop);
    if (error.empty()) return 0;
    complain(error);
    return stop.came() ? stop.exit_status() : 1;
  }
  const fs::path output = options.output;
  if (ending_of(output) == ".gif" || ending_of(output) == ".mp4") {
    StopSignal stop;
    const std::string error = writer.write_film(output, options.slide, stop);
    if (!error.empty()) return complain(error);
    if (!stop.ever_came()) return 0;
    complain(writer.stopped_words(output));
    return stop.exit_status();
  }
  if (std::string error = go_to_step(deck, options.slide); !error.empty()) return complain(error);
  const std::string error = writer.write(output);
  return error.empty() ? 0 : complain(error);
}

}  // namespace mh
