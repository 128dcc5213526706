#pragma once
// One line of a script, taken apart from left to right.

#include <cstddef>
#include <string>
#include <string_view>

#include "app/model/input.hpp"
#include "app/sources/scenario.hpp"

namespace mh {

/// What is missing or wrong throws ScenarioError. File and text must outlive it.
class ScenarioLine {
 public:
  ScenarioLine(std::string_view file, std::size_t number, std::string_view text)
      : file_(file), number_(number), rest_(text) {
    skip_spaces();
  }

  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  [[nodiscard]] bool at_quote() const { return rest_.starts_with('"'); }

  /// The next word without taking it; empty at the end.
  [[nodiscard]] std::string_view peek() const;
  std::string_view take();
  bool take_if(std::string_view word);
  /// All words that are left, with a space between.
  std::string take_rest();
  /// "TEXT" in double quotes; \" and \\ stand for themselves, \n begins a new line.
  std::string take_quoted();

  [[noreturn]] void fail(std::string_view expected, std::string_view found) const;
  [[noreturn]] void fail(const std::string& what) const;
  /// There is no text in double quotes here.
  [[noreturn]] void fail_at_quotes(std::string_view what) const;

  /// Takes a word and has it read; an error of the reader becomes an error of the line.
  template <typename Read>
  auto read(std::string_view expected, Read reader) {
    const std::string_view word = take();
    if (word.empty()) fail(expected, word);
    const auto parsed = reader(word);
    if (!parsed)
      fail("expected " + std::string(expected) + ", found " + in_quotes(word) + ": " +
           parsed.error);
    return *parsed;
  }
  void expect_end() const;

 private:
  void skip_spaces();

  std::string_view file_;
  std::size_t number_;
  std::string_view rest_;
};

}  // namespace mh
