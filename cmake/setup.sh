# shellcheck shell=bash
# Functions of ./run, ./test and .ci/run: set-up, configure, build. Sourced by bash, from any folder.
#
# Environment: TRM_LIBTORCH_ROOT  a LibTorch >= 2.7 to use instead of the private download
#              TRM_JOBS           parallel compilations (default: one a core, at most one for 2 GiB)

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
torch_packages=(--no-deps 'torch==2.11.0' 'nvidia-cuda-runtime==13.0.*' 'nvidia-cuda-cupti==13.0.*')
# For the tests only: reference readers of the weights format and of event files.
test_packages=('safetensors==0.8.0' 'numpy' 'tensorboard==2.21.0' 'protobuf' 'absl-py')
venv=$root/build/libtorch/venv
# For tests/service under ./test --all: a driver for the browser, a tester of HTTP interfaces.
service_packages=('selenium==4.51.0' 'schemathesis==4.32.5')

say() { printf '== %s\n' "$*" >&2; }
die() {
  printf 'trm: %s\n' "$*" >&2
  exit 1
}

# Whether a Debian package is installed.
have_package() { dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }

# The wanted packages that are missing, one a line. $1: all|core
missing_packages() {
  local kind name rest choices choice found
  while read -r name rest; do
    case $name in '' | '#'*) continue ;; esac
    kind='core'
    if [ "$name" = test: ]; then
      kind='test'
      read -r name rest <<<"$rest"
    fi
    [ "$kind" = core ] || [ "$1" = all ] || continue
    IFS='|' read -ra choices <<<"$name"
    found=
    for choice in "${choices[@]}"; do have_package "$choice" && found=yes; done
    [ -n "$found" ] && continue
    # Of several names the first that the distribution knows.
    for choice in "${choices[@]}"; do
      if apt-cache show "$choice" >/dev/null 2>&1; then
        name=$choice
        break
      fi
    done
    printf '%s\n' "${name%%|*}"
  done <"$root/cmake/system-packages.txt"
}

# Installs what is missing, as root or through sudo; otherwise says what to install and goes on, in
# case the tools came another way.
install_system_packages() {
  command -v apt-get >/dev/null || {
    say "no apt-get here: the packages in cmake/system-packages.txt must be there already"
    return 0
  }
  # The list is looked at again only when it, or the wish, changed.
  local stamp=$root/build/.packages-$1 missing as_root=()
  if [ -f "$stamp" ] && [ "$stamp" -nt "$root/cmake/system-packages.txt" ]; then return 0; fi
  mapfile -t missing < <(missing_packages "$1")
  if [ ${#missing[@]} -gt 0 ]; then
    if [ "$(id -u)" != 0 ]; then
      if ! command -v sudo >/dev/null || ! { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
        say "these packages are missing and sudo cannot be used here; install them as root:"
        say "  apt-get install ${missing[*]}"
        return 0
      fi
      as_root=(sudo)
    fi
    say "installing system packages: ${missing[*]}"
    "${as_root[@]}" apt-get update -q >/dev/null || die "apt-get update failed: is there a network?"
    # A fresh machine knows no packages before the update, so alternatives are chosen now.
    mapfile -t missing < <(missing_packages "$1")
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
      "${missing[@]}" >/dev/null || die "apt-get install failed: ${missing[*]}"
  fi
  mkdir -p "$root/build" && touch "$stamp"
}

# install_wheels FOLDER WHAT PACKAGE...: packages from PyPI (and options of pip) in the private
# environment build/FOLDER/venv, once and again when the list changes. Fails when PyPI does.
install_wheels() {
  local folder=$root/build/$1 what=$2 try
  shift 2
  local stamp=$folder/complete wanted="$*"
  if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then return 0; fi
  command -v python3 >/dev/null || die "python3 is missing (see cmake/system-packages.txt)"
  say "installing $what"
  rm -rf "$folder/venv" "$stamp"
  mkdir -p "$folder"
  python3 -m venv "$folder/venv" || die "python3 -m venv failed: is python3-venv installed?"
  for try in 1 2 3; do
    if "$folder/venv/bin/pip" install --disable-pip-version-check -q "$@"; then
      printf '%s' "$wanted" >"$stamp"
      return 0
    fi
    say "pip failed (try $try of 3)"
    sleep 3
  done
  return 1
}

# LibTorch from the PyPI wheel (about 600 MB once).
install_libtorch() {
  [ -z "${TRM_LIBTORCH_ROOT:-}" ] || return 0
  install_wheels libtorch "LibTorch into build/libtorch (a download of about 600 MB, once)" \
    "${torch_packages[@]}" "${test_packages[@]}" ||
    die "LibTorch could not be installed; is PyPI reachable? TRM_LIBTORCH_ROOT=FOLDER uses another one"
}

# What the tests in tests/service need beside system packages.
install_service_packages() {
  install_wheels service "packages for the tests of the HTTP service" "${service_packages[@]}" ||
    die "they could not be installed; is PyPI reachable? ./test without --all does not need them"
}

jobs_wanted() {
  local cores memory
  cores=$(nproc 2>/dev/null || echo 2)
  memory=$(awk '/MemAvailable/ {print int($2 / 2097152)}' /proc/meminfo 2>/dev/null || echo "$cores")
  [ "$memory" -ge 1 ] || memory=1
  echo "${TRM_JOBS:-$((cores < memory ? cores : memory))}"
}

# configure PRESET [-D...]
configure() {
  local preset=$1 options=()
  shift
  [ -z "${TRM_LIBTORCH_ROOT:-}" ] || options+=("-DLIBTORCH_ROOT=$TRM_LIBTORCH_ROOT")
  local log=$root/build/configure-$preset.log
  mkdir -p "$root/build"
  (cd "$root" && cmake --preset "$preset" "${options[@]}" "$@") >"$log" 2>&1 || {
    tail -n 25 "$log" >&2
    die "configuring $preset failed; the whole output is in build/configure-$preset.log"
  }
}

# build PRESET: what the build preset names, with the compiler's progress on a terminal and errors
# only otherwise.
build() {
  local preset=$1
  say "building $preset (the first time takes some minutes)"
  if [ -t 2 ]; then
    (cd "$root" && cmake --build --preset "$preset" -j "$(jobs_wanted)") >&2 || die "the build failed"
  else
    local log=$root/build/build-$preset.log
    (cd "$root" && cmake --build --preset "$preset" -j "$(jobs_wanted)") >"$log" 2>&1 || {
      grep -E 'error|FAILED|warning' "$log" | head -n 40 >&2
      tail -n 15 "$log" >&2
      die "the build failed; the whole output is in build/build-$preset.log"
    }
  fi
}
