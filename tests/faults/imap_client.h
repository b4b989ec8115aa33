// A client of IMAP inside the process: it drives a session as the server does, without sockets, on an open store.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "app/parts.h"
#include "imap/session.h"
#include "tests/faults/ledger.h"

namespace yubin::faults {

class ImapClient {
 public:
  // Logs in. The parts outlive this.
  ImapClient(app::Parts& parts, std::string_view address);

  bool logged_in() const { return logged_in_; }
  // A whole command without its tag and its last CR LF; what was answered. Empty: there is no tagged OK.
  std::string ask(std::string_view command);

  // Everything the account has, as the client sees it. What is not as it must be is told in `findings`, a line each.
  Ledger::Mailboxes everything(std::string& findings);
  // A line for each mailbox with its UIDVALIDITY.
  std::string const& validities() const { return validities_; }

 private:
  std::string talk(std::string_view bytes);
  void handle(imap::AskLogin const& question);
  Mailbox read_mailbox(std::string const& name, std::string& findings);

  app::Parts& parts_;
  std::string const address_;
  imap::Session session_;
  std::string output_;
  std::string validities_;
  bool closed_ = false;
  bool logged_in_ = false;
};

}  // namespace yubin::faults
