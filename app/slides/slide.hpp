#pragma once
// What a slide says: one moment of a heap, with the operation that led there. Knows nothing of how
// it is drawn.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mh {

struct GlossaryTerm;

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
  };
  std::vector<Slot> slots;  ///< of a pool block
};

/// What a search thought of a block.
struct SlideVisit {
  std::uint64_t size = 0;  ///< of the block, bytes
  std::string verdict;     ///< "fits, 16 left over"
  std::string note;        ///< "best so far"; empty: none
  bool fits = false;
};

/// A row of a table beside or under the heap: a comparison's figures.
struct SlideRow {
  std::string label;
  std::vector<std::string> cells;
  const GlossaryTerm* explained = nullptr;  ///< when the pointer rests on the label
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
  };
  std::vector<Bytes> scribbles;  ///< written where nobody should have written
};

struct SlideCode {
  struct Line {
    std::string text;     ///< a statement, however long
    bool marked = false;  ///< what happens now
  };
  std::string title;  ///< "best_fit(), placement.cpp"
  std::vector<Line> lines;
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
};

}  // namespace mh
