// Text from a cluster is data: it cannot draw, fetch or run anything.
import { describe, expect, it } from 'vitest';
import { show } from '@/test-support';
import { Markdown } from './Markdown';

describe('Markdown', () => {
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
