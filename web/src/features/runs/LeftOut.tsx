// Targets that were wished for and get no step, each with its reason: before consent and in the receipt.
import { IconCheck, IconCircleOff } from '@tabler/icons-react';
import { useState } from 'react';
import type { LeftOutTarget } from '@/api';
import { m } from '@/app/messages';
import { GuestLink, guestOfTarget } from '@/ui';
import classes from './Plan.module.css';

const FIRST = 12;

const looks = {
  already: { tone: 'ok', icon: IconCheck },
  unfit: { tone: 'warn', icon: IconCircleOff },
};

export function LeftOut({ all }: { all: LeftOutTarget[] }) {
  const [open, setOpen] = useState(false);
  if (all.length === 0) return null;
  const shown = open ? all : all.slice(0, FIRST);
  return (
    <>
      <p className={classes.line}>{m.plans.leftOutCount(all.length)}</p>
      <div className={classes.tableScroll} tabIndex={0} role="region" aria-label={m.plans.leftOut}>
        <table className={classes.table}>
          <thead>
            <tr>
              <th scope="col">{m.plans.target}</th>
              <th scope="col">{m.plans.because}</th>
              <th scope="col">{m.plans.reason}</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((one) => (
              <Row key={`${one.target} ${one.reason}`} one={one} />
            ))}
          </tbody>
        </table>
      </div>
      {shown.length < all.length && (
        <button type="button" className={classes.more} onClick={() => setOpen(true)}>
          {m.plans.moreLeftOut(all.length - shown.length)}
        </button>
      )}
    </>
  );
}

function Row({ one }: { one: LeftOutTarget }) {
  const guest = guestOfTarget(one.target);
  const { tone, icon: Icon } = looks[one.because];
  return (
    <tr>
      <td data-label={m.plans.target}>
        {guest ? (
          <GuestLink cluster={guest.cluster} vmid={guest.vmid} name={`${one.name} (${one.target})`} />
        ) : (
          <span className="mono">{one.target}</span>
        )}
      </td>
      <td data-label={m.plans.because}>
        <span className={`status tone-${tone}`}>
          <Icon size={12} aria-hidden="true" />
          <span>{m.plans.leftOutBecause[one.because]}</span>
        </span>
      </td>
      <td data-label={m.plans.reason}>
        {one.reason}
        {one.hint && <span className="dim"> {one.hint}</span>}
      </td>
    </tr>
  );
}
