// The frame of every page: navigation, breadcrumbs, search, content, assistant panel, run tray.
import { ActionIcon } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { IconMessage2, IconSearch } from '@tabler/icons-react';
import { Outlet, useLocation } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { useInventoryFeed } from '@/features/inventory';
import { FreezeNote } from '@/features/policy';
import { PlanFlowProvider, RunTray, useBusFeed } from '@/features/runs';
import { useKept } from '@/ui';
import { m } from '../messages';
import { BottomBar } from './BottomBar';
import { Breadcrumbs } from './Breadcrumbs';
import { OfflineNote } from './OfflineNote';
import { SideBar } from './SideBar';
import classes from './shell.module.css';

const Palette = lazy(() => import('./Palette').then((module) => ({ default: module.Palette })));
const SidePanel = lazy(() =>
  import('@/features/assistant/SidePanel').then((module) => ({ default: module.SidePanel })),
);

export function Shell() {
  const [searching, setSearching] = useState(false);
  const [panelOpen, setPanelOpen] = useKept<boolean>('assistant.open', false);
  const onAssistantPage = useLocation({ select: (location) => location.pathname.startsWith('/assistant') });
  const panel = panelOpen && !onAssistantPage;
  useInventoryFeed();
  useBusFeed();
  // With an empty list of tags the keys work inside inputs too.
  useHotkeys(
    [
      ['mod+K', () => setSearching(true)],
      ['mod+J', () => setPanelOpen(!panelOpen)],
    ],
    [],
  );

  return (
    <PlanFlowProvider>
      <a className={classes.skip} href="#content">
        {m.shell.skip}
      </a>
      <div className={classes.frame}>
        <SideBar />
        <div className={classes.middle}>
          <section className={classes.top} aria-label={m.shell.tools}>
            <Breadcrumbs />
            <button
              type="button"
              className={classes.search}
              title={m.shell.searchName}
              onClick={() => setSearching(true)}
            >
              <IconSearch size={14} aria-hidden="true" />
              <span className={classes.searchText}>{m.shell.search}</span>
              <kbd className={classes.keys}>Ctrl K</kbd>
            </button>
            {!onAssistantPage && (
              <ActionIcon
                variant="default"
                size={32}
                className={classes.panelToggle ?? ''}
                aria-label={panel ? m.shell.assistantClose : m.shell.assistantOpen}
                title={panel ? m.shell.assistantClose : m.shell.assistantOpen}
                aria-pressed={panel}
                onClick={() => setPanelOpen(!panelOpen)}
              >
                <IconMessage2 size={16} />
              </ActionIcon>
            )}
          </section>
          <OfflineNote />
          <FreezeNote />
          <main id="content" className={classes.content} tabIndex={0}>
            <Outlet />
          </main>
          <RunTray />
        </div>
        {panel && (
          <Suspense fallback={<div className={classes.panelGap} />}>
            <SidePanel onClose={() => setPanelOpen(false)} />
          </Suspense>
        )}
        <BottomBar />
      </div>
      {searching && (
        <Suspense>
          <Palette onClose={() => setSearching(false)} />
        </Suspense>
      )}
    </PlanFlowProvider>
  );
}
