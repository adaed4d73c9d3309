"""The product as the tests of this folder meet it: a program with a ready line, answers and exit codes.

Standard library only. Every process listens on the loopback on a port that the system chooses."""
import contextlib
import http.client
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import urllib.parse

SHARED = pathlib.Path(__file__).resolve().parents[3] / 'shared'
PATIENCE_SECONDS = 60


def binary():
    found = os.environ.get('PROXMOX_AI')
    if not found:
        sys.exit('PROXMOX_AI must name the binary: PROXMOX_AI=target/accept/proxmox-ai ' + sys.argv[0])
    return found


def environment(**more):
    """Without what the developer's own shell says to the product; the binary is no setting."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith('PROXMOX_AI')}
    return {**kept, **more}


# ---------------------------------------------------------------- a report

class Checks:
    """Runs checks one after the other; a failed one does not stop the next."""

    def __init__(self):
        self.passed, self.failed = 0, 0

    def run(self, name, check, *arguments):
        began = time.monotonic()
        try:
            said = check(*arguments)
        except Exception as error:  # whatever went wrong, the next check still runs
            self.failed += 1
            print(f'FAIL  {name}\n      {type(error).__name__}: {error}', flush=True)
            if not isinstance(error, AssertionError):
                traceback.print_exc(file=sys.stdout)
            return
        self.passed += 1
        print(f'pass  {name} ({time.monotonic() - began:.2f} s)', flush=True)
        for line in [said] if isinstance(said, str) else said or []:
            print(f'      {line}', flush=True)

    def close(self):
        """The closing line; gives the exit code."""
        print(f'{self.passed} passed, {self.failed} failed, 0 skipped', flush=True)
        return 1 if self.failed else 0


def equal(found, expected, what='value'):
    if found != expected:
        raise AssertionError(f'{what} is {found!r}, expected {expected!r}')


def holds(condition, what):
    if not condition:
        raise AssertionError(what)


def until(condition, what, seconds=PATIENCE_SECONDS):
    """Waits for something that another process does; gives what it found."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > end:
            raise AssertionError(f'{what}: not within {seconds} s')
        time.sleep(0.02)
    return found


# ---------------------------------------------------------------- programs

class Program:
    """A process that says when it is ready."""

    def __init__(self, command, ready, env=None):
        self.lines, self.match = [], None
        self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, env=env or environment(), start_new_session=True)
        self._ready, self._changed = re.compile(ready), threading.Event()
        threading.Thread(target=self._read, daemon=True).start()
        if not self._changed.wait(PATIENCE_SECONDS) or not self.match:
            self.stop()
            raise AssertionError(f'{command[0]} was not ready: {"".join(self.lines)[-600:]}')

    def _read(self):
        for line in self.process.stdout:
            text = line.decode(errors='replace')
            self.lines.append(text)
            if not self.match and (found := self._ready.search(text)):
                self.match = found
                self._changed.set()
        self._changed.set()

    def stop(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Simulator(Program):
    """`proxmox-ai sim`; with a world of ours unless other arguments are given."""

    def __init__(self, *arguments, listen='127.0.0.2:0', world=None, faults=None, time_scale=0.02):
        self.folder = tempfile.TemporaryDirectory()
        folder = pathlib.Path(self.folder.name)
        self.calls_log = folder / 'calls.jsonl'
        self.calls_log.touch()
        command = [binary(), 'sim', '--listen', listen, '--time-scale', str(time_scale), '--calls-log', self.calls_log, *arguments]
        for option, document in (('--world', world), ('--faults', faults)):
            if document is not None:
                file = folder / f'{option[2:]}.json'
                file.write_text(json.dumps(document))
                command += [option, file]
        super().__init__(command, r'^ready (?P<url>https://\S+) (?P<fields>.*)$')
        self.url = self.match['url']
        self.address = self.url.removeprefix('https://')
        fields = dict(field.split('=', 1) for field in self.match['fields'].split(' '))
        self.user, self.password, self.fingerprint = fields['user'], fields['password'], fields['fingerprint']
        self.token_id, self.token_secret = fields['token'].split('=', 1)

    def calls(self):
        """The changing calls it accepted."""
        return [json.loads(line) for line in self.calls_log.read_text().splitlines()]

    def stop(self):
        super().stop()
        self.folder.cleanup()


class Answer:
    """What a command printed and how it ended."""

    def __init__(self, code, stdout, stderr):
        self.code, self.stdout, self.stderr = code, stdout, stderr

    @property
    def document(self):
        try:
            return json.loads(self.stdout)
        except ValueError as error:
            raise AssertionError(f'stdout is not one JSON document: {self.stdout[:300]!r}, stderr {self.stderr[-300:]!r}') from error

    def __repr__(self):
        return f'exit {self.code}, stdout {self.stdout[-400:]!r}, stderr {self.stderr[-400:]!r}'


class Product:
    """The command line on a data directory of its own."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def run(self, *arguments, stdin=None, code=None, **env):
        done = subprocess.run([binary(), *map(str, arguments)], input=stdin, stdin=subprocess.DEVNULL if stdin is None else None,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=PATIENCE_SECONDS,
                              env=environment(PROXMOX_AI_DATA=str(self.folder), HOME=str(self.folder), **env))
        answer = Answer(done.returncode, done.stdout, done.stderr)
        if code is not None and done.returncode != code:
            raise AssertionError(f'`{" ".join(map(str, arguments))}` should exit {code}: {answer!r}')
        return answer

    def json(self, *arguments, stdin=None, code=0, **env):
        return self.run(*arguments, '--json', stdin=stdin, code=code, **env).document

    def connect(self, server, *more, password=None, code=0):
        return self.run('connect', server.url, '--user', server.user, '--password-stdin', '--fingerprint', server.fingerprint, *more,
                        stdin=(password or server.password) + '\n', code=code)

    def guests(self):
        """(vmid -> row) of `inventory list`."""
        return {row['vmid']: row for row in self.json('inventory', 'list')['guests']}


class Http:
    """The server's HTTP interface, with a bearer token."""

    def __init__(self, address, token=None):
        self.address, self.token = address, token

    def call(self, method, path, body=None, **headers):
        """(status, document or text, headers)"""
        connection = http.client.HTTPConnection(self.address, timeout=PATIENCE_SECONDS)
        headers = {'Content-Type': 'application/json', **headers}
        if self.token:
            headers['Authorization'] = f'Bearer {self.token}'
        with contextlib.closing(connection):
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        kind = answer.headers.get('Content-Type', '')
        return answer.status, json.loads(text) if 'json' in kind and text else text, answer.headers

    def post(self, path, body):
        return self.call('POST', path, body)

    def turn(self, text, thread=None):
        """One turn of a conversation: (result of the turn, events)."""
        thread = thread or self.post('/api/v1/chat/threads', {})[1]['id']
        connection, events = http.client.HTTPConnection(self.address, timeout=PATIENCE_SECONDS), []
        with contextlib.closing(connection):
            connection.request('POST', f'/api/v1/chat/{thread}/messages', json.dumps({'text': text}),
                               {'Content-Type': 'application/json', 'Authorization': f'Bearer {self.token}'})
            answer = connection.getresponse()
            equal(answer.status, 200, f'status of "{text}"')
            for line in answer:
                if line.startswith(b'data: '):
                    events.append(json.loads(line[6:]))
                    if events[-1]['type'] in ('RUN_FINISHED', 'RUN_ERROR'):
                        break
        return events[-1].get('result'), events


def served(folder, program='demo', *arguments):
    """`demo` or `serve` on a folder."""
    command = [binary(), program, '--listen', '127.0.0.1:0', '--data', folder, *arguments]
    return Program(command, r'^ready http://(?P<address>\S+)(?:.* token=(?P<token>\S+))?')


# ---------------------------------------------------------------- worlds

def guest(vmid, name, node='pve1', status='running', kind='qemu', tags=(), lock=None, memory_mb=1024):
    return {'vmid': vmid, 'name': name, 'type': kind, 'node': node, 'status': status, 'template': False, 'cores': 1,
            'memory_mb': memory_mb, 'disks': [{'key': 'scsi0' if kind == 'qemu' else 'rootfs', 'storage': 'local-lvm', 'size_gb': 8}],
            'tags': list(tags), 'pool': None, 'onboot': False, 'protection': False, 'lock': lock, 'agent': False,
            'description': '', 'snapshots': []}


def world(guests, identity=None):
    """A cluster of two nodes with local storage, as the neutral JSON of `sim --world`."""
    node = {'status': 'online', 'cores': 8, 'memory_mb': 65536, 'memory_used_mb': 8192, 'cpu_load': 0.1}
    storage = {'id': 'local-lvm', 'type': 'lvmthin', 'shared': False, 'nodes': None, 'content': ['images', 'rootdir'],
               'total_gb': 400, 'used_gb': 40, 'enabled': True, 'active': True}
    return {'fixture': 'garden', 'now': '2026-03-02T09:00:00Z', 'cluster': {'name': 'garden', 'quorate': True},
            'nodes': [{'name': name, **node} for name in ('pve1', 'pve2')], 'storages': [storage], 'guests': guests, 'backups': [],
            'backup_jobs': [], 'replication_jobs': [], 'ha_resources': [], 'pools': [], 'volumes': [], 'tasks': [], 'metrics': [],
            'alert_rules': [], 'active_alerts': [], 'faults': [], 'policy': {'read': 'auto', 'change': 'ask', 'destroy': 'ask'},
            'identity': identity or {'user': 'gardener@pve', 'grants': [{'path': '/', 'role': 'Administrator'}]}}


def quoted(path_part):
    return urllib.parse.quote(path_part, safe='')
