"""Virtual environments for other people's Python programs, and what scripts/need installs. Standard library only."""
import contextlib
import hashlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent


def need(*things):
    subprocess.run([str(ROOT / 'scripts/need'), *things], check=True)


def virtual_environment(*requirements):
    """The folder of a virtual environment in .cache that holds these packages; made once."""
    names = '-'.join(re.match(r'[A-Za-z0-9._-]+', requirement).group(0) for requirement in requirements)
    key = hashlib.sha256('\n'.join(sorted(requirements)).encode()).hexdigest()[:8]
    folder = ROOT / '.cache' / f'venv-{names}-{key}'
    done = folder / 'complete'
    if not done.exists():
        need('venv')
        print(f'installing {", ".join(requirements)} into {folder.relative_to(ROOT)}', file=sys.stderr, flush=True)
        subprocess.run([sys.executable, '-m', 'venv', '--clear', folder], check=True)
        subprocess.run([folder / 'bin/pip', 'install', '--quiet', '--disable-pip-version-check', *requirements], check=True)
        done.touch()
    return folder


@contextlib.contextmanager
def postgres():
    """The address of a PostgreSQL that lives as long as the block; None, with a printed reason, where there is none."""
    need('postgres')
    # In a folder that other users may enter: as root the server runs as one of them.
    folder = pathlib.Path(tempfile.gettempdir()) / f'proxmox-ai-postgres-{os.getpid()}'
    started = subprocess.run([ROOT / 'scripts/postgres', 'start', folder], stdout=subprocess.PIPE)
    try:
        yield started.stdout.decode().strip() if started.returncode == 0 else None
    finally:
        subprocess.run([ROOT / 'scripts/postgres', 'stop', folder])
