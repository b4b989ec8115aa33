// A summary as a document: JSON for programs, Markdown for a terminal or a mail, HTML with a plot for a browser.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "report/summary.h"

namespace yubin::report {

enum class Format { json, markdown, html };
std::optional<Format> parse_format(std::string_view word);

enum class Language { english, japanese };
std::optional<Language> parse_language(std::string_view word);  // "en", "ja"

// HTML is one page without anything from elsewhere; what reporters wrote is escaped in it, and in Markdown. JSON has no
// language.
std::string print_dmarc(DmarcSummary const& summary, Format format, Language language);
std::string print_tls(TlsSummary const& summary, Format format, Language language);

std::string date_text(Day day);  // "2026-11-21"

}  // namespace yubin::report
