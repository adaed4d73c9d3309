"""Measures searches in many chunks, on SQLite and on PostgreSQL: a server reads pages that are made up, and is asked.

The text is drawn from words that are made up as well, some of them often and most of them seldom, as in any language; it is
the same each time. Vectors are those of the built-in model. Standard library only."""
import contextlib
import http.client
import itertools
import json
import os
import random
import statistics
import subprocess
import time

from environments import postgres

SEED = 20261129
VOCABULARY = 20_000
SECTIONS_OF_A_PAGE = 50
QUESTIONS = 300
# What is asked of them: chunks, milliseconds of half of the questions and of all but one of a hundred, MiB more than before.
SIZES = ((5_000, 5, 20, 60), (100_000, None, 40, None))
ASKING = ('how do I', 'what is', 'why does', 'where is', 'can I', '')
SYLLABLES = [a + b for a in 'bdfgklmnprstvz' for b in ('a', 'e', 'i', 'o', 'u', 'an', 'er', 'is', 'on', 'um')]


class Language:
    def __init__(self):
        self.random = random.Random(SEED)
        words = {''.join(self.random.choices(SYLLABLES, k=self.random.choice((2, 2, 3, 3, 4)))): None for _ in range(2 * VOCABULARY)}
        self.words = list(words)[:VOCABULARY]
        self.weights = list(itertools.accumulate(1 / (rank + 5) for rank in range(len(self.words))))

    def say(self, words):
        return self.random.choices(self.words, cum_weights=self.weights, k=words)


def write_pages(folder, chunks):
    """Pages with so many sections; gives questions, each about the section that some of its words are from."""
    language, questions = Language(), []
    folder.mkdir()
    for page in range(chunks // SECTIONS_OF_A_PAGE):
        lines = [f'# {" ".join(language.say(2))}', '']
        for section in range(SECTIONS_OF_A_PAGE):
            # Half of a thousand characters on average, few of them much longer, as in the documentation of a product.
            text = language.say(min(600, int(language.random.lognormvariate(4.2, 0.8)) + 8))
            title = language.say(3)
            lines += [f'## {" ".join(title)}', '', ' '.join(text), '']
            number = page * SECTIONS_OF_A_PAGE + section
            if number % max(1, chunks // QUESTIONS) == 0:
                words = language.random.sample(text, 4) + language.random.sample(title, 1) + language.say(1)
                questions.append(f'{language.random.choice(ASKING)} {" ".join(words)}'.strip())
        (folder / f'page-{page:05}.md').write_text('\n'.join(lines))
    return questions[:QUESTIONS]


def resident_mib(pid):
    with open(f'/proc/{pid}/status') as status:
        return next(int(line.split()[1]) for line in status if line.startswith('VmRSS:')) / 1024


class Server:
    """A `serve` on a store, spoken to over one kept connection."""

    def __init__(self, process, address, token, post):
        self.pid, self.token, self.post_to = process.pid, token, post
        self.connection = http.client.HTTPConnection(address, timeout=600)

    def post(self, path, body):
        """The answer and the milliseconds it took."""
        began = time.monotonic()
        data = self.post_to(self.connection, f'/api/v1/{path}', body, self.token)
        took_ms = (time.monotonic() - began) * 1000
        return json.loads(data), took_ms

    def search(self, question):
        found, took_ms = self.post('knowledge/search', {'question': question})
        return found['results'], took_ms

    def read(self, folder, chunks):
        """Seconds until the pages are kept."""
        began = time.monotonic()
        self.post('knowledge/add_source', {'place': str(folder), 'id': 'made-up', 'name': 'Made up'})
        while True:
            source = next((one for one in self.post('knowledge/sources', {})[0]['sources'] if one['id'] == 'made-up'), None)
            if source and source['state'] in ('ready', 'failed'):
                break
            time.sleep(0.1)
        if source['state'] == 'failed' or source['sections'] < chunks:
            raise RuntimeError(f'{source["sections"]} sections of {chunks} were read: {source["error"]}')
        return time.monotonic() - began


@contextlib.contextmanager
def server(binary, data, url, program, free_port, post):
    environment = {'PROXMOX_AI_STORE_URL': url} if url else {}
    made = subprocess.run([binary, 'tokens', 'create', '--name', f'bench-{time.monotonic_ns()}', '--role', 'admin', '--yes', '--json', '--data', data],
                          check=True, stdout=subprocess.PIPE, env={**os.environ, **environment})
    token = next(found for found in walk(json.loads(made.stdout)) if isinstance(found, str) and found.count('_') and len(found) > 30)
    with program([binary, 'serve', '--listen', f'127.0.0.1:{free_port()}', '--data', data], r'^ready http://(?P<address>[^\s/]+)', environment) as (process, match, _):
        it = Server(process, match['address'], token, post)
        with contextlib.closing(it.connection):
            yield it


def walk(document):
    yield document
    if isinstance(document, dict):
        document = document.values()
    elif not isinstance(document, list):
        return
    for one in document:
        yield from walk(one)


def percentile(times, percent):
    return sorted(times)[max(0, -(-len(times) * percent // 100) - 1)]


def of_store(engine, binary, scratch, url, size, program, free_port, post):
    """Rows of one size on one store, and the sections that were found for each question."""
    chunks, half, most, growth = size
    pages = scratch / f'pages-{chunks}'
    questions = write_pages(pages, chunks) if not pages.exists() else json.loads((scratch / f'{chunks}.json').read_text())
    (scratch / f'{chunks}.json').write_text(json.dumps(questions))
    what, data = f'knowledge, {chunks:,} chunks, {engine}', scratch / f'{engine}-{chunks}'

    def limit(most):
        return (most, 'limit') if most else (None, None)

    with server(binary, data, url, program, free_port, post) as it:
        it.post('knowledge/sources', {})
        before = resident_mib(it.pid)
        took_s = it.read(pages, chunks)
        it.search('warm')
        grown = resident_mib(it.pid) - before
        yield f'{what}: read from a folder and kept', took_s, *limit(10 if chunks <= 5_000 else None), 's'
    with server(binary, data, url, program, free_port, post) as it:
        it.post('knowledge/sources', {})
        fresh = resident_mib(it.pid)
        # The index and the vectors are made by the first question.
        _, first_ms = it.search(questions[0])
        yield '… first search of a process: index and vectors', first_ms / 1000, *limit(20 if chunks <= 5_000 else None), 's'
        found = [it.search(question) for question in questions]
        times = [took_ms for _, took_ms in found]
        if empty := sum(not results for results, _ in found):
            raise RuntimeError(f'{empty} of {len(questions)} questions found nothing')
        yield f'… {len(questions)} searches with HTTP, p50', statistics.median(times), *limit(half), 'ms'
        yield '… p99', percentile(times, 99), *limit(most), 'ms'
        yield '… memory of a process that searches, more than before', resident_mib(it.pid) - fresh, *limit(growth), 'MiB'
        yield '… of one that reads them as well', grown, None, None, 'MiB'
        (scratch / f'{engine}-{chunks}.json').write_text(json.dumps([[row['page'] for row in results] for results, _ in found]))


def measure(binary, scratch, program, free_port, post):
    """Rows as (name, ours, other, name of the other, unit)."""
    for size in SIZES:
        yield from of_store('SQLite', binary, scratch, None, size, program, free_port, post)
        with postgres() as url:
            if not url:
                continue
            yield from of_store('PostgreSQL', binary, scratch, url, size, program, free_port, post)
        one, other = (json.loads((scratch / f'{engine}-{size[0]}.json').read_text()) for engine in ('SQLite', 'PostgreSQL'))
        yield '… questions with other places found than on SQLite', sum(a != b for a, b in zip(one, other, strict=True)), 1, 'limit', 'count'
