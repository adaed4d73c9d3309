"""Measures crate `pve` beside bare hyper, bare serde_json and proxmoxer, all against one simulator in one run.

The Rust side is the program `figures` of crates/pve/benches (`$PVE_FIGURES`, else it is built); Python's side is below.
Standard library only."""
import json
import os
import subprocess

from environments import ROOT, virtual_environment

PROXMOXER = ('proxmoxer==2.3.0', 'requests==2.34.2')
MIB = 1024 * 1024

# As on the other side, the fastest round counts. Both ways people use threads are tried, one session for all and one for
# each; the faster one counts.
CALLS = """
import json, sys, time
from concurrent.futures import ThreadPoolExecutor
from proxmoxer import ProxmoxAPI
host, port, token = sys.argv[1:]
user, rest = token.split('!', 1)
name, secret = rest.split('=', 1)
def api():
    return ProxmoxAPI(host, port=int(port), user=user, token_name=name, token_value=secret, verify_ssl=False)
def ask(pve, times):
    for _ in range(times):
        pve.version.get()
def measured(work, requests):
    began, processor = time.perf_counter(), time.process_time()
    work()
    return {'us': (time.perf_counter() - began) / requests * 1e6, 'processor_us': (time.process_time() - processor) / requests * 1e6}
one = api()
ask(one, 20)
once = min((measured(lambda: ask(one, 50), 50) for _ in range(10)), key=lambda m: m['us'])
with ThreadPoolExecutor(64) as pool:
    own = list(pool.map(lambda _: api(), range(64)))
    list(pool.map(lambda pve: ask(pve, 1), own))
    at_once = [measured(lambda: list(pool.map(lambda pve: ask(pve, 10), sessions)), 640) for sessions in (own, [one] * 64) * 3]
print(json.dumps({**once, 'at_once': min(at_once, key=lambda m: m['us'])}))
"""


def figures_program():
    """The path of the program that measures crate `pve`."""
    if given := os.environ.get('PVE_FIGURES'):
        return given
    built = subprocess.run(['cargo', 'build', '--profile', 'accept', '--package', 'pve', '--bench', 'figures', '--message-format', 'json'],
                           cwd=ROOT, check=True, stdout=subprocess.PIPE)
    messages = (json.loads(line) for line in built.stdout.splitlines() if line.startswith(b'{'))
    return [message['executable'] for message in messages if message.get('executable')][-1]


def figures(program, what, match):
    command = [program, what, f'https://{match["address"]}', match['fingerprint'], match['token']]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def measure(binary, program, free_port):
    """Rows as (name, ours, other, name of the other, unit, most that ours / other may be)."""
    tool, rows = figures_program(), []
    python = virtual_environment(*PROXMOXER) / 'bin/python'

    def simulator(*arguments):
        return program([binary, 'sim', '--listen', f'127.0.0.2:{free_port("127.0.0.2")}', *arguments],
                       r'^ready https://(?P<address>\S+) .* token=(?P<token>\S+) fingerprint=(?P<fingerprint>\S+)')

    with simulator('--guests', '60') as (_, match, _):
        calls = figures(tool, 'calls', match)
        host, port = match['address'].split(':')
        other = json.loads(subprocess.run([python, '-W', 'ignore', '-c', CALLS, host, port, match['token']], check=True, stdout=subprocess.PIPE).stdout)
        upload = figures(tool, 'upload', match)
    with simulator('--nodes', '200', '--guests', '10000') as (_, match, _):
        parse = figures(tool, 'parse', match)
    if parse['guests'] != 10000:
        raise RuntimeError(f'{parse["guests"]} guests were read, there are 10,000')
    ours, bare, at_once = calls['ours'], calls['hyper'], calls['at_once']
    once = 1e6 / ours['per_s']
    rows.append(('client: GETs one after the other', once, 1e6 / bare['per_s'], 'hyper', 'us', 1 / 0.8))
    rows.append(('client: GETs one after the other', once, other['us'], PROXMOXER[0], 'us', 1 / 5))
    rows.append(('client: GETs, 64 at once', 1e6 / at_once['ours']['per_s'], 1e6 / at_once['hyper']['per_s'], 'hyper', 'us', None))
    rows.append(('client: GETs, 64 at once', 1e6 / at_once['ours']['per_s'], other['at_once']['us'], PROXMOXER[0], 'us', 1 / 10))
    rows.append(('client: processor time of a GET', ours['processor_us'], bare['processor_us'], 'hyper', 'us', None))
    rows.append(('client: processor time of a GET', ours['processor_us'], other['processor_us'], PROXMOXER[0], 'us', 1 / 15))
    rows.append(('client: processor time, 64 at once', at_once['ours']['processor_us'], other['at_once']['processor_us'], PROXMOXER[0], 'us', None))
    rows.append(('client: reading 10,000 guests', parse['ours_ms'], parse['serde_json_ms'], 'serde_json', 'ms', 1.5))
    rows.append(('client: memory, upload of 1 GiB', upload['peak_bytes'] / MIB, 48, 'limit', 'MiB', 1))
    rows.append(('client: upload of 1 GiB', upload['bytes'] / MIB / upload['seconds'], None, None, 'MiB/s', None))
    return rows
