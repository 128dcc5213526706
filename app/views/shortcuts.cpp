#include "app/views/shortcuts.hpp"

#include <GLFW/glfw3.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace mh {
namespace {

/// A key's name in the table, and the keys that are it.
struct NamedKey {
  std::string_view name;
  std::array<int, 2> keys;
  bool with_shift_too = false;  ///< its sign may need Shift
};
constexpr std::array names{NamedKey{"Delete", {GLFW_KEY_DELETE, GLFW_KEY_BACKSPACE}},
                           NamedKey{"Space", {GLFW_KEY_SPACE, 0}},
                           NamedKey{".", {GLFW_KEY_PERIOD, 0}},
                           NamedKey{",", {GLFW_KEY_COMMA, 0}},
                           NamedKey{"Page Down", {GLFW_KEY_PAGE_DOWN, 0}},
                           NamedKey{"Page Up", {GLFW_KEY_PAGE_UP, 0}},
                           NamedKey{"Home", {GLFW_KEY_HOME, 0}},
                           NamedKey{"End", {GLFW_KEY_END, 0}},
                           NamedKey{"+", {GLFW_KEY_EQUAL, GLFW_KEY_KP_ADD}, true},
                           NamedKey{"\u2212", {GLFW_KEY_MINUS, GLFW_KEY_KP_SUBTRACT}},
                           NamedKey{"\u2192", {GLFW_KEY_RIGHT, 0}},
                           NamedKey{"\u2190", {GLFW_KEY_LEFT, 0}},
                           NamedKey{"Esc", {GLFW_KEY_ESCAPE, 0}},
                           NamedKey{"F1", {GLFW_KEY_F1, 0}},
                           NamedKey{"F2", {GLFW_KEY_F2, 0}},
                           NamedKey{"F11", {GLFW_KEY_F11, 0}}};

/// A key, or two that mean the same, with what is held meanwhile.
struct Chord {
  std::array<int, 2> keys{};  ///< GLFW_KEY_*, 0: none
  int mods = 0;
  bool with_shift_too = false;
};

/// Of "Ctrl+Shift+Z", "Ctrl +", "F"; without a key if it cannot be read.
constexpr Chord chord_of(std::string_view words) {
  Chord chord;
  constexpr std::array<std::pair<std::string_view, int>, 2> held{
      {{"Ctrl", GLFW_MOD_CONTROL}, {"Shift", GLFW_MOD_SHIFT}}};
  for (const auto& [prefix, mod] : held) {
    const std::size_t length = prefix.size();
    if (words.size() < length + 2 || words.substr(0, length) != prefix) continue;
    chord.mods |= mod;
    words.remove_prefix(length + 1);  // and the sign behind it
  }
  for (const NamedKey& key : names) {
    if (key.name != words) continue;
    chord.keys = key.keys;
    chord.with_shift_too = key.with_shift_too;
  }
  // Letters and digits have their own numbers.
  if (words.size() == 1 && chord.keys[0] == 0) chord.keys[0] = words.front();
  return chord;
}
static_assert(chord_of("Ctrl+Shift+Z").keys[0] == GLFW_KEY_Z);
static_assert(chord_of("Ctrl+Shift+Z").mods == (GLFW_MOD_CONTROL | GLFW_MOD_SHIFT));
static_assert(chord_of("Ctrl \u2212").keys[0] == GLFW_KEY_MINUS);

bool is_pressed(std::string_view chord_words, const KeyPress& press) {
  const Chord chord = chord_of(chord_words);
  const int mods = chord.with_shift_too ? press.mods & ~GLFW_MOD_SHIFT : press.mods;
  return press.key != 0 && mods == chord.mods &&
         (press.key == chord.keys[0] || press.key == chord.keys[1]);
}

}  // namespace

std::optional<Command> command_of(const KeyPress& press) {
  for (const CommandEntry& entry : commands()) {
    if (press.repeat && !entry.repeats) continue;
    std::string_view rest = entry.keys;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('|'), rest.size());
      if (is_pressed(rest.substr(0, end), press)) return entry.command;
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return std::nullopt;
}

bool edits_text(const KeyPress& press) {
  constexpr std::array letters{GLFW_KEY_A, GLFW_KEY_C, GLFW_KEY_V, GLFW_KEY_X};
  return (press.mods & GLFW_MOD_CONTROL) != 0 &&
         std::find(letters.begin(), letters.end(), press.key) != letters.end();
}

}  // namespace mh
