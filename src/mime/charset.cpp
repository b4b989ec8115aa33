#include "mime/charset.h"

#include <unicode/ucnv.h>
#include <unicode/ucnv_cb.h>
#include <unicode/ustring.h>
#include <unicode/utf16.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/text.h"
#include "mime/lexer.h"
#include "mime/pictograms.h"

namespace yubin::mime {

namespace {

constexpr std::size_t kSample = 64 * 1024;  // of a text, for guessing

// A charset whose bytes below 0x80, but for ESC, SO and SI, are ASCII: the name that we show, the converters to try one
// after the other, the labels that mean it.
struct Charset {
  std::string_view name;
  std::array<char const*, 3> converters;
  std::string_view labels;  // lower-case, each between blanks
};

// ICU's ISO-2022-JP knows NEC row 13, the IBM extensions and ESC ( I; version 4 ("JIS8") adds JIS X 0212 and 8-bit
// kana, version 3 ("JIS7") kana after SO. Its Shift_JIS is CP932. The others are what Windows and WHATWG take.
constexpr Charset kUtf8{"utf-8", {"UTF-8"}, " utf-8 utf8 cp65001 unicode-1-1-utf-8 utf-8n "};
constexpr Charset kJis{
    "iso-2022-jp",
    {"ISO_2022,locale=ja,version=0", "ISO_2022,locale=ja,version=4", "ISO_2022,locale=ja,version=3"},
    " iso-2022-jp iso-2022-jp-ms iso2022jp iso2022-jp csiso2022jp cp50220 cp50221 cp50222 "
    "windows-50220 windows-50221 x-windows-50220 x-windows-50221 x-windows-iso2022jp jis iso-2022-jp-1 "};
constexpr Charset kShiftJis{"shift_jis",
                            {"ibm-943_P15A-2003"},
                            " shift_jis shift-jis shiftjis x-sjis x-shift-jis sjis sjis-win ms_kanji csshiftjis cp932 "
                            "ms932 windows-31j cswindows31j windows-932 x-ms-cp932 "};
constexpr Charset kEucJp{"euc-jp", {"euc-jp-2007"}, " euc-jp eucjp x-euc-jp x-euc eucjp-win eucjp-ms cp51932 ujis "};
constexpr Charset kWestern{
    "windows-1252", {"windows-1252"}, " windows-1252 cp1252 iso-8859-1 iso8859-1 iso_8859-1 latin1 l1 x-ansi ansi "};
constexpr Charset kCharsets[] = {
    kUtf8,
    kJis,
    kShiftJis,
    kEucJp,
    kWestern,
    {"gb18030", {"gb18030"}, " gb18030 gb2312 gb_2312-80 euc-cn x-gbk gbk cp936 windows-936 "},
    {"big5", {"ibm-1375_P100-2008"}, " big5 big5-hkscs x-x-big5 cp950 windows-950 big-5 "},
    {"euc-kr", {"windows-949-2000"}, " euc-kr ks_c_5601-1987 ksc5601 ksc_5601 cp949 windows-949 uhc "},
    {"windows-1254", {"windows-1254"}, " iso-8859-9 latin5 windows-1254 cp1254 "},
    {"windows-874", {"windows-874-2000"}, " tis-620 iso-8859-11 windows-874 "},
};

struct ConverterCloser {
  void operator()(UConverter* converter) const { ucnv_close(converter); }
};
using Converter = std::unique_ptr<UConverter, ConverterCloser>;

// What reading a text has met.
struct Trouble {
  bool jis = false;  // two bytes that mean nothing may be a pictogram
  std::size_t errors = 0;
};

// KDDI's phones wrote their pictograms into ISO-2022-JP 22 rows above where Shift_JIS has them; rows 85 to 88 are free.
std::optional<Pictogram> find_jis_pictogram(unsigned char first, unsigned char second) {
  if (first < 0x75 || first > 0x78 || second < 0x21 || second > 0x7e) return std::nullopt;
  int row = first - 0x21 + 22;
  int lead = row / 2 + 0xc1;
  int trail = row % 2 == 0 ? second + 0x1f + (second >= 0x60 ? 1 : 0) : second + 0x7e;
  return find_pictogram(static_cast<std::uint16_t>(lead << 8 | trail));
}

void append(std::u16string& out, char32_t c) {
  if (c > 0xffff) {
    out.push_back(static_cast<char16_t>(U16_LEAD(c)));
    out.push_back(static_cast<char16_t>(U16_TRAIL(c)));
  } else {
    out.push_back(static_cast<char16_t>(c));
  }
}

std::u16string to_utf16(Pictogram pictogram) {
  std::u16string out;
  append(out, pictogram.first);
  if (pictogram.second != 0) append(out, pictogram.second);
  return out;
}

void on_trouble(void const* context, UConverterToUnicodeArgs* args, char const* bytes, std::int32_t length,
                UConverterCallbackReason reason, UErrorCode* error) {
  if (reason > UCNV_IRREGULAR) return;
  *error = U_ZERO_ERROR;
  auto& trouble = *static_cast<Trouble*>(const_cast<void*>(context));
  // ICU objects to two escape sequences in a row; pieces that were put together have them.
  if (trouble.jis && reason == UCNV_IRREGULAR) return;
  if (trouble.jis && length == 2) {
    if (auto pictogram =
            find_jis_pictogram(static_cast<unsigned char>(bytes[0]), static_cast<unsigned char>(bytes[1]))) {
      std::u16string text = to_utf16(*pictogram);
      ucnv_cbToUWriteUChars(args, text.data(), static_cast<std::int32_t>(text.size()), 0, error);
      return;
    }
  }
  ++trouble.errors;
  char16_t const replacement = 0xfffd;
  ucnv_cbToUWriteUChars(args, &replacement, 1, 0, error);
}

Converter open_converter(char const* name) {
  UErrorCode error = U_ZERO_ERROR;
  Converter converter(ucnv_open(name, &error));
  return U_FAILURE(error) != 0 ? nullptr : std::move(converter);
}

// The converters of kCharsets stay open, one each for a thread.
UConverter* cached_converter(char const* name) {
  struct Entry {
    char const* name;
    Converter converter;
  };
  static thread_local std::vector<Entry> entries;
  auto found = std::ranges::find(entries, name, &Entry::name);
  if (found == entries.end()) found = entries.insert(found, {name, open_converter(name)});
  return found->converter.get();
}

struct Reading {
  std::u16string text;
  std::size_t errors = 0;
};

Reading read(std::string_view bytes, UConverter* converter, bool jis) {
  Reading out;
  if (converter == nullptr) return {.text = {}, .errors = bytes.size() + 1};
  Trouble trouble{.jis = jis};
  UErrorCode error = U_ZERO_ERROR;
  ucnv_reset(converter);
  ucnv_setToUCallBack(converter, on_trouble, &trouble, nullptr, nullptr, &error);
  char const* from = bytes.data();
  char const* end = from + bytes.size();
  std::array<char16_t, 4096> buffer;
  do {
    error = U_ZERO_ERROR;
    char16_t* to = buffer.data();
    ucnv_toUnicode(converter, &to, buffer.data() + buffer.size(), &from, end, nullptr, true, &error);
    out.text.append(buffer.data(), to);
  } while (error == U_BUFFER_OVERFLOW_ERROR);
  if (U_FAILURE(error) != 0) ++trouble.errors;
  out.errors = trouble.errors;
  return out;
}

bool is_jis(Charset const& charset) {
  return charset.name == kJis.name;
}

Reading read(std::string_view bytes, Charset const& charset, std::size_t converter) {
  return read(bytes, cached_converter(charset.converters[converter]), is_jis(charset));
}

// User-defined characters of Shift_JIS come out of ICU in U+E000 to U+E757, in their order.
std::u16string with_pictograms(std::u16string const& text) {
  std::u16string out;
  for (char16_t c : text) {
    if (c < 0xe000 || c > 0xe757) {
      out.push_back(c);
      continue;
    }
    int index = c - 0xe000;
    int trail = index % 188 + 0x40;
    auto code = static_cast<std::uint16_t>((index / 188 + 0xf0) << 8 | (trail >= 0x7f ? trail + 1 : trail));
    auto pictogram = find_pictogram(code);
    out += pictogram ? to_utf16(*pictogram) : std::u16string(1, c);
  }
  return out;
}

std::string to_utf8(std::u16string_view text) {
  if (text.starts_with(u'\ufeff')) text.remove_prefix(1);
  std::string out;
  while (!text.empty()) {
    std::size_t taken = std::min(text.size(), kSample);
    if (taken < text.size() && U16_IS_LEAD(text[taken - 1])) --taken;  // its other half is in the next round
    std::size_t begin = out.size();
    out.resize(begin + taken * 3);
    std::int32_t length = 0;
    UErrorCode error = U_ZERO_ERROR;
    // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): the length is two arguments on
    u_strToUTF8WithSub(out.data() + begin, static_cast<std::int32_t>(taken * 3), &length, text.data(),
                       static_cast<std::int32_t>(taken), 0xfffd, nullptr, &error);
    out.resize(begin + static_cast<std::size_t>(length));
    text.remove_prefix(taken);
  }
  return out;
}

DecodedText result(Reading reading, Charset const& charset, CharsetStep step) {
  if (charset.name == kShiftJis.name) reading.text = with_pictograms(reading.text);
  return {.text = to_utf8(reading.text), .step = step, .charset = std::string(charset.name)};
}

bool is_plain_ascii(std::string_view bytes) {
  return std::ranges::all_of(
      bytes, [](char c) { return static_cast<unsigned char>(c) < 0x80 && c != '\x1b' && c != '\x0e' && c != '\x0f'; });
}

bool is_seven_bit(std::string_view bytes) {
  return std::ranges::all_of(bytes, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// An escape sequence of ISO-2022-JP (RFC 1468, and ESC ( I of CP50221) in 7-bit text.
bool looks_like_jis(std::string_view bytes) {
  if (!is_seven_bit(bytes)) return false;
  for (std::string_view sequence : {"\x1b$B", "\x1b$@", "\x1b$(D", "\x1b(I", "\x1b(J"}) {
    if (bytes.find(sequence) != std::string_view::npos) return true;
  }
  return false;
}

Charset const* find_charset(std::string_view label) {
  if (label.empty() || label.find(' ') != std::string_view::npos) return nullptr;
  std::string wanted = " " + std::string(label) + " ";
  auto found = std::ranges::find_if(kCharsets,
                                    [&](Charset const& c) { return c.labels.find(wanted) != std::string_view::npos; });
  return found == std::end(kCharsets) ? nullptr : &*found;
}

bool is_ascii_label(std::string_view label) {
  return label.empty() || label == "us-ascii" || label == "ascii" || label == "ansi_x3.4-1968" || label == "646";
}

// How unlikely a text is: the sum of what each character costs in mail of Japan.
std::size_t cost(Reading const& reading) {
  std::size_t sum = reading.errors * 40;
  char16_t previous = ' ';
  for (char16_t c : reading.text) {
    bool after_letter = previous < 0x80 && is_alpha(static_cast<char>(previous));
    bool after_foreign = previous >= 0x80;  // accents seldom come in a row
    if (c < 0x80) {
      sum += c < 0x20 && c != '\t' && c != '\r' && c != '\n' ? 20 : 0;
    } else if (c < 0xa0) {
      sum += 40;
    } else if (c < 0x250) {
      sum += (c < 0xc0 ? 3 : 2) + (after_foreign ? 10 : 0);
    } else if ((c >= 0x3000 && c <= 0x30ff) || (c >= 0xff00 && c <= 0xff60)) {
      sum += 0;
    } else if (c >= 0x4e00 && c <= 0x9fff) {
      sum += after_letter ? 4 : 1;
    } else if (c >= 0xff61 && c <= 0xff9f) {
      sum += 3;
    } else if (c >= 0xe000 && c <= 0xf8ff) {
      sum += 10;
    } else {
      sum += 4 + (after_foreign ? 10 : 0);
    }
    previous = c;
  }
  return sum;
}

// Is a text that `reading` makes sense of more likely UTF-8 under a wrong label? Only where it has characters of three
// bytes or more: two bytes are valid UTF-8 by chance.
bool is_rather_utf8(std::string_view bytes, Reading const& reading) {
  bool long_characters = std::ranges::any_of(bytes, [](char c) { return static_cast<unsigned char>(c) >= 0xe0; });
  return long_characters && is_utf8(bytes) && cost(read(bytes, kUtf8, 0)) < cost(reading);
}

// The likeliest reading; of equal ones the first. `declared` may be null.
DecodedText detect(std::string_view bytes, Charset const* declared) {
  std::vector<std::pair<Charset const*, std::size_t>> candidates;
  if (declared != nullptr) {
    for (std::size_t i = 0; i < declared->converters.size() && declared->converters[i] != nullptr; ++i)
      candidates.emplace_back(declared, i);
  }
  candidates.insert(candidates.end(), {{&kUtf8, 0}, {&kJis, 1}, {&kEucJp, 0}, {&kShiftJis, 0}, {&kWestern, 0}});
  std::string_view sample = bytes.substr(0, kSample);
  auto best = std::ranges::min(
      candidates, {}, [&](auto const& candidate) { return cost(read(sample, *candidate.first, candidate.second)); });
  Reading reading = read(bytes, *best.first, best.second);
  CharsetStep step = reading.errors == 0 ? CharsetStep::detected : CharsetStep::replaced;
  return result(std::move(reading), *best.first, step);
}

// A label that is not in our table but in ICU's. Names with commas are ICU's own, with options.
std::optional<DecodedText> read_by_icu(std::string_view bytes, std::string const& label) {
  auto allowed = [](char c) {
    return is_alpha(c) || is_digit(c) || std::string_view("-_.:()").find(c) != std::string_view::npos;
  };
  if (label.size() > 40 || !std::ranges::all_of(label, allowed)) return std::nullopt;
  Converter converter = open_converter(label.c_str());
  if (!converter) return std::nullopt;
  Reading reading = read(bytes, converter.get(), false);
  if (reading.errors > 0) return std::nullopt;
  return DecodedText{.text = to_utf8(reading.text), .step = CharsetStep::declared, .charset = label};
}

std::string normalized(std::string_view label) {
  label = trim(label);
  if (label.starts_with('"') || label.starts_with('\'')) label.remove_prefix(1);
  if (label.ends_with('"') || label.ends_with('\'')) label.remove_suffix(1);
  return to_lower(label);
}

}  // namespace

std::string_view to_string(CharsetStep step) {
  switch (step) {
    case CharsetStep::declared:
      return "declared";
    case CharsetStep::superset:
      return "superset";
    case CharsetStep::detected:
      return "detected";
    case CharsetStep::replaced:
      return "replaced";
  }
  return "";
}

bool is_known_charset(std::string_view charset) {
  std::string const label = normalized(charset);
  if (label.empty()) return false;
  return is_ascii_label(label) || find_charset(label) != nullptr || read_by_icu("", label).has_value();
}

DecodedText decode_text(std::string_view bytes, std::string_view charset) {
  std::string label = normalized(charset);
  Charset const* declared = find_charset(label);
  bool ascii_label = is_ascii_label(label);
  if ((declared != nullptr || ascii_label) && is_plain_ascii(bytes)) {
    return {.text = std::string(bytes),
            .step = CharsetStep::declared,
            .charset = std::string(declared ? declared->name : "us-ascii")};
  }
  // No other charset has these sequences in 7-bit text, but for ISO-2022-KR and -CN.
  if ((declared == nullptr || !is_jis(*declared)) && !label.starts_with("iso-2022-") && looks_like_jis(bytes))
    return detect(bytes, &kJis);

  if (declared != nullptr && declared->name == kUtf8.name && is_utf8(bytes)) {
    if (bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);
    return {.text = std::string(bytes), .step = CharsetStep::declared, .charset = std::string(kUtf8.name)};
  }
  if (declared != nullptr) {
    Reading reading = read(bytes, *declared, 0);
    if (reading.errors == 0 && !is_rather_utf8(bytes, reading))
      return result(std::move(reading), *declared, CharsetStep::declared);
  } else if (!ascii_label) {
    if (auto text = read_by_icu(bytes, label)) return *std::move(text);
  }
  // Before supersets: their 8-bit kana make sense of nearly anything, but nothing else looks like UTF-8.
  if (!is_seven_bit(bytes) && is_utf8(bytes)) return result(read(bytes, kUtf8, 0), kUtf8, CharsetStep::detected);
  for (std::size_t i = 1; declared != nullptr && i < declared->converters.size() && declared->converters[i] != nullptr;
       ++i) {
    Reading reading = read(bytes, *declared, i);
    if (reading.errors == 0) return result(std::move(reading), *declared, CharsetStep::superset);
  }
  return detect(bytes, declared);
}

}  // namespace yubin::mime
