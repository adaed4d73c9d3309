// What was checked before a plan was shown, and how risky it is: each with icon and word.
import { IconAlertTriangle, IconArrowBackUp, IconFlame, IconInfoCircle } from '@tabler/icons-react';
import type { PreflightSignal, Risk } from '@/api';
import { m } from '@/app/messages';
import classes from './Plan.module.css';

const levels = {
  info: { tone: 'act', icon: IconInfoCircle },
  warning: { tone: 'warn', icon: IconAlertTriangle },
};

export function Preflight({ signals }: { signals: PreflightSignal[] }) {
  if (signals.length === 0) return null;
  return (
    <ul className={classes.preflight} aria-label={m.plans.preflight}>
      {signals.map((signal) => {
        const look = levels[signal.level];
        const Icon = look.icon;
        return (
          <li key={`${signal.signal} ${signal.target ?? ''} ${signal.text}`}>
            <span className={`status tone-${look.tone}`}>
              <Icon size={14} aria-hidden="true" />
              <span>{m.plans.level[signal.level]}</span>
            </span>
            <span>{signal.text}</span>
          </li>
        );
      })}
    </ul>
  );
}

const risks = {
  read: { tone: 'idle', icon: IconInfoCircle },
  reversible: { tone: 'ok', icon: IconArrowBackUp },
  disruptive: { tone: 'warn', icon: IconAlertTriangle },
  destructive: { tone: 'bad', icon: IconFlame },
};

export function RiskBadge({ risk }: { risk: Risk }) {
  const { tone, icon: Icon } = risks[risk];
  return (
    <span className={`status tone-${tone}`}>
      <Icon size={14} aria-hidden="true" />
      <span>{m.plans.risk[risk]}</span>
    </span>
  );
}
