#pragma once
// The lessons that are inside the program: assets/lessons/, in the order of their names.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mh {

struct CourseLesson {
  std::string_view file;  ///< "08-placement.mh"
  std::string name;       ///< "placement", as on the command line
  unsigned number = 0;    ///< 8
  std::string title;      ///< of its title statement
  std::string_view text;
};

[[nodiscard]] std::vector<CourseLesson> course();
/// By name ("placement"), number ("8") or file name.
[[nodiscard]] std::optional<CourseLesson> course_lesson(std::string_view which);

}  // namespace mh
