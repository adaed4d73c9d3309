// Addresses of the console. Every page is a chunk of its own; all of them can be loaded directly.
import { createRootRoute, createRoute, createRouter, Link, lazyRouteComponent } from '@tanstack/react-router';
import type { PlanState } from '@/api';
import { readFilter } from '@/features/guests/filter';
import { readKnowledgeSearch } from '@/features/knowledge/scope';
import { isPlanState } from '@/features/runs';
import { EmptyState, ErrorState, PageHeader, SkeletonRows } from '@/ui';
import { m } from './messages';
import { Shell } from './shell/Shell';

const root = createRootRoute({
  component: Shell,
  errorComponent: ({ error, reset }) => <ErrorState error={error} onRetry={reset} />,
  notFoundComponent: () => (
    <>
      <PageHeader title={m.shell.notFound} />
      <EmptyState title={m.shell.notFoundHint}>
        <Link to="/">{m.shell.toOverview}</Link>
      </EmptyState>
    </>
  ),
});

export interface GuestSearch {
  text?: string | undefined;
  status?: string | undefined;
  kind?: string | undefined;
  node?: string | undefined;
  tag?: string | undefined;
  sort?: string | undefined;
  desc?: boolean | undefined;
}

const page = <Path extends string>(path: Path, component: ReturnType<typeof lazyRouteComponent>) =>
  createRoute({ getParentRoute: () => root, path, component });

const routes = [
  page(
    '/',
    lazyRouteComponent(() => import('@/features/inventory/OverviewPage'), 'OverviewPage'),
  ),
  createRoute({
    getParentRoute: () => root,
    path: '/guests',
    validateSearch: (search: Record<string, unknown>): GuestSearch => ({
      ...readFilter(search),
      ...(typeof search.sort === 'string' ? { sort: search.sort } : {}),
      ...(search.desc === true ? { desc: true } : {}),
    }),
    component: lazyRouteComponent(() => import('@/features/guests/GuestsPage'), 'GuestsPage'),
  }),
  page(
    '/guests/$cluster/$vmid',
    lazyRouteComponent(() => import('@/features/guests/GuestPage'), 'GuestPage'),
  ),
  page(
    '/nodes',
    lazyRouteComponent(() => import('@/features/inventory/NodesPage'), 'NodesPage'),
  ),
  page(
    '/nodes/$cluster/$node',
    lazyRouteComponent(() => import('@/features/nodes/NodePage'), 'NodePage'),
  ),
  page(
    '/storages',
    lazyRouteComponent(() => import('@/features/inventory/StoragesPage'), 'StoragesPage'),
  ),
  page(
    '/storages/$cluster/$storage',
    lazyRouteComponent(() => import('@/features/storages/StoragePage'), 'StoragePage'),
  ),
  createRoute({
    getParentRoute: () => root,
    path: '/plans',
    validateSearch: (search: Record<string, unknown>): { state?: PlanState } =>
      isPlanState(search.state) && search.state !== 'proposed' ? { state: search.state } : {},
    component: lazyRouteComponent(() => import('@/features/runs/PlansPage'), 'PlansPage'),
  }),
  page(
    '/plans/$id',
    lazyRouteComponent(() => import('@/features/runs/PlanPage'), 'PlanPage'),
  ),
  page(
    '/runs',
    lazyRouteComponent(() => import('@/features/runs/RunsPage'), 'RunsPage'),
  ),
  page(
    '/runs/$id',
    lazyRouteComponent(() => import('@/features/runs/RunPage'), 'RunPage'),
  ),
  page(
    '/schedules',
    lazyRouteComponent(() => import('@/features/schedules/SchedulesPage'), 'SchedulesPage'),
  ),
  page(
    '/schedules/$schedule',
    lazyRouteComponent(() => import('@/features/schedules/SchedulePage'), 'SchedulePage'),
  ),
  page(
    '/runbooks',
    lazyRouteComponent(() => import('@/features/schedules/RunbooksPage'), 'RunbooksPage'),
  ),
  page(
    '/runbooks/$name',
    lazyRouteComponent(() => import('@/features/schedules/RunbookPage'), 'RunbookPage'),
  ),
  createRoute({
    getParentRoute: () => root,
    path: '/assistant',
    validateSearch: (search: Record<string, unknown>): { thread?: string } =>
      typeof search.thread === 'string' ? { thread: search.thread } : {},
    component: lazyRouteComponent(() => import('@/features/assistant/AssistantPage'), 'AssistantPage'),
  }),
  page(
    '/clusters',
    lazyRouteComponent(() => import('@/features/clusters/ClustersPage'), 'ClustersPage'),
  ),
  createRoute({
    getParentRoute: () => root,
    path: '/knowledge',
    validateSearch: readKnowledgeSearch,
    component: lazyRouteComponent(() => import('@/features/knowledge/KnowledgePage'), 'KnowledgePage'),
  }),
  page(
    '/policy',
    lazyRouteComponent(() => import('@/features/policy/PolicyPage'), 'PolicyPage'),
  ),
  page(
    '/memory',
    lazyRouteComponent(() => import('@/features/memory/MemoryPage'), 'MemoryPage'),
  ),
  page(
    '/operations',
    lazyRouteComponent(() => import('@/features/operations/OperationsPage'), 'OperationsPage'),
  ),
  page(
    '/operations/$op',
    lazyRouteComponent(() => import('@/features/operations/OperationPage'), 'OperationPage'),
  ),
] as const;

export const router = createRouter({
  routeTree: root.addChildren(routes),
  defaultPreload: 'intent',
  defaultPendingMs: 150,
  defaultPendingComponent: () => <SkeletonRows rows={8} />,
  scrollRestoration: false,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
