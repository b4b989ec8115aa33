#include "store/verification.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/text.h"
#include "kv/body_refs.h"
#include "store/held_body.h"
#include "store/rows.h"

namespace yubin::store {

namespace {

constexpr kv::Limit kPageOfRows{.rows = 256};
constexpr std::size_t kPieceOfBody = 256 * 1024;  // bytes
constexpr int kMaxAttempts = 5;
constexpr std::uint32_t kMaxUnreadable = 10'000;  // then what follows is given up

// Positions: "a" and the account to go on with, "b" and the reference to go on with, in hexadecimal.
constexpr char kAtAccount = 'a';
constexpr char kAtBody = 'b';

// Every change of an account changes its record or that of a mailbox.
Result<std::string> stamp_of(kv::KeyValue const& rows, AccountId account) {
  TRY(std::optional<std::string> stamp, rows.get(kv::Table::mail, AccountKey{account}.encode()));
  std::string all = stamp.value_or("");
  auto add = [&](kv::Row const& row) -> Result<bool> {
    all += row.value;
    return true;
  };
  TRY_VOID(for_each_row(rows, kv::Table::mail, mailboxes_range(account), kv::Limit{}, add));
  return all;
}

}  // namespace

Result<Verification> Verification::from(kv::KeyValue const& rows, kv::Bodies const& bodies, VerifyDepth depth,
                                        std::string_view position) {
  Verification verification(rows, bodies, depth);
  if (position.empty()) return verification;
  TRY(std::string at, from_hex(position.substr(1)));
  if (position.front() == kAtBody) {
    verification.phase_ = Phase::bodies;
    verification.next_ref_ = std::move(at);
    return verification;
  }
  if (position.front() != kAtAccount) return fail(Errc::syntax, "no position of a verification");
  ByteReader reader(at);
  TRY(verification.next_account_, reader.u64());
  return verification;
}

Verified Verification::take() {
  std::string at;
  if (phase_ == Phase::accounts) {
    ByteWriter(at).u64(next_account_);
    at = kAtAccount + to_hex(at);
  } else if (phase_ == Phase::bodies) {
    at = kAtBody + to_hex(next_ref_);
  }
  verified_.position = std::move(at);
  return std::exchange(verified_, {});
}

void Verification::step() {
  switch (phase_) {
    case Phase::accounts:
      return account_ ? read_account() : begin_account();
    case Phase::bodies:
      return body_ ? read_body() : begin_body();
    case Phase::done:
      return;
  }
}

void Verification::found(AccountId account, std::string sentence) {
  verified_.damaged.try_emplace(account);
  verified_.findings.push_back(std::move(sentence));
}

// ---- accounts

void Verification::begin_account() {
  std::string from = account_range(AccountId(next_account_)).from;
  Result<kv::Page> page = rows_.scan(kv::Table::mail, {std::move(from), {}}, kv::Limit{.rows = 1});
  if (!page) return skip_unreadable(page.error());
  if (page->rows.empty()) {
    phase_ = Phase::bodies;
    return;
  }
  Result<std::uint64_t> id = ByteReader(page->rows.front().key).u64();
  if (!id) return skip_unreadable(id.error());
  unreadable_ = 0;
  Result<OpenAccount> opened = open(AccountId(*id), 0);
  if (!opened) {
    found(AccountId(*id), fmt::format("account {}: cannot be read: {}", *id, opened.error().detail));
    next_account_ = *id + 1;
    return;
  }
  account_ = *std::move(opened);
}

// The next readable row is looked for by account, because their numbers are dense.
void Verification::skip_unreadable(Error const& error) {
  if (unreadable_ == 0) {
    verified_.findings.push_back(
        fmt::format("account {} or those after it: cannot be read: {}", next_account_, error.detail));
  }
  ++next_account_;
  if (++unreadable_ < kMaxUnreadable) return;
  verified_.findings.push_back(fmt::format("accounts from {} on: given up, none can be read", next_account_));
  phase_ = Phase::bodies;
}

Result<Verification::OpenAccount> Verification::open(AccountId account, int attempts) const {
  TRY(std::string stamp, stamp_of(rows_, account));
  return OpenAccount{account, AccountVerifier(rows_, account), account_range(account), std::move(stamp), attempts};
}

void Verification::read_account() {
  Result<kv::Page> page = rows_.scan(kv::Table::mail, account_->rest, kPageOfRows);
  if (!page) return cannot_read_account(page.error());
  for (kv::Row const& row : page->rows) {
    if (Result<> taken = account_->verifier.take(row); !taken) return cannot_read_account(taken.error());
  }
  if (!page->next) return finish_account();
  account_->rest.from = *std::move(page->next);
}

// Half an account tells nothing: what is missing there may lie where it cannot be read.
void Verification::cannot_read_account(Error const& error) {
  AccountId const id = account_->id;
  found(id, fmt::format("account {}: rows from {} on cannot be read: {}", id.value(), to_hex(account_->rest.from),
                        error.detail));
  next_account_ = id.value() + 1;
  account_.reset();
}

void Verification::finish_account() {
  AccountId const id = account_->id;
  std::size_t const messages = account_->verifier.messages();
  std::vector<std::string> findings = account_->verifier.finish();
  if (!findings.empty()) {
    Result<std::string> stamp = stamp_of(rows_, id);
    if (!stamp) return cannot_read_account(stamp.error());
    if (*stamp != account_->stamp) {
      findings = {fmt::format("account {}: changed whenever it was read; verify it again", id.value())};
      Result<OpenAccount> again = open(id, account_->attempts + 1);
      if (!again) return cannot_read_account(again.error());
      if (again->attempts < kMaxAttempts) {
        account_.emplace(*std::move(again));
        return;
      }
    }
  }
  for (std::string& finding : findings) found(id, std::move(finding));
  ++verified_.accounts;
  verified_.messages += messages;
  next_account_ = id.value() + 1;
  account_.reset();
}

// ---- references and bodies, in the order of the bodies

void Verification::begin_body() {
  Result<bool> opened = open_body();
  if (!opened) {
    verified_.findings.push_back(
        fmt::format("body references from {} on: cannot be read: {}", to_hex(next_ref_), opened.error().detail));
    phase_ = Phase::done;
  } else if (!*opened) {
    phase_ = Phase::done;
  }
}

// False: there is none left.
Result<bool> Verification::open_body() {
  TRY(kv::Page first, rows_.scan(kv::Table::body_ref, {next_ref_, kv::body_refs_range().to}, kv::Limit{.rows = 1}));
  if (first.rows.empty()) return false;
  std::string const& key = first.rows.front().key;
  Result<BodyRefKey> ref = BodyRefKey::decode(key);
  if (!ref) {
    verified_.findings.push_back(fmt::format("body reference {} cannot be read", to_hex(key)));
    next_ref_ = key + '\0';
    return true;
  }
  kv::Range const users = kv::prefix_range(ref->body.bytes());
  OpenBody body{ref->body, {}, 0, 0};
  auto add = [&](kv::Row const& row) -> Result<bool> {
    TRY_VOID(add_user(row, body));
    return true;
  };
  TRY_VOID(for_each_row(rows_, kv::Table::body_ref, users, kv::Limit{}, add));
  next_ref_ = users.to;
  ++verified_.bodies;
  if (depth_ == VerifyDepth::bodies && !body.users.empty()) body_ = std::move(body);
  return true;
}

Result<> Verification::add_user(kv::Row const& row, OpenBody& body) {
  Result<BodyRefKey> user = BodyRefKey::decode(row.key);
  if (!user) {
    verified_.findings.push_back(fmt::format("body reference {} cannot be read", to_hex(row.key)));
    return {};
  }
  if (is_held(*user)) return {};
  Result<std::optional<Card>> card = find_card_row(rows_, user->account, user->mailbox, user->uid);
  if (card && *card && (*card)->body.id == body.id) {
    body.users.push_back(*user);
    body.expected = (*card)->body.size;
    return {};
  }
  // A card that cannot be read was named with its account. One that is gone may have gone just now, its reference too.
  if (!card) return {};
  TRY(std::optional<std::string> still, rows_.get(kv::Table::body_ref, row.key));
  TRY(std::optional<std::string> card_now,
      rows_.get(kv::Table::mail, CardKey{user->account, user->mailbox, user->uid}.encode()));
  if (!still || (card_now && !*card)) return {};
  found(user->account, fmt::format("{}: body reference {} is that of no card", describe(*user), to_hex(row.key)));
  verified_.damaged[user->account].push_back(*user);
  return {};
}

void Verification::read_body() {
  Result<std::string> bytes = bodies_.read(body_->id, body_->read, kPieceOfBody);
  if (!bytes) {
    name_users(*body_, fmt::format("the body cannot be read: {}", bytes.error().detail));
    body_.reset();
    return;
  }
  body_->read += bytes->size();
  verified_.bytes += bytes->size();
  if (bytes->size() == kPieceOfBody) return;
  if (body_->read != body_->expected) {
    name_users(*body_, fmt::format("the body has {} bytes instead of {}", body_->read, body_->expected));
  }
  body_.reset();
}

// Those that still are: what was expunged meanwhile may have been dropped.
void Verification::name_users(OpenBody const& body, std::string const& what) {
  for (BodyRefKey const& user : body.users) {
    Result<bool> used = is_used(user);
    if (used && !*used) continue;
    found(user.account, fmt::format("{}: {}", describe(user), what));
  }
}

Result<bool> Verification::is_used(BodyRefKey const& user) const {
  TRY(std::optional<std::string> row, rows_.get(kv::Table::body_ref, user.encode()));
  return row.has_value();
}

std::string Verification::describe(BodyRefKey const& user) const {
  Result<std::optional<Mailbox>> mailbox = find_mailbox_row(rows_, user.account, user.mailbox);
  std::string const name = mailbox && *mailbox ? " " + quoted((*mailbox)->name.text()) : "";
  return fmt::format("account {}: mailbox {}{}: UID {}", user.account.value(), user.mailbox.value(), name,
                     user.uid.value());
}

}  // namespace yubin::store
