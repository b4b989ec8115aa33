// The words of a page in each language.
#pragma once

#include <string_view>

#include "report/page.h"

namespace yubin::report {

struct PageWords {
  std::string_view code;  // of the language, for HTML
  std::string_view dmarc_title;
  std::string_view tls_title;
  std::string_view to;  // between two dates
  std::string_view messages;
  std::string_view sessions;
  std::string_view passed;
  std::string_view failed;
  std::string_view reports;
  std::string_view records;
  std::string_view unreadable;
  std::string_view sources;
  std::string_view standing[3];  // in the order of Standing
  std::string_view address;
  std::string_view name;
  std::string_view unknown_name;  // not looked up yet
  std::string_view no_name;
  std::string_view quarantined;
  std::string_view rejected;
  std::string_view authors;
  std::string_view reporters;
  std::string_view day;
  std::string_view per_day;
  std::string_view failures;
  std::string_view single_failures;
  std::string_view policy;
  std::string_view result;
  std::string_view host;
  std::string_view sender;
  std::string_view reason;
  std::string_view subject;
  std::string_view count;
  std::string_view nothing;
};

PageWords const& page_words(Language language);

}  // namespace yubin::report
