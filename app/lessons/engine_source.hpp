#pragma once
// The engine's own source, as it was compiled: what a lesson shows beside the heap. Each event of
// an explained heap names the line that it comes from (EventKind::step).

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/lessons/embedded_file.hpp"

namespace mh {

/// A function of the engine, as it stands in its file.
struct SourceFunction {
  std::string title;               ///< "best_fit(), placement.cpp"
  std::vector<std::string> lines;  ///< from its first line to its closing brace
  std::size_t first_line = 0;      ///< number of lines[0] in the file, from 1
};

/// The files that are inside the program.
[[nodiscard]] std::vector<EmbeddedFile> engine_sources();

/// The function that line (from 1) of a file lies in; file: source_file_number() of its name.
/// nullopt if there is none.
[[nodiscard]] std::optional<SourceFunction> function_at(std::uint8_t file, std::size_t line);

}  // namespace mh
