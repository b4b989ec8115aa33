// RCPT (RFC 5321 section 4.1.1.3).
#include <fmt/format.h>

#include "base/text.h"
#include "mime/lexer.h"
#include "smtp/command.h"
#include "smtp/grammar.h"
#include "smtp/parameters.h"

namespace yubin::smtp {

namespace {

// RFC 3463 section 3.2: there is no such mailbox.
bool says_unknown(Reply const& reply) {
  return !reply.is_positive() && reply.status() && reply.status()->subject == 1 && reply.status()->detail == 1;
}

}  // namespace

// rcpt = "RCPT TO:" ( "<Postmaster@" Domain ">" / "<Postmaster>" / Forward-path ) [SP Rcpt-parameters]
// Deviates from RFC 5321 section 3.3, which allows no space after the colon: printers and scripts really send one.
Session::Step Session::on_rcpt(std::string_view args) {
  Cursor in(args);
  if (!in.skip_word("TO:")) return Reply(501, {5, 5, 4}, "Syntax: RCPT TO:<address>");
  in.skip_spaces();
  // RFC 6531 section 3.5
  if (!transaction_.parameters().smtputf8 && !is_ascii(in.rest()))
    return Reply(553, {5, 6, 7}, "Non-ASCII addresses need SMTPUTF8");
  if (!mime::is_utf8(in.rest())) return Reply(553, {5, 6, 7}, "Addresses must be UTF-8");
  auto path = forward_path(in);
  if (!path && path.error().code == Errc::denied) return Reply(553, {5, 1, 3}, "Bad address: " + path.error().detail);
  if (!path) return Reply(501, {5, 5, 4}, "Syntax: RCPT TO:<address>: " + path.error().detail);
  auto params = mail_parameters(in);
  if (!params) return Reply(501, {5, 5, 4}, "Bad parameters: " + params.error().detail);
  auto parameters = recipient_parameters_of(*params, {.dsn = options_->dsn});
  if (!parameters) return std::move(parameters).error();
  // RFC 5321 section 4.5.3.1.10: the client sends the rest in another transaction.
  if (transaction_.recipient_count() >= options_->max_recipients) return Reply(452, {4, 5, 3}, "Too many recipients");
  return AskRecipient{{std::move(*path), std::move(*parameters)}};
}

void Session::answered(AskRecipient& question, Answer& given) {
  Reply const& reply = std::get<Reply>(given);
  if (reply.is_positive()) transaction_.add_recipient(std::move(question.recipient));
  // Whoever asks for so many that do not exist does not write to people, but tries names.
  if (says_unknown(reply) && ++unknown_recipients_ > options_->max_unknown_recipients) {
    say_good_bye({421, {4, 7, 0}, fmt::format("{} too many unknown recipients, closing", options_->host_name)});
    return;
  }
  answer(reply, Sending::may_wait);
}

}  // namespace yubin::smtp
