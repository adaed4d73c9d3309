// The assistant as a page: conversations on the left, the chosen one in the address.
import { ActionIcon } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { m } from '@/app/messages';
import { Age, ErrorState, PageHeader, SkeletonRows } from '@/ui';
import classes from './assistant.module.css';
import { Chat } from './Chat';
import { newestFirst, useThreads } from './threads';

export function AssistantPage() {
  const { thread } = useSearch({ from: '/assistant' });
  const navigate = useNavigate({ from: '/assistant' });
  const { list } = useThreads();
  const choose = (id: string | undefined) =>
    void navigate({ search: id === undefined ? {} : { thread: id } });
  const threads = newestFirst(list.data?.threads ?? []);
  return (
    <div className={`page-fill ${classes.page}`}>
      <div className={classes.pageHead}>
        <PageHeader
          title={m.assistant.title}
          actions={
            <label className={classes.narrowThreads}>
              <span className="visually-hidden">{m.assistant.threads}</span>
              <select value={thread ?? ''} onChange={(event) => choose(event.target.value || undefined)}>
                <option value="">{m.assistant.newThread}</option>
                {threads.map((each) => (
                  <option key={each.id} value={each.id}>
                    {each.title || m.assistant.untitled}
                  </option>
                ))}
              </select>
            </label>
          }
        />
      </div>
      <div className={classes.columns}>
        <section className={classes.threads} aria-label={m.assistant.threads}>
          <div className={classes.threadsHead}>
            <h2>{m.assistant.threads}</h2>
            <ActionIcon
              variant="default"
              aria-label={m.assistant.newThread}
              title={m.assistant.newThread}
              onClick={() => choose(undefined)}
            >
              <IconPlus size={16} />
            </ActionIcon>
          </div>
          {list.isPending ? (
            <SkeletonRows rows={4} />
          ) : list.isError ? (
            <ErrorState error={list.error} onRetry={() => void list.refetch()} />
          ) : (
            <ul>
              {threads.map((each) => (
                <li key={each.id}>
                  <button
                    type="button"
                    className={classes.thread}
                    aria-current={each.id === thread || undefined}
                    onClick={() => choose(each.id)}
                  >
                    <span className="entity-text">{each.title || m.assistant.untitled}</span>
                    <span className="dim">
                      <Age at={each.updated_at ?? each.created_at} />
                    </span>
                  </button>
                </li>
              ))}
            </ul>
          )}
        </section>
        <Chat thread={thread ?? null} onThread={choose} />
      </div>
    </div>
  );
}
