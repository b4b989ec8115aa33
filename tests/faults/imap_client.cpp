#include "tests/faults/imap_client.h"

#include <fmt/format.h>

#include <charconv>
#include <sstream>
#include <variant>
#include <vector>

namespace yubin::faults {

namespace {

class NoWaker final : public Waker {
 public:
  void wake(WakeReason) override {}
};

imap::Session new_session(app::Parts& parts) {
  auto options = std::make_shared<imap::Options>();
  return imap::Session({*parts.store, parts.clock, std::move(options), std::make_shared<NoWaker>()},
                       imap::Connection{imap::Connection::Tls::on});
}

// The number that follows `mark`; 0: there is none.
std::size_t number_after(std::string_view text, std::string_view mark) {
  std::size_t const at = text.find(mark);
  std::size_t number = 0;
  if (at != std::string_view::npos) std::from_chars(text.data() + at + mark.size(), text.data() + text.size(), number);
  return number;
}

// One FETCH response with a literal: what stands before it, and the literal.
struct Fetched {
  std::string_view head;
  std::string_view literal;
};

std::vector<Fetched> literals_in(std::string_view answer) {
  std::vector<Fetched> all;
  while (!answer.empty()) {
    std::size_t const end = std::min(answer.find("\r\n"), answer.size() - 2);
    std::string_view const line = answer.substr(0, end);
    answer.remove_prefix(end + 2);
    if (!line.starts_with("* ") || !line.ends_with("}")) continue;
    std::size_t const length = number_after(line.substr(line.rfind('{')), "{");
    all.push_back({line, answer.substr(0, length)});
    answer.remove_prefix(std::min(length, answer.size()));
  }
  return all;
}

std::set<std::string> flags_in(std::string_view head) {
  std::size_t const from = head.find("FLAGS (") + 7;
  std::istringstream words(std::string(head.substr(from, head.find(')', from) - from)));
  std::set<std::string> flags;
  for (std::string word; words >> word;) flags.insert(word);
  return flags;
}

// RFC 9051 section 7.5.2: what FETCH says of one message must fit together.
std::string_view fault_of(Fetched const& fetched, std::size_t begin, std::string const& address) {
  if (begin == std::string_view::npos) return "no Message-ID";
  if (number_after(fetched.head, "RFC822.SIZE ") != fetched.literal.size()) return "RFC822.SIZE is not its size";
  std::string_view const prefix = fetched.literal.substr(0, begin);
  bool const delivered = prefix.starts_with("Return-Path: <") && prefix.contains("Delivered-To: " + address + "\r\n");
  if (!prefix.empty() && !delivered) return "its trace fields are damaged";
  return {};
}

}  // namespace

ImapClient::ImapClient(app::Parts& parts, std::string_view address)
    : parts_(parts), address_(address), session_(new_session(parts)) {
  talk("");
  logged_in_ = !ask(fmt::format("LOGIN {} secret", address)).empty();
}

std::string ImapClient::talk(std::string_view bytes) {
  session_.receive(bytes);
  for (;;) {
    imap::Session::Event event = session_.poll();
    if (std::holds_alternative<NeedInput>(event) || closed_) return std::exchange(output_, {});
    if (auto* send = std::get_if<Send>(&event)) output_ += send->bytes;
    if (auto* question = std::get_if<imap::AskLogin>(&event)) handle(*question);
    if (std::holds_alternative<Close>(event)) closed_ = true;
    if (auto* await = std::get_if<AwaitCommit>(&event)) {
      await->completion.wait();
      session_.resume(Done{});
    }
  }
}

// The password is another matter; whether there is such an account is the store's.
void ImapClient::handle(imap::AskLogin const& question) {
  auto const address = mime::Address::parse(question.user);
  auto const account = address ? parts_.directory->find_account(*address) : std::nullopt;
  if (account && *account)
    return session_.resume(imap::LoginAnswer(imap::LoggedIn{(*account)->id, (*account)->address.text()}));
  session_.resume(imap::LoginAnswer(imap::LoginRefused{imap::LoginRefused::Why::wrong, "No."}));
}

std::string ImapClient::ask(std::string_view command) {
  std::string answer = talk(fmt::format("t {}\r\n", command));
  return ("\r\n" + answer).contains("\r\nt OK") ? answer : std::string();
}

Ledger::Mailboxes ImapClient::everything(std::string& findings) {
  Ledger::Mailboxes all;
  std::istringstream list(ask("LIST \"\" *"));
  for (std::string line; std::getline(list, line);) {
    if (!line.starts_with("* LIST")) continue;
    std::string name = line.substr(line.rfind("\"/\" ") + 4);
    std::erase_if(name, [](char c) { return c == '"' || c == '\r'; });
    all[name] = read_mailbox(name, findings);
  }
  if (all.empty()) findings += fmt::format("finding: {} has no mailboxes\n", address_);
  return all;
}

Mailbox ImapClient::read_mailbox(std::string const& name, std::string& findings) {
  Mailbox mailbox;
  std::string const opened = ask(fmt::format("EXAMINE \"{}\"", name));
  mailbox.uid_next = static_cast<std::uint32_t>(number_after(opened, "[UIDNEXT "));
  validities_ += fmt::format("{} {} uidvalidity={}\n", address_, name, number_after(opened, "[UIDVALIDITY "));
  std::string const fetched = ask("UID FETCH 1:* (UID FLAGS RFC822.SIZE ENVELOPE BODY.PEEK[])");
  if (opened.empty() || fetched.empty()) {
    findings += fmt::format("finding: {} {}: not OK\n", address_, name);
    return mailbox;
  }
  auto const messages = literals_in(fetched);
  for (Fetched const& one : messages) {
    std::size_t const begin = one.literal.find("Message-ID: ");
    auto const uid = static_cast<std::uint32_t>(number_after(one.head, "UID "));
    std::string_view fault = fault_of(one, begin, address_);
    Message message = fault.empty() ? noted(one.literal.substr(begin)) : Message();
    if (fault.empty() && !one.head.contains("\"" + message.message_id + "\"")) fault = "its ENVELOPE is another's";
    if (mailbox.messages.contains(uid)) fault = "it is there twice";
    if (!fault.empty()) findings += fmt::format("finding: {} {} {}: {}\n", address_, name, uid, fault);
    message.flags = flags_in(one.head);
    mailbox.messages[uid] = std::move(message);
  }
  std::string const before_exists = opened.substr(0, opened.find(" EXISTS"));
  if (messages.size() != number_after(before_exists.substr(before_exists.rfind("* ")), "* "))
    findings += fmt::format("finding: {} {}: EXISTS is not what FETCH finds\n", address_, name);
  return mailbox;
}

}  // namespace yubin::faults
