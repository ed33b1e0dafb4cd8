#!/usr/bin/env bash
# The project's verbs. Needs git, python3 (3.11 or newer, with venv) and a package index; everything else it installs
# into .venv from requirements.lock. Run ./run.sh without a verb for the list.
set -euo pipefail
cd "$(dirname "$0")"

usage() {
  cat <<'TEXT'
usage: ./run.sh VERB [ARGUMENTS]
  demo      run the daemon over a newsroom on this machine, and check what it found
  test      run the tests (arguments go to pytest)
  install   make .venv from requirements.lock
  check     lint and type-check
  bench     run the benchmarks (see docs/benchmarks.md)
  peers     install what some benchmarks compare us with, beside the rest
TEXT
}

say() { printf '%s\n' "run.sh: $*" >&2; }
die() { say "$*"; exit 1; }

find_python() {
  local candidate
  for candidate in "${PYTHON:-}" python3.13 python3.12 python3.11 python3; do
    [ -n "$candidate" ] || continue
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      printf '%s' "$candidate"
      return
    fi
  done
  die "needs Python 3.11 or newer; none found as python3. Install one, or set PYTHON=/path/to/python"
}

install() {
  local stamp=.venv/.installed wanted python
  wanted=$(cat requirements.lock pyproject.toml | cksum)
  [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && return
  python=$(find_python)
  say "installing into .venv with $("$python" --version)"
  if command -v uv >/dev/null 2>&1; then
    uv venv --quiet --allow-existing --python "$python" .venv
    uv pip install --quiet --compile-bytecode --python .venv/bin/python --require-hashes -r requirements.lock
    uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation -e .
  else
    "$python" -c 'import venv, ensurepip' 2>/dev/null || die "$python lacks venv; on Debian: apt-get install python3-venv"
    "$python" -m venv .venv
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock ||
      die "could not install requirements.lock; is a package index reachable?"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
  fi
  # The daemon starts a child every few seconds: without cached bytecode each would compile SQLAlchemy anew.
  .venv/bin/python -m compileall -q alembic benchmarks cli config.py crawler demo jobs matcher news report scheduler.py storage
  printf '%s' "$wanted" >"$stamp"
}

verb=${1:-}
[ $# -gt 0 ] && shift
case "$verb" in
  install) install; say "ready: .venv/bin/wiretrail --help" ;;
  demo) install; exec .venv/bin/wiretrail demo "$@" ;;
  test) install; exec .venv/bin/python -m pytest -n "${TEST_WORKERS:-2}" --dist worksteal "$@" ;;
  check)
    install
    .venv/bin/ruff check .
    .venv/bin/ruff format --check .
    .venv/bin/mypy
    ;;
  bench) install; exec .venv/bin/python -m benchmarks "$@" ;;
  peers) install; .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-peers.lock ;;
  "" | -h | --help | help) usage ;;
  *) usage >&2; die "no such verb: $verb" ;;
esac
