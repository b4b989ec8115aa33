// What an address leads to.
#include <set>
#include <utility>

#include "directory/directory.h"
#include "directory/reading.h"

namespace yubin::directory {

namespace {

// Names that lead to the domain's admin. RFC 5321 section 4.5.1; RFC 2142 section 4.
bool is_role(std::string_view local_part) {
  return local_part == "postmaster" || local_part == "abuse";
}
constexpr char kDetail = '+';

// One step from an address: an end, or addresses to go on with.
using Onward = std::vector<mime::Address>;
using Step = std::variant<ToAccount, Onward, NoSuchUser, NotOurDomain>;

Step step_from(Name name) {
  if (auto* account = std::get_if<ToAccount>(&name)) return std::move(*account);
  return std::get<Alias>(std::move(name)).targets;
}

Result<std::optional<Name>> find_without_detail(kv::KeyValue const& rows, mime::Address const& address) {
  std::string local_part = address.local_part().folded();
  std::size_t detail = local_part.find(kDetail);
  if (detail == std::string::npos || detail == 0) return std::nullopt;
  local_part.resize(detail);
  return find_row(rows, name_key(address.domain(), local_part), decode_name);
}

Result<Step> step_to_admin(kv::KeyValue const& rows, Domain const& domain) {
  if (domain.admin) {
    TRY(std::optional<ToAccount> admin, find_named<ToAccount>(rows, *domain.admin));
    if (admin) return std::move(*admin);
  }
  TRY(std::vector<ToAccount> first, named_rows<ToAccount>(rows, name_rows_of(domain.name), "", 1));
  if (first.empty()) return NoSuchUser{};
  return std::move(first.front());
}

Result<Step> step(kv::KeyValue const& rows, mime::Address const& address) {
  TRY(std::optional<Name> exact, find_name(rows, address));
  if (exact) return step_from(std::move(*exact));
  TRY(std::optional<Name> without_detail, find_without_detail(rows, address));
  if (without_detail) return step_from(std::move(*without_detail));

  TRY(std::optional<Domain> domain, find_domain(rows, address.domain()));
  if (!domain) return NotOurDomain{};
  if (domain->alias_of) return Onward{mime::Address(address.local_part(), *domain->alias_of)};
  // RFC 5321 section 4.5.1: postmaster is found in any case. It goes before the catch-all, which may lead elsewhere.
  if (is_role(address.local_part().folded())) return step_to_admin(rows, *domain);
  if (domain->catch_all) return Onward{*domain->catch_all};
  return NoSuchUser{};
}

// Follows aliases to their ends, level by level; an address that was met before is passed over, so loops end.
class Expansion {
 public:
  explicit Expansion(kv::KeyValue const& rows) : rows_(rows) {}

  Result<Route> follow(Onward level) {
    for (int depth = 0; !level.empty(); ++depth) {
      if (depth == kMaxAliasDepth) return fail(Errc::limit, "aliases lead to aliases over 10 deep");
      for (mime::Address const& address : level) TRY_VOID(take(address));
      level = std::exchange(next_, {});
    }
    if (found_.accounts.empty() && found_.remote.empty()) return NoSuchUser{};
    if (found_.accounts.size() == 1 && found_.remote.empty()) return std::move(found_.accounts.front());
    return std::move(found_);
  }

 private:
  Result<> take(mime::Address const& address) {
    if (!met_.insert(address.text()).second) return {};
    if (met_.size() > kMaxAliasTargets) return too_many();
    TRY(Step next, step(rows_, address));
    if (auto* account = std::get_if<ToAccount>(&next)) {
      if (accounts_.insert(account->account).second) found_.accounts.push_back(std::move(*account));
    } else if (auto* onward = std::get_if<Onward>(&next)) {
      return go_on_with(std::move(*onward));
    } else if (std::holds_alternative<NotOurDomain>(next)) {
      found_.remote.push_back(address);
    }
    return {};
  }

  Result<> go_on_with(Onward onward) {
    for (mime::Address& address : onward) {
      if (!met_.contains(address.text())) next_.push_back(std::move(address));
    }
    return next_.size() > kMaxAliasTargets ? too_many() : Result<>{};
  }

  static std::unexpected<Error> too_many() { return fail(Errc::limit, "an alias leads to over 1000 addresses"); }

  kv::KeyValue const& rows_;
  std::set<std::string> met_;
  std::set<AccountId> accounts_;
  ToMany found_;
  Onward next_;
};

}  // namespace

Result<Route> Directory::route(mime::Address const& address) const {
  TRY(Step first, step(key_value_, address));
  if (auto* account = std::get_if<ToAccount>(&first)) return std::move(*account);
  if (auto* onward = std::get_if<Onward>(&first)) return Expansion(key_value_).follow(std::move(*onward));
  if (std::holds_alternative<NotOurDomain>(first)) return NotOurDomain{};
  return NoSuchUser{};
}

}  // namespace yubin::directory
