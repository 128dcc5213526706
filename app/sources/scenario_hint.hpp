#pragma once
// What somebody meant who wrote C, or left out spaces.

#include <string>
#include <string_view>

namespace mh {

/// The line of a script that a wrong line looks like: "p = malloc 100" for "char *p =
/// malloc(100);",
/// "# ..." for "// ...". Nothing says that it is a right one. Empty: it looks like nothing known.
[[nodiscard]] std::string meant_line(std::string_view line);

/// What is between two words of a line; a carriage return is, too.
[[nodiscard]] constexpr bool is_line_space(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

[[nodiscard]] std::string_view trimmed_line(std::string_view line);

}  // namespace mh
