// APPEND (RFC 9051 section 6.3.12) with APPENDUID (RFC 4315). The message passes from the connection into the store's
// body; it is never collected here.
#include <fmt/format.h>

#include "imap/commands.h"
#include "imap/grammar.h"
#include "mime/message_parser.h"

namespace yubin::imap {

namespace {

struct Arguments {
  std::string target;
  FlagList flags;
  std::optional<mime::DateTime> date;
  LiteralHead message{};
};

// append = "APPEND" SP mailbox [SP flag-list] [SP date-time] SP literal, up to the literal's octets.
Result<Arguments> append_arguments(Cursor& cursor) {
  Arguments arguments;
  TRY_VOID(space(cursor));
  TRY(arguments.target, mailbox(cursor));
  TRY_VOID(space(cursor));
  if (cursor.peek() == '(') {
    TRY(arguments.flags, flag_list(cursor));
    TRY_VOID(space(cursor));
  }
  if (cursor.peek() == '"') {
    TRY(arguments.date, date_time(cursor));
    TRY_VOID(space(cursor));
  }
  TRY(arguments.message, literal_head(cursor));
  TRY_VOID(end_of_command(cursor));
  return arguments;
}

// A message on its way in. `refused` is set by the first chunk that cannot be taken; the rest is read all the same,
// because it has been announced.
struct Incoming {
  std::unique_ptr<kv::BodyWriter> writer;  // none: refused before it began
  mime::MessageParser parser;
  std::optional<Reply> refused;

  void take(std::string_view chunk) {
    if (refused) return;
    if (chunk.find('\0') != std::string_view::npos) {
      refused = bad("A literal cannot hold a NUL.");
    } else if (Result<> written = writer->append(chunk); !written) {
      refused = failure(written.error());
    } else {
      parser.feed(chunk);
    }
  }
};

// What speaks against the message before its octets come.
std::optional<Reply> refusal(Context const& context, Arguments const& arguments) {
  if (arguments.message.size > context.services.options->max_message)
    return no("TOOBIG", "The message is larger than this server takes.");
  Result<store::MailboxName> name = store::MailboxName::parse(arguments.target);
  if (!name) return failure(name.error());
  Result<std::optional<store::Mailbox>> found = context.services.store.find_mailbox(context.account(), *name);
  if (!found) return failure(found.error());
  if (!*found) return no("TRYCREATE", "There is no such mailbox.");
  return std::nullopt;
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

// Behind the literal only the line end may stand.
Task<std::optional<Reply>> read_end(Context& context) {
  for (;;) {
    Framer::Unit unit = context.framer.next();
    if (std::holds_alternative<Framer::More>(unit)) {
      co_await context.wait(Context::Input{});
      continue;
    }
    auto* command = std::get_if<Framer::Command>(&unit);
    if (command != nullptr && command->text.empty()) co_return std::nullopt;
    // A second message is MULTIAPPEND (RFC 3502), which is not announced. If its octets come without being waited for,
    // nothing that follows can be understood.
    auto* literal = std::get_if<Framer::Literal>(&unit);
    auto* broken = std::get_if<Framer::Broken>(&unit);
    bool is_lost = (literal != nullptr && !literal->synchronizing) ||
                   (broken != nullptr && broken->flaw == Framer::Flaw::too_long);
    if (is_lost) context.bye("CLIENTBUG", "APPEND takes one message.");
    context.framer.abandon();
    co_return bad("APPEND takes one message.");
  }
}

using Stored = std::optional<store::Appended>;  // none: the mailbox has gone

store::Ticket<Stored> store_message(Context& context, Arguments const& arguments, store::NewMessage message) {
  auto change = [account = context.account(), name = *store::MailboxName::parse(arguments.target),
                 message = std::move(message)](store::Changes& changes) -> Result<Stored> {
    TRY(std::optional<store::Mailbox> mailbox, changes.find_mailbox(account, name));
    if (!mailbox) return std::nullopt;
    return changes.append(account, mailbox->id, message);
  };
  return context.services.store.change<Stored>({context.account()}, Lane::reading, std::move(change));
}

store::NewMessage new_message(Context const& context, Arguments const& arguments, kv::SealedBody body,
                              mime::Summary const& summary) {
  // RFC 9051 section 6.3.12: without a date, the present one.
  mime::DateTime now{std::chrono::floor<std::chrono::seconds>(context.services.clock.now())};
  mime::DateTime date = arguments.date.value_or(now);
  store::NewMessage message;
  message.body = std::move(body);
  message.summary = mime::encode(summary);
  message.flags = arguments.flags.flags;
  message.keywords = arguments.flags.keywords;
  message.internal_date = date.time.time_since_epoch().count();
  message.internal_zone = static_cast<std::int32_t>(date.zone.count());
  return message;
}

// The message is here: body first, then what refers to it.
Task<Reply> store_incoming(Context& context, Arguments const& arguments, Incoming incoming) {
  Result<kv::SealedBody> body = co_await committed(context, incoming.writer->seal());
  if (!body) co_return failure(body.error());
  store::NewMessage message = new_message(context, arguments, *std::move(body), std::move(incoming.parser).finish());
  Result<Stored> stored = co_await committed(context, store_message(context, arguments, std::move(message)));
  if (!stored) co_return failure(stored.error());
  if (!*stored) co_return no("TRYCREATE", "There is no such mailbox.");
  store::Appended const& appended = **stored;
  co_return ok(fmt::format("APPENDUID {} {}", appended.uid_validity.value(), appended.uid.value()),
               "APPEND completed.");
}

}  // namespace

bool ends_in_message(std::string_view text) {
  Cursor cursor(text);
  return tag(cursor) && cursor.skip(" APPEND") && append_arguments(cursor);
}

Task<Reply> cmd_append(Context& context, Cursor cursor) {
  Result<Arguments> arguments = append_arguments(cursor);
  if (!arguments) co_return bad_syntax(arguments.error());
  Incoming incoming;
  incoming.refused = refusal(context, *arguments);
  if (!incoming.refused) {
    auto writer = context.services.store.begin_body();
    if (writer) {
      incoming.writer = *std::move(writer);
    } else {
      incoming.refused = failure(writer.error());
    }
  }
  if (arguments->message.synchronizing) {
    if (incoming.refused) {
      context.framer.abandon();
      co_return *incoming.refused;
    }
    context.out += "+ Ready for the message.\r\n";
  } else if (arguments->message.size > context.services.options->max_message) {
    context.bye("TOOBIG", "The message is larger than this server takes.");
    co_return *incoming.refused;
  }
  co_await read_message(context, incoming);
  std::optional<Reply> wrong_end = co_await read_end(context);
  if (wrong_end) co_return *wrong_end;
  if (incoming.refused) co_return *incoming.refused;
  co_return co_await store_incoming(context, *arguments, std::move(incoming));
}

}  // namespace yubin::imap
