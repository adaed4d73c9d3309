// Which words of an answer are quoted, and that nothing of a quote is lost.
import { describe, expect, it } from 'vitest';
import { blocksOf, type Cited, fileOf, readAnswer, spansOf } from './quoted';

const cited = (change: Partial<Cited>): Cited => ({
  title: 't',
  section: 'Guide > Locks',
  page: 'guide.html#locks',
  url: 'https://pve1:8006/pve-docs/guide.html#locks',
  quote: 'qm unlock <vmid>\n\nUnlock the VM.',
  kind: 'command',
  source: 'cluster-main',
  source_name: 'Documentation of main',
  version: '9.1.7',
  read_at: null,
  ...change,
});
const first = cited({});
const second = cited({
  section: 'Runbook > Order',
  page: 'runbook.md#order',
  url: null,
  quote: '# a\n\n[1] is b.',
});
const places = '[1] Guide > Locks: https://pve1:8006/pve-docs/guide.html#locks\n[2] Runbook > Order';

describe('an answer', () => {
  it('that consists of quotes falls into them, without its list of places', () => {
    const text = `They differ:\n\n${first.quote} [1]\n\n${second.quote} [2]\n\n${places}\n\nThis holds for 9.1.`;
    expect(readAnswer(text, [first, second])).toEqual({
      parts: [
        { kind: 'own', text: 'They differ:' },
        { kind: 'quote', text: first.quote, number: 1 },
        { kind: 'quote', text: second.quote, number: 2 },
      ],
      text: `They differ:\n\n${first.quote} [1]\n\n${second.quote} [2]`,
      rest: 'This holds for 9.1.',
    });
  });

  it('in the words of a model is no quote, though it cites', () => {
    const text = `Use qm unlock [1]. Then b [2].\n\n${places}`;
    expect(readAnswer(text, [first, second])).toEqual({
      parts: null,
      text: 'Use qm unlock [1]. Then b [2].',
      rest: '',
    });
    expect(readAnswer('Nothing is cited.', [])).toEqual({ parts: null, text: 'Nothing is cited.', rest: '' });
  });
});

describe('the words of a quote', () => {
  const code = (text: string) => blocksOf(text).map((block) => block.code);

  it('are kept to the letter', () => {
    const text = '  a <b>\n\n\n\n# c `d` --e /etc/pve/f.cfg\n\n* g_h_ &lt; \\*';
    expect(
      blocksOf(text)
        .map((block) => block.text)
        .join('\n\n'),
    ).toBe(text);
    expect(
      spansOf(text)
        .map((span) => span.text)
        .join(''),
    ).toBe(text);
  });

  it('are code where they are typed', () => {
    expect(code('qm disk resize <vmid> <disk> <size> [OPTIONS]\n\nExtend volume size.')).toEqual([
      true,
      false,
    ]);
    expect(code('# pct restore 600 /mnt/a.tar\n\n--timeout <integer> (1 - N)\n\nqm resize')).toEqual([
      true,
      true,
      true,
    ]);
    expect(code('lock: <backup | clone>\n\nonboot: 1\nmemory: 512')).toEqual([true, true]);
    expect(code('pvesm status\npvesm list local\n\nthe first\nand the second')).toEqual([true, false]);
    expect(code('Note: Only do that.\n\nuse it with care: it deletes. Then go on.')).toEqual([false, false]);
  });

  it('mark flags, paths and places to fill in within prose', () => {
    expect(
      spansOf('Set --force in /etc/pve/storage.cfg for <vmid>, not 1 < 2.').filter((span) => span.code),
    ).toEqual([
      { code: true, text: '--force' },
      { code: true, text: '/etc/pve/storage.cfg' },
      { code: true, text: '<vmid>' },
    ]);
  });
});

describe('the file of a passage', () => {
  it('is named where nothing opens it', () => {
    expect(fileOf(second)).toBe('runbook.md#order');
    expect(fileOf(first)).toBeNull();
    expect(fileOf(cited({ url: null, page: 'x', kind: 'note' }))).toBeNull();
  });
});
