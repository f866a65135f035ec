#include "suggestion.h"

#include <algorithm>

namespace thimble::project::detail {

// Optimal string alignment, with the last three rows of its table.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

std::string suggest(std::string_view word, const std::vector<std::string>& known) {
  if (known.empty()) return "there are none";
  constexpr std::size_t kLongest = 64;  // No word of ours is; the time goes with its square.
  const auto distance = [&](const std::string& other) { return edit_distance(word, other); };
  if (word.size() <= kLongest) {
    const auto nearest = std::ranges::min_element(known, {}, distance);
    if (distance(*nearest) <= std::max<std::size_t>(1, nearest->size() / 2)) {
      return "did you mean '" + *nearest + "'?";
    }
  }
  return "known are: " + join(known);
}

std::string join(const std::vector<std::string>& words, std::string_view between) {
  std::string all;
  for (const std::string& word : words) {
    if (!all.empty()) all += between;
    all += word;
  }
  return all;
}

}  // namespace thimble::project::detail
