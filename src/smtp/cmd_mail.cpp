// MAIL (RFC 5321 section 4.1.1.2) with SIZE (RFC 1870) and BODY (RFC 6152).
#include <fmt/format.h>

#include <algorithm>
#include <expected>
#include <limits>
#include <utility>

#include "base/text.h"
#include "smtp/command.h"
#include "smtp/grammar.h"

namespace yubin::smtp {

namespace {

Reply bad_parameter(std::string_view what) {
  return {501, {5, 5, 4}, std::string(what)};
}

// size-value = 1*20DIGIT (RFC 1870 section 3), which may be more than 64 bits hold.
std::expected<std::uint64_t, Reply> size_value(std::string_view value) {
  if (value.empty() || value.size() > 20 || !std::ranges::all_of(value, is_digit))
    return std::unexpected(bad_parameter("SIZE is a number of octets"));
  return parse_number(value).value_or(std::numeric_limits<std::uint64_t>::max());
}

std::expected<BodyType, Reply> body_value(std::string_view value) {
  if (iequals(value, "7BIT")) return BodyType::seven_bit;
  if (iequals(value, "8BITMIME")) return BodyType::eight_bit_mime;
  return std::unexpected(bad_parameter("BODY is 7BIT or 8BITMIME"));
}

std::expected<MailParameters, Reply> interpret(std::vector<EsmtpParamView> const& params) {
  MailParameters out;
  bool body_seen = false;
  for (EsmtpParamView const& param : params) {
    if (iequals(param.keyword, "SIZE")) {
      if (out.size) return std::unexpected(bad_parameter("SIZE is given twice"));
      TRY(out.size, size_value(param.value));
    } else if (iequals(param.keyword, "BODY")) {
      if (std::exchange(body_seen, true)) return std::unexpected(bad_parameter("BODY is given twice"));
      TRY(out.body, body_value(param.value));
    } else {
      // RFC 5321 section 4.1.1.11: parameters of extensions that were not announced.
      return std::unexpected(Reply(555, {5, 5, 4}, fmt::format("Parameter {} is not known", param.keyword)));
    }
  }
  return out;
}

}  // namespace

// mail = "MAIL FROM:" Reverse-path [SP Mail-parameters]
// Deviates from RFC 5321 section 3.3, which allows no space after the colon: printers and scripts really send one.
Session::Step Session::on_mail(std::string_view args) {
  Cursor in(args);
  if (!in.skip_word("FROM:")) return Reply(501, {5, 5, 4}, "Syntax: MAIL FROM:<address>");
  in.skip_spaces();
  // RFC 6531 section 3.5: addresses outside ASCII need SMTPUTF8, which is not announced.
  if (!is_ascii(in.rest())) return Reply(553, {5, 6, 7}, "Non-ASCII addresses are not permitted");
  auto path = reverse_path(in);
  if (!path && path.error().code == Errc::denied) return Reply(553, {5, 1, 7}, "Bad address: " + path.error().detail);
  if (!path) return Reply(501, {5, 5, 4}, "Syntax: MAIL FROM:<address>: " + path.error().detail);
  auto params = mail_parameters(in);
  if (!params) return bad_parameter("Bad parameters: " + params.error().detail);
  auto parameters = interpret(*params);
  if (!parameters) return std::move(parameters).error();
  // RFC 1870 section 6.1: what is known to be too large need not be sent at all.
  if (parameters->size > options_->size_limit)
    return Reply(552, {5, 3, 4}, fmt::format("Message is larger than {} octets", options_->size_limit));
  return AskMail{*hello_, std::move(*path), *parameters};
}

Session::Sending Session::answered(AskMail& question, Reply const& reply) {
  if (reply.is_positive()) transaction_.begin(std::move(question.reverse_path), question.parameters);
  return Sending::may_wait;
}

}  // namespace yubin::smtp
