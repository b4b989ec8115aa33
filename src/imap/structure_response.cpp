#include "imap/structure_response.h"

#include "base/format.h"
#include "imap/response.h"
#include "mime/parameter.h"

namespace yubin::imap {

namespace {

void put_or_nil(std::string& out, std::string_view text) {
  if (text.empty()) {
    out += "NIL";
  } else {
    put_string(out, text);
  }
}

// address = "(" addr-name SP addr-adl SP addr-mailbox SP addr-host ")"
// A group begins with the host NIL and its name as the mailbox, and ends with both NIL; so the host of an address that
// has none is an empty string.
void put_address(std::string& out, mime::ListedAddress const& address) {
  using Kind = mime::ListedAddress::Kind;
  if (address.kind == Kind::group_end) {
    out += "(NIL NIL NIL NIL)";
    return;
  }
  if (address.kind == Kind::group_begin) {
    out += "(NIL NIL ";
    put_string(out, address.name);
    out += " NIL)";
    return;
  }
  out += '(';
  put_or_nil(out, address.name);
  out += ' ';
  put_or_nil(out, address.route);
  out += ' ';
  put_string(out, address.local_part);
  out += ' ';
  put_string(out, address.domain);
  out += ')';
}

// env-from = "(" 1*address ")" / nil
void put_addresses(std::string& out, mime::AddressList const& addresses) {
  if (addresses.empty()) {
    out += "NIL";
    return;
  }
  out += '(';
  for (mime::ListedAddress const& address : addresses) put_address(out, address);
  out += ')';
}

// body-fld-param = "(" string SP string *(SP string SP string) ")" / nil
// Deviates from RFC 9051 section 7.5.2: pieces are put together, but what has percent signs is not made UTF-8. Clients
// read a `name*` by RFC 2231 themselves, and those of IMAP4rev1 could not be sent UTF-8.
void put_parameters(std::string& out, mime::Parameters const& parameters) {
  if (parameters.empty()) {
    out += "NIL";
    return;
  }
  char separator = '(';
  for (mime::Parameter const& parameter : mime::join_continuations(parameters)) {
    out += separator;
    put_string(out, parameter.name);
    out += ' ';
    put_string(out, parameter.value);
    separator = ' ';
  }
  out += ')';
}

// body-fld-dsp = "(" string SP body-fld-param ")" / nil
void put_disposition(std::string& out, mime::Disposition const& disposition) {
  if (disposition.type.empty()) {
    out += "NIL";
    return;
  }
  out += '(';
  put_string(out, disposition.type);
  out += ' ';
  put_parameters(out, disposition.parameters);
  out += ')';
}

// body-fld-lang = nstring / "(" string *(SP string) ")"
void put_languages(std::string& out, std::vector<std::string> const& languages) {
  if (languages.empty()) {
    out += "NIL";
    return;
  }
  char separator = '(';
  for (std::string const& language : languages) {
    out += separator;
    put_string(out, language);
    separator = ' ';
  }
  out += ')';
}

// The end of both extensions: body-fld-dsp SP body-fld-lang SP body-fld-loc
void put_common_extensions(std::string& out, mime::Part const& part) {
  put_disposition(out, part.disposition);
  out += ' ';
  put_languages(out, part.languages);
  out += ' ';
  put_nstring(out, part.location);
}

// body-type-mpart = 1*body SP media-subtype [SP body-ext-mpart]
void put_multipart(std::string& out, mime::Part const& part, Extensions extensions, Revision revision) {
  for (mime::Part const& child : part.children) put_body(out, child, extensions, revision);
  out += ' ';
  put_string(out, part.subtype);
  if (extensions == Extensions::hidden) return;
  out += ' ';
  put_parameters(out, part.parameters);
  out += ' ';
  put_common_extensions(out, part);
}

// body-fields = body-fld-param SP body-fld-id SP body-fld-desc SP body-fld-enc SP body-fld-octets
void put_fields(std::string& out, mime::Part const& part) {
  put_parameters(out, part.parameters);
  out += ' ';
  put_nstring(out, part.id);
  out += ' ';
  put_nstring(out, part.description);
  out += ' ';
  put_string(out, part.encoding);
  append_format(out, " {}", part.size());
}

// body-type-1part = (body-type-basic / body-type-msg / body-type-text) [SP body-ext-1part]
// RFC 9051 section 9: media-message is RFC822 or GLOBAL; in RFC 3501 it is RFC822 alone, and a client that knows no
// more would not understand an envelope elsewhere.
void put_single(std::string& out, mime::Part const& part, Extensions extensions, Revision revision) {
  bool const is_message =
      part.kind == mime::Part::Kind::message && (part.subtype == "rfc822" || revision == Revision::rev2);
  put_string(out, part.type);
  out += ' ';
  put_string(out, part.subtype);
  out += ' ';
  put_fields(out, part);
  if (is_message) {
    out += ' ';
    put_envelope(out, part.envelope.value_or(mime::Envelope{}));
    out += ' ';
    put_body(out, part.children.front(), extensions, revision);
  }
  if (is_message || part.type == "text") append_format(out, " {}", part.lines);
  if (extensions == Extensions::hidden) return;
  out += ' ';
  put_nstring(out, part.md5);
  out += ' ';
  put_common_extensions(out, part);
}

}  // namespace

void put_envelope(std::string& out, mime::Envelope const& envelope) {
  out += '(';
  put_nstring(out, envelope.date);
  out += ' ';
  put_nstring(out, envelope.subject);
  for (mime::AddressList const* addresses : {&envelope.from, &envelope.shown_sender(), &envelope.shown_reply_to(),
                                             &envelope.to, &envelope.cc, &envelope.bcc}) {
    out += ' ';
    put_addresses(out, *addresses);
  }
  out += ' ';
  put_nstring(out, envelope.in_reply_to);
  out += ' ';
  put_nstring(out, envelope.message_id);
  out += ')';
}

// Recursion is bounded by mime::kMaxDepth.
void put_body(std::string& out, mime::Part const& part, Extensions extensions, Revision revision) {
  out += '(';
  if (part.kind == mime::Part::Kind::multipart) {
    put_multipart(out, part, extensions, revision);
  } else {
    put_single(out, part, extensions, revision);
  }
  out += ')';
}

}  // namespace yubin::imap
