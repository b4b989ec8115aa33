#include "directory/known_logins.h"

#include <algorithm>

#include "base/log.h"
#include "directory/reading.h"

namespace yubin::directory {

namespace {

using kv::Changes;
using kv::Table;

constexpr LogEvent kNotWritten{"directory.known_logins_not_written", LogLevel::warning,
                               "what is known of good logins could not be written down; after a restart passwords are "
                               "hashed again"};

constexpr KnownLogin kKinds[] = {KnownLogin::check, KnownLogin::network, KnownLogin::user};

std::optional<KnownLogin> kind_of(std::string_view key) {
  for (KnownLogin kind : kKinds)
    if (key.starts_with(known_rows(kind).from)) return kind;
  return std::nullopt;
}

}  // namespace

KnownLogins::~KnownLogins() {
  if (Result<> written = write().wait(); !written)
    log(kNotWritten, {{"error", to_string(written.error().code)}, {"detail", written.error().detail}});
}

std::int64_t KnownLogins::oldest(KnownLogin kind) const {
  return seconds(clock_) - (kind == KnownLogin::check ? keep_.checks : keep_.networks).count();
}

void KnownLogins::add(KnownLogin kind, std::string text) {
  if (text.size() > kMaxText) return;
  std::lock_guard lock(mutex_);
  if (unwritten_.size() < kMaxUnwritten) unwritten_[known_key(kind, text)] = seconds(clock_);
}

kv::Ticket<void> KnownLogins::write() {
  std::map<std::string, std::int64_t> rows;
  {
    std::lock_guard lock(mutex_);
    rows.swap(unwritten_);
  }
  if (rows.empty()) return kv::Ticket<void>::done_with({});
  return changer_.change<void>({kv::kServerAccount}, Lane::reading, [rows = std::move(rows)](Changes& changes) {
    for (auto const& [key, when] : rows) changes.put(Table::directory, key, encode_known(when));
    return Result<>();
  });
}

Result<std::vector<KnownText>> KnownLogins::read(KnownLogin kind, std::size_t most) const {
  std::vector<KnownText> known;
  kv::Range range = known_rows(kind);
  std::size_t const prefix = range.from.size();
  std::int64_t const from = oldest(kind);
  for (bool more = true; more;) {
    TRY(kv::Page page, key_value_.scan(Table::directory, range, {}));
    for (kv::Row const& row : page.rows) {
      // One that cannot be read costs a hash, and must not keep the server from starting.
      Result<std::int64_t> const when = decode_known(row.value);
      if (when && *when >= from) known.push_back({row.key.substr(prefix), *when});
    }
    more = page.next.has_value();
    if (more) range.from = *std::move(page.next);
  }
  std::ranges::sort(known, {}, &KnownText::when);
  if (known.size() > most) known.erase(known.begin(), known.end() - static_cast<std::ptrdiff_t>(most));
  return known;
}

Result<Turn> KnownLogins::forget_old() {
  kv::Range range = known_rows();
  if (forget_from_) range.from = *std::move(forget_from_);
  forget_from_.reset();
  TRY(kv::Page page, key_value_.scan(Table::directory, range, {}));
  std::vector<std::string> old;
  for (kv::Row& row : page.rows) {
    std::optional<KnownLogin> const kind = kind_of(row.key);
    Result<std::int64_t> const when = decode_known(row.value);
    if (!kind || !when || *when < oldest(*kind)) old.push_back(std::move(row.key));
  }
  if (!old.empty()) {
    // One that was renewed since it was read is lost, and costs one hash.
    auto erase = [old = std::move(old)](Changes& changes) {
      for (std::string const& key : old) changes.erase(Table::directory, key);
      return Result<>();
    };
    TRY_VOID(changer_.change<void>({kv::kServerAccount}, Lane::reading, std::move(erase)).wait());
  }
  forget_from_ = std::move(page.next);
  return forget_from_ ? Turn::more : Turn::done;
}

}  // namespace yubin::directory
