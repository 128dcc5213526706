#include "app/slides/glossary.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace mh {
namespace {

constexpr std::array terms{
    GlossaryTerm{"heap", "The part of a program's memory that malloc() hands out piece by piece."},
    GlossaryTerm{"block",
                 "What the allocator manages: a header and the bytes behind it, in use or "
                 "free."},
    GlossaryTerm{"header",
                 "The allocator's own bytes at the start of each block: size, state, what "
                 "was requested."},
    GlossaryTerm{"payload",
                 "The bytes of a block that belong to the caller; malloc() returns its "
                 "address."},
    GlossaryTerm{"padding",
                 "Bytes of a block that nobody asked for: sizes are rounded up so that "
                 "the next payload is aligned."},
    GlossaryTerm{"alignment",
                 "Payloads begin at multiples of 16, so that any type can be stored "
                 "there."},
    GlossaryTerm{"guard bytes",
                 "Bytes with a known pattern around a payload: if they change, "
                 "somebody wrote too far."},
    GlossaryTerm{"free list",
                 "The free blocks, linked with each other; the links lie in the free "
                 "payloads."},
    GlossaryTerm{"program break",
                 "The end of the heap: the first address that is not the "
                 "program's. sbrk() moves it."},
    GlossaryTerm{"sbrk", "The system call that moves the program break up or down."},
    GlossaryTerm{"split",
                 "A free block that is larger than needed is cut in two; the rest stays "
                 "free."},
    GlossaryTerm{"coalescing", "Neighbouring free blocks become one larger block."},
    GlossaryTerm{"merged", "Neighbouring free blocks become one larger block (coalescing)."},
    GlossaryTerm{"first fit", "Takes the first free block in the list that is large enough."},
    GlossaryTerm{"next fit", "First fit that goes on where the last search ended."},
    GlossaryTerm{"best fit", "Takes the smallest free block that is large enough."},
    GlossaryTerm{"worst fit", "Takes the largest free block."},
    GlossaryTerm{"fragmentation",
                 "Memory that is free but of no use: external, if it lies in holes "
                 "that are too small; internal, if it lies inside blocks."},
    GlossaryTerm{"external fragmentation",
                 "Much is free, but in pieces that are too small for the "
                 "request."},
    GlossaryTerm{"internal fragmentation",
                 "Bytes inside blocks in use that nobody asked for: "
                 "headers, padding, guards."},
    GlossaryTerm{"double free",
                 "free() of a block that is free already: a bug that can corrupt the "
                 "free list."},
    GlossaryTerm{"use after free",
                 "Reading or writing a block after free(): the bytes may belong "
                 "to somebody else by now."},
    GlossaryTerm{"overflow",
                 "Writing past the end of a payload, into padding, guard bytes or the "
                 "next header."},
    GlossaryTerm{"underflow",
                 "Writing before the start of a payload, into guard bytes or the "
                 "block's own header."},
    GlossaryTerm{"poison",
                 "Freed bytes are filled with a pattern; if it has changed, somebody "
                 "wrote after free()."},
    GlossaryTerm{"leak",
                 "A block in use whose address nobody knows any more: it can never be "
                 "freed."},
    GlossaryTerm{"pool",
                 "A block cut into slots of one size: no search, no header for each "
                 "object."},
    GlossaryTerm{"slot", "The room for one object in a pool."},
    GlossaryTerm{"trim", "Giving free memory at the end of the heap back to the system."},
    GlossaryTerm{"cached",
                 "Free, but kept for the next request of its size, mostly by the thread that "
                 "freed it: no neighbour swallows it, and that thread needs no lock."},
    GlossaryTerm{"boundary tag",
                 "The size of a free block once more, at its end: the block behind finds its "
                 "start without a search (Knuth)."},
    GlossaryTerm{"bin", "A list of the free blocks of one size, or of a range of sizes."},
    GlossaryTerm{"checksum",
                 "A number computed from a header's contents and its address: whoever writes "
                 "over the header by accident does not hit it."},
    GlossaryTerm{"lock", "Only one thread at a time may change the heap; the others wait."}};

char lower(char c) {
  return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}
bool is_letter(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0;
}

bool stands_at(std::string_view text, std::size_t position, std::string_view term) {
  if (text.size() - position < term.size()) return false;
  const bool same = std::equal(term.begin(), term.end(), text.begin() + static_cast<long>(position),
                               [](char a, char b) { return a == lower(b); });
  std::size_t end = position + term.size();
  if (!same) return false;
  if (end < text.size() && text[end] == 's') ++end;  // a plural
  return end >= text.size() || !is_letter(text[end]);
}

}  // namespace

std::span<const GlossaryTerm> glossary() {
  return terms;
}

const GlossaryTerm* term_at(std::string_view text, std::size_t position) {
  if (position > 0 && is_letter(text[position - 1])) return nullptr;
  const GlossaryTerm* longest = nullptr;
  for (const GlossaryTerm& term : terms) {
    const bool better = longest == nullptr || term.term.size() > longest->term.size();
    if (better && stands_at(text, position, term.term)) longest = &term;
  }
  return longest;
}

}  // namespace mh
