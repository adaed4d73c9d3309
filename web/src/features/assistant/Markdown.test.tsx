// Text from a cluster is data: it cannot draw, fetch or run anything.
import { describe, expect, it } from 'vitest';
import { show } from '@/test-support';
import type { Cited } from '@/ui/citation';
import { Markdown } from './Markdown';

const cited: Cited = {
  title: 'Locks',
  section: 'Guide > Locks',
  page: 'guide.html#locks',
  url: 'https://pve1:8006/pve-docs/guide.html#locks',
  quote: 'It is so.',
  kind: 'section',
  source: 'cluster-main',
  source_name: 'Documentation of main',
  version: '9.1.7',
  read_at: '2026-03-01T08:00:00Z',
};

describe('Markdown', () => {
  it('shows places to fill in and other tags as the text they are', async () => {
    const text =
      'Type qm unlock <vmid> or `pct <cmd>`.\n\n<b onclick="alert(1)">bold</b>\n\n<script>alert(1)</script>';
    const { container, findByText } = show(<Markdown text={text} />);
    await findByText(/qm unlock <vmid> or/);
    expect(container.textContent).toContain('<b onclick="alert(1)">bold</b>');
    expect(container.textContent).toContain('<script>alert(1)</script>');
    expect(container.querySelector('b, script, [onclick]')).toBeNull();
  });

  it('makes no heading of a command in a listed passage, and one of a heading', async () => {
    const { container, findByRole } = show(<Markdown text={'## Steps\n\n- Locks\n  # qm unlock 100'} />);
    await findByRole('heading', { name: 'Steps' });
    expect(container.querySelectorAll('h1, h2')).toHaveLength(1);
    expect(container.querySelectorAll('li br')).toHaveLength(1);
    expect(container.querySelector('li')?.textContent).toBe('Locks\n# qm unlock 100');
  });

  it('keeps the lines of a text apart', async () => {
    const { container, findByText } = show(<Markdown text={'- Guide: https://n/a\n  It begins.'} />);
    await findByText(/It begins/);
    expect(container.querySelectorAll('li br')).toHaveLength(1);
  });

  it('links the numbers of citations, and no number that is none', async () => {
    const { container, findByText } = show(
      <Markdown text="It is so [1], or not [2]. [[1]](https://example.com)" citations={[cited]} answer="a" />,
    );
    await findByText(/or not \[2\]/);
    const marks = [...container.querySelectorAll('a')].map((link) => link.getAttribute('href'));
    expect(marks).toEqual(['#a-citation-1', 'https://example.com']);
  });

  it('renders tables and emphasis but no HTML, no images and no script links', async () => {
    const text = [
      '**41** guests',
      '',
      '| a | b |',
      '|---|---|',
      '| 1 | 2 |',
      '',
      '<img src=x onerror=alert(1)> <script>alert(1)</script>',
      '',
      '![pixel](https://elsewhere.example/pixel.png) [bad](javascript:alert(1)) [good](https://example.com)',
    ].join('\n');
    const { container, findByText } = show(<Markdown text={text} />);
    await findByText('41');
    expect(container.querySelectorAll('table td')).toHaveLength(2);
    expect(container.querySelectorAll('img, script, iframe')).toHaveLength(0);
    const links = [...container.querySelectorAll('a')].map((link) => link.getAttribute('href'));
    expect(links).toEqual(['', 'https://example.com']);
    expect(container.querySelector('a[href^=https]')?.getAttribute('rel')).toContain('noreferrer');
  });
});
