// A message's bytes as they go on the wire after DATA or BDAT.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace yubin::smtp {

// The reverse of DataFramer. Every line ends in CR LF: a CR or LF that stands alone in the message becomes one, since
// another server might take it for the end of a line, and with it what follows for the end of the data.
class DataWriter {
 public:
  enum class Framing {
    dots,    // DATA: a line that begins with a dot gets another one (RFC 5321 section 4.5.2)
    chunks,  // BDAT: the length tells where the end is (RFC 3030 section 2)
  };
  explicit DataWriter(Framing framing) : framing_(framing) {}

  // Appends what `bytes`, the next piece of the message, is on the wire: at most twice as long, and 2.
  void write(std::string_view bytes, std::string& out);
  // The message is over. With dots also the CR LF that its last line may lack, and the line that ends the data.
  void finish(std::string& out);

 private:
  void end_line(std::string& out);

  Framing framing_;
  bool line_start_ = true;
  bool after_cr_ = false;  // a CR is kept back until it is known what follows
};

}  // namespace yubin::smtp
