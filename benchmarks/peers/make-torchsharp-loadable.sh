#!/usr/bin/env bash
# Lets TorchSharp's native library load where the system's libstdc++ is older than the one it was built with (GCC 13's).
# usage: make-torchsharp-loadable.sh FOLDER      (the build output that holds libLibTorchSharp.so)
#
# All that is missing there is one symbol, std::ios_base_library_init, of version GLIBCXX_3.4.32. A shim defines it, the library is made to need the
# shim, and the demand for that version is marked weak, which the loader lets pass. Nothing is done where the library loads as it is.
set -euo pipefail
library="${1:?usage: $0 FOLDER}/libLibTorchSharp.so"
shim=libios-base-library-init.so
symbol=_ZSt21ios_base_library_initv

# What the loader misses, a line each; a weak version that is not there is no hindrance.
missing() { ldd "$library" 2>&1 | grep 'not found' | grep -v 'weak version' || true; }
[ -n "$(missing)" ] || exit 0

need() { command -v "$1" >/dev/null || { apt-get update -qq && apt-get install -y -qq "$1" >/dev/null; }; }
need g++
need patchelf
need perl

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cp "$library" "$work/library.so"
echo '#include <iostream>
namespace std { void ios_base_library_init() { static ios_base::Init init; } }' >"$work/shim.cpp"
g++ -O2 -shared -fPIC -o "$1/$shim" "$work/shim.cpp"
patchelf --clear-symbol-version "$symbol" "$work/library.so"
patchelf --add-needed "$shim" --set-rpath '$ORIGIN' "$work/library.so"

# An entry of the version table (Elf64_Vernaux) starts with the ELF hash of the version's name, then 16 bits of flags: 2 is weak.
perl -0777 -pi -e '
  my $hash = 0;
  for (unpack "C*", "GLIBCXX_3.4.32") { $hash = ($hash << 4) + $_; my $high = $hash & 0xf0000000; $hash = ($hash ^ ($high >> 24)) & ~$high; }
  my $entry = pack "V", $hash;
  s/\Q$entry\E\x00\x00/$entry\x02\x00/ == 1 or die "no version entry GLIBCXX_3.4.32\n";' "$work/library.so"
mv "$work/library.so" "$library"
if [ -n "$(missing)" ]; then
  echo "$0: $library still does not load:" >&2
  missing >&2
  exit 1
fi
