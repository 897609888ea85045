# Sourced by the other scripts: makes .venv in the checkout and installs the program into it, with the extras named in
# $1 ("" for none). Runs again only when pyproject.toml has changed. KIOSK_VENV names another folder for it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
venv="${KIOSK_VENV:-.venv}"
python="${PYTHON:-python3}"
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  echo "kiosk needs Python 3.11 or newer; '$python' is not. Name one: PYTHON=python3.12 $0" >&2
  exit 2
fi
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
stamp="$venv/.kiosk-$(printf '%s' "$1" | tr ',' '-')-$(cksum < pyproject.toml | cut -d' ' -f1)"
if [ ! -f "$stamp" ]; then
  echo "Setting up $venv (once; a minute or two) …" >&2
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --editable ".${1:+[$1]}"
  touch "$stamp"
fi
bin="$venv/bin"
