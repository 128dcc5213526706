#include "app/model/compared_policy.hpp"

#include "app/model/policy_words.hpp"

namespace mh {

Parsed<ComparedPolicy> parse_compared(std::string_view words) {
  if (const mh_preset* const preset = preset_called(words)) {
    return Parsed<ComparedPolicy>::of({preset->title, preset->policy, preset->name});
  }
  const bool never = words == "never";
  const Parsed<mh_policy> policy = parse_policy(never ? "coalesce never" : words, default_policy());
  if (!policy) return Parsed<ComparedPolicy>::failed(policy.error);
  return Parsed<ComparedPolicy>::of({never ? "Never merged" : std::string(words), *policy});
}

}  // namespace mh
