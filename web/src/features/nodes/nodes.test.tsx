// The page of a node: what is known of it, and taking it down by way of a plan.
import { fireEvent, screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { PlanFlowProvider } from '@/features/runs';
import { guest, plan, serve, session, show } from '@/test-support';
import { Node } from './NodePage';

const node = (change: Record<string, unknown> = {}) => ({
  cluster: 'main',
  node: 'pve1',
  status: 'online',
  cpu: 0.1,
  cores: 16,
  memory_used_bytes: 1,
  memory_bytes: 4,
  disk_used_bytes: 1,
  disk_bytes: 4,
  uptime_s: 3600,
  guests: 1,
  guests_running: 1,
  ...change,
});
const status = {
  uptime_s: 3600,
  cpu: 0.1,
  io_wait: 0,
  load_average: [0.1, 0.2, 0.3],
  cpu_model: 'A processor',
  cpus: 16,
  sockets: 1,
  memory: null,
  swap: null,
  root: null,
  shared_memory_bytes: 0,
  pve_version: 'pve-manager/9.1.7/0123456789abcdef',
  kernel: '6.17.4-1-pve',
  boot_mode: 'efi',
  secure_boot: false,
};
const answers = {
  'POST /api/v1/nodes/show': {
    body: {
      node: node(),
      status,
      error: null,
      guests: [guest({ vmid: 7 })],
      read_at: '2026-01-01T12:00:00Z',
    },
  },
  'POST /api/v1/nodes/services': {
    body: {
      services: [{ service: 'pvestatd', description: null, state: 'running', unit_state: 'enabled' }],
      read_at: '2026-01-01T12:00:00Z',
    },
  },
  'POST /api/v1/nodes/updates': {
    body: {
      nodes: [
        {
          cluster: 'main',
          node: 'pve1',
          updates: [
            {
              package: 'proxmox-kernel-6.17',
              title: null,
              installed: '1',
              available: '2',
              origin: null,
              kernel: true,
            },
          ],
          lists_fetched_at: null,
          error: null,
        },
      ],
      read_at: '2026-01-01T12:00:00Z',
    },
  },
};

describe('nodes', () => {
  it('shows what a node tells, its services and its updates', async () => {
    serve({ ...session(), ...answers });
    show(<Node cluster="main" node="pve1" />);
    expect((await screen.findByText('9.1.7')).title).toBe('pve-manager/9.1.7/0123456789abcdef');
    // Each name is said once, above its bar.
    expect(screen.getAllByText('CPU')).toHaveLength(1);
    expect(await screen.findByText('pvestatd')).toBeTruthy();
    expect(await screen.findByText('1 update, a new kernel among them')).toBeTruthy();
  });

  it('leads from a reboot to a plan that moves the guests away first', async () => {
    const calls = serve({
      ...session(),
      ...answers,
      'POST /api/v1/nodes/reboot': { status: 202, body: plan({ op: 'nodes.reboot' }) },
      'GET /api/v1/plans/plan-1': { body: plan({ op: 'nodes.reboot' }) },
    });
    show(
      <PlanFlowProvider>
        <Node cluster="main" node="pve1" />
      </PlanFlowProvider>,
    );
    fireEvent.click(await screen.findByRole('button', { name: 'Reboot' }));
    await screen.findByRole('dialog');
    expect(calls.find((call) => call.path.endsWith('/nodes/reboot'))?.body).toEqual({
      node: 'main/pve1',
      evacuate: true,
      with_local_disks: false,
    });
  });

  it('says why nothing is known of a node that is away', async () => {
    const away = { status: 'offline', cpu: null, memory_used_bytes: null, uptime_s: null, guests_running: 0 };
    serve({
      ...session(),
      'POST /api/v1/nodes/show': {
        body: {
          node: node(away),
          status: null,
          error: 'node main/pve1 is offline',
          guests: [],
          read_at: '2026-01-01T12:00:00Z',
        },
      },
    });
    show(<Node cluster="main" node="pve1" />);
    expect(await screen.findByText('node main/pve1 is offline')).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Wake' })).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Reboot' })).toBeNull();
  });
});
