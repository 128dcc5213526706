#pragma once
// Files that the build put inside the program: see app/cmake/embed_files.cmake.

#include <cstddef>
#include <string_view>
#include <vector>

namespace mh {

struct EmbeddedFile {
  std::string_view name;  ///< without folders
  std::string_view text;
};

/// An entry of the table that the assembler file of the build holds; the last one is empty.
struct EmbeddedEntry {
  const char* name;
  const char* begin;
  const char* end;
};

inline std::vector<EmbeddedFile> embedded_files(const EmbeddedEntry* entry) {
  std::vector<EmbeddedFile> files;
  for (; entry->name != nullptr; ++entry) {
    files.push_back(
        {entry->name, {entry->begin, static_cast<std::size_t>(entry->end - entry->begin)}});
  }
  return files;
}

}  // namespace mh
