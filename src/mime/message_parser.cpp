#include "mime/message_parser.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/text.h"
#include "mime/lexer.h"
#include "mime/text_budget.h"
#include "mime/thread.h"

namespace yubin::mime {

namespace {

// RFC 2046 section 5.1.1 permits 70; software does not always keep to it. A longer line is no delimiter.
constexpr std::size_t kMaxDelimiterLine = 1000;

std::string_view without_trailing_blanks(std::string_view line) {
  std::size_t end = line.find_last_not_of(" \t\r\n");
  return line.substr(0, end == std::string_view::npos ? 0 : end + 1);
}

// What a multipart without a boundary parameter may have as delimiter: not a line of dashes, not a signature's "-- ".
bool may_be_boundary(std::string_view text) {
  return !text.empty() && text.size() <= 70 && text.find_first_not_of('-') != std::string_view::npos &&
         text.find_first_of(" \t") == std::string_view::npos;
}

bool is_identity(std::string_view encoding) {
  return encoding == "7bit" || encoding == "8bit" || encoding == "binary";
}

bool is_message(Part const& part) {
  return part.type == "message" && (part.subtype == "rfc822" || part.subtype == "global");
}

void make_opaque(Part& part) {
  part.type = "application";
  part.subtype = "octet-stream";
}

// mechanism (RFC 2045 section 6.1); comments beside it and other words behind it are dropped, "7 bit" is taken.
std::string encoding_token(std::string_view value) {
  Lexer lexer(value, "();\"");
  Token token = lexer.next();
  while (token.kind == Token::Kind::comment) token = lexer.next();
  auto may_be = [](char c) {
    return c > ' ' && c < 0x7f && std::string_view("\"\\=?").find(c) == std::string_view::npos;
  };
  if (token.kind != Token::Kind::word || !std::ranges::all_of(token.text, may_be)) return "7bit";
  std::string const both = to_lower(token.text + lexer.next().text);
  return is_identity(both) ? both : to_lower(token.text);
}

// Language-List (RFC 3282 section 2). Beyond it: blanks for commas, tags in quotes.
std::vector<std::string> language_tags(std::string_view value) {
  std::vector<std::string> tags;
  Lexer lexer(value, "(),\"");
  for (Token token = lexer.next(); token.kind != Token::Kind::end; token = lexer.next()) {
    bool const is_tag = token.kind == Token::Kind::word || token.kind == Token::Kind::quoted;
    if (is_tag && !token.text.empty()) tags.push_back(std::move(token.text));
  }
  return tags;
}

}  // namespace

struct MessageParser::Open {
  Part part;
  std::optional<HeaderSplitter> header;  // while the header section lasts
  Mark body;
  Mark pending;            // where the header's pending lines begin
  std::string boundary;    // of a multipart that is not over yet
  bool guess = false;      // a multipart without boundary: the first delimiter will show it
  bool is_rest = false;    // the last part of a multipart that has too many
  bool in_digest = false;  // message/rfc822 by default (RFC 2046 section 5.1.5)
};

MessageParser::MessageParser(MessageLimits limits) : limits_(limits) {
  YUBIN_ASSERT(limits.depth > 0 && limits.depth <= kMaxDepth);
  open_part({});
}
MessageParser::~MessageParser() = default;
MessageParser::MessageParser(MessageParser&&) noexcept = default;
MessageParser& MessageParser::operator=(MessageParser&&) noexcept = default;

void MessageParser::feed(std::string_view chunk) {
  while (!chunk.empty()) {
    bool in_header = stack_.back().header.has_value();
    if (offset_ == line_begin_.offset) looking_ = in_header || chunk.front() == '-';
    std::size_t newline = chunk.find('\n');
    bool ends = newline != std::string_view::npos;
    std::string_view piece = chunk.substr(0, ends ? newline + 1 : chunk.size());
    chunk.remove_prefix(piece.size());
    offset_ += piece.size();
    char before = piece.size() > 1 ? piece[piece.size() - 2] : last_;
    last_ = piece.back();
    if (looking_) {
      std::size_t most = in_header ? limits_.header.bytes + kMaxDelimiterLine : kMaxDelimiterLine;
      std::size_t room = most - std::min(most, line_.size());
      line_cut_ = line_cut_ || piece.size() > room;
      piece = piece.substr(0, room);
      if (!ends || !line_.empty()) line_.append(piece);
      if (ends) line(line_.empty() ? piece : std::string_view(line_));
    }
    if (ends) count_line(before == '\r');
  }
}

Summary MessageParser::finish() && {
  if (looking_ && offset_ > line_begin_.offset) line(line_);
  close_to(0, false);
  return std::move(out_);
}

void MessageParser::count_line(bool carriage_return) {
  last_terminator_ = carriage_return && offset_ - line_begin_.offset > 1 ? 2 : 1;
  last_line_empty_ = offset_ - line_begin_.offset == last_terminator_;
  line_begin_ = {.offset = offset_, .newlines = line_begin_.newlines + 1};
  line_.clear();
  line_cut_ = false;
}

// A line of a header section, or one that may be a delimiter. It may end a header section and then belong to what
// follows.
void MessageParser::line(std::string_view line) {
  for (;;) {
    if (auto found = find_delimiter(line)) {
      return delimiter(*found, {offset_, line_begin_.newlines + (line.ends_with('\n') ? 1 : 0)});
    }
    if (!stack_.back().header || header_line(line)) return;
  }
}

// False: the line is not part of the header section that it ended.
bool MessageParser::header_line(std::string_view line) {
  Open& top = stack_.back();
  bool was_pending = top.header->has_pending();
  switch (top.header->take(line, line_begin_.offset, !line_cut_)) {
    case HeaderSplitter::Step::more:
      if (!was_pending) top.pending = line_begin_;
      return true;
    case HeaderSplitter::Step::ended:
      begin_body({offset_, line_begin_.newlines + (line.ends_with('\n') ? 1 : 0)});
      return true;
    case HeaderSplitter::Step::ended_before:
      begin_body(line_begin_);
      return false;
    case HeaderSplitter::Step::ended_pending:
      end_header_at_pending();
      return false;
  }
  return true;
}

// delimiter := "--" boundary; close-delimiter := delimiter "--"; then transport-padding (RFC 2046 section 5.1.1). The
// innermost multipart comes first. The whole line must match: a boundary may begin another.
std::optional<MessageParser::Delimiter> MessageParser::find_delimiter(std::string_view line) {
  if (!line.starts_with("--") || line.size() >= kMaxDelimiterLine || line_cut_) return std::nullopt;
  std::string_view text = without_trailing_blanks(line).substr(2);
  for (std::size_t i = stack_.size(); i-- > 0;) {
    Open& open = stack_[i];
    if (open.guess && i + 1 == stack_.size() && may_be_boundary(text)) {
      open.guess = false;
      open.boundary = text;
    }
    if (open.boundary.empty()) continue;
    if (text == open.boundary) return Delimiter{.owner = i, .closing = false};
    if (text.size() == open.boundary.size() + 2 && text.starts_with(open.boundary) && text.ends_with("--"))
      return Delimiter{.owner = i, .closing = true};
  }
  return std::nullopt;
}

void MessageParser::delimiter(Delimiter found, Mark next) {
  if (!found.closing && stack_.size() > found.owner + 1 && stack_[found.owner + 1].is_rest) return;
  close_to(found.owner + 1, true);
  if (found.closing) {
    stack_.back().boundary.clear();
  } else {
    open_part(next);
  }
}

void MessageParser::open_part(Mark begin) {
  Open open;
  open.part.header_begin = begin.offset;
  open.is_rest = ++parts_ >= limits_.parts && !stack_.empty();
  if (open.is_rest) {
    open.body = begin;
    open.part.body_begin = begin.offset;
    make_opaque(open.part);
    out_.complete = false;
  } else {
    open.header.emplace(limits_.header, begin.offset);
    open.in_digest =
        !stack_.empty() && stack_.back().part.kind == Part::Kind::multipart && stack_.back().part.subtype == "digest";
  }
  stack_.push_back(std::move(open));
}

// Ends header sections that lack their empty line; the end of one may begin another.
void MessageParser::end_headers(Mark end) {
  while (stack_.back().header) {
    if (stack_.back().header->has_pending()) {
      end_header_at_pending();
    } else {
      begin_body(end);
    }
  }
}

// The pending lines are the first of the body; if that is a message, they are the first of its header section.
void MessageParser::end_header_at_pending() {
  std::string pending(stack_.back().header->pending_text());
  Mark begin = stack_.back().pending;
  begin_body(begin);
  Open& top = stack_.back();
  if (!top.header) return;
  top.pending = begin;
  std::uint64_t at = begin.offset;
  for (std::string_view rest = pending; !rest.empty();) {
    std::string_view line = rest.substr(0, std::min(rest.find('\n'), rest.size() - 1) + 1);
    top.header->take(line, at);
    at += line.size();
    rest.remove_prefix(line.size());
  }
}

void MessageParser::begin_body(Mark begin) {
  Open& top = stack_.back();
  HeaderSection header = std::move(*top.header).finish(begin.offset);
  top.header.reset();
  top.body = begin;
  top.part.body_begin = begin.offset;
  out_.complete = out_.complete && header.complete();
  if (stack_.size() == 1) {
    out_.envelope = parse_envelope(header, limits_.envelope, out_.complete);
    out_.fields = keep_common_fields(header, limits_.common_fields);
    out_.thread = thread_keys(header);
  } else if (Part& parent = stack_[stack_.size() - 2].part; parent.kind == Part::Kind::message) {
    parent.envelope = parse_envelope(header, limits_.envelope, out_.complete);
  }
  read_fields(top.part, header, top.in_digest);
  choose_kind();
}

void MessageParser::read_fields(Part& part, HeaderSection const& header, bool in_digest) {
  read_type(part, header, in_digest);
  TextBudget budget(limits_.part_text, limits_.envelope.value_bytes, out_.complete);
  auto text = [&](std::string_view name, std::optional<std::string>& out) {
    auto field = header.find_first(name);
    if (!field) return;
    std::string value = field->value();
    if (budget.keep(value)) out = std::move(value);
  };
  if (auto field = header.find_first("Content-Transfer-Encoding")) {
    part.encoding = encoding_token(field->value());
    if (!budget.keep(part.encoding)) part.encoding = "7bit";
  }
  if (auto field = header.find_first("Content-Disposition")) {
    part.disposition = parse_disposition(field->value(), limits_.parameters);
    if (!budget.keep(part.disposition.type)) part.disposition = {};
    keep(part.disposition.parameters);
  }
  text("Content-ID", part.id);
  text("Content-Description", part.description);
  text("Content-MD5", part.md5);
  text("Content-Location", part.location);
  auto field = header.find_first("Content-Language");
  if (!field) return;
  for (std::string& language : language_tags(field->value())) {
    if (part.languages.size() == limits_.languages || !budget.keep(language)) break;
    part.languages.push_back(std::move(language));
  }
}

// RFC 2045 section 5.2: text/plain in US-ASCII if nothing is said.
void MessageParser::read_type(Part& part, HeaderSection const& header, bool in_digest) {
  std::optional<ContentType> found;
  if (auto field = header.find_first("Content-Type")) {
    found = parse_content_type(field->value(), limits_.parameters);
  }
  if (!found && in_digest) found = ContentType{.type = "message", .subtype = "rfc822"};
  if (!found) found = ContentType{.parameters = {{"charset", "us-ascii"}}};
  TextBudget budget(limits_.part_text, limits_.envelope.value_bytes, out_.complete);
  if (!budget.keep(found->type) || !budget.keep(found->subtype) || found->subtype.empty()) {
    make_opaque(part);
    return;
  }
  part.type = std::move(found->type);
  part.subtype = std::move(found->subtype);
  part.parameters = std::move(found->parameters);
}

// Drops the parameters that do not fit.
void MessageParser::keep(Parameters& parameters) {
  if (parameters.size() >= limits_.parameters) out_.complete = false;
  TextBudget budget(limits_.part_text, limits_.envelope.value_bytes, out_.complete);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (budget.keep(parameters[i].name) && budget.keep(parameters[i].value)) continue;
    parameters.resize(i);
    return;
  }
}

// Looks into multiparts and messages, as far as the limits permit.
void MessageParser::choose_kind() {
  Open& top = stack_.back();
  Part& part = top.part;
  bool multipart = part.type == "multipart";
  if (!multipart && !is_message(part)) return keep(part.parameters);
  bool room = stack_.size() < limits_.depth && parts_ + 1 < limits_.parts;
  if (!room || (!multipart && !is_identity(part.encoding))) {
    out_.complete = out_.complete && room;
    make_opaque(part);
    return keep(part.parameters);
  }
  if (multipart) {
    part.kind = Part::Kind::multipart;
    Parameter const* boundary = find_parameter(part.parameters, "boundary");
    if (boundary != nullptr) top.boundary = without_trailing_blanks(boundary->value);
    top.guess = top.boundary.empty();
    return keep(part.parameters);
  }
  part.kind = Part::Kind::message;
  keep(part.parameters);
  open_part(top.body);
}

void MessageParser::close_to(std::size_t size, bool before_delimiter) {
  if (stack_.size() <= size) return;
  end_headers(before_delimiter ? line_begin_ : Mark{offset_, line_begin_.newlines});
  while (stack_.size() > size) close_top(before_delimiter);
}

void MessageParser::close_top(bool before_delimiter) {
  Open open = std::move(stack_.back());
  stack_.pop_back();
  Part& part = open.part;
  std::uint64_t newlines = line_begin_.newlines - open.body.newlines;
  if (!before_delimiter) {
    part.end = offset_;
    bool unfinished = offset_ > line_begin_.offset && line_begin_.offset >= open.body.offset;
    part.lines = newlines + (unfinished ? 1 : 0);
  } else if (line_begin_.offset == open.body.offset) {
    part.end = part.body_begin;
  } else {
    // RFC 2046 section 5.1.1: the line end before the delimiter belongs to the delimiter.
    part.end = line_begin_.offset - last_terminator_;
    part.lines = newlines - (last_line_empty_ ? 1 : 0);
  }
  // A header section just before the delimiter keeps its line end.
  if (!part.children.empty() && part.children.back().end > part.end) {
    part.end = part.children.back().end;
    part.lines = newlines;
  }
  if (part.kind == Part::Kind::multipart && part.children.empty()) {
    part.kind = Part::Kind::leaf;
    part.type = "text";
    part.subtype = "plain";
    part.parameters.clear();
  }
  if (stack_.empty()) {
    out_.root = std::move(part);
  } else {
    stack_.back().part.children.push_back(std::move(part));
  }
}

}  // namespace yubin::mime
