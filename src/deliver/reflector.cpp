#include "deliver/reflector.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/text.h"
#include "mime/compose.h"
#include "mime/header.h"
#include "mime/summary.h"

namespace yubin::deliver {

namespace {

constexpr char kKind = 'c';  // of a row: who was answered; beside the numbers of queue::RowKind
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kHeader = 64 * 1024;

std::string key_of(std::string const& address) {
  return kKind + to_lower(address);
}

std::int64_t seconds(WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

std::string encode_time(std::int64_t time) {
  std::string value(1, static_cast<char>(kVersion));
  ByteWriter(value).signed_varint(time);
  return value;
}

Result<std::int64_t> decode_time(std::string_view value) {
  ByteReader reader(value);
  TRY(std::uint8_t const version, reader.u8());
  if (version != kVersion) return fail(Errc::corrupt, "an answer's time has an unknown version");
  return reader.signed_varint();
}

// The only author, if there is one.
std::optional<mime::Address> author_of(queue::LocalRow const& mail) {
  Result<mime::Summary> const summary = mime::decode_summary(mail.summary);
  if (!summary) return std::nullopt;
  std::optional<mime::Address> author;
  for (mime::ListedAddress const& one : summary->envelope.from) {
    Result<mime::Address> address = mime::to_address(one);
    if (!address || author) return std::nullopt;
    author = *std::move(address);
  }
  return author;
}

// RFC 3834 section 2, and what lists and programs write.
bool is_automatic(mime::HeaderSection const& header) {
  auto const submitted = header.find_first("Auto-Submitted");
  if (submitted && !istarts_with(submitted->value(), "no")) return true;
  auto const precedence = header.find_first("Precedence");
  if (precedence && (iequals(precedence->value(), "bulk") || iequals(precedence->value(), "list") ||
                     iequals(precedence->value(), "junk")))
    return true;
  return header.find_first("List-Id") || header.find_first("List-Unsubscribe");
}

}  // namespace

Reflector::Reflector(Services services)
    : services_(std::move(services)),
      sender_({services_.store, services_.local, services_.directory, services_.host_name, "",
               [](std::string_view) { return std::nullopt; }}) {}

// Empty: nothing is against it.
Result<std::string> Reflector::why_not(journal::Entry const& entry, queue::LocalRow const& mail) const {
  if (mail.reverse_path.empty()) return "it has a null reverse-path";
  auto const fact = [&](std::string_view name) {
    return std::ranges::find(entry.facts, name, &std::pair<std::string, std::string>::first);
  };
  if (fact("dmarc") == entry.facts.end()) return "it was not checked whom it is from";
  if (fact(kAlignedFact) == entry.facts.end()) return "nobody vouches for its author: DMARC " + fact("dmarc")->second;
  TRY(std::string const head, services_.bodies.read(mail.body.id, 0, kHeader));
  if (is_automatic(mime::HeaderSection::parse(head))) return "it is from a program or a list";
  std::optional<mime::Address> const author = author_of(mail);
  if (!author) return "it has no single author";
  TRY(directory::Route const route, services_.directory.route(*author));
  if (!std::holds_alternative<directory::NotOurDomain>(route)) return "its author is one of us";
  if (!services_.local.sends_out()) return "no mail leaves this server";
  return "";
}

Result<bool> Reflector::has_paused(std::string const& key) const {
  TRY(auto const value, services_.key_value.get(kv::Table::queue, key));
  if (!value) return true;
  TRY(std::int64_t const last, decode_time(*value));
  return seconds(services_.clock.now()) - last >= std::chrono::seconds(kPause).count();
}

Result<std::string> Reflector::answer(UniqueId accepted_as, queue::LocalRow const& mail, std::string const& recipient) {
  TRY(auto const entry, services_.journal.find(accepted_as));
  if (!entry) return "not answered: the journal does not know it";
  TRY(std::string const reason, why_not(*entry, mail));
  if (!reason.empty()) return "not answered: " + reason;
  mime::Address const author = author_of(mail).value();
  std::string const key = key_of(author.text());
  TRY(bool const paused, has_paused(key));
  if (!paused) return "not answered: its author was answered within the hour";
  std::int64_t const now = seconds(services_.clock.now());
  kv::Batch batch;
  batch.put(kv::Table::queue, key, encode_time(now));
  TRY_VOID(services_.committer.commit(std::move(batch)));

  TRY(mime::Address const own, mime::Address::parse(recipient));
  journal::EntryId const id = services_.journal.next_id();
  std::vector<std::pair<std::string, std::string>> fields{
      {"Auto-Submitted", "auto-replied"}};  // RFC 3834 section 3.1.7
  if (!mail.message_id.empty()) fields.emplace_back("In-Reply-To", mail.message_id);
  mime::Draft const draft{.from = {"", own},
                          .to = {{"", author}},
                          .subject = "What we saw of your message / メールの判定結果",
                          .date = {.time = std::chrono::sys_seconds(std::chrono::seconds(now))},
                          .message_id = fmt::format("<{}@{}>", id.text(), services_.host_name),
                          .more_fields = std::move(fields),
                          .text = reflection_text(*entry)};
  TRY_VOID(sender_.send(mime::make_message(draft), author, id, kReflectorService));
  return "answered to " + author.text();
}

Result<> Reflector::forget() const {
  kv::Range range = kv::prefix_range(std::string(1, kKind));
  for (;;) {
    TRY(kv::Page const page, services_.key_value.scan(kv::Table::queue, range, {}));
    kv::Batch batch;
    for (kv::Row const& row : page.rows) {
      TRY(bool const paused, has_paused(row.key));
      if (paused) batch.erase(kv::Table::queue, row.key);
    }
    if (!batch.empty()) TRY_VOID(services_.committer.commit(std::move(batch)));
    if (!page.next) return {};
    range.from = *page.next;
  }
}

}  // namespace yubin::deliver
