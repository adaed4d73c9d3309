// Units, ages and unknown values.
import { render, screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { Age } from './Age';
import {
  exactBytes,
  formatBytes,
  formatCountdown,
  formatDuration,
  formatMilliseconds,
  formatPercent,
  formatRelative,
  formatValue,
} from './format';
import { BytesMeter, CpuMeter } from './Meter';
import { Unknown } from './Unknown';

describe('formatters', () => {
  it('uses binary units with one decimal', () => {
    expect([0, 512, 1024, 1536, 1024 ** 3 * 3.25, 1024 ** 4].map(formatBytes)).toEqual([
      '0 B',
      '512 B',
      '1.0 KiB',
      '1.5 KiB',
      '3.3 GiB',
      '1.0 TiB',
    ]);
    expect(formatBytes(1024 ** 2 - 1)).toBe('1.0 MiB');
    expect(exactBytes(1536)).toBe('1,536 B');
  });

  it('never rounds to full or to nothing', () => {
    expect([0, 0.0004, 0.056, 0.5, 0.999, 1].map(formatPercent)).toEqual([
      '0.0 %',
      '< 0.1 %',
      '5.6 %',
      '50 %',
      '99 %',
      '100 %',
    ]);
  });

  it('names durations in the two largest units', () => {
    expect([0, 40, 60, 3599, 3600, 7500, 90_000, 1_234_567].map(formatDuration)).toEqual([
      '0 s',
      '40 s',
      '1 min',
      '59 min',
      '1 h',
      '2 h 5 min',
      '1 d 1 h',
      '14 d 6 h',
    ]);
    expect([12.4, 3400].map(formatMilliseconds)).toEqual(['12 ms', '3.4 s']);
    expect([605, 9, -3].map(formatCountdown)).toEqual(['10:05', '0:09', '0:00']);
  });

  it('tells times before and after now', () => {
    const now_ms = Date.parse('2026-01-01T12:00:00Z');
    expect(formatRelative('2026-01-01T11:57:00Z', now_ms)).toBe('3 min ago');
    expect(formatRelative('2026-01-01T12:00:30Z', now_ms)).toBe('in 30 s');
    expect(formatRelative('2026-01-01T12:00:00Z', now_ms)).toBe('now');
    expect(formatRelative('nonsense', now_ms)).toBe('nonsense');
  });

  it('shows values of a change as text', () => {
    expect([null, '', true, 4, 'x', { a: 1 }].map(formatValue)).toEqual([
      'not set',
      'not set',
      'yes',
      '4',
      'x',
      '{"a":1}',
    ]);
  });
});

describe('unknown values', () => {
  it('are a dash with the reason, never a zero', () => {
    const { container } = render(
      <>
        <Unknown reason="The node is offline." />
        <CpuMeter cpu={null} cores={4} reason="offline" />
        <BytesMeter label="Memory" used={null} total={1024} reason="offline" />
        <Age at={null} missing="never seen" />
      </>,
    );
    expect(container.textContent).not.toMatch(/0/);
    expect(container.querySelectorAll('[role=meter]')).toHaveLength(0);
    expect(screen.getByTitle('The node is offline.').textContent).toContain('–');
    expect(screen.getByTitle('never seen')).toBeTruthy();
  });

  it('do not hide a known zero', () => {
    render(<CpuMeter cpu={0} cores={4} />);
    expect(screen.getByRole('meter', { name: 'CPU' }).getAttribute('aria-valuenow')).toBe('0');
  });
});
