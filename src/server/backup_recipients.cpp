#include "server/backup_recipients.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>

#include "base/bytes.h"
#include "base/log.h"
#include "base/text.h"

namespace yubin::server {

namespace {

using Is = BackupVerdict::Is;
using kv::Table;

constexpr LogEvent kNotRead{
    "backup_mx.list_not_read", LogLevel::error,
    "the list of a domain's recipients cannot be read; the one before is used, if there was one"};

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kMaxSaid = 300;
constexpr std::int64_t kDay = 24 * 3600;
constexpr std::chrono::seconds kAwayFor{60};

// How long it is good without asking, and how long while nobody answers.
std::int64_t fresh_for(bool known) {
  return known ? kDay : 3600;
}
std::int64_t good_for(bool known) {
  return known ? 30 * kDay : 3 * kDay;
}

std::string key_of(mime::Address const& address) {
  return "b" + address.folded();
}

BackupVerdict verdict_of(LearntRecipient const& learnt) {
  return {learnt.known ? Is::known : Is::unknown, learnt.said};
}

// A refusal that is about the mailbox, not about us, the sender, the message or the moment. RFC 3463 section 3.2: X.1.7
// and X.1.8 are about the sender's address; RFC 7505 section 4.2: X.1.10.
bool says_unknown(smtp::OutcomeDetail const& why) {
  constexpr std::array<std::uint16_t, 6> kOfRecipient{0, 1, 2, 3, 6, 10};
  std::string_view const said = why.remote_text;
  if (why.status.subject == 1) return std::ranges::find(kOfRecipient, why.status.detail) != kOfRecipient.end();
  return why.status.subject == 0 && (said.starts_with("550") || said.starts_with("551") || said.starts_with("553"));
}

BackupVerdict verdict_of(deliver::RouteReport const& report) {
  if (!report.asked) return {Is::not_known_now, report.steps.empty() ? "" : report.steps.back().text};
  smtp::OutcomeDetail const& why = smtp::detail(*report.asked);
  if (std::holds_alternative<smtp::Delivered>(*report.asked)) return {Is::known, why.remote_text};
  // What was said to MAIL is about us, as is all that is said to who is not welcome.
  bool const of_recipient = report.sender_taken && std::holds_alternative<smtp::Failed>(*report.asked);
  bool const unknown = of_recipient && says_unknown(why);
  return {unknown ? Is::unknown : Is::not_known_now, why.remote_text};
}

}  // namespace

std::string encode_learnt(LearntRecipient const& learnt) {
  std::string record;
  ByteWriter writer(record);
  writer.u8(kVersion);
  writer.u8(learnt.known ? 1 : 0);
  writer.signed_varint(learnt.when);
  writer.text(learnt.said);
  return record;
}

Result<LearntRecipient> decode_learnt(std::string_view record) {
  ByteReader reader(record);
  TRY(std::uint8_t const version, reader.u8());
  TRY(std::uint8_t const known, reader.u8());
  LearntRecipient learnt{.known = known == 1};
  TRY(learnt.when, reader.signed_varint());
  TRY(std::string_view const said, reader.text());
  learnt.said = said;
  if (version != kVersion || known > 1 || !reader.at_end())
    return fail(Errc::corrupt, "what was learnt of a recipient cannot be read");
  return learnt;
}

std::int64_t BackupRecipients::now() const {
  return std::chrono::floor<std::chrono::seconds>(clock_.now()).time_since_epoch().count();
}

net::Task<BackupVerdict> BackupRecipients::find(BackupDomain domain, mime::Address address) {
  BackupVerdict verdict;
  if (!domain.recipients.empty()) {
    auto look = [&] { verdict = find_in_file(domain, address); };
    co_await net::run_on(pool_, Lane::delivery, std::ref(look));
    co_return verdict;
  }
  std::optional<LearntRecipient> learnt;
  auto read = [&] {
    Result<std::optional<std::string>> const row = key_value_.get(Table::directory, key_of(address));
    if (!row || !*row) return;
    Result<LearntRecipient> const decoded = decode_learnt(**row);
    if (decoded) learnt = *decoded;
  };
  co_await net::run_on(pool_, Lane::delivery, std::ref(read));
  std::int64_t const age = learnt ? now() - learnt->when : 0;
  if (learnt && age < fresh_for(learnt->known)) co_return verdict_of(*learnt);
  verdict = co_await ask(address);
  if (verdict.is != Is::not_known_now) {
    learn(address, verdict);
  } else if (learnt && age < good_for(learnt->known)) {
    verdict = verdict_of(*learnt);
  }
  co_return verdict;
}

net::Task<BackupVerdict> BackupRecipients::ask(mime::Address address) {
  std::string const domain = address.domain().text();
  if (!probe_) co_return BackupVerdict{Is::not_known_now, "nobody can be asked"};
  if (is_away(domain)) co_return BackupVerdict{Is::not_known_now, "the primary did not answer a moment ago"};
  deliver::RouteReport report;
  auto start = [&](net::Resume resume) {
    deliver::RouteQuestion question{.to = address, .hurried = true};
    probe_(std::move(question), [&report, resume = std::move(resume)](deliver::RouteReport found) mutable {
      report = std::move(found);
      resume();
    });
  };
  co_await net::suspend(std::move(start));
  BackupVerdict verdict = verdict_of(report);
  if (!report.asked) note_away(domain);
  co_return verdict;
}

bool BackupRecipients::is_away(std::string const& domain) {
  std::lock_guard const lock(mutex_);
  auto const found = away_.find(domain);
  return found != away_.end() && clock_.steady() < found->second;
}

// Below a domain anybody can think of names, so that there is a limit; who is over it is asked again.
void BackupRecipients::note_away(std::string const& domain) {
  std::lock_guard const lock(mutex_);
  if (away_.size() >= kMostAway) std::erase_if(away_, [&](auto const& one) { return one.second <= clock_.steady(); });
  if (away_.size() < kMostAway || away_.contains(domain)) away_[domain] = clock_.steady() + kAwayFor;
}

void BackupRecipients::learn(mime::Address const& address, BackupVerdict const& verdict) {
  {
    std::lock_guard const lock(mutex_);
    if (hour_ != now() / 3600) learnt_ = 0;
    hour_ = now() / 3600;
    if (++learnt_ > kMostInAnHour) return;
  }
  LearntRecipient const learnt{verdict.is == Is::known, now(), verdict.said.substr(0, kMaxSaid)};
  // Nobody waits for it; what a crash loses is asked again.
  (void)changer_.change<void>({kv::kServerAccount}, Lane::reading,
                              [key = key_of(address), record = encode_learnt(learnt)](kv::Changes& changes) {
                                changes.put(Table::directory, key, record);
                                return Result<>();
                              });
}

std::shared_ptr<BackupRecipients::List const> BackupRecipients::known_list(std::filesystem::path const& file) {
  std::lock_guard const lock(mutex_);
  return lists_[file];
}

std::shared_ptr<BackupRecipients::List const> BackupRecipients::list_of(std::filesystem::path const& file) {
  std::error_code error;
  auto const written = std::filesystem::last_write_time(file, error);
  auto is_this = [&](std::shared_ptr<List const> const& list) { return !error && list && list->written == written; };
  std::shared_ptr<List const> known = known_list(file);
  if (is_this(known)) return known;
  std::unique_lock reading(reading_, std::defer_lock);
  if (known && !reading.try_lock()) return known;  // somebody reads it, and until then the one before will do
  if (!reading) reading.lock();
  known = known_list(file);
  if (is_this(known)) return known;
  std::ifstream in(file);
  if (error || !in || std::filesystem::file_size(file, error) > kMaxFile) {
    log(kNotRead, {{"file", file.string()}});
    return known;
  }
  auto made = std::make_shared<List>(List{written, {}});
  for (std::string line; std::getline(in, line);) {
    std::string_view const entry = trim(std::string_view(line).substr(0, line.find('#')));
    if (!entry.empty()) made->addresses.insert(to_lower(entry));
  }
  std::lock_guard const lock(mutex_);
  lists_[file] = made;
  return made;
}

BackupVerdict BackupRecipients::find_in_file(BackupDomain const& domain, mime::Address const& address) {
  std::shared_ptr<List const> const list = list_of(domain.recipients);
  if (!list) return {Is::not_known_now, "the list of recipients cannot be read"};
  bool const known =
      list->addresses.contains(address.folded()) || list->addresses.contains("@" + address.domain().text());
  return {known ? Is::known : Is::unknown, ""};
}

Result<Turn> BackupRecipients::forget_old() {
  kv::Range range = kv::prefix_range("b");
  if (forget_from_) range.from = *std::move(forget_from_);
  forget_from_.reset();
  TRY(kv::Page page, key_value_.scan(Table::directory, range, {}));
  std::vector<std::string> old;
  for (kv::Row& row : page.rows) {
    Result<LearntRecipient> const learnt = decode_learnt(row.value);
    if (!learnt || now() - learnt->when > good_for(learnt->known)) old.push_back(std::move(row.key));
  }
  if (!old.empty()) {
    auto erase = [old = std::move(old)](kv::Changes& changes) {
      for (std::string const& key : old) changes.erase(Table::directory, key);
      return Result<>();
    };
    TRY_VOID(changer_.change<void>({kv::kServerAccount}, Lane::reading, std::move(erase)).wait());
  }
  forget_from_ = std::move(page.next);
  return forget_from_ ? Turn::more : Turn::done;
}

}  // namespace yubin::server
