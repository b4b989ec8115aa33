#include "mime/compose.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "base/text.h"
#include "mime/transfer.h"

namespace yubin::mime {

namespace {

constexpr std::size_t kLine = 78;         // RFC 5322 section 2.1.1
constexpr std::size_t kEncodedWord = 75;  // RFC 2047 section 2
constexpr std::string_view kWordBegin = "=?UTF-8?B?";
constexpr std::string_view kWordEnd = "?=";
// "=_" occurs neither in base64 nor in quoted-printable (RFC 2045 section 6.7), so no body can hold a delimiter.
constexpr std::string_view kMixed = "=_yubin-mixed";
constexpr std::string_view kAlternative = "=_yubin-alternative";

bool is_control(char c) {
  return (c >= 0 && c < ' ') || c == 0x7f;
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string in_one_line(std::string_view text) {
  std::string out(trim(text));
  std::ranges::replace_if(out, is_control, ' ');
  return out;
}

// How many bytes of `text` make whole characters in at most `most` bytes; at least one character.
std::size_t whole_characters(std::string_view text, std::size_t most) {
  auto continues = [&](std::size_t at) { return (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80; };
  if (text.size() <= most) return text.size();
  std::size_t end = most;
  while (end > 0 && continues(end)) --end;
  if (end > 0) return end;
  end = 1;
  while (end < text.size() && continues(end)) ++end;
  return end;
}

// Encoded-words for `text`, folded between them; each holds whole characters (RFC 2047 section 5).
std::string encoded_words(std::string_view text, std::size_t column) {
  std::string out;
  while (!text.empty()) {
    std::size_t room = std::min(kEncodedWord, column + 24 < kLine ? kLine - 2 - column : 0);
    if (room < 24) {
      out += "\r\n ";
      column = 1;
      continue;
    }
    std::size_t bytes = (room - kWordBegin.size() - kWordEnd.size()) / 4 * 3;
    std::size_t taken = whole_characters(text, bytes);
    out.append(kWordBegin).append(encode_base64(text.substr(0, taken))).append(kWordEnd);
    text.remove_prefix(taken);
    column = kLine;  // the next word begins a line
  }
  return out;
}

// ASCII text, folded at blanks (RFC 5322 section 2.2.3).
std::string folded(std::string_view text, std::size_t column) {
  std::string out;
  bool first = true;
  for (std::string_view word : split(text, ' ')) {
    if (!first) {
      // A line of blanks alone is not a fold but the end of some parsers' header section.
      bool fold = column + 1 + word.size() > kLine && !word.empty();
      out += fold ? "\r\n " : " ";
      column = fold ? 1 : column + 1;
    }
    first = false;
    out += word;
    column += word.size();
  }
  return out;
}

// Can `text` stand as it is: ASCII, no word that looks encoded or fills a line of its own.
bool is_plain(std::string_view text) {
  return is_ascii(text) && text.find("=?") == std::string_view::npos &&
         std::ranges::all_of(split(text, ' '), [](std::string_view word) { return word.size() < kLine; });
}

bool is_atom_or_blank(char c) {
  return is_alpha(c) || is_digit(c) || std::string_view(" !#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

std::string quoted_string(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out + "\"";
}

// display-name: atoms, a quoted-string or encoded-words.
std::string phrase(std::string_view name, std::size_t column) {
  if (!is_plain(name) || name.size() > kLine - 4) return encoded_words(name, column);
  bool atoms = std::ranges::all_of(name, is_atom_or_blank) && name.find("  ") == std::string_view::npos;
  return atoms ? std::string(name) : quoted_string(name);
}

std::size_t column_after(std::string_view text, std::size_t column) {
  std::size_t line_end = text.rfind('\n');
  return line_end == std::string_view::npos ? column + text.size() : text.size() - line_end - 1;
}

std::string one_address(Correspondent const& correspondent, std::size_t column) {
  std::string name = in_one_line(correspondent.name);
  std::string address = correspondent.address.text();
  if (name.empty()) return address;
  std::string out = phrase(name, column);
  out += column_after(out, column) + address.size() + 4 > kLine ? "\r\n <" : " <";
  return out + address + ">";
}

// Every line of `text` ends in CR LF.
std::string with_line_ends(std::string_view text) {
  std::string out;
  if (text.ends_with('\n')) text.remove_suffix(1);
  for (std::string_view line : split(text, '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    out.append(line).append("\r\n");
  }
  return out;
}

bool fits_seven_bit(std::string_view text) {
  bool good = std::ranges::all_of(text, [](char c) { return !is_control(c) || c == '\r' || c == '\n' || c == '\t'; });
  return good && is_ascii(text) && std::ranges::all_of(split(text, '\n'), [](std::string_view line) {
           return line.size() <= kLine + 1 && !line.starts_with("From ") && !line.starts_with("--") &&
                  line.find('\r') >= line.size() - std::min<std::size_t>(line.size(), 1);
         });
}

// A part of text with its header fields, in the shortest encoding.
std::string text_part(std::string_view subtype, std::string_view text) {
  std::string lines = with_line_ends(text);
  std::string type =
      fmt::format("Content-Type: text/{}; charset={}\r\n", subtype, is_ascii(text) ? "us-ascii" : "utf-8");
  std::string encoding = "Content-Transfer-Encoding: ";
  if (fits_seven_bit(lines)) return type + encoding + "7bit\r\n\r\n" + lines;
  auto foreign = static_cast<std::size_t>(
      std::ranges::count_if(lines, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }));
  if (foreign * 6 > lines.size()) return type + encoding + "base64\r\n\r\n" + encode_base64_body(lines);
  return type + encoding + "quoted-printable\r\n\r\n" + encode_quoted_printable(lines);
}

// filename*0*=UTF-8''..., in pieces that fit into lines (RFC 2231 sections 3, 4).
std::string extended_parameter(std::string_view name, std::string_view text) {
  std::vector<std::string> pieces(1, "UTF-8''");
  for (char c : text) {
    bool plain = is_alpha(c) || is_digit(c) || c == '.' || c == '-' || c == '_';
    std::string encoded = plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    if (pieces.back().size() + encoded.size() > 55) pieces.emplace_back();
    pieces.back() += encoded;
  }
  if (pieces.size() == 1) return fmt::format(";\r\n {}*={}", name, pieces[0]);
  std::string out;
  for (std::size_t i = 0; i < pieces.size(); ++i) out += fmt::format(";\r\n {}*{}*={}", name, i, pieces[i]);
  return out;
}

std::string attachment_part(Attachment const& attachment) {
  std::string name = in_one_line(attachment.name);
  std::string out = "Content-Type: " + attachment.type;
  if (is_plain(name)) {
    out += fmt::format(";\r\n name={0}\r\nContent-Disposition: attachment;\r\n filename={0}", quoted_string(name));
  } else {
    out += fmt::format(";\r\n name=\"{}\"\r\nContent-Disposition: attachment{}", encoded_words(name, 7),
                       extended_parameter("filename", name));
  }
  return out + "\r\nContent-Transfer-Encoding: base64\r\n\r\n" + encode_base64_body(attachment.bytes);
}

std::string multipart(std::string_view subtype, std::string_view boundary, std::span<std::string const> parts) {
  std::string out = fmt::format("Content-Type: multipart/{}; boundary=\"{}\"\r\n\r\n", subtype, boundary);
  for (std::string const& part : parts) out += fmt::format("--{}\r\n{}\r\n", boundary, part);
  return out + fmt::format("--{}--\r\n", boundary);
}

std::string content(Draft const& draft) {
  std::string text = text_part("plain", draft.text);
  if (!draft.html.empty()) {
    text = multipart("alternative", kAlternative, std::array{std::move(text), text_part("html", draft.html)});
  }
  if (draft.attachments.empty()) return text;
  std::vector<std::string> parts{std::move(text)};
  for (Attachment const& attachment : draft.attachments) parts.push_back(attachment_part(attachment));
  return multipart("mixed", kMixed, parts);
}

}  // namespace

std::string text_field(std::string_view name, std::string_view text) {
  std::string line = in_one_line(text);
  std::string out = std::string(name) + ": ";
  out += is_plain(line) ? folded(line, out.size()) : encoded_words(line, out.size());
  return out + "\r\n";
}

std::string address_field(std::string_view name, std::vector<Correspondent> const& correspondents) {
  std::string out = std::string(name) + ": ";
  std::size_t column = out.size();
  bool first = true;
  for (Correspondent const& correspondent : correspondents) {
    std::string one = one_address(correspondent, first ? column : 1);
    if (!first) {
      out += ",\r\n ";
      column = 1;
    }
    first = false;
    out += one;
  }
  return out + "\r\n";
}

std::string make_message(Draft const& draft) {
  std::string out = address_field("From", {draft.from});
  out += address_field("To", draft.to);
  out += text_field("Subject", draft.subject);
  out += "Date: " + format_date(draft.date) + "\r\n";
  out += "Message-ID: " + draft.message_id + "\r\n";
  for (auto const& [name, text] : draft.more_fields) out += text_field(name, text);
  return out + "MIME-Version: 1.0\r\n" + content(draft);
}

}  // namespace yubin::mime
