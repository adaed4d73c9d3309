// Asks what a snapshot is to be called, then hands over to the plan.
import { Button, Checkbox, Modal, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { m } from '@/app/messages';
import { usePropose } from '@/features/runs';
import { defaultSnapshotName, isSnapshotName } from './snapshotName';
import classes from './snapshots.module.css';

interface Props {
  /** Selectors of the guests. */
  guests: string[];
  /** Whether the memory of any of them can be included: a running VM. */
  memoryPossible: boolean;
  onClose: () => void;
}

export function SnapshotDialog({ guests, memoryPossible, onClose }: Props) {
  const propose = usePropose();
  const [name, setName] = useState(() => defaultSnapshotName(new Date()));
  const [description, setDescription] = useState('');
  const [memory, setMemory] = useState(false);
  const [tried, setTried] = useState(false);
  const wrong = tried && !isSnapshotName(name) ? m.snapshots.nameWrong : null;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!isSnapshotName(name)) return;
    const input = {
      guests,
      name,
      ...(description.trim() ? { description: description.trim() } : {}),
      ...(memory ? { memory: true } : {}),
    };
    onClose();
    propose({ op: 'snapshots.create', input });
  };

  return (
    <Modal
      opened
      onClose={onClose}
      title={m.snapshots.createFor(guests.length)}
      closeButtonProps={{ 'aria-label': m.plans.close }}
    >
      <form className={classes.form} onSubmit={submit} noValidate>
        <TextInput
          label={m.snapshots.name}
          description={m.snapshots.nameHint}
          value={name}
          error={wrong}
          onChange={(event) => setName(event.currentTarget.value)}
          data-autofocus
          spellCheck={false}
          autoComplete="off"
        />
        <TextInput
          label={m.snapshots.description}
          value={description}
          onChange={(event) => setDescription(event.currentTarget.value)}
          autoComplete="off"
        />
        {memoryPossible && (
          <Checkbox
            label={m.snapshots.memory}
            checked={memory}
            onChange={(event) => setMemory(event.currentTarget.checked)}
          />
        )}
        <div className={classes.actions}>
          <Button variant="default" onClick={onClose}>
            {m.snapshots.cancel}
          </Button>
          <Button type="submit">{m.snapshots.plan}</Button>
        </div>
      </form>
    </Modal>
  );
}
