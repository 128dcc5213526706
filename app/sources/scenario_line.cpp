#include "app/sources/scenario_line.hpp"

#include <algorithm>
#include <array>

#include "app/sources/scenario_hint.hpp"

namespace mh {
std::string_view ScenarioLine::peek() const {
  const auto is_break = [](char c) { return is_line_space(c) || c == '#'; };
  return rest_.substr(0, static_cast<std::size_t>(
                             std::find_if(rest_.begin(), rest_.end(), is_break) - rest_.begin()));
}

std::string_view ScenarioLine::take() {
  const std::string_view word = peek();
  rest_.remove_prefix(word.size());
  skip_spaces();
  return word;
}

bool ScenarioLine::take_if(std::string_view word) {
  if (peek() != word) return false;
  take();
  return true;
}

std::string ScenarioLine::take_rest() {
  std::string words;
  while (!at_end()) {
    if (!words.empty()) words += ' ';
    words += take();
  }
  return words;
}

std::string ScenarioLine::take_quoted() {
  if (rest_.empty() || rest_.front() != '"') fail_at_quotes("a text");
  rest_.remove_prefix(1);
  std::string text;
  while (!rest_.empty() && rest_.front() != '"') {
    char c = rest_.front();
    rest_.remove_prefix(1);
    if (c == '\\' && !rest_.empty()) {
      c = rest_.front() == 'n' ? '\n' : rest_.front();
      rest_.remove_prefix(1);
    }
    text += c;
  }
  if (rest_.empty()) fail("'\"' at the end of the text", {});
  rest_.remove_prefix(1);
  skip_spaces();
  return text;
}

void ScenarioLine::fail_at_quotes(std::string_view what) const {
  // What word processors make of them.
  constexpr std::array<std::string_view, 8> others{"\u201c", "\u201d", "\u201e", "\u00ab",
                                                   "\u2018", "\u2019", "\u201a", "'"};
  const bool other = std::any_of(others.begin(), others.end(), [this](std::string_view quote) {
    return rest_.starts_with(quote);
  });
  fail(std::string(what) + " in double quotes" + (other ? ", which are straight: \"...\"" : ""),
       peek());
}

void ScenarioLine::expect_end() const {
  if (at_end()) return;
  if (rest_.starts_with("//") || rest_.starts_with("/*"))
    fail("a comment that begins with #", peek());
  fail("the end of the line", peek());
}

void ScenarioLine::fail(std::string_view expected, std::string_view found) const {
  fail("expected " + std::string(expected) + ", found " +
       (found.empty() ? std::string("the end of the line") : in_quotes(found)));
}

void ScenarioLine::fail(const std::string& what) const {
  throw ScenarioError(file_, number_, what);
}

void ScenarioLine::skip_spaces() {
  while (!rest_.empty() && is_line_space(rest_.front())) rest_.remove_prefix(1);
  if (!rest_.empty() && rest_.front() == '#') rest_ = {};
}

}  // namespace mh
