#include "report/failure.h"

#include <fmt/format.h>

#include <optional>

#include "base/text.h"
#include "mime/date.h"
#include "mime/encoded_word.h"
#include "mime/header.h"
#include "report/words.h"

namespace yubin::report {

namespace {

std::string value(mime::HeaderSection const& header, std::string_view name) {
  auto const field = header.find_first(name);
  return field ? tame(mime::decode_header(field->value()).text) : std::string();
}

std::string word(mime::HeaderSection const& header, std::string_view name) {
  return tame_word(value(header, name));
}

std::string without_brackets(std::string text) {
  if (text.starts_with('<') && text.ends_with('>')) return text.substr(1, text.size() - 2);
  return text;
}

}  // namespace

Result<FailureReport> parse_failure(std::string_view fields, std::string_view original) {
  mime::HeaderSection const header = mime::HeaderSection::parse(fields);
  FailureReport out;
  out.feedback_type = word(header, "Feedback-Type");
  // RFC 6591 section 3.1
  if (out.feedback_type != "auth-failure")
    return fail(Errc::syntax, fmt::format("feedback of type {}, not about authentication", quoted(out.feedback_type)));
  out.user_agent = value(header, "User-Agent");
  out.auth_failure = word(header, "Auth-Failure");
  out.identity_alignment = word(header, "Identity-Alignment");
  out.delivery_result = word(header, "Delivery-Result");
  out.reported_domain = word(header, "Reported-Domain");
  out.source = word(header, "Source-IP");
  out.mail_from = without_brackets(value(header, "Original-Mail-From"));
  out.dkim_domain = word(header, "DKIM-Domain");
  out.dkim_selector = value(header, "DKIM-Selector");
  out.reporting_mta = value(header, "Reporting-MTA");
  std::string arrival = value(header, "Arrival-Date");
  if (arrival.empty()) arrival = value(header, "Received-Date");  // of RFC 5965 section 3.2
  if (auto const date = mime::parse_date(arrival)) out.arrival = date->time.time_since_epoch().count();
  out.incidents = parse_number(value(header, "Incidents")).value_or(1);

  mime::HeaderSection const about = mime::HeaderSection::parse(original);
  out.from = value(about, "From");
  out.subject = value(about, "Subject");
  out.message_id = value(about, "Message-ID");
  return out;
}

}  // namespace yubin::report
