#include "app/slides/code_panel.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

namespace mh {
namespace {

constexpr double margin = 20;
constexpr double title_height = 52;
constexpr double title_size = 16;
constexpr std::array sizes{18.0, 16.0};  // the smaller one if all rows have room then
constexpr std::size_t hanging_indent = 4;

/// The code of one line in rows of at most so many columns, broken at spaces: before && or || if
/// that leaves enough in the row.
std::vector<std::string> break_line(std::string_view line, std::size_t columns) {
  const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
  std::vector<std::string> rows;
  std::string row(indent, ' ');
  std::size_t begin = indent;
  while (begin < line.size()) {
    const std::size_t end = std::min(line.find(' ', begin), line.size());
    const std::string_view word = line.substr(begin, end - begin);
    const bool first = row.find_first_not_of(' ') == std::string::npos;
    if (!first && row.size() + 1 + word.size() > columns) {
      row += ' ';
      const std::size_t junction = std::max(row.rfind(" && ") + 1, row.rfind(" || ") + 1);
      std::string rest = junction > columns / 3 ? row.substr(junction) : std::string();
      row.resize(row.size() - rest.size() - 1);
      rows.push_back(row);
      row = std::string(indent + hanging_indent, ' ') + rest;
    } else if (!first) {
      row += ' ';
    }
    row += word;
    begin = end + 1;
  }
  rows.push_back(row);
  return rows;
}

}  // namespace

CodePanel::CodePanel(const SlideCode& code, double width, double lines_height)
    : title_(code.title) {
  if (code.lines.empty()) return;
  const auto most = [&] {
    return std::max<std::size_t>(static_cast<std::size_t>(lines_height / line_height()), 3);
  };
  for (const double size : sizes) {
    size_ = size;
    rows_ = break_lines(code, width);
    if (rows_.size() <= most()) return;
  }
  size_ = sizes.front();
  rows_ = break_lines(code, width);
  leave_out(break_line(code.lines.front().text, columns_in(width)).size(), most());
}

std::vector<CodePanel::Row> CodePanel::break_lines(const SlideCode& code, double width) const {
  std::vector<Row> rows;
  for (const SlideCode::Line& line : code.lines) {
    bool first = true;
    for (std::string& text : break_line(line.text, columns_in(width))) {
      rows.push_back({std::move(text), line.marked, false, std::exchange(first, false)});
    }
  }
  return rows;
}

std::size_t CodePanel::columns_in(double width) const {
  return static_cast<std::size_t>((width - 2 * margin) / text_width(Face::mono, size_, "0"));
}

/// Keeps the first head rows, and of the others those around the marked ones.
void CodePanel::leave_out(std::size_t head, std::size_t most) {
  const std::size_t body = rows_.size() - head;
  const std::size_t shown = std::max<std::size_t>(most - std::min(most, head), 3);
  if (body <= shown) return;
  const auto is_marked = [](const Row& row) { return row.marked; };
  const auto first = std::find_if(rows_.begin(), rows_.end(), is_marked);
  const auto marked = static_cast<std::size_t>(std::count_if(first, rows_.end(), is_marked));
  const std::size_t middle =
      static_cast<std::size_t>(first - rows_.begin()) + std::min(marked, shown - 2) / 2;
  const std::size_t wanted = middle - std::min(middle, head + shown / 2);
  const std::size_t begin = head + std::min(wanted, body - shown);
  std::vector<Row> kept(rows_.begin(), rows_.begin() + static_cast<std::ptrdiff_t>(head));
  for (std::size_t i = begin; i < begin + shown; ++i) kept.push_back(std::move(rows_[i]));
  const auto leave_gap = [](Row& row) {
    const std::size_t indent = std::min(row.text.find_first_not_of(' '), row.text.size());
    row = {std::string(std::max<std::size_t>(indent, 2), ' ') + "...", false, true, true};
  };
  if (begin > head) {
    leave_gap(kept[head]);
    // Not from the middle of a statement on.
    const auto behind_gap = kept.begin() + static_cast<std::ptrdiff_t>(head) + 1;
    kept.erase(behind_gap, std::find_if(behind_gap, kept.end(),
                                        [](const Row& row) { return row.first || row.marked; }));
  }
  if (begin + shown < rows_.size()) leave_gap(kept.back());
  rows_ = std::move(kept);
}

double CodePanel::line_height() const {
  return std::round(size_ * 1.39);
}

double CodePanel::height() const {
  return rows_.empty() ? 0 : title_height + line_height() * static_cast<double>(rows_.size());
}

void CodePanel::paint(Canvas& canvas, const SlideTheme& theme, const SlideRect& rect) const {
  canvas.text({rect.x + margin, rect.y + 27}, {Face::regular, title_size, theme.text_dim}, title_);
  double y = rect.y + title_height;
  for (const Row& row : rows_) {
    if (row.marked) {
      const double top = y - std::round(line_height() * 0.74);
      canvas.fill({rect.x + 1, top, rect.width - 2, line_height()}, theme.mark, 0);
    }
    const Colour colour = row.marked ? theme.visit_text : row.gap ? theme.text_dim : theme.text;
    canvas.text({rect.x + margin, y}, {Face::mono, size_, colour}, row.text);
    y += line_height();
  }
}

}  // namespace mh
