#include "imap/list_grammar.h"

#include "imap/grammar.h"

namespace yubin::imap {

namespace {

// list-select-opt. REMOTE asks for remote mailboxes too, of which there are none.
Result<> select_option(Cursor& cursor, ListArguments& arguments) {
  TRY(std::string name, atom(cursor));
  if (iequals(name, "SUBSCRIBED")) {
    arguments.select_subscribed = true;
    arguments.return_subscribed = true;  // RFC 5258 section 3.1: the attribute is told then
  } else if (iequals(name, "SPECIAL-USE")) {
    arguments.select_special_use = true;
  } else if (iequals(name, "RECURSIVEMATCH")) {
    arguments.recursive_match = true;
  } else if (!iequals(name, "REMOTE")) {
    return fail(Errc::syntax, "There is no such selection option");
  }
  return {};
}

// list-select-opts = "(" [list-select-opt *(SP list-select-opt)] ")"
Result<> select_options(Cursor& cursor, ListArguments& arguments) {
  TRY_VOID(expect(cursor, "(", "The ( of the selection options"));
  if (cursor.skip(")")) return {};
  do {
    TRY_VOID(select_option(cursor, arguments));
  } while (cursor.skip(" "));
  TRY_VOID(expect(cursor, ")", "The ) of the selection options"));
  // RFC 5258 section 3.1: RECURSIVEMATCH needs an option that selects by more than the name.
  if (arguments.recursive_match && !arguments.select_subscribed && !arguments.select_special_use)
    return fail(Errc::syntax, "RECURSIVEMATCH needs another selection option");
  return {};
}

Result<> return_option(Cursor& cursor, ListArguments& arguments) {
  TRY(std::string name, atom(cursor));
  if (iequals(name, "SUBSCRIBED")) {
    arguments.return_subscribed = true;
  } else if (iequals(name, "STATUS")) {
    TRY_VOID(space(cursor));
    TRY(arguments.return_status, status_items(cursor));
  } else if (!iequals(name, "CHILDREN") && !iequals(name, "SPECIAL-USE")) {
    return fail(Errc::syntax, "There is no such return option");
  }
  return {};
}

// list-return-opts = "RETURN" SP "(" [return-option *(SP return-option)] ")"
Result<> return_options(Cursor& cursor, ListArguments& arguments) {
  TRY_VOID(expect(cursor, "RETURN (", "RETURN and its list"));
  if (cursor.skip(")")) return {};
  do {
    TRY_VOID(return_option(cursor, arguments));
  } while (cursor.skip(" "));
  return expect(cursor, ")", "The ) of the return options");
}

// mbox-or-pat = list-mailbox / "(" list-mailbox *(SP list-mailbox) ")"
Result<> patterns(Cursor& cursor, ListArguments& arguments) {
  bool several = cursor.skip("(");
  do {
    if (arguments.patterns.size() == 100) return fail(Errc::limit, "There are more than 100 patterns");
    TRY(std::string pattern, list_mailbox(cursor));
    arguments.patterns.push_back(std::move(pattern));
  } while (several && cursor.skip(" "));
  if (several) TRY_VOID(expect(cursor, ")", "The ) of the patterns"));
  arguments.extended |= several;
  return {};
}

}  // namespace

Result<ListArguments> list_arguments(Cursor& cursor) {
  ListArguments arguments;
  TRY_VOID(space(cursor));
  if (cursor.peek() == '(') {
    arguments.extended = true;
    TRY_VOID(select_options(cursor, arguments));
    TRY_VOID(space(cursor));
  }
  TRY(arguments.reference, mailbox(cursor));
  TRY_VOID(space(cursor));
  TRY_VOID(patterns(cursor, arguments));
  if (cursor.skip(" ")) {
    arguments.extended = true;
    TRY_VOID(return_options(cursor, arguments));
  }
  TRY_VOID(end_of_command(cursor));
  return arguments;
}

}  // namespace yubin::imap
