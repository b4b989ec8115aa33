"""Verdicts of Debian's other programs for SPF and DKIM, to compare ours with.

The Python libraries are Debian's, so this file is also a program for Debian's Python: a JSON object on standard input,
{"work": "sign" | "dkim" | "arc" | "spf", ...}, and the answers as a JSON list on standard output.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

PYTHON = "/usr/bin/python3"

# Mail::DKIM, with a table in the place of the DNS: lines "NAME TEXT", then the messages.
PERL = r"""
use strict; use warnings; use Net::DNS; use Mail::DKIM::Verifier; use Mail::DKIM::DNS;
my ($table, @files) = @ARGV;
my %zone;
open(my $in, '<', $table) or die; while (<$in>) { chomp; my ($n, $t) = split / /, $_, 2; $zone{$n} = $t; }
{ no warnings 'redefine';
  *Mail::DKIM::DNS::query = sub {
    my ($name, $type) = @_;
    my $text = $zone{lc $name};
    return () unless defined $text && $type eq 'TXT';
    return (Net::DNS::RR->new(owner => $name, type => 'TXT', txtdata => [unpack('(a250)*', $text)]));
  };
}
for my $file (@files) {
  open(my $message, '<:raw', $file) or die;
  local $/; my $text = <$message>;
  my $result = eval { my $v = Mail::DKIM::Verifier->new; $v->PRINT($text); $v->CLOSE; $v->result } // 'error';
  print "$result\n";
}
"""


def ask(request):
    """What Debian's Python says."""
    done = subprocess.run([PYTHON, __file__], input=json.dumps(request), capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def in_files(folder, messages):
    paths = []
    for number, message in enumerate(messages):
        path = pathlib.Path(folder) / f"{number}.eml"
        path.write_bytes(message)
        paths.append(str(path))
    return paths


def mail_dkim(messages, keys):
    """Mail::DKIM: "pass" or another word for each message. `keys`: name -> text of the record."""
    with tempfile.TemporaryDirectory() as folder:
        table = pathlib.Path(folder) / "zone"
        table.write_text("".join(f"{name} {text}\n" for name, text in keys.items()))
        done = subprocess.run(["perl", "-e", PERL, str(table), *in_files(folder, messages)], capture_output=True,
                              text=True, check=True)
        return done.stdout.split()


def opendkim(messages, keys):
    """opendkim as it tests a file: "pass" or "fail" for each message."""
    with tempfile.TemporaryDirectory() as folder:
        table = pathlib.Path(folder) / "keys"
        table.write_text("".join(f"{name} {text}\n" for name, text in keys.items()))
        config = pathlib.Path(folder) / "conf"
        config.write_text(f"Mode v\nSyslog no\nTestDNSData {table}\n")
        verdicts = []
        for path in in_files(folder, messages):
            done = subprocess.run(["opendkim", "-t", path, "-x", str(config)], capture_output=True, text=True)
            verdicts.append("pass" if "succeeded" in done.stdout + done.stderr else "fail")
        return verdicts


# What follows runs in Debian's Python.


def sign_with_dkimpy(request):
    import dkim

    signed = []
    for one in request["messages"]:
        message = one["message"].encode("latin-1")
        field = dkim.sign(message, one["selector"].encode(), one["domain"].encode(), one["key"].encode(),
                          canonicalize=tuple(form.encode() for form in one["forms"]),
                          include_headers=[name.encode() for name in one["fields"]],
                          signature_algorithm=one["algorithm"].encode())
        signed.append((field + message).decode("latin-1"))
    return signed


def verify_with_dkimpy(request):
    import dkim

    def look_up(name, timeout=5):
        text = request["keys"].get(name.decode().rstrip("."))
        return text.encode() if text else None

    verdicts = []
    for message in request["messages"]:
        try:
            verdicts.append("pass" if dkim.verify(message.encode("latin-1"), dnsfunc=look_up) else "fail")
        except Exception:  # dkimpy raises for much that is merely no good signature
            verdicts.append("fail")
    return verdicts


def verify_arc_with_dkimpy(request):
    import dkim

    def look_up(name, timeout=5):
        text = request["keys"].get(name.decode().rstrip("."))
        return text.encode() if text else None

    return [dkim.arc_verify(message.encode("latin-1"), dnsfunc=look_up)[0].decode() for message in request["messages"]]


def check_with_pyspf(request):
    import spf

    verdicts = []
    for one in request["checks"]:
        zone = one["zone"]

        def look_up(name, kind, tcpfallback=True, timeout=30, zone=zone):
            for type_, value in zone.get(name.rstrip(".").lower(), []):
                if type_ == "FAIL":
                    raise spf.TempError("DNS timeout")
                if type_ == kind:
                    yield (name, kind), tuple([value.encode()]) if kind == "TXT" else value

        spf.DNSLookup = look_up
        verdicts.append(spf.query(i=one["ip"], s=one["from"], h=one["helo"], strict=1, querytime=0).check()[0])
    return verdicts


if __name__ == "__main__":
    request = json.load(sys.stdin)
    work = {"sign": sign_with_dkimpy, "dkim": verify_with_dkimpy, "arc": verify_arc_with_dkimpy, "spf": check_with_pyspf}[request["work"]]
    json.dump(work(request), sys.stdout)
