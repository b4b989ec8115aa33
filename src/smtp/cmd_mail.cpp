// MAIL (RFC 5321 section 4.1.1.2).
#include <fmt/format.h>

#include <utility>

#include "base/text.h"
#include "mime/lexer.h"
#include "smtp/command.h"
#include "smtp/grammar.h"
#include "smtp/parameters.h"

namespace yubin::smtp {

// mail = "MAIL FROM:" Reverse-path [SP Mail-parameters]
// Deviates from RFC 5321 section 3.3, which allows no space after the colon: printers and scripts really send one.
Session::Step Session::on_mail(std::string_view args) {
  if (options_->max_messages > 0 && messages_ >= options_->max_messages)
    return Reply(421, {4, 7, 0}, fmt::format("{} too many messages on one connection, closing", options_->host_name));
  Cursor in(args);
  if (!in.skip_word("FROM:")) return Reply(501, {5, 5, 4}, "Syntax: MAIL FROM:<address>");
  in.skip_spaces();
  bool const ascii = is_ascii(in.rest());
  if (!mime::is_utf8(in.rest())) return Reply(553, {5, 6, 7}, "Addresses must be UTF-8");
  auto path = reverse_path(in);
  if (!path && path.error().code == Errc::denied) return Reply(553, {5, 1, 7}, "Bad address: " + path.error().detail);
  if (!path) return Reply(501, {5, 5, 4}, "Syntax: MAIL FROM:<address>: " + path.error().detail);
  auto params = mail_parameters(in);
  if (!params) return Reply(501, {5, 5, 4}, "Bad parameters: " + params.error().detail);
  auto parameters = mail_parameters_of(*params, {.auth = !options_->mechanisms.empty(),
                                                 .dsn = options_->dsn,
                                                 .require_tls = options_->require_tls && tls_ == Tls::on});
  if (!parameters) return std::move(parameters).error();
  // RFC 6531 section 3.5
  if (!ascii && !parameters->smtputf8) return Reply(553, {5, 6, 7}, "Non-ASCII addresses need SMTPUTF8");
  // RFC 1870 section 6.1: what is known to be too large need not be sent at all.
  if (parameters->size > options_->size_limit)
    return Reply(552, {5, 3, 4}, fmt::format("Message is larger than {} octets", options_->size_limit));
  return AskMail{*hello_, std::move(*path), std::move(*parameters)};
}

void Session::answered(AskMail& question, Answer& given) {
  Reply const& reply = std::get<Reply>(given);
  if (reply.is_positive()) {
    transaction_.begin(std::move(question.reverse_path), std::move(question.parameters));
    ++messages_;
  }
  answer(reply, Sending::may_wait);
}

}  // namespace yubin::smtp
