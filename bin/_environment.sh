# Shared by bin/polydesk and bin/test, which set `here` to this folder: one pinned environment in the checkout's .venv.
# shellcheck shell=sh

root=$(dirname -- "$here")

# prepare REQUIREMENTS: make sure that .venv holds what the file lists. When it already does, this costs one comparison
# of two files; the work otherwise is _environment.py's.
prepare() {
    if [ -x "$root/.venv/bin/python" ] && cmp -s "$root/$1" "$root/.venv/installed/$1"; then
        return 0
    fi
    python=$(find_python) || {
        echo "polydesk: Python 3.11 or later is needed, and none was found on PATH or in /usr/bin." >&2
        echo "  Debian 12, Ubuntu 24.04 and later: apt-get install python3 python3-venv" >&2
        echo "  elsewhere: https://www.python.org/downloads/" >&2
        exit 69
    }
    "$python" -I "$here/_environment.py" "$root" "$1"
}

# find_python: print the first Python that is recent enough; 3.11 first, since the pins are tested with it. Debian's own
# is a fifth faster than one that was built without its optimizations, so it goes first where it can make environments.
find_python() {
    if /usr/bin/python3.11 -I -c 'import ensurepip, venv' >/dev/null 2>&1; then
        echo /usr/bin/python3.11
        return 0
    fi
    for candidate in python3.11 /usr/bin/python3.11 python3 /usr/bin/python3 python3.12 python3.13 python3.14 python; do
        if "$candidate" -I -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            echo "$candidate"
            return 0
        fi
    done
    return 1
}
