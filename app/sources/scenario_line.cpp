#include "app/sources/scenario_line.hpp"

#include <algorithm>

namespace mh {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

}  // namespace

std::string_view ScenarioLine::peek() const {
  const auto is_break = [](char c) { return is_space(c) || c == '#'; };
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
  if (rest_.empty() || rest_.front() != '"') fail("a text in double quotes", peek());
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

void ScenarioLine::fail(std::string_view expected, std::string_view found) const {
  fail("expected " + std::string(expected) + ", found " +
       (found.empty() ? std::string("the end of the line") : in_quotes(found)));
}

void ScenarioLine::fail(const std::string& what) const {
  throw ScenarioError(file_, number_, what);
}

void ScenarioLine::skip_spaces() {
  while (!rest_.empty() && is_space(rest_.front())) rest_.remove_prefix(1);
  if (!rest_.empty() && rest_.front() == '#') rest_ = {};
}

}  // namespace mh
