#include "smtp/data_writer.h"

#include <algorithm>

namespace yubin::smtp {

namespace {

// Where the next LF is, found once and not again for every bare CR before it.
class NextLf {
 public:
  explicit NextLf(std::string_view text) : text_(text) {}
  std::size_t from(std::size_t at) {
    if (!found_ || position_ < at) {
      position_ = std::min(text_.find('\n', at), text_.size());
      found_ = true;
    }
    return position_;
  }

 private:
  std::string_view text_;
  std::size_t position_ = 0;
  bool found_ = false;
};

}  // namespace

void DataWriter::end_line(std::string& out) {
  out += "\r\n";
  line_start_ = true;
}

void DataWriter::write(std::string_view bytes, std::string& out) {
  NextLf next_lf(bytes);
  std::size_t at = 0;
  while (at < bytes.size()) {
    if (after_cr_) {
      after_cr_ = false;
      end_line(out);
      if (bytes[at] == '\n') ++at;
      continue;
    }
    std::string_view line = bytes.substr(at, next_lf.from(at) - at);
    line = line.substr(0, line.find('\r'));
    if (!line.empty()) {
      if (line_start_ && framing_ == Framing::dots && line.front() == '.') out += '.';
      line_start_ = false;
      out += line;
      at += line.size();
    }
    if (at == bytes.size()) return;
    if (bytes[at] == '\r') {
      after_cr_ = true;
    } else {
      end_line(out);
    }
    ++at;
  }
}

void DataWriter::finish(std::string& out) {
  if (after_cr_) end_line(out);
  after_cr_ = false;
  if (framing_ == Framing::chunks) return;
  if (!line_start_) end_line(out);
  out += ".\r\n";
}

}  // namespace yubin::smtp
