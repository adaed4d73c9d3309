// The conversations of this person.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ChatThread, chat } from '@/api';

const key = ['chat.threads'];

export function useThreads() {
  const client = useQueryClient();
  const list = useQuery({ queryKey: key, queryFn: chat.threads });
  const create = useMutation({
    mutationFn: chat.create,
    onSuccess: (made: ChatThread) => {
      client.setQueryData<{ threads: ChatThread[] }>(key, (old) => ({
        threads: [made, ...(old?.threads ?? [])],
      }));
    },
  });
  return { list, create };
}

export function newestFirst(threads: ChatThread[]): ChatThread[] {
  const at = (thread: ChatThread) => thread.updated_at ?? thread.created_at;
  return [...threads].sort((a, b) => at(b).localeCompare(at(a)));
}
