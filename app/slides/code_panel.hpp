#pragma once
// Code on a slide, in letters that the last row of a hall can read: long lines are broken, and of a
// long function stand its first line and what lies around the marked statement.

#include <string>
#include <vector>

#include "app/slides/canvas.hpp"
#include "app/slides/slide.hpp"
#include "app/slides/slide_theme.hpp"

namespace mh {

class CodePanel {
 public:
  /// width: of the panel, with its margins. lines_height: what the code may take at most, without
  /// the panel's title.
  CodePanel(const SlideCode& code, double width, double lines_height);

  /// Of the whole panel; 0: there is no code.
  [[nodiscard]] double height() const;
  /// Inside a panel that is drawn already.
  void paint(Canvas& canvas, const SlideTheme& theme, const SlideRect& rect) const;

 private:
  struct Row {
    std::string text;
    bool marked = false;
    bool gap = false;    ///< stands for rows that are left out
    bool first = false;  ///< of its statement
  };
  [[nodiscard]] std::vector<Row> break_lines(const SlideCode& code, double width) const;
  [[nodiscard]] std::size_t columns_in(double width) const;
  void leave_out(std::size_t head, std::size_t most);
  [[nodiscard]] double line_height() const;

  const std::string& title_;
  std::vector<Row> rows_;
  double size_ = 0;  ///< of the letters
};

}  // namespace mh
