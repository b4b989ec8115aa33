#include "report/documents.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "mime/message_parser.h"
#include "mime/transfer.h"
#include "report/gzip.h"

namespace yubin::report {

namespace {

constexpr std::size_t kSample = 4096;  // from which content is recognized

// The first characters of a text, in ASCII as far as that goes: without marks, and without the zeros of UTF-16.
std::string sample_of(std::string_view bytes) {
  std::string out(bytes.substr(0, kSample));
  std::erase(out, '\0');
  for (std::string_view mark : {"\xef\xbb\xbf", "\xfe\xff", "\xff\xfe"})
    if (out.starts_with(mark)) out.erase(0, mark.size());
  return std::string(trim(out));
}

// The root may have a prefix ("<dmarc:feedback"); what comes before it is a declaration or a comment.
bool looks_like_aggregate(std::string_view sample) {
  return sample.starts_with('<') &&
         (sample.find("<feedback") != std::string_view::npos || sample.find(":feedback") != std::string_view::npos ||
          (sample.starts_with("<?xml") && sample.find("<html") == std::string_view::npos));
}

bool looks_like_tls(std::string_view sample) {
  return sample.starts_with('{');
}

// A whole message that somebody has attached with an encoding, which RFC 2046 section 5.2.1 forbids.
bool looks_like_message(std::string_view bytes) {
  mime::HeaderSection const header = mime::HeaderSection::parse(bytes.substr(0, kSample));
  return header.find_first("MIME-Version") && header.find_first("Content-Type");
}

class Search {
 public:
  explicit Search(DocumentLimits const& limits) : limits_(limits), room_(limits.bytes) {}

  void message(std::string_view bytes, std::size_t depth) {
    mime::MessageParser parser;
    parser.feed(bytes);
    mime::Summary const summary = std::move(parser).finish();
    part(summary.root, bytes, depth);
  }

  Documents take() && { return std::move(out_); }

 private:
  // RFC 5965 section 2: text for people, the fields, the message or its header section.
  void part(mime::Part const& part, std::string_view bytes, std::size_t depth) {
    if (part.kind == mime::Part::Kind::leaf) {
      if (part.type == "message" && part.subtype == "feedback-report")
        return add({Document::Kind::failure, body_of(part, bytes)});
      return content(body_of(part, bytes), depth);
    }
    std::size_t const before = out_.found.size();
    for (mime::Part const& child : part.children) {
      bool const follows_failure =
          out_.found.size() > before && out_.found.back().kind == Document::Kind::failure && part.subtype == "report";
      if (follows_failure && out_.found.back().original.empty() && (child.type == "message" || child.type == "text")) {
        out_.found.back().original = bytes.substr(child.body_begin, std::min<std::size_t>(child.size(), kSample * 4));
        continue;
      }
      this->part(child, bytes, depth);
    }
  }

  static std::string body_of(mime::Part const& part, std::string_view bytes) {
    return mime::decode_transfer(bytes.substr(part.body_begin, part.size()), mime::transfer_encoding(part.encoding));
  }

  void content(std::string bytes, std::size_t depth) {
    if (is_gzip(bytes)) return gzipped(bytes, depth);
    if (is_zip(bytes)) return zipped(bytes, depth);
    std::string const sample = sample_of(bytes);
    if (looks_like_aggregate(sample)) return add({Document::Kind::aggregate, std::move(bytes)});
    if (looks_like_tls(sample)) return add({Document::Kind::tls, std::move(bytes)});
    if (looks_like_message(bytes) && goes_deeper(depth)) message(bytes, depth + 1);
  }

  void gzipped(std::string const& bytes, std::size_t depth) {
    if (!goes_deeper(depth)) return;
    Result<std::string> unpacked = gunzip(bytes, room_);
    if (!unpacked) return problem(unpacked.error().detail);
    content(*std::move(unpacked), depth + 1);
  }

  void zipped(std::string const& bytes, std::size_t depth) {
    if (!goes_deeper(depth)) return;
    Result<std::vector<ZipFile>> files = read_zip(bytes, limits_.documents, room_);
    if (!files) return problem(files.error().detail);
    for (ZipFile& file : *files) content(std::move(file.bytes), depth + 1);
  }

  bool goes_deeper(std::size_t depth) {
    if (depth < limits_.depth) return true;
    problem(fmt::format("it is packed more than {} times", limits_.depth));
    return false;
  }

  void add(Document document) {
    if (out_.found.size() >= limits_.documents) return problem(fmt::format("more than {} reports", limits_.documents));
    out_.found.push_back(std::move(document));
  }

  void problem(std::string what) {
    if (out_.problems.size() < limits_.documents) out_.problems.push_back(std::move(what));
  }

  DocumentLimits const& limits_;
  std::size_t room_;  // for what is still to be unpacked
  Documents out_;
};

}  // namespace

Documents find_documents(std::string_view message, DocumentLimits const& limits) {
  Search search(limits);
  search.message(message, 0);
  return std::move(search).take();
}

}  // namespace yubin::report
