#include "app/sources/scenario_hint.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>

namespace mh {
namespace {

bool is_of_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

/// The words of a text with one space between.
std::string spaced(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (!is_line_space(c)) {
      result += c;
    } else if (!result.empty() && result.back() != ' ') {
      result += ' ';
    }
  }
  if (result.ends_with(' ')) result.pop_back();
  return result;
}

/// Without a comment as in C, and without the semicolon.
std::string_view code_of(std::string_view line) {
  line = trimmed_line(line.substr(0, std::min(line.find("//"), line.find("/*"))));
  while (line.ends_with(';')) line = trimmed_line(line.substr(0, line.size() - 1));
  return line;
}

/// Where '=' stands alone; npos: nowhere.
std::size_t assignment_in(std::string_view line) {
  for (std::size_t at = line.find('='); at != std::string_view::npos; at = line.find('=', at + 1)) {
    const bool before = at > 0 && std::string_view("=<>!").find(line[at - 1]) != std::string::npos;
    const bool behind = at + 1 < line.size() && line[at + 1] == '=';
    if (!before && !behind) return at;
  }
  return std::string_view::npos;
}

/// "p" of "char *p".
std::string_view name_in(std::string_view declaration) {
  declaration = trimmed_line(declaration);
  std::size_t begin = declaration.size();
  while (begin > 0 && is_of_name(declaration[begin - 1])) --begin;
  return declaration.substr(begin);
}

/// Behind "(char *)".
std::string_view without_cast(std::string_view call) {
  call = trimmed_line(call);
  while (call.starts_with('(') && call.find(')') != std::string_view::npos) {
    call = trimmed_line(call.substr(call.find(')') + 1));
  }
  return call;
}

/// "malloc 100" of "my_malloc(100)".
std::string call_in(std::string_view call) {
  if (call.starts_with("my_") || call.starts_with("mh_")) call.remove_prefix(3);
  const auto is_in_name = [](char c) { return is_of_name(c) || c == '-'; };
  const auto* const end = std::find_if_not(call.begin(), call.end(), is_in_name);
  const std::string name(call.begin(), end);
  std::string arguments(end, call.end());
  if (arguments.starts_with('(') && arguments.ends_with(')')) {
    arguments = arguments.substr(1, arguments.size() - 2);
    std::replace(arguments.begin(), arguments.end(), ',', ' ');
  }
  return name + ' ' + arguments;
}

}  // namespace

std::string_view trimmed_line(std::string_view line) {
  while (!line.empty() && is_line_space(line.front())) line.remove_prefix(1);
  while (!line.empty() && is_line_space(line.back())) line.remove_suffix(1);
  return line;
}

std::string meant_line(std::string_view line) {
  line = trimmed_line(line);
  if (line.starts_with("//") || line.starts_with("/*")) {
    line.remove_prefix(2);
    if (line.ends_with("*/")) line.remove_suffix(2);
    return spaced("# " + std::string(line));
  }
  line = code_of(line);
  const std::size_t equals = assignment_in(line);
  if (equals == std::string_view::npos) return spaced(call_in(line));
  return spaced(std::string(name_in(line.substr(0, equals))) + " = " +
                call_in(without_cast(line.substr(equals + 1))));
}

}  // namespace mh
