# Sourced by ./demo, ./test and .ci/run: installs the Debian packages that are missing, and says which.
# shellcheck shell=sh

build_packages="g++ cmake ninja-build pkgconf libfmt-dev libcli11-dev rapidjson-dev libyaml-cpp-dev libpcre2-dev
  libutf8proc-dev libcurl4-openssl-dev libssl-dev libboost-dev zlib1g-dev libzstd-dev libgtest-dev libgmock-dev libbenchmark-dev
  libjs-chart.js libflint-dev libflint-arb-dev libcalcium-dev libantic-dev
  libseccomp-dev"

# What reckon itself calls at run time for code suites.
run_packages="bubblewrap python3"

# install_packages NAME...: does nothing when all are there, else needs root or sudo.
install_packages() {
  missing=""
  for package in "$@"; do
    # Virtual or renamed packages do not occur in the list: each is installed under the name it is asked by.
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  as_root=""
  if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null; then
      echo "These packages are missing and need root to install (there is no sudo here):$missing" >&2
      return 2
    fi
    as_root="sudo"
  fi
  echo "Installing:$missing" >&2
  log=$(mktemp)
  # shellcheck disable=SC2086
  if ! { $as_root apt-get update -q && $as_root env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y -q --no-install-recommends $missing; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "apt-get failed; its whole output is in $log" >&2
    return 2
  fi
  rm -f "$log"
}

# build FOLDER PRESET TARGET...: configures when needed, builds quietly, shows everything when it fails.
build() {
  folder=$1 preset=$2
  shift 2
  log=$folder.log
  mkdir -p "$folder"
  echo "Building ($preset) ..." >&2
  if ! { cmake --preset "$preset" && cmake --build "$folder" --target "$@"; } >"$log" 2>&1; then
    tail -n 60 "$log" >&2
    echo "The build failed; its whole output is in $log" >&2
    return 1
  fi
}
