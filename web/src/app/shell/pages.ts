// The main pages: one list for the side bar, the bottom bar and the palette.
import {
  IconActivity,
  IconBolt,
  IconBook2,
  IconCalendarTime,
  IconClipboardCheck,
  IconDatabase,
  IconDeviceDesktop,
  IconLayoutDashboard,
  IconListNumbers,
  IconMessage2,
  IconNotebook,
  IconServer,
  IconShieldCheck,
  IconTopologyStar3,
  type TablerIcon,
} from '@tabler/icons-react';
import { m } from '../messages';

export interface Page {
  to:
    | '/'
    | '/guests'
    | '/nodes'
    | '/storages'
    | '/plans'
    | '/runs'
    | '/schedules'
    | '/runbooks'
    | '/assistant'
    | '/clusters'
    | '/knowledge'
    | '/operations'
    | '/policy'
    | '/memory';
  label: string;
  icon: TablerIcon;
  /** In the bottom bar of narrow screens; the others are under "More". */
  bottom: boolean;
}

export const pages: Page[] = [
  { to: '/', label: m.shell.overview, icon: IconLayoutDashboard, bottom: true },
  { to: '/guests', label: m.shell.guests, icon: IconDeviceDesktop, bottom: true },
  { to: '/nodes', label: m.shell.nodes, icon: IconServer, bottom: false },
  { to: '/storages', label: m.shell.storages, icon: IconDatabase, bottom: false },
  { to: '/plans', label: m.shell.plans, icon: IconClipboardCheck, bottom: true },
  { to: '/runs', label: m.shell.runs, icon: IconActivity, bottom: false },
  { to: '/schedules', label: m.shell.schedules, icon: IconCalendarTime, bottom: false },
  { to: '/runbooks', label: m.shell.runbooks, icon: IconListNumbers, bottom: false },
  { to: '/assistant', label: m.shell.assistant, icon: IconMessage2, bottom: true },
  { to: '/clusters', label: m.shell.clusters, icon: IconTopologyStar3, bottom: false },
  { to: '/knowledge', label: m.shell.knowledge, icon: IconBook2, bottom: false },
  { to: '/operations', label: m.shell.operations, icon: IconBolt, bottom: false },
  { to: '/policy', label: m.shell.policy, icon: IconShieldCheck, bottom: false },
  { to: '/memory', label: m.shell.memory, icon: IconNotebook, bottom: false },
];
