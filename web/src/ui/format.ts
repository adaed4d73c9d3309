// Numbers, sizes and times as people read them. Binary units for memory and disk, one decimal, the locale of the browser.
import { m } from '@/app/messages';

const BINARY = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
const oneDecimal = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1, minimumFractionDigits: 1 });
const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < BINARY.length - 1) {
    value /= 1024;
    unit += 1;
  }
  // 1023.97 would be shown as "1,024.0": one more step keeps it short.
  if (value >= 1023.95 && unit < BINARY.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? whole.format(value) : oneDecimal.format(value)} ${BINARY[unit] ?? ''}`;
}

/** The exact value, for the hover text. */
export function exactBytes(bytes: number): string {
  return `${whole.format(bytes)} B`;
}

export function formatCount(count: number): string {
  return whole.format(count);
}

/** A fraction 0..1 as a percentage; never "100 %" for something that is not full. */
export function formatPercent(fraction: number): string {
  const percent = fraction * 100;
  if (percent > 0 && percent < 0.1) return '< 0.1 %';
  if (percent < 10) return `${oneDecimal.format(percent)} %`;
  return `${whole.format(percent > 99 && percent < 100 ? 99 : percent)} %`;
}

/** Seconds as "40 s", "3 min", "2 h 5 min", "12 d 3 h". */
export function formatDuration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} s`;
  const minutes = Math.floor(s / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 > 0 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  const days = Math.floor(hours / 24);
  return hours % 24 > 0 ? `${days} d ${hours % 24} h` : `${days} d`;
}

/** How long an answer took: "12 ms", "3.4 s". */
export function formatMilliseconds(milliseconds: number): string {
  return milliseconds < 1000
    ? `${whole.format(milliseconds)} ms`
    : `${oneDecimal.format(milliseconds / 1000)} s`;
}

/** Countdown with a stable width: "4:05". */
export function formatCountdown(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, '0')}`;
}

export function formatMoment(timestamp: string): string {
  const at = new Date(timestamp);
  return Number.isNaN(at.getTime()) ? timestamp : moment.format(at);
}

/** "3 min ago", "in 2 min", "now". */
export function formatRelative(timestamp: string, now_ms: number): string {
  const at = new Date(timestamp).getTime();
  if (Number.isNaN(at)) return timestamp;
  const seconds = (now_ms - at) / 1000;
  if (Math.abs(seconds) < 1) return m.values.now;
  return seconds > 0 ? m.values.ago(formatDuration(seconds)) : m.values.in(formatDuration(-seconds));
}

/** A value of a plan's change or of a configuration, as text. */
export function formatValue(value: unknown): string {
  if (value === null || value === undefined || value === '') return m.plans.empty;
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  if (typeof value === 'boolean') return value ? m.values.yes : m.values.no;
  return JSON.stringify(value);
}
