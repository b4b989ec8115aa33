#include "journal/describe.h"

#include <fmt/format.h>

#include <chrono>
#include <iterator>

#include "base/text.h"

namespace yubin::journal {

namespace {

constexpr std::size_t kNameColumn = 12;

// RFC 3339 section 5.6, in UTC.
std::string timestamp(WallTime time) {
  auto day = std::chrono::floor<std::chrono::days>(time);
  std::chrono::year_month_day date(day);
  std::chrono::hh_mm_ss clock(time - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

// As it is, unless it holds something that a terminal should not get.
std::string shown(std::string_view text) {
  std::string safe = quoted(text, text.size());
  if (std::string_view(safe).substr(1, safe.size() - 2) == text) return std::string(text);
  return safe;
}

void line(std::string& out, std::string_view name, std::string_view value) {
  fmt::format_to(std::back_inserter(out), "  {:<{}}{}\n", shown(name), kNameColumn, value);
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

}  // namespace

std::string describe(Entry const& entry) {
  std::string out = fmt::format("{}  {}  {}", timestamp(entry.id.time()), to_string(entry.kind), entry.id.text());
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
  if (entry.omitted > 0) line(out, "omitted", fmt::format("{} more recipients and facts", entry.omitted));
  return out;
}

}  // namespace yubin::journal
