#!/usr/bin/env bash
# test.sh BIN_DIR: the Python client's tests against the programs there, in an environment of their own beside them.
set -euo pipefail
programs=$(realpath "$1")
here=$(realpath "$(dirname "$0")")
environment=$(dirname "$programs")/python-tests
python=${PYTHON:-python3}

skip() {
    printf '\n*** The Python client was NOT tested: %s ***\n\n' "$1" >&2
    exit 0
}

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || skip "it needs Python 3.11, as PYTHON or python3"
"$python" -c 'import ensurepip' 2>/dev/null || "$here/../../Systemd/packages.sh" python3-venv || skip "python3-venv is missing"

# Installed again whenever what it should hold has changed; the package itself is tested from its sources.
if ! cmp -s "$here/pyproject.toml" "$environment/installed"; then
    rm -rf "$environment"
    "$python" -m venv "$environment"
    requirements=$("$environment/bin/python" -c "import tomllib
print(*tomllib.load(open('$here/pyproject.toml', 'rb'))['project']['optional-dependencies']['test'], sep='\n')")
    if ! "$environment/bin/pip" install --quiet --disable-pip-version-check --retries 1 $requirements; then
        "$environment/bin/pip" download --quiet --no-deps --retries 1 --dest "$environment" tqdm >/dev/null 2>&1 \
            || skip "no package index can be reached (pip install failed)"
        exit 1
    fi
    cp "$here/pyproject.toml" "$environment/installed"
fi
cd "$here"
PYTHONPATH="$here/src" QKLENS_BIN="$programs" "$environment/bin/python" -m pytest -rs "${@:2}"
