#include "deliver/kept_mail.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

#include "base/bytes.h"
#include "base/log.h"
#include "base/text.h"
#include "mime/compose.h"

namespace yubin::deliver {

namespace {

using queue::KeptKey;

constexpr LogEvent kDamaged{"deliver.kept_mail_damaged", LogLevel::error,
                            "a row about mail that is kept cannot be read; it is left where it is"};

constexpr std::size_t kMostInLetter = 100;  // recipients that are named
constexpr std::size_t kMaxSaid = 300;       // bytes of the remote's words

constexpr char kBegin[] =
    "Mail from others that this server was to bring on, by an alias, as a secondary MX or as a copy, was\n"
    "refused for good. Nothing shows that its senders' addresses are not forged, so nobody has written to them.\n"
    "It is kept in the queue for {} days:\n\n";
constexpr char kEnd[] =
    "\nyubin queue list --state held              what is there\n"
    "yubin queue show ID                        one message\n"
    "yubin queue redirect ID --to ADDRESS       to another address; release: again to the same one\n"
    "yubin queue remove ID                      nobody needs it\n";
constexpr char kBeginJa[] =
    "転送（エイリアス）、セカンダリMX、コピーのために他のサーバーへ送るはずだったメールが、恒久的に拒否されました。\n"
    "差出人のアドレスが詐称でないことを確認できないため、差出人には通知していません。\n"
    "{}日間キューに保管します（一覧と操作は英文のコマンドをご覧ください）。\n\n";

// When a letter was written last.
Result<queue::Seconds> read_told(kv::KeyValue const& rows) {
  TRY(auto const row, rows.get(kv::Table::queue, queue::told_key()));
  if (!row) return 0;
  return queue::decode_told(*row);
}

std::string one_line(std::string_view text) {
  std::string out(text.substr(0, kMaxSaid));
  for (char& c : out)
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  return out;
}

}  // namespace

KeptMail::KeptMail(Services services, KeptOptions options)
    : services_(std::move(services)),
      options_(options),
      sender_({services_.store, services_.local, services_.directory, services_.host_name, "", {}}) {}

std::int64_t KeptMail::now() const {
  return std::chrono::floor<std::chrono::seconds>(services_.clock.now()).time_since_epoch().count();
}

// Without those that cannot be read, which hold up nobody.
Result<std::vector<KeptKey>> KeptMail::all() const {
  std::vector<KeptKey> keys;
  kv::Range range = queue::kept_range();
  for (bool more = true; more;) {
    TRY(kv::Page const page, services_.key_value.scan(kv::Table::queue, range, {}));
    for (kv::Row const& row : page.rows) {
      Result<KeptKey> const key = KeptKey::decode(row.key);
      if (key) {
        keys.push_back(*key);
      } else {
        log(kDamaged, {{"key", to_hex(row.key)}, {"detail", key.error().detail}});
      }
    }
    more = page.next.has_value();
    if (more) range.from = *page.next;
  }
  return keys;
}

Result<> KeptMail::look_after() {
  TRY(std::vector<KeptKey> keys, all());
  std::size_t const too_many = keys.size() - std::min(keys.size(), options_.most);
  std::size_t gone = 0;
  while (gone < keys.size() && (gone < too_many || keys[gone].since + options_.keep.count() <= now())) ++gone;
  for (std::size_t i = 0; i < gone; ++i) TRY_VOID(give_up(keys[i]));
  keys.erase(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(gone));
  TRY(std::int64_t const told, read_told(services_.key_value));
  if (keys.empty() || keys.back().since < told || now() < told + options_.tell_every.count()) return {};
  std::int64_t const time = now();
  TRY_VOID(tell(keys));
  kv::Batch batch;
  batch.put(kv::Table::queue, queue::told_key(), queue::encode_told(time));
  return services_.committer.commit(std::move(batch));
}

// Only this recipient: others of the message may have failed later.
Result<> KeptMail::give_up(KeptKey const& key) {
  TRY(auto const one, item(key));
  if (!one) return {};
  queue::Filter const filter{.id = key.id,
                             .recipient = to_lower(one->recipient.recipient.path.address()->text()),
                             .state = queue::Filter::State::held};
  journal::Entry entry;
  entry.id = services_.journal.next_id();
  entry.kind = journal::Kind::change;
  entry.service = "queue";
  entry.verdict = "discarded";
  entry.reason = "was kept since it had failed, and nobody took care of it";
  entry.facts.emplace_back(journal::kAbout, key.id.text());
  TRY_VOID(services_.queue.act(key.id, filter, {queue::Outgoing::Verb::remove}, std::move(entry)).wait());
  return {};
}

// None: somebody has done something about it meanwhile.
Result<std::optional<KeptMail::Item>> KeptMail::item(KeptKey const& key) const {
  Result<queue::Outgoing::Listed> listed = services_.queue.show(key.id);
  if (!listed && listed.error().code == Errc::not_found) return std::nullopt;
  TRY_VOID(listed);
  for (queue::Job::One& one : listed->recipients)
    if (one.number == key.number && queue::is_kept(one.row))
      return Item{key.id, std::move(listed->message), std::move(one.row)};
  return std::nullopt;
}

// That of the address that led there, if it is ours.
Result<mime::Domain> KeptMail::domain_of(queue::RecipientRow const& recipient) const {
  auto const& original = recipient.recipient.parameters.original;
  Result<mime::Address> const address =
      original ? mime::Address::parse(original->address) : fail(Errc::syntax, "there is none");
  if (!address) return services_.domain;
  TRY(auto const domain, services_.directory.find_domain(address->domain()));
  return domain ? domain->name : services_.domain;
}

Result<> KeptMail::tell(std::vector<KeptKey> const& keys) {
  std::map<std::string, std::vector<Item>> of_domains;
  for (KeptKey const& key : keys) {
    TRY(auto one, item(key));
    if (!one) continue;
    TRY(mime::Domain const domain, domain_of(one->recipient));
    of_domains[domain.text()].push_back(*std::move(one));
  }
  for (auto const& [name, items] : of_domains) {
    TRY(mime::Domain const domain, mime::Domain::parse(name));
    TRY_VOID(write_to(domain, items));
  }
  return {};
}

// The newest are named.
std::string KeptMail::text_of(std::vector<Item> const& items) const {
  auto const days = std::chrono::floor<std::chrono::days>(options_.keep).count();
  std::size_t const first = items.size() - std::min(items.size(), kMostInLetter);
  std::string list;
  for (Item const& one : std::span(items).subspan(first)) {
    queue::RecipientRow const& recipient = one.recipient;
    auto const& original = recipient.recipient.parameters.original;
    list += fmt::format("{}  {}\n    from {} to {}\n", one.id.text(), mime::format_date(recipient.due, 0),
                        one.message.reverse_path.text(), recipient.recipient.path.text());
    if (original) list += fmt::format("    written to <{}>\n", one_line(original->address));
    list += fmt::format("    {} {}\n", one_line(recipient.remote_text), one_line(recipient.note));
  }
  if (first > 0) list += fmt::format("and {} older ones\n", first);
  return fmt::format(kBegin, days) + list + kEnd + "\n" + fmt::format(kBeginJa, days);
}

Result<> KeptMail::write_to(mime::Domain const& domain, std::vector<Item> const& items) {
  mime::Address const postmaster(mime::LocalPart::parse("postmaster").value(), domain);
  journal::EntryId const id = services_.journal.next_id();
  std::string const text = mime::make_message(
      {.from = {"", postmaster},
       .to = {{"", postmaster}},
       .subject =
           fmt::format("Mail that was refused elsewhere is kept: {} (転送先で拒否されたメールを保管中)", items.size()),
       .date = {std::chrono::sys_seconds(std::chrono::seconds(now()))},
       .message_id = fmt::format("<{}@{}>", id.text(), services_.host_name),
       .more_fields = {{"Auto-Submitted", "auto-generated"}},
       .text = text_of(items)});
  return sender_.send(text, postmaster, id, "queue");
}

std::optional<std::string> KeptMail::warning() const {
  Result<std::vector<KeptKey>> const keys = all();
  if (!keys || keys->empty()) return std::nullopt;
  return fmt::format(
      "mail for {} recipients was refused elsewhere and its senders could not be told; it is kept: yubin queue list "
      "--state held",
      keys->size());
}

}  // namespace yubin::deliver
