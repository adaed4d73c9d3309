// Filter of the guest table: text on the left, chips for what exists, how many rows remain.
import { CloseButton, TextInput } from '@mantine/core';
import { IconFilter } from '@tabler/icons-react';
import { useMemo } from 'react';
import type { GuestRow } from '@/api';
import { m } from '@/app/messages';
import { choicesOf, type GuestFilter } from './filter';
import classes from './guests.module.css';

type Chip = 'status' | 'kind' | 'node' | 'tag';
const chips: { key: Chip; label: string }[] = [
  { key: 'status', label: m.guests.status },
  { key: 'kind', label: m.guests.kind },
  { key: 'node', label: m.guests.node },
  { key: 'tag', label: m.guests.tags },
];

interface Props {
  guests: readonly GuestRow[];
  filter: GuestFilter;
  onChange: (change: { [K in keyof GuestFilter]?: string | undefined }) => void;
  shown: number;
}

function wordFor(key: Chip, value: string): string {
  if (key === 'kind') return value === 'qemu' ? m.guests.qemu : m.guests.lxc;
  if (key === 'status') return m.status[value as 'running'] ?? value;
  return value;
}

export function FilterBar({ guests, filter, onChange, shown }: Props) {
  const choices = useMemo(() => choicesOf(guests), [guests]);
  return (
    <div className={classes.filters} role="search" aria-label={m.table.filter}>
      <TextInput
        size="xs"
        aria-label={m.table.filter}
        placeholder={m.guests.filterHint}
        value={filter.text ?? ''}
        onChange={(event) => onChange({ text: event.currentTarget.value || undefined })}
        leftSection={<IconFilter size={14} aria-hidden="true" />}
        rightSection={
          filter.text ? (
            <CloseButton
              size="xs"
              aria-label={m.table.clearFilter}
              onClick={() => onChange({ text: undefined })}
            />
          ) : null
        }
        className={classes.text ?? ''}
      />
      {chips.map(({ key, label }) => {
        if (choices[key].length === 0) return null;
        const value = filter[key];
        const options = value && !choices[key].includes(value) ? [value, ...choices[key]] : choices[key];
        return (
          <label key={key} className={classes.chip} data-on={value ? true : undefined}>
            <span className="visually-hidden">{label}</span>
            <select
              value={value ?? ''}
              onChange={(event) => onChange({ [key]: event.target.value || undefined })}
            >
              <option value="">{m.guests.any(label.toLowerCase())}</option>
              {options.map((option) => (
                <option key={option} value={option}>
                  {wordFor(key, option)}
                </option>
              ))}
            </select>
          </label>
        );
      })}
      <span className={`${classes.count} tabular`} aria-live="polite">
        {m.table.rows(shown, guests.length)}
      </span>
    </div>
  );
}
