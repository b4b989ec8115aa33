// Aliases and catch-alls: what leads from an address to others. Following them is route.cpp.
#include <fmt/format.h>

#include <map>

#include "directory/directory.h"
#include "directory/reading.h"

namespace yubin::directory {

namespace {

using kv::Changes;
using kv::Table;

constexpr std::size_t kMaxAliasRecord = 192 * 1024;  // bytes; a row has room for 256 KiB (kv::kMaxValue)

// Follows the aliases below one that is about to be written. A loop would do no harm to routing, which passes over what
// it has met, but is never what somebody meant.
class LoopCheck {
 public:
  LoopCheck(Changes const& changes, Alias const& alias) : changes_(changes), start_(alias.address) {}

  Result<> follow(Alias const& alias) {
    way_.push_back(alias.address.text());
    if (way_.size() > static_cast<std::size_t>(kMaxAliasDepth)) {
      return fail(Errc::limit, fmt::format("over {} aliases deep: {}", kMaxAliasDepth, fmt::join(way_, " > ")));
    }
    for (mime::Address const& target : alias.targets) TRY_VOID(look_at(target));
    way_.pop_back();
    return {};
  }

 private:
  Result<> look_at(mime::Address const& target) {
    if (target.folded() == start_.folded()) {
      return fail(Errc::conflict, fmt::format("{} would lead back to itself: {} > {}", start_.text(),
                                              fmt::join(way_, " > "), start_.text()));
    }
    // A name that was followed to its ends is not followed again, unless this way is longer.
    std::size_t& depth = depth_[target.folded()];
    if (depth >= way_.size()) return {};
    depth = way_.size();
    TRY(std::optional<Alias> next, find_named<Alias>(changes_, target));
    return next ? follow(*next) : Result<>{};
  }

  Changes const& changes_;
  mime::Address const& start_;
  std::vector<std::string> way_;
  std::map<std::string, std::size_t> depth_;
};

Result<> put_alias(Changes& changes, Alias const& alias) {
  if (alias.targets.empty()) return fail(Errc::syntax, "an alias needs a target");
  if (alias.targets.size() > kMaxAliasTargets) return fail(Errc::limit, "an alias has at most 1000 targets");
  std::string record = encode_name(alias);
  if (record.size() > kMaxAliasRecord) return fail(Errc::limit, "the alias's targets are together over 192 KiB");
  TRY_VOID(LoopCheck(changes, alias).follow(alias));
  changes.put(Table::directory, name_key(alias.address), std::move(record));
  return {};
}

Result<> change_add_alias(Changes& changes, Alias const& alias) {
  TRY_VOID(get_own_domain(changes, alias.address.domain()));
  TRY(std::optional<Name> existing, find_name(changes, alias.address));
  if (existing) return fail(Errc::conflict, "the address exists: " + alias.address.text());
  return put_alias(changes, alias);
}

Result<> check_exists(Changes const& changes, mime::Address const& address) {
  TRY(std::optional<Alias> existing, find_named<Alias>(changes, address));
  if (!existing) return fail(Errc::not_found, "no such alias: " + address.text());
  return {};
}

Result<> change_set_alias(Changes& changes, Alias const& alias) {
  TRY_VOID(check_exists(changes, alias.address));
  return put_alias(changes, alias);
}

Result<> change_remove_alias(Changes& changes, mime::Address const& address) {
  TRY_VOID(check_exists(changes, address));
  changes.erase(Table::directory, name_key(address));
  return {};
}

Result<> change_set_catch_all(Changes& changes, mime::Domain const& name, std::optional<mime::Address> const& target) {
  TRY(Domain domain, get_own_domain(changes, name));
  domain.catch_all = target;
  put_domain(changes, domain);
  return {};
}

}  // namespace

kv::Ticket<void> Directory::add_alias(Alias alias) {
  return changer_.change<void>({kv::kServerAccount}, Lane::delivery, [alias = std::move(alias)](Changes& changes) {
    return change_add_alias(changes, alias);
  });
}

kv::Ticket<void> Directory::set_alias(Alias alias) {
  return changer_.change<void>({kv::kServerAccount}, Lane::delivery, [alias = std::move(alias)](Changes& changes) {
    return change_set_alias(changes, alias);
  });
}

kv::Ticket<void> Directory::remove_alias(mime::Address address) {
  return changer_.change<void>({kv::kServerAccount}, Lane::delivery, [address = std::move(address)](Changes& changes) {
    return change_remove_alias(changes, address);
  });
}

kv::Ticket<void> Directory::set_catch_all(mime::Domain name, std::optional<mime::Address> target) {
  return changer_.change<void>({kv::kServerAccount}, Lane::delivery,
                               [name = std::move(name), target = std::move(target)](Changes& changes) {
                                 return change_set_catch_all(changes, name, target);
                               });
}

Result<std::optional<Alias>> Directory::find_alias(mime::Address const& address) const {
  return find_named<Alias>(key_value_, address);
}

Result<std::vector<Alias>> Directory::aliases(std::string_view after, std::size_t limit) const {
  return named_rows<Alias>(key_value_, name_rows(), after, limit);
}

}  // namespace yubin::directory
