// Citations of the stream, with whose words they are as far as the tool's answer tells.
import { describe, expect, it } from 'vitest';
import { citedOf } from './cited';

const place = {
  title: 'Locks',
  section: 'Guide > Locks',
  page: 'guide.html#locks',
  url: 'https://n/guide.html#locks',
};
const found = {
  ...place,
  kind: 'section',
  source: 's',
  source_name: 'Guide',
  version: '9.1',
  read_at: '2026-01-01T00:00:00Z',
};
const unknown = { kind: null, source: null, source_name: null, version: null, read_at: null };

describe('citations of a turn', () => {
  it('take source, version and age from what the tool found', () => {
    const answer = JSON.stringify({
      about: {},
      answer: 'a "quoted" {brace',
      citations: [{ ...found, quote: 'q' }],
    });
    expect(citedOf([{ ...place, quote: 'q' }], [answer])).toEqual([{ ...found, quote: 'q' }]);
  });

  it('read what is whole of an answer that was cut', () => {
    const second = { ...found, page: 'b', section: 'B', text: 'never "ends" }' };
    const whole = JSON.stringify({ answers: true, results: [{ ...found, text: '{"}' }, second] });
    const cut = `${whole.slice(0, whole.length - 20)}… (20 more bytes)`;
    const told = [
      { ...place, quote: 'q' },
      { ...place, page: 'b', section: 'B', quote: 'r' },
    ];
    expect(citedOf(told, [cut])).toEqual([
      { ...found, quote: 'q' },
      { ...place, page: 'b', section: 'B', quote: 'r', ...unknown },
    ]);
  });

  it('know nothing of a source that nobody told of', () => {
    expect(citedOf([{ ...place, url: null, quote: 'q' }, 7], ['nothing', '{"citations":[7]}'])).toEqual([
      { ...place, url: null, quote: 'q', ...unknown },
    ]);
    expect(citedOf('none', [])).toEqual([]);
  });
});
