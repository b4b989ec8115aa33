// EHLO and HELO (RFC 5321 section 4.1.1.1), LHLO (RFC 2033 section 4.1) and STARTTLS (RFC 3207), after which all begins
// anew.
#include <fmt/format.h>

#include "base/sasl_offer.h"
#include "smtp/command.h"

namespace yubin::smtp {

namespace {

// RFC 1035 section 2.3.4's limit for names. What a client calls itself is evidence for the judge, not a matter of
// syntax: ordinary clients send machine names with underscores or in national characters.
constexpr std::size_t kMaxName = 255;

bool is_name(std::string_view args) {
  return !args.empty() && args.size() <= kMaxName;
}

}  // namespace

Session::Step Session::on_ehlo(std::string_view args) {
  // RFC 5321 section 4.1.4: after a refused EHLO the state is what it was. RFC 2034 section 4: no enhanced status code.
  if (!is_name(args)) return Reply::plain(501, {is_lmtp() ? "Syntax: LHLO hostname" : "Syntax: EHLO hostname"});
  greet(args, true);
  return Reply::plain(250, extensions());
}

std::vector<std::string> Session::extensions() const {
  std::vector<std::string> lines = {options_->host_name, "PIPELINING", fmt::format("SIZE {}", options_->size_limit),
                                    "8BITMIME"};
  if (options_->starttls && tls_ == Tls::off) lines.emplace_back("STARTTLS");
  // RFC 4954 section 4: what is announced can be used now.
  if (must_log_in() && may_log_in()) {
    SaslChannel const channel = tls_ == Tls::on ? SaslChannel::tls : SaslChannel::in_clear;
    lines.push_back(fmt::format("AUTH {}", fmt::join(offered(options_->mechanisms, channel), " ")));
  }
  lines.emplace_back("ENHANCEDSTATUSCODES");
  lines.emplace_back("CHUNKING");
  lines.emplace_back("BINARYMIME");
  lines.emplace_back("SMTPUTF8");
  if (options_->dsn) lines.emplace_back("DSN");
  if (options_->require_tls && tls_ == Tls::on) lines.emplace_back("REQUIRETLS");
  // RFC 9422 section 4
  std::string limits = fmt::format("LIMITS RCPTMAX={}", options_->max_recipients);
  if (options_->max_messages > 0) limits += fmt::format(" MAILMAX={}", options_->max_messages);
  lines.push_back(std::move(limits));
  return lines;
}

Session::Step Session::on_helo(std::string_view args) {
  if (!is_name(args)) return Reply::plain(501, {"Syntax: HELO hostname"});
  greet(args, false);
  return Reply::plain(250, {options_->host_name});
}

// RFC 5321 section 4.1.4: a later EHLO is taken as if RSET had come before it.
void Session::greet(std::string_view name, bool extended) {
  end_transaction();
  hello_ = Hello{std::string(name), extended};
}

Session::Step Session::on_starttls(std::string_view args) {
  if (!options_->starttls) return Reply(502, {5, 5, 1}, "STARTTLS is not offered here");
  if (tls_ == Tls::on) return Reply(503, {5, 5, 1}, "TLS is on already");
  if (!args.empty()) return Reply(501, {5, 5, 4}, "STARTTLS takes no parameter");
  // RFC 3207 section 4.2: forget all that was learnt without protection, and what was pipelined behind STARTTLS: a
  // third party may have put it there.
  end_transaction();
  hello_.reset();
  input_.clear();
  phase_ = Phase::upgrade;
  return Reply(220, {2, 0, 0}, "Ready to start TLS");
}

void Session::answered(UpgradePending&, Answer&) {
  tls_ = Tls::on;
  phase_ = Phase::command;
}

}  // namespace yubin::smtp
