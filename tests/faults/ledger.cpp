#include "tests/faults/ledger.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/evp.h>

#include <array>

#include "base/bytes.h"

namespace yubin::faults {

namespace {

constexpr std::string_view kMessageId = "Message-ID: ";

std::string sha256(std::string_view bytes) {
  std::array<char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()), &length, EVP_sha256(),
             nullptr);
  return to_hex({digest.data(), length});
}

}  // namespace

void Ledger::add_account(std::string const& address) {
  for (char const* name : {"INBOX", "Drafts", "Sent", "Junk", "Trash", "Archive"}) accounts_[address][name] = {};
}

void Ledger::add(std::string const& address, std::string const& mailbox, Message message) {
  Mailbox& target = accounts_.at(address).at(mailbox);
  target.messages[target.uid_next++] = std::move(message);
}

void Ledger::flag(std::string const& address, std::string const& mailbox, std::string const& flag) {
  for (auto& [uid, message] : accounts_.at(address).at(mailbox).messages) message.flags.insert(flag);
}

void Ledger::move(std::string const& address, std::string const& from, std::string const& to) {
  Mailbox& source = accounts_.at(address).at(from);
  for (auto& [uid, message] : source.messages) add(address, to, std::move(message));
  source.messages.clear();
}

void Ledger::expunge(std::string const& address, std::string const& mailbox) {
  std::erase_if(accounts_.at(address).at(mailbox).messages,
                [](auto const& entry) { return entry.second.flags.contains("\\Deleted"); });
}

namespace {

std::string queued_name(std::string const& recipient, std::optional<Message> const& message) {
  if (!message) return recipient + " report";
  return fmt::format("{} id={} size={} sha256={}", recipient, message->message_id, message->size, message->sha256);
}

}  // namespace

void Ledger::queue(std::string const& recipient, std::optional<Message> const& message, unsigned attempts,
                   std::string_view standing) {
  queued_[queued_name(recipient, message)] = fmt::format("attempts={} {}", attempts, standing);
}

void Ledger::unqueue(std::string const& recipient, std::optional<Message> const& message) {
  queued_.erase(queued_name(recipient, message));
}

std::string Ledger::text() const {
  std::string text;
  for (auto const& [address, mailboxes] : accounts_) {
    for (auto const& [name, mailbox] : mailboxes) {
      text += fmt::format("{} {} uidnext={}\n", address, name, mailbox.uid_next);
      for (auto const& [uid, message] : mailbox.messages) {
        text += fmt::format("  uid={} id={} flags=({}) size={} sha256={}\n", uid, message.message_id,
                            fmt::join(message.flags, " "), message.size, message.sha256);
      }
    }
  }
  for (auto const& [name, how] : queued_) text += fmt::format("queue {} {}\n", name, how);
  return text;
}

std::string content(std::string_view name, std::size_t size) {
  std::string text = fmt::format("{}<{}@load.example>\r\nSubject: {}\r\n\r\n", kMessageId, name, name);
  for (int line = 1; text.size() < size; ++line) text += fmt::format("{} {:0>60}\r\n", name, line);
  return text;
}

Message noted(std::string_view content) {
  std::string_view const id = content.substr(kMessageId.size(), content.find('\r') - kMessageId.size());
  return {.message_id = std::string(id), .flags = {}, .size = content.size(), .sha256 = sha256(content)};
}

}  // namespace yubin::faults
