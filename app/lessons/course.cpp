#include "app/lessons/course.hpp"

#include <algorithm>
#include <cctype>

#include "app/lessons/embedded_file.hpp"

extern "C" const mh::EmbeddedEntry mh_course_lessons[];

namespace mh {
namespace {

/// What the first title statement says; the file's name if there is none.
std::string title_of(const EmbeddedFile& file) {
  constexpr std::string_view statement = "title \"";
  const std::size_t at = file.text.find(statement);
  if (at == std::string_view::npos) return std::string(file.name);
  const std::size_t begin = at + statement.size();
  const std::size_t end = file.text.find('"', begin);
  return std::string(file.text.substr(begin, end - begin));
}

}  // namespace

std::vector<CourseLesson> course() {
  std::vector<CourseLesson> lessons;
  for (const EmbeddedFile& file : embedded_files(mh_course_lessons)) {
    CourseLesson lesson;
    lesson.file = file.name;
    lesson.text = file.text;
    lesson.title = title_of(file);
    std::string_view rest = file.name;
    while (!rest.empty() && std::isdigit(static_cast<unsigned char>(rest.front())) != 0) {
      lesson.number = lesson.number * 10 + static_cast<unsigned>(rest.front() - '0');
      rest.remove_prefix(1);
    }
    if (rest.starts_with('-')) rest.remove_prefix(1);
    lesson.name = rest.substr(0, rest.rfind('.'));
    lessons.push_back(std::move(lesson));
  }
  std::sort(lessons.begin(), lessons.end(),
            [](const CourseLesson& a, const CourseLesson& b) { return a.file < b.file; });
  return lessons;
}

std::optional<CourseLesson> course_lesson(std::string_view which) {
  std::string_view number = which;  // "08" is lesson 8
  number.remove_prefix(std::min(number.find_first_not_of('0'), number.size()));
  for (CourseLesson& lesson : course()) {
    if (which == lesson.name || which == lesson.file || number == std::to_string(lesson.number)) {
      return std::move(lesson);
    }
  }
  return std::nullopt;
}

}  // namespace mh
