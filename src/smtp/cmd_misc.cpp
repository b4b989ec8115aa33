// RSET, NOOP, QUIT, VRFY, HELP (RFC 5321 sections 4.1.1.5 to 4.1.1.10) and what does not belong here.
#include <fmt/format.h>

#include "smtp/command.h"

namespace yubin::smtp {

Session::Step Session::on_rset(std::string_view args) {
  if (!args.empty()) return Reply(501, {5, 5, 4}, "RSET takes no parameter");
  end_transaction();
  return Reply(250, {2, 0, 0}, "OK");
}

// A parameter is allowed and means nothing.
Session::Step Session::on_noop(std::string_view) {
  return Reply(250, {2, 0, 0}, "OK");
}

Session::Step Session::on_quit(std::string_view args) {
  if (!args.empty()) return Reply(501, {5, 5, 4}, "QUIT takes no parameter");
  close();
  return Reply(221, {2, 0, 0}, fmt::format("{} closing connection", options_->host_name));
}

// RFC 5321 section 3.5.3: 252 says that nothing is verified. Who exists is told to nobody who does not bring mail.
Session::Step Session::on_vrfy(std::string_view args) {
  if (args.empty()) return Reply(501, {5, 5, 4}, "Syntax: VRFY address");
  return Reply(252, {2, 0, 0}, "Not verified; send mail to find out");
}

Session::Step Session::on_help(std::string_view) {
  return Reply(214, {2, 0, 0},
               is_lmtp() ? "This is an LMTP server; see RFC 2033" : "This is an SMTP server; see RFC 5321");
}

// RFC 5321 section 4.2.4: 502 for a command that exists and is not supported.
Session::Step Session::on_unimplemented(std::string_view) {
  return Reply(502, {5, 5, 1}, "Command not implemented");
}

Session::Step Session::on_http(std::string_view) {
  close();
  return Reply(554, {5, 5, 1}, "This is SMTP, not HTTP");
}

}  // namespace yubin::smtp
