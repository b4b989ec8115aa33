// The server's side of one SMTP connection (RFC 5321), as bytes in and events out: it owns no socket, no clock and no
// mail. Its driver is in net/; what only the outside can know it asks.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/session.h"
#include "smtp/envelope.h"
#include "smtp/framer.h"
#include "smtp/reply.h"
#include "smtp/transaction.h"

namespace yubin::smtp {

struct Options {
  std::string host_name;                        // who we say we are: a domain, or an address literal in brackets
  std::string banner = "Yubin";                 // after "ESMTP" in the greeting
  std::uint64_t size_limit = 50 * 1024 * 1024;  // octets of a message (RFC 1870)
  std::size_t max_recipients = 1000;            // a transaction; RFC 5321 section 4.5.3.1.8: at least 100
  // Octets of a command line with CR LF: RFC 5321 section 4.5.3.1.4 asks for 512, and extensions add to it
  // (RFC 1870 section 3: 26, RFC 6152 section 2: 17, more to come).
  std::size_t line_limit = 2048;
  unsigned max_errors = 20;  // wrong commands since the last accepted message; the next one is answered 421
  bool starttls = false;     // announce and take STARTTLS while TLS is off
};

enum class Tls { off, on };

struct Hello {
  std::string name;       // the argument of EHLO or HELO as it came: not checked, any bytes but controls; quote it
  bool extended = false;  // EHLO, not HELO
};

// A MAIL command that is right as far as the session can tell. Answer with a Reply; 2yz opens the transaction.
struct AskMail {
  Hello hello;
  ReversePath reverse_path;
  MailParameters parameters;
};
// Answer with a Reply; 2yz adds the recipient.
struct AskRecipient {
  ForwardPath recipient;
};
// The end of the data is seen and the message may be accepted: it is what the Body events since the last AskMail passed
// on, `size` octets of it. Answer with the Reply that the client gets; a 2yz only when the message is durable.
struct AskMessage {
  Envelope envelope;
  std::uint64_t size;
};
// What the Body events of this transaction passed on is void: too large, a bare CR or LF, the deadline. There may have
// been none. Needs no answer.
struct DropBody {};

// One connection's session. Calls as base/session.h has them; not thread-safe, no two at once.
//
// - AskMail, AskRecipient and AskMessage are answered by resume(Reply), StartTls by resume(Done{}) or by destroying the
//   session. A Reply with code 421 closes the connection.
// - Body and AskMessage come only in a transaction that has an accepted recipient. When the connection is lost, destroy
//   the session; what Body passed on without an answered AskMessage is void.
// - wake(deadline) says 421 4.4.2, wake(shutdown) 421 4.3.2, then Close; a question is answered first, and a shutdown
//   waits for the end of the data. wake(changed) does nothing.
// - Memory: under 2 KiB while idle between commands. Before DATA at most 8 KiB, the bytes of one receive() while they
//   are being worked on, and the accepted recipients, under 0.6 KiB each. A message is never collected.
class Session {
 public:
  using Event =
      std::variant<NeedInput, Send, Body, DropBody, AskMail, AskRecipient, AskMessage, StartTls, Yield, Close>;
  using Answer = std::variant<Done, Reply>;

  explicit Session(std::shared_ptr<Options const> options, Tls tls = Tls::off);

  void receive(std::string_view bytes);
  Event poll();
  void resume(Answer answer);
  void wake(WakeReason reason);

 private:
  struct Command;
  static Command const commands[];
  static Command const* find_command(std::string_view verb);

  // What a handler returns: its reply, or a question whose answer will be the reply.
  using Step = std::variant<Reply, AskMail, AskRecipient>;
  struct UpgradePending {};
  struct MessagePending {};
  using Pending = std::variant<std::monostate, AskMail, AskRecipient, MessagePending, UpgradePending>;
  enum class Phase { greeting, command, data, upgrade, closing };
  enum class Sending { at_once, may_wait };

  unsigned state() const;  // a bit of session.cpp's State

  std::optional<Event> step();  // one unit of work; empty: go on
  std::optional<Event> command_step();
  std::optional<Event> data_step();
  std::optional<Event> run(std::string_view line);
  std::optional<Event> need_input();
  void answer(Reply const& reply, Sending sending);
  void say_good_bye(Reply const& reply);  // and close
  void close();

  Step on_ehlo(std::string_view args);
  Step on_helo(std::string_view args);
  Step on_mail(std::string_view args);
  Step on_rcpt(std::string_view args);
  Step on_data(std::string_view args);
  Step on_rset(std::string_view args);
  Step on_noop(std::string_view args);
  Step on_quit(std::string_view args);
  Step on_vrfy(std::string_view args);
  Step on_help(std::string_view args);
  Step on_starttls(std::string_view args);
  Step on_unimplemented(std::string_view args);
  Step on_http(std::string_view args);
  void greet(std::string_view name, bool extended);

  Sending answered(AskMail& question, Reply const& reply);
  Sending answered(AskRecipient& question, Reply const& reply);
  Sending answered(MessagePending& question, Reply const& reply);
  std::optional<Event> data_ended(DataFramer::End const& end);

  std::shared_ptr<Options const> options_;
  Tls tls_;
  Phase phase_ = Phase::greeting;
  Input input_;
  LineFramer lines_;
  std::optional<DataFramer> data_;
  std::string output_;
  bool flush_ = false;  // output_ must be sent before anything else is done
  Pending pending_;
  std::optional<WakeReason> woken_;
  std::optional<Hello> hello_;
  Transaction transaction_;
  unsigned errors_ = 0;
};

}  // namespace yubin::smtp
