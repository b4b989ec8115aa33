// What is set for accounts and domains, in rows of their own: most have none.
#include "directory/directory.h"
#include "directory/reading.h"

namespace yubin::directory {

namespace {

using kv::Changes;
using kv::Table;

template <class Source>
Result<AccountSettings> settings_in(Source const& source, AccountId id) {
  TRY(std::optional<AccountSettings> settings, find_row(source, settings_key(id), decode_settings));
  return settings.value_or(AccountSettings{});
}

Result<AccountSettings> change_account_settings(Changes& changes, mime::Address const& address,
                                                Directory::EditSettings const& edit) {
  TRY(ToAccount name, get_named_account(changes, address));
  TRY(AccountSettings settings, settings_in(changes, name.account));
  TRY_VOID(edit(settings));
  if (settings.name.size() > kMaxPersonName) return fail(Errc::limit, "the name is over 200 bytes");
  if (settings.networks.size() > kMaxLoginNetworks) return fail(Errc::limit, "more than 100 networks");
  if (settings == AccountSettings{}) {
    changes.erase(Table::directory, settings_key(name.account));
  } else {
    changes.put(Table::directory, settings_key(name.account), encode_settings(settings));
  }
  return settings;
}

Result<Domain> edit_domain(Changes& changes, mime::Domain const& name, DomainEdit const& edit) {
  TRY(Domain domain, get_own_domain(changes, name));
  if (edit.admin) {
    TRY(ToAccount account, get_named_account(changes, *edit.admin));
    domain.admin = account.address;
  }
  if (edit.catch_all) domain.catch_all = *edit.catch_all;
  put_domain(changes, domain);
  if (edit.quota_bytes || edit.quota_messages) {
    TRY(std::optional<Quota> before, find_row(changes, quota_key(name), decode_quota));
    Quota quota = before.value_or(Quota{});
    quota.bytes = edit.quota_bytes.value_or(quota.bytes);
    quota.messages = edit.quota_messages.value_or(quota.messages);
    changes.put(Table::directory, quota_key(name), encode_quota(quota));
  }
  return domain;
}

}  // namespace

Result<AccountSettings> Directory::settings(AccountId id) const {
  return settings_in(key_value_, id);
}

kv::Ticket<AccountSettings> Directory::change_settings(mime::Address address, EditSettings edit) {
  return changer_.change<AccountSettings>({kv::kServerAccount}, Lane::delivery,
                                          [address = std::move(address), edit = std::move(edit)](Changes& changes) {
                                            return change_account_settings(changes, address, edit);
                                          });
}

Result<Quota> Directory::default_quota(mime::Domain const& domain) const {
  TRY(std::optional<Quota> quota, find_row(key_value_, quota_key(domain), decode_quota));
  return quota.value_or(Quota{});
}

kv::Ticket<Domain> Directory::change_domain(mime::Domain name, DomainEdit edit) {
  return changer_.change<Domain>(
      {kv::kServerAccount}, Lane::delivery,
      [name = std::move(name), edit = std::move(edit)](Changes& changes) { return edit_domain(changes, name, edit); });
}

Result<std::optional<Domain>> Directory::find_domain(mime::Domain const& name) const {
  return find_row(key_value_, domain_key(name), decode_domain);
}

Result<Quota> Directory::quota(AccountId id) const {
  TRY(AccountSettings own, settings(id));
  if (own.bytes && own.messages) return Quota{*own.bytes, *own.messages};
  TRY(std::optional<Account> account, find_account(id));
  if (!account) return Quota{};
  TRY(Quota quota, default_quota(account->address.domain()));
  return Quota{own.bytes.value_or(quota.bytes), own.messages.value_or(quota.messages)};
}

}  // namespace yubin::directory
