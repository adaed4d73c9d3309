// A share of something finite: bar, value and total. Unknown is a dash with its reason, never an empty bar.

import type { ReactNode } from 'react';
import { m } from '@/app/messages';
import { exactBytes, formatBytes, formatPercent } from './format';
import classes from './Meter.module.css';
import { Unknown } from './Unknown';

const WARN = 0.8;
const BAD = 0.92;

function toneOf(fraction: number): string {
  return fraction >= BAD ? 'bad' : fraction >= WARN ? 'warn' : 'act';
}

interface Props {
  label: string;
  fraction: number | null;
  text: string;
  title?: string;
  reason?: string | undefined;
  /** Without the label above: for table cells whose column names it. */
  bare?: boolean;
}

export function Meter({ label, fraction, text, title, reason, bare = false }: Props) {
  const known = fraction !== null && Number.isFinite(fraction);
  const share = known ? Math.min(1, Math.max(0, fraction)) : 0;
  return (
    <div className={bare ? classes.bare : classes.meter} title={title}>
      {!bare && <span className={classes.label}>{label}</span>}
      <span className={`${classes.value} tabular`}>{known ? text : <Unknown reason={reason} />}</span>
      {known ? (
        <span
          className={`${classes.track} tone-${toneOf(share)}`}
          role="meter"
          aria-label={label}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={Math.round(share * 100)}
          aria-valuetext={text}
        >
          <span className={classes.fill} style={{ width: `${share * 100}%` }} />
        </span>
      ) : (
        <span className={`${classes.track} ${classes.none}`} aria-hidden="true" />
      )}
    </div>
  );
}

export function CpuMeter(props: {
  cpu: number | null;
  cores: number | null;
  reason?: string | undefined;
  bare?: boolean;
}) {
  const { cpu, cores, ...rest } = props;
  const text = cpu === null ? '' : formatPercent(cpu);
  const full = cores === null || props.bare ? text : `${text} of ${m.values.cores(cores)}`;
  return <Meter label={m.overview.cpu} fraction={cpu} text={full} {...rest} />;
}

export function BytesMeter(props: {
  label: string;
  used: number | null;
  total: number | null;
  reason?: string | undefined;
  bare?: boolean;
}) {
  const { used, total, ...rest } = props;
  const known = used !== null && total !== null && total > 0;
  return (
    <Meter
      fraction={known ? used / total : null}
      text={known ? m.values.of(formatBytes(used), formatBytes(total)) : ''}
      title={known ? m.values.of(exactBytes(used), exactBytes(total)) : ''}
      {...rest}
    />
  );
}

/** Meters side by side, above the facts of a page. */
export function Meters({ children }: { children: ReactNode }) {
  return <div className={classes.meters}>{children}</div>;
}
