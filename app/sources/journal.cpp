#include "app/sources/journal.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "app/model/policy_words.hpp"

namespace mh {
namespace {

using Kind = HandCall::Kind;

/// Names of a pool's objects, which need some to be freed by.
class Objects {
 public:
  std::string name_new(const HandCall& call) {
    std::string& name = names_[call.object];
    name = call.name.empty() ? std::string("s") + std::to_string(++last_) : call.name;
    return name;
  }
  [[nodiscard]] std::string name_of(const HandCall& call) const {
    const auto found = names_.find(call.object);
    return found == names_.end() ? call.name : found->second;
  }

 private:
  std::map<std::uint64_t, std::string> names_;
  unsigned last_ = 0;
};

std::string arguments(const HandCall& call) {
  const std::string size = std::to_string(call.size);
  switch (call.kind) {
    case Kind::malloc:
      return "malloc " + size;
    case Kind::calloc:
      return "calloc " + std::to_string(call.count) + " " + size;
    case Kind::aligned_alloc:
      return "aligned_alloc " + std::to_string(call.count) + " " + size;
    case Kind::realloc:
      return "realloc " + call.name + " " + size;
    default:
      return {};
  }
}

/// A call as scripts say it.
std::string statement(const HandCall& call, Objects& objects) {
  if (call.failed) return "expect " + arguments(call) + " fails";
  switch (call.kind) {
    case Kind::malloc:
    case Kind::calloc:
    case Kind::aligned_alloc:
      return call.name + " = " + arguments(call);
    case Kind::realloc:
      return (call.result == call.name ? "" : call.result + " = ") + arguments(call);
    case Kind::free:
      return "free " + call.name;
    case Kind::make_pool:
      return "pool " + call.name + " size " + std::to_string(call.size) +
             (call.count == 0 ? "" : " slots " + std::to_string(call.count));
    case Kind::pool_alloc: {
      const std::string pool = call.words;
      return objects.name_new(call) + " = pool_alloc " + pool;
    }
    case Kind::pool_free:
      return "free " + objects.name_of(call);
    case Kind::destroy_pool:
      return "destroy " + call.name;
    case Kind::policy:
      return "policy " + call.words;
    case Kind::script:
      return call.words;
  }
  return {};
}

/// What a step of the lesson says; empty: nothing.
std::string caption(const HandCall& call) {
  const std::string size = std::to_string(call.size);
  const std::string block =
      call.block == 0 ? "." : ": a block of " + std::to_string(call.block) + " bytes.";
  if (call.failed) return {};
  switch (call.kind) {
    case Kind::malloc:
      return call.name + " = malloc(" + size + ")" + block;
    case Kind::calloc:
      return call.name + " = calloc(" + std::to_string(call.count) + ", " + size + ")" + block;
    case Kind::aligned_alloc:
      return call.name + " = aligned_alloc(" + std::to_string(call.count) + ", " + size + ")" +
             block;
    case Kind::realloc:
      return call.result + " = realloc(" + call.name + ", " + size +
             "): " + (call.moved ? "it moves, its bytes are copied." : "it stays where it is.");
    case Kind::free:
      return "free(" + call.name + ")" +
             (call.block == 0
                  ? "."
                  : ": its " + std::to_string(call.block) + " bytes can be used again.");
    case Kind::make_pool:
      return call.name + ": a block divided into slots of " + size + " bytes.";
    case Kind::pool_alloc:
      return "A slot of " + call.words + " is taken.";
    case Kind::pool_free:
      return "A slot is given back.";
    case Kind::destroy_pool:
      return call.name + "'s blocks go back to the heap.";
    case Kind::policy:
    case Kind::script:
      break;
  }
  return {};
}

/// A name that C does not mean otherwise.
std::string c_name(const std::string& name) {
  constexpr std::array<std::string_view, 45> taken{
      "aligned_alloc", "auto",    "break",    "calloc", "case",     "char",     "const",
      "continue",      "default", "do",       "double", "else",     "enum",     "extern",
      "float",         "for",     "free",     "goto",   "if",       "inline",   "int",
      "long",          "main",    "malloc",   "printf", "realloc",  "register", "restrict",
      "return",        "short",   "signed",   "sizeof", "static",   "struct",   "switch",
      "typedef",       "union",   "unsigned", "void",   "volatile", "while",    "bool",
      "true",          "false",   "NULL"};
  const bool is_taken = std::find(taken.begin(), taken.end(), name) != taken.end();
  return is_taken || name.starts_with('_') ? "my_" + name : name;
}

/// A call as a line of C.
std::string c_line(const HandCall& call) {
  const std::string size = std::to_string(call.size);
  if (call.failed) return "/* " + arguments(call) + " returned NULL */";
  switch (call.kind) {
    case Kind::malloc:
      return c_name(call.name) + " = malloc(" + size + ");";
    case Kind::calloc:
      return c_name(call.name) + " = calloc(" + std::to_string(call.count) + ", " + size + ");";
    case Kind::aligned_alloc:
      return c_name(call.name) + " = aligned_alloc(" + std::to_string(call.count) + ", " + size +
             ");";
    case Kind::realloc:
      return c_name(call.result) + " = realloc(" + c_name(call.name) + ", " + size + ");";
    case Kind::free:
      return "free(" + c_name(call.name) + ");";
    case Kind::make_pool:
      return "/* pool " + call.name + " of " + size + " bytes each: see microheap.h */";
    case Kind::pool_alloc:
    case Kind::pool_free:
    case Kind::destroy_pool:
      return {};
    case Kind::policy:
    case Kind::script:
      return "/* " + call.words + " */";
  }
  return {};
}

bool names_a_block(const HandCall& call) {
  const bool allocates = call.kind == Kind::malloc || call.kind == Kind::calloc ||
                         call.kind == Kind::aligned_alloc || call.kind == Kind::realloc;
  return allocates && !call.failed;
}

}  // namespace

void Journal::begin(const mh_policy& policy, bool fast_engine) {
  calls_.clear();
  left_out_.clear();
  policy_ = policy;
  fast_ = fast_engine;
}

void Journal::add(HandCall call) {
  // Until something was called the policy is what the script begins with.
  if (calls_.empty() && call.kind == Kind::policy) {
    if (const auto read = parse_policy(call.words, policy_); read) policy_ = *read;
    return;
  }
  if (calls_.size() < most_calls) {
    calls_.push_back(std::move(call));
  } else {
    leave_out("Only the first " + std::to_string(most_calls) + " calls are kept.");
  }
}

void Journal::leave_out(std::string why) {
  if (left_out_.empty()) left_out_ = std::move(why);
}

void Journal::join_from(std::size_t first) {
  for (std::size_t i = first; i + 1 < calls_.size(); ++i) calls_[i].with_the_next = true;
}

bool Journal::has_calls() const {
  return std::any_of(calls_.begin(), calls_.end(),
                     [](const HandCall& call) { return call.kind != Kind::policy; });
}

std::string Journal::program() const {
  std::set<std::string> names;
  std::set<std::string> live;
  std::string body;
  for (const HandCall& call : calls_) {
    const std::string line = c_line(call);
    if (!line.empty()) body += "  " + line + "\n";
    if (call.failed) continue;
    if (call.kind == Kind::free || call.kind == Kind::realloc) live.erase(c_name(call.name));
    if (!names_a_block(call)) continue;
    const std::string name = c_name(call.kind == Kind::realloc ? call.result : call.name);
    names.insert(name);
    live.insert(name);
  }
  std::string text =
      "/* The calls that were made by hand in MicroHeap.\n"
      "   cc -o calls calls.c && ./calls */\n";
  if (!left_out_.empty()) text += "/* " + left_out_ + " */\n";
  text += "#include <stdio.h>\n#include <stdlib.h>\n\nint main(void) {\n";
  for (const std::string& name : names) text += "  char *" + name + ";\n";
  if (!names.empty()) text += "\n";
  text += body;
  if (!live.empty()) text += "\n";
  for (const std::string& name : live) {
    text += "  printf(\"" + name + " = %p\\n\", (void *)" + name + ");\n";
  }
  return text + "  return 0;\n}\n";
}

std::string Journal::head() const {
  std::string text;
  if (!left_out_.empty()) text += "# " + left_out_ + "\n";
  if (fast_) return text + "engine fast\n";
  return text + "policy " + policy_words(policy_) + "\n";
}

std::string Journal::script() const {
  std::string text = "# The calls that were made by hand: microheap --script FILE\n" + head();
  Objects objects;
  for (const HandCall& call : calls_) text += statement(call, objects) + "\n";
  return text;
}

/// Whether the sizes of blocks do not depend on where the heap begins.
bool Journal::sizes_are_certain() const {
  const bool aligned_more =
      policy_.alignment > 16 || std::any_of(calls_.begin(), calls_.end(), [](const HandCall& call) {
        return call.kind == Kind::aligned_alloc ||
               (call.kind == Kind::policy && call.words.find("align") != std::string::npos);
      });
  return !fast_ && !aligned_more && left_out_.empty();
}

std::string Journal::lesson(const mh_stats& end) const {
  std::string text =
      "# The calls that were made by hand. Play them: microheap lesson FILE\n"
      "title \"By hand\"\n" +
      head() + "\nslide \"What was called\"\n";
  Objects objects;
  bool together = false;
  for (const HandCall& call : calls_) {
    if (call.with_the_next && !together) text += "together on\n";
    text += statement(call, objects) + "\n";
    if (together && !call.with_the_next) text += "together off\n";
    const bool alone = !together && !call.with_the_next;
    together = call.with_the_next;
    if (together) continue;
    const std::string words = alone ? caption(call) : "Several are freed at once.";
    if (!words.empty()) text += "caption \"" + words + "\"\n";
    const std::string& name = call.kind == Kind::realloc ? call.result : call.name;
    if (alone && sizes_are_certain() && names_a_block(call) && call.block != 0)
      text += "expect " + name + " size == " + std::to_string(call.block) + "\n";
  }
  if (sizes_are_certain()) {
    text += "expect blocks == " + std::to_string(end.used_blocks) + "\n";
    text += "expect heap == " + std::to_string(end.heap) + "\n";
  }
  return text;
}

}  // namespace mh
