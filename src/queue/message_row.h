// A message that is to go out, as it lies in Table::queue: one row for the message, one for each recipient that has no
// final fate yet, and one that says when a recipient is due. docs/FORMAT.md lists keys and values to the byte.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_id.h"
#include "kv/bodies.h"
#include "kv/types.h"
#include "smtp/envelope.h"

namespace yubin::queue {

// Seconds since 1970.
using Seconds = std::int64_t;

struct MessageKey {
  UniqueId id;  // that of the journal's entry about the acceptance

  std::string encode() const;
  static Result<MessageKey> decode(std::string_view key);  // Errc::corrupt
  friend auto operator<=>(MessageKey const&, MessageKey const&) = default;
};
kv::Range messages_range();

// The higher ones go first; of eight turns the lowest has one for itself.
enum class Priority : std::uint8_t {
  high = 1,
  normal = 2,
  bulk = 3,  // many recipients
};

// What takes turns with others (schedule.h): one sender's mail of one priority for one destination.
struct Stream {
  std::string destination;  // a domain; no byte below a blank
  Priority priority = Priority::normal;
  std::string sender{};  // whose mail it is: a login, or an address; no zero byte
  friend auto operator<=>(Stream const&, Stream const&) = default;
};

struct MessageRow {
  kv::BodyRef body;
  std::string prefix;  // before the body on its way out: our Received field, ends in CR LF
  smtp::ReversePath reverse_path;
  smtp::MailParameters parameters;  // without size
  Seconds accepted = 0;
  std::string service;     // which took it
  std::string message_id;  // the Message-ID field
  Priority priority = Priority::normal;
  std::string sender{};  // for Stream
  friend bool operator==(MessageRow const&, MessageRow const&) = default;
};
std::string encode_message(MessageRow const& row);
Result<MessageRow> decode_message(std::string_view value);  // Errc::corrupt

struct RecipientKey {
  UniqueId id;
  std::uint32_t number = 0;

  std::string encode() const;
  static Result<RecipientKey> decode(std::string_view key);  // Errc::corrupt
  friend auto operator<=>(RecipientKey const&, RecipientKey const&) = default;
};
kv::Range recipients_range(UniqueId id);

enum class Standing : std::uint8_t {
  waiting = 1,  // has a due row
  held = 2,     // until somebody releases it; has none
};

struct RecipientRow {
  smtp::Recipient recipient;
  std::string destination;  // where it is due: see DueKey
  Standing standing = Standing::waiting;
  Seconds due = 0;
  std::uint32_t attempts = 0;
  Seconds tried = 0;  // the last time; 0: never
  // What came of that, as smtp::OutcomeDetail has it.
  std::string status{};
  std::string remote_text{};
  std::string remote_host{};
  std::string note{};
  bool warned = false;  // the sender knows that it takes long
  friend bool operator==(RecipientRow const&, RecipientRow const&) = default;
};
std::string encode_recipient(RecipientRow const& row);
Result<RecipientRow> decode_recipient(std::string_view value);  // Errc::corrupt

// Rows without a value. They stand by stream, so that much mail of one is no hindrance in looking for that of another.
struct DueKey {
  Stream stream;
  Seconds due = 0;
  UniqueId id;
  std::uint32_t number = 0;

  std::string encode() const;
  static Result<DueKey> decode(std::string_view key);  // Errc::corrupt
  friend auto operator<=>(DueKey const&, DueKey const&) = default;
};
kv::Range due_range();                      // all, stream by stream
kv::Range due_range(Stream const& stream);  // of one, the earliest first

Stream stream_of(MessageRow const& message, RecipientRow const& recipient);
DueKey due_key(UniqueId id, MessageRow const& message, std::uint32_t number, RecipientRow const& recipient);

}  // namespace yubin::queue
