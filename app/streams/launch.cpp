#include "app/streams/launch.hpp"

#include <elf.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>

#include "core/events/session.hpp"

namespace mh {

namespace {

namespace fs = std::filesystem;

constexpr char library_name[] = "libmicroheap_preload.so";
constexpr unsigned most_interpreters = 4;
constexpr std::uint64_t most_searched = std::uint64_t{64} << 20;  // bytes of names in a program

std::string find_in_path(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  const char* const path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    std::string file = (folder.empty() ? "." : folder) + "/" + name;
    struct stat info {};
    if (stat(file.c_str(), &info) == 0 && S_ISREG(info.st_mode) &&
        access(file.c_str(), X_OK) == 0) {
      return file;
    }
  }
  return {};
}

/// The interpreter's words of a script's first line; empty: it is no script.
std::vector<std::string> interpreter_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::string line;
  line.resize(2);
  if (!in.read(line.data(), 2) || line != "#!") return {};
  std::getline(in, line);
  std::istringstream words(line.substr(0, 250));
  std::vector<std::string> found;
  for (std::string word; words >> word;) found.push_back(word);
  if (found.empty()) found.emplace_back();
  return found;
}

/// Asked of an ELF file.
class Elf {
 public:
  explicit Elf(const std::string& file) : in_(file, std::ios::binary) {
    good_ = read(0, &header_, sizeof header_) && std::memcmp(header_.e_ident, ELFMAG, SELFMAG) == 0;
  }
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] bool of_this_machine() const {
    Elf64_Ehdr own{};
    std::ifstream self("/proc/self/exe", std::ios::binary);
    self.read(reinterpret_cast<char*>(&own), sizeof own);
    return header_.e_ident[EI_CLASS] == own.e_ident[EI_CLASS] && header_.e_machine == own.e_machine;
  }
  /// The loader that it names; empty: none, it is static.
  std::string loader() {
    for (const Elf64_Phdr& part : parts()) {
      if (part.p_type != PT_INTERP) continue;
      std::array<char, 256> name{};
      const std::size_t length = std::min<std::size_t>(part.p_filesz, name.size() - 1);
      if (read(part.p_offset, name.data(), length)) return name.data();
    }
    return {};
  }
  /// The names of what it takes from libraries and gives to them, a zero around each. Empty: none,
  /// or too many to look at.
  std::string dynamic_names() {
    std::uint64_t address = 0, bytes = 0;
    for (const Elf64_Phdr& part : parts()) {
      if (part.p_type != PT_DYNAMIC) continue;
      Elf64_Dyn entry{};
      for (std::uint64_t at = 0; at + sizeof entry <= part.p_filesz; at += sizeof entry) {
        if (!read(part.p_offset + at, &entry, sizeof entry) || entry.d_tag == DT_NULL) break;
        if (entry.d_tag == DT_STRTAB) address = entry.d_un.d_ptr;
        if (entry.d_tag == DT_STRSZ) bytes = entry.d_un.d_val;
      }
    }
    if (bytes == 0 || bytes > most_searched) return {};
    for (const Elf64_Phdr& part : parts()) {
      if (part.p_type != PT_LOAD || address < part.p_vaddr ||
          address - part.p_vaddr >= part.p_filesz) {
        continue;
      }
      std::string names(bytes, '\0');
      if (read(part.p_offset + (address - part.p_vaddr), names.data(), bytes)) return names;
    }
    return {};
  }

 private:
  std::vector<Elf64_Phdr> parts() {
    std::vector<Elf64_Phdr> found;
    for (unsigned i = 0; i < header_.e_phnum; ++i) {
      Elf64_Phdr part{};
      if (!read(header_.e_phoff + std::uint64_t{i} * sizeof part, &part, sizeof part)) break;
      found.push_back(part);
    }
    return found;
  }
  bool read(std::uint64_t offset, void* into, std::size_t bytes) {
    in_.clear();
    in_.seekg(static_cast<std::streamoff>(offset));
    return static_cast<bool>(
        in_.read(static_cast<char*>(into), static_cast<std::streamsize>(bytes)));
  }
  std::ifstream in_;
  Elf64_Ehdr header_{};
  bool good_ = false;
};

/// Whether a sanitizer's run time is part of the program: it has a malloc of its own.
bool is_sanitized(Elf& elf) {
  using namespace std::string_view_literals;
  const std::string names = elf.dynamic_names();
  constexpr std::array run_times{"\0__asan_init\0"sv, "\0__tsan_init\0"sv, "\0__msan_init\0"sv};
  return std::any_of(run_times.begin(), run_times.end(), [&](std::string_view run_time) {
    return names.find(run_time) != std::string::npos;
  });
}

std::string problem_of_binary(const std::string& file) {
  struct stat info {};
  if (stat(file.c_str(), &info) != 0) return file + ": " + std::strerror(errno);
  if ((info.st_mode & S_ISUID) != 0 && info.st_uid != geteuid()) {
    return file +
           " runs as another user (set-user-id), and the system lets nobody look into it: "
           "run this as that user, or a copy of the program";
  }
  Elf elf(file);
  if (!elf.good()) return {};  // the system will say what it thinks of it
  if (!elf.of_this_machine()) return file + " is made for another kind of processor";
  const std::string loader = elf.loader();
  if (loader.empty()) {
    return file +
           " is linked statically, so that its malloc cannot be replaced: link it without "
           "-static, or watch a dynamic build of it";
  }
  if (loader.find("ld-musl") != std::string::npos) {
    return file + " runs on musl, and the drop-in malloc on glibc: watch a build of it for glibc";
  }
  if (is_sanitized(elf)) {
    return file +
           " is built with a sanitizer, which has a malloc of its own: watch a build "
           "without -fsanitize";
  }
  return {};
}

bool is_python(const std::string& file) {
  const std::string name = fs::path(file).filename().string();
  return name.starts_with("python") || name.starts_with("pypy");
}

/// The program that runs a script; empty: it is not to be found.
std::string interpreter_file(const std::vector<std::string>& words) {
  if (fs::path(words[0]).filename() != "env") return words[0];
  for (std::size_t i = 1; i < words.size(); ++i) {
    const bool option = words[i].starts_with("-") || words[i].find('=') != std::string::npos;
    if (!option) return find_in_path(words[i]);
  }
  return words[0];
}

}  // namespace

ProgramCheck check_program(const std::string& name) {
  ProgramCheck check;
  check.file = find_in_path(name);
  if (check.file.empty()) {
    check.problem = "there is no program called '" + name + "'";
    if (access(name.c_str(), F_OK) == 0) check.problem += ": did you mean ./" + name + "?";
    return check;
  }
  struct stat info {};
  if (stat(check.file.c_str(), &info) != 0) {
    check.problem = check.file + ": " + std::strerror(errno);
  } else if (S_ISDIR(info.st_mode)) {
    check.problem = check.file + " is a folder";
  } else if (access(check.file.c_str(), X_OK) != 0) {
    check.problem = check.file + " may not be run: " + std::strerror(errno) + " (chmod +x?)";
  }
  std::string runs = check.file;
  for (unsigned i = 0; check.problem.empty() && i < most_interpreters; ++i) {
    const std::vector<std::string> words = interpreter_of(runs);
    if (words.empty()) break;
    const std::string interpreter = interpreter_file(words);
    if (interpreter.empty() || access(interpreter.c_str(), X_OK) != 0) {
      check.problem = runs + " is a script for '" + words.back() + "', which is not there";
    }
    runs = interpreter;
  }
  if (check.problem.empty()) check.problem = problem_of_binary(runs);
  if (is_python(runs) && std::getenv("PYTHONMALLOC") == nullptr) {
    check.advice =
        "Python keeps small objects in an allocator of its own; PYTHONMALLOC=malloc in the "
        "environment shows each of them";
  }
  return check;
}

std::string find_preload_library() {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error).parent_path();
  constexpr std::array folders{"../lib",
                               "../lib/microheap",
                               "../lib64/microheap",
                               "../lib/x86_64-linux-gnu/microheap",
                               "../lib/aarch64-linux-gnu/microheap",
                               "."};
  for (const char* folder : folders) {
    const fs::path file = self / folder / library_name;
    if (fs::exists(file, error)) return fs::canonical(file, error).string();
  }
  return {};
}

std::string library_problem(const std::string& library) {
  if (library.empty()) return "libmicroheap_preload.so is not there: build or install it";
  if (library.find_first_of(" :") != std::string::npos) {
    return library + " cannot be loaded before a program: its path has a space or a colon in it";
  }
  return {};
}

Launched launch(const std::string& file, const std::vector<std::string>& command,
                const std::string& library, const std::string& session, const sigset_t& signals) {
  std::vector<std::string> environment;
  std::string preload = "LD_PRELOAD=" + library;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    if (text.starts_with("LD_PRELOAD=")) {
      preload += ':';
      preload += text.substr(sizeof "LD_PRELOAD");
    } else if (!text.starts_with(std::string(session_variable) + "=")) {
      environment.emplace_back(text);
    }
  }
  environment.push_back(preload);
  environment.push_back(std::string(session_variable) + "=" + session);
  const auto pointers = [](const std::vector<std::string>& words) {
    std::vector<char*> result;
    result.reserve(words.size() + 1);
    for (const std::string& word : words) result.push_back(const_cast<char*>(word.c_str()));
    result.push_back(nullptr);
    return result;
  };
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  posix_spawnattr_setsigmask(&attributes, &signals);
  pid_t process = 0;
  const int error = posix_spawn(&process, file.c_str(), nullptr, &attributes,
                                pointers(command).data(), pointers(environment).data());
  posix_spawnattr_destroy(&attributes);
  if (error == ENOEXEC) {
    return {0, file + " is no program: a script begins with its interpreter, such as #!/bin/sh"};
  }
  if (error != 0) return {0, file + " could not be started: " + std::strerror(error)};
  return {process, {}};
}

}  // namespace mh
