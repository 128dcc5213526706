#include "app/streams/pace.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace mh {
namespace {

constexpr double longest_refill = 0.1;  // seconds: nothing is saved up for long

}  // namespace

void Pace::tell() {
  header_.permits.store(0);
  header_.paced.store(open_.load() && std::isinf(limit_.load()) ? 0 : 1);
}

void Pace::refill(std::uint64_t now) {
  const double limit = limit_.load();
  const double seconds = static_cast<double>(now - std::exchange(refilled_ns_, now)) * 1e-9;
  if (!open_.load() || std::isinf(limit)) return;
  const double due = owed_ + limit * std::min(seconds, longest_refill);
  const auto whole = static_cast<std::int64_t>(due);
  owed_ = due - static_cast<double>(whole);
  const auto most = std::max<std::int64_t>(1, static_cast<std::int64_t>(limit * longest_refill));
  if (whole > 0 && header_.permits.load() < most) header_.permits.fetch_add(whole);
}

}  // namespace mh
