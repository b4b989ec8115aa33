// APPEND (RFC 9051 section 6.3.12) of one message or several (RFC 3502), with APPENDUID (RFC 4315). The octets pass
// from the connection into the store's bodies; they are never collected here. All messages become visible by one
// change.
#include <fmt/format.h>

#include <algorithm>

#include "imap/append_grammar.h"
#include "imap/commands.h"
#include "mime/message_parser.h"

namespace yubin::imap {

namespace {

// Of one command. What is kept of each message until the change is its summary.
constexpr std::size_t kMaxMessages = 1000;
constexpr std::size_t kMaxSummaries = 8 * 1024 * 1024;  // bytes

// A message on its way in. `refused` is set by the first chunk that cannot be taken; the rest is read all the same,
// because it has been announced.
struct Incoming {
  MessageHead head;
  std::unique_ptr<kv::BodyWriter> writer;  // none: refused before it began
  mime::MessageParser parser;
  std::optional<Reply> refused;

  void take(std::string_view chunk) {
    if (refused) return;
    if (chunk.find('\0') != std::string_view::npos) {
      refused = refused_nul();
    } else if (Result<> written = writer->append(chunk); !written) {
      refused = failure(written.error());
    } else {
      parser.feed(chunk);
    }
  }

 private:
  // RFC 3516 section 4.4: a message with NUL would need another transfer encoding, and we do not touch what we are
  // given.
  Reply refused_nul() const {
    if (!head.literal.binary) return bad("A literal cannot hold a NUL.");
    return no("UNKNOWN-CTE", "A message with NUL is not stored.");
  }
};

// The command so far: what has come whole, or why nothing will be stored.
struct Batch {
  std::string target;
  std::vector<store::NewMessage> messages;
  std::size_t summaries = 0;  // bytes
  std::optional<Reply> refused;

  void refuse(Reply reply) {
    if (!refused) refused = std::move(reply);
    messages.clear();
  }
};

// What speaks against any message for this mailbox.
std::optional<Reply> target_refusal(Context const& context, std::string const& target) {
  Result<store::MailboxName> name = store::MailboxName::parse(target);
  if (!name) return failure(name.error());
  Result<std::optional<store::Mailbox>> found = context.services.store.find_mailbox(context.account(), *name);
  if (!found) return failure(found.error());
  if (!*found) return no("TRYCREATE", "There is no such mailbox.");
  return std::nullopt;
}

// What speaks against a message before its octets come.
std::optional<Reply> refusal(Context const& context, Batch const& batch, MessageHead const& head) {
  if (head.literal.size > context.services.options->max_message)
    return no("TOOBIG", "The message is larger than this server takes.");
  // RFC 3502 section 6.3.11: an empty message is how a client gives up.
  if (head.literal.size == 0) return no("CANNOT", "An empty message is none; nothing has been stored.");
  if (head.utf8 && !context.enabled.utf8) return bad("UTF8 has to be enabled first.");
  if (batch.messages.size() == kMaxMessages || batch.summaries > kMaxSummaries)
    return no("LIMIT", "That is too much for one command.");
  return std::nullopt;
}

Incoming begin_message(Context& context, Batch const& batch, MessageHead head) {
  Incoming incoming;
  incoming.refused = batch.refused ? batch.refused : refusal(context, batch, head);
  incoming.head = std::move(head);
  if (incoming.refused) return incoming;
  auto writer = context.services.store.begin_body();
  if (writer) {
    incoming.writer = *std::move(writer);
  } else {
    incoming.refused = writer.error().code == Errc::limit
                           ? no("UNAVAILABLE", "There is no room for mail here now; try again later.")
                           : failure(writer.error());
  }
  return incoming;
}

// The literal's octets.
Task<Done> read_message(Context& context, Incoming& incoming) {
  while (context.framer.passing() > 0) {
    std::string_view chunk = context.framer.chunk(Context::kSlice);
    if (chunk.empty()) {
      co_await context.wait(Context::Input{});
    } else {
      incoming.take(chunk);
      co_await context.pause();
    }
  }
  co_return Done{};
}

// What follows the octets of a message: the end of the command, or another message.
struct End {};
using Next = std::variant<End, MessageHead, Reply>;

// If more octets come without being waited for, nothing that follows can be understood.
Next wrong_end(Context& context, Framer::Unit const& unit, Reply reply) {
  auto const* literal = std::get_if<Framer::Literal>(&unit);
  auto const* broken = std::get_if<Framer::Broken>(&unit);
  bool const is_lost =
      (literal != nullptr && !literal->synchronizing) || (broken != nullptr && broken->flaw == Framer::Flaw::too_long);
  if (is_lost) context.bye("CLIENTBUG", "That is not how APPEND goes on.");
  context.framer.abandon();
  return reply;
}

Next understand(Context& context, Framer::Unit const& unit, bool in_utf8) {
  std::string text;
  if (auto const* command = std::get_if<Framer::Command>(&unit)) text = command->text;
  if (std::holds_alternative<Framer::Literal>(unit)) text = context.framer.text();
  Cursor cursor(text, context.names());
  if (in_utf8 && !cursor.skip(")")) return wrong_end(context, unit, bad("The ) of UTF8 is missing."));
  if (std::holds_alternative<Framer::Command>(unit)) {
    if (!cursor.at_end()) return bad("APPEND goes on after its message.");
    return End{};
  }
  if (!std::holds_alternative<Framer::Literal>(unit)) return wrong_end(context, unit, bad("The end is broken."));
  Result<MessageHead> head = message_head(cursor);
  if (!head) return wrong_end(context, unit, bad_syntax(head.error()));
  context.framer.pass_through(std::get<Framer::Literal>(unit));
  return *std::move(head);
}

Task<Next> read_next(Context& context, bool in_utf8) {
  for (;;) {
    Framer::Unit unit = context.framer.next();
    if (!std::holds_alternative<Framer::More>(unit)) co_return understand(context, unit, in_utf8);
    co_await context.wait(Context::Input{});
  }
}

store::NewMessage new_message(Context const& context, MessageHead const& head, kv::SealedBody body,
                              std::string summary) {
  // RFC 9051 section 6.3.12: without a date, the present one.
  mime::DateTime now{std::chrono::floor<std::chrono::seconds>(context.services.clock.now())};
  mime::DateTime date = head.date.value_or(now);
  store::NewMessage message;
  message.body = std::move(body);
  message.summary = std::move(summary);
  message.flags = head.flags.flags;
  message.keywords = head.flags.keywords;
  message.internal_date = date.time.time_since_epoch().count();
  message.internal_zone = static_cast<std::int32_t>(date.zone.count());
  return message;
}

// The message is here: its body is made durable, before anything refers to it.
Task<Done> seal(Context& context, Batch& batch, Incoming incoming) {
  if (incoming.refused) batch.refuse(*std::move(incoming.refused));
  if (batch.refused) co_return Done{};
  Result<kv::SealedBody> body = co_await committed(context, incoming.writer->seal());
  if (!body) {
    batch.refuse(failure(body.error()));
    co_return Done{};
  }
  std::string summary = mime::encode(std::move(incoming.parser).finish());
  batch.summaries += summary.size();
  batch.messages.push_back(new_message(context, incoming.head, *std::move(body), std::move(summary)));
  co_return Done{};
}

using Stored = std::optional<std::vector<store::Appended>>;  // none: the mailbox has gone

// RFC 3502 section 6.3.11: all of them or none.
store::Ticket<Stored> store_messages(Context& context, Batch batch) {
  auto change = [account = context.account(), name = *store::MailboxName::parse(batch.target),
                 messages = std::move(batch.messages)](store::Changes& changes) -> Result<Stored> {
    TRY(std::optional<store::Mailbox> mailbox, changes.find_mailbox(account, name));
    if (!mailbox) return std::nullopt;
    std::vector<store::Appended> stored;
    for (store::NewMessage const& message : messages) {
      TRY(store::Appended appended, changes.append(account, mailbox->id, message));
      stored.push_back(appended);
    }
    return stored;
  };
  return context.services.store.change<Stored>({context.account()}, Lane::reading, std::move(change));
}

// resp-code-apnd = "APPENDUID" SP nz-number SP append-uid
Reply stored_reply(std::vector<store::Appended> const& stored) {
  std::vector<store::Uid> uids;
  for (store::Appended const& appended : stored) uids.push_back(appended.uid);
  std::string code = fmt::format("APPENDUID {} ", stored.front().uid_validity.value());
  put_uid_set(code, uids);
  return ok(code, "APPEND completed.");
}

// Asks for the octets. None: they come; else the command ends here.
std::optional<Reply> invite(Context& context, Incoming const& incoming) {
  if (incoming.head.literal.synchronizing) {
    if (!incoming.refused) {
      context.out += "+ Ready for the message.\r\n";
      return std::nullopt;
    }
    context.framer.abandon();
    return incoming.refused;
  }
  if (incoming.head.literal.size <= context.services.options->max_message) return std::nullopt;
  context.bye("TOOBIG", "The message is larger than this server takes.");
  return incoming.refused;
}

// One message after another, until the command ends. The reply, if it ends badly.
Task<std::optional<Reply>> read_messages(Context& context, Batch& batch, MessageHead head) {
  for (;;) {
    bool const in_utf8 = head.utf8;
    Incoming incoming = begin_message(context, batch, std::move(head));
    if (std::optional<Reply> ends = invite(context, incoming)) co_return ends;
    co_await read_message(context, incoming);
    Next next = co_await read_next(context, in_utf8);
    if (auto* wrong = std::get_if<Reply>(&next)) co_return *wrong;
    co_await seal(context, batch, std::move(incoming));
    if (std::holds_alternative<End>(next)) co_return batch.refused;
    head = std::get<MessageHead>(std::move(next));
  }
}

}  // namespace

bool ends_in_message(std::string_view text, NameForm names) {
  Cursor cursor(text, names);
  return tag(cursor) && cursor.skip(" APPEND") && append_mailbox(cursor) && message_head(cursor);
}

Task<Reply> cmd_append(Context& context, Cursor cursor) {
  Batch batch;
  Result<std::string> target = append_mailbox(cursor);
  if (!target) co_return bad_syntax(target.error());
  Result<MessageHead> head = message_head(cursor);
  if (!head) co_return bad_syntax(head.error());
  batch.target = *std::move(target);
  batch.refused = target_refusal(context, batch.target);
  std::optional<Reply> refused = co_await read_messages(context, batch, *std::move(head));
  if (refused) co_return *refused;
  Result<Stored> stored = co_await committed(context, store_messages(context, std::move(batch)));
  if (!stored) co_return failure_of_adding(stored.error());
  if (!*stored) co_return no("TRYCREATE", "There is no such mailbox.");
  co_return stored_reply(**stored);
}

}  // namespace yubin::imap
