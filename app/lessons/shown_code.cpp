#include "app/lessons/shown_code.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace mh {
namespace {

/// How statements begin that only tell what happens, or count it.
constexpr std::array<std::string_view, 11> bookkeeping{
    "scope.emit(",      "scope.tell_call(",   "search.visit(",   "tell_search(",
    "tell_search_end(", "tell_nothing_free(", "count_in(",       "count_out(",
    "++counts_.",       "counts_.",           "const SourceLine"};

std::size_t indent_of(std::string_view line) {
  return std::min(line.find_first_not_of(' '), line.size());
}

/// Whether code goes on behind the line in the same statement.
bool is_open(std::string_view line) {
  if (line.empty() || line.substr(indent_of(line)).starts_with("//")) return false;
  const std::size_t comment = line.find("  //");
  const std::string_view code = line.substr(0, comment);
  return code.find_last_of(";{}:") != code.size() - 1;
}

/// A function by its lines: which belong to bookkeeping, and to which statement each belongs.
class Lines {
 public:
  explicit Lines(const std::vector<std::string>& lines) : lines_(lines), hidden_(lines.size()) {
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      const std::string_view code = code_of(i);
      const bool keeps_books =
          std::any_of(bookkeeping.begin(), bookkeeping.end(),
                      [code](std::string_view words) { return code.starts_with(words); });
      if (!keeps_books) continue;
      const std::size_t last = end_of(i);
      std::fill_n(hidden_.begin() + static_cast<std::ptrdiff_t>(i), last - i + 1, true);
      i = last;
    }
  }

  [[nodiscard]] bool hidden(std::size_t i) const { return hidden_[i]; }

  /// Whether line i belongs to what line told tells of.
  [[nodiscard]] std::vector<bool> told_by(std::size_t told) const {
    std::vector<bool> marked(lines_.size());
    std::size_t i = told;
    while (i > 0 && (hidden_[i] || is_no_code(i))) --i;
    const std::string_view code = code_of(i);
    if (code == "}" || code == "} else {") i = opener_of(i);
    while (i > 0 && is_open(lines_[i - 1])) --i;
    marked[i] = true;
    while (i + 1 < lines_.size() && is_open(lines_[i])) marked[++i] = true;
    return marked;
  }

 private:
  [[nodiscard]] std::string_view code_of(std::size_t i) const {
    return std::string_view(lines_[i]).substr(indent_of(lines_[i]));
  }
  [[nodiscard]] bool is_no_code(std::size_t i) const {
    return lines_[i].empty() || code_of(i).starts_with("//");
  }

  /// The last line of the statement that begins at i; of a block, its closing brace.
  [[nodiscard]] std::size_t end_of(std::size_t i) const {
    const std::size_t indent = indent_of(lines_[i]);
    while (i + 1 < lines_.size() && is_open(lines_[i])) ++i;
    if (!lines_[i].ends_with('{')) return i;
    while (i + 1 < lines_.size() && indent_of(lines_[i + 1]) > indent) ++i;
    return std::min(i + 1, lines_.size() - 1);
  }

  /// The line that begins the block which ends at i.
  [[nodiscard]] std::size_t opener_of(std::size_t i) const {
    const std::size_t indent = indent_of(lines_[i]);
    while (i > 0 && (lines_[i - 1].empty() || indent_of(lines_[i - 1]) > indent)) --i;
    return i > 0 ? i - 1 : 0;
  }

  const std::vector<std::string>& lines_;
  std::vector<bool> hidden_;
};

}  // namespace

SlideCode shown_code(const SourceFunction& function, std::size_t line) {
  SlideCode code;
  code.title = function.title;
  if (line < function.first_line || line - function.first_line >= function.lines.size()) {
    return code;
  }
  const Lines lines(function.lines);
  const std::vector<bool> marked = lines.told_by(line - function.first_line);
  bool open = false;  // the line before goes on in this one
  for (std::size_t i = 0; i < function.lines.size(); ++i) {
    const std::string& text = function.lines[i];
    const bool doubled = text.empty() && (code.lines.empty() || code.lines.back().text.empty());
    if (lines.hidden(i) || doubled) continue;
    if (open) {
      std::string& statement = code.lines.back().text;
      if (!statement.ends_with('(')) statement += ' ';
      statement += text.substr(indent_of(text));
    } else {
      code.lines.push_back({text, marked[i]});
    }
    open = is_open(text);
  }
  return code;
}

}  // namespace mh
