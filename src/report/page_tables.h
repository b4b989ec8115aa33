// What a page shows, as tables of text: Markdown and HTML differ only in how they write them.
#pragma once

#include <string>
#include <vector>

#include "report/page_words.h"
#include "report/summary.h"

namespace yubin::report {

struct PageTable {
  std::string title;
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> kinds{};  // of each row, for its colour; may be empty
};

struct Page {
  std::string title;
  std::string summary;  // one line
  std::vector<DaySum> days;
  std::vector<PageTable> tables;
};

Page page_of(DmarcSummary const& summary, PageWords const& words);
Page page_of(TlsSummary const& summary, PageWords const& words);

}  // namespace yubin::report
