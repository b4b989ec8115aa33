// PageBuilder: fills a page of a scan up to its limits; the one place that says when a page is full.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "kv/types.h"

namespace yubin::kv {

class PageBuilder {
 public:
  explicit PageBuilder(Limit limit) : limit_(limit) {}

  // The next row in key order. False: it does not fit any more, and the next page begins with it.
  bool add(std::string_view key, std::string_view value) {
    bool const fits = page_.rows.size() < limit_.rows && bytes_ + key.size() + value.size() <= limit_.bytes;
    if (!fits && !page_.rows.empty()) {
      page_.next = std::string(key);
      return false;
    }
    bytes_ += key.size() + value.size();
    page_.rows.push_back({std::string(key), std::string(value)});
    return true;
  }
  Page take() { return std::move(page_); }

 private:
  Limit limit_;
  std::size_t bytes_ = 0;
  Page page_;
};

}  // namespace yubin::kv
