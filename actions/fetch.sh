#!/usr/bin/env bash
# Gets the program of an action, and says where it is: the one bootstrap that every composite action calls.
#
#   fetch.sh <name>    writes `program=<path>` to $GITHUB_OUTPUT, or to standard output outside of Actions
#
# The first of these that applies decides:
#   1. TOWPATH_BIN: a folder that holds the program, or the program itself. Then nothing else is tried.
#   2. The tool cache, $RUNNER_TOOL_CACHE/towpath-<name>/<version>/<arch>, if its marker `<arch>.complete` is beside it.
#   3. The release that checksums.txt names, from $TOWPATH_DOWNLOAD_BASE_URL. That file is committed beside this one, so
#      whoever pins the action by commit pins the bytes that run.
#   4. A commit that is no release: a build from source.
#
# Exit codes: 2 bad configuration, unknown platform or wrong checksum; 6 the download failed; 1 the build failed.
# Runs on bash 3.2, which is what macOS has.
# shellcheck disable=SC2016 # the backticks in messages quote literals
set -euo pipefail

actions=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
scratch=''

# fail <code> <message> <hint>
fail() {
  printf 'error: %s\nhint: %s\n' "$2" "$3" >&2
  if [ "${GITHUB_ACTIONS:-}" = true ]; then
    local text="$2 ($3)"
    text=${text//\%/%25} text=${text//$'\r'/%0D} text=${text//$'\n'/%0A}
    printf '::error title=fetch::%s\n' "$text"
  fi
  exit "$1"
}

note() {
  printf 'fetch: %s\n' "$1" >&2
}

# found <path>: the end of every way that works
found() {
  case $1 in
    *$'\n'*) fail 2 'the path of the program holds a line feed' 'use a folder without one' ;;
  esac
  if [ -n "${GITHUB_OUTPUT:-}" ]; then
    printf 'program=%s\n' "$1" >>"$GITHUB_OUTPUT"
  else
    printf 'program=%s\n' "$1"
  fi
  exit 0
}

# from_bin <name> <suffix>
from_bin() {
  local name=$1 suffix=$2 path=$TOWPATH_BIN
  if [ -d "$path" ]; then
    path=${path%/}/$name$suffix
    [ -f "$path" ] || fail 2 "the folder \`$TOWPATH_BIN\` of \`TOWPATH_BIN\` holds no \`$name$suffix\`" \
      "build it there: \`cargo build -p $name\`"
  fi
  [ -f "$path" ] || fail 2 "\`TOWPATH_BIN\` names \`$path\`, which is not there" 'name a folder of programs, or a program'
  [ "$(basename "$path")" = "$name$suffix" ] ||
    fail 2 "\`TOWPATH_BIN\` names \`$path\`, but this action runs \`$name\`" 'name the folder that holds both'
  [ -x "$path" ] || fail 2 "\`$path\` is not executable" "run \`chmod +x $path\`"
  path=$(cd "$(dirname "$path")" && pwd)/$name$suffix
  note "$name from TOWPATH_BIN"
  found "$path"
}

# rust_target: what Rust calls this machine, or nothing
rust_target() {
  case "$(uname -s)/$(uname -m)" in
    Linux/x86_64) echo x86_64-unknown-linux-musl ;;
    Linux/aarch64 | Linux/arm64) echo aarch64-unknown-linux-musl ;;
    Darwin/x86_64) echo x86_64-apple-darwin ;;
    Darwin/arm64) echo aarch64-apple-darwin ;;
    MINGW*/x86_64 | MSYS*/x86_64) echo x86_64-pc-windows-msvc ;;
  esac
}

sha256() {
  if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1
}

# from_release <name> <suffix> <version>
from_release() {
  local name=$1 suffix=$2 version=$3 target arch archive expected actual base cache url
  target=$(rust_target)
  archive=$name-$target.tar.gz
  expected=$(awk -v file="$archive" '$2 == file { print $1 }' "$actions/checksums.txt")
  if [ -z "$target" ] || [ -z "$expected" ]; then
    fail 2 "towpath $version has no \`$name\` for $(uname -s) on $(uname -m)" \
      'build it with `cargo build --release`, and set `TOWPATH_BIN` to the folder that holds it'
  fi

  case $target in aarch64-*) arch=arm64 ;; *) arch=x64 ;; esac
  cache=${RUNNER_TOOL_CACHE:-$HOME/.cache}/towpath-$name/$version
  if [ -f "$cache/$arch.complete" ] && [ -x "$cache/$arch/$name$suffix" ]; then
    note "$name $version from the tool cache"
    found "$cache/$arch/$name$suffix"
  fi

  base=${TOWPATH_DOWNLOAD_BASE_URL:-https://github.com/towpath-dev/towpath/releases/download}
  url=${base%/}/v$version/$archive
  note "$name $version from $url"
  mkdir -p "$cache"
  # beside its goal, so that the last step is a rename: another job may be doing the same
  scratch=$(mktemp -d "$cache/.fetch.XXXXXX")
  curl --fail --silent --show-error --location --retry 3 --connect-timeout 20 --output "$scratch/$archive" "$url" ||
    fail 6 "failed to download \`$url\`" 'run the job again, or set `TOWPATH_BIN` or `TOWPATH_DOWNLOAD_BASE_URL`'
  actual=$(sha256 "$scratch/$archive")
  [ "$actual" = "$expected" ] || fail 2 "\`$url\` has the sha256 $actual, not $expected as checksums.txt says" \
    'do not run it: ask whoever serves it what changed'
  # from inside, because GNU tar takes the colon in `C:` for a host
  (cd "$scratch" && tar -xzf "$archive" "$name$suffix") ||
    fail 2 "\`$archive\` holds no \`$name$suffix\`" 'report it: this is a bug in Towpath'
  chmod 755 "$scratch/$name$suffix"
  mkdir -p "$cache/$arch"
  mv -f "$scratch/$name$suffix" "$cache/$arch/$name$suffix"
  : >"$cache/$arch.complete"
  found "$cache/$arch/$name$suffix"
}

# from_source <name> <suffix>
from_source() {
  local name=$1 suffix=$2 root
  root=$(dirname "$actions")
  command -v cargo >/dev/null ||
    fail 2 "this commit is no release, and there is no \`cargo\` to build \`$name\` with" \
      'use a released version, install Rust, or set `TOWPATH_BIN`'
  note "$name from source, because this commit is no release: this takes minutes"
  # from the root, where the settings for cargo are; cargo talks to standard error alone
  (cd "$root" && cargo build --release --locked --package "$name" --target-dir "$root/target") >&2 ||
    fail 1 "failed to build \`$name\`" 'read what cargo says above'
  found "$root/target/release/$name$suffix"
}

main() {
  local name=${1:-} suffix='' version=''
  case $name in
    '' | *[!a-z0-9-]*) fail 2 "\`$name\` is not the name of an action" 'call `fetch.sh <name>`' ;;
  esac
  case "$(uname -s)" in MINGW* | MSYS*) suffix=.exe ;; esac
  trap '[ -z "$scratch" ] || rm -rf "$scratch"' EXIT

  if [ -n "${TOWPATH_BIN:-}" ]; then
    from_bin "$name" "$suffix"
  fi
  version=$(awk '$1 == "version" { print $2; exit }' "$actions/checksums.txt")
  if [ -n "$version" ]; then
    from_release "$name" "$suffix" "$version"
  else
    from_source "$name" "$suffix"
  fi
}

main "$@"
