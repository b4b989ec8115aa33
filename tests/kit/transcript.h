// Transcripts: dialogues in files, one requirement each, run against anything that answers bytes with bytes. The same
// format is read by transcript.py.
//
//   # mail before EHLO is refused               The first comment names the requirement and its RFC.
//   # only: session                             Not for a whole server, whose limits are others.
//   C: MAIL FROM:<$USER>                        The client sends this line and CR LF.
//   C" MAIL FROM:<>\r\n.\x00\{abc}*1000         The client sends these bytes: \r \n \t \\ \xNN, and \{text}*COUNT
//   repeats
//                                               the text, which may have escapes too.
//   S: 503 5.5.1 Bad sequence of commands       The server's next line, exactly.
//   S~ 250 2\.0\.0 .*                           The next line as a whole matches (ECMAScript); (?<NAME>...) sets $NAME.
//   S* 250                                      Lines are skipped up to one that is this, or begins with it and a
//   space. S! close                                    The server closes the connection and nothing more comes. C! tls
//   The client starts TLS, which the server has agreed to. C! close                                    The client
//   closes the connection. 2C: NOOP                                    On the second connection; a number at the front
//   selects one.
//
// One space after the sign belongs to the format. $NAME and ${NAME} are replaced: $USER $PASS $USER2 $PASS2 $DOMAIN
// $HOST and what S~ has set; an unknown name is an error, $$ is a dollar. Consecutive C: and C" lines are sent as one
// piece, so pipelining is writing them one after the other. A connection opens when a line first names it. At the end
// nothing that the server sent may be left over.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace yubin::kit {

class Connection {
 public:
  virtual ~Connection() = default;
  virtual void send(std::string_view bytes) = 0;
  // The bytes that came since the last call; waits for some if they may still come. Empty: none will come, because the
  // server has closed or, for a server that cannot keep one waiting, has nothing to say.
  virtual std::string receive() = 0;
  virtual std::string pending() = 0;  // the same, but never waits
  virtual bool is_closed() = 0;       // by the server
  virtual void start_tls() = 0;
};

using Connect = std::function<std::unique_ptr<Connection>()>;
using Variables = std::map<std::string, std::string>;

struct Step {
  enum class Kind { send_line, send_raw, exact, pattern, skip_to, closed, tls, close };
  Kind kind;
  int connection;  // from 1
  int line;        // in the file
  std::string text;
};

struct Transcript {
  std::filesystem::path file;
  std::string requirement;    // the first comment
  bool only_session = false;  // "# only: session"
  std::vector<Step> steps;
};

// Throws std::runtime_error, with file and line, for a file that cannot be read or does not have this format.
Transcript read_transcript(std::filesystem::path const& file);

// All transcripts right in this folder, in the order of their names.
std::vector<std::filesystem::path> find_transcripts(std::filesystem::path const& folder);

// Runs it; the result is empty if all went as written, else "file:line: what was expected, what came".
std::string run(Transcript const& transcript, Connect const& connect, Variables variables);

}  // namespace yubin::kit
