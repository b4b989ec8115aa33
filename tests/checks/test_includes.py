import unittest

from planted import PlantedTree

from checks import asio, includes


class Includes(PlantedTree):
    def test_what_the_table_allows_passes(self):
        self.write("src/smtp/session.h", '#include <string>\n#include "base/text.h"\n#include "smtp/reply.h"\n')
        self.write("src/smtp/session_test.cpp", '#include "tests/kit/fake.h"\n#include "mime/address.h"\n')
        self.write("tests/kit/fake.h", '#include "store/mailbox.h"\n#include "tests/kit/other.h"\n')
        self.assert_clean(includes.check)

    def test_a_folder_that_the_row_does_not_name(self):
        self.write("src/smtp/session.cpp", '#include "base/text.h"\n\n#include "store/mailbox.h"\n')
        self.assert_found(includes.check, 'src/smtp/session.cpp:3: "store/mailbox.h": smtp may include base mime')

    def test_tests_of_a_folder_obey_its_row_too(self):
        self.write("src/base/text_test.cpp", '#include "mime/address.h"\n')
        self.assert_found(includes.check, 'src/base/text_test.cpp:1: "mime/address.h": base may include nothing')

    def test_an_unknown_folder_in_an_include(self):
        self.write("src/smtp/session.cpp", '#include "fmt/format.h"\n')
        self.assert_found(includes.check, 'src/smtp/session.cpp:1: "fmt/format.h": fmt has no row')

    def test_a_folder_without_a_row_is_named_once(self):
        self.write("src/lists/a.cpp", "")
        self.write("src/lists/b.cpp", "")
        self.assert_found(includes.check, "src/lists/a.cpp:1: src/lists/ has no row")

    def test_an_include_without_its_folder(self):
        self.write("src/smtp/session.cpp", '#include "reply.h"\n#include "../mime/address.h"\n')
        self.assert_found(includes.check, 'src/smtp/session.cpp:1: "reply.h" does not say its folder',
                          'src/smtp/session.cpp:2: "../mime/address.h" does not say its folder')

    def test_our_own_header_in_angle_brackets(self):
        self.write("src/net/socket.h", "")
        self.write("src/net/socket.cpp", "#include <net/if.h>\n#include <net/socket.h>\n")
        self.assert_found(includes.check, "src/net/socket.cpp:2: <net/socket.h> is our own header")

    def test_the_program_does_not_include_what_is_for_tests(self):
        self.write("src/smtp/session.cpp", '#include "tests/kit/fake.h"\n')
        self.write("src/smtp/session_fuzz.cpp", '#include "tests/transcripts/play.h"\n')
        self.assert_found(includes.check, 'src/smtp/session.cpp:1: "tests/kit/fake.h" is for test',
                          'src/smtp/session_fuzz.cpp:1: "tests/transcripts/play.h" is for test')

    def test_a_table_whose_rows_are_out_of_order_or_garbled(self):
        self.write("src/folders.txt", "mime: base\nbase:\nstore base\n")
        self.assert_found(includes.check, "src/folders.txt:1: mime names base, which has no row above it",
                          "src/folders.txt:3: not a row")


class Asio(PlantedTree):
    def test_a_folder_with_asio_in_its_row_may(self):
        self.write("src/net/socket.cpp", "#include <boost/asio.hpp>\n")
        self.write("src/smtp/session.cpp", "#include <boost/json.hpp>\n")
        self.assert_clean(asio.check)

    def test_asio_and_beast_elsewhere(self):
        self.write("src/smtp/session.cpp", "#include <string>\n#include <boost/asio/ip/tcp.hpp>\n")
        self.write("src/store/store.h", "#  include <boost/beast.hpp>\n")
        self.assert_found(asio.check, "src/smtp/session.cpp:2: smtp may not include boost/asio/ip/tcp.hpp",
                          "src/store/store.h:1: store may not include boost/beast.hpp")


if __name__ == "__main__":
    unittest.main()
