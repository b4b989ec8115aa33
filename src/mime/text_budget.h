// A bound on the text that is kept of one message, however many values it is spread over. Internal to mime.
#pragma once

#include <cstddef>
#include <string>

namespace yubin::mime {

class TextBudget {
 public:
  static constexpr std::size_t kOverhead = 4;  // of each value, in memory and in a record

  TextBudget(std::size_t& left, std::size_t value_bytes, bool& complete)
      : left_(left), value_bytes_(value_bytes), complete_(complete) {}

  // Pays for `text`, cutting it if it is too long. False, and `text` is empty, if nothing is left.
  bool keep(std::string& text) {
    if (left_ < kOverhead) {
      text.clear();
      complete_ = false;
      return false;
    }
    left_ -= kOverhead;
    std::size_t room = left_ < value_bytes_ ? left_ : value_bytes_;
    if (text.size() > room) {
      text.resize(room);
      complete_ = false;
    }
    left_ -= text.size();
    return true;
  }

 private:
  std::size_t& left_;
  std::size_t value_bytes_;
  bool& complete_;
};

}  // namespace yubin::mime
