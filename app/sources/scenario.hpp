#pragma once
// Scenarios: scripts of allocations, workloads and pictures, in plain text. One statement a line,
// '#' begins a comment. A script is understood as a whole before anything of it runs. It is UTF-8,
// or UTF-16 with a mark, with the line ends of any system.
//
//   p = malloc 100          q = calloc 4 25        r = realloc p 2K     realloc q 10     free r
//   a = aligned_alloc 64 100     z = malloc 0     expect z NULL     free NULL     b = realloc NULL
//   8 pool P size 24 slots 4     a = pool_alloc P     free a     destroy P workload churn threads 4
//   live 1200 sizes exponential 96 rate unlimited seed 1 operations 50K policy plain     policy
//   best split on coalesce deferred align 32     explain on wait 500ms     wait done     stop reset
//   pause     resume     step 3     step -1     live     seek 1200     speed 250     speed max
//   mark "phase 2"
//   caption "First fit takes the first hole"     select p     zoom p     zoom fit     zoom in
//   colour thread     theme light     picture heap.png
//   expect blocks == 2     expect used >= 4K     expect slots == 3
//   expect holes == 1     expect largest >= 112     expect splits == 0     expect visited == 4
//   expect p live     expect q free     expect r in q     expect r at q     expect r not-at q
//   expect p size == 144     expect p padding == 12     expect p aligned 64
//   expect malloc 1000G fails     expect calloc 0x1000000000000001 16 fails
//   thread 2     thread you     together on     together off
//   title "Placement"     slide "Best fit takes the tightest"     point p "this one"
//   ask "Which block will malloc(100) get?"     ask "Which one was freed first?" q
// Mistakes, on purpose:
//   overflow p     underflow p 4     smash p     double-free p     free p + 8     free-other-heap
//   write-after-free p     out-of-memory
//   check     expect error overflow     expect no error     expect p set-aside

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "app/model/colour_by.hpp"
#include "app/model/theme_kind.hpp"
#include "app/model/workload.hpp"
#include "app/sources/mischief.hpp"

namespace mh {

/// What a call can be given in place of a block.
inline constexpr const char* null_name = "NULL";

namespace statement {

struct Malloc {
  std::string name;
  std::uint64_t size;
};
struct AlignedAlloc {
  std::string name;
  std::uint64_t alignment, size;
};
struct Calloc {
  std::string name;
  std::uint64_t count, size;
};
struct Realloc {
  std::string result;  ///< the name afterwards; empty: it keeps its name
  std::string name;    ///< or null_name
  std::uint64_t size;
};
struct Free {  ///< a block, or an object of a pool, or null_name
  std::string name;
};
struct MakePool {
  std::string name;
  std::uint64_t object_size;
  std::uint64_t slots;  ///< of a block; 0: as the heap thinks best
};
struct PoolAlloc {
  std::string name;
  std::string pool;
};
struct DestroyPool {
  std::string name;
};
/// A mistake on purpose; see MischiefMaker.
struct MakeMischief {
  Mischief mischief;
  std::string name;          ///< empty: it needs no block
  std::uint64_t amount = 0;  ///< 0: what is usual
};
/// Through the pointer of a block that was freed.
struct WriteAfterFree {
  std::string name;
  std::uint64_t bytes = 1;
};
struct Check {};
struct StartWorkload {
  Workload workload;
};
/// The switches as they stand in the script, known to be good; see policy_words.hpp.
struct SetPolicy {
  std::string words;
};
struct Explain {
  bool on;
};
/// The heap begins anew with this engine.
struct ChooseEngine {
  bool fast;
};
/// The hand's next calls come from the worker of that number; 0: from "you" again.
struct AsThread {
  unsigned number;
};
/// What comes between on and off is one step of a lesson.
struct Together {
  bool on;
};
struct WaitFor {
  std::uint64_t ns;
};
struct WaitDone {};
struct Stop {};
struct Reset {};
struct Pause {};
struct Resume {};
struct Step {
  int calls;
};
struct Live {};
struct Seek {
  std::uint64_t position;
};
struct Speed {
  double events_per_second;
};
struct Mark {
  std::string text;
};
struct Caption {
  std::string text;
};
/// What a lesson is called; what the slides from here on are headed.
struct Title {
  std::string text;
};
struct Slide {
  std::string text;
};
/// Marks a block on the slide.
struct Point {
  std::string name;
  std::string text;
};
/// The policies that tell most about this lesson, side by side.
struct Compare {
  std::vector<std::string> policies;  ///< as parse_compared() reads them
};
/// The audience is to click on a block: the one of that name or, if none is given, the one that the
/// next operation takes.
struct Ask {
  std::string text;
  std::string answer;
};
struct Select {
  std::string name;
};
struct ZoomBlock {
  std::string name;
};
struct ZoomFit {};
struct ZoomBy {
  double factor;  ///< above 1: closer
};
struct Colour {
  ColourBy colour_by;
};
struct SetTheme {
  ThemeKind theme;
};
struct Picture {
  std::string file;
};

/// used: bytes requested in used blocks; free: bytes of payload in free blocks; blocks: used
/// blocks; heap: bytes from the start of the heap to the break; slots: those in use, of all pools;
/// holes: free blocks; largest: bytes of payload in the largest one; headers, padding: bytes.
/// splits, merges, visited (free blocks that searches looked at), moves (of the break): since the
/// heap began.
enum class Figure {
  used,
  free,
  blocks,
  heap,
  slots,
  holes,
  largest,
  headers,
  padding,
  splits,
  merges,
  visited,
  moves
};
enum class Comparison { equal, not_equal, less, greater, at_most, at_least };
struct ExpectFigure {
  Figure figure;
  Comparison comparison;
  std::uint64_t number;
};
struct ExpectBlock {
  std::string name;
  bool live;
};
/// The call that had to name it returned NULL.
struct ExpectNull {
  std::string name;
};
struct ExpectSetAside {
  std::string name;
};
/// Noticed by the heap, or found by `check`, since the last such statement.
struct ExpectError {
  mh_error error;  ///< MH_OK: none
};

/// The block lies where that other block lay.
struct ExpectInside {
  std::string name;
  std::string outer;
};
/// The block begins where that other block began, or does not.
struct ExpectPlace {
  std::string name;
  std::string other;
  bool same;
};

/// Of a block, bytes. size: all of it; payload: what could be requested there, at most.
enum class BlockPart { size, header, payload, requested, padding, guards };
struct ExpectPart {
  std::string name;
  BlockPart part;
  Comparison comparison;
  std::uint64_t number;
};
/// The payload's address is a multiple of that.
struct ExpectAligned {
  std::string name;
  std::uint64_t alignment;
};
/// The call is made, and has to return NULL.
struct ExpectFailure {
  enum class Call { malloc, calloc, realloc, aligned_alloc };
  Call call;
  std::string name;         ///< realloc: of the block
  std::uint64_t count = 1;  ///< calloc: how many; aligned_alloc: the alignment
  std::uint64_t size = 0;   ///< bytes
};

}  // namespace statement

struct Statement {
  using Kind = std::variant<
      statement::Malloc, statement::AlignedAlloc, statement::Calloc, statement::Realloc,
      statement::Free, statement::MakePool, statement::PoolAlloc, statement::DestroyPool,
      statement::StartWorkload, statement::SetPolicy, statement::ChooseEngine, statement::Explain,
      statement::AsThread, statement::Together, statement::WaitFor, statement::WaitDone,
      statement::Stop, statement::Reset, statement::Pause, statement::Resume, statement::Step,
      statement::Live, statement::Seek, statement::Speed, statement::Mark, statement::Caption,
      statement::Title, statement::Slide, statement::Compare, statement::Point, statement::Ask,
      statement::Select, statement::ZoomBlock, statement::ZoomFit, statement::ZoomBy,
      statement::Colour, statement::SetTheme, statement::Picture, statement::ExpectFigure,
      statement::ExpectBlock, statement::ExpectNull, statement::ExpectInside,
      statement::MakeMischief, statement::WriteAfterFree, statement::Check,
      statement::ExpectSetAside, statement::ExpectError, statement::ExpectPlace,
      statement::ExpectPart, statement::ExpectAligned, statement::ExpectFailure>;
  Kind kind;
  std::size_t line = 0;
};

struct Scenario {
  std::string file;  ///< as it stands in messages
  std::vector<Statement> statements;
};

/// "FILE:LINE: expected ..., found '...'"
class ScenarioError : public std::runtime_error {
 public:
  ScenarioError(std::string_view file, std::size_t line, const std::string& what)
      : std::runtime_error(std::string(file) + ":" + std::to_string(line) + ": " + what) {}
};

namespace scenario_limits {
inline constexpr std::size_t line_bytes = 4096;
inline constexpr std::size_t file_bytes = std::size_t{16} << 20;
}  // namespace scenario_limits

/// Throws ScenarioError.
Scenario parse_scenario(std::string_view text, std::string file);
/// Throws ScenarioError, or std::runtime_error if the file cannot be read.
Scenario load_scenario(const std::filesystem::path& file);

const char* figure_name(statement::Figure figure);
const char* part_name(statement::BlockPart part);
const char* comparison_sign(statement::Comparison comparison);

}  // namespace mh
