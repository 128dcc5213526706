// Any text is a scenario, or an error that names a line.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "app/sources/scenario.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const mh::Scenario scenario = mh::parse_scenario(text, "fuzz");
    std::size_t last = 0;
    for (const mh::Statement& statement : scenario.statements) {
      if (statement.line <= last) std::abort();  // one statement a line, in order
      last = statement.line;
    }
  } catch (const mh::ScenarioError& error) {
    if (!std::string_view(error.what()).starts_with("fuzz:")) std::abort();
  }
  return 0;
}
