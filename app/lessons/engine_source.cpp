#include "app/lessons/engine_source.hpp"

#include <algorithm>
#include <cctype>

#include "core/events/event.hpp"

extern "C" const mh::EmbeddedEntry mh_engine_sources[];

namespace mh {
namespace {

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

/// What is inside a function is indented: a letter in the first column begins one, or a namespace.
bool begins_function(std::string_view line) {
  return !line.empty() && (std::isalpha(static_cast<unsigned char>(line.front())) != 0) &&
         !line.starts_with("namespace") && !line.starts_with("using");
}

/// "best_fit" of "Block* best_fit(FreeWalk& blocks, Search& search) {".
std::string name_in(std::string_view header) {
  const std::size_t end = header.find('(');
  if (end == std::string_view::npos) return std::string(header);
  std::size_t begin = header.find_last_of(" *&:", end);
  begin = begin == std::string_view::npos ? 0 : begin + 1;
  return std::string(header.substr(begin, end - begin));
}

}  // namespace

std::vector<EmbeddedFile> engine_sources() {
  return embedded_files(mh_engine_sources);
}

std::optional<SourceFunction> function_at(std::uint8_t file, std::size_t line) {
  for (const EmbeddedFile& source : engine_sources()) {
    if (source_file_number(source.name.data()) != file) continue;
    const std::vector<std::string_view> lines = lines_of(source.text);
    if (line == 0 || line > lines.size()) return std::nullopt;
    std::size_t first = line - 1;
    while (first > 0 && !begins_function(lines[first])) --first;
    if (!begins_function(lines[first])) return std::nullopt;
    SourceFunction function;
    function.title = name_in(lines[first]) + "(), " + std::string(source.name);
    function.first_line = first + 1;
    for (std::size_t i = first; i < lines.size(); ++i) {
      function.lines.emplace_back(lines[i]);
      if (lines[i] == "}") break;
    }
    if (line >= function.first_line + function.lines.size()) return std::nullopt;
    return function;
  }
  return std::nullopt;
}

}  // namespace mh
