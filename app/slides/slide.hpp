#pragma once
// What a slide says: one moment of a heap, with the operation that led there. Knows nothing of how
// it is drawn.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mh {

struct GlossaryTerm;

/// How a block stands between two slides. As here: it is at rest.
struct BlockMotion {
  /// A border that melts, with the header behind it.
  struct Scar {
    std::uint64_t address = 0, header = 0;
    bool operator==(const Scar&) const = default;
  };
  double header = 1;        ///< strength of its header; 0: not seen
  double words = 1;         ///< strength of its name and size
  double fill = 0;          ///< of a free block: how full it is of what was in use here
  double gap = 0;           ///< before it, where a cut drifts apart
  double scarred = 0;       ///< strength of its scars
  std::vector<Scar> scars;  ///< where blocks were merged
  std::uint64_t told = 0;   ///< the size that its words tell, bytes; 0: its own
  bool operator==(const BlockMotion&) const = default;
};

/// A block on a slide. Sizes in bytes.
struct SlideBlock {
  std::uint64_t address = 0;  ///< of the header
  std::uint64_t size = 0;
  std::uint64_t header = 0;
  std::uint64_t front = 0;
  std::uint64_t guard = 0;
  std::uint64_t tag = 0;  ///< of a free block: at its end, what the block behind it can read
  std::uint64_t requested = 0;
  bool used = false;
  bool foreign = false;
  bool set_aside = false;
  bool guarded = false;
  bool cached = false;      ///< free, kept for a thread
  unsigned owner = 0;       ///< index of the colour of its thread; 0: the hand
  std::string name;         ///< of a free block: what it was called; empty: none
  unsigned visit = 0;       ///< the n-th that the search looked at; 0: not visited
  bool chosen = false;      ///< what the search took
  bool pointed_at = false;  ///< by the script, or an answer to a question
  std::string remark;       ///< of the pointer, short

  struct Slot {
    std::uint64_t address = 0, size = 0;
    bool used = false;
    std::string name;  ///< of the object; empty: none
    bool pointed_at = false;
    std::string remark = {};
    double fill = 0;  ///< between two slides, of a free one: how full it is
    bool operator==(const Slot&) const = default;
  };
  std::vector<Slot> slots;  ///< of a pool block
  BlockMotion motion;
  bool operator==(const SlideBlock&) const = default;
};

/// The first address behind a block.
[[nodiscard]] inline std::uint64_t end_of(const SlideBlock& block) {
  return block.address + block.size;
}

/// What a search thought of a block.
struct SlideVisit {
  std::uint64_t size = 0;  ///< of the block, bytes
  std::string verdict;     ///< "fits, 16 left over"
  std::string note;        ///< "best so far"; empty: none
  bool fits = false;
  bool operator==(const SlideVisit&) const = default;
};

/// A row of a table beside or under the heap: a comparison's figures.
struct SlideRow {
  std::string label;
  std::vector<std::string> cells;
  const GlossaryTerm* explained = nullptr;  ///< when the pointer rests on the label
  bool operator==(const SlideRow&) const = default;
};

/// What is on its way in a heap between two slides; nothing of it on a slide at rest. Blocks by the
/// addresses of their headers.
struct HeapMotion {
  /// An arrow of the free list.
  struct Link {
    std::uint64_t from = 0, was = 0, is = 0;  ///< was, is: where it leads to; 0: there is none
    double done = 0;
    bool operator==(const Link&) const = default;
  };
  /// Bytes that realloc takes elsewhere.
  struct Travel {
    std::uint64_t from = 0, to = 0, bytes = 0;  ///< from, to: first bytes of the payloads
    unsigned owner = 0;
    double done = 0;
    bool operator==(const Travel&) const = default;
  };
  /// The search, between two blocks.
  struct Walk {
    std::uint64_t from = 0, to = 0;
    double done = 0;
    bool operator==(const Walk&) const = default;
  };
  std::vector<Link> links;
  std::vector<Travel> travels;
  std::optional<Walk> walk;
  double flash = 0;  ///< of the bytes written over last
  bool operator==(const HeapMotion&) const = default;
};

/// One heap, drawn as a strip of blocks in rows.
struct SlideHeap {
  std::string title;  ///< what it is called where several are compared; empty: none
  std::uint64_t start = 0;
  std::uint64_t program_break = 0;
  std::vector<SlideBlock> blocks;      ///< by address
  std::vector<std::size_t> free_list;  ///< indices into blocks, in list order

  struct Bytes {
    std::uint64_t address = 0, count = 0;
    bool operator==(const Bytes&) const = default;
  };
  std::vector<Bytes> scribbles;  ///< written where nobody should have written
  /// A realloc that moved, blocks by the addresses of their headers.
  struct Copy {
    std::uint64_t from = 0, to = 0;
    bool operator==(const Copy&) const = default;
  };
  std::vector<Copy> copies;  ///< of the operation: seen only while it happens
  HeapMotion motion;
  bool operator==(const SlideHeap&) const = default;
};

struct SlideCode {
  struct Line {
    std::string text;     ///< a statement, however long
    bool marked = false;  ///< what happens now
    bool operator==(const Line&) const = default;
  };
  std::string title;  ///< "best_fit(), placement.cpp"
  std::vector<Line> lines;
  bool operator==(const SlideCode&) const = default;
};

/// The scale between two slides: from the one to the other.
struct ScaleMotion {
  std::uint64_t was = 0, is = 0;  ///< bytes of the largest heap; 0: at rest
  double done = 0;
  bool operator==(const ScaleMotion&) const = default;
};

struct Slide {
  std::string title;
  std::string subtitle;
  std::string step;  ///< "step 6 of 11"
  SlideCode code;
  std::string operation;            ///< "p = malloc(100)"; of several, one a line
  std::string said;                 ///< what came of it, in a sentence; empty: nothing to tell
  bool alarm = false;               ///< an error, or a call that failed
  std::string mark;                 ///< the program's last mark; empty: none
  std::vector<SlideVisit> visits;   ///< of the operation's search, in order
  std::string outcome;              ///< "visited 3 of 4 free blocks"
  std::vector<std::string> doings;  ///< what the operation did so far, the newest last
  std::vector<SlideHeap> heaps;     ///< one, or the compared ones
  std::vector<std::string> columns;
  std::vector<SlideRow> table;
  std::string caption;
  std::string question;                  ///< asked and not yet answered
  std::optional<std::string> judgement;  ///< of the answer given
  bool relative_addresses = false;       ///< from the heap's start
  bool decimal_addresses = false;
  std::size_t visits_told = ~std::size_t{0};  ///< between two slides: so many of the visits
  ScaleMotion scale;
  bool operator==(const Slide&) const = default;
};

}  // namespace mh
