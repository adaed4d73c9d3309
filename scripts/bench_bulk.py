"""Measures work on many guests: planning and approving a restart of 500 guests on 20 nodes, and rehearsals.

Figures are those of the program with its default budget of requests. Standard library only."""
import contextlib
import http.client
import json
import statistics
import time

GUESTS = 500
WARM = 5


class Product:
    """A running demo, spoken to over one kept connection."""

    def __init__(self, match, post):
        self.token, self.post_to = match['token'], post
        self.connection = http.client.HTTPConnection(match['address'], timeout=120)

    def post(self, path, body):
        """The answer and the milliseconds it took."""
        began = time.monotonic()
        data = self.post_to(self.connection, f'/api/v1/{path}', body, self.token)
        return json.loads(data), (time.monotonic() - began) * 1000

    def requests(self):
        """How many requests the cluster got so far."""
        return self.post('clusters/list', {})[0]['clusters'][0]['requests']['count']

    def counted(self, path, body):
        before = self.requests()
        answer, took_ms = self.post(path, body)
        return answer, took_ms, self.requests() - before

    def running(self, kind=None):
        guests = self.post('inventory/list', {})[0]['guests']
        return [guest for guest in guests if guest['status'] == 'running' and not guest.get('lock') and kind in (None, guest['kind'])]


@contextlib.contextmanager
def product(demo, post, binary, folder, *arguments):
    with demo(binary, folder, *arguments) as (_, match, _):
        it = Product(match, post)
        with contextlib.closing(it.connection):
            yield it


def restart(it):
    wished = [str(guest['vmid']) for guest in it.running()][:GUESTS]
    if len(wished) != GUESTS:
        raise RuntimeError(f'{len(wished)} guests run, {GUESTS} are needed')
    body = {'guests': wished}
    plan, cold_ms, asked = it.counted('guests/reboot', body)
    steps, left_out = len(plan['steps']), len(plan['left_out'])
    if steps + left_out != GUESTS or steps < GUESTS * 0.9:
        raise RuntimeError(f'{steps} steps and {left_out} left out of {GUESTS}')
    yield f'bulk: restart of {GUESTS} guests, planned cold', cold_ms, 8000, 'limit', 'ms'
    yield '… requests to the cluster', asked, GUESTS + 10, 'limit', 'count'
    warm = [it.counted('guests/reboot', body) for _ in range(WARM)]
    yield f'bulk: restart of {GUESTS} guests, planned warm', statistics.median(ms for _, ms, _ in warm), 300, 'limit', 'ms'
    yield '… requests to the cluster', max(asked for *_, asked in warm), 3, 'limit', 'count'
    plan = warm[-1][0]
    _, took_ms, asked = it.counted(f'plans/{plan["id"]}/approve', {'digest': plan['digest']})
    yield f'bulk: consent to {GUESTS} restarts', took_ms, 1000, 'limit', 'ms'
    # The run has begun by then.
    yield '… requests to the cluster, those of the first steps included', asked, None, None, 'count'


def rehearsal(it):
    guests = it.running('qemu')
    took, first = [], None
    for guest in guests[:WARM + 1]:
        plan, _ = it.post('guests/stop', {'guests': [f'{guest["cluster"]}/{guest["vmid"]}']})
        foretold, took_ms = it.post(f'plans/{plan["id"]}/rehearse', {})
        if foretold['outcome'] not in ('succeeds', 'partial'):
            raise RuntimeError(f'a rehearsal {foretold["outcome"]}: {foretold["refused"]}')
        if first is None:
            first = took_ms
        else:
            took.append(took_ms)
    return first, statistics.median(took)


def measure(binary, scratch, demo, post):
    """Rows as (name, ours, other, name of the other, unit)."""
    with product(demo, post, binary, scratch / 'bulk', '--nodes', '20', '--guests', '900') as it:
        yield from restart(it)
    with product(demo, post, binary, scratch / 'rehearsed', '--nodes', '20', '--guests', '500') as it:
        yield 'rehearsal of one guest, 500 guests, warm', rehearsal(it)[1], 300, 'limit', 'ms'
    with product(demo, post, binary, scratch / 'imported', '--nodes', '200', '--guests', '10000') as it:
        first, _ = rehearsal(it)
        yield 'rehearsal: 10,000 guests imported, one guest stopped', first, 1000, 'limit', 'ms'
