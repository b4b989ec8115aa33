#include "directory/rows.h"

#include "base/bytes.h"

namespace yubin::directory {

namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kNameOfAccount = 1;

std::unexpected<Error> corrupt(std::string_view what) {
  return fail(Errc::corrupt, "directory: " + std::string(what));
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

Result<mime::Address> parse_address(std::string_view text) {
  auto address = mime::Address::parse(text);
  if (!address) return corrupt("record with a malformed address");
  return std::move(*address);
}

Result<mime::Address> read_address(ByteReader& reader) {
  TRY(std::string_view text, reader.text());
  return parse_address(text);
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
  std::string key = "n" + address.domain().text();
  key.push_back('\0');
  return key + address.local_part().folded();
}

kv::Range domain_rows() {
  return kv::prefix_range("d");
}

kv::Range name_rows() {
  return kv::prefix_range("n");
}

kv::Range name_rows_of(mime::Domain const& domain) {
  std::string prefix = "n" + domain.text();
  prefix.push_back('\0');
  return kv::prefix_range(prefix);
}

std::string encode_domain(Domain const& domain) {
  std::string record;
  ByteWriter writer(record);
  writer.u8(kVersion);
  writer.text(domain.name.text());
  writer.signed_varint(domain.created);
  writer.text(domain.admin ? domain.admin->text() : "");
  return record;
}

Result<Domain> decode_domain(std::string_view record) {
  TRY(ByteReader reader, open(record));
  TRY(std::string_view text, reader.text());
  auto name = mime::Domain::parse(text);
  if (!name) return corrupt("record with a malformed domain");
  Domain domain{.name = std::move(*name)};
  TRY(domain.created, reader.signed_varint());
  TRY(std::string_view admin, reader.text());
  TRY_VOID(close(reader));
  if (!admin.empty()) {
    TRY(domain.admin, parse_address(admin));
  }
  return domain;
}

std::string encode_account(Account const& account) {
  std::string record;
  ByteWriter writer(record);
  writer.u8(kVersion);
  writer.varint(account.id.value());
  writer.text(account.address.text());
  writer.text(account.password);
  writer.signed_varint(account.created);
  return record;
}

Result<Account> decode_account(std::string_view record) {
  TRY(ByteReader reader, open(record));
  TRY(AccountId id, read_account_id(reader));
  TRY(mime::Address address, read_address(reader));
  TRY(std::string_view password, reader.text());
  TRY(std::int64_t created, reader.signed_varint());
  TRY_VOID(close(reader));
  return Account{.id = id, .address = std::move(address), .password = std::string(password), .created = created};
}

std::string encode_name(ToAccount const& name) {
  std::string record;
  ByteWriter writer(record);
  writer.u8(kVersion);
  writer.u8(kNameOfAccount);
  writer.varint(name.account.value());
  writer.text(name.address.text());
  return record;
}

Result<ToAccount> decode_name(std::string_view record) {
  TRY(ByteReader reader, open(record));
  TRY(std::uint8_t kind, reader.u8());
  if (kind != kNameOfAccount) return corrupt("name of an unknown kind");
  TRY(AccountId id, read_account_id(reader));
  TRY(mime::Address address, read_address(reader));
  TRY_VOID(close(reader));
  return ToAccount{.account = id, .address = std::move(address)};
}

std::string encode_counter(AccountId last) {
  std::string record;
  ByteWriter writer(record);
  writer.u8(kVersion);
  writer.varint(last.value());
  return record;
}

Result<AccountId> decode_counter(std::string_view record) {
  TRY(ByteReader reader, open(record));
  TRY(AccountId last, read_account_id(reader));
  TRY_VOID(close(reader));
  return last;
}

}  // namespace yubin::directory
