#include "api/similar.h"

#include <algorithm>

#include "base/edit_distance.h"
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
    std::size_t const far = edit_distance(wanted_, to_lower(name));
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
