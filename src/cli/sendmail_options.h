// The command line of `sendmail`, as programs have called it for forty years.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "smtp/envelope.h"

namespace yubin::cli {

enum class SendmailMode {
  deliver,      // -bm, and without -b
  smtp,         // -bs: SMTP on standard input and output
  list_queue,   // -bp, mailq
  verify,       // -bv: say where addresses lead
  new_aliases,  // -bi, -I, newaliases
  run_queue,    // -q and its kin: try again now
  nothing,      // -bh, -bH: of Sendmail's own housekeeping
};

struct SendmailOptions {
  SendmailMode mode = SendmailMode::deliver;
  bool recipients_in_header = false;     // -t
  bool dot_is_text = false;              // -i, -oi: a line with a dot does not end the message
  std::optional<std::string> sender{};   // -f, -r: as given; empty or "<>": the null reverse-path
  std::string full_name{};               // -F
  smtp::MailParameters parameters{};     // -R, -V
  std::optional<smtp::Notify> notify{};  // -N
  std::vector<std::string> recipients{};
};

// `name` is what the program was called as. Options of other sendmails that mean nothing here are taken and ignored.
// Errors: syntax, in one sentence.
Result<SendmailOptions> parse_sendmail_options(std::string_view name, std::span<std::string const> arguments);

}  // namespace yubin::cli
