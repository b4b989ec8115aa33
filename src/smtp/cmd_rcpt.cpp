// RCPT (RFC 5321 section 4.1.1.3).
#include "base/text.h"
#include "smtp/command.h"
#include "smtp/grammar.h"

namespace yubin::smtp {

// rcpt = "RCPT TO:" ( "<Postmaster@" Domain ">" / "<Postmaster>" / Forward-path ) [SP Rcpt-parameters]
// Deviates from RFC 5321 section 3.3, which allows no space after the colon: printers and scripts really send one.
Session::Step Session::on_rcpt(std::string_view args) {
  Cursor in(args);
  if (!in.skip_word("TO:")) return Reply(501, {5, 5, 4}, "Syntax: RCPT TO:<address>");
  in.skip_spaces();
  // RFC 6531 section 3.5: addresses outside ASCII need SMTPUTF8, which is not announced.
  if (!is_ascii(in.rest())) return Reply(553, {5, 6, 7}, "Non-ASCII addresses are not permitted");
  auto path = forward_path(in);
  if (!path && path.error().code == Errc::denied) return Reply(553, {5, 1, 3}, "Bad address: " + path.error().detail);
  if (!path) return Reply(501, {5, 5, 4}, "Syntax: RCPT TO:<address>: " + path.error().detail);
  auto params = mail_parameters(in);
  if (!params) return Reply(501, {5, 5, 4}, "Bad parameters: " + params.error().detail);
  // RFC 5321 section 4.1.1.11: no extension that was announced has one.
  if (!params->empty()) return Reply(555, {5, 5, 4}, "RCPT takes no parameter");
  // RFC 5321 section 4.5.3.1.10: the client sends the rest in another transaction.
  if (transaction_.recipient_count() >= options_->max_recipients) return Reply(452, {4, 5, 3}, "Too many recipients");
  return AskRecipient{std::move(*path)};
}

Session::Sending Session::answered(AskRecipient& question, Reply const& reply) {
  if (reply.is_positive()) transaction_.add_recipient(std::move(question.recipient));
  return Sending::may_wait;
}

}  // namespace yubin::smtp
