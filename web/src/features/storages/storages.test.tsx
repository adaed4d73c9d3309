// The page of a storage: what lies on it, and orphans only when somebody asks for them.
import { fireEvent, screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { PlanFlowProvider } from '@/features/runs';
import { plan, serve, session, show } from '@/test-support';
import { Storage } from './StoragePage';
import { nameOf, volumeReference } from './volumes';

const volume = (change: Record<string, unknown> = {}) => ({
  cluster: 'main',
  node: 'pve1',
  storage: 'fast',
  volume: 'fast:vm-101-disk-0',
  content: 'images',
  format: 'raw',
  size_bytes: 8 * 2 ** 30,
  used_bytes: null,
  created_at: null,
  vmid: 101,
  parent: null,
  notes: null,
  protected: false,
  guest: 'web-01',
  ...change,
});

const answers = {
  'POST /api/v1/storages/show': {
    body: {
      cluster: 'main',
      storage: 'fast',
      type: 'rbd',
      content: ['images'],
      enabled: true,
      shared: true,
      restricted_to: [],
      options: {},
      nodes: [
        { node: 'pve1', active: true, total_bytes: 100, used_bytes: 40, available_bytes: 60, error: null },
        {
          node: 'pve2',
          active: null,
          total_bytes: null,
          used_bytes: null,
          available_bytes: null,
          error: 'away',
        },
      ],
      read_at: '2026-01-01T12:00:00Z',
    },
  },
  'POST /api/v1/storages/content': {
    body: {
      volumes: [volume()],
      not_read: [{ what: 'fast (pve3)', reason: 'the node is away' }],
      read_at: '2026-01-01T12:00:00Z',
    },
  },
  'POST /api/v1/storages/orphans': {
    body: {
      orphans: [{ ...volume({ volume: 'fast:vm-9-disk-0', vmid: 9 }), reason: 'there is no guest 9' }],
      orphans_bytes: 2 ** 30,
      not_known: [{ ...volume({ volume: 'fast:vm-8-disk-0', vmid: 8 }), reason: 'web-08 could not be read' }],
      not_read: [],
      read_at: '2026-01-01T12:00:00Z',
    },
  },
};

describe('storages', () => {
  it('names volumes as people and operations do', () => {
    expect(nameOf('local:iso/debian.iso')).toBe('iso/debian.iso');
    expect(volumeReference(volume())).toBe('main/pve1/fast:vm-101-disk-0');
  });

  it('shows what lies on a storage and what could not be read', async () => {
    const calls = serve({ ...session(), ...answers });
    show(<Storage cluster="main" storage="fast" />);
    expect(await screen.findByText('1 volume, cluster main')).toBeTruthy();
    expect(screen.getByText('unknown: away')).toBeTruthy();
    expect(screen.getByText('fast (pve3) could not be read: the node is away')).toBeTruthy();
    expect(calls.some((call) => call.path.endsWith('/orphans'))).toBe(false);
  });

  it('looks for orphans on demand and leads from them to a plan', async () => {
    const calls = serve({
      ...session(),
      ...answers,
      'POST /api/v1/storages/clean_up': { status: 202, body: plan({ op: 'storages.clean_up' }) },
      'GET /api/v1/plans/plan-1': { body: plan({ op: 'storages.clean_up' }) },
    });
    show(
      <PlanFlowProvider>
        <Storage cluster="main" storage="fast" />
      </PlanFlowProvider>,
    );
    fireEvent.click(await screen.findByRole('button', { name: 'Look for them' }));
    expect(await screen.findByText('there is no guest 9')).toBeTruthy();
    expect(screen.getByText('web-08 could not be read')).toBeTruthy();
    fireEvent.click(screen.getByRole('button', { name: 'Clean up' }));
    await screen.findByRole('dialog');
    expect(calls.find((call) => call.path.endsWith('/clean_up'))?.body).toEqual({
      cluster: 'main',
      storage: 'fast',
    });
  });
});
