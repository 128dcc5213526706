#include "app/lessons/lesson_export.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "app/model/format.hpp"
#include "app/model/output_file.hpp"
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
            format_things(static_cast<std::size_t>(used), "block in use", "blocks in use") +
            " and " + format_things(all - static_cast<std::size_t>(used), "other") + ". ";
  }
  return text + slide.caption;
}

std::string write_text_file(const std::string& file, const std::string& text) {
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  const int error = write_file(file, {bytes, text.size()});
  if (error == 0) return {};
  std::string message("cannot write ");
  message.append(file).append(": ").append(std::strerror(error));
  return message;
}

}  // namespace mh
