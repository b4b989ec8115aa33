#include "deliver/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/base64.h"
#include "deliver/report_text.h"
#include "mime/date.h"
#include "mime/lexer.h"
#include "smtp/parameters.h"

namespace yubin::deliver {

namespace {

// RFC 5321 section 4.5.3.1.6: octets of a line, without CR LF.
constexpr std::size_t kMaxLine = 998;

// Whether the report is an internationalized message (RFC 6533): its own To field needs that.
bool is_international(ReportSubject const& subject) {
  return !subject.reverse_path.address()->local_part().is_ascii();
}

bool is_ascii(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

bool has_short_lines(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    std::size_t const end = std::min(text.find("\r\n", at), text.size());
    if (end - at > kMaxLine) return false;
    at = end + 2;
  }
  return true;
}

// A bare CR or LF leaves us in no part that is not encoded.
bool has_whole_line_ends(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n')) return false;
    if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) return false;
  }
  return true;
}

// Without line ends: what stands in a field of message/delivery-status, which folds nowhere.
std::string field_text(std::string_view text, bool international) {
  std::string out(text.substr(0, 800));
  bool const keep = international && mime::is_utf8(out);
  std::ranges::replace_if(
      out,
      [&](char c) {
        auto const byte = static_cast<unsigned char>(c);
        return byte < ' ' || byte == 0x7f || (byte >= 0x80 && !keep);
      },
      '?');
  return out;
}

std::string reason_of(smtp::OutcomeDetail const& why) {
  std::string out = why.remote_text;
  if (!why.remote_host.empty() && !out.empty()) out = fmt::format("{}: {}", why.remote_host, out);
  if (!why.note.empty()) out += out.empty() ? why.note : fmt::format(" ({})", why.note);
  return out;
}

// In base64, since Japanese and any length of line must pass servers that take 7 bits and 998 characters.
std::string base64_lines(std::string_view text) {
  std::string const all = to_base64(text);
  std::string out;
  for (std::size_t i = 0; i < all.size(); i += 76) out += all.substr(i, 76) + "\r\n";
  return out;
}

ReportWords const& words_of(ReportAction action) {
  return *std::ranges::find(kReportWords, action, &ReportWords::action);
}

// In one of the two languages: the sentence about the class of a failure, then the other side's own words.
std::string list_of(ReportAction action, std::vector<ReportRecipient> const& recipients,
                    std::string_view ReasonWords::* language) {
  std::string out;
  for (ReportRecipient const& one : recipients) {
    out += fmt::format("  {}\r\n", one.recipient.path.text());
    bool const is_failure = action == ReportAction::failed || action == ReportAction::delayed;
    auto const* words = std::ranges::find(kReasonWords, queue::classify(one.why), &ReasonWords::failure);
    if (is_failure && words != std::end(kReasonWords)) out += fmt::format("    {}\r\n", words->*language);
    out += fmt::format("    {} {}\r\n", one.why.status.text(), reason_of(one.why));
  }
  return out;
}

std::string text_part(ReportAction action, std::vector<ReportRecipient> const& recipients, ReportFacts const& facts) {
  ReportWords const& words = words_of(action);
  return fmt::format(
      "This is the mail server {}.\r\n\r\n{}\r\n\r\n{}\r\n{}\r\n\r\n----\r\n\r\n"
      "メールサーバー {} からのお知らせです。\r\n\r\n{}\r\n\r\n{}\r\n{}\r\n",
      facts.host_name, words.begin, list_of(action, recipients, &ReasonWords::english), words.end, facts.host_name,
      words.begin_ja, list_of(action, recipients, &ReasonWords::japanese), words.end_ja);
}

// RFC 3464 section 2.2: fields about the message.
std::string message_fields(ReportSubject const& subject, ReportFacts const& facts) {
  std::string out = fmt::format("Reporting-MTA: dns; {}\r\n", facts.host_name);
  std::string const& envelope_id = subject.parameters.envelope_id;
  if (!envelope_id.empty()) out += fmt::format("Original-Envelope-Id: {}\r\n", envelope_id);
  return out + fmt::format("Arrival-Date: {}\r\n", mime::format_date(subject.accepted, 0));
}

// RFC 6533 section 3: in message/global-delivery-status as it is, else encoded.
std::string utf8_address(std::string_view address, bool international) {
  return international ? std::string(address) : smtp::encode_utf8_address(address);
}

// Section 2.3: fields about one recipient.
std::string recipient_fields(ReportRecipient const& one, ReportAction action, bool international) {
  std::string out = "\r\n";
  if (auto const& original = one.recipient.parameters.original)
    out += fmt::format("Original-Recipient: {}; {}\r\n", original->type,
                       original->type == "utf-8" ? utf8_address(original->address, international)
                                                 : smtp::encode_xtext(original->address));
  mime::Address const& address = *one.recipient.path.address();
  bool const ascii = address.local_part().is_ascii();
  out += fmt::format("Final-Recipient: {}; {}\r\n", ascii ? "rfc822" : "utf-8",
                     ascii ? address.text() : utf8_address(address.text(), international));
  out += fmt::format("Action: {}\r\nStatus: {}\r\n", words_of(action).name, one.why.status.text());
  if (!one.why.remote_host.empty())
    out += fmt::format("Remote-MTA: dns; {}\r\n", field_text(one.why.remote_host, international));
  if (!one.why.remote_text.empty())
    out += fmt::format("Diagnostic-Code: smtp; {}\r\n", field_text(one.why.remote_text, international));
  if (one.retried_until) out += fmt::format("Will-Retry-Until: {}\r\n", mime::format_date(*one.retried_until, 0));
  return out;
}

struct Part {
  std::string text;  // with its header section
  bool eight_bit = false;
};

// The message's header section, or all of it.
Part original_part(ReportOriginal const& original, bool international) {
  bool const ascii = is_ascii(original.text);
  bool const plain = has_short_lines(original.text) && has_whole_line_ends(original.text);
  if (international && !ascii && plain && mime::is_utf8(original.text))
    return {fmt::format("Content-Type: message/global{}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{}",
                        original.whole ? "" : "-headers", original.text),
            true};
  if (original.whole && plain)
    return {fmt::format("Content-Type: message/rfc822\r\nContent-Transfer-Encoding: {}\r\n\r\n{}",
                        ascii ? "7bit" : "8bit", original.text),
            !ascii};
  // A message part must not be encoded; text may.
  std::size_t const end = original.text.find("\r\n\r\n");
  std::string_view const header = std::string_view(original.text).substr(0, end == std::string::npos ? end : end + 2);
  if (is_ascii(header) && has_short_lines(header) && has_whole_line_ends(header))
    return {fmt::format("Content-Type: text/rfc822-headers\r\n\r\n{}", header)};
  return {fmt::format("Content-Type: text/rfc822-headers; charset=UTF-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{}",
                      base64_lines(header))};
}

// RFC 5322 section 3.6.4, so that mail programs show it with the message. What is odd is not repeated.
std::string references(std::string const& message_id) {
  bool const good = message_id.size() > 2 && message_id.size() < 900 && message_id.starts_with('<') &&
                    message_id.ends_with('>') &&
                    std::ranges::all_of(message_id, [](char c) { return c > ' ' && c < 0x7f; });
  return good ? fmt::format("In-Reply-To: {0}\r\nReferences: {0}\r\n", message_id) : "";
}

// RFC 3464 section 2: multipart/report with the type delivery-status. RFC 3834 section 5: nobody is to answer it.
std::string header_section(ReportSubject const& subject, ReportAction action, ReportFacts const& facts,
                           std::string_view boundary) {
  ReportWords const& words = words_of(action);
  return fmt::format(
      "From: Mail Delivery System <postmaster@{9}>\r\n"
      "To: {1}\r\n"
      "Subject: {2} / =?UTF-8?B?{3}?=\r\n"
      "Date: {4}\r\n"
      "Message-ID: <{5}@{0}>\r\n"
      "{6}"
      "Auto-Submitted: auto-replied\r\n"
      "MIME-Version: 1.0\r\n"
      "Content-Type: multipart/report; report-type={7};\r\n boundary=\"{8}\"\r\n",
      facts.host_name, subject.reverse_path.text(), words.subject, to_base64(words.subject_ja),
      mime::format_date(facts.now, 0), facts.id, references(subject.message_id),
      is_international(subject) ? "global-delivery-status" : "delivery-status", boundary,
      facts.domain.empty() ? facts.host_name : facts.domain);
}

}  // namespace

bool wants_report(smtp::Recipient const& recipient, ReportAction action) {
  auto const& notify = recipient.parameters.notify;
  switch (action) {
    case ReportAction::failed:
      return !notify || notify->failure;
    case ReportAction::delayed:
      return !notify || notify->delay;
    case ReportAction::delivered:
    case ReportAction::relayed:
      return notify && notify->success;
  }
  std::unreachable();
}

Report make_report(ReportSubject const& subject, ReportAction action, std::vector<ReportRecipient> const& recipients,
                   ReportOriginal const& original, ReportFacts const& facts) {
  YUBIN_ASSERT(!subject.reverse_path.is_null() && !recipients.empty());
  bool const international = is_international(subject);
  std::string const boundary = "=_" + facts.id;
  std::string fields = message_fields(subject, facts);
  for (ReportRecipient const& one : recipients) fields += recipient_fields(one, action, international);
  Part about{fmt::format("Content-Type: message/{}delivery-status\r\n{}\r\n{}", international ? "global-" : "",
                         is_ascii(fields) ? "" : "Content-Transfer-Encoding: 8bit\r\n", fields),
             !is_ascii(fields)};
  std::vector<Part> parts;
  parts.push_back({"Content-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
                   base64_lines(text_part(action, recipients, facts))});
  parts.push_back(std::move(about));
  if (!original.text.empty()) parts.push_back(original_part(original, international));
  bool const eight_bit = international || std::ranges::any_of(parts, &Part::eight_bit);
  Report report{.text = header_section(subject, action, facts, boundary), .parameters = {}};
  report.parameters.smtputf8 = international;
  // RFC 8689 section 5: it tells of the message, so it goes as that had to.
  report.parameters.require_tls = subject.parameters.require_tls;
  if (eight_bit) {
    report.parameters.body = smtp::BodyType::eight_bit_mime;
    report.text += "Content-Transfer-Encoding: 8bit\r\n";
  }
  report.text += "\r\n";
  for (Part const& part : parts) report.text += fmt::format("--{}\r\n{}\r\n", boundary, part.text);
  report.text += fmt::format("--{}--\r\n", boundary);
  return report;
}

}  // namespace yubin::deliver
