#include "app/sources/scenario.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <limits>
#include <optional>
#include <system_error>
#include <utility>

#include "app/model/compared_policy.hpp"
#include "app/model/error_words.hpp"
#include "app/model/input.hpp"
#include "app/model/policy_words.hpp"
#include "app/model/text.hpp"
#include "app/sources/hand.hpp"
#include "app/sources/scenario_hint.hpp"
#include "app/sources/scenario_line.hpp"

namespace mh {
namespace {

namespace st = statement;

/// As in C.
bool has_bracket(std::string_view word) {
  return word.find('(') != std::string_view::npos;
}

/// The two mistakes that free a pointer into a block are written "free p + 8".
bool is_written_as_free(std::string_view mistake) {
  return mistake.starts_with("free-inside") || mistake.starts_with("free-misaligned");
}

/// Reads statements; one method for each word that begins or continues one.
class Parser {
 public:
  explicit Parser(ScenarioLine& line) : line_(line) {}

  Statement::Kind statement() {
    Statement::Kind kind = any_statement();
    line_.expect_end();
    return kind;
  }

 private:
  /// A word that begins a statement, and who reads what follows.
  struct Word {
    std::string_view word;
    Statement::Kind (Parser::*read)();
  };
  static const std::array<Word, 34> statement_words;
  /// A call that gives a name to what it returns.
  struct NamingCall {
    std::string_view word;
    Statement::Kind (Parser::*read)(std::string result);
  };
  static const std::array<NamingCall, 5> naming_calls;

  Statement::Kind any_statement() {
    const std::string_view word = line_.take();
    if (line_.take_if("=")) return assignment(word);
    if (auto made = mistake(word)) return std::move(*made);
    const auto* const known = std::find_if(statement_words.begin(), statement_words.end(),
                                           [word](const Word& one) { return one.word == word; });
    if (known != statement_words.end()) return (this->*known->read)();
    line_.fail(has_bracket(word) ? "'free p' or 'p = malloc 100', without brackets" : all_words(),
               word);
  }
  static std::string all_words();
  static bool is_word(std::string_view text);

  template <typename Kind>
  Statement::Kind plain() {
    return Kind{};
  }

  static constexpr std::uint64_t any_number = std::numeric_limits<std::int64_t>::max();

  std::uint64_t size(Zero zero = Zero::refused) {
    return line_.read("a size", [zero](std::string_view word) { return parse_size(word, zero); });
  }
  std::uint64_t count(std::string_view what, std::uint64_t most, std::uint64_t least = 0) {
    return line_.read(what,
                      [&](std::string_view word) { return parse_count(word, what, least, most); });
  }
  std::string name() { return proper_name(line_.take()); }

  std::string proper_name(std::string_view word) {
    constexpr const char* hint = "the name of a block (up to 8 letters and digits, a letter first)";
    if (!Hand::is_name(word)) line_.fail(hint, word);
    if (is_word(word)) line_.fail("the name of a block, and not a word of the language", word);
    return std::string(word);
  }

  /// A block, or NULL: what calls may be given.
  std::string pointer() { return line_.take_if(null_name) ? std::string(null_name) : name(); }

  Statement::Kind assignment(std::string_view target) {
    std::string result = proper_name(target);
    const std::string_view word = line_.take();
    const auto* const call =
        std::find_if(naming_calls.begin(), naming_calls.end(),
                     [word](const NamingCall& one) { return one.word == word; });
    if (call != naming_calls.end()) return (this->*call->read)(std::move(result));
    line_.fail(has_bracket(word) ? "'malloc 100', without brackets"
                                 : "malloc, calloc, realloc, aligned_alloc or pool_alloc",
               word);
  }
  Statement::Kind allocation(std::string result) {
    return st::Malloc{std::move(result), size(Zero::allowed)};
  }
  Statement::Kind zeroed_allocation(std::string result) {
    const std::uint64_t items = count("how many", max_input_size);
    return st::Calloc{std::move(result), items, size(Zero::allowed)};
  }
  Statement::Kind aligned_allocation(std::string result) {
    const std::uint64_t alignment = size();
    if (!std::has_single_bit(alignment) || alignment > MH_MAX_ALIGNMENT) {
      line_.fail("expected a power of two up to 1G as the alignment, found " +
                 std::to_string(alignment));
    }
    return st::AlignedAlloc{std::move(result), alignment, size(Zero::allowed)};
  }
  Statement::Kind reallocation(std::string result) {
    std::string old = pointer();
    if (result.empty() && old == null_name) {
      line_.fail("expected a name for the block: 'p = realloc NULL 100'");
    }
    return st::Realloc{std::move(result), std::move(old), size(Zero::allowed)};
  }
  Statement::Kind reallocation_in_name() { return reallocation({}); }
  Statement::Kind slot_allocation(std::string result) {
    return st::PoolAlloc{std::move(result), name()};
  }

  Statement::Kind pool() {
    st::MakePool pool{name(), 0, 0};
    if (!line_.take_if("size")) line_.fail("size and how many bytes an object has", line_.peek());
    pool.object_size = size();
    if (line_.take_if("slots")) pool.slots = count("slots of a block", MH_MAX_POOL_SLOTS, 1);
    return pool;
  }

  /// "free p", or "free p + 8": then the pointer leads into the block.
  Statement::Kind release() {
    std::string block = pointer();
    if (block == null_name) return st::Free{std::move(block)};
    if (!line_.take_if("+")) return st::Free{std::move(block)};
    const std::uint64_t offset = count("bytes into the block", max_input_size, 1);
    const auto mischief = offset % 16 == 0 ? Mischief::interior_free : Mischief::misaligned_free;
    return st::MakeMischief{mischief, std::move(block), offset};
  }

  /// Nothing if no mistake is called that.
  std::optional<Statement::Kind> mistake(std::string_view word) {
    const auto& kinds = mischief_kinds();
    const auto* const kind = std::find_if(kinds.begin(), kinds.end(),
                                          [word](const auto& one) { return one.word == word; });
    if (kind == kinds.end() || is_written_as_free(word)) return std::nullopt;
    if (kind->needs == MischiefKind::Needs::nothing) {
      return st::MakeMischief{kind->mischief, {}, 0};
    }
    std::string block = name();
    const bool writes = kind->mischief == Mischief::overflow ||
                        kind->mischief == Mischief::underflow ||
                        kind->mischief == Mischief::write_after_free;
    const std::uint64_t bytes =
        writes && !line_.at_end() ? count("bytes to write", MischiefMaker::most_bytes, 1) : 1;
    if (kind->mischief == Mischief::write_after_free) {
      return st::WriteAfterFree{std::move(block), bytes};
    }
    return st::MakeMischief{kind->mischief, std::move(block), bytes};
  }

  Statement::Kind workload();
  Statement::Kind policy() {
    std::string words = line_.take_rest();
    // What is wrong with the words does not depend on the policy that they change.
    const auto understood = parse_policy(words, default_policy());
    if (!understood) line_.fail(understood.error);
    return st::SetPolicy{std::move(words)};
  }
  Statement::Kind engine() {
    const bool fast = line_.take_if("fast");
    if (!fast && !line_.take_if("classic")) line_.fail("fast or classic", line_.peek());
    return st::ChooseEngine{fast};
  }
  bool on_or_off() {
    const bool on = line_.take_if("on");
    if (!on && !line_.take_if("off")) line_.fail("on or off", line_.peek());
    return on;
  }
  Statement::Kind explain() { return st::Explain{on_or_off()}; }
  Statement::Kind together() { return st::Together{on_or_off()}; }
  Statement::Kind thread() {
    if (line_.take_if("you")) return st::AsThread{0};
    const std::uint64_t number =
        count("the number of a thread, or 'you'", Workload::max_threads, 1);
    return st::AsThread{static_cast<unsigned>(number)};
  }
  Statement::Kind wait() {
    if (line_.take_if("done")) return st::WaitDone{};
    return st::WaitFor{line_.read("a time such as 500ms or 2s, or 'done'", parse_duration)};
  }

  Statement::Kind step() { return st::Step{line_.at_end() ? 1 : step_count()}; }
  int step_count() {
    const std::string_view word = line_.take();
    int calls = 0;
    const char* const end = word.data() + word.size();
    const auto [rest, status] = std::from_chars(word.data(), end, calls);
    constexpr int most = 1'000'000;
    if (status != std::errc{} || rest != end || calls == 0 || calls > most || calls < -most) {
      line_.fail("a number of steps, such as 3, or -1 to go back", word);
    }
    return calls;
  }

  Statement::Kind seek() { return st::Seek{count("the number of an event", any_number)}; }
  Statement::Kind speed() {
    if (line_.take_if("max")) return st::Speed{std::numeric_limits<double>::infinity()};
    return st::Speed{line_.read("events per second, or 'max'", parse_rate)};
  }

  std::string text(std::string_view what) {
    if (!line_.at_quote()) line_.fail_at_quotes(what);
    return line_.take_quoted();
  }
  Statement::Kind mark() { return st::Mark{text("what the moment is called")}; }
  Statement::Kind caption() { return st::Caption{text("the caption")}; }
  Statement::Kind title() { return st::Title{text("the lesson's title")}; }
  Statement::Kind slide() { return st::Slide{text("the slide's heading")}; }
  Statement::Kind point() {
    std::string block = name();
    return st::Point{std::move(block), line_.at_end() ? std::string() : text("a remark")};
  }
  /// Policies with commas between them.
  Statement::Kind compared() {
    constexpr std::size_t least = 2;
    constexpr std::size_t most = 4;
    constexpr const char* hint = "two to four policies, such as 'never, textbook, deferred'";
    st::Compare made;
    std::string words;
    const auto take = [&] {
      const auto policy = parse_compared(words);
      if (!policy) line_.fail(hint, words);
      made.policies.push_back(std::exchange(words, {}));
    };
    while (!line_.at_end()) {
      std::string word(line_.take());
      const bool last = word.ends_with(',');
      if (last) word.pop_back();
      words += (words.empty() ? "" : " ") + word;
      if (last) take();
    }
    take();
    if (made.policies.size() < least || made.policies.size() > most) {
      line_.fail(hint, std::to_string(made.policies.size()));
    }
    return made;
  }
  Statement::Kind question() {
    std::string words = text("the question");
    return st::Ask{std::move(words), line_.at_end() ? std::string() : name()};
  }

  Statement::Kind destruction() { return st::DestroyPool{name()}; }
  Statement::Kind selection() { return st::Select{name()}; }
  Statement::Kind zoom() {
    constexpr double one_step = 2;
    if (line_.take_if("fit")) return st::ZoomFit{};
    if (line_.take_if("in")) return st::ZoomBy{one_step};
    if (line_.take_if("out")) return st::ZoomBy{1 / one_step};
    if (line_.at_end()) line_.fail("the name of a block, fit, in or out", {});
    return st::ZoomBlock{name()};
  }

  Statement::Kind colour() {
    const auto colour_by = colour_by_from_name(line_.peek());
    if (!colour_by) line_.fail(colour_by_names(), line_.peek());
    line_.take();
    return st::Colour{*colour_by};
  }

  Statement::Kind theme() {
    if (line_.take_if("dark")) return st::SetTheme{ThemeKind::dark};
    if (line_.take_if("light")) return st::SetTheme{ThemeKind::light};
    line_.fail("dark or light", line_.peek());
  }

  Statement::Kind picture() {
    if (!line_.at_end() && line_.peek().front() == '"') {
      std::string file = line_.take_quoted();
      if (file.empty()) line_.fail("the name of a file", "\"\"");
      return st::Picture{std::move(file)};
    }
    const std::string_view file = line_.take();
    if (file.empty()) line_.fail("the name of a file", file);
    return st::Picture{std::string(file)};
  }

  Statement::Kind expectation();
  Statement::Kind expectation_of(std::string block);
  Statement::Kind expected_error();
  Statement::Kind expected_failure(st::ExpectFailure::Call call);
  st::Comparison comparison();
  std::uint64_t number_or_size() {
    return line_.read("a number",
                      [](std::string_view word) { return parse_size(word, Zero::allowed); });
  }

  ScenarioLine& line_;
};

Statement::Kind Parser::workload() {
  Workload workload;
  const auto pattern = pattern_from_name(line_.peek());
  if (!pattern) line_.fail("a pattern (" + pattern_names() + ")", line_.peek());
  workload.pattern = *pattern;
  line_.take();
  while (!line_.at_end()) {
    const std::string_view setting = line_.take();
    if (setting == "threads") {
      workload.threads = static_cast<unsigned>(count("threads", Workload::max_threads, 1));
    } else if (setting == "live") {
      workload.live_blocks = count("live blocks", Workload::max_live_blocks, 1);
    } else if (setting == "sizes") {
      const auto kind = size_kind_from_name(line_.peek());
      if (!kind) line_.fail("a distribution of sizes (" + size_kind_names() + ")", line_.peek());
      line_.take();
      workload.sizes = {*kind, size()};
    } else if (setting == "rate") {
      workload.rate = line_.read("operations per second", parse_rate);
    } else if (setting == "seed") {
      workload.seed = count("seed", any_number);
    } else if (setting == "operations") {
      workload.operations = count("operations", any_number, 1);
    } else {
      line_.fail("threads, live, sizes, rate, seed or operations", setting);
    }
  }
  return st::StartWorkload{workload};
}

/// In the order of enum Figure.
constexpr std::array figures{"used",   "free",    "blocks",  "heap",    "slots",
                             "holes",  "largest", "headers", "padding", "splits",
                             "merges", "visited", "moves"};
/// In the order of enum BlockPart.
constexpr std::array parts{"size", "header", "payload", "requested", "padding", "guards"};
constexpr std::array<std::pair<const char*, st::Comparison>, 6> comparisons{
    {{"==", st::Comparison::equal},
     {"!=", st::Comparison::not_equal},
     {"<", st::Comparison::less},
     {">", st::Comparison::greater},
     {"<=", st::Comparison::at_most},
     {">=", st::Comparison::at_least}}};

/// The index of a word in a list; nothing if it is not there.
template <std::size_t Size>
std::optional<std::size_t> place_in(const std::array<const char*, Size>& list,
                                    std::string_view word) {
  const auto* const found = std::find(list.begin(), list.end(), word);
  if (found == list.end()) return std::nullopt;
  return static_cast<std::size_t>(found - list.begin());
}

Statement::Kind Parser::expectation() {
  const std::string_view subject = line_.take();
  if (const auto figure = place_in(figures, subject)) {
    const st::Comparison how = comparison();
    return st::ExpectFigure{static_cast<st::Figure>(*figure), how, number_or_size()};
  }
  if (subject == "no") {
    if (!line_.take_if("error")) line_.fail("error", line_.peek());
    return st::ExpectError{MH_OK};
  }
  if (subject == "error") return expected_error();
  if (subject == "malloc") return expected_failure(st::ExpectFailure::Call::malloc);
  if (subject == "calloc") return expected_failure(st::ExpectFailure::Call::calloc);
  if (subject == "realloc") return expected_failure(st::ExpectFailure::Call::realloc);
  if (subject == "aligned_alloc") return expected_failure(st::ExpectFailure::Call::aligned_alloc);
  if (subject.empty()) {
    line_.fail(
        "a figure (used, free, blocks, heap, slots, holes, largest, headers, padding, splits, "
        "merges, visited, moves), error, a call that fails or the name of a block",
        subject);
  }
  return expectation_of(proper_name(subject));
}

Statement::Kind Parser::expectation_of(std::string block) {
  if (line_.take_if("live")) return st::ExpectBlock{std::move(block), true};
  if (line_.take_if("free")) return st::ExpectBlock{std::move(block), false};
  if (line_.take_if(null_name)) return st::ExpectNull{std::move(block)};
  if (line_.take_if("in")) return st::ExpectInside{std::move(block), name()};
  if (line_.take_if("at")) return st::ExpectPlace{std::move(block), name(), true};
  if (line_.take_if("not-at")) return st::ExpectPlace{std::move(block), name(), false};
  if (line_.take_if("set-aside")) return st::ExpectSetAside{std::move(block)};
  if (line_.take_if("aligned")) return st::ExpectAligned{std::move(block), size()};
  if (const auto part = place_in(parts, line_.peek())) {
    line_.take();
    const st::Comparison how = comparison();
    return st::ExpectPart{std::move(block), static_cast<st::BlockPart>(*part), how,
                          number_or_size()};
  }
  line_.fail(
      "live, free, NULL, set-aside, 'in', 'at' or 'not-at' and a name, aligned, or a part of the "
      "block "
      "(size, header, payload, requested, padding, guards)",
      line_.peek());
}

/// "malloc 1T fails"
Statement::Kind Parser::expected_failure(st::ExpectFailure::Call call) {
  st::ExpectFailure failure{call, {}};
  using Call = st::ExpectFailure::Call;
  if (call == Call::realloc) failure.name = name();
  if (call == Call::calloc) failure.count = count("how many", any_number);
  if (call == Call::aligned_alloc) failure.count = size(Zero::allowed);
  failure.size = size(call == Call::realloc ? Zero::refused : Zero::allowed);
  if (!line_.take_if("fails")) line_.fail("fails", line_.peek());
  return failure;
}

Statement::Kind Parser::expected_error() {
  const auto error = error_from_word(line_.peek());
  if (!error) line_.fail("an error (" + error_words() + ")", line_.peek());
  line_.take();
  return st::ExpectError{*error};
}

st::Comparison Parser::comparison() {
  const std::string_view word = line_.take();
  for (const auto& [sign, comparison] : comparisons) {
    if (word == sign) return comparison;
  }
  line_.fail("==, !=, <, >, <= or >=", word);
}

constexpr std::array<Parser::NamingCall, 5> Parser::naming_calls{{
    {"malloc", &Parser::allocation},
    {"calloc", &Parser::zeroed_allocation},
    {"realloc", &Parser::reallocation},
    {"aligned_alloc", &Parser::aligned_allocation},
    {"pool_alloc", &Parser::slot_allocation},
}};

constexpr std::array<Parser::Word, 34> Parser::statement_words{{
    {"free", &Parser::release},
    {"realloc", &Parser::reallocation_in_name},
    {"pool", &Parser::pool},
    {"destroy", &Parser::destruction},
    {"workload", &Parser::workload},
    {"engine", &Parser::engine},
    {"policy", &Parser::policy},
    {"explain", &Parser::explain},
    {"thread", &Parser::thread},
    {"together", &Parser::together},
    {"wait", &Parser::wait},
    {"stop", &Parser::plain<st::Stop>},
    {"reset", &Parser::plain<st::Reset>},
    {"pause", &Parser::plain<st::Pause>},
    {"resume", &Parser::plain<st::Resume>},
    {"step", &Parser::step},
    {"live", &Parser::plain<st::Live>},
    {"seek", &Parser::seek},
    {"speed", &Parser::speed},
    {"mark", &Parser::mark},
    {"title", &Parser::title},
    {"slide", &Parser::slide},
    {"caption", &Parser::caption},
    {"compare", &Parser::compared},
    {"point", &Parser::point},
    {"ask", &Parser::question},
    {"select", &Parser::selection},
    {"zoom", &Parser::zoom},
    {"colour", &Parser::colour},
    {"color", &Parser::colour},
    {"theme", &Parser::theme},
    {"expect", &Parser::expectation},
    {"picture", &Parser::picture},
    {"check", &Parser::plain<st::Check>},
}};

/// Words inside of statements that a block must not be called either.
constexpr std::array inner_words{"fit",   "in",   "out",     "done", "max", "no",
                                 "error", "fast", "classic", "NULL", "null"};

/// What a statement can begin with, for somebody who wrote something else.
std::string Parser::all_words() {
  std::string text = "'NAME = malloc SIZE'";
  for (const Word& one : statement_words) text += ", " + std::string(one.word);
  text += " or a mistake (";
  for (const MischiefKind& kind : mischief_kinds()) {
    if (is_written_as_free(kind.word)) continue;
    text += (text.ends_with('(') ? "" : ", ") + std::string(kind.word);
  }
  return text + ")";
}

/// Whether a block cannot be called that.
bool Parser::is_word(std::string_view text) {
  const auto same = [text](const auto& one) { return one.word == text; };
  const auto& mistakes = mischief_kinds();
  return std::any_of(statement_words.begin(), statement_words.end(), same) ||
         std::any_of(naming_calls.begin(), naming_calls.end(), same) ||
         std::any_of(mistakes.begin(), mistakes.end(), same) ||
         place_in(figures, text).has_value() || place_in(inner_words, text).has_value();
}

/// The statement of a line; nothing if it is empty. Throws ScenarioError.
std::optional<Statement> parse_line(const std::string& file, std::size_t number,
                                    std::string_view raw) {
  ScenarioLine line(file, number, raw);
  if (line.at_end()) return std::nullopt;
  return Statement{Parser(line).statement(), number};
}

/// Whether a script may have this line.
bool is_right(std::string_view raw) {
  try {
    parse_line({}, 1, raw);
    return true;
  } catch (const ScenarioError&) {
    return false;
  }
}

std::optional<Statement> parse_checked_line(const std::string& file, std::size_t number,
                                            std::string_view raw) {
  if (raw.size() > scenario_limits::line_bytes) {
    throw ScenarioError(file, number, "expected a line of at most 4096 bytes, found a longer one");
  }
  if (const std::string fault = text_fault(raw); !fault.empty()) {
    throw ScenarioError(file, number, fault);
  }
  try {
    return parse_line(file, number, raw);
  } catch (const ScenarioError&) {
    const std::string meant = meant_line(raw);
    if (meant.empty() || !is_right(meant)) throw;
    throw ScenarioError(
        file, number,
        "expected a statement, found " + in_quotes(trimmed_line(raw)) + "; write: " + meant);
  }
}

}  // namespace

Scenario parse_scenario(std::string_view text, std::string file) {
  Scenario scenario{std::move(file), {}};
  if (text.size() > scenario_limits::file_bytes) {
    throw ScenarioError(scenario.file, 1,
                        "expected a script of at most 16 MiB, found a larger one");
  }
  const std::string script = text_of_file(std::string(text));
  std::string_view rest = script;
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const std::string_view raw = rest.substr(0, rest.find_first_of("\r\n"));
    rest.remove_prefix(raw.size());
    rest.remove_prefix(rest.starts_with("\r\n") ? 2 : rest.empty() ? 0 : 1);
    if (auto statement = parse_checked_line(scenario.file, number, raw)) {
      scenario.statements.push_back(std::move(*statement));
    }
  }
  return scenario;
}

Scenario load_scenario(const std::filesystem::path& file) {
  std::error_code error;
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  const int why = errno;
  if (std::filesystem::is_directory(file, error)) {
    throw std::runtime_error(file.string() + " is a folder, not a script");
  }
  if (!stream) {
    throw std::runtime_error("cannot read the script " + file.string() + ": " +
                             std::generic_category().message(why));
  }
  std::string text;
  // A little more than allowed is enough to see that it is too large.
  for (std::array<char, 1 << 16> part{}; stream && text.size() <= scenario_limits::file_bytes;) {
    stream.read(part.data(), part.size());
    text.append(part.data(), static_cast<std::size_t>(stream.gcount()));
  }
  return parse_scenario(text, file.string());
}

const char* figure_name(statement::Figure figure) {
  return figures[static_cast<std::size_t>(figure)];
}

const char* part_name(statement::BlockPart part) {
  return parts[static_cast<std::size_t>(part)];
}

const char* comparison_sign(statement::Comparison comparison) {
  return comparisons[static_cast<std::size_t>(comparison)].first;
}

}  // namespace mh
