// Commands on recordings: record, stats, export, and render of a recording.

#include <glad/gl.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "app/hosts.hpp"
#include "app/lessons/lesson_export.hpp"
#include "app/model/format.hpp"
#include "app/model/input.hpp"
#include "app/render/image.hpp"
#include "app/render/offscreen_context.hpp"
#include "app/render/ui_layer.hpp"
#include "app/slides/slide_painter.hpp"
#include "app/slides/svg_canvas.hpp"
#include "app/streams/export.hpp"
#include "app/streams/heap_drawing.hpp"
#include "app/streams/recording.hpp"
#include "app/streams/recording_stats.hpp"
#include "app/views/imgui_canvas.hpp"

namespace mh {
namespace {

namespace fs = std::filesystem;

/// A recording and one heap of it.
struct Opened {
  std::unique_ptr<Recording> recording;
  const Recording::Heap* heap = nullptr;
};

/// heap stays null if something is wrong: then it was told.
Opened open_recording(const std::string& file, const std::optional<std::uint64_t>& process) {
  Opened opened;
  std::string error;
  opened.recording = Recording::open(file, error);
  if (opened.recording == nullptr) {
    complain(error);
    return opened;
  }
  const Recording& recording = *opened.recording;
  if (!recording.damage().empty()) {
    std::fprintf(stderr, "microheap: %s: %s\n", file.c_str(), recording.damage().c_str());
  }
  opened.heap = process ? heap_of_process(recording, *process) : &main_heap(recording);
  if (opened.heap == nullptr) {
    std::string all;
    for (const auto& heap : recording.heaps()) all += " " + std::to_string(heap.facts.process);
    complain("process " + std::to_string(*process) + " is not in " + file + "; there are:" + all);
  }
  return opened;
}

/// An error sentence, or empty.
std::string write_result(const std::string& output, const std::string& text) {
  if (!output.empty() && output != "-") return write_text_file(output, text);
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
    return "cannot write to stdout";
  return {};
}

/// The position that --at means. An error sentence in error if it means none.
std::uint64_t position_of(const Recording& recording, const Recording::Heap& heap,
                          const std::string& at, std::string& error) {
  if (at.empty() || at == "end") return heap.events();
  if (at == "peak") return heap.peak_position();
  if (const auto event = parse_count(at, "events", 0, std::uint64_t{1} << 62); event) {
    return std::min(*event, heap.events());
  }
  if (const auto time = parse_duration(at); time) return recording.position_at(heap, *time);
  error =
      in_quotes(at) + " is no moment: write peak, end, a time such as 1.5s, or a number of events";
  return 0;
}

Image paint(const HeapPicture& picture, const HeapDrawing& drawing, double scale) {
  OffscreenContext context(
      {static_cast<int>(slide_width * scale), static_cast<int>(slide_height * scale)});
  UiLayer layer(context);
  layer.use_only_slide_fonts(scale);
  context.bind_target();
  layer.begin_frame(1.0 / 60);
  ImGuiCanvas canvas(*ImGui::GetBackgroundDrawList(), layer.slide_fonts(), {0, 0}, scale);
  draw_heap(canvas, picture, drawing);
  layer.end_frame();
  return read_pixels(context);
}

HeapDrawing drawing_of(const Recording::Heap& heap, const HeapPicture& picture,
                       std::uint64_t position, const RenderOptions& options) {
  const PictureTotals& totals = picture.totals();
  HeapDrawing drawing;
  drawing.title = heap.facts.title(90);
  drawing.moment = format_time(picture.time()) + " of " + format_time(heap.end_time()) +
                   ", after event " + format_count(position) + " of " +
                   format_count(heap.events()) + ": " + format_bytes(totals.requested) +
                   " in use in " + format_count(totals.used_blocks) + " blocks, heap " +
                   format_bytes(totals.heap);
  const bool dark = options.look.theme == ThemeKind::dark;
  drawing.look = dark ? SlideLook::dark : *slide_look_called(options.slide.look);
  return drawing;
}

}  // namespace

int run_stats(const StatsOptions& options) {
  const Opened opened = open_recording(options.file, options.process);
  if (opened.heap == nullptr) return 1;
  const HeapStats stats = measure(*opened.recording, *opened.heap, nullptr);
  const std::string text =
      options.json ? stats_as_json(*opened.recording, *opened.heap, stats)
                   : stats_as_text(*opened.recording, *opened.heap, stats, options.file);
  const std::string error = write_result({}, text);
  return error.empty() ? 0 : complain(error);
}

int run_export(const ExportOptions& options) {
  const Opened opened = open_recording(options.file, options.process);
  if (opened.heap == nullptr) return 1;
  const std::string text = options.format == "massif" ? as_massif(*opened.recording, *opened.heap)
                                                      : as_trace(*opened.recording, *opened.heap);
  const std::string error = write_result(options.output, text);
  return error.empty() ? 0 : complain(error);
}

bool is_recording(const std::string& file) {
  return fs::path(file).extension() == ".mhr";
}

int run_render_recording(const RenderOptions& options) {
  const std::string ending = fs::path(options.output).extension().string();
  if (ending != ".png" && ending != ".svg") {
    return complain(
        "of a recording there are pictures, no films: write a name that ends in .png "
        "or .svg");
  }
  const Opened opened = open_recording(options.script, options.process);
  if (opened.heap == nullptr) return 1;
  std::string error;
  const std::uint64_t position =
      position_of(*opened.recording, *opened.heap, options.moment, error);
  if (!error.empty()) return complain(error);
  const std::optional<HeapPicture> picture = opened.recording->picture_at(*opened.heap, position);
  if (!picture) return complain(options.script + " is damaged before that moment");
  const HeapDrawing drawing = drawing_of(*opened.heap, *picture, position, options);
  if (ending == ".svg") {
    SvgCanvas canvas(slide_width, slide_height);
    draw_heap(canvas, *picture, drawing);
    error = write_text_file(options.output, canvas.file(drawing.title, drawing.moment));
  } else {
    error = write_png(paint(*picture, drawing, options.look.scale.value_or(1.0)), options.output);
  }
  return error.empty() ? 0 : complain(error);
}

}  // namespace mh
