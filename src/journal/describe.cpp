#include "journal/describe.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/format.h"
#include "base/text.h"
#include "journal/when.h"

namespace yubin::journal {

namespace {

constexpr std::size_t kNameColumn = 12;

// As it is, unless it holds something that a terminal should not get.
std::string shown(std::string_view text) {
  std::string safe = quoted(text, text.size());
  if (std::string_view(safe).substr(1, safe.size() - 2) == text) return std::string(text);
  return safe;
}

void line(std::string& out, std::string_view name, std::string_view value) {
  append_format(out, "  {:<{}}{}\n", shown(name), kNameColumn, value);
}

void text_line(std::string& out, std::string_view name, std::string_view text) {
  if (!text.empty()) line(out, name, shown(text));
}

std::string fate(RecipientFate const& recipient) {
  std::string out = "<" + shown(recipient.address) + ">  " + shown(recipient.fate);
  if (!recipient.status.empty()) out += " " + shown(recipient.status);
  if (!recipient.detail.empty()) out += ": " + shown(recipient.detail);
  return out;
}

bool has_sender(Entry const& entry) {
  return entry.kind == Kind::message || !entry.sender.empty() || !entry.recipients.empty();
}

// The fate that most needs a look: of several recipients, the one who did not get the message.
RecipientFate const& worst(std::vector<RecipientFate> const& recipients) {
  auto const bad = std::ranges::find_if(recipients, [](RecipientFate const& one) { return one.fate != "delivered"; });
  return bad == recipients.end() ? recipients.front() : *bad;
}

std::string who(Entry const& entry) {
  if (!has_sender(entry)) return entry.user.empty() ? "" : "  " + shown(entry.user);
  std::string out = "  <" + shown(entry.sender) + ">";
  if (entry.recipients.empty()) return out;
  RecipientFate const& recipient = worst(entry.recipients);
  out += " -> <" + shown(recipient.address) + ">";
  if (entry.recipients.size() > 1) out += fmt::format(" +{}", entry.recipients.size() - 1);
  // Of a delivery to another server the fate is all there is to say.
  if (recipient.fate != "delivered" || entry.verdict.empty() || entry.kind == Kind::delivery)
    out += "  " + shown(recipient.fate) + " " + shown(recipient.detail);
  return out;
}

}  // namespace

std::string describe(Entry const& entry) {
  std::string out = fmt::format("{}  {}  {}", rfc3339(entry.id.time()), to_string(entry.kind), entry.id.text());
  if (!entry.verdict.empty()) out += "  " + shown(entry.verdict);
  out += "\n";
  text_line(out, "reason", entry.reason);
  text_line(out, "service", entry.service);
  text_line(out, "peer", entry.peer);
  text_line(out, "helo", entry.helo);
  text_line(out, "tls", entry.tls);
  text_line(out, "user", entry.user);
  if (has_sender(entry)) line(out, "from", "<" + shown(entry.sender) + ">");  // "<>": the null reverse-path
  for (RecipientFate const& recipient : entry.recipients) line(out, "to", fate(recipient));
  text_line(out, "message-id", entry.message_id);
  if (entry.size > 0) line(out, "size", fmt::format("{}", entry.size));
  for (auto const& [name, value] : entry.facts) line(out, name, shown(value));
  if (entry.generation > 0) line(out, "settings", fmt::format("generation {}", entry.generation));
  if (entry.omitted > 0) line(out, "omitted", fmt::format("{} more recipients and facts", entry.omitted));
  return out;
}

std::string summarize(Entry const& entry) {
  std::string out = fmt::format("{}  {}  {:<10}  {:<8}", local_rfc3339(entry.id.time()), entry.id.text(),
                                shown(entry.service), shown(entry.verdict));
  if (!entry.peer.empty()) out += "  " + shown(entry.peer);
  out += who(entry);
  if (!entry.reason.empty()) out += "  " + shown(entry.reason);
  return out;
}

}  // namespace yubin::journal
