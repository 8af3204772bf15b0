#!/usr/bin/env bash
# Makes this checkout ready: .venv, packages, system libraries, database, staff account.
#   scripts/setup.sh [run|demo|dev]     dev adds what the tests need
# Every step leaves its stamp last, so that an interrupted run is taken up where it broke and a second run costs nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

what=${1:-demo}
log=var/setup.log
venv=.venv
python=$venv/bin/python
umask 022
mkdir -p var
[ -w var ] || { echo "setup: $PWD/var belongs to another account: use that account, or remove the folder." >&2; exit 1; }
exec 9>var/setup.lock
flock 9

say() { printf 'setup: %s\n' "$*"; }
stop() { printf 'setup: %s\n' "$*" >&2; exit 1; }
same() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]; }
can_install() { command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }; }

# Installs Debian packages when this account may, else ends with the one line that does it.
system_packages() { # why, packages
    local why=$1
    shift
    can_install || stop "$why: run as root   apt-get update && apt-get install -y --no-install-recommends $*   and then the same command again."
    say "installing $* ($why)"
    local as=()
    [ "$(id -u)" = 0 ] || as=(sudo -n)
    { "${as[@]}" apt-get update -q && "${as[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"; } \
        >>"$log" 2>&1 </dev/null || stop "$why, and apt-get could not install $*: see $log."
}

find_python() {
    local candidate=${PYTHON:-python3}
    command -v "$candidate" >/dev/null || stop "there is no $candidate: install Python 3.11 or newer."
    "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        stop "$("$candidate" --version 2>&1) is too old: name a Python 3.11 or newer, as in   make setup PYTHON=python3.11"
    echo "$candidate"
}

make_venv() {
    # Half a package is worse than none: what was killed while installing is made anew.
    if [ -e $venv ] && { [ -e $venv/.installing ] || ! $python -c 'import pip' >/dev/null 2>&1; }; then
        say "$venv is not whole: making it anew"
        rm -rf $venv
    fi
    [ -e $venv ] && return
    local base
    base=$(find_python)
    say "making the virtual environment $venv"
    "$base" -m venv $venv >>"$log" 2>&1 || {
        rm -rf $venv
        system_packages "Python's venv module is missing" python3-venv
        "$base" -m venv $venv >>"$log" 2>&1 || stop "the virtual environment could not be made: see $log."
    }
}

# Each file contains the one before it, so what installs the last has installed them all.
chain_of() {
    local file
    for file in requirements.txt requirements-demo.txt requirements-dev.txt; do
        echo "$file"
        [ "$file" != "$1" ] || break
    done
}

sum_of() { chain_of "$1" | xargs cat | sha256sum; }

install_packages() { # a requirements file
    local file=$1 each
    same "$venv/.$file.installed" "$(sum_of "$file")" && return
    say "installing the packages of $file (a minute or two the first time)"
    touch $venv/.installing
    if ! $python -m pip --disable-pip-version-check install --no-input --retries 2 -r "$file" >>"$log" 2>&1 </dev/null; then
        rm -f $venv/.installing
        if tail -60 "$log" | grep -qE 'NewConnectionError|NameResolutionError|ConnectTimeout|Connection to .* timed out|ProxyError|ReadTimeout'; then
            stop "the package index cannot be reached: connect this machine to the network and run the same command again."
        fi
        stop "pip could not install $file: see the end of $log."
    fi
    rm -f $venv/.installing
    for each in $(chain_of "$file"); do sum_of "$each" >"$venv/.$each.installed"; done
}

# What pip cannot bring. A test that lacks its browser fails; it is not skipped.
check_system() {
    # A chroot that nobody mounted anything in has such a folder: the worker's processes could not share a lock.
    [ "$(uname)" != Linux ] || [ -w /dev/shm ] ||
        stop "the worker needs /dev/shm: run as root   mount -t tmpfs -o mode=1777 tmpfs /dev/shm   and then the same command again."
    local missing=() why=""
    if [ ! -e $venv/.pdf ] && ! $python -c 'import weasyprint' >/dev/null 2>&1; then
        missing+=(libpango-1.0-0 libpangoft2-1.0-0)
        why="the PDF needs Pango"
    fi
    if [ "$what" = dev ] && ! { command -v chromium && $venv/lib/python3*/site-packages/playwright/driver/node --version; } >/dev/null 2>&1; then
        missing+=(chromium libatomic1) # the second for the program that drives the first
        why+="${why:+ and }the browser tests need Chromium"
    fi
    [ ${#missing[@]} = 0 ] || system_packages "$why" "${missing[@]}"
    [ -e $venv/.pdf ] || $python -c 'import weasyprint' >>"$log" 2>&1 || stop "the PDF library does not load: see the end of $log."
    touch $venv/.pdf
}

# What the database was last prepared for: these migrations, assets and this database.
prepared_for() {
    { cat dsr/migrations/*.py; find static -type f -printf '%p %s %T@\n' | sort; cat var/embedded.json || true; } 2>/dev/null | sha256sum
}

prepare_database() {
    if [ -z "${DATABASE_URL:-}" ] && same var/.prepared "$(prepared_for)" && [ -e var/keys ]; then return; fi
    say "preparing the database"
    $python manage.py init_keys >>"$log"
    $python manage.py migrate -v 0
    $python manage.py collectstatic --noinput -v 0
    # run.py gives the demo its own passwords.
    [ "$what" = demo ] || $python manage.py seed_staff | $python -c '
import json, sys
for one in json.load(sys.stdin)["staff"]:
    if "password" in one:
        print("setup: staff account {username}, password {password} (shown only now)".format(**one))'
    prepared_for >var/.prepared
}

case $what in
run | dev) ;;
demo) [ -z "${DATABASE_URL:-}${DATABASE_URL_FILE:-}" ] || stop "the demo uses only its own database: unset DATABASE_URL." ;;
*) stop "$what is not run, demo or dev" ;;
esac
: >"$log"
make_venv
# Without an address of its own, the database needs PostgreSQL's binaries, which come with requirements-demo.txt.
[ -z "${DATABASE_URL:-}" ] || [ "$what" != run ] || file=requirements.txt
[ "$what" != dev ] || file=requirements-dev.txt
install_packages "${file:-requirements-demo.txt}"
check_system
prepare_database
