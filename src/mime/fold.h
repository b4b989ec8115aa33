// The form in which texts are compared without regard to case and width.
#pragma once

#include <string>
#include <string_view>

namespace yubin::mime {

// Unicode's NFKC with case folding: "Ａ", "A" and "a" are one, and so are "ｶﾞ" and "ガ". Of UTF-8 that is not valid the
// ASCII letters are folded.
std::string fold_text(std::string_view utf8);

}  // namespace yubin::mime
