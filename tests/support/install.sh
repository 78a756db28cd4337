# shellcheck shell=bash
# Sourced by the run scripts: what a machine needs, the compiler to use, and how to build a preset.
# All of it works on Debian 12 and 13 and Ubuntu 24.04. Elsewhere nothing is installed, only looked for.

say() { printf '\n== %s\n' "$*"; }
die() {
    printf '%s\n' "$*" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "Packages are missing and neither root nor sudo is at hand. As root: $*"
    fi
}

# The newest Boost that the distribution has under versioned names; 1.81 at least.
boost_version() {
    case "$1" in
        debian-12) echo 1.81 ;;
        debian-13 | ubuntu-24.04) echo 1.83 ;;
        *)
            apt-cache --names-only search '^libboost-json1\.[0-9]+-dev$' |
                sed 's/^libboost-json\(1\.[0-9]*\)-dev.*/\1/' | sort -V | tail -n 1
            ;;
    esac
}

# wanted_packages GROUP: build (everything but sanitizers and system checks), tests, ci.
wanted_packages() {
    local group=$1 system boost
    system=$(. /etc/os-release && echo "${ID:-unknown}-${VERSION_ID:-0}")
    boost=$(boost_version "$system")
    echo ninja-build cmake ccache libfmt-dev catch2 libsqlite3-dev libabsl-dev tzdata pkg-config git python3 curl ca-certificates
    echo "libboost$boost-dev" "libboost-json$boost-dev" "libboost-url$boost-dev" "libboost-system$boost-dev" \
        "libboost-context$boost-dev"
    # GCC 12 miscompiles coroutines, so Debian 12 gets clang; newer systems have a GCC that does not.
    if [ "$system" = debian-12 ]; then echo clang-19; else echo g++; fi
    if [ "$group" != build ]; then echo systemd; fi
    if [ "$group" = ci ]; then echo g++; fi
    if [ "$group" = ci ] && [ "$system" = debian-12 ]; then echo libclang-rt-19-dev llvm-19; fi
}

missing_packages() {
    local installed name
    # dpkg-query fails when it knows one of them not, which is an answer and no failure.
    installed=$({ dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null || true; } | sed -n 's/ installed$//p')
    for name in "$@"; do
        if ! grep -qxF -- "$name" <<<"$installed"; then printf '%s\n' "$name"; fi
    done
}

apt() { as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -q "$@"; }

# install_packages GROUP: through apt, only what is missing. One query when nothing is.
install_packages() {
    local wanted missing
    if ! command -v dpkg-query >/dev/null; then return 0; fi
    mapfile -t wanted < <(wanted_packages "$1" | tr ' ' '\n' | sort -u)
    mapfile -t missing < <(missing_packages "${wanted[@]}")
    if [ ${#missing[@]} = 0 ]; then return 0; fi
    say "installing ${missing[*]}"
    apt update
    apt install -y --no-install-recommends "${missing[@]}"
}

# The real runtime, for the tests that need it: by npm, into .cache. Nothing to do when it is there or CODEX_BIN names one.
codex_version=0.169.0
install_codex() {
    local folder=.cache/codex
    if [ -n "${CODEX_BIN:-}" ]; then return 0; fi
    if grep -qs "\"version\": \"$codex_version\"" "$folder/node_modules/@openai/codex/package.json"; then return 0; fi
    mkdir -p "$folder"
    say "installing codex $codex_version into $folder"
    if command -v npm >/dev/null &&
        npm install --no-save --no-audit --no-fund --prefix "$folder" "@openai/codex@$codex_version"; then return 0; fi
    if [ "${TESTS_REQUIRE_CODEX:-}" = 1 ]; then die "TESTS_REQUIRE_CODEX=1, and npm does not give us codex $codex_version"; fi
    say "NO CODEX: npm does not give us codex $codex_version. THE TESTS AGAINST THE REAL RUNTIME ARE SKIPPED."
}

# Sets and exports LANEKEEPER_CXX, which the presets read.
choose_compiler() {
    if [ -n "${LANEKEEPER_CXX:-}" ]; then
        command -v "$LANEKEEPER_CXX" >/dev/null || die "LANEKEEPER_CXX=$LANEKEEPER_CXX is not a program"
    elif command -v clang++-19 >/dev/null; then
        LANEKEEPER_CXX=clang++-19
    elif command -v g++ >/dev/null && [ "$(g++ -dumpversion | cut -d. -f1)" -ge 13 ]; then
        LANEKEEPER_CXX=g++
    else
        die "No fit compiler: clang++-19 or g++ 13 and newer is needed (GCC 12 miscompiles coroutines)."
    fi
    export LANEKEEPER_CXX
}

# build_preset NAME [TARGET...]: configures when that has not been done; ninja does it again when it must.
# With ccache, two checkouts of the same sources share what they compile.
build_preset() {
    local preset=$1
    shift
    export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros
    if [ ! -f "build/$preset/build.ninja" ]; then cmake --preset "$preset"; fi
    cmake --build "build/$preset" --parallel "$(nproc)" --target "${@:-all}"
}
