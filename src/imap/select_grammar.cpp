#include "imap/select_grammar.h"

namespace yubin::imap {

namespace {

// seq-match-data = "(" known-sequence-set SP known-uid-set ")". It helps a server that does not know which messages
// have gone; where our change log ends, the sets that are told run on over the gaps and are short without it. So it is
// read and not used, and no lie in it does harm.
Result<> seq_match_data(Cursor& cursor) {
  TRY_VOID(expect(cursor, "(", "The ( of the match data"));
  TRY_VOID(uid_set(cursor));
  TRY_VOID(space(cursor));
  TRY_VOID(uid_set(cursor));
  return expect(cursor, ")", "The ) of the match data");
}

// "(" uidvalidity SP mod-sequence-value [SP known-uids] [SP seq-match-data] ")"
Result<Resync> resync(Cursor& cursor) {
  Resync resync{};
  TRY_VOID(expect(cursor, "(", "The ( of QRESYNC"));
  TRY(resync.uid_validity, nz_number(cursor));
  TRY_VOID(space(cursor));
  TRY(resync.modseq, mod_sequence(cursor));
  bool more = cursor.skip(" ");
  if (more && cursor.peek() != '(') {
    TRY(resync.known, uid_set(cursor));
    more = cursor.skip(" ");
  }
  if (more) TRY_VOID(seq_match_data(cursor));
  TRY_VOID(expect(cursor, ")", "The ) of QRESYNC"));
  return resync;
}

// select-param
Result<> select_parameter(Cursor& cursor, SelectArguments& arguments) {
  TRY(std::string name, atom(cursor));
  if (iequals(name, "CONDSTORE")) {
    arguments.condstore = true;
    return {};
  }
  if (!iequals(name, "QRESYNC") || arguments.resync) return fail(Errc::syntax, "There is no such parameter");
  TRY_VOID(space(cursor));
  TRY(arguments.resync, resync(cursor));
  return {};
}

}  // namespace

// select = "SELECT" SP mailbox [SP "(" select-param *(SP select-param) ")"]
Result<SelectArguments> select_arguments(Cursor& cursor) {
  SelectArguments arguments;
  TRY_VOID(space(cursor));
  TRY(arguments.mailbox, mailbox(cursor));
  if (cursor.skip(" ")) {
    TRY_VOID(expect(cursor, "(", "The ( of the parameters"));
    do {
      TRY_VOID(select_parameter(cursor, arguments));
    } while (cursor.skip(" "));
    TRY_VOID(expect(cursor, ")", "The ) of the parameters"));
  }
  TRY_VOID(end_of_command(cursor));
  return arguments;
}

}  // namespace yubin::imap
