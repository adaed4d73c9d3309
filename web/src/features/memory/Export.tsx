// Everything that this person sees of the memory, as a file.
import { Button } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { query } from '@/api';
import { m } from '@/app/messages';
import { ErrorState } from '@/ui';

export function Export() {
  const made = useMutation({
    mutationFn: () => query('memory.export', {}),
    onSuccess: (answer) => save(`memory-${answer.exported_at.slice(0, 10)}.json`, answer),
  });
  return (
    <>
      <Button
        size="xs"
        variant="default"
        loading={made.isPending}
        title={m.memory.exportHint}
        leftSection={<IconDownload size={14} aria-hidden="true" />}
        onClick={() => made.mutate()}
      >
        {m.memory.export}
      </Button>
      {made.isError && <ErrorState error={made.error} />}
    </>
  );
}

function save(name: string, content: unknown): void {
  const url = URL.createObjectURL(
    new Blob([`${JSON.stringify(content, null, 2)}\n`], { type: 'application/json' }),
  );
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
