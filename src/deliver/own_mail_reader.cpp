#include "deliver/own_mail_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "base/log.h"
#include "deliver/dmarc_reports.h"
#include "deliver/mailbox_copy.h"
#include "deliver/reflector.h"
#include "deliver/tls_report.h"
#include "kv/body_refs.h"
#include "mime/date.h"
#include "store/held_body.h"

namespace yubin::deliver {

namespace {

using queue::LocalRow;
using queue::LocalTarget;
using report::Kind;

constexpr LogEvent kDamaged{"deliver.own_mail_damaged", LogLevel::error,
                            "a row of mail for the server itself cannot be read; it is left where it is"};
constexpr LogEvent kUnread{"deliver.own_mail_unread", LogLevel::warning,
                           "mail for the server itself could not be read as such, and goes to the postmaster if "
                           "there is one"};

std::string joined(std::vector<std::string> const& sentences) {
  return fmt::format("{}", fmt::join(sentences, "; "));
}

}  // namespace

OwnMailReader::OwnMailReader(Services services, ReportOptions options, ReportLimits limits)
    : services_(services),
      options_(options),
      inbox_({services.key_value, services.bodies, services.directory}, limits),
      next_(own_mail_range().from) {}

Result<Turn> OwnMailReader::read_one() {
  TRY(kv::Page const page,
      services_.key_value.scan(kv::Table::queue, {next_, own_mail_range().to}, kv::Limit{.rows = 1}));
  if (page.rows.empty()) {
    next_ = own_mail_range().from;
    TRY_VOID(std::exchange(round_, {}));
    return Turn::done;
  }
  kv::Row const& row = page.rows.front();
  next_ = row.key + '\0';
  Result<UniqueId> const id = decode_own_mail_key(row.key);
  Result<LocalRow> const mail = queue::decode_local(row.value);
  if (!id || !mail) {
    log(kDamaged, {{"key", to_hex(row.key)}, {"detail", id ? mail.error().detail : id.error().detail}});
    return Turn::more;
  }
  Result<> const done = read(*id, *mail);
  if (!done) forget_tries(*id);
  if (!done && round_) round_ = done;
  return Turn::more;
}

Result<> OwnMailReader::read(UniqueId accepted_as, LocalRow const& row) {
  Ended all;
  for (LocalTarget const& target : row.targets) {
    // A mail for two addresses of the same purpose is read once.
    bool const again =
        std::ranges::find(row.targets, target.mailbox, &LocalTarget::mailbox)->recipient != target.recipient;
    Ended one;
    if (again) {
      one.fates.push_back({target.recipient, "delivered", "2.0.0", "read with the other recipient's"});
    } else {
      TRY(one, end_of(accepted_as, row, target));
    }
    std::ranges::move(one.rows, std::back_inserter(all.rows));
    std::ranges::move(one.copies, std::back_inserter(all.copies));
    std::ranges::move(one.remote, std::back_inserter(all.remote));
    std::ranges::move(one.fates, std::back_inserter(all.fates));
  }
  return finish(accepted_as, row, std::move(all));
}

// A mail that ends the server while it is read would do so after each start.
Result<ReadReports> OwnMailReader::open(UniqueId accepted_as, LocalRow const& row) const {
  std::string const key = own_mail_tries_key(accepted_as);
  TRY(auto const found, services_.key_value.get(kv::Table::queue, key));
  std::uint64_t const before = found ? decode_tries(*found).value_or(0) : 0;
  if (before >= kTries)
    return ReadReports{.rows = {},
                       .said = {},
                       .problems = {fmt::format("the server came to its end {} times while it was read", before)}};
  kv::Batch begun;
  begun.put(kv::Table::queue, key, encode_tries(before + 1));
  TRY_VOID(services_.committer.commit(std::move(begun)));
  return inbox_.read(row.body, accepted_as, today());
}

// What failed for now came to an end.
void OwnMailReader::forget_tries(UniqueId accepted_as) const {
  kv::Batch batch;
  batch.erase(kv::Table::queue, own_mail_tries_key(accepted_as));
  (void)services_.committer.commit(std::move(batch));  // at worst it counts as a try
}

Result<OwnMailReader::Ended> OwnMailReader::end_of(UniqueId accepted_as, LocalRow const& row,
                                                   LocalTarget const& target) const {
  if (target.mailbox != kForChecks) return read_reports(accepted_as, row, target);
  std::string said = "not answered: no mail leaves this server";
  if (services_.reflector != nullptr) {
    TRY(said, services_.reflector->answer(accepted_as, row, target.recipient));
  }
  return Ended{.fates = {{target.recipient, "delivered", "2.0.0", std::move(said)}}};
}

Result<OwnMailReader::Ended> OwnMailReader::read_reports(UniqueId accepted_as, LocalRow const& row,
                                                         LocalTarget const& target) const {
  TRY(ReadReports read, open(accepted_as, row));
  Ended ended{.rows = std::move(read.rows)};
  if (!read.said.empty()) ended.fates.push_back({target.recipient, "delivered", "2.0.0", joined(read.said)});
  if (read.problems.empty()) return ended;
  std::string const why = joined(read.problems);
  log(kUnread, {{"id", accepted_as.text()}, {"to", target.recipient}, {"why", why}});
  TRY_VOID(give_to_postmaster(target.recipient, why, ended));
  return ended;
}

Result<> OwnMailReader::give_to_postmaster(std::string const& recipient, std::string const& why, Ended& ended) const {
  TRY(mime::Address const address, mime::Address::parse(recipient));
  TRY_VOID(add_postmaster(recipient, address.domain(), ended));
  if (ended.copies.empty() && ended.remote.empty())
    TRY_VOID(add_postmaster(recipient, services_.default_domain, ended));
  std::string const because = "for it is no report that could be read: " + why;
  for (LocalTarget const& copy : ended.copies)
    ended.fates.push_back({recipient, "delivered", "2.0.0", fmt::format("INBOX of {}, {}", copy.mailbox, because)});
  for (mime::Address const& one : ended.remote)
    ended.fates.push_back({recipient, "queued", "2.0.0", fmt::format("to be sent to {}, {}", one.text(), because)});
  if (ended.copies.empty() && ended.remote.empty())
    ended.fates.push_back({recipient, "discarded", "5.1.1", "no postmaster has a mailbox; it came to him, " + because});
  return {};
}

Result<> OwnMailReader::add_postmaster(std::string const& recipient, mime::Domain const& domain, Ended& ended) const {
  TRY(directory::Route const route, services_.directory.route({mime::LocalPart::parse("postmaster").value(), domain}));
  if (auto const* one = std::get_if<directory::ToAccount>(&route))
    ended.copies.push_back({one->account, recipient, one->address.text()});
  auto const* many = std::get_if<directory::ToMany>(&route);
  if (many == nullptr) return {};
  for (directory::ToAccount const& one : many->accounts)
    if (ended.copies.size() < kv::Changer::kMaxAccounts)
      ended.copies.push_back({one.account, recipient, one.address.text()});
  if (services_.outgoing != nullptr) ended.remote = many->remote;
  return {};
}

// Strangers' mail that nobody asked for: without a reverse-path, so that no report on it goes to them.
void OwnMailReader::send_on(kv::Changes& changes, LocalRow const& row, journal::EntryId id,
                            std::vector<mime::Address> const& remote) const {
  std::vector<smtp::Recipient> recipients;
  for (mime::Address const& one : remote)
    recipients.push_back({smtp::ForwardPath(one), smtp::RecipientParameters{.notify = smtp::Notify{}}});
  queue::MessageRow const message{
      .body = row.body,
      .prefix = fmt::format("{};\r\n\t{}\r\n", row.trace, mime::format_date(row.accepted, 0)),
      .reverse_path = {},
      .parameters = {},
      .accepted = now(),
      .service = row.service,
      .message_id = row.message_id};
  changes.put_blind(kv::Table::body_ref, store::held_body_key(row.body.id, kOutgoingUse).encode(), {});
  services_.outgoing->add(changes, id, message, recipients);
}

Result<> OwnMailReader::finish(UniqueId accepted_as, LocalRow const& row, Ended ended) {
  std::vector<kv::AccountId> accounts;
  for (LocalTarget const& copy : ended.copies) accounts.push_back(copy.account);
  auto fn = [this, accepted_as, row, ended = std::move(ended),
             id = services_.journal.next_id()](store::Changes& changes) -> Result<> {
    journal::Entry entry;
    entry.id = id;
    entry.kind = journal::Kind::delivery;
    entry.service = row.service;
    entry.sender = row.reverse_path;
    entry.message_id = row.message_id;
    entry.size = row.body.size;
    entry.recipients = ended.fates;
    entry.verdict = "delivered";
    entry.facts.emplace_back(journal::kAbout, accepted_as.text());
    kv::SealedBody const body{row.body, {}};  // its place was written when it was accepted
    Original const original{body, row.summary, row.trace, row.reverse_path, row.accepted};
    for (LocalTarget const& copy : ended.copies)
      TRY_VOID(copy_into_inbox(changes, original, copy, store::QuotaRule::accepted));
    if (!ended.remote.empty()) send_on(changes.kv(), row, id, ended.remote);
    for (kv::Row const& one : ended.rows) changes.kv().put_blind(kv::Table::queue, one.key, one.value);
    changes.kv().erase_blind(kv::Table::queue, own_mail_key(accepted_as));
    changes.kv().erase_blind(kv::Table::queue, own_mail_tries_key(accepted_as));
    kv::list_unused(changes.kv(), services_.ids, {&row.body.id, 1});
    store::release_body(changes.kv(), row.body.id, kOwnUse);
    journal::Journal::put(changes.kv(), entry);
    return {};
  };
  return services_.store.change<void>(std::move(accounts), Lane::delivery, std::move(fn)).wait();
}

std::int64_t OwnMailReader::now() const {
  return std::chrono::floor<std::chrono::seconds>(services_.clock.now()).time_since_epoch().count();
}

report::Day OwnMailReader::today() const {
  return report::day_of(now());
}

report::Day OwnMailReader::oldest() const {
  auto const kept = static_cast<report::Day>(options_.keep.count());
  return today() - std::min(today(), kept);
}

Result<> OwnMailReader::forget_if(kv::Range range, std::function<bool(kv::Row const&)> const& is_old) const {
  for (;;) {
    TRY(kv::Page const page, services_.key_value.scan(kv::Table::queue, range, {}));
    kv::Batch batch;
    for (kv::Row const& row : page.rows)
      if (is_old(row)) batch.erase(kv::Table::queue, row.key);
    if (!batch.empty()) TRY_VOID(services_.committer.commit(std::move(batch)));
    if (!page.next) return {};
    range.from = *page.next;
  }
}

// The keys of a domain stand in the order of days, so what is too old of it is one range.
Result<Turn> OwnMailReader::forget_one() {
  constexpr Kind kKinds[] = {Kind::size, Kind::dmarc, Kind::failure, Kind::tls};  // in the order of their keys
  for (Kind const kind : kKinds) {
    kv::Range range = report::kind_range(kind);
    if (forget_at_ >= range.to) continue;
    range.from = std::max(range.from, forget_at_);
    TRY(kv::Page const page, services_.key_value.scan(kv::Table::queue, range, kv::Limit{.rows = 1}));
    if (page.rows.empty()) continue;
    std::string const& key = page.rows.front().key;
    kv::Batch batch;
    std::string const head = key.substr(0, key.find('\0') + 1);
    if (auto const row = report::RowKey::decode(key); row && oldest() > 0 && row->day < oldest())
      batch.erase_range(kv::Table::queue, report::days_range(kind, row->domain, 0, oldest() - 1));
    forget_at_ = prefix_end(head.empty() ? key : head);
    if (!batch.empty()) TRY_VOID(services_.committer.commit(std::move(batch)));
    return Turn::more;
  }
  // A mark outlives its report by a while, so that what comes very late is not counted again.
  constexpr report::Day kLonger = 30;
  for (Kind const kind : {Kind::dmarc_mark, Kind::tls_mark})
    TRY_VOID(forget_if(report::kind_range(kind), [&](kv::Row const& row) {
      Result<report::Day> const day = report::decode_mark(row.value);
      return day && *day + kLonger < oldest();
    }));
  // When it is due next, it is gone.
  TRY_VOID(forget_if(report::kind_range(Kind::name), [&](kv::Row const& row) {
    Result<report::ReverseName> const name = report::decode_name(row.value);
    return name && name->reported < oldest();
  }));
  TRY_VOID(forget_unsent());
  forget_at_.clear();
  return Turn::done;
}

// Counts for reports of ours, which nobody sends since it was set so.
Result<> OwnMailReader::forget_unsent() const {
  constexpr report::Day kPatience = 7;
  if (today() <= kPatience) return {};
  kv::Batch batch;
  batch.erase_range(kv::Table::queue, dmarc_counts_range(today() - kPatience));
  batch.erase_range(kv::Table::queue, tls_report_range(today() - kPatience));
  return services_.committer.commit(std::move(batch));
}

}  // namespace yubin::deliver
