// Writing messages of our own: folded fields, encoded-words, a multipart. Input is UTF-8; what comes out is 7-bit, its
// lines end in CR LF and are at most 78 characters, except for an address or file name that is longer by itself.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mime/address.h"
#include "mime/date.h"

namespace yubin::mime {

struct Correspondent {
  std::string name;  // for show; may be empty
  Address address;
};

// "Name: text\r\n" for unstructured fields: as it is where that is ASCII, else in encoded-words (RFC 2047). Controls
// become spaces, so that a text cannot add fields.
std::string text_field(std::string_view name, std::string_view text);
// "Name: Hanako <hanako@example.test>, ...\r\n".
std::string address_field(std::string_view name, std::vector<Correspondent> const& correspondents);

struct Attachment {
  std::string type;  // "image/png"
  std::string name;
  std::string bytes;
};

struct Draft {
  Correspondent from;
  std::vector<Correspondent> to;
  std::string subject;
  DateTime date;
  std::string message_id;                                             // with its angle brackets
  std::vector<std::pair<std::string, std::string>> more_fields = {};  // name and text, as text_field() takes them
  std::string text;
  std::string html = {};  // beside `text` as its alternative, unless empty
  std::vector<Attachment> attachments = {};
};

// The whole message. Names of attachments are written as both conventions have them: encoded-words in Content-Type,
// RFC 2231 in Content-Disposition.
std::string make_message(Draft const& draft);

}  // namespace yubin::mime
