#include "app/lessons/lesson_export.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "app/slides/svg_canvas.hpp"

namespace mh {

std::string slide_as_svg(const Slide& slide, const SlideOptions& options) {
  SvgCanvas canvas(slide_width, slide_height);
  paint_slide(canvas, slide, options);
  return canvas.file(slide.title, slide_in_words(slide));
}

std::string slide_in_words(const Slide& slide) {
  std::string text;
  for (const char c : slide.operation) text += c == '\n' ? std::string("; ") : std::string(1, c);
  if (!text.empty()) text += ". ";
  if (!slide.said.empty()) text += slide.said + " ";
  for (const SlideHeap& heap : slide.heaps) {
    const auto used = std::count_if(heap.blocks.begin(), heap.blocks.end(),
                                    [](const SlideBlock& block) { return block.used; });
    const std::size_t all = heap.blocks.size();
    if (!heap.title.empty()) text += heap.title + ": ";
    text += "A heap of " + std::to_string(heap.program_break - heap.start) + " bytes with " +
            std::to_string(used) + " blocks in use and " +
            std::to_string(all - static_cast<std::size_t>(used)) + " others. ";
  }
  return text + slide.caption;
}

std::string write_text_file(const std::string& file, const std::string& text) {
  const std::string part = file + ".part";
  {
    std::ofstream stream(part, std::ios::binary | std::ios::trunc);
    stream << text;
    stream.flush();
    if (!stream) {
      const std::string why = std::strerror(errno);
      std::error_code ignored;
      std::filesystem::remove(part, ignored);
      return "cannot write " + file + ": " + why;
    }
  }
  std::error_code error;
  std::filesystem::rename(part, file, error);
  return error ? "cannot write " + file + ": " + error.message() : std::string();
}

}  // namespace mh
