#include "api/similar.h"

#include <algorithm>
#include <numeric>

#include "base/text.h"

namespace yubin::api {

namespace {

constexpr std::size_t kMaxLooked = 10'000;
constexpr std::size_t kMaxDistance = 3;

// The nearest so far.
class Nearest {
 public:
  explicit Nearest(std::string_view wanted)
      : wanted_(to_lower(wanted)), best_(std::min(kMaxDistance, wanted.size() / 3) + 1) {}

  void consider(std::string const& name) {
    std::size_t const far = distance(wanted_, to_lower(name));
    if (far == 0 || far >= best_) return;
    best_ = far;
    name_ = name;
  }
  std::string take() { return std::move(name_); }

 private:
  std::string wanted_;
  std::size_t best_;
  std::string name_;
};

}  // namespace

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> above(b.size() + 1);
  std::iota(above.begin(), above.end(), 0);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      std::size_t const other = a[i - 1] == b[j - 1] ? 0 : 1;
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + other});
      bool const exchanged = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (exchanged) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = std::exchange(above, row);
  }
  return above.back();
}

std::string find_similar_name(directory::Directory const& directory, std::string_view wanted) {
  Nearest nearest(wanted);
  if (auto accounts = directory.accounts("", kMaxLooked)) {
    for (directory::Account const& account : *accounts) nearest.consider(account.address.text());
  }
  if (auto aliases = directory.aliases("", kMaxLooked)) {
    for (directory::Alias const& alias : *aliases) nearest.consider(alias.address.text());
  }
  if (auto domains = directory.domains()) {
    for (directory::Domain const& domain : *domains) nearest.consider(domain.name.text());
  }
  return nearest.take();
}

}  // namespace yubin::api
