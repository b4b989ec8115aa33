#!/bin/sh
# Installs the Debian packages that packaging/debian-packages.txt lists. Does nothing, quickly, when all are there.
# Plain sh and dpkg only: it runs on a machine that has neither python3 nor cmake yet.
set -eu
cd "$(dirname "$0")/.."
list=packaging/debian-packages.txt

if ! command -v dpkg-query >/dev/null; then
  echo "make deps: this is not a Debian system; install what $list names by your own means" >&2
  exit 1
fi

wanted=$(sed 's/#.*//' "$list")
# dpkg-query fails when it does not know one of the names, but still tells about the others.
installed=$(dpkg-query -W -f='${Package} ${db:Status-Status}\n' $wanted 2>/dev/null | sed -n 's/ installed$//p') || true
missing=
for package in $wanted; do
  if ! printf '%s\n' "$installed" | grep -qxF "$package"; then
    missing="$missing $package"
  fi
done
if [ -z "$missing" ]; then
  exit 0
fi

as_root=
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "make deps: run it as root, or install sudo: these packages are missing:$missing" >&2
    exit 1
  fi
  as_root=sudo
fi
echo "make deps: installing$missing"
$as_root apt-get -o Acquire::Retries=3 update
# Debian starts a service as soon as it is installed, unless this file says no. Tests start what they need themselves.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  trap '$as_root rm -f $policy' EXIT
  printf '#!/bin/sh\nexit 101\n' | $as_root tee $policy >/dev/null
  $as_root chmod 755 $policy
fi
$as_root env DEBIAN_FRONTEND=noninteractive \
  apt-get -o Acquire::Retries=3 install --yes --no-install-recommends $missing
