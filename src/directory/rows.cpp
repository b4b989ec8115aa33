#include "directory/rows.h"

#include "base/assert.h"
#include "base/bytes.h"

namespace yubin::directory {

namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kWithSending = 2;  // settings that say how much may be sent
constexpr std::uint8_t kNameOfAccount = 1;
constexpr std::uint8_t kNameOfAlias = 2;

std::unexpected<Error> corrupt(std::string_view what) {
  return fail(Errc::corrupt, "directory: " + std::string(what));
}

// A record of the version of now; `write` adds what follows.
template <class Write>
std::string record_of(Write write) {
  std::string record;
  ByteWriter writer(record);
  writer.u8(kVersion);
  write(writer);
  return record;
}

Result<ByteReader> open(std::string_view record) {
  ByteReader reader(record);
  TRY(std::uint8_t version, reader.u8());
  if (version != kVersion) return corrupt("record of an unknown version");
  return reader;
}

Result<> close(ByteReader const& reader) {
  if (!reader.at_end()) return corrupt("bytes after the record");
  return {};
}

template <class T>
Result<T> read(ByteReader& reader) {
  TRY(std::string_view text, reader.text());
  auto value = T::parse(text);
  if (!value) return corrupt("record with a malformed name");
  return std::move(*value);
}

// Empty: none.
template <class T>
Result<std::optional<T>> read_optional(ByteReader& reader) {
  ByteReader ahead = reader;
  TRY(std::string_view text, ahead.text());
  if (!text.empty()) return read<T>(reader);
  reader = ahead;
  return std::nullopt;
}

// Whether there is one, then the number (0 if not).
Result<std::optional<std::uint64_t>> read_optional_number(ByteReader& reader) {
  TRY(std::uint8_t is_set, reader.u8());
  TRY(std::uint64_t number, reader.varint());
  if (is_set > 1 || (is_set == 0 && number != 0)) return corrupt("a setting that is and is not");
  if (is_set == 0) return std::nullopt;
  return number;
}

template <class T>
void write_optional(ByteWriter& writer, std::optional<T> const& value) {
  writer.text(value ? value->text() : "");
}

void write_networks(ByteWriter& writer, std::vector<IpNetwork> const& networks) {
  writer.varint(networks.size());
  for (IpNetwork const& network : networks) writer.text(network.text());
}

Result<std::vector<IpNetwork>> read_networks(ByteReader& reader) {
  TRY(std::uint64_t count, reader.varint());
  if (count > kMaxLoginNetworks) return corrupt("too many networks");
  std::vector<IpNetwork> networks;
  for (std::uint64_t i = 0; i < count; ++i) {
    TRY(IpNetwork network, read<IpNetwork>(reader));
    networks.push_back(network);
  }
  return networks;
}

Result<AccountId> read_account_id(ByteReader& reader) {
  TRY(std::uint64_t id, reader.varint());
  return AccountId(id);
}

}  // namespace

std::string counter_key() {
  return "c";
}

std::string domain_key(mime::Domain const& name) {
  return "d" + name.text();
}

std::string account_key(AccountId id) {
  std::string key = "a";
  ByteWriter(key).u64(id.value());
  return key;
}

std::string name_key(mime::Address const& address) {
  return name_key(address.domain(), address.local_part().folded());
}

std::string name_key(mime::Domain const& domain, std::string_view folded_local_part) {
  std::string key = "n" + domain.text();
  key.push_back('\0');
  return key.append(folded_local_part);
}

kv::Range domain_rows() {
  return kv::prefix_range("d");
}

kv::Range name_rows() {
  return kv::prefix_range("n");
}

kv::Range name_rows_of(mime::Domain const& domain) {
  return kv::prefix_range(name_key(domain, ""));
}

std::string encode_domain(Domain const& domain) {
  return record_of([&](ByteWriter& writer) {
    writer.text(domain.name.text());
    writer.signed_varint(domain.created);
    write_optional(writer, domain.admin);
    write_optional(writer, domain.catch_all);
    write_optional(writer, domain.alias_of);
  });
}

Result<Domain> decode_domain(std::string_view record) {
  TRY(ByteReader reader, open(record));
  TRY(mime::Domain name, read<mime::Domain>(reader));
  Domain domain{.name = std::move(name)};
  TRY(domain.created, reader.signed_varint());
  TRY(domain.admin, read_optional<mime::Address>(reader));
  TRY(domain.catch_all, read_optional<mime::Address>(reader));
  TRY(domain.alias_of, read_optional<mime::Domain>(reader));
  TRY_VOID(close(reader));
  return domain;
}

std::string encode_account(Account const& account) {
  return record_of([&](ByteWriter& writer) {
    writer.varint(account.id.value());
    writer.text(account.address.text());
    writer.text(account.password);
    writer.signed_varint(account.created);
  });
}

Result<Account> decode_account(std::string_view record) {
  TRY(ByteReader reader, open(record));
  TRY(AccountId id, read_account_id(reader));
  TRY(mime::Address address, read<mime::Address>(reader));
  TRY(std::string_view password, reader.text());
  TRY(std::int64_t created, reader.signed_varint());
  TRY_VOID(close(reader));
  return Account{.id = id, .address = std::move(address), .password = std::string(password), .created = created};
}

std::string encode_name(Name const& name) {
  return record_of([&](ByteWriter& writer) {
    if (auto const* account = std::get_if<ToAccount>(&name)) {
      writer.u8(kNameOfAccount);
      writer.varint(account->account.value());
      writer.text(account->address.text());
    } else {
      Alias const& alias = std::get<Alias>(name);
      writer.u8(kNameOfAlias);
      writer.text(alias.address.text());
      writer.varint(alias.targets.size());
      for (mime::Address const& target : alias.targets) writer.text(target.text());
    }
  });
}

Result<Name> decode_name(std::string_view record) {
  TRY(ByteReader reader, open(record));
  TRY(std::uint8_t kind, reader.u8());
  if (kind != kNameOfAccount && kind != kNameOfAlias) return corrupt("name of an unknown kind");
  if (kind == kNameOfAccount) {
    TRY(AccountId id, read_account_id(reader));
    TRY(mime::Address address, read<mime::Address>(reader));
    TRY_VOID(close(reader));
    return ToAccount{.account = id, .address = std::move(address)};
  }
  TRY(mime::Address address, read<mime::Address>(reader));
  TRY(std::uint64_t count, reader.varint());
  if (count > kMaxAliasTargets) return corrupt("alias with too many targets");
  Alias alias{.address = std::move(address), .targets = {}};
  for (std::uint64_t i = 0; i < count; ++i) {
    TRY(mime::Address target, read<mime::Address>(reader));
    alias.targets.push_back(std::move(target));
  }
  TRY_VOID(close(reader));
  return alias;
}

std::string settings_key(AccountId id) {
  std::string key = "s";
  ByteWriter(key).u64(id.value());
  return key;
}

std::string encode_settings(AccountSettings const& settings) {
  std::string record;
  ByteWriter writer(record);
  bool const says_how_much = settings.sending != OwnSendingLimits{};
  writer.u8(says_how_much ? kWithSending : kVersion);
  writer.text(settings.name);
  writer.u8(settings.services.bits());
  write_networks(writer, settings.networks);
  writer.u8(settings.bytes ? 1 : 0);
  writer.varint(settings.bytes.value_or(0));
  writer.u8(settings.messages ? 1 : 0);
  writer.varint(settings.messages.value_or(0));
  if (!says_how_much) return record;
  for (std::optional<std::uint64_t> const& limit : settings.sending) {
    writer.u8(limit ? 1 : 0);
    writer.varint(limit.value_or(0));
  }
  return record;
}

Result<AccountSettings> decode_settings(std::string_view record) {
  ByteReader reader(record);
  TRY(std::uint8_t const version, reader.u8());
  if (version != kVersion && version != kWithSending) return corrupt("settings of an unknown version");
  AccountSettings settings;
  TRY(std::string_view name, reader.text());
  settings.name = name;
  TRY(std::uint8_t services, reader.u8());
  settings.services = LoginServices(services);
  TRY(settings.networks, read_networks(reader));
  TRY(settings.bytes, read_optional_number(reader));
  TRY(settings.messages, read_optional_number(reader));
  for (std::size_t i = 0; version == kWithSending && i < kSendingLimits; ++i) {
    TRY(settings.sending[i], read_optional_number(reader));
  }
  TRY_VOID(close(reader));
  return settings;
}

std::string app_password_key(AccountId account, std::string_view digest) {
  YUBIN_ASSERT(digest.size() == kAppPasswordDigest);
  return app_password_rows_of(account).from.append(digest);
}

kv::Range app_password_rows_of(AccountId account) {
  std::string prefix = "p";
  ByteWriter(prefix).u64(account.value());
  return kv::prefix_range(prefix);
}

std::string encode_app_password(AppPassword const& password) {
  return record_of([&](ByteWriter& writer) {
    writer.text(password.name);
    writer.u8(password.services.bits());
    write_networks(writer, password.networks);
    writer.signed_varint(password.created);
    writer.signed_varint(password.last_used);
    writer.text(password.last_peer);
  });
}

Result<AppPassword> decode_app_password(std::string_view record) {
  TRY(ByteReader reader, open(record));
  AppPassword password;
  TRY(std::string_view name, reader.text());
  password.name = name;
  TRY(std::uint8_t services, reader.u8());
  password.services = LoginServices(services);
  TRY(password.networks, read_networks(reader));
  TRY(password.created, reader.signed_varint());
  TRY(password.last_used, reader.signed_varint());
  TRY(std::string_view last_peer, reader.text());
  password.last_peer = last_peer;
  TRY_VOID(close(reader));
  return password;
}

std::string quota_key(mime::Domain const& name) {
  return "q" + name.text();
}

std::string encode_quota(Quota const& quota) {
  return record_of([&](ByteWriter& writer) {
    writer.varint(quota.bytes);
    writer.varint(quota.messages);
  });
}

Result<Quota> decode_quota(std::string_view record) {
  TRY(ByteReader reader, open(record));
  Quota quota;
  TRY(quota.bytes, reader.varint());
  TRY(quota.messages, reader.varint());
  TRY_VOID(close(reader));
  return quota;
}

std::string removed_key(Account const& account) {
  std::string key = removed_rows_of(account.address).from;
  ByteWriter(key).u64(account.id.value());
  return key;
}

kv::Range removed_rows() {
  return kv::prefix_range("r");
}

kv::Range removed_rows_of(mime::Address const& address) {
  std::string prefix = "r" + name_key(address).substr(1);
  prefix.push_back('\0');
  return kv::prefix_range(prefix);
}

std::string encode_removed(RemovedAccount const& removed) {
  return record_of([&](ByteWriter& writer) {
    writer.signed_varint(removed.removed);
    writer.signed_varint(removed.purge_after);
    writer.text(encode_account(removed.account));
  });
}

Result<RemovedAccount> decode_removed(std::string_view record) {
  TRY(ByteReader reader, open(record));
  TRY(std::int64_t removed, reader.signed_varint());
  TRY(std::int64_t purge_after, reader.signed_varint());
  TRY(std::string_view inner, reader.text());
  TRY(Account account, decode_account(inner));
  TRY_VOID(close(reader));
  return RemovedAccount{std::move(account), removed, purge_after};
}

std::string known_key(KnownLogin kind, std::string_view text) {
  return known_rows(kind).from.append(text);
}

kv::Range known_rows() {
  return kv::prefix_range("l");
}

kv::Range known_rows(KnownLogin kind) {
  return kv::prefix_range(std::string("l").append(1, static_cast<char>(kind)));
}

std::string encode_known(std::int64_t when) {
  return record_of([&](ByteWriter& writer) { writer.signed_varint(when); });
}

Result<std::int64_t> decode_known(std::string_view record) {
  TRY(ByteReader reader, open(record));
  TRY(std::int64_t when, reader.signed_varint());
  TRY_VOID(close(reader));
  return when;
}

std::string sending_key(std::string_view who) {
  return "u" + std::string(who);
}

kv::Range sending_rows() {
  return kv::prefix_range("u");
}

std::string signing_key_key(mime::Domain const& domain, std::string_view selector) {
  return signing_key_rows_of(domain).from.append(selector);
}

kv::Range signing_key_rows_of(mime::Domain const& domain) {
  std::string prefix = "g" + domain.text();
  prefix.push_back('\0');
  return kv::prefix_range(prefix);
}

std::string encode_signing_key(SigningKey const& key) {
  return record_of([&](ByteWriter& writer) {
    writer.text(key.domain.text());
    writer.text(key.selector);
    writer.u8(static_cast<std::uint8_t>(key.kind));
    writer.u8(static_cast<std::uint8_t>(key.state));
    for (std::int64_t const time : {key.created, key.since, key.checked}) writer.signed_varint(time);
    for (std::string const& text : {key.found, key.public_part, key.private_part}) writer.text(text);
  });
}

Result<SigningKey> decode_signing_key(std::string_view record) {
  TRY(ByteReader reader, open(record));
  TRY(mime::Domain domain, read<mime::Domain>(reader));
  SigningKey key{.domain = std::move(domain), .selector = {}};
  TRY(std::string_view selector, reader.text());
  key.selector = selector;
  TRY(std::uint8_t kind, reader.u8());
  TRY(std::uint8_t state, reader.u8());
  if (kind < 1 || kind > 2 || state < 1 || state > 4) return corrupt("a signing key of an unknown kind or state");
  key.kind = static_cast<SigningKey::Kind>(kind);
  key.state = static_cast<SigningKey::State>(state);
  for (std::int64_t* time : {&key.created, &key.since, &key.checked}) {
    TRY(*time, reader.signed_varint());
  }
  for (std::string* part : {&key.found, &key.public_part, &key.private_part}) {
    TRY(std::string_view text, reader.text());
    *part = text;
  }
  TRY_VOID(close(reader));
  return key;
}

std::string secret_key() {
  return "k";
}

std::string encode_secret(std::string_view secret) {
  return record_of([&](ByteWriter& writer) { writer.text(secret); });
}

Result<std::string> decode_secret(std::string_view record) {
  TRY(ByteReader reader, open(record));
  TRY(std::string_view secret, reader.text());
  TRY_VOID(close(reader));
  return std::string(secret);
}

std::string encode_counter(AccountId last) {
  return record_of([&](ByteWriter& writer) { writer.varint(last.value()); });
}

Result<AccountId> decode_counter(std::string_view record) {
  TRY(ByteReader reader, open(record));
  TRY(AccountId last, read_account_id(reader));
  TRY_VOID(close(reader));
  return last;
}

}  // namespace yubin::directory
