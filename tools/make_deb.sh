#!/bin/sh
# Makes a Debian package of a built program: tools/make_deb.sh BINARY OUTPUT_FOLDER. The last line is the package's path.
# Needs dpkg-dev; no root. Times come from the last commit, so that the same sources give the same package.
set -eu

binary=$1
output=$2
source=$(cd "$(dirname "$0")/.." && pwd)
version=$("$binary" --version | sed 's/^yubin //')
architecture=$(dpkg --print-architecture)
SOURCE_DATE_EPOCH=$(git -C "$source" log -1 --format=%ct 2>/dev/null || echo 0)
export SOURCE_DATE_EPOCH

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root

install -D -m 0755 "$binary" "$root/usr/bin/yubin"
strip --strip-unneeded --remove-section=.comment "$root/usr/bin/yubin"
install -d "$root/usr/sbin" "$root/usr/lib"
ln -s ../bin/yubin "$root/usr/sbin/sendmail"
ln -s ../sbin/sendmail "$root/usr/lib/sendmail"
ln -s yubin "$root/usr/bin/mailq"
ln -s yubin "$root/usr/bin/newaliases"
install -d -m 0750 "$root/etc/yubin"
install -d -m 0700 "$root/var/lib/yubin" "$root/var/backups/yubin"
install -D -m 0644 "$source/packaging/deb/yubin.service" "$root/usr/lib/systemd/system/yubin.service"

doc=$root/usr/share/doc/yubin
install -d "$doc" "$root/usr/share/man/man1" "$root/usr/share/man/man5"
install -m 0644 "$source/README.md" "$source/README.ja.md" "$source/packaging/deb/copyright" "$doc"
gzip -9n <"$source/CHANGELOG.md" >"$doc/changelog.gz"
"$binary" config sample >"$doc/yubin.toml.sample"
"$binary" manual 1 | gzip -9n >"$root/usr/share/man/man1/yubin.1.gz"
gzip -9n <"$source/packaging/deb/sendmail.1" >"$root/usr/share/man/man1/sendmail.1.gz"
for name in mailq newaliases; do ln -s sendmail.1.gz "$root/usr/share/man/man1/$name.1.gz"; done
"$binary" manual 5 | gzip -9n >"$root/usr/share/man/man5/yubin.toml.5.gz"
install -d "$root/usr/share/bash-completion/completions" "$root/usr/share/zsh/vendor-completions"
"$binary" completion bash >"$root/usr/share/bash-completion/completions/yubin"
"$binary" completion zsh >"$root/usr/share/zsh/vendor-completions/_yubin"

# Which packages the program's libraries are in, and from which version on.
install -d "$work/shlibs/debian"
printf 'Source: yubin\n\nPackage: yubin\nArchitecture: any\n' >"$work/shlibs/debian/control"
depends=$(cd "$work/shlibs" && dpkg-shlibdeps -O "$root/usr/bin/yubin" 2>/dev/null | sed -n 's/^shlibs:Depends=//p')

control=$root/DEBIAN
install -d -m 0755 "$control"
sed -e "s/@VERSION@/$version/" -e "s/@ARCHITECTURE@/$architecture/" -e "s/@DEPENDS@/$depends/" \
  -e "s/@SIZE@/$(du -sk "$root" | cut -f1)/" "$source/packaging/deb/control.in" >"$control/control"
for script in postinst prerm postrm; do
  install -m 0755 "$source/packaging/deb/$script" "$control/$script"
done
(cd "$root" && find usr -type f -exec md5sum {} + | sort -k2 >"$control/md5sums")

mkdir -p "$output"
package=$output/yubin_${version}_${architecture}.deb
dpkg-deb --root-owner-group --build "$root" "$package" >/dev/null
echo "$package"
