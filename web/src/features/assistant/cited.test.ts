// Citations of the stream, with whose words they are.
import { describe, expect, it } from 'vitest';
import { citedOf } from './cited';

const place = {
  title: 'Locks',
  section: 'Guide > Locks',
  page: 'guide.html#locks',
  url: 'https://n/guide.html#locks',
  quote: 'q',
};
const origin = {
  kind: 'section',
  source: 's',
  source_name: 'Guide',
  version: '9.1',
  read_at: '2026-01-01T00:00:00Z',
};
const unknown = { kind: null, source: null, source_name: null, version: null, read_at: null };

describe('citations of a turn', () => {
  it('say source, version and age, and nothing of what is not told', () => {
    expect(citedOf([{ ...place, ...origin }])).toEqual([{ ...place, ...origin }]);
    expect(citedOf([{ ...place, url: null }, 7])).toEqual([{ ...place, url: null, ...unknown }]);
    expect(citedOf('none')).toEqual([]);
  });
});
