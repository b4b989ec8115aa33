#include "deliver/report.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/base64.h"
#include "mime/date.h"
#include "smtp/parameters.h"

namespace yubin::deliver {

namespace {

struct Failure {
  queue::RecipientRow const& row;
  smtp::OutcomeDetail const& why;
};

bool wants_report(queue::RecipientRow const& row) {
  auto const& notify = row.recipient.parameters.notify;
  return !notify || notify->failure;
}

std::vector<Failure> failures_of(queue::Job const& job, std::vector<smtp::Outcome> const& outcomes) {
  std::vector<Failure> out;
  for (std::size_t i = 0; i < outcomes.size(); ++i)
    if (std::holds_alternative<smtp::Failed>(outcomes[i]) && wants_report(job.recipients[i].row))
      out.push_back({job.recipients[i].row, detail(outcomes[i])});
  return out;
}

// Printable ASCII without line ends: what stands in a field of message/delivery-status, which folds nowhere.
std::string printable(std::string_view text) {
  std::string out(text.substr(0, 800));
  std::ranges::replace_if(out, [](char c) { return c < ' ' || c == 0x7f; }, '?');
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

std::string text_part(std::vector<Failure> const& failures, ReportFacts const& facts) {
  std::string list;
  for (Failure const& one : failures)
    list +=
        fmt::format("  {}\r\n    {} {}\r\n", one.row.recipient.path.text(), one.why.status.text(), reason_of(one.why));
  return fmt::format(
      "This is the mail server {0}.\r\n\r\nYour message could not be delivered to:\r\n\r\n{1}\r\n"
      "It will not be tried again. The header of your message is attached.\r\n\r\n"
      "----\r\n\r\n"
      "メールサーバー {0} からのお知らせです。\r\n\r\n次の宛先にメールを配達できませんでした。\r\n\r\n{1}\r\n"
      "再送は行いません。お送りになったメールのヘッダーを添付します。\r\n",
      facts.host_name, list);
}

// RFC 3464 section 2.2: fields about the message.
std::string message_fields(queue::Job const& job, ReportFacts const& facts) {
  std::string out = fmt::format("Reporting-MTA: dns; {}\r\n", facts.host_name);
  std::string const& envelope_id = job.message.parameters.envelope_id;
  if (!envelope_id.empty()) out += fmt::format("Original-Envelope-Id: {}\r\n", envelope_id);
  return out + fmt::format("Arrival-Date: {}\r\n", mime::format_date(job.message.accepted, 0));
}

// Section 2.3: fields about one recipient.
std::string recipient_fields(Failure const& one) {
  std::string out = "\r\n";
  if (auto const& original = one.row.recipient.parameters.original)
    out += fmt::format("Original-Recipient: {}; {}\r\n", original->type,
                       original->type == "utf-8" ? smtp::encode_utf8_address(original->address)
                                                 : smtp::encode_xtext(original->address));
  mime::Address const& address = *one.row.recipient.path.address();
  // RFC 6533 section 3: an address in UTF-8 has a type of its own.
  bool const ascii = address.local_part().is_ascii();
  out += fmt::format("Final-Recipient: {}; {}\r\n", ascii ? "rfc822" : "utf-8",
                     ascii ? address.text() : smtp::encode_utf8_address(address.text()));
  out += fmt::format("Action: failed\r\nStatus: {}\r\n", one.why.status.text());
  if (!one.why.remote_host.empty()) out += fmt::format("Remote-MTA: dns; {}\r\n", printable(one.why.remote_host));
  if (!one.why.remote_text.empty()) out += fmt::format("Diagnostic-Code: smtp; {}\r\n", printable(one.why.remote_text));
  return out;
}

std::string_view header_section(std::string_view original) {
  std::size_t const end = original.find("\r\n\r\n");
  return end == std::string_view::npos ? original : original.substr(0, end + 2);
}

}  // namespace

std::string make_failure_report(queue::Job const& job, std::vector<smtp::Outcome> const& outcomes,
                                std::string_view original, ReportFacts const& facts) {
  std::vector<Failure> const failures = failures_of(job, outcomes);
  if (failures.empty() || job.message.reverse_path.is_null()) return "";
  std::string const boundary = "=_" + facts.id;
  std::string fields = message_fields(job, facts);
  for (Failure const& one : failures) fields += recipient_fields(one);
  // RFC 3464 section 2: multipart/report with the type delivery-status. RFC 3834 section 5: nobody is to answer it.
  return fmt::format(
      "From: Mail Delivery System <postmaster@{0}>\r\n"
      "To: {1}\r\n"
      "Subject: Undelivered mail / =?UTF-8?B?{2}?=\r\n"
      "Date: {3}\r\n"
      "Message-ID: <{4}@{0}>\r\n"
      "Auto-Submitted: auto-replied\r\n"
      "MIME-Version: 1.0\r\n"
      "Content-Type: multipart/report; report-type=delivery-status;\r\n boundary=\"{5}\"\r\n"
      "\r\n"
      "--{5}\r\n"
      "Content-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
      "{6}"
      "\r\n--{5}\r\n"
      "Content-Type: message/delivery-status\r\n\r\n"
      "{7}"
      "\r\n--{5}\r\n"
      "Content-Type: text/rfc822-headers; charset=UTF-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
      "{8}"
      "\r\n--{5}--\r\n",
      facts.host_name, job.message.reverse_path.text(), to_base64("配達できませんでした"),
      mime::format_date(facts.now, 0), facts.id, boundary, base64_lines(text_part(failures, facts)), fields,
      base64_lines(header_section(original)));
}

}  // namespace yubin::deliver
